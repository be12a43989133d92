// The order of the kernels in the panel: those that run first, then those that ran last. No page in here.

/** A kernel as far as its place goes. */
export interface Ordered {
  readonly session: number;
  readonly state: string;
}

/** What a session's log tells of runs. */
export interface RunCount {
  /** How often a line of a cell had the device compute something. */
  readonly cellRuns: number;
}

/** Keeps the order. It changes only where a run starts, or a kernel comes or goes: people read in it. */
export class RunOrder {
  #sessions: readonly number[] = [];
  #busy: ReadonlySet<number> = new Set();
  #runs: ReadonlyMap<number, number> = new Map();

  /** Takes note of how things are, and returns the sessions of kernels and logs in the order in which they are shown. */
  update(kernels: readonly Ordered[], logs: ReadonlyMap<number, RunCount>): readonly number[] {
    const ids = new Set([...kernels.map(({ session }) => session), ...logs.keys()]);
    const busy = new Set(kernels.filter(({ state }) => state === 'busy').map(({ session }) => session));
    const runs = new Map([...logs].map(([id, { cellRuns }]) => [id, cellRuns]));
    // A run may be over before anybody tells of it: then the device has heard of it all the same.
    const isStarted = (id: number): boolean => !this.#busy.has(id) && (busy.has(id) || (runs.get(id) ?? 0) > (this.#runs.get(id) ?? 0));
    const order = [...new Set([...this.#sessions.filter((id) => ids.has(id)), ...ids])];
    const started = order.filter(isStarted);
    const latest = [...new Set([...started, ...order])];
    this.#sessions = started.length === 0 ? order : [...latest.filter((id) => busy.has(id)), ...latest.filter((id) => !busy.has(id))];
    this.#busy = busy;
    this.#runs = runs;
    return this.#sessions;
  }
}
