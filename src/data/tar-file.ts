// Tape archives (POSIX.1-1988, ustar): one of the files in them.

import { FileError } from './file.js';

const BLOCK = 512;

/** The plain files of an unpacked archive by their names, as they stand in it. Throws `FileError` where it breaks off or is none. */
export function untar(bytes: Uint8Array): Map<string, Uint8Array> {
  const files = new Map<string, Uint8Array>();
  for (let at = 0; at + BLOCK <= bytes.length;) {
    const header = Buffer.from(bytes.buffer, bytes.byteOffset + at, BLOCK);
    // Two blocks of zeros are the end, and the first is enough to know.
    if (header.every((byte) => byte === 0)) return files;
    const text = (from: number, length: number): string => header.toString('latin1', from, from + length).replace(/\0.*$/su, '');
    const sum = header.reduce((total, byte, i) => total + (i >= 148 && i < 156 ? 32 : byte), 0);
    if (sum !== parseInt(text(148, 8), 8))
      throw new FileError(`it is no tape archive, or damaged: the header at byte ${at} has another checksum`);
    const [name, size, kind] = [text(0, 100), parseInt(text(124, 12), 8), text(156, 1)];
    if (!(size >= 0) || at + BLOCK + size > bytes.length)
      throw new FileError(`its file '${name}' should take ${size} bytes, but ${bytes.length - at - BLOCK} are there`);
    if (kind === '' || kind === '0') files.set(name, bytes.subarray(at + BLOCK, at + BLOCK + size));
    at += BLOCK * (1 + Math.ceil(size / BLOCK));
  }
  throw new FileError('it breaks off: the end of a tape archive is missing');
}
