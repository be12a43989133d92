// Windows: weights that fade a signal out at its ends, so that a transform sees no jump there. Definitions are SciPy's.

import { checkInteger, checkNumber, checkOneOf, show } from '../../tensor/checks.js';
import { currentState, defaultFloat, uploadReal } from '../../tensor/devices.js';
import { wrap, type Tensor } from '../../tensor/tensor.js';

/** Windows without a parameter. */
export type WindowName = 'boxcar' | 'bartlett' | 'hann' | 'hamming' | 'blackman' | 'blackmanharris' | 'flattop';

/** A window: its name, or its name with its parameter: Kaiser's β, the deviation of a Gaussian in samples, the part of Tukey's that is tapered. */
export type WindowOption = WindowName | readonly ['kaiser' | 'gaussian' | 'tukey', number];

/** Options of a window. */
export interface WindowOptions {
  /** True (the default) for transforms: one period, whose next sample would be the first again. False is symmetric, for filters. */
  readonly periodic?: boolean | undefined;
}

/** A sample of a symmetric window of n points; 1 < n. */
type Formula = (i: number, n: number, parameter: number) => number;

/** Σ (−1)^k a_k cos(2πki/(n − 1)) */
const cosines =
  (...a: readonly number[]): Formula =>
  (i, n) =>
    a.reduce((sum, factor, k) => sum + (k % 2 === 0 ? factor : -factor) * Math.cos((2 * Math.PI * k * i) / (n - 1)), 0);

const named: Readonly<Record<WindowName, Formula>> = {
  boxcar: () => 1,
  bartlett: (i, n) => 1 - Math.abs((2 * i) / (n - 1) - 1),
  hann: cosines(0.5, 0.5),
  hamming: cosines(0.54, 0.46),
  blackman: cosines(0.42, 0.5, 0.08),
  blackmanharris: cosines(0.35875, 0.48829, 0.14128, 0.01168),
  flattop: cosines(0.21557895, 0.41663158, 0.277263158, 0.083578947, 0.006947368),
};

const withParameter: Readonly<Record<'kaiser' | 'gaussian' | 'tukey', Formula>> = {
  kaiser: (i, n, beta) => besselI0(beta * Math.sqrt(1 - ((2 * i) / (n - 1) - 1) ** 2)) / besselI0(beta),
  gaussian: (i, n, sigma) => Math.exp(-(((i - (n - 1) / 2) / sigma) ** 2) / 2),
  tukey: (i, n, tapered) => {
    const width = (Math.min(tapered, 1) * (n - 1)) / 2;
    const fromEnd = Math.min(i, n - 1 - i);
    return fromEnd >= width ? 1 : 0.5 * (1 - Math.cos((Math.PI * fromEnd) / width));
  },
};

/** The modified Bessel function of order 0, by its power series, whose terms are all positive (Abramowitz and Stegun 9.6.12). */
function besselI0(x: number): number {
  let [sum, term] = [1, 1];
  for (let k = 1; term > sum * 1e-17; k++) {
    term *= (x / 2 / k) ** 2;
    sum += term;
  }
  return sum;
}

/** The samples of a window in float64; throws what was given and what exists. */
export function windowValues(what: string, window: WindowOption, n: number, periodic: boolean): Float64Array<ArrayBuffer> {
  const count = checkInteger(`${what}: n`, n, 1);
  const given: unknown = window;
  let formula: Formula;
  let parameter = 0;
  if (Array.isArray(given)) {
    if (given.length !== 2)
      throw new TypeError(`${what}: window is ${show(given)}, but must be a name or [name, parameter] like ['kaiser', 8.6]`);
    const name = checkOneOf(`${what}: window`, given[0], ['kaiser', 'gaussian', 'tukey'] as const);
    parameter = checkNumber(`${what}: parameter of '${name}'`, given[1]);
    if (name === 'gaussian' ? !(parameter > 0) : !(parameter >= 0 && parameter <= 700))
      throw new RangeError(
        `${what}: parameter of '${name}' is ${parameter}, but must be ${name === 'gaussian' ? 'greater than 0' : 'from 0 to 700'}`,
      );
    formula = withParameter[name];
  } else {
    if (given === 'kaiser' || given === 'gaussian' || given === 'tukey')
      throw new TypeError(`${what}: window '${given}' has a parameter; write ['${given}', number]`);
    formula = named[checkOneOf(`${what}: window`, given, Object.keys(named) as WindowName[])];
  }
  const points = periodic ? count + 1 : count;
  return Float64Array.from({ length: count }, (_, i) => (count === 1 ? 1 : formula(i, points, parameter)));
}

/** The n samples of a window on the current device; periodic when not told otherwise. */
export function getWindow(window: WindowOption, n: number, { periodic = true }: WindowOptions = {}): Tensor {
  if (typeof periodic !== 'boolean') throw new TypeError(`getWindow: periodic is ${show(periodic)}, but must be true or false`);
  const state = currentState();
  return wrap(uploadReal(state, defaultFloat(state), windowValues('getWindow', window, n, periodic)));
}
