// Reading several tensors at once.

import type { TypedArray } from '../devices/dtype.js';
import { flush } from '../graph/flush.js';
import type { Tensor } from '../tensor/tensor.js';

/** Reads tensors of one device, computed by one plan: its kernels are compiled beside each other, and what they share is computed once. */
export async function readTogether<const T extends readonly [Tensor, ...Tensor[]]>(...tensors: T): Promise<{ [K in keyof T]: TypedArray }> {
  flush(
    tensors[0].node.state,
    tensors.map(({ node }) => node),
  );
  return (await Promise.all(tensors.map((tensor) => tensor.data()))) as { [K in keyof T]: TypedArray };
}
