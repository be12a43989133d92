// Times contestants in turn, A B A B …, so that what else the machine does meets all of them.

import type { Counters } from './adapter.js';
import { median } from '../report.js';
import type { Peer, Prepared } from './peer.js';
import type { Values, Workload } from './workload.js';

/** A peer with the workload as it is asked for. */
export interface Contestant {
  readonly label: string;
  readonly peer: Peer;
  readonly workload: Workload;
}

/** What came of a contestant. */
export interface Measured {
  readonly label: string;
  /** The first run, with its plan and its compilation, ms. */
  readonly first: number;
  /** Of the counted turns, ms. */
  readonly median: number;
  readonly fastest: number;
  /** Turns. */
  readonly repeats: number;
  /** What Parseval's device did in the last repetition. */
  readonly counters: Counters | undefined;
  readonly results: readonly Values[];
}

/** A contestant that could not do it. */
export interface Failed {
  readonly label: string;
  readonly failure: string;
}

/** At least so many repetitions count, */
const fewest = 5;
/** more while all of them together take less than this, ms, */
const enough = 3000;
/** up to this. */
const most = 25;
/** A contestant that takes longer than this, ms, is repeated only twice. */
const slow = 10_000;
/** A turn counts runs for this long, ms, */
const turnLength = 200;
/** up to so many. */
const mostInTurn = 10;
/** Turns of each way of ours, where several are compared with each other: they differ by a tenth, which five turns do not tell from noise. */
const turnsOfWays = 15;
/** A run that takes longer than this, ms, needs none before it to be warm. */
const warmsItself = 2000;

class Running {
  readonly times: number[] = [];
  prepared: Prepared | undefined;
  counters: Counters | undefined;
  first = NaN;
  second = NaN;
  failure: string | undefined;
  results: readonly Values[] = [];

  constructor(readonly contestant: Contestant) {}

  get isSlow(): boolean {
    return (this.times.at(-1) ?? 0) > slow;
  }

  /** Does something with the peer; from the first failure on, nothing more. */
  async attempt(work: () => Promise<void>): Promise<void> {
    if (this.failure !== undefined) return;
    try {
      await work();
    } catch (error) {
      this.failure = error instanceof Error ? error.message : String(error);
    }
  }

  /** The median of the runs of one turn, but for the first: while the others computed, caches and page tables lost what this one uses. */
  async turn(): Promise<number> {
    const times: number[] = [];
    if ((this.times.at(-1) ?? this.second) < warmsItself) await this.run();
    for (let spent = 0; spent < turnLength && times.length < mostInTurn; spent += times.at(-1) ?? 0) times.push(await this.run());
    return median(times);
  }

  async run(): Promise<number> {
    const { ms, counters } = await this.prepared!.run();
    this.counters = counters;
    return ms;
  }
}

/**
 * Prepares all, runs each until it is warm, then in turn, and reads the results at the end. With `once` the first run is
 * all there is. A contestant that fails says so in its place.
 */
export async function measure(contestants: readonly Contestant[], { once }: { readonly once: boolean }): Promise<(Measured | Failed)[]> {
  const all = contestants.map((contestant) => new Running(contestant));
  let round = 0;
  const begin = async (one: Running): Promise<void> => {
    const { peer, workload } = one.contestant;
    await one.attempt(async () => {
      one.prepared = await peer.prepare(workload);
      one.first = await one.run();
      if (once) one.times.push(one.first);
      // What is made at the second run, buffers that are not free yet, is not steady either.
      else round += one.second = await one.run();
    });
  };
  // First runs alone are no figures: they may overlap. (Then each peer has one contestant.)
  if (once) await Promise.all(all.map(begin));
  else for (const one of all) await begin(one);
  const repeats = once ? 0 : Math.min(most, Math.max(fewest, Math.ceil(enough / round)));
  const ways = all.filter(({ contestant, second }) => contestant.peer === all[0]?.contestant.peer && second < warmsItself);
  const rounds = !once && ways.length > 1 ? Math.max(repeats, turnsOfWays) : repeats;
  for (let i = 0; i < rounds; i++) {
    const some = i < repeats ? all : ways;
    // There and back, so that nobody always follows the same one.
    for (const one of i % 2 === 0 ? some : some.toReversed()) {
      if (i >= 2 && one.isSlow) continue;
      await one.attempt(async () => void one.times.push(await one.turn()));
    }
  }
  for (const one of all) {
    await one.attempt(async () => {
      one.results = await one.prepared!.result();
      await one.prepared!.dispose();
    });
  }
  return all.map(({ contestant: { label }, failure, times, first, counters, results }) =>
    failure === undefined
      ? { label, first, median: median(times), fastest: Math.min(...times), repeats: times.length, counters, results }
      : { label, failure },
  );
}
