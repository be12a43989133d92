// Random numbers one after the other, for pictures that are drawn on the host: whole numbers and exactly rounded arithmetic only, so that every
// machine draws the same.

import { threefry } from '../tensor/operations/random.js';

/** A stream of random numbers that three numbers tell: Doty-Humphrey's sfc32, started by Threefry. */
export class RandomStream {
  #a: number;
  #b: number;
  #c: number;
  #count = 1;

  constructor(seed: number, stream: number, position: number) {
    [this.#a, this.#b] = threefry(seed, stream, position, 0);
    [this.#c] = threefry(seed, stream, position, 1);
  }

  /** Uniform in [0, 1), with 32 bits. */
  next(): number {
    const sum = (((this.#a + this.#b) | 0) + this.#count++) | 0;
    this.#a = this.#b ^ (this.#b >>> 9);
    this.#b = (this.#c + (this.#c << 3)) | 0;
    this.#c = (((this.#c << 21) | (this.#c >>> 11)) + sum) | 0;
    return (sum >>> 0) * 2 ** -32;
  }

  /** Uniform in [low, high). */
  between(low: number, high: number): number {
    return low + (high - low) * this.next();
  }

  /** Uniform in [−reach, reach). */
  within(reach: number): number {
    return this.between(-reach, reach);
  }

  /** True so often. */
  chance(share: number): boolean {
    return this.next() < share;
  }

  /** One of several. */
  pick<T>(items: readonly T[]): T {
    return items[Math.floor(this.next() * items.length)] as T;
  }

  /** Near a standard normal number: mean 0, variance 1, at most 3 away. */
  bell(): number {
    return 2 * (this.next() + this.next() + this.next() - 1.5);
  }
}
