// `parseval run`: executes a notebook cell by cell and saves it after each.
import { readFileSync, statSync } from 'node:fs';
import { dirname, relative, resolve } from 'node:path';
import type { MimeBundle } from '../display/sink.js';
import type { CellOutput, CodeCell, Notebook } from '../kernel/index.js';
import {
  append,
  captureWrites,
  createSession,
  NotebookError,
  parseNotebook,
  replaceDisplay,
  withCell,
  withoutOutputs,
} from '../kernel/index.js';
import type { CellChecker, CheckedCell } from './checker.js';
import { CheckerEnded } from './checker.js';
import type { DeviceChoice } from './device.js';
import { chooseDevice } from './device.js';
import { exitCode } from './exit-code.js';
import type { CliLibrary } from './library.js';
import type { Terminal } from './progress.js';
import { Progress } from './progress.js';
import { saveNotebook, savePictures } from './save.js';
import { collectSummary, formatSummary } from './summary.js';

/** The command's arguments. */
export interface RunArguments {
  readonly notebook: string;
  /** Where the executed notebook goes; in place of the input when not given. */
  readonly out?: string;
  readonly device: DeviceChoice;
  /** Whether to go on after a failing cell. */
  readonly allowErrors?: boolean;
  /** What a type error does: the cell does not run and has failed, or it runs all the same. */
  readonly typeErrors?: TypeErrors;
}

/** What `--type-errors` accepts. */
export const typeErrorChoices = ['stop', 'warn'] as const;
export type TypeErrors = (typeof typeErrorChoices)[number];

/** Where the command writes. */
export interface Streams {
  readonly stdout: Terminal;
  readonly stderr: Terminal;
}

/**
 * Runs a notebook in its own folder; all its old outputs go. Each cell is checked by `checker` before it runs; without one, none is. Returns
 * the exit code. Throws `NotebookError` for a file that cannot be run, and whatever the device answers.
 */
export async function run(options: RunArguments, library: CliLibrary, streams: Streams, checker?: CellChecker): Promise<number> {
  const [stdout, stderr] = [asItIs(streams.stdout), asItIs(streams.stderr)];
  const input = resolve(options.notebook);
  const output = resolve(options.out ?? options.notebook);
  let notebook = withoutOutputs(readNotebook(input, options.notebook));
  const codeCells = notebook.cells.flatMap((cell, index) => (cell.type === 'code' && cell.source.trim() ? [{ cell, index }] : []));
  checker?.open(
    dirname(input),
    codeCells.map(({ cell }) => ({ code: cell.source, language: languageOf(cell) })),
  );
  stdout.write(`${await chooseDevice(library, options.device)}\n`);

  const started = process.cwd();
  const shown = (file: string): string => {
    const near = relative(started, file);
    return near.startsWith('..') ? file : near;
  };
  const save = (): void => saveNotebook(output, notebook);
  // Paths in cells start from the notebook, wherever the command was given.
  process.chdir(dirname(input));
  const session = createSession({ library, cwd: dirname(input), onUpdate: (displayId, data) => update(displayId, data) });
  const summary = new Map<string, string>();
  const progress = new Progress(stdout, codeCells.length);
  let running: { readonly index: number; readonly number: number; readonly cell: CodeCell; readonly outputs: CellOutput[] } | undefined;
  let failed = 0;

  /** The saved notebook shows the last state of a display, whichever cell put it out. */
  const update = (displayId: string, data: MimeBundle): void => {
    notebook = {
      ...notebook,
      cells: notebook.cells.map((cell) => {
        if (cell.type !== 'code' || !cell.outputs.some((each) => 'displayId' in each && each.displayId === displayId)) return cell;
        const outputs = [...cell.outputs];
        replaceDisplay(outputs, displayId, data);
        return { ...cell, outputs };
      }),
    };
    if (running) replaceDisplay(running.outputs, displayId, data);
    progress.update(displayId, data);
  };

  /** The running cell will not end: saves what it put out so far. */
  const cutOff = (reason: string): void => {
    if (!running) return;
    session.flush();
    const { index, number, cell, outputs } = running;
    running = undefined;
    append(outputs, { output_type: 'error', ename: 'Interrupted', evalue: reason, traceback: [reason] });
    notebook = withCell(notebook, index, { ...cell, outputs });
    progress.end();
    save();
    stderr.write(`Cell ${number} of ${codeCells.length}: ${reason} What ran so far is saved in ${shown(output)}.\n`);
  };
  /** Whether the cell may run. */
  const checkTypes = async (number: number, onOutput: (output: CellOutput) => void): Promise<boolean> => {
    const errors = await checker?.check(number).catch((error: unknown) => {
      if (!(error instanceof CheckerEnded)) throw error;
      stderr.write(`The type checker ended, so cells run unchecked from here: ${error.message}\n`);
      checker = undefined;
      return null;
    });
    if (errors && options.typeErrors !== 'warn') {
      onOutput(errors);
      return false;
    }
    if (errors) onOutput({ output_type: 'stream', name: 'stderr', text: `${errors.traceback.join('\n')}\n` });
    checker?.ran(number);
    return true;
  };
  const onInterrupt = (): void => {
    cutOff('Interrupted.');
    process.exit(exitCode.interrupted);
  };
  const onExit = (code: number): void => {
    if (!running) return;
    cutOff(`The cell ended the process (exit code ${code}).`);
    process.exitCode = exitCode.failed;
  };
  const onNothingLeft = (): void => {
    cutOff('The cell awaits something that will never come.');
    process.exit(exitCode.failed);
  };
  process.on('SIGINT', onInterrupt);
  process.on('exit', onExit);
  process.on('beforeExit', onNothingLeft);
  const release = captureWrites(
    (name, text) => session.write(name, text),
    () => running !== undefined,
  );
  try {
    save();
    for (const [at, { cell, index }] of codeCells.entries()) {
      const outputs: CellOutput[] = [];
      running = { index, number: at + 1, cell, outputs };
      const onOutput = (each: CellOutput): void => {
        append(outputs, each);
        collectSummary(summary, each);
        progress.output(each);
      };
      progress.start(at + 1, titleOf(notebook, index));
      const isRunnable = await checkTypes(at + 1, onOutput);
      const result = isRunnable ? await session.run(cell.source, { cell: at + 1, onOutput }) : { status: 'error', executionCount: null };
      running = undefined;
      progress.end(result.status === 'ok' ? 'done' : 'failed');
      notebook = withCell(notebook, index, { ...cell, outputs, executionCount: result.executionCount });
      save();
      if (result.status === 'ok') continue;
      failed++;
      if (options.allowErrors) continue;
      stderr.write(`Stopped at cell ${at + 1} of ${codeCells.length}, which failed. What ran so far is saved in ${shown(output)}.\n`);
      break;
    }
    const pictures = options.out === undefined ? [] : savePictures(output, notebook);
    stdout.write(`\nNotebook: ${shown(output)}\n${pictures.map((file) => `Picture:  ${shown(file)}\n`).join('')}`);
    if (summary.size > 0) stdout.write(`\n${formatSummary(summary)}`);
    if (failed > 0 && options.allowErrors) stdout.write(`\n${failed} of ${codeCells.length} cells failed.\n`);
    return failed > 0 && !options.allowErrors ? exitCode.failed : exitCode.ok;
  } finally {
    process.off('SIGINT', onInterrupt);
    process.off('exit', onExit);
    process.off('beforeExit', onNothingLeft);
    release();
    session.dispose();
    process.chdir(started);
  }
}

/** A terminal that is written to though writes to its stream are captured: what the command itself prints is no output of a cell. */
function asItIs(terminal: Terminal): Terminal {
  const write = terminal.write.bind(terminal);
  return {
    write,
    get isTTY() {
      return terminal.isTTY === true;
    },
    get columns() {
      return terminal.columns;
    },
  };
}

function readNotebook(file: string, name: string): Notebook {
  const stats = statSync(file, { throwIfNoEntry: false });
  if (!stats) throw new NotebookError(`${name}: there is no such file. Check the path.`);
  if (stats.isDirectory()) throw new NotebookError(`${name}: this is a folder. Give the path of an .ipynb file in it.`);
  return parseNotebook(readFileSync(file, 'utf8'), name);
}

/** Cells of JavaScript say so in the metadata that VS Code writes. */
function languageOf({ rest: { metadata } }: CodeCell): CheckedCell['language'] {
  const { vscode } = metadata as { readonly vscode?: { readonly languageId?: unknown } };
  return vscode?.languageId === 'javascript' ? 'javascript' : 'typescript';
}

/** A heading right above the cell, or else its first line. */
function titleOf({ cells }: Notebook, index: number): string {
  const above = cells[index - 1];
  const heading = above?.type === 'markdown' ? /^#{1,6}\s+(.*)$/m.exec(above.source)?.[1] : undefined;
  return heading ?? cells[index]?.source.trim().split('\n')[0] ?? '';
}
