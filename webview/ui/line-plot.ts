// Curves over an axis, to point at, to zoom into and to move in by pointer and keys. uPlot draws them (plot/engine.ts).

import { make } from './dom.js';
import type { Ink } from './ink.js';
import { AXIS_ROOM } from './plane/axes.js';
import { createPlot, drawPlot, linePlotStyles, pixelRatio, type UPlot } from './plot/engine.js';
import { plotInput } from './plot/input.js';
import {
  curveStyle,
  paintOver,
  paintUnder,
  type CurveStyle,
  type DrawnCurve,
  type PlotFrame,
  type PlotMark,
  type ReferenceLine,
} from './plot/paint.js';
import { placesOf, within, zoomed, type Places, type PlotAxis } from './plot/places.js';
import { pointIn, rowAt, stepFrom, type PlotPoint } from './plot/rows.js';
import { heightsIn, reach, tableOf, type Curve, type Table } from './plot/table.js';

export { linePlotStyles };
export type { Curve, CurveStyle, PlotAxis, PlotMark, PlotPoint, ReferenceLine };

/** What a plot is made of. */
export interface LinePlotOptions {
  /** What it is, for those who do not see it; how to move in it is added. */
  readonly label: string;
  readonly x: PlotAxis;
  readonly y: PlotAxis;
  readonly ink: () => Ink;
  /** All that listens ends with it. */
  readonly signal: AbortSignal;
  /** Height in px with the axes; 260 when not given. */
  readonly height?: number;
  /** Room in px right of the curves; that of planes when not given, so that both line up. */
  readonly right?: number;
  /** Another place is looked at, or none. `isKept` where keys or a click led there, and not the pointer passing over. */
  readonly onPoint?: (point: PlotPoint | null, isKept: boolean) => void;
  /** A place was chosen: by a click, Enter or Space. */
  readonly onPick?: (point: PlotPoint) => void;
  /** People look at another part of the x axis: values at its ends, and whether that is all of it. */
  readonly onRange?: (from: number, to: number, isWhole: boolean) => void;
}

/** Part of the height that stays free above and below curves. */
const MARGIN = 0.04;
/** Plots narrower than this, in px, are not drawn: there is no room beside their axes. */
const NARROWEST = 120;

/** Curves over an axis. Put `element` on the page, give it curves, and tell it when the theme is another one (`draw`). */
export class LinePlot {
  readonly element = make('div', 'line-plot');
  readonly #height: number;
  #plot: UPlot | null = null;
  #ink: Ink | null = null;
  #axes: Readonly<Record<'x' | 'y', PlotAxis>>;
  #curves: readonly Curve[] = [];
  #hidden: ReadonlySet<number> = new Set();
  #focused: number | null = null;
  #lines: readonly ReferenceLine[] = [];
  #marks: readonly PlotMark[] = [];
  #x: Places;
  #y: Places;
  #table: Table = { x: [], y: [], index: [], alone: [], inOrder: [] };
  /** Places at the ends of what is seen, across and upwards. */
  #seen: readonly [number, number] = [0, 1];
  #heights: readonly [number, number] = [0, 1];
  #row: number | null = null;
  /** Whether people look at it here, and not something linked does elsewhere. */
  #isOwn = false;
  /** The row to come back to when the pointer leaves: where keys or a click led. */
  #kept: number | null = null;

  constructor(private readonly options: LinePlotOptions) {
    const { x, y, signal, label, height = 260 } = options;
    this.#height = height;
    this.#axes = { x, y };
    this.#x = placesOf(x, Infinity, -Infinity);
    this.#y = placesOf(y, Infinity, -Infinity);
    plotInput(this.element, label, signal, {
      over: () => this.#plot?.over ?? null,
      point: (left, isKept) => this.#lookAt(rowAt(this.#table, this.#placeAt(left)), isKept),
      leave: (isGone) => {
        if (isGone) this.#kept = null;
        this.#lookAt(this.#kept, false);
      },
      step: (by) => this.#step(by),
      pick: () => this.#pick(),
      select: (from, to) => this.#select(from, to),
      zoom: (factor, left) => this.zoomBy(factor, left === null ? undefined : this.#placeAt(left)),
      pan: (part) => this.#pan(part),
      fit: () => this.fit(),
    });
    const observer = new ResizeObserver(() => this.draw());
    observer.observe(this.element);
    signal.addEventListener(
      'abort',
      () => {
        observer.disconnect();
        this.#destroy();
      },
      { once: true },
    );
  }

  /** The canvas with curves and axes, once it is on the page. */
  get canvas(): HTMLCanvasElement | null {
    return this.#plot?.ctx.canvas ?? null;
  }

  /** What is drawn. */
  get curves(): readonly Curve[] {
    return this.#curves;
  }

  /** The numbers of the curves that are not drawn. */
  get hidden(): ReadonlySet<number> {
    return this.#hidden;
  }

  /** What is seen, and where it is on the canvas; null while it is not on the page. */
  get frame(): PlotFrame | null {
    if (this.#plot === null) return null;
    const { left, top: above, width, height } = this.#plot.bbox;
    const ratio = pixelRatio();
    const box = { x: left / ratio, y: above / ratio, width: width / ratio, height: height / ratio };
    const [[from, to], [bottom, top]] = [this.#seen, this.#heights];
    return { box, x: this.#x, y: this.#y, from, to, bottom, top };
  }

  /** Values at the ends of the part of the x axis that is seen. */
  get range(): readonly [from: number, to: number] {
    return [this.#x.value(this.#seen[0]), this.#x.value(this.#seen[1])];
  }

  /** Whether all of the x axis is seen. */
  get isWhole(): boolean {
    return this.#seen[0] <= 0 && this.#seen[1] >= 1;
  }

  /** What is drawn. What is seen, pointed at and hidden stays as it is. */
  setCurves(curves: readonly Curve[]): void {
    const range = this.isWhole ? null : this.range;
    const valueOf = (row: number | null): number => (row === null ? NaN : this.#x.value(this.#table.x[row] ?? NaN));
    const [looked, kept] = [valueOf(this.#row), valueOf(this.#kept)];
    if (curves.length !== this.#curves.length) this.#destroy();
    this.#curves = curves;
    const reached = reach(curves, this.#axes.x, this.#axes.y);
    this.#x = placesOf(this.#axes.x, ...reached.x);
    this.#y = placesOf(this.#axes.y, ...reached.y);
    this.#table = tableOf(curves, this.#x, this.#y);
    this.#seen = range === null ? [0, 1] : within(this.#x.place(range[0]), this.#x.place(range[1]));
    const rowOf = (value: number): number | null => (Number.isNaN(value) ? null : rowAt(this.#table, this.#x.place(value)));
    [this.#row, this.#kept] = [rowOf(looked), rowOf(kept)];
    this.draw();
    this.#sayAgain();
  }

  /** Other axes, as logarithmic ones. All is seen again where the x axis is another one. */
  setAxes(x: PlotAxis, y: PlotAxis): void {
    const isOther = x.scale !== this.#axes.x.scale;
    if (isOther) this.#seen = [0, 1];
    this.#axes = { x, y };
    this.setCurves(this.#curves);
    if (isOther) this.#tellRange();
  }

  /** Lines across the plot. */
  setLines(lines: readonly ReferenceLine[]): void {
    this.#lines = lines;
    this.draw();
  }

  /** Rings around points. */
  setMarks(marks: readonly PlotMark[]): void {
    this.#marks = marks;
    this.draw();
  }

  /** Curves that are not drawn, by their numbers. */
  setHidden(hidden: ReadonlySet<number>): void {
    this.#hidden = hidden;
    this.draw();
    this.#sayAgain();
  }

  /** Draws all curves pale but one; null none. */
  setFocus(curve: number | null): void {
    this.#focused = curve;
    this.draw();
  }

  /** How a curve is drawn. */
  styleOf(i: number): CurveStyle {
    const curve = this.#curves[i];
    const style = curveStyle(curve?.style ?? i, (this.#ink ??= this.options.ink()).series);
    // Dashes of a curve that goes up and down within a pixel would be dust.
    const isDense = curve !== undefined && (curve.band !== undefined || curve.x.length > this.element.clientWidth);
    return isDense ? { ...style, dash: [] } : style;
  }

  /** Shows the part of the x axis between two values, as something linked does: does not tell `onRange`. */
  setRange(from: number, to: number): void {
    this.#seen = within(this.#x.place(from), this.#x.place(to));
    this.draw();
  }

  /** Shows all of the x axis. */
  fit(): void {
    this.#show(0, 1);
  }

  /** Shows less of the x axis, or with a factor below 1 more; about a place of it from 0 to 1, or what is looked at, or the middle. */
  zoomBy(factor: number, about = this.#row === null ? undefined : this.#table.x[this.#row]): void {
    this.#show(...zoomed(this.#seen, factor, about));
  }

  /** Looks at a value of x, as something linked does: does not tell `onPoint`. Null looks at nothing. */
  setCursor(x: number | null): void {
    const place = x === null ? NaN : this.#x.place(x);
    this.#row = Number.isNaN(place) ? null : rowAt(this.#table, place);
    this.#isOwn = false;
    this.#moveCursor(Number.isNaN(place) ? null : place);
  }

  /** Draws anew: curves, size or theme may be others. */
  draw(): void {
    const width = this.element.clientWidth;
    if (width < NARROWEST || this.options.signal.aborted) return;
    this.#ink = this.options.ink();
    this.#heights = this.#reached();
    if (this.#plot !== null && this.#plot.width !== width) this.#plot.setSize({ width, height: this.#height });
    this.#plot ??= this.#create(width);
    drawPlot(this.#plot, this.#table, this.#seen, this.#heights, this.#drawnCurves());
    this.#moveCursor(this.#row === null ? null : (this.#table.x[this.#row] ?? null));
  }

  #create(width: number): UPlot {
    const { right = AXIS_ROOM.right } = this.options;
    return createPlot(this.element, {
      size: { width, height: this.#height },
      padding: [AXIS_ROOM.top, right, this.#axes.x.isBare === true ? AXIS_ROOM.top : AXIS_ROOM.bottom, AXIS_ROOM.left],
      curves: this.#curves,
      table: () => this.#table,
      styleOf: (i) => this.styleOf(i),
      background: () => this.#ink?.background ?? '',
      seen: () => this.#seen,
      heights: () => this.#heights,
      under: (plot) => this.#paint(plot, (context, frame, ink) => paintUnder(context, frame, this.#axes, this.#drawnCurves(), ink)),
      over: (plot) =>
        this.#paint(plot, (context, frame, ink) => paintOver(context, frame, this.#drawnCurves(), this.#lines, this.#marks, ink)),
    });
  }

  #drawnCurves(): readonly DrawnCurve[] {
    return this.#curves.map((curve, i) => ({
      ...this.styleOf(i),
      curve,
      isHidden: this.#hidden.has(i),
      isFocused: this.#focused === i,
      isPale: this.#focused !== null && this.#focused !== i,
    }));
  }

  #destroy(): void {
    this.#plot?.destroy();
    this.#plot = null;
  }

  /** Places at the lower and upper end: of what is seen, with a margin, unless the axis says. */
  #reached(): readonly [number, number] {
    if (this.#axes.y.range !== undefined) return [0, 1];
    const [low, high] = heightsIn(this.#curves, (i) => !this.#hidden.has(i), [this.#x, this.#y], ...this.#seen) ?? [0, 1];
    const room = high > low ? MARGIN * (high - low) : 0.5;
    return [low - room, high + room];
  }

  #paint({ ctx }: UPlot, paint: (context: CanvasRenderingContext2D, frame: PlotFrame, ink: Ink) => void): void {
    const { frame } = this;
    if (frame === null) return;
    ctx.save();
    ctx.scale(pixelRatio(), pixelRatio());
    paint(ctx, frame, (this.#ink ??= this.options.ink()));
    ctx.restore();
  }

  get #width(): number {
    return this.#plot?.over.clientWidth ?? 1;
  }

  /** The place of px from the left of the curves. */
  #placeAt(left: number): number {
    const [from, to] = this.#seen;
    return from + (left / this.#width) * (to - from);
  }

  #lookAt(row: number | null, isKept: boolean): void {
    if (row === this.#row && !isKept) return;
    this.#row = row;
    this.#isOwn = true;
    if (isKept) this.#kept = row;
    this.#moveCursor(row === null ? null : (this.#table.x[row] ?? null));
    this.options.onPoint?.(this.#pointIn(row), isKept);
  }

  /** Tells what is looked at, of which the values may be others now. */
  #sayAgain(): void {
    if (this.#row !== null && this.#isOwn) this.options.onPoint?.(this.#pointIn(this.#row), false);
  }

  #pointIn(row: number | null): PlotPoint | null {
    return row === null ? null : pointIn(this.#table, this.#curves, this.#hidden, row);
  }

  #moveCursor(place: number | null): void {
    const [from, to] = this.#seen;
    const isSeen = place !== null && place >= from && place <= to;
    this.#plot?.setCursor({ left: isSeen ? ((place - from) / (to - from)) * this.#width : -10, top: isSeen ? 0 : -10 });
  }

  #step(by: number): void {
    const [from, to] = this.#seen;
    const isStart = this.#row === null && Number.isFinite(by);
    const row = isStart ? rowAt(this.#table, (from + to) / 2) : stepFrom(this.#table, this.#row ?? 0, by, (to - from) / this.#width);
    const place = row === null ? undefined : this.#table.x[row];
    if (place === undefined) return;
    if (place < from || place > to) this.#pan((place < from ? place - from : place - to) / (to - from));
    this.#lookAt(row, true);
  }

  #pick(): void {
    const point = this.#pointIn(this.#row);
    if (point !== null) this.options.onPick?.(point);
  }

  /** Marks the part between two places in px; `to` null shows what was marked. */
  #select(from: number, to: number | null): void {
    const plot = this.#plot;
    if (plot === null) return;
    if (to !== null)
      return plot.setSelect({ left: Math.min(from, to), width: Math.abs(to - from), top: 0, height: plot.over.clientHeight }, false);
    const { left, width } = plot.select;
    plot.setSelect({ left: 0, width: 0, top: 0, height: 0 }, false);
    if (width > 0) this.#show(this.#placeAt(left), this.#placeAt(left + width));
  }

  #pan(part: number): void {
    const [from, to] = this.#seen;
    const start = Math.min(1 - (to - from), Math.max(0, from + part * (to - from)));
    this.#show(start, start + (to - from));
  }

  #show(from: number, to: number): void {
    this.#seen = within(from, to);
    this.draw();
    this.#tellRange();
  }

  #tellRange(): void {
    this.options.onRange?.(...this.range, this.isWhole);
  }
}
