// Central differences on a device, in float32, along directions: a step that rounding and truncation allow is found along the first of them.

import { partsOf } from '../devices/dtype.js';
import type { Tensor } from '../tensor/tensor.js';
import { movedBy, type DeviceFunction } from './device-function.js';
import { directionsOf, inner, rmsOf } from './directions.js';
import { distance } from './error-model.js';
import type { Settings } from './options.js';
import type { Pace } from './pace.js';
import type { Values } from './replay.js';
import type { StepCurve } from './report.js';

/** Directions of an input when the user names no number. */
const defaultDirections = 4;
/** Steps that are tried along the first of them, relative to the input's rms: 12 forwards an input, 24 for a layer's image and weights. */
const steps = [0.3, 0.03, 0.003] as const;

/** Pieces of work that the differences of an input are done in: the steps of the first direction, and the others. */
export const batches = 2;

/** What differences along directions say of one input. */
export interface Along {
  /** A direction along which the gradient is off. */
  readonly failed: Values | null;
  /** The derivative along a direction. */
  readonly derivative: (v: Values) => Promise<number>;
  /** How far a derivative may be off; not finite where the function has no value a small step away. */
  readonly allowed: number;
  readonly curve: StepCurve;
}

/** The derivative along directions by differences on the device, against the gradient under test. */
export async function differencesAlong(
  f: DeviceFunction,
  input: Tensor,
  x: Values,
  gradient: Values,
  u: Values,
  noise: number,
  settings: Settings,
  pace: Pace,
): Promise<Along> {
  const size = rmsOf(x) || 1;
  const all = directionsOf(input.shape, partsOf(input.dtype), settings.directions ?? defaultDirections, settings.seed);
  const derivatives = async (along: readonly (readonly [v: Values, h: number])[]): Promise<number[]> => {
    const points = along.flatMap(([v, h]) => [movedBy(x, v, h * size), movedBy(x, v, -h * size)]);
    const values = await f.at(input, points);
    await pace.step();
    return along.map(([, h], i) => {
      const [above, below] = [values[2 * i] as Values, values[2 * i + 1] as Values];
      let sum = 0;
      for (let k = 0; k < u.length; k++) sum += u[k]! * (above[k]! - below[k]!);
      return sum / (2 * h * size);
    });
  };
  /** Rounding of the forward, as it comes through a step. */
  const roundingAt = (h: number): number => (noise * Math.sqrt(u.length)) / (Math.SQRT2 * h * size);
  const [first] = all as [Values];
  const alongFirst = (some: readonly number[]): Promise<number[]> => derivatives(some.map((h) => [first, h]));
  let tried: readonly number[] = settings.step === null ? steps : [settings.step, settings.step / 10];
  let curve = await alongFirst(tried);
  // Steps that leave the domain of the function say nothing.
  while (settings.step === null && !Number.isFinite(curve.at(-1)) && tried.at(-1)! > 1e-6) {
    tried = tried.map((h) => h / 100);
    curve = await alongFirst(tried);
  }
  // Truncation shrinks at least with the step, also where kinks are crossed.
  const gaps = curve.map((value, i) => {
    const [before = NaN, after = NaN] = [curve[i - 1], curve[i + 1]];
    return Math.abs(Number.isFinite(after) ? value - after : Number.isFinite(before) ? (before - value) / 10 : value * tried[i]!);
  });
  const floors = tried.map((h, i) => (Number.isFinite(gaps[i]!) ? gaps[i]! + roundingAt(h) : Infinity));
  const best = floors.indexOf(Math.min(...floors));
  const step = tried[best] as number;
  const allowed = 6 * floors[best]! + 1e-5 * rmsOf(gradient) * Math.sqrt(gradient.length);
  const numeric = [curve[best]!, ...(await derivatives(all.slice(1).map((v) => [v, step])))];
  const failed = !Number.isFinite(allowed) ? first : (all.find((v, i) => !(distance(inner(gradient, v), numeric[i]!) <= allowed)) ?? null);
  const scale = Math.max(Math.abs(curve[best]!), rmsOf(gradient) * Math.sqrt(gradient.length)) || 1;
  return {
    failed,
    allowed,
    derivative: async (v) => (await derivatives([[v, step]]))[0] as number,
    curve: {
      steps: tried,
      errors: curve.map((value) => Math.abs(value - inner(gradient, first)) / scale),
      step,
      floor: floors[best]! / scale,
      exact: gaps[0]! <= 6 * roundingAt(tried.at(-1) as number),
    },
  };
}

/** The number that a direction's error comes from. Derivatives are linear in the direction: half of it tells of the other half, too. */
export async function bisect({ failed, derivative }: Along, gradient: Values): Promise<number> {
  let [begin, end] = [0, gradient.length];
  const direction = failed ?? new Float64Array(gradient.length);
  const errorOf = async (from: number, to: number): Promise<number> => {
    const part = direction.map((value, i) => (i >= from && i < to ? value : 0));
    return inner(gradient, part) - (await derivative(part));
  };
  let error = await errorOf(begin, end);
  while (end - begin > 1) {
    const middle = Math.floor((begin + end) / 2);
    const left = await errorOf(begin, middle);
    if (Math.abs(left) >= Math.abs(error - left)) [end, error] = [middle, left];
    else [begin, error] = [middle, error - left];
  }
  return begin;
}
