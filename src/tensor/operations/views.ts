// Operations that only say where elements come from: they cost no copy. Each gives its index map once; kernels, the reference
// device and (through `inverse`) fused stores all use it. slice and pad, shear and unshear are each other's adjoints.

import { ndarray, type NdArray } from '../../devices/ndarray.js';
import { hostArray, partsOf } from '../../devices/dtype.js';
import { sizeOf, type Shape } from '../../devices/shape.js';
import {
  add,
  constant,
  delinearize,
  floorDiv,
  guardFunction,
  indexFunction,
  linearize,
  mod,
  openGuards,
  scale,
  variable,
  type Guard,
  type Index,
  type Mapped,
} from '../../graph/indexing.js';
import { record, type Node } from '../../graph/node.js';
import type { Lowering, Operation, ReferenceCall } from '../../graph/operation.js';

type View<A> = Extract<Lowering<A>, { kind: 'view' }>;

/** What a view adds to the common rules: its name, its map, its result shape and its adjoint. */
interface ViewDefinition<A extends object> {
  readonly name: string;
  readonly map: View<A>['map'];
  readonly inverse?: View<A>['inverse'];
  readonly fill?: View<A>['fill'];
  shape(this: void, from: Shape, attributes: A): Shape;
  adjoint(this: void, node: Node<A>, g: Node, from: Shape): Node;
  /** For views with a fill value: the tangent's fill is zero. */
  tangent?(this: void, node: Node<A>, t: Node): Node;
}

/** Makes an operation of a view: linear, so that the tangent is the same view of the tangent. */
function view<A extends object>({ name, map, inverse, fill, shape, adjoint, tangent }: ViewDefinition<A>): Operation<A> {
  const operation: Operation<A> = {
    name,
    infer: ([x], attributes) => ({ dtype: x!.dtype, shape: shape(x!.shape, attributes) }),
    adjoint: (node, g) => [adjoint(node, g, node.inputs[0]!.shape)],
    jvp: (node, [t]) => (t == null ? null : (tangent?.(node, t) ?? record(operation, [t], node.attributes, node.scalars))),
    reference: (call, [x]) => referenceView(map, fill?.(call.attributes) ?? 0, call, x!),
    lowering: { kind: 'view', map, ...(inverse === undefined ? {} : { inverse }), ...(fill === undefined ? {} : { fill }) },
  };
  return operation;
}

/** A view on the host: strides where the map is linear and total, else a copy. */
function referenceView<A>(map: View<A>['map'], fill: number, call: ReferenceCall<A>, x: NdArray): NdArray {
  const variables = call.shape.map((extent, axis) => variable(`i${axis}`, 0, Math.max(extent - 1, 0)));
  const { index, guards } = map(variables, x.shape, call.shape, call.attributes, (at) => constant(call.scalars[at] ?? 0));
  const offset = add(constant(x.offset), ...index.map((part, axis) => scale(part, x.strides[axis] ?? 0)));
  if (openGuards(guards).length === 0 && offset.terms.every(({ atom }) => atom.division === undefined)) {
    const strides = call.shape.map((_, axis) => offset.terms.find(({ atom }) => atom.key === `i${axis}`)?.factor ?? 0);
    return { dtype: x.dtype, shape: call.shape, data: x.data, strides, offset: offset.constant };
  }
  return copyView(x, call.shape, offset, guards, fill);
}

/** Copies the elements that a map names, `fill` where a guard fails. */
function copyView(x: NdArray, shape: Shape, offset: Index, guards: readonly Guard[], fill: number): NdArray {
  const slots = new Map(shape.map((_, axis) => [`i${axis}`, axis]));
  const source = indexFunction(offset, slots);
  const exists = guardFunction(guards, slots);
  const parts = partsOf(x.dtype);
  const out = hostArray(x.dtype, sizeOf(shape));
  const at = new Int32Array(shape.length);
  for (let i = 0; i < out.length; i += parts) {
    if (exists(at)) {
      const from = source(at) * parts;
      out[i] = x.data[from] as number;
      if (parts === 2) out[i + 1] = x.data[from + 1] as number;
    } else out[i] = fill;
    for (let axis = shape.length - 1; axis >= 0; axis--) {
      at[axis] = (at[axis] as number) + 1;
      if ((at[axis] as number) < (shape[axis] as number)) break;
      at[axis] = 0;
    }
  }
  return ndarray(x.dtype, shape, out);
}

const reshapeView = view<object>({
  name: 'reshape',
  shape: (from) => from,
  map: (index, from, to) => ({ index: delinearize(linearize(index, to), from), guards: [] }),
  inverse: (index, from, to) => ({ index: delinearize(linearize(index, from), to), guards: [] }),
  adjoint: (_node, g, from) => reshape(g, from),
});
const reshapeOperation: Operation<{ readonly shape: Shape }> = {
  ...reshapeView,
  infer: ([x], { shape }) => ({ dtype: x!.dtype, shape }),
  jvp: (node, [t]) => (t == null ? null : reshape(t, node.shape)),
};

/** The same elements in another shape of the same size. */
export function reshape(x: Node, shape: Shape): Node {
  if (x.shape.length === shape.length && x.shape.every((extent, axis) => extent === shape[axis])) return x;
  if (sizeOf(shape) !== sizeOf(x.shape)) throw new Error(`reshape: [${x.shape.join(', ')}] does not fit [${shape.join(', ')}]`);
  return record(reshapeOperation, [x], { shape });
}

const transposeOperation = view<{ readonly axes: readonly number[] }>({
  name: 'transpose',
  shape: (from, { axes }) => axes.map((axis) => from[axis] as number),
  map: (index, _from, _to, { axes }) => ({ index: invert(axes).map((axis) => index[axis] as Index), guards: [] }),
  inverse: (index, _from, _to, { axes }) => ({ index: axes.map((axis) => index[axis] as Index), guards: [] }),
  adjoint: (node, g) => transpose(g, invert(node.attributes.axes)),
});

function invert(axes: readonly number[]): number[] {
  const inverse = new Array<number>(axes.length);
  axes.forEach((axis, at) => (inverse[axis] = at));
  return inverse;
}

/** Axis i of the result is axis axes[i] of x. */
export function transpose(x: Node, axes: readonly number[]): Node {
  return axes.every((axis, at) => axis === at) ? x : record(transposeOperation, [x], { axes });
}

/** Swaps two axes, counted from the end when negative. */
export function swapAxes(x: Node, a: number, b: number): Node {
  const rank = x.shape.length;
  const axes = x.shape.map((_, axis) => axis);
  const [i, j] = [(a + rank) % rank, (b + rank) % rank];
  axes[i] = j;
  axes[j] = i;
  return transpose(x, axes);
}

const sliceOperation = view<{ readonly shape: Shape }>({
  name: 'slice',
  shape: (_from, { shape }) => shape,
  map: (index, from, to, _attributes, scalar) => ({
    index: index.map((part, axis) => add(part, scalar(axis, 0, (from[axis] as number) - (to[axis] as number)))),
    guards: [],
  }),
  inverse: (index, from, to, _attributes, scalar) => {
    const moved = index.map((part, axis) => add(part, scale(scalar(axis, 0, (from[axis] as number) - (to[axis] as number)), -1)));
    return {
      index: moved.map((part, axis) => bounded(part, (to[axis] as number) - 1)),
      guards: moved.map((value, axis) => ({ value, low: 0, high: (to[axis] as number) - 1 })),
    };
  },
  adjoint: (node, g, from) => {
    const begin = node.scalars;
    return pad(
      g,
      from.map((extent, axis) => [begin[axis] as number, extent - (begin[axis] as number) - (g.shape[axis] as number)]),
    );
  },
});

/** An index that guards promise to lie in 0…high, so that later divisions may rely on it. */
function bounded(index: Index, high: number): Index {
  return index.min >= 0 && index.max <= high ? index : { ...index, min: 0, max: high };
}

/** The block of `shape` that starts at `begin`. The begins are run-time scalars: batches of one data set share a plan. */
export function slice(x: Node, begin: readonly number[], shape: Shape): Node {
  if (begin.every((from) => from === 0) && shape.every((extent, axis) => extent === x.shape[axis])) return x;
  return record(sliceOperation, [x], { shape }, begin);
}

/** The part begin … end of one axis. */
export function sliceAxis(x: Node, axis: number, begin: number, end: number): Node {
  return slice(
    x,
    x.shape.map((_, at) => (at === axis ? begin : 0)),
    x.shape.map((extent, at) => (at === axis ? end - begin : extent)),
  );
}

interface PadAttributes {
  /** Result shape; elements outside the block at `before` (run-time scalars) are the fill value. */
  readonly shape: Shape;
  readonly value: number | 'Infinity' | '-Infinity';
}

const padOperation: Operation<PadAttributes> = view<PadAttributes>({
  name: 'pad',
  shape: (_from, { shape }) => shape,
  fill: ({ value }) => Number(value),
  map: (index, from, to, _attributes, scalar) => {
    const moved = index.map((part, axis) => add(part, scale(scalar(axis, 0, (to[axis] as number) - (from[axis] as number)), -1)));
    return {
      index: moved.map((part, axis) => bounded(part, (from[axis] as number) - 1)),
      guards: moved.map((value, axis) => ({ value, low: 0, high: (from[axis] as number) - 1 })),
    };
  },
  adjoint: (node, g, from) => slice(g, node.scalars, from),
  tangent: (node, t) => record(padOperation, [t], { shape: node.shape, value: 0 }, node.scalars),
});

/** Puts `value` before and after each axis: widths as [before, after], none negative. */
export function pad(x: Node, widths: readonly (readonly [number, number] | readonly number[])[], value = 0): Node {
  if (widths.every(([before, after]) => before === 0 && after === 0)) return x;
  const shape = x.shape.map((extent, axis) => extent + (widths[axis]?.[0] ?? 0) + (widths[axis]?.[1] ?? 0));
  const before = widths.map(([width]) => width ?? 0);
  // JSON, which signatures are made of, has no infinities.
  const written = value === Infinity ? 'Infinity' : value === -Infinity ? '-Infinity' : value;
  return record(padOperation, [x], { shape, value: written }, before);
}

/** Pads or cuts one axis at its end so that it has `extent` elements. */
export function fitAxis(x: Node, axis: number, extent: number): Node {
  const present = x.shape[axis] as number;
  if (present > extent) return sliceAxis(x, axis, 0, extent);
  return pad(
    x,
    x.shape.map((_, at) => [0, at === axis ? extent - present : 0]),
  );
}

const flipOperation = view<{ readonly axes: readonly number[] }>({
  name: 'flip',
  shape: (from) => from,
  map: (index, from, _to, { axes }) => ({ index: reverse(index, from, axes), guards: [] }),
  inverse: (index, from, _to, { axes }) => ({ index: reverse(index, from, axes), guards: [] }),
  adjoint: (node, g) => flip(g, node.attributes.axes),
});

function reverse(index: readonly Index[], shape: Shape, axes: readonly number[]): Index[] {
  return index.map((part, axis) => (axes.includes(axis) ? add(constant((shape[axis] as number) - 1), scale(part, -1)) : part));
}

/** Reverses the order along axes. */
export function flip(x: Node, axes: readonly number[]): Node {
  return axes.length === 0 ? x : record(flipOperation, [x], { axes });
}

const rollOperation = view<{ readonly shifts: readonly number[] }>({
  name: 'roll',
  shape: (from) => from,
  map: (index, from, _to, { shifts }) => ({ index: rolled(index, from, shifts, -1), guards: [] }),
  inverse: (index, from, _to, { shifts }) => ({ index: rolled(index, from, shifts, 1), guards: [] }),
  adjoint: (node, g) =>
    roll(
      g,
      node.attributes.shifts.map((shift) => -shift),
    ),
});

function rolled(index: readonly Index[], shape: Shape, shifts: readonly number[], sign: 1 | -1): Index[] {
  return index.map((part, axis) => {
    const extent = Math.max(shape[axis] as number, 1);
    const shift = (((sign * (shifts[axis] ?? 0)) % extent) + extent) % extent;
    return shift === 0 ? part : mod(add(part, constant(shift)), extent);
  });
}

/** Moves elements forward by shifts[axis] along each axis; what leaves at the end comes in at the beginning. */
export function roll(x: Node, shifts: readonly number[]): Node {
  return shifts.every((shift) => shift === 0) ? x : record(rollOperation, [x], { shifts });
}

/** How window positions map to input positions: input = output·stride + tap·dilation − before. */
export interface Window {
  readonly tapAxis: number;
  readonly axis: number;
  readonly stride: number;
  readonly dilation: number;
  readonly before: number;
}

interface ShearAttributes extends Window {
  /** Extent of `axis` in the result. */
  readonly extent: number;
  readonly value: number | '-Infinity';
}

/** result[…, tap, …, o, …] = x[…, tap, …, o·stride + tap·dilation − before, …], `value` outside. */
const shearOperation: Operation<ShearAttributes> = view<ShearAttributes>({
  name: 'shear',
  shape: (from, { axis, extent }) => from.map((old, at) => (at === axis ? extent : old)),
  fill: ({ value }) => Number(value),
  map: (index, from, _to, { tapAxis, axis, stride, dilation, before }) => {
    const source = add(scale(index[axis] as Index, stride), scale(index[tapAxis] as Index, dilation), constant(-before));
    return replaced(index, axis, source, { value: source, low: 0, high: (from[axis] as number) - 1 });
  },
  adjoint: (node, g, from) => unshear(g, node.attributes, from[node.attributes.axis] as number),
  tangent: (node, t) => record(shearOperation, [t], { ...node.attributes, value: 0 }),
});

/** The way back: result[…, tap, …, i, …] = x[…, tap, …, (i + before − tap·dilation) / stride, …] where that is a position. */
const unshearOperation = view<ShearAttributes>({
  name: 'unshear',
  shape: (from, { axis, extent }) => from.map((old, at) => (at === axis ? extent : old)),
  map: (index, from, _to, { tapAxis, axis, stride, dilation, before }) => {
    const position = add(index[axis] as Index, scale(index[tapAxis] as Index, -dilation), constant(before));
    const guard = { value: position, low: 0, high: ((from[axis] as number) - 1) * stride, divisor: stride };
    return replaced(index, axis, floorDiv(position, stride), guard);
  },
  adjoint: (node, g, from) => shear(g, node.attributes, from[node.attributes.axis] as number),
});

function replaced(index: readonly Index[], axis: number, source: Index, guard: Guard): Mapped {
  return { index: index.map((part, at) => (at === axis ? source : part)), guards: [guard] };
}

/** Lines up window taps: see shearOperation. Outside the input the value is `value`. */
export function shear(x: Node, window: Window, extent: number, value = 0): Node {
  return record(shearOperation, [x], { ...window, extent, value: value === -Infinity ? '-Infinity' : value });
}

/** Puts what shear took back to where it came from; positions that no window reaches are zero. */
export function unshear(x: Node, window: Window, extent: number): Node {
  return record(unshearOperation, [x], { ...window, extent, value: 0 });
}
