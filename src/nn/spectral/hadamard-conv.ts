// Convolution of spectra by kernels as large as the image: products bin by bin.

import type { Shape } from '../../devices/shape.js';
import { withoutGradients } from '../../graph/node.js';
import { sameType } from '../../tensor/arguments.js';
import { checkInteger, checkOptions } from '../../tensor/checks.js';
import { randn, zeros } from '../../tensor/create.js';
import { add, cast, conj, like, mul } from '../../tensor/operations/elementwise/index.js';
import { einsum } from '../../tensor/operations/matmul.js';
import { pad, reshape } from '../../tensor/operations/views.js';
import { wrap, type Tensor } from '../../tensor/tensor.js';
import { pair, type Size } from '../conv.js';
import type { Pair } from '../conv-operation.js';
import { totalCost, type Cost } from '../cost.js';
import type { LayerOptions } from '../layers.js';
import { Module } from '../modules.js';
import { halfSpectraOf, halfWidth, imageShape, mixingCost, spectraOfImages } from './spectra.js';

/**
 * Circular cross-correlation in the frequency domain: half spectra [batch, in, height, width/2 + 1] of images of one size (norm 'ortho') → [batch, out,
 * height, width/2 + 1], Σ over in of x·conj(weight). The weight, complex [out, in, height, width/2 + 1], is the spectrum (norm 'backward') of kernels
 * as large as the image. They begin as normal numbers with which a layer keeps the energy of its input. The bias, one real number for each output
 * channel, is added to all pixels: to the bin of frequency zero.
 */
export class HadamardConv2d extends Module {
  readonly weight: Tensor;
  readonly bias: Tensor | null;
  readonly #size: Pair;

  constructor(inChannels: number, outChannels: number, size: Size, options: LayerOptions = {}) {
    super();
    checkOptions('HadamardConv2d', options, '{bias: false}');
    const from = checkInteger('HadamardConv2d: inChannels', inChannels, 1);
    const to = checkInteger('HadamardConv2d: outChannels', outChannels, 1);
    this.#size = pair('HadamardConv2d: size', size, 1);
    const { bias = true, seed } = options;
    const { node } = randn([to, from, ...this.#size], seed === undefined ? {} : { seed });
    this.weight = wrap(withoutGradients(() => spectraOfImages(mul(node, like(node, 1 / Math.sqrt(from))), 'ortho')));
    this.weight.requiresGrad = true;
    this.bias = bias ? zeros([to], { requiresGrad: true }) : null;
  }

  override forward(x: Tensor): Tensor {
    const { weight, bias } = this;
    const node = halfSpectraOf('HadamardConv2d', x, weight.shape[1] as number, this.#size);
    const y = einsum('bixy,oixy->boxy', sameType(node, conj(weight.node)));
    if (bias === null) return wrap(y);
    const [h, w] = this.#size;
    const constant = cast(mul(reshape(bias.node, [1, bias.size, 1, 1]), like(bias.node, Math.sqrt(h * w))), y.dtype);
    const atZero = pad(constant, [
      [0, 0],
      [0, 0],
      [0, h - 1],
      [0, halfWidth(w) - 1],
    ]);
    return wrap(add(y, atZero));
  }

  /** What a forward pass of spectra of this shape takes. */
  cost(inputShape: Shape): Cost {
    const [batch] = imageShape('HadamardConv2d: cost', inputShape);
    const [to, from, h, bins] = this.weight.shape as readonly [number, number, number, number];
    return totalCost([mixingCost(batch, from, to, h * bins), { flop: this.bias === null ? 0 : batch * to, bytes: 0 }]);
  }
}
