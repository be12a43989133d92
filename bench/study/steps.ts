// Training steps one at a time, to be counted and timed.

import * as pv from '../../src/index.js';
import type { Network } from './networks.js';
import type { Settings } from './settings.js';

/** A network with a batch, which can make steps. */
export class Stepper {
  readonly #model: pv.nn.Module;
  readonly #optimizer: pv.optim.Adam;
  readonly #images: pv.Tensor;
  readonly #labels: pv.Tensor;

  constructor({ make, size }: Network, { batchSize, rates }: Settings) {
    this.#model = make(1).train();
    this.#optimizer = new pv.optim.Adam(this.#model.parameters(), { lr: Math.min(...rates) });
    // What is in the images has no effect on what a step takes.
    this.#images = pv.uniform([batchSize, 1, size, size], { seed: 1 }).keep();
    this.#labels = pv
      .tensor(
        Array.from({ length: batchSize }, (_, i) => i % 10),
        { dtype: 'int32' },
      )
      .keep();
  }

  /** Forward, backward, update; resolves when the device has computed them. */
  async step(): Promise<void> {
    this.#optimizer.zeroGrad();
    pv.nn.functional.crossEntropy(this.#model.forward(this.#images), this.#labels).backward();
    await this.#optimizer.step();
    await pv.sync({ collect: false });
  }
}
