// What is kept of a row, and how it is printed.

import { table } from '../report.js';
import type { Verdict } from './targets.js';
import { percent } from './targets.js';

/** A contestant's figures; times in ms. */
export interface ContestantRecord {
  readonly median: number;
  readonly fastest: number;
  /** With plan and compilation. */
  readonly first: number;
  readonly repeats: number;
  /** Relative L2 from the truth. */
  readonly error?: number;
}

/** How many times as long a peer takes. */
export interface Ratio {
  readonly peer: string;
  readonly ratio: number;
}

/** What was measured of one workload. */
export interface ContestRecord {
  readonly name: string;
  readonly contestants: Readonly<Record<string, ContestantRecord>>;
  /** Contestants that could not, and why. */
  readonly failures: Readonly<Record<string, string>>;
  readonly absent: readonly string[];
  /** The fastest of the peers on the same adapter, and of PyTorch's. */
  readonly gpuPeer?: Ratio;
  readonly torch?: Ratio;
  /** Of one repetition of ours. */
  readonly dispatches: number;
  readonly submissions: number;
  readonly bytesMoved: number;
  /** The textbook's operations a second, in 10⁹. */
  readonly gflops: number;
  /** Bytes read and written a second by a copy, in 10⁹, and our share of that. */
  readonly copyBandwidth: number;
  readonly bandwidthShare: number;
  readonly verdicts: readonly Verdict[];
  /** Why these figures do not count: results that disagree, or none of ours. */
  readonly problems: readonly string[];
  /** Known faults of peers in this workload. */
  readonly notes: readonly string[];
}

/** Three digits, in the unit at hand. */
export function shown(value: number): string {
  return value >= 1000 ? value.toFixed(0) : String(Number(value.toPrecision(3)));
}

/** Prints a contest: its table, what our device did, and the verdicts. */
export function print(contest: ContestRecord): void {
  const ours = contest.contestants['Parseval'];
  const rows = Object.entries(contest.contestants).map(([label, { median, first, repeats, error }]) => [
    label,
    shown(median),
    ours === undefined ? '' : `${shown(median / ours.median)}×`,
    shown(first),
    String(repeats),
    error === undefined ? '?' : error.toExponential(1),
  ]);
  console.log(table([contest.name, 'median ms', 'ratio', 'first ms', 'repeats', 'error'], rows));
  for (const [label, failure] of Object.entries(contest.failures)) console.log(`${label} failed: ${failure.split('\n')[0]}`);
  if (contest.absent.length > 0) console.log(`not installed: ${contest.absent.join(', ')}`);
  console.log(
    `${contest.dispatches} dispatches · ${shown(contest.bytesMoved / 1e6)} MB moved · ${percent(contest.bandwidthShare)} of the copy bandwidth ` +
      `(${shown(contest.copyBandwidth)} GB/s) · ${shown(contest.gflops)} GFLOP/s`,
  );
  const word = (met: boolean | null): string => (met === null ? '–' : met ? '✓ met' : '✗ missed');
  if (contest.verdicts.length > 0) {
    console.log(contest.verdicts.map(({ target, measured, met }) => `${word(met)}: ${target}, is ${measured}`).join('\n'));
  }
  for (const note of contest.notes) console.log(`note: ${note}`);
  for (const problem of contest.problems) console.log(`WRONG: ${problem}`);
}
