// Convolution by smooth multipliers: kernels of few weights that act on whole images, whose size follows from how smooth their spectra are.

import type { Shape } from '../../devices/shape.js';
import { checkInteger, checkOneOf, checkOptions, show } from '../../tensor/checks.js';
import { add } from '../../tensor/operations/elementwise/index.js';
import { concat } from '../../tensor/operations/join.js';
import { reshape } from '../../tensor/operations/views.js';
import { wrap, type Tensor } from '../../tensor/tensor.js';
import { pair, type Size } from '../conv.js';
import type { Pair } from '../conv-operation.js';
import { totalCost, type Cost } from '../cost.js';
import { Conv2d, withBias, type LayerOptions } from '../layers.js';
import { Module } from '../modules.js';
import type { Interpolation } from './interpolation.js';
import { filtered, SmoothKernel } from './smooth-kernel.js';
import { extentsOf, halfWidth, imageShape, imagesOf, mixingCost, transformCost } from './spectra.js';
import { withoutGradients, type Node } from '../../graph/node.js';

/** Options of SmoothSpectralConv2d. */
export interface SmoothSpectralConvOptions extends LayerOptions {
  /** How multipliers between the weights are found, around the circle of frequencies; 'spline' when not given. */
  readonly interpolation?: Interpolation | undefined;
  /** Whether the size of the kernels is learned, too: a parameter `logSize` for each of the sizes. */
  readonly learnSize?: boolean | undefined;
}

/**
 * Circular cross-correlation of images [batch, in, height, width], of any size, by kernels as large as the image that are made of few weights: k×k
 * complex numbers, interpolated to a multiplier for each frequency: Re(ifft2(fft2(x)·conj(multipliers))), summed over input channels. The layer
 * begins with the spectrum of nn.Conv2d's initial kernel under the same seed.
 *
 * The kernel's size: frequencies are a circle, and multipliers that are interpolated around it from k weights are those of k taps, repeated with the
 * period k, under a window: sinc²(j/k) for 'bilinear', and nearly a box of k pixels for 'spline'. So k is the size in pixels, small kernels have smooth
 * multipliers, and large ones cost no more than small ones do.
 *
 * Of several sizes, `[[3, 3], [9, 9]]`, each makes an equal share of the output channels. `learnSize` puts a Gaussian window over the kernel, exp(−2·j²/s²)
 * along each axis, that begins with s = k: the same as smoothing the multipliers. It makes kernels smaller than k, and hardly larger.
 *
 * Redundancy: the weights of a frequency and of its negative are mirror images in the spectrum of a real kernel. Only the part of the weights that is
 * so has an effect.
 *
 * Resolution: multipliers are read off at any number of frequencies in cycles/pixel, so it is the same filter of pixels on images of any size.
 */
export class SmoothSpectralConv2d extends Module {
  /** The kernels of each size, in the order of their output channels. */
  readonly scales: readonly SmoothKernel[];
  readonly bias: Tensor | null;
  readonly #inChannels: number;

  constructor(
    inChannels: number,
    outChannels: number,
    kernelSize: Size | readonly (readonly [number, number])[],
    options: SmoothSpectralConvOptions = {},
  ) {
    super();
    checkOptions('SmoothSpectralConv2d', options, "{interpolation: 'spline'}");
    const { interpolation: kind = 'spline', learnSize = false, bias = true, seed } = options;
    const interpolation = checkOneOf('SmoothSpectralConv2d: interpolation', kind, ['bilinear', 'spline']);
    if (typeof learnSize !== 'boolean')
      throw new TypeError(`SmoothSpectralConv2d: learnSize is ${show(learnSize)}, but must be true or false`);
    this.#inChannels = checkInteger('SmoothSpectralConv2d: inChannels', inChannels, 1);
    const outputs = checkInteger('SmoothSpectralConv2d: outChannels', outChannels, 1);
    const sizes = sizesOf(kernelSize);
    if (outputs % sizes.length !== 0)
      throw new RangeError(
        `SmoothSpectralConv2d: ${sizes.length} sizes do not divide ${outputs} output channels; each makes an equal share of them`,
      );
    const each = outputs / sizes.length;
    const spatial = sizes.map(
      (size, i) => new Conv2d(inChannels, each, size, { bias, seed: seed === undefined ? undefined : seed + 2 * i }),
    );
    this.scales = spatial.map(({ weight }) => new SmoothKernel({ initial: weight, interpolation, learnSize }));
    this.bias = bias ? joined(spatial.map((conv) => conv.bias as Tensor)) : null;
  }

  /** The half spectra of all kernels on images of this size, [out, in, height, width/2 + 1]; irfft2 makes the kernels of them, their middle first. */
  multipliers(size: Size): Tensor {
    return wrap(this.#multipliers(pair('SmoothSpectralConv2d: size', size, 1)));
  }

  #multipliers(size: Pair): Node {
    return together(this.scales.map((scale) => scale.multipliers(size)));
  }

  override forward(x: Tensor): Tensor {
    const node = imagesOf('SmoothSpectralConv2d', x, this.#inChannels);
    const y = filtered(node, this.#multipliers(extentsOf(node)));
    return wrap(this.bias === null ? y : add(y, reshape(this.bias.node, [1, y.shape[1] as number, 1, 1])));
  }

  /** What a forward pass of images of this shape takes. */
  cost(inputShape: Shape): Cost {
    const [batch, , h, w] = imageShape('SmoothSpectralConv2d: cost', inputShape);
    const bins = h * halfWidth(w);
    const from = this.#inChannels;
    const interpolations = this.scales.map(({ weight }): Cost => {
      const [to, , kh, kw] = weight.shape as readonly [number, number, number, number];
      const products = h * kh * kw + h * kw * halfWidth(w);
      return { flop: 4 * to * from * products, bytes: 8 * to * from * (kh * kw + 2 * h * kw + bins) };
    });
    const to = this.scales.reduce((sum, { weight }) => sum + (weight.shape[0] as number), 0);
    const filtering = totalCost([
      ...interpolations,
      transformCost(batch * from, [h, w]),
      mixingCost(batch, from, to, bins),
      transformCost(batch * to, [h, w]),
    ]);
    return withBias(filtering, this.bias, [batch, to, h, w]);
  }
}

/** One size, or a list of pairs. */
function sizesOf(kernelSize: Size | readonly (readonly [number, number])[]): Pair[] {
  const what = 'SmoothSpectralConv2d: kernelSize';
  if (!Array.isArray(kernelSize) || typeof kernelSize[0] === 'number') return [pair(what, kernelSize as Size, 1)];
  if (kernelSize.length === 0) throw new RangeError(`${what} is [], but must be a size, or a list of pairs like [[3, 3], [9, 9]]`);
  return kernelSize.map((size: unknown, i) => pair(`${what}, number ${i}`, size as Size, 1));
}

function together(parts: readonly Node[]): Node {
  return parts.length === 1 ? (parts[0] as Node) : concat(parts, 0);
}

/** Tensors of one axis as one parameter. */
function joined(parts: readonly Tensor[]): Tensor {
  const all = wrap(withoutGradients(() => together(parts.map(({ node }) => node))));
  all.requiresGrad = true;
  return all;
}
