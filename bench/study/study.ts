// The study: which trainings are to be done, which are done, and what is left.

import type * as pv from '../../src/index.js';
import type { Network } from './networks.js';
import { keyOf, noResults, readResults, writeResults, type Results, type Run } from './results.js';
import { allRates, RATE_SEED, type Settings } from './settings.js';
import { digitsOf, drawDigits, runTraining, Stopped, type Digits } from './training.js';

/** How a study is run. */
export interface StudyOptions {
  readonly networks: readonly Network[];
  readonly settings: Settings;
  /** The file of results. */
  readonly results: string;
  /** A folder for trainings that are not finished. */
  readonly checkpoints: string;
  /** Told of what happens, a line each. */
  readonly say: (line: string) => void;
  readonly stop: AbortSignal;
}

/**
 * Does the trainings that are not done yet, and writes the result of each at once; trainings of other settings leave the file. Resolves to all results.
 * Rejects with Stopped where it is told to stop.
 */
export async function trainAll(options: StudyOptions): Promise<Results> {
  const { networks, settings, say } = options;
  const study = new Study(options, (await readResults(options.results)) ?? noResults(settings));
  for (const job of study.jobs) {
    const { network } = job;
    const rate = job.rate ?? rateOf(network, networks, settings, study.results);
    if (rate === null) say(`${network.title}: no learning rate was small enough`);
    else await study.training(job, rate);
    for (
      let next = job.rate === null ? null : nextRate(network, settings, study.results);
      next !== null;
      next = nextRate(network, settings, study.results)
    )
      await study.training(study.another(job, next), next);
  }
  return study.results;
}

/** The rate next to the best one so far that was not tried yet; null where there is none, or the first ones are not all tried. */
export function nextRate(network: Network, settings: Settings, results: Results): number | null {
  const tried = rateRuns(network, settings, results).map(({ rate }) => rate);
  const best = rateOf(network, [network], settings, results);
  if (!settings.rates.every((rate) => tried.includes(rate))) return null;
  const all = allRates(settings);
  // Where none was small enough, a smaller one is.
  const place = best === null ? all.indexOf(Math.min(...tried)) : all.indexOf(best);
  const sides = best === null ? [place - 1] : [place - 1, place + 1];
  return sides.flatMap((side) => all[side] ?? []).find((rate) => !tried.includes(rate)) ?? null;
}

/** The trainings of a network by which its rate is chosen, of those that are done. */
export function rateRuns(network: Network, settings: Settings, results: Results): Run[] {
  return runsOf(network, results).filter(({ seed, rate }) => seed === RATE_SEED && allRates(settings).includes(rate));
}

/** The trainings of a network that count, of those that are done, in the order of their seeds. */
export function testRuns(network: Network, networks: readonly Network[], settings: Settings, results: Results): Run[] {
  const chosen = rateOf(network, networks, settings, results);
  return runsOf(network, results)
    .filter(({ seed, rate }) => settings.seeds.includes(seed) && rate === chosen)
    .sort((a, b) => a.seed - b.seed);
}

function runsOf({ id }: Network, { runs }: Results): Run[] {
  return Object.values(runs).filter(({ network }) => network === id);
}

/** The rate that read most digits of those to choose by; of equally good ones the one with the least loss. Null where none was small enough. */
export function rateOf(network: Network, networks: readonly Network[], settings: Settings, results: Results): number | null {
  const owner = networks.find(({ id }) => id === (network.rateOf ?? network.id));
  if (owner === undefined) throw new Error(`study: ${network.id} takes the rate of ${network.rateOf}, which is no network of the study`);
  const scored = rateRuns(owner, settings, results).flatMap(({ rate, score }) => (score === null ? [] : [{ rate, score }]));
  const [best] = scored.sort((a, b) => b.score.accuracy - a.score.accuracy || a.score.loss - b.score.loss);
  return best?.rate ?? null;
}

/** One training to be done. */
interface Job {
  readonly network: Network;
  readonly seed: number;
  readonly epochs: number;
  /** Null: the one that was chosen. */
  readonly rate: number | null;
}

class Study {
  readonly jobs: readonly Job[];
  #planned: number;
  readonly #left: Set<Job>;
  readonly #digits = new Map<number, Digits>();
  readonly #summaries = new Map<Network, pv.nn.Summary>();
  /** Seconds of a step by network. */
  readonly #paces = new Map<string, number>();

  constructor(
    private readonly options: StudyOptions,
    readonly results: Results,
  ) {
    const { networks, settings } = options;
    const trained = networks.filter(({ isTrained }) => isTrained);
    const choosers = trained.filter(({ rateOf: other }) => other === undefined);
    this.jobs = [
      ...choosers.flatMap((network) => settings.rates.map((rate) => ({ network, seed: RATE_SEED, epochs: settings.rateEpochs, rate }))),
      // All networks with one seed, then with the next: what there is at any time can be compared.
      ...settings.seeds.flatMap((seed) => trained.map((network) => ({ network, seed, epochs: settings.epochs, rate: null }))),
    ];
    this.#left = new Set(this.jobs);
    this.#planned = this.jobs.length;
    this.#forgetOthers(trained);
    for (const { network, seconds, steps } of Object.values(results.runs)) this.#paces.set(network, seconds / steps);
  }

  /** A job that was not planned: another rate. */
  another(job: Job, rate: number): Job {
    const more = { ...job, rate };
    this.#left.add(more);
    this.#planned++;
    return more;
  }

  /** Does one training, unless it is done. */
  async training(job: Job, rate: number): Promise<void> {
    const { network, seed, epochs } = job;
    const { settings, checkpoints: folder, stop, say } = this.options;
    const key = keyOf(network, settings, this.#summary(network), rate, seed);
    if (key in this.results.runs) return void this.#left.delete(job);
    if (stop.aborted) throw new Stopped();
    const { train, validation, test } = await this.#digitsOf(network.size);
    const isForRate = seed === RATE_SEED;
    const begin = performance.now();
    const scoredBy = isForRate ? validation : test;
    const run = await runTraining({ network, settings, rate, seed, epochs, train, scoredBy, key, folder, stop });
    this.results.runs[key] = run;
    await writeResults(this.options.results, this.results);
    this.#left.delete(job);
    const seconds = (performance.now() - begin) / 1000;
    this.#paces.set(network.id, seconds / run.steps);
    const read = run.score === null ? 'the loss was no number any more' : `${(100 * run.score.accuracy).toFixed(1)}% read`;
    const what = isForRate ? `rate ${rate} tried` : `seed ${seed} at rate ${rate}`;
    const name = `${network.title} (${network.size}²)`;
    say(`[${this.#planned - this.#left.size}/${this.#planned}] ${name}, ${what}: ${read} · ${seconds.toFixed(0)} s${this.#timeLeft()}`);
  }

  /** Seconds left, from the pace of each network, or where it has none yet, of the others. */
  #timeLeft(): string {
    if (this.#left.size === 0) return '';
    const { train, batchSize } = this.options.settings;
    const known = [...this.#paces.values()];
    const typical = known.reduce((sum, pace) => sum + pace, 0) / known.length;
    const steps = Math.ceil(train / batchSize);
    const seconds = [...this.#left].reduce(
      (sum, { network, epochs }) => sum + epochs * steps * (this.#paces.get(network.id) ?? typical),
      0,
    );
    return ` · about ${seconds < 90 ? `${Math.ceil(seconds)} s` : `${Math.ceil(seconds / 60)} min`} left`;
  }

  /** Trainings of other settings or networks. */
  #forgetOthers(trained: readonly Network[]): void {
    const { settings, say } = this.options;
    const known = new Set(
      trained.flatMap((network) =>
        allRates(settings).flatMap((rate) =>
          [RATE_SEED, ...settings.seeds].map((seed) => keyOf(network, settings, this.#summary(network), rate, seed)),
        ),
      ),
    );
    const others = Object.keys(this.results.runs).filter((key) => !known.has(key));
    for (const key of others) delete this.results.runs[key];
    if (others.length > 0) say(`${others.length} trainings in the file are of other settings, and are left out`);
    this.results.settings = { ...settings };
  }

  #summary(network: Network): pv.nn.Summary {
    const { batchSize } = this.options.settings;
    const known = this.#summaries.get(network) ?? network.make(0).summary([batchSize, 1, network.size, network.size]);
    this.#summaries.set(network, known);
    return known;
  }

  async #digitsOf(size: number): Promise<Digits> {
    const known = this.#digits.get(size);
    if (known !== undefined) return known;
    const digits = await drawDigits(size, this.options.settings);
    this.#digits.set(size, digits);
    this.results.labels[size] = await digitsOf(digits.test.labels);
    return digits;
  }
}
