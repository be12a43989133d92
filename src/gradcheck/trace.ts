// Runs the function once on the device and records its gradient: what is then checked.

import { isDifferentiable, partsOf } from '../devices/dtype.js';
import { sameShape, sizeOf } from '../devices/shape.js';
import { withGradients, type Node } from '../graph/node.js';
import { placeCalls } from '../graph/origin.js';
import { Module } from '../nn/modules.js';
import { alias, pullback } from '../tensor/autograd.js';
import { show } from '../tensor/checks.js';
import { tensor } from '../tensor/create.js';
import { Tensor, wrap } from '../tensor/tensor.js';
import { traced } from '../tensor/tracing.js';
import { signAt } from './directions.js';
import type { OwnGradients, Settings } from './options.js';
import type { Values } from './replay.js';

/** What is checked: any function of tensors, with a loss or any other shape as its result, or a module, with its parameters. */
export type CheckedFunction = ((...inputs: Tensor[]) => Tensor) | Module;

/** Tensors to differentiate with respect to, by name. */
export interface NamedInputs {
  readonly names: readonly string[];
  readonly tensors: readonly Tensor[];
  /** So many at the end are parameters of the module that is checked, which the others are given to. */
  readonly parameters: number;
}

/** A function's value and gradient as recorded on the device. Tensors, not nodes: what is read later must be held until then. */
export interface Trace {
  readonly names: readonly string[];
  readonly inputs: readonly Tensor[];
  readonly y: Tensor;
  /** Upstream gradient of y, interleaved for complex y. */
  readonly u: Values;
  readonly g: Tensor;
  /** The gradients under test; null where there is none. */
  readonly analytic: readonly (Tensor | null)[];
  /** True when they were given as values, and not recorded as functions of the inputs and the upstream gradient. */
  readonly given: boolean;
}

const defaultNames = ['x', 'w', 'b'];

/** Checks what was given as inputs, and adds the parameters of a module; throws what was expected. */
export function namedInputs(f: CheckedFunction, given: unknown, names: readonly string[] | null): NamedInputs {
  const parameters = f instanceof Module ? f.namedParameters() : new Map<string, Tensor>();
  if (typeof given !== 'object' || given === null)
    throw new TypeError(`gradcheck: inputs are ${show(given)}, but must be a list of tensors or an object {name: tensor}`);
  if (given instanceof Tensor)
    throw new TypeError('gradcheck: inputs are a tensor, but must be a list of tensors or an object {name: tensor}; write [x]');
  const values: readonly unknown[] = Array.isArray(given) ? given : Object.values(given);
  const found = names ?? (Array.isArray(given) ? values.map((_, i) => defaultNames[i] ?? `x${i}`) : Object.keys(given));
  if (values.length === 0) throw new Error('gradcheck: was given no input; expects at least one tensor to differentiate with respect to');
  if (found.length !== values.length)
    throw new Error(`gradcheck: was given ${found.length} names for ${values.length} inputs; give one for each`);
  const tensors = values.map((value, i) => {
    if (!(value instanceof Tensor)) throw new TypeError(`gradcheck: input ${found[i]} is ${show(value)}, but must be a tensor`);
    if (!isDifferentiable(value.dtype))
      throw new TypeError(`gradcheck: input ${found[i]} is ${value.dtype}, which has no gradient; capture it in the function instead`);
    if (value.size === 0) throw new Error(`gradcheck: input ${found[i]} has shape [${value.shape.join(', ')}] and no element to check`);
    return value;
  });
  const all = { names: [...found, ...parameters.keys()], tensors: [...tensors, ...parameters.values()], parameters: parameters.size };
  const [first] = all.tensors;
  for (const [i, { device }] of all.tensors.entries()) {
    if (device !== first?.device)
      throw new Error(
        `gradcheck: input ${all.names[0]} lives on ${first?.device}, but ${all.names[i]} on ${device}; move one with to('${first?.device}')`,
      );
  }
  return all;
}

/** Runs f on fresh leaves and pulls an upstream gradient back through what it recorded. */
export function trace(f: CheckedFunction, { names, tensors, parameters }: NamedInputs, { gradients, seed }: Settings): Trace {
  placeCalls();
  return withGradients(() => {
    const inputs = tensors.slice(0, tensors.length - parameters).map((value) => leafOf(alias(value.node)));
    let own: Tensor[] = [];
    const { result, read } = traced((): unknown => {
      if (!(f instanceof Module)) return f(...inputs);
      own = f.parameters().map((parameter, i) => leafOf(parameter.assign(tensors[inputs.length + i] as Tensor).node));
      return f.forward(...inputs);
    });
    const leaves = [...inputs, ...own];
    if (result instanceof Promise) {
      // What becomes of it is of no interest any more, and must not end the process.
      result.catch(() => undefined);
      throw new TypeError(
        'gradcheck: the function is asynchronous: it may read data while it is traced, and what depends on data cannot be replayed; make it synchronous and read outside',
      );
    }
    if (read)
      throw new Error(
        'gradcheck: the function reads data while it is traced, and what depends on data cannot be replayed; read outside, and use pv.where in place of conditions',
      );
    if (!(result instanceof Tensor)) throw new TypeError(`gradcheck: the function returned ${show(result)}, but must return a tensor`);
    if (!isDifferentiable(result.dtype))
      throw new TypeError(
        `gradcheck: the function returned a tensor of ${result.dtype}, which has no gradient; return real or complex numbers`,
      );
    if (result.size === 0)
      throw new Error(`gradcheck: the function returned a tensor of shape [${result.shape.join(', ')}], which holds no number to check`);
    const given = gradients !== null && typeof gradients !== 'function';
    const u = upstream(result.node, seed, given || result.shape.length === 0);
    const g = tensor(u, { shape: result.shape, dtype: result.dtype, device: result.device });
    const analytic = gradients === null ? recorded(result, g, leaves) : ownGradients(gradients, g, leaves, result, names);
    return { names, inputs: leaves, y: result, u, g, analytic, given };
  });
}

/** A node to differentiate with respect to. */
function leafOf(node: Node): Tensor {
  node.requiresGrad = true;
  return wrap(node);
}

/** The gradients that backward() would give. */
export function recorded(y: Tensor, g: Tensor, leaves: readonly Tensor[]): (Tensor | null)[] {
  const wanted = new Set(leaves.map((leaf) => leaf.node));
  const { gradients } = pullback(y.node, g.node, (node) => wanted.has(node));
  return leaves.map((leaf) => {
    const gradient = gradients.get(leaf.node);
    return gradient === undefined ? null : wrap(gradient);
  });
}

function ownGradients(
  gradients: OwnGradients,
  g: Tensor,
  leaves: readonly Tensor[],
  y: Tensor,
  names: readonly string[],
): (Tensor | null)[] {
  const parts: readonly (Tensor | null)[] =
    typeof gradients === 'function'
      ? gradients(g, leaves, y)
      : Array.isArray(gradients)
        ? (gradients as readonly Tensor[])
        : byName(gradients, names);
  const isList: boolean = Array.isArray(parts);
  if (!isList || parts.length !== leaves.length) {
    throw new Error(
      `gradcheck: was given ${show(parts)} as gradients of ${leaves.length} inputs; give one for each, null where there is none`,
    );
  }
  return leaves.map((leaf, i) => {
    const [name, part] = [names[i] as string, parts[i]];
    if (part == null) return null;
    if (!(part instanceof Tensor)) throw new TypeError(`gradcheck: the gradient of ${name} is ${show(part)}, but must be a tensor`);
    if (!sameShape(part.shape, leaf.shape))
      throw new Error(
        `gradcheck: the gradient of ${name} has shape [${part.shape.join(', ')}], but ${name} has [${leaf.shape.join(', ')}]`,
      );
    if (partsOf(part.dtype) !== partsOf(leaf.dtype) || !isDifferentiable(part.dtype))
      throw new TypeError(`gradcheck: the gradient of ${name} is ${part.dtype}, but ${name} is ${leaf.dtype}; use real() or pv.complex`);
    return part;
  });
}

/** Gradients in the order of the inputs; throws for a name that is no input. */
function byName(gradients: Readonly<Record<string, Tensor>> | readonly Tensor[], names: readonly string[]): (Tensor | null)[] {
  const given = new Map<string, Tensor>(Object.entries(gradients));
  for (const name of given.keys()) {
    if (!names.includes(name)) throw new Error(`gradcheck: gradients name '${name}', but the inputs are ${names.join(', ')}`);
  }
  return names.map((name) => given.get(name) ?? null);
}

/** ±1 for every number of y, fixed by the seed; ones for a loss, and for the user's own gradients, which are those of the sum. */
export function upstream(y: Node, seed: number, ones: boolean): Values {
  const parts = partsOf(y.dtype);
  const u = new Float64Array(sizeOf(y.shape) * parts);
  for (let i = 0; i < u.length; i++) u[i] = ones ? Number(parts === 1 || i % 2 === 0) : signAt(seed, 1, i);
  return u;
}
