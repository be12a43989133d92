// Runs plans on a GPUDevice. It knows neither Node nor the DOM, so that the webview and Dawn run the same code.
//
// Everything that touches buffers (write, run, read, free) is a job of one queue and happens in the order in which it was
// asked for. A job that need not wait (all pipelines compiled) runs at once; nothing else is awaited but reads.

import type { DeviceLimits, DeviceStats, WgslDevice, WgslPlan } from '../device.js';
import { deviceBytes, hostArray, partsOf, type DType, type TypedArray } from '../dtype.js';
import { sizeOf, type Shape } from '../shape.js';
import { BufferPool, type Allocation } from './buffers.js';
import { PipelineCache } from './pipelines.js';
import { prepare, type PreparedPlan } from './prepared-plan.js';

/** Options of a WebGPU device. */
export interface WebGpuOptions {
  readonly name: string;
  readonly description: string;
  /** Asked between the slices of a plan; true abandons the rest, and reads of its results reject. */
  readonly interrupted?: () => boolean;
}

/** Modelled milliseconds after which a plan is cut, so that an interrupt waits no longer. */
const sliceCost = 100;

type Job = () => void | Promise<void>;

/** Why a run was abandoned that `interrupted` stopped, or that reads what such a run should have made. */
class Interrupted extends Error {}

function asError(error: unknown): Error {
  return error instanceof Error ? error : new Error(String(error));
}

/** Makes a device on an adapter's GPUDevice, which it owns from then on. */
export function createWebGpuDevice(gpu: GPUDevice, options: WebGpuOptions): WgslDevice {
  return new WebGpuExecutor(gpu, options);
}

class WebGpuExecutor implements WgslDevice {
  readonly kind = 'wgsl';
  readonly name: string;
  readonly description: string;
  readonly limits: DeviceLimits;
  lost: string | null = null;
  readonly #gpu: GPUDevice;
  readonly #interrupted: () => boolean;
  readonly #pool: BufferPool;
  readonly #pipelines: PipelineCache;
  readonly #buffers = new Map<number, Allocation>();
  readonly #errors = new Map<number, Error>();
  readonly #plans = new WeakMap<WgslPlan, PreparedPlan>();
  readonly #tables = new Map<string, Allocation>();
  /** Scratch buffers shared by all plans, which run one after the other. */
  readonly #scratch: Allocation[] = [];
  readonly #jobs: Job[] = [];
  #busy = false;
  #bytes = 0;
  #dispatches = 0;
  #submissions = 0;

  constructor(gpu: GPUDevice, { name, description, interrupted = () => false }: WebGpuOptions) {
    this.#gpu = gpu;
    this.name = name;
    this.description = description;
    this.#interrupted = interrupted;
    this.#pool = new BufferPool(gpu);
    this.#pipelines = new PipelineCache(gpu);
    this.limits = {
      maxBufferBytes: Math.min(gpu.limits.maxStorageBufferBindingSize, gpu.limits.maxBufferSize),
      maxStorageBuffers: gpu.limits.maxStorageBuffersPerShaderStage,
      maxWorkgroupMemory: gpu.limits.maxComputeWorkgroupStorageSize,
      maxInvocations: Math.min(gpu.limits.maxComputeInvocationsPerWorkgroup, gpu.limits.maxComputeWorkgroupSizeX),
      maxWorkgroups: gpu.limits.maxComputeWorkgroupsPerDimension,
    };
    void gpu.lost.then(({ reason, message }) => {
      this.lost ??= reason === 'destroyed' ? 'destroyed' : message || 'unknown reason';
    });
  }

  write(id: number, dtype: DType, shape: Shape, values: TypedArray | Promise<TypedArray>): void {
    const put = (data: TypedArray | Uint32Array<ArrayBuffer>): void => {
      const allocation = this.#allocate(id, sizeOf(shape) * deviceBytes(dtype));
      if (data.byteLength > 0) this.#gpu.queue.writeBuffer(allocation.buffer, 0, data);
    };
    // bool takes a u32 on the device; everything else is copied as it is, at once or when its turn comes.
    const words = (given: TypedArray): TypedArray | Uint32Array<ArrayBuffer> => (dtype === 'bool' ? Uint32Array.from(given) : given);
    if (values instanceof Promise) {
      this.#enqueue(() => values.then((given) => put(words(given))).catch((error: unknown) => void this.#errors.set(id, asError(error))));
    } else {
      const data = words(this.#busy ? values.slice() : values);
      this.#enqueue(() => put(data));
    }
  }

  run(
    plan: WgslPlan,
    inputs: readonly number[],
    scalars: readonly number[],
    outputs: readonly number[],
    replaced: readonly number[],
  ): void {
    const fail = (error: unknown): void => {
      outputs.forEach((id, i) => {
        const kept = error instanceof Interrupted ? this.#buffers.get(replaced[i] as number) : undefined;
        if (kept === undefined) this.#errors.set(id, asError(error));
        else this.#copy(kept, this.#buffers.get(id) ?? this.#allocate(id, kept.bytes));
      });
    };
    this.#enqueue(() => {
      const failed = inputs.map((id) => this.#errors.get(id)).find((error) => error !== undefined);
      if (failed !== undefined) {
        fail(failed);
        return;
      }
      const prepared = this.#plans.get(plan);
      if (prepared === undefined) return this.#runFirst(plan, inputs, scalars, outputs).catch(fail);
      try {
        return this.#submit(prepared, inputs, scalars, outputs)?.catch(fail);
      } catch (error) {
        fail(error);
        return undefined;
      }
    });
  }

  read(id: number, dtype: DType, size: number): Promise<TypedArray> {
    return new Promise((resolve, reject) => {
      this.#enqueue(() => {
        const error = this.#errors.get(id);
        const allocation = this.#buffers.get(id);
        if (error !== undefined) reject(error);
        else if (this.lost !== null)
          reject(new Error(`device ${this.name} is lost (${this.lost}); restart it and compute its tensors again`));
        else if (allocation === undefined) reject(new Error(`${this.name}: buffer ${id} does not exist`));
        else this.#copyOut(allocation, dtype, size).then(resolve, reject);
      });
    });
  }

  free(ids: readonly number[]): void {
    this.#enqueue(() => {
      for (const id of ids) {
        const allocation = this.#buffers.get(id);
        this.#errors.delete(id);
        if (allocation === undefined) continue;
        this.#buffers.delete(id);
        this.#bytes -= allocation.bytes;
        this.#pool.give(allocation);
      }
    });
  }

  sync(): Promise<void> {
    return new Promise((resolve, reject) => {
      this.#enqueue(() => {
        this.#gpu.queue.onSubmittedWorkDone().then(() => resolve(), reject);
      });
    });
  }

  stats(): DeviceStats {
    const reserved = [...this.#scratch, ...this.#tables.values()].reduce((sum, { bytes }) => sum + bytes, 0);
    return {
      bytes: this.#bytes,
      buffers: this.#buffers.size,
      reservedBytes: reserved + this.#pool.idleBytes,
      pipelines: this.#pipelines.size,
      dispatches: this.#dispatches,
      submissions: this.#submissions,
      allocations: this.#pool.made,
    };
  }

  destroy(): void {
    this.lost = 'destroyed';
    this.#gpu.destroy();
  }

  #enqueue(job: Job): void {
    if (this.#busy) this.#jobs.push(job);
    else this.#start(job);
  }

  #start(job: Job): void {
    const waiting = job();
    if (waiting === undefined) return;
    this.#busy = true;
    void waiting.finally(() => {
      this.#busy = false;
      while (!this.#busy) {
        const next = this.#jobs.shift();
        if (next === undefined) return;
        this.#start(next);
      }
    });
  }

  #allocate(id: number, bytes: number): Allocation {
    const allocation = this.#pool.take(bytes);
    this.#buffers.set(id, allocation);
    this.#bytes += allocation.bytes;
    return allocation;
  }

  /** The first run of a plan compiles its kernels and lets WebGPU check everything; later runs only submit. */
  async #runFirst(plan: WgslPlan, inputs: readonly number[], scalars: readonly number[], outputs: readonly number[]): Promise<void> {
    const gpu = this.#gpu;
    const pipelines = await Promise.all(plan.kernels.map((kernel) => this.#pipelines.pipeline(kernel)));
    gpu.pushErrorScope('validation');
    gpu.pushErrorScope('out-of-memory');
    let prepared: PreparedPlan;
    let submitted: Promise<void> | undefined;
    let errors: Promise<readonly [GPUError | null, GPUError | null]>;
    try {
      prepared = prepare(gpu, plan, pipelines, this.#pipelines, (key, data) => this.#table(key, data));
      this.#growScratch(plan.scratch);
      submitted = this.#submit(prepared, inputs, scalars, outputs);
    } finally {
      // Popped also when something threw: scopes left open would swallow the errors of everything that follows.
      errors = Promise.all([gpu.popErrorScope(), gpu.popErrorScope()]);
    }
    await submitted;
    const [memoryError, validationError] = await errors;
    if (memoryError !== null) {
      const bytes = [...plan.scratch, ...plan.outputs].reduce((sum, part) => sum + part, 0);
      throw new Error(
        `out of device memory: the plan needs ${bytes} bytes for results; free tensors with dispose() or work on smaller batches`,
      );
    }
    if (validationError !== null)
      throw new Error(`WebGPU refused a plan (${plan.kernels.map(({ label }) => label).join(', ')}): ${validationError.message}`);
    this.#plans.set(plan, prepared);
  }

  #table(key: string, data: Float32Array<ArrayBuffer> | Int32Array<ArrayBuffer>): Allocation {
    let table = this.#tables.get(key);
    if (table === undefined) {
      table = this.#pool.take(data.byteLength);
      this.#gpu.queue.writeBuffer(table.buffer, 0, data);
      this.#tables.set(key, table);
    }
    return table;
  }

  #growScratch(needed: readonly number[]): void {
    needed.forEach((bytes, index) => {
      const present = this.#scratch[index];
      if (present !== undefined && present.bytes >= bytes) return;
      if (present !== undefined) this.#pool.give(present);
      this.#scratch[index] = this.#pool.take(bytes);
    });
  }

  /** Encodes and submits all steps; returns a promise only when the plan is long enough to be cut into slices. */
  #submit(
    prepared: PreparedPlan,
    inputs: readonly number[],
    scalars: readonly number[],
    outputs: readonly number[],
  ): Promise<void> | undefined {
    const { plan } = prepared;
    const results = plan.outputs.map((bytes, i) => this.#allocate(outputs[i] as number, bytes));
    const operands = inputs.map((id) => {
      const allocation = this.#buffers.get(id);
      if (allocation === undefined) throw new Error(`${this.name}: buffer ${id} does not exist`);
      return allocation;
    });
    prepared.writeScalars(scalars);
    const slices = prepared.slices(sliceCost);
    const encode = (begin: number, end: number): void => {
      const encoder = this.#gpu.createCommandEncoder();
      const pass = encoder.beginComputePass();
      for (let step = begin; step < end; step++) prepared.encode(pass, step, operands, this.#scratch, results);
      pass.end();
      this.#gpu.queue.submit([encoder.finish()]);
      this.#dispatches += end - begin;
      this.#submissions++;
    };
    const [first, ...rest] = slices;
    if (first !== undefined) encode(first[0], first[1]);
    if (rest.length === 0) return undefined;
    return (async () => {
      for (const [begin, end] of rest) {
        await this.#gpu.queue.onSubmittedWorkDone();
        if (this.#interrupted())
          throw new Interrupted('interrupted: the computation was stopped between two of its parts; run it again for its values');
        encode(begin, end);
      }
    })();
  }

  #copy(from: Allocation, to: Allocation): void {
    const encoder = this.#gpu.createCommandEncoder();
    encoder.copyBufferToBuffer(from.buffer, 0, to.buffer, 0, from.bytes);
    this.#gpu.queue.submit([encoder.finish()]);
  }

  async #copyOut(source: Allocation, dtype: DType, size: number): Promise<TypedArray> {
    const bytes = Math.max(4, size * deviceBytes(dtype));
    const staging = this.#gpu.createBuffer({ size: bytes, usage: 0x0001 /* MAP_READ */ | 0x0008 /* COPY_DST */ });
    const encoder = this.#gpu.createCommandEncoder();
    encoder.copyBufferToBuffer(source.buffer, 0, staging, 0, bytes);
    this.#gpu.queue.submit([encoder.finish()]);
    try {
      await staging.mapAsync(1 /* READ */);
    } catch (error) {
      throw new Error(`device ${this.name} was lost before a value could be read; restart it and compute its tensors again`, {
        cause: error,
      });
    }
    const mapped = staging.getMappedRange();
    const values = hostArray(dtype, size);
    const count = size * partsOf(dtype);
    if (dtype === 'int32') values.set(new Int32Array(mapped, 0, count));
    else if (dtype === 'bool') values.set(new Uint32Array(mapped, 0, count));
    else values.set(new Float32Array(mapped, 0, count));
    staging.unmap();
    staging.destroy();
    return values;
  }
}
