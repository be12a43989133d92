// A spectrogram as it is saved, and the parts of it that its view asks for.

import * as v from 'valibot';
import { numberList, type NumberList } from '../protocol/number-list.js';
import { bytesToText } from '../protocol/numbers.js';
import { floatPlane, levelPlane, type PlaneData } from '../protocol/plane-data.js';
import { curveData, type CurveData } from '../protocol/plot.js';
import {
  compand,
  spectrogramRequest,
  type SoundData,
  type SpectrogramData,
  type Steps,
  type soundAnswer,
} from '../protocol/spectrogram.js';
import type { Tensor } from '../tensor/tensor.js';
import { finiteExtent } from './extent.js';
import { reduceCurve } from './plot-values.js';
import { describeSpectrogram, powerDecibels, type SpectrogramFacts, type SpectrogramValues } from './spectrogram-values.js';

/** What is saved and answered of a spectrogram. */
export interface SpectrogramSource extends SpectrogramValues {
  readonly facts: SpectrogramFacts;
  /** The signal, on the device that it is on, [samples]. */
  readonly held: Tensor;
  readonly sampleRate: number | null;
  readonly hasPlayer: boolean;
}

/** Cells, groups of samples and bytes of sound that are saved at most: in base64 63 KB, 27 KB and 66 KB. */
const [MOST_CELLS, MOST_GROUPS, MOST_SOUND] = [48_000, 1000, 49_152] as const;
/** Levels are saved so far below the lowest that is drawn, in dB: the range can be moved there. */
const BELOW = 40;
/** Sound of fewer samples a second is not saved. */
const LEAST_RATE = 4000;
/** Samples in an answer at most. */
const MOST_ANSWERED = 2 ** 20;

/** The saved form of a spectrogram, version 1. */
export function spectrogramData(
  source: SpectrogramSource,
  signal: Float64Array,
  view: string | null,
  words: Pick<SpectrogramData, 'title' | 'note' | 'frequencyScale' | 'floorDb'>,
): SpectrogramData {
  const { facts, frequency, time, power, sampleRate, hasPlayer } = source;
  const [rows, cols] = [frequency.length, time.length];
  // Twice as many moments as frequencies, as pages are wide; more of one where there are few of the other.
  const savedRows = Math.min(rows, Math.max(Math.floor(Math.sqrt(MOST_CELLS / 2)), Math.floor(MOST_CELLS / cols)));
  const savedCols = Math.min(cols, Math.max(1, Math.floor(MOST_CELLS / savedRows)));
  const levels = largestLevels(source, { top: 0, left: 0, bottom: rows, right: cols }, savedRows, savedCols);
  const wave = reduceCurve({ name: 'signal', count: signal.length, first: 0, x: null, y: signal }, MOST_GROUPS, 'linear');
  return {
    view,
    ...words,
    sampleRate,
    samples: signal.length,
    frequency: stepsOf(frequency, sampleRate === null ? 1 : sampleRate),
    time: stepsOf(time, signal.length / (sampleRate ?? 1)),
    peak: facts.peak,
    steady: facts.steady,
    readout: describeSpectrogram(facts, power.length, sampleRate !== null),
    levels: levelPlane(levels.values, levels.rows, levels.cols, words.floorDb - BELOW, 0),
    wave: curveData(wave),
    player: hasPlayer,
    sound: hasPlayer ? savedSound(signal, sampleRate ?? 1) : null,
  };
}

/** Places at equal steps; of one, the step is the length of the whole. */
function stepsOf(places: Float64Array, length: number): Steps {
  return { first: places[0] ?? 0, step: places.length > 1 ? places[1]! - places[0]! : length, count: places.length };
}

interface Block {
  readonly top: number;
  readonly left: number;
  readonly bottom: number;
  readonly right: number;
}

/** Levels in dB of a block of cells, the highest frequency first: the largest of each of at most `rows` by `cols` parts of it. NaN wins. */
function largestLevels(
  { power, frequency, time, facts }: Pick<SpectrogramSource, 'power' | 'frequency' | 'time' | 'facts'>,
  { top, left, bottom, right }: Block,
  rows: number,
  cols: number,
): { readonly values: Float64Array; readonly rows: number; readonly cols: number } {
  const frames = time.length;
  const size = { rows: Math.min(rows, bottom - top), cols: Math.min(cols, right - left) };
  const values = new Float64Array(size.rows * size.cols);
  // A cell is in the part that its middle lies in, as pages find it again.
  const edge = (from: number, to: number, i: number, count: number): number => from + Math.ceil((i * (to - from)) / count - 0.5);
  for (let row = 0; row < size.rows; row++)
    for (let col = 0; col < size.cols; col++) {
      let largest = -Infinity;
      for (let r = edge(top, bottom, row, size.rows); r < edge(top, bottom, row + 1, size.rows); r++) {
        const bin = frequency.length - 1 - r;
        for (let c = edge(left, right, col, size.cols); c < edge(left, right, col + 1, size.cols); c++)
          largest = Math.max(largest, power[bin * frames + c]!);
      }
      values[row * size.cols + col] = powerDecibels(largest, facts.reference);
    }
  return { values, ...size };
}

/** Sound to be saved: all samples, or means of neighbours where that leaves enough of them a second; null where it does not. */
function savedSound(signal: Float64Array, rate: number): SoundData | null {
  const every = Math.ceil(signal.length / MOST_SOUND);
  if (every > 1 && rate / every < LEAST_RATE) return null;
  const samples = Float64Array.from({ length: Math.floor(signal.length / every) }, (_, i) => {
    const part = signal.subarray(i * every, (i + 1) * every);
    return part.reduce((sum, sample) => sum + sample / every, 0);
  });
  const { min, max } = finiteExtent(samples);
  const peak = min > max ? 0 : Math.max(Math.abs(min), Math.abs(max));
  const data = Uint8Array.from(samples, (sample) => compand(peak === 0 ? 0 : sample / peak));
  return { first: 0, every, peak, data: bytesToText(data) };
}

/** What a view asked for. */
export async function answerSpectrogram(
  source: SpectrogramSource,
  given: unknown,
): Promise<PlaneData | CurveData | v.InferOutput<typeof soundAnswer>> {
  const request = v.parse(spectrogramRequest, given);
  if (request.kind === 'levels') {
    const [rows, cols] = [source.frequency.length, source.time.length];
    const block = { top: request.top, left: request.left, bottom: Math.min(rows, request.bottom), right: Math.min(cols, request.right) };
    if (block.top >= block.bottom || block.left >= block.right)
      throw new RangeError(
        `the spectrogram of ${rows}×${cols} has no part [${request.top}, ${request.bottom}) × [${request.left}, ${request.right})`,
      );
    const found = largestLevels(source, block, request.rows, request.cols);
    return floatPlane(found.values, found.rows, found.cols);
  }
  const count = source.held.size;
  const first = Math.min(count - 1, request.from);
  const end = request.kind === 'wave' ? Math.min(count, Math.max(first + 1, request.to)) : Math.min(count, first + MOST_ANSWERED);
  const samples: NumberList | Float64Array = Float64Array.from(await source.held.slice([first], [end]).data());
  if (request.kind === 'sound') return { first, samples: numberList(samples) };
  return curveData(reduceCurve({ name: 'signal', count, first, x: null, y: samples }, request.groups, 'linear'));
}
