// A training as an output: what is saved of it, what is pushed to its view while it runs, and what the view may ask of the kernel.

import * as v from 'valibot';
import { floatsFromText, floatsToText, jsonNumber } from './numbers.js';
import { planeSchema } from './plane-data.js';
import { count } from './schemas.js';
import { viewName } from './views.js';

/** The MIME type of a training. */
export const LIVE_MIME = 'application/vnd.parseval.live.v1+json';

const size = v.pipe(count, v.minValue(1), v.maxValue(64));

/** Points of a curve: all, the new ones, or those that show the same. */
const curveSchema = v.strictObject({
  name: v.string(),
  /** Points there are in all. */
  count,
  steps: v.array(count),
  /** As many numbers, as float32 in base64. */
  values: v.string(),
});
/** Points of a curve. */
export type CurveData = v.InferOutput<typeof curveSchema>;

/** A tensor at some steps. */
const pictureSchema = v.strictObject({
  name: v.string(),
  /** Of what the planes are: "first 16 of 128 planes". */
  note: v.string(),
  planes: v.pipe(count, v.minValue(1), v.maxValue(16)),
  rows: size,
  cols: size,
  snapshots: v.array(
    v.strictObject({
      /** Which of all that were taken, from 0. */
      index: count,
      step: count,
      /** The planes one below the other: [planes · rows, cols]. */
      cells: planeSchema,
      /** Mean power at 0, 1/32, … 16/32 cycles a sample, in dB re 1, as float32 in base64. */
      radial: v.string(),
    }),
  ),
});
/** A tensor at some steps. */
export type PictureData = v.InferOutput<typeof pictureSchema>;

const parts = {
  state: v.picklist(['running', 'done', 'stopped']),
  /** The last step, 0 before the first. */
  step: count,
  /** What could not be read, and why; empty where all could. */
  problem: v.string(),
  curves: v.array(curveSchema),
  pictures: v.array(pictureSchema),
};

/** A training as JSON. */
export const liveSchema = v.strictObject({
  /** By what the kernel knows it; null where it holds nothing. */
  view: v.nullable(viewName),
  title: v.string(),
  ...parts,
});
/** A training as JSON. */
export type LiveData = v.InferOutput<typeof liveSchema>;

/** What is new, as it is pushed; also all that there is, as the answer to `{ask: 'all'}`. */
export const livePartsSchema = v.strictObject(parts);
/** What is new, or all that there is. */
export type LiveParts = v.InferOutput<typeof livePartsSchema>;

/** Asks for all that the view shows, or for every point that was logged. */
export const liveRequest = v.strictObject({ ask: v.picklist(['all', 'points']) });
/** Asks for all that the view shows, or for every point that was logged. */
export type LiveRequest = v.InferOutput<typeof liveRequest>;

/** Every point that was logged, as the answer to `{ask: 'points'}`. */
export const livePoints = v.array(v.strictObject({ name: v.string(), steps: v.array(count), values: v.array(jsonNumber) }));

/** Points of a curve as JSON. */
export function curveData(name: string, all: number, steps: ArrayLike<number>, values: ArrayLike<number>): CurveData {
  return { name, count: all, steps: Array.from(steps), values: floatsToText(values) };
}

/** The values of a curve's points. Throws where there are not as many as steps. */
export function curveValues({ steps, values }: CurveData): Float32Array<ArrayBuffer> {
  return floatsFromText(values, steps.length);
}
