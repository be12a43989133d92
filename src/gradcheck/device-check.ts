// A check of a function that is too large for the host. Differences run on the device, in float32, along directions; forward mode still runs on
// the host in float64, in sampled elements, given the values that the device computed for the heavy operations, and those are held to their
// definition in sampled elements as well.

import { isDouble, partsOf } from '../devices/dtype.js';
import { ndarray } from '../devices/ndarray.js';
import { sizeOf } from '../devices/shape.js';
import { flush } from '../graph/flush.js';
import type { Node } from '../graph/node.js';
import { convAttributesOf } from '../nn/conv-operation.js';
import { readNode, wrap, type Tensor } from '../tensor/tensor.js';
import { convElement } from './conv-element.js';
import { compare } from './compare.js';
import { batches, bisect, differencesAlong, type Along } from './device-differences.js';
import { DeviceFunction } from './device-function.js';
import { inner, rmsOf, sampleOf } from './directions.js';
import { allowance, distance, scaleOf } from './error-model.js';
import { asCopied } from './evaluator.js';
import { flopOf, unitRoundoff, workOf } from './model.js';
import type { Settings } from './options.js';
import type { Pace } from './pace.js';
import { Replay, type Captured, type Values } from './replay.js';
import type { Findings } from './report-class.js';
import type { GradcheckReport, InputReport } from './report.js';
import { levelOf } from './rounding.js';
import type { Trace } from './trace.js';

/** Operations from which the value of a convolution is taken from the device and not computed on the host; that of another node. */
const [heavyWork, hostWork] = [1e7, 4e9];
/** Elements of an input, and of a heavy operation's value, that are held to the truth one by one. */
const samples = { gradient: 16, value: 64 } as const;
/** Operations on the host for the elements of one input. */
const elementWork = 4e9;

/** The summands of a gradient that is a sum: rounding errs by their size, also where they cancel. */
interface Summands {
  readonly operand: Tensor;
  readonly terms: number;
}

/** Checks a traced function on its device. */
export async function checkOnDevice(traced: Trace, captured: Captured, settings: Settings, pace: Pace): Promise<Omit<Findings, 'device'>> {
  const { y, analytic, inputs, names, u } = traced;
  const f = new DeviceFunction(captured, y);
  const heavy = captured.flatMap(({ node, isConstant }) => (!isConstant && flopOf(node) > heavyWork ? [node] : []));
  const given = heavy.filter((node) => convAttributesOf(node) !== null || flopOf(node) > hostWork);
  const summands = analytic.map((gradient) => (gradient === null ? null : summandsOf(gradient.node)));
  const gradients = analytic.flatMap((gradient) => (gradient?.node.state === y.node.state ? [gradient.node] : []));
  flush(y.node.state, [y.node, ...gradients, ...given, ...summands.flatMap((each) => each?.operand.node ?? [])]);
  const value = Float64Array.from(await readNode(y.node));
  const replay = await Replay.of(captured, new Set(given));
  await pace.step();
  const unit = isDouble(y.dtype) ? unitRoundoff.double : unitRoundoff.single;
  const forward = compareForward(replay, heavy, y, value, unit, settings.seed);
  const reports: InputReport[] = [];
  for (const [i, input] of inputs.entries()) {
    pace.begin(i, inputs.length, batches + samples.gradient);
    const gradient = analytic[i] ?? null;
    const partsInput = partsOf(input.dtype);
    const values = gradient === null ? new Float64Array(input.size * partsInput) : Float64Array.from(await readNode(gradient.node));
    const noise = Math.max(forward.maxError, forward.detectable / allowance(samples.value)) * (rmsOf(value) || 1);
    const along = await differencesAlong(f, input, replay.value(replay.node(input.node)), values, u, noise, settings, pace);
    const addedUp = await sizeOfSum(summands[i] ?? null);
    reports.push(await checkElements({ name: names[i] as string, input, values, along, addedUp, replay, y, u, unit }, settings, pace));
  }
  const work = 2 * workOf(captured.filter(({ isConstant }) => !isConstant).map(({ node }) => node));
  const notes = [
    `Differences ran on the device in ${isDouble(y.dtype) ? 'float64' : 'float32'}, ${f.evaluations} forwards along random directions: on the host each would take ${(work / 1e9).toPrecision(2)} GFLOP. Single elements are sampled.`,
  ];
  const unseen = new Set(given.flatMap((node) => (convAttributesOf(node) === null ? [node.operation.name] : [])));
  if (unseen.size > 0)
    notes.push(`The values of ${[...unseen].join(', ')} were taken from the device as they are: too large for the host.`);
  if (!forward.ok || reports.some(({ ok }) => !ok))
    notes.push(
      'At this size no cause is looked for, and a wrong backward is not told from a wrong kernel: check the function at a smaller one.',
    );
  return { forward, inputs: reports, diagnosis: [], notes };
}

/** What a gradient adds up at its end, if it does. Held as tensors: nobody else may want them. */
function summandsOf(gradient: Node): Summands | null {
  let [at, terms] = [gradient, 1];
  for (;;) {
    const [first] = at.inputs;
    const { lowering } = at.operation;
    if (first === undefined) break;
    if (lowering.kind === 'reduce' && lowering.combine === 'sum') terms *= sizeOf(first.shape) / sizeOf(at.shape);
    else if (lowering.kind !== 'view') break;
    at = first;
  }
  return terms > 1 ? { operand: wrap(at), terms } : null;
}

/** Size of a sum whose terms are as large as these, and of random signs. */
async function sizeOfSum(summands: Summands | null): Promise<number> {
  if (summands === null) return 0;
  const { operand, terms } = summands;
  return Math.sqrt(terms * partsOf(operand.dtype)) * rmsOf(await readNode(operand.node));
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
  const exact = valueOf(replay, copy);
  const scale = rmsOf(exact) || 1;
  let [worst, sigma] = [0, 4 * unit];
  for (let i = 0; i < value.length; i++) worst = Math.max(worst, distance(value[i]!, exact[i]!) / scale);
  for (const node of heavy) {
    const here = replay.node(node);
    const conv = convAttributesOf(node);
    const given = valueOf(replay, here);
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

interface Sampled {
  readonly name: string;
  readonly input: Tensor;
  readonly values: Values;
  readonly along: Along;
  /** Size of what the gradient adds up at its end; 0 where it is no sum. */
  readonly addedUp: number;
  readonly replay: Replay;
  readonly y: Tensor;
  readonly u: Values;
  readonly unit: number;
}

/** Forward mode in sampled elements; where a direction has failed and no sample shows it, in the element that bisection leads to. */
async function checkElements(
  { name, input, values, along, addedUp, replay, y, u, unit }: Sampled,
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
  // In the direction of one element, convolutions pass over what is zero.
  const isBrief = (node: Node): boolean => convAttributesOf(node) !== null && flopOf(node) > heavyWork;
  const work = evaluator === null ? 1 : workOf(evaluator.nodes.filter((node) => !isBrief(node)));
  const count = Math.min(settings.maxElements, samples.gradient, Math.max(4, Math.floor(elementWork / work)));
  for (const element of sampleOf(input.size, count, settings.seed)) await look(element);
  const exact = forwardMode.filter((_, i) => taken[i] === 1);
  const size = Math.max(rmsOf(values), rmsOf(exact));
  // A product over as many terms as a device adds up in order, and transforms there and back.
  const sigma = (Math.max(size, addedUp) || 1) * unit * (Math.sqrt(256 / 3) + 4 * Math.sqrt(Math.log2(4 * Math.max(values.length, 2))));
  const scale = Math.max(size, scaleOf(exact, sigma, unit));
  const tolerance = settings.tolerance ?? (allowance(values.length) * sigma) / scale;
  const isOff = (): boolean => values.some((value, i) => taken[i] === 1 && !(distance(value, forwardMode[i]!) <= tolerance * scale));
  if (!isOff() && along.failed !== null && Number.isFinite(along.allowed)) await look(Math.floor((await bisect(along, values)) / parts));
  const nowhere = (): Values => new Float64Array(values.length).fill(NaN);
  const report = compare({
    name,
    input: variable,
    dtype: input.dtype,
    analytic: values,
    replayed: values,
    given: true,
    adjoint: values,
    certified: false,
    forwardMode,
    numeric: nowhere(),
    numericErrors: nowhere(),
    taken,
    kinked: new Set(),
    differs: new Set(),
    // Differences that disagree with a gradient which is off in single elements confirm these.
    directionsAgree: along.failed === null || isOff(),
    sigma,
    scale,
    tolerance,
    replayTolerance: tolerance,
    adjointError: null,
    curve: along.curve,
  });
  // An element that was not sampled is seen along directions only.
  const detectable = report.ok && report.checked < report.size ? Math.max(tolerance, along.allowed / scale) : tolerance;
  return { ...report, detectable };
}
