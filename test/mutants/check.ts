// Runs in a process of its own: `check.ts` with messages of {@link Question}s. The first message's mutant is patched in before the
// library is loaded, so a process serves one mutant, or any number of checks of the sources as they are.

import { readFile } from 'node:fs/promises';
import { register } from 'node:module';
import { fileURLToPath } from 'node:url';
import { MessageChannel } from 'node:worker_threads';
import type { Finding } from './finding.js';
import type { Mutant } from './mutant.js';
import { patched } from './patch.js';
import type { CleanName, SubjectName } from './subjects/index.js';

/** What a process is asked. */
export interface Question {
  readonly subject: SubjectName | CleanName;
  readonly device: 'cpu' | 'node';
  readonly seed: number;
  /** The seed that draws extents, where they vary. */
  readonly extents: number;
  readonly mutant: Pick<Mutant, 'file' | 'edits'> | null;
}

/** What it answers: what the check found, or why it could not be made. */
export type Answer = { readonly finding: Finding } | { readonly failed: string };

/** Has a file loaded with its edits; the result tells whether it was. */
async function plant({ file, edits }: Pick<Mutant, 'file' | 'edits'>): Promise<() => boolean> {
  const url = new URL(`../../${file}`, import.meta.url);
  const text = patched(file, await readFile(url, 'utf8'), edits);
  const { port1, port2 } = new MessageChannel();
  let loaded = false;
  port1.on('message', () => (loaded = true));
  port1.unref();
  register('./patching-loader.mjs', {
    parentURL: import.meta.url,
    data: { url: url.href, file: fileURLToPath(url), text, loaded: port2 },
    transferList: [port2],
  });
  return () => loaded;
}

async function answer({ subject, device, seed, extents, mutant }: Question): Promise<Finding> {
  const isLoaded = mutant === null ? () => true : await plant(mutant);
  const pv = await import('../../src/index.js');
  const { findingOf } = await import('./finding.js');
  const { makeSubject } = await import('./subjects/index.js');
  if (!isLoaded()) throw new Error(`${mutant?.file}: the library does not load it`);
  await pv.setDevice(device);
  const { f, inputs } = makeSubject(subject, seed, extents);
  const started = performance.now();
  const report = await pv.gradcheck(f, inputs);
  return findingOf(report, (performance.now() - started) / 1000);
}

process.on('message', (question: Question) => {
  answer(question)
    .then(
      (finding): Answer => ({ finding }),
      (error: unknown): Answer => ({ failed: error instanceof Error ? (error.stack ?? error.message) : String(error) }),
    )
    .then((reply) => process.send?.(reply))
    .catch(() => process.exit(1));
});
