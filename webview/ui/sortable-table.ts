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
  const heads = columns.map((column) => {
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
        sort(column, head, arrow, head.ariaSort === first ? other : first);
      },
      { signal },
    );
    return { head, arrow };
  });
  const table = make(
    'table',
    '',
    make('caption', 'for-readers', caption),
    make('thead', '', make('tr', '', ...heads.map(({ head }) => head))),
    body,
  );

  function sort(column: SortableColumn<T>, head: HTMLElement, arrow: HTMLElement, direction: 'ascending' | 'descending'): void {
    for (const other of heads) {
      other.head.removeAttribute('aria-sort');
      setText(other.arrow, '');
    }
    head.ariaSort = direction;
    setText(arrow, direction === 'ascending' ? '↑' : '↓');
    const sign = direction === 'ascending' ? 1 : -1;
    const sorted = [...drawn].sort((a, b) => sign * compare(column.key(a.row), column.key(b.row)));
    body.replaceChildren(...sorted.map(({ element }) => element));
  }

  return table;
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
