// Convolution and correlation of signals of any number of axes, by sums, by transform, or by transforms of pieces. Modes are SciPy's.

import { isComplex } from '../../devices/dtype.js';
import { sizeOf } from '../../devices/shape.js';
import type { Node } from '../../graph/node.js';
import { floating, sameType } from '../../tensor/arguments.js';
import { checkOneOf, checkOptions, show } from '../../tensor/checks.js';
import { expand, sum } from '../../tensor/operations/broadcast.js';
import { add, conj, mul } from '../../tensor/operations/elementwise/index.js';
import { flip, pad, reshape, shear, slice, transpose } from '../../tensor/operations/views.js';
import { Tensor, wrap } from '../../tensor/tensor.js';
import { transformNode } from '../fft.js';
import { goodSize } from '../reference.js';

/** What is kept: all that overlaps, as much as a has (from the middle), or what no edge takes part in. */
export type ConvolveMode = 'full' | 'same' | 'valid';

/** Options of convolutions. */
export interface ConvolveOptions {
  readonly mode?: ConvolveMode | undefined;
}

const modes = ['full', 'same', 'valid'] as const;

/** Products of a direct sum from which transforms are quicker. */
const manyProducts = 2 ** 20;

type Way = (a: Node, b: Node) => Node;

/** The full convolution by sums: y_i = Σ_j a_(i−j)·b_j. */
const byProducts: Way = (a, b) => {
  const [na, nb] = [a.shape, b.shape];
  const rank = na.length;
  const ones = na.map(() => 1);
  let taps = expand(reshape(a, [...ones, ...na]), [...nb, ...na]);
  nb.forEach((extent, axis) => {
    // The flipped kernel is correlated.
    const window = { tapAxis: axis, axis: rank + axis, stride: 1, dilation: 1, before: extent - 1 };
    taps = shear(taps, window, (na[axis] as number) + extent - 1);
  });
  const axes = ones.map((_, axis) => axis);
  return sum(mul(taps, expand(reshape(flip(b, axes), [...nb, ...ones]), taps.shape)), axes);
};

/** The product of two spectra with periods that hold the whole result; half spectra where both are real. */
function inFrequency(a: Node, b: Node, axes: readonly number[], sizes: readonly number[]): Node {
  const [there, back] = isComplex(a.dtype) ? (['fft', 'ifft'] as const) : (['rfft', 'irfft'] as const);
  const product = mul(transformNode(there, a, axes, sizes, 'backward'), transformNode(there, b, axes, sizes, 'backward'));
  return transformNode(back, product, axes, sizes, 'backward');
}

/** The full convolution by one transform of each. */
const byTransform: Way = (a, b) => {
  const full = a.shape.map((extent, axis) => extent + (b.shape[axis] as number) - 1);
  const axes = full.map((_, axis) => axis);
  const y = inFrequency(a, b, axes, full.map(goodSize));
  return slice(
    y,
    full.map(() => 0),
    full,
  );
};

/** Points of a piece that costs least for each new sample: the overlap of taps − 1 is transformed in vain. */
function pieceOf(extent: number, taps: number): number {
  const costOf = (piece: number): number => {
    const period = goodSize(piece + taps - 1);
    return (Math.ceil(extent / piece) * period * Math.log2(2 * period)) / extent;
  };
  // What runs over must fit into the next piece.
  let best = Math.max(extent, taps);
  for (let piece = Math.max(taps, 16); piece < extent; piece *= 2) if (costOf(piece) < costOf(best)) best = piece;
  return best;
}

/** The full convolution of a long signal with a short one: pieces are transformed, and what runs over is added to the next (overlap-add). */
const byPieces: Way = (a, b) => {
  if (
    a.shape.some((extent, axis) => extent < (b.shape[axis] as number)) &&
    b.shape.every((extent, axis) => extent >= (a.shape[axis] as number))
  )
    return byPieces(b, a);
  const rank = a.shape.length;
  const taps = b.shape;
  const pieces = a.shape.map((extent, axis) => pieceOf(extent, taps[axis] as number));
  const counts = a.shape.map((extent, axis) => Math.ceil(extent / (pieces[axis] as number)));
  const padded = pad(
    a,
    a.shape.map((extent, axis) => [0, (pieces[axis] as number) * (counts[axis] as number) - extent]),
  );
  const axes = pieces.map((_, axis) => axis);
  // [count, piece, count, piece, …] → [counts…, pieces…]
  const split = reshape(
    padded,
    axes.flatMap((axis) => [counts[axis] as number, pieces[axis] as number]),
  );
  const grouped = transpose(split, [...axes.map((axis) => 2 * axis), ...axes.map((axis) => 2 * axis + 1)]);
  const kernel = reshape(b, [...counts.map(() => 1), ...taps]);
  const periods = pieces.map((piece, axis) => goodSize(piece + (taps[axis] as number) - 1));
  let y = inFrequency(
    grouped,
    kernel,
    axes.map((axis) => rank + axis),
    periods,
  );
  for (const axis of axes) y = overlapAdded(y, axis, rank + axis, pieces[axis] as number, (taps[axis] as number) - 1);
  // One piece more than before along each axis.
  const ordered = transpose(
    y,
    axes.flatMap((axis) => [axis, rank + axis]),
  );
  const joined = reshape(
    ordered,
    axes.map((axis) => (y.shape[axis] as number) * (pieces[axis] as number)),
  );
  return slice(
    joined,
    axes.map(() => 0),
    axes.map((axis) => (a.shape[axis] as number) + (taps[axis] as number) - 1),
  );
};

/** Adds what runs over the end of each piece, `over` samples of it, to the beginning of the next; there is one piece more then. */
function overlapAdded(y: Node, countAxis: number, axis: number, piece: number, over: number): Node {
  const part = (from: number, length: number): Node =>
    slice(
      y,
      y.shape.map((_, at) => (at === axis ? from : 0)),
      y.shape.map((extent, at) => (at === axis ? length : extent)),
    );
  const shifted = (x: Node, before: number): Node =>
    pad(
      x,
      x.shape.map((extent, at) => (at === countAxis ? [before, 1 - before] : at === axis ? [0, piece - extent] : [0, 0])),
    );
  const heads = shifted(part(0, piece), 0);
  return over === 0 ? heads : add(heads, shifted(part(piece, over), 1));
}

/** What a mode keeps of the full result of signals with these extents. */
function kept(name: string, y: Node, a: readonly number[], b: readonly number[], mode: ConvolveMode): Node {
  if (mode === 'full') return y;
  if (mode === 'valid' && !a.every((extent, axis) => extent >= b[axis]!) && !b.every((extent, axis) => extent >= a[axis]!))
    throw new RangeError(
      `${name}: mode 'valid' needs one of the signals to be at least as long as the other along every axis, but they are [${a.join(', ')}] and [${b.join(', ')}]`,
    );
  const extents = mode === 'same' ? a : a.map((extent, axis) => Math.abs(extent - b[axis]!) + 1);
  return slice(
    y,
    extents.map((extent, axis) => Math.floor((y.shape[axis]! - extent) / 2)),
    extents,
  );
}

function run(
  name: string,
  way: Way | null,
  a: Tensor,
  b: Tensor,
  options: ConvolveOptions,
  prepare: (b: Node) => Node = (node) => node,
): Tensor {
  for (const [what, value] of Object.entries({ a, b }))
    if (!(value instanceof Tensor)) throw new TypeError(`${name}: ${what} is ${show(value)}, but must be a tensor`);
  checkOptions(name, options, "{mode: 'same'}");
  const mode = checkOneOf(`${name}: mode`, options.mode ?? 'full', modes);
  const [x, k] = sameType(floating(a.node), floating(b.node));
  if (x.shape.length !== k.shape.length || x.shape.length === 0)
    throw new Error(
      `${name}: signals of shapes [${x.shape.join(', ')}] and [${k.shape.join(', ')}] have ${x.shape.length} and ${k.shape.length} axes; give them the same number, at least one`,
    );
  if (sizeOf(x.shape) === 0 || sizeOf(k.shape) === 0)
    throw new Error(`${name}: signals of shapes [${x.shape.join(', ')}] and [${k.shape.join(', ')}]: an empty one has no convolution`);
  const chosen = way ?? (sizeOf(x.shape) * sizeOf(k.shape) > manyProducts ? byTransform : byProducts);
  return wrap(kept(name, chosen(x, prepare(k)), x.shape, k.shape, mode));
}

/**
 * Convolution y_i = Σ_j a_(i−j)·b_j over all axes, by sums or by transforms, whichever has fewer operations. Mode 'full' (the default) gives
 * n_a + n_b − 1 values along each axis, 'same' as many as a from the middle of them, 'valid' those that no edge takes part in.
 */
export function convolve(a: Tensor, b: Tensor, options: ConvolveOptions = {}): Tensor {
  return run('convolve', null, a, b, options);
}

/** Correlation y_i = Σ_j a_(i+j)·conj(b_j): the convolution with b reversed and conjugated; modes as in convolve. */
export function correlate(a: Tensor, b: Tensor, options: ConvolveOptions = {}): Tensor {
  const reversed = (node: Node): Node =>
    flip(
      isComplex(node.dtype) ? conj(node) : node,
      node.shape.map((_, axis) => axis),
    );
  return run('correlate', null, a, b, options, reversed);
}

/** The same as convolve, by one transform of each signal. */
export function fftconvolve(a: Tensor, b: Tensor, options: ConvolveOptions = {}): Tensor {
  return run('fftconvolve', byTransform, a, b, options);
}

/** The same as convolve, by transforms of pieces (overlap-add): for a long signal and a short one. */
export function oaconvolve(a: Tensor, b: Tensor, options: ConvolveOptions = {}): Tensor {
  return run('oaconvolve', byPieces, a, b, options);
}
