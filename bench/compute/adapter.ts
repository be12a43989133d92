// The contract between the bench and whatever computes a workload, and the messages by which it is asked in its own process.

import type { Input, Values, Workload } from './workload.js';

/** A workload that is ready to run: its inputs are where the peer computes. */
export interface Program {
  /**
   * Records, plans and computes once. Resolves when all results are computed and lie where the peer computes; nothing is read back. This, and nothing
   * else, is timed.
   */
  run(): Promise<void>;
  /** What belongs to a run and is not timed: reading a loss. */
  afterRun?(): Promise<void>;
  /** The results of the last run, in the order and layout of the workload's definition. */
  result(): Promise<Values[]>;
  /** Frees inputs and results. */
  dispose(): void;
}

/** Counts that only grow; differences over one run are what that run did. */
export interface Counters {
  readonly dispatches: number;
  readonly submissions: number;
  /** Bytes that its kernels read and wrote, each buffer once a dispatch. */
  readonly bytesMoved: number;
  readonly flop: number;
  readonly plansBuilt: number;
  readonly plansReplayed: number;
  readonly pipelines: number;
  readonly allocations: number;
}

/** One peer: computes every workload it was given. */
export interface Adapter {
  prepare(workload: Workload, inputs: readonly Input[]): Promise<Program>;
  /** Ours only. */
  counters?(): Counters;
  /** Ends the device. Nothing is under way. */
  close(): void;
}

/** What a peer's process is asked, one request at a time. */
export type Request =
  | { readonly do: 'prepare'; readonly program: number; readonly workload: Workload; readonly inputs: readonly Input[] }
  | { readonly do: 'run' | 'result' | 'dispose'; readonly program: number };

/** What it answers. */
export type Answer =
  | { readonly done: 'prepare' | 'dispose' }
  | { readonly done: 'run'; readonly ms: number; readonly counters?: Counters }
  | { readonly done: 'result'; readonly results: readonly Values[] }
  | { readonly failed: string };
