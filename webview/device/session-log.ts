// What one kernel's session holds and did, kept up to date from the commands and submissions that pass by. No page in here.

import { allocatedBytes } from '../../src/devices/webgpu/buffers.js';
import { planLabel } from '../../src/devices/webgpu/prepared-plan.js';
import type { ObservedBatch } from '../../src/devices/webgpu/timeline.js';
import { fromWire } from '../../src/devices/remote/wire-plan.js';
import type { SessionObserver } from '../../src/devices/remote/server.js';
import type { DeviceCommand, WirePlan } from '../../src/protocol/device.js';

/** A value on the device. */
export interface LoggedTensor {
  readonly id: number;
  readonly bytes: number;
  /** What people call it; null for what they have no name for. */
  readonly name: string | null;
  /** Where it comes from: the kernel that makes it, or null for what was written from the host. */
  readonly source: string | null;
  readonly dtype: string | null;
  readonly shape: readonly number[] | null;
}

/** A plan that the device knows. */
export interface LoggedPlan {
  readonly id: number;
  readonly label: string;
  readonly dispatches: number;
  readonly runs: number;
  /** Time of its last submission, in ms: on the GPU where that is measured, else until it was done. Null before the first. */
  readonly lastTime: number | null;
}

/** A submission with what it was for. */
export interface LoggedBatch extends ObservedBatch {
  readonly label: string;
  /** The place in a cell that asked for it, if it is known. */
  readonly origin: string | null;
}

/** Submissions that are remembered. */
const mostBatches = 64;

type Mutable<T> = { -readonly [K in keyof T]: T[K] };
interface Plan extends Mutable<LoggedPlan> {
  /** For each output its bytes and the kernel that writes it. */
  readonly outputs: readonly { readonly bytes: number; readonly source: string }[];
  origin: string | null;
}

/** The log of one session. */
export class SessionLog implements SessionObserver {
  /** The notebook, as the kernel calls it. */
  label = '';
  /** Counts changes, so that nothing is drawn twice. */
  version = 0;
  /** Why the device is gone, or null. */
  lost: string | null = null;
  /** How often a line of a cell had the device compute something. */
  cellRuns = 0;
  readonly batches: LoggedBatch[] = [];
  readonly #tensors = new Map<number, Mutable<LoggedTensor>>();
  readonly #plans = new Map<number, Plan>();
  readonly #onChange: () => void;
  #bytes = 0;

  /** `onChange` is told of each change. */
  constructor(onChange: () => void = () => undefined) {
    this.#onChange = onChange;
  }

  readonly opened = (label: string): void => {
    this.label = label;
    this.lost = null;
    this.#changed();
  };

  readonly command = (command: DeviceCommand): void => {
    this.#changed();
    switch (command.type) {
      case 'plan':
        this.#addPlan(command.plan);
        return;
      case 'forget':
        this.#plans.delete(command.plan);
        return;
      case 'run':
        this.#addRun(command);
        return;
      case 'write': {
        const { id, dtype, shape, data } = command;
        this.#add({
          id,
          bytes: allocatedBytes(dtype === 'bool' ? 4 * data.length : data.byteLength),
          name: null,
          source: null,
          dtype,
          shape,
        });
        return;
      }
      case 'free':
        for (const id of command.ids) this.#remove(id);
        return;
      case 'name': {
        const tensor = this.#tensors.get(command.id);
        if (tensor === undefined) return;
        tensor.name = command.name;
        tensor.dtype = command.dtype ?? tensor.dtype;
        tensor.shape = command.shape ?? tensor.shape;
        return;
      }
      case 'fail':
        return;
    }
  };

  readonly batch = (batch: ObservedBatch): void => {
    this.#changed();
    const plan = this.#plans.get(batch.plan);
    if (plan !== undefined) plan.lastTime = gpuTime(batch) ?? batch.end - batch.begin;
    this.batches.push({ ...batch, label: plan?.label ?? `plan ${batch.plan}`, origin: plan?.origin ?? null });
    if (this.batches.length > mostBatches) this.batches.shift();
  };

  /** Bytes that tensors take. */
  get bytes(): number {
    return this.#bytes;
  }

  /** Number of tensors. */
  get count(): number {
    return this.#tensors.size;
  }

  /** Number of plans, and of runs of all of them. */
  get plans(): { readonly count: number; readonly runs: number } {
    return { count: this.#plans.size, runs: [...this.#plans.values()].reduce((sum, { runs }) => sum + runs, 0) };
  }

  /** The largest tensors, largest first; the newer first among equal ones. */
  largest(most: number): readonly LoggedTensor[] {
    return top(this.#tensors.values(), most, (a, b) => b.bytes - a.bytes || b.id - a.id);
  }

  /** The plans that ran most, most first; the newer first among equal ones. */
  busiest(most: number): readonly LoggedPlan[] {
    return top(this.#plans.values(), most, (a, b) => b.runs - a.runs || b.id - a.id);
  }

  /** The device is gone, with everything on it. */
  readonly gone = (reason: string): void => {
    this.lost = reason;
    this.#tensors.clear();
    this.#plans.clear();
    this.#bytes = 0;
    this.#changed();
  };

  #changed(): void {
    this.version++;
    this.#onChange();
  }

  #addPlan(wire: WirePlan): void {
    let plan;
    try {
      plan = fromWire(wire);
    } catch {
      // The device refuses it too, and says why.
      return;
    }
    const { id, steps, kernels, outputs } = plan;
    const sources = new Map<number, string>();
    for (const { bindings, kernel } of steps) {
      const target = bindings.at(-1);
      if (target?.space === 'output') sources.set(target.index, kernels[kernel]?.label ?? '');
    }
    const label = planLabel(plan);
    this.#plans.set(id, {
      id,
      label,
      dispatches: steps.length,
      runs: 0,
      lastTime: null,
      origin: null,
      outputs: outputs.map((bytes, i) => ({ bytes: allocatedBytes(bytes), source: sources.get(i) ?? label })),
    });
  }

  #addRun({ plan: id, outputs, label }: DeviceCommand & { readonly type: 'run' }): void {
    if (label !== undefined) this.cellRuns++;
    const plan = this.#plans.get(id);
    if (plan === undefined) return;
    plan.runs++;
    plan.origin = label ?? null;
    plan.outputs.forEach(({ bytes, source }, i) => {
      const made = outputs[i];
      if (made !== undefined) this.#add({ id: made, bytes, name: null, source, dtype: null, shape: null });
    });
  }

  #add(tensor: LoggedTensor): void {
    this.#remove(tensor.id);
    this.#tensors.set(tensor.id, { ...tensor });
    this.#bytes += tensor.bytes;
  }

  #remove(id: number): void {
    this.#bytes -= this.#tensors.get(id)?.bytes ?? 0;
    this.#tensors.delete(id);
  }
}

/** Milliseconds that a submission's dispatches took on the GPU, or null where that is not measured. */
export function gpuTime({ times, dispatches }: ObservedBatch): number | null {
  if (times === null) return null;
  return Math.max(0, (times[2 * dispatches.length - 1] ?? 0) - (times[0] ?? 0));
}

/** The first `most` in an order. There may be a hundred thousand, several times a second: they are not all sorted. */
function top<T>(items: Iterable<T>, most: number, compare: (a: T, b: T) => number): T[] {
  const found: T[] = [];
  for (const item of items) {
    const last = found.at(-1);
    if (last !== undefined && found.length >= most && compare(item, last) > 0) continue;
    const place = found.findIndex((other) => compare(item, other) < 0);
    found.splice(place < 0 ? found.length : place, 0, item);
    if (found.length > most) found.pop();
  }
  return found;
}
