// pv.show.spectrogram.

import { isComplex } from '../devices/dtype.js';
import { spectrogram as powersOf, type WindowOption } from '../fft/signal/index.js';
import { checkInteger, checkNumber, checkOneOf, checkOptions } from '../tensor/checks.js';
import type { Tensor } from '../tensor/tensor.js';
import { firstPlane } from './planes.js';
import { checkTensor, present } from './show-common.js';
import { drawSpectrogram, type SpectrogramFigure } from './spectrogram-figure.js';
import type { SpectrogramFacts, SpectrogramPeak } from './spectrogram-values.js';

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
