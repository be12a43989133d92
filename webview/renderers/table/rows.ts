// The rows of a table in the order that people want: those that are saved, or all of them from the kernel, page by page.

import * as v from 'valibot';
import { orderRows, type Cell, type TableColumn, type TableSort } from '../../../src/display/table-order.js';
import { numbersOf } from '../../../src/protocol/number-list.js';
import { cellsFrom, MOST_ROWS, tableAnswer, type TableData, type TableRequest } from '../../../src/protocol/table.js';
import { DetailRequests } from '../../ui/plane/detail.js';

/** A row: its number in the table, and its cells. */
export interface Row {
  readonly number: number;
  readonly cells: readonly Cell[];
}

/** What is wanted: rows that hold a text, in an order. */
export interface Wanted {
  readonly filter: string;
  readonly sort: TableSort | null;
}

/** Rows asked for beyond those that are seen, on each side. */
const MARGIN = 100;

/** Rows of a table, some of which may have to be asked for. */
export class TableRows {
  /** Rows that hold the text that is wanted; of those that are saved where no kernel was asked yet. */
  total = 0;
  readonly #columns: readonly TableColumn[];
  /** Rows by their places in the order. */
  readonly #known = new Map<number, Row>();
  readonly #requests: DetailRequests<{ readonly total: number; readonly from: number; readonly rows: readonly Row[] }>;
  #wanted: Wanted = { filter: '', sort: null };
  #isLocal: boolean;

  /** `onRows` is called when rows came; `onRefused` with why none did: then it goes on with those that are saved. */
  constructor(
    private readonly saved: TableData,
    private readonly ask: (request: TableRequest) => Promise<unknown>,
    private readonly onRows: () => void,
    private readonly onRefused: (reason: string) => void,
    signal: AbortSignal,
  ) {
    this.#columns = saved.columns.map(({ name, format, cells }) => ({ name, format, cells: cellsFrom(cells, saved.saved) }));
    this.#isLocal = saved.saved === saved.rows || saved.view === null;
    this.#requests = new DetailRequests(
      ({ total, from, rows }) => {
        this.total = total;
        rows.forEach((row, i) => this.#known.set(from + i, row));
        this.onRows();
      },
      (reason) => {
        this.#isLocal = true;
        this.want(this.#wanted);
        this.onRefused(reason);
      },
      signal,
    );
    this.want(this.#wanted);
  }

  /** The columns, with the cells of the rows that are saved. */
  get columns(): readonly TableColumn[] {
    return this.#columns;
  }

  /** Whether only a part of the table is looked at: no kernel has the rest. */
  get isPart(): boolean {
    return this.#isLocal && this.saved.saved < this.saved.rows;
  }

  /** Wants other rows, or another order. */
  want(wanted: Wanted): void {
    this.#wanted = wanted;
    this.#requests.cancel();
    this.#known.clear();
    const { saved, rows } = this.saved;
    if (this.#isLocal || (wanted.filter.trim() === '' && wanted.sort === null)) {
      const order = orderRows(this.#columns, saved, wanted.filter, wanted.sort);
      order.forEach((row, at) => this.#known.set(at, this.#savedRow(row)));
      this.total = this.#isLocal ? order.length : rows;
    }
    // Until the kernel says how many there are, as many as there were.
  }

  /** The row at a place in the order; null while it is not here. */
  at(place: number): Row | null {
    return this.#known.get(place) ?? null;
  }

  /** Asks for the rows of places [from, to), if some are not here. */
  need(from: number, to: number): void {
    if (this.#isLocal) return;
    const missing = Array.from({ length: Math.max(1, to - from) }, (_, i) => from + i).filter((place) => !this.#known.has(place));
    if (missing.length === 0) return;
    const start = Math.max(0, (missing[0] ?? 0) - MARGIN);
    const end = Math.min(start + MOST_ROWS, (missing.at(-1) ?? 0) + 1 + MARGIN);
    this.#requests.ask(() => this.#fetch(start, end));
  }

  /** All rows in the order, up to so many: for a file. */
  async all(most: number): Promise<readonly Row[]> {
    const rows: Row[] = [];
    while (rows.length < Math.min(most, this.total)) {
      const known = this.at(rows.length);
      if (known !== null) rows.push(known);
      else {
        const more = await this.#fetch(rows.length, Math.min(most, rows.length + MOST_ROWS));
        if (more.rows.length === 0) break;
        rows.push(...more.rows);
      }
    }
    return rows;
  }

  #savedRow(number: number): Row {
    return { number, cells: this.#columns.map(({ cells }) => cells[number] ?? null) };
  }

  async #fetch(from: number, to: number): Promise<{ total: number; from: number; rows: readonly Row[] }> {
    const { total, rows, columns } = v.parse(tableAnswer, await this.ask({ from, to, ...this.#wanted }));
    const numbers = numbersOf(rows);
    const cells = columns.map((column) => cellsFrom(column, numbers.length));
    return { total, from, rows: Array.from(numbers, (number, i) => ({ number, cells: cells.map((column) => column[i] ?? null) })) };
  }
}
