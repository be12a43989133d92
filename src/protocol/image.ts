// A picture as an output: what is saved of it, and what its view may ask of the kernel.

import * as v from 'valibot';
import { jsonNumber } from './numbers.js';
import { planeSchema } from './plane-data.js';
import { count } from './schemas.js';
import { viewName } from './views.js';

/** The MIME type of a picture. */
export const IMAGE_MIME = 'application/vnd.parseval.image.v1+json';

/** A picture as JSON. */
export const imageSchema = v.strictObject({
  /** By what the kernel knows it; null where it holds nothing. */
  view: v.nullable(viewName),
  title: v.string(),
  note: v.string(),
  rows: count,
  cols: count,
  map: v.picklist(['viridis', 'cividis', 'diverging', 'phase', 'grey']),
  /** Values at the ends of the map, or of black and white. */
  range: v.tuple([v.number(), v.number()]),
  /** The largest and smallest finite value. */
  extent: v.tuple([jsonNumber, jsonNumber]),
  /** Sentences on the values. */
  readout: v.array(v.string()),
  /** 1, 3 (red, green, blue) or 4 (and alpha) planes, reduced to means of blocks where the picture is large. */
  planes: v.pipe(v.array(planeSchema), v.minLength(1), v.maxLength(4)),
});
/** A picture as JSON. */
export type ImageData = v.InferOutput<typeof imageSchema>;
