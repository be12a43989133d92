// A plane of numbers as a view saves it in the notebook: whole or reduced, as float32 or in 255 levels.

import * as v from 'valibot';
import { bytesFromText, bytesToText, floatsFromText, floatsToText } from './numbers.js';
import { count } from './schemas.js';

/** Of 256 bytes those below this one are levels; this one is NaN. */
const NAN_BYTE = 255;

/** A plane of numbers, row-major. */
export const planeSchema = v.variant('kind', [
  v.strictObject({ kind: v.literal('float32'), rows: count, cols: count, data: v.string() }),
  /** Levels of equal steps from `min` (byte 0) to `max` (byte 254), 255 for NaN; what lies outside takes the nearer end. */
  v.strictObject({ kind: v.literal('levels'), rows: count, cols: count, min: v.number(), max: v.number(), data: v.string() }),
]);
/** A plane of numbers, row-major. */
export type PlaneData = v.InferOutput<typeof planeSchema>;

/** Numbers of a plane as float32: 5.3 bytes of base64 each. */
export function floatPlane(values: ArrayLike<number>, rows: number, cols: number): PlaneData {
  return { kind: 'float32', rows, cols, data: floatsToText(values) };
}

/** Numbers of a plane in 255 levels between two finite ends: 1.3 bytes of base64 each. */
export function levelPlane(values: ArrayLike<number>, rows: number, cols: number, min: number, max: number): PlaneData {
  const level = (value: number): number => {
    if (Number.isNaN(value)) return NAN_BYTE;
    const part = max > min ? (value - min) / (max - min) : 0;
    return Math.round(Math.min(1, Math.max(0, part)) * (NAN_BYTE - 1));
  };
  return { kind: 'levels', rows, cols, min, max, data: bytesToText(Uint8Array.from(values, level)) };
}

/** The numbers of a saved plane. Throws where there are not as many as its size says. */
export function planeValues(plane: PlaneData): Float64Array {
  const { rows, cols, data } = plane;
  if (plane.kind === 'float32') return Float64Array.from(floatsFromText(data, rows * cols));
  const bytes = bytesFromText(data);
  if (bytes.length !== rows * cols) throw new Error(`${bytes.length} levels where [${rows}, ${cols}] needs ${rows * cols}`);
  const { min, max } = plane;
  return Float64Array.from(bytes, (byte) => (byte === NAN_BYTE ? NaN : min + (byte / (NAN_BYTE - 1)) * (max - min)));
}
