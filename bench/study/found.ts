// What was found, as reports and verdicts ask for it.

import type { Network } from './networks.js';
import type { Cost, Results, Run, Time } from './results.js';
import type { Settings } from './settings.js';
import { spreadOf, type Spread } from './statistics.js';
import { rateOf, testRuns } from './study.js';

/** How the accuracies of two networks lie: all of the one above all of the other, or neither. */
export type Order = 'above' | 'below' | 'within';

/** The figures of a study. Each is null where it is not there yet. */
export class Found {
  constructor(
    readonly networks: readonly Network[],
    readonly settings: Settings,
    readonly results: Results,
  ) {}

  /** Throws for one that is not of the study. */
  network(id: string): Network {
    const network = this.networks.find((one) => one.id === id);
    if (network === undefined) throw new Error(`study: there is no network ${id}`);
    return network;
  }

  rate(id: string): number | null {
    return rateOf(this.network(id), this.networks, this.settings, this.results);
  }

  /** The trainings that count and came to an end. */
  runs(id: string): (Run & { readonly score: NonNullable<Run['score']> })[] {
    const runs = testRuns(this.network(id), this.networks, this.settings, this.results);
    return runs.flatMap((run) => (run.score === null ? [] : [{ ...run, score: run.score }]));
  }

  /** Shares of the digits held out that were read. */
  accuracy(id: string): Spread | null {
    const shares = this.runs(id).map(({ score }) => score.accuracy);
    return shares.length === 0 ? null : spreadOf(shares);
  }

  cost(id: string): Cost | null {
    return this.results.costs[id] ?? null;
  }

  time(id: string): Time | null {
    return this.results.times?.networks[id] ?? null;
  }

  /** How many times as long a step of the first takes as one of the second. */
  timeRatio(id: string, than: string): number | null {
    const [one, other] = [this.time(id), this.time(than)];
    return one === null || other === null ? null : one.ratio / other.ratio;
  }

  /** Where the accuracies of the first lie, held against the second's. */
  order(id: string, than: string): Order | null {
    const [one, other] = [this.accuracy(id), this.accuracy(than)];
    if (one === null || other === null) return null;
    if (one.least > other.most) return 'above';
    return one.most < other.least ? 'below' : 'within';
  }

  /** Digits held out that two networks read differently, at most and for the same seed. */
  readDifferently(id: string, other: string): number | null {
    const pairs = this.runs(id).flatMap((run) => {
      const partner = this.runs(other).find(({ seed }) => seed === run.seed);
      return partner === undefined ? [] : [[run.score.read, partner.score.read] as const];
    });
    const counts = pairs.map(([a, b]) => Array.from(a).filter((digit, i) => digit !== b[i]).length);
    return counts.length === 0 ? null : Math.max(...counts);
  }

  /** The largest relative distance of the losses of an epoch, of trainings with the same seed. */
  lossesApart(id: string, other: string): number | null {
    const apart = this.runs(id).flatMap((run) => {
      const partner = this.runs(other).find(({ seed }) => seed === run.seed);
      return run.losses.flatMap((loss, i) => (partner === undefined ? [] : [Math.abs(loss - (partner.losses[i] ?? NaN)) / loss]));
    });
    return apart.length === 0 ? null : Math.max(...apart);
  }
}
