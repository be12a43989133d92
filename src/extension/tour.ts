// The tour and new notebooks: opened with our kernel selected.
import { mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import * as vscode from 'vscode';
import { kernelMetadata } from '../protocol/kernel-metadata.js';
import { controllerId } from './kernels.js';
import type { OurNotebooks } from './notebooks.js';
import { nameOf, notebookType } from './notebooks.js';

const tourFile = '00-tour.ipynb';
/** How long the editor may take to choose a kernel, in ms. */
const selectPatience = 15_000;
const firstCell = "import * as pv from 'parseval';\n";

/** Copies the tour, the lessons that it leads to and their data to a folder, and opens it. Without a folder the user is asked for one. */
export async function startTour(
  extension: vscode.ExtensionContext['extension'],
  notebooks: OurNotebooks,
  folder?: vscode.Uri,
): Promise<void> {
  const target = folder ?? (await askForFolder());
  if (!target) return;
  const source = vscode.Uri.joinPath(extension.extensionUri, 'notebooks');
  const notebook = await freeName(target);
  await vscode.workspace.fs.createDirectory(target);
  await copyMissing(vscode.Uri.joinPath(source, 'data'), vscode.Uri.joinPath(target, 'data'));
  await copyMissing(source, target, (name) => name.endsWith('.ipynb') && name !== tourFile);
  await vscode.workspace.fs.copy(vscode.Uri.joinPath(source, tourFile), notebook);
  await open(await vscode.workspace.openNotebookDocument(notebook), extension.id, notebooks);
}

/** Opens a new notebook with one cell. */
export async function newNotebook(extension: vscode.ExtensionContext['extension'], notebooks: OurNotebooks): Promise<void> {
  const data = new vscode.NotebookData([new vscode.NotebookCellData(vscode.NotebookCellKind.Code, firstCell, 'typescript')]);
  data.metadata = { metadata: kernelMetadata, nbformat: 4, nbformat_minor: 5 };
  await open(await vscode.workspace.openNotebookDocument(notebookType, data), extension.id, notebooks);
}

/** Opens a notebook behind what the user does, unless it is open with this kernel. Resolves when its cells can be run. */
export async function openBehind(uri: vscode.Uri, extensionId: string, notebooks: OurNotebooks): Promise<vscode.NotebookDocument> {
  const notebook = await vscode.workspace.openNotebookDocument(uri);
  if (notebooks.isSelected(notebook)) return notebook;
  // The editor's answer to the choice comes apart from it.
  const selected = new Promise<void>((resolve, reject) => {
    const end = (settle: () => void): void => {
      clearTimeout(timer);
      listener.dispose();
      settle();
    };
    const listener = notebooks.onDidChange((changed) => {
      if (changed === notebook && notebooks.isSelected(notebook)) end(resolve);
    });
    const timer = setTimeout(() => end(() => reject(new Error(notChosen(notebook)))), selectPatience);
  });
  await Promise.all([open(notebook, extensionId, notebooks, { preserveFocus: true, preview: false }), selected]);
  return notebook;
}

function notChosen(notebook: vscode.NotebookDocument): string {
  return `The kernel Parseval was not chosen for ${nameOf(notebook)} within ${selectPatience / 1000} s. Choose it in the notebook's toolbar, and run again.`;
}

/** Shows a notebook and chooses this kernel for it. */
async function open(
  notebook: vscode.NotebookDocument,
  extensionId: string,
  notebooks: OurNotebooks,
  options?: vscode.NotebookDocumentShowOptions,
): Promise<void> {
  notebooks.prefer(notebook);
  const notebookEditor = await vscode.window.showNotebookDocument(notebook, options);
  await vscode.commands.executeCommand('notebook.selectKernel', { notebookEditor, id: controllerId, extension: extensionId });
}

async function askForFolder(): Promise<vscode.Uri | undefined> {
  const temporary = { label: '$(clock) In a Temporary Folder', detail: 'For a look; "Save As" keeps it.' };
  const choose = { label: '$(folder) In a Folder…', detail: 'The tour, the lessons and their data are copied there.' };
  const pick = await vscode.window.showQuickPick([temporary, choose], {
    title: 'Parseval: Start Tour',
    placeHolder: 'Where should the tour be opened?',
  });
  if (pick === temporary) return vscode.Uri.file(await mkdtemp(join(tmpdir(), 'parseval-tour-')));
  if (pick !== choose) return undefined;
  const [folder] =
    (await vscode.window.showOpenDialog({
      canSelectFiles: false,
      canSelectFolders: true,
      openLabel: 'Copy the Tour Here',
      title: 'Start Tour',
    })) ?? [];
  return folder;
}

/** A name that is free: what the user wrote into an earlier copy stays. */
async function freeName(folder: vscode.Uri): Promise<vscode.Uri> {
  for (let copy = 1; ; copy++) {
    const uri = vscode.Uri.joinPath(folder, copy === 1 ? tourFile : tourFile.replace('.ipynb', `-${copy}.ipynb`));
    if (!(await exists(uri))) return uri;
  }
}

/** Copies the files of a folder that are not there yet. */
async function copyMissing(source: vscode.Uri, target: vscode.Uri, isWanted = (_name: string) => true): Promise<void> {
  await vscode.workspace.fs.createDirectory(target);
  for (const [name, type] of await vscode.workspace.fs.readDirectory(source)) {
    const to = vscode.Uri.joinPath(target, name);
    if (type === vscode.FileType.File && isWanted(name) && !(await exists(to)))
      await vscode.workspace.fs.copy(vscode.Uri.joinPath(source, name), to);
  }
}

async function exists(uri: vscode.Uri): Promise<boolean> {
  return vscode.workspace.fs.stat(uri).then(
    () => true,
    () => false,
  );
}
