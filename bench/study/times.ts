// How long a step of each network takes: in turn, A B A B …, so that what else the machine does meets all of them. Ratios count, each of one turn.

import { loadavg } from 'node:os';
import { median } from '../report.js';
import { REFERENCE, type Network } from './networks.js';
import { printOf, writeResults, type Results, type Time } from './results.js';
import { Stepper } from './steps.js';
import type { StudyOptions } from './study.js';
import { Stopped } from './training.js';

/** Who measures. */
export interface Clock {
  readonly adapter: string;
  readonly machine: string;
  readonly turns: number;
  /** A turn counts steps for so long, ms, */
  readonly turnLength: number;
}

/** and so many at most. */
const mostInTurn = 5;

/** Times all networks, unless they were timed; writes it. `again` times them anyhow. */
export async function timeAll(options: StudyOptions, results: Results, clock: Clock, again: boolean): Promise<void> {
  const { networks, settings, results: file, say, stop } = options;
  const prints = networks.map((network) => {
    const summary = network.make(0).summary([settings.batchSize, 1, network.size, network.size]);
    return printOf(network, settings, summary);
  });
  const known = results.times?.networks ?? {};
  const isKnown = Object.keys(known).length === networks.length && networks.every(({ id }, i) => known[id]?.of === prints[i]);
  if (isKnown && !again) return;
  const [before = 0] = loadavg();
  const times = await measure(networks, settings, clock, { say, stop });
  const [after = 0] = loadavg();
  const records = networks.map(({ id }, i): [string, Time] => [
    id,
    { of: prints[i] ?? '', ...timesOf(times[i] ?? [], times[referenceOf(networks)] ?? []) },
  ]);
  const { adapter, machine, turns } = clock;
  results.times = { adapter, machine, load: [tenth(before), tenth(after)], turns, networks: Object.fromEntries(records) };
  await writeResults(file, results);
}

/** Where the network stands that others are held against: the first, where it is not among them. */
function referenceOf(networks: readonly Network[]): number {
  return Math.max(
    0,
    networks.findIndex(({ id }) => id === REFERENCE),
  );
}

function tenth(value: number): number {
  return Number(value.toFixed(1));
}

/** Milliseconds of a step, turn by turn, in the order of the networks. */
async function measure(
  networks: readonly Network[],
  settings: StudyOptions['settings'],
  { turns, turnLength }: Clock,
  { say, stop }: Pick<StudyOptions, 'say' | 'stop'>,
): Promise<number[][]> {
  const steppers = networks.map((network) => new Stepper(network, settings));
  const times: number[][] = networks.map(() => []);
  // The first step compiles, the second one allocates.
  for (const stepper of steppers)
    for (let i = 0; i < 2; i++) {
      if (stop.aborted) throw new Stopped();
      await stepper.step();
    }
  const places = networks.map((_, i) => i);
  for (let turn = 0; turn < turns; turn++) {
    // There and back, so that nobody always follows the same one.
    for (const i of turn % 2 === 0 ? places : places.toReversed()) {
      if (stop.aborted) throw new Stopped();
      times[i]?.push(await turnOf(steppers[i] as Stepper, turnLength));
    }
    say(`times: turn ${turn + 1} of ${turns}`);
  }
  return times;
}

/** The median of the steps of a turn, but for the first: while others computed, caches lost what this one uses. */
async function turnOf(stepper: Stepper, length: number): Promise<number> {
  await stepper.step();
  const times: number[] = [];
  const begin = performance.now();
  while (times.length < mostInTurn && (times.length === 0 || performance.now() - begin < length)) {
    const at = performance.now();
    await stepper.step();
    times.push(performance.now() - at);
  }
  return median(times);
}

/** Of the turns of a network and those of the reference. */
export function timesOf(times: readonly number[], reference: readonly number[]): Omit<Time, 'of'> {
  const ratios = times.map((time, i) => time / (reference[i] ?? NaN));
  return {
    median: median(times),
    fastest: Math.min(...times),
    ratio: median(ratios),
    leastRatio: Math.min(...ratios),
    mostRatio: Math.max(...ratios),
  };
}
