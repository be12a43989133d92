// A training that is shown while it runs. What is logged is kept at once; what lies on a device is read in the background, and what is new goes to the
// view, both at most ten times a second. Nothing here makes a loop wait.

import { Interrupted } from '../devices/failures.js';
import { LIVE_MIME, liveRequest, type LiveData } from '../protocol/live.js';
import { numberTo } from '../protocol/numbers.js';
import type { Tensor } from '../tensor/tensor.js';
import * as v from 'valibot';
import { figureBundle } from './bundle.js';
import { newDisplayId } from './display.js';
import type { Clock } from './live-clock.js';
import { Curve } from './live-curve.js';
import { pushedParts, savedParts } from './live-data.js';
import { describeTraining, drawTraining } from './live-figure.js';
import type { Snapshot } from './live-history.js';
import { LiveReads, type Readings } from './live-reads.js';
import { LiveRecord, type LiveState } from './live-record.js';
import { openView, type LiveView } from './live-views.js';
import { emit, emitUpdate, hasOutputSink, type MimeBundle } from './sink.js';

/** News go to the view, and values are read, at most this often, in ms. */
const newsEvery = 100;
/** The output is saved anew at most this often, in ms; without its picture, which takes longer to draw than a loop may wait. */
const savedEvery = 2000;
/** Not more than this share of the time is spent on looking at tensors, and not more than this on saving. */
const [lookingShare, savingShare] = [0.03, 0.01] as const;
/** Tensors that are read at once, at most, and scalars in the time from news to news, on average: each takes a read of its own. */
const [mostAtOnce, scalarsPerNews] = [2, 32] as const;

/** A training that is shown. */
export class Training {
  readonly #record = new LiveRecord();
  readonly #reads = new LiveReads();
  readonly #id = newDisplayId();
  readonly #view: LiveView | null;
  #points = new Map<string, Curve>();
  #snapshots = new Map<string, Snapshot[]>();
  readonly #taken = new Map<string, number>();
  #toldAt = -Infinity;
  #savedAt: number;
  #savingTook = 0;
  /** Scalars are not read before. */
  #scalarsAt = -Infinity;
  #lookedAt = -Infinity;
  #lookingTook = 0;
  #cancel: (() => void) | null = null;
  #reading: Promise<void> | null = null;
  /** Whether something was logged that is not in the output that is saved. */
  #isUnsaved = true;
  #told: LiveState = 'running';
  #isOver = false;

  constructor(
    private readonly title: string,
    private readonly clock: Clock,
  ) {
    this.#savedAt = clock.now();
    this.#view = openView(
      (request) => this.#answer(request),
      () => this.#record.state === 'running',
    );
    // In plain Node there is one place for all that is shown, and nothing on it changes: only the end is printed.
    if (hasOutputSink()) emit(this.#words(), this.#id);
    unsaved.add(this);
  }

  /** The last step that was logged, 0 before the first. */
  get step(): number {
    return this.#record.step;
  }

  /** Whether nothing more can be logged. */
  get isOver(): boolean {
    return this.#isOver;
  }

  /** Names of the curves. */
  get curves(): ReadonlySet<string> {
    return new Set(this.#record.curves.keys());
  }

  /** Names of the tensors that are looked at. */
  get pictures(): ReadonlySet<string> {
    return this.#reads.watched;
  }

  /** Takes what belongs to a step: points of curves, and tensors to look at. */
  log(step: number, points: readonly (readonly [string, number | Tensor])[], pictures: readonly (readonly [string, Tensor])[]): void {
    this.#record.state = 'running';
    this.#record.step = step;
    this.#isUnsaved = true;
    unsaved.add(this);
    for (const [name, value] of points) {
      // It has its place among the others from the first step on.
      this.#record.curve(name);
      if (typeof value === 'number') this.#addPoint(name, step, value);
      else this.#reads.addScalar(name, step, value);
    }
    for (const [name, tensor] of pictures) this.#reads.addPicture(name, step, tensor);
    if (this.clock.now() >= this.#toldAt + newsEvery) this.#tell(false);
    else this.#tellLater();
  }

  /** Nothing more is logged. */
  done(): void {
    if (this.#isOver) return;
    this.#isOver = true;
    this.settle();
  }

  /** Puts out the state as it is when all is read, which is waited for where outputs are; more may be logged later. */
  settle(): void {
    if (!this.#isUnsaved) return;
    this.#pause();
    this.#isUnsaved = false;
    this.#record.state = 'done';
    const finished = this.#finish().finally(() => {
      if (!this.#isUnsaved) unsaved.delete(this);
    });
    if (hasOutputSink())
      emitUpdate(
        this.#id,
        finished.then(() => this.#bundle()),
      );
    else if (this.#isOver) emit(finished.then(() => this.#words()));
  }

  /** Puts out the state as it is, and forgets what was still to be read: its cell was interrupted. */
  stop(): void {
    unsaved.delete(this);
    this.#pause();
    this.#reads.clear();
    // An interrupt drops the news of what is under way.
    this.#reading = null;
    this.#isUnsaved = false;
    this.#record.state = 'stopped';
    this.#push();
    if (!hasOutputSink()) return;
    // What takes time may be given up now: so first what is there at once.
    emitUpdate(this.#id, this.#words());
    emitUpdate(this.#id, this.#bundle());
  }

  #pause(): void {
    this.#cancel?.();
    this.#cancel = null;
  }

  #addPoint(name: string, step: number, value: number): void {
    this.#record.curve(name).add(step, value);
    if (this.#view === null) return;
    const fresh = this.#points.get(name) ?? new Curve();
    fresh.add(step, value);
    this.#points.set(name, fresh);
  }

  /** Tells the view what is new and has read what is due; `isIdle` where nothing was logged for a while. */
  #tell(isIdle: boolean): void {
    this.#pause();
    const now = this.clock.now();
    this.#toldAt = now;
    this.#push();
    this.#read(isIdle);
    // Others have their turn later, also when nothing more is logged.
    if (this.#reads.hasTensors || this.#reads.hasScalars) this.#tellLater();
    if (this.#view === null || now - this.#savedAt < Math.max(savedEvery, this.#savingTook / savingShare)) return;
    emitUpdate(this.#id, this.#words());
    this.#savedAt = this.clock.now();
    this.#savingTook = this.#savedAt - now;
  }

  #push(): void {
    const { state } = this.#record;
    if (this.#view === null || (this.#points.size === 0 && this.#snapshots.size === 0 && state === this.#told)) return;
    this.#told = state;
    const curves = new Map([...this.#points].map(([name, curve]) => [name, curve.points()]));
    this.#view.push(pushedParts(this.#record, { curves, pictures: this.#snapshots }));
    this.#points = new Map();
    this.#snapshots = new Map();
  }

  /** Reads in the background what is due, unless that is under way. */
  #read(isIdle: boolean): void {
    const { clock } = this;
    if (this.#reading !== null) return;
    const isTurn = this.#reads.hasTensors && clock.now() >= this.#lookedAt + this.#lookingTook / lookingShare;
    const areScalarsDue = this.#reads.hasScalars && clock.now() >= this.#scalarsAt;
    if (!isTurn && !areScalarsDue) return;
    if (isTurn) this.#lookedAt = clock.now();
    const read = this.#reads.take(isTurn ? mostAtOnce : 0, areScalarsDue);
    const begin = (): Promise<Readings> => {
      const from = clock.now();
      const readings = read(isIdle);
      // For so long the loop could not go on.
      if (isTurn) this.#lookingTook = clock.now() - from;
      return readings;
    };
    const reading = new Promise<void>((resolve) => clock.soon(() => resolve(this.#takeFrom(begin())))).then(() => {
      if (this.#reading === reading) this.#reading = null;
      // What was read is told when its time comes.
      this.#tellLater();
    });
    this.#reading = reading;
  }

  #tellLater(): void {
    if (this.#record.state !== 'running') return;
    this.#cancel ??= this.clock.after(Math.max(0, this.#toldAt + newsEvery - this.clock.now()), () => this.#tell(true));
  }

  /** Reads all that is left. */
  async #finish(): Promise<void> {
    await this.#reading;
    while (this.#reads.hasScalars || this.#reads.hasTensors) await this.#takeFrom(this.#reads.take(Infinity)(true));
    this.#push();
  }

  #takeFrom(readings: Promise<Readings>): Promise<void> {
    return readings.then(
      (found) => this.#take(found),
      (error: unknown) => this.#fail(error),
    );
  }

  #take({ scalars, pictures }: Readings): void {
    for (const { name, step, value } of scalars) this.#addPoint(name, step, value);
    // After many at once others wait longer.
    this.#scalarsAt = this.#toldAt + (newsEvery * scalars.length) / scalarsPerNews;
    for (const { name, step, glance, cells, radial } of pictures) {
      const { note, planes, rows, cols } = glance;
      const picture = this.#record.picture({ name, note, planes, rows, cols });
      const index = this.#taken.get(name) ?? 0;
      this.#taken.set(name, index + 1);
      const snapshot = { index, step, cells, radial };
      picture.history.add(snapshot);
      if (this.#view !== null) this.#snapshots.set(name, [...(this.#snapshots.get(name) ?? []), snapshot]);
    }
    const { skipped } = this.#reads;
    if (skipped > 0)
      this.#record.problem = `${skipped} values of tensors were not read, so that the loop need not wait: log numbers to keep every one`;
  }

  #fail(error: unknown): void {
    // Who interrupts says so elsewhere.
    if (error instanceof Interrupted) return;
    this.#record.problem = `something that was logged could not be read: ${error instanceof Error ? error.message : String(error)}`;
  }

  #answer(given: unknown): unknown {
    const { ask } = v.parse(liveRequest, given);
    if (ask === 'points') {
      return [...this.#record.curves].map(([name, curve]) => {
        const { steps, values } = curve.points();
        return { name, steps: Array.from(steps), values: Array.from(values, numberTo) };
      });
    }
    // What follows the answer must not be in it already.
    this.#push();
    return savedParts(this.#record);
  }

  #saved(): LiveData {
    return { view: this.#view?.name ?? null, title: this.title, ...savedParts(this.#record) };
  }

  /** The output without its picture. */
  #words(): MimeBundle {
    const [first = '', ...rest] = describeTraining(this.#record);
    return { 'text/plain': [`${this.title}: ${first}`, ...rest].join('\n'), [LIVE_MIME]: this.#saved() };
  }

  #bundle(): Promise<MimeBundle> {
    const value = this.#saved();
    return figureBundle((maxCells) => ({ ...drawTraining(this.title, this.#record, maxCells), data: { mime: LIVE_MIME, value } }));
  }
}

/** Trainings of which something is not in the output that is saved. */
const unsaved = new Set<Training>();

/** Puts out the trainings of the cell as they are at its end. For hosts. */
export function settleTrainings(): void {
  for (const training of unsaved) training.settle();
}

/** Puts out the trainings of the cell as they were when it was interrupted. For hosts. */
export function stopTrainings(): void {
  for (const training of unsaved) training.stop();
}
