// The time that a training which is shown is paced by.

import { setImmediate } from 'node:timers';

/** Time, for the training to be paced by; tests have their own. */
export interface Clock {
  /** Milliseconds since some moment. */
  now(): number;
  /** Calls f after so many milliseconds, unless the function returned is called before. It does not keep the process alive. */
  after(ms: number, f: () => void): () => void;
  /** Calls f as soon as the loop lets others run. */
  soon(f: () => void): void;
}

/** The time of this machine. */
export const machineClock: Clock = {
  now: () => performance.now(),
  after: (ms, f) => {
    const timer = setTimeout(f, ms).unref();
    return () => clearTimeout(timer);
  },
  soon: (f) => void setImmediate(f),
};
