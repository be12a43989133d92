// The contract between the graph and whatever computes: buffers named by ids, plans run in order, reads awaited.
//
// There are two kinds. A *wgsl* device (WebGPU in Node, in a webview, or behind a port) runs plans of WGSL kernels that the
// graph lowered for its limits. A *reference* device (cpu) runs the operations' own float64 references, one by one.

import type { NdArray } from './ndarray.js';
import type { DType, TypedArray } from './dtype.js';
import type { Shape } from './shape.js';

/** What a device can hold and launch; for wgsl devices these are the adapter's WebGPU limits. */
export interface DeviceLimits {
  /** Largest buffer that one kernel can bind, in bytes. */
  readonly maxBufferBytes: number;
  /** Storage buffers that one kernel can bind. */
  readonly maxStorageBuffers: number;
  /** Workgroup memory in bytes. */
  readonly maxWorkgroupMemory: number;
  /** Invocations in one workgroup. */
  readonly maxInvocations: number;
  /** Workgroups along one dimension of a dispatch. */
  readonly maxWorkgroups: number;
  /** The CPU plays the GPU: few workgroups with much work each are faster there than many. */
  readonly isSoftware: boolean;
  /** Compilers take milliseconds for each load and store in a kernel's text: short kernels are worth more there than the fastest. */
  readonly compilesSlowly: boolean;
  /** Workgroup memory is cleared by code that is as long as it and takes seconds to compile: kernels keep their points in a buffer. */
  readonly clearsByCode: boolean;
}

/** Where one binding of a kernel lives. */
export interface BufferRef {
  /** `input` and `output` are named at each run; `scratch` belongs to the plan; `table` is constant data. */
  readonly space: 'input' | 'output' | 'scratch' | 'table';
  readonly index: number;
}

/** One dispatch of a plan. */
export interface PlanStep {
  /** Index into the plan's kernels. */
  readonly kernel: number;
  readonly workgroups: readonly [number, number, number];
  /** Bindings 0…n−1 in order: what is read, the kernel's own memory if it has any, its output. */
  readonly bindings: readonly BufferRef[];
  /** Byte offset of the kernel's scalars in the plan's uniform buffer, or −1 when it has none. */
  readonly uniformOffset: number;
  /** Bytes of the buffers that it reads and writes, each once. */
  readonly bytes: number;
  /** Arithmetic operations. */
  readonly flop: number;
}

/** A scalar that is written into the uniform buffer before each run. */
export interface UniformSlot {
  readonly byteOffset: number;
  readonly type: 'f32' | 'i32' | 'u32';
  /** Index into the scalars given to `run`, or −1 for the fixed `value`. */
  readonly scalar: number;
  readonly value: number;
}

/** A WGSL module with one entry point, `main`. */
export interface PlanKernel {
  readonly label: string;
  readonly code: string;
  /** Number of storage bindings. */
  readonly bindings: number;
  /** How many of them, the last ones, it writes: its output, and before that its own memory if it has any. */
  readonly writes: 1 | 2;
  readonly uniformBytes: number;
}

/** Everything a wgsl device needs to run a graph, as plain data: it can be sent over a port. */
export interface WgslPlan {
  readonly id: number;
  readonly kernels: readonly PlanKernel[];
  readonly steps: readonly PlanStep[];
  /** Bytes of each scratch buffer. */
  readonly scratch: readonly number[];
  /** Bytes of each output. */
  readonly outputs: readonly number[];
  /** Constant data by a key that names its content. */
  readonly tables: readonly { readonly key: string; readonly data: Float32Array<ArrayBuffer> | Int32Array<ArrayBuffer> }[];
  readonly uniforms: readonly UniformSlot[];
  readonly uniformBytes: number;
}

/** One operation of a reference plan: reads earlier values, makes one. */
export interface ReferenceStep {
  readonly name: string;
  /** Indices of values; inputs of the plan come first. */
  readonly inputs: readonly number[];
  /** Values whose last use this step is. */
  readonly last: readonly number[];
  run(inputs: readonly NdArray[], scalars: readonly number[]): NdArray;
  /** Range of this step's scalars among those given to `run`. */
  readonly scalarBegin: number;
  readonly scalarEnd: number;
  readonly dtype: DType;
  readonly shape: Shape;
}

/** A graph for the reference device. */
export interface ReferencePlan {
  readonly id: number;
  readonly inputs: number;
  readonly steps: readonly ReferenceStep[];
  /** Index of each output among inputs and step values. */
  readonly outputs: readonly number[];
}

/** Counts that tests hold and panels show. A device behind a port knows the first two at once, the others as of its last answer. */
export interface DeviceStats {
  /** Bytes and number of live tensor buffers (scratch and pooled ones apart). */
  readonly bytes: number;
  readonly buffers: number;
  /** Bytes of scratch, tables and pooled buffers that the device keeps for reuse. */
  readonly reservedBytes: number;
  readonly pipelines: number;
  readonly dispatches: number;
  readonly submissions: number;
  /** Bytes of the buffers that the dispatches so far read and wrote, each once a dispatch, and their arithmetic operations. */
  readonly bytesMoved: number;
  readonly flop: number;
  /** GPU buffers ever created. */
  readonly allocations: number;
}

interface DeviceBase {
  /** Short name by which people choose it: 'cpu', 'node', 'webview'. */
  readonly name: string;
  /** One line about the adapter. */
  readonly description: string;
  readonly limits: DeviceLimits;
  /** Why the device is gone, or null while it works; tensors of a lost device cannot be read any more. */
  readonly lost: string | null;
  /** Uploads values, or those that a promise brings, as buffer `id`; ids are chosen by the caller and never reused. */
  write(id: number, dtype: DType, shape: Shape, values: TypedArray | Promise<TypedArray>): void;
  /** Values of buffer `id`, dense; rejects with the error of the run that should have made it. */
  read(id: number, dtype: DType, size: number): Promise<TypedArray>;
  /** Releases buffers; ordered after everything that was run before. */
  free(ids: readonly number[]): void;
  /** Resolves when everything so far has been computed. */
  sync(): Promise<void>;
  /** Abandons what runs and what waits, until `resume`; for devices that are told, and do not look themselves. */
  interrupt?(): void;
  /** After an interrupt, when nothing of the cell runs any more: resolves when the device works again. Never rejects. */
  resume?(): Promise<void>;
  stats(): DeviceStats;
  /** What people call a buffer, for those who look at the device's memory; not every device shows it. */
  label?(id: number, name: string, dtype: DType, shape: Shape): void;
  /** Ends the device: outstanding reads reject, memory is released. */
  destroy(): void;
}

/** What a run means to people: needed when it is interrupted or fails. */
export interface RunOptions {
  /** For each output the buffer whose value it takes when the run is interrupted, or −1. */
  readonly replaced: readonly number[];
  /** Its values are what an interrupt falls back to: it is done nevertheless. */
  readonly isNeeded: boolean;
  /** Where people asked for it, for the error should it fail. */
  readonly origin: string | undefined;
}

/** A device that runs WGSL plans. Runs are queued and never throw: a failure is reported by the reads of its outputs. */
export interface WgslDevice extends DeviceBase {
  readonly kind: 'wgsl';
  run(plan: WgslPlan, inputs: readonly number[], scalars: readonly number[], outputs: readonly number[], how: RunOptions): void;
  /** Releases what the device keeps for a plan that will not be run again; ordered after its runs. */
  forget(plan: WgslPlan): void;
}

/** The float64 reference device. */
export interface ReferenceDevice extends DeviceBase {
  readonly kind: 'reference';
  /** Throws `Interrupted` where it computes at once and is interrupted; nothing has changed then. */
  run(plan: ReferencePlan, inputs: readonly number[], scalars: readonly number[], outputs: readonly number[], how: RunOptions): void;
}

/** Anything that computes. */
export type Device = WgslDevice | ReferenceDevice;
