// Convolution in the frequency domain. With x at offset `before` in a period P, hats for spectra and * for the conjugate:
//   y   Ŷ_sk = Σ_c X̂_sc·Ŵ*_kc, rows 0 … O₁−1        dW  Ŵ_kc = Σ_s Ĝ*_sk·X̂_sc, taps 0 … k−1
//   dX  X̂_sc = Σ_k Ĝ_sk·Ŵ_kc, from `before` on
// All three use the same P, so that equal spectra become one node and are computed once a training step.
// Only rows that hold something are transformed on the way in, and only those that are kept on the way out.

import { sizeOf } from '../devices/shape.js';
import type { Node } from '../graph/node.js';
import { goodSize } from '../fft/reference.js';
import { fft1 } from '../fft/transform.js';
import { conj, like, mul } from '../tensor/operations/elementwise/index.js';
import { einsum } from '../tensor/operations/matmul.js';
import { pad, reshape, shear, sliceAxis, unshear } from '../tensor/operations/views.js';
import type { ConvAttributes, Pair } from './conv-operation.js';

/** Extents along one axis at stride 1 and dilation 1. */
interface Extents {
  readonly input: number;
  readonly kernel: number;
  readonly output: number;
  readonly before: number;
  readonly period: number;
}

/**
 * The smallest period at which wrap-around touches no result: P ≥ max(H + max(before, after), O₁, k), O₁ the output at
 * stride 1 and k the dilated kernel.
 */
export function minimalPeriod(input: number, kernel: number, dilation: number, [before, after]: Pair): number {
  const spread = dilation * (kernel - 1) + 1;
  const output = input + before + after - spread + 1;
  return Math.max(input + Math.max(before, after), output, spread);
}

/** The period used: minimalPeriod rounded up to an even size without large prime factors (even: real transforms halve). */
export function fftPeriod(input: number, kernel: number, dilation: number, padding: Pair): number {
  return 2 * goodSize(Math.ceil(minimalPeriod(input, kernel, dilation, padding) / 2));
}

function extentsOf({ x, w, dilation, padding }: ConvAttributes, axis: 0 | 1): Extents {
  const input = x[2 + axis] as number;
  const taps = w[2 + axis] as number;
  const kernel = dilation[axis] * (taps - 1) + 1;
  const [before, after] = padding[axis];
  return {
    input,
    kernel,
    output: input + before + after - kernel + 1,
    before,
    period: fftPeriod(input, taps, dilation[axis], padding[axis]),
  };
}

/** Modelled arithmetic of y by FFT (transforms and products), and bytes of its largest spectrum. */
export function fftCost(attributes: ConvAttributes): { flop: number; bytes: number } {
  const { x, w, y } = attributes;
  const [p, q] = [extentsOf(attributes, 0).period, extentsOf(attributes, 1).period];
  const bins = p * (q / 2 + 1);
  const planes = [sizeOf(x.slice(0, 2)), sizeOf(w.slice(0, 2)), sizeOf(y.slice(0, 2))] as const;
  const transforms = planes[0] + planes[1] + planes[2];
  return {
    flop: 8 * (y[0] as number) * planes[1] * bins + 2.5 * transforms * p * q * Math.log2(p * q),
    bytes: 8 * bins * Math.max(...planes),
  };
}

/** Spreads taps, or strided outputs, to a step of `step` with zeros between; `extent` is the result's. */
function spread(x: Node, axis: number, step: number, extent: number): Node {
  if (step === 1 && x.shape[axis] === extent) return x;
  const raised = reshape(x, [...x.shape, 1]);
  return reshape(
    unshear(raised, { tapAxis: x.shape.length, axis, stride: step, dilation: 0, before: 0 }, extent),
    replaceAt(x.shape, axis, extent),
  );
}

/** Keeps every step-th element: the adjoint of spread. */
function every(x: Node, axis: number, step: number, extent: number): Node {
  if (step === 1) return sliceAxis(x, axis, 0, extent);
  const raised = reshape(x, [...x.shape, 1]);
  return reshape(
    shear(raised, { tapAxis: x.shape.length, axis, stride: step, dilation: 0, before: 0 }, extent),
    replaceAt(x.shape, axis, extent),
  );
}

function replaceAt(shape: readonly number[], axis: number, extent: number): number[] {
  return shape.map((old, at) => (at === axis ? extent : old));
}

/** Half spectra of planes [a, b, height, width], placed at the given offsets. */
function spectra(planes: Node, [rows, columns]: readonly [Extents, Extents], offsets: Pair): Node {
  const wide = pad(planes, [
    [0, 0],
    [0, 0],
    [0, 0],
    [offsets[1], columns.period - offsets[1] - (planes.shape[3] as number)],
  ]);
  const half = fft1(wide, { axis: 3, n: columns.period, mode: 'r2c', sign: -1 });
  const tall = pad(half, [
    [0, 0],
    [0, 0],
    [offsets[0], rows.period - offsets[0] - (planes.shape[2] as number)],
    [0, 0],
  ]);
  return fft1(tall, { axis: 2, n: rows.period, mode: 'c2c', sign: -1 });
}

/** Planes from half spectra: `height` rows from `offsets[0]` on, all columns from `offsets[1]` on up to `width`. */
function planesFrom(half: Node, [rows, columns]: readonly [Extents, Extents], offsets: Pair, height: number, width: number): Node {
  const tall = fft1(half, { axis: 2, n: rows.period, mode: 'c2c', sign: 1 });
  const kept = sliceAxis(tall, 2, offsets[0], offsets[0] + height);
  const wide = fft1(kept, { axis: 3, n: columns.period, mode: 'c2r', sign: 1 });
  const cropped = sliceAxis(wide, 3, offsets[1], offsets[1] + width);
  return mul(cropped, like(cropped, 1 / (rows.period * columns.period)));
}

/** One face of the convolution by FFT. Strides are computed at stride 1 and subsampled, dilated kernels spread with zeros. */
export function fftConv(a: Node, b: Node, attributes: ConvAttributes): Node {
  const { face, w, y, stride, dilation, groups } = attributes;
  const extents = [extentsOf(attributes, 0), extentsOf(attributes, 1)] as const;
  const [rows, columns] = extents;
  const before: Pair = [rows.before, columns.before];
  const bins = rows.period * (columns.period / 2 + 1);
  const half = [rows.period, columns.period / 2 + 1];

  const ofX = (x: Node): Node => spectra(x, extents, before);
  const ofW = (weights: Node): Node =>
    spectra(spread(spread(weights, 2, dilation[0], rows.kernel), 3, dilation[1], columns.kernel), extents, [0, 0]);
  const ofG = (g: Node): Node => spectra(spread(spread(g, 2, stride[0], rows.output), 3, stride[1], columns.output), extents, [0, 0]);
  const grouped = (spectrum: Node): Node => {
    const [samples, channels] = spectrum.shape as readonly [number, number];
    return reshape(spectrum, [samples, groups, channels / groups, bins]);
  };
  const filters = (spectrum: Node): Node => reshape(spectrum, [groups, (w[0] as number) / groups, w[1] as number, bins]);

  if (face === 'y') {
    const product = einsum('sgcf,gkcf->sgkf', [grouped(ofX(a)), conj(filters(ofW(b)))]);
    const full = planesFrom(reshape(product, [y[0] as number, y[1] as number, ...half]), extents, [0, 0], rows.output, columns.output);
    return every(every(full, 2, stride[0], y[2] as number), 3, stride[1], y[3] as number);
  }
  if (face === 'x') {
    const product = einsum('sgkf,gkcf->sgcf', [grouped(ofG(a)), filters(ofW(b))]);
    const { x } = attributes;
    return planesFrom(reshape(product, [x[0] as number, x[1] as number, ...half]), extents, before, rows.input, columns.input);
  }
  const product = einsum('sgkf,sgcf->gkcf', [conj(grouped(ofG(b))), grouped(ofX(a))]);
  const full = planesFrom(reshape(product, [w[0] as number, w[1] as number, ...half]), extents, [0, 0], rows.kernel, columns.kernel);
  return every(every(full, 2, dilation[0], w[2] as number), 3, dilation[1], w[3] as number);
}
