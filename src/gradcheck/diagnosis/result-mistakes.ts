// Mistakes that can be told from the gradient alone: it is the right one, but scaled, turned round, moved, or only a part of it.

import { partsOf } from '../../devices/dtype.js';
import type { DType } from '../../devices/dtype.js';
import type { Shape } from '../../devices/shape.js';
import { stridesOf } from '../../devices/shape.js';
import { inner } from '../directions.js';
import type { Values } from '../replay.js';
import type { Words } from './mistakes.js';

/** What a mistake makes of the right gradient. */
export interface ResultMistake extends Words {
  readonly values: Values;
}

/** x read at another index: `from` gives the index to read, or null for a zero. */
function gathered(x: Values, shape: Shape, parts: 1 | 2, from: (index: number[]) => readonly number[] | null): Values {
  const strides = stridesOf(shape);
  const out = new Float64Array(x.length);
  const index = new Array<number>(shape.length).fill(0);
  for (let i = 0; i < x.length; i += parts) {
    let rest = i / parts;
    for (const [axis, stride] of strides.entries()) {
      index[axis] = Math.floor(rest / stride);
      rest %= stride;
    }
    const source = from(index);
    if (source === null || source.some((at, axis) => at < 0 || at >= (shape[axis] as number))) continue;
    const at = source.reduce((sum, value, axis) => sum + value * (strides[axis] as number), 0) * parts;
    for (let part = 0; part < parts; part++) out[i + part] = x[at + part]!;
  }
  return out;
}

/** What may have become of a right gradient `x`. */
export function resultMistakes(x: Values, shape: Shape, dtype: DType): ResultMistake[] {
  const parts = partsOf(dtype);
  const rank = shape.length;
  const found: ResultMistake[] = [];
  const add = (name: string, change: string, values: Values): void => void found.push({ name, change, values });
  if (parts === 2) {
    const odd = (factor: number): Values => x.map((value, i) => (i % 2 === 1 ? factor * value : value));
    add('sign of the imaginary part wrong: the conjugate of the gradient', 'The gradient is dL/dre + i·dL/dim: take its conj().', odd(-1));
    add('imaginary part missing', 'The gradient is dL/dre + i·dL/dim: do not take real().', odd(0));
  }
  const [h, w] = [rank - 2, rank - 1];
  if (rank >= 2) {
    const flip = (axes: readonly number[]): Values =>
      gathered(x, shape, parts, (index) => index.map((at, axis) => (axes.includes(axis) ? (shape[axis] as number) - 1 - at : at)));
    add(
      'flip missing or too many: the gradient is turned round',
      'Flip it along its last two axes, .flip([-2, -1]), or take such a flip away.',
      flip([h, w]),
    );
    add('flip along the rows missing or too many', 'Flip it along the rows, or take such a flip away.', flip([h]));
    add('flip along the columns missing or too many', 'Flip it along the columns, or take such a flip away.', flip([w]));
    const swap = (a: number, b: number): Values =>
      gathered(x, shape, parts, (index) => index.map((at, axis) => (axis === a ? index[b]! : axis === b ? index[a]! : at)));
    if (shape[h] === shape[w]) add('height and width swapped', 'Transpose the last two axes.', swap(h, w));
    if (rank >= 4 && shape[0] === shape[1])
      add('input and output channels swapped: the weight is transposed', 'Transpose the first two axes.', swap(0, 1));
  } else if (rank === 1) {
    add(
      'order reversed',
      'Reverse it.',
      gathered(x, shape, parts, ([at = 0]) => [(shape[0] as number) - 1 - at]),
    );
  }
  for (let axis = Math.max(0, rank - 2); axis < rank; axis++) {
    const extent = shape[axis] as number;
    if (extent < 2) continue;
    const along = axis === w && rank >= 2 ? 'the columns' : rank >= 2 ? 'the rows' : 'its axis';
    for (const by of [1, -1]) {
      add(
        `moved by one along ${along}, around the edge`,
        `Move it ${by > 0 ? 'forward' : 'back'} by one along ${along}.`,
        gathered(x, shape, parts, (index) => index.map((at, i) => (i === axis ? (at + by + extent) % extent : at))),
      );
      add(
        `crop or padding off by one along ${along}`,
        `Move it ${by > 0 ? 'forward' : 'back'} by one along ${along}.`,
        gathered(x, shape, parts, (index) => index.map((at, i) => (i === axis ? at + by : at))),
      );
    }
  }
  return found;
}

/** The factor by which `given` is a multiple of `right`, fitted to all numbers but those that are skipped. */
export function factorOf(given: Values, right: Values, skipped: ReadonlySet<number>): number {
  const kept = right.map((value, i) => (skipped.has(i) ? 0 : value));
  return inner(given, kept) / inner(kept, kept);
}

/** A factor in words; `sizes` are lengths that factors are made of: of transforms, of the batch, of sums. */
export function scaleWords(factor: number, sizes: ReadonlyMap<number, string>): Words {
  const close = (a: number, b: number): boolean => Math.abs(a / b - 1) < 1e-4;
  if (Math.abs(factor) < 1e-6)
    return { name: 'the gradient is zero', change: 'Give the gradient of this input: null means that there is none.' };
  if (close(factor, -1)) return { name: 'sign wrong', change: 'Change its sign.' };
  for (const [size, what] of sizes) {
    if (close(factor, size)) return { name: `factor 1/${size} missing (${what})`, change: `Divide by ${size}.` };
    if (close(factor, 1 / size)) return { name: `factor 1/${size} too many (${what})`, change: `Multiply by ${size}.` };
  }
  if (close(factor, 2)) return { name: 'doubled', change: 'Divide by 2.' };
  if (close(factor, 0.5)) return { name: 'halved', change: 'Multiply by 2.' };
  for (const [size, what] of sizes) {
    if (!what.includes('points of a transform')) continue;
    if (close(factor, Math.sqrt(size)) || close(factor, 1 / Math.sqrt(size)))
      return {
        name: `the norm of a transform of ${size} points is wrong`,
        change: `Multiply by ${close(factor, Math.sqrt(size)) ? `1/√${size}` : `√${size}`}, or use one norm throughout.`,
      };
  }
  const text = factorText(factor);
  return { name: factor > 1 ? `${text} times too large` : `${text} times the right one`, change: `Divide by ${text}.` };
}

/** A factor with four digits, or with as many as tell it from 1. */
function factorText(factor: number): string {
  for (let digits = 4; digits < 17; digits++) {
    const rounded = Number(factor.toPrecision(digits));
    if (rounded !== 1) return String(rounded);
  }
  return String(factor);
}
