// pv.show: views of tensors as outputs of the cell. Each call takes its place among the outputs at once and appears when its
// data has been read.

import { show as describe } from '../tensor/checks.js';
import { emit } from './sink.js';

export { compare, type CompareOptions } from './show-compare.js';
export { convolution, type ConvolutionShowOptions, type ConvolutionSummary } from './show-convolution.js';
export { image, type ImageOptions } from './show-image.js';
export { kernels, type KernelsOptions, type ShownKernels } from './show-kernels.js';
export { live, type LiveHandle, type LiveOptions, type Logged, type LogOptions } from './show-live.js';
export { matrix, type MatrixOptions } from './show-matrix.js';
export { plot, type PlotOptions } from './show-plot.js';
export { spectrogram, type SpectrogramOptions, type SpectrogramSummary } from './show-spectrogram.js';
export { spectrum, type SpectrumOptions, type SpectrumSummary } from './show-spectrum.js';
export { table, type TableOptions, type TableValue } from './show-table.js';

/** Labelled results, shown as a table and repeated at the end of a run on the command line. */
export function summary(values: Readonly<Record<string, string | number>>): void {
  if (typeof values !== 'object' || values === null)
    throw new TypeError(`show.summary: expects an object of label and value, but was given ${describe(values)}`);
  const entries = Object.entries(values).map(([label, value]): [string, string] => [label, String(value)]);
  const width = Math.max(0, ...entries.map(([label]) => label.length));
  const text = entries.map(([label, value]) => `${label.padEnd(width)}  ${value}`).join('\n');
  emit(Promise.resolve({ 'text/plain': text, 'application/vnd.parseval.summary.v1+json': Object.fromEntries(entries) }));
}
