// A table whose rows are sorted by a press on a column's title.

import { make, setText } from './dom.js';

/** A column: what stands in a row's cell, and what rows are sorted by. */
export interface SortableColumn<T> {
  readonly title: string;
  readonly cell: (row: T) => Node | string;
  readonly key: (row: T) => number | string;
  /** Numbers stand to the right, and their largest come first. */
  readonly isNumber: boolean;
  readonly className?: string;
}

/** A sortable table, in the order given until a title is pressed. Listens until the signal aborts. */
export function sortableTable<T>(
  caption: string,
  columns: readonly SortableColumn<T>[],
  rows: readonly T[],
  signal: AbortSignal,
): HTMLTableElement {
  const drawn = rows.map((row) => ({ row, element: make('tr', '', ...columns.map((column) => cellOf(column, row))) }));
  const body = make('tbody', '', ...drawn.map(({ element }) => element));
  const heads = sortableHeads(columns, sort, signal);
  const table = make('table', '', make('caption', 'for-readers', caption), make('thead', '', make('tr', '', ...heads.elements)), body);

  function sort(which: number, direction: SortDirection): void {
    const column = columns[which];
    if (column === undefined) return;
    const sign = direction === 'ascending' ? 1 : -1;
    const sorted = [...drawn].sort((a, b) => sign * compare(column.key(a.row), column.key(b.row)));
    body.replaceChildren(...sorted.map(({ element }) => element));
  }

  return table;
}

/** Which way rows are sorted. */
export type SortDirection = 'ascending' | 'descending';

/** Titles of columns, to be pressed. */
export interface SortableHeads {
  readonly elements: readonly HTMLTableCellElement[];
  /** Shows by which column rows are sorted; null by none. */
  mark(sort: { readonly column: number; readonly direction: SortDirection } | null): void;
}

/** Titles that sort by their column when they are pressed, and the other way when pressed again. Listens until the signal aborts. */
export function sortableHeads(
  columns: readonly Pick<SortableColumn<unknown>, 'title' | 'isNumber' | 'className'>[],
  onSort: (column: number, direction: SortDirection) => void,
  signal: AbortSignal,
): SortableHeads {
  const heads = columns.map((column, which) => {
    const arrow = make('span', 'arrow');
    arrow.ariaHidden = 'true';
    const button = make('button', '', column.title, arrow);
    const head = make('th', classOf(column), button);
    head.scope = 'col';
    button.addEventListener(
      'click',
      () => {
        const first = column.isNumber ? 'descending' : 'ascending';
        const other = column.isNumber ? 'ascending' : 'descending';
        const direction = head.ariaSort === first ? other : first;
        mark({ column: which, direction });
        onSort(which, direction);
      },
      { signal },
    );
    return { head, arrow };
  });
  const mark: SortableHeads['mark'] = (sort) =>
    heads.forEach(({ head, arrow }, i) => {
      const direction = sort?.column === i ? sort.direction : null;
      if (direction === null) head.removeAttribute('aria-sort');
      else head.ariaSort = direction;
      setText(arrow, direction === null ? '' : direction === 'ascending' ? '↑' : '↓');
    });
  return { elements: heads.map(({ head }) => head), mark };
}

function cellOf<T>(column: SortableColumn<T>, row: T): HTMLTableCellElement {
  return make('td', classOf(column), column.cell(row));
}

function classOf({ isNumber, className = '' }: Pick<SortableColumn<unknown>, 'isNumber' | 'className'>): string {
  return `${isNumber ? 'number' : ''} ${className}`.trim();
}

/** NaN counts as more than infinity: both are as bad as can be, and NaN is worse. */
function compare(a: number | string, b: number | string): number {
  if (typeof a === 'string' || typeof b === 'string') return String(a).localeCompare(String(b), 'en', { numeric: true });
  if (Number.isNaN(a) || Number.isNaN(b)) return Number(Number.isNaN(a)) - Number(Number.isNaN(b));
  return a === b ? 0 : a < b ? -1 : 1;
}
