// Snapshots of a training, so many at most: when there are more, every second one goes. Pages use it, too: nothing of Node in here.

/** A tensor at a step. */
export interface Snapshot {
  /** Which of all that were taken, from 0. */
  readonly index: number;
  readonly step: number;
  /** Planes one after the other, row-major. */
  readonly cells: Float64Array;
  /** The radial spectrum, in dB re 1. */
  readonly radial: Float64Array;
}

/** Snapshots that are held at most. */
export const mostSnapshots = 200;

/** Snapshots evenly spread over all that were taken, and always the last. */
export class History {
  #items: Snapshot[] = [];
  #stride = 1;

  constructor(private readonly most = mostSnapshots) {}

  /** What is held, in the order in which it was taken. */
  get items(): readonly Snapshot[] {
    return this.#items;
  }

  /** Adds a snapshot that was taken after all others. */
  add(snapshot: Snapshot): void {
    // The last was held whatever its index is.
    if ((this.#items.at(-1)?.index ?? 0) % this.#stride !== 0) this.#items.pop();
    this.#items.push(snapshot);
    while (this.#items.length > this.most) {
      this.#stride *= 2;
      this.#items = this.#items.filter(({ index }, i) => index % this.#stride === 0 || i === this.#items.length - 1);
    }
  }

  /** The last snapshot that was taken at a step or before it; the first where there is none. */
  at(step: number): Snapshot | undefined {
    return this.#items.findLast((item) => item.step <= step) ?? this.#items[0];
  }

  /** At most so many of what is held, evenly spread, the first and the last among them. */
  some(count: number): readonly Snapshot[] {
    const all = this.#items;
    if (all.length <= count) return all;
    if (count <= 1) return all.slice(-1);
    return Array.from({ length: count }, (_, i) => all[Math.round((i * (all.length - 1)) / (count - 1))]!);
  }
}
