// The `console` of cells. It is a console of its own, so those of the library, of packages and of the host stay what they are.
import { Console } from 'node:console';
import { Writable } from 'node:stream';
import type { InspectOptions } from 'node:util';
import type { StreamOutput } from './outputs.js';

/** Where a console writes: text, or text that is still to be known and takes its place already. */
export type ConsoleWriter = (name: StreamOutput['name'], text: string | Promise<string>) => void;

/** What of a console call must be read first: the arguments with it replaced, or null when there is nothing. */
export type ConsoleReader = (args: readonly unknown[], isTable: boolean) => Promise<unknown[]> | null;

/** Methods that show their arguments; the others show theirs by these. */
const showing = ['log', 'info', 'debug', 'warn', 'error', 'table'] as const;
type Showing = (typeof showing)[number];

/** A console that hands each text to `write` at once; without colours. What `read` finds in the arguments is shown when it has been read. */
export function createCellConsole(write: ConsoleWriter, read: ConsoleReader): Console {
  const console = consoleOver(write);
  const plain = consoleOver(write);
  const [group, groupEnd] = [console.group.bind(console), console.groupEnd.bind(console)];
  let depth = 0;
  for (const method of showing) {
    console[method] = (...args: unknown[]): void => {
      const values = read(args, method === 'table');
      if (values === null) show(plain, method, args);
      else write(method === 'warn' || method === 'error' ? 'stderr' : 'stdout', later(method, values, depth));
    };
  }
  const dir = console.dir.bind(console);
  // Without its own words a tensor would be `Tensor {}`: what it has is on the device.
  console.dir = (value: unknown, options?: InspectOptions): void => dir(value, { customInspect: true, ...options });
  console.groupCollapsed = console.group = (...args: unknown[]): void => {
    if (args.length > 0) console.log(...args);
    group();
    plain.group();
    depth++;
  };
  console.groupEnd = () => {
    groupEnd();
    plain.groupEnd();
    depth = Math.max(0, depth - 1);
  };
  return console;
}

/** The text that a method would have written for arguments that are still to come, at the depth of groups where it was called. */
async function later(method: Showing, values: Promise<unknown[]>, depth: number): Promise<string> {
  const args = await values;
  let text = '';
  const console = consoleOver((_, piece) => (text += piece));
  for (let level = 0; level < depth; level++) console.group();
  show(console, method, args);
  return text;
}

function show(console: Console, method: Showing, args: unknown[]): void {
  const shows: unknown = Reflect.get(console, method);
  if (typeof shows === 'function') Reflect.apply(shows, console, args);
}

type TextWriter = (name: StreamOutput['name'], text: string) => void;

function consoleOver(write: TextWriter): Console {
  const [stdout, stderr] = [new TextStream('stdout', write), new TextStream('stderr', write)];
  return new Console({ stdout, stderr, colorMode: false, ignoreErrors: false });
}

/** Hands text on without a stream's state: what is cut off in the middle of writing would leave a stream that never writes again. */
class TextStream extends Writable {
  constructor(
    private readonly stream: StreamOutput['name'],
    private readonly handOn: TextWriter,
  ) {
    super();
  }

  override write(chunk: unknown): boolean {
    this.handOn(this.stream, String(chunk));
    return true;
  }
}
