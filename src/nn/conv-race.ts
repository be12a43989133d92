// Measures how long a training step of one convolution takes by several algorithms, on its device: they take turns, and the least time of each counts.
// Values are random: numbers that a CPU computes slowly or not at all must not decide.

import type { WgslDevice } from '../devices/device.js';
import { newBuffer } from '../graph/flush.js';
import type { GraphState } from '../graph/node.js';
import { collect } from '../graph/program.js';
import { random } from '../tensor/operations/random.js';
import { aside, runnable, trainingStep, type Candidate, type Face, type TrainingStep } from './conv-choice.js';
import type { ConvAttributes } from './conv-operation.js';

/** What a race needs to know of everything else that goes on. */
export interface Surroundings {
  /** Milliseconds, from wherever. */
  readonly clock: () => number;
  /** Counts what others have computed. */
  readonly work: () => number;
  /** Resolves when the device has been left alone for a while. */
  readonly quiet: () => Promise<void>;
  /** Throws when the race is to end. */
  readonly check: () => void;
}

/** Repeats that count, for each algorithm. */
const repeats = 5;
/** One that takes this many times as long as the fastest has no more of them. */
const hopeless = 3;
/** A repeat is as many runs as take so long, in ms: a way to the device and back takes up to some milliseconds, and varies. */
const least = { milliseconds: 20, runs: 16 };
/** Repeats in which others computed something, after which a race is given up. */
const mostDisturbed = 20;

interface Entrant extends TrainingStep {
  readonly algorithm: Candidate;
  best: number;
  /** Runs in one repeat; 0 while not known. */
  runs: number;
}

/** One race. Whatever becomes of it, `end` must be called. */
export class Race {
  readonly #device: WgslDevice;
  readonly #buffers = new Set<number>();
  readonly #steps = new Set<TrainingStep>();
  #disturbed = 0;

  constructor(
    private readonly attributes: ConvAttributes,
    private readonly state: GraphState,
    private readonly surroundings: Surroundings,
  ) {
    if (state.device.kind !== 'wgsl') throw new Error(`device ${state.device.name} has one algorithm only`);
    this.#device = state.device;
  }

  /**
   * Milliseconds of a training step by each algorithm. Rejects when the race is to end, when an algorithm fails, and when the device is never left
   * alone.
   */
  async run(algorithms: readonly Candidate[], conv: Face): Promise<Partial<Record<Candidate, number>>> {
    const { work, quiet } = this.surroundings;
    const operands = this.#operands();
    const entrants: Entrant[] = [];
    for (const algorithm of algorithms) {
      const step = trainingStep(this.attributes, algorithm, this.state, conv, operands);
      this.#steps.add(step);
      entrants.push({ ...step, algorithm, best: Infinity, runs: 0 });
      const before = work();
      // The first run compiles, which holds up whoever comes meanwhile: they are not to wait for the next one, too.
      await this.#once(step, 1);
      if (work() !== before) await quiet();
    }
    for (let round = 0; round < repeats; round++) {
      for (const entrant of entrants) {
        const fastest = Math.min(...entrants.map(({ best }) => best));
        if (entrant.best < Infinity && entrant.best > hopeless * fastest) continue;
        entrant.best = Math.min(entrant.best, await this.#repeat(entrant));
      }
    }
    return Object.fromEntries(entrants.map(({ algorithm, best }) => [algorithm, best]));
  }

  /** Frees everything that the race took. Also called while a run is awaited, which then rejects or is never heard of. */
  end(): void {
    this.#device.free([...this.#buffers]);
    for (const { plan } of this.#steps) this.#device.forget(plan);
    this.#buffers.clear();
    this.#steps.clear();
  }

  /** Random x, w and dY. */
  #operands(): [number, number, number] {
    const { attributes, state } = this;
    const step = aside(state, () => {
      const shapes = [attributes.x, attributes.w, attributes.y];
      return runnable(collect(shapes.map((shape, stream) => random(state, 'float32', shape, 'uniform', 1, stream))), state.device.limits);
    });
    this.#steps.add(step);
    return this.#send(step) as [number, number, number];
  }

  /** Milliseconds of one run, from a repeat during which nobody else computed. */
  async #repeat(entrant: Entrant): Promise<number> {
    if (entrant.runs === 0) {
      const one = await this.#undisturbed(entrant, 1);
      entrant.runs = Math.max(1, Math.min(least.runs, Math.ceil(least.milliseconds / one)));
      if (entrant.runs === 1) return one;
    }
    return this.#undisturbed(entrant, entrant.runs);
  }

  async #undisturbed(entrant: Entrant, runs: number): Promise<number> {
    const { clock, work, quiet } = this.surroundings;
    for (;;) {
      await this.#device.sync();
      const [before, start] = [work(), clock()];
      await this.#once(entrant, runs);
      const milliseconds = (clock() - start) / runs;
      if (work() === before) return milliseconds;
      if (++this.#disturbed === mostDisturbed) throw new Error('the device was never left alone');
      await quiet();
    }
  }

  /** Runs a step so many times, and waits until that is done. */
  async #once(step: TrainingStep, runs: number): Promise<void> {
    this.surroundings.check();
    let made: readonly number[] = [];
    for (let run = 0; run < runs; run++) {
      this.#free(made);
      made = this.#send(step);
    }
    // A read tells of failures, which the end of the work does not.
    await this.#device.read(made[0] as number, 'float32', 1);
    this.#free(made);
    this.surroundings.check();
  }

  #send({ plan, inputs, scalars }: TrainingStep): readonly number[] {
    const made = plan.outputs.map(newBuffer);
    for (const id of made) this.#buffers.add(id);
    this.#device.run(plan, inputs, scalars, made, { replaced: made.map(() => -1), isNeeded: false, origin: undefined });
    return made;
  }

  #free(buffers: readonly number[]): void {
    if (buffers.length === 0) return;
    this.#device.free(buffers);
    for (const id of buffers) this.#buffers.delete(id);
  }
}
