// To which run of a cell the code belongs that runs now, also after awaits and in timers: what an interrupted cell left behind stops there.
import { AsyncLocalStorage } from 'node:async_hooks';

/** A run of a cell, as what it set going sees it. */
export interface Activity {
  /** True for good once people interrupted it. */
  readonly isInterrupted: boolean;
  /** Throws when people ask to stop it, or did. */
  check(): void;
}

/** Where runs are noted; only where somebody may interrupt, for it makes every `await` a little slower. */
export const activity = new AsyncLocalStorage<Activity>();

/** Whether the code that runs now belongs to a cell that was interrupted. */
export function isAbandoned(): boolean {
  return activity.getStore()?.isInterrupted === true;
}
