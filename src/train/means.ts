// Means over batches, kept on the device until an epoch is over.

import { noGrad, tidy } from '../tensor/functions.js';
import type { Tensor } from '../tensor/tensor.js';
import type { Means, Terms } from './options.js';

/** Sums what belongs to batches, weighted by their examples; nothing is read before `read`. */
export class RunningMeans {
  readonly #sums = new Map<string, Tensor>();
  #count = 0;

  /** Adds the terms of a batch of so many examples. */
  add(terms: Terms, count: number): void {
    this.#count += count;
    for (const [name, value] of Object.entries(terms)) {
      const before = this.#sums.get(name);
      const sum = noGrad(() =>
        tidy(() => {
          const weighted = value.detach().mul(count);
          return before === undefined ? weighted : before.add(weighted);
        }),
      );
      // Computed with its step: else all steps of an epoch would be one graph.
      this.#sums.set(name, sum.keep());
      before?.dispose();
    }
  }

  /** The means; ends them. */
  async read(): Promise<Means> {
    const read = [...this.#sums].map(async ([name, sum]) => {
      const total = await sum.item();
      sum.dispose();
      return [name, total / this.#count] as const;
    });
    return Object.fromEntries(await Promise.all(read)) as unknown as Means;
  }
}
