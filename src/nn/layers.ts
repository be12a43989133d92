// Layers with parameters. Initialized as PyTorch does it.

import { sizeOf, type Shape } from '../devices/shape.js';
import { checkInteger, checkOptions } from '../tensor/checks.js';
import { ones, uniform, zeros } from '../tensor/create.js';
import type { Tensor } from '../tensor/tensor.js';
import { conv1d, conv2d, convTranspose2d, pair } from './conv.js';
import type { ConvOptions, ConvTransposeOptions, Size } from './conv.js';
import { convCost, type Cost } from './cost.js';
import { batchNorm2d, linear } from './functional.js';
import { Module } from './modules.js';
import { outputShape } from './output-shape.js';

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

/** Numbers of channels and groups, checked. */
export function channels(
  name: string,
  inChannels: unknown,
  outChannels: unknown,
  given: unknown,
): [from: number, to: number, groups: number] {
  const groups = checkInteger(`${name}: groups`, given ?? 1, 1);
  const [from, to] = [checkInteger(`${name}: inChannels`, inChannels, 1), checkInteger(`${name}: outChannels`, outChannels, 1)];
  if (from % groups !== 0 || to % groups !== 0)
    throw new RangeError(
      `${name}: ${groups} groups do not divide ${from} input and ${to} output channels; both must be multiples of groups`,
    );
  return [from, to, groups];
}

function biasFlop(bias: Tensor | null, outputShape: Shape): number {
  return bias === null ? 0 : sizeOf(outputShape);
}

/** The bias is added where the result is written. */
export function withBias({ flop, bytes }: Cost, bias: Tensor | null, outputShape: Shape): Cost {
  return { flop: flop + biasFlop(bias, outputShape), bytes: bytes + 4 * (bias?.size ?? 0) };
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

  /** Of inputs [..., in]. */
  cost(inputShape: Shape): Cost {
    const y = outputShape(this, inputShape);
    return {
      flop: 2 * sizeOf(y) * (inputShape.at(-1) ?? 0) + biasFlop(this.bias, y),
      bytes: 4 * (sizeOf(inputShape) + this.weight.size + (this.bias?.size ?? 0) + sizeOf(y)),
    };
  }
}

/** Cross-correlation of signals [batch, in, length]; weight [out, in/groups, kernel length]. */
export class Conv1d extends Module {
  readonly weight: Tensor;
  readonly bias: Tensor | null;
  readonly #options: ConvOptions;

  constructor(inChannels: number, outChannels: number, kernelSize: number, options: ConvOptions & LayerOptions = {}) {
    super();
    checkOptions('Conv1d', options, '{padding: 1, bias: false}');
    const { bias = true, seed, ...conv } = options;
    const [from, to, groups] = channels('Conv1d', inChannels, outChannels, conv.groups);
    const taps = checkInteger('Conv1d: kernelSize', kernelSize, 1);
    const fanIn = (from / groups) * taps;
    this.weight = initial([to, from / groups, taps], fanIn, seed);
    this.bias = bias ? initial([to], fanIn, seed === undefined ? undefined : seed + 1) : null;
    this.#options = conv;
  }

  override forward(x: Tensor): Tensor {
    return conv1d(x, this.weight, this.bias, this.#options);
  }

  /** Computed directly, of inputs [batch, in, length]. */
  cost(inputShape: Shape): Cost {
    const y = outputShape(this, inputShape);
    return withBias(convCost(inputShape, this.weight.shape, y), this.bias, y);
  }
}

/**
 * Cross-correlation of images [batch, in, height, width]; weight [out, in/groups, kernel height, kernel width]. `algorithm: 'fft'` computes it, and its
 * gradients, over spectra that are made once a training step (Mathieu, Henaff, LeCun 2013): the same numbers, to rounding.
 */
export class Conv2d extends Module {
  readonly weight: Tensor;
  readonly bias: Tensor | null;
  readonly #options: ConvOptions;

  constructor(inChannels: number, outChannels: number, kernelSize: Size, options: ConvOptions & LayerOptions = {}) {
    super();
    checkOptions('Conv2d', options, '{padding: 1, bias: false}');
    const { bias = true, seed, ...conv } = options;
    const [from, to, groups] = channels('Conv2d', inChannels, outChannels, conv.groups);
    const kernel = pair('Conv2d: kernelSize', kernelSize, 1);
    const fanIn = (from / groups) * kernel[0] * kernel[1];
    this.weight = initial([to, from / groups, ...kernel], fanIn, seed);
    this.bias = bias ? initial([to], fanIn, seed === undefined ? undefined : seed + 1) : null;
    this.#options = conv;
  }

  override forward(x: Tensor): Tensor {
    return conv2d(x, this.weight, this.bias, this.#options);
  }

  /** Computed directly, of inputs [batch, in, height, width]. */
  cost(inputShape: Shape): Cost {
    const y = outputShape(this, inputShape);
    return withBias(convCost(inputShape, this.weight.shape, y), this.bias, y);
  }
}

/** The adjoint of Conv2d: [batch, in, height, width] → larger images; weight [in, out/groups, kernel height, kernel width]. */
export class ConvTranspose2d extends Module {
  readonly weight: Tensor;
  readonly bias: Tensor | null;
  readonly #options: ConvTransposeOptions;

  constructor(inChannels: number, outChannels: number, kernelSize: Size, options: ConvTransposeOptions & LayerOptions = {}) {
    super();
    checkOptions('ConvTranspose2d', options, '{stride: 2, bias: false}');
    const { bias = true, seed, ...conv } = options;
    const [from, to, groups] = channels('ConvTranspose2d', inChannels, outChannels, conv.groups);
    const kernel = pair('ConvTranspose2d: kernelSize', kernelSize, 1);
    // PyTorch counts the weight's second axis as what goes in, here as well.
    const fanIn = (to / groups) * kernel[0] * kernel[1];
    this.weight = initial([from, to / groups, ...kernel], fanIn, seed);
    this.bias = bias ? initial([to], fanIn, seed === undefined ? undefined : seed + 1) : null;
    this.#options = conv;
  }

  override forward(x: Tensor): Tensor {
    return convTranspose2d(x, this.weight, this.bias, this.#options);
  }

  /** Computed directly, of inputs [batch, in, height, width]: that of the convolution which it is the adjoint of. */
  cost(inputShape: Shape): Cost {
    const y = outputShape(this, inputShape);
    return withBias(convCost(y, this.weight.shape, inputShape), this.bias, y);
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

  /** Of inputs [batch, channels, height, width], in training: mean, variance, and what is done with them. */
  cost(inputShape: Shape): Cost {
    const size = sizeOf(inputShape);
    return { flop: 8 * size, bytes: 4 * (4 * size + 4 * this.weight.size) };
  }
}
