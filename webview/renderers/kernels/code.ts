// Kernels as code that makes them. No page in here.

import type { Taps } from '../../../src/display/kernels-response.js';

/** The shortest decimal that is the same float32, which is what tensors on a GPU hold. */
export function shortNumber(value: number): string {
  if (!Number.isFinite(value)) return String(value);
  for (let digits = 1; digits < 9; digits++) {
    const short = Number(value.toPrecision(digits));
    if (Object.is(Math.fround(short), Math.fround(value))) return Object.is(short, -0) ? '0' : String(short);
  }
  return String(Number(value.toPrecision(9)));
}

/** A kernel as nested lists, one row a line; of one axis as one list. */
export function kernelCode({ rows, cols, values }: Taps): string {
  const row = (at: number): string => `[${Array.from(values.subarray(at * cols, (at + 1) * cols), shortNumber).join(', ')}]`;
  if (rows === 1) return `pv.tensor(${row(0)})`;
  return `pv.tensor([\n${Array.from({ length: rows }, (_, at) => `  ${row(at)},\n`).join('')}])`;
}

/** All weights as one list with their shape. */
export function weightsCode(kernels: readonly Taps[], shape: readonly number[]): string {
  const lines = kernels.map(({ values }) => `  ${Array.from(values, shortNumber).join(', ')},\n`);
  return `pv.tensor([\n${lines.join('')}], { shape: [${shape.join(', ')}] })`;
}
