// Bins of a response as cells with zero frequency in the middle. No page in here.

import type { ComplexPlane } from '../../../src/display/kernels-response.js';
import type { Cell } from '../../ui/plane/viewport.js';

/** The bin of a cell: from the middle to the beginning. */
export function binOf({ row, col }: Cell, rows: number, cols: number): Cell {
  return { row: (row + Math.ceil(rows / 2)) % rows, col: (col + Math.ceil(cols / 2)) % cols };
}

/** The cell of a bin: from the beginning to the middle. */
export function cellOf(row: number, col: number, rows: number, cols: number): Cell {
  return { row: (row + Math.floor(rows / 2)) % rows, col: (col + Math.floor(cols / 2)) % cols };
}

/** A number of each bin, zero frequency in the middle. */
export function middled({ rows, cols, re, im }: ComplexPlane, of: (re: number, im: number) => number): Float64Array {
  return Float64Array.from({ length: rows * cols }, (_, i) => {
    const { row, col } = binOf({ row: Math.floor(i / cols), col: i % cols }, rows, cols);
    return of(re[row * cols + col] ?? NaN, im[row * cols + col] ?? NaN);
  });
}

/** The largest finite value; 0 where none is above. */
export function largestOf(values: Float64Array): number {
  let largest = 0;
  for (const value of values) if (value > largest && Number.isFinite(value)) largest = value;
  return largest;
}
