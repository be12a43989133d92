// The gradient check: a function is traced once on the device. Its gradient there is held against forward mode and central differences, both
// in float64 on a replay of the same graph, and its values against that replay, so that a wrong forward with a matching backward does not pass.

import { isDouble, partsOf } from '../devices/dtype.js';
import { flush } from '../graph/flush.js';
import type { Node } from '../graph/node.js';
import { pullback } from '../tensor/autograd.js';
import { show } from '../tensor/checks.js';
import { readNode, type Tensor } from '../tensor/tensor.js';
import { checkInput, toleranceOf } from './check-input.js';
import { indexOf } from './compare.js';
import { labelsOf } from './diagnosis/labels.js';
import { diagnose, type Context } from './diagnosis/diagnose.js';
import { sizesIn } from './diagnosis/sizes.js';
import { distance, scaleOf, spreadsOf, type Spread } from './error-model.js';
import { asCopied, type Evaluator } from './evaluator.js';
import { unitRoundoff } from './model.js';
import { settingsOf, type GradcheckOptions, type Settings } from './options.js';
import { pacer, type Pace } from './pace.js';
import { Replay, type Values } from './replay.js';
import type { Diagnosis, GradcheckReport, InputReport } from './report.js';
import { Report } from './report-class.js';
import { namedInputs, trace, type CheckedFunction, type Trace } from './trace.js';

export type { CheckedFunction } from './trace.js';

/**
 * Checks the gradient of f at the given inputs on their device. Resolves to a report; rejects when f cannot be checked (it is
 * asynchronous, reads data, or returns no tensor).
 */
export async function gradcheck(
  f: CheckedFunction,
  inputs: readonly Tensor[] | Readonly<Record<string, Tensor>>,
  options: GradcheckOptions = {},
): Promise<GradcheckReport> {
  if (typeof f !== 'function') throw new TypeError(`gradcheck: expects a function of tensors, but was given ${show(f)}`);
  const settings = settingsOf(options);
  const traced = trace(f, namedInputs(inputs, settings.names), settings);
  const pace = pacer();
  const found = await checkTrace(traced, settings, pace);
  return new Report({ ...found, device: traced.y.device });
}

/** Looks for the cause of everything that is wrong. */
async function diagnosisOf(
  {
    traced,
    replayed,
    forward,
    inputs,
    value,
  }: { traced: Trace; replayed: Replayed; forward: GradcheckReport['forward']; inputs: readonly InputReport[]; value: Values },
  pace: Pace,
): Promise<Diagnosis[]> {
  if (forward.ok && inputs.every(({ ok }) => ok)) return [];
  const context = contextOf(traced, replayed, pace);
  const found: Diagnosis[] = [];
  if (!forward.ok && replayed.value.every(Number.isFinite)) {
    const { unit, spreads, y } = replayed;
    const scale = scaleOf(replayed.value, spreads.y.sigma, unit);
    const wrong = { input: 'forward', shape: y.shape, dtype: y.dtype, observed: value, right: replayed.value, known: () => true, scale };
    const cause = await diagnose({ ...wrong, tolerance: forward.detectable, observedNode: null, rightNode: y }, context);
    if (cause !== null) found.push(cause);
  }
  for (const [i, report] of inputs.entries()) {
    const { values, guilty, detectable, maxError } = report;
    if (report.ok || (guilty !== 'backward' && guilty !== 'device') || values.oracle === null || !Number.isFinite(maxError)) continue;
    const isRight = report.checked + report.excluded === report.size;
    const cause = await diagnose(
      {
        input: report.name,
        shape: report.shape,
        dtype: report.dtype,
        observed: values.analytic,
        right: values.oracle,
        known: () => isRight,
        scale: report.rms || 1,
        tolerance: detectable,
        observedNode: guilty === 'backward' && !traced.given ? (replayed.nodes.recorded[i] ?? null) : null,
        rightNode: replayed.nodes.adjoint[i] ?? null,
      },
      context,
    );
    if (cause !== null) found.push(cause);
  }
  return found;
}

function contextOf({ names, g }: Trace, { replay, y, variables, evaluator, upstream, value }: Replayed, pace: Pace): Context {
  const forward = new Set(replay.evaluator([y], []).all);
  const sources = [upstream, ...(replay.has(g.node) ? [replay.node(g.node)] : [])];
  const named = new Map([
    ...variables.map((node, i) => [node, names[i] as string] as const),
    ...sources.map((node) => [node, 'g'] as const),
  ]);
  const gradient = new Set(sources);
  for (const node of evaluator.all) if (node.inputs.some((input) => gradient.has(input))) gradient.add(node);
  return {
    replay,
    forward,
    label: labelsOf(evaluator.all, named),
    isGradient: (node) => gradient.has(node),
    sizes: sizesIn(evaluator.all, y.shape[0] ?? 1, value.length),
    pace,
  };
}

interface Found {
  readonly forward: GradcheckReport['forward'];
  readonly inputs: readonly InputReport[];
  readonly diagnosis: readonly Diagnosis[];
  readonly notes: readonly string[];
}

/** The replayed function: its value, the gradients under test, and those by the library's own adjoints. */
interface Replayed {
  readonly replay: Replay;
  readonly y: Node;
  readonly variables: readonly Node[];
  readonly evaluator: Evaluator;
  readonly value: Values;
  readonly recorded: readonly (Values | null)[];
  readonly adjoint: readonly (Values | null)[];
  readonly nodes: { readonly recorded: readonly (Node | null)[]; readonly adjoint: readonly (Node | null)[] };
  /** Upstream gradient of the adjoints. */
  readonly upstream: Node;
  readonly spreads: { readonly y: Spread; readonly gradients: readonly (Spread | null)[] };
  readonly unit: number;
}

async function checkTrace(traced: Trace, settings: Settings, pace: Pace): Promise<Found> {
  const replayed = await replayOf(traced, settings, pace);
  const { analytic, value } = await readDevice(traced);
  const forward = compareForward(value, replayed);
  const inputs: InputReport[] = [];
  for (const [i, input] of traced.inputs.entries()) {
    const zeros = new Float64Array(replayed.replay.value(replayed.variables[i] as Node).length);
    inputs.push(
      await checkInput(
        {
          name: traced.names[i] as string,
          replay: replayed.replay,
          y: replayed.y,
          input: replayed.variables[i] as Node,
          u: traced.u,
          analytic: analytic[i] ?? zeros,
          replayed: replayed.recorded[i] ?? zeros,
          given: traced.given,
          adjoint: replayed.adjoint[i] ?? zeros,
          spread: replayed.spreads.gradients[i] ?? { sigma: 0, jumps: new Set() },
          unit: isDouble(input.dtype) ? unitRoundoff.double : unitRoundoff.single,
        },
        settings,
        pace,
      ),
    );
  }
  const diagnosis = await diagnosisOf({ traced, replayed, forward, inputs, value }, pace);
  return { forward, inputs, diagnosis, notes: notesOf(replayed) };
}

async function replayOf(traced: Trace, { seed }: Settings, pace: Pace): Promise<Replayed> {
  const { y, inputs, analytic, u } = traced;
  const gradients = analytic.map((gradient) => gradient?.node ?? null);
  const roots = [y.node, ...gradients.flatMap((node) => node ?? [])];
  const replay = await Replay.of(
    roots,
    inputs.map((input) => input.node),
  );
  const copy = replay.node(y.node);
  const variables = inputs.map((input) => replay.node(input.node));
  const wanted = new Set(variables);
  const g = replay.constant(copy.shape, copy.dtype, u);
  const { gradients: byAdjoint } = pullback(copy, g, (node) => wanted.has(node));
  const recorded = gradients.map((node) => (node === null ? null : replay.node(node)));
  const adjoint = variables.map((variable) => byAdjoint.get(variable) ?? null);
  const outputs = new Map([copy, ...recorded, ...adjoint].flatMap((node) => (node === null ? [] : [[node, 0] as const])));
  const evaluator = replay.evaluator([...outputs.keys()], []);
  const values = new Map<Node, Values>();
  for (const [i, value] of evaluator.run(asCopied).entries()) values.set([...outputs.keys()][i] as Node, value);
  await pace();
  const valueOf = (node: Node | null): Values | null => (node === null ? null : (values.get(node) as Values));
  const unit = isDouble(y.dtype) ? unitRoundoff.double : unitRoundoff.single;
  const unitOf = (node: Node): number => {
    const original = replay.original(node);
    return original === undefined ? unit : isDouble(original.dtype) ? unitRoundoff.double : unitRoundoff.single;
  };
  // What rounds on the device is what runs there; gradients that were given as numbers round as the library's own would.
  const rounded = recorded.map((node, i) => (traced.given ? (adjoint[i] ?? null) : node));
  const nodes = [copy, ...rounded.flatMap((node) => node ?? [])];
  const spreads = await spreadsOf(
    replay.evaluator(nodes, []),
    nodes.map((node) => values.get(node) as Values),
    unitOf,
    seed,
    pace,
  );
  const spreadOf = (node: Node | null): Spread | null => (node === null ? null : (spreads[nodes.indexOf(node)] ?? null));
  return {
    replay,
    y: copy,
    variables,
    evaluator,
    value: values.get(copy) as Values,
    recorded: recorded.map(valueOf),
    adjoint: adjoint.map(valueOf),
    nodes: { recorded, adjoint },
    upstream: g,
    spreads: { y: spreads[0] as Spread, gradients: rounded.map(spreadOf) },
    unit,
  };
}

/** The values and gradients that the device computes, all at once. */
async function readDevice({ y, analytic }: Trace): Promise<{ readonly value: Values; readonly analytic: readonly (Values | null)[] }> {
  flush(y.node.state, [y.node, ...analytic.flatMap((gradient) => (gradient?.node.state === y.node.state ? [gradient.node] : []))]);
  const read = async (tensor: Tensor): Promise<Values> => Float64Array.from(await readNode(tensor.node));
  const value = await read(y);
  const gradients: (Values | null)[] = [];
  for (const gradient of analytic) gradients.push(gradient === null ? null : await read(gradient));
  return { value, analytic: gradients };
}

function compareForward(device: Values, { value, spreads: { y: spread }, unit }: Replayed): GradcheckReport['forward'] {
  const scale = scaleOf(value, spread.sigma, unit);
  const detectable = toleranceOf(value, spread, unit);
  let worst = 0;
  for (let i = 0; i < value.length; i++) if (!spread.jumps.has(i)) worst = Math.max(worst, distance(device[i]!, value[i]!) / scale);
  return { ok: worst <= detectable, maxError: worst, detectable };
}

function notesOf({ value, y }: Replayed): string[] {
  const broken = value.findIndex((number) => !Number.isFinite(number));
  if (broken < 0) return [];
  const where = indexOf(Math.floor(broken / partsOf(y.dtype)), y.shape).join(', ');
  return [
    `The function's value at [${where}] is ${value[broken]}: there is no gradient to check there. Give inputs that lie in its domain.`,
  ];
}
