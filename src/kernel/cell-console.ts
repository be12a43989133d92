// The `console` of cells. It is a console of its own, so those of the library, of packages and of the host stay what they are.
import { Console } from 'node:console';
import { Writable } from 'node:stream';
import type { StreamOutput } from './outputs.js';

/** Where a console writes: text, or text that is still to be known and takes its place already. */
export type ConsoleWriter = (name: StreamOutput['name'], text: string | Promise<string>) => void;

/** What of a console call must be read first: the arguments with it replaced, or null when there is nothing. */
export type ConsoleReader = (args: readonly unknown[], isTable: boolean) => Promise<unknown[]> | null;

/** Methods that show their arguments; the others show theirs by these. */
const showing = ['log', 'info', 'debug', 'warn', 'error', 'table'] as const;

/** A console that hands each text to `write` at once; without colours. What `read` finds in the arguments is shown when it has been read. */
export function createCellConsole(write: ConsoleWriter, read: ConsoleReader): Console {
  const console = consoleOver(write);
  let depth = 0;
  for (const method of showing) {
    const plain = console[method];
    console[method] = (...args: unknown[]): void => {
      const values = read(args, method === 'table');
      if (values === null) Reflect.apply(plain, console, args);
      else write(method === 'warn' || method === 'error' ? 'stderr' : 'stdout', later(method, values, depth));
    };
  }
  const { group, groupEnd } = console;
  console.groupCollapsed = console.group = (...args: unknown[]): void => {
    group(...args);
    depth++;
  };
  console.groupEnd = () => {
    groupEnd();
    depth = Math.max(0, depth - 1);
  };
  return console;
}

/** The text that a method would have written for arguments that are still to come, at the depth of groups where it was called. */
async function later(method: (typeof showing)[number], values: Promise<unknown[]>, depth: number): Promise<string> {
  const args = await values;
  let text = '';
  const console = consoleOver((_, piece) => (text += String(piece)));
  for (let level = 0; level < depth; level++) console.group();
  Reflect.apply(console[method], console, args);
  return text;
}

function consoleOver(write: ConsoleWriter): Console {
  const [stdout, stderr] = [new TextStream('stdout', write), new TextStream('stderr', write)];
  return new Console({ stdout, stderr, colorMode: false, ignoreErrors: false });
}

/** Hands text on without a stream's state: what is cut off in the middle of writing would leave a stream that never writes again. */
class TextStream extends Writable {
  constructor(
    private readonly stream: StreamOutput['name'],
    private readonly handOn: ConsoleWriter,
  ) {
    super();
  }

  override write(chunk: unknown): boolean {
    this.handOn(this.stream, String(chunk));
    return true;
  }
}
