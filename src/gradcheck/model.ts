// What an operation costs on the host and how it rounds on a device: estimates that are the same on every machine, so that a check makes the
// same choices everywhere.

import { isComplex } from '../devices/dtype.js';
import { sizeOf } from '../devices/shape.js';
import type { Node } from '../graph/node.js';
import { convAttributesOf } from '../nn/conv-operation.js';

/** The unit roundoff of float32 and float64. */
export const unitRoundoff = { single: 2 ** -24, double: 2 ** -53 } as const;

/** Terms that are added up to one result, for operations that sum; 1 for others. */
export function termsOf(node: Node): number {
  const conv = convAttributesOf(node);
  if (conv !== null) {
    const { face, w, y } = conv;
    const taps = (w[2] as number) * (w[3] as number);
    if (face === 'y') return (w[1] as number) * taps;
    return face === 'x' ? ((w[0] as number) / conv.groups) * taps : (y[0] as number) * (y[2] as number) * (y[3] as number);
  }
  const { kind } = node.operation.lowering;
  const [a, b] = node.inputs;
  if (kind === 'matmul') return a?.shape[2] ?? 1;
  if (kind === 'correlate') return sizeOf(b?.shape.slice(2) ?? []);
  if (kind === 'reduce') return sizeOf(a?.shape ?? []) / Math.max(1, sizeOf(node.shape));
  return 1;
}

/** Points of a transform; 1 for other operations. */
export function pointsOf({ operation: { lowering }, attributes }: Node): number {
  if (lowering.kind === 'fft') return lowering.transform(attributes).n;
  if (lowering.kind === 'plane-fft') return sizeOf(lowering.transform(attributes).n);
  return 1;
}

/** Arithmetic operations of a node on the host. */
export function flopOf(node: Node): number {
  const size = sizeOf(node.shape) * (isComplex(node.dtype) ? 4 : 1);
  const conv = convAttributesOf(node);
  const results = conv === null ? size : sizeOf(conv[conv.face]);
  const { lowering } = node.operation;
  if (lowering.kind === 'elementwise') return size * lowering.cost;
  const points = pointsOf(node);
  // The reference transforms are simple: about ten times the operations of a good one.
  if (points > 1) return 50 * Math.max(sizeOf(node.shape), sizeOf(node.inputs[0]?.shape ?? [])) * Math.log2(points);
  const terms = termsOf(node);
  return lowering.kind === 'reduce' ? size * terms : terms > 1 ? 2 * results * terms : lowering.kind === 'view' ? size / 4 : size;
}

/** Time that a node takes beside its arithmetic, as operations. */
const perNode = 2000;

/** Arithmetic operations of nodes on the host, with what each call costs. */
export function workOf(nodes: readonly Node[]): number {
  return nodes.reduce((sum, node) => sum + perNode + flopOf(node), 0);
}
