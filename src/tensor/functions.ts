// The methods of Tensor as functions, and functions of several tensors.

import { promote } from '../devices/dtype.js';
import { Node, withoutGradients } from '../graph/node.js';
import { sameType, withNumber } from './arguments.js';
import { checkAxis, checkList, checkOptions, show } from './checks.js';
import { currentState, defaultFloat } from './devices.js';
import { inScope } from './handles.js';
import * as e from './operations/elementwise/index.js';
import { concat as concatNodes } from './operations/join.js';
import * as product from './operations/matmul.js';
import { scalar } from './operations/sources.js';
import { reshape } from './operations/views.js';
import { Tensor, wrap } from './tensor.js';
import { nodeOf, type Operand } from './recorded.js';

/** A tensor for an operand; a number becomes one of the current device. */
function asTensor(name: string, operand: Operand): Tensor {
  if (operand instanceof Tensor) return operand;
  nodeOf(name, operand);
  const state = currentState();
  return wrap(scalar(state, defaultFloat(state), operand));
}

type Binary = 'add' | 'sub' | 'mul' | 'div' | 'pow' | 'maximum' | 'minimum' | 'eq' | 'ne' | 'lt' | 'le' | 'gt' | 'ge';
type Unary = 'exp' | 'log' | 'sqrt' | 'square' | 'abs' | 'neg' | 'reciprocal' | 'sin' | 'cos' | 'conj' | 'real' | 'imag' | 'angle';

const binary =
  (name: Binary) =>
  (a: Operand, b: Operand): Tensor => {
    if (a instanceof Tensor || !(b instanceof Tensor)) return asTensor(name, a)[name](b);
    // A number on the left takes the type of the tensor on the right, as it does the other way round.
    const filled = wrap(
      scalar(
        b.node.state,
        b.dtype === 'bool' || (b.dtype === 'int32' && !Number.isInteger(a)) ? defaultFloat(b.node.state) : b.dtype,
        nodeOf(name, a) as number,
      ),
    );
    return filled[name](b);
  };
const unary =
  (name: Unary) =>
  (x: Operand): Tensor =>
    asTensor(name, x)[name]();

/** a + b */
export const add = binary('add');
/** a − b */
export const sub = binary('sub');
/** a · b */
export const mul = binary('mul');
/** a / b */
export const div = binary('div');
/** aᵇ */
export const pow = binary('pow');
/** The larger of both. */
export const maximum = binary('maximum');
/** The smaller of both. */
export const minimum = binary('minimum');
/** a = b */
export const eq = binary('eq');
/** a ≠ b */
export const ne = binary('ne');
/** a < b */
export const lt = binary('lt');
/** a ≤ b */
export const le = binary('le');
/** a > b */
export const gt = binary('gt');
/** a ≥ b */
export const ge = binary('ge');
/** eˣ */
export const exp = unary('exp');
/** Natural logarithm. */
export const log = unary('log');
/** √x */
export const sqrt = unary('sqrt');
/** x² */
export const square = unary('square');
/** |x| */
export const abs = unary('abs');
/** −x */
export const neg = unary('neg');
/** 1/x */
export const reciprocal = unary('reciprocal');
/** sin x */
export const sin = unary('sin');
/** cos x */
export const cos = unary('cos');
/** Complex conjugate. */
export const conj = unary('conj');
/** Real part. */
export const real = unary('real');
/** Imaginary part. */
export const imag = unary('imag');
/** Argument in radians. */
export const angle = unary('angle');

/** Limits values to min … max; see Tensor.clamp. */
export function clamp(x: Operand, options: { readonly min?: number; readonly max?: number } = {}): Tensor {
  return asTensor('clamp', x).clamp(options);
}

/** Matrix product; see Tensor.matmul. */
export function matmul(a: Tensor, b: Tensor): Tensor {
  return asTensor('matmul', a).matmul(b);
}

/** a where the condition holds, else b. */
export function where(condition: Tensor, a: Operand, b: Operand): Tensor {
  const c = nodeOf('where', condition);
  if (!(c instanceof Node)) throw new TypeError(`where: the condition is ${show(condition)}, but must be a bool tensor`);
  const [x, y] = [nodeOf('where', a), nodeOf('where', b)];
  const some = x instanceof Node ? x : y instanceof Node ? y : scalar(c.state, defaultFloat(c.state), 0);
  const node = (value: Node | number): Node => (value instanceof Node ? value : withNumber(some, value)[1]);
  return wrap(e.where(c, node(x), node(y)));
}

/** Einstein sum of one or two tensors with explicit output: einsum('bixy,ioxy->boxy', a, b). */
export function einsum(equation: string, ...operands: readonly Tensor[]): Tensor {
  if (typeof equation !== 'string') throw new TypeError(`einsum: the equation is ${show(equation)}, but must be text like 'ij,jk->ik'`);
  const nodes = operands.map((operand) => asTensor('einsum', operand).node);
  const [a, b] = nodes;
  return wrap(product.einsum(equation, nodes.length === 2 && a !== undefined && b !== undefined ? sameType(a, b) : nodes));
}

function joined(name: string, tensors: readonly Tensor[]): Node[] {
  const nodes = checkList(`${name}: tensors`, tensors).map((item) => {
    const node = nodeOf(name, item);
    if (!(node instanceof Node)) throw new TypeError(`${name}: expects tensors, but was given ${show(item)}`);
    return node;
  });
  if (nodes.length === 0) throw new Error(`${name}: was given no tensor; expects at least one`);
  const dtype = nodes.map((node) => node.dtype).reduce(promote);
  return nodes.map((node) => e.cast(node, dtype));
}

/** Joins tensors along an axis; their other extents are equal. */
export function concat(tensors: readonly Tensor[], options: { readonly axis?: number } = {}): Tensor {
  checkOptions('concat', options, '{axis: 0}');
  const { axis = 0 } = options;
  const nodes = joined('concat', tensors);
  const { shape } = nodes[0] as Node;
  const at = checkAxis('concat', axis, shape);
  for (const node of nodes) {
    if (node.shape.length !== shape.length || node.shape.some((extent, i) => i !== at && extent !== shape[i])) {
      throw new Error(`concat: shapes [${shape.join(', ')}] and [${node.shape.join(', ')}] differ off axis ${at}`);
    }
  }
  return wrap(concatNodes(nodes, at));
}

/** Joins tensors of one shape along a new axis. */
export function stack(tensors: readonly Tensor[], options: { readonly axis?: number } = {}): Tensor {
  checkOptions('stack', options, '{axis: 0}');
  const { axis = 0 } = options;
  const nodes = joined('stack', tensors);
  const { shape } = nodes[0] as Node;
  const at = checkAxis('stack', axis, [...shape, 1]);
  for (const node of nodes) {
    if (node.shape.length !== shape.length || node.shape.some((extent, i) => extent !== shape[i])) {
      throw new Error(`stack: shapes [${shape.join(', ')}] and [${node.shape.join(', ')}] differ; all must be equal`);
    }
  }
  const raised = nodes.map((node) => reshape(node, [...shape.slice(0, at), 1, ...shape.slice(at)]));
  return wrap(concatNodes(raised, at));
}

/** Runs a synchronous function without recording gradients. */
export function noGrad<T>(f: () => T): T {
  checkSynchronous('noGrad', f);
  return withoutGradients(() => refusePromise('noGrad', f()));
}

/** Runs a synchronous function and disposes every tensor made in it except those in its result. */
export function tidy<T>(f: () => T): T {
  checkSynchronous('tidy', f);
  return inScope(() => refusePromise('tidy', f()), tensorsIn);
}

function checkSynchronous(name: string, f: unknown): void {
  if (typeof f !== 'function') throw new TypeError(`${name}: expects a function, but was given ${show(f)}`);
}

function refusePromise<T>(name: string, result: T): T {
  if (result instanceof Promise)
    throw new TypeError(`${name}: the function is asynchronous, but must be synchronous; await outside of ${name}`);
  return result;
}

function* tensorsIn(value: unknown): Iterable<Tensor> {
  if (value instanceof Tensor) yield value;
  else if (Array.isArray(value)) for (const item of value) yield* tensorsIn(item);
  else if (typeof value === 'object' && value !== null && Object.getPrototypeOf(value) === Object.prototype)
    yield* tensorsIn(Object.values(value));
}
