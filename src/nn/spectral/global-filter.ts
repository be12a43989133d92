// The global filter of GFNet (Rao et al. 2021, 2107.00645): every channel is multiplied by its own learned spectrum.

import { complexOf } from '../../devices/dtype.js';
import { sizeOf, type Shape } from '../../devices/shape.js';
import { checkInteger, checkOptions } from '../../tensor/checks.js';
import { randn } from '../../tensor/create.js';
import { currentState, defaultFloat } from '../../tensor/devices.js';
import { mul } from '../../tensor/operations/elementwise/index.js';
import { wrap, type Tensor } from '../../tensor/tensor.js';
import { pair, type Size } from '../conv.js';
import type { Pair } from '../conv-operation.js';
import { totalCost, type Cost } from '../cost.js';
import { Module } from '../modules.js';
import type { SeedOptions } from './fourier-operator.js';
import { halfWidth, imageShape, imagesOf, imagesOfSpectra, spectraOfImages, transformCost } from './spectra.js';

/**
 * rfft2, a product by a learned half spectrum for each channel, irfft2, both of norm 'ortho': [batch, channels, height, width] → the same. Channels
 * are not mixed; a Linear or a 1×1 convolution does that. The weight [channels, height, width/2 + 1] (the paper's has its channels last) begins normal
 * with deviation 0.02 in real and imaginary parts, and belongs to one image size.
 */
export class GlobalFilter2d extends Module {
  readonly weight: Tensor;
  readonly #size: Pair;

  constructor(channels: number, size: Size, options: SeedOptions = {}) {
    super();
    checkOptions('GlobalFilter2d', options, '{seed: 1}');
    const count = checkInteger('GlobalFilter2d: channels', channels, 1);
    this.#size = pair('GlobalFilter2d: size', size, 1);
    const { seed } = options;
    const dtype = complexOf(defaultFloat(currentState()));
    const [height, width] = this.#size;
    this.weight = randn([count, height, halfWidth(width)], { dtype, ...(seed === undefined ? {} : { seed }) }).mul(0.02);
    this.weight.requiresGrad = true;
  }

  override forward(x: Tensor): Tensor {
    const node = imagesOf('GlobalFilter2d', x, this.weight.shape[0] as number, this.#size);
    return wrap(imagesOfSpectra(mul(spectraOfImages(node, 'ortho'), this.weight.node), this.#size, 'ortho'));
  }

  /** What a forward pass of images of this shape takes. */
  cost(inputShape: Shape): Cost {
    const [batch, channels] = imageShape('GlobalFilter2d: cost', inputShape);
    const bins = sizeOf(this.weight.shape);
    const transforms = transformCost(2 * batch * channels, this.#size);
    return totalCost([transforms, { flop: 6 * batch * bins, bytes: 8 * (2 * batch + 1) * bins }]);
  }
}
