// One run of a cell as the editor shows it: pending, running, done, with its outputs.
import * as vscode from 'vscode';
import type { KernelBundle } from './kernel-process.js';
import type { OutputTarget, WholeOutput } from './output-stream.js';
import { OutputStream } from './output-stream.js';
import { errorText } from './error-text.js';
import { placeOf } from './moves.js';

/** Outputs reach the editor at most this often, in ms: quick enough for a progress bar. */
const outputPause = 30;
/** So many pieces of text are kept apart; more are joined. */
const mostPieces = 256;

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

/** One run of one cell. What it does is kept here, so that it can go on in another notebook, also while there is none to be shown in. */
export class CellExecution {
  readonly outputs: OutputStream<ShownDisplay>;
  /** The user does not want it any more. */
  isInterrupted = false;
  private inCell: vscode.NotebookCell;
  /** What the editor shows of it; undefined while its notebook is away. */
  private execution: vscode.NotebookCellExecution | undefined;
  /** Its outputs in their order, with all that came into them. */
  private shown: vscode.NotebookCellOutput[] = [];
  /** Whether outputs of `shown` are those in the editor: not so in a notebook that was read from a file. */
  private isShownHere = true;
  private isDropped = false;
  private result: RunResult | undefined;
  private begun = 0;
  private ended = 0;
  /** Resolves when the editor has taken in all that was sent. */
  private settled: Promise<unknown> = Promise.resolve();

  /** Shows the cell as pending. `addressOf` gives the address of the cell that has a number in stacks. */
  constructor(
    cell: vscode.NotebookCell,
    private readonly controller: vscode.NotebookController,
    private readonly addressOf: (cell: number) => string | undefined,
    displays: Displays,
    private readonly onProblem: (problem: unknown) => void,
  ) {
    this.inCell = cell;
    this.execution = controller.createNotebookCellExecution(cell);
    // What is sent while the editor still takes in what was sent before can be doubled in its copy for extensions.
    const schedule = (flush: () => void): void => void setTimeout(() => void this.settled.then(flush), outputPause);
    this.outputs = new OutputStream(this.target(), (id, display) => displays.add(id, display), schedule);
  }

  /** The cell; another one after the notebook was saved under another name. */
  get cell(): vscode.NotebookCell {
    return this.inCell;
  }

  /** What it put out, in order: ahead of the editor's own account of the cell, which comes a moment later. */
  get shownOutputs(): readonly vscode.NotebookCellOutput[] {
    return this.shown;
  }

  /** How long it ran, in ms; 0 when it did not, or has not ended. */
  get duration(): number {
    return this.ended > 0 && this.begun > 0 ? this.ended - this.begun : 0;
  }

  /** Shows the cell as running, without what it put out before. */
  start(): void {
    this.begun = Date.now();
    this.execution?.start(this.begun);
    this.send((execution) => execution.clearOutput());
  }

  /** Shows the cell as done, after all outputs: the editor takes in what it is sent in order. */
  async end(result: RunResult): Promise<void> {
    await this.settled;
    this.outputs.flush();
    this.result = result;
    this.ended = Date.now();
    this.showEnd();
  }

  /** Its turn will not come: the cell stays as it was. */
  drop(): void {
    this.isDropped = true;
    this.execution?.end(undefined);
  }

  /** The notebook is closed, and may go on elsewhere. */
  leave(): void {
    if (!this.result) this.execution?.end(undefined);
    this.execution = undefined;
  }

  /** Goes over to its cell in the notebook that goes on. Returns whether that is there. */
  follow(notebook: vscode.NotebookDocument): boolean {
    const { inCell } = this;
    if (inCell.notebook === notebook) return true;
    const next = successorOf(inCell, notebook);
    if (!next) return false;
    this.inCell = next;
    this.isShownHere = false;
    return true;
  }

  /** Whether its cell, as it was read from the file, is as this run left it. */
  get isInFile(): boolean {
    return this.result !== undefined && this.inCell.executionSummary?.executionOrder === this.result.order;
  }

  /** Whether it ended within the last `ms`. */
  endedWithin(ms: number): boolean {
    return this.result !== undefined && Date.now() - this.ended < ms;
  }

  /** Shows in its cell of now all that was done meanwhile. Throws where the kernel is not the notebook's choice. */
  show(): void {
    if (this.isDropped) return;
    this.execution = this.controller.createNotebookCellExecution(this.inCell);
    if (this.begun === 0) return;
    this.execution.start(this.begun);
    for (const output of this.shown) output.items = joinTexts(output.items);
    this.send((execution) => execution.replaceOutput(this.shown));
    this.isShownHere = true;
    if (this.result) void this.settled.then(() => this.showEnd());
  }

  /** Replaces a display after the run has ended; the cell keeps its order, its times and its mark. */
  async replaceLater(output: vscode.NotebookCellOutput, data: KernelBundle): Promise<void> {
    const here = this.isShownHere ? output : this.inCell.outputs[this.shown.indexOf(output)];
    if (!here) throw new Error('its output is not in the notebook any more');
    // Only a run may write to a cell. What the editor says of the last one may be older than what is known here.
    const rerun = this.controller.createNotebookCellExecution(this.inCell);
    rerun.start(this.begun);
    rerun.executionOrder = this.result?.order;
    const items = bundleItems(data);
    if (items.length > 0) await rerun.replaceOutputItems(items, here);
    else {
      this.shown = this.shown.filter((other) => other !== output);
      await rerun.replaceOutput(this.inCell.outputs.filter((other) => other !== here));
    }
    rerun.end(this.result?.success, this.ended);
  }

  private showEnd(): void {
    if (!this.execution) return;
    this.execution.executionOrder = this.result?.order;
    this.execution.end(this.result?.success, this.ended);
  }

  private target(): OutputTarget<ShownDisplay> {
    const put = (output: vscode.NotebookCellOutput): ShownDisplay => {
      this.shown.push(output);
      this.send((execution) => execution.appendOutput(output));
      return { run: this, output };
    };
    return {
      put: (output) => put(notebookOutput(output, this.addressOf)),
      putText: (name, text) => put(new vscode.NotebookCellOutput([textItem(name, text)], { outputType: 'stream' })),
      extendText: ({ output }, name, text) => {
        const item = textItem(name, text);
        output.items.push(item);
        if (output.items.length > mostPieces) output.items = joinTexts(output.items);
        this.send((execution) => execution.appendOutputItems(item, output));
      },
      replace: ({ output }, data) => {
        output.items = bundleItems(data);
        if (!this.shown.includes(output)) put(output);
        else if (output.items.length > 0) this.send((execution) => execution.replaceOutputItems(output.items, output));
        else {
          // The editor goes on showing an output of which nothing is left.
          const left = this.shown.filter((other) => other !== output);
          this.shown = left;
          this.send((execution) => execution.replaceOutput(left));
        }
      },
    };
  }

  /** A cell may be deleted while it runs; then there is nowhere to put its outputs. */
  private send(call: (execution: vscode.NotebookCellExecution) => Thenable<void>): void {
    if (!this.execution) return;
    const sent = Promise.resolve(call(this.execution)).catch(this.onProblem);
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

  /** The notebook goes on as another one. */
  follow(notebook: vscode.NotebookDocument): void {
    for (const { run } of [...this.shown.values()].flat()) run.follow(notebook);
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

/** The cell that a cell has become in the notebook that goes on, if it is there. */
export function successorOf({ document, index }: vscode.NotebookCell, notebook: vscode.NotebookDocument): vscode.NotebookCell | undefined {
  const cells = notebook.getCells();
  const texts = cells.map((cell) => cell.document.getText());
  const place = placeOf(document.getText(), index, texts);
  return place === undefined ? undefined : cells[place];
}

/** Text that came in pieces as one item for each stretch of the same kind. */
function joinTexts(items: readonly vscode.NotebookCellOutputItem[]): vscode.NotebookCellOutputItem[] {
  const joined: { readonly mime: string; readonly pieces: Uint8Array[] }[] = [];
  for (const { mime, data } of items) {
    const last = joined.at(-1);
    if (last?.mime === mime) last.pieces.push(data);
    else joined.push({ mime, pieces: [data] });
  }
  return joined.map(({ mime, pieces }) => new vscode.NotebookCellOutputItem(Buffer.concat(pieces), mime));
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
