// Power spectra of signals: of the whole (periodogram), averaged over segments (Welch), and over time (spectrogram). Definitions and defaults
// are SciPy's.

import { isComplex, realOf } from '../../devices/dtype.js';
import type { Node } from '../../graph/node.js';
import { floating, meanNode } from '../../tensor/arguments.js';
import { checkInteger, checkNumber, checkOneOf, checkOptions, show } from '../../tensor/checks.js';
import { uploadReal } from '../../tensor/devices.js';
import { expand } from '../../tensor/operations/broadcast.js';
import { abs, mul, square, sub } from '../../tensor/operations/elementwise/index.js';
import { reshape } from '../../tensor/operations/views.js';
import { Tensor, wrap } from '../../tensor/tensor.js';
import { transformNode } from '../fft.js';
import { framed } from './stft.js';
import { windowValues, type WindowOption } from './windows.js';

/** Options of a power spectrum. */
export interface PowerOptions {
  /** Samples a second (or another unit, whose inverse frequencies then have); 1 when not given. */
  readonly fs?: number | undefined;
  readonly window?: WindowOption | undefined;
  /** Whether the mean of each segment is taken away first (the default), or nothing. */
  readonly detrend?: 'constant' | 'none' | undefined;
  /** Power a unit of frequency (the default), or power of each bin. */
  readonly scaling?: 'density' | 'spectrum' | undefined;
}

/** Options of power spectra of segments. */
export interface SegmentOptions extends PowerOptions {
  /** Samples of a segment, 256 when not given; a shorter signal is one segment. */
  readonly nperseg?: number | undefined;
  /** Samples that a segment shares with the one before. */
  readonly noverlap?: number | undefined;
}

/** A power spectrum. */
export interface PowerSpectrum {
  /** Frequency of each bin, in cycles per unit of 1/fs: those from 0 to fs/2 of a real signal, all in the order of fft of a complex one. */
  readonly frequency: Tensor;
  /** [..., frequency]; of a real signal each bin has the power of its negative frequency as well. */
  readonly power: Tensor;
}

/** A power spectrum over time. */
export interface Spectrogram extends PowerSpectrum {
  /** The middle of each segment, in units of 1/fs. */
  readonly time: Tensor;
  /** [..., frequency, segment] */
  readonly power: Tensor;
}

interface Segments {
  readonly signal: Node;
  readonly fs: number;
  readonly count: number;
  readonly hop: number;
  readonly window: Float64Array<ArrayBuffer>;
  readonly detrend: 'constant' | 'none';
  readonly scaling: 'density' | 'spectrum';
}

function segmentsOf(
  what: string,
  x: unknown,
  options: SegmentOptions,
  defaults: { window: WindowOption; overlap: (n: number) => number } | null,
): Segments {
  if (!(x instanceof Tensor)) throw new TypeError(`${what}: expects a tensor, but was given ${show(x)}`);
  checkOptions(what, options, '{fs: 360, nperseg: 256}');
  const signal = floating(x.node);
  const samples = signal.shape.at(-1);
  if (samples === undefined || samples === 0)
    throw new Error(`${what}: was given shape [${signal.shape.join(', ')}], but expects a last axis of samples`);
  const fs = checkNumber(`${what}: fs`, options.fs ?? 1);
  if (!(fs > 0)) throw new RangeError(`${what}: fs is ${fs}, but must be greater than 0`);
  const count = defaults === null ? samples : Math.min(samples, checkInteger(`${what}: nperseg`, options.nperseg ?? 256, 1));
  const noverlap = defaults === null ? 0 : checkInteger(`${what}: noverlap`, options.noverlap ?? defaults.overlap(count), 0);
  if (noverlap >= count) throw new RangeError(`${what}: noverlap is ${noverlap}, but must be less than the ${count} samples of a segment`);
  return {
    signal,
    fs,
    count,
    hop: count - noverlap,
    window: windowValues(what, options.window ?? defaults?.window ?? 'boxcar', count, true),
    detrend: checkOneOf(`${what}: detrend`, options.detrend ?? 'constant', ['constant', 'none'] as const),
    scaling: checkOneOf(`${what}: scaling`, options.scaling ?? 'density', ['density', 'spectrum'] as const),
  };
}

/** Power of each segment, [..., frequency, segment], and the frequencies. */
function powerOf({ signal, fs, count, hop, window, detrend, scaling }: Segments): PowerSpectrum {
  const rank = signal.shape.length;
  const segments = framed(signal, count, hop);
  const kept = segments.shape.map((extent, axis) => (axis === rank - 1 ? 1 : extent));
  const mean = (): Node => expand(reshape(meanNode(segments, [rank - 1]), kept), segments.shape);
  const centred = detrend === 'constant' ? sub(segments, mean()) : segments;
  const weights = reshape(uploadReal(signal.state, realOf(signal.dtype), window), [count, 1]);
  const oneSided = !isComplex(signal.dtype);
  const weighted = mul(centred, expand(weights, centred.shape));
  const spectra = transformNode(oneSided ? 'rfft' : 'fft', weighted, [rank - 1], [count], 'backward');
  const [total, squares] = window.reduce(([sum, sum2], w) => [sum + w, sum2 + w * w], [0, 0] as [number, number]);
  const scale = scaling === 'density' ? 1 / (fs * squares) : 1 / total ** 2;
  const bins = spectra.shape[rank - 1] as number;
  // Negative frequencies count with the positive ones, but zero and (of an even number) half the rate have none.
  const isAlone = (k: number): boolean => k === 0 || 2 * k === count;
  const factors = Float64Array.from({ length: bins }, (_, k) => scale * (oneSided && !isAlone(k) ? 2 : 1));
  const dtype = realOf(signal.dtype);
  const column = reshape(uploadReal(signal.state, dtype, factors), [bins, 1]);
  const power = square(abs(spectra));
  const step = fs / count;
  const frequencies = Float64Array.from({ length: bins }, (_, k) => step * (oneSided || k < count / 2 ? k : k - count));
  return { frequency: wrap(uploadReal(signal.state, dtype, frequencies)), power: wrap(mul(power, expand(column, power.shape))) };
}

/**
 * The power spectrum of the whole signal along its last axis: |X_k|² over fs·Σw² (density), or over (Σw)² (spectrum). The window is a boxcar
 * when not given.
 */
export function periodogram(x: Tensor, options: PowerOptions = {}): PowerSpectrum {
  const { frequency, power } = powerOf(segmentsOf('periodogram', x, options, null));
  return { frequency, power: power.squeeze(-1) };
}

/** The mean of the power spectra of overlapping segments (Welch 1967): periodic Hann windows and half an overlap when not told otherwise. */
export function welch(x: Tensor, options: SegmentOptions = {}): PowerSpectrum {
  const { frequency, power } = powerOf(segmentsOf('welch', x, options, { window: 'hann', overlap: (n) => Math.floor(n / 2) }));
  return { frequency, power: power.mean({ axis: -1 }) };
}

/** The power spectra of segments over time: Tukey windows tapered over a quarter and an eighth of overlap when not told otherwise. */
export function spectrogram(x: Tensor, options: SegmentOptions = {}): Spectrogram {
  const segments = segmentsOf('spectrogram', x, options, { window: ['tukey', 0.25], overlap: (n) => Math.floor(n / 8) });
  const { frequency, power } = powerOf(segments);
  const { signal, count, hop, fs } = segments;
  const middles = Float64Array.from({ length: power.shape.at(-1) as number }, (_, i) => (count / 2 + i * hop) / fs);
  return { frequency, power, time: wrap(uploadReal(signal.state, realOf(signal.dtype), middles)) };
}
