// The safetensors format (https://huggingface.co/docs/safetensors): a length, a JSON header, and the numbers of all tensors one after the
// other. Bytes in, arrays out, and back.

import { isComplex, type DType } from '../devices/dtype.js';
import { sizeOf, showShape } from '../devices/shape.js';
import { show } from '../tensor/checks.js';
import { FileError, firstBytes } from './file.js';
import { decodeBooleans, decodeNumbers, littleEndian, widthOf, type NumberType, type RawArray } from './numbers.js';

/** What a file holds. */
export interface SafetensorsContent {
  /** In the order of their names in the header. */
  readonly arrays: ReadonlyMap<string, RawArray>;
  /** Texts by name, without the note about complex tensors. */
  readonly metadata: Readonly<Record<string, string>>;
}

/** The format knows pairs of real numbers, and this entry of the metadata names the tensors whose last axis is such a pair (a JSON list). */
export const COMPLEX_NOTE = 'parseval.complex';
/** What other readers take at most. */
const MAX_HEADER_BYTES = 100_000_000;

const bitsOf = {
  BOOL: 'u1',
  U8: 'u1',
  I8: 'i1',
  U16: 'u2',
  I16: 'i2',
  U32: 'u4',
  I32: 'i4',
  U64: 'u8',
  I64: 'i8',
  F16: 'f2',
  BF16: 'bf2',
  F32: 'f4',
  F64: 'f8',
} satisfies Record<string, NumberType>;
const nameOf = { bool: 'BOOL', int32: 'I32', float32: 'F32', float64: 'F64', complex64: 'F32', complex128: 'F64' } satisfies Record<
  DType,
  string
>;

interface Entry {
  readonly name: string;
  readonly type: keyof typeof bitsOf;
  readonly shape: readonly number[];
  readonly begin: number;
  readonly end: number;
}

/** Reads a file's bytes. Throws `FileError` where they break the format's rules, saying which tensor does. */
export function decodeSafetensors(bytes: Uint8Array): SafetensorsContent {
  const { header, body } = partsOf(bytes);
  const { __metadata__: given = {}, ...described } = header;
  const entries = Object.entries(described).map(([name, entry]) => entryOf(name, entry));
  checkLayout(entries, body.length);
  const { [COMPLEX_NOTE]: note, ...metadata } = metadataOf(given);
  const complex = complexNames(note, entries);
  const arrays = new Map(
    entries.map((entry) => {
      const raw = decodeEntry(entry, body);
      return [entry.name, complex.has(entry.name) ? paired(raw) : raw];
    }),
  );
  return { arrays, metadata };
}

/** The pieces of a file. Arrays stand in it by falling width of their numbers, so that each begins at a multiple of it. */
export function* encodeSafetensors({ arrays, metadata }: SafetensorsContent): Generator<Uint8Array> {
  const complex = [...arrays].filter(([, { dtype }]) => isComplex(dtype)).map(([name]) => name);
  const notes = complex.length > 0 ? { ...metadata, [COMPLEX_NOTE]: JSON.stringify(complex) } : metadata;
  const inFile = [...arrays].sort(([, a], [, b]) => b.data.BYTES_PER_ELEMENT - a.data.BYTES_PER_ELEMENT);
  const offsets = new Map<string, readonly [number, number]>();
  let at = 0;
  for (const [name, { data }] of inFile) offsets.set(name, [at, (at += data.byteLength)]);
  const described = [...arrays].map(([name, { dtype, shape }]) => {
    return [name, { dtype: nameOf[dtype], shape: isComplex(dtype) ? [...shape, 2] : shape, data_offsets: offsets.get(name) }] as const;
  });
  const header = Object.fromEntries<unknown>([...(Object.keys(notes).length > 0 ? [['__metadata__', notes] as const] : []), ...described]);
  const text = Buffer.from(JSON.stringify(header));
  const padded = Buffer.alloc(8 * Math.ceil(text.length / 8), ' ');
  padded.set(text);
  const length = Buffer.alloc(8);
  length.writeBigUInt64LE(BigInt(padded.length));
  yield length;
  yield padded;
  for (const [, { data }] of inFile) yield littleEndian(data);
}

function partsOf(bytes: Uint8Array): { header: Record<string, unknown>; body: Uint8Array } {
  if (bytes.length < 8) throw new FileError('it ends within the length of its header, which takes 8 bytes');
  const length = new DataView(bytes.buffer, bytes.byteOffset).getBigUint64(0, true);
  if (length > BigInt(MAX_HEADER_BYTES))
    throw new FileError(
      `its header would take ${length} bytes (it starts with ${firstBytes(bytes)}), but takes at most ${MAX_HEADER_BYTES}`,
      'It is probably a file of another kind; check the path.',
    );
  const end = 8 + Number(length);
  if (end > bytes.length) throw new FileError(`its header should take ${length} bytes, but ${bytes.length - 8} are there`);
  const text = textOf(bytes.subarray(8, end));
  let header: unknown;
  try {
    header = JSON.parse(text);
  } catch (error) {
    throw new FileError(`its header is not JSON (${(error as Error).message})`);
  }
  if (!isRecord(header)) throw new FileError(`its header is ${JSON.stringify(header)?.slice(0, 40)}, but must be a JSON object`);
  const twice = repeatedKey(text);
  if (twice !== null) throw new FileError(`its header names ${show(twice)} twice`, 'Write it again with names that differ.');
  return { header, body: bytes.subarray(end) };
}

function textOf(bytes: Uint8Array): string {
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    throw new FileError('its header is not UTF-8 text');
  }
}

/** A key that an object of valid JSON has twice, of which parsing keeps only the last. */
function repeatedKey(json: string): string | null {
  const objects: Set<string>[] = [];
  for (const [token, key] of json.matchAll(/("(?:[^"\\]|\\.)*")\s*:|"(?:[^"\\]|\\.)*"|[{}]/gu)) {
    if (token === '{') objects.push(new Set());
    else if (token === '}') objects.pop();
    else if (key !== undefined) {
      const name = JSON.parse(key) as string;
      if (objects.at(-1)?.has(name) === true) return name;
      objects.at(-1)?.add(name);
    }
  }
  return null;
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function isCount(value: unknown): value is number {
  return Number.isSafeInteger(value) && (value as number) >= 0;
}

function entryOf(name: string, entry: unknown): Entry {
  const tensor = `tensor ${show(name)}`;
  if (!isRecord(entry))
    throw new FileError(`${tensor} is described by ${JSON.stringify(entry)}, but must be by dtype, shape and data_offsets`);
  const { dtype, shape, data_offsets: offsets } = entry;
  if (typeof dtype !== 'string' || !Object.hasOwn(bitsOf, dtype))
    throw new FileError(
      `${tensor} has dtype ${JSON.stringify(dtype)}, but must have one of ${Object.keys(bitsOf).join(', ')}`,
      'Convert it to one of these, and write the file again.',
    );
  if (!Array.isArray(shape) || !shape.every(isCount) || !isCount(sizeOf(shape)))
    throw new FileError(`${tensor} has shape ${JSON.stringify(shape)}, but must have a list of non-negative integers`);
  if (!Array.isArray(offsets) || offsets.length !== 2 || !offsets.every(isCount))
    throw new FileError(`${tensor} has data_offsets ${JSON.stringify(offsets)}, but must have [begin, end] in bytes`);
  const [begin, end] = offsets as [number, number];
  const type = dtype as keyof typeof bitsOf;
  const wanted = sizeOf(shape) * widthInBytes(type);
  if (end - begin !== wanted)
    throw new FileError(
      `${tensor} of ${dtype} ${showShape(shape)} takes ${wanted} bytes, but its data_offsets [${begin}, ${end}] give it ${end - begin}`,
    );
  return { name, type, shape, begin, end };
}

function widthInBytes(type: keyof typeof bitsOf): number {
  return widthOf(bitsOf[type]);
}

/** Tensors follow each other without holes, from the first byte after the header to the file's last. */
function checkLayout(entries: readonly Entry[], bytes: number): void {
  let [at, before] = [0, 'the header'];
  for (const { name, begin, end } of [...entries].sort((a, b) => a.begin - b.begin || a.end - b.end)) {
    if (begin !== at)
      throw new FileError(
        `tensor ${show(name)} begins at byte ${begin} of the data, but ${before} ends at byte ${at}: they ${begin < at ? 'overlap' : 'leave a hole'}`,
        'Write it again.',
      );
    if (end > bytes) throw new FileError(`tensor ${show(name)} ends at byte ${end} of the data, but ${bytes} are there`);
    [at, before] = [end, `tensor ${show(name)}`];
  }
  if (at !== bytes) throw new FileError(`its tensors take ${at} bytes, but ${bytes} follow its header`);
}

function metadataOf(given: unknown): Record<string, string> {
  if (!isRecord(given) || !Object.values(given).every((text) => typeof text === 'string'))
    throw new FileError(`its metadata is ${JSON.stringify(given).slice(0, 60)}, but must map names to texts`);
  return given as Record<string, string>;
}

function complexNames(note: string | undefined, entries: readonly Entry[]): Set<string> {
  if (note === undefined) return new Set();
  let names: unknown;
  try {
    names = JSON.parse(note);
  } catch {
    names = null;
  }
  if (!Array.isArray(names)) throw new FileError(`its metadata "${COMPLEX_NOTE}" is ${show(note)}, but must be a JSON list of names`);
  for (const name of names as unknown[]) {
    const entry = entries.find((each) => each.name === name);
    if (entry === undefined) throw new FileError(`its metadata "${COMPLEX_NOTE}" names ${show(name)}, but there is no such tensor`);
    if (entry.shape.at(-1) !== 2 || (entry.type !== 'F32' && entry.type !== 'F64'))
      throw new FileError(
        `its metadata "${COMPLEX_NOTE}" names ${show(name)}, but ${entry.type} ${showShape(entry.shape)} holds no pairs of F32 or F64 along a last axis of 2`,
      );
  }
  return new Set(names as string[]);
}

function decodeEntry({ name, type, shape, begin, end }: Entry, body: Uint8Array): RawArray {
  const bytes = body.subarray(begin, end);
  try {
    if (type === 'BOOL') return { dtype: 'bool', shape, data: decodeBooleans(bytes) };
    const data = decodeNumbers(bytes, bitsOf[type], 'little');
    return { dtype: data instanceof Float64Array ? 'float64' : data instanceof Float32Array ? 'float32' : 'int32', shape, data };
  } catch (error) {
    throw new FileError(`tensor ${show(name)}: ${(error as Error).message}`, 'Convert it, and write the file again.');
  }
}

/** The same numbers, two of which are one element. */
function paired({ dtype, shape, data }: RawArray): RawArray {
  return { dtype: dtype === 'float64' ? 'complex128' : 'complex64', shape: shape.slice(0, -1), data };
}
