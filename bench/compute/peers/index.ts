// The peers that run in Node, each one file: how it writes every workload that it is given.

import type { Adapter } from '../adapter.js';

/** How to open each. */
export const adapters: Readonly<Record<string, () => Promise<Adapter>>> = {
  parseval: async () => (await import('./parseval.js')).open('node'),
  'parseval-cpu': async () => (await import('./parseval.js')).open('cpu'),
  'jax-js': async () => (await import('./jax-js.js')).open(),
  'tf.js': async () => (await import('./tfjs.js')).open(),
  'fft.js': async () => (await import('./fftjs.js')).open(),
  copy: async () => (await import('./copy.js')).open(),
};
