// Which of the open notebooks are ours, and how their cells are counted.
import { homedir } from 'node:os';
import { dirname } from 'node:path';
import * as vscode from 'vscode';
import { isGradcheckCell } from '../protocol/gradcheck-cells.js';
import { kernelMetadata } from '../protocol/kernel-metadata.js';
import { checkIds, isForParseval, isObject, tagsIn } from './notebook-file.js';

/** The notebook type of VS Code's own .ipynb serializer. */
export const notebookType = 'jupyter-notebook';
/** Languages that the kernel runs. */
export const cellLanguages = ['typescript', 'javascript'] as const;

/** The cells that run: code with text. A cell's number in stacks is its place among them, from 1, as on the command line. */
export function runnableCells(notebook: vscode.NotebookDocument): vscode.NotebookCell[] {
  return notebook.getCells().filter((cell) => isCode(cell) && cell.document.getText().trim() !== '');
}

/** Whether a cell is code of ours. VS Code counts raw cells as code, in the language `raw`. */
export function isCode(cell: vscode.NotebookCell): boolean {
  return cell.kind === vscode.NotebookCellKind.Code && languageOf(cell) !== undefined;
}

/** The cell's language if the kernel runs it. */
export function languageOf({ document }: vscode.NotebookCell): (typeof cellLanguages)[number] | undefined {
  return cellLanguages.find((language) => language === document.languageId);
}

/** A cell's number in stacks. */
export function numberOf(cell: vscode.NotebookCell): number {
  return runnableCells(cell.notebook).indexOf(cell) + 1;
}

/** Whether a cell checks gradients: it is tagged so, or calls `gradcheck`. */
export function isCheck(cell: vscode.NotebookCell): boolean {
  return isCode(cell) && isGradcheckCell(cell.document.getText(), tagsIn(cell.metadata.metadata));
}

/** The names of checks in lists, as `checkIds` makes them of the file. */
export function checkIdsOf(checks: readonly vscode.NotebookCell[]): string[] {
  return checkIds(checks.map(({ metadata, index }) => ({ id: metadata.id as unknown, index })));
}

/** Whether a notebook can be saved where it is: an old version, as comparisons show it, cannot. */
export function isWritable({ uri }: vscode.NotebookDocument): boolean {
  return vscode.workspace.fs.isWritableFileSystem(uri.scheme) ?? false;
}

/** The notebook's name for people. */
export function nameOf(notebook: vscode.NotebookDocument): string {
  return notebook.uri.path.split('/').at(-1) ?? notebook.uri.path;
}

/** Where imports and relative paths start. */
export function folderOf({ uri }: vscode.NotebookDocument): string {
  if (uri.scheme === 'file') return dirname(uri.fsPath);
  const workspace = vscode.workspace.workspaceFolders?.find((folder) => folder.uri.scheme === 'file');
  return workspace?.uri.fsPath ?? homedir();
}

/** Whether a notebook was written for this kernel: its metadata says so, or a cell imports the library. */
export function isMadeForParseval(notebook: vscode.NotebookDocument): boolean {
  if (notebook.notebookType !== notebookType) return false;
  const codes = (): string[] => notebook.getCells().flatMap((cell) => (isCode(cell) ? [cell.document.getText()] : []));
  return isForParseval(fileMetadata(notebook), codes);
}

/** Makes the file say that this kernel runs it, if it does not yet. */
export async function writeKernelMetadata(notebook: vscode.NotebookDocument): Promise<void> {
  const metadata = fileMetadata(notebook);
  const { kernelspec, language_info: info } = kernelMetadata;
  const has = isObject(metadata.kernelspec) && metadata.kernelspec.name === kernelspec.name;
  if (has && isObject(metadata.language_info) && metadata.language_info.name === info.name) return;
  const edit = new vscode.WorkspaceEdit();
  edit.set(notebook.uri, [
    vscode.NotebookEdit.updateNotebookMetadata({ ...notebook.metadata, metadata: { ...metadata, ...kernelMetadata } }),
  ]);
  await vscode.workspace.applyEdit(edit);
}

/** What the file's own `metadata` says; VS Code's serializer keeps it one level down. */
function fileMetadata(notebook: vscode.NotebookDocument): Readonly<Record<string, unknown>> {
  const metadata: unknown = notebook.metadata.metadata;
  return isObject(metadata) ? metadata : {};
}

/** Keeps account of the notebooks that belong to this kernel: it was selected for them, or they were made for it and no choice was made. */
export class OurNotebooks implements vscode.Disposable {
  private latest: vscode.NotebookDocument | undefined;
  private readonly preferred = new WeakSet<vscode.NotebookDocument>();
  private readonly selected = new Map<vscode.NotebookDocument, boolean>();
  private readonly changed = new vscode.EventEmitter<vscode.NotebookDocument>();
  private readonly activated = new vscode.EventEmitter<void>();
  private readonly disposables: vscode.Disposable[];
  /** Another notebook, or none, is the active one. */
  readonly onDidChangeActive = this.activated.event;
  /** A notebook became ours or ceased to be. */
  readonly onDidChange = this.changed.event;

  constructor(private readonly controller: vscode.NotebookController) {
    this.disposables = [
      this.changed,
      this.activated,
      controller.onDidChangeSelectedNotebooks(({ notebook, selected }) => {
        this.selected.set(notebook, selected);
        this.changed.fire(notebook);
      }),
      vscode.workspace.onDidOpenNotebookDocument((notebook) => this.welcome(notebook)),
      vscode.workspace.onDidCloseNotebookDocument((notebook) => {
        this.selected.delete(notebook);
        this.changed.fire(notebook);
      }),
      vscode.window.onDidChangeActiveNotebookEditor(() => this.activated.fire()),
      vscode.window.onDidChangeVisibleNotebookEditors(() => this.activated.fire()),
      vscode.workspace.onDidChangeNotebookDocument(({ notebook }) => this.welcome(notebook)),
    ];
    for (const notebook of vscode.workspace.notebookDocuments) this.welcome(notebook);
  }

  /** Whether a notebook is ours. */
  has(notebook: vscode.NotebookDocument): boolean {
    return !notebook.isClosed && (this.selected.get(notebook) ?? this.preferred.has(notebook));
  }

  /** Those that are ours. */
  all(): vscode.NotebookDocument[] {
    return vscode.workspace.notebookDocuments.filter((notebook) => this.has(notebook));
  }

  /** Whether the editor runs cells of a notebook in this kernel. */
  isSelected(notebook: vscode.NotebookDocument): boolean {
    return this.selected.get(notebook) === true;
  }

  /** The one that the user works with, if it is ours. It stays so while the user is at a panel or a file beside it. */
  active(): vscode.NotebookDocument | undefined {
    const active = vscode.window.activeNotebookEditor?.notebook;
    if (active) this.latest = active;
    const isVisible = vscode.window.visibleNotebookEditors.some(({ notebook }) => notebook === this.latest);
    return this.latest && isVisible && this.has(this.latest) ? this.latest : undefined;
  }

  /** The cell of ours that an editor's document is. */
  cellOf(document: vscode.TextDocument): vscode.NotebookCell | undefined {
    for (const notebook of vscode.workspace.notebookDocuments) {
      const cell = notebook.getCells().find((each) => each.document === document);
      if (cell) return this.has(notebook) ? cell : undefined;
    }
    return undefined;
  }

  /** Says that a notebook is meant for this kernel. */
  prefer(notebook: vscode.NotebookDocument): void {
    if (this.preferred.has(notebook)) return;
    this.preferred.add(notebook);
    this.controller.updateNotebookAffinity(notebook, vscode.NotebookControllerAffinity.Preferred);
    this.changed.fire(notebook);
  }

  dispose(): void {
    for (const disposable of this.disposables) disposable.dispose();
  }

  private welcome(notebook: vscode.NotebookDocument): void {
    if (isMadeForParseval(notebook)) this.prefer(notebook);
  }
}
