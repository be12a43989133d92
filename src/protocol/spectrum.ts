// A spectrum as an output: what is saved of it, and what its view may ask of the kernel.

import * as v from 'valibot';
import { jsonNumber } from './numbers.js';
import { planeSchema } from './plane-data.js';
import { count } from './schemas.js';
import { viewName } from './views.js';

/** The MIME type of a spectrum. */
export const SPECTRUM_MIME = 'application/vnd.parseval.spectrum.v1+json';

/** Windows without a parameter, as getWindow knows them. */
export const windowNames = ['boxcar', 'bartlett', 'hann', 'hamming', 'blackman', 'blackmanharris', 'flattop'] as const;
/** What can be done about borders that do not meet. */
export const borders = ['none', 'window', 'periodic'] as const;

/** What is done to the signal before it is transformed. */
export const preparationSchema = v.strictObject({
  border: v.picklist(borders),
  /** Where the border is 'window'. */
  window: v.union([v.picklist(windowNames), v.strictTuple([v.picklist(['kaiser', 'gaussian', 'tukey']), v.number()])]),
});
/** What is done to the signal before it is transformed. */
export type Preparation = v.InferOutput<typeof preparationSchema>;

/** Bins with zero frequency in the middle, as multiples of the largest finite magnitude: complex numbers, or levels in dB and phases in radians. */
export const binsSchema = v.variant('form', [
  v.strictObject({ form: v.literal('complex'), re: planeSchema, im: planeSchema }),
  v.strictObject({ form: v.literal('levels'), level: planeSchema, phase: planeSchema }),
]);
/** Bins with zero frequency in the middle. */
export type BinsData = v.InferOutput<typeof binsSchema>;

const peakSchema = v.strictObject({
  index: v.array(count),
  frequency: v.array(v.number()),
  wavelength: v.number(),
  db: v.number(),
  magnitude: v.number(),
});

/** What 0 dB is: the largest magnitude, or one that is given. */
export const referenceSchema = v.union([v.literal('max'), v.pipe(v.number(), v.gtValue(0))]);

/** One spectrum: of a signal, of a picture, or of one of a batch. */
export const onePlane = v.strictObject({
  /** Its place in the axes that are not transformed. */
  index: v.array(count),
  /** The largest finite magnitude. */
  reference: jsonNumber,
  /** Levels at the ends of the colours or of the axis, in dB below that. */
  range: v.strictTuple([v.number(), v.number()]),
  /** Bins of a block along each axis that one of `bins` is the largest of; 1 where nothing is reduced. */
  pool: v.strictTuple([count, count]),
  bins: binsSchema,
  zeroFrequency: jsonNumber,
  peak: v.nullable(peakSchema),
  /** Whether |X[k]| = |X[−k]|: half of it says all. */
  mirrored: v.boolean(),
  /** In what the transform was computed. */
  precision: v.optional(v.picklist(['float32', 'float64']), 'float32'),
  /** Σ|X|². */
  energy: jsonNumber,
  /** Σ|x|² of what was transformed; null where it was not computed. */
  signalEnergy: v.nullable(jsonNumber),
  /** ‖X − X*‖ / ‖X‖ with X*[k] = conj X[−k]: 0 for the spectrum of a real signal, 2 for that of an imaginary one. */
  asymmetry: jsonNumber,
  /** Root mean square magnitude on rings of radius i / (2 · rings) cycles a sample, up to ½, as multiples of `reference`; null for signals. */
  radial: v.nullable(planeSchema),
  /** Sentences on what stands out. */
  readout: v.array(v.string()),
  /** What is there because of the border, in a sentence; empty where nothing is. */
  borderFinding: v.string(),
});
/** One spectrum. */
export type OnePlane = v.InferOutput<typeof onePlane>;

/** Spectra of a batch, from the one at `from`. */
export const contentSchema = v.strictObject({ prepared: preparationSchema, from: count, planes: v.array(onePlane) });
/** Spectra of a batch. */
export type SpectrumContent = v.InferOutput<typeof contentSchema>;

/** A spectrum as JSON. */
export const spectrumSchema = v.strictObject({
  version: v.literal(2),
  /** By what the kernel knows it; null where it holds nothing. */
  view: v.nullable(viewName),
  title: v.string(),
  note: v.string(),
  /** [n] of a signal, [rows, cols] of a picture, in the full spectrum. */
  shape: v.union([v.strictTuple([count]), v.strictTuple([count, count])]),
  /** Extents of the axes that are not transformed. */
  outer: v.array(count),
  sampleRate: v.nullable(v.number()),
  given: v.picklist(['signal', 'spectrum', 'half spectrum']),
  norm: v.picklist(['backward', 'ortho', 'forward']),
  /** What of the call is not seen elsewhere: it goes into the copied code. */
  options: v.strictObject({
    title: v.nullable(v.string()),
    floorDb: v.nullable(v.number()),
    dimensions: v.nullable(v.picklist([1, 2])),
    reference: v.optional(referenceSchema, 'max'),
  }),
  content: contentSchema,
});
/** A spectrum as JSON. */
export type SpectrumData = v.InferOutput<typeof spectrumSchema>;

/** What a view asks. */
export const spectrumRequest = v.variant('kind', [
  /** Other spectra of the batch, or the same of a signal prepared otherwise. Answered by `contentSchema`. */
  v.strictObject({ kind: v.literal('content'), prepared: preparationSchema, from: count }),
  /**
   * Bins [top, bottom) × [left, right) of the spectrum at place `plane` of the batch, zero frequency in the middle, reduced to the largest of
   * blocks, at most `rows` by `cols` of them. A part may run over the end of an axis, and goes on at its beginning. Answered by `partAnswer`.
   */
  v.strictObject({
    kind: v.literal('part'),
    prepared: preparationSchema,
    plane: count,
    top: count,
    left: count,
    bottom: count,
    right: count,
    rows: v.pipe(count, v.minValue(1), v.maxValue(4096)),
    cols: v.pipe(count, v.minValue(1), v.maxValue(4096)),
  }),
]);
/** What a view asks. */
export type SpectrumRequest = v.InferOutput<typeof spectrumRequest>;
/** Answers a 'part': blocks of `pool` bins along each axis, the first of them at the corner that was asked for. */
export const partAnswer = v.strictObject({ pool: v.strictTuple([count, count]), bins: binsSchema });
