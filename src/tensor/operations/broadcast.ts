// expand repeats elements without a copy; sum adds along axes. Each is the other's adjoint.

import { float64Values, fromFloat64, type NdArray } from '../../devices/ndarray.js';
import { hostArray, isComplex } from '../../devices/dtype.js';
import { sizeOf, stridesOf, type Shape } from '../../devices/shape.js';
import { constant, type Index } from '../../graph/indexing.js';
import { record, type Node } from '../../graph/node.js';
import type { Operation, ReferenceCall } from '../../graph/operation.js';
import { pad, reshape, transpose } from './views.js';

const expandOperation: Operation<{ readonly shape: Shape }> = {
  name: 'expand',
  infer: ([x], { shape }) => ({ dtype: x!.dtype, shape }),
  adjoint: (node, g) => {
    const from = node.inputs[0]!.shape;
    const axes = from.flatMap((extent, axis) => (extent === 1 && node.shape[axis] !== 1 ? [axis] : []));
    return [reshape(sum(g, axes), from)];
  },
  jvp: (node, [t]) => (t == null ? null : expand(t, node.shape)),
  reference: ({ dtype, shape }, [x]) => ({
    dtype,
    shape,
    data: x!.data,
    offset: x!.offset,
    strides: shape.map((extent, axis) => (x!.shape[axis] === 1 && extent !== 1 ? 0 : (x!.strides[axis] as number))),
  }),
  lowering: {
    kind: 'view',
    map: (index, from) => ({ index: index.map((part, axis): Index => (from[axis] === 1 ? constant(0) : part)), guards: [] }),
  },
};

/** Repeats axes of extent 1, and adds axes in front, so that x has `shape`; the caller has checked that it fits. */
export function expand(x: Node, shape: Shape): Node {
  const aligned = reshape(x, [...new Array<number>(shape.length - x.shape.length).fill(1), ...x.shape]);
  return shape.every((extent, axis) => extent === aligned.shape[axis]) ? aligned : record(expandOperation, [aligned], { shape });
}

/** Axes of a reduction; the result has none of them. */
export interface ReduceAttributes {
  readonly axes: readonly number[];
}

/** Shape without the axes. */
export function without(shape: Shape, axes: readonly number[]): number[] {
  return shape.filter((_, axis) => !axes.includes(axis));
}

/**
 * For each result element the terms in row-major order: calls step(result, source) with positions into dense arrays.
 */
export function eachTerm(shape: Shape, axes: readonly number[], step: (result: number, source: number, term: number) => void): void {
  const kept = without(shape, axes);
  const keptStrides = stridesOf(kept);
  const termShape = shape.filter((_, axis) => axes.includes(axis));
  const termStrides = stridesOf(termShape);
  let at = 0;
  const outer = shape.map((_, axis) => (axes.includes(axis) ? 0 : (keptStrides[axis - axes.filter((a) => a < axis).length] as number)));
  const inner = shape.map((_, axis) => (axes.includes(axis) ? (termStrides[axes.filter((a) => a < axis).length] as number) : 0));
  const visit = (axis: number, result: number, term: number): void => {
    if (axis === shape.length) {
      step(result, at++, term);
      return;
    }
    const extent = shape[axis] as number;
    for (let i = 0; i < extent; i++) visit(axis + 1, result + i * (outer[axis] as number), term + i * (inner[axis] as number));
  };
  visit(0, 0, 0);
}

function referenceSum({ dtype, shape, attributes }: ReferenceCall<ReduceAttributes>, [x]: readonly NdArray[]): NdArray {
  const out = new Float64Array(hostArray(dtype, sizeOf(shape)).length);
  const values = float64Values(x!);
  if (isComplex(dtype)) {
    eachTerm(x!.shape, attributes.axes, (result, source) => {
      out[2 * result]! += values[2 * source] as number;
      out[2 * result + 1]! += values[2 * source + 1] as number;
    });
  } else {
    eachTerm(x!.shape, attributes.axes, (result, source) => {
      out[result]! += values[source] as number;
    });
  }
  return fromFloat64(dtype, shape, out);
}

/** Terms from which a sum with few results is cut into parts that run side by side. */
const longSum = 1 << 15;

/**
 * A reduction with few results and many terms as two: partial results over `parts` pieces, then those. `again` applies the
 * reduction, `identity` fills the last piece. Null when one kernel does well enough.
 */
export function splitReduction(
  x: Node,
  axes: readonly number[],
  identity: number,
  again: (x: Node, axes: readonly number[]) => Node,
): Node | null {
  const kept = without(x.shape, axes);
  const terms = axes.reduce((product, axis) => product * (x.shape[axis] as number), 1);
  const results = sizeOf(kept);
  if (terms < longSum || results > 64) return null;
  const parts = Math.min(256, Math.ceil(terms / 4096));
  const piece = Math.ceil(terms / parts);
  const order = [...x.shape.keys()].filter((axis) => !axes.includes(axis)).concat([...axes].sort((a, b) => a - b));
  const flat = reshape(transpose(x, order), [results, terms]);
  const padded = pad(
    flat,
    [
      [0, 0],
      [0, parts * piece - terms],
    ],
    identity,
  );
  const partial = again(reshape(padded, [results, parts, piece]), [2]);
  return reshape(again(partial, [1]), kept);
}

const sumOperation: Operation<ReduceAttributes> = {
  name: 'sum',
  heavy: true,
  infer: ([x], { axes }) => ({ dtype: x!.dtype, shape: without(x!.shape, axes) }),
  adjoint: (node, g) => {
    const from = node.inputs[0]!.shape;
    return [
      expand(
        reshape(
          g,
          from.map((extent, axis) => (node.attributes.axes.includes(axis) ? 1 : extent)),
        ),
        from,
      ),
    ];
  },
  jvp: (node, [t]) => (t == null ? null : sum(t, node.attributes.axes)),
  reference: referenceSum,
  lowering: { kind: 'reduce', combine: 'sum', axes: ({ axes }) => axes },
  expand: ([x], { attributes: { axes } }) => splitReduction(x!, axes, 0, sum),
};

/** Sum along axes (0 ≤ axis < rank), which vanish. */
export function sum(x: Node, axes: readonly number[]): Node {
  return axes.length === 0 ? x : record(sumOperation, [x], { axes });
}
