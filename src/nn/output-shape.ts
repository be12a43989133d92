// What a module makes of a shape, found by recording its forward: nothing is computed, and nothing is left changed.

import type { Shape } from '../devices/shape.js';
import { zeros } from '../tensor/create.js';
import { noGrad, tidy } from '../tensor/functions.js';
import type { Tensor } from '../tensor/tensor.js';
import { traced } from '../tensor/tracing.js';
import type { Module } from './modules.js';

/** Records the forward of a module for an input of this shape, real and of zeros, where its parameters live, as it is when nothing is trained. */
export function recordForward<T>(module: Module, inputShape: Shape, use: (y: Tensor) => T): T {
  const [parameter] = module.parameters();
  const place = parameter === undefined ? {} : { device: parameter.device };
  const before = [...module.namedModules().values()].map((part) => [part, part.training] as const);
  module.eval();
  try {
    return tidy(() => noGrad(() => traced(() => use(module.forward(zeros([...inputShape], place)))).result));
  } finally {
    // Parts come after what they are parts of, so that each ends as it was.
    for (const [part, training] of before) part.train(training);
  }
}

/** The shape of a module's output. Throws as its forward does where the input's shape does not fit. */
export function outputShape(module: Module, inputShape: Shape): Shape {
  return recordForward(module, inputShape, (y) => y.shape);
}
