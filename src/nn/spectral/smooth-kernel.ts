// Kernels that are few numbers in the frequency domain: k×k weights, interpolated to the multipliers of an image of any size.

import { complexOf, realOf, type DType } from '../../devices/dtype.js';
import { transformNode } from '../../fft/fft.js';
import { withoutGradients, type GraphState, type Node } from '../../graph/node.js';
import { sameType } from '../../tensor/arguments.js';
import { checkSize, uploadReal } from '../../tensor/devices.js';
import { tensor } from '../../tensor/create.js';
import { add, cast, conj, div, exp, like, mul, real, square } from '../../tensor/operations/elementwise/index.js';
import { einsum } from '../../tensor/operations/matmul.js';
import { flip, reshape, roll, sliceAxis } from '../../tensor/operations/views.js';
import { wrap, type Tensor } from '../../tensor/tensor.js';
import type { Pair } from '../conv-operation.js';
import { Module } from '../modules.js';
import { interpolationMatrix, type Interpolation } from './interpolation.js';
import { extentsOf, halfWidth, imagesOf, imagesOfSpectra, spectraOfImages } from './spectra.js';

/** How the kernels of one size are made. */
export interface SmoothKernelOptions {
  /** The kernels to begin with, [out, in, height, width]: what is interpolated is their spectrum. */
  readonly initial: Tensor;
  readonly interpolation: Interpolation;
  readonly learnSize: boolean;
}

/** Kernels of one size; see SmoothSpectralConv2d. */
export class SmoothKernel extends Module {
  /** fft2 of norm 'ortho' of k×k taps whose middle stands first: complex [out, in, k, k]. */
  readonly weight: Tensor;
  /** log of the window's height and width in pixels, [2]; null where it is not learned. */
  readonly logSize: Tensor | null;
  readonly #size: Pair;
  readonly #interpolation: Interpolation;

  constructor({ initial, interpolation, learnSize }: SmoothKernelOptions) {
    super();
    this.#interpolation = interpolation;
    this.#size = extentsOf(initial.node);
    const [kh, kw] = this.#size;
    this.weight = wrap(
      withoutGradients(() => {
        const centred = roll(initial.node, [0, 0, -Math.floor(kh / 2), -Math.floor(kw / 2)]);
        return transformNode('fft', centred, [2, 3], this.#size, 'ortho');
      }),
    );
    this.weight.requiresGrad = true;
    const { device, dtype } = initial;
    this.logSize = learnSize ? tensor([Math.log(kh), Math.log(kw)], { device, dtype, requiresGrad: true }) : null;
  }

  /** The half spectra of the kernels on images of this size, [out, in, height, width/2 + 1]. */
  multipliers([h, w]: Pair): Node {
    const { node } = this.weight;
    const [kh, kw] = this.#size;
    const [to, from] = node.shape as readonly [number, number];
    if (h < kh || w < kw)
      throw new RangeError(
        `SmoothSpectralConv2d: images of ${h}×${w} have fewer frequencies than the kernel has weights, ${kh}×${kw}; use larger images or a smaller kernel`,
      );
    checkSize('SmoothSpectralConv2d: the multipliers', node.dtype, [to, from, h, halfWidth(w)], node.state);
    // A real kernel has a spectrum that is its own mirror image: the part of the weights that is not would give an imaginary kernel.
    const mirrored = conj(roll(flip(node, [2, 3]), [0, 0, 1, 1]));
    const symmetric = mul(add(node, mirrored), like(node, Math.sqrt(kh * kw) / 2));
    const rows = cast(this.#matrix(0, h), node.dtype);
    const columns = cast(sliceAxis(this.#matrix(1, w), 0, 0, halfWidth(w)), node.dtype);
    return einsum('oial,bl->oiab', [einsum('ak,oikl->oial', [rows, symmetric]), columns]);
  }

  /** The matrix [n, k] from weights to multipliers along one axis. */
  #matrix(axis: 0 | 1, n: number): Node {
    const { state, dtype } = this.weight.node;
    const k = this.#size[axis];
    const matrix = constant(state, dtype, interpolationMatrix(this.#interpolation, n, k), [n, k]);
    if (this.logSize === null) return matrix;
    // A window in space is a smoothing along the frequencies: it makes the kernel smaller where it makes the multipliers smoother.
    const offsets = constant(
      state,
      dtype,
      Float64Array.from({ length: n }, (_, i) => (i < n / 2 ? i : i - n)),
      [n, 1],
    );
    const size = exp(reshape(sliceAxis(this.logSize.node, 0, axis, axis + 1), [1, 1]));
    const window = exp(mul(square(div(offsets, size)), like(offsets, -2)));
    const taps = transformNode('ifft', cast(matrix, complexOf(matrix.dtype)), [0], [n], 'backward');
    return real(transformNode('fft', mul(taps, window), [0], [n], 'backward'));
  }

  override forward(x: Tensor): Tensor {
    const node = imagesOf('SmoothKernel', x, this.weight.shape[1] as number);
    return wrap(filtered(node, this.multipliers(extentsOf(node))));
  }
}

/** Re(ifft2(fft2(x)·conj(multipliers))), summed over input channels. */
export function filtered(x: Node, multipliers: Node): Node {
  const products = einsum('bixy,oixy->boxy', sameType(spectraOfImages(x, 'backward'), conj(multipliers)));
  return imagesOfSpectra(products, extentsOf(x), 'backward');
}

function constant(state: GraphState, dtype: DType, values: Float64Array<ArrayBuffer>, shape: readonly [number, number]): Node {
  return reshape(uploadReal(state, realOf(dtype), values), shape);
}
