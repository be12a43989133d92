// Layers with parameters, and functions as layers. Initialized as PyTorch does it.

import { checkInteger, checkOptions, show } from '../tensor/checks.js';
import { ones, uniform, zeros } from '../tensor/create.js';
import type { Tensor } from '../tensor/tensor.js';
import { conv2d, pair } from './conv.js';
import type { ConvOptions, Size } from './conv.js';
import { batchNorm2d, linear, relu } from './functional.js';
import { Module } from './modules.js';

/** Options that all layers with parameters have. */
export interface LayerOptions {
  /** Whether something is added to each output; true when not given. */
  readonly bias?: boolean | undefined;
  /** Seed of the initial values; the global generator's when not given. */
  readonly seed?: number | undefined;
}

/** Uniform in ±1/√fanIn: He's initialization with a = √5, PyTorch's default for linear and convolution layers. */
function initial(shape: readonly number[], fanIn: number, seed: number | undefined): Tensor {
  const bound = 1 / Math.sqrt(fanIn);
  return uniform([...shape], { low: -bound, high: bound, requiresGrad: true, ...(seed === undefined ? {} : { seed }) });
}

/** y = x·Wᵀ + b on the last axis: [..., in] → [..., out]. */
export class Linear extends Module {
  readonly weight: Tensor;
  readonly bias: Tensor | null;

  constructor(inFeatures: number, outFeatures: number, options: LayerOptions = {}) {
    super();
    checkOptions('Linear', options, '{bias: false}');
    const [from, to] = [checkInteger('Linear: inFeatures', inFeatures, 1), checkInteger('Linear: outFeatures', outFeatures, 1)];
    const { bias = true, seed } = options;
    this.weight = initial([to, from], from, seed);
    this.bias = bias ? initial([to], from, seed === undefined ? undefined : seed + 1) : null;
  }

  override forward(x: Tensor): Tensor {
    return linear(x, this.weight, this.bias ?? undefined);
  }
}

/** Cross-correlation of images [batch, in, height, width]; weight [out, in/groups, kernel height, kernel width]. */
export class Conv2d extends Module {
  readonly weight: Tensor;
  readonly bias: Tensor | null;
  readonly #options: ConvOptions;

  constructor(inChannels: number, outChannels: number, kernelSize: Size, options: ConvOptions & LayerOptions = {}) {
    super();
    checkOptions('Conv2d', options, '{padding: 1, bias: false}');
    const { bias = true, seed, ...conv } = options;
    const groups = checkInteger('Conv2d: groups', conv.groups ?? 1, 1);
    const [from, to] = [checkInteger('Conv2d: inChannels', inChannels, 1), checkInteger('Conv2d: outChannels', outChannels, 1)];
    if (from % groups !== 0 || to % groups !== 0)
      throw new RangeError(
        `Conv2d: ${groups} groups do not divide ${from} input and ${to} output channels; both must be multiples of groups`,
      );
    const kernel = pair('Conv2d: kernelSize', kernelSize, 1);
    const fanIn = (from / groups) * kernel[0] * kernel[1];
    this.weight = initial([to, from / groups, ...kernel], fanIn, seed);
    this.bias = bias ? initial([to], fanIn, seed === undefined ? undefined : seed + 1) : null;
    this.#options = conv;
  }

  override forward(x: Tensor): Tensor {
    return conv2d(x, this.weight, this.bias, this.#options);
  }
}

/** Batch normalization of images [batch, channels, height, width]; training uses and records the batch's statistics. */
export class BatchNorm2d extends Module {
  readonly weight: Tensor;
  readonly bias: Tensor;
  readonly runningMean: Tensor;
  readonly runningVar: Tensor;
  readonly #options: { readonly eps?: number | undefined; readonly momentum?: number | undefined };

  constructor(channels: number, options: { readonly eps?: number; readonly momentum?: number } = {}) {
    super();
    checkOptions('BatchNorm2d', options, '{momentum: 0.1}');
    const count = checkInteger('BatchNorm2d: channels', channels, 1);
    this.weight = ones([count], { requiresGrad: true });
    this.bias = zeros([count], { requiresGrad: true });
    this.runningMean = zeros([count]);
    this.runningVar = ones([count]);
    this.#options = options;
  }

  override forward(x: Tensor): Tensor {
    const { weight, bias, runningMean, runningVar, training } = this;
    return batchNorm2d(x, { weight, bias, runningMean, runningVar, training, ...this.#options });
  }
}

/** max(x, 0) */
export class ReLU extends Module {
  override forward(x: Tensor): Tensor {
    return relu(x);
  }
}

/** All axes but the first as one. */
export class Flatten extends Module {
  override forward(x: Tensor): Tensor {
    if (x.shape.length === 0) throw new Error(`Flatten: expects [batch, ...], but was given ${show(x)} without axes`);
    const [batch, ...rest] = x.shape as [number, ...number[]];
    return x.reshape([batch, rest.reduce((product, extent) => product * extent, 1)]);
  }
}
