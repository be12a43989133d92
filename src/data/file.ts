// What readers of files share.

import { readFile } from 'node:fs/promises';
import { show } from '../tensor/checks.js';

/** The bytes of a file. Rejects, naming what was asked for (`image`) and the kind of file it takes (`PNG or JPEG`), when it cannot be read. */
export async function readBytes(what: string, path: unknown, kind: string): Promise<Uint8Array> {
  if (typeof path !== 'string' || path === '')
    throw new TypeError(`${what}: the path is ${show(path)}, but must be the name of a ${kind} file`);
  try {
    return await readFile(path);
  } catch (error) {
    throw new Error(
      `${what}: '${path}' cannot be read (${error instanceof Error ? error.message : String(error)}); paths are relative to ${process.cwd()}`,
      { cause: error },
    );
  }
}

/** How a file begins, for a message: its text, or its bytes in hexadecimal. */
export function firstBytes(bytes: Uint8Array): string {
  const head = bytes.subarray(0, 8);
  const text = Buffer.from(head).toString('latin1');
  if (/^[\x20-\x7e\s]+$/u.test(text)) return JSON.stringify(text);
  return `bytes ${Array.from(head, (byte) => byte.toString(16).padStart(2, '0')).join(' ')}`;
}
