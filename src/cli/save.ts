// Writes results to files. Synchronous, so that an interrupted run can save on its way out.
import { mkdirSync, readdirSync, realpathSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { basename, dirname, extname, join } from 'node:path';
import type { Notebook } from '../kernel/index.js';
import { serializeNotebook } from '../kernel/index.js';

/** Writes a notebook in one step. */
export function saveNotebook(file: string, notebook: Notebook): void {
  writeInOneStep(file, serializeNotebook(notebook));
}

/** Writes a file, and the folder where it stands: whoever reads it sees all of the old or all of the new text. */
export function writeInOneStep(file: string, text: string): void {
  mkdirSync(dirname(file), { recursive: true });
  const target = targetOf(file);
  const temporary = join(dirname(target), `.${basename(target)}.${process.pid}.tmp`);
  try {
    writeFileSync(temporary, text);
    renameSync(temporary, target);
  } catch (error) {
    rmSync(temporary, { force: true });
    throw error;
  }
}

/** A link stays a link to the file that is written. */
function targetOf(file: string): string {
  try {
    return realpathSync(file);
  } catch {
    return file;
  }
}

/**
 * Writes each PNG that code cells put out into the folder `<name>_files` next to `file`, in place of those of an earlier run, and returns
 * their paths. `cell-3-2.png` is the second picture of code cell 3.
 */
export function savePictures(file: string, notebook: Notebook): string[] {
  const folder = join(dirname(file), `${basename(file, extname(file))}_files`);
  const written: string[] = [];
  const codeCells = notebook.cells.filter((cell) => cell.type === 'code');
  for (const name of existing(folder)) if (/^cell-\d+-\d+\.png$/.test(name)) rmSync(join(folder, name));
  for (const [index, { outputs }] of codeCells.entries()) {
    const pictures = outputs.flatMap((output) => pngOf(output) ?? []);
    for (const [at, picture] of pictures.entries()) {
      mkdirSync(folder, { recursive: true });
      const path = join(folder, `cell-${index + 1}-${at + 1}.png`);
      writeFileSync(path, picture);
      written.push(path);
    }
  }
  return written;
}

function existing(folder: string): string[] {
  try {
    return readdirSync(folder);
  } catch {
    return [];
  }
}

function pngOf(output: object): Buffer | undefined {
  const data = 'data' in output && typeof output.data === 'object' ? output.data : undefined;
  const png = data && 'image/png' in data ? data['image/png'] : undefined;
  return typeof png === 'string' ? Buffer.from(png, 'base64') : undefined;
}
