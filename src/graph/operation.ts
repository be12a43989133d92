// What an operation is: one object that holds its shape rule, its adjoint, its forward-mode rule, its float64 reference and
// how it becomes a kernel. Nodes carry it; the graph and the devices only ever ask it.

import type { DeviceLimits } from '../devices/device.js';
import type { DType } from '../devices/dtype.js';
import type { NdArray } from '../devices/ndarray.js';
import type { Shape } from '../devices/shape.js';
import type { Guard, Index, Mapped } from './indexing.js';
import type { GraphState, Node } from './node.js';

/** Element type and extents of a value. */
export interface TensorType {
  readonly dtype: DType;
  readonly shape: Shape;
}

/** What the float64 reference of an operation is given. */
export interface ReferenceCall<A> extends TensorType {
  readonly attributes: A;
  readonly scalars: readonly number[];
}

/** What an `indexed` lowering can ask while WGSL is generated for one element. */
export interface Emitter {
  /** The element's index vector. */
  readonly index: readonly Index[];
  /** WGSL expression of an input's element. */
  readonly load: (input: number, index: readonly Index[]) => string;
  /** WGSL expression of one of the node's scalars. */
  readonly scalar: (index: number, type: 'f32' | 'i32' | 'u32') => string;
  /** WGSL expression of a complex element of constant data named by `key`. */
  readonly table: (key: string, make: () => Float32Array<ArrayBuffer>, position: Index) => string;
  /** Declares a constant and returns its name. */
  readonly declare: (type: string, expression: string) => string;
  /** An index whose value is a WGSL i32 expression, with bounds that the caller vouches for. */
  readonly variable: (expression: string, min: number, max: number) => Index;
  /** The value of the first case whose guards hold, else `fallback`; cases are generated only under their guards. */
  readonly choose: (cases: readonly { readonly guards: readonly Guard[]; readonly value: () => string }[], fallback: string) => string;
}

/** A view's run-time scalar as an index, with its bounds. */
export type ScalarIndex = (index: number, min: number, max: number) => Index;

/** How an operation becomes part of a kernel on a wgsl device. */
export type Lowering<A> =
  /** A value that already lies in a buffer, or is given at run time. */
  | { readonly kind: 'input' }
  /** One result element from the operands' elements at the same index; `cost` in arithmetic operations. */
  | {
      readonly kind: 'elementwise';
      readonly cost: number;
      /** It adds its operands up: sums along axes of which it is the sum are done as one. */
      readonly isSum?: boolean;
      wgsl(this: void, operands: readonly string[], types: readonly DType[], result: DType, attributes: A): string;
    }
  /** Elements of the one input at other places; costs no copy. `fill` is the value where a guard fails. */
  | {
      readonly kind: 'view';
      map(this: void, index: readonly Index[], from: Shape, to: Shape, attributes: A, scalar: ScalarIndex): Mapped;
      fill?(this: void, attributes: A): number;
      /** The inverse map, for views that lose nothing or only drop elements: result index of a source element, with guards. */
      inverse?(this: void, index: readonly Index[], from: Shape, to: Shape, attributes: A, scalar: ScalarIndex): Mapped;
    }
  /** Any expression of the index: iota, random numbers, concatenation, gathering. */
  | {
      readonly kind: 'indexed';
      readonly cost: number;
      emit(emitter: Emitter, call: ReferenceCall<A>, inputs: readonly TensorType[]): string;
    }
  /** Combines the elements along axes. */
  | { readonly kind: 'reduce'; readonly combine: 'sum' | 'max' | 'min' | 'argmax'; axes(this: void, attributes: A): readonly number[] }
  /** Batched matrix product [B, M, K] × [B, K, N]. */
  | { readonly kind: 'matmul' }
  /** Batched correlation [B, N, C, H, W] × [B, K, C, T, U] → [B, N, K, O, P]. */
  | { readonly kind: 'correlate'; steps(this: void, attributes: A): CorrelationSteps }
  /** One-dimensional transform that fits in workgroup memory. */
  | { readonly kind: 'fft'; transform(this: void, attributes: A): FftTransform }
  /** Two-dimensional real transform of planes that fit in workgroup memory. */
  | { readonly kind: 'plane-fft'; transform(this: void, attributes: A): PlaneTransform }
  /** The input itself, stored: a point where fusion ends. */
  | { readonly kind: 'materialize' }
  /** Never a kernel of its own: `expand` always gives a graph of other operations. */
  | { readonly kind: 'composite' };

/** For rows and columns: from one result, and from one tap of a filter, to the next. */
export interface CorrelationSteps {
  readonly stride: readonly [number, number];
  readonly dilation: readonly [number, number];
}

/** A transform as the fft kernel family sees it. */
export interface FftTransform {
  readonly axis: number;
  /** Transform length. */
  readonly n: number;
  /** Complex to complex, real to half spectrum, half spectrum to real. */
  readonly mode: 'c2c' | 'r2c' | 'c2r';
  /** Sign of the exponent: −1 forward, +1 inverse. */
  readonly sign: 1 | -1;
  /** Where in the period the operand begins (0 unless said, and 0 for c2r); there are zeros where it is not. */
  readonly offset?: number;
  readonly use?: Use;
}

/** Transforms of the same operand are one, also for different readers, unless their uses differ: then none waits in memory for the other. */
export type Use = string | null;

/** A transform of the last two axes as the plane-fft kernel family sees it: real planes to half spectra of columns, or back. */
export interface PlaneTransform {
  /** Rows and columns of the period. */
  readonly n: readonly [number, number];
  readonly mode: 'r2c' | 'c2r';
  /** Where in the period the planes begin; outside of them there are zeros (r2c), or values that nobody wants (c2r). */
  readonly offsets: readonly [number, number];
  /** Rows and columns of the planes. */
  readonly extents: readonly [number, number];
  readonly use?: Use;
}

/** An operation: everything the project knows about it, in one place. */
export interface Operation<A extends object = object> {
  readonly name: string;
  /** Expensive enough that a result which somebody holds is kept rather than computed again. */
  readonly heavy?: boolean;
  /** The type of the result; throws what was given, what was expected and what to do. */
  infer(inputs: readonly TensorType[], attributes: A): TensorType;
  /** Gradient of each input (null where there is none), given the gradient `g` of the result: recorded operations. */
  adjoint(node: Node<A>, g: Node): readonly (Node | null)[];
  /** Tangent of the result, given those of the inputs (null means zero): recorded operations. */
  jvp(node: Node<A>, tangents: readonly (Node | null)[]): Node | null;
  /** The operation itself in float64, on the host. */
  reference(call: ReferenceCall<A>, inputs: readonly NdArray[]): NdArray;
  /** For operations with a kink: which branch each element takes, so that differences across a kink can be told apart. */
  branch?(call: ReferenceCall<A>, inputs: readonly NdArray[]): Int32Array;
  readonly lowering: Lowering<A>;
  /** A graph of other operations that does the same on a device with these limits, or null when the lowering serves as it is. */
  expand?(inputs: readonly Node[], call: ReferenceCall<A>, limits: DeviceLimits): Node | null;
  /** What the expansion depends on beside its arguments, as text: another one is another plan. Asked when a program is about to run. */
  variant?(attributes: A, state: GraphState): string;
}
