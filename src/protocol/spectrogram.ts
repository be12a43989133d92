// A spectrogram as an output: what is saved of it, and what its view may ask of the kernel.

import * as v from 'valibot';
import { numberListSchema } from './number-list.js';
import { planeSchema } from './plane-data.js';
import { curveSchema, plotScale } from './plot.js';
import { count } from './schemas.js';
import { viewName } from './views.js';

/** The MIME type of a spectrogram. */
export const SPECTROGRAM_MIME = 'application/vnd.parseval.spectrogram.v1+json';

/** Places at equal steps: the middles of frames in time, or of bins in frequency. */
const steps = v.strictObject({ first: v.number(), step: v.pipe(v.number(), v.gtValue(0)), count: v.pipe(count, v.minValue(1)) });
/** Places at equal steps. */
export type Steps = v.InferOutput<typeof steps>;

/**
 * Samples to be heard, from the one numbered `first` on: 8 bits each, companded by the μ-law (μ = 255) between −peak and peak, so that quiet
 * ones keep their shape. `rate` is of these samples, which may be fewer than the signal has.
 */
export const soundSchema = v.strictObject({
  first: count,
  /** Samples of the signal that one of these stands for. */
  every: v.pipe(count, v.minValue(1)),
  peak: v.number(),
  data: v.string(),
});
/** Samples to be heard. */
export type SoundData = v.InferOutput<typeof soundSchema>;

/** A spectrogram as JSON. Times are in seconds and frequencies in Hz where there is a sample rate, else in samples and cycles a sample. */
export const spectrogramSchema = v.strictObject({
  /** By what the kernel knows it; null where it holds nothing. */
  view: v.nullable(viewName),
  title: v.string(),
  note: v.string(),
  sampleRate: v.nullable(v.pipe(v.number(), v.gtValue(0))),
  /** Samples of the signal. */
  samples: v.pipe(count, v.minValue(1)),
  frequencyScale: plotScale,
  /** The lowest level that is drawn, in dB relative to the largest power. */
  floorDb: v.pipe(v.number(), v.ltValue(0)),
  frequency: steps,
  time: steps,
  peak: v.nullable(v.strictObject({ frequency: v.number(), time: v.number(), db: v.number() })),
  steady: v.nullable(v.strictObject({ frequency: v.number(), db: v.number(), above: v.number() })),
  /** Sentences on what stands out. */
  readout: v.array(v.string()),
  /** Levels in dB relative to the largest power, the highest frequency first, reduced to the largest of blocks where there are many. */
  levels: planeSchema,
  /** The signal, its places in samples. */
  wave: curveSchema,
  /** Whether there is a player, and what it can play without the kernel: null where that is too much to be saved. */
  player: v.boolean(),
  sound: v.nullable(soundSchema),
});
/** A spectrogram as JSON. */
export type SpectrogramData = v.InferOutput<typeof spectrogramSchema>;

/** What a view of a spectrogram asks. */
export const spectrogramRequest = v.variant('kind', [
  /** Levels of the cells [top, bottom) × [left, right), the highest frequency first, as at most `rows` by `cols` largest ones. */
  v.strictObject({
    kind: v.literal('levels'),
    top: count,
    left: count,
    bottom: count,
    right: count,
    rows: v.pipe(count, v.minValue(1), v.maxValue(2048)),
    cols: v.pipe(count, v.minValue(1), v.maxValue(2048)),
  }),
  /** The samples [from, to) in at most so many groups. */
  v.strictObject({ kind: v.literal('wave'), from: count, to: count, groups: v.pipe(count, v.minValue(16), v.maxValue(8192)) }),
  /** Samples to be heard from `from` on, as many as one answer holds. */
  v.strictObject({ kind: v.literal('sound'), from: count }),
]);
/** What a view of a spectrogram asks. */
export type SpectrogramRequest = v.InferOutput<typeof spectrogramRequest>;
/** Answers a request for levels, for samples, and for sound. */
export const levelsAnswer = planeSchema;
export const waveAnswer = curveSchema;
export const soundAnswer = v.strictObject({ first: count, samples: numberListSchema });

/** μ of the μ-law: of 8 bits as telephones have it. */
const MU = 255;

/** A sample between −1 and 1 as a byte; NaN as silence. */
export function compand(sample: number): number {
  const size = Math.log1p(MU * Math.min(1, Math.abs(sample))) / Math.log1p(MU);
  return Number.isNaN(size) ? 128 : Math.round(127.5 + 127.5 * Math.sign(sample) * size);
}

/** The sample of a byte. */
export function expand(byte: number): number {
  const size = (byte - 127.5) / 127.5;
  return (Math.sign(size) * Math.expm1(Math.abs(size) * Math.log1p(MU))) / MU;
}
