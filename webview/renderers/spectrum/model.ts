// A spectrum as numbers: magnitudes and phases of its bins, and what is drawn of them. No page in here.

import { ticksOfPhase, type BarTicks } from './frequency.js';
import { numberFrom } from '../../../src/protocol/numbers.js';
import { planeValues } from '../../../src/protocol/plane-data.js';
import type { BinsData, OnePlane } from '../../../src/protocol/spectrum.js';
import { noiseFloor, referenceName, toDecibels, zeroDecibels, type DbReference } from '../../../src/display/spectrum-values.js';
import type { ColorMap } from '../../../src/display/color.js';
import type { Region } from '../../ui/plane/viewport.js';

/** What can be drawn of a bin. */
export const quantities = ['db', 'magnitude', 'power', 'phase', 'real', 'imaginary'] as const;
/** What can be drawn of a bin. */
export type Quantity = (typeof quantities)[number];

/** Bins that cover a part of the spectrum, zero frequency in the middle; each the largest of a block where `pool` is above 1. */
export interface Bins {
  readonly region: Region;
  readonly rows: number;
  readonly cols: number;
  readonly pool: readonly [number, number];
  readonly magnitude: Float64Array;
  readonly phase: Float64Array;
}

/** One spectrum with what was found out about it. */
export interface SpectrumModel {
  readonly saved: OnePlane;
  readonly reference: number;
  readonly zeroFrequency: number;
  readonly energy: number;
  readonly signalEnergy: number | null;
  readonly asymmetry: number;
  readonly whole: Bins;
  /** Root mean square magnitudes on rings; null for signals. */
  readonly radial: Float64Array | null;
  /** Rms magnitude that the transform's rounding leaves in a bin. */
  readonly floor: number;
}

/** Decodes saved data; throws where there are not as many numbers as it says. */
export function modelOf(saved: OnePlane, shape: readonly number[]): SpectrumModel {
  const reference = numberFrom(saved.reference);
  const energy = numberFrom(saved.energy);
  return {
    saved,
    reference,
    zeroFrequency: numberFrom(saved.zeroFrequency),
    energy,
    signalEnergy: saved.signalEnergy === null ? null : numberFrom(saved.signalEnergy),
    asymmetry: numberFrom(saved.asymmetry),
    whole: decodeBins(saved.bins, reference, saved.pool, { row: 0, col: 0 }),
    radial: saved.radial && planeValues(saved.radial).map((value) => value * unitOf(reference)),
    floor: noiseFloor(
      energy,
      shape.reduce((product, n) => product * n, 1),
      saved.precision,
    ),
  };
}

/** Decodes bins whose first block begins at a place. */
export function decodeBins(
  data: BinsData,
  reference: number,
  pool: readonly [number, number],
  from: { readonly row: number; readonly col: number },
): Bins {
  const [first, second] = data.form === 'complex' ? [data.re, data.im] : [data.level, data.phase];
  const [a, b] = [planeValues(first), planeValues(second)];
  if (a.length !== b.length || first.cols !== second.cols) throw new Error('the two parts of its bins are of different sizes');
  const unit = unitOf(reference);
  const isComplex = data.form === 'complex';
  const { rows, cols } = first;
  return {
    region: { top: from.row, left: from.col, bottom: from.row + rows * pool[0], right: from.col + cols * pool[1] },
    rows,
    cols,
    pool,
    magnitude: a.map((value, i) => unit * (isComplex ? Math.hypot(value, b[i] ?? NaN) : 10 ** (value / 20))),
    phase: a.map((value, i) => (isComplex ? Math.atan2(b[i] ?? NaN, value) : (b[i] ?? NaN))),
  };
}

function unitOf(reference: number): number {
  return reference > 0 ? reference : 1;
}

/** What is drawn of bins. */
export function valuesOf({ magnitude, phase }: Pick<Bins, 'magnitude' | 'phase'>, quantity: Quantity, zeroDb: number): Float64Array {
  return magnitude.map((size, i) => valueOf(size, phase[i] ?? NaN, quantity, zeroDb));
}

/** What is drawn of a bin; `zeroDb` is the magnitude of 0 dB. */
export function valueOf(magnitude: number, phase: number, quantity: Quantity, zeroDb: number): number {
  switch (quantity) {
    case 'db':
      return toDecibels(magnitude, zeroDb);
    case 'magnitude':
      return magnitude;
    case 'power':
      return magnitude * magnitude;
    case 'phase':
      // Nothing has no phase, and NaN none that is known.
      return Number.isNaN(magnitude) ? NaN : phase;
    case 'real':
      return magnitude * Math.cos(phase);
    case 'imaginary':
      return magnitude * Math.sin(phase);
  }
}

/** How values become colours, and how far that can be moved. */
export interface QuantityScale {
  readonly map: ColorMap;
  readonly min: number;
  readonly max: number;
  readonly low: number;
  readonly high: number;
  readonly unit: string;
  readonly isSymmetric: boolean;
  readonly ticks?: BarTicks | undefined;
}

/** The scale that a quantity opens with: as the saved picture has it, and where zero frequency stands far above all else, as far as the waves. */
export function openingScale(
  model: SpectrumModel,
  quantity: Quantity,
  reference: DbReference,
  map: 'viridis' | 'cividis',
  isDark: boolean,
): QuantityScale {
  const { saved, whole } = model;
  const top = unitOf(model.reference);
  const zeroDb = zeroDecibels(reference, model.reference);
  const offset = toDecibels(top, zeroDb);
  const [low, high] = saved.range;
  const outstanding = top * 10 ** (high / 20);
  const ends = (most: number, largest: number): Pick<QuantityScale, 'min' | 'max' | 'low' | 'high' | 'isSymmetric'> => ({
    min: 0,
    max: most,
    low: 0,
    high: largest,
    isSymmetric: false,
  });
  switch (quantity) {
    case 'db': {
      const lowest = valuesOf(whole, 'db', zeroDb).reduce(
        (least, value) => (Number.isFinite(value) ? Math.min(least, value) : least),
        offset,
      );
      return {
        map,
        min: low + offset,
        max: high + offset,
        low: Math.max(Math.min(low + offset, lowest), offset - 200),
        high: offset,
        unit: `dB re ${referenceName(reference)}`,
        isSymmetric: false,
      };
    }
    case 'magnitude':
      return { map, ...ends(outstanding, top), unit: '|X|' };
    case 'power':
      return { map, ...ends(outstanding ** 2, top ** 2), unit: '|X|²' };
    case 'phase':
      return {
        map: 'phase',
        min: -Math.PI,
        max: Math.PI,
        low: -Math.PI,
        high: Math.PI,
        unit: 'phase (rad)',
        isSymmetric: false,
        ticks: ticksOfPhase,
      };
    case 'real':
    case 'imaginary':
      return {
        map: isDark ? 'divergingDark' : 'diverging',
        min: -outstanding,
        max: outstanding,
        low: -top,
        high: top,
        unit: quantity === 'real' ? 'Re X' : 'Im X',
        isSymmetric: true,
      };
  }
}

/** A bin that stands out: its place, zero frequency in the middle. */
export interface PeakBin {
  readonly row: number;
  readonly col: number;
  readonly magnitude: number;
}

/** Peaks that are marked, at most. */
const MOST_PEAKS = 5;
/** Bins that are looked at for that. */
const MOST_CANDIDATES = 512;

/** Cells about a bin that it must be the largest of, and those that say how large bins are there, for signals and pictures. */
const NEAR = { signal: { apart: 8, around: 48 }, picture: { apart: 4, around: 8 } } as const;

/**
 * Bins larger than all near them, and than what noise would reach: the largest of N bins of noise are about √(ln N) times their rms, whose median
 * is 0.83 of it. Of a wave and its mirror the one of positive frequency. The largest wave of all comes first, whatever is around it.
 */
export function findPeaks({ whole, saved }: SpectrumModel, shape: readonly number[]): readonly PeakBin[] {
  const cols = shape.at(-1) ?? 1;
  const rows = shape.length === 2 ? (shape[0] ?? 1) : 1;
  const [dcRow, dcCol] = [Math.floor(rows / 2), Math.floor(cols / 2)];
  const factor = (1.25 * Math.sqrt(Math.log(Math.max(8, rows * cols)))) / 0.83;
  const { apart, around } = NEAR[shape.length === 1 ? 'signal' : 'picture'];
  const { magnitude, pool } = whole;
  // The largest first, so that only those that may be marked are looked around.
  const order = Array.from(magnitude.keys())
    .filter((at) => Number.isFinite(magnitude[at]) && (magnitude[at] ?? 0) > 0)
    .sort((a, b) => (magnitude[b] ?? 0) - (magnitude[a] ?? 0))
    .slice(0, MOST_CANDIDATES);
  const { peak } = saved;
  const found = peak === null ? [] : [exactPlace(peak.index, rows, cols, peak.magnitude)];
  for (const at of order) {
    if (found.length >= MOST_PEAKS) break;
    const [y, x] = [Math.floor(at / whole.cols), at % whole.cols];
    const place = { row: Math.min(rows - 1, y * pool[0]), col: Math.min(cols - 1, x * pool[1]) };
    const [down, across] = [place.row - dcRow, place.col - dcCol];
    if (across < 0 || (across === 0 && down <= 0)) continue;
    const near = (row: number, col: number): boolean =>
      Math.abs(place.row - row) <= apart * pool[0] && Math.abs(place.col - col) <= apart * pool[1];
    const isKnown = found.some(({ row, col }) => near(row, col) || near(2 * dcRow - row, 2 * dcCol - col));
    if (isKnown || near(dcRow, dcCol)) continue;
    const size = magnitude[at] ?? 0;
    if (largestAround(whole, y, x, apart) <= size && size > factor * medianAround(whole, y, x, around))
      found.push({ ...place, magnitude: size });
  }
  return found;
}

function exactPlace(index: readonly number[], rows: number, cols: number, magnitude: number): PeakBin {
  const [row = 0, col = 0] = index.length === 2 ? index : [0, ...index];
  return { row: (row + Math.floor(rows / 2)) % rows, col: (col + Math.floor(cols / 2)) % cols, magnitude };
}

function around({ magnitude, rows, cols }: Bins, row: number, col: number, reach: number): number[] {
  const values: number[] = [];
  for (let y = Math.max(0, row - reach); y <= Math.min(rows - 1, row + reach); y++)
    for (let x = Math.max(0, col - reach); x <= Math.min(cols - 1, col + reach); x++)
      if (y !== row || x !== col) values.push(magnitude[y * cols + x] ?? NaN);
  return values;
}

function largestAround(bins: Bins, row: number, col: number, reach: number): number {
  return around(bins, row, col, reach).reduce((most, value) => Math.max(most, value), 0);
}

function medianAround(bins: Bins, row: number, col: number, reach: number): number {
  const values = around(bins, row, col, reach).sort((a, b) => a - b);
  return values[Math.floor(values.length / 2)] ?? 0;
}
