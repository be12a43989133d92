// Kernels as an output: what is saved of them, and what their view may ask of the kernel process.

import * as v from 'valibot';
import { jsonNumber } from './numbers.js';
import { planeRequest, planeSchema } from './plane-data.js';
import { count } from './schemas.js';
import { viewName } from './views.js';

/** The MIME type of kernels. */
export const KERNELS_MIME = 'application/vnd.parseval.kernels.v1+json';

/** An extent: no kernel and no grid has more numbers than 2¹⁴ along an axis. */
const extent = v.pipe(count, v.minValue(1), v.maxValue(16384));

/** Kernels as JSON. */
export const kernelsSchema = v.strictObject({
  /** By what the kernel process knows them; null where it holds nothing. */
  view: v.nullable(viewName),
  title: v.string(),
  note: v.string(),
  readout: v.array(v.string()),
  /** What the weights are: taps, or what multiplies a spectrum. */
  domain: v.picklist(['spatial', 'spectral']),
  operation: v.picklist(['convolution', 'correlation']),
  /** Taps of each. */
  rows: extent,
  cols: extent,
  /** Bins of their responses. */
  height: extent,
  width: extent,
  /** Shape of the weights, for code. */
  shape: v.array(count),
  /** Those that are shown, by their place in the weights; taps as float32, row-major. */
  kernels: v.pipe(v.array(v.strictObject({ index: v.array(count), taps: v.string() })), v.minLength(1)),
  /** What is filtered: its size, and its values, reduced to means of blocks where it is large. */
  image: v.nullable(v.strictObject({ rows: count, cols: count, plane: planeSchema })),
});
/** Kernels as JSON. */
export type KernelsData = v.InferOutput<typeof kernelsSchema>;

const taps = v.pipe(v.array(jsonNumber), v.maxLength(16384));

/** What the view asks. */
export const kernelsRequest = v.variant('kind', [
  /** These kernels were edited, all others are as they were; `at` is their place among those that are shown. */
  v.strictObject({ kind: v.literal('edit'), kernels: v.array(v.strictObject({ at: count, taps })) }),
  /** A part of the image filtered by this kernel. Answered by a plane. */
  v.strictObject({ kind: v.literal('filter'), taps, part: planeRequest }),
]);
/** What the view asks. */
export type KernelsRequest = v.InferOutput<typeof kernelsRequest>;
/** Answers an edit: so many kernels differ from those that were shown. */
export const editAnswer = v.strictObject({ edited: count });
