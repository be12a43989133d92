// The first pass of lowering: composite operations become graphs of simple ones, and equal nodes become one.
// Merging is what lets forward, dX and dW of a convolution share the spectra of X, W and dY.

import type { DeviceLimits } from '../../devices/device.js';
import type { Program } from '../program.js';
import { materialize } from '../materialize.js';
import { Node, withoutGradients } from '../node.js';

/** A program without composites and without duplicates. */
export interface Expanded {
  /** Operands first; computed inputs are not among them. */
  readonly nodes: readonly Node[];
  readonly outputs: readonly Node[];
  /** For nodes whose scalars are given at run time: the position of their first one. All others have fixed scalars. */
  readonly scalarBase: ReadonlyMap<Node, number>;
}

/** Expands a program for a device with these limits. */
export function expand(program: Program, limits: DeviceLimits): Expanded {
  const canonical = new Map<Node, Node>();
  const byKey = new Map<string, Node>();
  const scalarBase = new Map<Node, number>();
  const nodes: Node[] = [];
  const uses = usesOf(program);

  const merge = (key: string, make: () => Node): Node => {
    let node = byKey.get(key);
    if (node === undefined) {
      node = make();
      byKey.set(key, node);
      canonical.set(node, node);
      nodes.push(node);
    }
    return node;
  };

  /** `node` with other inputs of the same types, merged with its equals. */
  const again = ({ state, operation, attributes, scalars, signature, dtype, shape }: Node, inputs: readonly Node[]): Node =>
    merge(`${signature}(${inputs.map((input) => input.id).join()})${scalars.join()}`, () => {
      return new Node(state, operation, inputs, attributes, scalars, { dtype, shape });
    });

  /**
   * The sum of two sums along the same axes, below the same views, as one sum; null when they are not such. The gradient of what is broadcast more
   * than once comes this way.
   */
  const joined = ({ state, operation, attributes, scalars }: Node, a: Node, b: Node): Node | null => {
    const [first, second] = [sumUnderViews(a), sumUnderViews(b)];
    if (first === null || second === null || first.key !== second.key) return null;
    const [x, y] = [first.sum.inputs[0] as Node, second.sum.inputs[0] as Node];
    const both = new Node(state, operation, [x, y], attributes, scalars, x);
    const terms = joined(both, x, y) ?? again(both, [x, y]);
    return first.views.reduceRight((result, view) => again(view, [result]), again(first.sum, [terms]));
  };

  /** The one node that stands for `node`; `base` is the position of its run-time scalars. */
  const resolve = (node: Node, base: number | null): Node => {
    const known = canonical.get(node);
    if (known !== undefined) return known;
    if (node.buffer !== null) {
      canonical.set(node, node);
      return node;
    }
    const inputs = node.inputs.map((input) => resolve(input, null));
    const { operation, attributes, dtype, shape, scalars } = node;
    const expanded = operation.expand?.(inputs, { attributes, scalars, dtype, shape }, limits) ?? null;
    const isSum = operation.lowering.kind === 'elementwise' && operation.lowering.isSum === true;
    let result = isSum && node.inputs.every((input) => isUsedOnce(input, uses)) ? joined(node, inputs[0] as Node, inputs[1] as Node) : null;
    if (result !== null) {
      // One sum stands for two.
    } else if (expanded !== null) {
      if (base !== null && scalars.length > 0) throw new Error(`${operation.name}: an operation with run-time scalars cannot expand`);
      result = resolve(expanded, null);
    } else {
      const fixed = base === null ? scalars.join() : `@${base}`;
      const key = `${node.signature}(${inputs.map((input) => input.id).join()})${scalars.length > 0 ? fixed : ''}`;
      result = merge(key, () => new Node(node.state, operation, inputs, attributes, scalars, { dtype, shape }));
      if (base !== null && scalars.length > 0) scalarBase.set(result, base);
    }
    canonical.set(node, result);
    return result;
  };

  return withoutGradients(() => {
    let base = 0;
    for (const node of program.nodes) {
      resolve(node, base);
      base += node.scalars.length;
    }
    const taken = new Set<Node>();
    const outputs = program.outputs.map((node, copy) => {
      let output = canonical.get(node) as Node;
      // Every output has a buffer of its own, also where expansion found it equal to an input or to another output.
      if (output.buffer !== null || taken.has(output)) {
        output = new Node(output.state, materialize, [output], { copy }, [], output);
        nodes.push(output);
      }
      taken.add(output);
      return output;
    });
    return { nodes, outputs, scalarBase };
  });
}

/** How often each node of a program is read, outputs once more. */
function usesOf({ nodes, outputs }: Program): ReadonlyMap<Node, number> {
  const uses = new Map<Node, number>();
  for (const used of [...nodes.flatMap(({ inputs }) => inputs), ...outputs]) uses.set(used, (uses.get(used) ?? 0) + 1);
  return uses;
}

/** True when nobody else reads a node, nor what it is a view of. */
function isUsedOnce(node: Node, uses: ReadonlyMap<Node, number>): boolean {
  const [source] = node.inputs;
  return uses.get(node) === 1 && (node.operation.lowering.kind !== 'view' || source === undefined || isUsedOnce(source, uses));
}

/** The sum along axes that a node is a view of, with the views in between, outermost first, and what has to be equal for two of them to be joined. */
function sumUnderViews(node: Node): { readonly sum: Node; readonly views: readonly Node[]; readonly key: string } | null {
  const views: Node[] = [];
  let sum = node;
  for (; sum.operation.lowering.kind === 'view' && sum.scalars.length === 0 && sum.buffer === null; sum = sum.inputs[0] as Node)
    views.push(sum);
  const { lowering } = sum.operation;
  const [operand] = sum.inputs;
  if (lowering.kind !== 'reduce' || lowering.combine !== 'sum' || sum.buffer !== null || operand === undefined) return null;
  return {
    sum,
    views,
    key: [...views, sum, operand]
      .map(({ signature, shape, dtype }, at) => (at > views.length ? `${dtype}${shape.join()}` : signature))
      .join(';'),
  };
}
