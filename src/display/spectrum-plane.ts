// What is found out about one spectrum, from its values on the host.

import type { SpectrumInfo } from '../graph/node.js';
import type { Tensor } from '../tensor/tensor.js';
import type { ComplexPlane } from './half-spectrum.js';
import { realOf } from '../devices/dtype.js';
import { binsOf } from './planes.js';
import { cropped, largestOf, magnitudes, shifted, type BinRegion, type ShiftedBins } from './spectrum-bins.js';
import { binFrequency, spectrumFacts, type SpectrumFacts } from './spectrum-values.js';

/** A spectrum, and what was found out about it. */
export interface AnalysedPlane {
  /** [n] or [rows, cols]. */
  readonly shape: readonly number[];
  readonly facts: SpectrumFacts;
  /** All of it, reduced where it is large. */
  readonly bins: ShiftedBins;
  /** Magnitudes of all bins, or of a sample that is spread evenly over them. */
  readonly sample: Float64Array;
  /** Σ|X|² */
  readonly energy: number;
  /** ‖X − X*‖ / ‖X‖ with X*[k] = conj X[−k]. */
  readonly asymmetry: number;
  /** Root mean square magnitude on rings; null for signals. */
  readonly radial: Float64Array | null;
  /** A part of it, reduced to at most `rows` by `cols` blocks. */
  part(region: BinRegion, rows: number, cols: number): Promise<ShiftedBins>;
}

/** Reads a spectrum of a signal [n] or picture [rows, cols] and analyses it. */
export async function analysePlane(spectrum: Tensor, info: SpectrumInfo, sampleRate: number | undefined): Promise<AnalysedPlane> {
  const { re, im, shape } = await binsOf(spectrum, info);
  const whole = { re, im };
  const [rows, cols] = shape.length === 2 ? (shape as [number, number]) : [1, shape[0] as number];
  const magnitude = magnitudes(whole);
  const facts = spectrumFacts(magnitude, shape, sampleRate, realOf(spectrum.dtype));
  const bins = shifted(whole, rows, cols);
  const unit = facts.reference > 0 ? facts.reference : 1;
  const relativeEnergy = magnitude.reduce((sum, value) => sum + (value / unit) ** 2, 0);
  return {
    shape,
    facts,
    bins,
    sample: magnitude,
    energy: relativeEnergy * unit * unit,
    asymmetry: asymmetryOf(mirrorPairs(whole, info), unit, relativeEnergy),
    radial:
      shape.length === 1
        ? null
        : radialAverage(rows, cols, (add) => magnitude.forEach((value, i) => add(Math.floor(i / cols), i % cols, value * value, 1))),
    part: (region, down, across) => {
      const part = cropped(bins, region);
      const pool = poolOf(region, down, across);
      return Promise.resolve(largestOf(part, pool, pool));
    },
  };
}

/** Bins along each axis of a block, so that a part has at most so many blocks. */
export function poolOf({ top, left, bottom, right }: BinRegion, rows: number, cols: number): number {
  return Math.max(1, Math.ceil((bottom - top) / rows), Math.ceil((right - left) / cols));
}

/** Pairs of bins that mirror each other and are both stored, as [re, im, mirrored re, mirrored im]. */
type Pairs = Iterable<readonly [number, number, number, number]>;

/** ‖X − X*‖ / ‖X‖ of what is stored; `energy` is of all bins, in units of `unit`². */
export function asymmetryOf(pairs: Pairs, unit: number, energy: number): number {
  let sum = 0;
  for (const [re, im, mirrorRe, mirrorIm] of pairs) sum += ((re - mirrorRe) / unit) ** 2 + ((im + mirrorIm) / unit) ** 2;
  return sum === 0 ? 0 : Math.sqrt(sum / energy);
}

/** Of a half spectrum only the columns that are their own mirror are stored on both sides. */
function* mirrorPairs({ re, im }: ComplexPlane, info: SpectrumInfo): Pairs {
  const cols = info.sizes.at(-1) as number;
  const rows = re.length / cols;
  const half = cols % 2 === 0 ? [0, cols / 2] : [0];
  const stored = info.half ? half : Array.from({ length: cols }, (_, col) => col);
  for (let row = 0; row < rows; row++) {
    for (const col of stored) {
      const [at, mirror] = [row * cols + col, ((rows - row) % rows) * cols + ((cols - col) % cols)];
      yield [re[at] ?? NaN, im[at] ?? NaN, re[mirror] ?? NaN, im[mirror] ?? NaN];
    }
  }
}

/** Rings of a radial average, at most. */
const MOST_RINGS = 256;

/** How many rings there are from zero frequency to the Nyquist frequency; ring i has the radius i / (2 · rings) cycles a pixel. */
export function ringsOf(rows: number, cols: number): number {
  return Math.max(1, Math.min(MOST_RINGS, Math.floor(Math.max(rows, cols) / 2)));
}

/**
 * Root mean square magnitude on rings about zero frequency, ring 0 to ring `ringsOf`. `each` gives power at (possibly fractional) places of the
 * unshifted plane, and of how many bins it is the sum. A ring without bins is NaN.
 */
export function radialAverage(
  rows: number,
  cols: number,
  each: (add: (row: number, col: number, power: number, count: number) => void) => void,
): Float64Array {
  const rings = ringsOf(rows, cols);
  const [sums, counts] = [new Float64Array(rings + 1), new Float64Array(rings + 1)];
  each((row, col, power, count) => {
    const ring = Math.round(2 * rings * Math.hypot(binFrequency(row, rows), binFrequency(col, cols)));
    if (ring > rings) return;
    sums[ring] = (sums[ring] ?? 0) + power;
    counts[ring] = (counts[ring] ?? 0) + count;
  });
  return sums.map((sum, ring) => Math.sqrt(sum / (counts[ring] ?? 0)));
}
