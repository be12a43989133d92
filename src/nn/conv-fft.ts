// Convolution in the frequency domain. With x at offset `before` in a period P, hats for spectra and * for the conjugate:
//   y   Ŷ_sk = Σ_c X̂_sc·Ŵ*_kc, rows 0 … O₁−1        dW  Ŵ_kc = Σ_s Ĝ*_sk·X̂_sc, taps 0 … k−1
//   dX  X̂_sc = Σ_k Ĝ_sk·Ŵ_kc, from `before` on
// All three use the same P, so that equal spectra become one node and are computed once a training step.
// Only rows that hold something are transformed on the way in, and only those that are kept on the way out.

import type { DeviceLimits } from '../devices/device.js';
import { memoryBudget } from '../graph/flush.js';
import type { Node } from '../graph/node.js';
import { goodSize } from '../fft/reference.js';
import { planesFrom, spectraOf } from '../fft/planes.js';
import { conj, like, mul, sumOf } from '../tensor/operations/elementwise/index.js';
import { concat } from '../tensor/operations/join.js';
import { einsum } from '../tensor/operations/matmul.js';
import { reshape, shear, sliceAxis, unshear } from '../tensor/operations/views.js';
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

/** The smallest period from `least` on that is even (real transforms halve) and has no large prime factors. */
export function goodPeriod(least: number): number {
  return 2 * goodSize(Math.ceil(least / 2));
}

/** The period used: a good one from minimalPeriod on. */
export function fftPeriod(input: number, kernel: number, dilation: number, padding: Pair): number {
  return goodPeriod(minimalPeriod(input, kernel, dilation, padding));
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

/** Spreads taps, or strided outputs, to a step of `step` with zeros between; `extent` is the result's. */
export function spread(x: Node, axis: number, step: number, extent: number): Node {
  if (step === 1 && x.shape[axis] === extent) return x;
  const raised = reshape(x, [...x.shape, 1]);
  return reshape(
    unshear(raised, { tapAxis: x.shape.length, axis, stride: step, dilation: 0, before: 0 }, extent),
    replaceAt(x.shape, axis, extent),
  );
}

/** Keeps every step-th element: the adjoint of spread. */
export function every(x: Node, axis: number, step: number, extent: number): Node {
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

/** Elements begin … end of an axis. */
interface Range {
  readonly begin: number;
  readonly end: number;
}

/** `extent` elements in as few pieces as have at most `most` each (at least one), as equal as they can be. */
function pieces(extent: number, most: number): Range[] {
  const count = Math.max(1, Math.ceil(extent / Math.max(1, Math.floor(most))));
  return Array.from({ length: count }, (_, i) => ({
    begin: Math.floor((i * extent) / count),
    end: Math.floor(((i + 1) * extent) / count),
  }));
}

/**
 * A piece's spectra take at most this share of the memory budget each: those of image, kernel and output are there at once, one between rows and columns, and
 * whatever results wait to be joined.
 */
const pieceShare = 1 / 8;

/** Spectra that all pieces need are kept while they take at most this share of the budget; else each piece makes them anew. */
const keptShare = 1 / 4;

/**
 * What is computed apart so that no spectrum is larger than a buffer, or than its share of the memory budget: samples, and groups of filters with the
 * channels that they read.
 */
function partsOf(
  attributes: ConvAttributes,
  bins: number,
  { maxBufferBytes }: DeviceLimits,
): { samples: Range[]; filters: Range[]; channels: Range[]; groups: number } {
  const { x, w, y, groups } = attributes;
  const planes = Math.min(maxBufferBytes, memoryBudget.bytes * pieceShare) / (8 * bins);
  const samples = pieces(y[0] as number, planes / Math.max(x[1] as number, y[1] as number));
  const each = w[1] as number;
  if (groups === 1) {
    const filters = pieces(w[0] as number, planes / each);
    return { samples, filters, channels: filters.map(() => ({ begin: 0, end: each })), groups };
  }
  const perGroup = (w[0] as number) / groups;
  // Pieces of the same number of groups each.
  let count = pieces(groups, planes / (perGroup * each)).length;
  while (groups % count !== 0) count++;
  const parts = pieces(groups, groups / count);
  return {
    samples,
    filters: parts.map(({ begin, end }) => ({ begin: begin * perGroup, end: end * perGroup })),
    channels: parts.map(({ begin, end }) => ({ begin: begin * each, end: end * each })),
    groups: groups / count,
  };
}

/** One face of the convolution by FFT. Strides are computed at stride 1 and subsampled, dilated kernels spread with zeros. */
export function fftConv(a: Node, b: Node, attributes: ConvAttributes, limits: DeviceLimits): Node {
  const { face, x, w, y, stride, dilation } = attributes;
  const [rows, columns] = [extentsOf(attributes, 0), extentsOf(attributes, 1)];
  const before: Pair = [rows.before, columns.before];
  const bins = rows.period * (columns.period / 2 + 1);
  const { samples, filters, channels, groups } = partsOf(attributes, bins, limits);

  /** Planes [a, b, …] of some a and some b as spectra; the same parts of the same planes are the same spectra on all three faces. */
  const part = (planes: Node, first: Range, second: Range): Node =>
    sliceAxis(sliceAxis(planes, 0, first.begin, first.end), 1, second.begin, second.end);
  const byGroup = (spectrum: Node): Node => {
    const [count, all] = spectrum.shape as readonly [number, number];
    return reshape(spectrum, [count, groups, all / groups, bins]);
  };
  const n: Pair = [rows.period, columns.period];
  const bytesOf = (planes: readonly number[]): number => 8 * bins * (planes[0] as number) * (planes[1] as number);
  // Spectra are kept from one face to the next unless all of them together take half of the budget: then each face makes its own.
  const use = bytesOf(x) + bytesOf(w) + bytesOf(y) > memoryBudget.bytes / 2 ? face : null;
  /** The use of spectra that piece `at` of several shares with the others, if they may be kept. */
  const useOf = (planes: readonly number[], at: number): string | null =>
    bytesOf(planes) > memoryBudget.bytes * keptShare ? `${face} ${at}` : use;
  const ofX = (planes: Node, s: Range, c: Range, at = 0): Node =>
    byGroup(spectraOf(part(planes, s, c), { n, offsets: before, use: face === 'w' ? useOf(x, at) : use }));
  const ofG = (planes: Node, s: Range, k: Range): Node => {
    const spaced = spread(spread(part(planes, s, k), 2, stride[0], rows.output), 3, stride[1], columns.output);
    return byGroup(spectraOf(spaced, { n, offsets: [0, 0], use }));
  };
  const ofW = (planes: Node, k: Range, at: number): Node => {
    const some = sliceAxis(planes, 0, k.begin, k.end);
    const spaced = spread(spread(some, 2, dilation[0], rows.kernel), 3, dilation[1], columns.kernel);
    const half = spectraOf(spaced, { n, offsets: [0, 0], use: useOf(w, at) });
    return reshape(half, [groups, (k.end - k.begin) / groups, w[1] as number, bins]);
  };
  const inverse = (spectrum: Node, shape: Pair, offsets: Pair, extents: Pair): Node => {
    const half = reshape(spectrum, [...shape, rows.period, columns.period / 2 + 1]);
    const planes = planesFrom(half, { n, offsets, use }, extents);
    return mul(planes, like(planes, 1 / (rows.period * columns.period)));
  };
  const count = ({ begin, end }: Range): number => end - begin;

  if (face === 'y') {
    const result = samples.map((s, piece) =>
      filters.map((k, at) => {
        const product = einsum('sgcf,gkcf->sgkf', [ofX(a, s, channels[at]!), conj(ofW(b, k, piece))]);
        const full = inverse(product, [count(s), count(k)], [0, 0], [rows.output, columns.output]);
        return every(every(full, 2, stride[0], y[2] as number), 3, stride[1], y[3] as number);
      }),
    );
    return concat(
      result.map((row) => concat(row, 1)),
      0,
    );
  }
  if (face === 'x') {
    const result = samples.map((s, piece) => {
      const products = filters.map((k) => einsum('sgkf,gkcf->sgcf', [ofG(a, s, k), ofW(b, k, piece)]));
      const sums = attributes.groups === 1 ? [sumOf(products) as Node] : products;
      return concat(
        sums.map((spectrum, at) => inverse(spectrum, [count(s), count(channels[at]!)], before, [x[2] as number, x[3] as number])),
        1,
      );
    });
    return concat(result, 0);
  }
  const result = filters.map((k, at) => {
    const products = samples.map((s) => einsum('sgkf,sgcf->gkcf', [conj(ofG(b, s, k)), ofX(a, s, channels[at]!, at)]));
    return inverse(sumOf(products) as Node, [count(k), w[1] as number], [0, 0], [rows.kernel, columns.kernel]);
  });
  return every(every(concat(result, 0), 2, dilation[0], w[2] as number), 3, dilation[1], w[3] as number);
}
