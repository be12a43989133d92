// Dawn's first adapter, and a GPUDevice of it.

import { describeAdapter, requestDevice, type AdapterOptions } from '../webgpu/adapter.js';

/** Dawn's instances: one that is collected takes its devices with it, so they are kept for good. */
const instances: GPU[] = [];

/**
 * Opens the first adapter. Rejects when there is none, saying what to install.
 * An existing VK_DRIVER_FILES is respected.
 */
export async function openDawn(options: AdapterOptions = {}): Promise<{ gpu: GPUDevice; description: string }> {
  const { create } = await import('webgpu');
  const dawn = create([]);
  instances.push(dawn);
  const adapter = await dawn.requestAdapter();
  if (adapter === null) {
    throw new Error(
      "no WebGPU adapter was found: install a Vulkan driver (`npm start` sets up a software one on Debian), or use setDevice('cpu')",
    );
  }
  return { gpu: await requestDevice(adapter, options), description: describeAdapter(adapter) };
}
