// Whether a gradient check still speaks of the cells as they are, and what is to be run before it. Nothing of the editor.

/** The last run of a cell. */
export interface CellRun {
  /** The code that ran. */
  readonly code: string;
  /** Later runs have larger ones; 0 for what the notebook's file holds of runs before. */
  readonly order: number;
  readonly success: boolean;
  /** Names what holds the values that it computed; undefined where that is gone. */
  readonly holder: string | undefined;
}

/** A cell as it is now. */
export interface CellNow {
  readonly code: string;
  readonly run: CellRun | undefined;
  /** The cells whose names it uses. */
  readonly needs: readonly string[];
}

/** The cells of a notebook by name, from top to bottom. */
export type Cells = ReadonlyMap<string, CellNow>;

/** What came after a check: the cell was edited, or ran again. */
export interface Staleness {
  readonly cell: string;
  readonly what: 'edited' | 'ran';
}

/** A change of a notebook, as far as it concerns checks. */
export interface NotebookChange<Cell> {
  /** Cells that came or went. */
  readonly contentChanges: readonly unknown[];
  /** Cells that changed; `document` and `metadata` where those did. */
  readonly cellChanges: readonly { readonly cell: Cell; readonly document: unknown; readonly metadata: unknown }[];
}

/** Whether a change may be one of checks or of what they say: not so where another cell puts out something, begins or ends. */
export function concernsChecks<Cell>({ contentChanges, cellChanges }: NotebookChange<Cell>, isCheck: (cell: Cell) => boolean): boolean {
  if (contentChanges.length > 0) return true;
  return cellChanges.some(({ cell, document, metadata }) => document !== undefined || metadata !== undefined || isCheck(cell));
}

/** Why the last run of a cell says nothing any more of the cells as they are; undefined where it does. */
export function stalenessOf(name: string, cells: Cells): Staleness | undefined {
  const order = cells.get(name)?.run?.order;
  if (order === undefined) return undefined;
  for (const each of needed(name, cells)) {
    const { code, run } = cells.get(each) ?? {};
    if (!run || run.code !== code) return { cell: each, what: 'edited' };
    if (run.order > order) return { cell: each, what: 'ran' };
  }
  return undefined;
}

/**
 * What is to be run so that a cell runs as if all from the top had: the cells it needs of which nothing is held, or
 * not as they are now, and the cell itself; each behind what it needs.
 */
export function cellsToRun(name: string, cells: Cells, holder: string | undefined): string[] {
  const places = new Map([...cells.keys()].map((each, index) => [each, index]));
  const toRun = new Set<string>();
  const seen = new Set<string>();
  const visit = (each: string): void => {
    const cell = cells.get(each);
    if (!cell || seen.has(each)) return;
    seen.add(each);
    const needs = [...cell.needs].sort((a, b) => (places.get(a) ?? 0) - (places.get(b) ?? 0));
    needs.forEach(visit);
    const { run } = cell;
    const isDone = run !== undefined && holder !== undefined && run.holder === holder && run.success && run.code === cell.code;
    const isCurrent = isDone && needs.every((need) => !toRun.has(need) && (cells.get(need)?.run?.order ?? 0) <= run.order);
    if (!isCurrent || each === name) toRun.add(each);
  };
  visit(name);
  return [...toRun];
}

/** The cell and what it needs, directly or by others, nearest first. */
function needed(name: string, cells: Cells): Set<string> {
  const all = new Set([name]);
  // A Set's iteration also meets what is added on the way.
  for (const each of all) for (const need of cells.get(each)?.needs ?? []) all.add(need);
  return all;
}
