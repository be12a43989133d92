// Central differences of a replayed function, projected on its upstream gradient: L = Re Σ conj(u)·y. Outputs are differenced one by one
// before they are summed, so that a large loss costs no digits. The step comes from a sweep.

import type { Node } from '../graph/node.js';
import { rmsOf } from './directions.js';
import type { Evaluator } from './evaluator.js';
import type { Replay, Values } from './replay.js';
import type { StepCurve } from './report.js';

/** Errs by noise/h + truncation·h², in units of the derivative. */
export interface StepModel {
  readonly noise: number;
  readonly truncation: number;
  /** The largest step, relative to the input's size, that stays where the function has a value. */
  readonly largest: number;
}

/** A derivative by differences. `kinked` says that a kink lies within even the smallest step: the value means nothing. */
export interface Difference {
  readonly value: number;
  readonly kinked: boolean;
}

/** A step is made smaller by this factor where a kink lies within it, so many times. */
const shrink = { by: 16, times: 4 } as const;

/** How the differences of one input are taken. */
export class Differences {
  readonly #evaluator: Evaluator;
  readonly #x: Values;
  /** Size of the input, to which steps are relative. */
  readonly scale: number;
  /** What one evaluation computes. */
  readonly nodes: readonly Node[];

  constructor(
    replay: Replay,
    y: Node,
    private readonly input: Node,
    private readonly u: Values,
  ) {
    this.#evaluator = replay.evaluator([y], [input]);
    this.nodes = this.#evaluator.nodes;
    this.#x = replay.value(input).slice();
    this.scale = rmsOf(this.#x) || 1;
  }

  /** y at x + h·v, and the branches taken on the way. */
  #at(v: Values | number, h: number): { readonly y: Values; readonly branches: readonly Int32Array[] } {
    const branches: Int32Array[] = [];
    const x = this.#x;
    const onBranch = this.#evaluator.hasKinks ? (branch: Int32Array): void => void branches.push(branch) : undefined;
    // Not in place: a function may give its input back as it is.
    const moved = typeof v === 'number' ? x.slice() : x.map((value, i) => value + h * v[i]!);
    if (typeof v === 'number') moved[v]! += h;
    return { y: this.#evaluator.one(new Map([[this.input, moved]]), onBranch), branches };
  }

  #central(v: Values | number, h: number): { readonly value: number; readonly crossed: boolean } {
    // The step that was really taken, where x + h is rounded.
    const [high, low] = typeof v === 'number' ? [this.#x[v]! + h - this.#x[v]!, this.#x[v]! - (this.#x[v]! - h)] : [h, h];
    const above = this.#at(v, h);
    const below = this.#at(v, -h);
    let sum = 0;
    for (let k = 0; k < this.u.length; k++) sum += this.u[k]! * (above.y[k]! - below.y[k]!);
    return { value: sum / (high + low), crossed: above.branches.some((branch, i) => !sameBranch(branch, below.branches[i])) };
  }

  /** The derivative along a direction, or in one number, by steps of h·scale; smaller ones where there is a kink. */
  along(v: Values | number, h: number): Difference {
    let step = h * this.scale;
    for (let turn = 0; ; turn++) {
      const { value, crossed } = this.#central(v, step);
      if (!crossed || turn === shrink.times) return { value, kinked: crossed };
      step /= shrink.by;
    }
  }

  /** A step, relative to `scale`, that changes a number by a thousandth of its own size. */
  stepWithin(position: number): number {
    return (1e-3 * Math.abs(this.#x[position]!)) / this.scale;
  }

  /** The derivative along v at each step, relative to scale; larger steps first. */
  sweep(v: Values, steps: readonly number[]): number[] {
    return steps.map((step) => this.#central(v, step * this.scale).value);
  }
}

function sameBranch(a: Int32Array, b: Int32Array | undefined): boolean {
  return b !== undefined && a.every((value, i) => value === b[i]);
}

/** Steps from 10 down to 10⁻⁹, `count` of them. */
export function sweepSteps(count: number): number[] {
  return Array.from({ length: count }, (_, i) => 10 ** (1 - (10 * i) / (count - 1)));
}

const median = (values: readonly number[]): number => {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.floor(sorted.length / 2)] ?? 0;
};

/**
 * Reads the V-curve: what differs from one step to the next falls with slope −1 while rounding rules (noise/h) and rises with +2 while
 * truncation does. No value of the derivative is needed for it, so that it stays independent of the oracle.
 */
export function fitSteps(steps: readonly number[], derivatives: readonly number[], least: number): StepModel {
  const gaps = steps
    .slice(1)
    .map((step, i) => ({ large: steps[i] as number, small: step, gap: Math.abs(derivatives[i]! - derivatives[i + 1]!) }))
    .filter(({ gap }) => Number.isFinite(gap));
  const third = Math.max(2, Math.floor(gaps.length / 3));
  const noise = Math.max(median(gaps.slice(-third).map(({ small, gap }) => gap * small)), least);
  const rising = gaps.filter(({ large, small, gap }) => gap > 30 * (noise / small) && large <= 1);
  const truncation = rising.length < 2 ? 0 : median(rising.slice(-3).map(({ large, gap }) => gap / large ** 2));
  return { noise, truncation, largest: gaps[0]?.large ?? (steps.at(-1) as number) };
}

/** The error that the model expects of a step. */
export function expectedError({ noise, truncation }: StepModel, h: number): number {
  return noise / h + truncation * h ** 2;
}

/** Where no truncation was seen up to steps of 1, none that matters is at this one. */
const largeStep = 0.1;

/** The step at the floor of the V-curve; without truncation a large one is exact. */
export function bestStep({ noise, truncation, largest }: StepModel): number {
  return Math.min(largeStep, largest, truncation === 0 ? largeStep : Math.cbrt(noise / (2 * truncation)));
}

/** The V-curve as it is shown: errors against the derivative `exact`, relative to `size`. */
export function curveOf(
  steps: readonly number[],
  derivatives: readonly number[],
  exact: number,
  size: number,
  step: number,
  model: StepModel,
): StepCurve {
  return {
    steps,
    errors: derivatives.map((value) => Math.abs(value - exact) / size),
    step,
    floor: expectedError(model, step) / size,
    exact: model.truncation === 0,
  };
}
