// The cpu device: every operation by its float64 reference, node by node, without fusion. It is the oracle that the other
// devices and the gradient check are held against, and the fallback where there is no adapter. Clear before fast.

import type { DeviceLimits, DeviceStats, ReferenceDevice, ReferencePlan } from '../device.js';
import { dense, ndarray, type NdArray } from '../ndarray.js';
import type { DType, TypedArray } from '../dtype.js';
import type { Shape } from '../shape.js';
import { runReference } from './run.js';

/** JavaScript arrays, not a device, set the bound: 2³¹ elements of 8 bytes are out of reach for one ArrayBuffer. */
const limits: DeviceLimits = {
  maxBufferBytes: 2 ** 32,
  maxStorageBuffers: Infinity,
  maxWorkgroupMemory: Infinity,
  maxInvocations: Infinity,
  maxWorkgroups: Infinity,
};

/** Makes a cpu device. */
export function createCpuDevice(): ReferenceDevice {
  return new CpuDevice();
}

function asError(error: unknown): Error {
  return error instanceof Error ? error : new Error(String(error));
}

class CpuDevice implements ReferenceDevice {
  readonly kind = 'reference';
  readonly name = 'cpu';
  readonly description = 'JavaScript, float64 reference';
  readonly limits = limits;
  lost: string | null = null;
  readonly #values = new Map<number, NdArray>();
  readonly #errors = new Map<number, Error>();
  /** Settles when the values that earlier work waits for are here and that work is done. */
  #arriving: Promise<void> | null = null;
  #dispatches = 0;
  #submissions = 0;

  write(id: number, dtype: DType, shape: Shape, values: TypedArray | Promise<TypedArray>): void {
    const put = (given: TypedArray): void => void this.#values.set(id, ndarray(dtype, shape, given.slice()));
    if (values instanceof Promise)
      this.#enqueue(() => values.then(put).catch((error: unknown) => void this.#errors.set(id, asError(error))));
    else put(values);
  }

  run(plan: ReferencePlan, inputs: readonly number[], scalars: readonly number[], outputs: readonly number[]): void {
    this.#enqueue(() => this.#run(plan, inputs, scalars, outputs));
  }

  #run(plan: ReferencePlan, inputs: readonly number[], scalars: readonly number[], outputs: readonly number[]): void {
    this.#submissions++;
    try {
      const values = inputs.map((id) => this.#value(id));
      this.#dispatches += plan.steps.length;
      runReference(plan, values, scalars).forEach((value, i) => this.#values.set(outputs[i] as number, dense(value)));
    } catch (error) {
      for (const id of outputs) this.#errors.set(id, asError(error));
    }
  }

  /** Work is done at once, unless something before it waits for a value from another device. */
  #enqueue(job: () => void | Promise<void>): void {
    const waiting = this.#arriving === null ? job() : this.#arriving.then(job);
    if (waiting === undefined) return;
    const done = waiting.then(() => {
      if (this.#arriving === done) this.#arriving = null;
    });
    this.#arriving = done;
  }

  read(id: number): Promise<TypedArray> {
    return new Promise((resolve, reject) => {
      this.#enqueue(() => {
        try {
          resolve(dense(this.#value(id)).data.slice());
        } catch (error) {
          reject(asError(error));
        }
      });
    });
  }

  free(ids: readonly number[]): void {
    this.#enqueue(() => {
      for (const id of ids) {
        this.#values.delete(id);
        this.#errors.delete(id);
      }
    });
  }

  sync(): Promise<void> {
    return new Promise((resolve) => this.#enqueue(resolve));
  }

  stats(): DeviceStats {
    let bytes = 0;
    for (const { data } of this.#values.values()) bytes += data.byteLength;
    return {
      bytes,
      buffers: this.#values.size,
      reservedBytes: 0,
      pipelines: 0,
      dispatches: this.#dispatches,
      submissions: this.#submissions,
      allocations: 0,
    };
  }

  destroy(): void {
    this.lost = 'destroyed';
    this.#values.clear();
  }

  #value(id: number): NdArray {
    const error = this.#errors.get(id);
    if (error !== undefined) throw error;
    const value = this.#values.get(id);
    if (value === undefined) throw new Error(`cpu: buffer ${id} does not exist`);
    return value;
  }
}
