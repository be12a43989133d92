// Curves as an output: what is saved of them, and what their view may ask of the kernel.

import * as v from 'valibot';
import { integerList, numberList, numberListSchema, numbersOf, type NumberList } from './number-list.js';
import { jsonNumber } from './numbers.js';
import { count } from './schemas.js';
import { viewName } from './views.js';

/** The MIME type of curves. */
export const PLOT_MIME = 'application/vnd.parseval.plot.v1+json';

/** How an axis runs. */
export const plotScale = v.picklist(['linear', 'log']);

/**
 * A curve, or a part of it from the point numbered `first` on,. Where there are too many points, neighbours are put
 * together: `ends` says before which point, counted from `first`, each of them ends, x and y are means (but x of the first and last where the curve begins and ends), and `low` and `high` how far finite
 * values reach.
 */
export const curveSchema = v.strictObject({
  name: v.string(),
  /** Points of the whole curve. */
  count,
  first: count,
  /** Points that are given, of so many neighbours in a row one: more than 1 of a long curve that does not run from left to right. */
  stride: v.pipe(count, v.minValue(1)),
  /** Null where x is the number of the point. */
  x: v.nullable(numberListSchema),
  y: numberListSchema,
  groups: v.nullable(v.strictObject({ ends: numberListSchema, low: numberListSchema, high: numberListSchema })),
});
/** A curve as JSON. */
export type CurveData = v.InferOutput<typeof curveSchema>;

/** Curves as JSON. */
export const plotSchema = v.strictObject({
  /** By what the kernel knows them; null where it holds nothing. */
  view: v.nullable(viewName),
  title: v.string(),
  note: v.string(),
  xLabel: v.string(),
  yLabel: v.string(),
  xScale: plotScale,
  yScale: plotScale,
  /** Sentences on the values. */
  readout: v.array(v.string()),
  curves: v.pipe(v.array(curveSchema), v.minLength(1)),
});
/** Curves as JSON. */
export type PlotData = v.InferOutput<typeof plotSchema>;

/** Asks for the points from `from` to `to` on the x axis, in at most so many groups for each curve, of equal length on an axis of this scale. */
export const plotRequest = v.strictObject({
  from: jsonNumber,
  to: jsonNumber,
  groups: v.pipe(count, v.minValue(16), v.maxValue(8192)),
  scale: plotScale,
});
/** Asks for a part of the curves. */
export type PlotRequest = v.InferOutput<typeof plotRequest>;
/** Answers `plotRequest`: as many curves as there are. */
export const plotAnswer = v.array(curveSchema);

/** Neighbours of a curve put together. */
export interface Groups {
  /** Before which point, counted from the first given, each group ends. */
  readonly ends: Int32Array;
  /** How far finite values reach; NaN where there are none. */
  readonly low: Float64Array;
  readonly high: Float64Array;
}

/** A curve, or a part of it: as many x as y, of points or of groups. */
export interface ReducedCurve {
  readonly name: string;
  /** Points of the whole curve, and the number of the first that is given. */
  readonly count: number;
  readonly first: number;
  readonly stride: number;
  /** Null where x is the number of the point. */
  readonly x: Float64Array | null;
  readonly y: Float64Array;
  readonly groups: Groups | null;
}

/** A curve as JSON. */
export function curveData({ name, count, first, stride, x, y, groups }: ReducedCurve): CurveData {
  return {
    name,
    count,
    first,
    stride,
    x: x && numberList(x),
    y: numberList(y),
    groups: groups && { ends: integerList(groups.ends), low: numberList(groups.low), high: numberList(groups.high) },
  };
}

/** A curve from JSON. Throws where parts of it have other lengths than others. */
export function curveFrom({ name, count, first, stride, x, y, groups }: CurveData): ReducedCurve {
  const values = numbersOf(y);
  const as = (list: NumberList): Float64Array => numbersOf(list, values.length);
  return {
    name,
    count,
    first,
    stride,
    x: x && as(x),
    y: values,
    groups: groups && { ends: Int32Array.from(as(groups.ends)), low: as(groups.low), high: as(groups.high) },
  };
}
