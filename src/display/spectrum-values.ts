// What a spectrum says: its largest wave, its zero frequency, and in which way it is degenerate.
import { counted, formatNumber, withMinus } from './number-format.js';

/** The largest bin beside zero frequency. Of a bin and its mirror, which carry the same wave, the one of positive frequency. */
export interface SpectrumPeak {
  /** Place in the unshifted spectrum: [bin] or [row, column]. */
  readonly index: readonly number[];
  /** Frequency along each axis, in the order of `index`: cycles per sample (per pixel), or Hz given a sampling rate. */
  readonly frequency: readonly number[];
  /** Length of one period: in pixels (samples), or in seconds given a sampling rate. */
  readonly wavelength: number;
  /** Level in dB relative to the largest finite magnitude. */
  readonly db: number;
  readonly magnitude: number;
}

/** Facts of a magnitude spectrum of `rows` by `cols` bins, not shifted; one dimension is a single row. */
export interface SpectrumFacts {
  readonly rows: number;
  readonly cols: number;
  /** The largest finite magnitude: 0 dB. It is 0 where all bins are 0 or none is finite. */
  readonly reference: number;
  /** Magnitude at zero frequency. */
  readonly dc: number;
  /** Null where there is no finite bin beside zero frequency, or where all of them are 0. */
  readonly peak: SpectrumPeak | null;
  readonly nan: number;
  readonly infinite: number;
  /** Whether |X[k]| = |X[−k]| to rounding, as for every real signal. */
  readonly mirrored: boolean;
  /** In what it was computed, and the magnitude of zero frequency that rounding can leave (`roundedMean`). */
  readonly precision: Precision;
  readonly rounded: number;
}

/** Numbers that a transform is computed in. */
export type Precision = 'float32' | 'float64';

/** Rounding of a float32 FFT stays far below this, relative to the largest bin. */
export const ROUNDING = 1e-5;
/** Below this, relative to zero frequency, all else is rounding: the signal was constant. */
const CONSTANT: Readonly<Record<Precision, number>> = { float32: 1e-7, float64: 1e-15 };

/** Finds the facts of a spectrum. Frequencies are scaled by `sampleRate` where it is given. */
export function spectrumFacts(
  magnitude: Float64Array,
  shape: readonly number[],
  sampleRate?: number,
  precision: Precision = 'float32',
): SpectrumFacts {
  const cols = shape[shape.length - 1] ?? 0;
  const rows = shape.length === 2 ? (shape[0] ?? 0) : 1;
  let [reference, nan, infinite, peakMagnitude] = [0, 0, 0, 0];
  for (let i = 0; i < magnitude.length; i++) {
    const value = magnitude[i] ?? NaN;
    if (Number.isNaN(value)) nan++;
    else if (!Number.isFinite(value)) infinite++;
    else {
      if (value > reference) reference = value;
      if (i > 0 && value > peakMagnitude) peakMagnitude = value;
    }
  }
  // In units of the largest, whose square may be too large for a number.
  const energy = magnitude.reduce((sum, value) => (Number.isFinite(value) && reference > 0 ? sum + (value / reference) ** 2 : sum), 0);
  const rounded = reference * roundedMean(energy, precision);
  const facts = { rows, cols, reference, dc: magnitude[0] ?? NaN, nan, infinite, precision, rounded };
  const mirror = (i: number): number => ((rows - Math.floor(i / cols)) % rows) * cols + ((cols - (i % cols)) % cols);
  const mirrored = magnitude.every((value, i) => {
    const other = magnitude[mirror(i)] ?? NaN;
    return value === other || Math.abs(value - other) <= ROUNDING * reference || Number.isNaN(value - other);
  });
  if (peakMagnitude === 0) return { ...facts, mirrored, peak: null };
  const largest: BinPlace[] = [];
  magnitude.forEach((value, i) => {
    if (i > 0 && value <= peakMagnitude && value >= peakMagnitude * (1 - ROUNDING))
      largest.push({ row: Math.floor(i / cols), col: i % cols });
  });
  return { ...facts, mirrored, peak: peakOf(largest, peakMagnitude, reference, shape, sampleRate) };
}

/** A bin of the unshifted plane. */
export interface BinPlace {
  readonly row: number;
  readonly col: number;
}

/** The peak, of bins that differ by rounding only: on every device the longest of their waves is named. Null where there is none. */
export function peakOf(
  places: readonly BinPlace[],
  magnitude: number,
  reference: number,
  shape: readonly number[],
  sampleRate?: number,
): SpectrumPeak | null {
  const cols = shape.at(-1) ?? 1;
  const rows = shape.length === 2 ? (shape[0] ?? 1) : 1;
  const [first, ...others] = places;
  if (first === undefined) return null;
  const { row, col } = others.reduce((best, place) => (comparePlaces(place, best, rows, cols) < 0 ? place : best), first);
  const cycles = shape.length === 2 ? [binFrequency(row, rows), binFrequency(col, cols)] : [binFrequency(col, cols)];
  const frequency = cycles.map((f) => f * (sampleRate ?? 1));
  return {
    index: shape.length === 2 ? [row, col] : [col],
    frequency,
    wavelength: 1 / Math.hypot(...frequency),
    db: toDecibels(magnitude, reference),
    magnitude,
  };
}

/** Frequency of bin k of n in cycles per sample. At the Nyquist bin, where both signs mean the same wave, it is +0.5. */
export function binFrequency(k: number, n: number): number {
  return (2 * k <= n ? k : k - n) / n;
}

/** Level in dB of a magnitude relative to a reference; −∞ for 0. Logarithms are subtracted, because the quotient may overflow. */
export function toDecibels(magnitude: number, reference: number): number {
  return magnitude === 0 ? -Infinity : 20 * (Math.log10(magnitude) - Math.log10(reference));
}

/** What 0 dB is: the largest magnitude, or one that is given. */
export type DbReference = 'max' | number;

/** The magnitude of 0 dB, where the largest is `largest`; 1 where there is none. */
export function zeroDecibels(reference: DbReference, largest: number): number {
  return reference !== 'max' ? reference : largest > 0 ? largest : 1;
}

/** The level of the largest magnitude in dB. */
export function largestLevel(reference: DbReference, largest: number): number {
  return largest > 0 ? toDecibels(largest, zeroDecibels(reference, largest)) : 0;
}

/** What 0 dB is, after "dB re". */
export function referenceName(reference: DbReference): string {
  return reference === 'max' ? 'max' : formatNumber(reference);
}

/** Levels drawn as the ends of the colour map or of the level axis, in dB relative to the largest magnitude. */
export interface LevelRange {
  readonly min: number;
  readonly max: number;
}

const DEFAULT_DEPTH_DB = 80;
/** Where zero frequency stands out by more than this, it is left above the range. */
const OUTSTANDING_DB = 15;
/** A peak further down is no peak to set a range by. */
const FAINT_DB = 70;

/**
 * The range to draw a spectrum in: from `floorDb` to 0 where a floor is given. Else 80 dB, down from 0 or, where zero frequency
 * stands far above all else (as the mean of a photograph does), down from the largest wave, rounded up to 5 dB.
 */
export function levelRange({ peak, dc, reference }: SpectrumFacts, floorDb: number | undefined): LevelRange {
  if (floorDb !== undefined) return { min: floorDb, max: 0 };
  const outstanding = dc === reference && peak !== null && peak.db < -OUTSTANDING_DB && peak.db > -FAINT_DB;
  const max = outstanding ? 5 * Math.ceil(peak.db / 5) : 0;
  return { min: max - DEFAULT_DEPTH_DB, max };
}

/** A level as text, with its unit: two digits after the point below 1 dB, else one. */
export function formatDecibels(db: number): string {
  if (!Number.isFinite(db)) return `${formatNumber(db)} dB`;
  const text = db.toFixed(Math.abs(db) < 1 ? 2 : 1);
  return `${withMinus(String(Number(text)) === '0' ? '0' : text)} dB`;
}

/**
 * In sentences: the peak and zero frequency, or what is special about a degenerate spectrum. `unit` is that of one sample:
 * 'pixel', 'sample' or, with frequencies in Hz, 's'; `zero` is what 0 dB is.
 */
export function describeSpectrum(facts: SpectrumFacts, unit: 'pixel' | 'sample' | 's', zero: DbReference = 'max'): string[] {
  const { rows, cols, reference, dc, peak, nan, infinite, precision, rounded } = facts;
  const zeroDb = zeroDecibels(zero, reference);
  const total = rows * cols;
  if (nan === total) return ['Every bin is NaN', 'The input holds a NaN or an infinity, which reaches every frequency'];
  const sentences: string[] = [];
  if (nan > 0) sentences.push(`${counted(nan, 'bin')} of ${String(total)} ${nan === 1 ? 'is' : 'are'} NaN (hatched)`);
  if (infinite > 0) sentences.push(`${counted(infinite, 'bin')} of ${String(total)} ${infinite === 1 ? 'is' : 'are'} infinite`);
  if (infinite + nan === total) return sentences;
  if (reference === 0) return [...sentences, 'All zero: no energy at any frequency'];
  if (total === 1) return [`One value, ${formatNumber(dc)}: it has only the zero frequency`];
  const constant = peak === null || peak.magnitude <= CONSTANT[precision] * dc;
  if (constant && nan + infinite === 0) {
    const rest = peak === null ? 'nothing' : 'nothing above rounding';
    return [`Constant input: ${rest} beside zero frequency`, `Zero frequency has magnitude ${formatNumber(dc)}`];
  }
  if (peak !== null)
    sentences.push(...describePeak(peak, unit, `${formatDecibels(toDecibels(peak.magnitude, zeroDb))} re ${referenceName(zero)}`));
  if (dc === 0) sentences.push('Zero frequency is 0: the mean is 0');
  else if (dc <= rounded)
    sentences.push(
      `Zero frequency is below ${formatDecibels(toDecibels(rounded, zeroDb))}, which is what rounding in ${precision} can leave`,
    );
  else if (Number.isFinite(dc)) {
    sentences.push(`Zero frequency ${formatDecibels(toDecibels(dc, zeroDb))}, magnitude ${formatNumber(dc)}`);
  }
  return sentences;
}

function describePeak({ frequency, wavelength }: SpectrumPeak, unit: 'pixel' | 'sample' | 's', level: string): string[] {
  const [first = '0', second] = frequency.map((f) => formatNumber(f));
  const period = formatNumber(wavelength);
  if (unit === 's') return [`Largest wave ${first} Hz, period ${period} s, ${level}`];
  if (second === undefined) return [`Largest wave ${first} cycles/sample, period ${period} samples, ${level}`];
  return [`Largest wave ${period} px long, ${level}`, `at ${second} horizontal, ${first} vertical cycles/pixel`];
}

/** Orders bins: longer waves first, of equally long ones those with the larger horizontal, then vertical frequency. */
function comparePlaces(a: BinPlace, b: BinPlace, rows: number, cols: number): number {
  const of = ({ row, col }: BinPlace): [number, number] => [binFrequency(col, cols), binFrequency(row, rows)];
  const [[x, y], [u, v]] = [of(a), of(b)];
  return x * x + y * y - (u * u + v * v) || u - x || v - y;
}

/**
 * The magnitude of zero frequency that a signal of mean 0 can have by rounding: a few roundings of each sample, all to the same side. `energy` is
 * Σ|X|², so that √(2 · energy) is Σ|x| of a wave, in every norm.
 */
export function roundedMean(energy: number, precision: Precision): number {
  return FEW_ROUNDINGS * epsilons[precision] * Math.sqrt(2 * energy);
}

/** Roundings of a sample that is computed in some steps, such as a sine of a product. */
const FEW_ROUNDINGS = 8;
/** The distance of 1 to the next number. */
const epsilons: Readonly<Record<Precision, number>> = { float32: 2 ** -23, float64: 2 ** -52 };

/**
 * What rounding leaves in each bin of a transform of `count` points, as a magnitude: rms error 0.30·ε·‖x‖·√log₂N with ε = 2⁻²³ of float32 and
 * 2⁻⁵² of float64. The signal's norm is taken from that of the spectrum, so that it holds for every norm of the transform; `energy` is Σ|X|².
 */
export function noiseFloor(energy: number, count: number, precision: Precision): number {
  return 0.3 * epsilons[precision] * Math.sqrt((energy / count) * Math.log2(Math.max(2, count)));
}
