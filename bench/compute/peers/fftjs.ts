// fft.js: transforms of powers of two in plain JavaScript, one row at a time.

import FFT from 'fft.js';
import type { Adapter } from '../adapter.js';

/** Nothing to open. */
export function open(): Promise<Adapter> {
  return Promise.resolve({
    prepare(workload, [x]) {
      if (workload.kind !== 'fft') throw new Error(`fft.js has no ${workload.kind}`);
      const { batch, n } = workload;
      const transform = new FFT(n);
      // Its own kind of array: doubles.
      const rows = Array.from({ length: batch }, (_, row) => Array.from(x!.values.subarray(2 * n * row, 2 * n * (row + 1))));
      const spectra = rows.map(() => transform.createComplexArray() as number[]);
      return Promise.resolve({
        run() {
          rows.forEach((row, i) => transform.transform(spectra[i], row));
          return Promise.resolve();
        },
        result: () => Promise.resolve([Float64Array.from(spectra.flat())]),
        dispose: () => undefined,
      });
    },
    close: () => undefined,
  });
}
