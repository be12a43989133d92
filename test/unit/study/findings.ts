// Results as if a study had found them: every network reads 90%, and takes as long, unless it is told otherwise.

import { networks } from '../../../bench/study/networks.js';
import type { Evidence } from '../../../bench/study/evidence.js';
import { Found } from '../../../bench/study/found.js';
import { noResults, type Results } from '../../../bench/study/results.js';
import { RATE_SEED, type Settings } from '../../../bench/study/settings.js';

/** A study of ten digits with three seeds and two rates, and one beyond. */
export const settings: Settings = {
  train: 20,
  validation: 10,
  test: 10,
  difficulty: 0.5,
  dataSeed: 1,
  batchSize: 10,
  epochs: 2,
  rateEpochs: 1,
  rates: [0.001, 0.01],
  furtherRates: [0.1],
  seeds: [1, 2, 3],
};

/** What differs from network to network. */
export interface Told {
  /** Digits read, of ten, by seed. */
  readonly right?: Readonly<Record<string, readonly number[]>>;
  /** Times as long as the reference. */
  readonly ratios?: Readonly<Record<string, number>>;
  /** Operations of a step. */
  readonly flop?: Readonly<Record<string, number>>;
}

const labels = '0123456789';

/** What a network reads that has so many right: zeros at the end turn to nines, and a nine to zero. */
function readOf(right: number): string {
  return Array.from(labels, (digit, i) => (i < right ? digit : String((Number(digit) + 1) % 10))).join('');
}

/** The results. */
export function resultsOf({ right = {}, ratios = {}, flop = {} }: Told = {}): Results {
  const results = noResults(settings);
  for (const { id, rateOf } of networks.filter(({ isTrained }) => isTrained)) {
    const run = { network: id, steps: 4, seconds: 1, losses: [2, 1] };
    if (rateOf === undefined)
      settings.rates.forEach((rate, i) => {
        results.runs[`${id} rate ${rate}`] = {
          ...run,
          rate,
          seed: RATE_SEED,
          score: { loss: 1, accuracy: 0.5 + 0.1 * i, read: readOf(5 + i) },
        };
      });
    settings.seeds.forEach((seed, i) => {
      const count = right[id]?.[i] ?? 9;
      results.runs[`${id} ${seed}`] = { ...run, rate: 0.01, seed, score: { loss: 0.25, accuracy: count / 10, read: readOf(count) } };
    });
  }
  const times = networks.map(({ id }) => {
    const ratio = ratios[id] ?? 1;
    return [id, { of: '', median: 10 * ratio, fastest: 9 * ratio, ratio, leastRatio: 0.9 * ratio, mostRatio: 1.1 * ratio }] as const;
  });
  results.times = { adapter: 'an adapter', machine: 'a machine', load: [1.5, 2.5], turns: 7, networks: Object.fromEntries(times) };
  for (const { id } of networks)
    results.costs[id] = { of: '', parameters: 1000, flop: 5000, stepFlop: flop[id] ?? 1e6, stepBytes: 2e6, dispatches: 30, memory: 4e6 };
  return results;
}

/** The figures of such results. */
export function foundOf(told: Told = {}): Found {
  return new Found(networks, settings, resultsOf(told));
}

/** Proofs that all say 1, wherever they are asked. */
export const evidence = new Proxy({}, { get: (_, name) => ({ numbers: ['1', '1'], where: `proof ${String(name)}` }) }) as Evidence;
