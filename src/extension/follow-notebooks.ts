// VS Code's events as `Moves` takes them.
import * as vscode from 'vscode';
import type { MoveHandlers } from './moves.js';
import { Moves } from './moves.js';
import { isWritable } from './notebooks.js';

/** Tells from now on what becomes of the notebooks that are closed. */
export function followNotebooks(handlers: MoveHandlers<vscode.NotebookDocument>): vscode.Disposable {
  const moves = new Moves<vscode.NotebookDocument>(
    {
      open: () => vscode.workspace.notebookDocuments,
      addressOf: ({ uri }) => uri.toString(),
      textsOf: (notebook) => notebook.getCells().map(({ document }) => document.getText()),
      isWritable,
      hasTab,
      after: (ms, call) => {
        const timer = setTimeout(call, ms);
        return () => clearTimeout(timer);
      },
    },
    handlers,
  );
  const showAll = (editors: readonly vscode.NotebookEditor[]): void => {
    for (const { notebook } of editors) moves.shown(notebook);
  };
  showAll(vscode.window.visibleNotebookEditors);
  return vscode.Disposable.from(
    moves,
    vscode.workspace.onDidOpenNotebookDocument((notebook) => moves.appeared(notebook)),
    vscode.workspace.onDidChangeNotebookDocument(({ notebook, contentChanges }) => {
      if (contentChanges.length > 0) moves.appeared(notebook);
    }),
    vscode.workspace.onWillRenameFiles(({ files }) => {
      for (const { oldUri, newUri } of files) moves.renaming(oldUri.toString(), newUri.toString());
    }),
    vscode.workspace.onDidRenameFiles(({ files }) => {
      for (const { oldUri } of files) moves.renamed(oldUri.toString());
    }),
    vscode.workspace.onDidCloseNotebookDocument((notebook) => moves.closed(notebook)),
    vscode.window.onDidChangeVisibleNotebookEditors(showAll),
    vscode.window.tabGroups.onDidChangeTabs(() => moves.tabsChanged()),
  );
}

function hasTab(address: string): boolean {
  const tabs = vscode.window.tabGroups.all.flatMap((group) => group.tabs);
  return tabs.some(({ input }) => input instanceof vscode.TabInputNotebook && input.uri.toString() === address);
}
