// An axis of rows or columns by their indices.

import { roundTicks } from '../../../src/display/axes.js';
import type { Axis } from './axes.js';

/** Indices of cells, from 0. */
export function indexAxis(label: string): Axis {
  return {
    label,
    ticks: (from, to, count) =>
      roundTicks(Math.max(0, Math.ceil(from - 0.5)), Math.max(0, Math.floor(to - 0.5)), count)
        .ticks.filter(({ value }) => Number.isInteger(value))
        .map(({ value }) => ({ value: value + 0.5, text: String(value) })),
  };
}
