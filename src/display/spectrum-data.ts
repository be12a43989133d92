// What of a spectrum is saved in the notebook beside its picture, and drawn by its view.

import { floatPlane } from '../protocol/plane-data.js';
import { numberTo } from '../protocol/numbers.js';
import type { OnePlane } from '../protocol/spectrum.js';
import { poolPlane, type PlaneLayout } from './pixels.js';
import { largestOf, savedBins } from './spectrum-bins.js';
import type { AnalysedPlane } from './spectrum-plane.js';
import { describeSpectrum, levelRange, toDecibels, type DbReference, type SpectrumFacts } from './spectrum-values.js';

/** Bins of all spectra together that are saved as complex numbers, and of more as levels, at most: in base64 44 KB and 113 KB. */
const [MOST_COMPLEX, MOST_LEVELS] = [64 * 64, 206 * 206] as const;
/** Bytes that a bin takes as level and phase, and what belongs to a spectrum beside its bins; what all bins take at least, whatever is left. */
const [LEVEL_BYTES, PLANE_BYTES, LEAST_BYTES] = [8 / 3, 3200, 30_000] as const;
/**
 * Pictures of more cells are coloured in whole decibels. Spectra are as rough as noise, so no eye can tell, and 512×512 bins fit the notebook.
 */
export const FINE_CELLS = 300 * 300;

/** What belongs to a spectrum beside what was found out about its bins. */
export interface PlaneContext {
  readonly index: readonly number[];
  readonly floorDb: number | undefined;
  readonly sampleRate: number | undefined;
  /** What 0 dB is in words. */
  readonly reference: DbReference;
  readonly signalEnergy: number | null;
  readonly borderFinding: string;
}

/** Bytes that spectra may take in a notebook, and how many of them share that. */
export interface SpectrumRoom {
  readonly bytes: number;
  readonly sharing: number;
}

/** The saved form of one spectrum. */
export function savedPlane(plane: AnalysedPlane, context: PlaneContext, room: SpectrumRoom): OnePlane {
  const { facts, bins, radial } = plane;
  const { index, floorDb, sampleRate, reference, signalEnergy, borderFinding } = context;
  const { sharing } = room;
  const range = levelRange(facts, floorDb);
  const isBrief = bins.re.length * sharing > MOST_COMPLEX || bins.pool[0] > 1;
  const largest = Math.max(bins.rows, bins.cols);
  const ratio = (bins.re.length * sharing) / mostLevels(room);
  // A signal has one row, so that its bins need no second axis to shrink.
  const side = bins.rows === 1 ? largest / ratio : largest / Math.sqrt(ratio);
  const pool = Math.max(1, Math.ceil(largest / side));
  const kept = isBrief ? largestOf(bins, bins.rows === 1 ? 1 : pool, pool) : bins;
  return {
    index: [...index],
    reference: numberTo(facts.reference),
    range: [range.min, range.max],
    pool: [...kept.pool],
    bins: savedBins(kept, facts.reference, range, isBrief),
    zeroFrequency: numberTo(facts.dc),
    peak: facts.peak && { ...facts.peak, index: [...facts.peak.index], frequency: [...facts.peak.frequency] },
    mirrored: facts.mirrored,
    precision: facts.precision,
    energy: numberTo(plane.energy),
    signalEnergy: signalEnergy === null ? null : numberTo(signalEnergy),
    asymmetry: numberTo(plane.asymmetry),
    radial:
      radial &&
      floatPlane(
        radial.map((value) => value / (facts.reference > 0 ? facts.reference : 1)),
        1,
        radial.length,
      ),
    readout: describeSpectrum(facts, plane.shape.length === 2 ? 'pixel' : sampleRate === undefined ? 'sample' : 's', reference),
    borderFinding,
  };
}

/** How many bins of all spectra together are saved as levels. */
function mostLevels({ bytes, sharing }: SpectrumRoom): number {
  return Math.min(MOST_LEVELS, Math.max(LEAST_BYTES, bytes - sharing * PLANE_BYTES) / LEVEL_BYTES);
}

/** The levels in dB re `zeroDb` of a spectrum, zero frequency in the middle, reduced to the cells of a layout by their largest bin. */
export function poolShifted(
  magnitude: Float64Array,
  { rows, cols }: SpectrumFacts,
  layout: Pick<PlaneLayout, 'rows' | 'cols'>,
  zeroDb: number,
): Float64Array {
  // fftshift on the way: place i holds bin (i + ⌈n/2⌉) mod n.
  const [halfRows, halfCols] = [Math.ceil(rows / 2), Math.ceil(cols / 2)];
  const at = (row: number, col: number): number => ((row + halfRows) % rows) * cols + ((col + halfCols) % cols);
  return poolPlane(magnitude, layout, 'max', at).map((value) => toDecibels(value, zeroDb));
}
