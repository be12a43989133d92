// How people stop what they started. A host sets a flag in shared memory, from another thread; the library looks at it wherever it records
// or computes, and throws. What must happen as a whole (a step of an optimizer, a flush) is marked and is not torn by that.
//
// Where a cell does neither, the host terminates its evaluation. It does so only while code of people runs, so that the library is never
// left in the middle of something, or while the library computes what it can compute again: `replaceable`.

import { Interrupted } from '../devices/failures.js';

/** Elements of the shared Int32Array: not 0 when people ask to stop, and while what is computed may be cut off. */
export const interruptSlots = { requested: 0, replaceable: 1 } as const;

let memory: Int32Array | null = null;
let isAbandoned: () => boolean = () => false;
/** Depth of what must happen as a whole. */
let whole = 0;

/**
 * Looks at a flag from now on, an Int32Array as `interruptSlots` says; null for none. `abandoned` tells whether the code that runs now belongs
 * to what was interrupted before: it is stopped, too. For hosts.
 */
export function watchInterrupts(shared: SharedArrayBuffer | null, abandoned: () => boolean = () => false): void {
  memory = shared === null ? null : new Int32Array(shared);
  isAbandoned = abandoned;
}

/** True when somebody may interrupt: then results can be computed again until they are known to be there. */
export function isInterruptible(): boolean {
  return memory !== null;
}

/** True when people ask to stop. */
export function isInterruptRequested(): boolean {
  return memory !== null && Atomics.load(memory, interruptSlots.requested) !== 0;
}

/** Throws `Interrupted` when people ask to stop, but not within `uninterrupted`. */
export function checkInterrupt(): void {
  if (memory !== null && whole === 0 && (Atomics.load(memory, interruptSlots.requested) !== 0 || isAbandoned())) throw new Interrupted();
}

/** Runs f as a whole: who interrupts it meanwhile does so before or after. */
export function uninterrupted<T>(f: () => T): T {
  checkInterrupt();
  whole++;
  try {
    return f();
  } finally {
    whole--;
  }
}

/** True while something happens as a whole. */
export function isWhole(): boolean {
  return whole > 0;
}

/** Runs f, which may be cut off anywhere: it changes nothing that outlives it. */
export function replaceable<T>(f: () => T): T {
  if (memory === null) return f();
  memory[interruptSlots.replaceable] = 1;
  try {
    return f();
  } finally {
    memory[interruptSlots.replaceable] = 0;
  }
}

/** Forgets what was under way when evaluation was cut off: no `finally` runs then. */
export function forgetWhatWasCutOff(): void {
  whole = 0;
  if (memory !== null) memory[interruptSlots.replaceable] = 0;
}
