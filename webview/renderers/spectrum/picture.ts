// The spectrum of a picture on a canvas: its bins in colours between axes of frequency, beside the bar that sets their range.

import { ColorBar, COLOR_BAR_WIDTH } from '../../ui/plane/color-bar.js';
import type { Mark } from '../../ui/plane/marks.js';
import { askedCells } from '../../ui/plane/detail.js';
import { isFinePlane, valueIn } from '../../ui/plane/plane-card.js';
import { PlaneView } from '../../ui/plane/plane-view.js';
import { holds, type Cell, type Region } from '../../ui/plane/viewport.js';
import type { ViewPage } from '../../ui/renderer.js';
import { binAt, placeOfBin, planeAxis, type FrequencyAxis } from './frequency.js';
import { valuesOf, type Bins } from './model.js';
import { layersOf, moved, type BinColors } from './paint.js';
import type { Bin, BinValue, Drawing, DrawingOptions, Resolution } from './drawing.js';

/** Cells are no larger than 64 px, so that fewer columns are a narrow picture. */
const FEW_COLUMNS = 3;

/** A spectrum of two axes. */
export class SpectrumPicture implements Drawing {
  readonly element: HTMLElement;
  readonly #view: PlaneView;
  readonly #bar: ColorBar;
  #whole: Bins | null = null;
  #detail: Bins | null = null;
  #marks: readonly Mark[] = [];

  constructor(
    private readonly options: DrawingOptions,
    { ink, signal }: ViewPage,
  ) {
    const [rows, cols] = this.#size;
    const onRange = (min: number, max: number): void => options.onRange(min, max);
    this.#bar = new ColorBar({ ink, signal, onRange });
    this.#view = new PlaneView({
      label: options.label,
      rows,
      cols,
      ...this.#axes(),
      ink,
      signal,
      maxHeight: 400,
      beside: { element: this.#bar.element, width: COLOR_BAR_WIDTH },
      onPoint: (cell, isKept) => options.onPoint(cell === null ? null : this.#binOf(cell), isKept),
      onPick: (cell) => options.onPick(this.#binOf(cell)),
      onRegion: (region, height, width) => this.#refine(region, height, width),
    });
    this.element = this.#view.element;
  }

  /** The canvases that make up the picture. */
  get canvases(): readonly HTMLCanvasElement[] {
    return [this.#view.canvas, this.#bar.canvas];
  }

  setBins(whole: Bins): void {
    [this.#whole, this.#detail] = [whole, null];
    this.#tellRegion();
  }

  setDetail(detail: Bins): void {
    this.#detail = detail;
    this.draw();
  }

  setMarks(peaks: readonly Bin[], picked: Bin | null, linked: Bin | null): void {
    const at = ({ row, col }: Bin): Cell => this.#cellOf(row, col);
    const middle = at({ row: 0, col: 0 });
    this.#marks = [
      ...peaks.map((peak): Mark => ({ ...at(peak), kind: 'ring' })).filter((mark) => this.#isApart(mark, middle)),
      ...(picked === null ? [] : [picked, { row: -picked.row, col: -picked.col }].map((bin): Mark => ({ ...at(bin), kind: 'square' }))),
      ...(linked === null ? [] : [{ ...at(linked), kind: 'cross' } satisfies Mark]),
    ];
    this.#view.setMarks(this.#marks);
  }

  valueAt({ row, col }: Bin): BinValue | null {
    const [rows, cols] = this.#size;
    const place = this.#shiftedPlace(row, col);
    for (const bins of [this.#detail, this.#whole]) {
      if (bins === null) continue;
      // A part may run over the end of an axis.
      const [y, x] = [place.row + (place.row < bins.region.top ? rows : 0), place.col + (place.col < bins.region.left ? cols : 0)];
      const of = (values: Float64Array): { value: number; cells: number } | null => valueIn({ ...bins, values }, y, x);
      const [magnitude, phase] = [of(bins.magnitude), of(bins.phase)];
      if (magnitude !== null && phase !== null) return { magnitude: magnitude.value, phase: phase.value, pool: bins.pool };
    }
    return null;
  }

  resolution(): Resolution | null {
    const { region, box } = this.#view;
    const whole = this.#whole;
    if (whole === null || box.width === 0) return null;
    const detail = this.#detail;
    const { pool } = detail !== null && holds(this.#drawnRegion(detail), region) ? detail : whole;
    const scale = globalThis.devicePixelRatio;
    const seen = [(region.bottom - region.top) / (box.height * scale), (region.right - region.left) / (box.width * scale)];
    return seen.some((bins, axis) => bins > (pool[axis] ?? 1))
      ? { each: 'pixel', bins: seen.map((bins, axis) => Math.max(bins, pool[axis] ?? 1)) }
      : { each: 'cell', bins: pool };
  }

  zoomBy(factor: number): void {
    this.#view.zoomBy(factor);
  }

  fit(): void {
    this.#view.fit();
  }

  /** Draws anew: settings or theme may be others. */
  draw(): void {
    const whole = this.#whole;
    if (whole === null) return;
    const { settings, scale, zeroDb, fade } = this.options.look();
    const [rows, cols] = this.#size;
    const colors: BinColors = { quantity: settings.quantity, scale, zeroDb, fade };
    const { x, y } = this.#axes();
    this.#view.setAxes(x, y);
    this.#view.setLayers(
      [whole, ...(this.#detail === null ? [] : [this.#detail])].flatMap((bins) =>
        layersOf(bins, colors, rows, cols, settings.order === 'middle'),
      ),
    );
    this.#view.setMarks(this.#marks);
    this.#bar.show({ ...scale, values: valuesOf(whole, settings.quantity, zeroDb) }, this.#view.box.height);
  }

  get #size(): readonly [number, number] {
    return this.options.shape as readonly [number, number];
  }

  #axis(n: number): FrequencyAxis {
    const { settings } = this.options.look();
    return { n, unit: settings.unit, isShifted: settings.order === 'middle', sample: 'pixel', sampleRate: null };
  }

  #axes(): { x: ReturnType<typeof planeAxis>; y: ReturnType<typeof planeAxis> } {
    const [rows, cols] = this.#size;
    // Under a few columns there is room for their unit alone.
    const across = cols < FEW_COLUMNS ? '' : 'horizontal frequency';
    return { x: planeAxis(across, this.#axis(cols)), y: planeAxis('vertical frequency', this.#axis(rows)) };
  }

  #binOf({ row, col }: Cell): Bin {
    const [rows, cols] = this.#size;
    return { row: binAt(row, this.#axis(rows)), col: binAt(col, this.#axis(cols)) };
  }

  #cellOf(row: number, col: number): Cell {
    const [rows, cols] = this.#size;
    return { row: placeOfBin(row, this.#axis(rows)), col: placeOfBin(col, this.#axis(cols)) };
  }

  #shiftedPlace(row: number, col: number): Cell {
    const [rows, cols] = this.#size;
    return { row: placeOfBin(row, { n: rows, isShifted: true }), col: placeOfBin(col, { n: cols, isShifted: true }) };
  }

  /** A ring so near zero frequency would hide it. */
  #isApart(mark: Cell, middle: Cell): boolean {
    const { region, box } = this.#view;
    const px = box.width / Math.max(1, region.right - region.left);
    return Math.hypot(mark.row - middle.row, mark.col - middle.col) * px >= 18;
  }

  #tellRegion(): void {
    // What is there for it is known once it is drawn.
    this.draw();
    const { region, box } = this.#view;
    const scale = globalThis.devicePixelRatio;
    this.#refine(region, Math.round(box.height * scale), Math.round(box.width * scale));
  }

  /** Asks for finer bins where there are more px than bins. */
  #refine(region: Region, height: number, width: number): void {
    if (height === 0 || this.#whole === null) return;
    const [rows, cols] = this.#size;
    const isFine = [this.#detail, this.#whole].some(
      (bins) => bins !== null && isFinePlane({ ...bins, region: this.#drawnRegion(bins), values: bins.magnitude }, region, height, width),
    );
    const [down, across] = this.#offset;
    this.options.onPart(isFine ? null : moved(askedCells(region, rows, cols), down, across), height, width);
  }

  /** Where bins are drawn. */
  #drawnRegion(bins: Bins): Region {
    const [down, across] = this.#offset;
    return bins === this.#whole ? bins.region : moved(bins.region, -down, -across);
  }

  /** Places from the first that is drawn to the first with zero frequency in the middle. */
  get #offset(): readonly [down: number, across: number] {
    const [rows, cols] = this.#size;
    return this.options.look().settings.order === 'middle' ? [0, 0] : [Math.floor(rows / 2), Math.floor(cols / 2)];
  }
}
