// pv.show.table.

import * as v from 'valibot';
import { checkOptions, show as describe } from '../tensor/checks.js';
import { integerList } from '../protocol/number-list.js';
import { cellsData, MOST_ROWS, TABLE_MIME, tableRequest, type TableAnswer, type TableData } from '../protocol/table.js';
import { openView } from './live-views.js';
import { counted, formatCount } from './number-format.js';
import { present } from './show-common.js';
import { drawTable } from './table-figure.js';
import { formatOf, orderRows, type TableColumn, type TableSort } from './table-order.js';
import { MOST_COLUMNS, readTable, type TableValue } from './table-source.js';
import type { Figure } from './figure.js';

export type { TableValue };

/** Options of show.table. */
export interface TableOptions {
  readonly title?: string | undefined;
  /** Names of the columns of a tensor or of rows; of objects, the properties that are shown, in this order. */
  readonly columns?: readonly string[] | undefined;
}

/** Bytes of JSON that the saved rows may take: as many as fit, from the first. */
const MOST_BYTES = 140_000;
/** Rows that are saved however long they are. */
const LEAST_SAVED = 20;

/**
 * Shows a table: a tensor [rows, columns] or [rows] (of more axes the first plane), a list of objects, a list of rows, or an object of columns.
 * Resolves when it is drawn.
 */
export async function table(value: TableValue, options: TableOptions = {}): Promise<void> {
  checkOptions('show.table', options, "{title: 'Losses'}");
  const { title = 'Table', columns: names } = options;
  if (names !== undefined && !(Array.isArray(names) && names.every((name) => typeof name === 'string')))
    throw new TypeError(`show.table: columns is ${describe(names)}, but must be a list of names`);
  let held: readonly TableColumn[] | undefined;
  let rows = 0;
  const order = orderOnce();
  const view = openView((given) => {
    if (held === undefined) return Promise.reject(new Error('the table is not drawn yet'));
    return Promise.resolve(answerOf(held, v.parse(tableRequest, given), (filter, sort) => order(held ?? [], rows, filter, sort)));
  });
  const draw = readTable(value, names).then((source) => {
    const columns = source.columns.slice(0, MOST_COLUMNS).map(({ name, cells }) => ({ name, cells, format: formatOf(cells) }));
    [held, rows] = [columns, source.rows];
    const left = source.columns.length - columns.length;
    const size = `${rows === 1 ? '1 row' : `${formatCount(rows)} rows`} of ${counted(source.columns.length, 'column')}`;
    const note = [size, ...(left > 0 ? [`the first ${MOST_COLUMNS} columns`] : []), source.note].filter(Boolean).join(' · ');
    const saved = tableData({ title, note }, columns, rows, view?.name ?? null);
    return (): Figure => {
      const figure = drawTable({ title, note, rows, columns });
      return rows === 0 ? figure : { ...figure, data: { mime: TABLE_MIME, value: saved } };
    };
  });
  await present(draw);
}

/** The saved form of a table, version 1. */
function tableData(
  words: Pick<TableData, 'title' | 'note'>,
  columns: readonly TableColumn[],
  rows: number,
  view: string | null,
): TableData {
  const of = (saved: number): TableData => ({
    view,
    ...words,
    rows,
    saved,
    columns: columns.map(({ name, format, cells }) => ({
      name,
      format,
      cells: cellsData(Array.from({ length: saved }, (_, row) => cells[row] ?? null)),
    })),
  });
  let saved = Math.min(rows, 10_000);
  let data = of(saved);
  // Bytes grow with the rows; a little less than the estimate saves a third attempt.
  for (let size = JSON.stringify(data).length; size > MOST_BYTES && saved > LEAST_SAVED; size = JSON.stringify(data).length)
    data = of((saved = Math.max(LEAST_SAVED, Math.floor((0.95 * saved * MOST_BYTES) / size))));
  return data;
}

type Order = (columns: readonly TableColumn[], rows: number, filter: string, sort: TableSort | null) => Int32Array;

/** Orders rows, and keeps the last order: people look at one part of it after the other. */
function orderOnce(): Order {
  let last: { readonly key: string; readonly rows: Int32Array } | null = null;
  return (columns, rows, filter, sort) => {
    const key = JSON.stringify([filter, sort]);
    if (last?.key !== key) last = { key, rows: orderRows(columns, rows, filter, sort) };
    return last.rows;
  };
}

function answerOf(
  columns: readonly TableColumn[],
  { from, to, filter, sort }: v.InferOutput<typeof tableRequest>,
  order: (filter: string, sort: TableSort | null) => Int32Array,
): TableAnswer {
  if (sort !== null && sort.column >= columns.length) throw new RangeError(`the table has no column ${sort.column}, but ${columns.length}`);
  const all = order(filter, sort);
  const rows = all.slice(from, Math.min(to, from + MOST_ROWS));
  return {
    total: all.length,
    rows: integerList(rows),
    columns: columns.map(({ cells }) => cellsData(Array.from(rows, (row) => cells[row] ?? null))),
  };
}
