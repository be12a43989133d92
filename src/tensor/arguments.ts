// From what people pass to nodes: numbers take the type of the tensor beside them, integers become floating point where a
// function needs it, reductions get their axes.

import { isComplex, isFloat, promote, realOf, type DType } from '../devices/dtype.js';
import { sizeOf, type Shape } from '../devices/shape.js';
import { Node, type GraphState } from '../graph/node.js';
import { checkAxes, checkDTypeName, checkInteger, checkList, checkOptions, checkShape, show } from './checks.js';
import { checkDType, defaultFloat, upload } from './devices.js';
import { sum } from './operations/broadcast.js';
import * as e from './operations/elementwise/index.js';
import { scalar } from './operations/sources.js';
import { reshape } from './operations/views.js';
import type { Tensor } from './tensor.js';
import type { ReduceOptions } from './recorded.js';

/** x in floating point or complex; integers and bool become the device's default type. */
export function floating(x: Node): Node {
  return isFloat(x.dtype) || isComplex(x.dtype) ? x : e.cast(x, defaultFloat(x.state));
}

/** x, or for bool its zeros and ones as int32: what arithmetic works on. */
export function counting(x: Node): Node {
  return x.dtype === 'bool' ? e.cast(x, 'int32') : x;
}

/** A tensor and a number beside it, in one type: the tensor's, unless it is integer and the number is not. */
export function withNumber(x: Node, value: number): [Node, Node] {
  if (isFloat(x.dtype) || isComplex(x.dtype)) return [x, scalar(x.state, x.dtype, value)];
  const dtype = Number.isInteger(value) && Math.abs(value) < 2 ** 31 ? 'int32' : defaultFloat(x.state);
  return [e.cast(x, dtype), scalar(x.state, dtype, value)];
}

/** Both operands in the type that holds them. */
export function sameType(a: Node, b: Node): [Node, Node] {
  const dtype = promote(a.dtype, b.dtype);
  return [e.cast(a, dtype), e.cast(b, dtype)];
}

/** x as `dtype`, checked against its device. */
export function castTo(what: string, x: Node, dtype: DType, state: GraphState): Node {
  const wanted = checkDTypeName(what, dtype);
  checkDType(what, wanted, state);
  return e.cast(x, wanted);
}

/** Applies a reduction over the axes of the options; keeps them with extent 1 when asked to. */
export function reduced(
  name: string,
  x: Node,
  options: ReduceOptions | undefined,
  reduce: (x: Node, axes: readonly number[]) => Node,
): Node {
  checkOptions(name, options, '{axis: 0, keepDims: true}');
  const axes = checkAxes(name, options?.axis, x.shape);
  const y = reduce(x, axes);
  return options?.keepDims === true
    ? reshape(
        y,
        x.shape.map((extent, axis) => (axes.includes(axis) ? 1 : extent)),
      )
    : y;
}

function termsOf(shape: Shape, axes: readonly number[]): number {
  return sizeOf(axes.map((axis) => shape[axis] as number));
}

/** Arithmetic mean over axes. */
export function meanNode(x: Node, axes: readonly number[]): Node {
  const total = sum(x, axes);
  return e.mul(total, e.like(total, 1 / termsOf(x.shape, axes)));
}

/** √Σ|x|² over axes; its gradient at zero is zero. */
export function normNode(x: Node, axes: readonly number[]): Node {
  const squares = sum(e.square(e.abs(x)), axes);
  const none = e.eq(squares, e.like(squares, 0));
  return e.where(none, e.like(squares, 0), e.sqrt(e.where(none, e.like(squares, 1), squares)));
}

/** Σ|x − mean|² / (n − correction) over axes. */
export function varianceNode(x: Node, axes: readonly number[], correction: number): Node {
  const kept = x.shape.map((extent, axis) => (axes.includes(axis) ? 1 : extent));
  const deviation = e.sub(x, reshape(meanNode(x, axes), kept));
  const squares = isComplex(x.dtype) ? e.square(e.abs(deviation)) : e.square(deviation);
  const total = sum(squares, axes);
  return e.mul(total, scalar(x.state, realOf(x.dtype), 1 / (termsOf(x.shape, axes) - correction)));
}

/** A new shape with −1 worked out; throws when the sizes differ. */
export function completeShape(from: Shape, wanted: readonly number[]): number[] {
  const list = checkList('reshape: shape', wanted);
  const open = list.filter((extent) => extent === -1).length;
  if (open > 1) throw new Error(`reshape: ${show(wanted)} leaves ${open} extents open; only one can be -1`);
  const known = checkShape(
    'reshape',
    list.filter((extent) => extent !== -1),
  );
  const rest = sizeOf(from) / sizeOf(known);
  const shape = list.map((extent) => (extent === -1 ? rest : (extent as number)));
  if (!Number.isInteger(rest) || sizeOf(shape) !== sizeOf(from)) {
    throw new Error(`reshape: [${from.join(', ')}] has ${sizeOf(from)} elements, which do not fit ${show(wanted)}`);
  }
  return shape;
}

/** int32 positions from a tensor or a list; a list is checked against the extent, a tensor's values are not known yet. */
export function indexNode(state: GraphState, indices: Tensor | readonly number[], extent: number): Node {
  if (Array.isArray(indices)) {
    const list = indices.map((value: unknown, i) => {
      const at = checkInteger(`take: position ${i}`, value);
      if (at < -extent || at >= extent) throw new RangeError(`take: position ${at} lies outside the axis of ${extent} elements`);
      return at < 0 ? at + extent : at;
    });
    return upload(state, 'int32', [list.length], Int32Array.from(list));
  }
  const node = (indices as Tensor | undefined)?.node;
  if (!(node instanceof Node))
    throw new TypeError(`take: positions are ${show(indices)}, but must be an int32 tensor or a list of integers`);
  if (node.dtype !== 'int32') throw new TypeError(`take: positions are ${node.dtype}, but must be int32; use astype('int32')`);
  return node;
}
