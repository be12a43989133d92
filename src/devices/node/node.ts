// The node device: WebGPU in Node through Dawn (the `webgpu` package). Nothing is loaded until somebody asks for it.

import type { WgslDevice } from '../device.js';
import { createWebGpuDevice } from '../webgpu/executor.js';

/** Dawn's instances: one that is collected takes its devices with it, so they are kept for good. */
const instances: GPU[] = [];

/** Options of the node device. */
export interface NodeDeviceOptions {
  readonly interrupted?: () => boolean;
  /** Ask for the adapter's larger limits (default), or stay within WebGPU's defaults. */
  readonly limits?: 'adapter' | 'default';
}

/**
 * Opens the first adapter. Rejects when there is none, saying what to install.
 * An existing VK_DRIVER_FILES is respected.
 */
export async function openNodeDevice({ interrupted, limits = 'adapter' }: NodeDeviceOptions = {}): Promise<WgslDevice> {
  const { create } = await import('webgpu');
  const gpu = create([]);
  instances.push(gpu);
  const adapter = await gpu.requestAdapter();
  if (adapter === null) {
    throw new Error(
      "no WebGPU adapter was found: install a Vulkan driver (`npm start` sets up a software one on Debian), or use setDevice('cpu')",
    );
  }
  const { maxStorageBufferBindingSize, maxBufferSize, maxComputeWorkgroupStorageSize } = adapter.limits;
  const device = await adapter.requestDevice({
    requiredLimits: limits === 'adapter' ? { maxStorageBufferBindingSize, maxBufferSize, maxComputeWorkgroupStorageSize } : {},
  });
  const { info } = adapter;
  const name = info.description || [info.vendor, info.architecture, info.device].filter(Boolean).join(' ');
  const executor = createWebGpuDevice(device, { name: 'node', description: name, ...(interrupted === undefined ? {} : { interrupted }) });
  // Leaving the process with a read pending crashes Dawn; destroying the device first settles every read.
  process.once('exit', () => {
    executor.destroy();
  });
  return executor;
}
