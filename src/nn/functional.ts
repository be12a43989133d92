// Functions of neural networks. Everything inside works on nodes, so that intermediate results carry no handle.

import { isComplex } from '../devices/dtype.js';
import { withoutGradients, type Node } from '../graph/node.js';
import { floating, meanNode, sameType } from '../tensor/arguments.js';
import { checkAxis, checkNumber, checkOptions, show } from '../tensor/checks.js';
import { uniform } from '../tensor/create.js';
import { expand, sum } from '../tensor/operations/broadcast.js';
import * as e from '../tensor/operations/elementwise/index.js';
import { max } from '../tensor/operations/extrema.js';
import { matmul } from '../tensor/operations/matmul.js';
import { iota } from '../tensor/operations/sources.js';
import { reshape, swapAxes } from '../tensor/operations/views.js';
import { Tensor, wrap } from '../tensor/tensor.js';

export { conv1d, conv2d, convTranspose2d } from './conv.js';
export { avgPool2d, maxPool2d } from './pooling.js';
export { spectralPool2d } from './spectral/spectral-pool.js';

function input(name: string, x: unknown): Node {
  if (!(x instanceof Tensor)) throw new TypeError(`${name}: expects a tensor, but was given ${show(x)}`);
  return floating(x.node);
}

function real(name: string, x: unknown): Node {
  const node = input(name, x);
  if (isComplex(node.dtype))
    throw new TypeError(`${name}: expects a real tensor, but was given ${node.dtype}; apply it to real() and imag(), or to abs()`);
  return node;
}

const activation =
  (name: string, f: (x: Node) => Node) =>
  (x: Tensor): Tensor =>
    wrap(f(real(name, x)));

/** max(x, 0) */
export const relu = activation('relu', e.relu);
/** 1/(1 + e⁻ˣ) */
export const sigmoid = activation('sigmoid', e.sigmoid);
/** Hyperbolic tangent. */
export const tanh = activation('tanh', e.tanh);
/** x·sigmoid(x) */
export const silu = activation('silu', (x) => e.mul(x, e.sigmoid(x)));
/** x·Φ(x) with the exact normal distribution function, by erf. */
export const gelu = activation('gelu', (x) =>
  e.mul(e.mul(x, e.like(x, 0.5)), e.add(e.erfNode(e.mul(x, e.like(x, Math.SQRT1_2))), e.like(x, 1))),
);
/** log(1 + eˣ), as max(x, 0) + log(1 + e^−|x|) so that nothing overflows. */
export const softplus = activation('softplus', e.softplus);

/** x·weightᵀ + bias with weight [out, in]. */
export function linear(x: Tensor, weight: Tensor, bias?: Tensor | null): Tensor {
  const [a, w] = sameType(input('linear', x), input('linear', weight));
  if (w.shape.length !== 2) throw new Error(`linear: weight has shape [${w.shape.join(', ')}], but must be [out, in]`);
  if (a.shape.length < 1 || a.shape.at(-1) !== w.shape[1]) {
    throw new Error(
      `linear: weight [${w.shape.join(', ')}] expects ${w.shape[1]} features, but x [${a.shape.join(', ')}] has ${a.shape.at(-1) ?? 'none'}`,
    );
  }
  const y = matmul(a, swapAxes(w, 0, 1));
  if (bias == null) return wrap(y);
  const b = input('linear', bias);
  if (b.shape.length !== 1 || b.shape[0] !== w.shape[0])
    throw new Error(`linear: bias [${b.shape.join(', ')}] must be [${w.shape[0]}], one element an output`);
  return wrap(e.add(y, b));
}

function kept(x: Node, axis: number): number[] {
  return x.shape.map((extent, at) => (at === axis ? 1 : extent));
}

/** x − max − log Σ e^(x − max) along an axis. The maximum is a constant: the result does not depend on it. */
function logSoftmaxNode(x: Node, axis: number): Node {
  const top = withoutGradients(() => max(x, [axis]));
  const centred = e.sub(x, reshape(top, kept(x, axis)));
  return e.sub(centred, reshape(e.log(sum(e.exp(centred), [axis])), kept(x, axis)));
}

/** eˣ / Σ eˣ along an axis. */
export function softmax(x: Tensor, options: { readonly axis?: number } = {}): Tensor {
  checkOptions('softmax', options, '{axis: -1}');
  const { axis = -1 } = options;
  const node = real('softmax', x);
  const at = checkAxis('softmax', axis, node.shape);
  const top = withoutGradients(() => max(node, [at]));
  const powers = e.exp(e.sub(node, reshape(top, kept(node, at))));
  return wrap(e.div(powers, reshape(sum(powers, [at]), kept(node, at))));
}

/** log softmax, without the overflow of log(softmax(x)). */
export function logSoftmax(x: Tensor, options: { readonly axis?: number } = {}): Tensor {
  checkOptions('logSoftmax', options, '{axis: -1}');
  const { axis = -1 } = options;
  const node = real('logSoftmax', x);
  return wrap(logSoftmaxNode(node, checkAxis('logSoftmax', axis, node.shape)));
}

/** Mean of −log softmax(logits)[label]: logits [batch, classes], labels int32 [batch]. */
export function crossEntropy(logits: Tensor, labels: Tensor): Tensor {
  const x = real('crossEntropy', logits);
  if (!(labels instanceof Tensor)) throw new TypeError(`crossEntropy: labels are ${show(labels)}, but must be an int32 tensor`);
  const wanted = labels.node;
  if (wanted.dtype !== 'int32')
    throw new TypeError(`crossEntropy: labels are ${wanted.dtype}, but must be int32 class numbers; use astype('int32')`);
  if (x.shape.length !== 2 || wanted.shape.length !== 1 || x.shape[0] !== wanted.shape[0]) {
    throw new Error(
      `crossEntropy: logits [${x.shape.join(', ')}] and labels [${wanted.shape.join(', ')}] must be [batch, classes] and [batch]`,
    );
  }
  const hit = e.eq(expand(reshape(wanted, [x.shape[0] as number, 1]), x.shape), iota(x.state, x.shape, 1));
  const chosen = e.where(hit, logSoftmaxNode(x, 1), e.like(x, 0));
  // A label that names no class has no probability: the loss is then not a number, rather than a better one.
  const outside = e.where(e.lt(wanted, e.like(wanted, 0)), e.like(x, NaN), e.like(x, 0));
  const known = e.where(e.ge(wanted, e.like(wanted, x.shape[1] as number)), e.like(x, NaN), outside);
  const total = e.add(sum(chosen, [0, 1]), sum(known, [0]));
  return wrap(e.mul(total, e.like(total, -1 / (x.shape[0] as number))));
}

/** Mean of |x − target|². */
export function mseLoss(x: Tensor, target: Tensor): Tensor {
  const [a, b] = sameType(input('mseLoss', x), input('mseLoss', target));
  if (a.shape.length !== b.shape.length || a.shape.some((extent, axis) => extent !== b.shape[axis])) {
    throw new Error(`mseLoss: x [${a.shape.join(', ')}] and target [${b.shape.join(', ')}] must have one shape`);
  }
  const difference = e.sub(a, b);
  const squares = isComplex(difference.dtype) ? e.square(e.abs(difference)) : e.square(difference);
  return wrap(
    meanNode(
      squares,
      squares.shape.map((_, axis) => axis),
    ),
  );
}

/** Options of batch normalization. */
export interface BatchNormOptions {
  readonly weight?: Tensor | null | undefined;
  readonly bias?: Tensor | null | undefined;
  readonly runningMean?: Tensor | null | undefined;
  readonly runningVar?: Tensor | null | undefined;
  /** Use and record the batch's statistics (true), or use the running ones. */
  readonly training?: boolean | undefined;
  /** Share of the batch's statistics in the running ones. */
  readonly momentum?: number | undefined;
  readonly eps?: number | undefined;
}

/**
 * (x − mean)/√(var + eps)·weight + bias for each channel of [batch, channels, height, width]. Training uses the batch's mean
 * and biased variance, and moves the running tensors (with the unbiased variance) by `momentum`.
 */
export function batchNorm2d(x: Tensor, options: BatchNormOptions = {}): Tensor {
  checkOptions('batchNorm2d', options, '{training: true}');
  const { weight, bias, runningMean, runningVar, training = false, momentum = 0.1, eps = 1e-5 } = options;
  const node = real('batchNorm2d', x);
  if (node.shape.length !== 4)
    throw new Error(`batchNorm2d: x has shape [${node.shape.join(', ')}], but must be [batch, channels, height, width]`);
  checkNumber('batchNorm2d: eps', eps);
  checkNumber('batchNorm2d: momentum', momentum);
  const channels = node.shape[1] as number;
  const perChannel = (what: string, value: Tensor | null | undefined): Node | null => {
    if (value == null) return null;
    const given = input(`batchNorm2d: ${what}`, value);
    if (given.shape.length !== 1 || given.shape[0] !== channels)
      throw new Error(`batchNorm2d: ${what} has shape [${given.shape.join(', ')}], but x has ${channels} channels; expected [${channels}]`);
    return reshape(given, [1, channels, 1, 1]);
  };
  const [scale, shift] = [perChannel('weight', weight), perChannel('bias', bias)];
  const [oldMean, oldVariance] = [perChannel('runningMean', runningMean), perChannel('runningVar', runningVar)];
  let mean: Node;
  let variance: Node;
  if (training || oldMean === null || oldVariance === null) {
    const count = (node.shape[0] as number) * (node.shape[2] as number) * (node.shape[3] as number);
    if (count < 2) throw new Error(`batchNorm2d: x [${node.shape.join(', ')}] has ${count} value a channel; a variance needs at least 2`);
    mean = reshape(meanNode(node, [0, 2, 3]), [1, channels, 1, 1]);
    variance = reshape(meanNode(e.square(e.sub(node, mean)), [0, 2, 3]), [1, channels, 1, 1]);
    if (training) {
      withoutGradients(() => {
        const move = (running: Tensor | null | undefined, now: Node): void => {
          if (running == null) return;
          const old = running.node;
          const step = e.mul(e.sub(reshape(now, [channels]), old), e.like(old, momentum));
          running.assignNode(e.add(old, step));
        };
        move(runningMean, mean);
        move(runningVar, e.mul(variance, e.like(variance, count / (count - 1))));
      });
    }
  } else [mean, variance] = [oldMean, oldVariance];
  const normalized = e.div(e.sub(node, mean), e.sqrt(e.add(variance, e.like(variance, eps))));
  const scaled = scale === null ? normalized : e.mul(normalized, scale);
  return wrap(shift === null ? scaled : e.add(scaled, shift));
}

/** Zeroes elements with probability p and scales the others by 1/(1 − p) while training. */
export function dropout(x: Tensor, options: { readonly p?: number; readonly training?: boolean; readonly seed?: number } = {}): Tensor {
  checkOptions('dropout', options, '{p: 0.5}');
  const { p = 0.5, training = true, seed } = options;
  const node = input('dropout', x);
  if (typeof p !== 'number' || !(p >= 0 && p < 1)) throw new RangeError(`dropout: p is ${show(p)}, but must be at least 0 and less than 1`);
  if (!training || p === 0) return wrap(node);
  const draw = uniform(node.shape, {
    device: x.device,
    dtype: node.dtype === 'float64' || node.dtype === 'complex128' ? 'float64' : 'float32',
    ...(seed === undefined ? {} : { seed }),
  });
  const kept = e.ge(draw.node, e.like(draw.node, p));
  return wrap(e.where(kept, e.mul(node, e.like(node, 1 / (1 - p))), e.like(node, 0)));
}
