// A check that runs some code: a function and the inputs at which its gradient is checked.

import type { CheckedFunction } from '../../../src/gradcheck/trace.js';
import * as pv from '../../../src/index.js';

/** A function with its inputs; made anew for each check, on the default device. */
export interface Subject {
  readonly f: CheckedFunction;
  readonly inputs: Readonly<Record<string, pv.Tensor>>;
}

/** Draws an extent between two, both included. */
export type Size = (least: number, most: number) => number;

/** Makes a subject; the seed draws its numbers, `size` its extents where these may vary. */
export type MakeSubject = (seed: number, size: Size) => Subject;

/** Extents drawn by a seed (a linear congruential generator by D. E. Lehmer). */
export function sizesOf(seed: number): Size {
  let state = (48271 * (seed + 1)) % 2147483647;
  return (least, most) => {
    state = (48271 * state) % 2147483647;
    return least + (Math.floor(state / 1000) % (most - least + 1));
  };
}

/** Normal numbers; `at` tells the inputs of one subject apart. */
export function normal(shape: readonly number[], seed: number, at = 0): pv.Tensor {
  return pv.randn([...shape], { seed: 1000 * seed + at });
}

/** Complex numbers with normal parts. */
export function complexNormal(shape: readonly number[], seed: number, at = 0): pv.Tensor {
  return pv.complex(normal(shape, seed, at), normal(shape, seed, at + 500));
}

/** Numbers of one sign, away from zero. */
export function positive(shape: readonly number[], seed: number, at = 0): pv.Tensor {
  return normal(shape, seed, at).abs().add(0.5);
}
