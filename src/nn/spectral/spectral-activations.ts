// Nonlinear functions of half spectra, [batch, channels, height, width/2 + 1]. A network without any of them is linear, however deep.

import { isComplex } from '../../devices/dtype.js';
import { sizeOf, type Shape } from '../../devices/shape.js';
import type { Node } from '../../graph/node.js';
import { checkInteger, checkOptions, show } from '../../tensor/checks.js';
import { uniform } from '../../tensor/create.js';
import { abs, add, complex, div, imag, like, mul, real, relu } from '../../tensor/operations/elementwise/index.js';
import { reshape } from '../../tensor/operations/views.js';
import { Tensor, wrap } from '../../tensor/tensor.js';
import { pair, type Size } from '../conv.js';
import type { Pair } from '../conv-operation.js';
import { totalCost, type Cost } from '../cost.js';
import { Module } from '../modules.js';
import type { SeedOptions } from './fourier-operator.js';
import { halfSpectraOf, imageShape, imagesOfSpectra, spectraOfImages, transformCost } from './spectra.js';

function complexOnly(name: string, x: unknown): Node {
  if (!(x instanceof Tensor) || !isComplex(x.dtype))
    throw new TypeError(`${name}: x is ${x instanceof Tensor ? x.toString() : show(x)}, but must be complex; use relu for real tensors`);
  return x.node;
}

/**
 * relu(re z) + i·relu(im z) (Trabelsi et al. 2018), of complex tensors of any shape. What it does to a bin depends on the phase, so on where in
 * the image things are; and the mirror image of what it makes is not what it makes of the mirror image: a half spectrum is taken as it stands.
 */
export class ComplexReLU extends Module {
  override forward(x: Tensor): Tensor {
    const node = complexOnly('ComplexReLU', x);
    return wrap(complex(relu(real(node)), relu(imag(node))));
  }

  /** What a forward pass takes. */
  cost(inputShape: Shape): Cost {
    return { flop: 2 * sizeOf(inputShape), bytes: 16 * sizeOf(inputShape) };
  }
}

/** Keeps the direction of small numbers finite. */
const EPSILON = 1e-5;

/**
 * modReLU (Arjovsky, Shah, Bengio 2016): z·relu(|z| + b)/(|z| + 1e-5) with a real b for each channel, which begins uniform in ±0.01. It changes
 * magnitudes and no phases, so shifts of an image stay shifts, and spectra of real images stay such.
 */
export class ModReLU extends Module {
  readonly bias: Tensor;

  constructor(channels: number, options: SeedOptions = {}) {
    super();
    checkOptions('ModReLU', options, '{seed: 1}');
    const count = checkInteger('ModReLU: channels', channels, 1);
    const { seed } = options;
    this.bias = uniform([count], { low: -0.01, high: 0.01, requiresGrad: true, ...(seed === undefined ? {} : { seed }) });
  }

  override forward(x: Tensor): Tensor {
    const z = complexOnly('ModReLU', x);
    const { bias } = this;
    if (z.shape.length !== 4 || z.shape[1] !== bias.size)
      throw new Error(`ModReLU: x [${z.shape.join(', ')}] must be [batch, ${bias.size}, height, width/2 + 1]`);
    const size = abs(z);
    const kept = relu(add(size, reshape(bias.node, [1, bias.size, 1, 1])));
    return wrap(mul(z, div(kept, add(size, like(size, EPSILON)))));
  }

  /** What a forward pass takes. */
  cost(inputShape: Shape): Cost {
    return { flop: 10 * sizeOf(inputShape), bytes: 16 * sizeOf(inputShape) };
  }
}

/** relu of the image that a half spectrum stands for, and back: irfft2, relu, rfft2, of norm 'ortho'. What a spatial network does, at the price of two transforms. */
export class InverseReLU extends Module {
  readonly #size: Pair;

  constructor(size: Size) {
    super();
    this.#size = pair('InverseReLU: size', size, 1);
  }

  override forward(x: Tensor): Tensor {
    const node = halfSpectraOf('InverseReLU', x, null, this.#size);
    return wrap(spectraOfImages(relu(imagesOfSpectra(node, this.#size, 'ortho')), 'ortho'));
  }

  /** What a forward pass of spectra of this shape takes. */
  cost(inputShape: Shape): Cost {
    const [batch, channels] = imageShape('InverseReLU: cost', inputShape);
    const pixels = batch * channels * this.#size[0] * this.#size[1];
    return totalCost([transformCost(2 * batch * channels, this.#size), { flop: pixels, bytes: 8 * pixels }]);
  }
}
