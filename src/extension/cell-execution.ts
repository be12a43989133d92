// One run of a cell as the editor shows it: pending, running, done, with its outputs.
import * as vscode from 'vscode';
import type { KernelBundle } from './kernel-process.js';
import type { OutputTarget, WholeOutput } from './output-stream.js';
import { OutputStream } from './output-stream.js';
import { errorText } from './error-text.js';

/** Outputs reach the editor at most this often, in ms: quick enough for a progress bar. */
const outputPause = 30;

/** What became of a run. */
export interface RunResult {
  readonly success: boolean;
  /** Its place in the kernel's order, when it got so far. */
  readonly order: number | undefined;
}

/** A display that is shown in a cell. */
export interface ShownDisplay {
  /** The run that put it there. */
  readonly run: CellExecution;
  readonly output: vscode.NotebookCellOutput;
}

/** One run of one cell. */
export class CellExecution {
  readonly outputs: OutputStream<ShownDisplay>;
  /** The user does not want it any more. */
  isInterrupted = false;
  private readonly execution: vscode.NotebookCellExecution;
  private result: RunResult | undefined;
  private begun = 0;
  private ended = 0;
  /** Resolves when the editor has taken in all that was sent. */
  private settled: Promise<unknown> = Promise.resolve();

  /** Shows the cell as pending. `addressOf` gives the address of the cell that has a number in stacks. */
  constructor(
    readonly cell: vscode.NotebookCell,
    private readonly controller: vscode.NotebookController,
    private readonly addressOf: (cell: number) => string | undefined,
    displays: Displays,
    private readonly onProblem: (problem: unknown) => void,
  ) {
    this.execution = controller.createNotebookCellExecution(cell);
    // What is sent while the editor still takes in what was sent before can be doubled in its copy for extensions.
    const schedule = (flush: () => void): void => void setTimeout(() => void this.settled.then(flush), outputPause);
    this.outputs = new OutputStream(this.target(), (id, display) => displays.add(id, display), schedule);
  }

  /** Shows the cell as running, without what it put out before. */
  start(): void {
    this.begun = Date.now();
    this.execution.start(this.begun);
    this.send(this.execution.clearOutput());
  }

  /** Shows the cell as done, after all outputs: the editor takes in what it is sent in order. */
  async end(result: RunResult): Promise<void> {
    await this.settled;
    this.outputs.flush();
    this.result = result;
    this.ended = Date.now();
    this.execution.executionOrder = result.order;
    this.execution.end(result.success, this.ended);
  }

  /** Its turn will not come: the cell stays as it was. */
  drop(): void {
    this.execution.end(undefined);
  }

  /** Replaces a display after the run has ended; the cell keeps its order, its times and its mark. */
  async replaceLater(output: vscode.NotebookCellOutput, data: KernelBundle): Promise<void> {
    // Only a run may write to a cell. What the editor says of the last one may be older than what is known here.
    const rerun = this.controller.createNotebookCellExecution(this.cell);
    rerun.start(this.begun);
    rerun.executionOrder = this.result?.order;
    await rerun.replaceOutputItems(bundleItems(data), output);
    rerun.end(this.result?.success, this.ended);
  }

  private target(): OutputTarget<ShownDisplay> {
    const put = (output: vscode.NotebookCellOutput): ShownDisplay => {
      this.send(this.execution.appendOutput(output));
      return { run: this, output };
    };
    return {
      put: (output) => put(notebookOutput(output, this.addressOf)),
      putText: (name, text) => put(new vscode.NotebookCellOutput([textItem(name, text)], { outputType: 'stream' })),
      extendText: ({ output }, name, text) => this.send(this.execution.appendOutputItems(textItem(name, text), output)),
      replace: ({ output }, data) => this.send(this.execution.replaceOutputItems(bundleItems(data), output)),
    };
  }

  /** A cell may be deleted while it runs; then there is nowhere to put its outputs. */
  private send(call: Thenable<void>): void {
    const sent = Promise.resolve(call).catch(this.onProblem);
    this.settled = this.settled.then(() => sent);
  }
}

/** The displays that a kernel may still change, by the ids under which it put them out. */
export class Displays {
  private readonly shown = new Map<string, ShownDisplay[]>();

  constructor(private readonly onProblem: (problem: unknown) => void) {}

  /** One more place where a display is shown. */
  add(displayId: string, display: ShownDisplay): void {
    this.shown.set(displayId, [...(this.shown.get(displayId) ?? []), display]);
  }

  /** The cell runs again: what it showed before is gone. */
  forget(cell: vscode.NotebookCell): void {
    for (const [displayId, displays] of this.shown) {
      const others = displays.filter(({ run }) => run.cell !== cell);
      if (others.length > 0) this.shown.set(displayId, others);
      else this.shown.delete(displayId);
    }
  }

  /** The kernel is gone. */
  clear(): void {
    this.shown.clear();
  }

  /** Replaces a display wherever it is shown; `running` is the run of now. */
  update(displayId: string, data: KernelBundle, running: CellExecution | undefined): void {
    if (running?.outputs.updateWaiting(displayId, data)) return;
    for (const display of this.shown.get(displayId) ?? []) {
      if (display.run === running) running.outputs.update(display, data);
      else display.run.replaceLater(display.output, data).catch(this.onProblem);
    }
  }
}

/** An output in the editor's terms, with the metadata by which VS Code's serializer writes nbformat. */
function notebookOutput(output: WholeOutput, addressOf: (cell: number) => string | undefined): vscode.NotebookCellOutput {
  switch (output.output_type) {
    case 'display_data':
      return new vscode.NotebookCellOutput(bundleItems(output.data), { outputType: 'display_data', metadata: output.metadata });
    case 'execute_result':
      return new vscode.NotebookCellOutput(bundleItems(output.data), {
        outputType: 'execute_result',
        executionCount: output.execution_count,
        metadata: output.metadata,
      });
    case 'error': {
      const stack = errorText(output, addressOf);
      const item = vscode.NotebookCellOutputItem.error({ name: output.ename, message: output.evalue, stack });
      // Colour and links are for this window: what is saved is the plain traceback.
      return new vscode.NotebookCellOutput([item], { outputType: 'error', originalError: output });
    }
  }
}

function textItem(name: 'stdout' | 'stderr', text: string): vscode.NotebookCellOutputItem {
  return name === 'stdout' ? vscode.NotebookCellOutputItem.stdout(text) : vscode.NotebookCellOutputItem.stderr(text);
}

function bundleItems(data: KernelBundle): vscode.NotebookCellOutputItem[] {
  return Object.entries(data).map(([mime, value]) => {
    if (typeof value !== 'string' || mime.endsWith('json')) return vscode.NotebookCellOutputItem.json(value, mime);
    const isBinary = mime.startsWith('image/') && mime !== 'image/svg+xml';
    return isBinary
      ? new vscode.NotebookCellOutputItem(Buffer.from(value, 'base64'), mime)
      : vscode.NotebookCellOutputItem.text(value, mime);
  });
}
