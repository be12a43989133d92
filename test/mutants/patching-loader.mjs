// Loads one source file with a bug in it: over the loader of the tests, for one process, and nothing is written to the sources.
import { compile } from '../loader.mjs';

/** @typedef {{ url: string, file: string, text: string, loaded: import('node:worker_threads').MessagePort }} Planted */

/** @type {Planted | undefined} */
let mutant;

/**
 * What is loaded in place of the file at `url`, and where to tell that it was.
 * @param {Planted} data
 */
export function initialize(data) {
  mutant = data;
}

/** @type {import('node:module').LoadHook} */
export async function load(url, context, next) {
  if (mutant === undefined || url !== mutant.url) return next(url, context);
  mutant.loaded.postMessage('loaded');
  return { format: 'module', source: await compile(mutant.file, mutant.text), shortCircuit: true };
}
