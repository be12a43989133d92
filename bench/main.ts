// Runs benchmarks by their ids, and keeps their results by adapter in bench/results: of each benchmark the last run that was not quick.
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { cpus, loadavg } from 'node:os';
import { dirname } from 'node:path';
import { fileURLToPath } from 'node:url';
import { capture } from '../scripts/setup.mjs';
import { Peers } from './compute/peers.js';
import { rows } from './compute/rows.js';
import { summary } from './compute/summary.js';
import type { Benchmark } from './report.js';

/** The benchmarks by id. */
const benchmarks: Readonly<Record<string, () => Promise<{ readonly run: Benchmark }>>> = {
  ...Object.fromEntries(rows.map((row) => [row.id, async () => ({ run: (await import('./compute/run.js')).benchmark(row) })])),
  K1: () => import('./k1.js'),
  V1: () => import('./v1.js'),
  W1: () => import('./live.js'),
};

const adapter = process.env.PARSEVAL_ADAPTER ?? 'no adapter';
const quick = process.argv.includes('--quick');
// Peers measure convolutions, as notebooks do, though the loader that is the tests', too, is against it; but not after first runs that are all that is shown.
process.env['CI'] = String(quick);
const asked = process.argv.slice(2).filter((argument) => !argument.startsWith('--'));
const unknown = asked.filter((id) => !(id in benchmarks));
if (unknown.length > 0) throw new Error(`no benchmark ${unknown.join(', ')}; there are ${Object.keys(benchmarks).join(', ')}`);

const machine = `${cpus()[0]?.model ?? 'unknown processor'}, ${cpus().length} threads, Node ${process.version}`;
console.log(`${adapter}\n${machine}`);
const name = (adapter.split(':')[0] ?? adapter).replace(/[^a-z0-9]+/gi, '-').toLowerCase();
const files = fileURLToPath(new URL(`results/${name}`, import.meta.url));
await mkdir(dirname(files), { recursive: true });
const peers = new Peers();
// Times of first runs are no figures anyway: all that is asked is whether everything works, so the kernel and the editor need not wait for the rows.
const apart = quick && asked.length === 0 ? ['K1', 'V1'] : [];
const beside = apart.map((id) => capture(process.execPath, [...process.execArgv, fileURLToPath(import.meta.url), id, '--quick']));
try {
  for (const [id, load] of Object.entries(benchmarks)) {
    if ((asked.length > 0 && !asked.includes(id)) || apart.includes(id)) continue;
    const { run } = await load();
    // What else the machine does: absolute times mean nothing where this is above its number of threads.
    const [busy = 0] = loadavg();
    const title = rows.find((row) => row.id === id)?.title;
    console.log(`\n${id}${title === undefined ? '' : ` ${title}`} (load average at the start ${busy.toFixed(1)})`);
    try {
      const result = await run({ quick, peers, adapter, files });
      if (!quick) await keep(id, { load: Number(busy.toFixed(1)), ...result });
      if ('problems' in result && (result.problems as readonly string[]).length > 0) process.exitCode = 1;
    } catch (error) {
      // The other rows are measured nevertheless.
      console.error(`${id} failed:`, error);
      process.exitCode = 1;
    }
  }
} finally {
  await peers.stop();
}
for (const { ok, output } of await Promise.all(beside)) {
  // Without the adapter and the machine, which are said above.
  console.log(output.trimEnd().split('\n').slice(2).join('\n'));
  if (!ok) process.exitCode = 1;
}

async function keep(id: string, result: object): Promise<void> {
  const before = await readFile(`${files}.json`, 'utf8').then(
    (text) => JSON.parse(text) as object,
    () => ({}),
  );
  const all = { ...before, [id]: { adapter, machine, ...result } };
  await writeFile(`${files}.json`, `${JSON.stringify(all, undefined, 2)}\n`);
  await writeFile(`${files}.md`, summary(all));
}
