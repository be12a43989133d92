// IDX, the format of MNIST (described at yann.lecun.com/exdb/mnist): a type, extents, and numbers with their upper byte first.

import { gunzipSync } from 'node:zlib';
import { showShape, sizeOf } from '../devices/shape.js';
import { FileError, firstBytes } from './file.js';
import { widthOf, type NumberType } from './numbers.js';

/** What a file holds: numbers in row-major order, as bytes. */
export interface IdxContent {
  readonly type: NumberType;
  readonly shape: readonly number[];
  readonly bytes: Uint8Array;
}

const types: Readonly<Record<number, NumberType>> = { 0x08: 'u1', 0x09: 'i1', 0x0b: 'i2', 0x0c: 'i4', 0x0d: 'f4', 0x0e: 'f8' };

/** The bytes of a file, unpacked where gzip has packed them. */
export function gunzipped(bytes: Uint8Array): Uint8Array {
  if (bytes[0] !== 0x1f || bytes[1] !== 0x8b) return bytes;
  try {
    return gunzipSync(bytes);
  } catch (error) {
    throw new FileError(`it is packed by gzip, and cannot be unpacked (${(error as Error).message})`);
  }
}

/** Reads an unpacked IDX file. Throws `FileError` where it is none, or is cut short. */
export function decodeIdx(bytes: Uint8Array): IdxContent {
  if (bytes[0] !== 0 || bytes[1] !== 0)
    throw new FileError(
      `it starts with ${firstBytes(bytes)}, but must with two zero bytes`,
      'It is probably a file of another kind; check the path.',
    );
  const [type, rank = 0] = [types[bytes[2] ?? 0], bytes[3]];
  if (type === undefined)
    throw new FileError(
      `its numbers are of type 0x${(bytes[2] ?? 0).toString(16).padStart(2, '0')}, but the format knows 08, 09, 0b, 0c, 0d and 0e`,
    );
  const begin = 4 + 4 * rank;
  if (rank === 0 || begin > bytes.length) throw new FileError(`it ends within its header of ${rank} extents`);
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const shape = Array.from({ length: rank }, (_, axis) => view.getUint32(4 + 4 * axis));
  const [wanted, there] = [sizeOf(shape) * widthOf(type), bytes.length - begin];
  if (wanted !== there) throw new FileError(`its ${showShape(shape)} numbers take ${wanted} bytes, but ${there} follow its header`);
  return { type, shape, bytes: bytes.subarray(begin) };
}
