// What readers and writers of files share.

import { open, readFile, rename, rm } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { show } from '../tensor/checks.js';

/** The bytes of a file. Rejects, naming what was asked for (`image`) and the kind of file it takes (`PNG or JPEG`), when it cannot be read. */
export async function readBytes(what: string, path: unknown, kind: string): Promise<Uint8Array> {
  if (typeof path !== 'string' || path === '')
    throw new TypeError(`${what}: the path is ${show(path)}, but must be the name of ${aFile(kind)}`);
  try {
    return await readFile(path);
  } catch (error) {
    throw new Error(
      `${what}: '${path}' cannot be read (${error instanceof Error ? error.message : String(error)}); paths are relative to ${process.cwd()}`,
      { cause: error },
    );
  }
}

function aFile(kind: string): string {
  return `${/^[AEIO]/u.test(kind) ? 'an' : 'a'} ${kind} file`;
}

/** How a file begins, for a message: its text, or its bytes in hexadecimal. */
export function firstBytes(bytes: Uint8Array): string {
  const head = bytes.subarray(0, 8);
  const text = Buffer.from(head).toString('latin1');
  if (/^[\x20-\x7e\s]+$/u.test(text)) return JSON.stringify(text);
  return `bytes ${Array.from(head, (byte) => byte.toString(16).padStart(2, '0')).join(' ')}`;
}

/** What is wrong with a file, said of it ("it ends within its header"), and what to do about it. */
export class FileError extends Error {
  constructor(
    message: string,
    readonly advice = 'It may be damaged or cut short; copy or download it again.',
  ) {
    super(message);
  }
}

/**
 * What `decode` makes of a file's bytes. Its errors become one that names what was asked for, the file, its kind ('safetensors') and its
 * size, and says what to do.
 */
export function decoding<T>(what: string, path: string, kind: string, bytes: Uint8Array, decode: () => T): T {
  if (bytes.length === 0) throw new Error(`${what}: '${path}' is empty (0 bytes), but must be ${aFile(kind)}; copy or download it again`);
  try {
    return decode();
  } catch (error) {
    const { message, advice } = error instanceof FileError ? error : new FileError(error instanceof Error ? error.message : String(error));
    throw new Error(`${what}: '${path}' (${bytes.length} bytes) cannot be read as ${aFile(kind)}: ${message}. ${advice}`, { cause: error });
  }
}

let writes = 0;

/**
 * Writes a file as a whole or not at all: beside it first, then in its place, so that whoever is killed meanwhile leaves the one that was there.
 * Rejects, naming what was asked for, when it cannot be written.
 */
export async function writeWhole(
  what: string,
  path: unknown,
  kind: string,
  parts: Iterable<Uint8Array> | AsyncIterable<Uint8Array>,
): Promise<void> {
  if (typeof path !== 'string' || path === '')
    throw new TypeError(`${what}: the path is ${show(path)}, but must be the name of ${aFile(kind)} to write`);
  const beside = join(dirname(path), `.${basename(path)}.${process.pid}-${writes++}.part`);
  try {
    const file = await open(beside, 'w');
    try {
      for await (const part of parts) await file.writeFile(part);
      // Else the new name may reach the disk before the bytes do.
      await file.sync();
    } finally {
      await file.close();
    }
    await rename(beside, path);
  } catch (error) {
    await rm(beside, { force: true });
    // What the parts themselves throw is no matter of this file.
    if (!(error instanceof Error && 'syscall' in error)) throw error;
    throw new Error(`${what}: '${path}' cannot be written (${error.message}); paths are relative to ${process.cwd()}`, { cause: error });
  }
}
