// Making tensors: from values, constants, counting, random numbers.

import { complexOf, hostArray, isComplex, partsOf, type DType, type TypedArray } from '../devices/dtype.js';
import { sizeOf } from '../devices/shape.js';
import type { GraphState, Node } from '../graph/node.js';
import { floating } from './arguments.js';
import { checkDTypeName, checkInteger, checkNumber, checkOptions, checkShape, checkValue, show } from './checks.js';
import { checkDType, checkSize, currentState, defaultFloat, stateOf, upload, type DeviceName } from './devices.js';
import { expand } from './operations/broadcast.js';
import * as e from './operations/elementwise/index.js';
import { random } from './operations/random.js';
import { iota, scalar } from './operations/sources.js';
import { checkDifferentiable, wrap, type NestedArray, type Tensor } from './tensor.js';
import { nodeOf, type Operand } from './recorded.js';

/** Where a new tensor lives and what it holds. */
export interface CreateOptions {
  readonly dtype?: DType | undefined;
  readonly device?: DeviceName | undefined;
  readonly requiresGrad?: boolean | undefined;
}

/** Numbers that pv.tensor accepts without nesting. */
export type Values =
  | NestedArray
  | TypedArray
  | Float32Array
  | Float64Array
  | Int32Array
  | Uint8Array
  | Uint8ClampedArray
  | Uint16Array
  | Int16Array
  | Int8Array
  | Uint32Array;

interface Target {
  readonly state: GraphState;
  readonly dtype: DType;
}

function target(what: string, options: CreateOptions, otherwise?: DType): Target {
  checkOptions(what, options, "{dtype: 'float32'}");
  const state = options.device === undefined ? currentState() : stateOf(options.device);
  const dtype = options.dtype === undefined ? (otherwise ?? defaultFloat(state)) : checkDTypeName(what, options.dtype);
  checkDType(what, dtype, state);
  if (options.requiresGrad === true) checkDifferentiable(dtype);
  return { state, dtype };
}

function finish(node: Node, options: CreateOptions): Tensor {
  const tensor = wrap(node);
  if (options.requiresGrad === true) tensor.requiresGrad = true;
  return tensor;
}

/**
 * A tensor from nested lists or a TypedArray. Complex values are interleaved (re, im), with a shape without the trailing 2.
 * Values are converted to the dtype: the device's default floating type when not given (int32 and bool for such arrays).
 */
export function tensor(values: Values, options: CreateOptions & { readonly shape?: readonly number[] } = {}): Tensor {
  const flat: number[] = [];
  const typed = ArrayBuffer.isView(values) && 'length' in values ? values : null;
  if (typed === null && typeof values !== 'number' && typeof values !== 'boolean' && !Array.isArray(values)) {
    throw new TypeError(`tensor: expects numbers, nested lists or a TypedArray, but was given ${show(values)}`);
  }
  const nested = typed === null ? shapeOfNested(values as NestedArray, flat, []) : [typed.length];
  const given = typed ?? flat;
  const guess = typed instanceof Int32Array ? 'int32' : allBoolean(values) ? 'bool' : undefined;
  const { state, dtype } = target('tensor', options, guess);
  const parts = partsOf(dtype);
  const shape = options.shape === undefined ? withoutPairs(nested, dtype, typed !== null) : checkShape('tensor', options.shape);
  if (sizeOf(shape) * parts !== given.length) {
    throw new Error(
      `tensor: ${given.length} numbers do not fill shape [${shape.join(', ')}] of ${dtype}, which takes ${sizeOf(shape) * parts}`,
    );
  }
  checkSize('tensor', dtype, shape, state);
  const data = hostArray(dtype, sizeOf(shape));
  if (dtype === 'bool') for (let i = 0; i < data.length; i++) data[i] = Number((given[i] as number) !== 0);
  else data.set(given);
  return finish(upload(state, dtype, shape, data), options);
}

function allBoolean(values: unknown): boolean {
  return typeof values === 'boolean' || (Array.isArray(values) && values.length > 0 && values.every(allBoolean));
}

/** Flattens nested lists; throws where rows differ in length or something is not a number. */
function shapeOfNested(values: NestedArray, flat: number[], path: readonly number[]): number[] {
  if (typeof values === 'number' || typeof values === 'boolean') {
    flat.push(Number(values));
    return [];
  }
  if (!Array.isArray(values)) throw new TypeError(`tensor: element [${path.join(', ')}] is ${show(values)}, but must be a number`);
  let inner: number[] | null = null;
  values.forEach((value: NestedArray, i) => {
    const shape = shapeOfNested(value, flat, [...path, i]);
    if (inner !== null && (inner.length !== shape.length || inner.some((extent, axis) => extent !== shape[axis]))) {
      throw new Error(
        `tensor: rows differ: element [${[...path, i].join(', ')}] has shape [${shape.join(', ')}], but the one before it has [${inner.join(', ')}]`,
      );
    }
    inner = shape;
  });
  return [values.length, ...(inner ?? [])];
}

/** Interleaved complex values: the last axis of nested lists, or every two numbers of a TypedArray, are one element. */
function withoutPairs(shape: readonly number[], dtype: DType, flat: boolean): number[] {
  if (!isComplex(dtype)) return [...shape];
  const last = shape.at(-1) ?? 0;
  if (flat ? last % 2 !== 0 : last !== 2)
    throw new Error(
      `tensor: complex values are pairs (re, im), but the last axis has ${last} numbers; interleave them, or use pv.complex(re, im)`,
    );
  return flat ? [last / 2] : shape.slice(0, -1);
}

function filled(what: string, shape: readonly number[], value: number, options: CreateOptions): Tensor {
  const extents = checkShape(what, shape);
  const { state, dtype } = target(what, options);
  checkSize(what, dtype, extents, state);
  return finish(expand(scalar(state, dtype, value), extents), options);
}

/** A tensor of one number everywhere. Takes no memory until it is written to. */
export function full(shape: readonly number[], value: number, options: CreateOptions = {}): Tensor {
  return filled('full', shape, checkValue('full: the value', value), options);
}

/** Zeros. */
export function zeros(shape: readonly number[], options: CreateOptions = {}): Tensor {
  return filled('zeros', shape, 0, options);
}

/** Ones. */
export function ones(shape: readonly number[], options: CreateOptions = {}): Tensor {
  return filled('ones', shape, 1, options);
}

/** start, start + step, … below end; arange(n) counts from 0. Integers give int32 unless a dtype is given. */
export function arange(start: number, end?: number, step = 1, options: CreateOptions = {}): Tensor {
  const [from, to] =
    end === undefined ? [0, checkNumber('arange: end', start)] : [checkNumber('arange: start', start), checkNumber('arange: end', end)];
  if (checkNumber('arange: step', step) === 0) throw new RangeError('arange: step is 0, but must move from start to end');
  const whole = Number.isInteger(from) && Number.isInteger(step);
  const { state, dtype } = target('arange', options, whole ? 'int32' : undefined);
  const count = Math.max(0, Math.ceil((to - from) / step));
  checkSize('arange', dtype, [count], state);
  const position = e.cast(iota(state, [count], 0), dtype);
  return finish(e.add(e.mul(position, e.like(position, step)), e.like(position, from)), options);
}

/** `count` numbers from start to end, both included. */
export function linspace(start: number, end: number, count: number, options: CreateOptions = {}): Tensor {
  const n = checkInteger('linspace: count', count, 1);
  const [from, to] = [checkNumber('linspace: start', start), checkNumber('linspace: end', end)];
  const { state, dtype } = target('linspace', options);
  checkSize('linspace', dtype, [n], state);
  const position = e.cast(iota(state, [n], 0), dtype);
  return finish(e.add(e.mul(position, e.like(position, n === 1 ? 0 : (to - from) / (n - 1))), e.like(position, from)), options);
}

/** The identity matrix, [rows, columns]. */
export function eye(rows: number, columns = rows, options: CreateOptions = {}): Tensor {
  const shape = [checkInteger('eye: rows', rows, 0), checkInteger('eye: columns', columns, 0)];
  const { state, dtype } = target('eye', options);
  checkSize('eye', dtype, shape, state);
  return finish(e.cast(e.eq(iota(state, shape, 0), iota(state, shape, 1)), dtype), options);
}

/** re + i·im from real tensors or numbers. */
export function complex(re: Operand, im: Operand): Tensor {
  const [a, b] = [nodeOf('complex', re), nodeOf('complex', im)];
  if (typeof a === 'number' && typeof b === 'number') {
    const state = currentState();
    return wrap(scalar(state, complexOf(defaultFloat(state)), a, b));
  }
  const some = typeof a === 'number' ? (b as Node) : a;
  const part = (value: Node | number): Node => {
    if (typeof value === 'number') return scalar(some.state, floating(some).dtype, value);
    if (isComplex(value.dtype)) throw new TypeError(`complex: a part is ${value.dtype}, but both parts must be real`);
    return floating(value);
  };
  return wrap(e.complex(part(a), part(b)));
}

const generator = { seed: 0, stream: 0, seeded: 0 };

/**
 * Restarts the random numbers: the same seed gives the same tensors on every device. From then on nothing that was measured decides how
 * something is computed, so that equal runs of a program give equal results, to the last bit on one device.
 */
export function seed(value: number): void {
  generator.seed = checkInteger('seed', value);
  generator.stream = 0;
  generator.seeded++;
}

/** How often people called `seed`. */
export function timesSeeded(): number {
  return generator.seeded;
}

/** Options of random tensors; with a seed of its own a tensor does not depend on what was drawn before. */
export interface RandomOptions extends CreateOptions {
  readonly seed?: number | undefined;
}

function drawn(what: string, distribution: 'uniform' | 'normal', shape: readonly number[], options: RandomOptions): Node {
  const extents = checkShape(what, shape);
  const { state, dtype } = target(what, options);
  if (dtype === 'int32' || dtype === 'bool')
    throw new TypeError(`${what}: dtype ${dtype} cannot hold it; use a floating-point or complex dtype`);
  checkSize(what, dtype, extents, state);
  const own = options.seed !== undefined;
  const key = own ? checkInteger(`${what}: seed`, options.seed) : generator.seed;
  const draw = (): Node =>
    random(
      state,
      isComplex(dtype) ? (dtype === 'complex128' ? 'float64' : 'float32') : dtype,
      extents,
      distribution,
      key,
      own ? 0xffff0000 + parts++ : generator.stream++,
    );
  let parts = 0;
  return isComplex(dtype) ? e.complex(draw(), draw()) : draw();
}

/** Standard normal numbers (real and imaginary parts each for complex types). */
export function randn(shape: readonly number[], options: RandomOptions = {}): Tensor {
  return finish(drawn('randn', 'normal', shape, options), options);
}

/** Uniform numbers in [low, high). */
export function uniform(shape: readonly number[], options: RandomOptions & { readonly low?: number; readonly high?: number } = {}): Tensor {
  const x = drawn('uniform', 'uniform', shape, options);
  const { low = 0, high = 1 } = options;
  const [from, to] = [checkNumber('uniform: low', low), checkNumber('uniform: high', high)];
  return finish(from === 0 && to === 1 ? x : e.add(e.mul(x, e.like(x, to - from)), e.like(x, from)), options);
}
