// Curves of a plot as they are saved and as the kernel tells them closer: joined, said, and as rows of a file. No page in here.

import { counted, formatCount, formatNumber, withMinus } from '../../../src/display/number-format.js';
import type { ReducedCurve } from '../../../src/protocol/plot.js';
import { csvOf } from '../../ui/save.js';
import type { Curve } from '../../ui/line-plot.js';

/** A curve on the page, and what its points stand for. */
export interface ShownCurve extends Curve {
  readonly x: Float64Array;
  readonly y: Float64Array;
  readonly band: { readonly low: Float64Array; readonly high: Float64Array } | undefined;
  /** Of each point the numbers of the first that it stands for, and of the one after the last. */
  readonly from: Int32Array;
  readonly to: Int32Array;
}

/** A curve as a plot draws it. */
export function shownCurve({ name, first, stride, x, y, groups }: ReducedCurve): ShownCurve {
  const from = Int32Array.from(y, (_, i) => first + (groups === null ? i * stride : i === 0 ? 0 : (groups.ends[i - 1] ?? 0)));
  const to = Int32Array.from(y, (_, i) => (groups === null ? (from[i] ?? 0) + 1 : first + (groups.ends[i] ?? 0)));
  return {
    name,
    x: x ?? Float64Array.from(from),
    y,
    band: groups === null ? undefined : { low: groups.low, high: groups.high },
    from,
    to,
  };
}

/** The whole curve with a finer part of it in its place. */
export function refined(whole: ShownCurve, part: ShownCurve): ShownCurve {
  const [start, end] = [part.from[0] ?? 0, part.to.at(-1) ?? 0];
  const before = whole.to.findIndex((to) => to > start);
  const after = whole.from.findIndex((from) => from >= end);
  const join = <T extends Float64Array | Int32Array>(a: T, b: T): number[] => [
    ...a.subarray(0, before < 0 ? a.length : before),
    ...b,
    ...(after < 0 ? [] : a.subarray(after)),
  ];
  const bandOf = (curve: ShownCurve): { low: Float64Array; high: Float64Array } => curve.band ?? { low: curve.y, high: curve.y };
  const [outer, inner] = [bandOf(whole), bandOf(part)];
  return {
    name: whole.name,
    x: Float64Array.from(join(whole.x, part.x)),
    y: Float64Array.from(join(whole.y, part.y)),
    band:
      whole.band === undefined && part.band === undefined
        ? undefined
        : { low: Float64Array.from(join(outer.low, inner.low)), high: Float64Array.from(join(outer.high, inner.high)) },
    from: Int32Array.from(join(whole.from, part.from)),
    to: Int32Array.from(join(whole.to, part.to)),
  };
}

/** Whether a curve has every one of its points between two places. */
export function isWholeIn({ x, from, to }: ShownCurve, low: number, high: number): boolean {
  return x.every((at, i) => !(at >= low && at <= high) || (to[i] ?? 0) - (from[i] ?? 0) === 1);
}

/** How many points and groups a curve has between two places. */
export function countIn({ x }: ShownCurve, low: number, high: number): number {
  return x.reduce((count, at) => count + Number(at >= low && at <= high), 0);
}

/** A place on the x axis: six digits, so that neighbours differ. */
export function sayPlace(x: number): string {
  const isPlain = x === 0 || (Math.abs(x) >= 1e-3 && Math.abs(x) < 1e9);
  return isPlain ? withMinus(String(Number(x.toPrecision(Math.abs(x) < 1e6 ? 6 : 9)))) : formatNumber(x, 6);
}

/** What a curve has at one of its points, in words. */
export function sayPoint({ y, band, from, to }: ShownCurve, i: number): string {
  const value = formatNumber(y[i] ?? NaN, 4);
  const many = (to[i] ?? 0) - (from[i] ?? 0);
  if (many <= 1 || band === undefined) return value;
  return `${value} (${formatNumber(band.low[i] ?? NaN, 4)} to ${formatNumber(band.high[i] ?? NaN, 4)})`;
}

/** How many points one of a curve stands for, in words; empty for one. */
export function sayGroup({ from, to }: ShownCurve, i: number): string {
  const many = (to[i] ?? 0) - (from[i] ?? 0);
  return many <= 1
    ? ''
    : `mean of ${many < 1000 ? counted(many, 'point') : `${formatCount(many)} points`}, least to largest in parentheses`;
}

/** The curves' points as rows: side by side where all have the same places, else one below the other. */
export function csvOfCurves(curves: readonly ShownCurve[], xLabel: string): string {
  const [first] = curves;
  const isReduced = curves.some(({ from, to }) => from.some((start, i) => (to[i] ?? 0) - start > 1));
  const columnsOf = (name: string): string[] => (isReduced ? [`${name} mean`, `${name} least`, `${name} largest`] : [name]);
  const valuesOf = ({ y, band }: ShownCurve, i: number): number[] =>
    isReduced ? [y[i] ?? NaN, (band?.low ?? y)[i] ?? NaN, (band?.high ?? y)[i] ?? NaN] : [y[i] ?? NaN];
  const areSame = curves.every(({ x }) => x.length === first?.x.length && x.every((at, i) => Object.is(at, first.x[i])));
  if (areSame && first !== undefined) {
    const rows = Array.from(first.x, (at, i) => [at, ...curves.flatMap((curve) => valuesOf(curve, i))]);
    return csvOf([xLabel, ...curves.flatMap(({ name }) => columnsOf(name))], rows);
  }
  const rows = curves.flatMap((curve) => Array.from(curve.x, (at, i) => [curve.name, at, ...valuesOf(curve, i)]));
  return csvOf(['curve', xLabel, ...columnsOf('y')], rows);
}

/** Points that are written into code, at most. */
const MOST_WRITTEN = 400;

/** A cell's code that shows the curves again: with their values where they are few, else with names for them. */
export function codeOfCurves(
  curves: readonly ShownCurve[],
  options: Readonly<Record<'title' | 'xLabel' | 'yLabel' | 'xScale' | 'yScale', string>>,
  [from, to]: readonly [number, number],
): string {
  const [first] = curves;
  const isWritten =
    curves.reduce((sum, { y }) => sum + y.length, 0) <= MOST_WRITTEN &&
    curves.every(({ from: f, to: t }) => f.every((n, i) => (t[i] ?? 0) - n === 1));
  const numbers = (values: Float64Array): string => `pv.tensor([${Array.from(values, (value) => literal(value)).join(', ')}])`;
  const keyOf = (name: string): string => (/^[A-Za-z_$][\w$]*$/.test(name) ? name : JSON.stringify(name));
  const isNumbered = first?.x.every((at, i) => at === i) ?? true;
  const lines = curves.map(
    ({ name, y }) => `  ${keyOf(name)}: ${isWritten ? numbers(y) : `/* ${formatCount(y.length)} values */ ${keyOf(name)}`},`,
  );
  const given = Object.entries(options).filter(([key, value]) => !(key.endsWith('Scale') && value === 'linear') && value !== '');
  return [
    ...(isWritten ? [] : [`// Seen from ${literal(from)} to ${literal(to)}.`]),
    'await pv.show.plot({',
    ...lines,
    '}, {',
    ...(isNumbered || first === undefined || !isWritten ? [] : [`  x: ${numbers(first.x)},`]),
    ...given.map(([key, value]) => `  ${key}: ${JSON.stringify(value)},`),
    '});',
    '',
  ].join('\n');
}

/** A number in code: seven digits are all that was saved. */
function literal(value: number): string {
  return Number.isFinite(value) ? String(Number(value.toPrecision(7))) : String(value);
}
