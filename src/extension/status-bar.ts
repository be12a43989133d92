// The status bar item of the notebook that the user looks at: device, memory and state of its kernel; the reasons are in its tooltip.
import * as vscode from 'vscode';
import type { Kernels } from './kernels.js';
import { statusFacts, statusText } from './kernel-status.js';
import { escapeMarkdown } from './markdown.js';
import type { OurNotebooks } from './notebooks.js';
import { nameOf } from './notebooks.js';

/** Shows the item while a notebook of ours is active, and sets the context key `parseval.notebookActive`. */
export function showStatusBar(notebooks: OurNotebooks, kernels: Kernels): vscode.Disposable {
  const item = vscode.window.createStatusBarItem('parseval.kernel', vscode.StatusBarAlignment.Right, 100);
  item.name = 'Parseval Kernel';
  let wasActive: boolean | undefined;
  const update = (): void => {
    const notebook = notebooks.active();
    const isActive = notebook !== undefined;
    if (isActive !== wasActive) void vscode.commands.executeCommand('setContext', 'parseval.notebookActive', isActive);
    wasActive = isActive;
    if (!notebook) {
      item.hide();
      return;
    }
    const status = kernels.status(notebook);
    const { isTrusted } = vscode.workspace;
    item.text = isTrusted ? statusText(status) : '$(workspace-untrusted) Parseval: Restricted Mode';
    item.command = isTrusted ? 'parseval.showMenu' : 'workbench.trust.manage';
    item.tooltip = tooltip(nameOf(notebook), status);
    item.backgroundColor = status.state === 'dead' ? new vscode.ThemeColor('statusBarItem.warningBackground') : undefined;
    item.show();
  };
  update();
  return vscode.Disposable.from(
    item,
    notebooks.onDidChange(update),
    kernels.onDidChange(update),
    notebooks.onDidChangeActive(update),
    vscode.workspace.onDidGrantWorkspaceTrust(update),
  );
}

function tooltip(notebook: string, status: Parameters<typeof statusFacts>[1]): vscode.MarkdownString {
  const { heading, facts } = statusFacts(notebook, status);
  const text = new vscode.MarkdownString();
  // Reasons come from drivers and paths: what looks like Markdown in them is not meant as such.
  text.appendMarkdown(`**${escapeMarkdown(heading)}**\n\n| | |\n|:--|:--|\n`);
  for (const [name, value] of facts) {
    text.appendMarkdown(`| ${name} | ${escapeMarkdown(value)} |\n`);
  }
  return text;
}
