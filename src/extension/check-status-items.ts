// Below each gradient-check cell what its check found, in a few words; the rest is in the tooltip.
import * as vscode from 'vscode';
import { headline, isOk, paragraphs } from './check-reports.js';
import type { CheckState, GradientChecks } from './gradient-checks.js';
import type { OurNotebooks } from './notebooks.js';
import { isCheck, notebookType, numberOf } from './notebooks.js';

/** Shows the items from now on. `testOf` gives the check's item in the Testing view. */
export function showCheckStatus(
  notebooks: OurNotebooks,
  checks: GradientChecks,
  testOf: (cell: vscode.NotebookCell) => vscode.TestItem | undefined,
): vscode.Disposable {
  const changed = new vscode.EventEmitter<void>();
  return vscode.Disposable.from(
    changed,
    checks.onDidChangeStates(() => changed.fire()),
    vscode.workspace.onDidGrantWorkspaceTrust(() => changed.fire()),
    vscode.notebooks.registerNotebookCellStatusBarItemProvider(notebookType, {
      onDidChangeCellStatusBarItems: changed.event,
      provideCellStatusBarItems(cell) {
        if (!notebooks.has(cell.notebook) || !isCheck(cell)) return [];
        const state = checks.stateOf(cell);
        // The editor itself says that a cell runs, or waits.
        if (state.isRunning) return [];
        const test = testOf(cell);
        // A check of an old version, as comparisons show it, is in no list, and is not run.
        const canRun = vscode.workspace.isTrusted && test !== undefined;
        if (state.reports.length === 0 && !canRun) return [];
        const item = new vscode.NotebookCellStatusBarItem(textOf(state), vscode.NotebookCellStatusBarAlignment.Left);
        item.tooltip = tooltipOf(cell.notebook, state);
        // What it found is in the Testing view; what is not known, or not any more, is found by a run.
        if (state.reports.length > 0 && !state.staleness && test) {
          item.command = { command: 'vscode.revealTestInExplorer', title: 'Show in Testing', arguments: [test] };
        } else if (canRun) {
          item.command = { command: 'parseval.runGradientCheck', title: 'Run Gradient Check', arguments: [cell] };
        }
        return [item];
      },
    }),
  );
}

function textOf({ reports, staleness }: CheckState): string {
  if (reports.length === 0) return '$(beaker) Check Gradients';
  const said = headline(reports);
  if (staleness) return `$(history) ${said} · stale`;
  return `${isOk(reports) ? '$(pass)' : '$(error)'} ${said}`;
}

/** Plain text: the editor takes no other for these. */
function tooltipOf(notebook: vscode.NotebookDocument, { reports, staleness }: CheckState): string {
  if (reports.length === 0) return 'Runs this gradient check, and first the cells it needs.';
  const said = reports.flatMap((report) => [...paragraphs(report), ...report.notes, `Checked on ${report.device}.`]);
  if (staleness) said.push(`${staleText(notebook, staleness)} Click to check again.`);
  return said.join('\n\n');
}

function staleText(notebook: vscode.NotebookDocument, { cell: name, what }: NonNullable<CheckState['staleness']>): string {
  const cell = notebook.getCells().find(({ document }) => document.uri.toString() === name);
  const who = cell ? `Cell ${numberOf(cell)}` : 'A cell';
  return what === 'ran' ? `${who} ran again after this check.` : `${who} is not any more as it was when this check ran.`;
}
