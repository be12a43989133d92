// Tensor: the handle people hold. Its methods record; nothing is computed before a value is read or a step is taken.

import { isComplex, isDifferentiable, type DType, type TypedArray } from '../devices/dtype.js';
import { sameShape, sizeOf, type Shape } from '../devices/shape.js';
import { confirmWith, flush, flushIfLong } from '../graph/flush.js';
import { uninterrupted } from '../graph/interrupt.js';
import { Node, withoutGradients } from '../graph/node.js';
import { endCall } from '../graph/origin.js';
import { anomaliesTold, isDetectingAnomalies } from './anomaly.js';
import { castTo } from './arguments.js';
import { alias, pullback, upstreamFor } from './autograd.js';
import { show } from './checks.js';
import { stateOf, transfer, type DeviceName } from './devices.js';
import { Handle, leaveScopes, releaseCollected, unwatch, watch } from './handles.js';
import { add, cast } from './operations/elementwise/index.js';
import { nodeOf } from './recorded.js';
import { isTraced, noteRead, undoLater } from './tracing.js';
import { Views } from './views.js';

/** Nested lists of numbers, as t.array() gives them; complex elements are pairs. */
export type NestedArray = number | boolean | readonly NestedArray[];

/** What belongs to a leaf and outlives its versions. */
interface Leaf {
  grad: Tensor | null;
  /** Somebody took the gradient: then it is theirs to dispose. */
  taken: boolean;
}

const leaves = new WeakMap<Node, Leaf>();

/** An n-dimensional array on a device; see the methods. Made by pv.tensor and friends. */
export class Tensor extends Views {
  readonly #handle: Handle;
  #leaf: Leaf | null = null;

  /** Library only: wraps a recorded node. People make tensors with pv.tensor, pv.zeros and so on. */
  constructor(node: Node) {
    super();
    this.#handle = new Handle(node);
    watch(this, this.#handle);
    endCall();
    // A graph that is traced is wanted as it was recorded, with all that led to it.
    if (!isTraced()) flushIfLong(node);
  }

  /** The recorded node. Library only. Throws when the tensor was disposed. */
  override get node(): Node {
    if (this.#handle.released)
      throw new Error(
        `this tensor ([${this.#handle.node.shape.join(', ')}] ${this.#handle.node.dtype}) was disposed; keep it until its last use, or keep() a copy`,
      );
    return this.#handle.node;
  }

  /** Library only: the node of a value that is a tensor and was not disposed. Runs no code of people, whatever the value is. */
  static liveNode(value: unknown): Node | null {
    if (typeof value !== 'object' || value === null || !(#handle in value)) return null;
    return value.#handle.released ? null : value.#handle.node;
  }

  /** Extent of each axis. */
  override get shape(): Shape {
    return this.#handle.node.shape;
  }

  /** Element type. */
  override get dtype(): DType {
    return this.#handle.node.dtype;
  }

  /** Name of the device the tensor lives on. */
  override get device(): DeviceName {
    return this.#handle.node.device.name as DeviceName;
  }

  protected override wrap(node: Node): Tensor {
    return wrap(node);
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
    noteRead();
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
    if (this.size !== 1)
      throw new Error(
        `item: the tensor has shape [${this.shape.join(', ')}], but only one element can become a number; index or reduce it first, or use data()`,
      );
    if (isComplex(this.dtype))
      throw new Error(`item: the tensor is ${this.dtype}, and a number is real; use real(), imag() or abs() first, or array()`);
    const [value] = await this.data();
    return value as number;
  }

  /** Computes the value now and keeps it in memory; returns this tensor. */
  keep(): this {
    const { node } = this;
    flush(node.state, [node]);
    node.state.cached.delete(node);
    return this;
  }

  // ---- life ----------------------------------------------------------------------------------------------------------------

  /** Frees the tensor now; using it afterwards throws. */
  override dispose(): void {
    unwatch(this.#handle);
    this.#handle.release();
    this.forgetGrad();
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
    if (node.state !== old.state)
      throw new Error(`assign: the tensor lives on ${old.device.name}, but the value on ${node.device.name}; use to('${old.device.name}')`);
    if (node.shape.length !== old.shape.length || node.shape.some((extent, axis) => extent !== old.shape[axis])) {
      throw new Error(`assign: the tensor has shape [${old.shape.join(', ')}], but the value has [${node.shape.join(', ')}]`);
    }
    const version = withoutGradients(() => alias(cast(node, old.dtype)));
    endCall();
    if (isTraced()) {
      old.retain();
      undoLater(() => {
        this.#handle.move(old);
        old.release();
      });
      this.#handle.move(version);
      return this;
    }
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
    let { node } = this;
    if (typeof wanted !== 'boolean') throw new TypeError(`requiresGrad is ${show(wanted)}, but must be true or false`);
    if (wanted === node.requiresGrad) return;
    if (!wanted && this.#leaf === null) throw new Error('requiresGrad: only a tensor that gradients stop at can be changed; use detach()');
    if (wanted) checkDifferentiable(node.dtype);
    if (node.handles > 1) {
      // Somebody else holds the same node (a reshape to its own shape, say): only this tensor becomes a leaf.
      const shared = node;
      node = withoutGradients(() => alias(shared));
      this.#handle.move(node);
    }
    this.#leaf = wanted ? { grad: null, taken: false } : null;
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
    if (this.#leaf !== null) this.#leaf.taken = true;
    return this.#leaf?.grad ?? null;
  }

  /** Library only: the gradient's node, without handing out the gradient. */
  get gradNode(): Node | null {
    return this.#leaf?.grad?.node ?? null;
  }

  /** Library only: forgets the gradient, and frees it unless somebody took it. */
  forgetGrad(): void {
    if (this.#leaf !== null) replaceGrad(this.#leaf, null);
  }

  /** Sets or clears the gradient. */
  set grad(value: Tensor | null) {
    if (this.#leaf === null) throw new Error('grad: this tensor does not require a gradient; set requiresGrad first');
    if (value !== null && !(value instanceof Tensor)) throw new TypeError(`grad is ${show(value)}, but must be a tensor or null`);
    if (value !== null && !sameShape(value.shape, this.shape))
      throw new Error(`grad: the tensor has shape [${this.shape.join(', ')}], but the gradient has [${value.shape.join(', ')}]`);
    replaceGrad(this.#leaf, value);
    this.#leaf.taken = true;
  }

  /**
   * Adds the gradient of this loss (or of ⟨upstream, this⟩) to `grad` of every tensor with requiresGrad that it depends on.
   * Uses the recorded history up; pv.grad gives gradients that can be differentiated again.
   */
  backward(upstream?: Tensor): void {
    const y = this.node;
    if (upstream !== undefined && !(upstream instanceof Tensor))
      throw new TypeError(`backward: the upstream gradient is ${show(upstream)}, but must be a tensor`);
    if (!y.requiresGrad)
      throw new Error(
        'backward: this tensor depends on no tensor with requiresGrad, so there is no gradient; set requiresGrad where you want one',
      );
    withoutGradients(() => {
      const g = upstreamFor('backward', y, upstream?.node ?? null);
      const { gradients, visited } = pullback(y, g, (node) => leaves.has(node));
      // All leaves get their gradients, or none does.
      uninterrupted(() => {
        for (const [node, gradient] of gradients) {
          const leaf = leaves.get(node);
          if (leaf === undefined) continue;
          const total = leaf.grad === null ? gradient : add(leaf.grad.node, gradient);
          const grad = new Tensor(alias(total));
          leaveScopes(grad);
          // Computed with whatever is computed next: all gradients of a backward pass share their plan.
          node.state.assigned.add(grad.node);
          // The sum reads the old gradient: it is let go only now that the new one holds it.
          replaceGrad(leaf, grad);
        }
        for (const node of visited) {
          if (node.isLeaf) continue;
          node.consumed = true;
          node.forget();
        }
      });
    });
  }
}

/** Puts another gradient in a leaf's place and frees the old one, unless somebody took it. */
function replaceGrad(leaf: Leaf, grad: Tensor | null): void {
  if (!leaf.taken && leaf.grad !== grad) leaf.grad?.dispose();
  leaf.grad = grad;
  leaf.taken = false;
}

/** Throws when tensors of this type have no gradient. */
export function checkDifferentiable(dtype: DType): void {
  if (!isDifferentiable(dtype)) throw new Error(`requiresGrad: ${dtype} tensors have no gradient; use astype('float32') first`);
}

/** A tensor for a recorded node. */
export function wrap(node: Node): Tensor {
  return new Tensor(node);
}

/** Reads a node's value, computing it first. */
export function readNode(node: Node): Promise<TypedArray> {
  flush(node.state, [node]);
  const values = node.device.read(node.buffer as number, node.dtype, sizeOf(node.shape));
  confirmWith(node.state, values);
  releaseCollected();
  return isDetectingAnomalies() ? anomaliesTold().then(() => values) : values;
}
