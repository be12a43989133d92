// The kernels in a layer's weights: where each lies, and its taps.

import { isComplex } from '../devices/dtype.js';
import { checkInteger, show as describe } from '../tensor/checks.js';
import { Tensor } from '../tensor/tensor.js';
import { inverse, middleOf, type ComplexPlane } from './kernels-response.js';

/** How kernels are to be taken out of weights. */
export interface WeightsOptions {
  /** What the weights are: taps, or what multiplies a spectrum. Complex weights multiply spectra, real ones are taps, when not given. */
  readonly domain?: 'spatial' | 'spectral' | undefined;
  /** Axes of a kernel; a layer's weight has two more. 2 when not given, or as many as the tensor has. */
  readonly dimensions?: 1 | 2 | undefined;
  /** Of half spectra: the width of the full one. */
  readonly width?: number | undefined;
}

/** Kernels in weights. */
export interface Weights {
  readonly tensor: Tensor;
  readonly domain: 'spatial' | 'spectral';
  /** Extents of the axes before those of a kernel. */
  readonly outer: readonly number[];
  /** Taps of a kernel; 1 row where it has one axis. */
  readonly rows: number;
  readonly cols: number;
  /** Columns that are stored of each: less than `cols` in half spectra. */
  readonly stored: number;
}

/** Taps of the largest kernel that is drawn. */
const MOST_TAPS = 128 * 128;

/** Finds the kernels in a tensor, or in a layer's `weight`. Throws what is wrong with it. */
export function weightsOf(value: unknown, { domain, dimensions, width }: WeightsOptions): Weights {
  const { tensor, isLayer } = tensorOf(value);
  const { shape } = tensor;
  const given = `[${shape.join(', ')}]`;
  const axes = dimensions ?? (isLayer ? shape.length - 2 : Math.min(2, shape.length));
  if (axes !== 1 && axes !== 2)
    throw new Error(
      `show.kernels: the layer's weight has shape ${given}, but kernels need [out, in, taps] or [out, in, height, width]; use show.matrix for other weights`,
    );
  if (shape.length < axes)
    throw new Error(`show.kernels: a kernel of ${axes} axes was asked for, but the tensor has shape ${given}; reshape it`);
  const kind = domain ?? (isComplex(tensor.dtype) ? 'spectral' : 'spatial');
  if (kind === 'spatial' && isComplex(tensor.dtype))
    throw new TypeError(`show.kernels: the taps are ${tensor.dtype}, but must be real; use real() or imag(), or domain: 'spectral'`);
  const rows = axes === 1 ? 1 : (shape.at(-2) as number);
  const stored = shape.at(-1) as number;
  const cols = kind === 'spatial' ? stored : fullWidth(tensor, stored, width);
  if (rows * cols > MOST_TAPS)
    throw new RangeError(
      `show.kernels: the kernels have ${rows}×${cols} taps, but at most ${MOST_TAPS} can be edited; use show.image or show.spectrum for one of them`,
    );
  return { tensor, domain: kind, outer: shape.slice(0, shape.length - axes), rows, cols, stored };
}

function tensorOf(value: unknown): { tensor: Tensor; isLayer: boolean } {
  // Layers are known by what they hold: displays know tensors only.
  const isLayer = typeof value === 'object' && value !== null && !(value instanceof Tensor) && 'weight' in value;
  const tensor = isLayer ? value.weight : value;
  if (!(tensor instanceof Tensor))
    throw new TypeError(
      `show.kernels: expects weights [out, in, height, width] or a layer with a weight, but was given ${describe(value)}`,
    );
  if (tensor.size === 0) throw new Error(`show.kernels: the weights [${tensor.shape.join(', ')}] are empty; there are no kernels to draw`);
  if (tensor.shape.length === 0) throw new Error('show.kernels: a scalar is no kernel; expects at least one axis');
  return { tensor, isLayer };
}

function fullWidth(tensor: Tensor, stored: number, width: number | undefined): number {
  const known = tensor.node.spectrum;
  const full = width ?? (known?.half === true ? (known.sizes.at(-1) ?? stored) : stored);
  checkInteger('show.kernels: width', full, 1);
  if (full !== stored && Math.floor(full / 2) + 1 !== stored)
    throw new RangeError(
      `show.kernels: width is ${full}, whose half spectrum has ${Math.floor(full / 2) + 1} columns, but the weights have ${stored}; expected ${2 * stored - 2} or ${2 * stored - 1}`,
    );
  return full;
}

/** How many kernels there are. */
export function countOf({ outer }: Weights): number {
  return outer.reduce((product, extent) => product * extent, 1);
}

/** The taps of a kernel, and how much of its energy is imaginary: that of multipliers without Hermitian symmetry, which cannot be shown. */
export function tapsOf(
  weights: Weights,
  data: ArrayLike<number>,
  at: number,
): { readonly values: Float64Array; readonly imaginary: number } {
  const { rows, cols, domain } = weights;
  if (domain === 'spatial')
    return { values: Float64Array.from({ length: rows * cols }, (_, i) => data[at * rows * cols + i] ?? NaN), imaginary: 0 };
  const { re, im } = inverse(multipliersOf(weights, data, at));
  const values = new Float64Array(rows * cols);
  const [i0, j0] = [middleOf(rows), middleOf(cols)];
  let [real, imaginary] = [0, 0];
  for (let i = 0; i < rows; i++) {
    for (let j = 0; j < cols; j++) {
      // Beginnings of a transform are middles of a kernel.
      const from = ((i - i0 + rows) % rows) * cols + ((j - j0 + cols) % cols);
      values[i * cols + j] = re[from] ?? NaN;
      real += (re[from] ?? NaN) ** 2;
      imaginary += (im[from] ?? NaN) ** 2;
    }
  }
  return { values, imaginary: imaginary === 0 ? 0 : imaginary / (real + imaginary) };
}

/** All multipliers of a kernel, also those that a half spectrum does not store. */
function multipliersOf({ tensor, rows, cols, stored }: Weights, data: ArrayLike<number>, at: number): ComplexPlane {
  const parts = isComplex(tensor.dtype) ? 2 : 1;
  const plane: ComplexPlane = { rows, cols, re: new Float64Array(rows * cols), im: new Float64Array(rows * cols) };
  for (let row = 0; row < rows; row++) {
    for (let col = 0; col < cols; col++) {
      const isStored = col < stored;
      const from = (at * rows + (isStored ? row : (rows - row) % rows)) * stored + (isStored ? col : cols - col);
      plane.re[row * cols + col] = data[parts * from] ?? NaN;
      if (parts === 2) plane.im[row * cols + col] = (isStored ? 1 : -1) * (data[2 * from + 1] ?? NaN);
    }
  }
  return plane;
}
