// Derivatives of a replayed loss, element by element, in float64: by central differences and in forward mode. The loss is
// L = Re Σ conj(u)·y for an upstream gradient u; for complex inputs an element's gradient is dL/dre + i·dL/dim.

import { isComplex } from '../devices/dtype.js';
import type { Node } from '../graph/node.js';
import type { Replay } from './replay.js';

/** Numbers (parts of elements) of an input that are checked, and how to get back to elements. */
export interface Sample {
  /** Positions in the input's interleaved values. */
  readonly parts: readonly number[];
  /** True when these are all of them. */
  readonly complete: boolean;
}

/** Elements of an input to check: all, or `most` of them spread evenly from a seeded start. */
export function sampleElements(input: Node, most: number, seed: number): Sample {
  const each = isComplex(input.dtype) ? 2 : 1;
  const size = input.shape.reduce((product, extent) => product * extent, 1);
  const count = Math.min(size, most);
  const start = size === count ? 0 : Math.abs(seed * 7919) % size;
  const elements = Array.from({ length: count }, (_, i) => (start + Math.floor((i * size) / count)) % size).sort((a, b) => a - b);
  return {
    parts: elements.flatMap((element) => Array.from({ length: each }, (_, part) => element * each + part)),
    complete: count === size,
  };
}

/** Re Σ conj(u)·v over interleaved or real values: in both cases a plain sum of products. */
export function inner(u: Float64Array, v: Float64Array): number {
  let sum = 0;
  for (let i = 0; i < u.length; i++) sum += u[i]! * v[i]!;
  return sum;
}

/** Lets timers, interrupts and progress through now and then. */
export type Pace = () => Promise<void>;

/**
 * Central differences of y in each sampled number, projected on u: differenced output by output before summing, so that a
 * large loss costs no digits. The step ∛(3ε)·max(|x|, rms) balances rounding against truncation (Press et al., Numerical
 * Recipes 5.7).
 */
export async function centralDifferences(
  replay: Replay,
  y: Node,
  input: Node,
  u: Float64Array,
  { parts }: Sample,
  pace: Pace,
): Promise<Float64Array> {
  const evaluate = replay.compile(y);
  const x = replay.value(input).slice();
  const rms = Math.sqrt(inner(x, x) / Math.max(x.length, 1)) || 1;
  const result = new Float64Array(parts.length);
  for (const [i, at] of parts.entries()) {
    const old = x[at]!;
    const step = Math.cbrt(3 * Number.EPSILON) * Math.max(Math.abs(old), rms);
    const [high, low] = [old + step, old - step];
    x[at] = high;
    const above = evaluate(new Map([[input, x]]));
    x[at] = low;
    const below = evaluate(new Map([[input, x]]));
    x[at] = old;
    let sum = 0;
    for (let k = 0; k < u.length; k++) sum += u[k]! * (above[k]! - below[k]!);
    result[i] = sum / (high - low);
    await pace();
  }
  return result;
}

/** Forward mode in each sampled number, projected on u: exact to rounding, and free of any adjoint's code. */
export async function forwardMode(
  replay: Replay,
  y: Node,
  input: Node,
  u: Float64Array,
  { parts }: Sample,
  pace: Pace,
): Promise<Float64Array> {
  const { tangent, direction } = replay.tangent(y, input);
  const result = new Float64Array(parts.length);
  if (tangent === null) return result;
  const evaluate = replay.compile(tangent);
  const basis = replay.value(direction).slice();
  for (const [i, at] of parts.entries()) {
    basis[at] = 1;
    result[i] = inner(u, evaluate(new Map([[direction, basis]])));
    basis[at] = 0;
    await pace();
  }
  return result;
}
