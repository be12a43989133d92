// A plane of values with its colour bar, as most views of two dimensions have it: colours by a map, a range that the bar's handles set, and
// finer cells from the kernel where people look closer.

import { colorize, type ColorMap } from '../../../src/display/color.js';
import { ColorBar, COLOR_BAR_WIDTH, type BarScale } from './color-bar.js';
import type { PlaneLayer } from './layer.js';
import { PlaneView, type PlaneOptions } from './plane-view.js';
import { holds, type Region } from './viewport.js';

/** Values of cells that cover a part of a plane, row-major. */
export interface ValuePlane {
  readonly region: Region;
  readonly rows: number;
  readonly cols: number;
  readonly values: Float64Array;
  /** From 0, where a value says nothing and is not seen, to 1: as of phases by their magnitudes. */
  readonly fade?: ArrayLike<number> | undefined;
  /** What cell stands for a block of them: the one of largest weight. Without it see `reduce` of the card. */
  readonly weight?: ArrayLike<number> | undefined;
}

/** How values become colours. */
export interface ValueScale {
  readonly map: ColorMap;
  readonly min: number;
  readonly max: number;
}

/** Options of a plane of values. */
export interface PlaneCardOptions extends PlaneOptions {
  readonly scale: ValueScale;
  readonly unit: string;
  /** What a block of cells is shown as where it takes one pixel: its mean, or the value of largest `size`. */
  readonly reduce: 'mean' | ((value: number) => number);
  /** Ends of the range stay symmetric about 0. */
  readonly isSymmetric?: boolean;
  readonly barTicks?: BarScale['ticks'];
  /** The handles of the bar were moved. */
  readonly onScale?: (scale: ValueScale) => void;
}

/** A plane of values beside its colour bar. */
export class PlaneCard {
  readonly view: PlaneView;
  readonly bar: ColorBar;
  readonly element: HTMLElement;
  #scale: ValueScale;
  #whole: ValuePlane | null = null;
  #detail: ValuePlane | null = null;
  #ends: readonly [low: number, high: number] = [0, 1];
  readonly #parts = new WeakMap<ValuePlane, Pick<PlaneLayer, 'isNan' | 'weight'>>();

  constructor(private readonly options: PlaneCardOptions) {
    this.#scale = options.scale;
    const { ink, signal, isSymmetric = false } = options;
    const onRange = (min: number, max: number): void => {
      this.setScale({ ...this.#scale, min, max });
      options.onScale?.(this.#scale);
    };
    this.bar = new ColorBar({ ink, signal, isSymmetric, onRange });
    this.view = new PlaneView({ ...options, beside: { element: this.bar.element, width: COLOR_BAR_WIDTH } });
    this.element = this.view.element;
  }

  /** How values become colours now. */
  get scale(): ValueScale {
    return this.#scale;
  }

  /** The values of the whole plane, perhaps of fewer cells; `ends` is where the range may be moved to. */
  setValues(whole: ValuePlane, ends: readonly [low: number, high: number]): void {
    this.#whole = whole;
    this.#detail = null;
    this.#ends = ends;
    this.draw();
  }

  /** Finer values of the part that is seen. */
  setDetail(detail: ValuePlane | null): void {
    this.#detail = detail;
    this.draw();
  }

  /** Other colours. */
  setScale(scale: ValueScale): void {
    this.#scale = scale;
    this.draw();
  }

  /** Whether the part that is seen is shown as finely as it can be, in so many device px: from what is held. */
  isFine(region: Region, rows: number, cols: number): boolean {
    return [this.#detail, this.#whole].some((plane) => plane !== null && isFinePlane(plane, region, rows, cols));
  }

  /** The value of a cell, from the finest that is held, and how many cells it is the reduction of; null where none is. */
  valueAt(row: number, col: number): CellValue | null {
    return [this.#detail, this.#whole].reduce<CellValue | null>((found, plane) => found ?? (plane && valueIn(plane, row, col)), null);
  }

  /** Draws anew: the theme may be another one. */
  draw(): void {
    if (this.#whole === null) return;
    this.view.setLayers([this.#whole, ...(this.#detail === null ? [] : [this.#detail])].map((plane) => this.#layer(plane)));
    const [low, high] = this.#ends;
    const { unit, barTicks } = this.options;
    this.bar.show({ ...this.#scale, low, high, unit, values: this.#whole.values, ticks: barTicks }, this.view.box.height);
  }

  #layer(plane: ValuePlane): PlaneLayer {
    const { region, rows, cols, values, fade } = plane;
    const colors = colorize(values, this.#scale);
    if (fade !== undefined) for (let cell = 0; cell < values.length; cell++) colors[4 * cell + 3] = 255 * (fade[cell] ?? 1);
    return { region, rows, cols, colors, ...this.#colorless(plane) };
  }

  /** What is the same in all colours. */
  #colorless(plane: ValuePlane): Pick<PlaneLayer, 'isNan' | 'weight'> {
    const { values, weight } = plane;
    const { reduce } = this.options;
    const known = this.#parts.get(plane) ?? {
      isNan: values.some(Number.isNaN) ? (cell: number): boolean => Number.isNaN(values[cell]) : null,
      weight: weight ?? (reduce === 'mean' ? null : values.map(reduce)),
    };
    this.#parts.set(plane, known);
    return known;
  }
}

/** A value, and how many cells it stands for. */
export interface CellValue {
  readonly value: number;
  readonly cells: number;
}

/** The value of a cell of the whole plane; null where it lies outside of what is given. */
export function valueIn({ region, rows, cols, values }: ValuePlane, row: number, col: number): CellValue | null {
  const [height, width] = [region.bottom - region.top, region.right - region.left];
  const [y, x] = [Math.floor(((row + 0.5 - region.top) / height) * rows), Math.floor(((col + 0.5 - region.left) / width) * cols)];
  if (y < 0 || x < 0 || y >= rows || x >= cols) return null;
  return { value: values[y * cols + x] ?? NaN, cells: Math.max(1, Math.round((height / rows) * (width / cols))) };
}

/** Whether values show a part of the plane as finely as so many device px can: each cell, or one for each px. */
export function isFinePlane({ region, rows, cols }: ValuePlane, seen: Region, height: number, width: number): boolean {
  if (!holds(region, seen)) return false;
  const isEnough = (count: number, length: number, part: number, px: number): boolean =>
    count >= length - 1e-9 || (count / length) * part >= px;
  return (
    isEnough(rows, region.bottom - region.top, seen.bottom - seen.top, height) &&
    isEnough(cols, region.right - region.left, seen.right - seen.left, width)
  );
}
