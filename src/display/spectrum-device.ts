// A large spectrum is looked at where it is: its device reduces it to what fits a page, and nothing else is read.

import { realOf } from '../devices/dtype.js';
import type { SpectrumInfo } from '../graph/node.js';
import { arange, tensor } from '../tensor/create.js';
import { concat, where } from '../tensor/functions.js';
import type { Tensor } from '../tensor/tensor.js';
import { magnitudes, type BinRegion, type ShiftedBins } from './spectrum-bins.js';
import { asymmetryOf, poolOf, radialAverage, type AnalysedPlane } from './spectrum-plane.js';
import { peakOf, ROUNDING, roundedMean, type SpectrumPeak } from './spectrum-values.js';

/** Blocks along the longer side of what is read: a picture of them, and what is saved, fit the notebook together. */
const MOST_BLOCKS = 432;
/** Magnitudes along the longer side of the sample that their distribution is drawn from. */
const MOST_SAMPLED = 256;
/** Bins along a side of the blocks that power is summed over for the radial average, and about zero frequency read one by one. */
const [POWER_BLOCK, CENTRE] = [8, 32] as const;
/** Stands for no bin at all: more than any place, and exact in float32. */
const NOWHERE = 2 ** 24;

/**
 * Analyses a spectrum of a picture by reductions on its device. Null where a bin is NaN or infinite, or all are 0: then each must be looked at.
 * Sums are of float32 where the spectrum is. `most` blocks are read along the longer side.
 */
export async function analyseOnDevice(spectrum: Tensor, info: SpectrumInfo, most = MOST_BLOCKS): Promise<AnalysedPlane | null> {
  const whole = shiftedTensor(spectrum, info);
  // Most of what follows is of magnitudes only: half the bytes, and one square root.
  const size = whole.abs().keep();
  try {
    return await analyse(spectrum, info, whole, size, most);
  } finally {
    size.dispose();
  }
}

async function analyse(spectrum: Tensor, info: SpectrumInfo, whole: Tensor, size: Tensor, most: number): Promise<AnalysedPlane | null> {
  const [rows, cols] = info.sizes as [number, number];
  const region = { top: 0, left: 0, bottom: rows, right: cols };
  const bins = await readPart(whole, size, region, poolOf(region, most, most));
  const [dcRow, dcCol] = [Math.floor(rows / 2), Math.floor(cols / 2)];
  const pool = bins.pool[0];
  const dcBlock = Math.floor(dcRow / pool) * bins.cols + Math.floor(dcCol / pool);
  const largest = magnitudes(bins);
  if (!largest.every(Number.isFinite)) return null;
  const reference = largest.reduce((most, value) => Math.max(most, value), 0);
  if (reference === 0) return null;
  const [nearZero, sample, power, centre, asymmetry] = await Promise.all([
    readPart(whole, size, blockOf(dcRow, dcCol, pool, rows, cols), 1),
    sampleOf(size, Math.max(pool, Math.ceil(Math.max(rows, cols) / MOST_SAMPLED))),
    powerBlocks(size.mul(1 / reference)),
    readPart(whole, size, centreOf(rows, cols), 1),
    info.half ? pairsOfHalf(spectrum, cols) : squaredAsymmetry(whole, reference),
  ]);
  // Zero frequency is no wave, so of its block the others count one by one.
  const beside = magnitudes(nearZero);
  const zeroAt = (dcRow % pool) * nearZero.cols + (dcCol % pool);
  const zero = beside[zeroAt] ?? NaN;
  beside[zeroAt] = 0;
  const peakMagnitude = [...beside].reduce((most, value) => Math.max(most, value), largestBut(largest, dcBlock));
  const peak = await findPeak(size, peakMagnitude, reference);
  const energy = power.values.reduce((sum, value) => sum + value, 0);
  const precision = realOf(spectrum.dtype);
  const unlike = typeof asymmetry === 'number' ? Math.sqrt(asymmetry / energy) : asymmetryOf(asymmetry, reference, energy);
  return {
    shape: [rows, cols],
    // Magnitudes differ from their mirrors by at most what the bins themselves do.
    facts: {
      rows,
      cols,
      reference,
      dc: zero,
      peak,
      nan: 0,
      infinite: 0,
      mirrored: unlike <= ROUNDING,
      precision,
      rounded: reference * roundedMean(energy, precision),
    },
    bins,
    sample,
    energy: energy * reference * reference,
    asymmetry: unlike,
    radial: radialOf(power, centre, rows, cols, reference),
    part: (asked, down, across) => readPart(whole, whole.abs(), asked, poolOf(asked, down, across)),
  };
}

/** The full spectrum with zero frequency in the middle, complex; nothing is computed until it is reduced. */
function shiftedTensor(spectrum: Tensor, info: SpectrumInfo): Tensor {
  const [rows, cols] = info.sizes as [number, number];
  const halves = [Math.floor(rows / 2), Math.floor(cols / 2)];
  if (!info.half) return spectrum.roll(halves, [0, 1]);
  const positive = spectrum.slice([0, 0], [rows, Math.ceil(cols / 2)]);
  const negative = spectrum.slice([0, 1], [rows, 1 + Math.floor(cols / 2)]);
  // Row −r of the mirror is row r flipped and moved by one.
  return concat([negative.flip([0, 1]).roll(1, 0).conj(), positive], { axis: 1 }).roll(halves[0] as number, 0);
}

/** X[−k] of a shifted plane. */
function mirrored(whole: Tensor): Tensor {
  // With zero frequency at ⌊n/2⌋ a flip puts it at ⌈n/2⌉ − 1: of even n one place too early.
  const [rows, cols] = whole.shape as [number, number];
  return whole.flip([0, 1]).roll([(rows + 1) % 2, (cols + 1) % 2], [0, 1]);
}

/** Σ|X − X*|² relative to the reference, from the rows of one half: those of the other are their mirrors. */
async function squaredAsymmetry(whole: Tensor, reference: number): Promise<number> {
  const [rows, cols] = whole.shape as [number, number];
  const of = (top: number, bottom: number): Promise<number> =>
    whole
      .sub(mirrored(whole).conj())
      .slice([top, 0], [bottom, cols])
      .abs()
      .mul(1 / reference)
      .square()
      .sum()
      .item();
  const middle = Math.floor(rows / 2);
  // The row of zero frequency is its own mirror, and so is that of the Nyquist frequency, which only even extents have.
  const [own, nyquist, others] = await Promise.all([of(middle, middle + 1), rows % 2 === 0 ? of(0, 1) : 0, of(middle + 1, rows)]);
  return own + nyquist + 2 * others;
}

/** Reads a part of a spectrum of that magnitude, each block of `pool` by `pool` bins as the largest of them. */
async function readPart(whole: Tensor, size: Tensor, region: BinRegion, pool: number): Promise<ShiftedBins> {
  const [height, width] = [region.bottom - region.top, region.right - region.left];
  const [rows, cols] = [Math.ceil(height / pool), Math.ceil(width / pool)];
  const part = partOf(whole, region);
  const values = await (pool === 1 ? part : part.reshape([height * width]).take(largestPlaces())).data();
  const of = (at: 0 | 1): Float64Array => Float64Array.from({ length: rows * cols }, (_, i) => values[2 * i + at] ?? NaN);
  return { rows, cols, pool: [pool, pool], re: of(0), im: of(1) };

  /** Of each block the place of its largest bin in the part, counted through. */
  function largestPlaces(): Tensor {
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
    return corners.add(within.take(largest.reshape([rows * cols])));
  }
}

/** A part of a plane, which may run over its ends. */
function partOf(plane: Tensor, { top, left, bottom, right }: BinRegion): Tensor {
  const [rows, cols] = plane.shape as [number, number];
  const [up, back] = [bottom > rows ? top : 0, right > cols ? left : 0];
  return plane.roll([-up, -back], [0, 1]).slice([top - up, left - back], [bottom - up, right - back]);
}

/** The block of the whole's division that a bin is in. */
function blockOf(row: number, col: number, pool: number, rows: number, cols: number): BinRegion {
  const [top, left] = [row - (row % pool), col - (col % pool)];
  return { top, left, bottom: Math.min(rows, top + pool), right: Math.min(cols, left + pool) };
}

function largestBut(values: Float64Array, without: number): number {
  return values.reduce((most, value, at) => (at === without ? most : Math.max(most, value)), 0);
}

/** The peak of a size: of each row its device finds the longest of the largest waves, the positive one before its mirror, and of those one is chosen. */
async function findPeak(size: Tensor, peakMagnitude: number, reference: number): Promise<SpectrumPeak | null> {
  if (peakMagnitude === 0) return null;
  const [rows, cols] = size.shape as [number, number];
  const [dcRow, dcCol] = [Math.floor(rows / 2), Math.floor(cols / 2)];
  const line = (values: Float64Array, shape: number[]): Tensor => tensor(values, { shape, device: size.device, dtype: size.dtype });
  const key = line(
    Float64Array.from({ length: cols }, (_, col) => 2 * Math.abs(col - dcCol) + (col < dcCol ? 1 : 0)),
    [1, cols],
  );
  const down = line(
    Float64Array.from({ length: rows }, (_, row) => Math.abs(row - dcRow)),
    [rows, 1],
  );
  const wave = where(down.add(key).eq(0), -1, size);
  const keys = await where(wave.ge(peakMagnitude * (1 - ROUNDING)), key, NOWHERE)
    .min({ axis: 1 })
    .data();
  const places = Array.from(keys, (found, row) => {
    const col = dcCol + (found % 2 === 0 ? found / 2 : -(found - 1) / 2);
    return { found, row: (row + rows - dcRow) % rows, col: (col + cols - dcCol) % cols };
  }).filter(({ found }) => found < NOWHERE);
  return peakOf(places, peakMagnitude, reference, [rows, cols]);
}

/** Every so many-th magnitude along both axes. */
async function sampleOf(size: Tensor, step: number): Promise<Float64Array> {
  const [rows, cols] = size.shape.map((extent) => Math.floor(extent / step)) as [number, number];
  const blocks = size.slice([0, 0], [rows * step, cols * step]).reshape([rows, step, cols, step]);
  return Float64Array.from(await blocks.slice([0, 0, 0, 0], [rows, 1, cols, 1]).data());
}

interface PowerBlocks {
  readonly values: ArrayLike<number> & { reduce(add: (sum: number, value: number) => number, start: number): number };
  readonly rows: number;
  readonly cols: number;
}

/** Σ|X|² of blocks. */
async function powerBlocks(relative: Tensor): Promise<PowerBlocks> {
  const [height, width] = relative.shape as [number, number];
  const [rows, cols] = [Math.ceil(height / POWER_BLOCK), Math.ceil(width / POWER_BLOCK)];
  const blocks = relative
    .pad([
      [0, rows * POWER_BLOCK - height],
      [0, cols * POWER_BLOCK - width],
    ])
    .reshape([rows, POWER_BLOCK, cols, POWER_BLOCK]);
  return {
    values: Float64Array.from(
      await blocks
        .square()
        .sum({ axis: [1, 3] })
        .data(),
    ),
    rows,
    cols,
  };
}

/** Whole blocks about zero frequency. */
function centreOf(rows: number, cols: number): BinRegion {
  const [y, x] = [Math.floor(rows / 2), Math.floor(cols / 2)];
  const down = (at: number): number => Math.max(0, POWER_BLOCK * Math.floor(at / POWER_BLOCK));
  const up = (at: number, n: number): number => Math.min(n, POWER_BLOCK * Math.ceil(at / POWER_BLOCK));
  return { top: down(y - CENTRE), left: down(x - CENTRE), bottom: up(y + CENTRE, rows), right: up(x + CENTRE, cols) };
}

/** The radial average: bins one by one about zero frequency, where rings are small, and blocks as if they were in their middles. */
function radialOf(power: PowerBlocks, centre: ShiftedBins, rows: number, cols: number, reference: number): Float64Array {
  const { top, left, bottom, right } = centreOf(rows, cols);
  const [dcRow, dcCol] = [Math.floor(rows / 2), Math.floor(cols / 2)];
  const unshifted = (at: number, dc: number, n: number): number => (at - dc + n) % n;
  const relative = radialAverage(rows, cols, (add) => {
    const bin = (row: number, col: number, sum: number, count: number): void =>
      add(unshifted(row, dcRow, rows), unshifted(col, dcCol, cols), sum, count);
    for (let i = 0; i < centre.re.length; i++) {
      const size = Math.hypot(centre.re[i] ?? NaN, centre.im[i] ?? NaN) / reference;
      bin(top + Math.floor(i / centre.cols), left + (i % centre.cols), size * size, 1);
    }
    for (let i = 0; i < power.values.length; i++) {
      const [row, col] = [POWER_BLOCK * Math.floor(i / power.cols), POWER_BLOCK * (i % power.cols)];
      if (row >= top && row < bottom && col >= left && col < right) continue;
      const [height, width] = [Math.min(POWER_BLOCK, rows - row), Math.min(POWER_BLOCK, cols - col)];
      bin(row + (height - 1) / 2, col + (width - 1) / 2, power.values[i] ?? NaN, height * width);
    }
  });
  return relative.map((value) => value * reference);
}

/** The columns of a half spectrum that are their own mirror, with their mirrors. */
async function pairsOfHalf(spectrum: Tensor, cols: number): Promise<(readonly [number, number, number, number])[]> {
  const rows = spectrum.shape[0] as number;
  const own = cols % 2 === 0 ? [0, cols / 2] : [0];
  const columns = await Promise.all(own.map((col) => spectrum.slice([0, col], [rows, col + 1]).data()));
  return columns.flatMap((values) =>
    Array.from({ length: rows }, (_, row) => {
      const mirror = (rows - row) % rows;
      return [values[2 * row] ?? NaN, values[2 * row + 1] ?? NaN, values[2 * mirror] ?? NaN, values[2 * mirror + 1] ?? NaN] as const;
    }),
  );
}
