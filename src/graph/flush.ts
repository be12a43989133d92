// From pending nodes to buffers: which nodes a flush computes, the plan they need, and what is kept afterwards.

import type { DeviceLimits, ReferencePlan, WgslPlan } from '../devices/device.js';
import { deviceBytes } from '../devices/dtype.js';
import { sizeOf } from '../devices/shape.js';
import type { Node} from './node.js';
import { isStored, type GraphState } from './node.js';
import { referencePlan } from './reference-plan.js';
import { lower } from './wgsl/lower.js';

/** Nodes in the order in which they can be computed, and what they read. */
export interface Program {
  /** Everything to compute, operands first. */
  readonly nodes: readonly Node[];
  /** Computed values that the program reads, in order of first use. */
  readonly inputs: readonly Node[];
  readonly outputs: readonly Node[];
}

/** Counts of plans, for tests and panels. */
export const planStats = { built: 0, replayed: 0 };

/** A recorded graph is flushed by itself at this many nodes. */
export const pendingLimit = 512;

/** That flush computes results whose recipe is at least this deep; the others stay recipes, which take no device memory. */
const deepRecipe = 64;

/** Bytes that computed-but-recomputable results may take on a device. */
export const memoryBudget = { bytes: 1 << 30 };

const maxPlans = 256;
const plans = new WeakMap<GraphState, Map<string, WgslPlan | ReferencePlan>>();
let nextBuffer = 1;

/** A new buffer id; ids are never reused. */
export function newBuffer(): number {
  return nextBuffer++;
}

/** The last node there was when a graph was flushed by itself. */
const flushedUpTo = new WeakMap<GraphState, number>();

/** Computes the requested nodes, pending assignments, and what those assignments would make unreadable. */
export function flush(state: GraphState, requested: Iterable<Node>): void {
  if (state.device.lost !== null) throw new Error(`device ${state.device.name} is lost (${state.device.lost}); restart it and compute its tensors again`);
  const outputs = new Set<Node>();
  for (const node of requested) if (node.buffer === null) outputs.add(node);
  if (state.assigned.size > 0) {
    for (const node of state.assigned) if (node.buffer === null) outputs.add(node);
    for (const node of overwritten(state)) outputs.add(node);
    // What an interrupt would leave in place has to be there: first values that are still recipes are computed apart.
    compute(state, [...state.assigned].flatMap(({ replaced }) => replaced ?? []));
  }
  state.assigned.clear();
  compute(state, outputs);
}

/** Computes nodes by one plan. */
function compute(state: GraphState, outputs: Iterable<Node>): void {
  carryTransfers(outputs);
  const wanted = [...new Set(outputs)].filter((node) => node.buffer === null);
  if (wanted.length === 0) return;
  const heavy = new Set<Node>();
  const program = collect(wanted, heavy);
  const all: Program = { ...program, outputs: [...wanted, ...heavy] };
  const plan = planFor(state, all);
  const inputs = all.inputs.map((node) => node.buffer as number);
  const scalars = all.nodes.flatMap((node) => node.scalars);
  const made = all.outputs.map(newBuffer);
  const replaced = all.outputs.map((node) => node.replaced?.buffer ?? -1);
  runPlan(state, plan, inputs, scalars, made, replaced);
  all.outputs.forEach((node, i) => node.store(made[i] as number, heavy.has(node)));
  state.recorded = 0;
  shrink(state);
}

/** Computes deep results that people hold when much has been recorded up to a node, so that no graph grows without bound. */
export function flushIfLong({ state, id }: Node): void {
  if (state.recorded < pendingLimit) return;
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

/** The nodes that outputs need, operands first; heavy results that people hold are added to `heavy`. Throws where one was disposed. */
export function collect(outputs: readonly Node[], heavy = new Set<Node>()): Program {
  const nodes: Node[] = [];
  const inputs: Node[] = [];
  const done = new Set<Node>();
  const wanted = new Set(outputs);
  const worth = new Map<Node, Node>();
  const stack: { node: Node; next: number }[] = [];
  const enter = (node: Node): void => {
    if (done.has(node)) return;
    done.add(node);
    if (node.buffer !== null) {
      inputs.push(node);
      return;
    }
    if (node.freed || node.operation.lowering.kind === 'input') {
      throw new Error(`${node.operation.name}: the value was disposed before it was needed; keep the tensor until its results have been read`);
    }
    stack.push({ node, next: 0 });
  };
  for (const output of outputs) {
    enter(output);
    for (let top = stack.at(-1); top !== undefined; top = stack.at(-1)) {
      const input = top.node.inputs[top.next++];
      if (input !== undefined) {
        enter(input);
        continue;
      }
      stack.pop();
      nodes.push(top.node);
      const kept = worthKeeping(top.node, worth);
      if (kept === null) continue;
      worth.set(top.node, kept);
      if (top.node.handles > 0 && !wanted.has(top.node) && !wanted.has(kept)) heavy.add(kept);
    }
  }
  return { nodes, inputs, outputs };
}

/**
 * What is to be kept of a node that people hold: a heavy result itself, the source of its views, and what elementwise operations
 * make of one that only library functions know (a bias, the factor of a mean). `worth` holds the same of the node's inputs.
 */
function worthKeeping(node: Node, worth: ReadonlyMap<Node, Node>): Node | null {
  if (node.operation.heavy === true) return node;
  const { kind } = node.operation.lowering;
  const [inner] = node.inputs.flatMap((input) => (input.handles === 0 ? (worth.get(input) ?? []) : []));
  if (inner === undefined) return null;
  return kind === 'view' ? inner : kind === 'elementwise' ? node : null;
}

/** The structure of a program as text: equal keys mean that one plan serves both. Scalars are not part of it. */
function keyOf(program: Program): string {
  const index = new Map<Node, number>();
  const parts: string[] = [];
  for (const node of program.inputs) {
    index.set(node, index.size);
    parts.push(`${node.dtype}[${node.shape.join()}]`);
  }
  for (const node of program.nodes) {
    index.set(node, index.size);
    parts.push(`${node.signature}${node.inputs.map((input) => index.get(input)).join()}`);
  }
  parts.push(program.outputs.map((node) => index.get(node)).join());
  return parts.join(';');
}

function planFor(state: GraphState, program: Program): WgslPlan | ReferencePlan {
  let cache = plans.get(state);
  if (cache === undefined) plans.set(state, (cache = new Map<string, WgslPlan | ReferencePlan>()));
  const key = keyOf(program);
  let plan = cache.get(key);
  if (plan !== undefined) {
    planStats.replayed++;
    cache.delete(key);
  } else {
    planStats.built++;
    plan = state.device.kind === 'wgsl' ? lower(program, state.device.limits) : referencePlan(program);
    const [oldest] = cache.keys();
    if (cache.size >= maxPlans && oldest !== undefined) cache.delete(oldest);
  }
  cache.set(key, plan);
  return plan;
}

function runPlan(
  state: GraphState,
  plan: WgslPlan | ReferencePlan,
  inputs: readonly number[],
  scalars: readonly number[],
  outputs: readonly number[],
  replaced: readonly number[],
): void {
  const { device } = state;
  if (device.kind === 'wgsl' && 'kernels' in plan) device.run(plan, inputs, scalars, outputs, replaced);
  else if (device.kind === 'reference' && !('kernels' in plan)) device.run(plan, inputs, scalars, outputs);
  else throw new Error(`device ${device.name} was given a plan of another kind of device`);
}

/** Evicts the oldest recomputable results while the device holds more than the budget. */
function shrink(state: GraphState): void {
  for (const node of state.cached) {
    if (state.device.stats().bytes <= memoryBudget.bytes) return;
    node.evict();
    if (node.handles > 0) state.pending.add(node);
  }
}

/** Throws when one value of this type cannot be bound on the device. */
export function checkFits(what: string, node: { readonly dtype: Node['dtype']; readonly shape: Node['shape'] }, limits: DeviceLimits, name: string): void {
  const bytes = sizeOf(node.shape) * deviceBytes(node.dtype);
  if (bytes > limits.maxBufferBytes) {
    throw new Error(
      `${what}: [${node.shape.join(', ')}] ${node.dtype} takes ${bytes} bytes, but device ${name} binds at most ` +
        `${limits.maxBufferBytes} bytes in one buffer; split the tensor or use setDevice('cpu')`,
    );
  }
}

export { isStored };
