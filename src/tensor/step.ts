// What happens at the end of a training step, and when people ask for the device's state.

import type { DeviceStats } from '../devices/device.js';
import { confirmWith, flush, memoryBudget } from '../graph/flush.js';
import { planStats } from '../graph/plans.js';
import type { GraphState } from '../graph/node.js';
import { anomaliesTold } from './anomaly.js';
import { currentState, openStates } from './devices.js';
import { collectGarbage, macrotask, nextEpoch, releaseCollected } from './handles.js';

/** Handles that nobody reached any more are looked for when this many unread results pile up. */
const manyPending = 256;

/** The step that a device still computes while the next one is recorded. */
const running = new WeakMap<GraphState, Promise<void>>();

/**
 * Ends a step: waits for the one before it, so that a loop runs at most one step ahead of its device; lets timers and
 * finalizers run, and collects garbage when memory or pending results pile up.
 */
export async function endStep(state: GraphState): Promise<void> {
  nextEpoch();
  const before = running.get(state);
  const step = state.device.sync();
  confirmWith(state, step);
  // The device's own promise: what an interrupt drops are reactions to promises, and a promise made by one would never settle.
  running.set(state, step);
  step.catch(() => undefined);
  // A failed step is reported by the reads of what it should have made.
  await before?.catch(() => undefined);
  await anomaliesTold();
  if (state.pending.size > manyPending || state.device.stats().bytes > memoryBudget.bytes) await collectGarbage();
  await macrotask();
  releaseCollected();
}

/** Options of `sync`. */
export interface SyncOptions {
  /** Whether memory that nobody can reach any more is freed, too; finding it takes some milliseconds. */
  readonly collect?: boolean | undefined;
}

/** Resolves when everything recorded by assignments has been computed; also frees what nobody can reach any more. */
export async function sync({ collect = true }: SyncOptions = {}): Promise<void> {
  // What was on a lost device is gone, as its reads say.
  const states = openStates().filter(({ device }) => device.lost === null);
  for (const state of states) {
    if (state.assigned.size > 0) flush(state, []);
    await state.device.sync();
  }
  await anomaliesTold();
  nextEpoch();
  if (!collect) return;
  await collectGarbage();
  await macrotask();
  releaseCollected();
  for (const state of states) await state.device.sync();
}

/** Memory and counts of a device. */
export interface MemoryInfo extends DeviceStats {
  readonly device: string;
  /** Bytes that recomputable results may take before the oldest are evicted. */
  readonly budget: number;
  /** Plans built and plans reused since the process started. */
  readonly plansBuilt: number;
  readonly plansReplayed: number;
}

/** What the current device holds: bytes and number of tensor buffers, reserved bytes, counts of pipelines, dispatches, plans. */
export function memory(): MemoryInfo {
  const { device } = currentState();
  return {
    device: device.name,
    ...device.stats(),
    budget: memoryBudget.bytes,
    plansBuilt: planStats.built,
    plansReplayed: planStats.replayed,
  };
}
