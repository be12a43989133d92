// Rows of a table on the page: of many only those that are seen are there, between two rows that keep the room of the others.

import { formatCell, type TableColumn, type TableSort } from '../../../src/display/table-order.js';
import { make } from '../../ui/dom.js';
import { sortableHeads, type SortableHeads } from '../../ui/sortable-table.js';
import type { Row } from './rows.js';

/** What a grid shows. */
export interface GridOptions {
  readonly caption: string;
  readonly columns: readonly TableColumn[];
  /** Rows of the whole table: how wide their numbers are. */
  readonly count: number;
  readonly signal: AbortSignal;
  readonly row: (place: number) => Row | null;
  /** Rows of these places are seen, and should be there soon. */
  readonly onSeen: (from: number, to: number) => void;
  readonly onSort: (sort: TableSort | null) => void;
  /** Another row is looked at. */
  readonly onRow: (place: number, isKept: boolean) => void;
}

/** Height of a row in px: all are alike, so that their places are known. */
const ROW = 24;
/** Height of the table in px, at most. */
const MOST_HEIGHT = 13 * ROW;
/** Rows drawn above and below those that are seen. */
const MARGIN = 8;
/** Browsers have no room for more. */
const MOST_ROWS = 1_000_000;
/** Rows that widths of columns are measured by, and the widest in characters. */
const [MEASURED, WIDEST] = [1000, 40] as const;

/** A table whose rows are drawn as they come into sight. Put `element` on the page. */
export class TableGrid {
  readonly element = make('div', 'grid');
  readonly #table: HTMLTableElement;
  readonly #body = make('tbody');
  readonly #heads: SortableHeads;
  #total = 0;
  /** Places that are drawn. */
  #drawn: readonly [from: number, to: number] = [0, 0];
  #active: number | null = null;

  constructor(private readonly options: GridOptions) {
    const { caption, columns, count, signal } = options;
    this.#heads = sortableHeads(
      [
        { title: '#', isNumber: true, className: 'index' },
        ...columns.map(({ name, format }) => ({ title: name, isNumber: format.style !== 'text' })),
      ],
      (column, direction) => options.onSort(column === 0 ? null : { column: column - 1, direction }),
      signal,
    );
    // The first column is the order of the table itself: pressing it goes back to that.
    this.#heads.elements[0]?.setAttribute('aria-label', 'Row number: sorts as the table was given');
    const widths = [String(Math.max(0, count - 1)).length + 1, ...columns.map(widthOf)];
    const group = make(
      'colgroup',
      '',
      ...widths.map((characters) => {
        const col = make('col');
        col.style.width = `calc(${characters}ch + 20px)`;
        return col;
      }),
    );
    this.#table = make(
      'table',
      '',
      make('caption', 'for-readers', caption),
      group,
      make('thead', '', make('tr', '', ...this.#heads.elements)),
      this.#body,
    );
    this.#table.style.width = `calc(${widths.reduce((sum, width) => sum + width, 0)}ch + ${20 * widths.length}px)`;
    this.element.tabIndex = 0;
    this.element.role = 'region';
    this.element.ariaLabel = `${caption}. Up and down arrow keys move from row to row.`;
    this.element.style.maxHeight = `${MOST_HEIGHT}px`;
    this.element.append(this.#table);
    this.element.addEventListener('scroll', () => this.#scrolled(), { signal, passive: true });
    this.element.addEventListener('keydown', (event) => this.#onKey(event), { signal });
    this.#body.addEventListener(
      'click',
      ({ target }) => {
        const row = target instanceof Element ? target.closest('tr') : null;
        const place = Number(row?.dataset['place'] ?? NaN);
        if (!Number.isNaN(place)) this.#moveTo(place, true);
      },
      { signal },
    );
  }

  /** Shows so many rows, from the first on; which column they are sorted by. */
  show(total: number, sort: TableSort | null): void {
    this.#total = Math.min(MOST_ROWS, total);
    this.#active = null;
    this.#heads.mark(sort === null ? null : { column: sort.column + 1, direction: sort.direction });
    this.#table.ariaRowCount = String(total + 1);
    this.element.scrollTop = 0;
    this.draw();
  }

  /** Draws anew: there are rows that were not there before; perhaps another number of them. */
  draw(total = this.#total): void {
    this.#total = Math.min(MOST_ROWS, total);
    const seen = Math.ceil(MOST_HEIGHT / ROW);
    const first = Math.min(Math.max(0, this.#total - seen), Math.floor(this.element.scrollTop / ROW));
    const [from, to] = [Math.max(0, first - MARGIN), Math.min(this.#total, first + seen + MARGIN)];
    this.#drawn = [from, to];
    const rows = Array.from({ length: to - from }, (_, i) => this.#row(from + i));
    this.#body.replaceChildren(room(from), ...rows, room(this.#total - to));
    this.options.onSeen(first, Math.min(this.#total, first + seen));
  }

  #scrolled(): void {
    const first = Math.floor(this.element.scrollTop / ROW);
    const [from, to] = this.#drawn;
    const last = Math.min(this.#total, first + Math.ceil(MOST_HEIGHT / ROW));
    if (first - from < MARGIN / 2 && from > 0) this.draw();
    else if (to - last < MARGIN / 2 && to < this.#total) this.draw();
  }

  #row(place: number): HTMLTableRowElement {
    const { columns } = this.options;
    const row = this.options.row(place);
    const head = make('th', 'number index', row === null ? '…' : String(row.number));
    head.scope = 'row';
    const cells = columns.map(({ format }, i) => {
      const cell = row?.cells[i] ?? null;
      const isBad = typeof cell === 'number' && !Number.isFinite(cell);
      return make(
        'td',
        `${format.style === 'text' ? '' : 'number'} ${isBad ? 'bad' : ''}`.trim(),
        row === null ? '' : formatCell(cell, format),
      );
    });
    const element = make('tr', place === this.#active ? 'active' : '', head, ...cells);
    element.dataset['place'] = String(place);
    element.ariaRowIndex = String(place + 2);
    return element;
  }

  #moveTo(place: number, isKept: boolean): void {
    this.#active = place;
    const top = place * ROW;
    const view = this.element.clientHeight - ROW;
    if (top < this.element.scrollTop) this.element.scrollTop = top;
    else if (top + ROW > this.element.scrollTop + view) this.element.scrollTop = top + ROW - view;
    this.draw();
    this.options.onRow(place, isKept);
  }

  #onKey(event: KeyboardEvent): void {
    if (event.altKey || event.ctrlKey || event.metaKey || event.target !== this.element || this.#total === 0) return;
    const page = Math.floor(MOST_HEIGHT / ROW) - 2;
    const step = { ArrowUp: -1, ArrowDown: 1, PageUp: -page, PageDown: page, Home: -Infinity, End: Infinity }[event.key];
    if (step === undefined) return;
    const start = this.#active ?? (step > 0 ? -1 : 0);
    this.#moveTo(Math.min(this.#total - 1, Math.max(0, start + step)), true);
    // The notebook would scroll, or leave the cell.
    event.preventDefault();
    event.stopPropagation();
  }
}

/** A row that keeps the room of so many. */
function room(rows: number): HTMLTableRowElement {
  const row = make('tr', 'room');
  row.ariaHidden = 'true';
  row.style.height = `${rows * ROW}px`;
  return row;
}

/** Characters that a column needs. */
function widthOf({ name, cells, format }: TableColumn): number {
  let most = name.length + 1;
  for (let row = 0; row < Math.min(MEASURED, cells.length); row++) most = Math.max(most, formatCell(cells[row] ?? null, format).length);
  return Math.min(WIDEST, Math.max(3, most));
}
