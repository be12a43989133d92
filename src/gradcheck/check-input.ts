// Everything that is found out about one input's gradient on the host, in float64.

import { partsOf, type DType } from '../devices/dtype.js';
import type { Node } from '../graph/node.js';
import { compare, listed, oracleOf, type Evidence } from './compare.js';
import { bestStep, curveOf, Differences, expectedError, fitSteps, sweepSteps, type StepModel } from './differences.js';
import { directionsOf, inner, rmsOf, sampleOf } from './directions.js';
import { allowance, distance, scaleOf, type Spread } from './error-model.js';
import { unitRoundoff, workOf } from './model.js';
import type { Settings } from './options.js';
import type { Pace } from './pace.js';
import type { Replay, Values } from './replay.js';
import type { InputReport } from './report.js';

/** Directions when the user names no number. */
const defaultDirections = 8;

/** Arithmetic operations that looking at the elements of one input one by one may take, and that the sweep of steps may. */
const elementWork = 6e8;
const sweepWork = 2e8;

/** What is checked: one input of a replayed function. */
export interface Subject {
  readonly name: string;
  readonly replay: Replay;
  readonly y: Node;
  readonly input: Node;
  /** The input's type on the device. */
  readonly dtype: DType;
  readonly u: Values;
  /** The gradient under test, the same in float64, and whether it was given as numbers. */
  readonly analytic: Values;
  readonly replayed: Values;
  readonly given: boolean;
  /** The gradient by the library's adjoints, in float64. */
  readonly adjoint: Values;
  readonly spread: Spread;
  /** Roundoff of the device's type. */
  readonly unit: number;
  /** Whether the function captured numbers that a device has rounded, which the replay takes as they are. */
  readonly capturesRounded: boolean;
}

/** A derivative by differences, and what it may err by. */
interface Judged {
  readonly value: number;
  readonly kinked: boolean;
  readonly allowed: number;
  /** It is farther from the exact one than that. */
  readonly off: boolean;
}

/** Differences that are off are taken again with steps ten times smaller, so many times, before that is believed. */
const retries = 5;

/** Checks one input. */
export async function checkInput(subject: Subject, settings: Settings, pace: Pace): Promise<InputReport> {
  const { replay, y, input, u, adjoint, spread, unit, analytic } = subject;
  const { seed } = settings;
  const differences = new Differences(replay, y, input, u);
  const forward = forwardMode(subject);
  const directions = directionsOf(input.shape, partsOf(input.dtype), settings.directions ?? defaultDirections, seed);
  const [first] = directions as [Values];

  // Errors in float64 are those of the device, by as much smaller as its roundoff is.
  const sigma64 = Math.max(spread.sigma * (unitRoundoff.double / unit), 1e-30);
  const alongError = 256 * sigma64 * Math.sqrt(first.length) + 1e-12 * rmsOf(adjoint) * Math.sqrt(first.length);

  const { model, curve } = await sweep(differences, directions.slice(0, 2), forward, scaleOf(adjoint, spread.sigma, unit), settings, pace);
  const step = settings.step ?? bestStep(model);
  /** What differences with this step may err by. */
  const errorAt = (h: number): number => 20 * expectedError(model, h) + alongError;
  /** Differences; smaller steps where they are off, since truncation may be larger here than the sweep has seen. */
  const differenceAt = (v: Values | number, exact: number): Judged => {
    const judge = (h: number): Judged => {
      const { value, kinked } = differences.along(v, h);
      const allowed = errorAt(h);
      return { value, kinked, allowed, off: !kinked && !(distance(value, exact) <= allowed) };
    };
    let best = judge(step);
    for (let turn = 1, h = step; best.off && turn <= retries && settings.step === null; turn++) {
      h *= 0.1;
      const next = judge(h);
      if (!next.off || distance(next.value, exact) < distance(best.value, exact)) best = next;
    }
    // A number much smaller than the others may lie nearer to the end of the function's domain than any of these steps.
    const own = typeof v === 'number' ? differences.stepWithin(v) : 0;
    return best.off && Number.isNaN(best.value) && own > 0 && settings.step === null ? judge(own) : best;
  };
  let [certified, directionsAgree, adjointGap] = [true, true, 0];
  let failed: Values | null = null;
  const norm = first.length * scaleOf(subject.replayed, spread.sigma, unit);
  for (const direction of directions) {
    const exact = forward.along(direction);
    if (!(distance(inner(adjoint, direction), exact) <= alongError)) {
      certified = false;
      failed ??= direction;
    }
    adjointGap = Math.max(adjointGap, distance(inner(subject.replayed, direction), exact) / norm);
    if (differenceAt(direction, exact).off) directionsAgree = false;
    await pace.step();
  }

  const parts = partsOf(input.dtype);
  const size = analytic.length / parts;
  const work = 2 * workOf(differences.nodes) + workOf(forward.nodes);
  const count = Math.min(settings.maxElements, Math.max(listed, Math.floor(elementWork / (work * parts))));
  pace.expect(count * parts);
  const taken = new Uint8Array(analytic.length);
  const zeros = (): Values => new Float64Array(analytic.length);
  const found = { forwardMode: zeros(), numeric: zeros(), numericErrors: zeros() };
  const kinked = new Set<number>(spread.jumps);
  const differs = new Set<number>();
  const look = async (elements: Iterable<number>): Promise<void> => {
    for (const element of elements) {
      for (let i = element * parts; i < (element + 1) * parts; i++) {
        if (taken[i] === 1) continue;
        taken[i] = 1;
        const exact = forward.at(i);
        const { value, kinked: isKinked, allowed, off } = differenceAt(i, exact);
        found.forwardMode[i] = exact;
        found.numeric[i] = value;
        found.numericErrors[i] = allowed;
        if (isKinked) kinked.add(i);
        if (off) differs.add(i);
        await pace.step();
      }
    }
  };
  await look(sampleOf(size, count, seed));
  // A sample may miss what directions have seen: the worst elements are looked at as well.
  const worst = certified ? farthest(analytic, adjoint, listed) : failed === null ? [] : [bisect(failed, adjoint, forward, size * parts)];
  await look(worst.map((i) => Math.floor(i / parts)));

  const oracle = oracleOf({ ...found, adjoint, taken });
  const scale = scaleOf(oracle, spread.sigma, unit);
  const tolerance = settings.tolerance ?? toleranceOf(oracle, spread, unit);
  const byCaptured = subject.capturesRounded ? 5 * (spread.sigma / scale) : 0;
  const evidence: Evidence = {
    name: subject.name,
    input,
    dtype: subject.dtype,
    analytic,
    replayed: subject.replayed,
    given: subject.given,
    adjoint,
    certified,
    ...found,
    taken,
    kinked,
    differs,
    directionsAgree,
    sigma: spread.sigma,
    scale,
    tolerance,
    // Constants that a person wrote have some ten digits.
    replayTolerance: settings.tolerance ?? Math.max(tolerance * (unitRoundoff.double / unit), 8 * unit, byCaptured),
    adjointError: subject.given ? null : adjointGap,
    curve,
  };
  return compare(evidence);
}

/** The error that is allowed an element, relative to the scale of the gradient. */
export function toleranceOf(exact: Values, { sigma }: Spread, unit: number): number {
  const scale = scaleOf(exact, sigma, unit);
  return allowance(exact.length) * Math.max(sigma / scale, unit / 2);
}

/** Forward mode, along directions and in single numbers. */
interface ForwardMode {
  readonly nodes: readonly Node[];
  along(direction: Values): number;
  at(position: number): number;
}

function forwardMode({ replay, y, input, u }: Subject): ForwardMode {
  const { tangent, direction } = replay.tangent(y, input);
  if (tangent === null) return { nodes: [], along: () => 0, at: () => 0 };
  const evaluator = replay.evaluator([tangent], [direction]);
  const basis = new Float64Array(replay.value(input).length);
  const along = (v: Values): number => inner(u, evaluator.one(new Map([[direction, v]])));
  return {
    nodes: evaluator.nodes,
    along,
    at: (position) => {
      basis[position] = 1;
      const value = along(basis);
      basis[position] = 0;
      return value;
    },
  };
}

/** The V-curve along some directions; the first is shown, and the least favourable counts: truncation may vanish along one by chance. */
async function sweep(
  differences: Differences,
  directions: readonly Values[],
  forward: ForwardMode,
  scale: number,
  settings: Settings,
  pace: Pace,
): Promise<{ readonly model: StepModel; readonly curve: InputReport['curve'] }> {
  const count = Math.max(6, Math.min(21, Math.floor(sweepWork / (4 * workOf(differences.nodes)))));
  const steps = sweepSteps(count);
  const sweeps: { readonly derivatives: number[]; readonly size: number; readonly exact: number }[] = [];
  for (const direction of directions) {
    const exact = forward.along(direction);
    const derivatives: number[] = [];
    for (const step of steps) {
      derivatives.push(...differences.sweep(direction, [step]));
      await pace.step();
    }
    sweeps.push({ derivatives, exact, size: Math.max(Math.abs(exact), scale * Math.sqrt(direction.length)) });
  }
  const models = sweeps.map(({ derivatives, size }) => fitSteps(steps, derivatives, unitRoundoff.double * size));
  const model: StepModel = {
    noise: Math.max(...models.map(({ noise }) => noise)),
    truncation: Math.max(...models.map(({ truncation }) => truncation)),
    largest: Math.min(...models.map(({ largest }) => largest)),
  };
  const [{ derivatives, exact, size }] = sweeps as [(typeof sweeps)[0]];
  return { model, curve: curveOf(steps, derivatives, exact, size, settings.step ?? bestStep(model), model) };
}

/** Positions where two gradients differ most. */
function farthest(a: Values, b: Values, count: number): number[] {
  const order = Array.from(a.keys());
  return order.sort((i, j) => distance(a[j]!, b[j]!) - distance(a[i]!, b[i]!)).slice(0, count);
}

/** The number that a direction's error comes from: halves of it are tried in turn, and the one that errs more is kept. */
function bisect(direction: Values, gradient: Values, forward: ForwardMode, size: number): number {
  let [begin, end] = [0, size];
  const errorOf = (from: number, to: number): number => {
    const part = direction.map((value, i) => (i >= from && i < to ? value : 0));
    return distance(inner(gradient, part), forward.along(part));
  };
  while (end - begin > 1) {
    const middle = Math.floor((begin + end) / 2);
    if (errorOf(begin, middle) >= errorOf(middle, end)) end = middle;
    else begin = middle;
  }
  return begin;
}
