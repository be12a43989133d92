// Bins of a spectrum with zero frequency in the middle, perhaps each the largest of a block, and how they are saved.

import type { BinsData } from '../protocol/spectrum.js';
import { floatPlane, levelPlane } from '../protocol/plane-data.js';
import type { ComplexPlane } from './half-spectrum.js';
import { toDecibels, type LevelRange } from './spectrum-values.js';

/** Bins, row-major, zero frequency at ⌊n/2⌋ of each axis of the whole. A signal has one row. */
export interface ShiftedBins extends ComplexPlane {
  readonly rows: number;
  readonly cols: number;
  /** Bins of a block that one of these is the largest of; the last block of an axis may be smaller. */
  readonly pool: readonly [number, number];
}

/**
 * A part of a spectrum in bins, zero frequency in the middle: from the first to before the last. Frequencies are periodic, so a part may run over
 * the end of an axis (`right` above the number of bins) and goes on at its beginning.
 */
export interface BinRegion {
  readonly top: number;
  readonly left: number;
  readonly bottom: number;
  readonly right: number;
}

/** A whole plane with zero frequency moved from the first place to the middle. */
export function shifted({ re, im }: ComplexPlane, rows: number, cols: number): ShiftedBins {
  const [halfRows, halfCols] = [Math.ceil(rows / 2), Math.ceil(cols / 2)];
  const from = (i: number): number => ((Math.floor(i / cols) + halfRows) % rows) * cols + (((i % cols) + halfCols) % cols);
  return { rows, cols, pool: [1, 1], re: re.map((_, i) => re[from(i)] ?? NaN), im: im.map((_, i) => im[from(i)] ?? NaN) };
}

/** The part of a plane that is not reduced. */
export function cropped({ re, im, rows, cols }: ShiftedBins, { top, left, bottom, right }: BinRegion): ShiftedBins {
  const [height, width] = [bottom - top, right - left];
  const at = (i: number): number => ((top + Math.floor(i / width)) % rows) * cols + ((left + (i % width)) % cols);
  const take = (values: Float64Array): Float64Array => Float64Array.from({ length: height * width }, (_, i) => values[at(i)] ?? NaN);
  return { rows: height, cols: width, pool: [1, 1], re: take(re), im: take(im) };
}

/** The bin of largest magnitude of each block of so many of what is given, NaN before all. */
export function largestOf(bins: ShiftedBins, down: number, across: number): ShiftedBins {
  if (down === 1 && across === 1) return bins;
  const [rows, cols] = [Math.ceil(bins.rows / down), Math.ceil(bins.cols / across)];
  const result = {
    rows,
    cols,
    pool: [bins.pool[0] * down, bins.pool[1] * across] as const,
    re: new Float64Array(rows * cols),
    im: new Float64Array(rows * cols),
  };
  for (let block = 0; block < rows * cols; block++) {
    const [top, left] = [Math.floor(block / cols) * down, (block % cols) * across];
    let [best, most] = [top * bins.cols + left, -1];
    for (let row = top; row < Math.min(bins.rows, top + down); row++) {
      for (let col = left; col < Math.min(bins.cols, left + across); col++) {
        const at = row * bins.cols + col;
        const size = magnitudeAt(bins, at);
        if (size > most || Number.isNaN(size)) [best, most] = [at, Number.isNaN(size) ? Infinity : size];
      }
    }
    result.re[block] = bins.re[best] ?? NaN;
    result.im[block] = bins.im[best] ?? NaN;
  }
  return result;
}

/** |X| of a bin. */
export function magnitudeAt({ re, im }: ComplexPlane, at: number): number {
  return Math.hypot(re[at] ?? NaN, im[at] ?? NaN);
}

/** |X| of all. */
export function magnitudes(bins: ComplexPlane): Float64Array {
  return bins.re.map((_, at) => magnitudeAt(bins, at));
}

/** Room below the range for the levels that are saved, in dB: its lower end can be moved there. */
const BELOW_DB = 40;

/** Bins as they are saved, relative to `reference`: as they are, or `isBrief` in levels of about half a dB. */
export function savedBins(bins: ShiftedBins, reference: number, range: LevelRange, isBrief: boolean): BinsData {
  const { rows, cols, re, im } = bins;
  const unit = reference > 0 ? reference : 1;
  if (!isBrief) {
    const relative = (part: Float64Array): Float64Array => part.map((value) => value / unit);
    return { form: 'complex', re: floatPlane(relative(re), rows, cols), im: floatPlane(relative(im), rows, cols) };
  }
  const levels = re.map((_, at) => toDecibels(magnitudeAt(bins, at), unit));
  const lowest = levels.reduce((low, level) => (Number.isFinite(level) ? Math.min(low, level) : low), 0);
  return {
    form: 'levels',
    level: levelPlane(levels, rows, cols, Math.min(range.min, Math.max(lowest, range.min - BELOW_DB)), 0),
    phase: levelPlane(
      re.map((value, at) => Math.atan2(im[at] ?? NaN, value)),
      rows,
      cols,
      -Math.PI,
      Math.PI,
    ),
  };
}
