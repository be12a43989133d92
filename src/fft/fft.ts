// The public transforms: norms, sizes, axes. Names and conventions are NumPy's and torch's.

import { isComplex } from '../devices/dtype.js';
import type { Node, SpectrumInfo } from '../graph/node.js';
import { floating } from '../tensor/arguments.js';
import { checkAxes, checkAxis, checkInteger, checkList, checkNumber, checkOneOf, checkOptions, show } from '../tensor/checks.js';
import { currentState, defaultFloat, uploadReal } from '../tensor/devices.js';
import { like, mul } from '../tensor/operations/elementwise/index.js';
import { roll } from '../tensor/operations/views.js';
import { Tensor, wrap } from '../tensor/tensor.js';
import { fft1 } from './transform.js';

/** Which direction carries the factor 1/N: the inverse, each √, or the forward transform. */
export type Norm = SpectrumInfo['norm'];

/** Options of one-dimensional transforms: length (pads or cuts), axis, norm. */
export interface FftOptions {
  readonly n?: number | undefined;
  readonly axis?: number | undefined;
  readonly norm?: Norm | undefined;
}

/** Options of n-dimensional transforms: length of each axis, axes, norm. */
export interface FftnOptions {
  readonly s?: readonly number[] | undefined;
  readonly axes?: readonly number[] | undefined;
  readonly norm?: Norm | undefined;
}

const norms = ['backward', 'ortho', 'forward'] as const;

/** The factor of a transform of `count` points in all. */
function normFactor(norm: Norm, count: number, inverse: boolean): number {
  if (norm === 'ortho') return 1 / Math.sqrt(count);
  return (norm === 'backward') === inverse ? 1 / count : 1;
}

function scaled(x: Node, factor: number): Node {
  return factor === 1 ? x : mul(x, like(x, factor));
}

type Kind = 'fft' | 'ifft' | 'rfft' | 'irfft';

/** The transform of a node along axes (0 ≤ axis < rank) with lengths; the last axis is the real one. Library entry. */
export function transformNode(kind: Kind, x: Node, axes: readonly number[], sizes: readonly number[], norm: Norm): Node {
  const inverse = kind === 'ifft' || kind === 'irfft';
  const sign: 1 | -1 = inverse ? 1 : -1;
  const lastAxis = axes.at(-1) as number;
  const lastSize = sizes.at(-1) as number;
  const others = axes.slice(0, -1).map((axis, i) => ({ axis, n: sizes[i] as number, mode: 'c2c' as const, sign: sign }));
  let y = x;
  if (kind === 'rfft') y = fft1(y, { axis: lastAxis, n: lastSize, mode: 'r2c', sign: -1 });
  // Rows last on the way back, so that only they have to become real; each axis is read with its stride, without a transpose.
  for (const transform of kind === 'rfft' ? [...others].reverse() : others) y = fft1(y, transform);
  if (kind === 'irfft') y = fft1(y, { axis: lastAxis, n: lastSize, mode: 'c2r', sign: 1 });
  if (kind === 'fft' || kind === 'ifft') y = fft1(y, { axis: lastAxis, n: lastSize, mode: 'c2c', sign });
  const count = sizes.reduce((product, size) => product * size, 1);
  const result = scaled(y, normFactor(norm, count, inverse));
  if (!inverse) {
    const rank = x.shape.length;
    result.spectrum = { axes: axes.map((axis) => axis - rank), sizes, half: kind === 'rfft', norm };
  }
  return result;
}

/** Checks and completes arguments, then records the transform. */
function run(
  name: string,
  kind: Kind,
  x: Tensor,
  axesGiven: readonly number[] | undefined,
  sizesGiven: readonly (number | undefined)[] | undefined,
  normGiven: Norm | undefined,
): Tensor {
  if (!(x instanceof Tensor)) throw new TypeError(`${name}: expects a tensor, but was given ${show(x)}`);
  const node = floating(x.node);
  const { shape } = node;
  if (shape.length === 0) throw new Error(`${name}: a scalar has no axis to transform; expects at least one axis`);
  if (kind === 'rfft' && isComplex(node.dtype))
    throw new TypeError(`${name}: expects a real tensor, but was given ${node.dtype}; use fft, or real() first`);
  const norm = checkOneOf(`${name}: norm`, normGiven ?? 'backward', norms);
  const axes =
    axesGiven === undefined
      ? defaultAxes(name, shape.length, sizesGiven?.length)
      : checkList(`${name}: axes`, axesGiven).map((axis) => checkAxis(name, axis, shape));
  if (axes.length === 0 || new Set(axes).size !== axes.length)
    throw new RangeError(`${name}: axes ${show(axesGiven)} must name at least one axis, each once`);
  if (sizesGiven !== undefined && sizesGiven.length !== axes.length)
    throw new RangeError(`${name}: s ${show(sizesGiven)} gives ${sizesGiven.length} lengths for ${axes.length} axes; give one for each`);
  const sizes = axes.map((axis, i) => {
    const given = sizesGiven?.[i];
    if (given !== undefined) return checkInteger(`${name}: length`, given, 1);
    const extent = shape[axis] as number;
    const n = kind === 'irfft' && i === axes.length - 1 ? 2 * (extent - 1) : extent;
    if (n < 1)
      throw new RangeError(
        `${name}: axis ${axis} of [${shape.join(', ')}] gives a transform of length ${n}; expected at least 1${kind === 'irfft' ? ', give the length as n or s' : ''}`,
      );
    return n;
  });
  for (const [i, size] of sizes.entries()) {
    if (size > 2 ** 20)
      throw new RangeError(`${name}: length ${size} along axis ${axes[i]} is over the limit of ${2 ** 20} (2²⁰); split the signal`);
  }
  return wrap(transformNode(kind, node, axes, sizes, norm));
}

function defaultAxes(name: string, rank: number, count: number | undefined): number[] {
  if (count !== undefined && count > rank) throw new RangeError(`${name}: s gives ${count} lengths, but the tensor has ${rank} axes`);
  const used = count ?? rank;
  return Array.from({ length: used }, (_, i) => rank - used + i);
}

const one =
  (name: Kind) =>
  (x: Tensor, options: FftOptions = {}): Tensor => {
    checkOptions(name, options, "{n: 8, axis: -1, norm: 'ortho'}");
    const { n, axis = -1, norm } = options;
    return run(name, name, x, [axis], [n], norm);
  };
const many =
  (name: string, kind: Kind, twoAxes: boolean) =>
  (x: Tensor, options: FftnOptions = {}): Tensor => {
    checkOptions(name, options, "{s: [8, 8], axes: [-2, -1], norm: 'ortho'}");
    const { s, axes = twoAxes ? [-2, -1] : undefined, norm } = options;
    return run(name, kind, x, axes, s === undefined ? undefined : (checkList(`${name}: s`, s) as readonly number[]), norm);
  };

/** Complex transform along one axis: X_k = Σ x_j·e^(−2πijk/n). Real input is taken as complex. */
export const fft = one('fft');
/** Inverse complex transform along one axis, 1/n with norm 'backward'. */
export const ifft = one('ifft');
/** Transform of a real signal: the n/2 + 1 non-negative frequencies. */
export const rfft = one('rfft');
/** Real signal from a half spectrum; n is the signal's length (2·(bins − 1) when not given). */
export const irfft = one('irfft');
/** Complex transform over the last two axes. */
export const fft2 = many('fft2', 'fft', true);
/** Inverse of fft2. */
export const ifft2 = many('ifft2', 'ifft', true);
/** Half spectrum of real images over the last two axes. */
export const rfft2 = many('rfft2', 'rfft', true);
/** Real images from half spectra. */
export const irfft2 = many('irfft2', 'irfft', true);
/** Complex transform over axes (all when not given). */
export const fftn = many('fftn', 'fft', false);
/** Inverse of fftn. */
export const ifftn = many('ifftn', 'ifft', false);
/** Half spectrum over axes; the last of them is halved. */
export const rfftn = many('rfftn', 'rfft', false);
/** Inverse of rfftn. */
export const irfftn = many('irfftn', 'irfft', false);

function shifted(name: string, x: Tensor, axes: number | readonly number[] | undefined, by: (extent: number) => number): Tensor {
  if (!(x instanceof Tensor)) throw new TypeError(`${name}: expects a tensor, but was given ${show(x)}`);
  const chosen = checkAxes(name, axes, x.shape);
  return wrap(
    roll(
      x.node,
      x.shape.map((extent, axis) => (chosen.includes(axis) ? by(extent) : 0)),
    ),
  );
}

/** Moves the zero frequency to the middle of each axis (all when not given). */
export function fftshift(x: Tensor, { axes }: { readonly axes?: number | readonly number[] | undefined } = {}): Tensor {
  return shifted('fftshift', x, axes, (extent) => Math.floor(extent / 2));
}

/** Undoes fftshift. */
export function ifftshift(x: Tensor, { axes }: { readonly axes?: number | readonly number[] | undefined } = {}): Tensor {
  return shifted('ifftshift', x, axes, (extent) => -Math.floor(extent / 2));
}

function frequencies(name: string, n: number, d: number, count: number, bin: (i: number) => number): Tensor {
  const step = checkNumber(`${name}: d`, d) * n;
  if (d === 0) throw new RangeError(`${name}: d is 0, but must be a non-zero sample spacing`);
  const state = currentState();
  const values = Float64Array.from({ length: count }, (_, i) => bin(i) / step);
  return wrap(uploadReal(state, defaultFloat(state), values));
}

/** Frequency of each bin of fft, in cycles per unit of the sample spacing d. */
export function fftfreq(n: number, { d = 1 }: { readonly d?: number } = {}): Tensor {
  checkInteger('fftfreq: n', n, 1);
  return frequencies('fftfreq', n, d, n, (i) => (i < n / 2 ? i : i - n));
}

/** Frequency of each bin of rfft. */
export function rfftfreq(n: number, { d = 1 }: { readonly d?: number } = {}): Tensor {
  checkInteger('rfftfreq: n', n, 1);
  return frequencies('rfftfreq', n, d, Math.floor(n / 2) + 1, (i) => i);
}
