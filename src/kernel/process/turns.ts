// Turns of the event loop that survive a cut-off. When V8 cuts off the evaluation of a callback, Node's immediates lose those that wait
// behind it, and Node's timers never fire again. Messages of a port are delivered one by one, and the next one comes in any case.
import { AsyncResource } from 'node:async_hooks';
import { MessageChannel } from 'node:worker_threads';

/** A callback that waits for its turn. */
export class Turn {
  private isCancelled = false;
  private readonly resource = new AsyncResource('Turn');

  constructor(private readonly callback: () => void) {}

  /** Keeps the callback from being called. */
  cancel(): void {
    this.isCancelled = true;
  }

  /** Calls the callback in the context in which it was asked for. */
  take(): void {
    if (!this.isCancelled) this.resource.runInAsyncScope(this.callback);
  }

  // What people call on the immediate that it stands for; a kernel lives as long as its host wants.
  ref(): this {
    return this;
  }
  unref(): this {
    return this;
  }
  hasRef(): boolean {
    return true;
  }
  [Symbol.dispose](): void {
    this.cancel();
  }
}

const waiting: Turn[] = [];
const { port1, port2 } = new MessageChannel();
port1.on('message', () => waiting.shift()?.take());
port1.unref();

/** Calls back in a turn of its own, in the order of the calls. */
export function inTurn(callback: () => void): Turn {
  const turn = new Turn(callback);
  waiting.push(turn);
  port2.postMessage(null);
  return turn;
}
