// Runs one row: measures its contestants in turn, holds their results against the truth, and prints what came of it.

import { writeFile } from 'node:fs/promises';
import { cpus } from 'node:os';
import type { Benchmark } from '../report.js';
import { errorOf, sameThing, truthOf } from './agree.js';
import { crossoverChart, crossoverTable } from './crossover.js';
import type { Contestant, Failed, Measured } from './measure.js';
import { measure } from './measure.js';
import type { PeerName, Peers } from './peers.js';
import { gpuPeers, torchPeers } from './peers.js';
import type { ContestantRecord, ContestRecord, Ratio } from './record.js';
import { print } from './record.js';
import type { Contest, Row } from './rows.js';
import { isSoftware } from './rows.js';
import { judge, ownAlgorithm } from './targets.js';
import type { Copy, Workload } from './workload.js';
import { flopOf } from './workload.js';

/** Large against every cache, and within every adapter's limits. */
const copy: Copy = { kind: 'copy', bytes: 2 ** 26 };

/** The benchmark of a row. */
export function benchmark(row: Row): Benchmark {
  return async ({ quick, peers, adapter, files }) => {
    const contests: ContestRecord[] = [];
    // Heavy rows are seen to work by their smallest and their largest workload.
    const chosen = quick && row.isHeavy ? new Set([row.contests.at(0)!, row.contests.at(-1)!]) : row.contests;
    for (const contest of chosen) {
      const record = await runContest(row, contest, peers, quick);
      print(record);
      contests.push(record);
    }
    if (row.id === 'X1' && !quick) {
      const points = row.contests.flatMap(({ workload }, i) =>
        workload.kind === 'conv' ? [{ kernel: workload.w[3], contest: contests[i]! }] : [],
      );
      console.log(crossoverTable(points));
      await writeFile(`${files}-crossover.svg`, crossoverChart(points, row.title, adapter));
    }
    return {
      title: row.title,
      // Lavapipe and SwiftShader compute with all there are.
      adapterThreads: isSoftware ? cpus().length : null,
      PyTorch: (await peers.torchVersion()) ?? null,
      contests,
      problems: contests.flatMap(({ problems }) => problems),
    };
  };
}

async function runContest(row: Row, { name, workload, targets, faults }: Contest, peers: Peers, quick: boolean): Promise<ContestRecord> {
  const { contestants, absent } = await contestantsOf(row, workload, peers, quick);
  const outcomes = await measure(contestants, { once: quick });
  const measured = outcomes.filter((outcome): outcome is Measured => 'median' in outcome);
  const failed = outcomes.filter((outcome): outcome is Failed => 'failure' in outcome);
  const ours = measured.find(({ label }) => label === 'Parseval');
  const copied = measured.find(({ label }) => label === 'copy');
  const others = measured.filter((one) => one !== ours && one !== copied);
  if (ours === undefined) throw new Error(failed.find(({ label }) => label === 'Parseval')?.failure ?? 'Parseval was not measured');

  const truth = (await truthOf(peers, workload)) ?? others[0]?.results;
  const problems: string[] = [];
  const notes: string[] = [];
  const records: Record<string, ContestantRecord> = {};
  for (const one of [ours, ...others]) {
    const error = truth === undefined ? undefined : errorOf(one.label, one.results, truth);
    const fault = faults[one.label as PeerName];
    if (fault !== undefined) notes.push(`${one.label} ${fault}`);
    else if (error !== undefined && !(error <= sameThing))
      problems.push(`${one.label}'s results disagree, relative L2 ${error.toExponential(1)}`);
    records[one.label] = {
      median: one.median,
      fastest: one.fastest,
      first: one.first,
      repeats: one.repeats,
      ...(error !== undefined && { error }),
    };
  }

  const bytesMoved = ours.counters?.bytesMoved ?? NaN;
  // In GB/s, read and written.
  const copyBandwidth = copied === undefined ? NaN : (2 * copy.bytes) / copied.median / 1e6;
  const bandwidth = bytesMoved / ours.median / 1e6 / copyBandwidth;
  const evidence = { ours, others, error: records['Parseval']?.error, bandwidth, isSoftware };
  const gpuPeer = best(others, gpuPeers, ours);
  const torch = best(others, torchPeers, ours);
  return {
    name,
    contestants: records,
    failures: Object.fromEntries(failed.map(({ label, failure }) => [label, failure])),
    absent,
    ...(gpuPeer && { gpuPeer }),
    ...(torch && { torch }),
    dispatches: ours.counters?.dispatches ?? NaN,
    submissions: ours.counters?.submissions ?? NaN,
    bytesMoved,
    gflops: flopOf(workload) / ours.median / 1e6,
    copyBandwidth,
    bandwidthShare: bandwidth,
    // A first run tells nothing of speed.
    verdicts: targets.filter(({ kind }) => !quick || kind === 'error' || kind === 'dispatches').map((target) => judge(target, evidence)),
    problems,
    notes,
  };
}

/** Ours by `auto` and by each algorithm, the peers that are there, and the copy; and the names of those that are not there. */
async function contestantsOf(
  { peers: asked, isHeavy, algorithms }: Row,
  workload: Workload,
  peers: Peers,
  quick: boolean,
): Promise<{ contestants: Contestant[]; absent: string[] }> {
  const contestants: Contestant[] = [];
  const absent: string[] = [];
  const add = async (label: string, name: PeerName, workload: Workload): Promise<void> => {
    const peer = await peers.get(name);
    if (peer === undefined) absent.push(label);
    else contestants.push({ label, peer, workload });
  };
  await add('Parseval', 'Parseval', workload);
  for (const algorithm of quick ? [] : algorithms)
    await add(`${ownAlgorithm}${algorithm}`, 'Parseval', { ...workload, algorithm } as Workload);
  // A quick run is to end within a minute: one PyTorch is enough, and TF.js' transforms, which take seconds, are not waited for.
  const isSlow = (name: PeerName): boolean => name === 'PyTorch 1 thread' || (name === 'TF.js' && workload.kind === 'fft');
  const wanted = quick ? (isHeavy ? [] : asked.filter((name) => !isSlow(name))) : asked;
  for (const name of wanted) await add(name, name, workload);
  await add('copy', 'copy', copy);
  return { contestants, absent };
}

function best(others: readonly Measured[], names: readonly PeerName[], ours: Measured): Ratio | undefined {
  const [fastest] = others.filter(({ label }) => (names as readonly string[]).includes(label)).sort((a, b) => a.median - b.median);
  return fastest && { peer: fastest.label, ratio: fastest.median / ours.median };
}
