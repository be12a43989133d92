// A matrix as an output: what is saved of it.

import * as v from 'valibot';
import { planeSchema } from './plane-data.js';
import { count } from './schemas.js';
import { viewName } from './views.js';

/** The MIME type of a matrix. */
export const MATRIX_MIME = 'application/vnd.parseval.matrix.v1+json';

/** A matrix as JSON. */
export const matrixSchema = v.strictObject({
  /** By what the kernel knows it; null where it holds nothing. Asked by `planeRequest`, it answers the planes of that part. */
  view: v.nullable(viewName),
  title: v.string(),
  note: v.string(),
  rows: count,
  cols: count,
  /** Sentences on its structure. */
  readout: v.array(v.string()),
  /** Its entries, or their real and imaginary parts; of large ones the entry of largest magnitude in each block. */
  planes: v.union([v.strictTuple([planeSchema]), v.strictTuple([planeSchema, planeSchema])]),
});
/** A matrix as JSON. */
export type MatrixData = v.InferOutput<typeof matrixSchema>;
