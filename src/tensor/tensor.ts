// Tensor: the handle people hold. Its methods record; nothing is computed before a value is read or a step is taken.

import { isComplex, isDifferentiable, type DType, type TypedArray } from '../devices/dtype.js';
import { sameShape, sizeOf, type Shape } from '../devices/shape.js';
import { flush, flushIfLong } from '../graph/flush.js';
import { Node, withoutGradients } from '../graph/node.js';
import { alias, pullback, upstreamFor } from './autograd.js';
import { checkAxes, checkAxis, checkInteger, checkList, checkNumber, checkOneOf, checkOptions, checkShape, checkValue, show } from './checks.js';
import { stateOf, transfer, type DeviceName } from './devices.js';
import { Handle, leaveScopes, releaseCollected, unwatch, watch } from './handles.js';
import { completeShape, floating, indexNode, castTo, meanNode, reduced, sameType, varianceNode, withNumber } from './arguments.js';
import { expand as expandNode, sum } from './operations/broadcast.js';
import * as e from './operations/elementwise/index.js';
import { argmaxNode, max, min } from './operations/extrema.js';
import { padWith, take, type PadMode } from './operations/join.js';
import { matmul } from './operations/matmul.js';
import { flip, reshape, roll, slice, transpose } from './operations/views.js';

/** What binary operations accept: a tensor, or a number of its type. */
export type Operand = Tensor | number;

/** Axes of a reduction (all when not given) and whether they stay with extent 1. */
export interface ReduceOptions {
  readonly axis?: number | readonly number[] | undefined;
  readonly keepDims?: boolean | undefined;
}

/** Nested lists of numbers, as t.array() gives them; complex elements are pairs. */
export type NestedArray = number | boolean | readonly NestedArray[];

/** What belongs to a leaf and outlives its versions. */
interface Leaf {
  grad: Tensor | null;
}

const leaves = new WeakMap<Node, Leaf>();

/** An n-dimensional array on a device; see the methods. Made by pv.tensor and friends. */
export class Tensor implements Disposable {
  readonly #handle: Handle;
  #leaf: Leaf | null = null;

  /** Library only: wraps a recorded node. People make tensors with pv.tensor, pv.zeros and so on. */
  constructor(node: Node) {
    this.#handle = new Handle(node);
    watch(this, this.#handle);
    flushIfLong(node);
  }

  /** The recorded node. Library only. Throws when the tensor was disposed. */
  get node(): Node {
    if (this.#handle.released) throw new Error(`this tensor ([${this.#handle.node.shape.join(', ')}] ${this.#handle.node.dtype}) was disposed; keep it until its last use, or keep() a copy`);
    return this.#handle.node;
  }

  /** Extent of each axis. */
  get shape(): Shape {
    return this.#handle.node.shape;
  }

  /** Element type. */
  get dtype(): DType {
    return this.#handle.node.dtype;
  }

  /** Name of the device the tensor lives on. */
  get device(): DeviceName {
    return this.#handle.node.device.name as DeviceName;
  }

  /** Number of elements. */
  get size(): number {
    return sizeOf(this.shape);
  }

  /** Number of axes. */
  get ndim(): number {
    return this.shape.length;
  }

  // ---- reading -------------------------------------------------------------------------------------------------------------

  /** The elements in row-major order: Float32Array, Float64Array, Int32Array, or Uint8Array for bool; complex interleaved. */
  async data(): Promise<TypedArray> {
    return readNode(this.node);
  }

  /** The elements as nested lists; complex elements are [re, im], bool ones booleans. */
  async array(): Promise<NestedArray> {
    const values = await this.data();
    const { shape, dtype } = this;
    const full = isComplex(dtype) ? [...shape, 2] : shape;
    let at = 0;
    const build = (axis: number): NestedArray => {
      if (axis === full.length) return dtype === 'bool' ? values[at++] === 1 : (values[at++] as number);
      return Array.from({ length: full[axis] as number }, () => build(axis + 1));
    };
    return build(0);
  }

  /** The value of a tensor with one real element. */
  async item(): Promise<number> {
    if (this.size !== 1) throw new Error(`item: the tensor has shape [${this.shape.join(', ')}], but only one element can become a number; index or reduce it first, or use data()`);
    if (isComplex(this.dtype)) throw new Error(`item: the tensor is ${this.dtype}, and a number is real; use real(), imag() or abs() first, or array()`);
    const [value] = await this.data();
    return value as number;
  }

  /** Computes the value now and keeps it in memory; returns this tensor. */
  keep(): this {
    flush(this.node.state, [this.node]);
    return this;
  }

  /** Throws: a tensor's value is not known while the cell runs. */
  valueOf(): never {
    throw new TypeError('a tensor has no value yet, so it cannot be used in a condition or in arithmetic with + - * /; use methods like a.add(b), or read it: await t.item()');
  }

  /** Throws, as valueOf does; template strings would show nothing useful. */
  toString(): string {
    return `Tensor([${this.shape.join(', ')}], ${this.dtype}, ${this.device})`;
  }

  // ---- life ----------------------------------------------------------------------------------------------------------------

  /** Frees the tensor now; using it afterwards throws. */
  dispose(): void {
    unwatch(this.#handle);
    this.#handle.release();
    this.#leaf?.grad?.dispose();
  }

  /** `using t = …` disposes at the end of the block. */
  [Symbol.dispose](): void {
    this.dispose();
  }

  /** The same value on another device, or with another dtype; differentiable. */
  to(device: DeviceName, { dtype }: { readonly dtype?: DType } = {}): Tensor {
    const state = stateOf(device);
    const moved = transfer(this.node, state);
    return dtype === undefined ? wrap(moved) : wrap(castTo('to', moved, dtype, state));
  }

  /** The same values with another element type. */
  astype(dtype: DType): Tensor {
    return wrap(castTo('astype', this.node, dtype, this.node.state));
  }

  /** The same value without its history: gradients stop here. */
  detach(): Tensor {
    return wrap(withoutGradients(() => alias(this.node)));
  }

  /** Takes over the value of another tensor of the same shape; what was recorded before keeps the old one. */
  assign(value: Tensor): this {
    const node = nodeOf('assign', value);
    if (!(node instanceof Node)) throw new TypeError(`assign: expects a tensor, but was given ${show(value)}; use pv.full for a number`);
    return this.assignNode(node);
  }

  /** Library only: `assign` of a recorded node, which needs no handle of its own. */
  assignNode(node: Node): this {
    const old = this.node;
    if (node.state !== old.state) throw new Error(`assign: the tensor lives on ${old.device.name}, but the value on ${node.device.name}; use to('${old.device.name}')`);
    if (node.shape.length !== old.shape.length || node.shape.some((extent, axis) => extent !== old.shape[axis])) {
      throw new Error(`assign: the tensor has shape [${old.shape.join(', ')}], but the value has [${node.shape.join(', ')}]`);
    }
    const version = withoutGradients(() => alias(e.cast(node, old.dtype)));
    version.replace(old);
    if (this.#leaf !== null) this.#markLeaf(version, this.#leaf);
    this.#handle.move(version);
    return this;
  }

  // ---- gradients -----------------------------------------------------------------------------------------------------------

  /** Whether gradients are recorded for this tensor. */
  get requiresGrad(): boolean {
    return this.node.requiresGrad;
  }

  set requiresGrad(wanted: boolean) {
    const { node } = this;
    if (typeof wanted !== 'boolean') throw new TypeError(`requiresGrad is ${show(wanted)}, but must be true or false`);
    if (wanted === node.requiresGrad) return;
    if (!wanted && this.#leaf === null) throw new Error('requiresGrad: only a tensor that gradients stop at can be changed; use detach()');
    if (wanted) checkDifferentiable(node.dtype);
    this.#leaf = wanted ? { grad: null } : null;
    node.requiresGrad = wanted;
    node.isLeaf = wanted;
    if (this.#leaf !== null) this.#markLeaf(node, this.#leaf);
  }

  #markLeaf(node: Node, leaf: Leaf): void {
    node.requiresGrad = true;
    node.isLeaf = true;
    leaves.set(node, leaf);
  }

  /** dL/dt after backward(), else null; for complex t it is dL/dre + i·dL/dim. */
  get grad(): Tensor | null {
    return this.#leaf?.grad ?? null;
  }

  /** Sets or clears the gradient. */
  set grad(value: Tensor | null) {
    if (this.#leaf === null) throw new Error('grad: this tensor does not require a gradient; set requiresGrad first');
    if (value !== null && !(value instanceof Tensor)) throw new TypeError(`grad is ${show(value)}, but must be a tensor or null`);
    if (value !== null && !sameShape(value.shape, this.shape)) throw new Error(`grad: the tensor has shape [${this.shape.join(', ')}], but the gradient has [${value.shape.join(', ')}]`);
    this.#leaf.grad = value;
  }

  /**
   * Adds the gradient of this loss (or of ⟨upstream, this⟩) to `grad` of every tensor with requiresGrad that it depends on.
   * Uses the recorded history up; pv.grad gives gradients that can be differentiated again.
   */
  backward(upstream?: Tensor): void {
    const y = this.node;
    if (upstream !== undefined && !(upstream instanceof Tensor)) throw new TypeError(`backward: the upstream gradient is ${show(upstream)}, but must be a tensor`);
    if (!y.requiresGrad) throw new Error('backward: this tensor depends on no tensor with requiresGrad, so there is no gradient; set requiresGrad where you want one');
    withoutGradients(() => {
      const g = upstreamFor('backward', y, upstream?.node ?? null);
      const { gradients, visited } = pullback(y, g, (node) => leaves.has(node));
      for (const [node, gradient] of gradients) {
        const leaf = leaves.get(node);
        if (leaf === undefined) continue;
        const total = leaf.grad === null ? gradient : e.add(leaf.grad.node, gradient);
        // The sum reads the old gradient: it is let go only when the new one holds it.
        const old = leaf.grad;
        leaf.grad = new Tensor(alias(total));
        old?.dispose();
        leaveScopes(leaf.grad);
        // Computed with whatever is computed next: all gradients of a backward pass share their plan.
        node.state.assigned.add(leaf.grad.node);
      }
      for (const node of visited) {
        if (node.isLeaf) continue;
        node.consumed = true;
        node.forget();
      }
    });
  }

  // ---- arithmetic ----------------------------------------------------------------------------------------------------------

  /** this + other, with broadcasting; numbers take this tensor's type. */
  add(other: Operand): Tensor { return this.#binary('add', e.add, other); }
  /** this − other */
  sub(other: Operand): Tensor { return this.#binary('sub', e.sub, other); }
  /** this · other, element by element */
  mul(other: Operand): Tensor { return this.#binary('mul', e.mul, other); }
  /** this / other; integers give floating point */
  div(other: Operand): Tensor { return this.#binary('div', (a, b) => e.div(floating(a), floating(b)), other); }
  /** thisᵒᵗʰᵉʳ for real numbers */
  pow(other: Operand): Tensor {
    if (other === 2) return this.square();
    return this.#binary('pow', (a, b) => e.pow(floating(a), floating(b)), other);
  }
  /** The larger of both. */
  maximum(other: Operand): Tensor { return this.#binary('maximum', e.maximum, other); }
  /** The smaller of both. */
  minimum(other: Operand): Tensor { return this.#binary('minimum', e.minimum, other); }
  /** Matrix product of the last two axes; vectors and batches as in NumPy. */
  matmul(other: Tensor): Tensor {
    const b = nodeOf('matmul', other);
    if (!(b instanceof Node)) throw new TypeError(`matmul: expects a tensor, but was given ${show(other)}; use mul for numbers`);
    return wrap(matmul(...sameType(this.node, b)));
  }
  /** this = other */
  eq(other: Operand): Tensor { return this.#binary('eq', e.eq, other); }
  /** this ≠ other */
  ne(other: Operand): Tensor { return this.#binary('ne', e.ne, other); }
  /** this < other */
  lt(other: Operand): Tensor { return this.#binary('lt', e.lt, other); }
  /** this ≤ other */
  le(other: Operand): Tensor { return this.#binary('le', e.le, other); }
  /** this > other */
  gt(other: Operand): Tensor { return this.#binary('gt', e.gt, other); }
  /** this ≥ other */
  ge(other: Operand): Tensor { return this.#binary('ge', e.ge, other); }

  /** eˣ */
  exp(): Tensor { return wrap(e.exp(floating(this.node))); }
  /** Natural logarithm. */
  log(): Tensor { return wrap(e.log(floating(this.node))); }
  /** √x */
  sqrt(): Tensor { return wrap(e.sqrt(floating(this.node))); }
  /** x² */
  square(): Tensor { return wrap(e.square(this.node)); }
  /** |x|; real for complex tensors. */
  abs(): Tensor { return wrap(e.abs(this.node)); }
  /** −x */
  neg(): Tensor { return wrap(e.neg(this.node)); }
  /** 1/x */
  reciprocal(): Tensor { return wrap(e.reciprocal(floating(this.node))); }
  /** sin x */
  sin(): Tensor { return wrap(e.sin(floating(this.node))); }
  /** cos x */
  cos(): Tensor { return wrap(e.cos(floating(this.node))); }
  /** Complex conjugate. */
  conj(): Tensor { return wrap(e.conj(this.node)); }
  /** Real part. */
  real(): Tensor { return wrap(e.real(this.node)); }
  /** Imaginary part. */
  imag(): Tensor { return wrap(e.imag(this.node)); }
  /** Argument in radians, in (−π, π]. */
  angle(): Tensor { return wrap(e.angle(floating(this.node))); }

  /** Limits values to min … max; the gradient passes where the value was within. */
  clamp(options: { readonly min?: number; readonly max?: number } = {}): Tensor {
    checkOptions('clamp', options, '{min: 0, max: 1}');
    const { min: low, max: high } = options;
    let x = this.node;
    if (low !== undefined) x = e.where(e.lt(x, e.like(x, checkNumber('clamp: min', low))), e.like(x, low), x);
    if (high !== undefined) x = e.where(e.gt(x, e.like(x, checkNumber('clamp: max', high))), e.like(x, high), x);
    return wrap(x);
  }

  // ---- reductions ----------------------------------------------------------------------------------------------------------

  /** Sum; without axis over everything. */
  sum(options?: ReduceOptions): Tensor {
    const x = this.dtype === 'bool' ? e.cast(this.node, 'int32') : this.node;
    return wrap(reduced('sum', x, options, sum));
  }

  /** Arithmetic mean. */
  mean(options?: ReduceOptions): Tensor {
    return wrap(reduced('mean', floating(this.node), options, meanNode));
  }

  /** Largest element; at ties the gradient is shared equally. */
  max(options?: ReduceOptions): Tensor {
    return wrap(reduced('max', this.#ordered('max'), options, (x, axes) => max(x, axes)));
  }

  /** Smallest element. */
  min(options?: ReduceOptions): Tensor {
    return wrap(reduced('min', this.#ordered('min'), options, (x, axes) => min(x, axes)));
  }

  /** Variance: mean of |x − mean|² with n − correction in the denominator (correction 0 by default, as in NumPy). */
  var(options: ReduceOptions & { readonly correction?: number } = {}): Tensor {
    checkOptions('var', options, '{axis: 0, correction: 1}');
    const correction = checkNumber('var: correction', options.correction ?? 0);
    return wrap(reduced('var', floating(this.node), options, (x, axes) => varianceNode(x, axes, correction)));
  }

  /** Euclidean norm. */
  norm(options?: ReduceOptions): Tensor {
    return wrap(reduced('norm', floating(this.node), options, (x, axes) => e.sqrt(sum(e.square(e.abs(x)), axes))));
  }

  /** Position of the first largest element, int32; without axis the row-major position in the whole tensor. */
  argmax(options?: ReduceOptions): Tensor {
    return wrap(reduced('argmax', this.#ordered('argmax'), options, argmaxNode));
  }

  #ordered(name: string): Node {
    if (isComplex(this.dtype)) throw new Error(`${name}: complex numbers have no order; use abs() first`);
    return this.dtype === 'bool' ? e.cast(this.node, 'int32') : this.node;
  }

  // ---- views ---------------------------------------------------------------------------------------------------------------

  /** The same elements in another shape; one extent may be −1. */
  reshape(shape: readonly number[]): Tensor {
    return wrap(reshape(this.node, completeShape(this.node.shape, shape)));
  }

  /** Axes in another order; reversed when none are given. */
  transpose(axes?: readonly number[]): Tensor {
    const { shape } = this;
    const order = axes === undefined ? shape.map((_, axis) => shape.length - 1 - axis) : checkList('transpose: axes', axes).map((axis) => checkAxis('transpose', axis, shape));
    if (order.length !== shape.length || new Set(order).size !== order.length) {
      throw new Error(`transpose: axes ${show(axes)} must name each of the ${shape.length} axes of [${shape.join(', ')}] once`);
    }
    return wrap(transpose(this.node, order));
  }

  /** Drops axes of extent 1: the given ones, or all. */
  squeeze(axes?: number | readonly number[]): Tensor {
    const { shape } = this;
    const dropped = axes === undefined ? shape.flatMap((extent, axis) => (extent === 1 ? [axis] : [])) : checkAxes('squeeze', axes, shape);
    for (const axis of dropped) if (shape[axis] !== 1) throw new Error(`squeeze: axis ${axis} of [${shape.join(', ')}] has ${shape[axis]} elements, but only axes of extent 1 can be dropped`);
    return wrap(reshape(this.node, shape.filter((_, axis) => !dropped.includes(axis))));
  }

  /** The block from `begin` up to, without, `end`; negative positions count from the end. Axes that are not named stay whole. */
  slice(begin: readonly number[], end?: readonly number[]): Tensor {
    const { shape } = this;
    const position = (what: string, list: readonly number[] | undefined, axis: number, otherwise: number): number => {
      const value = list?.[axis];
      if (value === undefined) return otherwise;
      const extent = shape[axis] as number;
      const at = checkInteger(`slice: ${what} of axis ${axis}`, value);
      const from = at < 0 ? at + extent : at;
      if (from < 0 || from > extent) throw new RangeError(`slice: ${what} ${value} of axis ${axis} lies outside [${shape.join(', ')}]; expected ${-extent} to ${extent}`);
      return from;
    };
    if (end !== undefined) checkList('slice: end', end);
    if (checkList('slice: begin', begin).length > shape.length || (end?.length ?? 0) > shape.length) {
      throw new RangeError(`slice: names ${Math.max(begin.length, end?.length ?? 0)} axes, but the tensor has ${shape.length}: [${shape.join(', ')}]`);
    }
    const from = shape.map((_, axis) => position('begin', begin, axis, 0));
    const to = shape.map((extent, axis) => position('end', end, axis, extent));
    const block = from.map((at, axis) => Math.max((to[axis] as number) - at, 0));
    return wrap(slice(this.node, from, block));
  }

  /** Elements at int32 positions (a tensor or a list) along an axis. */
  take(indices: Tensor | readonly number[], options: { readonly axis?: number } = {}): Tensor {
    checkOptions('take', options, '{axis: 0}');
    const { shape, node } = this;
    const at = checkAxis('take', options.axis ?? 0, shape);
    return wrap(take(node, indexNode(node.state, indices, shape[at] as number), at));
  }

  /** Pads each axis by [before, after] elements. */
  pad(widths: readonly (readonly [number, number])[], options: { readonly mode?: PadMode; readonly value?: number } = {}): Tensor {
    checkOptions('pad', options, "{mode: 'reflect'}");
    const { mode = 'constant', value = 0 } = options;
    const { shape } = this;
    if (checkList('pad: widths', widths).length !== shape.length) throw new Error(`pad: widths ${show(widths)} name ${widths.length} axes, but the tensor has ${shape.length}: [${shape.join(', ')}]`);
    const checked = widths.map((pair, axis): [number, number] => {
      const [before, after] = checkList(`pad: width of axis ${axis}`, pair);
      return [checkInteger(`pad: width before axis ${axis}`, before, 0), checkInteger(`pad: width after axis ${axis}`, after, 0)];
    });
    return wrap(padWith(this.node, checked, checkOneOf('pad: mode', mode, ['constant', 'reflect', 'replicate', 'circular']), checkValue('pad: value', value)));
  }

  /** Reverses the order along axes (all when none are given). */
  flip(axes?: number | readonly number[]): Tensor {
    return wrap(flip(this.node, checkAxes('flip', axes, this.shape)));
  }

  /** Moves elements forward by a shift along each axis; what leaves comes in at the other end. */
  roll(shifts: number | readonly number[], axes: number | readonly number[]): Tensor {
    const { shape } = this;
    const list = (typeof axes === 'number' ? [axes] : [...checkList('roll: axes', axes)]).map((axis) => checkAxis('roll', axis, shape));
    const by = typeof shifts === 'number' ? list.map(() => shifts) : [...checkList('roll: shifts', shifts)];
    if (by.length !== list.length) throw new Error(`roll: was given ${by.length} shifts for ${list.length} axes; give one for each`);
    const all = shape.map(() => 0);
    list.forEach((axis, i) => (all[axis] = (all[axis] as number) + checkInteger(`roll: shift of axis ${axis}`, by[i])));
    return wrap(roll(this.node, all));
  }

  /** Repeats axes of extent 1, and adds axes in front, so that the tensor has `shape`. */
  expand(shape: readonly number[]): Tensor {
    const wanted = checkShape('expand', shape);
    const from = this.shape;
    const fits = wanted.length >= from.length && from.every((extent, axis) => extent === 1 || extent === wanted[wanted.length - from.length + axis]);
    if (!fits) throw new Error(`expand: [${from.join(', ')}] does not expand to [${wanted.join(', ')}]; axes must be equal or 1, aligned at the end`);
    return wrap(expandNode(this.node, wanted));
  }

  #binary(name: string, f: (a: Node, b: Node) => Node, other: Operand): Tensor {
    const b = nodeOf(name, other);
    if (b instanceof Node) return wrap(f(this.node, b));
    const [x, y] = withNumber(this.node, b);
    return wrap(f(x, y));
  }
}

/** Throws when tensors of this type have no gradient. */
export function checkDifferentiable(dtype: DType): void {
  if (!isDifferentiable(dtype)) throw new Error(`requiresGrad: ${dtype} tensors have no gradient; use astype('float32') first`);
}

/** The node of an operand, or the number itself; throws for anything else. */
export function nodeOf(name: string, operand: unknown): Node | number {
  if (operand instanceof Tensor) return operand.node;
  if (typeof operand === 'number') return operand;
  throw new TypeError(`${name}: expects a tensor or a number, but was given ${show(operand)}; make tensors with pv.tensor(values)`);
}

/** A tensor for a recorded node. */
export function wrap(node: Node): Tensor {
  return new Tensor(node);
}

/** Reads a node's value, computing it first. */
export function readNode(node: Node): Promise<TypedArray> {
  flush(node.state, [node]);
  const values = node.device.read(node.buffer as number, node.dtype, sizeOf(node.shape));
  releaseCollected();
  return values;
}
