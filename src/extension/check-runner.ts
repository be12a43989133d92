// Runs gradient checks for the Testing view: each with the cells that it needs, in its notebook's kernel; and what a run comes to as a result.
import * as vscode from 'vscode';
import { labelOf } from './check-label.js';
import { isOk, paragraphs, reportsIn, reportTexts } from './check-reports.js';
import type { CheckTestServices } from './check-tests.js';
import { messageOf } from './host-error.js';
import type { EndedRun } from './notebook-kernel.js';
import { nameOf, numberOf } from './notebooks.js';

const restricted = 'Parseval runs nothing in Restricted Mode: cells can do whatever a program can. Trust this workspace to run them.';

/** A check in an open notebook, and its item: when its notebook is opened, it may get another one with the same id. */
export interface FoundCheck {
  readonly cell: vscode.NotebookCell;
  readonly item: vscode.TestItem;
}

/** Runs checks. */
export class CheckRunner {
  private readonly running = new Set<vscode.NotebookCell>();

  constructor(
    private readonly services: CheckTestServices,
    private readonly controller: vscode.TestController,
    private readonly find: (notebook: vscode.NotebookDocument, id: string) => FoundCheck | undefined,
  ) {}

  /** Whether a check runs for the view now. */
  isRunning(cell: vscode.NotebookCell): boolean {
    return this.running.has(cell);
  }

  /** Runs the checks with these items, notebook by notebook. Never rejects. */
  async run(request: vscode.TestRunRequest, items: readonly vscode.TestItem[]): Promise<void> {
    const testRun = this.controller.createTestRun(request);
    // The one that is cancelled by the user, whoever asked for the run.
    const { token } = testRun;
    for (const item of items) testRun.enqueued(item);
    // An item knows its notebook only until that is opened.
    for (const { item, uri } of items.map((each) => ({ item: each, uri: each.parent?.uri }))) {
      let shown = item;
      try {
        const found = token.isCancellationRequested ? undefined : await this.open(item, uri);
        shown = found?.item ?? item;
        if (found && !token.isCancellationRequested) await this.runOne(testRun, found);
        else testRun.skipped(shown);
      } catch (error) {
        testRun.errored(shown, new vscode.TestMessage(messageOf(error)));
      }
    }
    testRun.end();
  }

  private async open({ id, label }: vscode.TestItem, uri: vscode.Uri | undefined): Promise<FoundCheck> {
    if (!vscode.workspace.isTrusted) throw new Error(restricted);
    if (!uri) throw new Error(`The check '${label}' belongs to no notebook. Refresh the list of tests.`);
    const notebook = await this.services.open(uri);
    const found = this.find(notebook, id);
    if (!found) throw new Error(`${nameOf(notebook)} has no such check any more. Refresh the list of tests.`);
    return found;
  }

  private async runOne(testRun: vscode.TestRun, { cell, item }: FoundCheck): Promise<void> {
    const { kernels, checks } = this.services;
    const { token } = testRun;
    const toRun = await checks.cellsToRun(cell);
    const ended: EndedRun[] = [];
    const listener = kernels.onDidRun((run) => {
      if (toRun.includes(run.cell)) ended.push(run);
    });
    this.running.add(cell);
    testRun.started(item);
    try {
      if (!token.isCancellationRequested) await kernels.run(cell.notebook, toRun, token);
    } finally {
      this.running.delete(cell);
      listener.dispose();
    }
    const own = ended.findLast((run) => run.cell === cell);
    if (own) tell(testRun, item, own);
    else if (token.isCancellationRequested) testRun.skipped(item);
    else {
      const failed = ended.findLast(({ success }) => !success);
      const why = failed ? `Cell ${numberOf(failed.cell)}, which this check needs, failed: ${errorOf(failed)}` : 'The check was not run.';
      testRun.errored(item, messageAt(failed?.cell ?? cell, why));
    }
  }
}

/** Gives a check's run as the result of its item. */
export function tell(testRun: vscode.TestRun, item: vscode.TestItem, run: EndedRun): void {
  const { cell, outputs, success, isInterrupted, duration } = run;
  const reports = reportsIn(outputs);
  for (const text of reportTexts(outputs)) testRun.appendOutput(`${text.replace(/\r?\n/g, '\r\n')}\r\n`, undefined, item);
  if (isInterrupted) testRun.skipped(item);
  else if (!isOk(reports)) {
    const failed = reports.filter(({ ok }) => !ok);
    testRun.failed(
      item,
      failed.map((report) => messageAt(cell, paragraphs(report).join('\n\n'))),
      duration,
    );
  } else if (!success) testRun.errored(item, messageAt(cell, errorOf(run)), duration);
  else if (reports.length > 0) testRun.passed(item, duration);
  else {
    const what =
      'The cell ran, and put out no report. Make what pv.gradcheck resolves to the last expression of the cell, or show it by pv.display.';
    testRun.errored(item, messageAt(cell, what), duration);
  }
}

function messageAt(cell: vscode.NotebookCell, text: string): vscode.TestMessage {
  const message = new vscode.TestMessage(text);
  const { document } = cell;
  const { line } = labelOf(document.getText(), 0);
  if (!document.isClosed)
    message.location = new vscode.Location(document.uri, document.lineAt(Math.min(line, document.lineCount - 1)).range);
  return message;
}

/** What the cell said when it failed. */
function errorOf({ outputs }: EndedRun): string {
  for (const { items } of outputs.toReversed()) {
    const error = items.find(({ mime }) => mime === 'application/vnd.code.notebook.error');
    if (!error) continue;
    const { name, message } = JSON.parse(new TextDecoder().decode(error.data)) as Partial<Error>;
    return `${name ?? 'Error'}: ${message ?? ''}`;
  }
  return 'it failed.';
}
