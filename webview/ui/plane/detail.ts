// Finer values for the part of a plane that is seen, asked of the kernel when people have stopped moving.

import type { Region } from './viewport.js';

/** How long nothing must move before the kernel is asked, in ms. */
const PAUSE = 120;

/** Asks for the part that was seen last, one question at a time. */
export class DetailRequests<T> {
  #wanted: (() => Promise<T>) | null = null;
  #isAsking = false;
  #problem = '';
  #timer: ReturnType<typeof setTimeout> | undefined;

  /** `take` gets an answer that is still wanted; `refuse` gets why there is none, which is also `problem` from then on. */
  constructor(
    private readonly take: (answer: T) => void,
    private readonly refuse: (reason: string) => void,
    signal: AbortSignal,
    private readonly pause = PAUSE,
  ) {
    signal.addEventListener('abort', () => this.cancel(), { once: true });
  }

  /** Why there was no answer last; empty where there was one, or none was wanted. */
  get problem(): string {
    return this.#problem;
  }

  /** Asks, unless something else is wanted a moment later. */
  ask(question: () => Promise<T>): void {
    this.#wanted = question;
    this.#problem = '';
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => void this.#next(), this.pause);
  }

  /** Nothing is wanted any more. */
  cancel(): void {
    this.#wanted = null;
    this.#problem = '';
    clearTimeout(this.#timer);
  }

  async #next(): Promise<void> {
    const question = this.#wanted;
    if (question === null || this.#isAsking) return;
    this.#isAsking = true;
    try {
      const answer = await question();
      if (this.#wanted === question) this.take(answer);
    } catch (error) {
      if (this.#wanted === question) {
        this.#problem = error instanceof Error ? error.message : String(error);
        this.refuse(this.#problem);
      }
    } finally {
      this.#isAsking = false;
      if (this.#wanted === question) this.#wanted = null;
    }
    await this.#next();
  }
}

/** The whole cells that a region touches, with a margin of half of it on each side, so that small moves need no question. */
export function askedCells({ top, left, bottom, right }: Region, rows: number, cols: number): Region {
  const [dy, dx] = [(bottom - top) / 2, (right - left) / 2];
  return {
    top: Math.max(0, Math.floor(top - dy)),
    left: Math.max(0, Math.floor(left - dx)),
    bottom: Math.min(rows, Math.ceil(bottom + dy)),
    right: Math.min(cols, Math.ceil(right + dx)),
  };
}
