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

class CpuDevice implements ReferenceDevice {
  readonly kind = 'reference';
  readonly name = 'cpu';
  readonly description = 'JavaScript, float64 reference';
  readonly limits = limits;
  lost: string | null = null;
  readonly #values = new Map<number, NdArray>();
  readonly #errors = new Map<number, Error>();
  #dispatches = 0;
  #submissions = 0;

  write(id: number, dtype: DType, shape: Shape, values: TypedArray): void {
    this.#values.set(id, ndarray(dtype, shape, values.slice()));
  }

  run(plan: ReferencePlan, inputs: readonly number[], scalars: readonly number[], outputs: readonly number[]): void {
    this.#submissions++;
    try {
      const values = inputs.map((id) => this.#value(id));
      this.#dispatches += plan.steps.length;
      runReference(plan, values, scalars).forEach((value, i) => this.#values.set(outputs[i] as number, dense(value)));
    } catch (error) {
      for (const id of outputs) this.#errors.set(id, error instanceof Error ? error : new Error(String(error)));
    }
  }

  read(id: number): Promise<TypedArray> {
    try {
      return Promise.resolve(dense(this.#value(id)).data.slice());
    } catch (error) {
      return Promise.reject(error as Error);
    }
  }

  free(ids: readonly number[]): void {
    for (const id of ids) {
      this.#values.delete(id);
      this.#errors.delete(id);
    }
  }

  sync(): Promise<void> {
    return Promise.resolve();
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
