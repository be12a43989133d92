// pv.show.spectrogram.

import { isComplex, realOf } from '../devices/dtype.js';
import { withoutGradients } from '../graph/node.js';
import { SPECTROGRAM_MIME, type SpectrogramData } from '../protocol/spectrogram.js';
import { spectrogram as powersOf, type WindowOption } from '../fft/signal/index.js';
import { checkInteger, checkNumber, checkOneOf, checkOptions, show as describe } from '../tensor/checks.js';
import type { Tensor } from '../tensor/tensor.js';
import { asOutput } from './display.js';
import { openView } from './live-views.js';
import { firstPlane } from './planes.js';
import { checkTensor, present, presentEmpty } from './show-common.js';
import { answerSpectrogram, spectrogramData, type SpectrogramSource } from './spectrogram-data.js';
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
  /** Whether the signal can be heard; it can where it has 3000 samples a second or more, when not given. Slower ones are played faster. */
  readonly player?: boolean | undefined;
}

/** What a spectrogram shows in numbers. */
export interface SpectrogramSummary {
  /** The loudest moment of any frequency but zero, or null where there is none. */
  readonly peak: SpectrogramPeak | null;
  /** A tone that stands out from its neighbours all the time, such as mains hum, or null. */
  readonly steady: SpectrogramFacts['steady'];
}

/** Samples a second from which on a signal is taken for sound. */
const soundRate = 3000;
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
  if (x.size === 0) {
    await presentEmpty(x, title, 'Power over time and frequency');
    return asOutput({ peak: null, steady: null });
  }
  const { plane, note } = firstPlane(x, 1);
  const { player = sampleRate !== undefined && sampleRate >= soundRate && !isComplex(x.dtype) } = options;
  if (typeof player !== 'boolean') throw new TypeError(`show.spectrogram: player is ${describe(player)}, but must be true or false`);
  if (player && isComplex(plane.dtype))
    throw new TypeError(`show.spectrogram: the signal is ${plane.dtype}, and only real ones can be heard; use real()`);
  if (player && sampleRate === undefined)
    throw new Error('show.spectrogram: player needs sampleRate, the samples of a second, to know how fast to play');
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
  const held = plane.real().detach();
  let source: SpectrogramSource | undefined;
  const view = openView((request) =>
    withoutGradients(async () => {
      if (source === undefined) throw new Error('the spectrogram is not drawn yet');
      return answerSpectrogram(source, request);
    }),
  );
  const draw = Promise.all([held.data(), powers.power.data(), powers.frequency.data(), powers.time.data()]).then(
    ([samplesRead, power, frequency, time]) => {
      const signal = Float64Array.from(samplesRead);
      const values = {
        ...ascending(Float64Array.from(frequency), Float64Array.from(power)),
        time: Float64Array.from(time),
        precision: realOf(plane.dtype),
      };
      const about = {
        title,
        note: [...words, note, x.device].filter(Boolean).join(' · '),
        floorDb,
        frequencyScale,
      };
      const rate = sampleRate ?? null;
      let saved: SpectrogramData | undefined;
      return (maxCells: number): SpectrogramFigure => {
        const figure = drawSpectrogram({ ...values, signal, ...about, sampleRate: rate, maxCells });
        if (values.power.length === 0) return figure;
        source ??= { ...values, facts: figure.facts, held, sampleRate: rate, hasPlayer: player };
        saved ??= spectrogramData(source, signal, view?.name ?? null, about);
        return { ...figure, data: { mime: SPECTROGRAM_MIME, value: saved } };
      };
    },
  );
  const { facts } = await present(draw);
  return asOutput({ peak: facts.peak, steady: facts.steady });
}

/** Frequencies in ascending order: those of complex signals have the negative ones last. */
function ascending(frequency: Float64Array, power: Float64Array): { frequency: Float64Array; power: Float64Array } {
  const first = frequency.findIndex((f) => f < 0);
  if (first < 0) return { frequency, power };
  const turned = (values: Float64Array, at: number): Float64Array => Float64Array.from([...values.subarray(at), ...values.subarray(0, at)]);
  return { frequency: turned(frequency, first), power: turned(power, first * (power.length / frequency.length)) };
}
