// A plot as it is seen, as SVG on white like the saved copies of figures, to be taken out of the notebook.

import { horizontalAxis, HORIZONTAL_AXIS_HEIGHT, verticalAxis, type AxisDrawing, type Tick } from '../../../src/display/axes.js';
import { element, FAINT, group, INK, label, line, plotFrame, svgDocument, textWidth, TITLE, type Svg } from '../../../src/display/svg.js';
import type { LinePlot } from '../line-plot.js';
import { curveStyle, ticksOf, xAt, yAt, type PlotFrame } from './paint.js';
import type { Curve } from './table.js';

/** As in saved copies: told apart by people with any kind of colour vision (Okabe and Ito 2008). */
const colours = ['#0072b2', '#d55e00', '#009e73', '#cc79a7', '#000000'] as const;
const [PADDING, LINE, LEFT] = [12, 18, 60] as const;

/** What a plot shows now, in a document with a title, a line under it and the names of the curves; null while it is not on the page. */
export function plotToSvg(plot: LinePlot, title: string, note: string): string | null {
  const frame = plot.frame;
  if (frame === null) return null;
  const shown = plot.curves.flatMap((curve, i) => (plot.hidden.has(i) ? [] : [{ curve, style: styleOf(curve, i, plot.styleOf(i).dash) }]));
  const { width, height } = frame.box;
  const legend = shown.length > 1 ? entries(shown, width) : [];
  const head = PADDING + TITLE + LINE + (legend.length === 0 ? 0 : LINE * (1 + Math.max(...legend.map(({ row }) => row))));
  // The same places, from the corner of the drawing on.
  const here: PlotFrame = { ...frame, box: { ...frame.box, x: 0, y: 0 } };
  const drawn = shown.map(({ curve, style }) => drawCurve(curve, style, here));
  return svgDocument(
    LEFT + width + 2 * PADDING,
    head + height + HORIZONTAL_AXIS_HEIGHT + PADDING,
    title,
    label(PADDING, PADDING + TITLE - 2, title, { fill: INK, size: TITLE, weight: 600 }),
    label(PADDING, PADDING + TITLE + 13, note),
    ...legend.map(({ at, row, name, style }) =>
      group(
        { transform: `translate(${LEFT + at} ${PADDING + TITLE + LINE + 4 + row * LINE})` },
        line(0, 8, 18, 8, { ...style, 'stroke-width': 2 }),
        label(23, 12, name, { fill: INK }),
      ),
    ),
    element('clipPath', { id: 'plot' }, element('rect', { width, height })),
    group(
      { transform: `translate(${LEFT} ${head})` },
      ...ticksOf(frame, 'y').ticks.map(({ value }) => {
        const at = height * (1 - (value - frame.bottom) / (frame.top - frame.bottom));
        return line(0, at, width, at, { stroke: FAINT, 'stroke-width': 0.5 });
      }),
      plotFrame(0, 0, width, height),
      group({ 'clip-path': 'url(#plot)' }, ...drawn.flat()),
    ),
    horizontalAxis(axisOf(ticksOf(frame, 'x'), frame.from, frame.to, width, false), LEFT, head + height),
    verticalAxis(axisOf(ticksOf(frame, 'y'), frame.bottom, frame.top, height, true), LEFT, head, LEFT - PADDING),
  );
}

type Stroke = { readonly stroke: string; readonly 'stroke-dasharray'?: string };

function styleOf({ style }: Curve, i: number, dash: readonly number[]): Stroke {
  const { color } = curveStyle(style ?? i, colours);
  return { stroke: color, ...(dash.length === 0 ? {} : { 'stroke-dasharray': dash.join(' ') }) };
}

function axisOf(
  { ticks, label: name }: { readonly ticks: readonly Tick[]; readonly label: string },
  from: number,
  to: number,
  length: number,
  isUpward: boolean,
): AxisDrawing {
  const part = (place: number): number => (place - from) / (to - from);
  return { ticks, length, label: name, position: (place) => length * (isUpward ? 1 - part(place) : part(place)) };
}

/** Runs of points without gaps, and what is pale around them. */
function drawCurve({ x, y, band }: Curve, style: Stroke, frame: PlotFrame): Svg[] {
  const text = (left: number, top: number): string => `${left.toFixed(2)} ${top.toFixed(2)}`;
  const runsOf = (of: readonly ArrayLike<number>[]): (readonly number[])[][] => {
    const runs: (readonly number[])[][] = [[]];
    for (let i = 0; i < x.length; i++) {
      const point = [xAt(frame, x[i] ?? NaN), ...of.map((values) => yAt(frame, values[i] ?? NaN))];
      if (!point.some(Number.isNaN)) runs.at(-1)?.push(point);
      else if (runs.at(-1)?.length !== 0) runs.push([]);
    }
    return runs.filter((run) => run.length > 0);
  };
  const runs = runsOf([y]);
  const outlines = (band === undefined ? [] : runsOf([band.low, band.high])).map((run) => {
    const [upper, lower] = [2, 1].map((part) => run.map((point) => text(point[0] ?? 0, point[part] ?? 0)));
    return `M${[...(upper ?? []), ...(lower ?? []).reverse()].join('L')}Z`;
  });
  const path = runs.map((run) => `M${run.map(([left = 0, top = 0]) => text(left, top)).join('L')}`).join('');
  const alone = runs
    .filter((run) => run.length === 1)
    .map(([point]) => element('circle', { cx: point?.[0], cy: point?.[1], r: 2, fill: style.stroke }));
  return [
    ...(outlines.length === 0 ? [] : [element('path', { d: outlines.join(''), fill: style.stroke, 'fill-opacity': 0.3 })]),
    element('path', { d: path, fill: 'none', ...style, 'stroke-width': 1.5, 'stroke-linejoin': 'round' }),
    ...alone,
  ];
}

function entries(
  shown: readonly { readonly curve: Curve; readonly style: Stroke }[],
  width: number,
): { at: number; row: number; name: string; style: Stroke }[] {
  let [at, row] = [0, 0];
  return shown.map(({ curve: { name }, style }) => {
    const room = 23 + textWidth(name) + 16;
    if (at > 0 && at + room > width) [at, row] = [0, row + 1];
    const entry = { at, row, name, style };
    at += room;
    return entry;
  });
}
