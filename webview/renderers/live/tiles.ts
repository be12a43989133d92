// The planes of a tensor side by side, on one scale about 0 for all steps.

import { colorize } from '../../../src/display/color.js';
import { finiteExtent } from '../../../src/display/extent.js';
import type { Snapshot } from '../../../src/display/live-history.js';
import type { TrackedPicture } from '../../../src/display/live-record.js';
import { make, setText } from '../../ui/dom.js';
import type { Ink } from '../../ui/ink.js';
import type { Axis } from '../../ui/plane/axes.js';
import { ColorBar, COLOR_BAR_WIDTH } from '../../ui/plane/color-bar.js';
import { PlaneView } from '../../ui/plane/plane-view.js';
import { wholeOf, type Cell } from '../../ui/plane/viewport.js';

/** Planes in a row. */
const across = 4;
/** Between planes: a grey that is no value; how much of it there is on light pages and on dark ones, of 255. */
const [grey, onLight, onDark] = [128, 56, 110] as const;
/** Cells between planes. */
const gap = 1;

/** A cell of a tensor. */
export interface TileCell {
  readonly plane: number;
  readonly row: number;
  readonly col: number;
  readonly value: number;
}

/** Options of the planes of a tensor. */
export interface TilesOptions {
  readonly ink: () => Ink;
  readonly signal: AbortSignal;
  /** A cell is looked at; null for none, and where there is none between planes. */
  readonly onPoint: (cell: TileCell | null, isKept: boolean) => void;
}

/** The planes of a tensor. */
export class Tiles {
  readonly element: HTMLElement;
  readonly #view: PlaneView;
  readonly #bar: ColorBar;
  readonly #note = make('span', 'note');
  readonly #rows: number;
  readonly #cols: number;
  #snapshot: Snapshot | undefined;
  /** Half the range that people set; null for the largest value of all steps. */
  #range: number | null = null;
  #largest = 1;

  constructor(
    readonly picture: TrackedPicture,
    private readonly options: TilesOptions,
  ) {
    const { name, planes, rows, cols } = picture;
    const { ink, signal, onPoint } = options;
    const inRow = Math.min(across, planes);
    this.#rows = Math.ceil(planes / inRow) * (rows + gap) - gap;
    this.#cols = inRow * (cols + gap) - gap;
    const onRange = (_: number, max: number): void => {
      this.#range = max;
      this.draw();
    };
    this.#bar = new ColorBar({ ink, signal, isSymmetric: true, onRange });
    this.#view = new PlaneView({
      label: `${name}, ${planes} planes of ${rows} × ${cols}`,
      rows: this.#rows,
      cols: this.#cols,
      x: tileAxis('plane', cols, 1),
      y: tileAxis('', rows, inRow),
      ink,
      signal,
      maxHeight: 220,
      beside: { element: this.#bar.element, width: COLOR_BAR_WIDTH },
      onPoint: (cell, isKept) => onPoint(cell === null ? null : this.#cellAt(cell), isKept),
    });
    this.element = make('div', 'tiles', make('div', 'heading', make('span', 'title', name), this.#note), this.#view.element);
  }

  /** What is drawn, for files. */
  get canvases(): readonly HTMLCanvasElement[] {
    return [this.#view.canvas, this.#bar.canvas];
  }

  /** Shows the tensor as it was at a step. */
  show(step: number): void {
    const { note, history } = this.picture;
    const sizes = history.items.map(({ cells }) => {
      const { min, max } = finiteExtent(cells);
      return Math.max(Math.abs(min), Math.abs(max));
    });
    // One scale for all steps, so that they can be compared.
    this.#largest = sizes.filter(Number.isFinite).reduce((most, size) => Math.max(most, size), 0) || 1;
    this.#snapshot = history.at(step);
    setText(this.#note, [this.#snapshot === undefined ? '' : `step ${this.#snapshot.step}`, note].filter(Boolean).join(' · '));
    this.draw();
    if (this.#view.cell !== null) this.options.onPoint(this.#cellAt(this.#view.cell), false);
  }

  /** Draws anew: the theme may be another one. */
  draw(): void {
    const { planes, rows, cols } = this.picture;
    const values = new Float64Array(this.#rows * this.#cols).fill(NaN);
    const [isThere, cells] = [new Uint8Array(values.length), this.#snapshot?.cells];
    for (let plane = 0; cells !== undefined && plane < planes; plane++)
      for (let row = 0; row < rows; row++)
        for (let col = 0; col < cols; col++) {
          const at = (Math.floor(plane / across) * (rows + gap) + row) * this.#cols + (plane % across) * (cols + gap) + col;
          values[at] = cells[(plane * rows + row) * cols + col]!;
          isThere[at] = 1;
        }
    const most = Math.min(this.#range ?? Infinity, this.#largest);
    const scale = { map: this.options.ink().isDark ? 'divergingDark' : 'diverging', min: -most, max: most } as const;
    const colors = colorize(values, scale);
    for (let i = 0; i < isThere.length; i++)
      if (isThere[i] === 0) colors.set([grey, grey, grey, scale.map === 'diverging' ? onLight : onDark], 4 * i);
    const isNan = (cell: number): boolean => isThere[cell] === 1 && Number.isNaN(values[cell]);
    this.#view.setLayers([{ region: wholeOf(this.#rows, this.#cols), rows: this.#rows, cols: this.#cols, colors, isNan, weight: null }]);
    this.#bar.show({ ...scale, low: -this.#largest, high: this.#largest, unit: '', values: cells ?? [] }, this.#view.box.height);
  }

  #cellAt({ row, col }: Cell): TileCell | null {
    const { planes, rows, cols } = this.picture;
    const [down, right] = [Math.floor(row / (rows + gap)), Math.floor(col / (cols + gap))];
    const [inRow, inCol] = [row % (rows + gap), col % (cols + gap)];
    const plane = down * across + right;
    if (inRow >= rows || inCol >= cols || plane >= planes || this.#snapshot === undefined) return null;
    return { plane, row: inRow, col: inCol, value: this.#snapshot.cells[(plane * rows + inRow) * cols + inCol]! };
  }
}

/** An axis of planes: the number of each in its middle, from one to the next `step` more. */
function tileAxis(label: string, extent: number, step: number): Axis {
  return {
    label,
    ticks: (from, to) => {
      const [first, last] = [Math.floor(from / (extent + gap)), Math.floor((to - 1) / (extent + gap))];
      return Array.from({ length: Math.max(0, last - first + 1) }, (_, i) => ({
        value: (first + i) * (extent + gap) + extent / 2,
        text: String((first + i) * step),
      }));
    },
  };
}
