// To which run of a cell the code belongs that runs now, also after awaits and in timers: what an interrupted cell left behind stops there.
import { AsyncLocalStorage } from 'node:async_hooks';
import { Interrupted } from './waiting.js';

/** A run of a cell, as what it set going sees it. It may be held for long, by a server say, and so holds nothing itself. */
export class Activity {
  /** True for good once people interrupted it. */
  isInterrupted = false;
  /** True when the cell has ended: what goes on in the background is not what people want to stop. */
  isOver = false;

  constructor(private readonly isRequested: () => boolean) {}

  /** Throws when people ask to stop it, or did. */
  check(): void {
    if (this.isInterrupted || (!this.isOver && this.isRequested())) throw new Interrupted();
  }
}

/** Where runs are noted; only where somebody may interrupt, for it makes every `await` a little slower. */
export const activity = new AsyncLocalStorage<Activity>();

/** Whether the code that runs now belongs to a cell that was interrupted. */
export function isAbandoned(): boolean {
  return activity.getStore()?.isInterrupted === true;
}
