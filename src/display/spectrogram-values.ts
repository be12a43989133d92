// What a spectrogram says, and its cells where the page has fewer of them, or a logarithmic axis.

import { counted, formatNumber } from './number-format.js';
import { formatDecibels, noiseFloor, type Precision } from './spectrum-values.js';

/** A spectrogram: power of each frequency in each frame. */
export interface SpectrogramValues {
  /** Row-major [frequency, frame], linear. */
  readonly power: Float64Array;
  /** Frequency of each row, ascending. */
  readonly frequency: Float64Array;
  /** Middle of each frame. */
  readonly time: Float64Array;
  /** In what it was computed. */
  readonly precision: Precision;
}

/** A cell of a spectrogram. */
export interface SpectrogramPeak {
  /** Hz (or cycles/sample), and seconds (or samples). */
  readonly frequency: number;
  readonly time: number;
  /** Level in dB relative to the largest power. */
  readonly db: number;
}

/** Facts of a spectrogram. */
export interface SpectrogramFacts {
  /** The largest finite power: 0 dB. */
  readonly reference: number;
  /** The largest beside zero frequency; null where there is none or all of it is 0. */
  readonly peak: SpectrogramPeak | null;
  /**
   * The frequency that stands out most from its neighbours all the time, as hum does: its median power over time, and how far in dB that is
   * above the median of the bins around it. Null where nothing stands out by more than noise would.
   */
  readonly steady: { readonly frequency: number; readonly db: number; readonly above: number } | null;
  readonly nan: number;
}

/** Level in dB of a power relative to a reference. */
export function powerDecibels(power: number, reference: number): number {
  return power === 0 ? -Infinity : 10 * (Math.log10(power) - Math.log10(reference));
}

/** Rounding of a power in float32 stays below this. */
const rounding = 1e-5;
/** What is no more than so many times all that rounding leaves in a frame may itself be rounding. */
const doubt = 10;
/** Bins on each side that a steady tone is held against, beyond those that the window spreads it over. */
const [neighbours, spread] = [8, 2];
/**
 * What stands out by less, in dB, is no tone. The median of so many frames of noise errs by about 7/√frames dB; the most of some hundred rows
 * by three times that.
 */
const outstanding = (frames: number): number => 6 + 21 / Math.sqrt(frames);

const median = (values: readonly number[] | Float64Array): number => Float64Array.from(values).sort()[Math.floor(values.length / 2)] ?? NaN;

/** Finds the facts of a spectrogram. */
export function spectrogramFacts(values: SpectrogramValues): SpectrogramFacts {
  const { power, frequency, time } = values;
  const frames = time.length;
  const doubtful = doubtfulPowers(values);
  let [reference, nan, largest] = [0, 0, 0];
  // What falls off from zero frequency is its window's, and no wave.
  const isWave = (value: number, i: number): boolean =>
    frequency[Math.floor(i / frames)] !== 0 &&
    Number.isFinite(value) &&
    value > doubtful[i % frames]! &&
    value >= (power[i - frames] ?? -Infinity) &&
    value >= (power[i + frames] ?? -Infinity);
  power.forEach((value, i) => {
    if (Number.isNaN(value)) nan++;
    else if (Number.isFinite(value)) reference = Math.max(reference, value);
    if (isWave(value, i)) largest = Math.max(largest, value);
  });
  // Moments that differ by rounding only are equally loud, on every device: the first is named.
  const peakAt = largest === 0 ? -1 : power.findIndex((value, i) => value >= largest * (1 - rounding) && isWave(value, i));
  const peak =
    peakAt < 0
      ? null
      : {
          frequency: frequency[Math.floor(peakAt / frames)]!,
          time: time[peakAt % frames]!,
          db: powerDecibels(power[peakAt]!, reference),
        };
  return { reference, peak, steady: frames < 4 ? null : steadyTone(values, doubtful, reference), nan };
}

/**
 * Powers of each frame up to which a bin may be rounding. That of what repeats repeats, and may come together in one bin, so this is of all that
 * rounding leaves in the frame.
 */
function doubtfulPowers({ power, frequency, time, precision }: SpectrogramValues): Float64Array {
  const frames = time.length;
  // Of real signals one side is stored.
  const count = (frequency[0] ?? 0) < 0 ? frequency.length : 2 * frequency.length;
  const sums = new Float64Array(frames);
  power.forEach((value, i) => (sums[i % frames] = sums[i % frames]! + (Number.isFinite(value) ? value : 0)));
  return sums.map((sum) => doubt * count * noiseFloor(sum, count, precision) ** 2);
}

function steadyTone({ power, frequency, time }: SpectrogramValues, doubtful: Float64Array, reference: number): SpectrogramFacts['steady'] {
  const frames = time.length;
  const levels = Array.from(frequency, (_, row) => powerDecibels(median(power.subarray(row * frames, (row + 1) * frames)), reference));
  const least = powerDecibels(median(doubtful), reference);
  let best: SpectrogramFacts['steady'] = null;
  levels.forEach((db, row) => {
    if (frequency[row] === 0 || !(db > least)) return;
    const sides = [
      levels.slice(Math.max(0, row - spread - neighbours), Math.max(0, row - spread)),
      levels.slice(row + spread + 1, row + spread + 1 + neighbours),
    ].flatMap((side) => (side.length > 0 ? [median(side)] : []));
    // Halfway between both sides, since spectra slope; but the edge of a step is no tone.
    const above = db - sides.reduce((sum, side) => sum + side / sides.length, 0);
    if (db - Math.max(...sides) < 3) return;
    const isTop = db >= (levels[row - 1] ?? -Infinity) && db >= (levels[row + 1] ?? -Infinity);
    if (isTop && above > Math.max(outstanding(frames), best?.above ?? 0)) best = { frequency: frequency[row]!, db, above };
  });
  return best;
}

/** In sentences: the peak, a steady tone, and what is special about a degenerate spectrogram. */
export function describeSpectrogram({ peak, steady, reference, nan }: SpectrogramFacts, total: number, isHz: boolean): string[] {
  if (nan === total) return ['Every cell is NaN', 'The input holds a NaN or an infinity in every frame'];
  const sentences = nan === 0 ? [] : [`${counted(nan, 'cell')} of ${total} ${nan === 1 ? 'is' : 'are'} NaN (hatched)`];
  if (reference === 0) return [...sentences, 'All zero: no energy at any frequency'];
  const [hz, s] = isHz ? ['Hz', 's'] : ['cycles/sample', 'samples'];
  if (peak === null) return [...sentences, 'Nothing beside zero frequency'];
  sentences.push(`Loudest ${formatNumber(peak.frequency)} ${hz} at ${formatNumber(peak.time)} ${s}, ${formatDecibels(peak.db)} re max`);
  if (steady !== null)
    sentences.push(
      `Steady tone ${formatNumber(steady.frequency)} ${hz}, ${formatDecibels(steady.above)} above what is around it all the time`,
    );
  return sentences;
}

/** Where rows of the page begin and end in frequency, lowest first: even steps, or even ratios from the first bin above zero. */
export function rowEdges(frequency: Float64Array, count: number, scale: 'linear' | 'log'): Float64Array {
  const step = frequency.length > 1 ? frequency[1]! - frequency[0]! : 1;
  const [low, high] = [frequency[0]! - step / 2, frequency.at(-1)! + step / 2];
  if (scale === 'linear') return Float64Array.from({ length: count + 1 }, (_, i) => low + ((high - low) * i) / count);
  const first = Math.max(low, step / 2);
  return Float64Array.from({ length: count + 1 }, (_, i) => first * (high / first) ** (i / count));
}

/**
 * Levels in dB on the page's cells, [rows, columns] with the highest frequency first: the largest power of all that a cell holds, or, where
 * bins are longer than cells, of the bin that it lies in.
 */
export function pageLevels(
  { power, frequency, time }: SpectrogramValues,
  reference: number,
  edges: Float64Array,
  columns: number,
): Float64Array {
  const [bins, frames, rows] = [frequency.length, time.length, edges.length - 1];
  const step = bins > 1 ? frequency[1]! - frequency[0]! : 1;
  const binAt = (f: number): number => Math.min(bins - 1, Math.max(0, Math.round((f - frequency[0]!) / step)));
  const levels = new Float64Array(rows * columns);
  for (let row = 0; row < rows; row++) {
    // A bin that only touches an edge belongs to the neighbour.
    const hair = 1e-9 * (edges[row + 1]! - edges[row]!);
    const first = binAt(edges[row]! + hair);
    const last = Math.max(first, binAt(edges[row + 1]! - hair));
    for (let column = 0; column < columns; column++) {
      const from = Math.floor((column * frames) / columns);
      const to = Math.max(from + 1, Math.floor(((column + 1) * frames) / columns));
      let largest = -Infinity;
      // Math.max, unlike a comparison, lets NaN through.
      for (let bin = first; bin <= last; bin++)
        for (let frame = from; frame < to; frame++) largest = Math.max(largest, power[bin * frames + frame]!);
      levels[(rows - 1 - row) * columns + column] = powerDecibels(largest, reference);
    }
  }
  return levels;
}
