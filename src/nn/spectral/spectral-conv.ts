// Convolution whose parameters are the spectra of its kernels (Rippel, Snoek, Adams 2015).

import type { Shape } from '../../devices/shape.js';
import { transformNode, type Norm } from '../../fft/fft.js';
import { hermitianWeights } from '../../fft/transform.js';
import { withoutGradients, type Node } from '../../graph/node.js';
import { checkOneOf, checkOptions } from '../../tensor/checks.js';
import { mul } from '../../tensor/operations/elementwise/index.js';
import { pad, slice } from '../../tensor/operations/views.js';
import { wrap, type Tensor } from '../../tensor/tensor.js';
import { conv2d, pair, type ConvOptions, type Size } from '../conv.js';
import type { Pair } from '../conv-operation.js';
import { convCost, totalCost, type Cost } from '../cost.js';
import { channels, Conv2d, withBias, type LayerOptions } from '../layers.js';
import { Module } from '../modules.js';
import { outputShape } from '../output-shape.js';
import { imagesOf, transformCost } from './spectra.js';

/** Options of SpectralConv2d. */
export interface SpectralConvOptions extends ConvOptions, LayerOptions {
  /** Size of the spectrum that the parameters are; kernelSize when not given. A larger one has more parameters for the same kernel. */
  readonly spectrumSize?: Size | undefined;
  /**
   * What the parameters are. 'unitary' (when not given): rfft2 of norm 'ortho' with the bins that stand for two scaled by √2, so that lengths in
   * parameters and kernels are the same, and a step of plain SGD is the step that it takes on the kernel. 'ortho' and 'backward': rfft2 of that norm,
   * under which bins learn at unequal rates.
   */
  readonly scaling?: 'unitary' | 'ortho' | 'backward' | undefined;
}

/**
 * Cross-correlation of images as nn.Conv2d does it, with its options and the same initial kernel under the same seed, whose parameters are complex
 * coefficients of the kernel's spectrum: weight [out, in/groups, height, width/2 + 1] of the spectrum's size. The kernel is their irfft2, cropped to
 * its first rows and columns where the spectrum is larger.
 *
 * Redundancy: the columns kx = 0, and Nyquist of an even width, are stored whole, but must be their own mirror images for the kernel to be real.
 * irfft2 reads the part of them that is, so the rest has no effect, gets no gradient, and begins as zero.
 *
 * Resolution: the kernel is one of pixels, and is applied to images of any size. To apply it to the same field sampled r times as finely, give
 * `kernel()` to functional.conv2d with dilation r: its taps then lie where they lay, and it is the same operator on the field.
 */
export class SpectralConv2d extends Module {
  readonly weight: Tensor;
  readonly bias: Tensor | null;
  readonly #conv: ConvOptions;
  readonly #kernel: Pair;
  readonly #spectrum: Pair;
  readonly #scaling: 'unitary' | 'ortho' | 'backward';

  constructor(inChannels: number, outChannels: number, kernelSize: Size, options: SpectralConvOptions = {}) {
    super();
    checkOptions('SpectralConv2d', options, "{padding: 1, scaling: 'unitary'}");
    const { spectrumSize, scaling = 'unitary', bias, seed, ...conv } = options;
    channels('SpectralConv2d', inChannels, outChannels, conv.groups);
    this.#scaling = checkOneOf('SpectralConv2d: scaling', scaling, ['unitary', 'ortho', 'backward']);
    this.#kernel = pair('SpectralConv2d: kernelSize', kernelSize, 1);
    this.#spectrum = pair('SpectralConv2d: spectrumSize', spectrumSize ?? kernelSize, 1);
    const [[kh, kw], [h, w]] = [this.#kernel, this.#spectrum];
    if (h < kh || w < kw)
      throw new RangeError(`SpectralConv2d: spectrumSize ${h}×${w} is smaller than the kernel, ${kh}×${kw}; it must hold all of it`);
    const spatial = new Conv2d(inChannels, outChannels, kernelSize, { ...conv, bias, seed });
    this.#conv = conv;
    this.bias = spatial.bias;
    this.weight = wrap(withoutGradients(() => this.#toSpectrum(spatial.weight.node)));
    this.weight.requiresGrad = true;
  }

  get #norm(): Norm {
    return this.#scaling === 'backward' ? 'backward' : 'ortho';
  }

  /** Bins that stand for two are scaled by `interior`, where people want that. */
  #scaled(spectrum: Node, interior: number): Node {
    return this.#scaling === 'unitary' ? mul(spectrum, hermitianWeights(spectrum, 3, this.#spectrum[1], interior)) : spectrum;
  }

  #toSpectrum(kernel: Node): Node {
    const [[kh, kw], [h, w]] = [this.#kernel, this.#spectrum];
    const whole = pad(kernel, [
      [0, 0],
      [0, 0],
      [0, h - kh],
      [0, w - kw],
    ]);
    return this.#scaled(transformNode('rfft', whole, [2, 3], this.#spectrum, this.#norm), Math.SQRT2);
  }

  /** The kernel that the parameters stand for, [out, in/groups, kernel height, kernel width], as functional.conv2d takes it; differentiable. */
  kernel(): Tensor {
    const whole = transformNode('irfft', this.#scaled(this.weight.node, Math.SQRT1_2), [2, 3], this.#spectrum, this.#norm);
    return wrap(slice(whole, [0, 0, 0, 0], [...whole.shape.slice(0, 2), ...this.#kernel]));
  }

  override forward(x: Tensor): Tensor {
    imagesOf('SpectralConv2d', x, (this.weight.shape[1] as number) * (this.#conv.groups ?? 1));
    return conv2d(x, this.kernel(), this.bias, this.#conv);
  }

  /** What a forward pass of images of this shape takes, with a direct convolution. */
  cost(inputShape: Shape): Cost {
    const y = outputShape(this, inputShape);
    const [to, from] = this.weight.shape as readonly [number, number];
    const convolution = withBias(convCost(inputShape, [to, from, ...this.#kernel], y), this.bias, y);
    return totalCost([transformCost(to * from, this.#spectrum), convolution]);
  }
}
