// Scratch memory: results that only the plan itself reads share buffers as soon as their last reader has run.

import type { Node } from '../node.js';

/** Which scratch buffer each intermediate lies in, and how large each must be. */
export interface Placement {
  readonly slot: ReadonlyMap<Node, number>;
  readonly bytes: readonly number[];
}

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
      const fitting = free.filter((index) => (bytes[index] as number) >= need).sort((a, b) => (bytes[a] as number) - (bytes[b] as number));
      // No free buffer is large enough: growing the largest wastes less than another one beside it.
      const largest = [...free].sort((a, b) => (bytes[b] as number) - (bytes[a] as number));
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
