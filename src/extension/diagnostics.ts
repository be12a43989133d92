// Type errors as squiggles in the cells of our notebooks, a moment after the last change.
import * as vscode from 'vscode';
import type { CellDiagnostic } from '../protocol/language.js';
import { messageOf } from './host-error.js';
import type { Language } from './language.js';
import { LanguageUnavailable } from './language.js';
import { rangeOf } from './language-features.js';
import type { Log } from './log.js';
import type { OurNotebooks } from './notebooks.js';
import { isCode } from './notebooks.js';

/** How long a notebook must be left alone before it is checked, in ms. */
const pause = 250;

/** Shows diagnostics from now on. */
export function showDiagnostics(notebooks: OurNotebooks, language: Language, log: Log): vscode.Disposable {
  const collection = vscode.languages.createDiagnosticCollection('parseval');
  const timers = new Map<vscode.NotebookDocument, NodeJS.Timeout>();
  /** Counts the checks of a notebook: one that was overtaken by another stops. */
  const rounds = new WeakMap<vscode.NotebookDocument, number>();

  const plan = (notebook: vscode.NotebookDocument): void => {
    clearTimeout(timers.get(notebook));
    timers.delete(notebook);
    if (notebook.isClosed || !notebooks.has(notebook)) {
      rounds.set(notebook, (rounds.get(notebook) ?? 0) + 1);
      for (const [uri] of collection) {
        if (uri.path === notebook.uri.path) collection.delete(uri);
      }
      return;
    }
    timers.set(
      notebook,
      setTimeout(() => {
        timers.delete(notebook);
        check(notebook).catch((error: unknown) => {
          const message = messageOf(error);
          log[error instanceof LanguageUnavailable ? 'debug' : 'warn'](`Diagnostics: ${message}`);
        });
      }, pause),
    );
  };

  const check = async (notebook: vscode.NotebookDocument): Promise<void> => {
    if (!vscode.workspace.isTrusted) return;
    const round = (rounds.get(notebook) ?? 0) + 1;
    rounds.set(notebook, round);
    for (const cell of notebook.getCells().filter(isCode)) {
      const { document } = cell;
      const { version } = document;
      const found = await language.ask('diagnostics', cell, {});
      if (rounds.get(notebook) !== round || document.isClosed) return;
      if (document.version === version)
        collection.set(
          document.uri,
          found.map((each) => diagnosticOf(document, each)),
        );
    }
  };

  const planOf = (document: vscode.TextDocument): void => {
    const cell = notebooks.cellOf(document);
    if (cell) plan(cell.notebook);
  };
  for (const notebook of notebooks.all()) plan(notebook);
  return vscode.Disposable.from(
    collection,
    notebooks.onDidChange(plan),
    vscode.workspace.onDidChangeTextDocument(({ document }) => planOf(document)),
    vscode.workspace.onDidChangeNotebookDocument(({ notebook, contentChanges, cellChanges }) => {
      for (const cell of contentChanges.flatMap((change) => change.removedCells)) collection.delete(cell.document.uri);
      // Runs change outputs and times, which say nothing of types; the language of a cell does.
      if (contentChanges.length > 0 || cellChanges.some((change) => change.document !== undefined)) {
        if (notebooks.has(notebook)) plan(notebook);
      }
    }),
    vscode.workspace.onDidGrantWorkspaceTrust(() => notebooks.all().forEach(plan)),
    language.onDidGoStale((stale) =>
      notebooks
        .all()
        .filter(({ uri }) => stale.includes(uri.toString()))
        .forEach(plan),
    ),
    new vscode.Disposable(() => timers.forEach((timer) => clearTimeout(timer))),
  );
}

function diagnosticOf(document: vscode.TextDocument, { span, severity, message, code, tags }: CellDiagnostic): vscode.Diagnostic {
  const diagnostic = new vscode.Diagnostic(rangeOf(document, span), message, severities[severity]);
  diagnostic.code = code;
  diagnostic.source = 'ts';
  diagnostic.tags = tags.map((tag) => (tag === 'deprecated' ? vscode.DiagnosticTag.Deprecated : vscode.DiagnosticTag.Unnecessary));
  return diagnostic;
}

const severities = {
  error: vscode.DiagnosticSeverity.Error,
  warning: vscode.DiagnosticSeverity.Warning,
  suggestion: vscode.DiagnosticSeverity.Hint,
} as const;
