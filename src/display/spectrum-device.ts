// A large spectrum is looked at where it is: its device reduces it to what fits a page, and nothing else is read.

import { realOf, type TypedArray } from '../devices/dtype.js';
import type { SpectrumInfo } from '../graph/node.js';
import type { Tensor } from '../tensor/tensor.js';
import { readTogether } from './read-together.js';
import { magnitudes, type BinRegion, type ShiftedBins } from './spectrum-bins.js';
import { poolOf, radialAverage, type AnalysedPlane } from './spectrum-plane.js';
import { largestBins, mirrorsOf, partOf, POWER_BLOCK, powerBlocks, sampleOf, shiftedTensor } from './spectrum-reductions.js';
import { peakOf, ROUNDING, roundedMean, type BinPlace, type SpectrumPeak } from './spectrum-values.js';

/** Blocks along the longer side of what is read: a picture of them, and what is saved, fit the notebook together. */
const MOST_BLOCKS = 432;
/** Magnitudes along the longer side of the sample that their distribution is drawn from. */
const MOST_SAMPLED = 256;
/** Bins on each side of zero frequency that are read one by one, at least. */
const CENTRE = 32;

/**
 * Analyses a spectrum of a picture by reductions on its device. Null where a bin is NaN or infinite, or all are 0: then each must be looked at.
 * Sums are of float32 where the spectrum is. `most` blocks are read along the longer side.
 */
export async function analyseOnDevice(spectrum: Tensor, info: SpectrumInfo, most = MOST_BLOCKS): Promise<AnalysedPlane | null> {
  const [rows, cols] = info.sizes as [number, number];
  const whole = shiftedTensor(spectrum, info);
  const region = { top: 0, left: 0, bottom: rows, right: cols };
  const pool = poolOf(region, most, most);
  // With the block that zero frequency lies in: of its other bins the largest is not among the blocks.
  const about = centreOf(rows, cols, Math.max(CENTRE, pool));
  // Most of what follows is of magnitudes only: half the bytes, and one square root.
  const size = whole.abs().keep();
  const blocks = largestBins(whole, size, region, pool);
  const largest = blocks.values.abs().max();
  const mirrors = mirrorsOf(spectrum, whole, info, largest);
  const [read, sample, power, nearZero, places, ...mirrored] = await readTogether(
    blocks.values,
    sampleOf(size, Math.max(pool, Math.ceil(Math.max(rows, cols) / MOST_SAMPLED))),
    powerBlocks(size.div(largest)),
    partOf(whole, about),
    blocks.places,
    ...mirrors.tensors,
  ).finally(() => size.dispose());
  const bins = binsOf(read, region, pool);
  const sizes = magnitudes(bins);
  if (!sizes.every(Number.isFinite)) return null;
  const reference = sizes.reduce((most, value) => Math.max(most, value), 0);
  if (reference === 0) return null;
  const centre = binsOf(nearZero, about, 1);
  const centreSizes = magnitudes(centre);
  const energy = sum(power);
  const precision = realOf(spectrum.dtype);
  const asymmetry = mirrors.asymmetry(mirrored, reference, energy);
  return {
    shape: [rows, cols],
    // Magnitudes differ from their mirrors by at most what the bins themselves do.
    facts: {
      rows,
      cols,
      reference,
      dc: centreSizes[(Math.floor(rows / 2) - about.top) * centre.cols + Math.floor(cols / 2) - about.left] ?? NaN,
      peak: peakAmong(sizes, places, centreSizes, about, reference, [rows, cols]),
      nan: 0,
      infinite: 0,
      mirrored: asymmetry <= ROUNDING,
      precision,
      rounded: reference * roundedMean(energy, precision),
    },
    bins,
    sample: Float64Array.from(sample),
    energy: energy * reference * reference,
    asymmetry,
    radial: radialOf(power, centre, about, rows, cols, reference),
    part: (asked, down, across) => readPart(whole, asked, poolOf(asked, down, across)),
  };
}

/** Reads a part of a shifted spectrum, each block of `pool` by `pool` bins as the largest of them. */
async function readPart(whole: Tensor, region: BinRegion, pool: number): Promise<ShiftedBins> {
  return binsOf(await (pool === 1 ? partOf(whole, region) : largestBins(whole, whole.abs(), region, pool).values).data(), region, pool);
}

/** The bins that stand for the blocks of a region, from complex values in order. */
function binsOf(values: TypedArray, { top, left, bottom, right }: BinRegion, pool: number): ShiftedBins {
  const [rows, cols] = [Math.ceil((bottom - top) / pool), Math.ceil((right - left) / pool)];
  const of = (at: 0 | 1): Float64Array => Float64Array.from({ length: rows * cols }, (_, i) => values[2 * i + at] ?? NaN);
  return { rows, cols, pool: [pool, pool], re: of(0), im: of(1) };
}

function sum(values: TypedArray): number {
  let total = 0;
  for (const value of values) total += value;
  return total;
}

/**
 * The largest wave among the largest bins of blocks, of magnitudes `sizes` at `places` of the shifted plane, and all bins of a region about zero frequency,
 * which is no wave itself. Null where all of them are 0.
 */
function peakAmong(
  sizes: Float64Array,
  places: TypedArray,
  centreSizes: Float64Array,
  { top, left, right }: BinRegion,
  reference: number,
  [rows, cols]: readonly [number, number],
): SpectrumPeak | null {
  const [dcRow, dcCol] = [Math.floor(rows / 2), Math.floor(cols / 2)];
  const each = (visit: (size: number, row: number, col: number) => void): void => {
    const wave = (size: number, row: number, col: number): void => {
      if (row !== dcRow || col !== dcCol) visit(size, row, col);
    };
    for (let i = 0; i < sizes.length; i++) wave(sizes[i] ?? NaN, Math.floor((places[i] ?? NaN) / cols), (places[i] ?? NaN) % cols);
    const across = right - left;
    for (let i = 0; i < centreSizes.length; i++) wave(centreSizes[i] ?? NaN, top + Math.floor(i / across), left + (i % across));
  };
  let loudest = 0;
  each((size) => (loudest = Math.max(loudest, size)));
  const alike: BinPlace[] = [];
  each((size, row, col) => {
    if (size >= loudest * (1 - ROUNDING)) alike.push({ row: (row + rows - dcRow) % rows, col: (col + cols - dcCol) % cols });
  });
  return loudest > 0 ? peakOf(alike, loudest, reference, [rows, cols]) : null;
}

/** Whole blocks about zero frequency. */
function centreOf(rows: number, cols: number, around: number): BinRegion {
  const [y, x] = [Math.floor(rows / 2), Math.floor(cols / 2)];
  const down = (at: number): number => Math.max(0, POWER_BLOCK * Math.floor(at / POWER_BLOCK));
  const up = (at: number, n: number): number => Math.min(n, POWER_BLOCK * Math.ceil(at / POWER_BLOCK));
  return { top: down(y - around), left: down(x - around), bottom: up(y + around, rows), right: up(x + around, cols) };
}

/** The radial average: bins one by one about zero frequency, where rings are small, and blocks as if they were in their middles. */
function radialOf(
  power: TypedArray,
  centre: ShiftedBins,
  { top, left, bottom, right }: BinRegion,
  rows: number,
  cols: number,
  reference: number,
): Float64Array {
  const [dcRow, dcCol] = [Math.floor(rows / 2), Math.floor(cols / 2)];
  const unshifted = (at: number, dc: number, n: number): number => (at - dc + n) % n;
  const relative = radialAverage(rows, cols, (add) => {
    const bin = (row: number, col: number, sum: number, count: number): void =>
      add(unshifted(row, dcRow, rows), unshifted(col, dcCol, cols), sum, count);
    for (let i = 0; i < centre.re.length; i++) {
      const size = Math.hypot(centre.re[i] ?? NaN, centre.im[i] ?? NaN) / reference;
      bin(top + Math.floor(i / centre.cols), left + (i % centre.cols), size * size, 1);
    }
    const across = Math.ceil(cols / POWER_BLOCK);
    for (let i = 0; i < power.length; i++) {
      const [row, col] = [POWER_BLOCK * Math.floor(i / across), POWER_BLOCK * (i % across)];
      if (row >= top && row < bottom && col >= left && col < right) continue;
      const [height, width] = [Math.min(POWER_BLOCK, rows - row), Math.min(POWER_BLOCK, cols - col)];
      bin(row + (height - 1) / 2, col + (width - 1) / 2, power[i] ?? NaN, height * width);
    }
  });
  return relative.map((value) => value * reference);
}
