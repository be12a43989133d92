// What of a spectrum is saved in the notebook beside its picture, and drawn by its view.

import { floatPlane } from '../protocol/plane-data.js';
import { numberTo } from '../protocol/numbers.js';
import type { OnePlane } from '../protocol/spectrum.js';
import { poolPlane, type PlaneLayout } from './pixels.js';
import { largestOf, savedBins } from './spectrum-bins.js';
import type { AnalysedPlane } from './spectrum-plane.js';
import { describeSpectrum, levelRange, toDecibels, type DbReference, type SpectrumFacts } from './spectrum-values.js';

/** Bins of all spectra together that are saved as complex numbers, and of more as levels, at most: in base64 44 KB and 78 KB. */
const [MOST_COMPLEX, MOST_LEVELS] = [64 * 64, 171 * 171] as const;
/** The picture of more bins than this, one by one, takes most of the room that there is in a notebook: 33 KB are left. */
const [MANY_BINS, FEW_LEVELS] = [2 ** 17, 112 * 112] as const;

/** What belongs to a spectrum beside what was found out about its bins. */
export interface PlaneContext {
  readonly index: readonly number[];
  readonly floorDb: number | undefined;
  readonly sampleRate: number | undefined;
  /** What 0 dB is in words. */
  readonly reference: DbReference;
  readonly signalEnergy: number | null;
  readonly borderFinding: string;
  /** How many spectra share the room. */
  readonly sharing: number;
}

/** The saved form of one spectrum. */
export function savedPlane(plane: AnalysedPlane, context: PlaneContext): OnePlane {
  const { facts, bins, radial } = plane;
  const { index, floorDb, sampleRate, reference, signalEnergy, borderFinding, sharing } = context;
  const range = levelRange(facts, floorDb);
  const isBrief = bins.re.length * sharing > MOST_COMPLEX || bins.pool[0] > 1;
  const largest = Math.max(bins.rows, bins.cols);
  // A signal has one row, so that its bins need no second axis to shrink.
  const isTight = bins.re.length > MANY_BINS && bins.pool[0] === 1 && bins.rows > 1;
  const ratio = bins.re.length / ((isTight ? FEW_LEVELS : MOST_LEVELS) / sharing);
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
