// Two signals, their difference, and its spectrum: one index is looked at in the first two plots, a frequency in the third.

import * as v from 'valibot';
import { formatNumber } from '../../../src/display/number-format.js';
import { formatDecibels } from '../../../src/display/spectrum-values.js';
import type { CompareData } from '../../../src/protocol/compare.js';
import { planesAnswer, planeValues, type PlaneData, type PlaneRequest } from '../../../src/protocol/plane-data.js';
import { make } from '../../ui/dom.js';
import { LinePlot, type Curve, type PlotPoint } from '../../ui/line-plot.js';
import { askedCells, DetailRequests } from '../../ui/plane/detail.js';
import { frequencyOf } from '../../ui/plane/frequency-axis.js';
import { wholeOf, type Region } from '../../ui/plane/viewport.js';
import { Legend } from '../../ui/plot/legend.js';
import type { Readout } from '../../ui/readout.js';
import type { ViewPage } from '../../ui/renderer.js';
import type { ComparisonDrawing } from './compare.js';
import { nameOf } from './values.js';

/** The style of the difference, alone in its plot: an unbroken line in another colour than those of a and b. */
const UNBROKEN = 17;

/** Values of a, b and a − b at indices, ascending. */
interface Samples {
  readonly index: Float64Array;
  readonly values: readonly Float64Array[];
  /** Elements that each stands for. */
  readonly cells: number;
}

/** Draws saved signals. */
export function compareLines(saved: CompareData, page: ViewPage, readout: Readout): ComparisonDrawing {
  const { cols, names, isComplex, view } = saved;
  const titles = [names[0], names[1], `${names[0]} − ${names[1]}`].map((name) => nameOf(name, isComplex)) as [string, string, string];
  const whole = samplesOf(saved.planes, wholeOf(1, cols));
  let seen = whole;
  const { ink, signal } = page;
  const index = { label: 'index', scale: 'linear' } as const;
  const common = { ink, signal, height: 180, onRange: (from: number, to: number) => refine(from, to) };
  const both = new LinePlot({
    ...common,
    label: `${titles[0]} and ${titles[1]}`,
    x: { ...index, isBare: true },
    y: { label: 'value', scale: 'linear' },
    onPoint: (point, isKept) => say(point, isKept, between),
  });
  const between: LinePlot = new LinePlot({
    ...common,
    label: titles[2],
    x: index,
    y: { label: 'difference', scale: 'linear' },
    onPoint: (point, isKept) => say(point, isKept, both),
  });
  const spectrum = new LinePlot({
    ink,
    signal,
    height: 180,
    label: 'Spectrum of the difference',
    x: { label: 'frequency', unit: 'cycles/sample', scale: 'linear' },
    y: { label: 'level', unit: 'dB re max', scale: 'linear' },
    onPoint: (point, isKept) => sayFrequency(point, isKept),
  });
  const plots = [both, between, spectrum];

  const hint = (): void => readout.hint(details.problem || 'point at a curve; drag, or + and −, to zoom');
  const say = (point: PlotPoint | null, isKept: boolean, other: LinePlot): void => {
    other.setCursor(point?.x ?? null);
    const at = point?.at.find((place) => place !== null);
    if (point === null || at === undefined) return hint();
    const many = seen.cells > 1 ? `, where ${seen.cells} elements differ most` : '';
    const words = titles.map((title, i) => `${title} ${formatNumber(seen.values[i]?.[at] ?? NaN)}`);
    readout.say(`index ${formatNumber(Math.floor(seen.index[at] ?? NaN))}${many}`, words.join(' · '), isKept);
  };
  const sayFrequency = (point: PlotPoint | null, isKept: boolean): void => {
    const at = point?.at[0];
    if (point === null || at === null || at === undefined) return hint();
    const level = levels.y[at] ?? NaN;
    const db = level === -Infinity ? 'no energy' : `${formatDecibels(level)} re max`;
    readout.say(`${formatNumber(point.x)} cycles/sample`, `spectrum of the difference ${db}`, isKept);
  };
  const levels = spectrumCurve(saved);
  const draw = (samples: Samples): void => {
    seen = samples;
    const curve = (at: number): Curve => ({ name: titles[at] ?? '', x: samples.index, y: samples.values[at] ?? new Float64Array() });
    both.setCurves([curve(0), curve(1)]);
    between.setCurves([{ ...curve(2), style: UNBROKEN }]);
  };
  const details = new DetailRequests<Samples>((samples) => draw(joined(whole, samples)), hint, signal);
  const refine = (from: number, to: number): void => {
    for (const plot of [both, between]) if (plot.range[0] !== from || plot.range[1] !== to) plot.setRange(from, to);
    if (view === null || whole.cells === 1) return;
    const asked = askedCells({ top: 0, left: Math.max(0, from), bottom: 1, right: Math.min(cols, to + 1) }, 1, cols);
    const request: PlaneRequest = { ...asked, rows: 1, cols: 4096 };
    details.ask(async () => samplesOf(v.parse(planesAnswer, await page.ask(view, request)), asked));
  };
  const legend = new Legend(both, titles.slice(0, 2), new Set(), signal, () => undefined);
  page.onTheme(() => {
    for (const plot of plots) plot.draw();
    legend.draw();
  });
  return {
    element: make(
      'div',
      'lines',
      legend.element,
      both.element,
      make('div', 'name', titles[2]),
      between.element,
      make('div', 'name', 'Spectrum of the difference'),
      spectrum.element,
    ),
    zoomBy: (factor) => both.zoomBy(factor),
    fit: () => {
      for (const plot of plots) plot.fit();
    },
    canvases: () => plots.map(({ canvas }) => canvas).filter((canvas) => canvas !== null),
    start: () => {
      draw(whole);
      spectrum.setCurves([levels]);
      legend.draw();
      hint();
    },
  };
}

/** Samples of a part of both signals; of reduced ones the middle of each block. */
function samplesOf(planes: readonly PlaneData[], { left, right }: Region): Samples {
  const values = planes.map(planeValues);
  const count = values[0]?.length ?? 0;
  const cells = (right - left) / Math.max(1, count);
  const index = Float64Array.from({ length: count }, (_, i) => left + (i + 0.5) * cells - 0.5);
  return { index, values, cells: Math.max(1, Math.round(cells)) };
}

/** The coarse samples, with finer ones where they are known. */
function joined(whole: Samples, part: Samples): Samples {
  const [first = 0, last = 0] = [part.index[0], part.index.at(-1)];
  const before = whole.index.findIndex((at) => at >= first);
  const after = whole.index.findIndex((at) => at > last);
  const join = (coarse: Float64Array, fine: Float64Array): Float64Array =>
    Float64Array.of(...coarse.subarray(0, before < 0 ? coarse.length : before), ...fine, ...(after < 0 ? [] : coarse.subarray(after)));
  return {
    index: join(whole.index, part.index),
    values: whole.values.map((coarse, at) => join(coarse, part.values[at] ?? new Float64Array())),
    cells: part.cells,
  };
}

/** The saved levels over frequency, zero frequency in the middle. */
function spectrumCurve({ spectrum, cols }: CompareData): Curve & { readonly y: Float64Array } {
  const y = planeValues(spectrum);
  const cells = cols / Math.max(1, y.length);
  return { name: 'spectrum', x: Float64Array.from(y, (_, i) => frequencyOf((i + 0.5) * cells - 0.5, cols)), y };
}
