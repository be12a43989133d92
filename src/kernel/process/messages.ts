// Between the thread in which cells run and the control thread of a kernel process. Both are parts of one program.
import type { ScriptPlace } from '../stack.js';

/** What the control thread is given. */
export interface ControlData {
  /** An Int32Array's memory, with elements as `slots` says. */
  readonly memory: SharedArrayBuffer;
  readonly slots: ControlSlots;
  /** Where the kernel's and the library's own files are, as URLs: evaluation is not cut off in the middle of them. */
  readonly ours: readonly string[];
}

/** Elements of the shared memory. */
export interface ControlSlots {
  /** Not 0 while people ask to stop. */
  readonly requested: number;
  /** Not 0 while the library computes what may be cut off. */
  readonly replaceable: number;
  /** Counts the requests to stop. */
  readonly count: number;
}

/** To the thread of the cells. */
export type ToCells =
  /** Asks whether it listens. */
  | { readonly kind: 'hello'; readonly id: number }
  /** Stop; `at` is where evaluation was cut off. */
  | { readonly kind: 'interrupt'; readonly count: number; readonly at: ScriptPlace | null };

/** To the control thread. */
export type ToControl =
  | { readonly kind: 'heard'; readonly id: number }
  /** All stopped that was running when the request came. */
  | { readonly kind: 'over'; readonly count: number };
