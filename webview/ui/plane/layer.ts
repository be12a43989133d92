// Cells with their colours, and the pixels that show them.

import { nanColor, NAN_PERIOD } from '../../../src/display/color.js';
import type { Region } from './viewport.js';

/** Coloured cells that cover a part of a plane: as many as the plane has there, or fewer, each for a block of them. */
export interface PlaneLayer {
  readonly region: Region;
  readonly rows: number;
  readonly cols: number;
  /** RGBA of each cell, row-major. */
  readonly colors: Uint8ClampedArray;
  /** Whether a cell is hatched, being no number. */
  readonly isNan: ((cell: number) => boolean) | null;
  /**
   * Where there are more cells than pixels, the cell of the largest weight is shown, so that no peak is lost; NaN weighs most. Null shows the
   * mean of the colours.
   */
  readonly weight: ArrayLike<number> | null;
}

/** Pixels of a part of a layer: `width` by `height` of them, RGBA. Cells of which nothing is in the layer stay transparent. */
export function pixelsOf(layer: PlaneLayer, seen: Region, width: number, height: number): Uint8ClampedArray<ArrayBuffer> {
  const pixels = new Uint8ClampedArray(4 * width * height);
  const { region, rows, cols, colors, isNan } = layer;
  const across = cellsOf(seen.left, seen.right, width, region.left, region.right, cols);
  const down = cellsOf(seen.top, seen.bottom, height, region.top, region.bottom, rows);
  // A colour is one number.
  const from = new Uint32Array(colors.buffer, colors.byteOffset, rows * cols);
  const to = new Uint32Array(pixels.buffer);
  for (let y = 0; y < height; y++) {
    const top = down[2 * y] ?? 0;
    const bottom = down[2 * y + 1] ?? 0;
    if (top >= bottom) continue;
    // Of the same cells as the row above; only the hatching of what is no number differs.
    if (isNan === null && y > 0 && top === down[2 * y - 2] && bottom === down[2 * y - 1]) {
      to.copyWithin(y * width, (y - 1) * width, y * width);
      continue;
    }
    for (let x = 0; x < width; x++) {
      const left = across[2 * x] ?? 0;
      const right = across[2 * x + 1] ?? 0;
      if (left >= right) continue;
      const cell = bottom - top === 1 && right - left === 1 ? top * cols + left : cellOf(layer, top, left, bottom, right);
      if (cell === null) paintMean(layer, pixels, 4 * (y * width + x), { top, left, bottom, right });
      else if (isNan?.(cell) === true) paintHatch(pixels, 4 * (y * width + x), x + y);
      else to[y * width + x] = from[cell] ?? 0;
    }
  }
  return pixels;
}

/** The cell that stands for a block: the first that is no number, else the one of the largest weight; null where it is their mean. */
function cellOf({ cols, isNan, weight }: PlaneLayer, top: number, left: number, bottom: number, right: number): number | null {
  let best: number | null = null;
  let most = -Infinity;
  for (let row = top; row < bottom; row++) {
    for (let cell = row * cols + left; cell < row * cols + right; cell++) {
      if (isNan?.(cell) === true) return cell;
      if (weight === null) continue;
      const own = weight[cell] ?? NaN;
      if (best === null || own > most) {
        best = cell;
        most = own;
      }
    }
  }
  return best;
}

function paintMean({ cols, colors }: PlaneLayer, pixels: Uint8ClampedArray, at: number, { top, left, bottom, right }: Region): void {
  let red = 0;
  let green = 0;
  let blue = 0;
  let alpha = 0;
  for (let row = top; row < bottom; row++) {
    for (let cell = row * cols + left; cell < row * cols + right; cell++) {
      red += colors[4 * cell] ?? 0;
      green += colors[4 * cell + 1] ?? 0;
      blue += colors[4 * cell + 2] ?? 0;
      alpha += colors[4 * cell + 3] ?? 0;
    }
  }
  const count = (bottom - top) * (right - left);
  pixels[at] = red / count;
  pixels[at + 1] = green / count;
  pixels[at + 2] = blue / count;
  pixels[at + 3] = alpha / count;
}

function paintHatch(pixels: Uint8ClampedArray, at: number, diagonal: number): void {
  // Twice as wide as in saved pictures: these are pixels of a screen, those of a picture at double scale are as small.
  const [red, green, blue] = nanColor(diagonal % (2 * NAN_PERIOD), 2 * NAN_PERIOD);
  pixels.set([red, green, blue, 255], at);
}

/** For each of `count` pixels from `from` to `to` the first cell that it shows, and the one after the last: at least one where there are any. */
function cellsOf(from: number, to: number, count: number, start: number, end: number, cells: number): Int32Array {
  const result = new Int32Array(2 * count);
  const scale = cells / (end - start);
  for (let pixel = 0; pixel < count; pixel++) {
    const low = (from + ((to - from) * pixel) / count - start) * scale;
    const high = (from + ((to - from) * (pixel + 1)) / count - start) * scale;
    const middle = (low + high) / 2;
    if (middle < 0 || middle >= cells) continue;
    // A pixel smaller than a cell shows the one that its middle lies in; a boundary a hair into the next cell does not reach it.
    const isFine = high - low <= 1;
    result[2 * pixel] = isFine ? Math.floor(middle) : Math.max(0, Math.floor(low + 1e-9));
    result[2 * pixel + 1] = isFine ? Math.floor(middle) + 1 : Math.min(cells, Math.ceil(high - 1e-9));
  }
  return result;
}
