// Arithmetic, comparison and choice, the parts of complex numbers, conversions; with broadcasting and promotion.

import { isComplex, isDifferentiable, promote, type DType } from '../../../devices/dtype.js';
import { float64Values, fromFloat64 } from '../../../devices/ndarray.js';
import { broadcastShapes, showShape } from '../../../devices/shape.js';
import { record, type Node } from '../../../graph/node.js';
import type { Operation } from '../../../graph/operation.js';
import { expand } from '../broadcast.js';
import { scalar } from '../sources.js';
import { byType, makeOperation, text, total, type Complex, type Definition } from './definition.js';

/** Makes an operation with the common rules. */
export function define(definition: Definition): Operation {
  // The rules are defined with this very function, below: they are looked up when a gradient is recorded.
  return makeOperation(definition, {
    add: (a, b) => add(a, b),
    mul: (a, b) => mul(a, b),
    scale: (x, factor) => (factor === 1 ? x : factor === -1 ? neg(x) : mul(x, like(x, factor))),
    conj: (x) => conj(x),
  });
}

/** The sum of the parts that are not null. */
export function sumOf(parts: readonly (Node | null)[]): Node | null {
  return total(parts, add);
}

/** A number with the type and device of x. */
export function like(x: Node, value: number): Node {
  return scalar(x.state, x.dtype, value);
}

const bool = (): DType => 'bool';
/** Smith's scaling: |b|² neither overflows nor vanishes. */
const cDiv = ([ar, ai]: Complex, [br, bi]: Complex): Complex => {
  if (Math.abs(br) >= Math.abs(bi)) {
    const r = bi / br;
    const d = br + bi * r;
    return [(ar + ai * r) / d, (ai - ar * r) / d];
  }
  const r = br / bi;
  const d = br * r + bi;
  return [(ar * r + ai) / d, (ai * r - ar) / d];
};
const cMul = ([ar, ai]: Complex, [br, bi]: Complex): Complex => [ar * br - ai * bi, ar * bi + ai * br];
/** WGSL of maximum or minimum; a NaN wins over every number. */
const extremum =
  (comparison: '<' | '>') =>
  ([a = '', b = '']: readonly string[], [type]: readonly DType[]): string =>
    type === 'int32' ? `select(${b}, ${a}, ${a} ${comparison} ${b})` : `select(${b}, ${a}, ${a} ${comparison} ${b} || is_nan(${a}))`;
/** WGSL of equality: a NaN equals nothing, itself included. */
const equality = ([a = '', b = '']: readonly string[], [type]: readonly DType[]): string => {
  if (type === 'complex64') return `(all(${a} == ${b}) && !is_nan(${a}.x) && !is_nan(${a}.y))`;
  return type === 'float32' ? `(${a} == ${b} && !is_nan(${a}))` : `(${a} == ${b})`;
};
/** The operations, for tests that hold each to its rules. */
export const arithmetic = {
  add: define({
    name: 'add',
    isSum: true,
    wgsl: text('$a + $b'),
    real: (a, b) => a + b,
    complex: (a, b) => [a[0] + b[0], a[1] + b[1]],
    derivatives: () => [1, 1],
  }),
  sub: define({
    name: 'sub',
    wgsl: text('$a - $b'),
    real: (a, b) => a - b,
    complex: (a, b) => [a[0] - b[0], a[1] - b[1]],
    derivatives: () => [1, -1],
  }),
  mul: define({
    name: 'mul',
    wgsl: byType('$a * $b', 'complex_mul($a, $b)'),
    real: (a, b) => a * b,
    complex: (a, b) => cMul(a, b),
    derivatives: ([a, b]) => [b!, a!],
  }),
  div: define({
    name: 'div',
    cost: 4,
    wgsl: byType('$a / $b', 'complex_div($a, $b)'),
    real: (a, b) => a / b,
    complex: (a, b) => cDiv(a, b),
    derivatives: ([, b], y) => [reciprocal(b!), neg(div(y, b!))],
  }),
  neg: define({
    name: 'neg',
    wgsl: text('-$a'),
    real: (a) => -a,
    complex: ([re, im] = [0, 0]) => [-re, -im],
    derivatives: () => [-1],
  }),
  square: define({
    name: 'square',
    wgsl: byType('$a * $a', 'complex_mul($a, $a)'),
    real: (a) => a * a,
    complex: (a) => cMul(a, a),
    derivatives: ([a]) => [mul(a!, like(a!, 2))],
  }),
  reciprocal: define({
    name: 'reciprocal',
    cost: 4,
    wgsl: byType('1.0 / $a', 'complex_div(vec2<f32>(1.0, 0.0), $a)'),
    real: (a) => 1 / a,
    complex: (a) => cDiv([1, 0], a),
    derivatives: (_, y) => [neg(square(y))],
  }),
  maximum: define({
    name: 'maximum',
    wgsl: extremum('>'),
    real: (a, b) => Math.max(a, b),
    derivatives: ([a, b]) => [preference(gt(a!, b!), a!, b!), preference(gt(b!, a!), a!, b!)],
    branch: (a, b) => Math.sign(a - b),
  }),
  minimum: define({
    name: 'minimum',
    wgsl: extremum('<'),
    real: (a, b) => Math.min(a, b),
    derivatives: ([a, b]) => [preference(lt(a!, b!), a!, b!), preference(lt(b!, a!), a!, b!)],
    branch: (a, b) => Math.sign(a - b),
  }),
  eq: define({
    name: 'eq',
    result: bool,
    wgsl: equality,
    real: (a, b) => Number(a === b),
    complex: (a, b) => Number(a[0] === b[0] && a[1] === b[1]),
  }),
  ne: define({
    name: 'ne',
    result: bool,
    wgsl: (operands, types) => `!${equality(operands, types)}`,
    real: (a, b) => Number(a !== b),
    complex: (a, b) => Number(a[0] !== b[0] || a[1] !== b[1]),
  }),
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
    jvp: ({ inputs: [condition, a, b] }, [, s, t]) =>
      s == null && t == null ? null : where(condition!, s ?? like(a!, 0), t ?? like(b!, 0)),
    branch: (condition) => condition,
  }),
  conj: define({
    name: 'conj',
    wgsl: byType('$a', 'vec2<f32>($a.x, -$a.y)'),
    real: (a) => a,
    complex: ([re, im] = [0, 0]) => [re, -im],
    adjoint: (_, g) => [conj(g)],
    jvp: (_, [t]) => (t == null ? null : conj(t)),
  }),
  real: define({
    name: 'real',
    result: ([a]) => (a === 'complex128' ? 'float64' : 'float32'),
    wgsl: text('$a.x'),
    complex: (a) => a[0],
    adjoint: (_, g) => [complex(g, like(g, 0))],
    jvp: (_, [t]) => (t == null ? null : real(t)),
  }),
  imag: define({
    name: 'imag',
    result: ([a]) => (a === 'complex128' ? 'float64' : 'float32'),
    wgsl: text('$a.y'),
    complex: (a) => a[1],
    adjoint: (_, g) => [complex(like(g, 0), g)],
    jvp: (_, [t]) => (t == null ? null : imag(t)),
  }),
  complex: define({
    name: 'complex',
    result: ([a]) => (a === 'float64' ? 'complex128' : 'complex64'),
    wgsl: text('vec2<f32>($a, $b)'),
    complex: (re, im) => [re[0], im[0]],
    adjoint: (_, g) => [real(g), imag(g)],
    jvp: ({ inputs: [a] }, [s, t]) => (s == null && t == null ? null : complex(s ?? like(a!, 0), t ?? like(a!, 0))),
  }),
} as const;

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
    if (!isComplex(dtype))
      return fromFloat64(
        dtype,
        shape,
        dtype === 'bool' ? values.map(Number).map((v) => Number(v !== 0)) : dtype === 'int32' ? values.map(Math.trunc) : values,
      );
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
  const result = record(castOperation, [x], { to });
  result.spectrum = x.spectrum;
  return result;
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
      throw new Error(
        `${name}: shapes ${operands.map((o) => showShape(o.shape)).join(' and ')} do not broadcast; axes must be equal or 1, aligned at the end`,
      );
    }
    shape = both;
  }
  return operands.map((operand) => expand(operand, shape)) as [Node, ...Node[]];
}

/** A function of one node. */
export const unary =
  (operation: Operation) =>
  (x: Node): Node =>
    record(operation, [x], {});
/** A function of two nodes, broadcast and promoted. */
export const binary =
  (operation: Operation) =>
  (a: Node, b: Node): Node =>
    record(operation, unify(operation.name, [a, b]), {});

/** a + b, with broadcasting and promotion, as all binary operations here. */
export const add = binary(arithmetic.add);
/** a − b */
export const sub = binary(arithmetic.sub);
/** a · b */
export const mul = binary(arithmetic.mul);
/** a / b; floating point (integers are converted before). */
export const div = binary(arithmetic.div);
/** The larger of both; at a tie each gets half of the gradient. */
export const maximum = binary(arithmetic.maximum);
/** The smaller of both; at a tie each gets half of the gradient. */
export const minimum = binary(arithmetic.minimum);
/** a = b */
export const eq = binary(arithmetic.eq);
/** a ≠ b */
export const ne = binary(arithmetic.ne);
/** a < b */
export const lt = binary(arithmetic.lt);
/** a ≤ b */
export const le = binary(arithmetic.le);
/** a > b */
export const gt = binary(arithmetic.gt);
/** a ≥ b */
export const ge = binary(arithmetic.ge);
/** −x */
export const neg = unary(arithmetic.neg);
/** x² */
export const square = unary(arithmetic.square);
/** 1/x */
export const reciprocal = unary(arithmetic.reciprocal);
/** Complex conjugate; a real tensor is its own. */
export function conj(x: Node): Node {
  return isComplex(x.dtype) ? record(arithmetic.conj, [x], {}) : x;
}

/** Real part. */
export function real(x: Node): Node {
  return isComplex(x.dtype) ? record(arithmetic.real, [x], {}) : x;
}

/** Imaginary part; zeros for a real tensor. */
export function imag(x: Node): Node {
  return isComplex(x.dtype) ? record(arithmetic.imag, [x], {}) : expand(like(x, 0), x.shape);
}

/** re + i·im */
export function complex(re: Node, im: Node): Node {
  return record(arithmetic.complex, unify('complex', [re, im]), {});
}

/** a where the condition (bool) holds, else b. */
export function where(condition: Node, a: Node, b: Node): Node {
  if (condition.dtype !== 'bool')
    throw new Error(`where: the condition must be bool, but is ${condition.dtype}; compare first, for example x.gt(0)`);
  const [x, y] = unify('where', [a, b]);
  return record(arithmetic.where, broadcast('where', [condition, x, y!]), {});
}
