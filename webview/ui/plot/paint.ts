// What stands around and over the curves of a plot: grid, frame and axes, bands, lines of reference, marks, and where a curve is infinite.

import type { Tick } from '../../../src/display/axes.js';
import type { Ink } from '../ink.js';
import { paintAxes, type Axis } from '../plane/axes.js';
import type { Box } from '../plane/viewport.js';
import type { Places, PlotAxis } from './places.js';
import type { Curve } from './table.js';

/** A line across the plot: what is looked at in it, and perhaps a word. */
export interface ReferenceLine {
  readonly axis: 'x' | 'y';
  readonly value: number;
  readonly label?: string;
}

/** A ring around a point, and perhaps a word beside it. */
export interface PlotMark {
  readonly x: number;
  readonly y: number;
  readonly label?: string;
}

/** Where values lie on the page in CSS px, and what is seen of them. */
export interface PlotFrame {
  readonly box: Box;
  readonly x: Places;
  readonly y: Places;
  /** Places at the ends of what is seen. */
  readonly from: number;
  readonly to: number;
  readonly bottom: number;
  readonly top: number;
}

/** How a curve is drawn. */
export interface CurveStyle {
  readonly color: string;
  /** Lengths in px of its dashes and of the gaps between them; none of an unbroken line. */
  readonly dash: readonly number[];
}

/** A curve as it is drawn now. */
export interface DrawnCurve extends CurveStyle {
  readonly curve: Curve;
  readonly isHidden: boolean;
  /** Others are pale, and it is not. */
  readonly isFocused: boolean;
  readonly isPale: boolean;
}

/** A curve has a dash of its own as well as a colour, so that no one needs to tell colours apart. */
const dashes: readonly (readonly number[])[] = [[], [7, 3], [2, 3], [10, 3, 2, 3], [4, 4]];
const [BAND_ALPHA, SOLID_ALPHA, GRID_ALPHA] = [0.28, 0.8, 0.1] as const;
const LABEL_GAP = 5;

/** The style of this number: twenty-five of them before the first comes again. */
export function curveStyle(style: number, series: readonly string[]): CurveStyle {
  const turn = Math.floor(style / series.length);
  return { color: series[style % series.length] ?? '', dash: dashes[(style + turn) % dashes.length] ?? [] };
}

/** Where a value lies, in CSS px; NaN where it has no place. */
export function xAt({ box, x, from, to }: PlotFrame, value: number): number {
  return box.x + ((x.place(value) - from) / (to - from)) * box.width;
}

/** Where a value lies, in CSS px; NaN where it has no place. */
export function yAt({ box, y, bottom, top }: PlotFrame, value: number): number {
  return box.y + (1 - (y.place(value) - bottom) / (top - bottom)) * box.height;
}

/** The ticks of an axis for what is seen of it, and what it is called with the power of ten that was taken out of them. */
export function ticksOf({ box, x, y, from, to, bottom, top }: PlotFrame, axis: 'x' | 'y'): ReturnType<Places['ticks']> {
  return axis === 'x'
    ? x.ticks(from, to, Math.max(2, Math.floor(box.width / 70)))
    : y.ticks(bottom, top, Math.max(3, Math.floor(box.height / 50)));
}

/** Draws what lies under the curves: grid, frame, ticks and labels, and the bands around those that are neither hidden nor pale. */
export function paintUnder(
  context: CanvasRenderingContext2D,
  frame: PlotFrame,
  axes: Readonly<Record<'x' | 'y', PlotAxis>>,
  curves: readonly DrawnCurve[],
  ink: Ink,
): void {
  const { x, y, width, height } = frame.box;
  paintGrid(context, frame, axes, ink);
  context.beginPath();
  context.rect(x, y, width, height);
  context.clip();
  for (const drawn of curves) if (!drawn.isHidden && !drawn.isPale) paintBand(context, frame, drawn);
}

function paintGrid(context: CanvasRenderingContext2D, frame: PlotFrame, axes: Readonly<Record<'x' | 'y', PlotAxis>>, ink: Ink): void {
  const { box, from, to, bottom, top } = frame;
  const [across, up] = [ticksOf(frame, 'x'), ticksOf(frame, 'y')];
  context.fillStyle = ink.foreground;
  context.globalAlpha = GRID_ALPHA;
  for (const { value } of up.ticks) {
    const at = box.y + (1 - (value - bottom) / (top - bottom)) * box.height;
    if (at > box.y && at < box.y + box.height) context.fillRect(box.x, Math.round(at - 0.5), box.width, 1);
  }
  context.globalAlpha = 1;
  context.strokeStyle = ink.rule;
  context.lineWidth = 1;
  context.strokeRect(box.x - 0.5, box.y - 0.5, box.width + 1, box.height + 1);
  const drawn = ({ ticks, label }: { ticks: readonly Tick[]; label: string }, isBare = false): Axis => ({
    label: isBare ? '' : label,
    ticks: () => (isBare ? [] : ticks),
  });
  // Upwards: an axis whose first place is its highest.
  paintAxes(context, box, { axis: drawn(across, axes.x.isBare), from, to }, { axis: drawn(up, axes.y.isBare), from: top, to: bottom }, ink);
}

function paintBand(context: CanvasRenderingContext2D, frame: PlotFrame, { curve: { x, band }, color }: DrawnCurve): void {
  if (band === undefined) return;
  context.fillStyle = color;
  context.globalAlpha = band.isSolid === true ? SOLID_ALPHA : BAND_ALPHA;
  context.beginPath();
  let run: (readonly [x: number, low: number, high: number])[] = [];
  const close = (): void => {
    // A band of one point is as wide as a line.
    const points =
      run.length === 1 ? run.flatMap(([at, low, high]) => [[at - 0.5, low, high] as const, [at + 0.5, low, high] as const]) : run;
    points.forEach(([at, , high], n) => (n === 0 ? context.moveTo(at, high) : context.lineTo(at, high)));
    for (const [at, low] of [...points].reverse()) context.lineTo(at, low);
    run = [];
  };
  for (let n = 0; n < x.length; n++) {
    const point = [xAt(frame, x[n] ?? NaN), yAt(frame, band.low[n] ?? NaN), yAt(frame, band.high[n] ?? NaN)] as const;
    if (point.some(Number.isNaN)) close();
    else run.push(point);
  }
  close();
  context.fill();
  context.globalAlpha = 1;
}

/** Draws triangles at the upper and lower edge where a curve is infinite. */
function paintInfinities(context: CanvasRenderingContext2D, frame: PlotFrame, { curve: { x, y }, color }: DrawnCurve): void {
  const { box } = frame;
  context.fillStyle = color;
  for (let i = 0; i < x.length; i++) {
    const value = y[i] ?? NaN;
    const at = xAt(frame, x[i] ?? NaN);
    if (Number.isNaN(value) || Number.isFinite(value) || !(at >= box.x && at <= box.x + box.width)) continue;
    const [tip, foot] = value > 0 ? [box.y + 1, box.y + 8] : [box.y + box.height - 1, box.y + box.height - 8];
    context.beginPath();
    context.moveTo(at, tip);
    context.lineTo(at - 4, foot);
    context.lineTo(at + 4, foot);
    context.fill();
  }
}

/** Draws what lies over the curves: where they are infinite, lines of reference and marks. */
export function paintOver(
  context: CanvasRenderingContext2D,
  frame: PlotFrame,
  curves: readonly DrawnCurve[],
  lines: readonly ReferenceLine[],
  marks: readonly PlotMark[],
  ink: Ink,
): void {
  for (const drawn of curves) if (!drawn.isHidden) paintInfinities(context, frame, drawn);
  const { box } = frame;
  context.font = ink.font;
  for (const { axis, value, label } of lines) {
    const at = axis === 'x' ? xAt(frame, value) : yAt(frame, value);
    const [start, end] = axis === 'x' ? [box.x, box.x + box.width] : [box.y, box.y + box.height];
    if (!(at >= start && at <= end)) continue;
    const line = Math.round(at - 0.5) + 0.5;
    context.strokeStyle = ink.muted;
    context.lineWidth = 1;
    context.setLineDash([4, 3]);
    context.beginPath();
    if (axis === 'x') {
      context.moveTo(line, box.y);
      context.lineTo(line, box.y + box.height);
    } else {
      context.moveTo(box.x, line);
      context.lineTo(box.x + box.width, line);
    }
    context.stroke();
    context.setLineDash([]);
    if (label === undefined) continue;
    const width = context.measureText(label).width;
    if (axis === 'x')
      word(context, label, at + LABEL_GAP + width > box.x + box.width ? at - LABEL_GAP - width : at + LABEL_GAP, box.y + 13, ink);
    else word(context, label, box.x + box.width - LABEL_GAP - width, at - LABEL_GAP < box.y + 9 ? at + 13 : at - LABEL_GAP, ink);
  }
  for (const { x, y, label } of marks) {
    const [left, top] = [xAt(frame, x), yAt(frame, y)];
    if (!(left >= box.x - 1 && left <= box.x + box.width + 1 && top >= box.y - 1 && top <= box.y + box.height + 1)) continue;
    context.strokeStyle = ink.foreground;
    context.lineWidth = 1.25;
    context.beginPath();
    context.arc(left, top, 5, 0, 2 * Math.PI);
    context.stroke();
    if (label === undefined) continue;
    const width = context.measureText(label).width;
    word(context, label, left + 9 + width > box.x + box.width ? left - 9 - width : left + 9, Math.max(box.y + 11, top - 3), ink);
  }
}

/** A word over curves, in a halo of the page's colour. */
function word(context: CanvasRenderingContext2D, text: string, x: number, y: number, ink: Ink): void {
  context.lineWidth = 4;
  context.lineJoin = 'round';
  context.strokeStyle = ink.background;
  context.strokeText(text, x, y);
  context.fillStyle = ink.muted;
  context.fillText(text, x, y);
}
