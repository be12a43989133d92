// What a module makes of a shape, found by recording its forward: nothing is computed, and nothing is left changed.

import type { Shape } from '../devices/shape.js';
import { newBuffer } from '../graph/flush.js';
import { zeros } from '../tensor/create.js';
import { noGrad, tidy } from '../tensor/functions.js';
import { stored } from '../tensor/operations/sources.js';
import { wrap, type Tensor } from '../tensor/tensor.js';
import { traced } from '../tensor/tracing.js';
import type { Module } from './modules.js';

/** Records the forward of a module for a real input of this shape, where its parameters live, as it is when nothing is trained. */
export function recordForward<T>(module: Module, inputShape: Shape, use: (y: Tensor) => T): T {
  const [parameter] = module.parameters();
  const place = parameter === undefined ? {} : { device: parameter.device };
  const before = [...module.namedModules().values()].map((part) => [part, part.training] as const);
  module.eval();
  try {
    return tidy(() => noGrad(() => traced(() => use(module.forward(unread(zeros([...inputShape], place))))).result));
  } finally {
    // Parts come after what they are parts of, so that each ends as it was.
    for (const [part, training] of before) part.train(training);
  }
}

/** A tensor like one that lies in memory, which nobody may read. */
function unread({ node: { state, dtype, shape } }: Tensor): Tensor {
  return wrap(stored(state, dtype, shape, newBuffer()));
}

/** The shape of a module's output. Throws as its forward does where the input's shape does not fit. */
export function outputShape(module: Module, inputShape: Shape): Shape {
  return recordForward(module, inputShape, (y) => y.shape);
}
