// `npm run study`: trains the networks, counts and times them, and writes docs/study.md from what was found.

import { mkdir, rm, writeFile } from 'node:fs/promises';
import { cpus } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import * as pv from '../../src/index.js';
import { countAll } from './costs.js';
import { networks } from './networks.js';
import { readEvidence } from './evidence.js';
import { report } from './report.js';
import { readResults, type Results } from './results.js';
import { full, quick } from './settings.js';
import { trainAll, type StudyOptions } from './study.js';
import { timeAll } from './times.js';
import { Stopped } from './training.js';

const help = `npm run study [-- OPTIONS]

Trains the networks of the study under equal budgets, counts what a step of each takes, times them in turn, and writes docs/study.md. What is done is
in bench/study/results.json at once: a study that is stopped or killed goes on where it was when it is run again, within a training from its last epoch.

  --again    forgets what was found, and begins anew
  --times    times all networks, again if they were, and trains none
  --report   writes docs/study.md from what was found so far, and computes nothing
  --quick    does everything once in a few minutes, to see that it works: writes nothing that is kept
  --help     says this`;

const root = fileURLToPath(new URL('../../', import.meta.url));
const cache = join(root, '.cache/study');

/** Reads the command line; null where something in it is not known, which is said. */
function asked(): { again: boolean; times: boolean; report: boolean; quick: boolean; help: boolean } | null {
  const flag = { type: 'boolean', default: false } as const;
  try {
    return parseArgs({ options: { again: flag, times: flag, report: flag, quick: flag, help: flag } }).values;
  } catch (error) {
    console.error(`${error instanceof Error ? error.message : String(error)}\n\n${help}`);
    return null;
  }
}

async function main(): Promise<number> {
  const options = asked();
  if (options === null) return 2;
  if (options.help) {
    console.log(help);
    return 0;
  }
  const results = options.quick ? join(cache, 'quick.json') : join(root, 'bench/study/results.json');
  const settings = options.quick ? quick : full;
  const page = options.quick ? join(cache, 'study.md') : join(root, 'docs/study.md');
  if (options.report) {
    await writePage(page, await foundSoFar(results), settings);
    return 0;
  }
  if (options.again || options.quick) await rm(results, { force: true });
  if (options.again) await rm(join(cache, 'checkpoints'), { recursive: true, force: true });
  await mkdir(cache, { recursive: true });
  const adapter = process.env['PARSEVAL_ADAPTER'] ?? 'no adapter';
  const machine = `${cpus()[0]?.model ?? 'unknown processor'}, ${cpus().length} threads, Node ${process.version}`;
  console.log(`${adapter}\n${machine}`);
  // Each device that is opened waits for the end of the process, and each network is counted on one of its own.
  process.setMaxListeners(0);
  await pv.setDevice('node');
  const study: StudyOptions = {
    networks,
    settings,
    results,
    checkpoints: join(cache, 'checkpoints'),
    say: (line) => console.log(line),
    stop: stopOnInterrupt(),
  };
  const found = options.times ? await foundSoFar(results) : await trainAll(study);
  await countAll(study, found);
  await timeAll(study, found, { adapter, machine, turns: options.quick ? 1 : 9, turnLength: options.quick ? 0 : 600 }, options.times);
  await writePage(page, found, settings);
  return 0;
}

async function foundSoFar(file: string): Promise<Results> {
  const found = await readResults(file);
  if (found === null) throw new Error('study: nothing was found yet; leave --report and --times out');
  return found;
}

/** The first Ctrl-C ends the study at the next step; a second one at once. */
function stopOnInterrupt(): AbortSignal {
  const controller = new AbortController();
  for (const signal of ['SIGINT', 'SIGTERM'] as const)
    process.on(signal, () => {
      if (controller.signal.aborted) process.exit(130);
      console.log('stopping …');
      controller.abort();
    });
  return controller.signal;
}

async function writePage(page: string, found: Results, settings: StudyOptions['settings']): Promise<void> {
  const { markdown, pictures } = report(networks, settings, found, await readEvidence(root));
  await mkdir(dirname(page), { recursive: true });
  await writeFile(page, markdown);
  for (const [name, svg] of Object.entries(pictures)) await writeFile(join(dirname(page), name), svg);
  console.log(`written: ${page}`);
}

try {
  process.exitCode = await main();
} catch (error) {
  if (!(error instanceof Stopped)) throw error;
  console.log('Stopped. What was finished is kept; run it again to go on.');
  process.exitCode = 130;
}
