// Looking at points of curves: the row that is nearest, the next one, and what all curves have there. No page in here.

import { nearestRow, type Curve, type Table } from './table.js';

/** A place in a plot. */
export interface PlotPoint {
  /** The place of a point of some curve that is nearest. */
  readonly x: number;
  /** Of each curve the index of its point nearest to it; null of curves that are hidden or have none. */
  readonly at: readonly (number | null)[];
}

/** The row nearest to a place; null of an empty table. */
export function rowAt({ x }: Table, place: number): number | null {
  let [low, high] = [0, x.length - 1];
  if (high < 0) return null;
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((x[middle] ?? NaN) < place) low = middle + 1;
    else high = middle;
  }
  return low > 0 && place - (x[low - 1] ?? NaN) < (x[low] ?? NaN) - place ? low - 1 : low;
}

/** The row so many points on, or the first or last for an infinity: of many to a pixel, one that is seen as another. */
export function stepFrom({ x }: Table, row: number, by: number, pixel: number): number {
  const direction = Math.sign(by);
  const last = x.length - 1;
  if (!Number.isFinite(by)) return direction < 0 ? 0 : last;
  let at = Math.min(last, Math.max(0, row + by));
  while (x[at + direction] !== undefined && Math.abs((x[at] ?? 0) - (x[row] ?? 0)) < pixel) at += direction;
  return at;
}

/** What curves have at a row. */
export function pointIn(table: Table, curves: readonly Curve[], hidden: ReadonlySet<number>, row: number): PlotPoint | null {
  const place = table.x[row];
  const which = table.index.findIndex((own) => (own[row] ?? -1) >= 0);
  // As it was given, not as it comes back from its place.
  const x = curves[which]?.x[table.index[which]?.[row] ?? -1];
  if (place === undefined || x === undefined) return null;
  const at = curves.map((_, i) => {
    const nearest = hidden.has(i) ? null : nearestRow(table, i, row, place);
    return nearest === null ? null : (table.index[i]?.[nearest] ?? null);
  });
  return { x, at };
}
