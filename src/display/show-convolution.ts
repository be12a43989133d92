// pv.show.convolution: image ∗ kernel over their spectra, step by step, and what wraps around where there are too few zeros.

import * as v from 'valibot';
import { isComplex } from '../devices/dtype.js';
import { fft2, ifft2 } from '../fft/fft.js';
import { fftconvolve } from '../fft/signal/index.js';
import { withoutGradients } from '../graph/node.js';
import { CONVOLUTION_MIME, convolutionRequest, type ConvolutionAnswer, type ConvolutionData } from '../protocol/convolution.js';
import { floatsToText, numberTo } from '../protocol/numbers.js';
import { floatPlane, levelPlane } from '../protocol/plane-data.js';
import { checkInteger, checkList, checkOneOf, checkOptions, show as describe } from '../tensor/checks.js';
import type { Tensor } from '../tensor/tensor.js';
import { asOutput } from './display.js';
import { drawConvolution, type ConvolutionFigure } from './convolution-figure.js';
import {
  padded,
  periodOf,
  turned,
  wrapAround,
  zerosNeeded,
  type ConvolutionSizes,
  type RealPlane,
  type WrapAround,
} from './convolution-values.js';
import { finiteExtent } from './extent.js';
import type { Operation } from './kernels-response.js';
import { counted } from './number-format.js';
import { openView } from './live-views.js';
import { layoutPlane, poolPlane } from './pixels.js';
import { checkFilled, present } from './show-common.js';

/** Options of show.convolution. */
export interface ConvolutionShowOptions {
  readonly title?: string | undefined;
  /**
   * 'linear' appends as many zeros as are needed, so that nothing wraps around; 'circular' none, so that the image goes on at its other side.
   * 'linear' when not given.
   */
  readonly mode?: 'linear' | 'circular' | undefined;
  /** Zeros appended to rows and columns before the transforms, in the place of what the mode says: one number, or [rows, columns]. */
  readonly padding?: number | readonly [number, number] | undefined;
  /** What is computed: 'convolution', as pv.signal.convolve, or 'correlation', as convolution layers do: the kernel is turned by 180° first. */
  readonly operation?: Operation | undefined;
}

/** What wraps around in a convolution, in numbers. */
export interface ConvolutionSummary extends ConvolutionSizes {
  /** Pixels of one period that hold what wrapped around. */
  readonly wrong: number;
  /** Of these, those in the part as large as the image, and in the part that no edge takes part in. */
  readonly same: number;
  readonly valid: number;
  /** The largest difference from the result without wrapping. */
  readonly largest: number;
}

/** Cells along the longer side of a saved image: a page transforms them within a frame. */
const IMAGE_CELLS = 64;
/** Pixels along an image's side, at most: transforms of larger ones are too many numbers to read. */
const MOST_PIXELS = 2048;

/**
 * Draws the way of a convolution over the spectra: image [height, width] (of more axes the first plane), kernel [height, width], both spectra, their
 * product, and the result with the pixels marked that hold what wrapped around. Resolves to how many these are, once it is drawn.
 */
export async function convolution(image: Tensor, kernel: Tensor, options: ConvolutionShowOptions = {}): Promise<ConvolutionSummary> {
  checkOptions('show.convolution', options, "{mode: 'circular'}");
  const [x, given] = [planeOf('image', image), planeOf('kernel', kernel)];
  const { title = 'Convolution over the spectra' } = options;
  const mode = checkOneOf('show.convolution: mode', options.mode ?? 'linear', ['linear', 'circular']);
  const operation = checkOneOf('show.convolution: operation', options.operation ?? 'convolution', ['convolution', 'correlation']);
  const h = operation === 'correlation' ? given.flip([0, 1]) : given;
  const [imageSize, kernelSize] = [sizeOf(x), sizeOf(h)];
  const zeros = zerosOf(options.padding, mode, imageSize, kernelSize);
  const held: Held = { x, h, imageSize, kernelSize };
  const view = openView((request) => withoutGradients(() => answer(held, request)));
  const about = noteOf(image, operation);
  const sizes: ConvolutionSizes = { image: imageSize, kernel: kernelSize, period: periodOf(imageSize, kernelSize, zeros) };
  const spectra = spectraOf(held, sizes.period);
  const computing = compute(held, sizes.period, spectra);
  const magnitudes = Promise.all([spectra.image, spectra.kernel, spectra.product].map((spectrum) => read(spectrum.abs())));
  const draw = Promise.all([computing, magnitudes]).then(([computed, [X, H, Y]]) => {
    const { rows, cols, values } = computed.image;
    const layout = layoutPlane(rows, cols, 'mean', IMAGE_CELLS);
    const taps = operation === 'correlation' ? turned(computed.kernel).values : computed.kernel.values;
    let saved: ConvolutionData | null = null;
    return (maxCells: number): ConvolutionFigure => {
      const figure = drawConvolution({
        image: padded(computed.image, ...sizes.period).values,
        spectra: [X!, H!, Y!],
        sizes,
        kernel: computed.kernel.values,
        wrap: computed.wrap,
        result: computed.result,
        title,
        note: [...about, nameOfZeros(zeros), image.device].join(' · '),
        maxCells,
      });
      saved ??= {
        view: view?.name ?? null,
        title,
        // Zeros are the view's to choose, and said beside its slider.
        note: [...about, image.device].join(' · '),
        readout: [...figure.readout],
        operation,
        rows,
        cols,
        image: floatPlane(poolPlane(values, layout, 'mean'), layout.rows.count, layout.cols.count),
        kernel: { rows: kernelSize[0], cols: kernelSize[1], taps: floatsToText(taps) },
        zeros: [...zeros],
      };
      return { ...figure, data: { mime: CONVOLUTION_MIME, value: saved } };
    };
  });
  await present(draw);
  const { wrap } = await computing;
  const { period: wrong, same, valid, largest } = wrap;
  return asOutput({ ...sizes, wrong, same, valid, largest });
}

/** The extents of a plane. */
function sizeOf({ shape }: Tensor): readonly [number, number] {
  return [shape[0] as number, shape[1] as number];
}

interface Held {
  readonly x: Tensor;
  /** As it is convolved. */
  readonly h: Tensor;
  readonly imageSize: readonly [number, number];
  readonly kernelSize: readonly [number, number];
}

interface Computed {
  readonly image: RealPlane;
  readonly kernel: RealPlane;
  readonly result: Float64Array;
  readonly wrap: WrapAround;
}

interface Spectra {
  readonly image: Tensor;
  readonly kernel: Tensor;
  readonly product: Tensor;
}

function spectraOf({ x, h }: Held, s: readonly [number, number]): Spectra {
  const [image, kernel] = [fft2(x, { s }), fft2(h, { s })];
  return { image, kernel, product: image.mul(kernel) };
}

const read = async (tensor: Tensor): Promise<Float64Array> => Float64Array.from(await tensor.data());

/** The result over the spectra, in the device's precision, and what wraps around in it. */
async function compute(
  { x, h, imageSize, kernelSize }: Held,
  [rows, cols]: readonly [number, number],
  { product }: Spectra,
): Promise<Computed> {
  const [y, all] = [ifft2(product).real(), fftconvolve(x, h)];
  const valuesOf = async (tensor: Tensor, [height, width]: readonly [number, number]): Promise<RealPlane> => ({
    rows: height,
    cols: width,
    values: await read(tensor),
  });
  const [image, kernel] = [await valuesOf(x, imageSize), await valuesOf(h, kernelSize)];
  const full = await valuesOf(all, sizeOf(all));
  return { image, kernel, result: await read(y), wrap: wrapAround(image, kernel, full, rows, cols) };
}

async function answer(held: Held, given: unknown): Promise<ConvolutionAnswer> {
  const { zeros, cells } = v.parse(convolutionRequest, given);
  const [rows, cols] = periodOf(held.imageSize, held.kernelSize, zeros);
  const { result, wrap } = await compute(held, [rows, cols], spectraOf(held, [rows, cols]));
  const layout = layoutPlane(rows, cols, 'mean', cells);
  const [height, width] = [layout.rows.count, layout.cols.count];
  const { min, max } = finiteExtent(result);
  const means = poolPlane(result, layout, 'mean');
  return {
    rows,
    cols,
    result: min <= max ? levelPlane(means, height, width, min, max) : floatPlane(means, height, width),
    wrong: levelPlane(poolPlane(wrap.mask, layout, 'mean'), height, width, 0, 1),
    period: wrap.period,
    same: wrap.same,
    valid: wrap.valid,
    largest: numberTo(wrap.largest),
  };
}

function planeOf(name: string, value: unknown): Tensor {
  const x = checkFilled(`show.convolution: ${name}`, value);
  const given = `[${x.shape.join(', ')}]`;
  if (isComplex(x.dtype)) throw new TypeError(`show.convolution: ${name} is ${x.dtype}, but must be real; use real() or imag()`);
  if (x.shape.length < 2)
    throw new Error(`show.convolution: ${name} has shape ${given}, but must be [height, width]; reshape a signal to [1, n]`);
  const shape = x.shape.slice(-2);
  if (shape.some((extent) => extent > MOST_PIXELS))
    throw new RangeError(`show.convolution: ${name} ${given} has more than ${MOST_PIXELS} pixels along a side; slice a part of it`);
  const outer = x.shape.slice(0, -2);
  // Integers have no spectrum of their own.
  const real = x.dtype === 'float32' || x.dtype === 'float64' ? x : x.astype(x.device === 'cpu' ? 'float64' : 'float32');
  return real
    .slice(
      outer.map(() => 0),
      outer.map(() => 1),
    )
    .reshape(shape)
    .detach();
}

function zerosOf(
  padding: unknown,
  mode: 'linear' | 'circular',
  image: readonly [number, number],
  kernel: readonly [number, number],
): readonly [number, number] {
  if (padding === undefined) return mode === 'circular' ? [0, 0] : [zerosNeeded(image[0], kernel[0]), zerosNeeded(image[1], kernel[1])];
  const list = typeof padding === 'number' ? [padding, padding] : checkList('show.convolution: padding', padding);
  if (list.length !== 2)
    throw new TypeError(`show.convolution: padding is ${describe(padding)}, but must be a number of zeros, or [rows, columns]`);
  const [rows, cols] = list.map((count) => checkInteger('show.convolution: padding', count, 0)) as [number, number];
  if (Math.max(rows, cols) > MOST_PIXELS)
    throw new RangeError(`show.convolution: padding is ${describe(padding)}, but must be at most ${MOST_PIXELS}`);
  return [rows, cols];
}

function noteOf(image: Tensor, operation: Operation): readonly string[] {
  const what =
    operation === 'convolution' ? 'true convolution, as pv.signal.convolve' : 'cross-correlation, as conv2d: the kernel turned by 180°';
  return [`[${image.shape.join(', ')}] ${image.dtype}`, what];
}

function nameOfZeros([rows, cols]: readonly [number, number]): string {
  if (rows === 0 && cols === 0) return 'circular: no zeros appended';
  return rows === cols ? `${counted(rows, 'zero')} appended` : `${rows} and ${cols} zeros appended`;
}
