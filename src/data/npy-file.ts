// NumPy's array files (https://numpy.org/doc/stable/reference/generated/numpy.lib.format.html), and the archives of them: bytes in, arrays out.

import type { DType, TypedArray } from '../devices/dtype.js';
import { dense } from '../devices/ndarray.js';
import { showShape, sizeOf, stridesOf } from '../devices/shape.js';
import { show } from '../tensor/checks.js';
import { FileError, firstBytes } from './file.js';
import { decodeBooleans, decodeNumbers, littleEndian, type ByteOrder, type NumberType, type RawArray } from './numbers.js';
import { unzip } from './zip-file.js';

const MAGIC = '\x93NUMPY';
/** Headers are filled up so that the numbers begin at a multiple of this. */
const ALIGNMENT = 64;

/** NumPy's kinds and widths, and how their numbers are stored. */
const typesOf: Readonly<Record<string, NumberType | 'bool'>> = {
  b1: 'bool',
  ...{ i1: 'i1', i2: 'i2', i4: 'i4', i8: 'i8', u1: 'u1', u2: 'u2', u4: 'u4', u8: 'u8' },
  ...{ f2: 'f2', f4: 'f4', f8: 'f8', c8: 'f4', c16: 'f8' },
};
const namesOf = { bool: '|b1', int32: '<i4', float32: '<f4', float64: '<f8', complex64: '<c8', complex128: '<c16' } satisfies Record<
  DType,
  string
>;

interface Header {
  readonly name: string;
  readonly type: NumberType | 'bool';
  readonly order: ByteOrder;
  readonly isComplex: boolean;
  readonly isFortran: boolean;
  readonly shape: readonly number[];
  /** Where the numbers begin. */
  readonly begin: number;
}

/** Reads an .npy file of version 1, 2 or 3, in C or Fortran order and either byte order. Throws `FileError` for what it is not, or cannot hold. */
export function decodeNpy(bytes: Uint8Array): RawArray {
  const header = headerOf(bytes);
  const { name, type, order, shape, begin } = header;
  const wanted = sizeOf(shape) * Number(/\d+/u.exec(name)?.[0]);
  const there = bytes.length - begin;
  if (there !== wanted) throw new FileError(`its ${showShape(shape)} of ${name} takes ${wanted} bytes, but ${there} follow its header`);
  const body = bytes.subarray(begin);
  const data: TypedArray = type === 'bool' ? decodeBooleans(body) : integersChecked(() => decodeNumbers(body, type, order));
  const dtype = dtypeOf(data, header.isComplex);
  if (!header.isFortran) return { dtype, shape, data };
  const strides = stridesOf([...shape].reverse()).reverse();
  return { dtype, shape, data: dense({ dtype, shape, data, strides, offset: 0 }).data };
}

function dtypeOf(data: TypedArray, complex: boolean): DType {
  if (data instanceof Float64Array) return complex ? 'complex128' : 'float64';
  if (data instanceof Float32Array) return complex ? 'complex64' : 'float32';
  return data instanceof Int32Array ? 'int32' : 'bool';
}

function integersChecked<T>(decode: () => T): T {
  try {
    return decode();
  } catch (error) {
    throw new FileError((error as Error).message, 'In Python: np.save(path, x.astype(np.float64)).');
  }
}

function headerOf(bytes: Uint8Array): Header {
  if (Buffer.from(bytes.subarray(0, 6)).toString('latin1') !== MAGIC.slice(0, Math.min(6, bytes.length)))
    throw new FileError(
      `it starts with ${firstBytes(bytes)}, but must with the bytes of "\\x93NUMPY"`,
      'It is probably a file of another kind; check the path.',
    );
  if (bytes.length < 12) throw new FileError('it ends within its header');
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const version = view.getUint8(6);
  if (version < 1 || version > 3)
    throw new FileError(`its version is ${version}, but 1, 2 and 3 are known`, 'Save it with np.save once more.');
  const [from, length] = version === 1 ? [10, view.getUint16(8, true)] : [12, view.getUint32(8, true)];
  if (from + length > bytes.length) throw new FileError(`its header should take ${length} bytes, but ${bytes.length - from} are there`);
  const text = Buffer.from(bytes.subarray(from, from + length)).toString('utf8');
  return { ...described(text), begin: from + length };
}

/** The header is the text of a Python dictionary, as np.save writes it: {'descr': '<f4', 'fortran_order': False, 'shape': (3, 4), }. */
function described(text: string): Omit<Header, 'begin'> {
  const field = (name: string, value: string): string => {
    const found = new RegExp(`'${name}'\\s*:\\s*${value}`, 'u').exec(text)?.[1];
    if (found === undefined) throw new FileError(`its header ${show(text.trim())} does not tell its ${name} as np.save writes it`);
    return found;
  };
  if (/'descr'\s*:\s*\[/u.test(text))
    throw new FileError('its elements are records of several fields', 'Save each field as an array of its own.');
  const descr = field('descr', "'([^']*)'");
  const [, mark, name] = /^([<>|=]?)([a-zA-Z]\d*)$/u.exec(descr) ?? [];
  const type = name === undefined ? undefined : typesOf[name];
  if (name === undefined || type === undefined)
    throw new FileError(
      `its elements are ${show(descr)}${name?.startsWith('O') ? ', which are Python objects' : ''}, but must be one of ${Object.keys(typesOf).join(', ')}`,
      'In Python: np.save(path, x.astype(np.float32)).',
    );
  const shape = field('shape', '\\(([^)]*)\\)')
    .split(',')
    .map((extent) => extent.trim())
    .filter((extent) => extent !== '')
    .map((extent) => (/^\d+$/u.test(extent) ? Number(extent) : -1));
  if (!shape.every((extent) => extent >= 0) || !Number.isSafeInteger(sizeOf(shape) * 16))
    throw new FileError(`its header ${show(text.trim())} tells no shape of non-negative integers`);
  return {
    name,
    type,
    order: mark === '>' ? 'big' : 'little',
    isComplex: name.startsWith('c'),
    isFortran: field('fortran_order', '(True|False)\\b') === 'True',
    shape,
  };
}

/** The pieces of an .npy file of version 1, in C order, the lower byte first. */
export function encodeNpy({ dtype, shape, data }: RawArray): Uint8Array[] {
  const extents = shape.length === 1 ? `${shape[0]},` : shape.join(', ');
  const dictionary = `{'descr': '${namesOf[dtype]}', 'fortran_order': False, 'shape': (${extents}), }`;
  const length = Math.ceil((MAGIC.length + 4 + dictionary.length + 1) / ALIGNMENT) * ALIGNMENT - MAGIC.length - 4;
  const header = Buffer.from(`${MAGIC}\x01\x00  ${dictionary.padEnd(length - 1)}\n`, 'latin1');
  header.writeUInt16LE(length, 8);
  return [header, littleEndian(data)];
}

/** Reads an .npz file: arrays by their names. Throws `FileError`, which names the array that cannot be read. */
export function decodeNpz(bytes: Uint8Array): Map<string, RawArray> {
  const arrays = new Map<string, RawArray>();
  for (const [file, content] of unzip(bytes)) {
    const name = file.replace(/\.npy$/u, '');
    try {
      arrays.set(name, decodeNpy(content));
    } catch (error) {
      if (error instanceof FileError) throw new FileError(`array ${show(name)}: ${error.message}`, error.advice);
      throw error;
    }
  }
  return arrays;
}
