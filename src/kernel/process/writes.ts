// What code of cells writes to the process's own streams is an output of the cell: packages and local files print by Node's console.
import { activity } from '../activity.js';

/** Hands what cells write to stdout and stderr to `write`; all else still goes to the process's log. */
export function captureWrites(write: (name: 'stdout' | 'stderr', text: string) => void): void {
  for (const name of ['stdout', 'stderr'] as const) {
    const stream = process[name];
    const log = stream.write.bind(stream);
    stream.write = (chunk: string | Uint8Array, ...rest: unknown[]): boolean => {
      if (!activity.getStore()) return Reflect.apply(log, stream, [chunk, ...rest]) as boolean;
      write(name, typeof chunk === 'string' ? chunk : Buffer.from(chunk).toString());
      const done = rest.find((each) => typeof each === 'function');
      if (done) process.nextTick(done);
      return true;
    };
  }
}
