// What the benchmarks have in common: their shape, medians, and tables.

import type { Peers } from './compute/peers.js';

/** How a benchmark is run. */
export interface BenchContext {
  /** Each measurement once, to see that it works. */
  readonly quick: boolean;
  /** The peers that compute. */
  readonly peers: Peers;
  /** The adapter in words. */
  readonly adapter: string;
  /** Where results of this adapter lie, without the extension. */
  readonly files: string;
}

/** A benchmark: prints its table and returns what goes into the results file. */
export type Benchmark = (context: BenchContext) => Promise<object>;

/** The middle value; of an even number of values the mean of the two in the middle. Throws for none. */
export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const [low, high] = [sorted[Math.floor((sorted.length - 1) / 2)], sorted[Math.floor(sorted.length / 2)]];
  if (low === undefined || high === undefined) throw new Error('median: there are no values');
  return (low + high) / 2;
}

/** Rows as an aligned table: the first column to the left, numbers to the right. */
export function table(header: readonly string[], rows: readonly (readonly string[])[]): string {
  const all = [header, ...rows];
  const widths = header.map((_, column) => Math.max(...all.map((row) => (row[column] ?? '').length)));
  const line = (row: readonly string[]): string =>
    row
      .map((cell, column) => (column === 0 ? cell.padEnd(widths[column] ?? 0) : cell.padStart(widths[column] ?? 0)))
      .join('  ')
      .trimEnd();
  return all.map(line).join('\n');
}
