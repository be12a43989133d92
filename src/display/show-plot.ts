// pv.show.plot.

import { isComplex } from '../devices/dtype.js';
import { checkOneOf, checkOptions, show as describe } from '../tensor/checks.js';
import { Tensor } from '../tensor/tensor.js';
import { counted } from './number-format.js';
import { columns, drawPlot, mostSeries, type PlotScale, type PlotSeries } from './plot-figure.js';
import { checkTensor, present } from './show-common.js';

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

/** The rows of a tensor, or of several, as curves with names. */
function curvesOf(value: unknown): { readonly name: string; readonly y: Tensor }[] {
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
  if (x !== undefined) {
    const { shape, dtype } = checkTensor('show.plot', x);
    const wrong = curves.find(({ y }) => shape.length !== 1 || y.size !== x.size);
    if (wrong !== undefined)
      throw new Error(
        `show.plot: x has shape [${shape.join(', ')}], but ${wrong.name} has ${wrong.y.size} values; give x as [${wrong.y.size}]`,
      );
    if (isComplex(dtype)) throw new TypeError(`show.plot: x is ${dtype}, but an axis is real`);
  }
  const read = async (tensor: Tensor): Promise<Float64Array> => Float64Array.from(await tensor.data());
  const draw = Promise.all([x === undefined ? null : read(x), ...curves.map(({ y }) => read(y))]).then(([places, ...values]) => {
    const series = curves.map(({ name }, i): PlotSeries => {
      const y = values[i] as Float64Array;
      return { name, x: places ?? Float64Array.from(y.keys()), y };
    });
    const most = Math.max(...series.map(({ y }) => y.length));
    const note = [counted(most, 'point'), ...(most > columns ? ['line: mean, band: least to largest'] : []), curves[0]!.y.device].join(
      ' · ',
    );
    return () => drawPlot({ series, title, note, xLabel: xLabel ?? (places === null ? 'index' : 'x'), yLabel, xScale, yScale });
  });
  await present(draw);
}
