// Gradients as functions, and operations with a gradient written by hand.

import type { Node } from '../graph/node.js';
import { record, withGradients } from '../graph/node.js';
import type { Operation } from '../graph/operation.js';
import { alias, pullback, upstreamFor } from './autograd.js';
import { checkInteger, checkList, checkOptions, show } from './checks.js';
import { expand } from './operations/broadcast.js';
import { like } from './operations/elementwise/index.js';
import { Tensor, wrap } from './tensor.js';

/** Which argument, or arguments, to differentiate with respect to; the first when not given. */
export interface GradOptions {
  readonly argnums?: number | readonly number[] | undefined;
}

/** A function of tensors that gives a tensor with one element. */
export type LossFunction = (...args: Tensor[]) => Tensor;

/**
 * [value, gradients] of a loss: one gradient for a single argnum, else a list. The gradients are recorded operations and can
 * be differentiated again.
 */
export function valueAndGrad(f: LossFunction, options?: { readonly argnums?: number | undefined }): (...args: Tensor[]) => [Tensor, Tensor];
export function valueAndGrad(f: LossFunction, options: { readonly argnums: readonly number[] }): (...args: Tensor[]) => [Tensor, Tensor[]];
export function valueAndGrad(f: LossFunction, options?: GradOptions): (...args: Tensor[]) => [Tensor, Tensor | Tensor[]];
export function valueAndGrad(f: LossFunction, options: GradOptions = {}): (...args: Tensor[]) => [Tensor, Tensor | Tensor[]] {
  checkOptions('grad', options, '{argnums: 0}');
  const { argnums = 0 } = options;
  if (typeof f !== 'function') throw new TypeError(`grad: expects a function of tensors, but was given ${show(f)}`);
  const numbers = (typeof argnums === 'number' ? [argnums] : checkList('grad: argnums', argnums)).map((n) =>
    checkInteger('grad: argnums', n, 0),
  );
  return (...args) => {
    for (const n of numbers) {
      if (!(args[n] instanceof Tensor))
        throw new TypeError(`grad: argument ${n} is ${show(args[n])}, but must be a tensor to differentiate with respect to it`);
    }
    return withGradients(() => {
      const fresh = args.map((arg, i) => (numbers.includes(i) ? fork(arg) : arg));
      const y = f(...fresh);
      if (!(y instanceof Tensor)) throw new TypeError(`grad: the function returned ${show(y)}, but must return a tensor`);
      const targets = numbers.map((n) => (fresh[n] as Tensor).node);
      const wanted = new Set(targets);
      const { gradients } = pullback(y.node, upstreamFor('grad', y.node, null), (node) => wanted.has(node));
      const grads = targets.map((node) => wrap(gradients.get(node) ?? expand(like(node, 0), node.shape)));
      return [y, typeof argnums === 'number' ? (grads[0] as Tensor) : grads];
    });
  };
}

function fork(x: Tensor): Tensor {
  const node = alias(x.node);
  if (node.dtype === 'int32' || node.dtype === 'bool')
    throw new TypeError(`grad: ${node.dtype} tensors have no gradient; use astype('float32') first`);
  node.requiresGrad = true;
  return wrap(node);
}

/** The gradient of a loss as a function, differentiable again: pv.grad(f, {argnums: 0})(...args). */
export function grad(f: LossFunction, options?: { readonly argnums?: number | undefined }): (...args: Tensor[]) => Tensor;
export function grad(f: LossFunction, options: { readonly argnums: readonly number[] }): (...args: Tensor[]) => Tensor[];
export function grad(f: LossFunction, options: GradOptions = {}): (...args: Tensor[]) => Tensor | Tensor[] {
  const both = valueAndGrad(f, options);
  return (...args) => both(...args)[1];
}

/** An operation with a gradient written by hand; both parts in pv operations. */
export interface CustomOperation {
  readonly name?: string | undefined;
  readonly forward: (...inputs: Tensor[]) => Tensor;
  /** Gradient of each input, or null where there is none. */
  readonly backward: (g: Tensor, inputs: readonly Tensor[], y: Tensor) => readonly (Tensor | null)[];
}

interface CustomAttributes {
  readonly name: string;
}

const backwards = new WeakMap<Node, CustomOperation['backward']>();

/**
 * The value of the recorded forward (the first input), with the user's backward for the others. Tangents go through the
 * recorded forward, so that forward mode and differences check the backward instead of trusting it.
 */
const customOperation: Operation<CustomAttributes> = {
  name: 'custom',
  infer: ([y]) => ({ dtype: y!.dtype, shape: y!.shape }),
  adjoint: (node, g) => {
    const [y, ...inputs] = node.inputs as [Node, ...Node[]];
    const backward = backwards.get(node);
    if (backward === undefined) throw new Error(`customOp ${node.attributes.name}: has no backward here; it was recorded elsewhere`);
    const parts = backward(wrap(g), inputs.map(wrap), wrap(y));
    if (!Array.isArray(parts) || parts.length !== inputs.length) {
      throw new Error(
        `customOp ${node.attributes.name}: backward returned ${show(parts)}, but must return a list of ${inputs.length} gradients, one an input (null where there is none)`,
      );
    }
    return [null, ...inputs.map((input, i) => gradientPart(node.attributes.name, parts[i] as unknown, input, i))];
  },
  jvp: (_node, [t]) => t ?? null,
  reference: (_call, [y]) => y!,
  lowering: { kind: 'composite' },
  expand: ([y]) => y!,
};

/** What a recorded customOp computes: the result of its forward; null for other operations. */
export function forwardOf(node: Node): Node | null {
  return backwards.has(node) ? (node.inputs[0] as Node) : null;
}

function gradientPart(name: string, part: unknown, input: Node, i: number): Node | null {
  if (part == null) return null;
  if (!(part instanceof Tensor)) throw new TypeError(`customOp ${name}: gradient ${i} is ${show(part)}, but must be a tensor or null`);
  const { shape } = part;
  if (shape.length !== input.shape.length || shape.some((extent, axis) => extent !== input.shape[axis])) {
    throw new Error(`customOp ${name}: gradient ${i} has shape [${shape.join(', ')}], but its input has [${input.shape.join(', ')}]`);
  }
  return part.node;
}

/**
 * The user's own operation: forward and hand-written backward, both in pv operations. The backward is what runs in
 * backward() and pv.grad, and what pv.gradcheck checks.
 */
export function customOp(operation: CustomOperation): (...inputs: Tensor[]) => Tensor {
  if (typeof operation !== 'object' || operation === null) {
    throw new TypeError(`customOp: expects {forward, backward}, two functions of tensors, but was given ${show(operation)}`);
  }
  const { name = 'custom', forward, backward } = operation;
  if (typeof forward !== 'function' || typeof backward !== 'function') {
    throw new TypeError(
      `customOp: expects {forward, backward}, two functions of tensors, but was given ${show(forward)} and ${show(backward)}`,
    );
  }
  return (...inputs) => {
    for (const [i, input] of inputs.entries())
      if (!(input instanceof Tensor)) throw new TypeError(`customOp ${name}: input ${i} is ${show(input)}, but must be a tensor`);
    const y = forward(...inputs);
    if (!(y instanceof Tensor)) throw new TypeError(`customOp ${name}: forward returned ${show(y)}, but must return a tensor`);
    const node = record(customOperation, [y.node, ...inputs.map((input) => input.node)], { name });
    backwards.set(node, backward);
    return wrap(node);
  };
}
