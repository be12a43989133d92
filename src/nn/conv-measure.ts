// When convolutions are measured: each shape class once on a device, in the background of the first calls, while the device has nothing else to do.

import { AsyncResource } from 'node:async_hooks';
import { setTimeout } from 'node:timers';
import type { Device } from '../devices/device.js';
import { sizeOf } from '../devices/shape.js';
import { isInterruptRequested } from '../graph/interrupt.js';
import type { GraphState } from '../graph/node.js';
import { planStats } from '../graph/plans.js';
import { timesSeeded } from '../tensor/create.js';
import { onInterrupt } from '../tensor/recovery.js';
import { costsOf, shapeClass, useMeasurements, type Candidate, type Face, type Measured } from './conv-choice.js';
import type { Measurements, ModelledCost } from './conv-choice.js';
import type { ConvAttributes } from './conv-operation.js';
import { Race } from './conv-race.js';
import { openStore, type ConvolutionStore } from './conv-store.js';

/** How convolutions are measured. */
export interface MeasureOptions {
  /** Where measurements are kept; a file of this user when not given. */
  readonly store?: ConvolutionStore;
  /** Told why that fails. */
  readonly log?: (problem: string) => void;
  /** Milliseconds, from wherever. */
  readonly clock?: () => number;
  /** Resolves after a while; a device is idle when nothing was computed meanwhile. */
  readonly pause?: () => Promise<void>;
}

/** Algorithms that take up to so many times the best one's modelled time may be the best in truth. */
const doubt = 4;
/** Modelled milliseconds of a run that is worth it: a cell that comes meanwhile waits for its end. */
const longest = 2000;
/** How often a shape class is tried in one process. */
const mostTries = 3;
/** How long a device has to be left alone, in ms: compiling what is measured may hold up whoever comes next. */
const patience = 1000;

let stop: () => void = () => undefined;

/**
 * Lets `algorithm: 'auto'` decide by what was measured, and measures what the model had to choose for: each shape class once, in the background,
 * when the device has been idle for a while. For hosts, to be called before any code of people runs; what is measured stays out of their way and
 * never fails in their code.
 *
 * Nothing is measured or remembered where CI is set in the environment, nor from the first `pv.seed` on: there the model alone decides, which
 * makes runs reproducible. That holds for all shape classes, also those that were measured before the seed: how far the measuring had come then
 * is up to chance.
 *
 * Returns what ends it.
 */
export function measureConvolutions(options: MeasureOptions = {}): () => void {
  stop();
  if (isInCI()) return () => undefined;
  const measuring = new Measuring(options);
  useMeasurements(measuring);
  const forgetInterrupts = onInterrupt(() => measuring.abandon());
  return (stop = () => {
    stop = () => undefined;
    forgetInterrupts();
    measuring.abandon();
    useMeasurements(null);
  });
}

function isInCI(): boolean {
  const { CI = '' } = process.env;
  return CI !== '' && CI !== 'false' && CI !== '0';
}

/** Those algorithms of which the model cannot say which is the fastest; they are worth a race if there are two. */
function contenders(costs: readonly ModelledCost[]): readonly Candidate[] {
  const limit = Math.min(doubt * (costs[0]?.milliseconds ?? 0), longest);
  return costs.flatMap(({ algorithm, milliseconds }) => (milliseconds <= limit ? [algorithm] : []));
}

/** A shape class that waits to be measured, by the convolution that was met first. */
interface Waiting {
  readonly key: string;
  readonly attributes: ConvAttributes;
  readonly state: GraphState;
  readonly conv: Face;
}

/** The measuring was ended from outside. */
class Ended extends Error {}

class Measuring implements Measurements {
  readonly #store: ConvolutionStore;
  readonly #clock: () => number;
  readonly #pause: () => Promise<void>;
  readonly #log: (problem: string) => void;
  /** People's own contexts end with what they belong to: a cell that is interrupted, say. */
  readonly #outside = new AsyncResource('Measuring');
  readonly #seeded = timesSeeded();
  readonly #measured = new Map<string, Measured>();
  readonly #queue = new Map<string, Waiting>();
  readonly #tries = new Map<string, number>();
  #race: Race | null = null;
  /** What is measured now. */
  #current: string | null = null;
  /** Another one for each time that the measuring begins or is ended: who finds that it changed is not heard any more. */
  #turn = 0;
  #isRunning = false;

  constructor({ log = () => undefined, store = openStore({ log }), clock = () => performance.now(), pause = unhurried }: MeasureOptions) {
    this.#log = log;
    this.#store = store;
    this.#clock = clock;
    this.#pause = pause;
  }

  find(attributes: ConvAttributes, state: GraphState): Measured | null {
    if (this.#isSeeded) return null;
    const [adapter, name] = [adapterOf(state), shapeClass(attributes)];
    const measured = this.#measured.get(keyOf(adapter, name));
    if (measured !== undefined) return measured;
    const kept = this.#store.find(adapter, name);
    return kept && { ...kept, isRemembered: true };
  }

  missed(attributes: ConvAttributes, state: GraphState, conv: Face): void {
    const { x, w, y } = attributes;
    const key = keyOf(adapterOf(state), shapeClass(attributes));
    if (this.#isSeeded || this.#queue.has(key) || this.#isGivenUp(key)) return;
    if (state.device.lost !== null || [x, w, y].some((shape) => sizeOf(shape) === 0)) return;
    if (contenders(costsOf(attributes, state, conv)).length < 2) return;
    this.#queue.set(key, { key, attributes, state, conv });
    if (this.#isRunning) return;
    this.#isRunning = true;
    const turn = ++this.#turn;
    this.#outside.runInAsyncScope(() => void this.#work(turn));
  }

  note(attributes: ConvAttributes, state: GraphState, costs: readonly ModelledCost[]): string | null {
    const key = keyOf(adapterOf(state), shapeClass(attributes));
    if (this.#isSeeded) return 'after pv.seed nothing that was measured decides, so that runs are equal';
    if (key === this.#current) return 'it is being measured';
    if (this.#queue.has(key)) return 'it will be measured when the device is idle';
    if (this.#isGivenUp(key)) return 'it could not be measured';
    if (contenders(costs).length >= 2 || costs.filter(({ refusal }) => refusal === null).length < 2) return null;
    return (costs[0]?.milliseconds ?? 0) > longest ? 'it takes too long to be measured' : 'no other comes near enough to be measured';
  }

  /** Ends what is under way. What waits for it is measured when it is met again. */
  abandon(): void {
    this.#turn++;
    if (this.#current !== null) this.#fail(this.#current);
    this.#current = null;
    this.#isRunning = false;
    this.#queue.clear();
    this.#race?.end();
    this.#race = null;
  }

  get #isSeeded(): boolean {
    return timesSeeded() !== this.#seeded;
  }

  #isGivenUp(key: string): boolean {
    return (this.#tries.get(key) ?? 0) >= mostTries;
  }

  #fail(key: string): void {
    this.#tries.set(key, (this.#tries.get(key) ?? 0) + 1);
  }

  /** Measures what waits, one class after another. Never rejects. */
  async #work(turn: number): Promise<void> {
    for (let [next] = this.#queue.values(); next !== undefined; [next] = this.#queue.values()) {
      const { key } = next;
      try {
        await this.#measure(next, turn);
      } catch (error) {
        if (turn !== this.#turn) return;
        this.#fail(key);
        const isEnded = error instanceof Ended || next.state.device.lost !== null || isInterruptRequested();
        if (!isEnded) this.#log(`A convolution was not measured (${shapeClass(next.attributes)}): ${String(error)}`);
      }
      if (turn !== this.#turn) return;
      this.#race?.end();
      this.#race = null;
      this.#current = null;
      this.#queue.delete(key);
    }
    this.#isRunning = false;
  }

  async #measure({ key, attributes, state, conv }: Waiting, turn: number): Promise<void> {
    const { device } = state;
    const check = (): void => {
      if (turn !== this.#turn || this.#isSeeded || device.lost !== null || isInterruptRequested()) throw new Ended();
    };
    const quiet = async (): Promise<void> => {
      for (;;) {
        // Counted first: what is asked for from here on may still be compiled when the wait is over.
        const before = work();
        await device.sync();
        await this.#pause();
        check();
        if (work() === before) return;
      }
    };
    await quiet();
    this.#current = key;
    const race = (this.#race = new Race(attributes, state, { clock: this.#clock, work, quiet, check }));
    const milliseconds = await race.run(contenders(costsOf(attributes, state, conv)), conv);
    const samples = attributes.x[0] as number;
    this.#measured.set(key, { milliseconds, samples, isRemembered: false });
    this.#store.put(adapterOf(state), shapeClass(attributes), { milliseconds, samples });
  }
}

/** Counts what has been computed, on whatever device: all of them may share a processor. */
function work(): number {
  return planStats.built + planStats.replayed;
}

/** Some time in which this thread had little to do; it is no reason for the process to stay. */
async function unhurried(): Promise<void> {
  for (;;) {
    const start = performance.now();
    await new Promise((resolve) => void setTimeout(resolve, patience).unref());
    // A timer that is late says that code of people ran, and may go on with a convolution.
    if (performance.now() - start < 1.5 * patience) return;
  }
}

const adapters = new WeakMap<Device, string>();

/** A device by what its speed may depend on: the same adapter is slower behind a port. */
function adapterOf({ device }: GraphState): string {
  let adapter = adapters.get(device);
  if (adapter === undefined) {
    const limits = Object.entries(device.limits).sort(([a], [b]) => (a < b ? -1 : 1));
    adapter = `${device.name}: ${device.description}; ${limits.map(([name, value]) => `${name} ${value}`).join(', ')}`;
    adapters.set(device, adapter);
  }
  return adapter;
}

function keyOf(adapter: string, name: string): string {
  return `${adapter}\n${name}`;
}
