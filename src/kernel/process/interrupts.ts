// The end of the control thread at the thread in which cells run.
import { Worker } from 'node:worker_threads';
import type { Interrupts, Session } from '../session.js';
import type { ControlData, ControlSlots, ToCells, ToControl } from './messages.js';
import { Interrupted } from '../waiting.js';
import { stopCutOffTimer } from './timers.js';

/**
 * Lets the control thread prepare this one, while it is paused, for the end of what it evaluates. Node keeps a stack of whose callback runs, and
 * aborts the process when it is not empty in the end. What cuts off a callback leaves its entry there; only the handling of an error that nobody
 * caught empties the stack. So one is handled.
 */
function prepareForCutOffs(): void {
  const handle: unknown = Reflect.get(process, '_fatalException');
  if (typeof handle !== 'function') throw new Error(`Node ${process.version} lacks process._fatalException; cells cannot be interrupted`);
  const value = (): void => {
    const isFree = !process.hasUncaughtExceptionCaptureCallback();
    if (isFree) process.setUncaughtExceptionCaptureCallback(() => undefined);
    Reflect.apply(handle, process, [new Interrupted(), false]);
    if (isFree) process.setUncaughtExceptionCaptureCallback(null);
  };
  Object.defineProperty(globalThis, Symbol.for('parseval.cutOff'), { value });
}

/** The flag that control thread, library and devices share, and the thread that raises it. */
export class Control implements Interrupts {
  readonly memory: SharedArrayBuffer;
  private readonly words: Int32Array;
  private readonly slots: ControlSlots;
  private readonly worker: Worker;
  /** The last request to stop that is done. */
  private done = 0;

  /** `slots` is where the library looks at the flag, and `files` where its own are; `session` is where cells run, once there is one. */
  constructor(
    { slots, files }: { readonly slots: Omit<ControlSlots, 'count'>; readonly files: readonly string[] },
    private readonly session: () => Session | undefined,
  ) {
    this.slots = { ...slots, count: Math.max(slots.requested, slots.replaceable) + 1 };
    this.memory = new SharedArrayBuffer(Int32Array.BYTES_PER_ELEMENT * (this.slots.count + 1));
    this.words = new Int32Array(this.memory);
    const data: ControlData = { memory: this.memory, slots: this.slots, ours: [new URL('.', import.meta.url).href, ...files] };
    this.worker = new Worker(new URL('./kernel-control.js', import.meta.url), { workerData: data });
    prepareForCutOffs();
    this.worker.on('message', (message: ToCells) => this.receive(message));
  }

  isRequested(): boolean {
    return Atomics.load(this.words, this.slots.requested) !== 0;
  }

  clear(): void {
    this.done = Atomics.load(this.words, this.slots.count);
    Atomics.store(this.words, this.slots.requested, 0);
  }

  private receive(message: ToCells): void {
    if (message.kind === 'hello') return this.tell({ kind: 'heard', id: message.id });
    const { count, at } = message;
    const session = this.session();
    const isTimer = stopCutOffTimer();
    if (isTimer && at) process.stderr.write(`A timer that a cell left behind was stopped: it did not end.\n`);
    // The cell may have ended by itself, at the flag.
    if (count <= this.done || !session) {
      if (!session) this.clear();
      return this.tell({ kind: 'over', count });
    }
    void session.interrupt(at ?? undefined).then(() => this.tell({ kind: 'over', count }));
  }

  private tell(message: ToControl): void {
    this.worker.postMessage(message);
  }
}
