// A notebook's file, and the cells in it that run.
import { readFileSync, statSync } from 'node:fs';
import { relative } from 'node:path';
import type { CodeCell, Notebook } from '../kernel/index.js';
import { NotebookError, parseNotebook } from '../kernel/index.js';
import type { CheckedCell } from './checker.js';

/** A cell that runs: one with code in it. */
export interface RunnableCell {
  readonly cell: CodeCell;
  /** Its place among all cells of the notebook, from 0. */
  readonly index: number;
  /** Its number among those that run, from 1: what stack traces call it. */
  readonly number: number;
  /** The heading right above the cell, or else its first line. */
  readonly title: string;
}

/** Reads a notebook; `name` is what errors call it. Throws `NotebookError`. */
export function readNotebook(file: string, name: string): Notebook {
  const stats = statSync(file, { throwIfNoEntry: false });
  if (!stats) throw new NotebookError(`${name}: there is no such file. Check the path.`);
  if (stats.isDirectory()) throw new NotebookError(`${name}: this is a folder. Give the path of an .ipynb file in it.`);
  return parseNotebook(readFileSync(file, 'utf8'), name);
}

/** The cells that run, from top to bottom. */
export function runnableCells(notebook: Notebook): RunnableCell[] {
  const code = notebook.cells.flatMap((cell, index) => (cell.type === 'code' && cell.source.trim() ? [{ cell, index }] : []));
  return code.map(({ cell, index }, at) => ({ cell, index, number: at + 1, title: titleOf(notebook, index) }));
}

/** A cell as the type checker sees it. */
export function checkedCell({ cell }: RunnableCell): CheckedCell {
  // Cells of JavaScript say so in the metadata that VS Code writes.
  const { vscode } = cell.rest.metadata as { readonly vscode?: { readonly languageId?: unknown } };
  return { code: cell.source, language: vscode?.languageId === 'javascript' ? 'javascript' : 'typescript' };
}

/** A file as it is shown to who gave a command in `folder`. */
export function shownFrom(folder: string, file: string): string {
  const near = relative(folder, file);
  return near.startsWith('..') ? file : near;
}

function titleOf({ cells }: Notebook, index: number): string {
  const above = cells[index - 1];
  const heading = above?.type === 'markdown' ? /^#{1,6}\s+(.*)$/m.exec(above.source)?.[1] : undefined;
  return heading ?? cells[index]?.source.trim().split('\n')[0] ?? '';
}
