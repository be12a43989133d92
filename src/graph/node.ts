// The nodes of the lazy graph, and who keeps them alive.
//
// Liveness never depends on garbage collection. A node is *retained* by the handles people hold and by retained nodes that
// read it; when the last of them lets go, its buffer is freed at once. Nodes made inside library functions carry no handle.

import type { Device } from '../devices/device.js';
import { isDifferentiable, type DType } from '../devices/dtype.js';
import { lostMessage } from '../devices/failures.js';
import type { Shape } from '../devices/shape.js';
import { checkInterrupt, isInterruptible } from './interrupt.js';
import type { Operation } from './operation.js';
import { originOfCall, type Origin } from './origin.js';

/** What a half or full spectrum was made from; display reads it so that nothing is transformed twice. */
export interface SpectrumInfo {
  /** Transformed axes, counted from the end (−1 is the last). */
  readonly axes: readonly number[];
  /** Transform length of each axis. */
  readonly sizes: readonly number[];
  /** True when the last of `axes` holds only the non-negative frequencies. */
  readonly half: boolean;
  readonly norm: 'backward' | 'ortho' | 'forward';
}

/** State of one device's graph: what is pending, what is cached. Kept here so that nodes can take themselves out. */
export interface GraphState {
  readonly device: Device;
  /** Held by people and not computed yet. */
  readonly pending: Set<Node>;
  /** Computed results that could be computed again; oldest first. */
  readonly cached: Set<Node>;
  /** New versions of assigned tensors, to be computed by the next flush. */
  readonly assigned: Set<Node>;
  /** Sent to be computed and not known to be there, and those of them that no answer of the device is awaited for yet. */
  readonly unconfirmed: Set<Node>;
  readonly sent: Set<Node>;
  /** Nodes recorded since the last flush. */
  recorded: number;
}

/** The graph of a device, empty. */
export function graphOf(device: Device): GraphState {
  return { device, pending: new Set(), cached: new Set(), assigned: new Set(), unconfirmed: new Set(), sent: new Set(), recorded: 0 };
}

let nextNode = 1;
let gradientDepth = 0;

/** One operation applied to inputs: a recipe, and once computed a buffer. */
export class Node<A extends object = object> {
  readonly id = nextNode++;
  readonly dtype: DType;
  readonly shape: Shape;
  /** Id of the device buffer, once computed. */
  buffer: number | null = null;
  /** True when a gradient may flow through this node. */
  requiresGrad: boolean;
  /** A value that people own and gradients stop at: a tensor given with requiresGrad, or the new version of an assigned one. */
  isLeaf = false;
  /** Set when backward() has used this node's history up. */
  consumed = false;
  /** Set on a tensor's old version once it has been assigned. */
  superseded = false;
  /** Set when the last holder let go of a computed node. */
  freed = false;
  spectrum: SpectrumInfo | null = null;
  /** Operations on the longest way from computed values to this one, when it was recorded. */
  readonly depth: number;
  /** The call of people's code that recorded it. */
  readonly origin: Origin;
  #replaced: Node | null = null;
  #references = 0;
  #handles = 0;
  #inputs: readonly Node[];
  #signature: string | null = null;

  /** `inputs` live on the same device, except those of a transfer. Throws when people ask to stop. */
  constructor(
    readonly state: GraphState,
    readonly operation: Operation<A>,
    inputs: readonly Node[],
    readonly attributes: A,
    readonly scalars: readonly number[],
    type: { readonly dtype: DType; readonly shape: Shape },
  ) {
    checkInterrupt();
    this.dtype = type.dtype;
    this.shape = type.shape;
    this.#inputs = inputs;
    this.origin = originOfCall();
    this.depth = inputs.reduce((depth, input) => (input.buffer === null ? Math.max(depth, input.depth + 1) : depth), 1);
    this.requiresGrad = gradientDepth === 0 && isDifferentiable(type.dtype) && inputs.some((input) => input.requiresGrad);
  }

  /** Operands; empty once the value is computed and no gradient needs the history. */
  get inputs(): readonly Node[] {
    return this.#inputs;
  }

  /** The device this node is computed on. */
  get device(): Device {
    return this.state.device;
  }

  /** For the new version of an assigned tensor that is not computed yet: the last whole version, which an interrupt leaves in place. */
  get replaced(): Node | null {
    return this.#replaced;
  }

  /** Number of handles that people hold on this node. */
  get handles(): number {
    return this.#handles;
  }

  /** True when anybody holds or reads this node. */
  get isAlive(): boolean {
    return this.#references > 0;
  }

  /** True when something else that is alive reads this node. */
  get hasDependents(): boolean {
    return this.#references > this.#handles;
  }

  /** Operation, attributes and type as text; scalars are not part of it. */
  get signature(): string {
    this.#signature ??= `${this.operation.name}${JSON.stringify(this.attributes)}${this.dtype}[${this.shape.join()}]`;
    return this.#signature;
  }

  /** Makes this node the new version of an assigned tensor, computed by the next flush. */
  replace(old: Node): void {
    old.superseded = true;
    // Versions that the next flush skips were never whole.
    this.#replaced = old.#replaced ?? old;
    this.#replaced.retain();
    this.state.assigned.delete(old);
    this.state.assigned.add(this);
  }

  /** Counts one more user of this node. */
  retain(handle = false): void {
    if (handle) {
      this.#handles++;
      if (this.buffer === null && !isStored(this)) this.state.pending.add(this);
    }
    if (this.#references++ === 0) for (const input of this.#inputs) input.retain();
  }

  /** Takes one user away; the last one frees the buffer and lets go of the inputs. */
  release(handle = false): void {
    if (handle && --this.#handles === 0) this.state.pending.delete(this);
    if (--this.#references > 0) return;
    this.freed = this.buffer !== null && this.#inputs.length === 0;
    this.evict();
    this.state.assigned.delete(this);
    this.#settle();
    for (const input of this.#inputs) input.release();
    this.#releaseReplaced();
  }

  #releaseReplaced(): void {
    const replaced = this.#replaced;
    this.#replaced = null;
    replaced?.release();
  }

  /** Frees the buffer; a node with inputs can be computed again. */
  evict(): void {
    this.state.cached.delete(this);
    if (this.buffer === null) return;
    this.device.free([this.buffer]);
    this.buffer = null;
  }

  /** Records that the value now lies in `buffer`. History is dropped unless a gradient or the cache needs it. */
  store(buffer: number, cache: boolean): void {
    this.buffer = buffer;
    this.state.pending.delete(this);
    this.state.assigned.delete(this);
    if (cache) this.state.cached.add(this);
    // An assignment that is interrupted takes the value it replaces; all else is computed again, from a history that is kept till then.
    if (isInterruptible() && this.#replaced === null) {
      this.state.unconfirmed.add(this);
      this.state.sent.add(this);
    } else this.#forgetUnlessNeeded();
    this.#releaseReplaced();
  }

  /** The value is known to be there, or to have failed for good. */
  confirm(): void {
    if (this.#settle()) this.#forgetUnlessNeeded();
  }

  /** Gives up a value that is not known to be there, so that it is computed again. */
  retract(): void {
    if (!this.#settle()) return;
    this.evict();
    if (this.#handles > 0) this.state.pending.add(this);
  }

  /** No answer of the device is of interest any more. Returns whether one was. */
  #settle(): boolean {
    this.state.sent.delete(this);
    return this.state.unconfirmed.delete(this);
  }

  #forgetUnlessNeeded(): void {
    if (this.state.cached.has(this)) return;
    if (!this.requiresGrad || this.isLeaf || this.consumed) this.forget();
  }

  /** Drops the history of a computed node. */
  forget(): void {
    if (this.buffer === null) return;
    this.state.cached.delete(this);
    if (this.state.unconfirmed.has(this)) return;
    const inputs = this.#inputs;
    this.#inputs = [];
    if (this.#references > 0) for (const input of inputs) input.release();
  }
}

/** True when the value needs no computation: it lies in a buffer, or is a view of one. */
export function isStored(node: Node): boolean {
  let at = node;
  while (at.buffer === null) {
    const [source] = at.inputs;
    if (at.operation.lowering.kind !== 'view' || source === undefined) return false;
    at = source;
  }
  return true;
}

/** Runs f without recording gradients. */
export function withoutGradients<T>(f: () => T): T {
  gradientDepth++;
  try {
    return f();
  } finally {
    gradientDepth--;
  }
}

/** Runs f with gradients recorded, also inside withoutGradients. */
export function withGradients<T>(f: () => T): T {
  const depth = gradientDepth;
  gradientDepth = 0;
  try {
    return f();
  } finally {
    gradientDepth = depth;
  }
}

/** Forgets what was under way when evaluation was cut off: no `finally` runs then. */
export function forgetGradientModes(): void {
  gradientDepth = 0;
}

/** Records an operation. Throws the shape rule's error, or names the devices when the inputs live on different ones. */
export function record<A extends object>(
  operation: Operation<A>,
  inputs: readonly [Node, ...Node[]],
  attributes: A,
  scalars: readonly number[] = [],
): Node {
  const [{ state }] = inputs;
  for (const input of inputs) {
    if (input.state !== state) {
      const lost = [state, input.state].find(({ device }) => device.lost !== null)?.device;
      if (lost) throw new Error(`${operation.name}: ${lostMessage(lost.name, lost.lost ?? '')}`);
      throw new Error(
        `${operation.name}: operands live on different devices, ${state.device.name} and ${input.device.name}; ` +
          `move one with x.to('${state.device.name}')`,
      );
    }
  }
  state.recorded++;
  return new Node(state, operation, inputs, attributes, scalars, operation.infer(inputs, attributes));
}
