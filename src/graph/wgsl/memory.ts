// Scratch memory: results that only the plan itself reads share buffers as soon as their last reader has run.

import type { Node } from '../node.js';

/** Which scratch buffer each intermediate lies in, and how large each must be. */
export interface Placement {
  readonly slot: ReadonlyMap<Node, number>;
  readonly bytes: readonly number[];
}

/** A result does not take a buffer that is so many times as large, or as small: small ones that wait long would keep large ones from their place. */
const wasteful = 8;

/** Places intermediates in as few bytes as a best-fit over their lifetimes finds. */
export function placeScratch(
  kernels: readonly { readonly root: Node; readonly reads: readonly Node[] }[],
  isScratch: (node: Node) => boolean,
  bytesOf: (node: Node) => number,
): Placement {
  const lastUse = new Map<Node, number>();
  kernels.forEach(({ root, reads }, step) => {
    for (const node of [root, ...reads]) lastUse.set(node, step);
  });
  const slot = new Map<Node, number>();
  const bytes: number[] = [];
  const free: number[] = [];
  kernels.forEach(({ root, reads }, step) => {
    if (isScratch(root)) {
      const need = bytesOf(root);
      const sizeAt = (index: number): number => bytes[index] as number;
      const suitable = free.filter((index) => sizeAt(index) <= wasteful * need && need <= wasteful * sizeAt(index));
      const fitting = suitable.filter((index) => sizeAt(index) >= need).sort((a, b) => sizeAt(a) - sizeAt(b));
      // No free buffer is large enough: growing the largest wastes less than another one beside it.
      const largest = suitable.sort((a, b) => sizeAt(b) - sizeAt(a));
      const index = fitting[0] ?? largest[0] ?? bytes.push(0) - 1;
      bytes[index] = Math.max(bytes[index] as number, need);
      const at = free.indexOf(index);
      if (at >= 0) free.splice(at, 1);
      slot.set(root, index);
    }
    for (const node of new Set([root, ...reads])) {
      const index = slot.get(node);
      if (index !== undefined && lastUse.get(node) === step) free.push(index);
    }
  });
  return { slot, bytes };
}
