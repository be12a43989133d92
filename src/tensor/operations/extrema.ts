// Largest and smallest elements along axes, and where they are.

import { float64Values, fromFloat64, ndarray, type NdArray } from '../../devices/ndarray.js';
import { sizeOf, type Shape } from '../../devices/shape.js';
import { record, type Node } from '../../graph/node.js';
import type { Operation, ReferenceCall } from '../../graph/operation.js';
import { eachTerm, expand, splitReduction, sum, without, type ReduceAttributes } from './broadcast.js';
import { cast, div, eq, like, mul, where } from './elementwise/index.js';
import { iota } from './sources.js';
import { reshape } from './views.js';

interface ExtremumAttributes extends ReduceAttributes {
  /** Who gets the gradient at a tie: all in equal parts (as torch.amax), or the first (as max-pooling). */
  readonly ties: 'split' | 'first';
}

/** Position of the extremum among the terms, in row-major order; NaN wins over every number. */
function positions(x: NdArray, axes: readonly number[], sign: 1 | -1): Int32Array {
  const values = float64Values(x);
  const size = sizeOf(without(x.shape, axes));
  const best = new Float64Array(size).fill(-Infinity);
  const at = new Int32Array(size).fill(-1);
  eachTerm(x.shape, axes, (result, source, term) => {
    const value = sign * (values[source] as number);
    const old = best[result] as number;
    if ((at[result] as number) < 0 || value > old || (Number.isNaN(value) && !Number.isNaN(old))) {
      best[result] = value;
      at[result] = term;
    }
  });
  return at;
}

function extremum(name: 'max' | 'min'): Operation<ExtremumAttributes> {
  const sign = name === 'max' ? 1 : -1;
  const again = (x: Node, axes: readonly number[]): Node => extremumNode(name, x, axes);
  return {
    name,
    heavy: true,
    infer: ([x], { axes }) => ({ dtype: x!.dtype, shape: without(x!.shape, axes) }),
    adjoint: (node, g) => [mul(shares(node), spread(g, node))],
    jvp: (node, [t]) => (t == null ? null : sum(mul(shares(node), t), node.attributes.axes)),
    reference: ({ dtype, shape, attributes: { axes } }, [x]) => {
      const values = float64Values(x!);
      const chosen = positions(x!, axes, sign);
      const out = new Float64Array(sizeOf(shape));
      eachTerm(x!.shape, axes, (result, source, term) => {
        if (chosen[result] === term) out[result] = values[source] as number;
      });
      return fromFloat64(dtype, shape, out);
    },
    branch: ({ attributes: { axes } }, [x]) => positions(x!, axes, sign),
    lowering: { kind: 'reduce', combine: name, axes: ({ axes }) => axes },
    expand: ([x], { attributes: { axes } }) => splitReduction(x!, axes, -sign * Infinity, again),
  };
}

const operations = { max: extremum('max'), min: extremum('min') } as const;

/** A value a result element, brought back to every term of its reduction. */
function spread(value: Node, { inputs: [x], attributes: { axes } }: Node<ReduceAttributes>): Node {
  const kept = x!.shape.map((extent, axis) => (axes.includes(axis) ? 1 : extent));
  return expand(reshape(value, kept), x!.shape);
}

/** The part of the gradient that each term gets; the parts of one result add up to 1. */
function shares(node: Node<ExtremumAttributes>): Node {
  const { axes, ties } = node.attributes;
  const [x] = node.inputs as readonly [Node];
  if (ties === 'split') {
    const chosen = cast(eq(x, spread(node, node)), x.dtype);
    return div(chosen, spread(sum(chosen, axes), node));
  }
  const position = argmaxNode(node.operation.name === 'max' ? x : mul(x, like(x, -1)), axes);
  const terms = termIndex(x, axes);
  return where(eq(spread(position, node), terms), like(x, 1), like(x, 0));
}

/** For each element its row-major position among the terms of its reduction. */
function termIndex(x: Node, axes: readonly number[]): Node {
  const termShape = x.shape.map((extent, axis) => (axes.includes(axis) ? extent : 1));
  return expand(reshape(iota(x.state, [sizeOf(termShape)], 0), termShape), x.shape);
}

const argmaxOperation: Operation<ReduceAttributes> = {
  name: 'argmax',
  heavy: true,
  infer: ([x], { axes }) => ({ dtype: 'int32', shape: without(x!.shape, axes) }),
  adjoint: () => [null],
  jvp: () => null,
  reference: ({ shape, attributes: { axes } }: ReferenceCall<ReduceAttributes>, [x]) =>
    ndarray('int32', shape, new Int32Array(positions(x!, axes, 1))),
  lowering: { kind: 'reduce', combine: 'argmax', axes: ({ axes }) => axes },
};

function extremumNode(name: 'max' | 'min', x: Node, axes: readonly number[], ties: ExtremumAttributes['ties'] = 'split'): Node {
  if (axes.length === 0) return x;
  checkNotEmpty(name, x.shape, axes);
  return record(operations[name], [x], { axes, ties });
}

function checkNotEmpty(name: string, shape: Shape, axes: readonly number[]): void {
  for (const axis of axes) {
    if (shape[axis] === 0) throw new Error(`${name}: axis ${axis} of [${shape.join(', ')}] is empty, and an empty set has no ${name}`);
  }
}

/** Largest element along axes, which vanish. */
export function max(x: Node, axes: readonly number[], ties?: ExtremumAttributes['ties']): Node {
  return extremumNode('max', x, axes, ties);
}

/** Smallest element along axes, which vanish. */
export function min(x: Node, axes: readonly number[], ties?: ExtremumAttributes['ties']): Node {
  return extremumNode('min', x, axes, ties);
}

/** Row-major position of the first largest element along axes, int32. */
export function argmaxNode(x: Node, axes: readonly number[]): Node {
  checkNotEmpty('argmax', x.shape, axes);
  return record(argmaxOperation, [x], { axes });
}
