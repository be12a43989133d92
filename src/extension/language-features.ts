// Completions, hovers, signatures, definitions, references and renames in the cells of our notebooks, all answered by the language service.
// The built-in TypeScript extension is kept quiet there: see typescript-plugin/.
import * as vscode from 'vscode';
import { completionKind } from './completion-kinds.js';
import { messageOf } from './host-error.js';
import { liveFacts, livePictures } from './hover-value.js';
import type { Kernels } from './kernels.js';
import type { Language, LanguageAnswer, LanguageQuestion, QuestionParams } from './language.js';
import { LanguageUnavailable } from './language.js';
import type { Log } from './log.js';
import type { OurNotebooks } from './notebooks.js';
import { cellLanguages, notebookType } from './notebooks.js';

/** No scheme: beside a notebook's type it would mean that of the notebook's file, and any will do. */
const selector: vscode.DocumentSelector = cellLanguages.map((language) => ({ notebookType, language }));
const triggers = ['.', '"', "'", '/', '@'];

type Span = { readonly start: number; readonly end: number };
type Place = LanguageAnswer<'definition'>[number];

/** A completion that knows where it came from, for its details. */
class Completion extends vscode.CompletionItem {
  constructor(
    readonly name: string,
    kind: vscode.CompletionItemKind,
    readonly cell: vscode.NotebookCell,
    readonly offset: number,
  ) {
    super(name, kind);
  }
}

/** Registers all of them. */
export function registerLanguageFeatures(notebooks: OurNotebooks, language: Language, kernels: Kernels, log: Log): vscode.Disposable {
  /** Asks about a place; undefined when the cell is not ours, or the text is another by the time of the answer. */
  async function ask<N extends LanguageQuestion>(
    name: N,
    document: vscode.TextDocument,
    params: QuestionParams<N>,
    token: vscode.CancellationToken,
  ): Promise<{ answer: LanguageAnswer<N>; cell: vscode.NotebookCell } | undefined> {
    const cell = notebooks.cellOf(document);
    if (!cell || !vscode.workspace.isTrusted) return undefined;
    const { version } = document;
    try {
      const answer = await language.ask(name, cell, params);
      return token.isCancellationRequested || document.version !== version ? undefined : { answer, cell };
    } catch (error) {
      // A feature that fails once is no reason for a message at each key; the log has it.
      log[error instanceof LanguageUnavailable ? 'debug' : 'warn'](`${name}: ${messageOf(error)}`);
      return undefined;
    }
  }

  const completions: vscode.CompletionItemProvider<Completion> = {
    async provideCompletionItems(document, position, token, { triggerCharacter }) {
      const offset = document.offsetAt(position);
      const found = await ask('completions', document, { offset, ...(triggerCharacter && { trigger: triggerCharacter }) }, token);
      if (!found) return undefined;
      const { answer, cell } = found;
      const items = answer.items.map((each) => {
        const item = new Completion(each.name, vscode.CompletionItemKind[completionKind(each.kind)], cell, offset);
        item.sortText = each.sortText;
        if (each.insertText !== undefined) item.insertText = each.insertText;
        if (each.replace) item.range = rangeOf(document, each.replace);
        if (each.commitCharacters) item.commitCharacters = [...each.commitCharacters];
        if (each.isDeprecated) item.tags = [vscode.CompletionItemTag.Deprecated];
        return item;
      });
      return new vscode.CompletionList(items, answer.isIncomplete);
    },
    async resolveCompletionItem(item, token) {
      const found = await ask('completionDetails', item.cell.document, { offset: item.offset, name: item.name }, token);
      if (!found?.answer) return item;
      item.detail = found.answer.signature;
      item.documentation = new vscode.MarkdownString(found.answer.documentation);
      return item;
    },
  };

  const hovers: vscode.HoverProvider = {
    async provideHover(document, position, token) {
      const found = await ask('hover', document, { offset: document.offsetAt(position) }, token);
      if (!found?.answer) return undefined;
      const { span, signature, documentation } = found.answer;
      const parts: vscode.MarkdownString[] = [];
      if (signature !== '') parts.push(new vscode.MarkdownString().appendCodeblock(signature, 'typescript'));
      if (documentation !== '') parts.push(new vscode.MarkdownString(documentation));
      return parts.length > 0 ? new vscode.Hover(parts, rangeOf(document, span)) : undefined;
    },
  };

  // The editor shows the answers of several providers as they come: the type at once, pictures when they are drawn.
  const liveHovers = [livePictures, liveFacts].map((show): vscode.HoverProvider => ({
    async provideHover(document, position, token) {
      const found = await ask('hover', document, { offset: document.offsetAt(position) }, token);
      const kernel = found && kernels.get(found.cell.notebook);
      if (!kernel || !found.answer || found.answer.variable === null) return undefined;
      const value = await show(kernel, found.answer.variable);
      return value && new vscode.Hover(value, rangeOf(document, found.answer.span));
    },
  }));

  const signatures: vscode.SignatureHelpProvider = {
    async provideSignatureHelp(document, position, token) {
      const found = await ask('signature', document, { offset: document.offsetAt(position) }, token);
      if (!found?.answer) return undefined;
      const help = new vscode.SignatureHelp();
      help.activeSignature = found.answer.active;
      help.activeParameter = found.answer.activeParameter;
      help.signatures = found.answer.signatures.map(({ label, documentation, parameters }) => {
        const signature = new vscode.SignatureInformation(label, new vscode.MarkdownString(documentation));
        signature.parameters = parameters.map(
          (each) => new vscode.ParameterInformation([each.start, each.end], new vscode.MarkdownString(each.documentation)),
        );
        return signature;
      });
      return help;
    },
  };

  const definitions: vscode.DefinitionProvider = {
    async provideDefinition(document, position, token) {
      const found = await ask('definition', document, { offset: document.offsetAt(position) }, token);
      return found && locations(found.cell.notebook, found.answer);
    },
  };

  const references: vscode.ReferenceProvider = {
    async provideReferences(document, position, _context, token) {
      const found = await ask('references', document, { offset: document.offsetAt(position) }, token);
      return found && locations(found.cell.notebook, found.answer);
    },
  };

  const renames: vscode.RenameProvider = {
    async prepareRename(document, position, token) {
      const found = await ask('rename', document, { offset: document.offsetAt(position) }, token);
      if (!found) return undefined;
      const offset = document.offsetAt(position);
      const own = found.answer.find(({ cell, span }) => cell === document.uri.toString() && span.start <= offset && offset <= span.end);
      if (!own) throw new Error('This name cannot be changed here: it is not declared in a cell of this notebook.');
      return rangeOf(document, own.span);
    },
    async provideRenameEdits(document, position, newName, token) {
      const found = await ask('rename', document, { offset: document.offsetAt(position) }, token);
      if (!found) return undefined;
      const edit = new vscode.WorkspaceEdit();
      for (const { cell, span, prefix, suffix } of found.answer) {
        const target = documentOf(found.cell.notebook, cell);
        if (target) edit.replace(target.uri, rangeOf(target, span), prefix + newName + suffix);
      }
      return edit;
    },
  };

  return vscode.Disposable.from(
    vscode.languages.registerCompletionItemProvider(selector, completions, ...triggers),
    // What is registered last comes first.
    ...liveHovers.map((each) => vscode.languages.registerHoverProvider(selector, each)),
    vscode.languages.registerHoverProvider(selector, hovers),
    vscode.languages.registerSignatureHelpProvider(selector, signatures, {
      triggerCharacters: ['(', ',', '<'],
      retriggerCharacters: [')'],
    }),
    vscode.languages.registerDefinitionProvider(selector, definitions),
    vscode.languages.registerReferenceProvider(selector, references),
    vscode.languages.registerRenameProvider(selector, renames),
  );
}

/** A span of a document's text. */
export function rangeOf(document: vscode.TextDocument, { start, end }: Span): vscode.Range {
  return new vscode.Range(document.positionAt(start), document.positionAt(end));
}

function documentOf(notebook: vscode.NotebookDocument, cell: string): vscode.TextDocument | undefined {
  return notebook.getCells().find(({ document }) => document.uri.toString() === cell)?.document;
}

function locations(notebook: vscode.NotebookDocument, places: readonly Place[]): vscode.Location[] {
  return places.flatMap((place) => {
    if (place.in === 'file') return [new vscode.Location(vscode.Uri.file(place.path), new vscode.Position(place.line, place.column))];
    const document = documentOf(notebook, place.cell);
    return document ? [new vscode.Location(document.uri, rangeOf(document, place.span))] : [];
  });
}
