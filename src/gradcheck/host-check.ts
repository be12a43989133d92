// A check whose truth is computed on the host: forward mode, differences and the library's adjoints in float64, for every element.

import { isDouble, partsOf } from '../devices/dtype.js';
import { flush } from '../graph/flush.js';
import type { Node } from '../graph/node.js';
import { pullback } from '../tensor/autograd.js';
import { readNode, type Tensor } from '../tensor/tensor.js';
import { checkInput, toleranceOf } from './check-input.js';
import { indexOf } from './compare.js';
import { causesOf } from './diagnosis/causes.js';
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

/** Checks a traced function. */
export async function checkOnHost(traced: Trace, captured: Captured, settings: Settings, pace: Pace): Promise<Omit<Findings, 'device'>> {
  pace.begin(0, traced.inputs.length + 1, 16);
  const replayed = await replayOf(traced, captured, settings, pace);
  const { analytic, value } = await readDevice(traced);
  const forward = compareForward(value, replayed);
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
        },
        settings,
        pace,
      ),
    );
  }
  const diagnosis = await causesOf({ traced, replayed, forward, inputs, value }, pace);
  return { forward, inputs, diagnosis, notes: notesOf(replayed) };
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
  const outputs = new Map([copy, ...recorded, ...adjoint].flatMap((node) => (node === null ? [] : [[node, 0] as const])));
  const evaluator = replay.evaluator([...outputs.keys()], []);
  const values = new Map<Node, Values>();
  for (const [i, value] of evaluator.run(asCopied).entries()) values.set([...outputs.keys()][i] as Node, value);
  await pace.step();
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
