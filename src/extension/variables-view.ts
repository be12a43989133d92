// The view "Variables": what the cells of the active notebook declared.
import * as vscode from 'vscode';
import type { Variable } from '../protocol/kernel.js';
import type { Kernels } from './kernels.js';
import type { OurNotebooks } from './notebooks.js';
import { describeVariable, sortVariables } from './variable-text.js';

/** The view's id. */
export const variablesViewId = 'parseval.variables';

/** The list. A variable is its own tree item; there are no deeper levels. */
export class VariablesTree implements vscode.TreeDataProvider<Variable> {
  private readonly changed = new vscode.EventEmitter<void>();
  private shown = '';
  readonly onDidChangeTreeData = this.changed.event;

  constructor(
    private readonly notebooks: OurNotebooks,
    private readonly kernels: Kernels,
  ) {}

  /** Draws the list anew, if it is another one. */
  refresh(): void {
    const shown = JSON.stringify(this.variables());
    if (shown === this.shown) return;
    this.shown = shown;
    this.changed.fire();
  }

  /** What the list shows now. */
  getChildren(parent?: Variable): Variable[] {
    return parent ? [] : sortVariables(this.variables());
  }

  private variables(): readonly Variable[] {
    const notebook = this.notebooks.active();
    return notebook ? this.kernels.status(notebook).variables : [];
  }

  getTreeItem(variable: Variable): vscode.TreeItem {
    const item = new vscode.TreeItem(variable.name);
    item.id = variable.name;
    item.description = describeVariable(variable);
    item.tooltip = `${variable.name}: ${describeVariable(variable)}\n${variable.summary}`;
    item.iconPath = new vscode.ThemeIcon(iconOf(variable));
    return item;
  }
}

/** Registers the view. It follows the active notebook; the list stays while the user looks at something that is no notebook. */
export function showVariables(
  notebooks: OurNotebooks,
  kernels: Kernels,
): { view: vscode.TreeView<Variable>; disposable: vscode.Disposable } {
  const tree = new VariablesTree(notebooks, kernels);
  const view = vscode.window.createTreeView(variablesViewId, { treeDataProvider: tree });
  const refresh = (): void => tree.refresh();
  const disposable = vscode.Disposable.from(
    view,
    kernels.onDidChange(refresh),
    notebooks.onDidChange(refresh),
    notebooks.onDidChangeActive(refresh),
  );
  return { view, disposable };
}

function iconOf({ type, shape }: Variable): string {
  if (shape) return 'symbol-array';
  switch (type) {
    case 'function':
      return 'symbol-function';
    case 'string':
      return 'symbol-string';
    case 'number':
    case 'bigint':
      return 'symbol-number';
    case 'boolean':
      return 'symbol-boolean';
    default:
      return /^class\b/.test(type) ? 'symbol-class' : 'symbol-variable';
  }
}
