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
    let result: Node;
    if (expanded !== null) {
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
