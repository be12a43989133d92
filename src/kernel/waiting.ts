// How the kernel awaits what cells do. V8 drops all reactions to promises that are due when it cuts off the evaluation of a cell, those of
// the kernel among them. So each step runs and ends in turns of the event loop of its own, and an interrupt ends it in any case.
import { setImmediate } from 'node:timers';

/** People interrupted what was running. */
export class Interrupted extends Error {
  override readonly name = 'Interrupted';

  constructor() {
    super('interrupted');
  }
}

/** Does one step after another. */
export class Waiting {
  private current: ((error: Error) => void) | undefined;

  /** What the step gives; rejects with its error, or with `Interrupted` when it is cut off. One at a time. */
  for<T>(step: () => T | Promise<T>): Promise<Awaited<T>> {
    return new Promise<Awaited<T>>((resolve, reject) => {
      this.current = reject;
      const inOwnTurn = (go: () => void): void =>
        void setImmediate(() => {
          if (this.current === reject) go();
        });
      const end = (settle: () => void): void =>
        inOwnTurn(() => {
          this.current = undefined;
          settle();
        });
      inOwnTurn(() => {
        new Promise<T>((started) => started(step())).then(
          (value) => end(() => resolve(value as Awaited<T>)),
          (error: Error) => end(() => reject(error)),
        );
      });
    });
  }

  /** Ends the step that is awaited now. To be called in a turn of its own. */
  cutOff(): void {
    const { current } = this;
    this.current = undefined;
    current?.(new Interrupted());
  }
}
