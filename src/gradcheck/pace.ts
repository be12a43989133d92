// Keeps a long check company: lets other work through, and says how far it has come.

/** Shows how far a check has come, from 0 to 1. */
export interface ProgressView {
  update(done: number): void;
  /** `finished` is false where the check was left before its end. */
  end(finished: boolean): void;
}

type Open = (label: string) => ProgressView;

let open: Open = () => ({ update: () => undefined, end: () => undefined });

/** Sets how progress is shown: bars are drawn in a room that this one does not know. */
export function showProgressBy(how: Open): void {
  open = how;
}

/** A check that takes longer than this, in ms, shows its progress. */
const patience = 2000;
/** Other work is let through so often, in ms. */
const breath = 20;

/** To be called between pieces of work. */
export class Pace {
  readonly #started = performance.now();
  #last = this.#started;
  #view: ProgressView | null = null;
  /** The part that is under way, of how many; and pieces of it that are done, and that are expected. */
  #part = { at: 0, of: 1, done: 0, expected: 1 };

  constructor(private readonly label: string) {}

  /** Part `at` of `of` begins, with so many pieces. */
  begin(at: number, of: number, expected: number): void {
    this.#part = { at, of, done: 0, expected: Math.max(expected, 1) };
  }

  /** The part that is under way has so many pieces more. */
  expect(pieces: number): void {
    this.#part.expected = this.#part.done + pieces;
  }

  /** A piece is done. */
  async step(): Promise<void> {
    this.#part.done++;
    const now = performance.now();
    if (now - this.#last < breath) return;
    if (this.#view === null && now - this.#started > patience) this.#view = open(this.label);
    const { at, of, done, expected } = this.#part;
    this.#view?.update((at + Math.min(1, done / expected)) / of);
    await new Promise((resolve) => setImmediate(resolve));
    this.#last = performance.now();
  }

  /** The check is over, or left. */
  end(finished: boolean): void {
    this.#view?.end(finished);
    this.#view = null;
  }
}
