// A table as an output: what is saved of it, and what its view may ask of the kernel.

import * as v from 'valibot';
import { integerList, numberList, numberListSchema, numbersOf } from './number-list.js';
import { count } from './schemas.js';
import { viewName } from './views.js';

/** The MIME type of a table. */
export const TABLE_MIME = 'application/vnd.parseval.table.v1+json';

/** Cells of a column: numbers, and which of them are nothing; or texts. */
const cellsSchema = v.variant('kind', [
  v.strictObject({ kind: v.literal('numbers'), list: numberListSchema, missing: v.nullable(numberListSchema) }),
  v.strictObject({ kind: v.literal('texts'), texts: v.array(v.nullable(v.string())) }),
]);
/** Cells of a column as JSON. */
export type CellsData = v.InferOutput<typeof cellsSchema>;

const formatSchema = v.variant('style', [
  v.strictObject({ style: v.literal('text') }),
  v.strictObject({ style: v.literal('fixed'), decimals: v.pipe(count, v.maxValue(20)) }),
  v.strictObject({ style: v.literal('engineering') }),
]);

/** A table as JSON. */
export const tableSchema = v.strictObject({
  /** By what the kernel knows it; null where it holds nothing. */
  view: v.nullable(viewName),
  title: v.string(),
  note: v.string(),
  /** Rows of the table, of which the first `saved` are here. */
  rows: count,
  saved: count,
  columns: v.pipe(v.array(v.strictObject({ name: v.string(), format: formatSchema, cells: cellsSchema })), v.minLength(1)),
});
/** A table as JSON. */
export type TableData = v.InferOutput<typeof tableSchema>;

/** By what rows are sorted. */
export const sortSchema = v.strictObject({ column: count, direction: v.picklist(['ascending', 'descending']) });

/** Rows in one answer, at most. */
export const MOST_ROWS = 2000;

/** Asks for rows [from, to) of those that hold a text, in an order. */
export const tableRequest = v.strictObject({
  from: count,
  to: count,
  filter: v.pipe(v.string(), v.maxLength(200)),
  sort: v.nullable(sortSchema),
});
/** Asks for rows. */
export type TableRequest = v.InferOutput<typeof tableRequest>;
/** Answers `tableRequest`: how many rows hold the text, the numbers of those that were asked for, and their cells. */
export const tableAnswer = v.strictObject({ total: count, rows: numberListSchema, columns: v.array(cellsSchema) });
/** Answers `tableRequest`. */
export type TableAnswer = v.InferOutput<typeof tableAnswer>;

/** Cells as JSON: texts where one is a text, else numbers, exactly. */
export function cellsData(cells: readonly (number | string | null)[]): CellsData {
  if (cells.some((cell) => typeof cell === 'string'))
    return { kind: 'texts', texts: cells.map((cell) => (cell === null ? null : String(cell))) };
  const missing = cells.flatMap((cell, i) => (cell === null ? [i] : []));
  const list = numberList(
    cells.map((cell) => (typeof cell === 'number' ? cell : NaN)),
    0,
  );
  return { kind: 'numbers', list, missing: missing.length === 0 ? null : integerList(missing) };
}

/** Cells from JSON. Throws where there are not so many. */
export function cellsFrom(data: CellsData, length: number): (number | string | null)[] {
  if (data.kind === 'texts') {
    if (data.texts.length !== length) throw new Error(`${data.texts.length} cells where there are ${length} rows`);
    return [...data.texts];
  }
  const cells: (number | null)[] = [...numbersOf(data.list, length)];
  for (const i of data.missing === null ? [] : numbersOf(data.missing)) cells[i] = null;
  return cells;
}
