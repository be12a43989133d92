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

const families: ReadonlySet<string> = new Set(['reduce', 'matmul', 'correlate', 'fft', 'plane-fft', 'materialize']);

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
  const bindings = limits.maxStorageBuffers - (limits.clearsByCode ? 1 : 0);
  limitBindings(nodes, stored, bindings - 2);
  const taken = new Set<Node>();
  if (scheduling.fuse) {
    for (const node of nodes) {
      if (!isCore(node)) continue;
      const path = epilogue(node, isOutput, consumers, stored, taken, bindings);
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

/** Operations per element to compute a node anew, with what would be fused into it: each distinct node once, and each distinct core or buffer a load. */
function recomputeCosts(nodes: readonly Node[]): Map<Node, number> {
  const costs = new Map<Node, number>();
  const sources = new Map<Node, ReadonlySet<Node>>();
  for (const node of nodes) {
    const all = new Set<Node>();
    for (const input of node.inputs) {
      if (isCore(input) || input.buffer !== null) all.add(input);
      else for (const source of [input, ...(sources.get(input) ?? [])]) if (all.size < maxFused) all.add(source);
    }
    sources.set(node, all);
    let cost = ownCost(node);
    let loads = 0;
    for (const source of all) {
      if (isCore(source) || source.buffer !== null) loads++;
      else cost += ownCost(source);
    }
    costs.set(node, cost === 0 ? 0 : cost + loadCost * Math.max(0, loads - 1));
  }
  return costs;
}

function ownCost({ operation: { lowering } }: Node): number {
  return lowering.kind === 'elementwise' || lowering.kind === 'indexed' ? lowering.cost : 0;
}

/** In operations: what it takes to load an element, and to store one and load it again, where memory is slow compared with arithmetic. */
const loadCost = 4;
const storeCost = 40;

/** Operations that may be fused into the loads of transforms, products and correlations, whose text has each load some dozens of times: compilers take minutes for more. */
const repeatedCost = 12;

/** How often an element of a core's operand is loaded while the core runs. */
function readsPerElement(core: Node, operand: number): number {
  if (core.operation.lowering.kind === 'fft') return core.operation.lowering.transform(core.attributes).mode === 'c2r' ? 2 : 1;
  if (core.operation.lowering.kind === 'correlate') {
    const [, , , tapRows = 1] = core.inputs[1]?.shape ?? [];
    const [, samples = 1, filters = 1, rows = 1, columns = 1] = core.shape;
    return Math.ceil(operand === 0 ? (filters / 4) * tapRows : (samples * rows * columns) / 8);
  }
  if (core.operation.lowering.kind !== 'matmul') return 1;
  const [, m = 1, n = 1] = core.shape;
  return Math.ceil((operand === 0 ? n : m) / 4);
}

/**
 * Who asks for elements of a node, and for how many. Readers that ask for the same elements while the same kernel computes the same element of its
 * result are one: text computes each distinct element once. The key says so: the kernel's root, and the views on the way.
 */
type Askers = Map<string, number>;

/** Marks outputs, cores, and whatever is cheaper to store than to compute again for each who asks. */
function chooseStored(nodes: readonly Node[], outputs: ReadonlySet<Node>, stored: Set<Node>): void {
  const costs = recomputeCosts(nodes);
  const asked = new Map<Node, Askers>();
  /** Fused into the loads of a kernel that writes them out many times. */
  const repeated = new Set<Node>();
  for (const node of [...nodes].reverse()) {
    const size = sizeOf(node.shape);
    const askers = asked.get(node) ?? new Map<string, number>();
    const evaluations = [...askers.values()].reduce((sum, count) => sum + count, 0);
    const { kind } = node.operation.lowering;
    const cost = costs.get(node) ?? 0;
    const cheaperStored = kind !== 'view' && cost > 0 && (evaluations - size) * cost > storeCost * size;
    const isolated = !scheduling.fuse && node.inputs.length > 0 && kind !== 'view';
    const isLongText = repeated.has(node) && kind !== 'view' && cost > repeatedCost;
    const isStored = outputs.has(node) || isCore(node) || cheaperStored || isolated || isLongText;
    if (isStored) stored.add(node);
    if (isCore(node) ? kind !== 'reduce' && kind !== 'materialize' : repeated.has(node) && !isStored) {
      for (const input of node.inputs) repeated.add(input);
    }
    node.inputs.forEach((input, operand) => {
      let of = asked.get(input);
      if (of === undefined) asked.set(input, (of = new Map<string, number>()));
      if (isCore(node)) of.set(`${node.id}:${operand}`, sizeOf(input.shape) * readsPerElement(node, operand));
      else if (isStored) of.set(`${node.id}`, size);
      else for (const [key, count] of askers) of.set(kind === 'elementwise' ? key : `${key}>${node.id}:${operand}`, count);
    });
  }
}

/** Stores inner nodes where a kernel would bind more buffers, or fuse more nodes, than a device takes. */
function limitBindings(nodes: readonly Node[], stored: Set<Node>, maxReads: number): void {
  /** What computing a node reads from buffers, and what is fused into it, itself included. */
  const reads = new Map<Node, ReadonlySet<Node>>();
  const fused = new Map<Node, ReadonlySet<Node>>();
  const readsOf = (node: Node): Iterable<Node> => (stored.has(node) || node.buffer !== null ? [node] : (reads.get(node) ?? []));
  const fusedOf = (node: Node): Iterable<Node> => (stored.has(node) ? [] : (fused.get(node) ?? []));
  for (const node of nodes) {
    for (;;) {
      const union = new Set(node.inputs.flatMap((input) => [...readsOf(input)]));
      const all = new Set([node, ...node.inputs.flatMap((input) => [...fusedOf(input)])]);
      reads.set(node, union);
      fused.set(node, all);
      if (union.size <= maxReads && all.size <= maxFused) break;
      const weight = (input: Node): number => [...readsOf(input)].length * 4 + [...fusedOf(input)].length;
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
