// A convolution as an output: what is saved of it, and what its view may ask of the kernel process.

import * as v from 'valibot';
import { jsonNumber } from './numbers.js';
import { planeSchema } from './plane-data.js';
import { count } from './schemas.js';
import { viewName } from './views.js';

/** The MIME type of convolutions. */
export const CONVOLUTION_MIME = 'application/vnd.parseval.convolution.v1+json';

const extent = v.pipe(count, v.minValue(1), v.maxValue(4096));
const zeros = v.tuple([v.pipe(count, v.maxValue(4096)), v.pipe(count, v.maxValue(4096))]);

/** A convolution as JSON. */
export const convolutionSchema = v.strictObject({
  /** By what the kernel process knows it; null where it holds nothing. */
  view: v.nullable(viewName),
  title: v.string(),
  note: v.string(),
  readout: v.array(v.string()),
  operation: v.picklist(['convolution', 'correlation']),
  /** Extents of the image as it was given. */
  rows: extent,
  cols: extent,
  /** Its values, reduced to means of blocks where it is large. */
  image: planeSchema,
  /** As it was given: not turned. */
  kernel: v.strictObject({ rows: extent, cols: extent, taps: v.string() }),
  /** Zeros appended to rows and columns. */
  zeros,
});
/** A convolution as JSON. */
export type ConvolutionData = v.InferOutput<typeof convolutionSchema>;

/** Asks for the result at full size with other zeros, reduced to so many cells along its longer side. */
export const convolutionRequest = v.strictObject({ zeros, cells: v.pipe(count, v.minValue(1), v.maxValue(1024)) });
/** Asks for the result at full size. */
export type ConvolutionRequest = v.InferOutput<typeof convolutionRequest>;
/** Answers it: means of blocks of the result, the part of each block that is wrong, and the numbers. */
export const convolutionAnswer = v.strictObject({
  rows: count,
  cols: count,
  result: planeSchema,
  wrong: planeSchema,
  period: count,
  same: count,
  valid: count,
  largest: jsonNumber,
});
/** Answers a request for the result. */
export type ConvolutionAnswer = v.InferOutput<typeof convolutionAnswer>;
