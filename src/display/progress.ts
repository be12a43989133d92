// pv.progress: how far a loop has come, how fast it is and how long it will take; in a notebook a display that changes in place, on a
// terminal one line that is written over.
import { PROGRESS_MIME, type ProgressData } from '../protocol/progress.js';
import { checkNumber, checkOptions, show } from '../tensor/checks.js';
import { emit, emitUpdate, hasOutputSink, type MimeBundle } from './sink.js';
import { newDisplayId } from './display.js';

/** Options of progress. */
export interface ProgressOptions {
  /** What is being done. */
  readonly label?: string | undefined;
}

/** Progress towards a total, told by hand. `using` it marks it as stopped where its end was not reached. */
export interface ProgressHandle extends Disposable {
  /** Sets how many are done. */
  update(done: number): void;
  /** Adds to how many are done. */
  tick(count?: number): void;
  /** All is done. */
  done(): void;
}

/**
 * Shows how far a loop has come: `for (const x of pv.progress(list))` and `for await (…)` over what is iterated, or with a total a handle to
 * tell it by hand.
 */
export function progress(total: number, options?: ProgressOptions): ProgressHandle;
export function progress<T>(items: Iterable<T>, options?: ProgressOptions): Iterable<T>;
export function progress<T>(items: AsyncIterable<T>, options?: ProgressOptions): AsyncIterable<T>;
export function progress<T>(
  what: number | Iterable<T> | AsyncIterable<T>,
  options: ProgressOptions = {},
): ProgressHandle | Iterable<T> | AsyncIterable<T> {
  checkOptions('progress', options, "{label: 'epoch'}");
  const { label = '' } = options;
  if (typeof label !== 'string') throw new TypeError(`progress: label is ${show(label)}, but must be text`);
  if (typeof what === 'number') {
    if (!(checkNumber('progress: total', what) >= 0)) throw new RangeError(`progress: total is ${what}, but must not be negative`);
    return handle(new Meter(label, what));
  }
  const value: unknown = what;
  if (typeof value === 'string' || (typeof value === 'object' && value !== null)) {
    if (Symbol.asyncIterator in Object(value)) return overAsync(what as AsyncIterable<T>, label);
    if (Symbol.iterator in Object(value)) return over(what as Iterable<T>, label);
  }
  throw new TypeError(`progress: expects what can be iterated, or a total, but was given ${show(value)}`);
}

/** A bar towards a total, told by hand, of which nothing is left when it is over: for what shows a result of its own. */
export function passingProgress(total: number, label: string): ProgressHandle {
  return handle(new Meter(label, total, true));
}

function handle(meter: Meter): ProgressHandle {
  meter.start();
  return {
    update: (done) => meter.set(checkNumber('progress: done', done)),
    tick: (count = 1) => meter.set(meter.count + checkNumber('progress: tick', count)),
    done: () => meter.end('done'),
    [Symbol.dispose]: () => meter.end('stopped'),
  };
}

function* over<T>(items: Iterable<T>, label: string): Generator<T, void, undefined> {
  const meter = new Meter(label, sizeOf(items));
  meter.start();
  try {
    for (const item of items) {
      yield item;
      meter.set(meter.count + 1);
    }
    meter.end('done');
  } finally {
    // Left by break, return or throw; after the end this does nothing.
    meter.end('stopped');
  }
}

async function* overAsync<T>(items: AsyncIterable<T>, label: string): AsyncGenerator<T, void, undefined> {
  const meter = new Meter(label, sizeOf(items));
  meter.start();
  try {
    for await (const item of items) {
      yield item;
      meter.set(meter.count + 1);
    }
    meter.end('done');
  } finally {
    meter.end('stopped');
  }
}

/** How many items there are, where that can be told without iterating. */
function sizeOf(items: object): number | null {
  for (const name of ['length', 'size']) {
    const size: unknown = Reflect.get(Object(items) as object, name);
    if (typeof size === 'number' && Number.isFinite(size) && size >= 0) return size;
  }
  return null;
}

/** Drawn at most this often, in ms. */
const drawEvery = 100;
/** The rate follows changes within about this time, in ms. */
const smoothing = 3000;

/** Bars of the running cell that have not come to their end. */
const running = new Set<Meter>();

/** Shows the bars of the cell as stopped: no loop ends by itself when its evaluation is cut off. For hosts. */
export function stopProgress(): void {
  for (const meter of running) meter.end('stopped');
}

/** Another cell runs: the bars of the one before are left to themselves. For hosts. */
export function leaveProgress(): void {
  running.clear();
}

/** Counts, measures and draws. */
class Meter {
  count = 0;
  private state: ProgressData['state'] = 'running';
  private readonly started = performance.now();
  private drawnAt = 0;
  private measured = { at: this.started, count: 0 };
  private rate: number | null = null;
  private readonly place: Place = hasOutputSink() ? new NotebookPlace() : new TerminalPlace();

  constructor(
    private readonly label: string,
    private readonly total: number | null,
    private readonly isPassing = false,
  ) {}

  start(): void {
    running.add(this);
    this.draw(this.started);
  }

  set(count: number): void {
    if (this.state !== 'running') return;
    this.count = count;
    const now = performance.now();
    if (now - this.drawnAt < drawEvery) return;
    this.measure(now);
    this.draw(now);
  }

  end(state: 'done' | 'stopped'): void {
    if (this.state !== 'running') return;
    running.delete(this);
    const isComplete = this.total !== null && this.count >= this.total;
    this.state = isComplete ? 'done' : state;
    if (state === 'done' && this.total !== null) this.count = this.total;
    const now = performance.now();
    // In the end the average over all of it says more than the last moments.
    this.rate = now > this.started ? (1000 * this.count) / (now - this.started) : null;
    if (this.isPassing) this.place.clear();
    else this.draw(now);
  }

  private measure(now: number): void {
    const elapsed = now - this.measured.at;
    const latest = (1000 * (this.count - this.measured.count)) / elapsed;
    const weight = 1 - Math.exp(-elapsed / smoothing);
    const average = (1000 * this.count) / (now - this.started);
    // At first the average is the better guess.
    this.rate = this.rate === null || now - this.started < smoothing ? average : this.rate + weight * (latest - this.rate);
    this.measured = { at: now, count: this.count };
  }

  private draw(now: number): void {
    this.drawnAt = now;
    const { label, total, rate, state } = this;
    const left = total === null ? null : Math.max(0, total - this.count);
    this.place.draw({
      label,
      done: this.count,
      total,
      rate,
      remaining: state === 'running' && left !== null && rate !== null && rate > 0 ? left / rate : null,
      elapsed: (now - this.started) / 1000,
      state,
    });
  }
}

/** Where a bar is drawn. */
interface Place {
  draw(data: ProgressData): void;
  /** Takes away what was drawn. */
  clear(): void;
}

class NotebookPlace implements Place {
  private readonly id = newDisplayId();
  private isShown = false;

  draw(data: ProgressData): void {
    const bundle: MimeBundle = { 'text/plain': progressText(data), [PROGRESS_MIME]: data };
    // Not a promise: a loop that does not await shows its progress, too.
    if (this.isShown) emitUpdate(this.id, bundle);
    else emit(bundle, this.id);
    this.isShown = true;
  }

  clear(): void {
    emitUpdate(this.id, {});
  }
}

class TerminalPlace implements Place {
  draw(data: ProgressData): void {
    const { stderr } = process;
    const isOver = data.state !== 'running';
    if (stderr.isTTY) stderr.write(`\r\x1b[K${progressText(data, stderr.columns)}${isOver ? '\n' : ''}`);
    else if (isOver) stderr.write(`${progressText(data)}\n`);
  }

  clear(): void {
    if (process.stderr.isTTY) process.stderr.write('\r\x1b[K');
  }
}

const bar = { length: 24, parts: ['', '▏', '▎', '▍', '▌', '▋', '▊', '▉'] } as const;

/** A progress bar as one line of at most `columns` characters. */
export function progressText({ label, done, total, rate, remaining, elapsed, state }: ProgressData, columns = 100): string {
  const share = total === null ? null : total === 0 ? 1 : Math.min(1, Math.max(0, done / total));
  const counts = total === null ? `${number(done)} done` : `${number(done)}/${number(total)}`;
  const times = [
    state === 'running' ? '' : `${state} after ${duration(elapsed)}`,
    rate === null ? '' : `${number(rate)}/s`,
    remaining === null ? '' : `${duration(remaining)} left`,
  ];
  const facts = [share === null ? '' : `${Math.floor(100 * share)}%`, counts, ...times].filter(Boolean).join(' · ');
  const head = label === '' ? '' : `${label} `;
  const room = Math.min(bar.length, columns - head.length - facts.length - 4);
  const drawn = share === null || room < 8 ? '' : `${drawBar(share, room)} `;
  return (head + drawn + facts).slice(0, columns);
}

function drawBar(share: number, length: number): string {
  const eighths = Math.floor(8 * length * share);
  return `│${('█'.repeat(Math.floor(eighths / 8)) + (bar.parts[eighths % 8] ?? '')).padEnd(length)}│`;
}

/** Three digits are enough to see how it goes; counts stay whole. */
function number(value: number): string {
  return Number.isInteger(value) ? String(value) : value >= 100 ? value.toFixed(0) : String(Number(value.toPrecision(3)));
}

function duration(seconds: number): string {
  if (seconds < 9.95) return `${seconds.toFixed(1)} s`;
  const whole = Math.round(seconds);
  if (whole < 60) return `${whole} s`;
  const [hours, minutes] = [Math.floor(whole / 3600), Math.floor(whole / 60) % 60];
  return hours > 0 ? `${hours} h ${String(minutes).padStart(2, '0')} min` : `${minutes} min ${String(whole % 60).padStart(2, '0')} s`;
}
