// Curves over one axis: linear or logarithmic, with gaps where there is no number, and reduced to what a page can show.

import { logTicks, roundTicks, unitWithExponent, type AxisDrawing } from './axes.js';
import { finiteExtent } from './extent.js';
import { drawFrame, type Figure } from './figure.js';
import { counted, formatNumber } from './number-format.js';
import { element, FAINT, group, INK, label, line, plotFrame, textWidth, type Svg } from './svg.js';

/** A curve: as many x as y. */
export interface PlotSeries {
  readonly name: string;
  readonly x: Float64Array;
  readonly y: Float64Array;
}

/** How an axis runs. */
export type PlotScale = 'linear' | 'log';

/** Curves to draw. */
export interface PlotDrawing {
  readonly series: readonly PlotSeries[];
  readonly title: string;
  readonly note: string;
  readonly xLabel: string;
  readonly yLabel: string;
  readonly xScale: PlotScale;
  readonly yScale: PlotScale;
}

/** A drawn plot, and what is said under it. */
export interface PlotFigure extends Figure {
  readonly readout: readonly string[];
}

const [WIDTH, HEIGHT] = [480, 220];
/** Room for a line of the legend. */
const LEGEND = 18;
/** Colours that people with any kind of colour vision tell apart (Okabe and Ito 2008), without its yellow, which is lost on white. */
const colours = ['#0072b2', '#d55e00', '#009e73', '#cc79a7', '#56b4e9', '#e69f00', '#000000'] as const;
/** Curves beyond the colours are dashed. */
const dashes = ['', '5 3', '1.5 2.5'] as const;
/** Curves that are drawn at most. */
export const mostSeries = colours.length * dashes.length;
/** Up to this many points are marked one by one. */
const mostMarks = 64;
/** Columns of half a px: a longer curve is drawn as the mean of each, in a band from its least to its largest. */
export const columns = 2 * WIDTH;

/** An axis: from values to px. */
interface Scale {
  readonly low: number;
  readonly high: number;
  /** Undefined where the value has no place: it is no number, or not above 0 on a logarithmic axis. */
  readonly at: (value: number) => number | undefined;
  readonly drawing: AxisDrawing;
}

/** Draws curves. */
export function drawPlot({ series, title, note, xLabel, yLabel, xScale, yScale }: PlotDrawing): PlotFigure {
  const extents = extentsOf(series, xScale, yScale);
  const x = scaleOf(extents.x, xScale, WIDTH, false, xLabel);
  const y = scaleOf(extents.y, yScale, HEIGHT, true, yLabel);
  const entries = series.length > 1 ? legendOf(series) : [];
  const top = entries.length === 0 ? 0 : LEGEND * (1 + Math.max(...entries.map(({ row }) => row)));
  const readout = [...(series.length <= 6 ? series.map(describe) : []), ...leftOut(series, x, y)];
  const frame = drawFrame({
    title,
    note,
    width: WIDTH,
    height: top + HEIGHT,
    xAxis: x.drawing,
    yAxis: { ...y.drawing, position: (value) => top + y.drawing.position(value), length: top + HEIGHT },
    readout,
    plot: (left, above) => [
      ...entries.map(({ at, row, name, i }) =>
        group(
          { transform: `translate(${left + at} ${above + row * LEGEND})` },
          line(0, 5, 18, 5, { ...strokeOf(i), 'stroke-width': 2 }),
          label(23, 9, name, { fill: INK }),
        ),
      ),
      ...y.drawing.ticks.map(({ value }) => {
        const at = above + top + y.drawing.position(value);
        return line(left, at, left + WIDTH, at, { stroke: FAINT, 'stroke-width': 0.5 });
      }),
      plotFrame(left, above + top, WIDTH, HEIGHT),
      group({ transform: `translate(${left} ${above + top})` }, ...series.flatMap((each, i) => curveOf(each, x, y, i))),
    ],
  });
  return { ...frame, readout, text: [note === '' ? title : `${title} (${note})`, ...readout].join('\n') };
}

const strokeOf = (i: number): { stroke: string; 'stroke-dasharray'?: string } => {
  const dash = dashes[Math.floor(i / colours.length) % dashes.length] ?? '';
  return { stroke: colours[i % colours.length] ?? INK, ...(dash === '' ? {} : { 'stroke-dasharray': dash }) };
};

const hasPlace = (value: number, scale: PlotScale): boolean => Number.isFinite(value) && (scale === 'linear' || value > 0);

/** The extents of x and y over the points that are shown. */
function extentsOf(series: readonly PlotSeries[], xScale: PlotScale, yScale: PlotScale): Readonly<Record<'x' | 'y', number[]>> {
  let [left, right, low, high] = [Infinity, -Infinity, Infinity, -Infinity];
  for (const { x, y } of series)
    for (let i = 0; i < x.length; i++) {
      if (!hasPlace(x[i]!, xScale) || !hasPlace(y[i]!, yScale)) continue;
      [left, right] = [Math.min(left, x[i]!), Math.max(right, x[i]!)];
      [low, high] = [Math.min(low, y[i]!), Math.max(high, y[i]!)];
    }
  return left <= right ? { x: [left, right], y: [low, high] } : { x: [], y: [] };
}

function scaleOf(extents: readonly number[], scale: PlotScale, length: number, isUpward: boolean, name: string): Scale {
  let [low, high] = extents.length === 0 ? [scale === 'log' ? 0.1 : 0, 1] : [Math.min(...extents), Math.max(...extents)];
  if (low === high)
    [low, high] = scale === 'log' ? [low / 2, high * 2] : [low - (Math.abs(low) || 1) / 2, high + (Math.abs(high) || 1) / 2];
  else if (isUpward) {
    // So that no curve touches the frame.
    const room = scale === 'log' ? (high / low) ** 0.04 : 0.04 * high - 0.04 * low;
    const [down, up] = scale === 'log' ? [low / room, high * room] : [low - room, high + room];
    // Not beyond doubles.
    [low, high] = [Math.max(-Number.MAX_VALUE, down), Math.min(Number.MAX_VALUE, up)];
  }
  // Parts of values, so that the way from −10³⁰⁸ to 10³⁰⁸ is finite.
  const less = Math.max(Math.abs(low), Math.abs(high)) > 1e300 ? 0.25 : 1;
  const part = (value: number): number =>
    scale === 'log' ? Math.log(value / low) / Math.log(high / low) : (less * value - less * low) / (less * high - less * low);
  const position = (value: number): number => length * (isUpward ? 1 - part(value) : part(value));
  const { ticks, exponent } = scale === 'log' ? { ticks: logTicks(low, high), exponent: 0 } : roundTicks(low, high, isUpward ? 5 : 6);
  return {
    low,
    high,
    at: (value) => (hasPlace(value, scale) ? position(value) : undefined),
    drawing: { ticks, position, length, label: unitWithExponent(name, exponent) },
  };
}

/** Points of one column: how far they reach, and the sum of their heights. */
interface Column {
  readonly at: number;
  readonly top: number;
  readonly bottom: number;
  readonly sum: number;
  readonly count: number;
}

/** A curve as runs of points without gaps; where there are more than columns, the points of a column together. */
function runsOf({ x, y }: PlotSeries, xScale: Scale, yScale: Scale): Column[][] {
  const isAscending = x.every((value, i) => i === 0 || value >= x[i - 1]!);
  const gathers = isAscending && x.length > columns;
  const runs: Column[][] = [[]];
  for (let i = 0; i < x.length; i++) {
    const [at, height] = [xScale.at(x[i]!), yScale.at(y[i]!)];
    if (at === undefined || height === undefined) {
      if (runs.at(-1)!.length > 0) runs.push([]);
      continue;
    }
    const run = runs.at(-1)!;
    const last = run.at(-1);
    const column = (Math.min(columns - 1, Math.floor(2 * at)) + 0.5) / 2;
    const alone = { at: gathers ? column : at, top: height, bottom: height, sum: height, count: 1 };
    if (gathers && last?.at === column) run[run.length - 1] = joined(last, alone);
    else run.push(alone);
  }
  return runs.filter((run) => run.length > 0);
}

function joined(a: Column, b: Column): Column {
  return { at: a.at, top: Math.min(a.top, b.top), bottom: Math.max(a.bottom, b.bottom), sum: a.sum + b.sum, count: a.count + b.count };
}

function curveOf(series: PlotSeries, x: Scale, y: Scale, i: number): Svg[] {
  const stroke = strokeOf(i);
  const runs = runsOf(series, x, y);
  const point = (at: number, height: number): string => `${at.toFixed(2)} ${height.toFixed(2)}`;
  const bands = runs.filter((run) => run.some(({ top, bottom }) => top !== bottom));
  const outline = bands.map((run) => {
    const back = [...run].reverse().map(({ at, bottom }) => point(at, bottom));
    return `M${[...run.map(({ at, top }) => point(at, top)), ...back].join('L')}Z`;
  });
  const lines = runs.map((run) => `M${run.map(({ at, sum, count }) => point(at, sum / count)).join('L')}`);
  const marked = series.x.length <= mostMarks ? runs.flat() : runs.filter((run) => run.length === 1).flat();
  return [
    ...(outline.length === 0 ? [] : [element('path', { d: outline.join(''), fill: stroke.stroke, 'fill-opacity': 0.35 })]),
    element('path', { d: lines.join(''), fill: 'none', ...stroke, 'stroke-width': 1.25, 'stroke-linejoin': 'round' }),
    ...marked.map(({ at, top }) => element('circle', { cx: at, cy: top, r: 2, fill: stroke.stroke })),
  ];
}

interface LegendEntry {
  readonly name: string;
  readonly i: number;
  readonly at: number;
  readonly row: number;
}

function legendOf(series: readonly PlotSeries[]): LegendEntry[] {
  let [at, row] = [0, 0];
  return series.map(({ name }, i) => {
    const width = 23 + textWidth(name) + 16;
    if (at > 0 && at + width > WIDTH) [at, row] = [0, row + 1];
    const entry = { name, i, at, row };
    at += width;
    return entry;
  });
}

function describe({ name, y }: PlotSeries): string {
  const { min: low, max: high } = finiteExtent(y);
  if (low > high) return `${name}: no finite value`;
  const last = y.findLast(Number.isFinite)!;
  return low === high
    ? `${name}: ${formatNumber(low)} throughout`
    : `${name}: ${formatNumber(low)} to ${formatNumber(high)}, last ${formatNumber(last)}`;
}

/** Says how many points have no place. */
function leftOut(series: readonly PlotSeries[], x: Scale, y: Scale): string[] {
  let [missing, below] = [0, 0];
  for (const each of series)
    each.y.forEach((value, i) => {
      const isNumber = Number.isFinite(value) && Number.isFinite(each.x[i]!);
      if (!isNumber) missing++;
      else if (x.at(each.x[i]!) === undefined || y.at(value) === undefined) below++;
    });
  return [
    ...(missing > 0 ? [`${counted(missing, 'point')} without a finite number: gaps`] : []),
    ...(below > 0 ? [`${counted(below, 'point')} at or below 0, which a logarithmic axis does not show`] : []),
  ];
}
