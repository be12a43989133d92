// The order in which data are taken.

import { threefry } from '../tensor/operations/random.js';

/** 0 … count − 1 in an order that seed and number tell: the same on every machine. */
export function permutation(count: number, seed: number, number: number): Int32Array<ArrayBuffer> {
  const order = Int32Array.from({ length: count }, (_, i) => i);
  for (let i = count - 1; i > 0; i--) {
    const j = Math.floor(threefry(seed, number, i, 0)[0] * 2 ** -32 * (i + 1));
    [order[i], order[j]] = [order[j]!, order[i]!];
  }
  return order;
}
