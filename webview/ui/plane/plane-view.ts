// A plane of coloured cells on a canvas, with axes: to point at, to zoom and to move in, by pointer and by keys.

import { make } from '../dom.js';
import type { Ink } from '../ink.js';
import { AXIS_ROOM, paintAxes, type Axis } from './axes.js';
import { pixelsOf, type PlaneLayer } from './layer.js';
import { paintFrame, paintMark, paintTexts, type Mark } from './marks.js';
import { listenToStrokes, type Stroke } from './strokes.js';
import { isWhole, pan, reveal, toPlane, wholeOf, zoom, type Box, type Cell, type Region } from './viewport.js';

/** What a plane is made of. */
export interface PlaneOptions {
  /** What it is, for those who do not see it; how to move in it is added. */
  readonly label: string;
  /** Cells of the whole plane. */
  readonly rows: number;
  readonly cols: number;
  readonly x: Axis;
  readonly y: Axis;
  readonly ink: () => Ink;
  /** All that listens ends with it. */
  readonly signal: AbortSignal;
  /** What stands right of it, and its width in px. */
  readonly beside?: { readonly element: HTMLElement; readonly width: number } | undefined;
  /** Height of the drawing at most, in px; 360 when not given. */
  readonly maxHeight?: number;
  /** The drawing has that height and all of the width, whatever the shape of its cells. */
  readonly isStretched?: boolean;
  /** Another cell is looked at, or none. `isKept` where keys or a click led there, and not the pointer passing over. */
  readonly onPoint?: (cell: Cell | null, isKept: boolean) => void;
  /** A cell was chosen: by a click, Enter or Space. */
  readonly onPick?: (cell: Cell) => void;
  /** Another part is seen: `rows` by `cols` device px are there for it. */
  readonly onRegion?: (region: Region, rows: number, cols: number) => void;
  /** A drag from a cell, which then does not move the part that is seen. */
  readonly onStroke?: (stroke: Stroke) => void;
  /** Keys that mean something else than moving and zooming; true where it was one. */
  readonly onKey?: (event: KeyboardEvent) => boolean;
  /** What keys mean that `onKey` takes, for those who do not see it. */
  readonly keys?: string;
  /** What stands in a cell, where cells are large enough. */
  readonly cellText?: (row: number, col: number) => string;
}

/** A strip of cells longer than so many times its width is not drawn to scale. */
const MAX_ASPECT = 8;
/** Height of a strip's shorter side, in px. */
const STRIP = 96;
/** Largest size of a cell, in px. */
const MAX_CELL = 64;
const ZOOM = 1.5;
/** Where layers are painted before they are laid over each other. */
const layerCanvas = new OffscreenCanvas(1, 1);

/** A plane of cells. Put `element` on the page, give it layers, and tell it when the theme is another one (`draw`). */
export class PlaneView {
  readonly element = make('div', 'plane');
  readonly canvas = make('canvas', 'cells');
  #whole: Region;
  readonly #base = new OffscreenCanvas(1, 1);
  #region: Region;
  #box: Box = { x: 0, y: 0, width: 0, height: 0 };
  #layers: readonly PlaneLayer[] = [];
  #marks: readonly Mark[] = [];
  #axes: { readonly x: Axis; readonly y: Axis };
  #cell: Cell | null = null;
  /** The cell to come back to when the pointer leaves: where keys or a click led. */
  #kept: Cell | null = null;

  constructor(private readonly options: PlaneOptions) {
    const { rows, cols, x, y, signal } = options;
    this.#whole = this.#region = wholeOf(rows, cols);
    this.#axes = { x, y };
    this.element.append(this.canvas, ...(options.beside === undefined ? [] : [options.beside.element]));
    this.#listen(signal);
    const observer = new ResizeObserver(() => this.#resized());
    observer.observe(this.element);
    signal.addEventListener('abort', () => observer.disconnect(), { once: true });
  }

  /** The part that is seen. */
  get region(): Region {
    return this.#region;
  }

  /** Whether all of the plane is seen. */
  get isWhole(): boolean {
    return isWhole(this.#region, this.#whole);
  }

  /** Where the cells are drawn on the canvas, in CSS px. */
  get box(): Box {
    return this.#box;
  }

  /** The cell that is looked at. */
  get cell(): Cell | null {
    return this.#cell;
  }

  /** What is drawn, the coarsest first: finer layers over those below. */
  setLayers(layers: readonly PlaneLayer[]): void {
    this.#layers = layers;
    this.draw();
  }

  /** What stands over the cells. */
  setMarks(marks: readonly Mark[]): void {
    this.#marks = marks;
    this.#paintOver();
  }

  /** Another number of cells, all of which are seen; what is drawn must be set anew. */
  resize(rows: number, cols: number): void {
    if (rows === this.#whole.bottom && cols === this.#whole.right) return;
    this.#whole = this.#region = wholeOf(rows, cols);
    this.#layers = [];
    this.#marks = [];
  }

  /** Other units on the axes. */
  setAxes(x: Axis, y: Axis): void {
    this.#axes = { x, y };
    this.draw();
  }

  /** Shows another part: as much of it as the plane has. */
  setRegion(region: Region): void {
    this.#region = pan(region, 0, 0, this.#whole);
    this.draw();
    this.#tellRegion();
  }

  /** Shows all of it. */
  fit(): void {
    this.setRegion(this.#whole);
  }

  /** Shows less of it, larger, or with a factor below 1 more of it; about the cell that is looked at, or the middle. */
  zoomBy(factor: number, about: { readonly row: number; readonly col: number } = this.#middle()): void {
    this.setRegion(zoom(this.#region, factor, about, this.#whole));
  }

  /** Leads to a cell, as keys do. */
  lookAt(cell: Cell): void {
    this.setRegion(reveal(this.#region, cell, this.#whole));
    this.#moveTo(cell, true);
  }

  /** Draws anew: layers, size or theme may be others. */
  draw(): void {
    const size = this.#layOut();
    if (size === null) return;
    const scale = globalThis.devicePixelRatio;
    for (const canvas of [this.canvas, this.#base]) {
      canvas.width = Math.round(size.width * scale);
      canvas.height = Math.round(size.height * scale);
    }
    this.canvas.style.width = `${size.width}px`;
    this.canvas.style.height = `${size.height}px`;
    this.#paintCells(scale);
    this.#paintOver();
  }

  /** Room on the page for the whole plane with its axes; null where there is none yet. */
  #layOut(): { readonly width: number; readonly height: number } | null {
    const { beside } = this.options;
    const room = this.element.clientWidth - AXIS_ROOM.left - AXIS_ROOM.right - (beside?.width ?? 0);
    if (room < 24) return null;
    const { maxHeight = 360, isStretched = false } = this.options;
    const { bottom: rows, right: cols } = this.#whole;
    const isStrip = Math.max(rows, cols) > MAX_ASPECT * Math.min(rows, cols);
    const highest = Math.min(maxHeight, 0.6 * globalThis.innerHeight);
    const cell = Math.min(MAX_CELL, room / cols, highest / rows);
    const width = isStretched ? room : isStrip ? (cols > rows ? room : Math.min(room, STRIP)) : cell * cols;
    const height = isStretched ? highest : isStrip ? (cols > rows ? Math.min(highest, STRIP) : highest) : cell * rows;
    this.#box = { x: AXIS_ROOM.left, y: AXIS_ROOM.top, width: Math.round(width), height: Math.round(height) };
    return { width: this.#box.width + AXIS_ROOM.left + AXIS_ROOM.right, height: this.#box.height + AXIS_ROOM.top + AXIS_ROOM.bottom };
  }

  #paintCells(scale: number): void {
    const context = this.#base.getContext('2d') as CanvasRenderingContext2D | null;
    if (context === null) return;
    const { ink } = this.options;
    const colors = ink();
    const box = this.#box;
    const [width, height] = [Math.max(1, Math.round(box.width * scale)), Math.max(1, Math.round(box.height * scale))];
    context.imageSmoothingEnabled = false;
    [layerCanvas.width, layerCanvas.height] = [width, height];
    for (const layer of this.#layers) {
      layerCanvas.getContext('2d')?.putImageData(new ImageData(pixelsOf(layer, this.#region, width, height), width, height), 0, 0);
      context.drawImage(layerCanvas, Math.round(box.x * scale), Math.round(box.y * scale));
    }
    context.scale(scale, scale);
    context.strokeStyle = colors.rule;
    context.lineWidth = 1;
    context.strokeRect(box.x - 0.5, box.y - 0.5, box.width + 1, box.height + 1);
    const { top, left, bottom, right } = this.#region;
    paintAxes(context, box, { axis: this.#axes.x, from: left, to: right }, { axis: this.#axes.y, from: top, to: bottom }, colors);
  }

  /** What stays while the pointer moves is painted once. */
  #paintOver(): void {
    const context = this.canvas.getContext('2d');
    if (context === null || this.#box.width === 0) return;
    const scale = globalThis.devicePixelRatio;
    context.resetTransform();
    context.clearRect(0, 0, this.canvas.width, this.canvas.height);
    context.drawImage(this.#base, 0, 0);
    context.scale(scale, scale);
    const ink = this.options.ink();
    const { cellText } = this.options;
    if (cellText !== undefined) paintTexts(context, this.#region, this.#box, cellText, (row, col) => this.#colorOf(row, col), ink);
    for (const mark of this.#marks) paintMark(context, mark, this.#region, this.#box, ink);
    if (this.#cell !== null) paintFrame(context, this.#cell, this.#region, this.#box, ink);
  }

  /** What a cell is painted in, where a layer has a colour for each. */
  #colorOf(row: number, col: number): ArrayLike<number> {
    const { bottom: rows, right: cols } = this.#whole;
    const layer = this.#layers.find((each) => each.rows === rows && each.cols === cols);
    const at = 4 * (row * cols + col);
    return layer?.colors.subarray(at, at + 3) ?? [];
  }

  #resized(): void {
    const before = this.#box;
    this.draw();
    if (before.width !== this.#box.width || before.height !== this.#box.height) this.#tellRegion();
  }

  #tellRegion(): void {
    const scale = globalThis.devicePixelRatio;
    this.options.onRegion?.(this.#region, Math.round(this.#box.height * scale), Math.round(this.#box.width * scale));
  }

  #middle(): { readonly row: number; readonly col: number } {
    const { top, left, bottom, right } = this.#region;
    if (this.#cell !== null) return { row: this.#cell.row + 0.5, col: this.#cell.col + 0.5 };
    return { row: (top + bottom) / 2, col: (left + right) / 2 };
  }

  #cellAt({ offsetX, offsetY }: MouseEvent): Cell | null {
    const { x, y, width, height } = this.#box;
    if (offsetX < x || offsetY < y || offsetX >= x + width || offsetY >= y + height) return null;
    const { row, col } = toPlane(this.#region, this.#box, offsetX, offsetY);
    return { row: Math.floor(row), col: Math.floor(col) };
  }

  #moveTo(cell: Cell | null, isKept: boolean): void {
    const isSame = this.#cell?.row === cell?.row && this.#cell?.col === cell?.col;
    if (isSame && !isKept) return;
    this.#cell = cell;
    if (isKept) this.#kept = cell;
    this.#paintOver();
    this.options.onPoint?.(cell, isKept);
  }

  #listen(signal: AbortSignal): void {
    const { canvas } = this;
    canvas.tabIndex = 0;
    canvas.setAttribute('role', 'application');
    canvas.setAttribute('aria-roledescription', 'picture');
    canvas.setAttribute(
      'aria-label',
      `${this.options.label}. Arrow keys move from cell to cell, ${this.options.keys ?? 'plus and minus zoom, 0 shows all'}, Shift with arrows moves the part that is seen.`,
    );
    /** Where a drag began, and the region then. */
    let drag: { readonly x: number; readonly y: number; readonly region: Region; isMoved: boolean } | null = null;
    const on = <K extends keyof HTMLElementEventMap>(type: K, listener: (event: HTMLElementEventMap[K]) => void): void =>
      canvas.addEventListener(type, listener, { signal, passive: false });
    if (this.options.onStroke !== undefined) listenToStrokes(canvas, (event) => this.#cellAt(event), this.options.onStroke, signal);
    on('pointerdown', (event) => {
      if (event.button !== 0 || this.isWhole || this.options.onStroke !== undefined) return;
      drag = { x: event.offsetX, y: event.offsetY, region: this.#region, isMoved: false };
      canvas.setPointerCapture(event.pointerId);
    });
    on('pointermove', (event) => {
      if (drag === null) return this.#moveTo(this.#cellAt(event), false);
      const [dx, dy] = [event.offsetX - drag.x, event.offsetY - drag.y];
      if (!drag.isMoved && Math.hypot(dx, dy) < 4) return;
      drag.isMoved = true;
      const { top, left, bottom, right } = drag.region;
      const [rows, cols] = [(-dy / this.#box.height) * (bottom - top), (-dx / this.#box.width) * (right - left)];
      this.setRegion(pan(drag.region, rows, cols, this.#whole));
    });
    // The click that ends a drag is none.
    let wasDragged = false;
    on('pointerup', () => {
      wasDragged = drag?.isMoved ?? false;
      drag = null;
    });
    on('click', (event) => {
      const cell = this.#cellAt(event);
      if (wasDragged || cell === null) return;
      this.#moveTo(cell, true);
      this.options.onPick?.(cell);
    });
    on('dblclick', (event) => this.zoomBy(2, toPlane(this.#region, this.#box, event.offsetX, event.offsetY)));
    on('wheel', (event) => {
      // Without a key the notebook scrolls; pinching comes with one.
      if (!event.ctrlKey && !event.metaKey) return;
      event.preventDefault();
      this.zoomBy(Math.exp(-event.deltaY / 200), toPlane(this.#region, this.#box, event.offsetX, event.offsetY));
    });
    on('pointerleave', () => this.#moveTo(this.#kept, false));
    on('blur', () => {
      this.#kept = null;
      this.#moveTo(null, false);
    });
    on('keydown', (event) => this.#onKey(event));
  }

  #onKey(event: KeyboardEvent): void {
    if (event.altKey || event.ctrlKey || event.metaKey || !(this.options.onKey?.(event) === true || this.#obey(event))) return;
    // The notebook would scroll, or leave the cell.
    event.preventDefault();
    event.stopPropagation();
  }

  #obey({ key, shiftKey }: KeyboardEvent): boolean {
    const step = { ArrowUp: [-1, 0], ArrowDown: [1, 0], ArrowLeft: [0, -1], ArrowRight: [0, 1] }[key];
    const { top, left, bottom, right } = this.#region;
    if (step !== undefined) {
      const [down = 0, across = 0] = step;
      if (shiftKey) this.setRegion(pan(this.#region, (down * (bottom - top)) / 8, (across * (right - left)) / 8, this.#whole));
      else this.lookAt(this.#after(down, across));
    } else if (key === '+' || key === '=') this.zoomBy(ZOOM);
    else if (key === '-') this.zoomBy(1 / ZOOM);
    else if (key === '0') this.fit();
    else if (key === 'Enter' || key === ' ') {
      if (this.#cell !== null) this.options.onPick?.(this.#cell);
    } else return false;
    return true;
  }

  /** The cell one step on: of many cells to a pixel, one that is seen as another. */
  #after(down: number, across: number): Cell {
    const { top, left, bottom, right } = this.#region;
    const { bottom: rows, right: cols } = this.#whole;
    const { row, col } = this.#cell ?? { row: Math.floor((top + bottom) / 2), col: Math.floor((left + right) / 2) };
    if (this.#cell === null) return { row, col };
    const step = (cells: number, px: number): number => Math.max(1, Math.round(cells / px));
    const within = (at: number, size: number): number => Math.min(size - 1, Math.max(0, at));
    return {
      row: within(row + down * step(bottom - top, this.#box.height), rows),
      col: within(col + across * step(right - left, this.#box.width), cols),
    };
  }
}
