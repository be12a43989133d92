// Where values lie along an axis of a plot: places from 0 to 1 over all that is shown, linear or logarithmic. uPlot is given places and never
// values, so that it draws 10⁻³⁸ and 10³⁰⁸ as well as 1. No page in here.

import { logTicks, roundTicks, unitWithExponent, type Tick } from '../../../src/display/axes.js';

/** How an axis of a plot runs. */
export interface PlotAxis {
  /** What it counts: "step". */
  readonly label: string;
  /** Said behind the label in parentheses: "Hz". */
  readonly unit?: string;
  /** Linear when not given. A logarithmic axis has no place for what is not above 0. */
  readonly scale?: 'linear' | 'log';
  /** Values at its ends; as far as the curves reach when not given. */
  readonly range?: readonly [low: number, high: number] | undefined;
  /** Without ticks and label, as above another plot with the same axis. */
  readonly isBare?: boolean;
}

/** Values and their places along an axis. */
export interface Places {
  readonly low: number;
  readonly high: number;
  /** NaN where a value has no place. */
  readonly place: (value: number) => number;
  readonly value: (place: number) => number;
  /** Ticks between two places, about `count` of them, and what the axis is called with the power of ten that was taken out of them. */
  readonly ticks: (from: number, to: number, count: number) => { readonly ticks: readonly Tick[]; readonly label: string };
}

/** Beyond this, differences of doubles may not be finite. */
const HUGE = 1e300;
/** From this ratio of its ends on, powers of ten tell more of a logarithmic axis than round numbers do. */
const LOG_RATIO = 3;

/** Whether a value has a place on an axis. */
export function hasPlace(value: number, { scale = 'linear' }: PlotAxis): boolean {
  return Number.isFinite(value) && (scale === 'linear' || value > 0);
}

/** The places of an axis whose values reach from `min` to `max` (from Infinity to −Infinity where there are none). */
export function placesOf(axis: PlotAxis, min: number, max: number): Places {
  const isLog = axis.scale === 'log';
  const [low, high] = axis.range ?? ends(min, max, isLog);
  // Halves of halves, so that the way from −10³⁰⁸ to 10³⁰⁸ is finite.
  const part = Math.max(Math.abs(low), Math.abs(high)) > HUGE ? 0.25 : 1;
  const [first, length] = isLog ? [Math.log(low), Math.log(high) - Math.log(low)] : [part * low, part * high - part * low];
  const value = (place: number): number => (isLog ? Math.exp(first + place * length) : (first + place * length) / part);
  const place = (given: number): number => (hasPlace(given, axis) ? ((isLog ? Math.log(given) : part * given) - first) / length : NaN);
  return {
    low,
    high,
    value,
    place,
    ticks: (from, to, count) => {
      const [start, end] = [value(from), value(to)];
      const found = isLog && end / start >= LOG_RATIO ? { ticks: logTicks(start, end), exponent: 0 } : roundTicks(start, end, count);
      const { label, unit } = axis;
      return {
        ticks: found.ticks.map((tick) => ({ value: place(tick.value), text: tick.text })),
        label: unit === undefined ? unitWithExponent(label, found.exponent) : `${label} (${unitWithExponent(unit, found.exponent)})`,
      };
    },
  };
}

/** Ends of an axis apart from each other: one value lies in the middle. */
function ends(min: number, max: number, isLog: boolean): readonly [number, number] {
  if (min > max) return isLog ? [0.1, 1] : [0, 1];
  if (min < max) return [min, max];
  return isLog ? [min / 2, max * 2] : [min - (Math.abs(min) || 1) / 2, max + (Math.abs(max) || 1) / 2];
}

/** No less of an axis is seen than this part of it. */
const CLOSEST = 1e-6;

/** Places in ascending order, between 0 and 1, and apart. */
export function within(from: number, to: number): readonly [number, number] {
  const [low, high] = [Math.min(1, Math.max(0, from)), Math.min(1, Math.max(0, to))];
  if (!(high > low)) return [0, 1];
  return high - low >= CLOSEST ? [low, high] : [Math.max(0, high - CLOSEST), Math.max(CLOSEST, high)];
}

/** What is seen with less of it, larger, or with a factor below 1 more; about a place, or its middle. */
export function zoomed([from, to]: readonly [number, number], factor: number, about = (from + to) / 2): readonly [number, number] {
  const middle = Math.min(to, Math.max(from, about));
  const length = Math.min(1, Math.max(CLOSEST, (to - from) / factor));
  const start = Math.min(1 - length, Math.max(0, middle - ((middle - from) / (to - from)) * length));
  return [start, start + length];
}
