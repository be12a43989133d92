// What makes a pixel of a convolution: the pixels under the turned kernel, of which some lie on the other side. No page in here.

import type { RealPlane } from '../../../src/display/convolution-values.js';
import { formatNumber } from '../../../src/display/number-format.js';

/** A rectangle of pixels. */
export interface Part {
  readonly row: number;
  readonly col: number;
  readonly rows: number;
  readonly cols: number;
  /** It lies on the other side of an edge from the pixel that it belongs to. */
  readonly isWrapped: boolean;
}

type Extents = readonly [rows: number, cols: number];

/** The pixels of the image that a pixel of the result is made of: [n − k + 1, n], with what lies before the first on the other side. */
export function sourcesOf(row: number, col: number, kernel: Extents, period: Extents): Part[] {
  return partsOf(row - kernel[0] + 1, col - kernel[1] + 1, kernel, period);
}

/** The pixels of the result that a pixel of the image takes part in: [n, n + k − 1], with what lies behind the last on the other side. */
export function targetsOf(row: number, col: number, kernel: Extents, period: Extents): Part[] {
  return partsOf(row, col, kernel, period);
}

function partsOf(top: number, left: number, [rows, cols]: Extents, period: Extents): Part[] {
  const down = spans(top, rows, period[0]);
  const across = spans(left, cols, period[1]);
  return down.flatMap((y) =>
    across.map((x) => ({ row: y.from, col: x.from, rows: y.length, cols: x.length, isWrapped: y.isWrapped || x.isWrapped })),
  );
}

/** A run of pixels as it lies in a period, in one piece or two. */
function spans(from: number, length: number, size: number): { from: number; length: number; isWrapped: boolean }[] {
  if (from < 0) {
    const over = Math.min(-from, length);
    const rest = length - over;
    return [...(rest > 0 ? [{ from: 0, length: rest, isWrapped: false }] : []), { from: size + from, length: over, isWrapped: true }];
  }
  const over = Math.max(0, from + length - size);
  return [{ from, length: length - over, isWrapped: false }, ...(over > 0 ? [{ from: 0, length: over, isWrapped: true }] : [])];
}

/** One product of the sum of a pixel. */
export interface Term {
  readonly tap: number;
  readonly pixel: number;
  readonly isWrapped: boolean;
}

/** The products that make a pixel of a period: h[i, j]·x[r − i, c − j] of all taps that are not 0 and pixels that are there; the padded image. */
export function termsOf(image: RealPlane, kernel: RealPlane, row: number, col: number): Term[] {
  const terms: Term[] = [];
  kernel.values.forEach((tap, at) => {
    const [y, x] = [row - Math.floor(at / kernel.cols), col - (at % kernel.cols)];
    const pixel = image.values[((y + image.rows) % image.rows) * image.cols + ((x + image.cols) % image.cols)] ?? NaN;
    if (tap !== 0 && pixel !== 0) terms.push({ tap, pixel, isWrapped: y < 0 || x < 0 });
  });
  return terms;
}

/** The sum in words: `9 products, 3 of them wrapped around (0.31): −1·0.42 + 2·0.4 + …`. */
export function describeSum(terms: readonly Term[]): string {
  const shown = terms.slice(0, 5).map(({ tap, pixel }) => `${formatNumber(tap)}·${formatNumber(pixel)}`);
  const wrapped = terms.filter(({ isWrapped }) => isWrapped);
  const sum = wrapped.reduce((total, { tap, pixel }) => total + tap * pixel, 0);
  const count = `${terms.length} ${terms.length === 1 ? 'product' : 'products'}`;
  const of = wrapped.length === 0 ? count : `${count}, ${wrapped.length} of them wrapped around (${formatNumber(sum)})`;
  return terms.length === 0 ? 'nothing but zeros meets here' : `${of}: ${[...shown, ...(terms.length > 5 ? ['…'] : [])].join(' + ')}`;
}
