// Into the frequency domain, to fewer frequencies there, and back, as layers: what a network that stays there is made of. Norms are 'ortho', so
// that spectra are as large as images.

import type { Shape } from '../../devices/shape.js';
import { like, mul } from '../../tensor/operations/elementwise/index.js';
import { wrap, type Tensor } from '../../tensor/tensor.js';
import { pair, type Size } from '../conv.js';
import type { Pair } from '../conv-operation.js';
import type { Cost } from '../cost.js';
import { Module } from '../modules.js';
import { halfSpectraOf, halfWidth, imageShape, imagesOf, imagesOfSpectra, spectraOfImages, transformCost, truncate } from './spectra.js';

/** Images [batch, channels, height, width] → their half spectra [batch, channels, height, width/2 + 1]: rfft2 of norm 'ortho'. */
export class FourierTransform2d extends Module {
  override forward(x: Tensor): Tensor {
    return wrap(spectraOfImages(imagesOf('FourierTransform2d', x, null), 'ortho'));
  }

  /** What a forward pass of images of this shape takes. */
  cost(inputShape: Shape): Cost {
    const [batch, channels, h, w] = imageShape('FourierTransform2d: cost', inputShape);
    return transformCost(batch * channels, [h, w]);
  }
}

/** Half spectra → images of a size: irfft2 of norm 'ortho'. */
export class InverseFourierTransform2d extends Module {
  readonly #size: Pair;

  constructor(size: Size) {
    super();
    this.#size = pair('InverseFourierTransform2d: size', size, 1);
  }

  override forward(x: Tensor): Tensor {
    return wrap(imagesOfSpectra(halfSpectraOf('InverseFourierTransform2d', x, null, this.#size), this.#size, 'ortho'));
  }

  /** What a forward pass of spectra of this shape takes. */
  cost(inputShape: Shape): Cost {
    const [batch, channels] = imageShape('InverseFourierTransform2d: cost', inputShape);
    return transformCost(batch * channels, this.#size);
  }
}

/** Spectral pooling of half spectra: of images of size `from` to those of `to`, with the rules of functional.spectralPool2d; means are kept. */
export class SpectralTruncation2d extends Module {
  readonly #from: Pair;
  readonly #to: Pair;

  constructor(from: Size, to: Size) {
    super();
    this.#from = pair('SpectralTruncation2d: from', from, 1);
    this.#to = pair('SpectralTruncation2d: to', to, 1);
    const [[h, w], [p, q]] = [this.#from, this.#to];
    if (p > h || q > w)
      throw new RangeError(
        `SpectralTruncation2d: ${p}×${q} is larger than ${h}×${w}; truncation only makes spectra smaller or leaves them`,
      );
  }

  override forward(x: Tensor): Tensor {
    const kept = truncate(halfSpectraOf('SpectralTruncation2d', x, null, this.#from), this.#from, this.#to);
    const ratio = (this.#to[0] * this.#to[1]) / (this.#from[0] * this.#from[1]);
    return wrap(mul(kept, like(kept, Math.sqrt(ratio))));
  }

  /** What a forward pass of spectra of this shape takes. */
  cost(inputShape: Shape): Cost {
    const [batch, channels] = imageShape('SpectralTruncation2d: cost', inputShape);
    const bins = batch * channels * this.#to[0] * halfWidth(this.#to[1]);
    return { flop: 2 * bins, bytes: 16 * bins };
  }
}
