// Two tensors beside each other as an output: what is saved of them.

import * as v from 'valibot';
import { planeSchema } from './plane-data.js';
import { count } from './schemas.js';
import { viewName } from './views.js';

/** The MIME type of a comparison. */
export const COMPARE_MIME = 'application/vnd.parseval.compare.v1+json';

/** A comparison as JSON. */
export const compareSchema = v.strictObject({
  /** By what the kernel knows it; null where it holds nothing. Asked by `planeRequest`, it answers a, b and the difference of that part. */
  view: v.nullable(viewName),
  title: v.string(),
  note: v.string(),
  names: v.tuple([v.string(), v.string()]),
  /** Of what is drawn: one row for signals. */
  rows: count,
  cols: count,
  /** True where magnitudes are drawn in place of complex values. */
  isComplex: v.boolean(),
  /** Sentences on how they differ, over all elements. */
  readout: v.array(v.string()),
  /** a, b and a − b (of complex ones magnitudes); of large ones, in each block, the cell where they differ most. */
  planes: v.tuple([planeSchema, planeSchema, planeSchema]),
  /** Magnitude of the transform of a − b in dB re its maximum, zero frequency in the middle; the largest of each block of large ones. */
  spectrum: planeSchema,
  /** That maximum. */
  reference: v.number(),
});
/** A comparison as JSON. */
export type CompareData = v.InferOutput<typeof compareSchema>;
