// `parseval run`: executes a notebook cell by cell and saves it after each.
import { dirname, resolve } from 'node:path';
import type { CodeCell } from '../kernel/index.js';
import { replaceDisplay, withCell, withoutOutputs } from '../kernel/index.js';
import type { CellChecker } from './checker.js';
import type { DeviceChoice } from './device.js';
import { chooseDevice } from './device.js';
import type { TypeErrors } from './execute.js';
import { execute } from './execute.js';
import { exitCode } from './exit-code.js';
import type { CliLibrary } from './library.js';
import { checkedCell, readNotebook, runnableCells, shownFrom } from './notebook-file.js';
import { saveNotebook, savePictures } from './save.js';
import type { Streams } from './streams.js';
import { asTheyAre } from './streams.js';
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

/**
 * Runs a notebook in its own folder; all its old outputs go. Each cell is checked by `checker` before it runs; without one, none is. Returns
 * the exit code. Throws `NotebookError` for a file that cannot be run, and whatever the device answers.
 */
export async function run(options: RunArguments, library: CliLibrary, given: Streams, checker?: CellChecker): Promise<number> {
  const streams = asTheyAre(given);
  const { stdout, stderr } = streams;
  const input = resolve(options.notebook);
  const output = resolve(options.out ?? options.notebook);
  let notebook = withoutOutputs(readNotebook(input, options.notebook));
  const cells = runnableCells(notebook);
  checker?.open(dirname(input), cells.map(checkedCell));
  stdout.write(`${await chooseDevice(library, options.device)}\n`);

  const started = process.cwd();
  const shown = (file: string): string => shownFrom(started, file);
  /** Saves the notebook, with a cell that has changed. */
  const save = (index?: number, cell?: CodeCell): void => {
    if (index !== undefined && cell) notebook = withCell(notebook, index, cell);
    saveNotebook(output, notebook);
  };
  const summary = new Map<string, string>();
  let failed = 0;
  save();
  await execute(
    { file: input, cells, library, streams, checker, typeErrors: options.typeErrors },
    {
      output: (each) => collectSummary(summary, each),
      // The saved notebook shows the last state of a display, whichever cell put it out.
      update: (displayId, data) => {
        const changed = notebook.cells.map((cell) => {
          if (cell.type !== 'code' || !cell.outputs.some((each) => 'displayId' in each && each.displayId === displayId)) return cell;
          const outputs = [...cell.outputs];
          replaceDisplay(outputs, displayId, data);
          return { ...cell, outputs };
        });
        notebook = { ...notebook, cells: changed };
      },
      ended: ({ index, number, cell }, { status, executionCount, outputs }) => {
        save(index, { ...cell, outputs, executionCount });
        if (status === 'ok') return true;
        failed++;
        if (options.allowErrors) return true;
        stderr.write(`Stopped at cell ${number} of ${cells.length}, which failed. What ran so far is saved in ${shown(output)}.\n`);
        return false;
      },
      cutOff: ({ index, cell }, outputs, reason) => {
        save(index, { ...cell, outputs });
        return `${reason} What ran so far is saved in ${shown(output)}.`;
      },
    },
  );
  const pictures = options.out === undefined ? [] : savePictures(output, notebook);
  stdout.write(`\nNotebook: ${shown(output)}\n${pictures.map((file) => `Picture:  ${shown(file)}\n`).join('')}`);
  if (summary.size > 0) stdout.write(`\n${formatSummary(summary)}`);
  if (failed > 0 && options.allowErrors) stdout.write(`\n${failed} of ${cells.length} cells failed.\n`);
  return failed > 0 && !options.allowErrors ? exitCode.failed : exitCode.ok;
}
