// The `console` of cells. It is a console of its own, so those of the library, of packages and of the host stay what they are.
import { Console } from 'node:console';
import { Writable } from 'node:stream';
import type { StreamOutput } from './outputs.js';

/** A console that hands each text to `write` at once; without colours. */
export function createCellConsole(write: (name: StreamOutput['name'], text: string) => void): Console {
  const stream = (name: StreamOutput['name']): Writable =>
    new Writable({
      decodeStrings: false,
      write(chunk: unknown, _encoding, done) {
        write(name, String(chunk));
        done();
      },
    });
  return new Console({ stdout: stream('stdout'), stderr: stream('stderr'), colorMode: false });
}
