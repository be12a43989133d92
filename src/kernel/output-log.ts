// The outputs of one run of a cell, in the order in which they were made.
import { clearTimeout, setTimeout } from 'node:timers';
import type { MimeBundle } from '../display/sink.js';
import type { CellOutput, DisplayOutput, StreamOutput } from './outputs.js';
import { append, replaceDisplay } from './outputs.js';

/**
 * Text beyond this many characters, displays beyond this number or size, and whatever comes when so much waits to be ready, are not put out:
 * the cell prints in an endless loop.
 */
const most = { text: 4_000_000, displays: 2000, displayed: 200_000_000, waiting: 10_000 } as const;
/** Texts and updates go out at most this often, in ms, and when this much text has gathered. */
const pause = 20;
const batch = 32_768;

/** Who is told of outputs. */
export interface OutputListener {
  /** An output takes its place after all before it; texts of a stream come in pieces. */
  readonly onOutput: (output: CellOutput) => void;
  /** A display that was put out, by this cell or an earlier one, has new forms. */
  readonly onUpdate: (displayId: string, data: MimeBundle) => void;
}

interface Slot {
  /** Undefined while it is awaited, null when there is none. */
  output: CellOutput | null | undefined;
  readonly displayId?: string | undefined;
}

/** Something that is still to come; `look` asks for it once more, in case an interrupt dropped the news of it. */
interface Pending {
  readonly settled: Promise<void>;
  readonly look: () => void;
}

/**
 * Keeps the order: what takes time to be ready takes its place when it is made, and what comes after it is held back until it is there.
 */
export class OutputLog {
  /** What was put out so far; neighbouring texts of one stream are one output. */
  readonly outputs: CellOutput[] = [];
  /** Why displays failed. */
  readonly failures: unknown[] = [];
  private readonly slots: Slot[] = [];
  private readonly pending = new Set<Pending>();
  /** Text that was not handed on yet. */
  private held: StreamOutput | undefined;
  private readonly updates = new Map<string, MimeBundle>();
  private handedOnAt = -Infinity;
  private timer: NodeJS.Timeout | undefined;
  /** What may still be put out; below 0 when it was said that more is not. */
  private readonly room: Record<keyof typeof most, number> = { ...most };

  /** `versions` is for all cells: for each display the latest update that it shows. */
  constructor(
    private readonly listener: OutputListener,
    private readonly versions: Map<string, number>,
  ) {}

  /** Puts an output at the end. */
  add(output: CellOutput): void {
    this.slots.push({ output });
    this.drain();
  }

  /** Puts text at the end, now or when it is known. */
  write(name: StreamOutput['name'], text: string | Promise<string>): void {
    if (typeof text === 'string') return this.add({ output_type: 'stream', name, text });
    this.reserve(undefined, text, (known) => ({ output_type: 'stream', name, text: known }));
  }

  /** Puts a value at the end, whose forms may still be to come. */
  display(bundle: MimeBundle | Promise<MimeBundle>, displayId?: string): void {
    if (!this.hasRoom('displays', 1)) return;
    const make = (data: MimeBundle): DisplayOutput => ({
      output_type: 'display_data',
      data,
      metadata: {},
      ...(displayId !== undefined && { displayId }),
    });
    if (bundle instanceof Promise) this.reserve(displayId, bundle, make);
    else this.add(make(bundle));
  }

  /** Gives a display new forms; of several updates the one asked for last stands in the end. */
  update(displayId: string, bundle: MimeBundle | Promise<MimeBundle>): void {
    const version = ++asked;
    const apply = (data: MimeBundle): void => {
      if ((this.versions.get(displayId) ?? 0) > version) return;
      this.versions.set(displayId, version);
      this.replace(displayId, data);
    };
    if (bundle instanceof Promise) this.await(bundle, apply);
    else apply(bundle);
  }

  /** Waits for all that is to come, also for what is asked for meanwhile. */
  async settle(): Promise<void> {
    for (let [next] = this.pending; next; [next] = this.pending) await next.settled;
  }

  /** Looks once more for what is to come: an interrupt drops the news of it. */
  lookAgain(): void {
    for (const { look } of this.pending) look();
  }

  /** Gives up what is still to come, and puts out what was held back by it. */
  abandon(): void {
    this.pending.clear();
    for (const slot of this.slots) slot.output ??= null;
    this.drain();
  }

  /** Hands on everything that is there. */
  close(): void {
    this.flush();
  }

  /** Hands on the texts and updates that wait for more of them. */
  flush(): void {
    clearTimeout(this.timer);
    this.timer = undefined;
    this.handedOnAt = performance.now();
    this.handOnText();
    for (const [displayId, data] of this.updates) this.listener.onUpdate(displayId, data);
    this.updates.clear();
  }

  private reserve<T>(displayId: string | undefined, promise: Promise<T>, make: (value: T) => CellOutput): void {
    if (this.slots.length > most.waiting) {
      // Nobody will look at it any more.
      promise.catch(() => undefined);
      this.hasRoom('waiting', Infinity);
      return;
    }
    const slot: Slot = { output: undefined, displayId };
    this.slots.push(slot);
    this.await(
      promise,
      (value) => {
        // An update may have come first.
        slot.output ??= make(value);
        this.drain();
      },
      () => {
        slot.output ??= null;
        this.drain();
      },
    );
  }

  private await<T>(promise: Promise<T>, take: (value: T) => void, refuse: () => void = () => undefined): void {
    let done = (): void => undefined;
    const settled = new Promise<void>((resolve) => (done = resolve));
    const settle = (f: () => void): void => {
      if (!this.pending.delete(entry)) return;
      done();
      f();
    };
    const look = (): void =>
      void promise.then(
        (value) => settle(() => take(value)),
        (error: unknown) =>
          settle(() => {
            this.failures.push(error);
            refuse();
          }),
      );
    const entry: Pending = { settled, look };
    this.pending.add(entry);
    look();
  }

  private replace(displayId: string, data: MimeBundle): void {
    const waiting = this.slots.find((slot) => slot.displayId === displayId || isDisplay(slot.output, displayId));
    if (waiting) {
      waiting.output = { output_type: 'display_data', data, metadata: {}, displayId };
      this.drain();
      return;
    }
    replaceDisplay(this.outputs, displayId, data);
    this.updates.set(displayId, data);
    this.handOnSoon();
  }

  private drain(): void {
    for (let slot = this.slots[0]; slot?.output !== undefined; slot = this.slots[0]) {
      this.slots.shift();
      if (slot.output) this.put(slot.output);
    }
  }

  private put(output: CellOutput): void {
    if (output.output_type === 'stream') return this.putText(output);
    if (output.output_type === 'display_data' && !this.hasRoom('displayed', sizeOf(output))) return;
    append(this.outputs, output);
    this.handOnText();
    this.listener.onOutput(output);
  }

  private putText(output: StreamOutput): void {
    const { text: left } = this.room;
    if (output.text === '' || left < 0) return;
    const piece: StreamOutput = { ...output, text: output.text.slice(0, left) };
    if (this.held && this.held.name !== output.name) this.handOnText();
    append(this.outputs, piece);
    this.held = this.held ? { ...this.held, text: this.held.text + piece.text } : piece;
    if (this.hasRoom('text', output.text.length)) this.handOnSoon();
  }

  /** Takes of the room that there is for something; says once when it is used up. */
  private hasRoom(what: keyof typeof most, amount: number): boolean {
    if (this.room[what] < 0) return false;
    this.room[what] -= amount;
    if (this.room[what] >= 0) return true;
    this.handOnText();
    const output: StreamOutput = { output_type: 'stream', name: 'stderr', text: `\n… output truncated: ${tooMuch[what]}\n` };
    append(this.outputs, output);
    this.listener.onOutput(output);
    return false;
  }

  private handOnText(): void {
    const { held } = this;
    this.held = undefined;
    if (held) this.listener.onOutput(held);
  }

  /** At once when the last time is long ago, so that a loop that never awaits is heard of, too. */
  private handOnSoon(): void {
    if (performance.now() - this.handedOnAt >= pause || (this.held?.text.length ?? 0) >= batch) this.flush();
    else this.timer ??= setTimeout(() => this.flush(), pause);
  }
}

const tooMuch: Readonly<Record<keyof typeof most, string>> = {
  text: `this cell has printed more than ${most.text / 1e6} MB of text. Print less, or write it to a file.`,
  displays: `this cell has displayed more than ${most.displays} values. Update one in place (pv.display), or show fewer.`,
  displayed: `this cell has displayed more than ${most.displayed / 1e6} MB. Show less, or smaller pictures.`,
  waiting: `more than ${most.waiting} outputs of this cell wait to be read. Await what is shown, or show less.`,
};

/** The length of the forms of a display. */
function sizeOf({ data }: DisplayOutput): number {
  return Object.values(data).reduce<number>((sum, value) => sum + (typeof value === 'string' ? value.length : 100), 0);
}

/** Updates that were asked for, in any cell. */
let asked = 0;

function isDisplay(output: CellOutput | null | undefined, displayId: string): boolean {
  return output?.output_type === 'display_data' && output.displayId === displayId;
}
