// `npm run mutants [-- ids…]`: bugs in the sources, one at a time, each found and named or not; then right functions, none of which may fail.
// A run of everything keeps its results in results/ and writes docs/gradient-check.md. Ends with status 1 when a bug is missed or a check fails.

import { writeFile } from 'node:fs/promises';
import { availableParallelism } from 'node:os';
import { documentOf } from './document.js';
import { falseAlarms } from './false-alarms.js';
import { mutants } from './list/index.js';
import type { Mutant } from './mutant.js';
import { askPeers } from './peers.js';
import { askMutant, inParallel } from './processes.js';
import { keep, resultOf, type MutantResult } from './results.js';

const asked = process.argv.slice(2);
const unknown = asked.filter((id) => !mutants.some((mutant) => mutant.id === id));
if (unknown.length > 0) throw new Error(`no mutant ${unknown.join(', ')}; there are ${mutants.map(({ id }) => id).join(', ')}`);
const width = Math.min(4, availableParallelism());

/** True for what must not be: a bug that is missed or that breaks the check, and a patch that changes nothing but is found. */
const isBad = ({ equivalent, found, failed }: MutantResult): boolean => failed !== null || found === (equivalent !== null);

async function checked(mutant: Mutant): Promise<MutantResult> {
  const result = resultOf(mutant, await askMutant(mutant));
  const { id, found, named, evidence, diagnosis, seconds, failed, equivalent } = result;
  const verdict =
    failed !== null
      ? 'could not be checked'
      : equivalent !== null
        ? found
          ? 'FOUND, THOUGH EQUIVALENT'
          : 'equivalent'
        : found
          ? 'found'
          : 'MISSED';
  const name = equivalent !== null || !found ? '' : named ? ', named' : ', not named';
  console.log(`${isBad(result) ? '✘' : '✔'} ${id}: ${verdict}${name}, ${seconds} s`);
  for (const line of failed === null ? [...evidence, ...diagnosis] : [failed]) console.log(`    ${line}`);
  return result;
}

const results = await inParallel(
  mutants.filter(({ id }) => asked.length === 0 || asked.includes(id)),
  width,
  checked,
);
const real = results.filter(({ equivalent }) => equivalent === null);
console.log(
  `\n${real.length} bugs: ${real.filter(({ found }) => found).length} found, ${real.filter(({ named }) => named).length} named correctly`,
);
if (results.some(isBad)) process.exitCode = 1;

if (asked.length === 0) {
  const clean = await falseAlarms(width, (line) => console.log(line));
  for (const { subject, device, seed, text } of clean.alarms) console.log(`\n✘ ${subject} on ${device}, seed ${seed}:\n${text}`);
  console.log(
    `\n${clean.checks} checks of right functions: ${clean.alarms.length} false alarms, largest error ${clean.largest.ratio.toFixed(2)} of what is allowed`,
  );
  if (clean.alarms.length > 0) process.exitCode = 1;
  await keep('mutants', results);
  await keep('clean', clean);
  const { results: peers, isFresh } = await askPeers();
  if (!isFresh) console.log('PyTorch is not installed (python3-torch): its results are those that were kept.');
  if (isFresh) await keep('peers', peers);
  const page = new URL('../../docs/gradient-check.md', import.meta.url);
  await writeFile(page, documentOf({ mutants: results, clean, peers }, process.env['PARSEVAL_ADAPTER'] ?? 'unknown'));
}
