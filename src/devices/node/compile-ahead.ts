// Compiling kernels on all cores. Mesa's software adapter compiles at a kernel's first dispatch, in the one thread of a device's queue. But it keeps what it has
// compiled on disk, for all devices: so each further device, which costs some milliseconds, is one more core that compiles.

import { accessSync, constants } from 'node:fs';
import { availableParallelism } from 'node:os';
import { dirname, join } from 'node:path';
import type { PlanKernel } from '../device.js';
import { isLavapipe } from '../webgpu/adapter.js';
import { PipelineCache } from '../webgpu/pipelines.js';

/** Compiles kernels such that a device finds them compiled at their first dispatch. Never rejects: what went wrong, the device itself will meet and tell. */
export interface CompileAhead {
  (kernels: readonly PlanKernel[]): Promise<void>;
  /** Compiles nothing any more; resolves when nothing is under way. A thread that ends earlier would crash Dawn. */
  end(): Promise<void>;
}

/** Devices that compile side by side at most. */
const mostDevices = 8;

/** Where Mesa keeps compiled kernels; null when it was told not to. */
function cacheFolder(env: NodeJS.ProcessEnv): string | null {
  const isOff = (value: string | undefined): boolean => /^(1|true|yes|y|t)$/i.test(value ?? '');
  if (isOff(env['MESA_SHADER_CACHE_DISABLE']) || isOff(env['MESA_GLSL_CACHE_DISABLE'])) return null;
  const home = env['HOME'];
  return env['MESA_SHADER_CACHE_DIR'] ?? env['XDG_CACHE_HOME'] ?? (home === undefined ? null : join(home, '.cache'));
}

/** True when a folder, or the nearest one above it that is there, can be written to. */
function isWritable(folder: string): boolean {
  try {
    accessSync(folder, constants.W_OK);
    return true;
  } catch (error) {
    const isMissing = (error as NodeJS.ErrnoException).code === 'ENOENT';
    return isMissing && dirname(folder) !== folder && isWritable(dirname(folder));
  }
}

/** True for an adapter that compiles at the first dispatch and remembers on disk what it compiled. */
export function compilesLate(description: string, env: NodeJS.ProcessEnv): boolean {
  const folder = isLavapipe(description) ? cacheFolder(env) : null;
  return folder !== null && isWritable(folder);
}

/** Compiles on further devices of the same adapter, which `open` makes when there is something to do, at most `cores` at once. */
export function compileAhead(open: () => Promise<GPUDevice>, cores = availableParallelism()): CompileAhead {
  const devices: Promise<Compiler>[] = [];
  const running = new Set<Promise<void>>();
  let isOver = false;
  const compile = async (kernels: readonly PlanKernel[]): Promise<void> => {
    const wanted = Math.min(kernels.length, cores, mostDevices);
    // A single core, or a single kernel, gains nothing.
    if (wanted < 2 || isOver) return;
    while (devices.length < wanted) devices.push(open().then((gpu) => new Compiler(gpu)));
    // Long ones first, so that no core is left alone with one.
    const queue = [...kernels].sort((a, b) => b.code.length - a.code.length);
    const compilers = await Promise.allSettled(devices.slice(0, wanted));
    await Promise.all(compilers.map(async (one) => (one.status === 'fulfilled' ? one.value.compileAll(queue) : undefined)));
  };
  const ahead = (kernels: readonly PlanKernel[]): Promise<void> => {
    const work = compile(kernels);
    running.add(work);
    return work.finally(() => running.delete(work));
  };
  const end = async (): Promise<void> => {
    isOver = true;
    for (const one of await Promise.allSettled(devices)) if (one.status === 'fulfilled') one.value.end();
    await Promise.allSettled(running);
  };
  return Object.assign(ahead, { end });
}

/** A device that compiles. */
class Compiler {
  readonly #gpu: GPUDevice;
  readonly #pipelines: PipelineCache;
  #isOver = false;

  constructor(gpu: GPUDevice) {
    this.#gpu = gpu;
    this.#pipelines = new PipelineCache(gpu);
    // Waiting for an answer when the process ends crashes Dawn.
    process.once('exit', () => gpu.destroy());
  }

  /** Leaves what it was told to compile. */
  end(): void {
    this.#isOver = true;
    this.#gpu.destroy();
  }

  /** Takes kernels from a queue that others take from, too, until it is empty. */
  async compileAll(queue: PlanKernel[]): Promise<void> {
    for (let kernel = queue.shift(); kernel !== undefined && !this.#isOver; kernel = queue.shift()) {
      await this.#compile(kernel).catch(() => undefined);
    }
  }

  /** Dispatches a kernel once, on small buffers of zeros: places outside of them are safe to read and write. */
  async #compile(kernel: PlanKernel): Promise<void> {
    const gpu = this.#gpu;
    const pipeline = await this.#pipelines.pipeline(kernel);
    const buffers = Array.from({ length: kernel.bindings }, () => gpu.createBuffer({ size: 256, usage: 0x0080 /* STORAGE */ }));
    if (kernel.uniformBytes > 0) buffers.push(gpu.createBuffer({ size: Math.max(256, kernel.uniformBytes), usage: 0x0040 /* UNIFORM */ }));
    const entries = buffers.map((buffer, binding) => ({ binding, resource: { buffer } }));
    const encoder = gpu.createCommandEncoder();
    const pass = encoder.beginComputePass();
    pass.setPipeline(pipeline);
    pass.setBindGroup(0, gpu.createBindGroup({ layout: this.#pipelines.layout(kernel), entries }));
    pass.dispatchWorkgroups(1);
    pass.end();
    gpu.queue.submit([encoder.finish()]);
    await gpu.queue.onSubmittedWorkDone();
    for (const buffer of buffers) buffer.destroy();
  }
}
