// What a layer takes by its definition, whatever device and algorithm run it.

import { sizeOf, type Shape } from '../devices/shape.js';

/** What one forward pass of a layer takes. */
export interface Cost {
  /** Real additions and multiplications; a complex product counts 6, a complex sum 2. */
  readonly flop: number;
  /** Bytes read and written in float32 where each step reads its operands and writes its result once. */
  readonly bytes: number;
}

/** The cost of steps one after the other. */
export function totalCost(steps: readonly Cost[]): Cost {
  return { flop: steps.reduce((sum, { flop }) => sum + flop, 0), bytes: steps.reduce((sum, { bytes }) => sum + bytes, 0) };
}

/** A convolution computed directly: x [batch, in, …], weight [out, in/groups, …] and y [batch, out, …]. */
export function convCost(x: Shape, weight: Shape, y: Shape): Cost {
  const taps = sizeOf(weight.slice(1));
  return { flop: 2 * taps * sizeOf(y), bytes: 4 * (sizeOf(x) + sizeOf(weight) + sizeOf(y)) };
}
