// An image convolved with a kernel by way of their spectra, step by step, and what wraps around. Pages use it, too: nothing of Node in here.

import { inverse, middleOf, type ComplexPlane } from './kernels-response.js';
import { formatCount, formatNumber } from './number-format.js';
import { transformRealPlane } from './plane-spectrum.js';

/** Real numbers of a plane, row-major. */
export interface RealPlane {
  readonly rows: number;
  readonly cols: number;
  readonly values: Float64Array;
}

/** Extents of an image, of a kernel, and of the period of the transforms, which holds both. */
export interface ConvolutionSizes {
  readonly image: readonly [rows: number, cols: number];
  readonly kernel: readonly [rows: number, cols: number];
  readonly period: readonly [rows: number, cols: number];
}

/** What happens on the way over the spectra. */
export interface ConvolutionSteps {
  readonly image: RealPlane;
  readonly imageSpectrum: ComplexPlane;
  readonly kernelSpectrum: ComplexPlane;
  readonly product: ComplexPlane;
  /** One period of the result. */
  readonly result: RealPlane;
}

/** Pixels that what wrapped around reaches. */
export interface WrapAround {
  /** 1 where a pixel of the period is reached, by what is not 0 in image and kernel. */
  readonly mask: Uint8Array;
  /** How many these are: of the period, of the part as large as the image (from the middle tap on), of the part that no edge takes part in. */
  readonly period: number;
  readonly same: number;
  readonly valid: number;
  /** The largest difference from the result without wrapping. */
  readonly largest: number;
}

/** Zeros that an axis needs, so that nothing wraps around. */
export function zerosNeeded(image: number, kernel: number): number {
  return Math.max(image, kernel) === image ? kernel - 1 : image - 1;
}

/** The period with so many zeros behind the image, or behind the kernel where it is larger. */
export function periodOf(
  image: readonly [number, number],
  kernel: readonly [number, number],
  zeros: readonly [number, number],
): [number, number] {
  return [Math.max(image[0], kernel[0]) + zeros[0], Math.max(image[1], kernel[1]) + zeros[1]];
}

/** The plane with zeros below and to the right. */
export function padded({ rows, cols, values }: RealPlane, height: number, width: number): RealPlane {
  const result = new Float64Array(height * width);
  for (let row = 0; row < rows; row++) result.set(values.subarray(row * cols, (row + 1) * cols), row * width);
  return { rows: height, cols: width, values: result };
}

/** All of the convolution y[n] = Σ x[n − j]·h[j], [h + kh − 1, w + kw − 1], by sums. */
export function fullConvolution(image: RealPlane, kernel: RealPlane): RealPlane {
  const [rows, cols] = [image.rows + kernel.rows - 1, image.cols + kernel.cols - 1];
  const values = new Float64Array(rows * cols);
  for (let i = 0; i < kernel.rows; i++) {
    for (let j = 0; j < kernel.cols; j++) {
      const tap = kernel.values[i * kernel.cols + j] ?? NaN;
      for (let row = 0; row < image.rows; row++) {
        const [from, to] = [row * image.cols, (row + i) * cols + j];
        for (let col = 0; col < image.cols; col++) values[to + col] = (values[to + col] ?? 0) + tap * (image.values[from + col] ?? NaN);
      }
    }
  }
  return { rows, cols, values };
}

/** The steps over the spectra, with transforms of this period. */
export function convolutionSteps(image: RealPlane, kernel: RealPlane, rows: number, cols: number): ConvolutionSteps {
  const x = padded(image, rows, cols);
  const spectrumOf = ({ values }: RealPlane): ComplexPlane => {
    const [re, im] = [Float64Array.from(values), new Float64Array(values.length)];
    transformRealPlane(re, im, rows, cols);
    return { rows, cols, re, im };
  };
  const [imageSpectrum, kernelSpectrum] = [spectrumOf(x), spectrumOf(padded(kernel, rows, cols))];
  const product = productOf(imageSpectrum, kernelSpectrum);
  return { image: x, imageSpectrum, kernelSpectrum, product, result: { rows, cols, values: inverse(product).re } };
}

/** The product of two spectra, bin by bin. */
export function productOf(a: ComplexPlane, b: ComplexPlane): ComplexPlane {
  const [re, im] = [new Float64Array(a.re.length), new Float64Array(a.re.length)];
  for (let i = 0; i < re.length; i++) {
    const [ar, ai, br, bi] = [a.re[i] ?? NaN, a.im[i] ?? NaN, b.re[i] ?? NaN, b.im[i] ?? NaN];
    re[i] = ar * br - ai * bi;
    im[i] = ar * bi + ai * br;
  }
  return { rows: a.rows, cols: a.cols, re, im };
}

/** What wraps around in a period of `rows` by `cols`; `full` is the whole convolution. */
export function wrapAround(image: RealPlane, kernel: RealPlane, full: RealPlane, rows: number, cols: number): WrapAround {
  const mask = new Uint8Array(rows * cols);
  const taps = Array.from(kernel.values.keys()).filter((tap) => kernel.values[tap] !== 0);
  /** Whether anything but zeros meets in a pixel of the full result. */
  const isReached = (row: number, col: number): boolean =>
    taps.some((tap) => {
      const [y, x] = [row - Math.floor(tap / kernel.cols), col - (tap % kernel.cols)];
      return y >= 0 && x >= 0 && y < image.rows && x < image.cols && image.values[y * image.cols + x] !== 0;
    });
  let largest = 0;
  const errors = new Map<number, number>();
  // Beyond the period lies what has no place of its own.
  for (let row = 0; row < full.rows; row++) {
    for (let col = row < rows ? cols : 0; col < full.cols; col++) {
      const at = (row % rows) * cols + (col % cols);
      if (mask[at] === 0 && isReached(row, col)) mask[at] = 1;
      const error = (errors.get(at) ?? 0) + (full.values[row * full.cols + col] ?? NaN);
      errors.set(at, error);
    }
  }
  for (const error of errors.values()) largest = Math.max(largest, Math.abs(error));
  const countIn = (top: number, left: number, height: number, width: number): number => {
    let count = 0;
    for (let row = top; row < top + height; row++)
      for (let col = left; col < left + width; col++) count += mask[(row % rows) * cols + (col % cols)] ?? 0;
    return count;
  };
  const valid = validPart(image, kernel);
  return {
    mask,
    period: countIn(0, 0, rows, cols),
    same: countIn(middleOf(kernel.rows), middleOf(kernel.cols), image.rows, image.cols),
    valid: countIn(valid.top, valid.left, valid.rows, valid.cols),
    largest,
  };
}

/** The part of the full result that no edge takes part in; it may have no pixels. */
export function validPart(
  image: Pick<RealPlane, 'rows' | 'cols'>,
  kernel: Pick<RealPlane, 'rows' | 'cols'>,
): { top: number; left: number; rows: number; cols: number } {
  const part = (a: number, b: number): readonly [number, number] => [b - 1, Math.max(0, a - b + 1)];
  const [[top, rows], [left, cols]] = [part(image.rows, kernel.rows), part(image.cols, kernel.cols)];
  return { top, left, rows, cols };
}

/** The kernel turned by 180°: correlating with one is convolving with the other. */
export function turned({ rows, cols, values }: RealPlane): RealPlane {
  return { rows, cols, values: Float64Array.from(values).reverse() };
}

/** What wraps around, in sentences. */
export function describeWrap(
  { image, kernel, period }: ConvolutionSizes,
  { period: count, same, valid, largest }: Omit<WrapAround, 'mask'>,
): string[] {
  const need = [image[0] + kernel[0] - 1, image[1] + kernel[1] - 1] as const;
  const size = `the period is ${period.join('×')} and the whole result ${need.join('×')}`;
  const total = period[0] * period[1];
  const some = (pixels: number): string => (pixels === 0 ? 'none' : formatCount(pixels));
  if (count === 0) {
    const why =
      period[0] >= need[0] && period[1] >= need[1]
        ? `Nothing wraps around: ${size}.`
        : `Nothing wraps around, because edges are 0: ${size}.`;
    return [why];
  }
  return [
    `${formatCount(count)} of ${formatCount(total)} pixels hold what wrapped around, wrong by up to ${formatNumber(largest)}: ${size}.`,
    `Of 'same', as large as the image: ${some(same)}. Of 'valid', which no edge takes part in: ${some(valid)}.`,
  ];
}
