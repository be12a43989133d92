// The lengths that a wrong factor of a gradient may be made of.

import type { Node } from '../../graph/node.js';
import { fftPeriod } from '../../nn/conv-fft.js';
import { convAttributesOf } from '../../nn/conv-operation.js';
import { termsOf } from '../model.js';

/** Numbers of points of transforms, of samples and of terms, with what they are. */
export function sizesIn(nodes: readonly Node[], samples: number, results: number): Map<number, string> {
  const sizes = new Map<number, string>();
  const add = (size: number, what: string): void => void (size > 1 && !sizes.has(size) && sizes.set(size, what));
  const lengths = new Set<number>();
  for (const node of nodes) {
    const { lowering } = node.operation;
    if (lowering.kind === 'fft') lengths.add(lowering.transform(node.attributes).n);
    const conv = convAttributesOf(node);
    if (conv === null) continue;
    const [rows, columns] = ([0, 1] as const).map((axis) =>
      fftPeriod(conv.x[2 + axis] as number, conv.w[2 + axis] as number, conv.dilation[axis], conv.padding[axis]),
    ) as [number, number];
    add(rows * columns, `the points of a transform, ${rows}×${columns}`);
    add(rows, 'the rows of a transform');
    add(columns, 'the columns of a transform');
  }
  for (const a of lengths) for (const b of lengths) if (a !== b || lengths.size === 1) add(a * b, `the points of a transform, ${a}×${b}`);
  for (const length of lengths) add(length, 'the points of a transform');
  add(samples, 'the samples of the batch');
  for (const node of nodes) if (node.operation.lowering.kind === 'reduce') add(termsOf(node), 'the terms of a sum');
  add(results, 'the elements of the result');
  return sizes;
}
