// The gradient-check cells of our notebooks: what each last found, and whether that still speaks of the cells as they are.
import * as vscode from 'vscode';
import type { GradcheckData } from '../protocol/gradcheck.js';
import type { Cells, Staleness } from './check-freshness.js';
import { cellsToRun, concernsChecks, stalenessOf } from './check-freshness.js';
import { reportsIn } from './check-reports.js';
import type { NamedCell } from './check-runs.js';
import { CheckRuns } from './check-runs.js';
import { messageOf } from './host-error.js';
import type { Kernels } from './kernels.js';
import type { Language } from './language.js';
import { LanguageUnavailable } from './language.js';
import type { Log } from './log.js';
import type { EndedRun } from './notebook-kernel.js';
import type { OurNotebooks } from './notebooks.js';
import { isCheck, isCode } from './notebooks.js';
import { Rounds } from './rounds.js';

/** What a check found. */
export interface CheckState {
  /** The reports in the cell's outputs. */
  readonly reports: readonly GradcheckData[];
  /** What came after it, if anything did; its cell by address. */
  readonly staleness: Staleness | undefined;
  /** The cell that had a number in stacks when the check ran; none for what was read from a file. */
  readonly cellsByNumber: ReadonlyMap<number, vscode.NotebookCell>;
  /** Whether it runs now, or waits to. */
  readonly isRunning: boolean;
}

/** Checks are looked at so long after a change, in ms; what changes meanwhile is seen, too. */
const pause = 200;
const nothing: CheckState = { reports: [], staleness: undefined, cellsByNumber: new Map(), isRunning: false };

/** The checks of all our notebooks. */
export class GradientChecks implements vscode.Disposable {
  /** Also of closed notebooks: one that goes on as another may do so later. */
  private readonly runs = new WeakMap<vscode.NotebookDocument, CheckRuns>();
  private readonly states = new Map<vscode.NotebookDocument, ReadonlyMap<vscode.NotebookCell, CheckState>>();
  private readonly timers = new Map<vscode.NotebookDocument, NodeJS.Timeout>();
  private readonly looks = new Rounds<vscode.NotebookDocument>((notebook) => this.look(notebook));
  private readonly changed = new vscode.EventEmitter<vscode.NotebookDocument>();
  private readonly disposables: vscode.Disposable[];
  private order = 0;
  private readonly found = new vscode.EventEmitter<vscode.NotebookDocument>();
  /** The cells of a notebook were looked at, after some change; or it ceased to be ours. */
  readonly onDidChange = this.changed.event;
  /** What checks of a notebook found is another than before. */
  readonly onDidChangeStates = this.found.event;

  constructor(
    private readonly notebooks: OurNotebooks,
    private readonly kernels: Kernels,
    private readonly language: Language,
    private readonly log: Log,
  ) {
    for (const notebook of notebooks.all()) this.meet(notebook);
    this.disposables = [
      this.changed,
      this.found,
      notebooks.onDidChange((notebook) => this.meet(notebook)),
      kernels.onDidRun((run) => this.note(run)),
      kernels.onDidMove(({ from, to }) => this.move(from, to)),
      vscode.workspace.onDidChangeNotebookDocument((event) => {
        const { notebook, contentChanges } = event;
        if (!notebooks.has(notebook)) return;
        this.begin(
          notebook,
          contentChanges.flatMap(({ addedCells }) => addedCells),
        );
        // A check may wait for the cell that shows something now.
        const known = [...(this.states.get(notebook) ?? [])];
        const isOther = known.some(([cell, { isRunning }]) => isRunning !== this.isRunning(cell));
        if (isOther || concernsChecks(event, isCheck)) this.plan(notebook);
      }),
      vscode.workspace.onDidGrantWorkspaceTrust(() => notebooks.all().forEach((notebook) => this.plan(notebook))),
    ];
  }

  /** The checks of a notebook, from top to bottom. */
  cellsOf(notebook: vscode.NotebookDocument): vscode.NotebookCell[] {
    return this.notebooks.has(notebook) && !notebook.isClosed ? notebook.getCells().filter(isCheck) : [];
  }

  /** What a check found, as far as it is known by now. */
  stateOf(cell: vscode.NotebookCell): CheckState {
    return this.states.get(cell.notebook)?.get(cell) ?? nothing;
  }

  /** The cells to run so that a check runs as if all from the top had: those it needs that did not run, or not as they are now, and itself. */
  async cellsToRun(check: vscode.NotebookCell): Promise<vscode.NotebookCell[]> {
    const { notebook } = check;
    const byName = new Map(notebook.getCells().map((cell) => [nameOf(cell), cell]));
    const cells = await this.cellsNeeded(check);
    const names = cellsToRun(nameOf(check), cells, this.kernels.get(notebook)?.holder);
    return names.flatMap((name) => byName.get(name) ?? []);
  }

  dispose(): void {
    for (const timer of this.timers.values()) clearTimeout(timer);
    for (const disposable of this.disposables) disposable.dispose();
  }

  private meet(notebook: vscode.NotebookDocument): void {
    if (notebook.isClosed || !this.notebooks.has(notebook)) {
      clearTimeout(this.timers.get(notebook));
      this.timers.delete(notebook);
      this.states.delete(notebook);
      this.changed.fire(notebook);
      this.found.fire(notebook);
      return;
    }
    this.begin(notebook, notebook.getCells());
    this.plan(notebook);
  }

  private begin(notebook: vscode.NotebookDocument, added: readonly vscode.NotebookCell[]): void {
    if (added.length > 0) this.runsOf(notebook).begin(added.map(namedCell), notebook.getCells().map(namedCell));
  }

  private runsOf(notebook: vscode.NotebookDocument): CheckRuns {
    const known = this.runs.get(notebook) ?? new CheckRuns();
    this.runs.set(notebook, known);
    return known;
  }

  private note({ cell, code, success, holder, cellsByNumber }: EndedRun): void {
    const names = new Map(Array.from(cellsByNumber, ([number, each]) => [number, nameOf(each)]));
    this.runsOf(cell.notebook).note(nameOf(cell), { code, order: ++this.order, success, holder }, names);
    this.plan(cell.notebook);
  }

  private move(from: vscode.NotebookDocument, to: vscode.NotebookDocument): void {
    const before = this.runs.get(from);
    if (!before) return; // It is not ours.
    this.runs.set(to, new CheckRuns(before.pastOf(from.getCells().map(namedCell))));
    this.begin(to, to.getCells());
    this.plan(to);
  }

  private plan(notebook: vscode.NotebookDocument): void {
    if (this.timers.has(notebook)) return;
    this.timers.set(
      notebook,
      setTimeout(() => {
        this.timers.delete(notebook);
        this.looks.ask(notebook);
      }, pause),
    );
  }

  private async look(notebook: vscode.NotebookDocument): Promise<void> {
    const states = new Map<vscode.NotebookCell, CheckState>();
    for (const cell of this.cellsOf(notebook)) {
      const reports = reportsIn(cell.outputs);
      const staleness = reports.length > 0 ? stalenessOf(nameOf(cell), await this.cellsNeeded(cell)) : undefined;
      states.set(cell, { reports, staleness, cellsByNumber: this.cellsByNumber(cell), isRunning: this.isRunning(cell) });
    }
    // It may have been closed meanwhile.
    if (!this.notebooks.has(notebook)) return;
    const before = this.states.get(notebook);
    this.states.set(notebook, states);
    this.changed.fire(notebook);
    const isSame = before?.size === states.size && [...states].every(([cell, state]) => isEqual(before.get(cell), state));
    if (!isSame) this.found.fire(notebook);
  }

  private isRunning(cell: vscode.NotebookCell): boolean {
    return this.kernels.get(cell.notebook)?.isRunning(cell) === true;
  }

  private cellsByNumber(check: vscode.NotebookCell): CheckState['cellsByNumber'] {
    const byName = new Map(check.notebook.getCells().map((cell) => [nameOf(cell), cell]));
    const names = this.runsOf(check.notebook).cellsByNumber(nameOf(check));
    return new Map(
      [...names].flatMap(([number, name]) => {
        const cell = byName.get(name);
        return cell ? [[number, cell] as const] : [];
      }),
    );
  }

  /** A cell and those that it needs; all by themselves where the language service cannot be asked. */
  private async cellsNeeded(check: vscode.NotebookCell): Promise<Cells> {
    const { notebook } = check;
    const needs = new Map<string, readonly string[]>([[nameOf(check), []]]);
    try {
      if (vscode.workspace.isTrusted) {
        for (const each of await this.language.ask('dependencies', check, {})) needs.set(each.cell, each.needs);
      }
    } catch (error) {
      this.log[error instanceof LanguageUnavailable ? 'debug' : 'warn'](`Dependencies of a cell: ${messageOf(error)}`);
    }
    const runs = this.runsOf(notebook);
    return new Map(
      notebook.getCells().flatMap((cell) => {
        const [name, own] = [nameOf(cell), needs.get(nameOf(cell))];
        return own && isCode(cell) ? [[name, { code: cell.document.getText(), run: runs.runOf(name), needs: own }] as const] : [];
      }),
    );
  }
}

function isEqual(one: CheckState | undefined, other: CheckState): boolean {
  if (!one || one.isRunning !== other.isRunning || one.cellsByNumber.size !== other.cellsByNumber.size) return false;
  if (one.staleness?.cell !== other.staleness?.cell || one.staleness?.what !== other.staleness?.what) return false;
  if (![...one.cellsByNumber].every(([number, cell]) => cell === other.cellsByNumber.get(number))) return false;
  return one.reports.length === other.reports.length && one.reports.every((report, index) => report === other.reports[index]);
}

/** A cell's name in the language service, and here: stable while it moves and changes. */
function nameOf({ document }: vscode.NotebookCell): string {
  return document.uri.toString();
}

function namedCell(cell: vscode.NotebookCell): NamedCell {
  const hasRun = cell.outputs.length > 0 || cell.executionSummary?.executionOrder !== undefined;
  return { name: nameOf(cell), code: cell.document.getText(), hasRun };
}
