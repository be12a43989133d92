// From pending nodes to buffers: which nodes a flush computes, and what is kept afterwards.

import { sizeOf } from '../devices/shape.js';
import { Interrupted, lostMessage } from '../devices/failures.js';
import { isInterruptRequested, isWhole, uninterrupted } from './interrupt.js';
import type { GraphState, Node } from './node.js';
import { describeNode, describePlan, endCall } from './origin.js';
import { planFor, runPlan } from './plans.js';
import { programFor } from './program.js';
import { currentWatcher } from './watcher.js';

/** A recorded graph is flushed by itself at this many nodes. */
export const pendingLimit = 512;

/** That flush computes results whose recipe is at least this deep; the others stay recipes, which take no device memory. */
const deepRecipe = 64;

/** Bytes that computed-but-recomputable results may take on a device. */
export const memoryBudget = { bytes: 1 << 30 };

let nextBuffer = 1;

/** A new buffer id; ids are never reused. */
export function newBuffer(): number {
  return nextBuffer++;
}

/** The last node there was when a graph was flushed by itself. */
const flushedUpTo = new WeakMap<GraphState, number>();

/** A flush that is under way, and the assignments that it took on. */
interface UnderWay {
  readonly state: GraphState;
  readonly assigned: readonly Node[];
  /** The flush that waits for this one. */
  readonly outer: UnderWay | null;
}

let underWay: UnderWay | null = null;

/** Computes the requested nodes, pending assignments, and what those assignments would make unreadable. */
export function flush(state: GraphState, requested: Iterable<Node>): void {
  endCall();
  const asked = new Set(requested);
  if (state.device.lost !== null) {
    const [needed] = [...asked].map(describeNode);
    throw new Error(lostMessage(state.device.name, state.device.lost) + (needed === undefined ? '' : ` (needed for ${needed})`));
  }
  uninterrupted(() => {
    const outer = underWay;
    underWay = { state, assigned: [...state.assigned], outer };
    try {
      flushNow(state, asked);
    } catch (error) {
      if (error instanceof Interrupted) putBack(underWay);
      throw error;
    } finally {
      underWay = outer;
    }
  });
}

/** Puts back the assignments of a flush that was interrupted or cut off, to be computed by the next one. */
function putBack({ state, assigned }: UnderWay): void {
  for (const node of assigned) if (node.buffer === null && node.isAlive) state.assigned.add(node);
}

/** Mends what an interrupt left: to be called when nothing of the cell runs any more and the device works again. */
export function recoverGraph(states: Iterable<GraphState>): void {
  for (; underWay !== null; underWay = underWay.outer) putBack(underWay);
  for (const { unconfirmed } of states) for (const node of [...unconfirmed]) node.retract();
}

/**
 * Marks everything sent so far as being there when `done` settles, which was asked for after it. What an interrupt stopped is not: it is
 * computed again.
 */
export function confirmWith(state: GraphState, done: Promise<unknown>): void {
  if (state.sent.size === 0) return;
  const sent = [...state.sent];
  state.sent.clear();
  const confirm = (): void => {
    if (!isInterruptRequested()) for (const node of sent) node.confirm();
  };
  done.then(confirm, confirm);
}

function flushNow(state: GraphState, asked: ReadonlySet<Node>): void {
  const outputs = new Set<Node>();
  for (const node of asked) if (node.buffer === null) outputs.add(node);
  if (state.assigned.size > 0) {
    for (const node of state.assigned) if (node.buffer === null) outputs.add(node);
    for (const node of overwritten(state)) outputs.add(node);
    // What an interrupt would leave in place has to be there: first values that are still recipes are computed apart.
    compute(
      state,
      [...state.assigned].flatMap(({ replaced }) => replaced ?? []),
      true,
    );
  }
  state.assigned.clear();
  compute(state, outputs);
  shrink(state, asked);
}

/** Computes nodes by one plan, or each operation by itself where somebody watches; one that is needed is done also when people interrupt. */
function compute(state: GraphState, outputs: Iterable<Node>, isNeeded = false): void {
  carryTransfers(outputs);
  const watcher = currentWatcher();
  if (watcher !== null) {
    const wanted = [...outputs].filter((node) => node.buffer === null);
    for (const node of programFor(wanted).nodes) watcher.compute(node, () => computeTogether(state, [node], isNeeded));
  }
  computeTogether(state, outputs, isNeeded);
}

function computeTogether(state: GraphState, outputs: Iterable<Node>, isNeeded: boolean): void {
  const wanted = [...new Set(outputs)].filter((node) => node.buffer === null);
  if (wanted.length === 0) return;
  const all = programFor(wanted);
  const plan = planFor(state, all);
  const inputs = all.inputs.map((node) => node.buffer as number);
  const scalars = all.nodes.flatMap((node) => node.scalars);
  const made = all.outputs.map(newBuffer);
  const replaced = all.outputs.map((node) => node.replaced?.buffer ?? -1);
  runPlan(state, plan, inputs, scalars, made, replaced, isNeeded, describePlan(plan, wanted));
  all.outputs.forEach((node, i) => node.store(made[i] as number, all.heavy.has(node)));
  state.recorded = 0;
}

/** Computes deep results that people hold when much has been recorded up to a node, so that no graph grows without bound. */
export function flushIfLong({ state, id }: Node): void {
  // In the middle of a step some values are assigned, and recipes that were made for it still read the old ones.
  if (state.recorded < pendingLimit || isWhole()) return;
  const since = flushedUpTo.get(state) ?? 0;
  const ends = [...state.pending].filter((node) => node.id > since && node.depth >= deepRecipe && !node.hasDependents);
  flushedUpTo.set(state, id);
  state.recorded = 0;
  flush(state, ends);
}

/** Brings over the values from other devices that nodes need; the device waits for them in its own order. */
function carryTransfers(outputs: Iterable<Node>): void {
  const stack = [...outputs];
  const seen = new Set<Node>();
  const found: Node[] = [];
  for (let node = stack.pop(); node !== undefined; node = stack.pop()) {
    if (seen.has(node) || node.buffer !== null) continue;
    seen.add(node);
    if (isTransfer(node)) found.push(node);
    else stack.push(...node.inputs);
  }
  for (const node of found) {
    const [source] = node.inputs;
    if (source === undefined || node.buffer !== null) continue;
    flush(source.state, [source]);
    const buffer = newBuffer();
    node.device.write(buffer, node.dtype, node.shape, source.device.read(source.buffer as number, source.dtype, sizeOf(source.shape)));
    node.store(buffer, false);
  }
}

/** True for a value that lies on another device. */
function isTransfer(node: Node): boolean {
  return node.operation.lowering.kind === 'input' && node.inputs.length > 0;
}

/** Held nodes that read a version which a pending assignment replaces. */
function overwritten(state: GraphState): Node[] {
  const reads = new Map<Node, boolean>();
  const visit = (node: Node): boolean => {
    const known = reads.get(node);
    if (known !== undefined) return known;
    reads.set(node, node.superseded);
    if (node.superseded) return true;
    const result = node.buffer === null && node.inputs.some(visit);
    reads.set(node, result);
    return result;
  };
  return [...state.pending].filter((node) => node.buffer === null && visit(node));
}

/** Evicts the oldest recomputable results, but none that was asked for, while the device holds more than the budget. */
function shrink(state: GraphState, asked: ReadonlySet<Node>): void {
  for (const node of state.cached) {
    if (state.device.stats().bytes <= memoryBudget.bytes) return;
    if (asked.has(node)) continue;
    node.evict();
    if (node.handles > 0) state.pending.add(node);
  }
}
