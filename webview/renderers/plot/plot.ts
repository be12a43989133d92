// Curves in a notebook: values of all of them under the pointer, each to be hidden, linear or logarithmic axes, and finer points from the kernel.

import * as v from 'valibot';
import { numberTo } from '../../../src/protocol/numbers.js';
import { curveFrom, plotAnswer, plotScale, plotSchema, type PlotData, type PlotRequest } from '../../../src/protocol/plot.js';
import { choice, type Option } from '../../ui/choice.js';
import { heading, make } from '../../ui/dom.js';
import { LinePlot, linePlotStyles, type PlotPoint } from '../../ui/line-plot.js';
import { DetailRequests } from '../../ui/plane/detail.js';
import { Legend } from '../../ui/plot/legend.js';
import { plotToCanvas } from '../../ui/plot/picture.js';
import { plotToSvg } from '../../ui/plot/svg.js';
import { Readout } from '../../ui/readout.js';
import type { ViewKind, ViewPage } from '../../ui/renderer.js';
import { canvasesToPng, copyText, fileName, saveFile } from '../../ui/save.js';
import { toolbar } from '../../ui/toolbar.js';
import {
  codeOfCurves,
  countIn,
  csvOfCurves,
  isWholeIn,
  refined,
  sayGroup,
  sayPlace,
  sayPoint,
  shownCurve,
  type ShownCurve,
} from './curves.js';
import ownStyles from './plot.css';

/** Shows saved curves. */
export const plotView: ViewKind = {
  what: 'plot',
  styles: `${linePlotStyles}\n${ownStyles}`,
  open: (json, page) => openPlot(v.parse(plotSchema, json), page),
};

/** What is kept of a view. */
const stateSchema = v.object({
  xScale: plotScale,
  yScale: plotScale,
  hidden: v.array(v.number()),
  range: v.nullable(v.tuple([v.number(), v.number()])),
});
type State = v.InferOutput<typeof stateSchema>;

function openPlot(saved: PlotData, page: ViewPage): void {
  const { title, note, view, xLabel, yLabel } = saved;
  const { ink, signal } = page;
  const whole = saved.curves.map((curve) => shownCurve(curveFrom(curve)));
  let shown: readonly ShownCurve[] = whole;
  const kept = v.safeParse(stateSchema, page.state);
  let state: State = kept.success ? kept.output : { xScale: saved.xScale, yScale: saved.yScale, hidden: [], range: null };
  const readout = new Readout();
  const keep = (change: Partial<State>): void => {
    state = { ...state, ...change };
    page.saveState(state);
  };
  const axes = (): readonly [{ label: string; scale: 'linear' | 'log' }, { label: string; scale: 'linear' | 'log' }] => [
    { label: xLabel, scale: state.xScale },
    { label: yLabel, scale: state.yScale },
  ];
  const [x, y] = axes();
  const plot = new LinePlot({
    label: `${title}: ${whole.map(({ name }) => name).join(', ')} over ${xLabel}`,
    x,
    y,
    ink,
    signal,
    onPoint: (point, isKept) => say(point, isKept),
    onRange: (from, to, isWhole) => {
      keep({ range: isWhole ? null : [from, to] });
      refine(from, to);
    },
  });

  const hint = (problem = ''): void =>
    readout.hint(saved.readout.join(' · '), problem === '' ? 'point at the curves; drag to zoom, double click shows all' : problem);
  const say = (point: PlotPoint | null, isKept: boolean): void => {
    if (point === null) return hint();
    const found = shown.flatMap((curve, i) => {
      const at = point.at[i] ?? null;
      return at === null ? [] : [{ text: whole.length > 1 ? `${curve.name} ${sayPoint(curve, at)}` : sayPoint(curve, at), curve, at }];
    });
    const groups = found.map(({ curve, at }) => sayGroup(curve, at)).find((text) => text !== '') ?? '';
    const place = `${xLabel} ${sayPlace(point.x)}`;
    readout.say(groups === '' ? place : `${place}, ${groups}`, found.map(({ text }) => text).join(' · '), isKept);
  };
  const details = new DetailRequests<readonly ShownCurve[]>(
    (parts) => {
      shown = whole.map((curve, i) => (parts[i] === undefined ? curve : refined(curve, parts[i])));
      plot.setCurves(shown);
    },
    hint,
    signal,
  );
  /** Asks for more points where fewer than one for each px are there and not all of them. */
  const refine = (from: number, to: number): void => {
    const width = plot.element.clientWidth;
    const isFine = (curve: ShownCurve): boolean => isWholeIn(curve, from, to) || countIn(curve, from, to) >= width;
    if (view === null || shown.every(isFine)) return details.cancel();
    const margin = state.xScale === 'log' ? Math.sqrt(to / from) : (to - from) / 2;
    const [low, high] = state.xScale === 'log' ? [from / margin, to * margin] : [from - margin, to + margin];
    const groups = Math.min(8192, Math.max(16, 4 * Math.ceil(width)));
    const request: PlotRequest = { from: numberTo(low), to: numberTo(high), groups, scale: state.xScale };
    details.ask(async () => v.parse(plotAnswer, await page.ask(view, request)).map((curve) => shownCurve(curveFrom(curve))));
  };

  const setScale = (change: Partial<Pick<State, 'xScale' | 'yScale'>>): void => {
    keep(change);
    plot.setAxes(...axes());
    refine(...plot.range);
  };
  const hidden = new Set(state.hidden);
  const legend = new Legend(
    plot,
    whole.map(({ name }) => name),
    hidden,
    signal,
    (now) => keep({ hidden: [...now] }),
  );
  const switches = make(
    'div',
    'scales',
    choice(
      'x axis',
      scalesOf(
        'x',
        whole.map((curve) => curve.x),
      ),
      state.xScale,
      (xScale) => setScale({ xScale }),
      signal,
    ),
    choice(
      'y axis',
      scalesOf(
        'y',
        whole.map((curve) => curve.band?.high ?? curve.y),
      ),
      state.yScale,
      (yScale) => setScale({ yScale }),
      signal,
    ),
  );
  const tools = toolbar(
    [
      { sign: '+', label: 'Zoom in', run: () => plot.zoomBy(1.5) },
      { sign: '−', label: 'Zoom out', run: () => plot.zoomBy(1 / 1.5) },
      { sign: '⤢', label: 'Show all', run: () => plot.fit() },
    ],
    [
      {
        label: 'Save as PNG',
        run: () => {
          const canvas = plotToCanvas(plot, ink());
          if (canvas !== null) void canvasesToPng(title, note, [canvas], ink()).then((png) => saveFile(fileName(title, 'png'), png));
        },
      },
      {
        label: 'Save as SVG',
        run: () => {
          const svg = plotToSvg(plot, title, note);
          if (svg !== null) saveFile(fileName(title, 'svg'), new Blob([svg], { type: 'image/svg+xml' }));
        },
      },
      {
        label: 'Save values as CSV',
        run: () => saveFile(fileName(title, 'csv'), new Blob([csvOfCurves(shown, xLabel)], { type: 'text/csv' })),
      },
      {
        label: 'Copy as code',
        run: () => {
          const { xScale, yScale } = state;
          copyText(codeOfCurves(shown, { title, xLabel, yLabel, xScale, yScale }, plot.range)).then(
            () => readout.say('The code is on the clipboard: paste it into a cell.', '', true),
            (problem: unknown) => readout.say('The code could not be copied.', String(problem), true),
          );
        },
      },
    ],
    signal,
  );
  page.root.append(
    make(
      'div',
      'card',
      heading(title, note),
      tools,
      make('div', 'plot-head', ...(whole.length > 1 ? [legend.element] : []), switches),
      plot.element,
      readout.element,
    ),
  );
  plot.setCurves(whole);
  if (state.range !== null) {
    plot.setRange(...state.range);
    refine(...state.range);
  }
  legend.draw();
  page.onTheme(() => {
    plot.draw();
    legend.draw();
  });
  hint();
}

/** How an axis can run; not logarithmic where nothing would have a place on it. */
function scalesOf(axis: 'x' | 'y', values: readonly Float64Array[]): readonly Option<'linear' | 'log'>[] {
  const hasPositive = values.some((each) => each.some((value) => value > 0 && Number.isFinite(value)));
  const log = { value: 'log', label: 'log' } as const;
  return [{ value: 'linear', label: `${axis} linear` }, hasPositive ? log : { ...log, hindrance: 'nothing is above 0' }];
}
