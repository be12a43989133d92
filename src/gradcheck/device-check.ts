// A check of a function that is too large for the host. Differences run on the device, in float32, along directions; forward mode still runs on
// the host in float64, in sampled elements, given the values that the device computed for the heavy operations, and those are held to their
// definition in sampled elements as well.

import { isDouble, partsOf } from '../devices/dtype.js';
import { ndarray } from '../devices/ndarray.js';
import { flush } from '../graph/flush.js';
import type { Node } from '../graph/node.js';
import { convAttributesOf } from '../nn/conv-operation.js';
import { readNode, type Tensor } from '../tensor/tensor.js';
import { convElement } from './conv-element.js';
import { compare } from './compare.js';
import { DeviceFunction, movedBy } from './device-function.js';
import { directionsOf, inner, rmsOf, sampleOf } from './directions.js';
import { allowance, distance } from './error-model.js';
import { asCopied } from './evaluator.js';
import { flopOf, unitRoundoff, workOf } from './model.js';
import type { Settings } from './options.js';
import type { Pace } from './pace.js';
import { Replay, type Captured, type Values } from './replay.js';
import type { Findings } from './report-class.js';
import type { GradcheckReport, InputReport, StepCurve } from './report.js';
import { levelOf } from './rounding.js';
import type { Trace } from './trace.js';

/** Operations from which a node's value is taken from the device and not computed on the host. */
const heavyWork = 1e7;
/** Directions of an input. */
const directions = 4;
/** Steps that are tried along the first of them, relative to the input's rms: 12 forwards an input, 24 for a layer's image and weights. */
const steps = [0.3, 0.03, 0.003] as const;
/** Elements of an input, and of a heavy operation's value, that are held to the truth one by one. */
const samples = { gradient: 16, value: 64 } as const;
/** Operations on the host for the elements of one input. */
const elementWork = 4e9;

/** What differences along directions say of one input. */
interface Along {
  /** A direction along which the gradient is off. */
  readonly failed: Values | null;
  /** The derivative along a direction. */
  readonly derivative: (v: Values) => Promise<number>;
  readonly curve: StepCurve;
}

/** Checks a traced function on its device. */
export async function checkOnDevice(traced: Trace, captured: Captured, settings: Settings, pace: Pace): Promise<Omit<Findings, 'device'>> {
  const { y, analytic, inputs, names, u } = traced;
  const f = new DeviceFunction(captured, y);
  const heavy = captured.filter(({ node, isConstant }) => !isConstant && flopOf(node) > heavyWork).map(({ node }) => node);
  flush(y.node.state, [y.node, ...analytic.flatMap((gradient) => gradient?.node ?? []), ...heavy]);
  const value = Float64Array.from(await readNode(y.node));
  const replay = await Replay.of(captured, new Set(heavy));
  await pace.step();
  const unit = isDouble(y.dtype) ? unitRoundoff.double : unitRoundoff.single;
  const forward = compareForward(replay, heavy, y, value, unit, settings.seed);
  const reports: InputReport[] = [];
  for (const [i, input] of inputs.entries()) {
    pace.begin(i, inputs.length, directions + steps.length + samples.gradient);
    const gradient = analytic[i] ?? null;
    const partsInput = partsOf(input.dtype);
    const values = gradient === null ? new Float64Array(input.size * partsInput) : Float64Array.from(await readNode(gradient.node));
    const noise = Math.max(forward.maxError, forward.detectable / allowance(samples.value)) * (rmsOf(value) || 1);
    const along = await differencesAlong(f, input, replay.value(replay.node(input.node)), values, u, noise, settings, pace);
    reports.push(await checkElements({ name: names[i] as string, input, values, along, replay, y, u, unit }, settings, pace));
  }
  const work = 2 * workOf(captured.filter(({ isConstant }) => !isConstant).map(({ node }) => node));
  const note = `Differences ran on the device in ${isDouble(y.dtype) ? 'float64' : 'float32'}, ${f.evaluations} forwards along random directions: on the host each would take ${(work / 1e9).toPrecision(2)} GFLOP. Single elements are sampled.`;
  return { forward, inputs: reports, diagnosis: [], notes: [note] };
}

/** Heavy operations in sampled elements by their definition, and what follows them in full. */
function compareForward(
  replay: Replay,
  heavy: readonly Node[],
  y: Tensor,
  value: Values,
  unit: number,
  seed: number,
): GradcheckReport['forward'] {
  const copy = replay.node(y.node);
  const exact = copy.buffer === null ? replay.evaluator([copy], []).one(asCopied) : replay.value(copy);
  const scale = rmsOf(exact) || 1;
  let [worst, sigma] = [0, 4 * unit];
  for (let i = 0; i < value.length; i++) worst = Math.max(worst, distance(value[i]!, exact[i]!) / scale);
  for (const node of heavy) {
    const here = replay.node(node);
    const conv = convAttributesOf(node);
    const given = replay.value(here);
    const size = rmsOf(given) || 1;
    const operands = here.inputs.map((input) => valueOf(replay, input));
    const [a, b] = operands;
    const arrays = here.inputs.map((input, i) => ndarray(input.dtype, input.shape, operands[i] as Values));
    const level = levelOf(here, arrays, ndarray(here.dtype, here.shape, given));
    sigma = Math.max(sigma, unit * (level.relative + level.absolute / size));
    if (conv === null || a === undefined || b === undefined) continue;
    for (const at of sampleOf(given.length, samples.value, seed))
      worst = Math.max(worst, distance(given[at]!, convElement(conv, at, a, b)) / size);
  }
  const detectable = allowance(Math.max(value.length, samples.value)) * sigma;
  return { ok: worst <= detectable, maxError: worst, detectable };
}

function valueOf(replay: Replay, node: Node): Values {
  return node.buffer === null ? replay.evaluator([node], []).one(asCopied) : replay.value(node);
}

/** The derivative along directions by differences on the device, against the gradient under test. */
async function differencesAlong(
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
  const all = directionsOf(input.shape, partsOf(input.dtype), directions, settings.seed);
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
  const tried = settings.step === null ? steps : [settings.step, settings.step / 10];
  const curve = await derivatives(tried.map((h) => [first, h]));
  // Truncation shrinks at least with the step, also where kinks are crossed.
  const gaps = curve.map((value, i) =>
    i + 1 < curve.length ? Math.abs(value - curve[i + 1]!) : Math.abs((curve[i - 1] ?? value) - value) / 10,
  );
  const floors = tried.map((h, i) => gaps[i]! + roundingAt(h));
  const best = floors.indexOf(Math.min(...floors));
  const step = tried[best] as number;
  const allowed = 6 * floors[best]! + 1e-5 * rmsOf(gradient) * Math.sqrt(gradient.length);
  const numeric = [curve[best]!, ...(await derivatives(all.slice(1).map((v) => [v, step])))];
  const failed = all.find((v, i) => !(distance(inner(gradient, v), numeric[i]!) <= allowed)) ?? null;
  const scale = Math.max(Math.abs(curve[best]!), rmsOf(gradient) * Math.sqrt(gradient.length)) || 1;
  return {
    failed,
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

interface Sampled {
  readonly name: string;
  readonly input: Tensor;
  readonly values: Values;
  readonly along: Along;
  readonly replay: Replay;
  readonly y: Tensor;
  readonly u: Values;
  readonly unit: number;
}

/** Forward mode in sampled elements; where a direction has failed and no sample shows it, in the element that bisection leads to. */
async function checkElements(
  { name, input, values, along, replay, y, u, unit }: Sampled,
  settings: Settings,
  pace: Pace,
): Promise<InputReport> {
  const variable = replay.node(input.node);
  const { tangent, direction } = replay.tangent(replay.node(y.node), variable);
  const evaluator = tangent === null ? null : replay.evaluator([tangent], [direction]);
  const parts = partsOf(input.dtype);
  const basis = new Float64Array(values.length);
  const forwardMode = new Float64Array(values.length);
  const taken = new Uint8Array(values.length);
  const look = async (element: number): Promise<void> => {
    for (let i = element * parts; i < (element + 1) * parts; i++) {
      basis[i] = 1;
      forwardMode[i] = evaluator === null ? 0 : inner(u, evaluator.one(new Map([[direction, basis]])));
      basis[i] = 0;
      taken[i] = 1;
      await pace.step();
    }
  };
  const light = evaluator === null ? 1 : workOf(evaluator.nodes.filter((node) => flopOf(node) <= heavyWork));
  const count = Math.max(4, Math.min(samples.gradient, settings.maxElements, Math.floor(elementWork / light)));
  for (const element of sampleOf(input.size, count, settings.seed)) await look(element);
  const scale = Math.max(rmsOf(values), rmsOf(forwardMode.filter((_, i) => taken[i] === 1))) || 1;
  // A product over as many terms as a device adds up in order, and transforms there and back.
  const sigma = scale * unit * (Math.sqrt(256 / 3) + 4 * Math.sqrt(Math.log2(4 * Math.max(values.length, 2))));
  const tolerance = settings.tolerance ?? (allowance(values.length) * sigma) / scale;
  const isOff = (): boolean => values.some((value, i) => taken[i] === 1 && !(distance(value, forwardMode[i]!) <= tolerance * scale));
  if (!isOff() && along.failed !== null) await look(Math.floor((await bisect(along, values)) / parts));
  return compare({
    name,
    input: variable,
    dtype: input.dtype,
    analytic: values,
    replayed: values,
    given: true,
    adjoint: values,
    certified: false,
    forwardMode,
    numeric: new Float64Array(values.length).fill(NaN),
    taken,
    kinked: new Set(),
    differs: new Set(),
    // Differences that disagree with a gradient which is off in single elements confirm these.
    directionsAgree: along.failed === null || isOff(),
    sigma,
    scale,
    tolerance,
    adjointError: null,
    curve: along.curve,
  });
}

/** The number that a direction's error comes from. Derivatives are linear in the direction: half of it tells of the other half, too. */
async function bisect({ failed, derivative }: Along, gradient: Values): Promise<number> {
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
