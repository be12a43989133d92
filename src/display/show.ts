// pv.show: views of tensors as outputs of the cell. Each call takes its place among the outputs at once and appears when its
// data has been read.

import { isComplex } from '../devices/dtype.js';
import { spectrogram as powersOf, type WindowOption } from '../fft/signal/index.js';
import { checkInteger, checkNumber, checkOneOf, checkOptions, show as describe } from '../tensor/checks.js';
import { Tensor } from '../tensor/tensor.js';
import { figureBundle } from './bundle.js';
import type { Figure } from './figure.js';
import { counted } from './number-format.js';
import { drawImage, type ImageDrawing } from './image-figure.js';
import { asSpectrum, firstPlane, magnitudeOf } from './planes.js';
import { columns, drawPlot, mostSeries, type PlotScale, type PlotSeries } from './plot-figure.js';
import { emit } from './sink.js';
import { drawSpectrogram, type SpectrogramFigure } from './spectrogram-figure.js';
import type { SpectrogramFacts, SpectrogramPeak } from './spectrogram-values.js';
import { drawSpectrum, type SpectrumFigure } from './spectrum-figure.js';
import type { SpectrumPeak } from './spectrum-values.js';

/** Options of show.spectrum. */
export interface SpectrumOptions {
  readonly title?: string | undefined;
  /** Lowest level drawn, in dB below the maximum (negative). Chosen from the data when not given. */
  readonly floorDb?: number | undefined;
  /** Samples a second, for signals: frequencies are then in Hz. */
  readonly sampleRate?: number | undefined;
}

/** Options of show.spectrogram. */
export interface SpectrogramOptions {
  readonly title?: string | undefined;
  /** Samples a second: frequencies are then in Hz and times in seconds. */
  readonly sampleRate?: number | undefined;
  /** Samples of a frame: longer ones tell frequencies better apart, shorter ones times. Chosen from the signal's length when not given. */
  readonly nperseg?: number | undefined;
  /** Samples that a frame shares with the one before; three quarters of it when not given. */
  readonly noverlap?: number | undefined;
  /** Hann when not given. */
  readonly window?: WindowOption | undefined;
  /** Lowest level drawn, in dB below the maximum (negative); −80 when not given. */
  readonly floorDb?: number | undefined;
  readonly frequencyScale?: 'linear' | 'log' | undefined;
}

/** What a spectrogram shows in numbers. */
export interface SpectrogramSummary {
  /** The loudest moment of any frequency but zero, or null where there is none. */
  readonly peak: SpectrogramPeak | null;
  /** A tone that stands out from its neighbours all the time, such as mains hum, or null. */
  readonly steady: SpectrogramFacts['steady'];
}

/** Options of show.plot. */
export interface PlotOptions {
  readonly title?: string | undefined;
  /** Where the values lie, [n], for all curves; 0, 1, 2, … when not given. */
  readonly x?: Tensor | undefined;
  readonly xLabel?: string | undefined;
  readonly yLabel?: string | undefined;
  /** Axes are linear when not told otherwise; a logarithmic one leaves out what is not above 0, and says so. */
  readonly xScale?: PlotScale | undefined;
  readonly yScale?: PlotScale | undefined;
}

/** Options of show.image. */
export interface ImageOptions {
  readonly title?: string | undefined;
  /** Values drawn as darkest and lightest; the data's own when not given. */
  readonly range?: readonly [number, number] | undefined;
  readonly map?: ImageDrawing['map'] | undefined;
}

/** What a spectrum shows in numbers. */
export interface SpectrumSummary {
  /** The largest bin besides zero frequency, or null where there is none. */
  readonly peak: SpectrumPeak | null;
}

function checkTensor(name: string, value: unknown): Tensor {
  if (!(value instanceof Tensor)) throw new TypeError(`${name}: expects a tensor, but was given ${describe(value)}`);
  if (value.size === 0) throw new Error(`${name}: the tensor [${value.shape.join(', ')}] is empty; nothing can be drawn`);
  return value;
}

/** Emits a figure; resolves when it has been drawn. */
async function present<F extends Figure>(draw: Promise<(maxCells: number) => F>): Promise<F> {
  let last: F | null = null;
  const bundle = draw.then((make) => figureBundle((maxCells) => (last = make(maxCells))));
  emit(bundle);
  await bundle;
  return last as unknown as F;
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

/** Cells of a spectrogram that are read from the device at most; frames lie farther apart where there would be more. */
const spectrogramCells = 2 ** 21;

/**
 * Draws the power of a signal over time and frequency, in dB, below the signal itself; of several signals [..., samples] the first. Complex
 * signals have negative frequencies as well. Resolves to what stands out once it is drawn.
 */
export async function spectrogram(value: Tensor, options: SpectrogramOptions = {}): Promise<SpectrogramSummary> {
  const x = checkTensor('show.spectrogram', value);
  checkOptions('show.spectrogram', options, '{sampleRate: 360, nperseg: 256}');
  if (x.shape.length === 0) throw new Error('show.spectrogram: a scalar has no spectrogram; expects [samples], or several signals');
  const { title = 'Spectrogram', sampleRate, window = 'hann', floorDb = -80 } = options;
  if (checkNumber('show.spectrogram: floorDb', floorDb) >= 0)
    throw new RangeError(`show.spectrogram: floorDb is ${floorDb}, but must be negative: decibels below the maximum`);
  if (sampleRate !== undefined && !(checkNumber('show.spectrogram: sampleRate', sampleRate) > 0))
    throw new RangeError(`show.spectrogram: sampleRate is ${sampleRate}, but must be greater than 0`);
  const frequencyScale = checkOneOf('show.spectrogram: frequencyScale', options.frequencyScale ?? 'linear', ['linear', 'log'] as const);
  const { plane, note } = firstPlane(x, 1);
  const samples = plane.size;
  if (frequencyScale === 'log' && isComplex(plane.dtype))
    throw new TypeError(`show.spectrogram: the signal is ${plane.dtype}, whose negative frequencies have no logarithm; use 'linear'`);
  // About twice as many frames as frequencies, if there is so much.
  const fitting = 2 ** Math.round(Math.log2(Math.sqrt(2 * samples)));
  const nperseg = Math.min(samples, checkInteger('show.spectrogram: nperseg', options.nperseg ?? Math.min(2048, Math.max(16, fitting)), 1));
  const least = Math.ceil((samples / spectrogramCells) * (nperseg / 2 + 1));
  const noverlap = options.noverlap ?? Math.max(0, nperseg - Math.max(Math.ceil(nperseg / 4), least));
  const powers = powersOf(plane, { fs: sampleRate ?? 1, nperseg, noverlap, window, detrend: 'none', scaling: 'spectrum' });
  const words = [`${samples} samples${sampleRate === undefined ? '' : ` at ${sampleRate} Hz`}`, `frames of ${nperseg}, ${noverlap} shared`];
  const draw = Promise.all([plane.real().data(), powers.power.data(), powers.frequency.data(), powers.time.data()]).then(
    ([signal, power, frequency, time]) =>
      (maxCells: number): SpectrogramFigure =>
        drawSpectrogram({
          ...ascending(Float64Array.from(frequency), Float64Array.from(power)),
          time: Float64Array.from(time),
          signal: Float64Array.from(signal),
          title,
          note: [...words, note, x.device].filter(Boolean).join(' · '),
          sampleRate: sampleRate ?? null,
          floorDb,
          frequencyScale,
          maxCells,
        }),
  );
  const { facts } = await present(draw);
  return { peak: facts.peak, steady: facts.steady };
}

/** Frequencies in ascending order: those of complex signals have the negative ones last. */
function ascending(frequency: Float64Array, power: Float64Array): { frequency: Float64Array; power: Float64Array } {
  const first = frequency.findIndex((f) => f < 0);
  if (first < 0) return { frequency, power };
  const turned = (values: Float64Array, at: number): Float64Array => Float64Array.from([...values.subarray(at), ...values.subarray(0, at)]);
  return { frequency: turned(frequency, first), power: turned(power, first * (power.length / frequency.length)) };
}

/** Draws an image [height, width], or [channels, height, width] with 1, 3 or 4 channels; of a batch the first. */
export async function image(value: Tensor, { title, range, map }: ImageOptions = {}): Promise<void> {
  const x = checkTensor('show.image', value);
  if (x.shape.length < 2)
    throw new Error(`show.image: expects [height, width] or [channels, height, width], but the tensor has shape [${x.shape.join(', ')}]`);
  if (isComplex(x.dtype))
    throw new TypeError(`show.image: the tensor is ${x.dtype}, and a picture is real; use abs(), angle(), real() or imag()`);
  const colour = x.shape.length >= 3 && [1, 3, 4].includes(x.shape.at(-3) as number);
  const { plane, note } = firstPlane(x, colour ? 3 : 2);
  const draw = plane.data().then(
    (values) => (maxCells: number) =>
      drawImage({
        data: Float64Array.from(values),
        shape: plane.shape,
        title: title ?? 'Image',
        note: [`[${x.shape.join(', ')}] ${x.dtype}`, note, x.device].filter(Boolean).join(' · '),
        maxCells,
        ...(range === undefined ? {} : { range }),
        ...(map === undefined ? {} : { map }),
      }),
  );
  await present(draw);
}

/** The rows of a tensor, or of several, as curves with names. */
function curvesOf(value: unknown): { readonly name: string; readonly y: Tensor }[] {
  const given = value instanceof Tensor ? { '': value } : value;
  if (typeof given !== 'object' || given === null || Array.isArray(given))
    throw new TypeError(`show.plot: expects a tensor, or an object {name: tensor}, but was given ${describe(value)}`);
  return Object.entries(given as Record<string, unknown>).flatMap(([name, item]) => {
    const y = checkTensor('show.plot', item);
    if (isComplex(y.dtype))
      throw new TypeError(`show.plot: the tensor is ${y.dtype}, and a curve is real; use abs(), angle(), real() or imag()`);
    if (y.shape.length !== 1 && y.shape.length !== 2)
      throw new Error(`show.plot: expects [n] for a curve or [curves, n] for several, but the tensor has shape [${y.shape.join(', ')}]`);
    if (y.shape.length === 1) return [{ name: name || 'y', y }];
    const [count, length] = y.shape as [number, number];
    if (count > mostSeries)
      throw new Error(`show.plot: ${count} curves cannot be told apart; give at most ${mostSeries}, or use show.image`);
    return Array.from({ length: count }, (_, i) => ({
      name: `${name || 'y'} ${i}`,
      y: y.slice([i, 0], [i + 1, length]).reshape([length]),
    }));
  });
}

/** Draws curves: a tensor [n], several as [curves, n], or an object {name: tensor}. Resolves when they are drawn. */
export async function plot(value: Tensor | Readonly<Record<string, Tensor>>, options: PlotOptions = {}): Promise<void> {
  checkOptions('show.plot', options, "{x: steps, yScale: 'log'}");
  const { title = 'Plot', x, xLabel, yLabel = '' } = options;
  const scaleOf = (key: 'xScale' | 'yScale'): PlotScale =>
    checkOneOf(`show.plot: ${key}`, options[key] ?? 'linear', ['linear', 'log'] as const);
  const [xScale, yScale] = [scaleOf('xScale'), scaleOf('yScale')];
  const curves = curvesOf(value);
  if (curves.length === 0) throw new Error('show.plot: was given no curve; give a tensor, or an object {name: tensor}');
  if (curves.length > mostSeries)
    throw new Error(`show.plot: ${curves.length} curves cannot be told apart; give at most ${mostSeries}, or use show.image`);
  if (x !== undefined) {
    const { shape, dtype } = checkTensor('show.plot', x);
    const wrong = curves.find(({ y }) => shape.length !== 1 || y.size !== x.size);
    if (wrong !== undefined)
      throw new Error(
        `show.plot: x has shape [${shape.join(', ')}], but ${wrong.name} has ${wrong.y.size} values; give x as [${wrong.y.size}]`,
      );
    if (isComplex(dtype)) throw new TypeError(`show.plot: x is ${dtype}, but an axis is real`);
  }
  const read = async (tensor: Tensor): Promise<Float64Array> => Float64Array.from(await tensor.data());
  const draw = Promise.all([x === undefined ? null : read(x), ...curves.map(({ y }) => read(y))]).then(([places, ...values]) => {
    const series = curves.map(({ name }, i): PlotSeries => {
      const y = values[i] as Float64Array;
      return { name, x: places ?? Float64Array.from(y.keys()), y };
    });
    const most = Math.max(...series.map(({ y }) => y.length));
    const note = [counted(most, 'point'), ...(most > columns ? ['line: mean, band: least to largest'] : []), curves[0]!.y.device].join(
      ' · ',
    );
    return () => drawPlot({ series, title, note, xLabel: xLabel ?? (places === null ? 'index' : 'x'), yLabel, xScale, yScale });
  });
  await present(draw);
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
