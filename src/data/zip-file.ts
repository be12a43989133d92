// ZIP archives (APPNOTE.TXT 6.3): the files in one, stored or deflated, with their checksums.

import { crc32, inflateRawSync } from 'node:zlib';
import { FileError, firstBytes } from './file.js';

const END = { signature: 0x06054b50, bytes: 22 };
const ENTRY = { signature: 0x02014b50, bytes: 46 };
const LOCAL = { signature: 0x04034b50, bytes: 30 };
const STORED = 0;
const DEFLATED = 8;
/** The end may be followed by a comment of so many bytes. */
const MAX_COMMENT = 0xffff;
/** Stands where a size needs more than 32 bits. */
const ELSEWHERE = 0xffffffff;

/** The files of an archive with their names, in its order. Throws `FileError` where it is damaged, encrypted or packed in another way. */
export function* unzip(bytes: Uint8Array): Generator<[name: string, content: Uint8Array]> {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const end = endOf(view);
  const [count, directory] = [view.getUint16(end + 10, true), view.getUint32(end + 16, true)];
  for (let i = 0, at = directory; i < count; i++) {
    if (at + ENTRY.bytes > end || view.getUint32(at, true) !== ENTRY.signature)
      throw new FileError(`its list of files breaks off at file ${i + 1} of ${count}`);
    const lengths = [28, 30, 32].map((field) => view.getUint16(at + field, true));
    const next = at + ENTRY.bytes + lengths.reduce((sum, length) => sum + length, 0);
    if (next > end) throw new FileError(`its list of files breaks off at file ${i + 1} of ${count}`);
    const name = Buffer.from(bytes.subarray(at + ENTRY.bytes, at + ENTRY.bytes + lengths[0]!)).toString('utf8');
    yield [name, contentOf(bytes, view, at, name)];
    at = next;
  }
}

function endOf(view: DataView): number {
  const last = view.byteLength - END.bytes;
  for (let at = last; at >= Math.max(0, last - MAX_COMMENT); at--) if (view.getUint32(at, true) === END.signature) return at;
  const head = new Uint8Array(view.buffer, view.byteOffset, view.byteLength);
  if (view.byteLength >= 4 && view.getUint32(0, true) === LOCAL.signature)
    throw new FileError('the list of its files, which stands at the end of a ZIP archive, is missing');
  throw new FileError(`it starts with ${firstBytes(head)} and is no ZIP archive`, 'It is probably a file of another kind; check the path.');
}

function contentOf(bytes: Uint8Array, view: DataView, at: number, name: string): Uint8Array {
  const file = `the file ${JSON.stringify(name)} in it`;
  const [flags, method, checksum] = [view.getUint16(at + 8, true), view.getUint16(at + 10, true), view.getUint32(at + 16, true)];
  const [packed, size, local] = [view.getUint32(at + 20, true), view.getUint32(at + 24, true), view.getUint32(at + 42, true)];
  if ((flags & 1) !== 0) throw new FileError(`${file} is encrypted`, 'Write it without a password.');
  if ([packed, size, local].includes(ELSEWHERE))
    throw new FileError(`${file} is of 4 GiB or more`, 'Write its arrays as files of their own.');
  if (local + LOCAL.bytes > bytes.length || view.getUint32(local, true) !== LOCAL.signature)
    throw new FileError(`${file} is not where the list of files says`);
  const begin = local + LOCAL.bytes + view.getUint16(local + 26, true) + view.getUint16(local + 28, true);
  if (begin + packed > bytes.length)
    throw new FileError(`${file} should take ${packed} bytes, but ${Math.max(0, bytes.length - begin)} are there`);
  const content = unpacked(bytes.subarray(begin, begin + packed), method, size, file);
  if (content.length !== size) throw new FileError(`${file} has ${content.length} bytes, but should have ${size}`);
  if (crc32(content) !== checksum) throw new FileError(`${file} does not have the checksum that was noted for it`);
  return content;
}

function unpacked(packed: Uint8Array, method: number, size: number, file: string): Uint8Array {
  if (method === STORED) return packed;
  if (method !== DEFLATED)
    throw new FileError(
      `${file} is packed by method ${method}, but must be stored or deflated`,
      'In Python: np.savez or np.savez_compressed.',
    );
  try {
    // One byte more than promised is enough to see that there are more.
    return inflateRawSync(packed, { maxOutputLength: size + 1 });
  } catch (error) {
    throw new FileError(`${file} cannot be unpacked (${(error as Error).message})`);
  }
}
