// Views that people can ask for more than what is saved in the notebook: what the kernel holds for each, until its cell runs again.

import { randomUUID } from 'node:crypto';

/** What a host of notebooks does for views. */
export interface ViewHost {
  /** Brings something new to a view, wherever it is shown; it must be JSON. */
  push(view: string, data: unknown): void;
}

/** A view that is shown, and may ask. */
export interface LiveView {
  /** By what it is known to host and renderer; saved with the view's data. */
  readonly name: string;
  /** Brings it something new, as JSON. */
  push(data: unknown): void;
  /** It cannot ask any more. */
  close(): void;
}

/** Views that are held at most: those that were opened first are let go. */
const most = 32;

// No other process gives the same names, so that a view saved by an earlier kernel is never taken for one of this.
const process = randomUUID().slice(0, 8);
let host: ViewHost | null = null;
let opened = 0;
let currentCell: number | null = null;
const open = new Map<string, OpenView>();

interface OpenView {
  readonly cell: number | null;
  readonly answer: Answer;
  readonly isNeeded: () => boolean;
  /** Whether a page shows it, as far as pages said. */
  isShown: boolean;
}

/** What a request is answered by, perhaps later. */
type Answer = (request: unknown) => unknown;

/** Says who brings requests to views; null where nobody does. For hosts. */
export function setViewHost(given: ViewHost | null): void {
  host = given;
  if (given === null) open.clear();
}

/**
 * Opens a view that answers requests, which must be checked: they come from a page. Null where nobody can ask: in plain Node and on the command
 * line. What `answer` holds is held until the cell runs again, the view is gone, or too many others were opened. While `isNeeded`, a view that is gone
 * may come back, as when people look at another presentation of an output and then at it again: until it asks, nothing is pushed.
 */
export function openView(answer: Answer, isNeeded: () => boolean = () => false): LiveView | null {
  if (host === null) return null;
  const name = `${process}-${++opened}`;
  open.set(name, { cell: currentCell, answer, isNeeded, isShown: true });
  for (const first of open.keys()) {
    if (open.size <= most) break;
    open.delete(first);
  }
  return {
    name,
    push: (data) => {
      const view = open.get(name);
      if (view?.isShown === true) host?.push(name, data);
      else if (view?.isNeeded() === false) open.delete(name);
    },
    close: () => void open.delete(name),
  };
}

/** Answers a view's request. Rejects where the view is not held any more, and with what is wrong with the request. For hosts. */
export async function askView(name: string, request: unknown): Promise<unknown> {
  const view = open.get(name);
  if (view === undefined) throw new Error('the kernel does not hold these values any more: run the cell again');
  view.isShown = true;
  return await view.answer(request);
}

/** A view is gone from its page: lets go what is held for it, unless it may come back. For hosts. */
export function closeView(name: string): void {
  const view = open.get(name);
  if (view?.isNeeded() === true) view.isShown = false;
  else open.delete(name);
}

/** Says that a cell runs: what it showed before is gone, and what is opened from now on is its own. For hosts. */
export function beginCellViews(cell: number): void {
  for (const [name, view] of open) if (view.cell === cell) open.delete(name);
  currentCell = cell;
}
