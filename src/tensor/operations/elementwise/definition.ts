// Operations that work element by element: one line of WGSL, one of JavaScript, and a derivative each.
//
// Where f is real, or complex and holomorphic, the derivative alone gives both rules: the tangent f′·t and the adjoint
// conj(f′)·g (PyTorch's convention: the gradient of a real loss is dL/dre + i·dL/dim). Others state both rules.

import { isComplex, type DType } from '../../../devices/dtype.js';
import { float64Values, fromFloat64, type NdArray } from '../../../devices/ndarray.js';
import { sizeOf } from '../../../devices/shape.js';
import type { Node } from '../../../graph/node.js';
import type { Operation, TensorType } from '../../../graph/operation.js';

/** Complex value of the reference: a pair. */
export type Complex = readonly [re: number, im: number];

/** An elementwise operation in a few lines. */
export interface Definition {
  readonly name: string;
  /** Arithmetic operations an element, for the cost model. */
  readonly cost?: number;
  /** See `Lowering`. */
  readonly isSum?: boolean;
  /** Result type; the type of the last operand when not given. */
  readonly result?: (types: readonly DType[]) => DType;
  readonly wgsl: (operands: readonly string[], types: readonly DType[], result: DType) => string;
  readonly real?: (...operands: readonly number[]) => number;
  readonly complex?: (...operands: readonly Complex[]) => Complex | number;
  /** f′ with respect to each operand, a number where it is the same everywhere; null where there is no gradient. */
  readonly derivatives?: (operands: readonly Node[], y: Node) => readonly (Node | number | null)[];
  /** For what is not holomorphic: both rules by hand. */
  readonly adjoint?: (node: Node, g: Node) => readonly (Node | null)[];
  readonly jvp?: (node: Node, tangents: readonly (Node | null)[]) => Node | null;
  /** Which branch of a kink real operands take; a complex one counts by its `component`. */
  readonly branch?: (...operands: readonly number[]) => number;
}

/** The operations that the common rules are made of. */
export interface Rules {
  readonly add: (a: Node, b: Node) => Node;
  readonly mul: (a: Node, b: Node) => Node;
  readonly scale: (x: Node, factor: number) => Node;
  readonly conj: (x: Node) => Node;
}

/** Makes an operation of its definition. */
export function makeOperation(definition: Definition, { add, mul, scale, conj }: Rules): Operation {
  const { name, cost = 1, isSum = false, result, wgsl, derivatives, branch } = definition;
  const infer = (types: readonly TensorType[]): TensorType => {
    const dtypes = types.map(({ dtype }) => dtype);
    if (dtypes.some(isComplex) && definition.complex === undefined) {
      throw new Error(`${name}: expects real tensors, but was given ${dtypes.join(' and ')}; use real(), imag() or abs() first`);
    }
    return { dtype: result?.(dtypes) ?? dtypes.at(-1)!, shape: types[0]!.shape };
  };
  const adjoint = (node: Node, g: Node): readonly (Node | null)[] =>
    (derivatives?.(node.inputs, node) ?? node.inputs.map(() => null)).map((d) => {
      if (d === null) return null;
      return typeof d === 'number' ? scale(g, d) : mul(g, conj(d));
    });
  const jvp = (node: Node, tangents: readonly (Node | null)[]): Node | null => {
    if (tangents.every((t) => t === null)) return null;
    const slopes = derivatives?.(node.inputs, node) ?? [];
    return total(
      tangents.map((t, i) => {
        const slope = slopes[i];
        if (t === null || slope == null) return null;
        return typeof slope === 'number' ? scale(t, slope) : mul(t, slope);
      }),
      add,
    );
  };
  return {
    name,
    infer,
    adjoint: definition.adjoint ?? adjoint,
    jvp: definition.jvp ?? jvp,
    reference: ({ dtype, shape }, inputs) => reference(definition, dtype, shape, inputs),
    ...(branch === undefined
      ? {}
      : { branch: ({ shape }, inputs) => Int32Array.from(mapReal(branch, inputs.map(component), sizeOf(shape))) }),
    lowering: { kind: 'elementwise', cost, isSum, wgsl },
  };
}

/** The sum of the parts that are not null. */
export function total(parts: readonly (Node | null)[], add: Rules['add']): Node | null {
  let result: Node | null = null;
  for (const part of parts) if (part !== null) result = result === null ? part : add(result, part);
  return result;
}

/**
 * One number for each element, for branches: of a complex one its component along 1 radian. What is complex has its kinks at zero, and passing
 * zero changes the sign of this component. Passing elsewhere changes it only where a smaller step does not: by symmetry the real or imaginary part
 * of a spectrum vanishes, but no component along an angle that is no fraction of a turn.
 */
function component(x: NdArray): Float64Array<ArrayBuffer> {
  const values = float64Values(x);
  if (!isComplex(x.dtype)) return values;
  const [re, im] = [Math.cos(1), Math.sin(1)];
  return Float64Array.from({ length: values.length / 2 }, (_, i) => re * values[2 * i]! + im * values[2 * i + 1]!);
}

function mapReal(
  f: (...operands: readonly number[]) => number,
  operands: readonly Float64Array<ArrayBuffer>[],
  size: number,
): Float64Array<ArrayBuffer> {
  const out = new Float64Array(size);
  const [a, b, c] = operands;
  if (b === undefined) for (let i = 0; i < size; i++) out[i] = f(a![i]!);
  else if (c === undefined) for (let i = 0; i < size; i++) out[i] = f(a![i]!, b[i]!);
  else for (let i = 0; i < size; i++) out[i] = f(a![i]!, b[i]!, c[i]!);
  return out;
}

function reference({ name, real, complex }: Definition, dtype: DType, shape: readonly number[], inputs: readonly NdArray[]): NdArray {
  const size = sizeOf(shape);
  if (!inputs.some((input) => isComplex(input.dtype)) && !isComplex(dtype)) {
    if (real === undefined) throw new Error(`${name}: has no real reference`);
    return fromFloat64(dtype, shape, mapReal(real, inputs.map(float64Values), size));
  }
  if (complex === undefined) throw new Error(`${name}: has no complex reference`);
  const values = inputs.map(float64Values);
  const parts = inputs.map((input) => (isComplex(input.dtype) ? 2 : 1));
  const out = new Float64Array(isComplex(dtype) ? 2 * size : size);
  for (let i = 0; i < size; i++) {
    const result = complex(...values.map((v, at): Complex => (parts[at] === 2 ? [v[2 * i]!, v[2 * i + 1]!] : [v[i]!, 0])));
    if (typeof result === 'number') out[i] = result;
    else {
      out[2 * i] = result[0];
      out[2 * i + 1] = result[1];
    }
  }
  return fromFloat64(dtype, shape, out);
}

/** WGSL by operand type; $a, $b and $c stand for the operands. */
export const byType =
  (real: string, complex: string) =>
  (operands: readonly string[], types: readonly DType[]): string => {
    const text = types.some(isComplex) ? complex : real;
    return text
      .replaceAll('$a', operands[0] ?? '')
      .replaceAll('$b', operands[1] ?? '')
      .replaceAll('$c', operands[2] ?? '');
  };
/** WGSL that is the same for all types. */
export const text = (template: string) => byType(template, template);
