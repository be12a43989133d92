// The kernel of one notebook: runs its cells in order, can be interrupted and restarted, and goes along when the notebook is saved elsewhere.
import * as vscode from 'vscode';
import type { RunResult } from './cell-execution.js';
import { CellExecution, Displays, successorOf } from './cell-execution.js';
import { hostError, Interrupted, messageOf } from './host-error.js';
import type { KernelServices } from './kernel-life.js';
import { KernelLife } from './kernel-life.js';
import type { KernelBundle, KernelProcess } from './kernel-process.js';
import type { KernelStatus } from './kernel-status.js';
import type { LanguageAnswer } from './language.js';
import { languageOf, nameOf, numberOf } from './notebooks.js';
import { RunQueue } from './run-queue.js';
import { typeErrorsSetting } from './settings.js';

/** An interrupt that is not obeyed within this time, in ms, is answered by an offer to restart. */
const interruptPatience = 5000;
/** What the editor needs at most from reading a notebook's cells to closing it, in ms, when it saves it under another name. */
const savingTime = 3000;

/** A run of a cell that has ended. */
export interface EndedRun {
  readonly cell: vscode.NotebookCell;
  /** The code that ran. */
  readonly code: string;
  readonly success: boolean;
  readonly isInterrupted: boolean;
  /** In ms. */
  readonly duration: number;
  /** What holds the values that it computed (see `NotebookKernel.holder`), unless that is gone. */
  readonly holder: string | undefined;
  readonly outputs: readonly vscode.NotebookCellOutput[];
  /** The cells that stacks of this run name, by their numbers. */
  readonly cellsByNumber: ReadonlyMap<number, vscode.NotebookCell>;
}

/** The kernel of a notebook. */
export class NotebookKernel implements vscode.Disposable {
  private readonly queue: RunQueue<CellExecution>;
  private readonly life: KernelLife;
  /** The cell that last ran under a number: what stacks name. */
  private readonly cellsByNumber = new Map<number, vscode.NotebookCell>();
  private readonly displays: Displays;
  /** Runs that ended a moment ago. */
  private recent: readonly CellExecution[] = [];
  /** Runs that may not be in the file, and are to be shown where the notebook goes on. */
  private readonly unshown = new Set<CellExecution>();
  /** Resolves when the notebook is not away. */
  private present: Promise<void> = Promise.resolve();
  private comeBack: () => void = () => undefined;
  private isDisposed = false;
  private readonly viewPushed = new vscode.EventEmitter<{ readonly view: string; readonly data: unknown }>();
  private readonly runEnded = new vscode.EventEmitter<EndedRun>();
  /** The status changed. */
  readonly onDidChange: vscode.Event<void>;
  /** A cell ran, well or not. */
  readonly onDidRun = this.runEnded.event;
  /** Something new for a view under a cell. */
  readonly onDidPushView = this.viewPushed.event;

  constructor(
    private ofNotebook: vscode.NotebookDocument,
    private readonly services: KernelServices,
  ) {
    this.displays = new Displays((problem) => services.log.debug(`A display could not be updated: ${messageOf(problem)}`));
    this.life = new KernelLife(services, {
      notebook: () => this.notebook,
      onUpdate: (displayId, data) => this.displays.update(displayId, data, this.queue.running),
      onViewPush: (view, data) => this.viewPushed.fire({ view, data }),
      onGone: () => this.displays.clear(),
    });
    this.onDidChange = this.life.onDidChange;
    this.queue = new RunQueue({ run: (execution) => this.runCell(execution), drop: (execution) => execution.drop() });
  }

  /** The notebook; another one after it was saved under another name. */
  get notebook(): vscode.NotebookDocument {
    return this.ofNotebook;
  }

  /** What is known of it now. */
  get status(): KernelStatus {
    return this.life.status;
  }

  /** The number by which the device panel knows it, once there was a process. */
  get panelSession(): number | undefined {
    return this.life.device?.id;
  }

  /** Names what holds the values of the cells: the process, and what is on its device. Under another name what cells computed is gone. */
  get holder(): string | undefined {
    const { process, device } = this.life;
    return process?.pid === undefined ? undefined : `${process.pid}/${device?.generation ?? 0}`;
  }

  /** Whether a cell runs, or waits to. */
  isRunning(cell: vscode.NotebookCell): boolean {
    return this.queue.items.some((execution) => execution.cell === cell);
  }

  /** Runs cells after those that wait already; resolves when all of them ran or were dropped. What is cancelled is these runs, and no others. */
  async run(cells: readonly vscode.NotebookCell[], token?: vscode.CancellationToken): Promise<void> {
    const { controller, log } = this.services;
    const addressOf = (number: number): string | undefined => {
      const ran = this.cellsByNumber.get(number);
      const cell = ran && ran.notebook !== this.notebook ? successorOf(ran, this.notebook) : ran;
      return cell && !cell.document.isClosed ? cell.document.uri.toString() : undefined;
    };
    const onProblem = (problem: unknown): void => log.warn(`An output could not be shown: ${messageOf(problem)}`);
    const executions = cells.map((cell) => new CellExecution(cell, controller, addressOf, this.displays, onProblem));
    const cancel = token?.onCancellationRequested(() => void this.drop(executions));
    await this.queue.add(executions);
    cancel?.dispose();
  }

  /** Stops the cell that runs, keeps all state, and drops the cells that wait. Resolves when it has stopped. */
  async interrupt(): Promise<void> {
    const { running } = this.queue;
    this.queue.clear();
    if (!running) return;
    running.isInterrupted = true;
    // A kernel that is still starting has no state to keep.
    if (this.status.state === 'starting') return this.life.stop();
    if (this.status.state === 'busy') this.life.device?.interrupt();
    const offer = setTimeout(() => void this.offerRestart(), interruptPatience);
    try {
      await this.life.process?.interrupt();
    } finally {
      clearTimeout(offer);
    }
  }

  /** Ends the process, with all state, and starts a new one. */
  async restart(): Promise<void> {
    const started = Date.now();
    this.queue.clear();
    const { running } = this.queue;
    if (running) running.isInterrupted = true;
    await this.life.stop();
    this.services.language.restarted(this.notebook);
    await this.life.start();
    this.services.log.info(`${nameOf(this.notebook)}: restarted in ${Date.now() - started} ms`);
  }

  /** Interrupts when the cell that runs is one of these. */
  async forget(removed: readonly vscode.NotebookCell[]): Promise<void> {
    const { running } = this.queue;
    if (running && removed.includes(running.cell)) await this.interrupt();
  }

  /** The notebook is closed, and may go on elsewhere: the cell that runs goes on, and those that wait do so. */
  leave(): void {
    const runs = [...this.recent.filter((each) => each.endedWithin(savingTime)), ...this.queue.items];
    // Of several runs of a cell the last counts.
    const byCell = new Map([...this.unshown, ...runs].map((execution) => [execution.cell, execution]));
    this.unshown.clear();
    for (const execution of byCell.values()) {
      execution.leave();
      this.unshown.add(execution);
    }
    this.present = new Promise((resolve) => (this.comeBack = resolve));
  }

  /** The notebook goes on as this one, and the kernel with it. It stays in its folder until it is restarted. */
  moveTo(notebook: vscode.NotebookDocument): void {
    this.services.log.info(`${nameOf(this.notebook)}: is now ${nameOf(notebook)}`);
    this.services.language.moved(this.notebook, notebook, this.life.folder);
    this.ofNotebook = notebook;
    this.displays.follow(notebook);
    this.show();
    this.comeBack();
    this.life.note({});
  }

  /** Whether runs are to be shown that the notebook's editor has no place for yet. */
  get hasUnshown(): boolean {
    return this.unshown.size > 0;
  }

  /** Shows runs that went on while the notebook was away, as far as there is a place for them now. */
  show(): void {
    for (const execution of this.unshown) {
      try {
        if (!execution.follow(this.notebook)) continue;
        if (!execution.isInFile) execution.show();
        this.unshown.delete(execution);
      } catch (problem) {
        // The kernel is not chosen for the notebook yet.
        this.services.log.debug(`A run cannot be shown yet: ${messageOf(problem)}`);
      }
    }
  }

  /** A variable as the result of a cell shows it, or a small picture of a tensor; null when there is no such thing, or no kernel. */
  async inspect(name: string, as: 'value' | 'thumbnail' | 'spectrum'): Promise<KernelBundle | null> {
    return (await this.life.process?.inspect(name, as)) ?? null;
  }

  /** What a view under a cell asks for. Rejects with a reason for people. */
  async askView(view: string, request: unknown): Promise<unknown> {
    const { process } = this.life;
    if (!process) throw new Error('the kernel that held these values is gone: run the cell again');
    return process.askView(view, request);
  }

  /** Says that a view is not shown any more. */
  viewGone(view: string): void {
    this.life.process?.viewGone(view);
  }

  /** Ends the process. */
  dispose(): void {
    this.isDisposed = true;
    this.queue.clear();
    this.comeBack();
    this.life.dispose();
    this.runEnded.dispose();
    this.viewPushed.dispose();
  }

  /** Drops those of these runs that wait, and interrupts when one of them runs. */
  private async drop(executions: readonly CellExecution[]): Promise<void> {
    const { running } = this.queue;
    this.queue.drop(executions);
    if (running && executions.includes(running)) await this.interrupt();
  }

  /** Resolves with whether the cells that wait may run. */
  private async runCell(execution: CellExecution): Promise<boolean> {
    await this.present;
    if (this.isDisposed) {
      execution.drop();
      return false;
    }
    const { cell } = execution;
    const code = cell.document.getText();
    let result: RunResult = { success: true, order: undefined };
    try {
      execution.start();
      this.displays.forget(cell);
      if (code.trim() !== '') result = await this.execute(execution, code);
    } catch (error) {
      result = { success: false, order: undefined };
      execution.outputs.add(hostError(error, execution.isInterrupted));
    }
    // The cell, or its notebook, may be gone by now.
    await execution.end(result).catch((error: unknown) => this.services.log.warn(`A cell could not be ended: ${messageOf(error)}`));
    this.recent = [...this.recent.filter((each) => each.endedWithin(savingTime)), execution];
    this.runEnded.fire({
      cell: execution.cell,
      code,
      success: result.success,
      isInterrupted: execution.isInterrupted,
      duration: execution.duration,
      holder: this.holder,
      outputs: execution.shownOutputs,
      cellsByNumber: new Map(this.cellsByNumber),
    });
    return result.success;
  }

  private async execute(execution: CellExecution, code: string): Promise<RunResult> {
    const { cell, outputs } = execution;
    const { log } = this.services;
    const number = numberOf(cell);
    this.cellsByNumber.set(number, cell);
    const [kernel, errors] = await Promise.all([this.life.start(), this.check(execution, number, code)]);
    if (execution.isInterrupted) throw new Interrupted();
    if (errors) {
      if (typeErrorsSetting(this.notebook.uri) === 'stop') {
        outputs.add(errors.output);
        return { success: false, order: undefined };
      }
      outputs.add({ output_type: 'stream', name: 'stderr', text: `${errors.output.traceback.join('\n')}\n` });
    }
    this.life.note({ state: 'busy' });
    try {
      const running = kernel.run(number, code, (output) => outputs.add(output));
      this.services.language.ran(execution.cell, code);
      const { status, executionCount } = await running;
      if (execution.isInterrupted && status !== 'interrupted') this.life.device?.resume();
      return { success: status === 'ok', order: executionCount };
    } finally {
      if (this.life.process === kernel) {
        this.life.note({ state: 'idle' });
        this.refreshVariables(kernel).catch((error: unknown) => log.debug(`Variables: ${messageOf(error)}`));
      }
    }
  }

  /** The type errors of a cell, or null. A cell whose types cannot be checked runs, and says so. */
  private async check({ cell, outputs }: CellExecution, number: number, code: string): Promise<LanguageAnswer<'check'>> {
    const language = languageOf(cell);
    if (!language) return null;
    try {
      return await this.services.language.ask('check', cell, { number, code, language });
    } catch (error) {
      outputs.add({ output_type: 'stream', name: 'stderr', text: `Types were not checked: ${messageOf(error)}\n` });
      return null;
    }
  }

  private async refreshVariables(kernel: KernelProcess): Promise<void> {
    const variables = await kernel.variables();
    if (this.life.process === kernel) this.life.note({ variables });
  }

  private async offerRestart(): Promise<void> {
    const restart = 'Restart Kernel';
    const message = `The cell in ${nameOf(this.notebook)} has not stopped for ${interruptPatience / 1000} s. A restart ends it, and loses what cells computed.`;
    if ((await vscode.window.showWarningMessage(message, restart)) === restart) await this.restart();
  }
}
