// Keeps the view "Value" at the variable that is selected in the view "Variables", as it is after each cell.
import * as vscode from 'vscode';
import type { Variable } from '../protocol/kernel.js';
import type { Kernels } from './kernels.js';
import type { OurNotebooks } from './notebooks.js';
import type { ValueView } from './value-view.js';
import { valueViewId } from './value-view.js';

/** Registers the view and follows the selection. */
export function followSelection(
  variables: vscode.TreeView<Variable>,
  value: ValueView,
  notebooks: OurNotebooks,
  kernels: Kernels,
): vscode.Disposable {
  let selected: string | undefined;
  let shown: readonly Variable[] | undefined;
  const show = (): void => {
    const notebook = notebooks.active();
    const kernel = notebook && kernels.get(notebook);
    const variable = kernel?.status.variables.find(({ name }) => name === selected);
    shown = kernel?.status.variables;
    if (kernel && variable) void value.show(kernel, variable);
    else value.clear();
  };
  return vscode.Disposable.from(
    vscode.window.registerWebviewViewProvider(valueViewId, value),
    variables.onDidChangeSelection(({ selection: [variable] }) => {
      // The list is drawn anew after a cell, and the selection with it.
      if (!variable || variable.name === selected) return;
      selected = variable.name;
      show();
    }),
    kernels.onDidChange((notebook) => {
      if (selected !== undefined && notebook === notebooks.active() && kernels.status(notebook).variables !== shown) show();
    }),
    notebooks.onDidChangeActive(() => {
      if (selected !== undefined) show();
    }),
  );
}
