// Spectral pooling (Rippel, Snoek, Adams 2015): an image made smaller by leaving out the frequencies that the smaller one cannot hold.

import type { Shape } from '../../devices/shape.js';
import { wrap, type Tensor } from '../../tensor/tensor.js';
import { pair, type Size } from '../conv.js';
import type { Pair } from '../conv-operation.js';
import { totalCost, type Cost } from '../cost.js';
import { Module } from '../modules.js';
import { extentsOf, imageShape, imagesOf, imagesOfSpectra, spectraOfImages, transformCost, truncate } from './spectra.js';

function checkSmaller(name: string, [h, w]: Pair, [p, q]: Pair): void {
  if (p > h || q > w)
    throw new RangeError(
      `${name}: the size ${p}×${q} is larger than the images, ${h}×${w}; pooling only makes them smaller or leaves them`,
    );
}

function pooled(name: string, x: Tensor, size: Pair): Tensor {
  const node = imagesOf(name, x, null);
  const from = extentsOf(node);
  checkSmaller(name, from, size);
  return wrap(imagesOfSpectra(truncate(spectraOfImages(node, 'forward'), from, size), size, 'forward'));
}

/**
 * Images [batch, channels, height, width] at a smaller size, a number or [height, width], with the frequencies that it can hold: SciPy's `resample`
 * along both axes. At even sizes the two Nyquist bins are summed, so that a real image stays real and one that was enlarged with each of them halved is
 * given back exactly. Means are kept: spectra are scaled by the ratio of the sizes. Borders wrap around.
 */
export function spectralPool2d(x: Tensor, size: Size): Tensor {
  return pooled('spectralPool2d', x, pair('spectralPool2d: size', size, 1));
}

/** Spectral pooling to a fixed size; see `functional.spectralPool2d`. */
export class SpectralPool2d extends Module {
  readonly #size: Pair;

  constructor(size: Size) {
    super();
    this.#size = pair('SpectralPool2d: size', size, 1);
  }

  override forward(x: Tensor): Tensor {
    return pooled('SpectralPool2d', x, this.#size);
  }

  /** What a forward pass of images of this shape takes. */
  cost(inputShape: Shape): Cost {
    const [batch, channels, h, w] = imageShape('SpectralPool2d: cost', inputShape);
    return totalCost([transformCost(batch * channels, [h, w]), transformCost(batch * channels, this.#size)]);
  }
}
