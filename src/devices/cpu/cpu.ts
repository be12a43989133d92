// The cpu device: every operation by its float64 reference, node by node, without fusion. It is the oracle that the other
// devices and the gradient check are held against, and the fallback where there is no adapter. Clear before fast.

import type { DeviceLimits, DeviceStats, ReferenceDevice, ReferencePlan, RunOptions } from '../device.js';
import { dense, ndarray, type NdArray } from '../ndarray.js';
import type { DType, TypedArray } from '../dtype.js';
import { Interrupted, interruptedMessage } from '../failures.js';
import type { Shape } from '../shape.js';
import { runReference } from './run.js';

/** JavaScript arrays, not a device, set the bound: 2³¹ elements of 8 bytes are out of reach for one ArrayBuffer. */
const limits: DeviceLimits = {
  maxBufferBytes: 2 ** 32,
  maxStorageBuffers: Infinity,
  maxWorkgroupMemory: Infinity,
  maxInvocations: Infinity,
  maxWorkgroups: Infinity,
  isSoftware: true,
  compilesSlowly: false,
  clearsByCode: false,
};

/** Options of the cpu device. */
export interface CpuOptions {
  /** Asked before each operation; true abandons the plan. */
  readonly interrupted?: () => boolean;
}

/** Makes a cpu device. */
export function createCpuDevice(options: CpuOptions = {}): ReferenceDevice {
  return new CpuDevice(options);
}

function asError(error: unknown): Error {
  return error instanceof Error ? error : new Error(String(error));
}

/** Values that are still to come from another device. */
interface Arrival {
  readonly values: Promise<TypedArray>;
  readonly put: (values: TypedArray) => void;
  readonly fail: (error: unknown) => void;
  /** What to do when its turn comes, once the values are here. */
  take: (() => void) | null;
}

class CpuDevice implements ReferenceDevice {
  readonly kind = 'reference';
  readonly name = 'cpu';
  readonly description = 'JavaScript, float64 reference';
  readonly limits = limits;
  lost: string | null = null;
  readonly #interrupted: () => boolean;
  readonly #values = new Map<number, NdArray>();
  readonly #errors = new Map<number, Error>();
  /** Work is done at once, unless something before it waits for a value. */
  readonly #waiting: (Arrival | (() => void))[] = [];
  #dispatches = 0;
  #submissions = 0;

  constructor({ interrupted = () => false }: CpuOptions) {
    this.#interrupted = interrupted;
  }

  write(id: number, dtype: DType, shape: Shape, values: TypedArray | Promise<TypedArray>): void {
    const put = (given: TypedArray): void => void this.#values.set(id, ndarray(dtype, shape, given));
    if (values instanceof Promise) {
      const fail = (error: unknown): void => void this.#errors.set(id, asError(error));
      const arrival: Arrival = { values, put: (given) => put(given.slice()), fail, take: null };
      this.#waiting.push(arrival);
      this.#watch(arrival);
    } else {
      const data = values.slice();
      this.#do(() => put(data));
    }
  }

  run(plan: ReferencePlan, inputs: readonly number[], scalars: readonly number[], outputs: readonly number[], how: RunOptions): void {
    const run = (): void => this.#run(plan, inputs, scalars, outputs, how);
    if (this.#waiting.length === 0) return run();
    this.#waiting.push(() => {
      try {
        run();
      } catch {
        // Who asked for it has gone on: an assignment keeps the old value, and reads of all else say why there is none.
        outputs.forEach((id, i) => {
          const kept = this.#values.get(how.replaced[i] as number);
          if (kept === undefined) this.#errors.set(id, new Interrupted(interruptedMessage));
          else this.#values.set(id, kept);
        });
      }
    });
  }

  #run(plan: ReferencePlan, inputs: readonly number[], scalars: readonly number[], outputs: readonly number[], how: RunOptions): void {
    this.#submissions++;
    try {
      const values = inputs.map((id) => this.#value(id));
      const results = runReference(plan, values, scalars, () => {
        this.#dispatches++;
        if (!how.isNeeded && this.#interrupted()) throw new Interrupted(interruptedMessage);
      });
      results.forEach((value, i) => this.#values.set(outputs[i] as number, dense(value)));
    } catch (error) {
      if (error instanceof Interrupted) throw error;
      for (const id of outputs) this.#errors.set(id, asError(error));
    }
  }

  #do(job: () => void): void {
    if (this.#waiting.length === 0) job();
    else this.#waiting.push(job);
  }

  #watch(arrival: Arrival): void {
    const arrive = (take: () => void): void => {
      arrival.take ??= take;
      this.#advance();
    };
    arrival.values.then(
      (given) => arrive(() => arrival.put(given)),
      (error: unknown) => arrive(() => arrival.fail(error)),
    );
  }

  #advance(): void {
    for (let first = this.#waiting[0]; first !== undefined; first = this.#waiting[0]) {
      const job = typeof first === 'function' ? first : first.take;
      if (job === null) return;
      job();
      this.#waiting.shift();
    }
  }

  read(id: number): Promise<TypedArray> {
    return new Promise((resolve, reject) => {
      this.#do(() => {
        try {
          resolve(dense(this.#value(id)).data.slice());
        } catch (error) {
          reject(asError(error));
        }
      });
    });
  }

  free(ids: readonly number[]): void {
    this.#do(() => {
      for (const id of ids) {
        this.#values.delete(id);
        this.#errors.delete(id);
      }
    });
  }

  sync(): Promise<void> {
    return new Promise((resolve) => this.#do(resolve));
  }

  /** Looks again at values whose coming was perhaps not noticed: an interrupt drops reactions to promises. */
  resume(): Promise<void> {
    for (const entry of this.#waiting) if (typeof entry !== 'function') this.#watch(entry);
    this.#advance();
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
      bytesMoved: 0,
      flop: 0,
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
