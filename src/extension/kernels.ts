// The kernels of all notebooks, and the controller by which the editor runs cells in them.
import * as vscode from 'vscode';
import { followNotebooks } from './follow-notebooks.js';
import type { KernelStatus } from './kernel-status.js';
import { noKernel } from './kernel-status.js';
import type { KernelServices } from './kernel-life.js';
import type { EndedRun } from './notebook-kernel.js';
import { NotebookKernel } from './notebook-kernel.js';
import { cellLanguages, nameOf, notebookType, writeKernelMetadata } from './notebooks.js';

/** The controller's id, which `notebook.selectKernel` takes. */
export const controllerId = 'parseval';

/** Registers the kernel with the editor. */
export function createController(): vscode.NotebookController {
  const controller = vscode.notebooks.createNotebookController(controllerId, notebookType, 'Parseval (TypeScript)');
  controller.supportedLanguages = [...cellLanguages];
  controller.supportsExecutionOrder = true;
  controller.description = 'Tensors on WebGPU';
  controller.detail = 'TypeScript cells';
  return controller;
}

/** Views hear of changes at most this often, in ms: a small cell is over before they draw, and not slowed by it. */
const changePause = 150;

/** One kernel a notebook, made with its first run and ended with the notebook. It goes along when the notebook is renamed or saved elsewhere. */
export class Kernels implements vscode.Disposable {
  private readonly kernels = new Map<vscode.NotebookDocument, NotebookKernel>();
  private readonly changed = new vscode.EventEmitter<vscode.NotebookDocument>();
  private readonly disposables: vscode.Disposable[];
  private readonly toTell = new Set<vscode.NotebookDocument>();
  private telling: NodeJS.Timeout | undefined;
  /** Notebooks for which this kernel was chosen after they were moved. */
  private readonly chosen = new WeakSet<vscode.NotebookDocument>();
  private readonly runEnded = new vscode.EventEmitter<EndedRun>();
  private readonly viewPushed = new vscode.EventEmitter<{ readonly view: string; readonly data: unknown }>();
  private readonly moved = new vscode.EventEmitter<{ readonly from: vscode.NotebookDocument; readonly to: vscode.NotebookDocument }>();
  /** The status of a notebook's kernel changed, a moment ago. */
  readonly onDidChange = this.changed.event;
  /** A cell ran, well or not. */
  readonly onDidRun = this.runEnded.event;
  /** Something new for a view under a cell. */
  readonly onDidPushView = this.viewPushed.event;
  /** A notebook goes on as another one, with its kernel if it has one. */
  readonly onDidMove = this.moved.event;

  constructor(private readonly services: KernelServices) {
    const { controller, panel } = services;
    controller.executeHandler = (cells, notebook) => this.run(notebook, cells);
    controller.interruptHandler = (notebook) => this.interrupt(notebook);
    this.disposables = [
      this.changed,
      this.runEnded,
      this.viewPushed,
      this.moved,
      followNotebooks({
        left: (notebook) => this.kernels.get(notebook)?.leave(),
        moved: (from, to) => this.move(from, to),
        ended: (notebook) => this.end(notebook),
      }),
      vscode.workspace.onDidChangeNotebookDocument(({ notebook, contentChanges }) => {
        const removed = contentChanges.flatMap((change) => change.removedCells);
        if (removed.length > 0) void this.kernels.get(notebook)?.forget(removed);
        if (contentChanges.length > 0) this.kernels.get(notebook)?.show();
      }),
      controller.onDidChangeSelectedNotebooks(({ notebook, selected }) => {
        if (selected) this.kernels.get(notebook)?.show();
      }),
      vscode.window.onDidChangeVisibleNotebookEditors((editors) => editors.forEach((editor) => this.choose(editor))),
      this.onDidChange(() => this.tellPanel()),
      panel.onDidAskRestart((session) => void this.ofSession(session)?.restart()),
    ];
  }

  /** What is known of a notebook's kernel. */
  status(notebook: vscode.NotebookDocument): KernelStatus {
    return this.kernels.get(notebook)?.status ?? noKernel;
  }

  /** A notebook's kernel, if it had one. */
  get(notebook: vscode.NotebookDocument): NotebookKernel | undefined {
    return this.kernels.get(notebook);
  }

  /** The kernel that the device panel knows by this number. */
  ofSession(session: number): NotebookKernel | undefined {
    return [...this.kernels.values()].find((kernel) => kernel.panelSession === session);
  }

  /** Runs cells of a notebook, until that is cancelled; in Restricted Mode it says that nothing runs. */
  async run(notebook: vscode.NotebookDocument, cells: readonly vscode.NotebookCell[], token?: vscode.CancellationToken): Promise<void> {
    if (!vscode.workspace.isTrusted) {
      await refuseUntrusted();
      return;
    }
    await writeKernelMetadata(notebook);
    await this.make(notebook).run(cells, token);
  }

  /** Stops the cell that runs in a notebook. */
  async interrupt(notebook: vscode.NotebookDocument): Promise<void> {
    await this.kernels.get(notebook)?.interrupt();
  }

  /** Ends a notebook's kernel and starts a new one. */
  async restart(notebook: vscode.NotebookDocument): Promise<void> {
    if (!vscode.workspace.isTrusted) await refuseUntrusted();
    else await this.make(notebook).restart();
  }

  dispose(): void {
    clearTimeout(this.telling);
    for (const kernel of this.kernels.values()) kernel.dispose();
    this.kernels.clear();
    for (const disposable of this.disposables) disposable.dispose();
  }

  private make(notebook: vscode.NotebookDocument): NotebookKernel {
    const existing = this.kernels.get(notebook);
    if (existing) return existing;
    const kernel = new NotebookKernel(notebook, this.services);
    this.kernels.set(notebook, kernel);
    kernel.onDidChange(() => this.tell(kernel.notebook));
    kernel.onDidRun((run) => this.runEnded.fire(run));
    kernel.onDidPushView((push) => this.viewPushed.fire(push));
    return kernel;
  }

  private move(from: vscode.NotebookDocument, to: vscode.NotebookDocument): void {
    const kernel = this.kernels.get(from);
    if (!kernel || this.kernels.has(to)) {
      this.end(from);
      if (!kernel) this.moved.fire({ from, to });
      return;
    }
    this.kernels.delete(from);
    this.kernels.set(to, kernel);
    kernel.moveTo(to);
    this.moved.fire({ from, to });
    this.tell(from);
    const editor = vscode.window.visibleNotebookEditors.find(({ notebook }) => notebook === to);
    if (editor) this.choose(editor);
  }

  /** A cell that runs can be shown only where this kernel is chosen; the editor chooses it for a saved notebook when the next cell runs. */
  private choose(notebookEditor: vscode.NotebookEditor): void {
    const { notebook } = notebookEditor;
    if (this.chosen.has(notebook) || this.kernels.get(notebook)?.hasUnshown !== true) return;
    this.chosen.add(notebook);
    const { extensionId: extension } = this.services;
    void vscode.commands.executeCommand('notebook.selectKernel', { notebookEditor, id: controllerId, extension });
  }

  private end(notebook: vscode.NotebookDocument): void {
    this.services.language.closed(notebook);
    const kernel = this.kernels.get(notebook);
    if (!kernel) return;
    this.kernels.delete(notebook);
    kernel.dispose();
    this.tell(notebook);
  }

  private tell(notebook: vscode.NotebookDocument): void {
    this.toTell.add(notebook);
    this.telling ??= setTimeout(() => {
      this.telling = undefined;
      const changed = [...this.toTell];
      this.toTell.clear();
      for (const each of changed) this.changed.fire(each);
    }, changePause);
  }

  private tellPanel(): void {
    this.services.panel.setKernels(
      [...this.kernels].flatMap(([notebook, { panelSession, status }]) => {
        const { state, memory } = status;
        if (panelSession === undefined || state === 'none') return [];
        return [{ session: panelSession, notebook: nameOf(notebook), device: memory?.device ?? null, state }];
      }),
    );
  }
}

async function refuseUntrusted(): Promise<void> {
  const manage = 'Manage Workspace Trust';
  const message = 'Parseval runs nothing in Restricted Mode: cells can do whatever a program can. Trust this workspace to run them.';
  if ((await vscode.window.showErrorMessage(message, manage)) === manage) {
    await vscode.commands.executeCommand('workbench.trust.manage');
  }
}
