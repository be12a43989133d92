// Arithmetic, functions of elements and reductions: methods of Tensor.

import { isComplex } from '../devices/dtype.js';
import { Node } from '../graph/node.js';
import { counting, floating, meanNode, normNode, reduced, sameType, varianceNode, withNumber } from './arguments.js';
import { checkNumber, checkOptions, show } from './checks.js';
import { sum } from './operations/broadcast.js';
import * as e from './operations/elementwise/index.js';
import { argmaxNode, max, min } from './operations/extrema.js';
import { matmul } from './operations/matmul.js';
import { nodeOf, Recorded, type Operand, type ReduceOptions } from './recorded.js';
import type { Tensor } from './tensor.js';

/** Methods that compute new elements. */
export abstract class Arithmetic extends Recorded {
  /** this + other, with broadcasting; numbers take this tensor's type. */
  add(other: Operand): Tensor {
    return this.#binary('add', e.add, other);
  }
  /** this − other */
  sub(other: Operand): Tensor {
    return this.#binary('sub', e.sub, other);
  }
  /** this · other, element by element */
  mul(other: Operand): Tensor {
    return this.#binary('mul', e.mul, other);
  }
  /** this / other; integers give floating point */
  div(other: Operand): Tensor {
    return this.#binary('div', (a, b) => e.div(floating(a), floating(b)), other);
  }
  /** thisᵒᵗʰᵉʳ for real numbers */
  pow(other: Operand): Tensor {
    if (other === 2) return this.square();
    return this.#binary('pow', (a, b) => e.pow(floating(a), floating(b)), other);
  }
  /** The larger of both. */
  maximum(other: Operand): Tensor {
    return this.#binary('maximum', e.maximum, other);
  }
  /** The smaller of both. */
  minimum(other: Operand): Tensor {
    return this.#binary('minimum', e.minimum, other);
  }
  /** Matrix product of the last two axes; vectors and batches as in NumPy. */
  matmul(other: Tensor): Tensor {
    const b = nodeOf('matmul', other);
    if (!(b instanceof Node)) throw new TypeError(`matmul: expects a tensor, but was given ${show(other)}; use mul for numbers`);
    return this.wrap(matmul(...sameType(counting(this.node), counting(b))));
  }
  /** this = other */
  eq(other: Operand): Tensor {
    return this.#binary('eq', e.eq, other);
  }
  /** this ≠ other */
  ne(other: Operand): Tensor {
    return this.#binary('ne', e.ne, other);
  }
  /** this < other */
  lt(other: Operand): Tensor {
    return this.#binary('lt', e.lt, other);
  }
  /** this ≤ other */
  le(other: Operand): Tensor {
    return this.#binary('le', e.le, other);
  }
  /** this > other */
  gt(other: Operand): Tensor {
    return this.#binary('gt', e.gt, other);
  }
  /** this ≥ other */
  ge(other: Operand): Tensor {
    return this.#binary('ge', e.ge, other);
  }

  /** eˣ */
  exp(): Tensor {
    return this.wrap(e.exp(floating(this.node)));
  }
  /** Natural logarithm. */
  log(): Tensor {
    return this.wrap(e.log(floating(this.node)));
  }
  /** √x */
  sqrt(): Tensor {
    return this.wrap(e.sqrt(floating(this.node)));
  }
  /** x² */
  square(): Tensor {
    return this.wrap(e.square(counting(this.node)));
  }
  /** |x|; real for complex tensors. */
  abs(): Tensor {
    return this.wrap(e.abs(counting(this.node)));
  }
  /** −x */
  neg(): Tensor {
    return this.wrap(e.neg(counting(this.node)));
  }
  /** 1/x */
  reciprocal(): Tensor {
    return this.wrap(e.reciprocal(floating(this.node)));
  }
  /** sin x */
  sin(): Tensor {
    return this.wrap(e.sin(floating(this.node)));
  }
  /** cos x */
  cos(): Tensor {
    return this.wrap(e.cos(floating(this.node)));
  }
  /** Complex conjugate. */
  conj(): Tensor {
    return this.wrap(e.conj(this.node));
  }
  /** Real part. */
  real(): Tensor {
    return this.wrap(e.real(this.node));
  }
  /** Imaginary part. */
  imag(): Tensor {
    return this.wrap(e.imag(this.node));
  }
  /** Argument in radians, in (−π, π]. */
  angle(): Tensor {
    return this.wrap(e.angle(floating(this.node)));
  }

  /** Limits values to min … max; the gradient passes where the value was within. */
  clamp(options: { readonly min?: number; readonly max?: number } = {}): Tensor {
    checkOptions('clamp', options, '{min: 0, max: 1}');
    const { min: low, max: high } = options;
    let x = this.node;
    const limit = (bound: number | undefined, what: string, outside: (a: Node, b: Node) => Node): void => {
      if (bound === undefined) return;
      const [value, edge] = withNumber(x, Math.abs(bound) === Infinity ? bound : checkNumber(what, bound));
      x = e.where(outside(value, edge), edge, value);
    };
    limit(low, 'clamp: min', e.lt);
    limit(high, 'clamp: max', e.gt);
    return this.wrap(x);
  }

  /** Sum; without axis over everything. */
  sum(options?: ReduceOptions): Tensor {
    return this.wrap(reduced('sum', counting(this.node), options, sum));
  }

  /** Arithmetic mean. */
  mean(options?: ReduceOptions): Tensor {
    return this.wrap(reduced('mean', floating(this.node), options, meanNode));
  }

  /** Largest element; at ties the gradient is shared equally. */
  max(options?: ReduceOptions): Tensor {
    return this.wrap(reduced('max', this.#ordered('max'), options, (x, axes) => max(x, axes)));
  }

  /** Smallest element. */
  min(options?: ReduceOptions): Tensor {
    return this.wrap(reduced('min', this.#ordered('min'), options, (x, axes) => min(x, axes)));
  }

  /** Variance: mean of |x − mean|² with n − correction in the denominator (correction 0 by default, as in NumPy). */
  var(options: ReduceOptions & { readonly correction?: number } = {}): Tensor {
    checkOptions('var', options, '{axis: 0, correction: 1}');
    const correction = checkNumber('var: correction', options.correction ?? 0);
    return this.wrap(reduced('var', floating(this.node), options, (x, axes) => varianceNode(x, axes, correction)));
  }

  /** Euclidean norm. */
  norm(options?: ReduceOptions): Tensor {
    return this.wrap(reduced('norm', floating(this.node), options, normNode));
  }

  /** Position of the first largest element, int32; without axis the row-major position in the whole tensor. */
  argmax(options?: ReduceOptions): Tensor {
    return this.wrap(reduced('argmax', this.#ordered('argmax'), options, argmaxNode));
  }

  #ordered(name: string): Node {
    if (isComplex(this.dtype)) throw new Error(`${name}: complex numbers have no order; use abs() first`);
    return counting(this.node);
  }

  #binary(name: string, f: (a: Node, b: Node) => Node, other: Operand): Tensor {
    const b = nodeOf(name, other);
    const [x, y] = b instanceof Node ? [this.node, b] : withNumber(this.node, b);
    const bothBool = x.dtype === 'bool' && y.dtype === 'bool' && name !== 'eq' && name !== 'ne';
    return this.wrap(bothBool ? f(counting(x), counting(y)) : f(x, y));
  }
}
