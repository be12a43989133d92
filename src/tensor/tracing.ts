// While a function is traced, its graph is what counts: nothing is read, and assignments are undone when it is over.

let undoing: (() => void)[] | null = null;
let wasRead = false;

/** What a traced function did beside recording. */
export interface Traced<T> {
  readonly result: T;
  /** It asked for data: what it made of them is not in the graph. */
  readonly read: boolean;
}

/** Runs f; assignments to tensors are taken back at its end. */
export function traced<T>(f: () => T): Traced<T> {
  const [outer, outerRead] = [undoing, wasRead];
  const undo: (() => void)[] = [];
  undoing = undo;
  wasRead = false;
  try {
    const result = f();
    return { result, read: wasRead };
  } finally {
    undoing = outer;
    wasRead = outerRead;
    for (const step of undo.reverse()) step();
  }
}

/** Notes that data are asked for. */
export function noteRead(): void {
  wasRead = true;
}

/** True while a function is traced. */
export function isTraced(): boolean {
  return undoing !== null;
}

/** Does this when the tracing is over. */
export function undoLater(step: () => void): void {
  undoing?.push(step);
}
