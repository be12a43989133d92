// pv.show.compare.

import { isComplex } from '../devices/dtype.js';
import { checkList, checkOptions, show as describe } from '../tensor/checks.js';
import { tensor } from '../tensor/create.js';
import type { Tensor } from '../tensor/tensor.js';
import { drawComparison, type CompareFigure } from './compare-figure.js';
import type { Comparison } from './compare-values.js';
import { asSpectrum, magnitudeOf } from './planes.js';
import { checkTensor, present } from './show-common.js';

/** Options of show.compare. */
export interface CompareOptions {
  readonly title?: string | undefined;
  /** What the two are called in the drawing; a and b when not given. */
  readonly names?: readonly [string, string] | undefined;
}

/**
 * Draws two tensors of one shape beside each other, their difference, and the spectrum of the difference, of more than two axes the first plane;
 * they may be of different types and devices. Resolves to how they differ, over all elements, once it is drawn.
 */
export async function compare(a: Tensor, b: Tensor, options: CompareOptions = {}): Promise<Comparison> {
  const [first, second] = [checkTensor('show.compare', a), checkTensor('show.compare', b)];
  checkOptions('show.compare', options, "{names: ['fft', 'direct']}");
  const { title = 'Comparison', names = ['a', 'b'] } = options;
  if (checkList('show.compare: names', names).length !== 2 || !names.every((name) => typeof name === 'string'))
    throw new TypeError(`show.compare: names is ${describe(names)}, but must be two words, one for each tensor`);
  const { shape } = first;
  if (shape.length === 0) throw new Error('show.compare: scalars have nothing to draw; compare them by their values');
  if (shape.join() !== second.shape.join())
    throw new Error(`show.compare: the tensors have shapes [${shape.join(', ')}] and [${second.shape.join(', ')}], but must have the same`);
  const parts = isComplex(first.dtype) || isComplex(second.dtype) ? 2 : 1;
  const draw = Promise.all([valuesOf(first, parts), valuesOf(second, parts)]).then(async ([left, right]) => {
    const spectrum = await spectrumOfDifference(left, right, shape.slice(-2), parts);
    const kinds = [first, second].map(({ dtype, device }) => `${dtype} on ${device}`);
    const note = [`[${shape.join(', ')}]`, ...new Set(kinds), ...(shape.length > 2 ? ['first plane drawn'] : [])].join(' · ');
    return (maxCells: number): CompareFigure => drawComparison({ a: left, b: right, shape, parts, names, title, note, spectrum, maxCells });
  });
  return (await present(draw)).comparison;
}

/** A tensor's values, with imaginary parts of 0 where the other one is complex. */
async function valuesOf(x: Tensor, parts: 1 | 2): Promise<Float64Array> {
  const values = await x.data();
  if (parts === 1 || isComplex(x.dtype)) return Float64Array.from(values);
  const wide = new Float64Array(2 * values.length);
  for (let i = 0; i < values.length; i++) wide[2 * i] = values[i]!;
  return wide;
}

/** |F(a − b)| over the first plane or line, in float64. */
async function spectrumOfDifference(a: Float64Array, b: Float64Array, shape: readonly number[], parts: 1 | 2): Promise<Float64Array> {
  const count = shape.reduce((size, extent) => size * extent, parts as number);
  const difference = Float64Array.from({ length: count }, (_, i) => (a[i] === b[i] ? 0 : a[i]! - b[i]!));
  const on = { shape, dtype: parts === 1 ? 'float64' : 'complex128', device: 'cpu' } as const;
  const { spectrum, info } = asSpectrum(tensor(difference, on));
  return (await magnitudeOf(spectrum, info)).magnitude;
}
