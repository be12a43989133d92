// Numbers as files hold them: integers and floating-point numbers of any width and byte order, to the host arrays of our dtypes.

import { endianness } from 'node:os';
import { hostArray, isDouble, type DType, type TypedArray } from '../devices/dtype.js';
import type { Shape } from '../devices/shape.js';
import { currentState, stateOf, checkSize, upload, type DeviceName } from '../tensor/devices.js';
import { wrap, type Tensor } from '../tensor/tensor.js';

/** Kind and width in bytes: signed and unsigned integers, IEEE floating point, and bfloat16. */
export type NumberType = 'i1' | 'i2' | 'i4' | 'i8' | 'u1' | 'u2' | 'u4' | 'u8' | 'f2' | 'f4' | 'f8' | 'bf2';

/** The lower byte first, or the upper one. */
export type ByteOrder = 'little' | 'big';

/** An array that was read and lives on no device yet. */
export interface RawArray {
  readonly dtype: DType;
  readonly shape: Shape;
  /** Row-major; complex values interleaved, bool as bytes. */
  readonly data: TypedArray;
}

const hostOrder: ByteOrder = endianness() === 'LE' ? 'little' : 'big';

/** Bytes of one number. */
export function widthOf(type: NumberType): 1 | 2 | 4 | 8 {
  return Number(type.at(-1)) as 1 | 2 | 4 | 8;
}

/**
 * The numbers in `bytes`: floating point as Float64Array (f8) or Float32Array, integers as Int32Array. Always a copy.
 * Throws where an integer does not fit in 32 bits: no dtype holds it.
 */
export function decodeNumbers(
  bytes: Uint8Array,
  type: NumberType,
  order: ByteOrder,
): Float64Array<ArrayBuffer> | Float32Array<ArrayBuffer> | Int32Array<ArrayBuffer> {
  const { buffer } = inOrder(bytes, widthOf(type), order);
  switch (type) {
    case 'f8':
      return new Float64Array(buffer);
    case 'f4':
      return new Float32Array(buffer);
    case 'f2':
      return Float32Array.from(new Uint16Array(buffer), halfToNumber);
    case 'bf2':
      return new Float32Array(Uint32Array.from(new Uint16Array(buffer), (upper) => upper << 16).buffer);
    case 'i1':
      return Int32Array.from(new Int8Array(buffer));
    case 'i2':
      return Int32Array.from(new Int16Array(buffer));
    case 'i4':
      return new Int32Array(buffer);
    case 'u1':
      return Int32Array.from(new Uint8Array(buffer));
    case 'u2':
      return Int32Array.from(new Uint16Array(buffer));
    case 'u4':
      return narrowed(new Uint32Array(buffer));
    case 'i8':
      return narrowed(new BigInt64Array(buffer));
    case 'u8':
      return narrowed(new BigUint64Array(buffer));
  }
}

/** The bytes of numbers, each with its lower byte first: the same memory where the host counts so. */
export function littleEndian(numbers: TypedArray): Uint8Array {
  const bytes = new Uint8Array(numbers.buffer, numbers.byteOffset, numbers.byteLength);
  return hostOrder === 'little' ? bytes : inOrder(bytes, numbers.BYTES_PER_ELEMENT as 1 | 4 | 8, 'little');
}

/** A copy in the host's order, at the start of a buffer of its own. */
function inOrder(bytes: Uint8Array, width: 1 | 2 | 4 | 8, order: ByteOrder): Uint8Array<ArrayBuffer> {
  const copy = new Uint8Array(bytes);
  const view = Buffer.from(copy.buffer);
  if (order !== hostOrder && width === 2) view.swap16();
  if (order !== hostOrder && width === 4) view.swap32();
  if (order !== hostOrder && width === 8) view.swap64();
  return copy;
}

function narrowed(values: Uint32Array | BigInt64Array | BigUint64Array): Int32Array<ArrayBuffer> {
  const out = new Int32Array(values.length);
  for (let i = 0; i < values.length; i++) {
    const value = Number(values[i]);
    out[i] = value;
    if (out[i] !== value)
      throw new Error(`element ${i} is ${values[i]}, but the integers here have 32 bits and end at ±${2 ** 31}; save it as float64`);
  }
  return out;
}

/** A half-precision number (IEEE 754 binary16) from its bits. */
function halfToNumber(bits: number): number {
  const sign = bits & 0x8000 ? -1 : 1;
  const exponent = (bits >> 10) & 0x1f;
  const fraction = bits & 0x3ff;
  if (exponent === 0) return sign * fraction * 2 ** -24;
  if (exponent === 0x1f) return fraction === 0 ? sign * Infinity : NaN;
  return sign * (1024 + fraction) * 2 ** (exponent - 25);
}

/** Where what is read shall live. */
export interface PlaceOptions {
  /** The current device when not given. */
  readonly device?: DeviceName | undefined;
}

/** A tensor of what was read. On WebGPU, which knows no float64, such numbers become float32, as they do in `to`. */
export function place(what: string, { dtype, shape, data }: RawArray, { device }: PlaceOptions): Tensor {
  const state = device === undefined ? currentState() : stateOf(device);
  const narrow = state.device.kind === 'wgsl' && isDouble(dtype);
  const to: DType = !narrow ? dtype : dtype === 'float64' ? 'float32' : 'complex64';
  checkSize(what, to, shape, state);
  return wrap(upload(state, to, shape, narrow ? Float32Array.from(data) : data));
}

/** Zeros and ones as bool, from bytes that are 0 for false. */
export function decodeBooleans(bytes: Uint8Array): TypedArray {
  const out = hostArray('bool', bytes.length);
  for (let i = 0; i < bytes.length; i++) out[i] = bytes[i] === 0 ? 0 : 1;
  return out;
}
