// Small plots of a gradient check's static picture: the V-curve, a line of errors and its spectrum. Each is a block to be placed.
import { horizontalAxis, HORIZONTAL_AXIS_HEIGHT, roundTicks, unitWithExponent, verticalAxis, type AxisDrawing } from './axes.js';
import { NAN_COLORS, rgb } from './color.js';
import { formatError } from './number-format.js';
import { layoutCurve, type StepCurve } from './step-curve.js';
import { CURVE, element, FAINT, INK, label, line, MUTED, plotFrame, textWidth, type Svg } from './svg.js';

/** A part of a drawing: its size in px, and how it is drawn with its upper left corner at x, y. */
export interface Block {
  readonly width: number;
  readonly height: number;
  readonly draw: (x: number, y: number) => readonly Svg[];
}

/** From a block's top to its plot: the line that says what it is. */
export const HEADING = 22;
/** Room left of a plot for its ticks and the name of its axis. */
const AXIS_ROOM = 50;
/** The second line of a complex plot. */
const SECOND = '#c2571a';

/** The error of central differences against their step. */
export function curveBlock(curve: StepCurve, width: number, height: number): Block {
  const [plotWidth, plotHeight] = [width - AXIS_ROOM, height - HEADING - HORIZONTAL_AXIS_HEIGHT];
  const layout = layoutCurve(curve, plotWidth, plotHeight);
  if (layout === null) return { width, height: 0, draw: () => [] };
  const { points, chosen } = layout;
  const axis = (ticks: typeof layout.xTicks, length: number, name: string): AxisDrawing => ({
    ticks: ticks.map(({ at, text }) => ({ value: at, text })),
    position: (at) => at,
    length,
    label: name,
  });
  const labelLeft = chosen.x > plotWidth / 2;
  const anchor = labelLeft ? 'end' : 'start';
  return {
    width,
    height,
    draw: (x, y) => {
      const [left, top] = [x + AXIS_ROOM, y + HEADING];
      const at = points.map((point) => `${(left + point.x).toFixed(2)} ${(top + point.y).toFixed(2)}`);
      return [
        label(x, y + 11, 'Error of differences by step', { fill: INK }),
        ...layout.yTicks.map((tick) => line(left, top + tick.at, left + plotWidth, top + tick.at, { stroke: FAINT, 'stroke-width': 0.5 })),
        plotFrame(left, top, plotWidth, plotHeight),
        line(left + chosen.x, top + chosen.y, left + chosen.x, top + plotHeight, {
          stroke: INK,
          'stroke-width': 0.75,
          'stroke-dasharray': '2 2',
        }),
        element('path', { d: `M${at.join('L')}`, fill: 'none', stroke: CURVE, 'stroke-width': 1.25, 'stroke-linejoin': 'round' }),
        ...points.map((point) =>
          element('circle', {
            cx: left + point.x,
            cy: top + point.y,
            r: 2.25,
            // Hollow where the error is off the axis: 0 at its foot, or no number at its top.
            fill: point.off ? '#ffffff' : CURVE,
            stroke: CURVE,
            'stroke-width': 1,
          }),
        ),
        element('circle', { cx: left + chosen.x, cy: top + chosen.y, r: 4.5, fill: 'none', stroke: INK, 'stroke-width': 1.25 }),
        label(left + chosen.x + (labelLeft ? -8 : 8), top + 14, `h = ${formatError(curve.step)}`, { anchor, fill: INK }),
        // Without truncation the curve only falls, so the lower left is free.
        ...(curve.exact ? [label(left + 7, top + plotHeight - 8, 'exact: no truncation')] : []),
        horizontalAxis(axis(layout.xTicks, plotWidth, 'step h'), left, top + plotHeight),
        verticalAxis(axis(layout.yTicks, plotHeight, 'relative error'), left, top, AXIS_ROOM),
      ];
    },
  };
}

/** Values along one axis. */
export interface LinePlot {
  readonly heading: string;
  /** Interleaved where `parts` is 2. */
  readonly values: ArrayLike<number>;
  readonly parts: number;
  readonly range: readonly [low: number, high: number];
  /** From where stems grow. */
  readonly base: number;
  /** What the first and the last value stand for. */
  readonly domain: readonly [first: number, last: number];
  readonly xLabel: string;
  readonly unit: string;
  /** The place to be ringed. */
  readonly marked?: number | undefined;
}

/** A line, or stems where there are few values. Values beyond the range stop at the frame; NaN leaves a hatched gap. */
export function lineBlock(plot: LinePlot, width: number, height: number): Block {
  const { values, parts, range, base, domain } = plot;
  const [plotWidth, plotHeight] = [width - AXIS_ROOM - 8, height - HEADING - HORIZONTAL_AXIS_HEIGHT];
  const count = values.length / parts;
  const [low, high] = range;
  const px = (i: number): number => ((i + 0.5) / count) * plotWidth;
  const py = (value: number): number => plotHeight - ((Math.min(high, Math.max(low, value)) - low) / (high - low)) * plotHeight;
  const yTicks = roundTicks(low, high, 3);
  const isLong = count > plotWidth;
  const [first, last] = domain;
  const place = (value: number): number => px(((value - first) / (last - first || 1)) * (count - 1));
  const xTicks = count === 1 ? roundTicks(first, first, 1) : roundTicks(first, last, Math.min(4, count - 1));
  return {
    width,
    height,
    draw: (x, y) => {
      const [left, top] = [x + AXIS_ROOM, y + HEADING];
      const drawn: Svg[] = [];
      for (let part = 0; part < parts; part++) {
        const color = part === 0 ? CURVE : SECOND;
        const at = (i: number): number => values[parts * i + part] ?? NaN;
        if (isLong) drawn.push(band(at, count, plotWidth, py, left, top, color));
        else {
          for (let i = 0; i < count; i++) {
            if (Number.isNaN(at(i))) drawn.push(nanMark(left + px(i), top, plotHeight));
            else drawn.push(...stem(left + px(i) + (parts === 2 ? 3 * part - 1.5 : 0), top + py(base), top + py(at(i)), color));
          }
        }
      }
      const marked = plot.marked === undefined ? NaN : (values[parts * plot.marked] ?? NaN);
      return [
        label(x, y + 11, plot.heading, { fill: INK }),
        ...(parts === 2
          ? [
              label(x + width - 34, y + 11, 're', { anchor: 'end', fill: CURVE, weight: 600 }),
              label(x + width - 8, y + 11, 'im', { anchor: 'end', fill: SECOND, weight: 600 }),
            ]
          : []),
        line(left, top + py(base), left + plotWidth, top + py(base), { stroke: FAINT }),
        ...drawn,
        ...(Number.isNaN(marked)
          ? []
          : [
              element('circle', {
                cx: left + px(plot.marked ?? 0) - (parts === 2 ? 1.5 : 0),
                cy: top + py(marked),
                r: 5,
                fill: 'none',
                stroke: INK,
                'stroke-width': 1,
              }),
            ]),
        plotFrame(left, top, plotWidth, plotHeight),
        horizontalAxis(
          {
            ticks: xTicks.ticks.filter(({ value }) => domain[1] < 1 || Number.isInteger(value)),
            position: place,
            length: plotWidth,
            label: plot.xLabel,
          },
          left,
          top + plotHeight,
        ),
        verticalAxis(
          { ticks: yTicks.ticks, position: py, length: plotHeight, label: unitWithExponent(plot.unit, yTicks.exponent) },
          left,
          top,
          AXIS_ROOM,
        ),
      ];
    },
  };
}

function stem(x: number, from: number, to: number, color: string): Svg[] {
  return [line(x, from, x, to, { stroke: color, 'stroke-width': 1.25 }), element('circle', { cx: x, cy: to, r: 2.25, fill: color })];
}

function nanMark(x: number, top: number, height: number): Svg {
  return element('rect', { x: x - 2, y: top, width: 4, height, fill: rgb(NAN_COLORS.stripe), 'fill-opacity': 0.55 });
}

/** One filled outline from the smallest to the largest value of each half px. */
function band(
  at: (i: number) => number,
  count: number,
  width: number,
  py: (value: number) => number,
  left: number,
  top: number,
  color: string,
): Svg {
  const columns = 2 * Math.floor(width);
  let [upper, lower] = ['', ''];
  for (let column = 0; column < columns; column++) {
    let [least, most] = [Infinity, -Infinity];
    for (let i = Math.floor((column / columns) * count); i < Math.max(((column + 1) / columns) * count, 1); i++) {
      const value = at(i);
      if (value < least) least = value;
      if (value > most) most = value;
    }
    if (least > most) continue;
    const x = (left + (column + 0.5) / 2).toFixed(2);
    upper += `${upper === '' ? 'M' : 'L'}${x} ${(top + py(most) - 0.4).toFixed(2)}`;
    lower = `L${x} ${(top + py(least) + 0.4).toFixed(2)}${lower}`;
  }
  return element('path', { d: upper === '' ? 'M0 0' : `${upper}${lower}Z`, fill: color, stroke: color, 'stroke-width': 0.75 });
}

/** The same frame for a plot that cannot be: its heading and why. */
export function sentenceBlock(heading: string, lines: readonly string[], width: number): Block {
  return {
    width,
    height: HEADING + 15 * lines.length,
    draw: (x, y) => [
      label(x, y + 11, heading, { fill: INK }),
      ...lines.map((text, i) => label(x, y + HEADING + 11 + 15 * i, text, { fill: MUTED })),
    ],
  };
}

/** Names and values in two columns under a heading. */
export function valuesBlock(heading: string, rows: readonly (readonly [name: string, value: string])[], width: number): Block {
  const indent = 12 + Math.max(...rows.map(([name]) => textWidth(name)));
  return {
    width,
    height: HEADING + 15 * rows.length,
    draw: (x, y) => [
      label(x, y + 11, heading, { fill: INK }),
      ...rows.flatMap(([name, value], i) => [
        label(x, y + HEADING + 11 + 15 * i, name, { fill: MUTED }),
        label(x + indent, y + HEADING + 11 + 15 * i, value, { fill: INK }),
      ]),
    ],
  };
}
