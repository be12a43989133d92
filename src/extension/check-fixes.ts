// What a failed check proposes to change: a warning at the expression, and the change as a quick fix.
import * as vscode from 'vscode';
import type { GradcheckData, GradcheckFix } from '../protocol/gradcheck.js';
import { subjectOf } from '../protocol/gradcheck.js';
import { placeFrom } from './check-reports.js';
import type { GradientChecks } from './gradient-checks.js';
import { messageOf } from './host-error.js';
import type { Language, LanguageAnswer } from './language.js';
import { LanguageUnavailable } from './language.js';
import { rangeOf } from './language-features.js';
import type { Log } from './log.js';
import { cellLanguages, notebookType } from './notebooks.js';
import { Rounds } from './rounds.js';

const selector: vscode.DocumentSelector = cellLanguages.map((language) => ({ notebookType, language }));
/** Longer changes are named by their beginning. */
const longest = 40;

/** A change that can be made now. */
interface Offer {
  readonly check: vscode.NotebookCell;
  readonly document: vscode.TextDocument;
  /** Of the text that ran, which is the one of now. */
  readonly version: number;
  readonly diagnostic: vscode.Diagnostic;
  readonly replacement: string;
}

/** Offers them from now on. */
export function offerFixes(checks: GradientChecks, language: Language, log: Log): vscode.Disposable {
  const collection = vscode.languages.createDiagnosticCollection('parseval-gradient-checks');
  const offers = new Map<vscode.NotebookDocument, readonly Offer[]>();

  const show = (notebook: vscode.NotebookDocument, found: readonly Offer[]): void => {
    const documents = new Set([...(offers.get(notebook) ?? []), ...found].map(({ document }) => document));
    if (found.length > 0) offers.set(notebook, found);
    else offers.delete(notebook);
    for (const document of documents) {
      collection.set(
        document.uri,
        found.filter((offer) => offer.document === document).map(({ diagnostic }) => diagnostic),
      );
    }
  };

  const look = async (notebook: vscode.NotebookDocument): Promise<void> => {
    const found: Offer[] = [];
    for (const check of checks.cellsOf(notebook)) {
      const { reports, staleness, cellsByNumber } = checks.stateOf(check);
      if (staleness || !vscode.workspace.isTrusted) continue;
      for (const diagnosis of reports.flatMap((report) => report.diagnosis)) {
        const offer = await offerOf(check, cellsByNumber, diagnosis);
        if (offer) found.push(offer);
      }
    }
    show(
      notebook,
      found.filter(({ document, version }) => document.version === version),
    );
  };

  const offerOf = async (
    check: vscode.NotebookCell,
    cellsByNumber: ReadonlyMap<number, vscode.NotebookCell>,
    diagnosis: GradcheckData['diagnosis'][number],
  ): Promise<Offer | undefined> => {
    const { fix } = diagnosis;
    const place = fix && placeFrom(fix.place);
    const cell = place && cellsByNumber.get(place.cell);
    if (!fix || !place || !cell || cell.notebook !== check.notebook || cell.document.isClosed) return undefined;
    const { document } = cell;
    const { version } = document;
    const answer = await mend(cell, place, fix);
    if (!answer || document.version !== version) return undefined;
    const diagnostic = new vscode.Diagnostic(rangeOf(document, answer.span), messageFor(diagnosis), vscode.DiagnosticSeverity.Warning);
    diagnostic.source = 'Parseval';
    diagnostic.code = 'gradient check';
    return { check, document, version, diagnostic, replacement: answer.replacement };
  };

  const mend = async (
    cell: vscode.NotebookCell,
    { line, column }: { readonly line: number; readonly column: number },
    { operand, edit }: GradcheckFix,
  ): Promise<LanguageAnswer<'mend'>> => {
    try {
      return await language.ask('mend', cell, { line, column, operand, edit });
    } catch (error) {
      log[error instanceof LanguageUnavailable ? 'debug' : 'warn'](`A proposed change: ${messageOf(error)}`);
      return null;
    }
  };

  const looks = new Rounds(look);
  return vscode.Disposable.from(
    collection,
    checks.onDidChange((notebook) => looks.ask(notebook)),
    vscode.workspace.onDidChangeTextDocument(({ document, contentChanges }) => {
      if (contentChanges.length === 0) return;
      for (const [notebook, of] of offers) {
        // What a check said of a text says nothing of another.
        const isEdited = (offer: Offer): boolean => offer.document === document || offer.check.document === document;
        if (of.some(isEdited))
          show(
            notebook,
            of.filter((offer) => !isEdited(offer)),
          );
      }
    }),
    vscode.languages.registerCodeActionsProvider(
      selector,
      {
        provideCodeActions(document, range) {
          const here = [...offers.values()].flat().filter((offer) => offer.document === document);
          return here.filter(({ diagnostic }) => diagnostic.range.intersection(range)).map(actionOf);
        },
      },
      { providedCodeActionKinds: [vscode.CodeActionKind.QuickFix] },
    ),
  );
}

function actionOf({ document, diagnostic, replacement }: Offer): vscode.CodeAction {
  const short = replacement.length > longest ? `${replacement.slice(0, longest - 1)}…` : replacement;
  const action = new vscode.CodeAction(`Write ${short.replace(/\s+/g, ' ')} (makes the check pass)`, vscode.CodeActionKind.QuickFix);
  action.edit = new vscode.WorkspaceEdit();
  action.edit.replace(document.uri, diagnostic.range, replacement);
  action.diagnostics = [diagnostic];
  action.isPreferred = true;
  return action;
}

function messageFor({ input, hypothesis, change }: GradcheckData['diagnosis'][number]): string {
  return `${subjectOf({ input })}: ${hypothesis}. ${change}`.replace(/\.\.$/, '.');
}
