// What the tests of files share: a folder of their own, and messages.

import { expect } from 'chai';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** A folder for the files of this suite, which is gone afterwards. */
export interface TestFolder {
  /** Where a file of this name stands. */
  at(name: string): string;
  /** Writes a file; returns its path. */
  write(name: string, bytes: Uint8Array | string): Promise<string>;
}

/** Declares that the suite has such a folder. */
export function useFolder(): TestFolder {
  let folder = '';
  before(async () => {
    folder = await mkdtemp(join(tmpdir(), 'parseval-data-'));
  });
  after(() => rm(folder, { recursive: true, force: true }));
  const at = (name: string): string => join(folder, name);
  return {
    at,
    write: async (name, bytes) => {
      await writeFile(at(name), bytes);
      return at(name);
    },
  };
}

/** The message of the error that a promise rejects with. */
export async function failureOf(promise: Promise<unknown>): Promise<string> {
  const reason: unknown = await promise.then(
    () => null,
    (error: unknown) => error,
  );
  expect(reason, 'the call did not fail').to.be.instanceOf(Error);
  return (reason as Error).message;
}

/**
 * Holds that a decoder answers every beginning of a file, and every file with one byte changed, with a result or with an error that was written for
 * people: none that an engine throws when code runs past the end of something.
 */
export function expectOnlyOwnErrors(bytes: Uint8Array, decode: (bytes: Uint8Array) => unknown): void {
  const attempt = (given: Uint8Array, how: string): void => {
    try {
      decode(given);
    } catch (error) {
      expect(error, how).to.be.instanceOf(Error);
      expect((error as Error).message, how).not.to.match(
        /undefined|NaN|bounds|Invalid typed array|is not a function|of null|BigInt|out of memory/,
      );
      expect(['Error', 'TypeError'], how).to.include((error as Error).constructor.name === 'FileError' ? 'Error' : (error as Error).name);
    }
  };
  for (let length = 0; length < bytes.length; length++) attempt(bytes.slice(0, length), `cut to ${length} of ${bytes.length} bytes`);
  for (let at = 0; at < bytes.length; at++) {
    for (const flip of [0x01, 0x80, 0xff]) {
      const changed = bytes.slice();
      changed[at]! ^= flip;
      attempt(changed, `byte ${at} changed by ${flip}`);
    }
  }
}
