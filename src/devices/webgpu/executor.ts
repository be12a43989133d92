// Runs plans on a GPUDevice. It knows neither Node nor the DOM, so that the webview and Dawn run the same code.
//
// Everything that touches buffers (write, run, read, free) is a job of one queue and happens in the order in which it was
// asked for. A job that need not wait (pipelines compiled, memory there, the GPU not far behind) runs at once; nothing else
// is awaited but reads.

import type { DeviceLimits, DeviceStats, PlanKernel, RunOptions, WgslDevice, WgslPlan } from '../device.js';
import { deviceBytes, type DType, type TypedArray } from '../dtype.js';
import { Interrupted, interruptedMessage, lostMessage } from '../failures.js';
import { sizeOf, type Shape } from '../shape.js';
import { isLavapipe, isSoftware } from './adapter.js';
import { BufferPool, OutOfMemory, type Allocation } from './buffers.js';
import { JobQueue } from './jobs.js';
import { PipelineCache } from './pipelines.js';
import { planLabel, prepare, type PreparedPlan, type Slice } from './prepared-plan.js';
import { copyOut } from './readback.js';
import { Timeline, type BatchObserver } from './timeline.js';

/** Options of a WebGPU device. */
export interface WebGpuOptions {
  readonly name: string;
  readonly description: string;
  /** Asked before each slice of a plan; true abandons the rest and what waits, and reads of the results reject. */
  readonly interrupted?: () => boolean;
  /** Told once when the device is lost, but not for `destroy`. */
  readonly onLost?: (reason: string) => void;
  /** Asked to make kernels quick to compile before they are first dispatched; never rejects. */
  readonly compileAhead?: (kernels: readonly PlanKernel[]) => Promise<void>;
}

/** A device on a GPUDevice, with what its owner needs beyond the device itself. */
export interface WebGpuDevice extends WgslDevice {
  /** Makes reads of a buffer fail; after an interrupt, assignments that need it keep the old value. Ordered as everything else. */
  fail(id: number, reason: string, interrupted: boolean): void;
  /** Tells of each submission from now on, or no longer. */
  watch(observer: BatchObserver | null): void;
  /** Resolves when nothing is under way any more: after `destroy`, when every read has been rejected. */
  settled(): Promise<void>;
}

/** Modelled milliseconds after which a plan is cut, and that are under way at most: an interrupt waits no longer. */
const sliceCost = 100;

interface Run {
  readonly plan: WgslPlan;
  readonly inputs: readonly number[];
  readonly scalars: readonly number[];
  readonly outputs: readonly number[];
  readonly how: RunOptions;
}

/** Buffers of a run, there and whole. */
interface RunBuffers {
  readonly operands: readonly Allocation[];
  readonly scratch: readonly (Allocation | undefined)[];
  readonly results: readonly Allocation[];
}

function asError(error: unknown): Error {
  return error instanceof Error ? error : new Error(String(error));
}

/** Makes a device on an adapter's GPUDevice, which it owns from then on. */
export function createWebGpuDevice(gpu: GPUDevice, options: WebGpuOptions): WebGpuDevice {
  return new WebGpuExecutor(gpu, options);
}

class WebGpuExecutor implements WebGpuDevice {
  readonly kind = 'wgsl';
  readonly name: string;
  readonly description: string;
  readonly limits: DeviceLimits;
  lost: string | null = null;
  readonly #gpu: GPUDevice;
  readonly #interrupted: () => boolean;
  readonly #onLost: (reason: string) => void;
  readonly #compileAhead: WebGpuOptions['compileAhead'];
  readonly #pool: BufferPool;
  readonly #pipelines: PipelineCache;
  readonly #timeline: Timeline;
  readonly #jobs = new JobQueue();
  readonly #buffers = new Map<number, Allocation>();
  readonly #errors = new Map<number, Error>();
  readonly #plans = new WeakMap<WgslPlan, PreparedPlan>();
  readonly #tables = new Map<string, Allocation>();
  /** Scratch buffers shared by all plans, which run one after the other. */
  readonly #scratch: (Allocation | undefined)[] = [];
  /** What waits for the device outside the queue: reads and syncs. */
  readonly #awaited = new Set<Promise<void>>();
  #bytes = 0;
  #dispatches = 0;
  #submissions = 0;
  #bytesMoved = 0;
  #flop = 0;
  /** Modelled milliseconds submitted, and of those known to be done. */
  #submitted = 0;
  #done = 0;

  constructor(gpu: GPUDevice, { name, description, interrupted = () => false, onLost = () => undefined, compileAhead }: WebGpuOptions) {
    this.#gpu = gpu;
    this.name = name;
    this.description = description;
    this.#interrupted = interrupted;
    this.#onLost = onLost;
    this.#compileAhead = compileAhead;
    this.#pool = new BufferPool(gpu);
    this.#pipelines = new PipelineCache(gpu);
    this.#timeline = new Timeline(gpu);
    this.limits = {
      maxBufferBytes: Math.min(gpu.limits.maxStorageBufferBindingSize, gpu.limits.maxBufferSize),
      maxStorageBuffers: gpu.limits.maxStorageBuffersPerShaderStage,
      maxWorkgroupMemory: gpu.limits.maxComputeWorkgroupStorageSize,
      maxInvocations: Math.min(gpu.limits.maxComputeInvocationsPerWorkgroup, gpu.limits.maxComputeWorkgroupSizeX),
      maxWorkgroups: gpu.limits.maxComputeWorkgroupsPerDimension,
      isSoftware: isSoftware(description),
      compilesSlowly: isLavapipe(description),
      clearsByCode: isSoftware(description) && !isLavapipe(description),
    };
    void gpu.lost.then(({ reason, message }) => this.#lose(reason === 'destroyed' ? 'destroyed' : message || 'unknown reason'));
    // What a scope did not expect may have spoilt any value: better no value than a wrong one.
    gpu.addEventListener('uncapturederror', ({ error }) => this.#lose(`WebGPU failed: ${error.message.split('\n', 1)[0]}`));
  }

  write(id: number, dtype: DType, shape: Shape, values: TypedArray | Promise<TypedArray>): void {
    const bytes = sizeOf(shape) * deviceBytes(dtype);
    const fail = (error: unknown): void => void this.#errors.set(id, asError(error));
    const put = (data: TypedArray, isOwn: boolean): void | Promise<void> => {
      if (this.lost !== null) throw new Error(lostMessage(this.name, this.lost));
      const acquire = (): readonly Allocation[] => [this.#allocate(id, bytes)];
      const upload = ([allocation]: readonly Allocation[], given: TypedArray): void => {
        // bool takes a u32 on the device; everything else is copied as it is.
        const words = dtype === 'bool' ? Uint32Array.from(given) : given;
        if (allocation !== undefined && words.byteLength > 0) this.#gpu.queue.writeBuffer(allocation.buffer, 0, words);
      };
      const first = acquire();
      const checked = this.#pool.check();
      if (checked === null) return upload(first, data);
      const kept = isOwn ? data : data.slice();
      return this.#secure(checked, first, () => this.#release(id), acquire).then((allocations) => upload(allocations, kept));
    };
    if (values instanceof Promise) {
      this.#jobs.add(() => values.then((given) => put(given, true)).catch(fail));
    } else {
      const isOwn = this.#jobs.isBusy;
      const data = isOwn ? values.slice() : values;
      this.#jobs.add(() => attempt(() => put(data, isOwn), fail));
    }
  }

  run(plan: WgslPlan, inputs: readonly number[], scalars: readonly number[], outputs: readonly number[], how: RunOptions): void {
    const run = { plan, inputs, scalars, outputs, how };
    // What has to wait for others anyway is compiled beside them. What it rejects with is told when it is its turn.
    if (this.#jobs.isBusy && !this.#plans.has(plan) && this.#compileAhead === undefined && this.lost === null)
      for (const kernel of plan.kernels) void this.#pipelines.pipeline(kernel).catch(() => undefined);
    this.#jobs.add(() =>
      attempt(
        () => this.#run(run),
        (error) => this.#failRun(run, asError(error)),
      ),
    );
  }

  forget(plan: WgslPlan): void {
    this.#jobs.add(() => {
      this.#plans.get(plan)?.destroy();
      this.#plans.delete(plan);
    });
  }

  read(id: number, dtype: DType, size: number): Promise<TypedArray> {
    // Made here, so that its stack leads to the cell that needed the value.
    const failure = new Error();
    return new Promise((resolve, reject) => {
      const fail = (error: unknown): void => {
        failure.message = this.lost === null ? asError(error).message : lostMessage(this.name, this.lost);
        reject(failure);
      };
      this.#jobs.add(() => {
        const error = this.#errors.get(id);
        const allocation = this.#buffers.get(id);
        const submitted = this.#submitted;
        if (error !== undefined) fail(error);
        else if (this.lost !== null || allocation === undefined) fail(new Error(`${this.name}: buffer ${id} does not exist`));
        else
          this.#await(
            copyOut(this.#gpu, allocation, dtype, size).then(
              (values) => {
                this.#done = Math.max(this.#done, submitted);
                resolve(values);
              },
              // The device tells of its loss a moment later than the read does.
              (reason: unknown) => fail(new Error(lostMessage(this.name, asError(reason).message))),
            ),
          );
      });
    });
  }

  free(ids: readonly number[]): void {
    this.#jobs.add(() => {
      for (const id of ids) {
        this.#errors.delete(id);
        this.#release(id);
      }
    });
  }

  fail(id: number, reason: string, interrupted: boolean): void {
    this.#jobs.add(() => void this.#errors.set(id, interrupted ? new Interrupted(reason) : new Error(reason)));
  }

  sync(): Promise<void> {
    return new Promise((resolve, reject) => {
      this.#jobs.add(() => {
        if (this.lost !== null) reject(new Error(lostMessage(this.name, this.lost)));
        else this.#await(this.#workDone().then(resolve, reject));
      });
    });
  }

  stats(): DeviceStats {
    const reserved = [...this.#scratch, ...this.#tables.values()].reduce((sum, kept) => sum + (kept?.bytes ?? 0), 0);
    return {
      bytes: this.#bytes,
      buffers: this.#buffers.size,
      reservedBytes: reserved + this.#pool.idleBytes,
      pipelines: this.#pipelines.size,
      dispatches: this.#dispatches,
      submissions: this.#submissions,
      bytesMoved: this.#bytesMoved,
      flop: this.#flop,
      allocations: this.#pool.made,
    };
  }

  watch(observer: BatchObserver | null): void {
    this.#timeline.watch(observer);
  }

  destroy(): void {
    this.lost ??= 'destroyed';
    this.#gpu.destroy();
  }

  settled(): Promise<void> {
    return new Promise((resolve) => {
      this.#jobs.add(() => void Promise.all(this.#awaited).then(() => resolve()));
    });
  }

  #await(settling: Promise<void>): void {
    this.#awaited.add(settling);
    void settling.finally(() => this.#awaited.delete(settling));
  }

  #lose(reason: string): void {
    if (this.lost !== null) return;
    this.lost = reason;
    // Later: Dawn holds a lock while it reports an error, and waits for it for good.
    setTimeout(() => this.#gpu.destroy(), 0);
    this.#onLost(reason);
  }

  #allocate(id: number, bytes: number): Allocation {
    const allocation = this.#pool.take(bytes);
    this.#release(id);
    this.#buffers.set(id, allocation);
    this.#bytes += allocation.bytes;
    return allocation;
  }

  #release(id: number): void {
    const allocation = this.#buffers.get(id);
    if (allocation === undefined) return;
    this.#buffers.delete(id);
    this.#bytes -= allocation.bytes;
    this.#pool.give(allocation);
  }

  /** Waits until new buffers are known to be there. When memory is short, what is kept for reuse goes, and they are made once more. */
  async #secure(
    checked: Promise<void>,
    first: readonly Allocation[],
    release: () => void,
    acquire: () => readonly Allocation[],
  ): Promise<readonly Allocation[]> {
    await checked;
    if (!first.some((allocation) => this.#pool.isBroken(allocation))) return first;
    release();
    this.#pool.clear();
    await this.#workDone();
    const second = acquire();
    await this.#pool.check();
    const broken = second.find((allocation) => this.#pool.isBroken(allocation));
    if (broken === undefined) return second;
    release();
    throw new OutOfMemory(broken.bytes);
  }

  #workDone(): Promise<void> {
    const submitted = this.#submitted;
    return this.#gpu.queue.onSubmittedWorkDone().then(() => {
      this.#done = Math.max(this.#done, submitted);
    });
  }

  /** What a run should have made is there no more than the reason; an interrupted assignment leaves the old value. */
  #failRun({ plan, outputs, how: { replaced, origin } }: Run, error: Error): void {
    const isOwn = !(error instanceof Interrupted || error instanceof Inherited);
    const where = origin === undefined ? '' : ` (needed for ${origin})`;
    const label = planLabel(plan);
    const what = error.message.includes(label) ? '' : `${label}: `;
    const reason = isOwn ? new Error(`${what}${error.message}${where}`, { cause: error }) : error;
    outputs.forEach((id, i) => {
      const kept = error instanceof Interrupted ? this.#buffers.get(replaced[i] as number) : undefined;
      if (kept === undefined) this.#errors.set(id, reason);
      else this.#copy(kept, this.#buffers.get(id) ?? this.#allocate(id, kept.bytes));
    });
  }

  #run(run: Run): void | Promise<void> {
    if (this.lost !== null) throw new Error(lostMessage(this.name, this.lost));
    for (const id of run.inputs) {
      const error = this.#errors.get(id);
      if (error !== undefined) throw error instanceof Interrupted ? error : new Inherited(error.message);
    }
    if (this.#isAbandoned(run)) throw new Interrupted(interruptedMessage);
    const prepared = this.#plans.get(run.plan);
    return prepared === undefined ? this.#runFirst(run) : this.#submit(prepared, run);
  }

  #isAbandoned({ how }: Run): boolean {
    return !how.isNeeded && this.#interrupted();
  }

  /** The first run of a plan compiles its kernels and lets WebGPU check everything; later runs only submit. */
  async #runFirst(run: Run): Promise<void> {
    const { plan } = run;
    const ahead = this.#compileAhead?.(plan.kernels.filter((kernel) => this.#pipelines.isNew(kernel)));
    const pipelines = await Promise.all(plan.kernels.map((kernel) => this.#pipelines.pipeline(kernel)));
    await ahead;
    const table = (key: string, data: Float32Array<ArrayBuffer> | Int32Array<ArrayBuffer>): Allocation => this.#table(key, data);
    const prepared = await this.#scoped(() => prepare(this.#gpu, plan, pipelines, this.#pipelines, table, sliceCost));
    await this.#pool.check();
    for (const [key, { bytes }] of [...this.#tables].filter(([, allocation]) => this.#pool.isBroken(allocation))) {
      this.#tables.delete(key);
      throw new OutOfMemory(bytes);
    }
    await this.#submit(prepared, run, true);
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

  #growScratch(needed: readonly number[]): readonly Allocation[] {
    return needed.map((bytes, index) => {
      const present = this.#scratch[index];
      if (present !== undefined && present.bytes >= bytes) return present;
      if (present !== undefined) this.#pool.give(present);
      this.#scratch[index] = undefined;
      return (this.#scratch[index] = this.#pool.take(bytes));
    });
  }

  /** Encodes and submits all steps; returns a promise only when something has to be waited for. */
  #submit(prepared: PreparedPlan, run: Run, isFirst = false): void | Promise<void> {
    const { plan } = prepared;
    const operands = run.inputs.map((id) => {
      const allocation = this.#buffers.get(id);
      if (allocation === undefined) throw new Error(`buffer ${id} does not exist on ${this.name}`);
      return allocation;
    });
    const count = plan.outputs.length;
    const acquire = (): readonly Allocation[] => [
      ...plan.outputs.map((bytes, i) => this.#allocate(run.outputs[i] as number, bytes)),
      ...this.#growScratch(plan.scratch),
    ];
    const release = (): void => {
      for (const id of run.outputs) this.#release(id);
      this.#scratch.forEach((allocation, i) => {
        if (allocation === undefined || !this.#pool.isBroken(allocation)) return;
        this.#pool.give(allocation);
        this.#scratch[i] = undefined;
      });
    };
    const made = acquire();
    const checked = this.#pool.check();
    const { slices } = prepared;
    const [only] = slices;
    if (checked === null && !isFirst && slices.length <= 1 && this.#hasRoom(only?.cost ?? 0)) {
      prepared.writeScalars(run.scalars);
      if (only !== undefined) this.#encode(prepared, only, { operands, scratch: this.#scratch, results: made });
      return;
    }
    return (async () => {
      const whole = await this.#secure(checked ?? Promise.resolve(), made, release, acquire);
      const buffers = { operands, scratch: whole.slice(count), results: whole.slice(0, count) };
      for (const slice of slices) {
        if (!this.#hasRoom(slice.cost)) await this.#workDone();
        if (this.lost !== null) throw new Error(lostMessage(this.name, this.lost));
        if (this.#isAbandoned(run)) throw new Interrupted(interruptedMessage);
        if (slice === only) prepared.writeScalars(run.scalars);
        if (isFirst) await this.#scoped(() => this.#encode(prepared, slice, buffers));
        else this.#encode(prepared, slice, buffers);
      }
    })();
  }

  /** Whether work may be submitted without waiting for what was submitted before. */
  #hasRoom(cost: number): boolean {
    const ahead = this.#submitted - this.#done;
    return ahead === 0 || ahead + cost <= sliceCost;
  }

  #encode(prepared: PreparedPlan, { begin, end, cost, bytes, flop, labels }: Slice, { operands, scratch, results }: RunBuffers): void {
    const measurement = this.#timeline.measure(prepared.plan.id, labels);
    const encoder = this.#gpu.createCommandEncoder();
    // Times are taken of passes: to be measured, each dispatch has one of its own.
    const perPass = measurement?.isTimed === true ? 1 : end - begin;
    for (let from = begin; from < end; from += perPass) {
      const timestampWrites = measurement?.writes(from - begin);
      const pass = encoder.beginComputePass(timestampWrites && { timestampWrites });
      for (let step = from; step < from + perPass; step++) prepared.encode(pass, step, operands, scratch, results);
      pass.end();
    }
    measurement?.resolve(encoder);
    this.#gpu.queue.submit([encoder.finish()]);
    measurement?.submitted();
    this.#submitted += cost;
    this.#dispatches += end - begin;
    this.#submissions++;
    this.#bytesMoved += bytes;
    this.#flop += flop;
  }

  /** Does work whose errors WebGPU reports later, and throws them. */
  async #scoped<T>(work: () => T): Promise<T> {
    this.#gpu.pushErrorScope('validation');
    this.#gpu.pushErrorScope('out-of-memory');
    let errors: Promise<readonly (GPUError | null)[]>;
    let result: T;
    try {
      result = work();
    } finally {
      // Popped also when something threw: scopes left open would swallow the errors of everything that follows.
      errors = Promise.all([this.#gpu.popErrorScope(), this.#gpu.popErrorScope()]);
    }
    const [memory, validation] = await errors;
    if (memory) throw new Error(`out of device memory: ${memory.message}; free tensors with dispose() or work on smaller batches`);
    if (validation) throw new Error(`WebGPU refused it: ${validation.message.trim()}`);
    return result;
  }

  #copy(from: Allocation, to: Allocation): void {
    const encoder = this.#gpu.createCommandEncoder();
    encoder.copyBufferToBuffer(from.buffer, 0, to.buffer, 0, from.bytes);
    this.#gpu.queue.submit([encoder.finish()]);
  }
}

/** What a run reads was not made: its message is the reason, which names the operation that failed first. */
class Inherited extends Error {}

/** Does work at once or over time, with one way for its failures. */
function attempt(work: () => void | Promise<void>, fail: (error: unknown) => void): void | Promise<void> {
  try {
    return work()?.catch(fail);
  } catch (error) {
    fail(error);
  }
}
