// A convolutional network that stays in the frequency domain, after Pratt, Williams, Coenen and Zheng (FCNN, 2017).

import { checkInteger, checkList, checkOneOf, checkOptions } from '../../tensor/checks.js';
import { pair, type Size } from '../conv.js';
import type { Pair } from '../conv-operation.js';
import { Linear } from '../layers.js';
import { Flatten } from '../stateless.js';
import { Sequential, type Module } from '../modules.js';
import type { SeedOptions } from './fourier-operator.js';
import { FourierTransform2d, InverseFourierTransform2d, SpectralTruncation2d } from './fourier-transform.js';
import { HadamardConv2d } from './hadamard-conv.js';
import { ComplexReLU, InverseReLU, ModReLU } from './spectral-activations.js';

/** What stands behind each convolution. */
export type SpectralNonlinearity = 'none' | 'crelu' | 'modrelu' | 'inverse-relu';

/** Options of FourierCNN. */
export interface FourierCNNOptions extends SeedOptions {
  /** Channels behind each convolution; [16, 32] when not given. */
  readonly channels?: readonly number[] | undefined;
  /** 'crelu' when not given; see FourierCNN. */
  readonly nonlinearity?: SpectralNonlinearity | undefined;
}

/**
 * A network for images [batch, inChannels, height, width] of one size that transforms once: then Hadamard convolutions, with kernels as large as the
 * image, each with a nonlinearity and spectral pooling to half the size, and in the end one inverse transform and a Linear to the classes.
 *
 * The nonlinearity: which one the paper has is not known to us, so none of these is claimed to be it. 'crelu' and 'modrelu' act on bins, and rectify no
 * pixel; modReLU begins as nearly the identity, and is slow to learn to be anything else. 'inverse-relu' goes back to the image, rectifies there, and
 * transforms again: then the network is a spatial one with circular kernels as large as the image. With 'none' all layers together are one linear map,
 * and the network is a linear classifier.
 */
export class FourierCNN extends Sequential {
  constructor(inChannels: number, size: Size, classes: number, options: FourierCNNOptions = {}) {
    super(...layersOf(inChannels, size, classes, options));
  }
}

function layersOf(inChannels: number, given: Size, classes: number, options: FourierCNNOptions): Module[] {
  checkOptions('FourierCNN', options, "{channels: [16, 32], nonlinearity: 'crelu'}");
  const { channels = [16, 32], seed } = options;
  const nonlinearity = checkOneOf('FourierCNN: nonlinearity', options.nonlinearity ?? 'crelu', [
    'none',
    'crelu',
    'modrelu',
    'inverse-relu',
  ]);
  const counts = checkList('FourierCNN: channels', channels).map((count, i) => checkInteger(`FourierCNN: channels[${i}]`, count, 1));
  let from = checkInteger('FourierCNN: inChannels', inChannels, 1);
  let size = pair('FourierCNN: size', given, 1);
  const to = checkInteger('FourierCNN: classes', classes, 1);
  if (Math.min(...size) < 2 ** counts.length)
    throw new RangeError(
      `FourierCNN: images of ${size[0]}×${size[1]} cannot be halved ${counts.length} times; use larger images or fewer channels in the list`,
    );
  // Each layer has a seed of its own, so that those of equal shapes begin differently.
  const layers: Module[] = [new FourierTransform2d()];
  const own = (): SeedOptions => (seed === undefined ? {} : { seed: seed + 2 * layers.length });
  for (const count of counts) {
    const half: Pair = [Math.floor(size[0] / 2), Math.floor(size[1] / 2)];
    layers.push(new HadamardConv2d(from, count, size, own()));
    if (nonlinearity === 'crelu') layers.push(new ComplexReLU());
    if (nonlinearity === 'modrelu') layers.push(new ModReLU(count, own()));
    if (nonlinearity === 'inverse-relu') layers.push(new InverseReLU(size));
    layers.push(new SpectralTruncation2d(size, half));
    [from, size] = [count, half];
  }
  return [...layers, new InverseFourierTransform2d(size), new Flatten(), new Linear(from * size[0] * size[1], to, own())];
}
