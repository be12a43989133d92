// The convolution of a Fourier neural operator (Li et al. 2020, 2010.08895): a matrix over channels for each of the lowest frequencies, and nothing
// else.

import type { Shape } from '../../devices/shape.js';
import { transformNode } from '../../fft/fft.js';
import type { Node } from '../../graph/node.js';
import { sameType } from '../../tensor/arguments.js';
import { checkInteger, checkOptions } from '../../tensor/checks.js';
import { uniform } from '../../tensor/create.js';
import { currentState, defaultFloat } from '../../tensor/devices.js';
import { add } from '../../tensor/operations/elementwise/index.js';
import { einsum } from '../../tensor/operations/matmul.js';
import { pad, sliceAxis } from '../../tensor/operations/views.js';
import { wrap, type Tensor } from '../../tensor/tensor.js';
import { pair, type Size } from '../conv.js';
import type { Pair } from '../conv-operation.js';
import { totalCost, type Cost } from '../cost.js';
import { Module } from '../modules.js';
import { extentsOf, halfWidth, imageShape, imagesOf, mixingCost, transformCost } from './spectra.js';
import { complexOf } from '../../devices/dtype.js';

/** Options of a layer without a bias. */
export interface SeedOptions {
  /** Seed of the initial values; the global generator's when not given. */
  readonly seed?: number | undefined;
}

/**
 * The spectral convolution of a Fourier neural operator: [batch, in, height, width] → [batch, out, height, width], of images of any size that has
 * the modes. The frequencies |ky| ≤ modes[0], 0 ≤ kx < modes[1] of rfft2 are each multiplied by a matrix over the channels, all others become zero, and
 * irfft2 gives images again. Weights begin uniform in [0, 1)/(in·out), real and imaginary parts each, as the paper's code does it.
 *
 * Resolution: bins are frequencies of the field that the image samples, in periods over the image. So it is the same operator on the field at
 * every resolution, and exactly so for fields that are band-limited below the Nyquist frequency of the coarser one.
 *
 * Redundancy: at kx = 0 (and at Nyquist, if modes reach it) ky and −ky are mirror images, but each has a weight. Only the part of the product that
 * keeps images real has an effect.
 */
export class FourierOperatorConv2d extends Module {
  /** Of ky = 0 … modes[0] − 1: complex [in, out, modes[0], modes[1]]. */
  readonly weightPositive: Tensor;
  /** Of ky = −modes[0] … −1. */
  readonly weightNegative: Tensor;
  readonly #modes: Pair;

  constructor(inChannels: number, outChannels: number, modes: Size, options: SeedOptions = {}) {
    super();
    checkOptions('FourierOperatorConv2d', options, '{seed: 1}');
    const from = checkInteger('FourierOperatorConv2d: inChannels', inChannels, 1);
    const to = checkInteger('FourierOperatorConv2d: outChannels', outChannels, 1);
    this.#modes = pair('FourierOperatorConv2d: modes', modes, 1);
    const { seed } = options;
    const dtype = complexOf(defaultFloat(currentState()));
    const initial = (offset: number): Tensor =>
      uniform([from, to, ...this.#modes], { dtype, ...(seed === undefined ? {} : { seed: seed + offset }) }).mul(1 / (from * to));
    this.weightPositive = initial(0);
    this.weightNegative = initial(1);
    this.weightPositive.requiresGrad = true;
    this.weightNegative.requiresGrad = true;
  }

  override forward(x: Tensor): Tensor {
    const { weightPositive, weightNegative } = this;
    const node = imagesOf('FourierOperatorConv2d', x, weightPositive.shape[0] as number);
    const [h, w] = extentsOf(node);
    const [m1, m2] = this.#modes;
    if (2 * m1 > h || m2 > halfWidth(w))
      throw new RangeError(
        `FourierOperatorConv2d: x [${x.shape.join(', ')}] has ${h}×${halfWidth(w)} bins, but modes [${m1}, ${m2}] need at least ${2 * m1}×${m2}; use larger images or fewer modes`,
      );
    // Rows first, so that columns of frequencies that are not kept are never transformed; on the way back in the other order.
    const rows = sliceAxis(transformNode('rfft', node, [3], [w], 'backward'), 3, 0, m2);
    const bins = transformNode('fft', rows, [2], [h], 'backward');
    const mix = (block: Node, weight: Tensor): Node => einsum('bixy,ioxy->boxy', sameType(block, weight.node));
    const positive = mix(sliceAxis(bins, 2, 0, m1), weightPositive);
    const negative = mix(sliceAxis(bins, 2, h - m1, h), weightNegative);
    const at = (block: Node, before: number): Node =>
      pad(block, [
        [0, 0],
        [0, 0],
        [before, h - m1 - before],
        [0, 0],
      ]);
    const columns = transformNode('ifft', add(at(positive, 0), at(negative, h - m1)), [2], [h], 'backward');
    return wrap(transformNode('irfft', columns, [3], [w], 'backward'));
  }

  /** What a forward pass of images of this shape takes. */
  cost(inputShape: Shape): Cost {
    const [batch, , h, w] = imageShape('FourierOperatorConv2d: cost', inputShape);
    const [from, to, m1, m2] = this.weightPositive.shape as readonly [number, number, number, number];
    return totalCost([
      transformCost(batch * from, [h, w], m2),
      mixingCost(batch, from, to, 2 * m1 * m2),
      transformCost(batch * to, [h, w], m2),
    ]);
  }
}
