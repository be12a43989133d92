// Where the command writes.
import type { Terminal } from './progress.js';

/** The command's own output and its errors. */
export interface Streams {
  readonly stdout: Terminal;
  readonly stderr: Terminal;
}

/** Streams that are written to though writes to them are captured: what the command itself prints is no output of a cell. */
export function asTheyAre({ stdout, stderr }: Streams): Streams {
  return { stdout: asItIs(stdout), stderr: asItIs(stderr) };
}

function asItIs(terminal: Terminal): Terminal {
  const write = terminal.write.bind(terminal);
  return {
    write,
    get isTTY() {
      return terminal.isTTY === true;
    },
    get columns() {
      return terminal.columns;
    },
  };
}
