// Functions as layers: nothing to learn.

import { sizeOf, type Shape } from '../devices/shape.js';
import { checkNumber, checkOptions, show } from '../tensor/checks.js';
import type { Tensor } from '../tensor/tensor.js';
import { pair, type Size } from './conv.js';
import type { Cost } from './cost.js';
import { dropout, gelu, relu, sigmoid, silu, tanh } from './functional.js';
import { Module } from './modules.js';
import { outputShape } from './output-shape.js';
import { avgPool2d, maxPool2d, type PoolOptions } from './pooling.js';

/** Each element read once and written once. */
function elementwise(inputShape: Shape, flop: number): Cost {
  const size = sizeOf(inputShape);
  return { flop: flop * size, bytes: 8 * size };
}

/** max(x, 0) */
export class ReLU extends Module {
  override forward(x: Tensor): Tensor {
    return relu(x);
  }

  cost(inputShape: Shape): Cost {
    return elementwise(inputShape, 1);
  }
}

/** x·Φ(x) with the exact normal distribution function. */
export class GELU extends Module {
  override forward(x: Tensor): Tensor {
    return gelu(x);
  }

  cost(inputShape: Shape): Cost {
    return elementwise(inputShape, 4);
  }
}

/** x/(1 + e⁻ˣ) */
export class SiLU extends Module {
  override forward(x: Tensor): Tensor {
    return silu(x);
  }

  cost(inputShape: Shape): Cost {
    return elementwise(inputShape, 4);
  }
}

/** 1/(1 + e⁻ˣ) */
export class Sigmoid extends Module {
  override forward(x: Tensor): Tensor {
    return sigmoid(x);
  }

  cost(inputShape: Shape): Cost {
    return elementwise(inputShape, 3);
  }
}

/** Hyperbolic tangent. */
export class Tanh extends Module {
  override forward(x: Tensor): Tensor {
    return tanh(x);
  }

  cost(inputShape: Shape): Cost {
    return elementwise(inputShape, 1);
  }
}

/** All axes but the first as one. */
export class Flatten extends Module {
  override forward(x: Tensor): Tensor {
    if (x.shape.length === 0) throw new Error(`Flatten: expects [batch, ...], but was given ${show(x)} without axes`);
    const [batch, ...rest] = x.shape as [number, ...number[]];
    return x.reshape([batch, rest.reduce((product, extent) => product * extent, 1)]);
  }

  /** Nothing is computed or moved. */
  cost(): Cost {
    return { flop: 0, bytes: 0 };
  }
}

/** Zeroes elements with probability p and scales the others by 1/(1 − p) while it is trained; gives x as it is otherwise. */
export class Dropout extends Module {
  readonly p: number;

  constructor(p = 0.5) {
    super();
    this.p = checkNumber('Dropout: p', p);
    if (!(p >= 0 && p < 1)) throw new RangeError(`Dropout: p is ${p}, but must be at least 0 and less than 1`);
  }

  override forward(x: Tensor): Tensor {
    return dropout(x, { p: this.p, training: this.training });
  }

  cost(inputShape: Shape): Cost {
    return elementwise(inputShape, 1);
  }
}

/** What poolings of images have in common: the kernel, and its options. */
abstract class Pool2d extends Module {
  protected readonly options: PoolOptions;

  /** The stride is the kernel's size when not given. */
  constructor(kernelSize: Size, options: Omit<PoolOptions, 'kernelSize'> = {}) {
    super();
    const name = new.target.name;
    checkOptions(name, options, '{stride: 2}');
    this.options = { ...options, kernelSize: pair(`${name}: kernelSize`, kernelSize, 1) };
  }

  /** Of inputs [batch, channels, height, width]. */
  cost(inputShape: Shape): Cost {
    const y = sizeOf(outputShape(this, inputShape));
    const [rows, cols] = this.options.kernelSize as readonly [number, number];
    return { flop: rows * cols * y, bytes: 4 * (sizeOf(inputShape) + y) };
  }
}

/** Largest element of each window of images [batch, channels, height, width]. */
export class MaxPool2d extends Pool2d {
  override forward(x: Tensor): Tensor {
    return maxPool2d(x, this.options);
  }
}

/** Mean of each window of images [batch, channels, height, width]; padding counts as zeros. */
export class AvgPool2d extends Pool2d {
  override forward(x: Tensor): Tensor {
    return avgPool2d(x, this.options);
  }
}
