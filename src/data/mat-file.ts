// MATLAB's files of level 5 ("MAT-File Format", The MathWorks): the numeric arrays in one, by name.

import { inflateSync } from 'node:zlib';
import { showShape, sizeOf } from '../devices/shape.js';
import { show } from '../tensor/checks.js';
import { FileError, firstBytes } from './file.js';
import { widthOf, type ByteOrder, type NumberType } from './numbers.js';

/** An array of numbers: the first axis runs fastest. */
export interface MatArray {
  readonly shape: readonly number[];
  readonly type: NumberType;
  readonly order: ByteOrder;
  readonly bytes: Uint8Array;
}

const HEADER_BYTES = 128;
const MATRIX = 14;
const COMPRESSED = 15;
/** Kinds of elements that are numbers. */
const numberTypes: Readonly<Record<number, NumberType>> = {
  1: 'i1',
  2: 'u1',
  3: 'i2',
  4: 'u2',
  5: 'i4',
  6: 'u4',
  7: 'f4',
  9: 'f8',
  12: 'i8',
  13: 'u8',
};
/** Classes of arrays that are numbers: double to uint64. Cells, structures, objects, texts and sparse arrays are others. */
const numericClasses = { first: 6, last: 15 };
const KIND = { int32: 5, uint32: 6, int8: 1 };

interface Element {
  readonly kind: number;
  readonly bytes: Uint8Array;
  /** Where the next one begins. */
  readonly next: number;
}

/** Reads a file. What is not numeric is left out. Throws `FileError` where it is damaged, or of another version. */
export function decodeMat(bytes: Uint8Array): Map<string, MatArray> {
  const order = orderOf(bytes);
  const arrays = new Map<string, MatArray>();
  for (let at = HEADER_BYTES; at < bytes.length;) {
    const element = elementAt(bytes, at, order, `element ${arrays.size + 1}`);
    const isPacked = element.kind === COMPRESSED;
    const matrix = isPacked
      ? elementAt(inflated(element.bytes, arrays.size + 1), 0, order, `the packed element ${arrays.size + 1}`)
      : element;
    const named = matrix.kind === MATRIX ? arrayOf(matrix.bytes, order) : null;
    if (named !== null) arrays.set(...named);
    // Packed elements are not filled up.
    at = isPacked ? at + 8 + element.bytes.length : element.next;
  }
  return arrays;
}

function orderOf(bytes: Uint8Array): ByteOrder {
  const text = Buffer.from(bytes.subarray(0, 116)).toString('latin1');
  if (text.startsWith('MATLAB 7.3') || text.startsWith('\x89HDF'))
    throw new FileError('it is of version 7.3, which is HDF5', "In MATLAB: save(path, 'X', 'y', '-v7').");
  const mark = Buffer.from(bytes.subarray(126, 128)).toString('latin1');
  if (!text.startsWith('MATLAB 5') || (mark !== 'IM' && mark !== 'MI'))
    throw new FileError(
      bytes.length < HEADER_BYTES && text.startsWith('MATLAB')
        ? `it ends within its header of ${HEADER_BYTES} bytes`
        : `it starts with ${firstBytes(bytes)}, but a MATLAB 5 file with "MATLAB 5"`,
      "Check the path; older files are saved again by save(path, '-v7').",
    );
  return mark === 'IM' ? 'little' : 'big';
}

function elementAt(bytes: Uint8Array, at: number, order: ByteOrder, what: string): Element {
  if (at + 8 > bytes.length) throw new FileError(`${what} begins at byte ${at}, but only ${bytes.length - at} bytes are left`);
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const isLittle = order === 'little';
  const first = view.getUint32(at, isLittle);
  // Up to four bytes stand within the tag, whose upper half then is their count.
  const isSmall = first >>> 16 !== 0;
  const [kind, size, begin] = isSmall ? [first & 0xffff, first >>> 16, at + 4] : [first, view.getUint32(at + 4, isLittle), at + 8];
  if (isSmall ? size > 4 : begin + size > bytes.length)
    throw new FileError(`${what} should take ${size} bytes, but ${isSmall ? 4 : bytes.length - begin} are there`);
  return { kind, bytes: bytes.subarray(begin, begin + size), next: isSmall ? at + 8 : begin + 8 * Math.ceil(size / 8) };
}

function inflated(packed: Uint8Array, which: number): Uint8Array {
  try {
    return inflateSync(packed);
  } catch (error) {
    throw new FileError(`element ${which} is packed and cannot be unpacked (${(error as Error).message})`);
  }
}

/** A matrix: flags, extents, name and numbers, each an element; null where it is not one of real numbers. */
function arrayOf(bytes: Uint8Array, order: ByteOrder): [string, MatArray] | null {
  const flags = elementAt(bytes, 0, order, "an array's flags");
  const extents = elementAt(bytes, flags.next, order, "an array's extents");
  const name = elementAt(bytes, extents.next, order, "an array's name");
  if (
    flags.kind !== KIND.uint32 ||
    flags.bytes.length !== 8 ||
    extents.kind !== KIND.int32 ||
    extents.bytes.length % 4 !== 0 ||
    name.kind !== KIND.int8
  )
    throw new FileError('an array in it has no flags, extents and name, in this order');
  const view = new DataView(flags.bytes.buffer, flags.bytes.byteOffset, 8);
  const word = view.getUint32(0, order === 'little');
  const [kindOfArray, isComplex] = [word & 0xff, (word & 0x800) !== 0];
  if (kindOfArray < numericClasses.first || kindOfArray > numericClasses.last || isComplex) return null;
  const axes = new DataView(extents.bytes.buffer, extents.bytes.byteOffset, extents.bytes.length);
  const shape = Array.from({ length: extents.bytes.length / 4 }, (_, axis) => axes.getInt32(4 * axis, order === 'little'));
  const called = Buffer.from(name.bytes).toString('latin1');
  const numbers = elementAt(bytes, name.next, order, `the numbers of ${show(called)}`);
  const type = numberTypes[numbers.kind];
  if (type === undefined) throw new FileError(`the numbers of ${show(called)} are of kind ${numbers.kind}, which is none of numbers`);
  const wanted = sizeOf(shape) * widthOf(type);
  if (shape.some((extent) => extent < 0) || wanted !== numbers.bytes.length)
    throw new FileError(`${show(called)} of ${showShape(shape)} takes ${wanted} bytes, but ${numbers.bytes.length} are there`);
  return [called, { shape, type, order, bytes: numbers.bytes }];
}
