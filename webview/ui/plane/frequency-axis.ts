// An axis of frequencies with zero in the middle.

import { roundTicks } from '../../../src/display/axes.js';
import type { Axis } from './axes.js';

/** Cycles per sample (or pixel) of a place among `n` bins, zero frequency at ⌊n/2⌋. */
export function frequencyOf(place: number, n: number): number {
  return (place - Math.floor(n / 2)) / n;
}

/** Frequencies of `n` bins, zero frequency in the middle, in units of `scale` for a cycle per sample. */
export function frequencyAxis(label: string, n: number, scale = 1): Axis {
  const placeOf = (frequency: number): number => (frequency / scale) * n + Math.floor(n / 2) + 0.5;
  const at = (place: number): number => frequencyOf(place - 0.5, n) * scale;
  return {
    label,
    ticks: (from, to, count) => roundTicks(at(from), at(to), count).ticks.map(({ value, text }) => ({ value: placeOf(value), text })),
    emphasis: placeOf(0),
  };
}
