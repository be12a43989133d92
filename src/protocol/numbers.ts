// Numbers in JSON: those that it does not know, and many at once.

import * as v from 'valibot';

/** A number as JSON can hold it: it has no NaN and no infinity. */
export const jsonNumber = v.union([v.number(), v.picklist(['NaN', 'Infinity', '-Infinity'])]);
/** A number as JSON can hold it. */
export type JsonNumber = v.InferOutput<typeof jsonNumber>;

/** The number that JSON cannot hold, or can. */
export function numberFrom(given: JsonNumber): number {
  return Number(given);
}

/** A number as JSON can hold it. */
export function numberTo(given: number): JsonNumber {
  if (Number.isFinite(given)) return given;
  return Number.isNaN(given) ? 'NaN' : given > 0 ? 'Infinity' : '-Infinity';
}

/** Bytes as base64. */
export function bytesToText(bytes: Uint8Array): string {
  let binary = '';
  // A call takes only so many arguments.
  for (let at = 0; at < bytes.length; at += 8192) binary += String.fromCharCode(...bytes.subarray(at, at + 8192));
  return btoa(binary);
}

/** Bytes from base64. Throws where it is none. */
export function bytesFromText(text: string): Uint8Array<ArrayBuffer> {
  return Uint8Array.from(atob(text), (character) => character.charCodeAt(0));
}

/** Numbers as little-endian float32, in base64. */
export function floatsToText(values: ArrayLike<number>): string {
  const view = new DataView(new ArrayBuffer(4 * values.length));
  for (let i = 0; i < values.length; i++) view.setFloat32(4 * i, values[i] ?? NaN, true);
  return bytesToText(new Uint8Array(view.buffer));
}

/** Numbers from little-endian float32 in base64; with `count`, throws where there are not so many. */
export function floatsFromText(text: string, count?: number): Float32Array<ArrayBuffer> {
  const bytes = bytesFromText(text);
  if (count !== undefined && bytes.length !== 4 * count) throw new Error(`${bytes.length} bytes where ${count} numbers take ${4 * count}`);
  const view = new DataView(bytes.buffer);
  return Float32Array.from({ length: Math.floor(bytes.length / 4) }, (_, i) => view.getFloat32(4 * i, true));
}
