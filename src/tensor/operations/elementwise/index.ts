// Elementwise operations. definition.ts says what one is; arithmetic.ts and functions.ts list them, a few lines each.

import type { Operation } from '../../../graph/operation.js';
import { arithmetic } from './arithmetic.js';
import { functions } from './functions.js';

export {
  add,
  cast,
  complex,
  conj,
  div,
  eq,
  ge,
  gt,
  imag,
  le,
  like,
  lt,
  maximum,
  minimum,
  mul,
  ne,
  neg,
  real,
  reciprocal,
  square,
  sub,
  sumOf,
  where,
} from './arithmetic.js';
export { abs, angle, cos, erfNode, exp, log, log1p, pow, relu, sigmoid, sign, sin, softplus, sqrt, tanh } from './functions.js';

/** Every elementwise operation, for tests that hold each to its rules. */
export const elementwiseOperations: readonly Operation[] = [...Object.values(arithmetic), ...Object.values(functions)];
