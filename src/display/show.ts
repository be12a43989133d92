// pv.show: views of tensors as outputs of the cell. Each call takes its place among the outputs at once and appears when its
// data has been read.

import { checkNumber, show as describe } from '../tensor/checks.js';
import type { Tensor } from '../tensor/tensor.js';
import { asSpectrum, magnitudeOf } from './planes.js';
import { checkTensor, present } from './show-common.js';
import { emit } from './sink.js';
import { drawSpectrum, type SpectrumFigure } from './spectrum-figure.js';
import type { SpectrumPeak } from './spectrum-values.js';

export { compare, type CompareOptions } from './show-compare.js';
export { image, type ImageOptions } from './show-image.js';
export { kernels, type KernelsOptions, type ShownKernels } from './show-kernels.js';
export { matrix, type MatrixOptions } from './show-matrix.js';
export { plot, type PlotOptions } from './show-plot.js';
export { spectrogram, type SpectrogramOptions, type SpectrogramSummary } from './show-spectrogram.js';

/** Options of show.spectrum. */
export interface SpectrumOptions {
  readonly title?: string | undefined;
  /** Lowest level drawn, in dB below the maximum (negative). Chosen from the data when not given. */
  readonly floorDb?: number | undefined;
  /** Samples a second, for signals: frequencies are then in Hz. */
  readonly sampleRate?: number | undefined;
}

/** What a spectrum shows in numbers. */
export interface SpectrumSummary {
  /** The largest bin besides zero frequency, or null where there is none. */
  readonly peak: SpectrumPeak | null;
}

/**
 * Draws the magnitude spectrum over the last one or two axes, in dB, zero frequency in the middle. A spectrum made by pv.fft is
 * recognized (also a half spectrum) and not transformed again. Resolves to its peak once it is drawn.
 */
export async function spectrum(value: Tensor, { title, floorDb, sampleRate }: SpectrumOptions = {}): Promise<SpectrumSummary> {
  const x = checkTensor('show.spectrum', value);
  if (x.shape.length === 0) throw new Error('show.spectrum: a scalar has no spectrum; expects at least one axis');
  if (floorDb !== undefined && checkNumber('show.spectrum: floorDb', floorDb) >= 0)
    throw new RangeError(`show.spectrum: floorDb is ${floorDb}, but must be negative: decibels below the maximum`);
  const { spectrum: plane, info, note } = asSpectrum(x);
  const draw = magnitudeOf(plane, info).then(
    ({ magnitude, shape }) =>
      (maxCells: number): SpectrumFigure =>
        drawSpectrum({
          magnitude,
          shape: shape,
          title: title ?? 'Spectrum',
          note: `${note} · ${x.device}`,
          maxCells,
          ...(floorDb === undefined ? {} : { range: { floorDb } }),
          ...(sampleRate === undefined ? {} : { sampleRate }),
        }),
  );
  const { peak } = await present(draw);
  return { peak };
}

/** Labelled results, shown as a table and repeated at the end of a run on the command line. */
export function summary(values: Readonly<Record<string, string | number>>): void {
  if (typeof values !== 'object' || values === null)
    throw new TypeError(`show.summary: expects an object of label and value, but was given ${describe(values)}`);
  const entries = Object.entries(values).map(([label, value]): [string, string] => [label, String(value)]);
  const width = Math.max(0, ...entries.map(([label]) => label.length));
  const text = entries.map(([label, value]) => `${label.padEnd(width)}  ${value}`).join('\n');
  emit(Promise.resolve({ 'text/plain': text, 'application/vnd.parseval.summary.v1+json': Object.fromEntries(entries) }));
}
