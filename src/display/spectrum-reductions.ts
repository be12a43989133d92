// What a device reduces a large spectrum to. Nothing here computes: tensors are made, to be read together.

import type { TypedArray } from '../devices/dtype.js';
import type { SpectrumInfo } from '../graph/node.js';
import { arange } from '../tensor/create.js';
import { concat } from '../tensor/functions.js';
import type { Tensor } from '../tensor/tensor.js';
import type { BinRegion } from './spectrum-bins.js';
import { asymmetryOf } from './spectrum-plane.js';

/** Bins along a side of the blocks that power is summed over for the radial average. */
export const POWER_BLOCK = 8;

/** The full spectrum with zero frequency in the middle, complex; nothing is computed until it is reduced. */
export function shiftedTensor(spectrum: Tensor, info: SpectrumInfo): Tensor {
  const [rows, cols] = info.sizes as [number, number];
  const halves = [Math.floor(rows / 2), Math.floor(cols / 2)];
  if (!info.half) return spectrum.roll(halves, [0, 1]);
  const positive = spectrum.slice([0, 0], [rows, Math.ceil(cols / 2)]);
  const negative = spectrum.slice([0, 1], [rows, 1 + Math.floor(cols / 2)]);
  // Row −r of the mirror is row r flipped and moved by one.
  return concat([negative.flip([0, 1]).roll(1, 0).conj(), positive], { axis: 1 }).roll(halves[0] as number, 0);
}

/** A part of a plane, which may run over its ends. */
export function partOf(plane: Tensor, { top, left, bottom, right }: BinRegion): Tensor {
  const [rows, cols] = plane.shape as [number, number];
  const [up, back] = [bottom > rows ? top : 0, right > cols ? left : 0];
  return plane.roll([-up, -back], [0, 1]).slice([top - up, left - back], [bottom - up, right - back]);
}

/** The largest bin of each block, counted through the blocks: its complex value, and its place, counted through the bins of the region. */
export interface LargestBins {
  readonly values: Tensor;
  readonly places: Tensor;
}

/**
 * Of each block of `pool` by `pool` bins in a region of a shifted spectrum [rows, cols] of that magnitude, the largest bin. Blocks at the lower and
 * right borders may be smaller.
 */
export function largestBins(whole: Tensor, size: Tensor, region: BinRegion, pool: number): LargestBins {
  const [height, width] = [region.bottom - region.top, region.right - region.left];
  const [rows, cols] = [Math.ceil(height / pool), Math.ceil(width / pool)];
  const count = (extent: number, step: number): Tensor => arange(0, extent, 1, { device: size.device }).mul(step);
  const within = count(pool, width)
    .reshape([pool, 1])
    .add(count(pool, 1))
    .reshape([pool * pool]);
  const corners = count(rows, pool * width)
    .reshape([rows, 1])
    .add(count(cols, pool))
    .reshape([rows * cols]);
  const largest = partOf(size, region)
    .pad([
      [0, rows * pool - height],
      [0, cols * pool - width],
    ])
    .reshape([rows, pool, cols, pool])
    .argmax({ axis: [1, 3] });
  const places = corners.add(within.take(largest.reshape([rows * cols])));
  const values = partOf(whole, region)
    .reshape([height * width])
    .take(places);
  return { values, places };
}

/** Every so many-th element along both axes. */
export function sampleOf(size: Tensor, step: number): Tensor {
  const [rows, cols] = size.shape.map((extent) => Math.floor(extent / step)) as [number, number];
  const blocks = size.slice([0, 0], [rows * step, cols * step]).reshape([rows, step, cols, step]);
  return blocks.slice([0, 0, 0, 0], [rows, 1, cols, 1]);
}

/** Σ|X|² of blocks of `POWER_BLOCK` by `POWER_BLOCK`, [⌈rows / 8⌉, ⌈cols / 8⌉]. */
export function powerBlocks(size: Tensor): Tensor {
  const [height, width] = size.shape as [number, number];
  const [rows, cols] = [Math.ceil(height / POWER_BLOCK), Math.ceil(width / POWER_BLOCK)];
  return size
    .pad([
      [0, rows * POWER_BLOCK - height],
      [0, cols * POWER_BLOCK - width],
    ])
    .reshape([rows, POWER_BLOCK, cols, POWER_BLOCK])
    .square()
    .sum({ axis: [1, 3] });
}

/** What has to be read to know how far a spectrum is from that of a real signal. */
interface Mirrors {
  readonly tensors: readonly Tensor[];
  /** ‖X − X*‖ / ‖X‖ by their values; `energy` is of all bins, in units of `reference`². */
  asymmetry(values: readonly TypedArray[], reference: number, energy: number): number;
}

/** Compares a spectrum [rows, cols] with its mirror: bins in units of `largest` where there are many, else one by one. */
export function mirrorsOf(spectrum: Tensor, whole: Tensor, { half, sizes }: SpectrumInfo, largest: Tensor): Mirrors {
  const [rows, cols] = sizes as [number, number];
  const bin = (values: TypedArray, at: number): [number, number] => [values[2 * at] ?? NaN, values[2 * at + 1] ?? NaN];
  if (half) {
    // Of a half spectrum only the columns that are their own mirror are there on both sides.
    const own = cols % 2 === 0 ? [0, cols / 2] : [0];
    return {
      tensors: own.map((col) => spectrum.slice([0, col], [rows, col + 1])),
      asymmetry: (columns, reference, energy) => {
        const pairs = columns.flatMap((values) =>
          Array.from({ length: rows }, (_, row) => [...bin(values, row), ...bin(values, (rows - row) % rows)] as const),
        );
        return asymmetryOf(pairs, reference, energy);
      },
    };
  }
  // The rows of zero and, of even extents, of the Nyquist frequency are their own mirrors; of the others those of one half are enough.
  const [middle, dcCol] = [Math.floor(rows / 2), Math.floor(cols / 2)];
  const own = rows % 2 === 0 ? [0, middle] : [middle];
  const differences = whole
    .sub(mirrored(whole).conj())
    .slice([middle + 1, 0], [rows, cols])
    .abs()
    .div(largest);
  return {
    tensors: [differences.square().sum(), ...own.map((row) => whole.slice([row, 0], [row + 1, cols]))],
    asymmetry: ([others, ...lines], reference, energy) => {
      const pairs = lines.flatMap((values) =>
        Array.from({ length: cols }, (_, col) => [...bin(values, col), ...bin(values, (2 * dcCol - col + cols) % cols)] as const),
      );
      return Math.hypot(asymmetryOf(pairs, reference, energy), Math.sqrt((2 * (others?.[0] ?? NaN)) / energy));
    },
  };
}

/** X[−k] of a shifted plane. */
function mirrored(whole: Tensor): Tensor {
  // With zero frequency at ⌊n/2⌋ a flip puts it at ⌈n/2⌉ − 1: of even n one place too early.
  const [rows, cols] = whole.shape as [number, number];
  return whole.flip([0, 1]).roll([(rows + 1) % 2, (cols + 1) % 2], [0, 1]);
}
