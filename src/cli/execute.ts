// Runs cells of a notebook one after another, with their progress on the terminal.
import { dirname } from 'node:path';
import type { MimeBundle } from '../display/sink.js';
import type { CellOutput } from '../kernel/index.js';
import { append, captureWrites, createSession, replaceDisplay } from '../kernel/index.js';
import type { CellChecker } from './checker.js';
import { CheckerEnded } from './checker.js';
import { exitCode } from './exit-code.js';
import type { CliLibrary } from './library.js';
import type { RunnableCell } from './notebook-file.js';
import { Progress } from './progress.js';
import type { Streams } from './streams.js';

/** What `--type-errors` accepts. */
export const typeErrorChoices = ['stop', 'warn'] as const;
export type TypeErrors = (typeof typeErrorChoices)[number];

/** What is run, and with what. */
export interface Execution {
  /** The notebook's file, as an absolute path: cells run in its folder. */
  readonly file: string;
  readonly cells: readonly RunnableCell[];
  readonly library: CliLibrary;
  /** As `asTheyAre` gives them. */
  readonly streams: Streams;
  /** Checks each cell before it runs, and knows them all; without one, none is checked. */
  readonly checker?: CellChecker | undefined;
  /** What a type error does: the cell does not run and has failed, or it runs all the same. */
  readonly typeErrors?: TypeErrors | undefined;
}

/** What became of a cell. */
export interface CellEnd {
  readonly status: 'ok' | 'error' | 'interrupted';
  /** Null where type errors kept it from running. */
  readonly executionCount: number | null;
  readonly outputs: CellOutput[];
  readonly seconds: number;
}

/** Who is told of a run. */
export interface Listener {
  /** A cell begins. */
  readonly begins?: (cell: RunnableCell) => void;
  readonly output?: (output: CellOutput) => void;
  /** A display, of whichever cell, has new forms. Outputs of the running cell have them already. */
  readonly update?: (displayId: string, data: MimeBundle) => void;
  /** A cell has ended; answers whether the next one is to run. */
  readonly ended: (cell: RunnableCell, end: CellEnd) => boolean;
  /** The running cell will not end, and the process leaves: what is to be kept must be kept at once. Answers what to say of it. */
  readonly cutOff: (cell: RunnableCell, outputs: CellOutput[], reason: string) => string;
}

/** Runs the cells until the listener has enough. While it does, an interrupt ends the process. */
export async function execute({ file, cells, library, streams, checker, typeErrors }: Execution, listener: Listener): Promise<void> {
  const { stdout, stderr } = streams;
  const started = process.cwd();
  const progress = new Progress(stdout, cells.length);
  let running: { readonly cell: RunnableCell; readonly outputs: CellOutput[] } | undefined;

  const onUpdate = (displayId: string, data: MimeBundle): void => {
    if (running) replaceDisplay(running.outputs, displayId, data);
    listener.update?.(displayId, data);
    progress.update(displayId, data);
  };

  const cutOff = (reason: string): void => {
    if (!running) return;
    session.flush();
    const { cell, outputs } = running;
    running = undefined;
    append(outputs, { output_type: 'error', ename: 'Interrupted', evalue: reason, traceback: [reason] });
    progress.end();
    stderr.write(`Cell ${cell.number} of ${cells.length}: ${listener.cutOff(cell, outputs, reason)}\n`);
  };
  /** Whether the cell may run. */
  const checkTypes = async (number: number, onOutput: (output: CellOutput) => void): Promise<boolean> => {
    const errors = await checker?.check(number).catch((error: unknown) => {
      if (!(error instanceof CheckerEnded)) throw error;
      stderr.write(`The type checker ended, so cells run unchecked from here: ${error.message}\n`);
      checker = undefined;
      return null;
    });
    if (errors && typeErrors !== 'warn') {
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

  // Paths in cells start from the notebook, wherever the command was given.
  process.chdir(dirname(file));
  const session = createSession({ library, cwd: dirname(file), onUpdate });
  process.on('SIGINT', onInterrupt);
  process.on('exit', onExit);
  process.on('beforeExit', onNothingLeft);
  const release = captureWrites(
    (name, text) => session.write(name, text),
    () => running !== undefined,
  );
  try {
    for (const each of cells) {
      const { cell, number, title } = each;
      const outputs: CellOutput[] = [];
      running = { cell: each, outputs };
      const onOutput = (output: CellOutput): void => {
        append(outputs, output);
        listener.output?.(output);
        progress.output(output);
      };
      listener.begins?.(each);
      progress.start(number, title);
      const begun = performance.now();
      const isRunnable = await checkTypes(number, onOutput);
      const result = isRunnable
        ? await session.run(cell.source, { cell: number, onOutput })
        : { status: 'error' as const, executionCount: null };
      running = undefined;
      progress.end(result.status === 'ok' ? 'done' : 'failed');
      const { status, executionCount } = result;
      if (!listener.ended(each, { status, executionCount, outputs, seconds: (performance.now() - begun) / 1000 })) break;
    }
  } finally {
    process.off('SIGINT', onInterrupt);
    process.off('exit', onExit);
    process.off('beforeExit', onNothingLeft);
    release();
    session.dispose();
    process.chdir(started);
  }
}
