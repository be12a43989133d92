// How two arrays differ, in numbers: of complex ones by the distance in the plane.

import { stridesOf } from '../devices/shape.js';
import { formatCount, formatError } from './number-format.js';

/** What two arrays have in common and what not. */
export interface Comparison {
  /** Whether all elements are equal; NaN equals NaN here. */
  readonly equal: boolean;
  /** The largest |a − b|, and where; infinite where only one of the two is a number. */
  readonly maxError: number;
  readonly at: readonly number[];
  /** Root mean square of a − b. */
  readonly rms: number;
  /** ‖a − b‖ / ‖b‖; NaN where b is 0. */
  readonly relative: number;
  /** Elements that differ at all. */
  readonly differing: number;
}

/** Two arrays of one shape, complex ones interleaved, element by element. */
export function compareValues(a: Float64Array, b: Float64Array, shape: readonly number[], parts: 1 | 2): Comparison {
  let [differing, worst, worstAt, squares, reference] = [0, 0, 0, 0, 0];
  for (let i = 0; i < a.length / parts; i++) {
    const difference = distanceAt(a, b, i, parts);
    if (difference > 0) differing++;
    if (difference > worst) [worst, worstAt] = [difference, i];
    squares += difference ** 2;
    for (let part = 0; part < parts; part++) reference += b[parts * i + part]! ** 2;
  }
  const strides = stridesOf(shape);
  const at = shape.map((extent, axis) => Math.floor(worstAt / strides[axis]!) % extent);
  const count = Math.max(1, a.length / parts);
  return {
    equal: differing === 0,
    maxError: worst,
    at,
    rms: Math.sqrt(squares / count),
    relative: reference === 0 && squares > 0 ? NaN : Math.sqrt(squares) / Math.sqrt(reference || 1),
    differing,
  };
}

/** |a − b| of one element. Equal infinities and two NaN are equal; one NaN is as different as can be. */
function distanceAt(a: Float64Array, b: Float64Array, i: number, parts: 1 | 2): number {
  const along = (at: number): number => {
    if (Object.is(a[at], b[at]) || a[at] === b[at]) return 0;
    const difference = Math.abs(a[at]! - b[at]!);
    return Number.isNaN(difference) ? Infinity : difference;
  };
  return parts === 1 ? along(i) : Math.hypot(along(2 * i), along(2 * i + 1));
}

/** In sentences. */
export function describeComparison({ equal, maxError, at, rms, relative, differing }: Comparison, total: number): string[] {
  const elements = total === 1 ? '1 element' : `${formatCount(total)} elements`;
  if (equal) return [`Equal in all ${elements}`];
  const share = Number.isNaN(relative) ? '' : `, relative L2 ${formatError(relative)}`;
  return [
    `Largest difference ${formatError(maxError)} at [${at.join(', ')}], rms ${formatError(rms)}${share}`,
    `${formatCount(differing)} of ${elements} ${differing === 1 ? 'differs' : 'differ'}`,
  ];
}
