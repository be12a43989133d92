// A list of numbers as a view saves it: in single precision where that is enough to draw it, else in double.

import * as v from 'valibot';
import { bytesFromText, bytesToText, floatsFromText, floatsToText } from './numbers.js';

/** Numbers in base64, little-endian. */
export const numberListSchema = v.strictObject({ kind: v.picklist(['float32', 'float64', 'int32']), data: v.string() });
/** Numbers in base64, little-endian. */
export type NumberList = v.InferOutput<typeof numberListSchema>;

/**
 * Numbers as they are saved: as float32 where that moves no value by more than a part of how far all reach, a millionth when not given; with 0
 * all come back as they were.
 */
export function numberList(values: ArrayLike<number>, moved = 1e-6): NumberList {
  let [min, max] = [Infinity, -Infinity];
  for (let i = 0; i < values.length; i++) {
    const value = values[i] ?? NaN;
    if (Number.isFinite(value)) [min, max] = [Math.min(min, value), Math.max(max, value)];
  }
  const most = moved === 0 ? 0 : moved * (max / 2 - min / 2);
  for (let i = 0; i < values.length; i++) {
    const value = values[i] ?? NaN;
    // Infinite in single precision alone is moved by an infinity.
    if (Number.isFinite(value) && !(Math.abs(Math.fround(value) - value) <= most)) return doubles(values);
  }
  return { kind: 'float32', data: floatsToText(values) };
}

/** Whole numbers below 2³¹ as they are saved. */
export function integerList(values: ArrayLike<number>): NumberList {
  const view = new DataView(new ArrayBuffer(4 * values.length));
  for (let i = 0; i < values.length; i++) view.setInt32(4 * i, values[i] ?? 0, true);
  return { kind: 'int32', data: bytesToText(new Uint8Array(view.buffer)) };
}

function doubles(values: ArrayLike<number>): NumberList {
  const view = new DataView(new ArrayBuffer(8 * values.length));
  for (let i = 0; i < values.length; i++) view.setFloat64(8 * i, values[i] ?? NaN, true);
  return { kind: 'float64', data: bytesToText(new Uint8Array(view.buffer)) };
}

/** The numbers of a saved list; with `count`, throws where there are not so many. */
export function numbersOf({ kind, data }: NumberList, count?: number): Float64Array {
  if (kind === 'float32') return Float64Array.from(floatsFromText(data, count));
  const size = kind === 'int32' ? 4 : 8;
  const bytes = bytesFromText(data);
  if (count !== undefined && bytes.length !== size * count)
    throw new Error(`${bytes.length} bytes where ${count} numbers take ${size * count}`);
  const view = new DataView(bytes.buffer);
  return Float64Array.from({ length: Math.floor(bytes.length / size) }, (_, i) =>
    kind === 'int32' ? view.getInt32(4 * i, true) : view.getFloat64(8 * i, true),
  );
}
