// Compute pipelines by their WGSL text: kernels that plans share are compiled once, and a plan's new ones in parallel.

import type { PlanKernel } from '../device.js';

/** Compiles kernels and remembers them. */
export class PipelineCache {
  readonly #gpu: GPUDevice;
  readonly #pipelines = new Map<string, Promise<GPUComputePipeline>>();
  readonly #layouts = new Map<string, GPUBindGroupLayout>();

  constructor(gpu: GPUDevice) {
    this.#gpu = gpu;
  }

  /** Pipelines compiled so far. */
  get size(): number {
    return this.#pipelines.size;
  }

  /** True for a kernel that nobody has asked for yet. */
  isNew({ code }: PlanKernel): boolean {
    return !this.#pipelines.has(code);
  }

  /** The layout of a kernel's bindings: read-only buffers, those that it writes, and the scalars when it has some. */
  layout({ bindings, writes, uniformBytes }: PlanKernel): GPUBindGroupLayout {
    const key = `${bindings}:${writes}:${uniformBytes > 0}`;
    let layout = this.#layouts.get(key);
    if (layout === undefined) {
      const entries: GPUBindGroupLayoutEntry[] = [];
      for (let binding = 0; binding < bindings; binding++) {
        entries.push({ binding, visibility: 4, buffer: { type: binding >= bindings - writes ? 'storage' : 'read-only-storage' } });
      }
      if (uniformBytes > 0) entries.push({ binding: bindings, visibility: 4, buffer: { type: 'uniform' } });
      layout = this.#gpu.createBindGroupLayout({ entries });
      this.#layouts.set(key, layout);
    }
    return layout;
  }

  /** The pipeline of a kernel; rejects with the compiler's message and the kernel's label. */
  pipeline(kernel: PlanKernel): Promise<GPUComputePipeline> {
    let pipeline = this.#pipelines.get(kernel.code);
    if (pipeline === undefined) {
      pipeline = this.#compile(kernel);
      this.#pipelines.set(kernel.code, pipeline);
    }
    return pipeline;
  }

  async #compile(kernel: PlanKernel): Promise<GPUComputePipeline> {
    const gpu = this.#gpu;
    // What is wrong with the text is told by the compiler's messages below.
    gpu.pushErrorScope('validation');
    const module = gpu.createShaderModule({ label: kernel.label, code: kernel.code });
    const scope = gpu.popErrorScope();
    try {
      const layout = gpu.createPipelineLayout({ bindGroupLayouts: [this.layout(kernel)] });
      const [pipeline] = await Promise.all([
        gpu.createComputePipelineAsync({ label: kernel.label, layout, compute: { module, entryPoint: 'main' } }),
        scope,
      ]);
      return pipeline;
    } catch (error) {
      const { messages } = await module.getCompilationInfo();
      const details = messages.map(({ lineNum, linePos, message }) => `${lineNum}:${linePos} ${message}`).join('; ');
      throw new Error(`kernel ${kernel.label} does not compile: ${details || String(error)}`, { cause: error });
    }
  }
}
