// The gradient check: a function is traced once on the device; its analytic gradient is held against central differences and
// forward mode, both in float64 on a replay of the same graph. Forward values are compared first, so that a wrong forward with
// a matching backward does not pass.

import { isComplex, partsOf } from '../devices/dtype.js';
import { sizeOf } from '../devices/shape.js';
import { withGradients, type Node } from '../graph/node.js';
import { alias, pullback } from '../tensor/autograd.js';
import { checkInteger, checkNumber, show } from '../tensor/checks.js';
import { tensor } from '../tensor/create.js';
import { threefry } from '../tensor/operations/random.js';
import { Tensor, wrap } from '../tensor/tensor.js';
import { DISPLAY, type MimeBundle } from '../tensor/displayable.js';
import { centralDifferences, forwardMode, inner, sampleElements, type Pace, type Sample } from './derivatives.js';
import { Replay } from './replay.js';
import type { CheckedElement, GradcheckReport, Guilty, InputReport } from './report.js';
import { reportText } from './report-text.js';

/** The function under test: any function of tensors, with a loss or any other shape as its result. */
export type CheckedFunction = (...inputs: Tensor[]) => Tensor;

/** Gradients of the user's own: tensors (of the sum of f's result), or a backward as in customOp. */
export type OwnGradients =
  readonly Tensor[] | Readonly<Record<string, Tensor>> | ((g: Tensor, inputs: readonly Tensor[], y: Tensor) => readonly (Tensor | null)[]);

/** Options of a gradient check. */
export interface GradcheckOptions {
  /** Allowed error, relative to the rms of the gradient. */
  readonly tolerance?: number | undefined;
  /** Elements of each input to check at most; beyond it they are sampled evenly. */
  readonly maxElements?: number | undefined;
  /** Seed of the upstream gradient and the sample. */
  readonly seed?: number | undefined;
  /** Names of the inputs, for the report. */
  readonly names?: readonly string[] | undefined;
  /** Gradients to hold against f instead of the recorded ones. */
  readonly gradients?: OwnGradients | undefined;
}

/** Names inputs that come without one. */
const defaultNames = ['x', 'w', 'b'];

interface Traced {
  readonly names: readonly string[];
  /** Tensors, not nodes: what is read later must be held until then. */
  readonly inputs: readonly Tensor[];
  readonly y: Tensor;
  /** Upstream gradient of y, interleaved for complex y. */
  readonly u: Float64Array<ArrayBuffer>;
  readonly analytic: readonly (Tensor | null)[];
  /** True when the recorded backward is what is checked, so that it can also be replayed in float64. */
  readonly recorded: boolean;
}

/**
 * Checks the gradient of f at the given inputs on their device. Resolves to a report; rejects when f cannot be checked (it is
 * asynchronous, reads data, or returns no tensor).
 */
export async function gradcheck(
  f: CheckedFunction,
  inputs: readonly Tensor[] | Readonly<Record<string, Tensor>>,
  options: GradcheckOptions = {},
): Promise<GradcheckReport> {
  const tolerance = checkNumber('gradcheck: tolerance', options.tolerance ?? 1e-5);
  const maxElements = checkInteger('gradcheck: maxElements', options.maxElements ?? 4096, 1);
  const seed = checkInteger('gradcheck: seed', options.seed ?? 0);
  const traced = trace(f, inputs, options, seed);
  const replay = await Replay.of(
    traced.y.node,
    traced.inputs.map((input) => input.node),
  );
  const y = replay.node(traced.y.node);
  const forward = compareForward(Float64Array.from(await traced.y.data()), replay.compile(y)(new Map()), tolerance);
  const pace = pacer();
  const reports: InputReport[] = [];
  for (const [i, input] of traced.inputs.entries()) {
    const variable = replay.node(input.node);
    const sample = sampleElements(variable, maxElements, seed);
    const gradient = traced.analytic[i] ?? null;
    const analytic = gradient === null ? new Float64Array(input.size * partsOf(input.dtype)) : Float64Array.from(await gradient.data());
    const numeric = await centralDifferences(replay, y, variable, traced.u, sample, pace);
    const oracle = await forwardMode(replay, y, variable, traced.u, sample, pace);
    const adjointError = traced.recorded ? adjointIdentity(replay, y, variable, traced.u, seed) : null;
    reports.push(compare(traced.names[i] as string, input.node, sample, analytic, numeric, oracle, tolerance, adjointError));
  }
  const ok = forward.ok && reports.every((report) => report.ok);
  return finish({ ok, verdict: '', forward, inputs: reports, diagnosis: [], notes: [], device: traced.y.device });
}

/** Runs f once on fresh leaves and pulls the upstream gradient back through what it recorded. */
function trace(
  f: CheckedFunction,
  given: readonly Tensor[] | Readonly<Record<string, Tensor>>,
  options: GradcheckOptions,
  seed: number,
): Traced {
  if (typeof f !== 'function') throw new TypeError(`gradcheck: expects a function of tensors, but was given ${show(f)}`);
  if (typeof given !== 'object' || given === null)
    throw new TypeError(`gradcheck: inputs are ${show(given)}, but must be a list of tensors or an object {name: tensor}`);
  if (given instanceof Tensor)
    throw new TypeError('gradcheck: inputs are a tensor, but must be a list of tensors or an object {name: tensor}; write [x]');
  const isList = Array.isArray(given);
  const tensors: readonly unknown[] = isList ? given : Object.values(given);
  const names = options.names ?? (isList ? tensors.map((_, i) => defaultNames[i] ?? `x${i}`) : Object.keys(given));
  if (tensors.length === 0) throw new Error('gradcheck: was given no input; expects at least one tensor to differentiate with respect to');
  if (names.length !== tensors.length)
    throw new Error(`gradcheck: was given ${names.length} names for ${tensors.length} inputs; give one for each`);
  return withGradients(() => {
    const leaves = tensors.map((value, i) => {
      if (!(value instanceof Tensor)) throw new TypeError(`gradcheck: input ${names[i]} is ${show(value)}, but must be a tensor`);
      const node = alias(value.node);
      if (node.dtype === 'int32' || node.dtype === 'bool')
        throw new TypeError(`gradcheck: input ${names[i]} is ${node.dtype}, which has no gradient; capture it in the function instead`);
      if (sizeOf(node.shape) === 0)
        throw new Error(`gradcheck: input ${names[i]} has shape [${node.shape.join(', ')}] and no element to check`);
      node.requiresGrad = true;
      return wrap(node);
    });
    const result: unknown = f(...leaves);
    if (result instanceof Promise)
      throw new TypeError(
        'gradcheck: the function is asynchronous: it may read data while it is traced, and what depends on data cannot be replayed; make it synchronous and read outside',
      );
    if (!(result instanceof Tensor)) throw new TypeError(`gradcheck: the function returned ${show(result)}, but must return a tensor`);
    const y = result.node;
    const { gradients: own } = options;
    const fixed = own !== undefined && typeof own !== 'function';
    const u = upstream(y, seed, fixed || y.shape.length === 0);
    const g = tensor(u, { shape: y.shape, dtype: y.dtype, device: result.device });
    const nodes = leaves.map((leaf) => leaf.node);
    if (own !== undefined) {
      const parts: readonly (Tensor | null)[] =
        typeof own === 'function' ? own(g, leaves, result) : Array.isArray(own) ? (own as readonly Tensor[]) : byName(own, names);
      const partsAreList: boolean = Array.isArray(parts);
      if (!partsAreList || parts.length !== leaves.length) {
        throw new Error(
          `gradcheck: was given ${show(parts)} as gradients of ${leaves.length} inputs; give one for each, null where there is none`,
        );
      }
      return {
        names,
        inputs: leaves,
        y: result,
        u,
        analytic: leaves.map((leaf, i) => ownGradient(names[i] as string, parts[i], leaf)),
        recorded: false,
      };
    }
    const wanted = new Set(nodes);
    const { gradients } = pullback(y, g.node, (node) => wanted.has(node));
    const analytic = nodes.map((node) => gradients.get(node) ?? null);
    return { names, inputs: leaves, y: result, u, analytic: analytic.map((node) => (node === null ? null : wrap(node))), recorded: true };
  });
}

/** Gradients in the order of the inputs; throws for a name that is no input. */
function byName(own: Readonly<Record<string, Tensor>> | readonly Tensor[], names: readonly string[]): (Tensor | null)[] {
  const given = new Map<string, Tensor>(Object.entries(own));
  for (const name of given.keys()) {
    if (!names.includes(name)) throw new Error(`gradcheck: gradients name '${name}', but the inputs are ${names.join(', ')}`);
  }
  return names.map((name) => given.get(name) ?? null);
}

function ownGradient(name: string, part: Tensor | null | undefined, input: Tensor): Tensor | null {
  if (part == null) return null;
  if (!(part instanceof Tensor)) throw new TypeError(`gradcheck: the gradient of ${name} is ${show(part)}, but must be a tensor`);
  if (part.shape.join() !== input.shape.join())
    throw new Error(`gradcheck: the gradient of ${name} has shape [${part.shape.join(', ')}], but ${name} has [${input.shape.join(', ')}]`);
  return part;
}

/** ±1 for every number of y, fixed by the seed; ones for a loss, and for the user's own gradients, which are those of the sum. */
function upstream(y: Node, seed: number, ones: boolean): Float64Array<ArrayBuffer> {
  const u = new Float64Array(sizeOf(y.shape) * partsOf(y.dtype));
  for (let i = 0; i < u.length; i++)
    u[i] = ones ? Number(partsOf(y.dtype) === 1 || i % 2 === 0) : threefry(seed, 1, i, 0)[0] % 2 === 0 ? 1 : -1;
  return u;
}

function rmsOf(values: ArrayLike<number>): number {
  let sum = 0;
  for (let i = 0; i < values.length; i++) sum += values[i]! ** 2;
  return Math.sqrt(sum / Math.max(values.length, 1));
}

function compareForward(
  device: Float64Array,
  exact: Float64Array,
  tolerance: number,
): { ok: boolean; maxError: number; detectable: number } {
  const rms = rmsOf(exact) || 1;
  let worst = 0;
  for (let i = 0; i < exact.length; i++) worst = Math.max(worst, distance(device[i]!, exact[i]!) / rms);
  return { ok: worst <= tolerance, maxError: worst, detectable: tolerance };
}

/** |a − b|; infinite where one of them is not a number, so that NaN never passes. */
function distance(a: number, b: number): number {
  const difference = Math.abs(a - b);
  return Number.isNaN(difference) ? Infinity : difference;
}

function compare(
  name: string,
  input: Node,
  { parts }: Sample,
  gradient: Float64Array,
  numeric: Float64Array,
  oracle: Float64Array,
  tolerance: number,
  adjointError: number | null,
): InputReport {
  const each = isComplex(input.dtype) ? 2 : 1;
  const rms = rmsOf(oracle) || rmsOf(numeric) || 1;
  const analytic = Float64Array.from(parts, (at) => gradient[at]!);
  const gap = (a: Float64Array, b: Float64Array): Float64Array => Float64Array.from(a, (value, i) => distance(value, b[i]!) / rms);
  const [byOracle, byNumeric, between] = [gap(analytic, oracle), gap(analytic, numeric), gap(oracle, numeric)];
  const largest = (errors: Float64Array): number => errors.reduce((most, error) => Math.max(most, error), 0);
  const errors = Float64Array.from(byOracle, (error, i) => Math.max(error, byNumeric[i]!));
  const maxError = largest(errors);
  const at = Math.max(errors.indexOf(maxError), 0);
  const first = at - (at % each);
  const value = (values: Float64Array): number | [number, number] => (each === 1 ? values[first]! : [values[first]!, values[first + 1]!]);
  const fits = [byOracle, byNumeric, between].map((errors) => largest(errors) <= tolerance) as [boolean, boolean, boolean];
  const element: CheckedElement = {
    index: indexOf((parts[first] as number) / each, input.shape),
    analytic: value(analytic),
    numeric: value(numeric),
    oracle: value(oracle),
  };
  return {
    name,
    shape: input.shape,
    dtype: input.dtype,
    ok: maxError <= tolerance,
    maxError,
    rms,
    sigma: tolerance,
    z: maxError / (rmsOf(errors) || 1),
    detectable: tolerance,
    checked: parts.length / each,
    size: sizeOf(input.shape),
    excluded: 0,
    worst: element,
    worstElements: [element],
    curve: null,
    values: { analytic: Float64Array.from(gradient), numeric: null, oracle: null },
    guilty: guiltyOf(fits),
    adjointError,
  };
}

/** Which value stands alone, given which pairs agree: (backward, oracle), (backward, differences), (oracle, differences). */
function guiltyOf([byOracle, byNumeric, between]: readonly [boolean, boolean, boolean]): Guilty {
  if (byOracle && byNumeric) return 'none';
  if (between) return 'backward';
  if (byNumeric) return 'forward rule';
  return byOracle ? 'differences' : 'unclear';
}

function indexOf(element: number, shape: readonly number[]): number[] {
  const index: number[] = [];
  let rest = element;
  for (const extent of [...shape].reverse()) {
    index.unshift(rest % extent);
    rest = Math.floor(rest / extent);
  }
  return index;
}

/**
 * ⟨J v, u⟩ against ⟨v, Jᵀu⟩ for a random ±1 direction v, both in float64: exact to rounding, without any step. Null when the
 * backward does not run on the replay (a hand-written one that captured tensors of the device).
 */
function adjointIdentity(replay: Replay, y: Node, input: Node, u: Float64Array<ArrayBuffer>, seed: number): number | null {
  const v = replay.value(input).map((_, i) => (threefry(seed, 2, i, 0)[0] % 2 === 0 ? 1 : -1));
  const upstreamNode = replay.variable(y.shape, y.dtype);
  let gradient: Node | undefined;
  try {
    gradient = pullback(y, upstreamNode, (node) => node === input).gradients.get(input);
  } catch {
    return null;
  }
  const { tangent, direction } = replay.tangent(y, input);
  const along = tangent === null ? 0 : inner(u, replay.compile(tangent)(new Map([[direction, v]])));
  const back = gradient === undefined ? new Float64Array(v.length) : replay.compile(gradient)(new Map([[upstreamNode, u]]));
  const scale = Math.sqrt(inner(back, back) * inner(v, v)) || 1;
  return Math.abs(along - inner(v, back)) / scale;
}

/** Gives way to other work about every 20 ms. */
function pacer(): Pace {
  let last = performance.now();
  return async () => {
    if (performance.now() - last < 20) return;
    await new Promise((resolve) => setImmediate(resolve));
    last = performance.now();
  };
}

/** Adds the words, and how the report shows itself in a notebook. */
function finish(data: Omit<GradcheckReport, 'toString'>): GradcheckReport {
  const text = reportText(data);
  const bundle = (): MimeBundle => ({ 'text/plain': text, 'application/vnd.parseval.gradcheck.v1+json': data });
  return Object.defineProperties(
    { ...data },
    {
      toString: { value: () => text },
      [DISPLAY]: { value: bundle },
    },
  );
}
