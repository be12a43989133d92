// Operations that work element by element: one line of WGSL, one of JavaScript, and a derivative each.
//
// Where f is real, or complex and holomorphic, the derivative alone gives both rules: the tangent f′·t and the adjoint
// conj(f′)·g (PyTorch's convention: the gradient of a real loss is dL/dre + i·dL/dim). Others state both rules.

import { isComplex, isDifferentiable, promote, type DType } from '../../devices/dtype.js';
import { float64Values, fromFloat64, type NdArray } from '../../devices/ndarray.js';
import { broadcastShapes, showShape, sizeOf } from '../../devices/shape.js';
import { record, type Node } from '../../graph/node.js';
import type { Operation, TensorType } from '../../graph/operation.js';
import { expand } from './broadcast.js';
import { erf } from './special.js';
import { scalar } from './sources.js';

/** Complex value of the reference: a pair. */
type Complex = readonly [re: number, im: number];

interface Definition {
  readonly name: string;
  /** Arithmetic operations an element, for the cost model. */
  readonly cost?: number;
  /** Result type; the type of the last operand when not given. */
  readonly result?: (types: readonly DType[]) => DType;
  readonly wgsl: (operands: readonly string[], types: readonly DType[], result: DType) => string;
  readonly real?: (...operands: readonly number[]) => number;
  readonly complex?: (...operands: readonly Complex[]) => Complex | number;
  /** f′ with respect to each operand; null where there is no gradient. */
  readonly derivatives?: (operands: readonly Node[], y: Node) => readonly (Node | null)[];
  /** For what is not holomorphic: both rules by hand. */
  readonly adjoint?: (node: Node, g: Node) => readonly (Node | null)[];
  readonly jvp?: (node: Node, tangents: readonly (Node | null)[]) => Node | null;
  readonly branch?: (...operands: readonly number[]) => number;
}

function define(definition: Definition): Operation {
  const { name, cost = 1, result, wgsl, derivatives, branch } = definition;
  const infer = (types: readonly TensorType[]): TensorType => {
    const dtypes = types.map(({ dtype }) => dtype);
    if (dtypes.some(isComplex) && definition.complex === undefined) {
      throw new Error(`${name}: expects real tensors, but was given ${dtypes.join(' and ')}; use real(), imag() or abs() first`);
    }
    return { dtype: result?.(dtypes) ?? dtypes.at(-1)!, shape: types[0]!.shape };
  };
  const adjoint = (node: Node, g: Node): readonly (Node | null)[] =>
    (derivatives?.(node.inputs, node) ?? node.inputs.map(() => null)).map((d) => (d === null ? null : mul(g, conj(d))));
  const jvp = (node: Node, tangents: readonly (Node | null)[]): Node | null => {
    if (tangents.every((t) => t === null)) return null;
    const slopes = derivatives?.(node.inputs, node) ?? [];
    return total(tangents.map((t, i) => (t === null || slopes[i] == null ? null : mul(t, slopes[i]))));
  };
  return {
    name,
    infer,
    adjoint: definition.adjoint ?? adjoint,
    jvp: definition.jvp ?? jvp,
    reference: ({ dtype, shape }, inputs) => reference(definition, dtype, shape, inputs),
    ...(branch === undefined ? {} : { branch: (_call, inputs) => Int32Array.from(mapReal(branch, inputs, sizeOf(inputs[0]!.shape))) }),
    lowering: { kind: 'elementwise', cost, wgsl },
  };
}

/** The sum of the parts that are not null. */
export function total(parts: readonly (Node | null)[]): Node | null {
  let result: Node | null = null;
  for (const part of parts) if (part !== null) result = result === null ? part : add(result, part);
  return result;
}

function mapReal(f: (...operands: readonly number[]) => number, inputs: readonly NdArray[], size: number): Float64Array<ArrayBuffer> {
  const out = new Float64Array(size);
  const [a, b, c] = inputs.map(float64Values);
  if (b === undefined) for (let i = 0; i < size; i++) out[i] = f(a![i]!);
  else if (c === undefined) for (let i = 0; i < size; i++) out[i] = f(a![i]!, b[i]!);
  else for (let i = 0; i < size; i++) out[i] = f(a![i]!, b[i]!, c[i]!);
  return out;
}

function reference({ name, real, complex }: Definition, dtype: DType, shape: readonly number[], inputs: readonly NdArray[]): NdArray {
  const size = sizeOf(shape);
  if (!inputs.some((input) => isComplex(input.dtype)) && !isComplex(dtype)) {
    if (real === undefined) throw new Error(`${name}: has no real reference`);
    return fromFloat64(dtype, shape, mapReal(real, inputs, size));
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

/** A number with the type and device of x. */
export function like(x: Node, value: number): Node {
  return scalar(x.state, x.dtype, value);
}

const bool = (): DType => 'bool';
const cDiv = ([ar, ai]: Complex, [br, bi]: Complex): Complex => {
  const d = br * br + bi * bi;
  return [(ar * br + ai * bi) / d, (ai * br - ar * bi) / d];
};
const cMul = ([ar, ai]: Complex, [br, bi]: Complex): Complex => [ar * br - ai * bi, ar * bi + ai * br];
const byType =
  (real: string, complex: string) =>
  (operands: readonly string[], types: readonly DType[]): string => {
    const text = types.some(isComplex) ? complex : real;
    return text.replaceAll('$a', operands[0] ?? '').replaceAll('$b', operands[1] ?? '').replaceAll('$c', operands[2] ?? '');
  };
const text = (template: string) => byType(template, template);

const operations = {
  add: define({ name: 'add', wgsl: text('$a + $b'), real: (a, b) => a + b, complex: (a, b) => [a[0] + b[0], a[1] + b[1]], derivatives: ([a, b]) => [like(a!, 1), like(b!, 1)] }),
  sub: define({ name: 'sub', wgsl: text('$a - $b'), real: (a, b) => a - b, complex: (a, b) => [a[0] - b[0], a[1] - b[1]], derivatives: ([a, b]) => [like(a!, 1), like(b!, -1)] }),
  mul: define({ name: 'mul', wgsl: byType('$a * $b', 'complex_mul($a, $b)'), real: (a, b) => a * b, complex: (a, b) => cMul(a, b), derivatives: ([a, b]) => [b!, a!] }),
  div: define({ name: 'div', cost: 4, wgsl: byType('$a / $b', 'complex_div($a, $b)'), real: (a, b) => a / b, complex: (a, b) => cDiv(a, b), derivatives: ([, b], y) => [reciprocal(b!), neg(div(y, b!))] }),
  pow: define({ name: 'pow', cost: 16, wgsl: text('power($a, $b)'), real: (a, b) => a ** b, derivatives: ([a, b], y) => [mul(b!, pow(a!, sub(b!, like(b!, 1)))), mul(y, log(a!))] }),
  maximum: define({ name: 'maximum', wgsl: text('select($b, $a, $a > $b || $a != $a)'), real: (a, b) => Math.max(a, b), derivatives: ([a, b]) => [preference(gt(a!, b!), a!, b!), preference(gt(b!, a!), a!, b!)], branch: (a, b) => Math.sign(a - b) }),
  minimum: define({ name: 'minimum', wgsl: text('select($b, $a, $a < $b || $a != $a)'), real: (a, b) => Math.min(a, b), derivatives: ([a, b]) => [preference(lt(a!, b!), a!, b!), preference(lt(b!, a!), a!, b!)], branch: (a, b) => Math.sign(a - b) }),
  eq: define({ name: 'eq', result: bool, wgsl: byType('$a == $b', 'all($a == $b)'), real: (a, b) => Number(a === b), complex: (a, b) => Number(a[0] === b[0] && a[1] === b[1]) }),
  ne: define({ name: 'ne', result: bool, wgsl: byType('$a != $b', 'any($a != $b)'), real: (a, b) => Number(a !== b), complex: (a, b) => Number(a[0] !== b[0] || a[1] !== b[1]) }),
  lt: define({ name: 'lt', result: bool, wgsl: text('$a < $b'), real: (a, b) => Number(a < b) }),
  le: define({ name: 'le', result: bool, wgsl: text('$a <= $b'), real: (a, b) => Number(a <= b) }),
  gt: define({ name: 'gt', result: bool, wgsl: text('$a > $b'), real: (a, b) => Number(a > b) }),
  ge: define({ name: 'ge', result: bool, wgsl: text('$a >= $b'), real: (a, b) => Number(a >= b) }),
  where: define({
    name: 'where',
    wgsl: text('select($c, $b, $a)'),
    real: (condition, a, b) => (condition ? a : b),
    complex: (condition, a, b) => (condition[0] ? a : b),
    adjoint: ({ inputs: [condition] }, g) => [null, where(condition!, g, like(g, 0)), where(condition!, like(g, 0), g)],
    jvp: ({ inputs: [condition, a, b] }, [, s, t]) => (s == null && t == null ? null : where(condition!, s ?? like(a!, 0), t ?? like(b!, 0))),
    branch: (condition) => condition,
  }),
  neg: define({ name: 'neg', wgsl: text('-$a'), real: (a) => -a, complex: ([re, im] = [0, 0]) => [-re, -im], derivatives: ([a]) => [like(a!, -1)] }),
  square: define({ name: 'square', wgsl: byType('$a * $a', 'complex_mul($a, $a)'), real: (a) => a * a, complex: (a) => cMul(a, a), derivatives: ([a]) => [mul(a!, like(a!, 2))] }),
  reciprocal: define({ name: 'reciprocal', cost: 4, wgsl: byType('1.0 / $a', 'complex_div(vec2<f32>(1.0, 0.0), $a)'), real: (a) => 1 / a, complex: (a) => cDiv([1, 0], a), derivatives: (_, y) => [neg(square(y))] }),
  exp: define({ name: 'exp', cost: 12, wgsl: byType('exp($a)', 'exp($a.x) * cos_sin($a.y)'), real: (a) => Math.exp(a), complex: ([re, im] = [0, 0]) => [Math.exp(re) * Math.cos(im), Math.exp(re) * Math.sin(im)], derivatives: (_, y) => [y] }),
  log: define({ name: 'log', cost: 12, wgsl: text('log($a)'), real: (a) => Math.log(a), derivatives: ([a]) => [reciprocal(a!)] }),
  log1p: define({ name: 'log1p', cost: 14, wgsl: text('log1p_accurate($a)'), real: (a) => Math.log1p(a), derivatives: ([a]) => [reciprocal(add(a!, like(a!, 1)))] }),
  sqrt: define({ name: 'sqrt', cost: 6, wgsl: text('sqrt($a)'), real: (a) => Math.sqrt(a), derivatives: (_, y) => [div(like(y, 0.5), y)] }),
  sin: define({ name: 'sin', cost: 16, wgsl: text('cos_sin($a).y'), real: (a) => Math.sin(a), derivatives: ([a]) => [cos(a!)] }),
  cos: define({ name: 'cos', cost: 16, wgsl: text('cos_sin($a).x'), real: (a) => Math.cos(a), derivatives: ([a]) => [neg(sin(a!))] }),
  tanh: define({ name: 'tanh', cost: 20, wgsl: text('tanh_accurate($a)'), real: (a) => Math.tanh(a), derivatives: (_, y) => [sub(like(y, 1), square(y))] }),
  sigmoid: define({ name: 'sigmoid', cost: 16, wgsl: text('sigmoid($a)'), real: (a) => (a >= 0 ? 1 / (1 + Math.exp(-a)) : Math.exp(a) / (1 + Math.exp(a))), derivatives: (_, y) => [mul(y, sub(like(y, 1), y))] }),
  erf: define({ name: 'erf', cost: 24, wgsl: text('erf_accurate($a)'), real: (a) => erf(a), derivatives: ([a]) => [mul(exp(neg(square(a!))), like(a!, 2 / Math.sqrt(Math.PI)))] }),
  relu: define({ name: 'relu', wgsl: text('select($a, 0.0, $a < 0.0)'), real: (a) => (a < 0 ? 0 : a), derivatives: ([a]) => [where(gt(a!, like(a!, 0)), like(a!, 1), like(a!, 0))], branch: (a) => Number(a > 0) }),
  abs: define({
    name: 'abs',
    cost: 4,
    result: ([a]) => (a === 'complex64' ? 'float32' : a === 'complex128' ? 'float64' : a!),
    wgsl: byType('abs($a)', 'complex_abs($a)'),
    real: (a) => Math.abs(a),
    complex: ([re, im] = [0, 0]) => Math.hypot(re, im),
    adjoint: ({ inputs: [a] }, g) => [mul(sign(a!), cast(g, a!.dtype))],
    jvp: ({ inputs: [a] }, [t]) => (t == null ? null : isComplex(a!.dtype) ? real(mul(conj(sign(a!)), t)) : mul(sign(a!), t)),
    branch: (a) => Math.sign(a),
  }),
  /** x/|x|, 0 at 0. */
  sign: define({
    name: 'sign',
    cost: 6,
    wgsl: byType('sign($a)', 'select($a / complex_abs($a), vec2<f32>(), all($a == vec2<f32>()))'),
    real: (a) => Math.sign(a),
    complex: ([re, im] = [0, 0]) => {
      const size = Math.hypot(re, im);
      return size === 0 ? [0, 0] : [re / size, im / size];
    },
    adjoint: (node, g) => [directionRule(node, g)],
    jvp: (node, [t]) => (t == null ? null : directionRule(node, t)),
    branch: (a) => Math.sign(a),
  }),
  conj: define({ name: 'conj', wgsl: byType('$a', 'vec2<f32>($a.x, -$a.y)'), real: (a) => a, complex: ([re, im] = [0, 0]) => [re, -im], adjoint: (_, g) => [conj(g)], jvp: (_, [t]) => (t == null ? null : conj(t)) }),
  real: define({ name: 'real', result: ([a]) => (a === 'complex128' ? 'float64' : 'float32'), wgsl: text('$a.x'), complex: (a) => a[0], adjoint: (_, g) => [complex(g, like(g, 0))], jvp: (_, [t]) => (t == null ? null : real(t)) }),
  imag: define({ name: 'imag', result: ([a]) => (a === 'complex128' ? 'float64' : 'float32'), wgsl: text('$a.y'), complex: (a) => a[1], adjoint: (_, g) => [complex(like(g, 0), g)], jvp: (_, [t]) => (t == null ? null : imag(t)) }),
  complex: define({
    name: 'complex',
    result: ([a]) => (a === 'float64' ? 'complex128' : 'complex64'),
    wgsl: text('vec2<f32>($a, $b)'),
    complex: (re, im) => [re[0], im[0]],
    adjoint: (_, g) => [real(g), imag(g)],
    jvp: ({ inputs: [a] }, [s, t]) => (s == null && t == null ? null : complex(s ?? like(a!, 0), t ?? like(a!, 0))),
  }),
  /** The argument of a complex number in (−π, π]; 0 or π for a real one. d(arg z) = Im(conj(z)·dz)/|z|². */
  angle: define({
    name: 'angle',
    cost: 24,
    result: ([a]) => (a === 'complex128' ? 'float64' : a === 'complex64' ? 'float32' : a!),
    wgsl: byType('select(0.0, pi, $a < 0.0)', 'angle_of($a)'),
    real: (a) => (a < 0 ? Math.PI : 0),
    complex: ([re, im] = [0, 0]) => Math.atan2(im, re),
    adjoint: ({ inputs: [a] }, g) => [isComplex(a!.dtype) ? mul(div(mul(a!, complex(like(g, 0), like(g, 1))), cast(square(abs(a!)), a!.dtype)), cast(g, a!.dtype)) : null],
    jvp: ({ inputs: [a] }, [t]) => (t == null || !isComplex(a!.dtype) ? null : div(imag(mul(conj(a!), t)), square(abs(a!)))),
  }),
} as const;

/** The derivative of sign: what remains of t across the direction y of x, over |x|; 0 at 0 and for real x. */
function directionRule(node: Node, t: Node): Node | null {
  const [x] = node.inputs;
  if (!isComplex(node.dtype) || x === undefined) return null;
  const along = mul(node, cast(real(mul(conj(node), t)), node.dtype));
  const size = abs(x);
  return where(gt(size, like(size, 0)), div(sub(t, along), cast(size, node.dtype)), like(node, 0));
}

/** Slope of maximum or minimum: 1 for the chosen operand, ½ for both at a tie. */
function preference(chosen: Node, a: Node, b: Node): Node {
  return where(eq(a, b), like(a, 0.5), where(chosen, like(a, 1), like(a, 0)));
}

interface CastAttributes {
  readonly to: DType;
}

const castOperation: Operation<CastAttributes> = {
  name: 'cast',
  infer: ([x], { to }) => ({ dtype: to, shape: x!.shape }),
  adjoint: ({ inputs: [x] }, g) => [fromWider(g, x!.dtype)],
  jvp: (node, [t]) => (t == null || !isDifferentiable(node.dtype) ? null : cast(t, node.dtype)),
  reference: ({ dtype, shape }, [x]) => {
    const values = float64Values(x!);
    if (!isComplex(dtype)) return fromFloat64(dtype, shape, dtype === 'bool' ? values.map(Number).map((v) => Number(v !== 0)) : dtype === 'int32' ? values.map(Math.trunc) : values);
    if (isComplex(x!.dtype)) return fromFloat64(dtype, shape, values);
    const out = new Float64Array(2 * values.length);
    values.forEach((value, i) => (out[2 * i] = value));
    return fromFloat64(dtype, shape, out);
  },
  lowering: {
    kind: 'elementwise',
    cost: 1,
    wgsl: ([x], [from], to) => {
      if (isComplex(to)) return isComplex(from!) ? x! : `vec2<f32>(f32(${x}), 0.0)`;
      if (to === 'bool') return from === 'float32' ? `(${x} != 0.0)` : from === 'int32' ? `(${x} != 0)` : x!;
      return to === 'int32' ? `i32(${x})` : `f32(${x})`;
    },
  },
};

/** The gradient of a cast: back to the narrower type, of which a real one takes the real part. */
function fromWider(g: Node, to: DType): Node | null {
  if (to === 'int32' || to === 'bool') return null;
  return isComplex(g.dtype) && !isComplex(to) ? cast(real(g), to) : cast(g, to);
}

/** Converts the element type; complex to real is not a conversion (real, imag and abs say which part is meant). */
export function cast(x: Node, to: DType): Node {
  if (x.dtype === to) return x;
  if (isComplex(x.dtype) && !isComplex(to)) {
    throw new Error(`astype: ${x.dtype} cannot become ${to} without losing a part; use real(), imag() or abs()`);
  }
  return record(castOperation, [x], { to });
}

/** Brings operands to one type and shape. */
function unify(name: string, operands: readonly Node[]): [Node, ...Node[]] {
  const dtype = operands.map((operand) => operand.dtype).reduce(promote);
  return broadcast(
    name,
    operands.map((operand) => cast(operand, dtype)),
  );
}

function broadcast(name: string, operands: readonly Node[]): [Node, ...Node[]] {
  let shape = operands[0]!.shape;
  for (const operand of operands) {
    const both = broadcastShapes(shape, operand.shape);
    if (both === null) {
      throw new Error(`${name}: shapes ${operands.map((o) => showShape(o.shape)).join(' and ')} do not broadcast; axes must be equal or 1, aligned at the end`);
    }
    shape = both;
  }
  return operands.map((operand) => expand(operand, shape)) as [Node, ...Node[]];
}

const unary = (operation: Operation) => (x: Node): Node => record(operation, [x], {});
const binary = (operation: Operation) => (a: Node, b: Node): Node => record(operation, unify(operation.name, [a, b]), {});

/** a + b, with broadcasting and promotion, as all binary operations here. */
export const add = binary(operations.add);
/** a − b */
export const sub = binary(operations.sub);
/** a · b */
export const mul = binary(operations.mul);
/** a / b; floating point (integers are converted before). */
export const div = binary(operations.div);
/** aᵇ for real numbers; negative a with integer b only. */
export const pow = binary(operations.pow);
/** The larger of both; at a tie each gets half of the gradient. */
export const maximum = binary(operations.maximum);
/** The smaller of both; at a tie each gets half of the gradient. */
export const minimum = binary(operations.minimum);
/** a = b */
export const eq = binary(operations.eq);
/** a ≠ b */
export const ne = binary(operations.ne);
/** a < b */
export const lt = binary(operations.lt);
/** a ≤ b */
export const le = binary(operations.le);
/** a > b */
export const gt = binary(operations.gt);
/** a ≥ b */
export const ge = binary(operations.ge);
/** −x */
export const neg = unary(operations.neg);
/** x² */
export const square = unary(operations.square);
/** 1/x */
export const reciprocal = unary(operations.reciprocal);
/** eˣ */
export const exp = unary(operations.exp);
/** Natural logarithm. */
export const log = unary(operations.log);
/** log(1 + x) for x ≥ 0, accurate near zero. */
export const log1p = unary(operations.log1p);
/** √x */
export const sqrt = unary(operations.sqrt);
/** sin x, x in radians. */
export const sin = unary(operations.sin);
/** cos x, x in radians. */
export const cos = unary(operations.cos);
/** Hyperbolic tangent. */
export const tanh = unary(operations.tanh);
/** 1/(1 + e⁻ˣ) */
export const sigmoid = unary(operations.sigmoid);
/** The error function. */
export const erfNode = unary(operations.erf);
/** max(x, 0); slope 0 at 0. */
export const relu = unary(operations.relu);
/** |x|, real; slope 0 at 0. */
export const abs = unary(operations.abs);
/** x/|x|, 0 at 0. */
export const sign = unary(operations.sign);
/** Argument in radians. */
export const angle = unary(operations.angle);

/** Complex conjugate; a real tensor is its own. */
export function conj(x: Node): Node {
  return isComplex(x.dtype) ? record(operations.conj, [x], {}) : x;
}

/** Real part. */
export function real(x: Node): Node {
  return isComplex(x.dtype) ? record(operations.real, [x], {}) : x;
}

/** Imaginary part; zeros for a real tensor. */
export function imag(x: Node): Node {
  return isComplex(x.dtype) ? record(operations.imag, [x], {}) : expand(like(x, 0), x.shape);
}

/** re + i·im */
export function complex(re: Node, im: Node): Node {
  return record(operations.complex, unify('complex', [re, im]), {});
}

/** a where the condition (bool) holds, else b. */
export function where(condition: Node, a: Node, b: Node): Node {
  if (condition.dtype !== 'bool') throw new Error(`where: the condition must be bool, but is ${condition.dtype}; compare first, for example x.gt(0)`);
  const [x, y] = unify('where', [a, b]);
  return record(operations.where, broadcast('where', [condition, x, y!]), {});
}

/** Every elementwise operation, for tests that hold each to its rules. */
export const elementwiseOperations: readonly Operation[] = Object.values(operations);
