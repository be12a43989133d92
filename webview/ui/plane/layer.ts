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
  const { region, rows, cols } = layer;
  const across = cellsOf(seen.left, seen.right, width, region.left, region.right, cols);
  const down = cellsOf(seen.top, seen.bottom, height, region.top, region.bottom, rows);
  for (let y = 0; y < height; y++) {
    const [top, bottom] = [down[2 * y] ?? 0, down[2 * y + 1] ?? 0];
    for (let x = 0; x < width; x++) {
      const [left, right] = [across[2 * x] ?? 0, across[2 * x + 1] ?? 0];
      if (top >= bottom || left >= right) continue;
      paintPixel(layer, pixels, 4 * (y * width + x), { top, left, bottom, right }, x + y);
    }
  }
  return pixels;
}

function paintPixel(layer: PlaneLayer, pixels: Uint8ClampedArray, at: number, block: Region, diagonal: number): void {
  const { cols, colors, isNan, weight } = layer;
  let [best, most, count] = [-1, -Infinity, 0];
  const sum = [0, 0, 0, 0];
  for (let row = block.top; row < block.bottom; row++) {
    for (let col = block.left; col < block.right; col++) {
      const cell = row * cols + col;
      if (isNan?.(cell) === true) return paintHatch(pixels, at, diagonal);
      const own = weight === null ? 0 : (weight[cell] ?? NaN);
      if (best < 0 || own > most) [best, most] = [cell, own];
      if (weight !== null) continue;
      count++;
      for (let part = 0; part < 4; part++) sum[part] = (sum[part] ?? 0) + (colors[4 * cell + part] ?? 0);
    }
  }
  for (let part = 0; part < 4; part++) pixels[at + part] = weight === null ? (sum[part] ?? 0) / count : (colors[4 * best + part] ?? 0);
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
