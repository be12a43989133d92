// The node device: WebGPU in Node through Dawn (the `webgpu` package). Nothing is loaded until somebody asks for it.

import type { WgslDevice } from '../device.js';
import { createWebGpuDevice } from '../webgpu/executor.js';
import type { AdapterOptions } from '../webgpu/adapter.js';
import { openDawn } from './adapter.js';

/** Options of the node device. */
export interface NodeDeviceOptions extends AdapterOptions {
  readonly interrupted?: () => boolean;
}

/** Opens the first adapter. Rejects when there is none, saying what to install. */
export async function openNodeDevice({ interrupted, ...options }: NodeDeviceOptions = {}): Promise<WgslDevice> {
  const { gpu, ...opened } = await openDawn(options);
  const executor = createWebGpuDevice(gpu, { name: 'node', ...opened, ...(interrupted && { interrupted }) });
  // Leaving the process with a read pending crashes Dawn; destroying the device first settles every read.
  process.once('exit', () => {
    executor.destroy();
  });
  return executor;
}
