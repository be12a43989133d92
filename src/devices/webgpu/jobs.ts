// Jobs done one after the other, in the order in which they were asked for. One that need not wait is done at once.

/** A piece of work. It must not throw or reject: whoever adds it knows best what a failure means. */
export type Job = () => void | Promise<void>;

/** A queue of jobs. */
export class JobQueue {
  readonly #waiting: Job[] = [];
  #busy = false;

  /** True while a job waits for the device; whatever is added now is done later. */
  get isBusy(): boolean {
    return this.#busy;
  }

  /** Does a job now, or when all before it are done. */
  add(job: Job): void {
    if (this.#busy) this.#waiting.push(job);
    else this.#start(job);
  }

  #start(job: Job): void {
    const waiting = job();
    if (waiting === undefined) return;
    this.#busy = true;
    void waiting.finally(() => {
      this.#busy = false;
      while (!this.#busy) {
        const next = this.#waiting.shift();
        if (next === undefined) return;
        this.#start(next);
      }
    });
  }
}
