// A plane of numbers as a view saves it in the notebook: whole or reduced, as float32 or in 253 levels.

import * as v from 'valibot';
import { bytesFromText, bytesToText, floatsFromText, floatsToText } from './numbers.js';
import { count } from './schemas.js';

/** Bytes up to this one are levels; the others are no finite numbers. */
const TOP = 252;
const [NEGATIVE, POSITIVE, NAN] = [253, 254, 255] as const;

/** A plane of numbers, row-major. */
export const planeSchema = v.variant('kind', [
  v.strictObject({ kind: v.literal('float32'), rows: count, cols: count, data: v.string() }),
  /** Levels of equal steps from `min` (byte 0) to `max` (byte 252), then −∞, ∞ and NaN; what lies outside takes the nearer end. */
  v.strictObject({ kind: v.literal('levels'), rows: count, cols: count, min: v.number(), max: v.number(), data: v.string() }),
]);
/** A plane of numbers, row-major. */
export type PlaneData = v.InferOutput<typeof planeSchema>;

/** Numbers of a plane as float32: 5.3 bytes of base64 each. */
export function floatPlane(values: ArrayLike<number>, rows: number, cols: number): PlaneData {
  return { kind: 'float32', rows, cols, data: floatsToText(values) };
}

/** Numbers of a plane in 253 levels between two finite ends: 1.3 bytes of base64 each. */
export function levelPlane(values: ArrayLike<number>, rows: number, cols: number, min: number, max: number): PlaneData {
  const level = (value: number): number => {
    if (Number.isNaN(value)) return NAN;
    if (!Number.isFinite(value)) return value > 0 ? POSITIVE : NEGATIVE;
    const part = max > min ? (value - min) / (max - min) : 0;
    return Math.round(Math.min(1, Math.max(0, part)) * TOP);
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
  const others = { [NEGATIVE]: -Infinity, [POSITIVE]: Infinity, [NAN]: NaN } as const;
  return Float64Array.from(bytes, (byte) =>
    byte <= TOP ? min + (byte / TOP) * (max - min) : (others[byte as keyof typeof others] ?? NaN),
  );
}

/** Asks for a part of a plane that the kernel holds: cells [top, bottom) × [left, right), reduced to at most `rows` by `cols`. */
export const planeRequest = v.strictObject({
  top: count,
  left: count,
  bottom: count,
  right: count,
  rows: v.pipe(count, v.minValue(1), v.maxValue(4096)),
  cols: v.pipe(count, v.minValue(1), v.maxValue(4096)),
});
/** Asks for a part of a plane. */
export type PlaneRequest = v.InferOutput<typeof planeRequest>;
/** Answers it: as many planes as are drawn, all of that part. */
export const planesAnswer = v.array(planeSchema);
