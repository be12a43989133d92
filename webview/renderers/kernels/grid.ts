// The taps of a kernel as cells to paint, to type into and to nudge.

import { colorize } from '../../../src/display/color.js';
import { formatNumber } from '../../../src/display/number-format.js';
import { middleOf } from '../../../src/display/kernels-response.js';
import { make } from '../../ui/dom.js';
import { indexAxis } from '../../ui/plane/index-axis.js';
import { PlaneView } from '../../ui/plane/plane-view.js';
import { wholeOf, type Cell } from '../../ui/plane/viewport.js';
import type { ViewPage } from '../../ui/renderer.js';
import type { KernelEditor } from './editor.js';
import { ENTRY_KEYS, NumberEntry } from './number-entry.js';
import type { Say } from './filtered.js';

/** What happens when taps change. */
export interface GridActions {
  /** They change, and may go on changing. */
  readonly onEdit: () => void;
  /** The change is complete. */
  readonly onCommit: () => void;
  readonly say: Say;
}

/** The editable kernel. */
export class KernelGrid {
  readonly element: HTMLElement;
  readonly view: PlaneView;
  readonly #paint = make('input');
  #size = 1;

  constructor(
    private readonly editor: KernelEditor,
    private readonly page: ViewPage,
    private readonly actions: GridActions,
  ) {
    const { rows, cols } = editor.shape;
    const entry = new NumberEntry({
      take: (value) => this.#set(this.view.cell, value, true),
      nudge: (direction) => {
        const { cell } = this.view;
        if (cell !== null) this.#set(cell, this.#valueAt(cell) + direction * this.#step, true);
      },
      show: (text) => this.#say(true, text),
    });
    this.view = new PlaneView({
      label: `Kernel, ${rows} × ${cols} taps`,
      rows,
      cols,
      x: indexAxis(rows === 1 ? 'tap' : 'column'),
      y: rows === 1 ? { label: '', ticks: () => [] } : indexAxis('row'),
      ink: page.ink,
      signal: page.signal,
      maxHeight: 300,
      keys: ENTRY_KEYS,
      cellText: (row, col) => formatNumber(this.#valueAt({ row, col })),
      onPoint: (_, isKept) => this.#say(isKept),
      onKey: ({ key }) => this.view.cell !== null && entry.obey(key),
      onStroke: ({ cell, isEnd }) => {
        const value = this.#paint.valueAsNumber;
        if (cell !== null && !Number.isNaN(value) && !Object.is(this.#valueAt(cell), value)) this.#set(cell, value, false);
        if (isEnd) actions.onCommit();
      },
    });
    this.#paint.type = 'number';
    this.#paint.step = 'any';
    this.#paint.value = '1';
    const caption = make('figcaption', '', 'kernel');
    const tool = make('label', 'field', 'click or drag paints', this.#paint);
    this.element = make('figure', 'panel', make('div', 'panel-head', caption, tool), this.view.element);
  }

  /** Draws the kernel in colours from −size to size. */
  draw(size: number): void {
    this.#size = size;
    const { rows, cols } = this.editor.shape;
    const { values } = this.editor.taps;
    const map = this.page.ink().isDark ? 'divergingDark' : 'diverging';
    const colors = colorize(values, { map, min: -size, max: size });
    const isNan = values.some(Number.isNaN) ? (cell: number): boolean => Number.isNaN(values[cell]) : null;
    this.view.setLayers([{ region: wholeOf(rows, cols), rows, cols, colors, isNan, weight: null }]);
  }

  /** A twentieth of the range. */
  get #step(): number {
    return Number((this.#size / 20).toPrecision(1));
  }

  #valueAt({ row, col }: Cell): number {
    return this.editor.taps.values[row * this.editor.shape.cols + col] ?? NaN;
  }

  #set(cell: Cell | null, value: number, isWhole: boolean): void {
    if (cell === null) return;
    // Steps of decimals leave no dust behind.
    this.editor.setTap(cell.row, cell.col, Number(value.toPrecision(12)));
    this.actions.onEdit();
    if (isWhole) this.actions.onCommit();
    this.#say(isWhole);
  }

  #say(isKept: boolean, typed = ''): void {
    const { cell } = this.view;
    if (cell === null) return this.actions.say('', '', false);
    const { rows, cols } = this.editor.shape;
    const middle = cell.row === middleOf(rows) && cell.col === middleOf(cols) ? ', over the pixel itself' : '';
    const place = rows === 1 ? `tap ${cell.col}${middle}` : `row ${cell.row}, column ${cell.col}${middle}`;
    this.actions.say(place, typed === '' ? formatNumber(this.#valueAt(cell), 4) : `${typed}▏Enter sets it`, isKept);
  }
}
