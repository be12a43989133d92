// Kernels as they were edited in a view, as weights again.

import { isComplex } from '../devices/dtype.js';
import { tensor } from '../tensor/create.js';
import type { Tensor } from '../tensor/tensor.js';
import { responseOf } from './kernels-response.js';
import { countOf, type Weights } from './kernels-weights.js';

/** An edited kernel: its place in the weights, and its taps. */
export interface KernelEdit {
  readonly at: number;
  readonly taps: Float64Array;
}

/** Weights with the edits of a view. */
export class EditedWeights {
  #edits: readonly KernelEdit[] = [];

  /** `data` are all values of the weights, as their tensor stores them. */
  constructor(
    private readonly weights: Weights,
    private readonly data: Float64Array,
  ) {}

  /** How many kernels differ from those that were given. */
  get count(): number {
    return this.#edits.length;
  }

  /** Takes the edited kernels in the place of all edits before. Throws where one is none of these weights. */
  take(edits: readonly KernelEdit[]): void {
    const { rows, cols } = this.weights;
    for (const { at, taps } of edits) {
      if (at >= countOf(this.weights)) throw new RangeError(`there is no kernel ${at} of ${countOf(this.weights)}`);
      if (taps.length !== rows * cols) throw new RangeError(`${taps.length} taps were given for a kernel of ${rows}×${cols}`);
    }
    this.#edits = edits;
  }

  /** The weights, edited: a new tensor of the same shape, type and device. */
  tensor(): Tensor {
    const values = Float64Array.from(this.data);
    for (const edit of this.#edits) this.#write(edit, values);
    const { shape, dtype, device } = this.weights.tensor;
    return tensor(values, { shape, dtype, device });
  }

  #write({ at, taps }: KernelEdit, values: Float64Array): void {
    const { rows, cols, stored, domain } = this.weights;
    if (domain === 'spatial') {
      const from = at * rows * cols;
      // A page knows float32: a tap that it did not touch stays what it is.
      taps.forEach((tap, i) => {
        if (!Object.is(Math.fround(this.data[from + i] ?? NaN), tap)) values[from + i] = tap;
      });
      return;
    }
    const parts = isComplex(this.weights.tensor.dtype) ? 2 : 1;
    const { re, im } = responseOf({ rows, cols, values: taps }, rows, cols, 'convolution');
    for (let row = 0; row < rows; row++) {
      for (let col = 0; col < stored; col++) {
        const to = parts * ((at * rows + row) * stored + col);
        values[to] = re[row * cols + col] ?? NaN;
        if (parts === 2) values[to + 1] = im[row * cols + col] ?? NaN;
      }
    }
  }
}
