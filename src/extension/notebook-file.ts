// A notebook's file as nbformat 4 has it: whose it is, and its gradient checks. Nothing of the editor.
import { isGradcheckCell } from '../protocol/gradcheck-cells.js';
import { kernelMetadata } from '../protocol/kernel-metadata.js';
import { labelOf } from './check-label.js';

/** A gradient-check cell of a file. */
export interface CheckInFile {
  /** As `checkIds` gives it. */
  readonly id: string;
  readonly label: string;
}

/** Whether a file was written for this kernel: `metadata` says so, or code imports the library. */
export function isForParseval(metadata: unknown, codes: () => Iterable<string>): boolean {
  const kernelspec = isObject(metadata) ? metadata.kernelspec : undefined;
  if (isObject(kernelspec) && typeof kernelspec.name === 'string' && kernelspec.name !== '') {
    return kernelspec.name === kernelMetadata.kernelspec.name;
  }
  for (const code of codes()) if (/\bfrom\s*['"]parseval['"]/.test(code)) return true;
  return false;
}

/** The tags in a cell's metadata as the file has them. */
export function tagsIn(metadata: unknown): readonly unknown[] {
  return isObject(metadata) && Array.isArray(metadata.tags) ? metadata.tags : [];
}

/**
 * The names in lists of a notebook's checks, from top to bottom; the same before and after it is opened: the ids that the file gives, if it
 * does, else their places. No two are the same, though a file may hold an id twice.
 */
export function checkIds(checks: readonly { readonly id: unknown; readonly index: number }[]): string[] {
  const taken = new Set<string>();
  for (const { id, index } of checks) {
    const first = typeof id === 'string' && id !== '' ? id : `cell ${index + 1}`;
    let name = first;
    for (let copy = 2; taken.has(name); copy++) name = `${first} ${copy}`;
    taken.add(name);
  }
  return [...taken];
}

/** The gradient checks of a file's text; none where it is not a notebook of ours. */
export function checksInFile(text: string): CheckInFile[] {
  // Most notebooks of a workspace may be of other kernels, and long: this is quicker than to read them.
  if (!text.includes('gradcheck')) return [];
  const file = jsonOf(text);
  if (!isObject(file) || !Array.isArray(file.cells)) return [];
  const cells = file.cells
    .filter(isObject)
    .map((cell, index) => ({ ...cell, index, code: cell.cell_type === 'code' ? textOf(cell.source) : '' }));
  const codes = cells.filter(({ code }) => code.trim() !== '');
  if (!isForParseval(file.metadata, () => codes.map(({ code }) => code))) return [];
  const checks = codes.flatMap((cell, place) => {
    const { code, index, id, metadata } = { id: undefined, metadata: undefined, ...cell };
    return isGradcheckCell(code, tagsIn(metadata)) ? [{ id, index, label: labelOf(code, place + 1).label }] : [];
  });
  const ids = checkIds(checks);
  return checks.map(({ label }, place) => ({ id: ids[place] ?? '', label }));
}

function textOf(source: unknown): string {
  if (typeof source === 'string') return source;
  return Array.isArray(source) ? source.filter((line) => typeof line === 'string').join('') : '';
}

function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return undefined;
  }
}

/** Whether a value is an object with names. */
export function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
