// Curves as the rows of one table, which is what uPlot draws: places along x in ascending order, and the places of all curves at each.
// No page in here.

import { hasPlace, type Places, type PlotAxis } from './places.js';

/** A curve: as many x as y. */
export interface Curve {
  readonly name: string;
  /** In any order; curves may have places of their own. */
  readonly x: ArrayLike<number>;
  /** Where there is no finite number, the curve has a gap. */
  readonly y: ArrayLike<number>;
  /** What is drawn pale around the curve, such as the smallest and largest of many values; not pale where it is solid. */
  readonly band?: { readonly low: ArrayLike<number>; readonly high: ArrayLike<number>; readonly isSolid?: boolean } | undefined;
  /** Which of the theme's colours and dashes it has: its place among the curves when not given. */
  readonly style?: number;
}

/** Curves side by side. */
export interface Table {
  /** Ascending. */
  readonly x: readonly number[];
  /** Of each curve: null where it has a gap, undefined where it has nothing and goes on. */
  readonly y: readonly (readonly (number | null | undefined)[])[];
  /** Of each curve, its own index in each row; −1 where it has none. */
  readonly index: readonly Int32Array[];
  /** Of each curve, the rows of points without neighbours. */
  readonly alone: readonly (readonly number[])[];
  /** Of curves that do not run from left to right, their places from point to point, with null where one has none; of all others null. */
  readonly inOrder: readonly (readonly (readonly [x: number, y: number] | null)[] | null)[];
}

/** How far curves reach, of points that have a place on both axes. From Infinity to −Infinity where there are none. */
export function reach(curves: readonly Curve[], x: PlotAxis, y: PlotAxis): Readonly<Record<'x' | 'y', readonly [number, number]>> {
  let [left, right, low, high] = [Infinity, -Infinity, Infinity, -Infinity];
  for (const curve of curves)
    for (let i = 0; i < curve.x.length; i++) {
      const at = curve.x[i] ?? NaN;
      if (!hasPlace(at, x)) continue;
      for (const value of heights(curve, i)) {
        if (!hasPlace(value, y)) continue;
        [left, right, low, high] = [Math.min(left, at), Math.max(right, at), Math.min(low, value), Math.max(high, value)];
      }
    }
  return { x: [left, right], y: [low, high] };
}

/** All that a curve has at a point. */
function heights({ y, band }: Curve, i: number): readonly number[] {
  return band === undefined ? [y[i] ?? NaN] : [y[i] ?? NaN, band.low[i] ?? NaN, band.high[i] ?? NaN];
}

/** The lowest and highest place of curves between two places along x, of those that are shown; null where there is nothing. */
export function heightsIn(
  curves: readonly Curve[],
  isShown: (i: number) => boolean,
  [x, y]: readonly [Places, Places],
  from: number,
  to: number,
): readonly [number, number] | null {
  let [low, high] = [Infinity, -Infinity];
  curves.forEach((curve, which) => {
    if (!isShown(which)) return;
    for (let i = 0; i < curve.x.length; i++) {
      const at = x.place(curve.x[i] ?? NaN);
      if (!(at >= from && at <= to)) continue;
      for (const value of heights(curve, i)) {
        const height = y.place(value);
        if (Number.isNaN(height)) continue;
        [low, high] = [Math.min(low, height), Math.max(high, height)];
      }
    }
  });
  return low <= high ? [low, high] : null;
}

/** The table of curves. Points whose x has no place are left out. */
export function tableOf(curves: readonly Curve[], x: Places, y: Places): Table {
  const sorted = curves.map((curve) => sortedPoints(curve, x));
  const rows: number[] = [];
  const index = curves.map((): number[] => []);
  const heads = curves.map(() => 0);
  for (;;) {
    // The next place of any curve; a place that a curve has twice takes two rows.
    const next = sorted.reduce((least, { places }, i) => Math.min(least, places[heads[i] ?? 0] ?? Infinity), Infinity);
    if (next === Infinity) break;
    rows.push(next);
    sorted.forEach(({ places, order }, i) => {
      const head = heads[i] ?? 0;
      const isHere = places[head] === next;
      index[i]?.push(isHere ? (order[head] ?? -1) : -1);
      if (isHere) heads[i] = head + 1;
    });
  }
  const heightOf = ({ y: values }: Curve, i: number): number | null => {
    const place = y.place(values[i] ?? NaN);
    return Number.isNaN(place) ? null : place;
  };
  const heightsOf = curves.map((curve, which) => (index[which] ?? []).map((i) => (i < 0 ? undefined : heightOf(curve, i))));
  return {
    x: rows,
    y: heightsOf,
    index: index.map((each) => Int32Array.from(each)),
    alone: heightsOf.map(aloneIn),
    inOrder: curves.map((curve, i) => (sorted[i]?.isAscending === false ? pointsOf(curve, x, y) : null)),
  };
}

function sortedPoints(curve: Curve, x: Places): { places: Float64Array; order: Int32Array; isAscending: boolean } {
  const all = Float64Array.from(curve.x, (value) => x.place(value));
  const order = Int32Array.from(all.keys()).filter((i) => !Number.isNaN(all[i]));
  const isAscending = order.every((i, at) => at === 0 || (all[i] ?? NaN) >= (all[order[at - 1] ?? 0] ?? NaN));
  if (!isAscending) order.sort((a, b) => (all[a] ?? NaN) - (all[b] ?? NaN) || a - b);
  return { places: Float64Array.from(order, (i) => all[i] ?? NaN), order, isAscending };
}

function pointsOf(curve: Curve, x: Places, y: Places): (readonly [x: number, y: number] | null)[] {
  return Array.from(curve.x, (value, i) => {
    const point = [x.place(value), y.place(curve.y[i] ?? NaN)] as const;
    return point.some(Number.isNaN) ? null : point;
  });
}

/** Rows of points between gaps: no line leads to them. */
function aloneIn(heights: readonly (number | null | undefined)[]): number[] {
  const own = heights.flatMap((height, row) => (height === undefined ? [] : [row]));
  const isGap = (row: number | undefined): boolean => row === undefined || heights[row] === null;
  return own.filter((row, i) => heights[row] !== null && isGap(own[i - 1]) && isGap(own[i + 1]));
}

/** Of a curve, the row nearest to a place, about a row that is known to be near; null where it has none. */
export function nearestRow({ x, index }: Table, curve: number, row: number, place: number): number | null {
  const own = index[curve];
  if (own === undefined) return null;
  let [before, after] = [row, row];
  while (before >= 0 && (own[before] ?? -1) < 0) before--;
  while (after < x.length && (own[after] ?? -1) < 0) after++;
  const distance = (at: number): number => (at < 0 || at >= x.length ? Infinity : Math.abs((x[at] ?? NaN) - place));
  const [toBefore, toAfter] = [distance(before), distance(after)];
  if (toBefore === Infinity && toAfter === Infinity) return null;
  return toBefore <= toAfter ? before : after;
}
