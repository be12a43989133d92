// pv.show.compare.

import { isComplex } from '../devices/dtype.js';
import { withoutGradients } from '../graph/node.js';
import { COMPARE_MIME, type CompareData } from '../protocol/compare.js';
import { levelPlane, type PlaneData } from '../protocol/plane-data.js';
import { checkList, checkOptions, show as describe } from '../tensor/checks.js';
import { tensor } from '../tensor/create.js';
import type { Tensor } from '../tensor/tensor.js';
import { asOutput } from './display.js';
import { differenceOf, drawComparison, shownOf, type CompareDrawing, type CompareFigure } from './compare-figure.js';
import type { Comparison } from './compare-values.js';
import { openView } from './live-views.js';
import { partOfPlane, representatives, savedCells, type PlanePart } from './plane-parts.js';
import { asSpectrum, firstPlane, magnitudeOf } from './planes.js';
import { checkTensor, present, presentEmpty } from './show-common.js';
import { spectrumFacts, toDecibels } from './spectrum-values.js';

/** Cells saved along the longer side of each of the four planes, and of each of four signals. */
const [PLANE_CELLS, LINE_CELLS] = [144, 4096] as const;
/** Levels of the spectrum that are saved, down from its maximum, in dB. */
const FLOOR_DB = -160;

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
  if (first.size === 0) {
    await presentEmpty(first, title, 'Both tensors and their difference');
    return asOutput({ equal: true, maxError: 0, at: [], rms: 0, relative: 0, differing: 0 });
  }
  const parts = isComplex(first.dtype) || isComplex(second.dtype) ? 2 : 1;
  const held = [first, second].map((x) => firstPlane(x, 2).plane.detach()) as [Tensor, Tensor];
  const view = openView((request) => withoutGradients(() => partOfComparison(held, parts, request)));
  const draw = Promise.all([valuesOf(first, parts), valuesOf(second, parts)]).then(async ([left, right]) => {
    const spectrum = await spectrumOfDifference(left, right, shape.slice(-2), parts);
    const kinds = [first, second].map(({ dtype, device }) => `${dtype} on ${device}`);
    const note = [`[${shape.join(', ')}]`, ...new Set(kinds), ...(shape.length > 2 ? ['first plane drawn'] : [])].join(' · ');
    const drawing = { a: left, b: right, shape, parts, names, title, note, spectrum } as const;
    let saved: CompareData | undefined;
    return (maxCells: number): CompareFigure => {
      const figure = drawComparison({ ...drawing, maxCells });
      saved ??= compareData(drawing, figure.readout, view?.name ?? null);
      return { ...figure, data: { mime: COMPARE_MIME, value: saved } };
    };
  });
  return asOutput((await present(draw)).comparison);
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

/** The saved form of a comparison, version 1. */
function compareData(drawing: Omit<CompareDrawing, 'maxCells'>, readout: readonly string[], view: string | null): CompareData {
  const { shape, parts, names, title, note, spectrum } = drawing;
  const [rows, cols] = [shape.length === 1 ? 1 : (shape.at(-2) as number), shape.at(-1) as number];
  const most = rows === 1 ? LINE_CELLS : PLANE_CELLS;
  const { reference } = spectrumFacts(spectrum, rows === 1 ? [cols] : [rows, cols]);
  // fftshift on the way: place i holds bin (i + ⌈n/2⌉) mod n.
  const [halfRows, halfCols] = [Math.ceil(rows / 2), Math.ceil(cols / 2)];
  const bin = (i: number): number => ((Math.floor(i / cols) + halfRows) % rows) * cols + (((i % cols) + halfCols) % cols);
  const bins = representatives((i) => spectrum[bin(i)]!, rows, cols, most);
  const levels = Float64Array.from(bins.places, (i) => toDecibels(spectrum[bin(i)]!, reference > 0 ? reference : 1));
  return {
    view,
    title,
    note,
    names: [...names],
    rows,
    cols,
    isComplex: parts === 2,
    readout: [...readout],
    planes: planesOf(drawing, rows, cols, most) as CompareData['planes'],
    spectrum: levelPlane(levels, bins.rows, bins.cols, FLOOR_DB, 0),
    reference,
  };
}

/** a, b and their difference; of many cells, in each block, that where they differ most. */
function planesOf({ a, b, parts }: Pick<CompareDrawing, 'a' | 'b' | 'parts'>, rows: number, cols: number, most: number): PlaneData[] {
  const count = rows * cols;
  const difference = differenceOf({ a, b, parts }, count);
  const cells = representatives((i) => Math.abs(difference[i]!), rows, cols, most);
  return [shownOf(a, count, parts), shownOf(b, count, parts), difference].map((values) => savedCells((i) => values[i]!, cells));
}

/** A part of both that the kernel holds. */
async function partOfComparison(held: readonly [Tensor, Tensor], parts: 1 | 2, request: unknown): Promise<PlaneData[]> {
  const [one, other] = held.map((x) => partOfPlane(x.shape.length === 1 ? x.reshape([1, x.size]) : x, request)) as [PlanePart, PlanePart];
  const [a, b] = await Promise.all([valuesOf(one.part, parts), valuesOf(other.part, parts)]);
  return planesOf({ a, b, parts }, one.rows, one.cols, one.most);
}
