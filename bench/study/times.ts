// How long a step of each network takes: in turn, and each in turn with the reference, A R A R …, so that what else the machine does meets both. Ratios
// count, each of one turn.

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
    { of: prints[i] ?? '', ...timesOf(times[i]?.own ?? [], times[i]?.reference ?? []) },
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

/** Milliseconds of a step, turn by turn: of a network, and of the reference beside it. */
interface Turns {
  readonly own: number[];
  readonly reference: number[];
}

/** The turns of each network, in their order. */
async function measure(
  networks: readonly Network[],
  settings: StudyOptions['settings'],
  { turns, turnLength }: Clock,
  { say, stop }: Pick<StudyOptions, 'say' | 'stop'>,
): Promise<Turns[]> {
  const steppers = networks.map((network) => new Stepper(network, settings));
  const reference = new Stepper(networks[referenceOf(networks)] as Network, settings);
  const times = networks.map((): Turns => ({ own: [], reference: [] }));
  // The first step compiles, the second one allocates.
  for (const stepper of [...steppers, reference])
    for (let i = 0; i < 2; i++) {
      if (stop.aborted) throw new Stopped();
      await stepper.step();
    }
  const places = networks.map((_, i) => i);
  for (let turn = 0; turn < turns; turn++) {
    // There and back, so that nobody always follows the same one.
    for (const i of turn % 2 === 0 ? places : places.toReversed()) {
      if (stop.aborted) throw new Stopped();
      const { own, other } = await turnOf(steppers[i] as Stepper, reference, turnLength);
      times[i]?.own.push(own);
      times[i]?.reference.push(other);
    }
    say(`times: turn ${turn + 1} of ${turns}`);
  }
  return times;
}

/** Medians of the steps of a turn of a network and the reference in turn. One step of each before: while others computed, caches lost what it uses. */
async function turnOf(stepper: Stepper, reference: Stepper, length: number): Promise<{ own: number; other: number }> {
  await timed(stepper);
  await timed(reference);
  const [own, other]: [number[], number[]] = [[], []];
  const begin = performance.now();
  while (own.length < mostInTurn && (own.length === 0 || performance.now() - begin < length)) {
    own.push(await timed(stepper));
    other.push(await timed(reference));
  }
  return { own: median(own), other: median(other) };
}

/** Milliseconds of a step. */
async function timed(stepper: Stepper): Promise<number> {
  const begin = performance.now();
  await stepper.step();
  return performance.now() - begin;
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
