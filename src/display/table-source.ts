// What people call a table: tensors, lists of objects or of rows, and objects of columns, as named columns of cells.

import { isComplex } from '../devices/dtype.js';
import { show as describe } from '../tensor/checks.js';
import { Tensor } from '../tensor/tensor.js';
import { firstPlane } from './planes.js';
import { withMinus } from './number-format.js';
import type { Cell } from './table-order.js';

/** What show.table takes. */
export type TableValue = Tensor | readonly unknown[] | Readonly<Record<string, Tensor | readonly unknown[] | ArrayBufferView>>;

/** Columns, and what they are of. */
export interface TableSource {
  readonly columns: readonly { readonly name: string; readonly cells: ArrayLike<Cell> }[];
  readonly rows: number;
  /** "[100, 3] float32", which of many planes, the device: empty for values that are no tensor. */
  readonly note: string;
}

/** Columns of a view; more are left out, and it is said. */
export const MOST_COLUMNS = 100;

/** Reads a table. Throws what was given where it is none. */
export async function readTable(value: unknown, names: readonly string[] | undefined): Promise<TableSource> {
  if (value instanceof Tensor) return tensorTable(value, names);
  if (Array.isArray(value)) return listTable(value as readonly unknown[], names);
  if (ArrayBuffer.isView(value)) return listTable(listOf(value) ?? [], names);
  if (isRecord(value)) return columnTable(value, names);
  throw new TypeError(
    `show.table: expects a tensor, a list of objects or rows, or an object {name: column}, but was given ${describe(value)}`,
  );
}

const isRecord = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null && [Object.prototype, null].includes(Object.getPrototypeOf(value) as object | null);

/** Numbers of a typed array, or a list; null of all else. */
function listOf(value: unknown): readonly unknown[] | null {
  if (Array.isArray(value)) return value as readonly unknown[];
  if (!ArrayBuffer.isView(value) || value instanceof DataView) return null;
  return Array.from(value as unknown as ArrayLike<number | bigint>);
}

function checkNames(names: readonly string[] | undefined, count: number): readonly string[] | undefined {
  if (names !== undefined && names.length !== count)
    throw new Error(`show.table: columns has ${names.length} names, but the table has ${count} columns`);
  return names;
}

async function tensorTable(tensor: Tensor, names: readonly string[] | undefined): Promise<TableSource> {
  const { plane, note } = tensor.shape.length > 2 ? firstPlane(tensor, 2) : { plane: tensor, note: '' };
  const [rows, count] = [plane.shape[0] ?? 1, plane.shape.length === 2 ? (plane.shape[1] ?? 0) : 1];
  if (count === 0) throw new Error(`show.table: the tensor [${tensor.shape.join(', ')}] has no columns; nothing can be shown`);
  checkNames(names, count);
  const values: ArrayLike<number> = plane.size === 0 ? [] : await plane.data();
  const complex = isComplex(plane.dtype);
  const columns = Array.from({ length: count }, (_, i) => ({
    name: names?.[i] ?? (plane.shape.length === 2 ? String(i) : 'value'),
    cells: Array.from({ length: rows }, (__, row): Cell => {
      const at = row * count + i;
      if (complex) return complexText(values[2 * at] ?? NaN, values[2 * at + 1] ?? NaN);
      return plane.dtype === 'bool' ? String(values[at] !== 0) : (values[at] ?? null);
    }),
  }));
  return { columns, rows, note: [`[${tensor.shape.join(', ')}] ${tensor.dtype}`, note, tensor.device].filter(Boolean).join(' · ') };
}

function complexText(re: number, im: number): string {
  const part = (value: number): string => String(Number(value.toPrecision(4)));
  return withMinus(`${part(re)} ${im < 0 ? '-' : '+'} ${part(Math.abs(im))}i`);
}

function listTable(list: readonly unknown[], names: readonly string[] | undefined): TableSource {
  const rows = list.length;
  const cut = list.map((item) => listOf(item));
  if (rows > 0 && cut.every((row) => row !== null)) {
    const count = Math.max(...cut.map((row) => row.length));
    if (count === 0) throw new Error('show.table: no row has a cell');
    checkNames(names, count);
    return {
      columns: Array.from({ length: count }, (_, i) => ({ name: names?.[i] ?? String(i), cells: cut.map((row) => cellOf(row[i])) })),
      rows,
      note: '',
    };
  }
  if (rows > 0 && list.every(isRecord)) {
    const keys = [...new Set(list.flatMap((row) => Object.keys(row)))];
    if (keys.length === 0) throw new Error('show.table: no object has a property');
    const wanted = names ?? keys;
    const unknown = wanted.find((name) => !keys.includes(name));
    if (unknown !== undefined) throw new Error(`show.table: no object has a property ${describe(unknown)}; there are ${keys.join(', ')}`);
    return { columns: wanted.map((name) => ({ name, cells: list.map((row) => cellOf(row[name])) })), rows, note: '' };
  }
  checkNames(names, 1);
  return { columns: [{ name: names?.[0] ?? 'value', cells: list.map(cellOf) }], rows, note: '' };
}

async function columnTable(record: Readonly<Record<string, unknown>>, names: readonly string[] | undefined): Promise<TableSource> {
  const wanted = names ?? Object.keys(record);
  if (wanted.length === 0) throw new Error('show.table: the object has no columns');
  const columns = await Promise.all(
    wanted.map(async (name) => {
      const value = record[name];
      if (value instanceof Tensor) {
        if (value.shape.length !== 1)
          throw new Error(`show.table: column ${name} has shape [${value.shape.join(', ')}], but a column is [rows]`);
        return { name, cells: (await tensorTable(value, undefined)).columns[0]?.cells ?? [] };
      }
      const list = listOf(value);
      if (list === null)
        throw new TypeError(`show.table: column ${name} is ${describe(value)}, but must be a list, a typed array or a tensor`);
      return { name, cells: list.map(cellOf) };
    }),
  );
  const [first] = columns;
  const other = columns.find(({ cells }) => cells.length !== first?.cells.length);
  if (first !== undefined && other !== undefined)
    throw new Error(`show.table: column ${first.name} has ${first.cells.length} rows, but ${other.name} has ${other.cells.length}`);
  return { columns, rows: first?.cells.length ?? 0, note: '' };
}

/** Longest text of a cell. */
const LONGEST = 500;

function cellOf(value: unknown): Cell {
  if (value === undefined || value === null) return null;
  if (typeof value === 'number') return value;
  if (typeof value === 'string') return shortened(value);
  if (typeof value === 'bigint') return Number.isSafeInteger(Number(value)) ? Number(value) : String(value);
  if (typeof value === 'boolean') return String(value);
  if (value instanceof Date) return Number.isNaN(value.getTime()) ? 'no date' : value.toISOString();
  if (value instanceof Tensor) return `tensor [${value.shape.join(', ')}]`;
  if (typeof value === 'object') {
    const list = listOf(value);
    return shortened(JSON.stringify(list ?? value));
  }
  return describe(value);
}

function shortened(text: string): string {
  return text.length > LONGEST ? `${text.slice(0, LONGEST - 1)}…` : text;
}
