// The gradient check: a function is traced once on the device. Its gradient there is held against forward mode and central differences of a
// replay of the same graph in float64, and its values against that replay, so that a wrong forward with a matching backward does not pass.

import { Module } from '../nn/modules.js';
import { show } from '../tensor/checks.js';
import type { Tensor } from '../tensor/tensor.js';
import { betterInputs, blindSpots, unreadInputs } from './degenerate.js';
import { checkOnDevice } from './device-check.js';
import { checkOnHost } from './host-check.js';
import { workOf } from './model.js';
import { settingsOf, type GradcheckOptions, type Settings } from './options.js';
import { Pace } from './pace.js';
import { secondOrderPart, summandsPart } from './parts.js';
import { capture, type Captured } from './replay.js';
import { Report, type Findings } from './report-class.js';
import { scientific } from './report-text.js';
import type { GradcheckReport } from './report.js';
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
  if (typeof f !== 'function' && !(f instanceof Module))
    throw new TypeError(`gradcheck: expects a function of tensors or a module, but was given ${show(f)}`);
  const settings = settingsOf(options);
  const given = namedInputs(f, inputs, settings.names);
  // Gradients that were given as numbers belong to the given point.
  const isFixed = settings.gradients !== null && typeof settings.gradients !== 'function';
  const { note, ...point } = isFixed ? { ...given, note: null } : await betterInputs(given, settings.seed);
  const pace = new Pace('gradient check');
  try {
    const traced = trace(f, point, settings);
    const found = await checkParts(traced, settings, pace);
    pace.end(true);
    return new Report({ ...found, notes: note === null ? found.notes : [note, ...found.notes], device: traced.y.device });
  } finally {
    pace.end(false);
  }
}

/** What is found of one part. */
type Part = Omit<Findings, 'device'>;

/** The function, and what is checked beside it. All of it is recorded before anything is computed. */
async function checkParts(traced: Trace, settings: Settings, pace: Pace): Promise<Part> {
  const { seed, order, gradients } = settings;
  if (order === 2 && traced.given)
    throw new Error(
      'gradcheck: order is 2, but the gradients were given as tensors, which have none of their own; give a backward (g, inputs, y) => [...] in their place',
    );
  const prepare = (part: Trace): Prepared => ({ part, ...captured(part) });
  const summands = gradients === null ? summandsPart(traced, seed) : null;
  const second = order === 2 ? secondOrderPart(traced, seed) : null;
  const prepared = prepare(traced);
  const unread = unreadInputs(prepared.forward, traced);
  const [preparedSummands, preparedSecond] = [summands, second].map((part) => part && prepare(part)) as [Prepared | null, Prepared | null];
  const main = await check(prepared, settings, pace);
  const found = { ...main, notes: [...main.notes, ...unread, ...blindSpots(prepared.forward)] };
  const withSummands = preparedSummands === null ? found : joinSummands(found, await check(preparedSummands, settings, pace));
  return preparedSecond === null ? withSummands : joinSecond(withSummands, await check(preparedSecond, settings, pace));
}

interface Prepared {
  readonly part: Trace;
  /** The graph of the value, and that of value and gradients. */
  readonly forward: Captured;
  readonly all: Captured;
}

function captured({ y, analytic, inputs }: Trace): Omit<Prepared, 'part'> {
  const leaves = inputs.map((input) => input.node);
  return { forward: capture([y.node], leaves), all: capture([y.node, ...analytic.flatMap((gradient) => gradient?.node ?? [])], leaves) };
}

function check({ part, forward, all }: Prepared, settings: Settings, pace: Pace): Promise<Part> {
  const { differences } = settings;
  const onDevice = differences === 'device' || (differences === 'auto' && part.y.node.device.kind === 'wgsl' && isLarge(forward));
  return onDevice ? checkOnDevice(part, forward, settings, pace) : checkOnHost(part, all, settings, pace);
}

/** Operations of one forward from which differences run on the device: a check takes about a hundred forwards. */
const largeForward = 4e7;

function isLarge(forward: Captured): boolean {
  return workOf(forward.filter(({ isConstant }) => !isConstant).map(({ node }) => node)) > largeForward;
}

/** Adds what the summands of a plain sum tell: where they disagree the input does. */
function joinSummands(found: Part, summands: Part): Part {
  const inputs = found.inputs.map((input, i) => (input.ok && summands.inputs[i]?.ok === false ? summands.inputs[i] : input));
  const note =
    'The result is a plain sum, whose gradient is the same everywhere: that hides conjugates and shifts. So what it adds up was checked as well, with random signs.';
  return {
    forward: found.forward.ok && !summands.forward.ok ? summands.forward : found.forward,
    inputs,
    diagnosis: found.diagnosis.length > 0 ? found.diagnosis : summands.diagnosis,
    notes: joinedNotes(found, summands, note),
  };
}

/** Adds the gradient of the gradient, as inputs of their own. */
function joinSecond(found: Part, second: Part): Part {
  const name = (input: string): string => `${input} (second order)`;
  const worst = Math.max(...second.inputs.map(({ maxError }) => maxError));
  const gradient = second.forward.ok
    ? `The gradient of the gradient along random signs was checked as well: max error ${scientific(worst)} of rms.`
    : 'The gradient along random signs, of which second derivatives are taken, differs from its float64 value.';
  return {
    forward: { ...found.forward, ok: found.forward.ok && second.forward.ok },
    inputs: [...found.inputs, ...second.inputs.map((input) => ({ ...input, name: name(input.name) }))],
    diagnosis: [...found.diagnosis, ...second.diagnosis.map((cause) => ({ ...cause, input: name(cause.input) }))],
    notes: joinedNotes(found, second, gradient),
  };
}

function joinedNotes(found: Part, added: Part, note: string): string[] {
  return [...new Set([...found.notes, ...added.notes, note])];
}
