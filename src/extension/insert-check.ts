// "Parseval: Insert Gradient Check": a new cell, tagged as a check, with code to begin with.
import * as vscode from 'vscode';
import { gradcheckTag } from '../protocol/gradcheck-cells.js';
import { isCode } from './notebooks.js';

/** The name of the snippet for cells in media/snippets/gradcheck.json. */
const snippet = 'Gradient check of an operation';
/** How long the editor may take to open a new cell for editing, in ms; after that the cell is filled without tab stops. */
const patience = 2000;

/** The cell that is selected in a notebook's editor; of several the last. */
export function selectedCell(notebook: vscode.NotebookDocument): vscode.NotebookCell | undefined {
  const place = editorOf(notebook)?.selections.at(-1)?.end;
  return place === undefined || place === 0 ? undefined : notebook.cellAt(place - 1);
}

/** Inserts the cell below another one, else below the selected one or at the end, and opens it for editing. */
export async function insertCheck(extension: vscode.Uri, notebook: vscode.NotebookDocument, below?: vscode.NotebookCell): Promise<void> {
  const above = below ?? selectedCell(notebook);
  const at = above ? above.index + 1 : notebook.cellCount;
  const body = await template(extension, needsImport(notebook, at));
  const data = new vscode.NotebookCellData(vscode.NotebookCellKind.Code, '', 'typescript');
  data.metadata = { metadata: { tags: [gradcheckTag] } };
  const edit = new vscode.WorkspaceEdit();
  edit.set(notebook.uri, [vscode.NotebookEdit.insertCells(at, [data])]);
  if (!(await vscode.workspace.applyEdit(edit))) {
    throw new Error(`A cell was to be inserted at ${at}, but the notebook cannot be edited. Make it writable first.`);
  }
  const { document } = notebook.cellAt(at);
  const range = new vscode.NotebookRange(at, at + 1);
  const shown = editorOf(notebook) ?? (await vscode.window.showNotebookDocument(notebook));
  shown.selection = range;
  shown.revealRange(range, vscode.NotebookEditorRevealType.InCenterIfOutsideViewport);
  const opened = textEditorOf(document);
  await vscode.commands.executeCommand('notebook.cell.edit');
  const text = await opened;
  if (text && (await text.insertSnippet(body, new vscode.Position(0, 0)))) return;
  const fill = new vscode.WorkspaceEdit();
  fill.insert(document.uri, new vscode.Position(0, 0), plain(body.value));
  await vscode.workspace.applyEdit(fill);
}

function editorOf(notebook: vscode.NotebookDocument): vscode.NotebookEditor | undefined {
  return vscode.window.visibleNotebookEditors.find((each) => each.notebook === notebook);
}

/** Whether no cell above imports the library as `pv`. */
function needsImport(notebook: vscode.NotebookDocument, before: number): boolean {
  const above = notebook.getCells(new vscode.NotebookRange(0, before)).filter(isCode);
  return !above.some(({ document }) => /\bimport\s*\*\s*as\s+pv\s+from\s*['"]parseval['"]/.test(document.getText()));
}

/** The same snippet that the editor completes `gradcheck` to. */
async function template(extension: vscode.Uri, isFirst: boolean): Promise<vscode.SnippetString> {
  const file = vscode.Uri.joinPath(extension, 'media', 'snippets', 'gradcheck.json');
  const snippets = JSON.parse(new TextDecoder().decode(await vscode.workspace.fs.readFile(file))) as Partial<
    Record<string, { readonly body: readonly string[] }>
  >;
  const lines = snippets[snippet]?.body ?? [];
  return new vscode.SnippetString([...(isFirst ? ["import * as pv from 'parseval';", ''] : []), ...lines].join('\n'));
}

/** The editor of a cell once it is the active one. */
function textEditorOf(document: vscode.TextDocument): Promise<vscode.TextEditor | undefined> {
  return new Promise((resolve) => {
    const end = (editor: vscode.TextEditor | undefined): void => {
      clearTimeout(timer);
      listener.dispose();
      resolve(editor);
    };
    const timer = setTimeout(() => end(undefined), patience);
    const listener = vscode.window.onDidChangeActiveTextEditor((editor) => {
      if (editor?.document === document) end(editor);
    });
  });
}

/** A snippet's text without its tab stops. */
function plain(body: string): string {
  return body
    .replace(/\$\{\d+:([^{}]*)\}/g, '$1')
    .replace(/\$\d+/g, '')
    .replace(/\\([$}\\])/g, '$1');
}
