// Two ends of a connection within a test: what one posts, the other gets as a copy, later and in order, as between two processes.
import type { Port } from '../../../src/protocol/port.js';

/** A port of a test, which can also be made to say anything. */
export interface TestPort extends Port {
  /** Everything this end posted. */
  readonly posted: readonly unknown[];
}

/** Two ports that are connected. */
export function portPair(): [TestPort, TestPort] {
  const left = new End();
  const right = new End();
  left.other = right;
  right.other = left;
  return [left, right];
}

/** Everything posted so far, and everything posted in answer to it, has arrived when this resolves. */
export async function settled(): Promise<void> {
  for (let turns = 0; turns < 5; turns++) await new Promise((resolve) => setImmediate(resolve));
}

class End implements TestPort {
  readonly posted: unknown[] = [];
  other: End | undefined;
  private onMessage: (message: unknown) => void = () => undefined;
  private onClose: (reason: string) => void = () => undefined;
  private isClosed = false;

  post(message: unknown): void {
    if (this.isClosed) return;
    const copy: unknown = structuredClone(message);
    this.posted.push(copy);
    queueMicrotask(() => this.other?.deliver(copy));
  }

  listen(onMessage: (message: unknown) => void, onClose: (reason: string) => void): void {
    this.onMessage = onMessage;
    this.onClose = onClose;
  }

  close(): void {
    if (this.isClosed) return;
    this.isClosed = true;
    queueMicrotask(() => this.other?.hearOfClose());
  }

  private deliver(message: unknown): void {
    if (!this.isClosed) this.onMessage(message);
  }

  private hearOfClose(): void {
    if (this.isClosed) return;
    this.isClosed = true;
    this.onClose('the other end closed the connection');
  }
}
