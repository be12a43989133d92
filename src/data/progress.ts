// How far reading and fetching have come: bars are drawn in a room that this one does not know.

import { checkInterrupt } from '../graph/interrupt.js';

/** Shows how far something has come, from 0 to 1. */
export interface ProgressView {
  update(done: number): void;
  /** `finished` is false where it was left before its end. */
  end(finished: boolean): void;
}

let open: (label: string) => ProgressView = () => ({ update: () => undefined, end: () => undefined });

/** Sets how progress is shown. */
export function showReadingBy(how: (label: string) => ProgressView): void {
  open = how;
}

/** What takes longer than this, in ms, shows how far it has come. */
const patience = 500;
/** Other work is let through so often, in ms. */
const breath = 20;

/**
 * Runs `work`, which tells how much is done of 1 and awaits that, so that other work is let through; shows a bar where it takes long. Telling throws
 * when people ask to stop. A bar of work that fails is left as stopped.
 */
export async function reading<T>(label: string, work: (progress: (done: number) => Promise<void>) => Promise<T>): Promise<T> {
  const started = performance.now();
  let last = started;
  let view: ProgressView | null = null;
  let isFinished = false;
  const progress = async (done: number): Promise<void> => {
    checkInterrupt();
    const now = performance.now();
    if (now - last < breath) return;
    if (view === null && now - started > patience) view = open(label);
    view?.update(Math.min(1, done));
    await new Promise((resolve) => setImmediate(resolve));
    last = performance.now();
  };
  const end = (): void => view?.end(isFinished);
  try {
    const result = await work(progress);
    isFinished = true;
    return result;
  } finally {
    end();
  }
}
