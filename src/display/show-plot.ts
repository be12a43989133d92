// pv.show.plot.

import * as v from 'valibot';
import { isComplex } from '../devices/dtype.js';
import { withoutGradients } from '../graph/node.js';
import { numberFrom } from '../protocol/numbers.js';
import { curveData, PLOT_MIME, plotRequest, type CurveData, type PlotData } from '../protocol/plot.js';
import { checkOneOf, checkOptions, show as describe } from '../tensor/checks.js';
import { Tensor } from '../tensor/tensor.js';
import { openView } from './live-views.js';
import { counted } from './number-format.js';
import { columns, drawPlot, mostSeries, type PlotFigure, type PlotScale, type PlotSeries } from './plot-figure.js';
import { isAscending, reduceCurve } from './plot-values.js';
import { checkTensor, present, presentEmpty } from './show-common.js';

/** Options of show.plot. */
export interface PlotOptions {
  readonly title?: string | undefined;
  /** Where the values lie, [n], for all curves; 0, 1, 2, … when not given. */
  readonly x?: Tensor | undefined;
  readonly xLabel?: string | undefined;
  readonly yLabel?: string | undefined;
  /** Axes are linear when not told otherwise; a logarithmic one leaves out what is not above 0, and says so. */
  readonly xScale?: PlotScale | undefined;
  readonly yScale?: PlotScale | undefined;
}

/** A curve and its values, on the device that they are on. */
interface Curve {
  readonly name: string;
  readonly y: Tensor;
}

/** Numbers saved of all curves together at first, and bytes that they may take as JSON: fewer are saved until they fit. */
const [MOST_NUMBERS, MOST_BYTES] = [16_384, 120_000] as const;
/** Numbers saved of a group of points: x, y, where it ends, and how far it reaches. */
const GROUP = 5;
/** Groups that are kept of a curve whatever they take. */
const MIN_GROUPS = 64;

/** The rows of a tensor, or of several, as curves with names. */
function curvesOf(value: unknown): Curve[] {
  const given = value instanceof Tensor ? { '': value } : value;
  if (typeof given !== 'object' || given === null || Array.isArray(given))
    throw new TypeError(`show.plot: expects a tensor, or an object {name: tensor}, but was given ${describe(value)}`);
  return Object.entries(given as Record<string, unknown>).flatMap(([name, item]) => {
    const y = checkTensor('show.plot', item);
    if (isComplex(y.dtype))
      throw new TypeError(`show.plot: the tensor is ${y.dtype}, and a curve is real; use abs(), angle(), real() or imag()`);
    if (y.shape.length !== 1 && y.shape.length !== 2)
      throw new Error(`show.plot: expects [n] for a curve or [curves, n] for several, but the tensor has shape [${y.shape.join(', ')}]`);
    if (y.shape.length === 1) return [{ name: name || 'y', y }];
    const [count, length] = y.shape as [number, number];
    if (count > mostSeries)
      throw new Error(`show.plot: ${count} curves cannot be told apart; give at most ${mostSeries}, or use show.image`);
    return Array.from({ length: count }, (_, i) => ({
      name: `${name || 'y'} ${i}`,
      y: y.slice([i, 0], [i + 1, length]).reshape([length]),
    }));
  });
}

/** Draws curves: a tensor [n], several as [curves, n], or an object {name: tensor}. Resolves when they are drawn. */
export async function plot(value: Tensor | Readonly<Record<string, Tensor>>, options: PlotOptions = {}): Promise<void> {
  checkOptions('show.plot', options, "{x: steps, yScale: 'log'}");
  const { title = 'Plot', x, xLabel, yLabel = '' } = options;
  const scaleOf = (key: 'xScale' | 'yScale'): PlotScale =>
    checkOneOf(`show.plot: ${key}`, options[key] ?? 'linear', ['linear', 'log'] as const);
  const [xScale, yScale] = [scaleOf('xScale'), scaleOf('yScale')];
  const curves = curvesOf(value);
  if (curves.length === 0) throw new Error('show.plot: was given no curve; give a tensor, or an object {name: tensor}');
  if (curves.length > mostSeries)
    throw new Error(`show.plot: ${curves.length} curves cannot be told apart; give at most ${mostSeries}, or use show.image`);
  const [first] = curves;
  if (first !== undefined && curves.every(({ y }) => y.size === 0)) return presentEmpty(first.y, title, 'Curves');
  if (x !== undefined) {
    const { shape, dtype } = checkTensor('show.plot', x);
    const wrong = curves.find(({ y }) => shape.length !== 1 || y.size !== x.size);
    if (wrong !== undefined)
      throw new Error(
        `show.plot: x has shape [${shape.join(', ')}], but ${wrong.name} has ${wrong.y.size} values; give x as [${wrong.y.size}]`,
      );
    if (isComplex(dtype)) throw new TypeError(`show.plot: x is ${dtype}, but an axis is real`);
  }
  const held = curves.map(({ name, y }) => ({ name, y: y.detach() }));
  const read = async (tensor: Tensor): Promise<Float64Array> => Float64Array.from(await tensor.data());
  const places = x === undefined ? Promise.resolve(null) : read(x);
  const view = openView((request) => withoutGradients(async () => partOf(held, await places, request)));
  const draw = Promise.all([places, ...curves.map(({ y }) => read(y))]).then(([at, ...values]) => {
    const series = curves.map(({ name }, i): PlotSeries => {
      const y = values[i] as Float64Array;
      return { name, x: at ?? Float64Array.from(y.keys()), y };
    });
    const most = Math.max(...series.map(({ y }) => y.length));
    const size = counted(most, 'point');
    const { device } = curves[0]!.y;
    const means = 'line: mean, band: least to largest';
    const noteOf = (isReduced: boolean): string => [size, ...(isReduced ? [means] : []), device].join(' · ');
    const words = { title, xLabel: xLabel ?? (at === null ? 'index' : 'x'), yLabel, xScale, yScale };
    const saved = savedCurves(series, at, xScale);
    return (): PlotFigure => {
      const figure = drawPlot({ series, note: noteOf(most > columns), ...words });
      const value: PlotData = {
        view: view?.name ?? null,
        note: noteOf(saved.some(({ groups }) => groups !== null)),
        ...words,
        readout: [...figure.readout],
        curves: saved,
      };
      return { ...figure, data: { mime: PLOT_MIME, value } };
    };
  });
  await present(draw);
}

/** Curves as they are saved: whole where they are short, else with neighbours together. */
function savedCurves(series: readonly PlotSeries[], at: Float64Array | null, scale: PlotScale): CurveData[] {
  for (let numbers = MOST_NUMBERS / series.length; ; numbers /= 2) {
    const curves = series.map(({ name, y }) => {
      const isShort = y.length * (at === null ? 1 : 2) <= numbers;
      const most = isShort ? y.length : Math.max(MIN_GROUPS, Math.floor(numbers / GROUP));
      return curveData(reduceCurve({ name, count: y.length, first: 0, x: at, y }, most, scale));
    });
    if (JSON.stringify(curves).length <= MOST_BYTES || numbers < MIN_GROUPS * GROUP) return curves;
  }
}

/** The part of the curves that was asked for, with a point more on each side, from the device that they are on. */
async function partOf(curves: readonly Curve[], at: Float64Array | null, given: unknown): Promise<CurveData[]> {
  const { from, to, groups, scale } = v.parse(plotRequest, given);
  const [low, high] = [numberFrom(from), numberFrom(to)];
  const ordered = at === null || isAscending(at);
  return Promise.all(
    curves.map(async ({ name, y }) => {
      const count = y.size;
      const placeOf = (i: number): number => at?.[i] ?? i;
      const first = ordered ? Math.max(0, firstWhere(count, (i) => placeOf(i) >= low) - 1) : 0;
      const end = ordered ? Math.max(first + 1, Math.min(count, firstWhere(count, (i) => placeOf(i) > high) + 1)) : count;
      const values = Float64Array.from(await y.slice([first], [end]).data());
      return curveData(reduceCurve({ name, count, first, x: at?.slice(first, end) ?? null, y: values }, groups, scale));
    }),
  );
}

/** The first of `count` indices for which something is true, which it is for all after; `count` where for none. */
function firstWhere(count: number, isTrue: (i: number) => boolean): number {
  let [low, high] = [0, count];
  while (low < high) {
    const middle = Math.floor((low + high) / 2);
    if (isTrue(middle)) high = middle;
    else low = middle + 1;
  }
  return low;
}
