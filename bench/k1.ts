// K1: how long a kernel takes from its start to its first cell, for a small cell after 10 and after 300 others, and what memory it holds by
// then. Parseval's processes are asked as the extension asks them (type check in the language service, run in the kernel); tslab, which
// checks types in its own process, is asked without Jupyter's messaging around it.
import { execFile } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { Parseval } from './peers/parseval.js';
import { Tslab } from './peers/tslab.js';
import type { BenchContext } from './report.js';
import { median, table } from './report.js';

/** A kernel under measurement. */
interface Peer {
  /** Runs a cell and returns what it said. Throws when the cell failed. */
  run(code: string): Promise<string>;
  readonly pids: readonly number[];
  stop(): Promise<void>;
}

const peers: Readonly<Record<'Parseval' | 'tslab', (folder: string) => Promise<Peer>>> = {
  Parseval: (folder) => {
    const parseval = new Parseval(folder);
    return Promise.resolve({
      async run(code) {
        const { status, outputs } = await parseval.run(code);
        const words = outputs.map((output) =>
          output.output_type === 'execute_result' ? `${String(output.data['text/plain'])}\n` : JSON.stringify(output),
        );
        if (status !== 'ok') throw new Error(`Parseval: the cell failed: ${words.join('')}`);
        return words.join('');
      },
      get pids() {
        return Object.values(parseval.pids);
      },
      stop: () => parseval.stop(),
    });
  },
  tslab: async (folder) => {
    const tslab = await Tslab.start(folder);
    return {
      async run(code) {
        const { status, outputs } = await tslab.run(code);
        const words = outputs.map((output) => (output.kind === 'stream' ? output.text : JSON.stringify(output)));
        if (status !== 'ok') throw new Error(`tslab: the cell failed: ${words.join('')}`);
        return words.join('');
      },
      pids: [tslab.pid],
      stop: () => tslab.stop(),
    };
  },
};

const firstCell = `const total0: number = 1; const add = (a: number, b: number): number => a + b; total0`;
/** A small cell that uses what other cells declared and declares something itself. */
const smallCell = (n: number): string => `const total${n} = add(total${n - 1}, ${n});\ntotal${n}`;
const valueOf = (n: number): string => `${1 + (n * (n + 1)) / 2}\n`;
/** What a first cell is for: only Parseval can run it. */
const libraryCell = `import * as pv from 'parseval'; const x = pv.tensor([3, 4]); await x.square().sum().item()`;
/** Cells whose median counts. */
const measured = 15;
const checkpoints = [10, 300] as const;
/** The same of a quick run. */
const quickCheckpoints = [10, 40] as const;

interface Measurement {
  /** From the start of the process to the end of the first cell, ms. */
  readonly first: number;
  /** A small cell after 10 and after 300 cells, ms. */
  readonly warm: readonly number[];
  /** Resident memory of all its processes at the end, MiB. */
  readonly memory: number;
}

/** From the start of the processes to the end of a first cell that uses the library, ms. */
async function firstWithLibrary(): Promise<number> {
  const folder = await mkdtemp(join(tmpdir(), 'parseval-bench-'));
  const begin = performance.now();
  const parseval = await peers.Parseval(folder);
  try {
    agree(await parseval.run(libraryCell), '25\n');
    return performance.now() - begin;
  } finally {
    await parseval.stop();
    await rm(folder, { recursive: true });
  }
}

async function measure(start: (folder: string) => Promise<Peer>, marks: readonly number[]): Promise<Measurement> {
  const folder = await mkdtemp(join(tmpdir(), 'parseval-bench-'));
  const begin = performance.now();
  const peer = await start(folder);
  try {
    agree(await peer.run(firstCell), '1\n');
    const first = performance.now() - begin;
    const warm: number[] = [];
    let n = 1;
    for (const checkpoint of marks) {
      for (; n < checkpoint; n++) agree(await peer.run(smallCell(n)), valueOf(n));
      const times: number[] = [];
      for (const end = n + measured; n < end; n++) {
        const before = performance.now();
        agree(await peer.run(smallCell(n)), valueOf(n));
        times.push(performance.now() - before);
      }
      warm.push(median(times));
    }
    const sizes = await Promise.all(peer.pids.map(residentMiB));
    return { first, warm, memory: sizes.reduce((sum, size) => sum + size, 0) };
  } finally {
    await peer.stop();
    await rm(folder, { recursive: true });
  }
}

function agree(said: string, expected: string): void {
  if (said !== expected) throw new Error(`K1: a cell said ${JSON.stringify(said)}, but must say ${JSON.stringify(expected)}`);
}

/** Resident memory of a process. */
async function residentMiB(pid: number): Promise<number> {
  const { stdout } = await promisify(execFile)('ps', ['-o', 'rss=', '-p', String(pid)]);
  return Number(stdout) / 1024;
}

/** Runs the kernels in turn, prints the table and returns the medians. */
export async function run({ quick }: BenchContext): Promise<object> {
  const repeats = quick ? 1 : 5;
  const marks = quick ? quickCheckpoints : checkpoints;
  const all: { readonly Parseval: Measurement[]; readonly tslab: Measurement[] } = { Parseval: [], tslab: [] };
  const withLibrary: number[] = [];
  // One round more than counts: the first fills the caches of the disk.
  for (let round = quick ? 1 : 0; round <= repeats; round++) {
    const ours = await measure(peers.Parseval, marks);
    const theirs = await measure(peers.tslab, marks);
    const library = await firstWithLibrary();
    if (round === 0) continue;
    all.Parseval.push(ours);
    all.tslab.push(theirs);
    withLibrary.push(library);
  }
  const [ours, tslab] = [summarize(all.Parseval), summarize(all.tslab)];
  const row = (label: string, value: (m: Summary) => number, target: string): string[] => [
    label,
    shown(value(ours)),
    shown(value(tslab)),
    (value(ours) / value(tslab)).toFixed(2),
    target,
  ];
  console.log(
    table(
      ['', 'Parseval', 'tslab', 'ratio', 'target'],
      [
        row('start to first cell, ms', (m) => m.first, '1000'),
        ['the same, with the library, ms', median(withLibrary).toFixed(0)],
        row(`small cell after ${marks[0]}, ms`, (m) => m.after10, '20'),
        row(`small cell after ${marks[1]}, ms`, (m) => m.after300, '30'),
        row('memory at the end, MiB', (m) => m.memory, ''),
      ],
    ),
  );
  console.log(
    `Median of ${repeats}, in turn. Parseval: strict types, kernel and language service; tslab: not strict, without its messaging.`,
  );
  return { repeats, Parseval: { ...ours, firstWithLibrary: Number(median(withLibrary).toFixed(1)) }, tslab };
}

/** Three digits are enough. */
function shown(value: number): string {
  return value.toFixed(value < 100 ? 1 : 0);
}

interface Summary {
  readonly first: number;
  readonly after10: number;
  readonly after300: number;
  readonly memory: number;
}

function summarize(list: readonly Measurement[]): Summary {
  const of = (value: (m: Measurement) => number): number => Number(median(list.map(value)).toFixed(1));
  return {
    first: of((m) => m.first),
    after10: of((m) => m.warm[0] ?? NaN),
    after300: of((m) => m.warm[1] ?? NaN),
    memory: of((m) => m.memory),
  };
}
