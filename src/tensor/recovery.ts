// What a host asks for around cells: what they recorded is computed, and an interrupt leaves everything whole.

import { confirmWith, flush, memoryBudget, recoverGraph } from '../graph/flush.js';
import { forgetWhatWasCutOff } from '../graph/interrupt.js';
import { forgetGradientModes } from '../graph/node.js';
import { anomaliesTold } from './anomaly.js';
import { openStates } from './devices.js';
import { collectGarbage, forgetScopes, nextEpoch, releaseCollected } from './handles.js';

const listeners = new Set<() => void>();

/** Calls f at each interrupt, before anything is mended: what waits for a promise then may wait in vain. Returns what ends that. */
export function onInterrupt(f: () => void): () => void {
  listeners.add(f);
  return () => void listeners.delete(f);
}

/** Resolves when everything that assignments recorded has been computed; rejects when a device was lost meanwhile. */
export async function settle(): Promise<void> {
  for (const state of openStates()) {
    // What was on a lost device is gone, as its reads say.
    if (state.device.lost !== null) continue;
    if (state.assigned.size > 0) flush(state, []);
    const done = state.device.sync();
    confirmWith(state, done);
    await done;
  }
  await anomaliesTold();
  nextEpoch();
  if (openStates().some(({ device }) => device.stats().bytes > memoryBudget.bytes)) await collectGarbage();
  releaseCollected();
}

/**
 * Mends everything after an interrupt, also when evaluation was cut off and reactions to promises were dropped. To be called when nothing of
 * the cell runs any more, while the interrupt is still asked for; resolves when the devices have abandoned what they did. Never rejects.
 */
export async function recover(): Promise<void> {
  forgetWhatWasCutOff();
  forgetGradientModes();
  forgetScopes();
  for (const f of listeners) f();
  const states = openStates();
  for (const { device } of states) device.interrupt?.();
  await Promise.all(states.flatMap(({ device }) => (device.resume ? [device.resume()] : [])));
  recoverGraph(states);
}
