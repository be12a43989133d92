// How a device rounds, by Monte Carlo arithmetic (Parker, Pierce and Eggert 2000): the float64 replay is repeated with a random error behind
// each operation, as large as the operation's rounding is on a device. The spread of the gradient then says what rounding does to it,
// whatever the function, cancellation included. An error is sized ε·‖a‖‖b‖ as sums round, not ε·|result|.

import { isComplex, isFloat, partsOf } from '../devices/dtype.js';
import { float64Values, ndarray, type NdArray } from '../devices/ndarray.js';
import { sizeOf } from '../devices/shape.js';
import type { Node } from '../graph/node.js';
import { rmsOf } from './directions.js';
import type { Rounding } from './evaluator.js';
import { pointsOf, termsOf } from './model.js';

/** Standard deviation of a result's error, in unit roundoffs: `relative` to the element, `absolute` for all elements alike. */
export interface RoundingLevel {
  readonly relative: number;
  readonly absolute: number;
}

/** Terms that one invocation of a device adds up one after the other, at most; partial sums are added pairwise. */
const serialTerms = 256;

/** Standard deviation of one rounding, in unit roundoffs, with room for sums in another order. */
const typical = 0.5;

/** Operations an element from which one is computed by approximation and not by one rounded instruction. */
const approximated = 4;

/** The rounding of one operation. Adding up n terms in order errs by ε·√(n/3) of the largest partial sum, a transform by ε·√log₂ n (Higham 2002, 4.2, 24.1). */
export function levelOf(node: Node, inputs: readonly NdArray[], value: NdArray): RoundingLevel {
  const exact = { relative: 0, absolute: 0 };
  if (!isFloat(node.dtype) && !isComplex(node.dtype)) return exact;
  const { operation } = node;
  const { lowering } = operation;
  // Random normals are alike on all devices to a part in a million only.
  if (operation.name === 'random') return { relative: 8, absolute: 0 };
  if (lowering.kind === 'elementwise') {
    if (operation.branch !== undefined || exactOperations.has(operation.name)) return exact;
    return { relative: lowering.cost >= approximated ? 3 : 0.6, absolute: 0 };
  }
  const rms = (a: NdArray): number => rmsOf(float64Values(a)) * Math.sqrt(partsOf(a.dtype));
  const points = pointsOf(node);
  if (points > 1) return { relative: 0, absolute: Math.sqrt(Math.log2(points)) * Math.max(rms(value), 1e-300) };
  const terms = termsOf(node);
  if (terms <= 1) return exact;
  const [a, b] = inputs;
  if (a === undefined || (lowering.kind === 'reduce' && lowering.combine !== 'sum')) return exact;
  const size = Math.sqrt(terms) * rms(a) * (b === undefined ? 1 : rms(b));
  const transforms = operation.name === 'conv2d' ? Math.sqrt(Math.log2(4 * sizeOf(node.shape))) : 0;
  return { relative: 0.6, absolute: typical * (Math.sqrt(Math.min(terms, serialTerms) / 3) + transforms) * Math.max(size, rms(value)) };
}

/** Operations that give a number as it is. */
const exactOperations = new Set(['neg', 'cast', 'conj', 'real', 'imag', 'complex', 'where', 'sign']);

/** Rounding behind each operation of a graph; `unit` is the roundoff of a node's type on the device. */
export function roundingOf(unit: (node: Node) => number, seed: number): Rounding {
  const next = generator(seed);
  return (node, inputs, value) => {
    const { relative, absolute } = levelOf(node, inputs, value);
    if (relative === 0 && absolute === 0) return value;
    const parts = partsOf(value.dtype);
    const out = float64Values(value).slice();
    const scale = Math.sqrt(3) * unit(node);
    for (let i = 0; i < out.length; i += parts) {
      // Small whole numbers come out exactly, and some operations (powers) take nothing else.
      if (absolute === 0 && parts === 1 && Number.isInteger(out[i]!)) continue;
      const size = parts === 1 ? Math.abs(out[i]!) : Math.hypot(out[i]!, out[i + 1]!);
      const level = scale * (relative * size + absolute);
      for (let part = 0; part < parts; part++) out[i + part]! += level * (2 * next() - 1);
    }
    return ndarray(value.dtype, value.shape, out);
  };
}

/** Uniform numbers in [0, 1) (mulberry32 by T. Ettinger): quick, and good enough for errors. */
export function generator(seed: number): () => number {
  let state = seed | 0;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  };
}
