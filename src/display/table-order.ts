// Rows of a table: how the cells of a column are written, alike for all, and rows sorted and filtered. The kernel does it as pages do.

import { formatNumber, withMinus } from './number-format.js';

/** What stands in a cell; null where nothing does. */
export type Cell = number | string | null;

/** How the numbers of a column are written, alike for all: with so many decimals, or in engineering notation where they span too much. */
export type CellFormat =
  { readonly style: 'text' } | { readonly style: 'fixed'; readonly decimals: number } | { readonly style: 'engineering' };

/** A column of a table. */
export interface TableColumn {
  readonly name: string;
  readonly format: CellFormat;
  readonly cells: ArrayLike<Cell>;
}

/** By what rows are sorted: the number of a column. */
export interface TableSort {
  readonly column: number;
  readonly direction: 'ascending' | 'descending';
}

/** Digits of the largest number of a column, unless fewer tell all of it. */
const DIGITS = 5;
/** Where the smallest number has fewer digits left than this, a column is in engineering notation. */
const LEAST_DIGITS = 2;

/** How the cells of a column are written. */
export function formatOf(cells: ArrayLike<Cell>): CellFormat {
  let [largest, smallest, isWhole] = [0, Infinity, true];
  for (let i = 0; i < cells.length; i++) {
    const cell = cells[i] ?? null;
    if (typeof cell === 'string') return { style: 'text' };
    if (cell === null || !Number.isFinite(cell)) continue;
    if (!Number.isInteger(cell)) isWhole = false;
    const size = Math.abs(cell);
    largest = Math.max(largest, size);
    if (size > 0) smallest = Math.min(smallest, size);
  }
  if (isWhole) return largest < 1e15 ? { style: 'fixed', decimals: 0 } : { style: 'engineering' };
  const most = DIGITS - 1 - Math.floor(Math.log10(largest));
  const left = Math.floor(Math.log10(smallest)) + most + 1;
  if (left < LEAST_DIGITS || largest >= 1e9 || most > 8) return { style: 'engineering' };
  const limit = Math.max(0, most);
  // No more decimals than the numbers have: a half of the last is what rounding leaves.
  const isTold = (decimals: number): boolean => {
    const scale = 10 ** decimals;
    for (let i = 0; i < cells.length; i++) {
      const cell = cells[i] ?? null;
      if (typeof cell === 'number' && Number.isFinite(cell) && Math.abs(cell - Math.round(cell * scale) / scale) > 0.5 / 10 ** limit)
        return false;
    }
    return true;
  };
  for (let decimals = 1; decimals < limit; decimals++) if (isTold(decimals)) return { style: 'fixed', decimals };
  return { style: 'fixed', decimals: limit };
}

/** A cell in words; nothing for null. */
export function formatCell(cell: Cell, format: CellFormat): string {
  if (cell === null) return '';
  if (typeof cell === 'string') return cell;
  if (!Number.isFinite(cell) || format.style === 'engineering') return formatNumber(cell, 4);
  return format.style === 'fixed' ? withMinus(cell.toFixed(format.decimals)) : withMinus(String(cell));
}

const collator = new Intl.Collator('en', { numeric: true });

/** The numbers of the rows that hold a text in some cell, as it is written, whatever the case; sorted where it is said by what. */
export function orderRows(columns: readonly TableColumn[], count: number, filter: string, sort: TableSort | null): Int32Array {
  const wanted = filter.trim().toLowerCase();
  const holds = (row: number): boolean =>
    columns.some(({ cells, format }) =>
      formatCell(cells[row] ?? null, format)
        .toLowerCase()
        .includes(wanted),
    );
  const all = Int32Array.from({ length: count }, (_, row) => row);
  const rows = wanted === '' ? all : all.filter(holds);
  const by = sort === null ? undefined : columns[sort.column];
  if (by === undefined || sort === null) return rows;
  const sign = sort.direction === 'ascending' ? 1 : -1;
  // Rows that are alike stay in their order.
  return rows.sort((a, b) => compare(by.cells[a] ?? null, by.cells[b] ?? null, sign) || a - b);
}

/** Nothing comes last, always; NaN counts as more than infinity, so that the largest first shows it. */
function compare(a: Cell, b: Cell, sign: number): number {
  if (a === null || b === null) return Number(a === null) - Number(b === null);
  if (typeof a === 'string' || typeof b === 'string') return sign * collator.compare(String(a), String(b));
  if (Number.isNaN(a) || Number.isNaN(b)) return sign * (Number(Number.isNaN(a)) - Number(Number.isNaN(b)));
  return a === b ? 0 : a < b ? -sign : sign;
}
