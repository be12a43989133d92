// Who looks at every single result: each operation is then computed by itself.

import type { Node } from './node.js';

/** Is told of all that is computed, and of what gradients are made of. */
export interface Watcher {
  /** Computes a node by calling `run`, once. Its inputs are there. */
  compute(node: Node, run: () => void): void;
  /** The backward of a node recorded these gradients of its inputs. */
  pulledBack(node: Node, gradients: readonly (Node | null | undefined)[]): void;
}

let watcher: Watcher | null = null;

/** Sets who looks at all results from now on; null for nobody. */
export function setWatcher(next: Watcher | null): void {
  watcher = next;
}

/** Who looks at all results, or null. */
export function currentWatcher(): Watcher | null {
  return watcher;
}
