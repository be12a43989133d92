// Long curves with fewer points: neighbours together, with how far they reach, so that no peak is lost.

import type { ReducedCurve } from '../protocol/plot.js';

/** Whether values never go down; NaN ends it. */
export function isAscending(values: ArrayLike<number>): boolean {
  for (let i = 0; i < values.length; i++) if (!((values[i] ?? NaN) >= (i === 0 ? -Infinity : (values[i - 1] ?? NaN)))) return false;
  return true;
}

/**
 * The points of a curve in at most `most` groups: whole where there are no more. Groups are of equal length along x on an axis of the scale, as
 * far as there are points for that; a curve that does not run from left to right keeps every so manieth point. `x` null means the numbers of
 * the points.
 */
export function reduceCurve(
  { name, count, first, x, y }: { name: string; count: number; first: number; x: Float64Array | null; y: Float64Array },
  most: number,
  scale: 'linear' | 'log',
): ReducedCurve {
  const whole = { name, count, first, stride: 1, x, y, groups: null };
  if (y.length <= most) return whole;
  if (x !== null && !isAscending(x)) {
    const stride = Math.ceil(y.length / most);
    const isKept = (_: number, i: number): boolean => i % stride === 0;
    return { ...whole, stride, x: x.filter(isKept), y: y.filter(isKept) };
  }
  const at = (i: number): number => x?.[i] ?? first + i;
  const ends = groupEnds(at, y.length, most, scale);
  const sizes = { x: new Float64Array(ends.length), y: new Float64Array(ends.length) };
  const [low, high] = [new Float64Array(ends.length).fill(NaN), new Float64Array(ends.length).fill(NaN)];
  ends.forEach((end, group) => {
    const start = ends[group - 1] ?? 0;
    let [sum, known] = [0, 0];
    for (let i = start; i < end; i++) {
      const value = y[i] ?? NaN;
      if (Number.isNaN(value)) continue;
      sum += value;
      known++;
      if (!Number.isFinite(value)) continue;
      if (!(low[group]! <= value)) low[group] = value;
      if (!(high[group]! >= value)) high[group] = value;
    }
    sizes.y[group] = known === 0 ? NaN : sum / known;
    // The first and the last lie where the curve begins and ends.
    sizes.x[group] = group === 0 ? at(0) : end === y.length ? at(end - 1) : at(start) / 2 + at(end - 1) / 2;
  });
  return { ...whole, x: sizes.x, y: sizes.y, groups: { ends, low, high } };
}

/** Where groups end: of equal lengths along x from the first place on the axis to the last; none is empty, and all points are in one. */
function groupEnds(at: (i: number) => number, length: number, most: number, scale: 'linear' | 'log'): Int32Array {
  const place = (i: number): number => (scale === 'log' ? Math.log(at(i)) : at(i));
  let from = 0;
  // Points at or below 0 have no place on a logarithmic axis: they come before all others.
  while (from < length && !Number.isFinite(place(from))) from++;
  let to = length - 1;
  while (to > from && !Number.isFinite(place(to))) to--;
  const ends: number[] = from > 0 ? [from] : [];
  const [start, step] = [place(from), (place(to) - place(from)) / (most - 2)];
  let end = from;
  for (let group = 1; end < length; group++) {
    // A point in the last group at the latest, whatever rounding does.
    const edge = group >= most - 2 || !(step > 0) ? Infinity : start + group * step;
    const before = end;
    while (end < length && !(place(end) >= edge)) end++;
    if (end > before) ends.push(end);
    if (edge === Infinity) break;
  }
  if (ends.at(-1) !== length) ends.push(length);
  return Int32Array.from(ends);
}
