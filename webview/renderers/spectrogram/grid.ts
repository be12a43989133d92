// Where times and frequencies lie among the cells of a spectrogram, and levels on a logarithmic axis. No page in here.

import { logTicks, roundTicks, unitWithExponent } from '../../../src/display/axes.js';
import type { SpectrogramData } from '../../../src/protocol/spectrogram.js';
import type { Axis } from '../../ui/plane/axes.js';
import { valueIn, type CellValue, type ValuePlane } from '../../ui/plane/plane-card.js';
import type { Region } from '../../ui/plane/viewport.js';

/** Rows of a plane whose axis is logarithmic are computed for so many at most. */
const MOST_ROWS = 720;

/**
 * Cells of the drawing, and what they stand for. Across, a cell is a frame; before the first and after the last stand as many as the signal is
 * longer than its frames. Downwards, the highest frequency first, a cell is a bin, or on a logarithmic axis a step of equal ratios, as small as
 * from the highest bin to the next. Planes of levels, which the kernel gives, are cells of frames and bins alone.
 */
export class SpectrogramGrid {
  readonly rows: number;
  readonly cols: number;
  /** Cells before the first frame. */
  readonly before: number;
  readonly isLog: boolean;
  /** The highest and lowest frequency of the drawing. */
  readonly high: number;
  readonly low: number;
  readonly duration: number;

  constructor(
    private readonly saved: Pick<SpectrogramData, 'frequency' | 'time' | 'samples' | 'sampleRate'>,
    scale: 'linear' | 'log',
  ) {
    const { frequency, time, samples, sampleRate } = saved;
    this.isLog = scale === 'log';
    this.duration = samples / (sampleRate ?? 1);
    this.before = Math.max(0, Math.ceil(time.first / time.step - 0.5 - 1e-9));
    const last = time.first + (time.count - 1) * time.step;
    this.cols = this.before + time.count + Math.max(0, Math.ceil((this.duration - last) / time.step - 0.5 - 1e-9));
    this.high = frequency.first + (frequency.count - 0.5) * frequency.step;
    const lowest = frequency.first - frequency.step / 2;
    this.low = this.isLog ? Math.max(lowest, frequency.step / 2) : lowest;
    this.rows = this.isLog ? Math.max(1, Math.ceil(frequency.count * Math.log(this.high / this.low))) : frequency.count;
  }

  /** The time at a place across, and back. */
  timeAt(place: number): number {
    const { first, step } = this.saved.time;
    return first + (place - this.before - 0.5) * step;
  }

  placeOfTime(time: number): number {
    const { first, step } = this.saved.time;
    return (time - first) / step + this.before + 0.5;
  }

  /** The frequency at a place downwards, and back. */
  frequencyAt(place: number): number {
    const part = place / this.rows;
    return this.isLog ? this.high * (this.low / this.high) ** part : this.high - part * (this.high - this.low);
  }

  placeOfFrequency(frequency: number): number {
    const part = this.isLog
      ? Math.log(this.high / Math.max(this.low, frequency)) / Math.log(this.high / this.low)
      : (this.high - frequency) / (this.high - this.low);
    return part * this.rows;
  }

  /** The row of a plane of levels, the highest bin first, that a row of the drawing shows. */
  binRow(row: number): number {
    const { count, step } = this.saved.frequency;
    return Math.min(count - 1, Math.max(0, Math.floor((this.high - this.frequencyAt(row + 0.5)) / step)));
  }

  /** The frequency of a row of a plane of levels. */
  binFrequency(binRow: number): number {
    const { first, step, count } = this.saved.frequency;
    return first + (count - 1 - binRow) * step;
  }

  /** The level of a cell of the drawing, from the first of the planes that has it; null where there is no frame. */
  levelAt(planes: readonly (ValuePlane | null)[], row: number, col: number): CellValue | null {
    return levelOf(planes, this.binRow(row), col - this.before);
  }

  /** The frames and bins under a part of the drawing, and all that these touch. */
  cellsUnder({ top, left, bottom, right }: Region): Region {
    const { frequency, time } = this.saved;
    const rowOf = (place: number): number => (this.high - this.frequencyAt(place)) / frequency.step;
    const within = (at: number, size: number): number => Math.min(size, Math.max(0, at));
    return {
      top: within(Math.floor(rowOf(top)), frequency.count - 1),
      bottom: within(Math.ceil(rowOf(bottom)), frequency.count),
      left: within(Math.floor(left - this.before), time.count - 1),
      right: Math.max(1, within(Math.ceil(right - this.before), time.count)),
    };
  }

  /** A plane of levels as the drawing shows it: on a logarithmic axis the largest of each row. */
  drawn(plane: ValuePlane): ValuePlane {
    const { region, cols, values } = plane;
    const [left, right] = [region.left + this.before, region.right + this.before];
    if (!this.isLog) return { ...plane, region: { ...region, left, right } };
    const { step } = this.saved.frequency;
    const [top, bottom] = [region.top, region.bottom].map((row) => this.placeOfFrequency(this.high - row * step)) as [number, number];
    const rows = Math.max(1, Math.min(MOST_ROWS, Math.ceil(bottom - top)));
    const scale = plane.rows / (region.bottom - region.top);
    const rowOf = (place: number): number => ((this.high - this.frequencyAt(place)) / step - region.top) * scale;
    const result = new Float64Array(rows * cols);
    for (let row = 0; row < rows; row++) {
      const [from, to] = [row, row + 1].map((at) => rowOf(top + (at * (bottom - top)) / rows)) as [number, number];
      // A bin longer than a row shows in each of its rows; one that only touches an edge belongs to the neighbour.
      const first = Math.min(plane.rows - 1, Math.max(0, Math.floor(from + 1e-9)));
      const last = Math.min(plane.rows - 1, Math.max(first, Math.ceil(to - 1e-9) - 1));
      for (let col = 0; col < cols; col++) {
        let largest = -Infinity;
        for (let at = first; at <= last; at++) largest = Math.max(largest, values[at * cols + col] ?? NaN);
        result[row * cols + col] = largest;
      }
    }
    return { region: { top, bottom, left, right }, rows, cols, values: result };
  }

  /** Axes in places of the drawing. */
  get timeAxis(): Axis {
    const unit = this.saved.sampleRate === null ? 'samples' : 's';
    const exponentOf = roundTicks(0, this.duration, 8).exponent;
    return {
      label: `time (${unitWithExponent(unit, exponentOf)})`,
      ticks: (from, to, count) =>
        scaled(roundTicks(this.timeAt(from), this.timeAt(to), count), exponentOf).map((tick) => ({
          ...tick,
          value: this.placeOfTime(tick.value),
        })),
    };
  }

  get frequencyAxis(): Axis {
    const unit = this.saved.sampleRate === null ? 'cycles/sample' : 'Hz';
    const exponentOf = this.isLog ? 0 : roundTicks(Math.max(0, this.low), this.high, 5).exponent;
    return {
      label: `frequency (${unitWithExponent(unit, exponentOf)})`,
      ticks: (from, to, count) => {
        const [low, high] = [this.frequencyAt(to), this.frequencyAt(from)];
        const ticks = this.isLog && high / low >= 3 ? logTicks(low, high) : scaled(roundTicks(low, high, count), exponentOf);
        return ticks.map((tick) => ({ ...tick, value: this.placeOfFrequency(tick.value) }));
      },
    };
  }
}

/** The level of a frame and bin, from the first of the planes that has it. */
export function levelOf(planes: readonly (ValuePlane | null)[], binRow: number, frame: number): CellValue | null {
  return planes.reduce<CellValue | null>((found, plane) => found ?? (plane && valueIn(plane, binRow, frame)), null);
}

/** Ticks whose texts have one power of ten taken out, however close one looks. */
function scaled({ ticks, exponent }: ReturnType<typeof roundTicks>, wanted: number): readonly { value: number; text: string }[] {
  if (exponent === wanted || ticks.length === 0) return ticks;
  const factor = 10 ** -wanted;
  return roundTicks((ticks[0]?.value ?? 0) * factor, (ticks.at(-1)?.value ?? 0) * factor, ticks.length).ticks.map(({ value, text }) => ({
    value: value / factor,
    text,
  }));
}
