// What is checked beside the function itself: the summands of a loss that is a plain sum, and the gradient of the gradient.

import { isComplex } from '../devices/dtype.js';
import { sizeOf } from '../devices/shape.js';
import { withGradients, type Node } from '../graph/node.js';
import { convAttributesOf } from '../nn/conv-operation.js';
import { tensor } from '../tensor/create.js';
import { forwardOf } from '../tensor/gradients.js';
import { sum } from '../tensor/operations/broadcast.js';
import { conj, mul, real, sumOf } from '../tensor/operations/elementwise/index.js';
import { wrap, type Tensor } from '../tensor/tensor.js';
import type { Values } from './replay.js';
import { recorded, upstream, type Trace } from './trace.js';

const passing = new Set(['add', 'sub', 'neg', 'real', 'imag', 'conj', 'alias', 'expand', 'sum']);

/** The node behind what only passes values on. */
function behind(node: Node): Node {
  let at = node;
  for (;;) {
    const { operation, inputs } = at;
    const [first, second] = inputs;
    const forward = forwardOf(at);
    const isScaled = operation.name === 'mul' && second?.operation.name !== undefined && isNumber(second);
    if (forward !== null) at = forward;
    else if (first !== undefined && (passing.has(operation.name) || operation.lowering.kind === 'view' || isScaled)) at = first;
    else return at;
  }
}

/** A number that was written into the code, brought to a shape. */
function isNumber({ operation, inputs: [input] }: Node): boolean {
  return operation.name === 'scalar' || (operation.lowering.kind === 'view' && input !== undefined && isNumber(input));
}

/** What a sum adds up, where nothing but a linear operation lies behind it: then the gradient of its result is the same everywhere. */
function summandsOf(y: Node): Node | null {
  let at = y;
  while (sizeOf(at.shape) === 1) {
    const [first] = at.inputs;
    const { operation } = at;
    if (first === undefined) return null;
    if (operation.lowering.kind === 'reduce' && operation.lowering.combine === 'sum' && sizeOf(first.shape) > 1) {
      const source = behind(first);
      const { kind } = source.operation.lowering;
      return convAttributesOf(source) !== null || kind === 'fft' || kind === 'matmul' || kind === 'correlate' ? first : null;
    }
    if (behind(at) === at) return null;
    at = forwardOf(at) ?? first;
  }
  return null;
}

/** The summands of a plain sum as a function of their own, with an upstream gradient of random signs; null where the result is no such sum. */
export function summandsPart(traced: Trace, seed: number): Trace | null {
  const node = summandsOf(traced.y.node);
  return node === null ? null : withGradients(() => partOf(traced, wrap(node), upstream(node, seed, false)));
}

/** The gradient along random signs, as a function: its gradient is the second derivative along them. Null where nothing depends on the inputs. */
export function secondOrderPart(traced: Trace, seed: number): Trace | null {
  return withGradients(() => {
    const parts = traced.analytic.map((gradient) => {
      if (gradient === null) return null;
      const signs = upstream(gradient.node, seed + 1, false);
      const v = tensor(signs, { shape: gradient.shape, dtype: gradient.dtype, device: gradient.device }).node;
      const product = isComplex(gradient.dtype) ? real(mul(conj(v), gradient.node)) : mul(v, gradient.node);
      return sum(product, [...product.shape.keys()]);
    });
    const total = sumOf(parts);
    return total === null ? null : partOf(traced, wrap(total), new Float64Array([1]));
  });
}

function partOf(traced: Trace, y: Tensor, u: Values): Trace {
  const g = tensor(u, { shape: y.shape, dtype: y.dtype, device: y.device });
  return { ...traced, y, u, g, analytic: recorded(y, g, traced.inputs), given: false };
}
