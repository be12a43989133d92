// Powers, exponentials, trigonometry, activations, magnitude and angle.

import { isComplex } from '../../../devices/dtype.js';
import type { Node } from '../../../graph/node.js';
import { erf } from '../special.js';
import {
  add,
  binary,
  cast,
  complex,
  conj,
  define,
  div,
  eq,
  gt,
  imag,
  like,
  mul,
  neg,
  real,
  reciprocal,
  square,
  sub,
  unary,
  where,
} from './arithmetic.js';
import { byType, text } from './definition.js';

/** The operations, for tests that hold each to its rules. */
export const functions = {
  exp: define({
    name: 'exp',
    cost: 12,
    wgsl: byType('exp($a)', 'exp($a.x) * cos_sin($a.y)'),
    real: (a) => Math.exp(a),
    complex: ([re, im] = [0, 0]) => [Math.exp(re) * Math.cos(im), Math.exp(re) * Math.sin(im)],
    derivatives: (_, y) => [y],
  }),
  log: define({ name: 'log', cost: 12, wgsl: text('log($a)'), real: (a) => Math.log(a), derivatives: ([a]) => [reciprocal(a!)] }),
  log1p: define({
    name: 'log1p',
    cost: 14,
    wgsl: text('log1p_accurate($a)'),
    real: (a) => Math.log1p(a),
    derivatives: ([a]) => [reciprocal(add(a!, like(a!, 1)))],
  }),
  sqrt: define({ name: 'sqrt', cost: 6, wgsl: text('sqrt($a)'), real: (a) => Math.sqrt(a), derivatives: (_, y) => [div(like(y, 0.5), y)] }),
  pow: define({
    name: 'pow',
    cost: 16,
    wgsl: text('power($a, $b)'),
    real: (a, b) => a ** b,
    // x⁰ is constant and 0ᵇ does not move with b: without the masks both would be 0·∞.
    derivatives: ([a, b], y) => [
      where(eq(b!, like(b!, 0)), like(b!, 0), mul(b!, pow(a!, sub(b!, like(b!, 1))))),
      where(eq(a!, like(a!, 0)), like(a!, 0), mul(y, log(a!))),
    ],
  }),
  sin: define({ name: 'sin', cost: 16, wgsl: text('cos_sin($a).y'), real: (a) => Math.sin(a), derivatives: ([a]) => [cos(a!)] }),
  cos: define({ name: 'cos', cost: 16, wgsl: text('cos_sin($a).x'), real: (a) => Math.cos(a), derivatives: ([a]) => [neg(sin(a!))] }),
  tanh: define({
    name: 'tanh',
    cost: 20,
    wgsl: text('tanh_accurate($a)'),
    real: (a) => Math.tanh(a),
    derivatives: (_, y) => [sub(like(y, 1), square(y))],
  }),
  sigmoid: define({
    name: 'sigmoid',
    cost: 16,
    wgsl: text('sigmoid($a)'),
    real: (a) => (a >= 0 ? 1 / (1 + Math.exp(-a)) : Math.exp(a) / (1 + Math.exp(a))),
    derivatives: (_, y) => [mul(y, sub(like(y, 1), y))],
  }),
  /** log(1 + eˣ), as max(x, 0) + log(1 + e^−|x|) so that nothing overflows. */
  softplus: define({
    name: 'softplus',
    cost: 28,
    wgsl: text('max($a, 0.0) + log1p_accurate(exp(-abs($a)))'),
    real: (a) => Math.max(a, 0) + Math.log1p(Math.exp(-Math.abs(a))),
    derivatives: ([a]) => [sigmoid(a!)],
  }),
  erf: define({
    name: 'erf',
    cost: 24,
    wgsl: text('erf_accurate($a)'),
    real: (a) => erf(a),
    derivatives: ([a]) => [mul(exp(neg(square(a!))), like(a!, 2 / Math.sqrt(Math.PI)))],
  }),
  relu: define({
    name: 'relu',
    wgsl: text('select($a, 0.0, $a < 0.0)'),
    real: (a) => (a < 0 ? 0 : a),
    // y is positive where x is: so that x need not be kept.
    adjoint: (y, g) => [where(gt(y, like(y, 0)), g, like(g, 0))],
    jvp: ({ inputs: [a] }, [t]) => (t == null ? null : where(gt(a!, like(a!, 0)), t, like(t, 0))),
    branch: (a) => Number(a > 0),
  }),
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
  /** The argument of a complex number in (−π, π]; 0 or π for a real one. d(arg z) = Im(conj(z)·dz)/|z|². */
  angle: define({
    name: 'angle',
    cost: 24,
    result: ([a]) => (a === 'complex128' ? 'float64' : a === 'complex64' ? 'float32' : a!),
    wgsl: byType('select(0.0, pi, $a < 0.0)', 'angle_of($a)'),
    real: (a) => (a < 0 ? Math.PI : 0),
    complex: ([re, im] = [0, 0]) => Math.atan2(im, re),
    adjoint: ({ inputs: [a] }, g) => [
      isComplex(a!.dtype) ? mul(div(mul(a!, complex(like(g, 0), like(g, 1))), cast(square(abs(a!)), a!.dtype)), cast(g, a!.dtype)) : null,
    ],
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

/** aᵇ for real numbers; negative a with integer b only. */
export const pow = binary(functions.pow);
/** eˣ */
export const exp = unary(functions.exp);
/** Natural logarithm. */
export const log = unary(functions.log);
/** log(1 + x) for x ≥ 0, accurate near zero. */
export const log1p = unary(functions.log1p);
/** √x */
export const sqrt = unary(functions.sqrt);
/** sin x, x in radians. */
export const sin = unary(functions.sin);
/** cos x, x in radians. */
export const cos = unary(functions.cos);
/** Hyperbolic tangent. */
export const tanh = unary(functions.tanh);
/** 1/(1 + e⁻ˣ) */
export const sigmoid = unary(functions.sigmoid);
/** log(1 + eˣ) */
export const softplus = unary(functions.softplus);
/** The error function. */
export const erfNode = unary(functions.erf);
/** max(x, 0); slope 0 at 0. */
export const relu = unary(functions.relu);
/** |x|, real; slope 0 at 0. */
export const abs = unary(functions.abs);
/** x/|x|, 0 at 0. */
export const sign = unary(functions.sign);
/** Argument in radians. */
export const angle = unary(functions.angle);
