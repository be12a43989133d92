// What a flush is about to compute, as a list, and its structure as text.

import type { Node } from './node.js';

/** Nodes in the order in which they can be computed, and what they read. */
export interface Program {
  /** Everything to compute, operands first. */
  readonly nodes: readonly Node[];
  /** Computed values that the program reads, in order of first use. */
  readonly inputs: readonly Node[];
  readonly outputs: readonly Node[];
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
      throw new Error(
        `${node.operation.name}: the value was disposed before it was needed; keep the tensor until its results have been read`,
      );
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

/** What a flush computes that is asked for `wanted`: these, and the heavy results on the way that people hold. */
export function programFor(wanted: readonly Node[]): Program & { readonly heavy: ReadonlySet<Node> } {
  const heavy = new Set<Node>();
  const program = collect(wanted, heavy);
  return { ...program, outputs: [...wanted, ...heavy], heavy };
}

/** The structure of a program as text: equal keys mean that one plan serves both. Scalars are not part of it. */
export function keyOf(program: Program): string {
  const index = new Map<Node, number>();
  const parts: string[] = [];
  for (const node of program.inputs) {
    index.set(node, index.size);
    parts.push(`${node.dtype}[${node.shape.join()}]`);
  }
  for (const node of program.nodes) {
    index.set(node, index.size);
    const variant = node.operation.variant?.(node.attributes, node.state) ?? '';
    parts.push(`${node.signature}${variant}(${node.inputs.map((input) => index.get(input)).join()})`);
  }
  parts.push(program.outputs.map((node) => index.get(node)).join());
  return parts.join(';');
}
