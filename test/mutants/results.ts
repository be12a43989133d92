// What a run found, as it is kept in results/*.json and shown in docs/gradient-check.md.

import { mkdir, readFile, writeFile } from 'node:fs/promises';
import type { Answer } from './check.js';
import type { Mutant } from './mutant.js';

/** What became of one mutant. */
export interface MutantResult {
  readonly id: string;
  readonly file: string;
  readonly bug: string;
  readonly device: string;
  readonly equivalent: string | null;
  readonly found: boolean;
  readonly named: boolean;
  readonly evidence: readonly string[];
  readonly diagnosis: readonly string[];
  readonly peer: string | null;
  readonly seconds: number;
  /** Why it could not be checked; null when it could. */
  readonly failed: string | null;
}

/** What became of checks of right functions. */
export interface CleanResult {
  readonly checks: number;
  readonly functions: number;
  readonly onCpu: number;
  readonly onNode: number;
  /** The largest error over what was allowed, and where. */
  readonly largest: { readonly ratio: number; readonly subject: string; readonly device: string; readonly seed: number };
  readonly alarms: readonly { readonly subject: string; readonly device: string; readonly seed: number; readonly text: string }[];
}

/** What two other checks say of a bug, and of the right gradient beside it. */
export interface PeerResult {
  readonly bug: string;
  readonly note: string;
  readonly fast: { readonly findsBug: boolean; readonly passesRight: boolean };
  readonly plain: { readonly findsBug: boolean; readonly passesRight: boolean };
}

/** All that the peers said, and which PyTorch said it. */
export interface PeerResults {
  readonly torch: string;
  readonly bugs: readonly PeerResult[];
}

/** Kept results by the name of their file. */
export interface Kept {
  readonly mutants: readonly MutantResult[];
  readonly clean: CleanResult;
  readonly peers: PeerResults;
}

/** What became of a mutant: named when all that is wrong has a cause in words that fit. */
export function resultOf(mutant: Mutant, answer: Answer): MutantResult {
  const { id, file, bug, device, equivalent = null, peer = null, causes } = mutant;
  const known = { id, file, bug, device, equivalent, peer };
  if ('failed' in answer) return { ...known, found: false, named: false, evidence: [], diagnosis: [], seconds: 0, failed: answer.failed };
  const { ok, evidence, wrong, diagnosis, seconds } = answer.finding;
  const fits = (hypothesis: string): boolean => causes.some((cause) => hypothesis.includes(cause));
  const isNamed = (input: string): boolean => diagnosis.some((one) => one.input === input && fits(one.hypothesis));
  return {
    ...known,
    found: !ok,
    named: !ok && wrong.length > 0 && wrong.every(isNamed),
    evidence,
    diagnosis: diagnosis.map(({ input, hypothesis }) => `${input === 'forward' ? 'forward' : `d${input}`}: ${hypothesis}`),
    seconds: Number(seconds.toFixed(1)),
    failed: null,
  };
}

const fileOf = (name: keyof Kept): URL => new URL(`results/${name}.json`, import.meta.url);

/** Keeps results. */
export async function keep<Name extends keyof Kept>(name: Name, results: Kept[Name]): Promise<void> {
  await mkdir(new URL('results/', import.meta.url), { recursive: true });
  await writeFile(fileOf(name), `${JSON.stringify(results, undefined, 2)}\n`);
}

/** Kept results, or null where there are none. */
export async function kept<Name extends keyof Kept>(name: Name): Promise<Kept[Name] | null> {
  try {
    return JSON.parse(await readFile(fileOf(name), 'utf8')) as Kept[Name];
  } catch {
    return null;
  }
}
