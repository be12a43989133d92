// A check whose truth is computed on the host: forward mode, differences and the library's adjoints in float64, for every element.

import { isComplex, isDouble, isFloat, partsOf } from '../devices/dtype.js';
import { flush } from '../graph/flush.js';
import type { Node } from '../graph/node.js';
import { pullback } from '../tensor/autograd.js';
import { readNode, type Tensor } from '../tensor/tensor.js';
import { checkInput, toleranceOf } from './check-input.js';
import { indexOf } from './compare.js';
import { causesOf } from './diagnosis/causes.js';
import { rmsOf } from './directions.js';
import { distance, scaleOf, spreadsOf, type Spread } from './error-model.js';
import { asCopied, type Evaluator } from './evaluator.js';
import { unitRoundoff } from './model.js';
import type { Settings } from './options.js';
import type { Pace } from './pace.js';
import { Replay, type Captured, type Values } from './replay.js';
import type { Findings } from './report-class.js';
import type { GradcheckReport, InputReport } from './report.js';
import type { Trace } from './trace.js';

/** The replayed function: its value, the gradients under test, and those by the library's own adjoints. */
export interface Replayed {
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

/** Rounding errors, relative to a gradient's rms, beyond which its digits are gone. */
const lossy = 0.01;

/** Checks a traced function. */
export async function checkOnHost(traced: Trace, captured: Captured, settings: Settings, pace: Pace): Promise<Omit<Findings, 'device'>> {
  pace.begin(0, traced.inputs.length + 1, 16);
  const replayed = await replayOf(traced, captured, settings, pace);
  const { analytic, value } = await readDevice(traced);
  const forward = compareForward(value, replayed);
  const capturesRounded = captured.some(({ node, isConstant }) => isConstant && isRounded(node, traced));
  const inputs: InputReport[] = [];
  for (const [i, input] of traced.inputs.entries()) {
    pace.begin(i + 1, traced.inputs.length + 1, 100);
    const zeros = new Float64Array(replayed.replay.value(replayed.variables[i] as Node).length);
    inputs.push(
      await checkInput(
        {
          name: traced.names[i] as string,
          replay: replayed.replay,
          y: replayed.y,
          input: replayed.variables[i] as Node,
          dtype: input.dtype,
          u: traced.u,
          analytic: analytic[i] ?? zeros,
          replayed: replayed.recorded[i] ?? zeros,
          given: traced.given,
          adjoint: replayed.adjoint[i] ?? zeros,
          spread: replayed.spreads.gradients[i] ?? { sigma: 0, jumps: new Set() },
          unit: isDouble(input.dtype) ? unitRoundoff.double : unitRoundoff.single,
          capturesRounded,
        },
        settings,
        pace,
      ),
    );
  }
  const diagnosis = await causesOf({ traced, replayed, forward, inputs, value }, pace);
  return { forward, inputs, diagnosis, notes: notesOf(replayed, traced) };
}

/** True for captured numbers that a device may have rounded: other than inputs and the upstream gradient, whose values are what they are. */
function isRounded(node: Node, { inputs, g }: Trace): boolean {
  return (isFloat(node.dtype) || isComplex(node.dtype)) && node !== g.node && inputs.every((input) => input.node !== node);
}

async function replayOf(traced: Trace, captured: Captured, { seed }: Settings, pace: Pace): Promise<Replayed> {
  const { y, inputs, analytic, u } = traced;
  const gradients = analytic.map((gradient) => gradient?.node ?? null);
  const replay = await Replay.of(captured);
  const copy = replay.node(y.node);
  const variables = inputs.map((input) => replay.node(input.node));
  const wanted = new Set(variables);
  const g = replay.constant(copy.shape, copy.dtype, u);
  const { gradients: byAdjoint } = pullback(copy, g, (node) => wanted.has(node));
  const recorded = gradients.map((node) => (node === null ? null : replay.node(node)));
  const adjoint = variables.map((variable) => byAdjoint.get(variable) ?? null);
  const outputs = [...new Set([copy, ...recorded, ...adjoint].flatMap((node) => node ?? []))];
  const evaluator = replay.evaluator(outputs, []);
  const results = evaluator.run(asCopied);
  const values = new Map(outputs.map((node, i) => [node, results[i] as Values]));
  await pace.step();
  const valueOf = (node: Node | null): Values | null => (node === null ? null : (values.get(node) as Values));
  const unit = isDouble(y.dtype) ? unitRoundoff.double : unitRoundoff.single;
  const unitOf = (node: Node): number => {
    const original = replay.original(node);
    return original === undefined ? unit : isDouble(original.dtype) ? unitRoundoff.double : unitRoundoff.single;
  };
  const spreadsAt = (nodes: readonly Node[]): Promise<Spread[]> =>
    spreadsOf(
      replay.evaluator(nodes, []),
      nodes.map((node) => values.get(node) as Values),
      unitOf,
      seed,
      pace,
    );
  // What rounds on the device is what runs there; gradients that were given as numbers round as the library's own would.
  const rounded = recorded.map((node, i) => (traced.given ? (adjoint[i] ?? null) : node));
  const nodes = [copy, ...rounded.flatMap((node) => node ?? [])];
  const ownSpreads = await spreadsAt(nodes);
  const spreads: (Spread | null)[] = [];
  for (const [i, node] of rounded.entries()) {
    const own = node === null ? null : (ownSpreads[nodes.indexOf(node)] as Spread);
    const known = traced.given ? null : (adjoint[i] ?? null);
    const most = known === null ? 0 : lossy * rmsOf(values.get(known) as Values);
    // A backward that cancels its digits away is not excused by that, unless the library's own would lose them as well.
    if (own === null || known === null || own.sigma <= most) spreads.push(own);
    else spreads.push({ ...own, sigma: Math.min(own.sigma, Math.max(most, 10 * (await spreadsAt([known]))[0]!.sigma)) });
  }
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
    spreads: { y: ownSpreads[0] as Spread, gradients: spreads },
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

function notesOf({ value, y, adjoint, spreads, unit }: Replayed, { names }: Trace): string[] {
  const broken = value.findIndex((number) => !Number.isFinite(number));
  const where = indexOf(Math.floor(broken / partsOf(y.dtype)), y.shape).join(', ');
  const notes =
    broken < 0
      ? []
      : [
          `The function's value at [${where}] is ${value[broken]}: there is no gradient to check there. Give inputs that lie in its domain.`,
        ];
  const vanishing = names.filter((_, i) => {
    const [exact, spread] = [adjoint[i], spreads.gradients[i]];
    return exact && spread && spread.sigma > 0 && scaleOf(exact, spread.sigma, unit) > 2 * rmsOf(exact);
  });
  if (vanishing.length > 0)
    notes.push(
      `Larger numbers cancel in ${vanishing.map((name) => `d${name}`).join(', ')}: errors there are relative to the size of what cancels, and not to the gradient's own rms.`,
    );
  return notes;
}
