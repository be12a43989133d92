// How large an error may be: k·σ, where σ is the spread that rounding gives a value (see rounding.ts) and k grows with the number of values
// that are looked at, since the largest of n normal errors is about √(2 ln n) standard deviations.

import type { Node } from '../graph/node.js';
import { rmsOf } from './directions.js';
import type { Evaluator } from './evaluator.js';
import type { Pace } from './pace.js';
import { generator, roundingOf } from './rounding.js';
import type { Values } from './replay.js';

/** Rounding errors of one value, absolute. */
export interface Spread {
  /** Standard deviation of an element's error. */
  readonly sigma: number;
  /** Elements whose value jumps when operations round, because a kink lies within the rounding. */
  readonly jumps: ReadonlySet<number>;
}

/** Standard deviations that the largest of n errors may have: √(2 ln n) of normal ones, with room for a model that is off by a factor of 3. */
export function allowance(n: number): number {
  return 3 * (2 + Math.sqrt(2 * Math.log(Math.max(n, 2))));
}

/** Repeats are made until there are this many numbers to take a spread from, within bounds. */
const wantedNumbers = 96;

/** The rounding of each output of an evaluator on a device where a node's type has roundoff `unit(node)`. */
export async function spreadsOf(
  evaluator: Evaluator,
  exact: readonly Values[],
  unit: (node: Node) => number,
  seed: number,
  pace: Pace,
): Promise<Spread[]> {
  const smallest = Math.min(...exact.map((values) => values.length));
  const repeats = Math.max(2, Math.min(12, Math.ceil(wantedNumbers / Math.max(smallest, 1))));
  const next = generator(seed ^ 0x51ed270b);
  const clean = branchesOf((onBranch) => evaluator.rounded((_node, _inputs, value) => value, onBranch)).branches;
  const runs: { outputs: Values[]; jumped: boolean }[] = [];
  for (let i = 0; i < repeats; i++) {
    const rounding = roundingOf(unit, Math.floor(next() * 2 ** 32));
    const { result, branches } = branchesOf((onBranch) => evaluator.rounded(rounding, onBranch));
    runs.push({ outputs: result, jumped: branches.some((branch, at) => branch.some((value, j) => value !== clean[at]?.[j])) });
    await pace.step();
  }
  return exact.map((values, at) => {
    const errors = runs.map(({ outputs, jumped }) => ({ error: outputs[at]!.map((value, i) => value - values[i]!), jumped }));
    return spread(errors, values);
  });
}

function branchesOf<T>(f: (onBranch: (branch: Int32Array) => void) => T): { readonly result: T; readonly branches: readonly Int32Array[] } {
  const branches: Int32Array[] = [];
  return { result: f((branch) => branches.push(branch)), branches };
}

function spread(runs: readonly { readonly error: Values; readonly jumped: boolean }[], exact: Values): Spread {
  const jumps = new Set<number>();
  // Rounding may leave the domain of a function: then there is no number, and nothing to compare.
  for (const { error } of runs) error.forEach((value, i) => void (Number.isNaN(value) && Number.isFinite(exact[i]!) && jumps.add(i)));
  const finite = runs.map(({ error, jumped }) => ({ error: error.filter((value) => !Number.isNaN(value)), jumped }));
  const smooth = finite.filter(({ jumped }) => !jumped);
  if (smooth.length === runs.length) return { sigma: sigmaOf(finite.map(({ error }) => error)), jumps };
  // The median tells the rounding from jumps, which are few and large.
  const all = finite.flatMap(({ error }) => [...error.map(Math.abs)]).sort((a, b) => a - b);
  const sigma = smooth.length > 0 ? sigmaOf(smooth.map(({ error }) => error)) : 1.4826 * (all[Math.floor(all.length / 2)] ?? 0);
  for (const { error, jumped } of runs) if (jumped) error.forEach((value, i) => void (Math.abs(value) > 30 * sigma && jumps.add(i)));
  return { sigma, jumps };
}

/** The standard deviation; more where single elements err far more than the others do. */
function sigmaOf(errors: readonly Values[]): number {
  const count = errors.reduce((sum, error) => sum + error.length, 0);
  if (count === 0) return 0;
  const rms = Math.sqrt(errors.reduce((sum, error) => sum + error.length * rmsOf(error) ** 2, 0) / count);
  let largest = 0;
  for (const error of errors) for (const value of error) largest = Math.max(largest, Math.abs(value));
  return Math.max(rms, largest / (1 + Math.sqrt(2 * Math.log(Math.max(count, 2)))));
}

/** What errors are relative to: the rms of the exact values, or where these vanish by cancellation the size of what cancels. */
export function scaleOf(exact: Values, sigma: number, unit: number): number {
  const rms = rmsOf(exact);
  return sigma > 0.01 * rms ? Math.max(rms, sigma / (8 * unit)) || 1 : rms || 1;
}

/** |a − b|; infinite where one of them is not a number, so that NaN never passes. */
export function distance(a: number, b: number): number {
  const difference = Math.abs(a - b);
  return Number.isNaN(difference) ? Infinity : difference;
}
