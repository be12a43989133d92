// What is known of the runs of one notebook's cells: those of this session, and what its file holds of earlier ones. Nothing of the editor.
import type { CellRun } from './check-freshness.js';
import { placeOf } from './moves.js';

/** A cell as it is now. */
export interface NamedCell {
  /** Stable while the cell moves and changes; another one in another notebook. */
  readonly name: string;
  readonly code: string;
  /** Whether it shows a run: outputs, or a number. */
  readonly hasRun: boolean;
}

/** A cell of a notebook that goes on as another one, as it was last. */
export interface PastCell {
  readonly name: string;
  readonly code: string;
  readonly run: CellRun | undefined;
  readonly cellsByNumber: ReadonlyMap<number, string>;
}

/** The runs of a notebook's cells by the cells' names. */
export class CheckRuns {
  private readonly runs = new Map<string, CellRun>();
  private readonly numbers = new Map<string, ReadonlyMap<number, string>>();
  /** What cells of the past are now. */
  private readonly successors = new Map<string, string>();
  private hasBegun: boolean;

  /** `past` are the cells of the notebook that goes on as this one, from top to bottom. */
  constructor(private readonly past?: readonly PastCell[]) {
    this.hasBegun = past !== undefined;
  }

  /**
   * Cells, at least one, came into the notebook, which has `cells` now. One that has its text of the past goes on with its run of then. What
   * the file of a notebook holds of earlier runs, with which it opens, counts as one of its cells as they are; a cell that is added later
   * without having run did not run.
   */
  begin(added: readonly NamedCell[], cells: readonly NamedCell[]): void {
    this.goOn(cells);
    for (const { name, code, hasRun } of added) {
      if (this.runs.has(name) || (this.hasBegun && !hasRun)) continue;
      this.runs.set(name, { code, order: 0, success: true, holder: undefined });
    }
    this.hasBegun = true;
  }

  /** A cell ran. `cellsByNumber` names the cells that had numbers in stacks then. */
  note(name: string, run: CellRun, cellsByNumber: ReadonlyMap<number, string>): void {
    this.runs.set(name, run);
    this.numbers.set(name, cellsByNumber);
  }

  /** The last run of a cell. */
  runOf(name: string): CellRun | undefined {
    return this.runs.get(name);
  }

  /** The cells that had numbers in stacks when a cell last ran, by the names of now; none for what was read from a file. */
  cellsByNumber(name: string): ReadonlyMap<number, string> {
    return new Map(Array.from(this.numbers.get(name) ?? [], ([number, cell]) => [number, this.successors.get(cell) ?? cell]));
  }

  /** What another notebook, as which this one goes on, is to know of these cells. */
  pastOf(cells: readonly NamedCell[]): PastCell[] {
    return cells.map(({ name, code }) => ({ name, code, run: this.runOf(name), cellsByNumber: this.cellsByNumber(name) }));
  }

  /** With each cell that comes anew: a renamed notebook opens with the cells on disk, and a moment later gets those that were not saved. */
  private goOn(cells: readonly NamedCell[]): void {
    const texts = cells.map(({ code }) => code);
    for (const [index, { name, code, run, cellsByNumber }] of (this.past ?? []).entries()) {
      const next = cells[placeOf(code, index, texts) ?? -1];
      if (!next) continue;
      this.successors.set(name, next.name);
      if (run && !this.runs.has(next.name)) this.note(next.name, run, cellsByNumber);
    }
  }
}
