// The second pass: which nodes get a buffer of their own, and which kernels compute them.
//
// A kernel has a core (a reduction, matrix product, transform, or nothing at all for a plain map), loads its operands through
// any number of fused elementwise operations and views, and stores its result through a fused chain of the same.

import type { DeviceLimits } from '../../devices/device.js';
import { sizeOf } from '../../devices/shape.js';
import type { Node } from '../node.js';
import type { Expanded } from './expand.js';

/** One kernel of the plan: computes `root`. */
export interface Kernel {
  readonly root: Node;
  /** The node that decides the kernel's family; null for a map. */
  readonly core: Node | null;
  /** From the core's reader to the root: what happens between the core's value and the store. */
  readonly path: readonly Node[];
}

/** Kernels in the order in which they run, and the nodes that lie in buffers. */
export interface Schedule {
  readonly kernels: readonly Kernel[];
  readonly stored: ReadonlySet<Node>;
}

/** Whether fusion is on; tests compare fused with unfused. */
export const scheduling = { fuse: true };

/** Nodes fused into one kernel at most: software adapters compile long kernels slowly. */
const maxFused = 96;

const families: ReadonlySet<string> = new Set(['reduce', 'matmul', 'fft', 'materialize']);

/** True for nodes that need a kernel of their own. */
function isCore(node: Node): boolean {
  return families.has(node.operation.lowering.kind);
}

/** Decides what is stored and groups the rest into kernels. */
export function schedule(expanded: Expanded, limits: DeviceLimits): Schedule {
  const { outputs } = expanded;
  const nodes = reachable(expanded);
  const consumers = consumersOf(nodes);
  const isOutput = new Set(outputs);
  const stored = new Set<Node>();
  const paths = new Map<Node, Node[]>();
  chooseStored(nodes, isOutput, stored);
  limitBindings(nodes, stored, limits.maxStorageBuffers - 2);
  const taken = new Set<Node>();
  if (scheduling.fuse) {
    for (const node of nodes) {
      if (!isCore(node)) continue;
      const path = epilogue(node, isOutput, consumers, stored, taken, limits.maxStorageBuffers);
      if (path.length === 0) continue;
      paths.set(node, path);
      for (const step of [node, ...path]) {
        taken.add(step);
        stored.delete(step);
      }
      const root = path.at(-1) as Node;
      stored.add(root);
    }
  }
  const coreOf = new Map<Node, Node>();
  for (const [core, path] of paths) coreOf.set(path.at(-1) as Node, core);
  return { kernels: order(nodes, stored, coreOf, paths), stored };
}

/** The nodes that outputs need: expanding a composite may leave some of its operands unused. */
function reachable({ nodes, outputs }: Expanded): Node[] {
  const needed = new Set<Node>(outputs);
  for (const node of [...nodes].reverse()) if (needed.has(node)) for (const input of node.inputs) needed.add(input);
  return nodes.filter((node) => needed.has(node));
}

function consumersOf(nodes: readonly Node[]): Map<Node, Node[]> {
  const consumers = new Map<Node, Node[]>();
  for (const node of nodes) {
    for (const input of node.inputs) {
      const list = consumers.get(input);
      if (list === undefined) consumers.set(input, [node]);
      else list.push(node);
    }
  }
  return consumers;
}

/** Operations per element to compute a node anew, following what would be fused into it; capped. */
function recomputeCosts(nodes: readonly Node[]): Map<Node, number> {
  const costs = new Map<Node, number>();
  for (const node of nodes) {
    const { lowering } = node.operation;
    let cost = lowering.kind === 'elementwise' || lowering.kind === 'indexed' ? lowering.cost : 0;
    for (const input of node.inputs) if (!isCore(input)) cost += costs.get(input) ?? 0;
    costs.set(node, Math.min(cost, 1000));
  }
  return costs;
}

/** How often an element of a core's operand is loaded while the core runs. */
function readsPerElement(core: Node, operand: number): number {
  if (core.operation.lowering.kind === 'fft') return core.operation.lowering.transform(core.attributes).mode === 'c2r' ? 2 : 1;
  if (core.operation.lowering.kind !== 'matmul') return 1;
  const [, m = 1, n = 1] = core.shape;
  return Math.ceil((operand === 0 ? n : m) / 4);
}

/** Marks outputs, cores, and whatever is cheaper to store than to compute again in each of its readers. */
function chooseStored(nodes: readonly Node[], outputs: ReadonlySet<Node>, stored: Set<Node>): void {
  const costs = recomputeCosts(nodes);
  /** Element evaluations that readers ask for. */
  const asked = new Map<Node, number>();
  for (const node of [...nodes].reverse()) {
    const size = sizeOf(node.shape);
    const evaluations = asked.get(node) ?? 0;
    const { kind } = node.operation.lowering;
    const cost = costs.get(node) ?? 0;
    const cheaperStored = kind !== 'view' && cost > 0 && (evaluations - size) * cost > 8 * size + evaluations;
    const isolated = !scheduling.fuse && node.inputs.length > 0 && kind !== 'view';
    if (outputs.has(node) || isCore(node) || cheaperStored || isolated) stored.add(node);
    const each = stored.has(node) ? size : evaluations;
    node.inputs.forEach((input, operand) => {
      const reads = isCore(node) ? sizeOf(input.shape) * readsPerElement(node, operand) : each;
      asked.set(input, (asked.get(input) ?? 0) + reads);
    });
  }
}

/** Stores inner nodes where a kernel would bind more buffers, or fuse more nodes, than a device takes. */
function limitBindings(nodes: readonly Node[], stored: Set<Node>, maxReads: number): void {
  const reads = new Map<Node, Set<Node>>();
  const fused = new Map<Node, number>();
  const visible = (node: Node): Set<Node> => (stored.has(node) || node.buffer !== null ? new Set([node]) : (reads.get(node) ?? new Set()));
  for (const node of nodes) {
    for (;;) {
      const union = new Set<Node>();
      let count = 1;
      for (const input of node.inputs) {
        for (const read of visible(input)) union.add(read);
        count += stored.has(input) ? 0 : (fused.get(input) ?? 0);
      }
      reads.set(node, union);
      fused.set(node, count);
      if (union.size <= maxReads && count <= maxFused) break;
      const weight = (input: Node): number => visible(input).size * 4 + (fused.get(input) ?? 0);
      const candidates = node.inputs.filter((input) => !stored.has(input) && input.buffer === null && input.inputs.length > 0);
      const [largest] = candidates.sort((a, b) => weight(b) - weight(a));
      if (largest === undefined) break;
      stored.add(largest);
    }
  }
}

/** Everything a fused operand reads from buffers. */
function buffersRead(node: Node, stored: ReadonlySet<Node>, into: Set<Node>, seen = new Set<Node>()): void {
  if (seen.has(node)) return;
  seen.add(node);
  if (node.buffer !== null || stored.has(node)) into.add(node);
  else for (const input of node.inputs) buffersRead(input, stored, into, seen);
}

/** The chain of single readers after a core that can happen in its store; ends at the node that is stored. */
function epilogue(
  core: Node,
  outputs: ReadonlySet<Node>,
  consumers: ReadonlyMap<Node, Node[]>,
  stored: ReadonlySet<Node>,
  taken: ReadonlySet<Node>,
  maxBuffers: number,
): Node[] {
  const path: Node[] = [];
  let kept = 0;
  const buffers = new Set<Node>();
  for (const input of core.inputs) buffersRead(input, stored, buffers);
  let at = core;
  while (!outputs.has(at)) {
    const [reader, ...others] = consumers.get(at) ?? [];
    if (reader === undefined || others.length > 0 || taken.has(reader)) break;
    const { lowering } = reader.operation;
    if (lowering.kind === 'elementwise') {
      for (const input of reader.inputs) if (input !== at) buffersRead(input, stored, buffers);
      if (buffers.size > maxBuffers - 1 || path.length > maxFused / 2) break;
      path.push(reader);
      kept = path.length;
    } else if (lowering.kind === 'view' && lowering.inverse !== undefined) {
      path.push(reader);
      // A trailing view is free for its readers, so only one that drops elements, or is wanted itself, is worth storing through;
      // a matrix product over frequency bins also gains from it: it then writes the layout that transforms read side by side.
      const worth = outputs.has(reader) || sizeOf(reader.shape) < sizeOf(at.shape) || core.operation.lowering.kind === 'matmul';
      if (worth) kept = path.length;
    } else break;
    at = reader;
    // Stored for several readers or on its own account: the chain may end here but not pass through.
    if (stored.has(at)) break;
  }
  return path.slice(0, kept);
}

/** Kernels such that each runs after those whose results it reads. */
function order(
  nodes: readonly Node[],
  stored: ReadonlySet<Node>,
  coreOf: ReadonlyMap<Node, Node>,
  paths: ReadonlyMap<Node, Node[]>,
): Kernel[] {
  const kernels: Kernel[] = [];
  const done = new Set<Node>();
  const need = (node: Node, seen: Set<Node>): void => {
    for (const input of node.inputs) {
      if (input.buffer !== null || seen.has(input)) continue;
      seen.add(input);
      if (stored.has(input)) visit(input);
      else need(input, seen);
    }
  };
  const visit = (root: Node): void => {
    if (done.has(root)) return;
    done.add(root);
    need(root, new Set([root]));
    const core = coreOf.get(root) ?? (isCore(root) ? root : null);
    kernels.push({ root, core, path: core === null ? [] : (paths.get(core) ?? []) });
  };
  for (const node of nodes) if (stored.has(node)) visit(node);
  return kernels;
}
