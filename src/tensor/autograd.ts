// Reverse and forward mode on the recorded graph. Both only record: nothing is computed here.

import { isComplex } from '../devices/dtype.js';
import { broadcastShapes } from '../devices/shape.js';
import type { Node } from '../graph/node.js';
import { record } from '../graph/node.js';
import type { Operation } from '../graph/operation.js';
import { currentWatcher } from '../graph/watcher.js';
import { add, cast, like } from './operations/elementwise/index.js';
import { expand } from './operations/broadcast.js';

/** The same value under a new identity: what differentiates with respect to it, and nothing else, stops here. */
const aliasOperation: Operation = {
  name: 'alias',
  infer: ([x]) => ({ dtype: x!.dtype, shape: x!.shape }),
  adjoint: (_node, g) => [g],
  jvp: (_node, [t]) => t ?? null,
  reference: (_call, [x]) => x!,
  lowering: {
    kind: 'view',
    map: (index) => ({ index, guards: [] }),
    inverse: (index) => ({ index, guards: [] }),
  },
  expand: ([x]) => x!,
};

/** A node with x's value. */
export function alias(x: Node): Node {
  const copy = record(aliasOperation, [x], {});
  copy.spectrum = x.spectrum;
  return copy;
}

/** Nodes between `from` and the targets, operands first. */
function pathTo(from: Node, isTarget: (node: Node) => boolean): Node[] {
  const reaches = new Map<Node, boolean>();
  const order: Node[] = [];
  const stack: { node: Node; next: number }[] = [];
  const enter = (node: Node): void => {
    if (reaches.has(node)) return;
    // Also a node whose history is gone: reading a value must not change what a second backward() does.
    if (node.consumed && !node.isLeaf) {
      throw new Error(
        `backward: the history of ${node.operation.name} [${node.shape.join(', ')}] was used up by an earlier backward(); compute the loss anew, or use pv.grad`,
      );
    }
    reaches.set(node, isTarget(node));
    stack.push({ node, next: 0 });
  };
  enter(from);
  for (let top = stack.at(-1); top !== undefined; top = stack.at(-1)) {
    const { node } = top;
    const inputs = node.isLeaf ? [] : node.inputs;
    const input = inputs[top.next++];
    if (input !== undefined) {
      if (input.requiresGrad) enter(input);
      continue;
    }
    stack.pop();
    const reached = reaches.get(node) === true || inputs.some((at) => reaches.get(at) === true);
    reaches.set(node, reached);
    if (reached) order.push(node);
  }
  return order;
}

/** Gradients of ⟨g, y⟩ with respect to target nodes, and the nodes they passed through. */
export interface Pullback {
  readonly gradients: ReadonlyMap<Node, Node>;
  readonly visited: readonly Node[];
}

/**
 * Reverse mode: pulls g, the gradient of a real loss with respect to y, back to every node that `isTarget` names.
 * Throws when a node's history was used up by an earlier backward().
 */
export function pullback(y: Node, g: Node, isTarget: (node: Node) => boolean): Pullback {
  const order = pathTo(y, isTarget);
  const onPath = new Set(order);
  const gradients = new Map<Node, Node>();
  if (onPath.has(y)) gradients.set(y, g);
  for (const node of order.reverse()) {
    const upstream = gradients.get(node);
    if (upstream === undefined || node.isLeaf || node.inputs.length === 0) continue;
    const parts = node.operation.adjoint(node, upstream);
    currentWatcher()?.pulledBack(node, parts);
    node.inputs.forEach((input, i) => {
      const part = parts[i];
      if (part == null || !onPath.has(input)) return;
      const known = gradients.get(input);
      gradients.set(input, known === undefined ? part : add(known, part));
    });
  }
  return { gradients, visited: order };
}

/** Forward mode: the tangent of y given tangents of some nodes, or null where none reaches it. */
export function pushforward(y: Node, tangents: ReadonlyMap<Node, Node>): Node | null {
  const known = new Map<Node, Node | null>(tangents);
  const stack: Node[] = [y];
  for (let node = stack.at(-1); node !== undefined; node = stack.at(-1)) {
    if (known.has(node)) {
      stack.pop();
      continue;
    }
    const missing = node.inputs.filter((input) => !known.has(input));
    if (missing.length > 0) {
      stack.push(...missing);
      continue;
    }
    const parts = node.inputs.map((input) => known.get(input) ?? null);
    known.set(node, parts.every((part) => part === null) ? null : node.operation.jvp(node, parts));
    stack.pop();
  }
  return known.get(y) ?? null;
}

/** A gradient of ones for a loss, or the caller's upstream gradient brought to y's type; throws when shapes do not fit. */
export function upstreamFor(what: string, y: Node, upstream: Node | null): Node {
  if (upstream === null) {
    const size = y.shape.reduce((product, extent) => product * extent, 1);
    if (size !== 1) {
      throw new Error(
        `${what}: the result has shape [${y.shape.join(', ')}], but only one number has a gradient without an upstream one; reduce it with sum() or mean(), or pass the upstream gradient`,
      );
    }
    if (isComplex(y.dtype)) {
      throw new Error(`${what}: the result is ${y.dtype}, but a loss is real; take real(), or abs(), or pass the upstream gradient`);
    }
    return expand(like(y, 1), y.shape);
  }
  const both = broadcastShapes(upstream.shape, y.shape);
  if (both === null || both.length !== y.shape.length || both.some((extent, axis) => extent !== y.shape[axis])) {
    throw new Error(`${what}: the upstream gradient has shape [${upstream.shape.join(', ')}], but the result has [${y.shape.join(', ')}]`);
  }
  if (isComplex(upstream.dtype) && !isComplex(y.dtype)) {
    throw new TypeError(
      `${what}: the upstream gradient is ${upstream.dtype}, but the result is ${y.dtype}, whose gradient is real; use real()`,
    );
  }
  return expand(cast(upstream, y.dtype), y.shape);
}
