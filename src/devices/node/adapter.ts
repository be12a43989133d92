// Dawn's first adapter, and a GPUDevice of it.

import { describeAdapter, requestDevice, type AdapterOptions } from '../webgpu/adapter.js';
import { compileAhead, compilesLate, type CompileAhead } from './compile-ahead.js';
import { patient } from './patience.js';

/** Dawn's instances: one that is collected takes its devices with it, so they are kept for good. */
const instances: GPU[] = [];

/** The devices that compile for all others of this thread. */
let ahead: CompileAhead | undefined;

/** Resolves when no device of this thread compiles for others any more. */
export async function endCompileAhead(): Promise<void> {
  await ahead?.end();
}

/** What an adapter gives. */
export interface OpenedAdapter {
  readonly gpu: GPUDevice;
  readonly description: string;
  /** Where kernels are compiled faster before they are needed. */
  readonly compileAhead?: CompileAhead;
}

/** No result of ours depends on workgroup memory that no invocation has written: to clear it first takes a quarter of their compilation in software. */
const flags = ['enable-dawn-features=disable_workgroup_init'];

/**
 * Opens the first adapter. Rejects when there is none, saying what to install.
 * An existing VK_DRIVER_FILES is respected.
 */
export async function openDawn(options: AdapterOptions = {}): Promise<OpenedAdapter> {
  const { gpu, description } = await openOnce(options);
  if (!compilesLate(description, process.env)) return { gpu, description };
  ahead ??= compileAhead(async () => (await openOnce({})).gpu);
  return { gpu, description, compileAhead: ahead };
}

async function openOnce(options: AdapterOptions): Promise<{ gpu: GPUDevice; description: string }> {
  const { create } = await import('webgpu');
  const dawn = create(flags);
  instances.push(dawn);
  const adapter = await dawn.requestAdapter();
  if (adapter === null) {
    throw new Error(
      "no WebGPU adapter was found: install a Vulkan driver (`npm start` sets up a software one on Debian), or use setDevice('cpu')",
    );
  }
  return { gpu: patient(await requestDevice(adapter, options)), description: describeAdapter(adapter) };
}
