// What code of cells writes to the process's own streams is an output of the cell: packages and local files print by Node's console.
import { activity } from './activity.js';

/**
 * Hands what cells write to stdout and stderr to `write`; all else still goes where it went. `isOfCell` tells whether the code that runs now
 * is a cell's; by default that is code on behalf of a cell that may be interrupted. Returns a function that ends it.
 */
export function captureWrites(
  write: (name: 'stdout' | 'stderr', text: string) => void,
  isOfCell: () => boolean = () => activity.getStore() !== undefined,
): () => void {
  const ends = (['stdout', 'stderr'] as const).map((name) => {
    const stream = process[name];
    const original = Object.getOwnPropertyDescriptor(stream, 'write');
    const log = stream.write.bind(stream);
    stream.write = (chunk: string | Uint8Array, ...rest: unknown[]): boolean => {
      if (!isOfCell()) return Reflect.apply(log, stream, [chunk, ...rest]) as boolean;
      write(name, typeof chunk === 'string' ? chunk : Buffer.from(chunk).toString());
      const done = rest.find((each) => typeof each === 'function');
      if (done) process.nextTick(done);
      return true;
    };
    return () => {
      if (original) Object.defineProperty(stream, 'write', original);
      else Reflect.deleteProperty(stream, 'write');
    };
  });
  return () => {
    for (const end of ends) end();
  };
}
