// uPlot, as our plots use it: it is given places from 0 to 1, draws the curves, the cursor and what is being marked, and nothing else. It is
// imported here and nowhere else.

import UPlot from 'uplot';
import uPlotStyles from 'uplot/dist/uPlot.min.css';
import ownStyles from '../line-plot.css';
import type { CurveStyle, DrawnCurve } from './paint.js';
import { nearestRow, type Curve, type Table } from './table.js';

export type { UPlot };

/** Styles of plots, for `ViewKind.styles`. */
export const linePlotStyles = `${uPlotStyles}\n${ownStyles}`;

/** What a plot is drawn of; asked whenever it is drawn. */
export interface PlotSource {
  readonly size: { readonly width: number; readonly height: number };
  /** Room in px for the axes: top, right, bottom, left. */
  readonly padding: readonly [number, number, number, number];
  readonly curves: readonly Curve[];
  readonly table: () => Table;
  readonly styleOf: (i: number) => CurveStyle;
  readonly background: () => string;
  /** Places at the ends of both axes. */
  readonly seen: () => readonly [number, number];
  readonly heights: () => readonly [number, number];
  /** Draws under and over the curves. */
  readonly under: (plot: UPlot) => void;
  readonly over: (plot: UPlot) => void;
}

/** Up to this many points of a curve that are seen are marked one by one. */
const MOST_MARKS = 64;
const [LINE, MARK, POINT] = [1.5, 5, 7] as const;
const PALE = 0.2;

/** Device px in a CSS px, as uPlot draws. */
export function pixelRatio(): number {
  return UPlot.pxRatio;
}

/** Puts an empty plot on the page, for as many curves as there are. */
export function createPlot(parent: HTMLElement, source: PlotSource): UPlot {
  const never = (): null => null;
  const { size, padding, curves, table, styleOf } = source;
  const colorOf = (_: UPlot, series: number): string => styleOf(series - 1).color;
  const series = curves.map((_, i): UPlot.Series => {
    const linear = UPlot.paths.linear?.() ?? never;
    return {
      auto: false,
      stroke: colorOf,
      width: LINE,
      paths: (plot, at, from, to) => {
        const points = table().inOrder[i] ?? null;
        if (points === null) return linear(plot, at, from, to);
        return { stroke: pathOf(plot, points), fill: null, clip: null, band: null, gaps: [], flags: 0 };
      },
      points: {
        size: MARK,
        width: 0,
        fill: colorOf,
        show: (_plot, _series, from, to) => isMarked(table(), i, from, to),
        filter: (_plot, _series, isShown) => (isShown ? null : [...(table().alone[i] ?? [])]),
      },
    };
  });
  const plot = new UPlot(
    {
      ...size,
      padding: [...padding],
      pxAlign: 0,
      legend: { show: false },
      axes: [{ show: false }, { show: false }],
      scales: {
        x: { time: false, auto: false, range: () => [...source.seen()] },
        y: { auto: false, range: () => [...source.heights()] },
      },
      series: [{}, ...series],
      cursor: {
        y: false,
        // What the pointer does is told to it: its own listeners would outlive the view.
        bind: { mousedown: never, mouseup: never, mousemove: never, mouseleave: never, mouseenter: never, click: never, dblclick: never },
        drag: { setScale: false, x: false, y: false },
        points: { size: POINT, width: 1.5, stroke: source.background, fill: colorOf },
        dataIdx: (_plot, at, row, place) => (at === 0 ? row : nearestRow(table(), at - 1, row, place)),
      },
      hooks: { drawAxes: [source.under], draw: [source.over] },
    },
    [[], ...curves.map(() => [])],
    parent,
  );
  plot.root.ariaHidden = 'true';
  return plot;
}

/** Draws a table between places at the ends of both axes. */
export function drawPlot(
  plot: UPlot,
  { x, y }: Table,
  [from, to]: readonly [number, number],
  [bottom, top]: readonly [number, number],
  curves: readonly DrawnCurve[],
): void {
  plot.batch(() => {
    curves.forEach(({ dash, isHidden, isFocused, isPale }, i) => {
      Object.assign(plot.series[i + 1] ?? {}, {
        show: !isHidden,
        alpha: isPale ? PALE : 1,
        width: isFocused ? 1.5 * LINE : LINE,
        dash: [...dash],
      });
    });
    plot.setData([[...x], ...y.map((each) => [...each])], false);
    plot.setScale('x', { min: from, max: to });
    plot.setScale('y', { min: bottom, max: top });
  });
}

/** From point to point as they were given, with gaps at null. */
function pathOf(plot: UPlot, points: readonly (readonly [x: number, y: number] | null)[]): Path2D {
  const path = new Path2D();
  points.forEach((point, i) => {
    if (point === null) return;
    const at = [plot.valToPos(point[0], 'x', true), plot.valToPos(point[1], 'y', true)] as const;
    if (points[i - 1] == null) path.moveTo(...at);
    else path.lineTo(...at);
  });
  return path;
}

function isMarked({ index }: Table, curve: number, from: number, to: number): boolean {
  let count = 0;
  for (let row = from; row <= to && count <= MOST_MARKS; row++) if ((index[curve]?.[row] ?? -1) >= 0) count++;
  return count <= MOST_MARKS;
}
