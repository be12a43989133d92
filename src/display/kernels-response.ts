// Kernels and their frequency responses, both ways, in float64. Pages use it, too: nothing of Node in here.

import { transformPlane, transformRealPlane } from './plane-spectrum.js';

/** Complex numbers of a plane, row-major. */
export interface ComplexPlane {
  readonly rows: number;
  readonly cols: number;
  readonly re: Float64Array;
  readonly im: Float64Array;
}

/** Taps of a kernel, row-major. */
export interface Taps {
  readonly rows: number;
  readonly cols: number;
  readonly values: Float64Array;
}

/** What a kernel does with an image: y_n = Σ x_(n−j)·h_j, or y_n = Σ x_(n+j)·h_j as convolution layers do. */
export type Operation = 'convolution' | 'correlation';

/** The tap that stands over the pixel whose result it makes: the middle one, of an even number the one before the middle, as 'same' of SciPy has it. */
export function middleOf(extent: number): number {
  return Math.floor((extent - 1) / 2);
}

/**
 * What a kernel multiplies the spectrum of an image by, on a grid of `rows` by `cols` bins that the kernel fits into, zero frequency first:
 * H[k, l] = Σ h[r, c]·exp(∓2πi(k(r − r₀)/rows + l(c − c₀)/cols)) about its middle tap, − for convolution and + for correlation.
 */
export function responseOf(taps: Taps, rows: number, cols: number, operation: Operation): ComplexPlane {
  const [re, im] = [new Float64Array(rows * cols), new Float64Array(rows * cols)];
  eachTap(taps, rows, cols, operation, (tap, at) => (re[at] = taps.values[tap] ?? NaN));
  transformRealPlane(re, im, rows, cols);
  return { rows, cols, re, im };
}

/** The taps of a kernel of `rows` by `cols` whose response comes closest to this one, by the sum of squares over all bins. */
export function nearestTaps(response: ComplexPlane, rows: number, cols: number, operation: Operation): Taps {
  const plane = inverse(response);
  const taps: Taps = { rows, cols, values: new Float64Array(rows * cols) };
  // The transform keeps angles, so that the nearest is found by leaving out what lies outside.
  eachTap(taps, plane.rows, plane.cols, operation, (tap, at) => (taps.values[tap] = plane.re[at] ?? NaN));
  return taps;
}

/** The inverse transform: x[r, c] = Σ X[k, l]·exp(+2πi(kr/rows + lc/cols)) / (rows·cols). */
export function inverse({ rows, cols, re, im }: ComplexPlane): ComplexPlane {
  const count = rows * cols;
  // Exchanging real and imaginary parts turns the sign of the exponent.
  const [a, b] = [Float64Array.from(im), Float64Array.from(re)];
  transformPlane(a, b, rows, cols);
  return { rows, cols, re: b.map((value) => value / count), im: a.map((value) => value / count) };
}

/** How far two responses are apart: ‖a − b‖ / ‖a‖ over all bins; 0 where both are 0. */
export function distance(a: ComplexPlane, b: ComplexPlane): number {
  let [apart, size] = [0, 0];
  for (let i = 0; i < a.re.length; i++) {
    const [x, y] = [a.re[i] ?? NaN, a.im[i] ?? NaN];
    apart += (x - (b.re[i] ?? NaN)) ** 2 + (y - (b.im[i] ?? NaN)) ** 2;
    size += x * x + y * y;
  }
  return apart === 0 ? 0 : Math.sqrt(apart / size);
}

/** The bin of frequency −f where this one has f. */
export function mirrorOf(bin: number, rows: number, cols: number): number {
  const [row, col] = [Math.floor(bin / cols), bin % cols];
  return ((rows - row) % rows) * cols + ((cols - col) % cols);
}

/** What bins are to be: of what is not given they keep their own. */
export interface BinEdit {
  readonly magnitude?: number | undefined;
  /** In radians. */
  readonly phase?: number | undefined;
}

/**
 * The response with another value in the bins at most `reach` bins from one along each axis, and the conjugate in their mirrors, so that the
 * kernel stays real. A bin that is its own mirror (zero frequency, Nyquist) is real: of a phase it takes the sign of the cosine.
 */
export function withBins(response: ComplexPlane, row: number, col: number, reach: number, { magnitude, phase }: BinEdit): ComplexPlane {
  const { rows, cols } = response;
  const [re, im] = [Float64Array.from(response.re), Float64Array.from(response.im)];
  const wrap = (at: number, size: number): number => ((at % size) + size) % size;
  const set = (dy: number, dx: number): void => {
    const bin = wrap(row + dy, rows) * cols + wrap(col + dx, cols);
    const mirror = mirrorOf(bin, rows, cols);
    const size = magnitude ?? Math.hypot(response.re[bin] ?? NaN, response.im[bin] ?? NaN);
    const angle = phase ?? Math.atan2(response.im[bin] ?? NaN, response.re[bin] ?? NaN);
    const isReal = bin === mirror;
    re[bin] = isReal ? (Math.cos(angle) < 0 ? -size : size) : size * Math.cos(angle);
    im[bin] = isReal ? 0 : size * Math.sin(angle);
    re[mirror] = re[bin];
    im[mirror] = isReal ? 0 : -im[bin];
  };
  for (let dy = -reach; dy <= reach; dy++) for (let dx = -reach; dx <= reach; dx++) set(dy, dx);
  // Near zero frequency some are the mirrors of others: the one that is asked for wins.
  set(0, 0);
  return { rows, cols, re, im };
}

/**
 * A real image filtered by a kernel, as large as the image, zeros beyond its edges: y[r, c] = Σ x[r ∓ (i − i₀), c ∓ (j − j₀)]·h[i, j] with the middle
 * tap at [i₀, j₀].
 */
export function filtered(image: ArrayLike<number>, rows: number, cols: number, taps: Taps, operation: Operation): Float64Array {
  const result = new Float64Array(rows * cols);
  const sign = operation === 'convolution' ? -1 : 1;
  const [i0, j0] = [middleOf(taps.rows), middleOf(taps.cols)];
  for (let i = 0; i < taps.rows; i++) {
    for (let j = 0; j < taps.cols; j++) {
      const tap = taps.values[i * taps.cols + j] ?? NaN;
      if (tap === 0) continue;
      const [down, across] = [sign * (i - i0), sign * (j - j0)];
      for (let row = Math.max(0, -down); row < Math.min(rows, rows - down); row++) {
        for (let col = Math.max(0, -across); col < Math.min(cols, cols - across); col++)
          result[row * cols + col] = (result[row * cols + col] ?? 0) + tap * (image[(row + down) * cols + col + across] ?? NaN);
      }
    }
  }
  return result;
}

/** Where each tap lies in a plane that repeats: the middle one first. */
function eachTap(taps: Taps, rows: number, cols: number, operation: Operation, visit: (tap: number, at: number) => void): void {
  const sign = operation === 'convolution' ? 1 : -1;
  const place = (i: number, extent: number, size: number): number => (((sign * (i - middleOf(extent))) % size) + size) % size;
  for (let i = 0; i < taps.rows; i++)
    for (let j = 0; j < taps.cols; j++) visit(i * taps.cols + j, place(i, taps.rows, rows) * cols + place(j, taps.cols, cols));
}
