// How good predictions are, in numbers for people. Nothing here has gradients; nothing is read.

import { checkInteger, checkOptions, show } from '../tensor/checks.js';
import { arange } from '../tensor/create.js';
import { noGrad } from '../tensor/functions.js';
import { Tensor } from '../tensor/tensor.js';

/** Options of accuracy. */
export interface AccuracyOptions {
  /** A prediction counts as right where the label is among this many of the largest; 1 when not given. */
  readonly top?: number | undefined;
}

/** The share of right predictions: logits or probabilities [batch, classes] against int32 labels [batch] → a number, shape []. */
export function accuracy(logits: Tensor, labels: Tensor, options: AccuracyOptions = {}): Tensor {
  const [batch, classes] = checkPredictions('accuracy', logits, labels);
  checkOptions('accuracy', options, '{top: 5}');
  const top = checkInteger('accuracy: top', options.top ?? 1, 1);
  return noGrad(() => {
    if (top === 1) return mean(logits.argmax({ axis: 1 }).eq(labels), batch);
    const own = logits.mul(oneHot(labels, classes, logits)).sum({ axis: 1, keepDims: true });
    // Of equal ones those that come first are before it, as in argmax.
    const positions = arange(0, classes, 1, { device: logits.device });
    const before = positions.reshape([1, classes]).lt(labels.reshape([batch, 1]));
    const above = logits
      .gt(own)
      .astype(logits.dtype)
      .add(logits.eq(own).astype(logits.dtype).mul(before.astype(logits.dtype)));
    return mean(above.sum({ axis: 1 }).lt(top), batch);
  });
}

/** How often each label (row) was predicted as each class (column): logits [batch, classes] and int32 labels [batch] → counts [classes, classes]. */
export function confusion(logits: Tensor, labels: Tensor): Tensor {
  const [, classes] = checkPredictions('confusion', logits, labels);
  return noGrad(() =>
    oneHot(labels, classes, logits)
      .transpose([1, 0])
      .matmul(oneHot(logits.argmax({ axis: 1 }), classes, logits)),
  );
}

/** ‖x − target‖/‖target‖ of each example [batch, …], on average: what neural operators are measured by. Shape []. */
export function relativeError(x: Tensor, target: Tensor): Tensor {
  for (const [what, value] of Object.entries({ x, target }))
    if (!(value instanceof Tensor)) throw new TypeError(`relativeError: ${what} is ${show(value)}, but must be a tensor`);
  if (x.shape.join() !== target.shape.join() || x.shape.length === 0)
    throw new Error(`relativeError: x [${x.shape.join(', ')}] and target [${target.shape.join(', ')}] must have one shape [batch, …]`);
  return noGrad(() => {
    const rows = (value: Tensor): Tensor => value.reshape([x.shape[0]!, x.size / x.shape[0]!]).norm({ axis: 1 });
    return rows(x.sub(target)).div(rows(target)).mean();
  });
}

function checkPredictions(name: string, logits: unknown, labels: unknown): [batch: number, classes: number] {
  if (!(logits instanceof Tensor) || logits.shape.length !== 2)
    throw new TypeError(`${name}: logits are ${shapeOf(logits)}, but must be a tensor [batch, classes]`);
  const [batch, classes] = logits.shape as [number, number];
  if (!(labels instanceof Tensor) || labels.dtype !== 'int32' || labels.shape.join() !== String(batch))
    throw new TypeError(
      `${name}: labels are ${shapeOf(labels)}, but must be an int32 tensor [${batch}], one for each of the logits [${batch}, ${classes}]`,
    );
  if (batch === 0 || classes === 0) throw new Error(`${name}: logits are [${batch}, ${classes}]; there is nothing to count`);
  return [batch, classes];
}

function shapeOf(value: unknown): string {
  return value instanceof Tensor ? `${value.dtype} [${value.shape.join(', ')}]` : show(value);
}

/** [batch] → [batch, classes], 1 at the label. */
function oneHot(labels: Tensor, classes: number, like: Tensor): Tensor {
  const positions = arange(0, classes, 1, { device: like.device }).reshape([1, classes]);
  return labels.reshape([labels.size, 1]).eq(positions).astype(like.dtype);
}

function mean(right: Tensor, count: number): Tensor {
  return right.astype('float32').sum().div(count);
}
