// Notebook files: reads nbformat 4 strictly, and writes it so that any viewer shows what the cells put out.
// Format: https://nbformat.readthedocs.io/en/latest/format_description.html
import { kernelMetadata } from '../protocol/kernel-metadata.js';
import type { CellOutput } from './outputs.js';

/** An object of a JSON file. */
export type JsonObject = Readonly<Record<string, unknown>>;

/** A cell that is TypeScript to run. */
export interface CodeCell {
  readonly type: 'code';
  readonly source: string;
  readonly outputs: readonly (CellOutput | JsonObject)[];
  readonly executionCount: number | null;
  /** Metadata, id and whatever else the file says of the cell. */
  readonly rest: JsonObject;
}

/** A cell that is not run, as it stands in the file. */
export interface OtherCell {
  readonly type: 'markdown' | 'raw';
  readonly source: string;
  readonly json: JsonObject;
}

/** One cell of a notebook. */
export type NotebookCell = CodeCell | OtherCell;

/** A notebook. Values are not changed in place: replace a cell, or the notebook. */
export interface Notebook {
  readonly cells: readonly NotebookCell[];
  /** What the file says beside the cells, unknown metadata included. */
  readonly rest: JsonObject;
}

/** A file is not a notebook that can be run: says what is wrong with it and what to do. */
export class NotebookError extends Error {
  override readonly name = 'NotebookError';
}

/** Reads the text of a notebook; `file` names it in errors. Throws `NotebookError`. */
export function parseNotebook(text: string, file: string): Notebook {
  const fail = (message: string): never => {
    throw new NotebookError(`${file}: ${message}`);
  };
  const json = parseJson(text, fail);
  if (!isObject(json)) return fail(`a notebook is a JSON object, but this file holds ${describe(json)}. Is it a notebook?`);
  const { nbformat, nbformat_minor: minor, metadata, cells, ...others } = json;
  if (nbformat === undefined) {
    fail(`the field "nbformat" is missing, so this is not a notebook; expected {"nbformat": 4, "cells": […], …}. Is it the right file?`);
  }
  if (nbformat !== 4) {
    fail(`its format is nbformat ${describe(nbformat)}, but only nbformat 4 is read. Convert it with 'jupyter nbconvert --to notebook'.`);
  }
  if (!Number.isInteger(minor)) fail(`"nbformat_minor" must be an integer, but is ${describe(minor)}. Write it as 5.`);
  if (!isObject(metadata)) return fail(`"metadata" must be an object, but is ${describe(metadata)}. Write it as {}.`);
  if (!Array.isArray(cells)) return fail(`"cells" must be a list of cells, but is ${describe(cells)}. The file may be damaged.`);
  const language = languageOf(metadata);
  if (language !== undefined && !isOurs(language)) {
    fail(`its language is ${language}, but cells must be TypeScript. Choose the kernel Parseval for it, or rewrite its cells.`);
  }
  return {
    cells: cells.map((cell: unknown, index) => parseCell(cell, (message) => fail(`cell ${index + 1}: ${message}`))),
    rest: { ...others, nbformat, nbformat_minor: minor, metadata },
  };
}

/** The notebook without anything that its cells put out before. */
export function withoutOutputs(notebook: Notebook): Notebook {
  const cells = notebook.cells.map((cell) => (cell.type === 'code' ? { ...cell, outputs: [], executionCount: null } : cell));
  return { ...notebook, cells };
}

/** The notebook with one cell replaced. */
export function withCell(notebook: Notebook, index: number, cell: NotebookCell): Notebook {
  return { ...notebook, cells: notebook.cells.with(index, cell) };
}

/** The text of the file: indented by one as Jupyter does, texts as lists of lines, keys in a fixed order, Parseval as the kernel. */
export function serializeNotebook({ cells, rest }: Notebook): string {
  const { metadata } = rest;
  const json = {
    ...rest,
    cells: cells.map(cellToJson),
    metadata: {
      ...(isObject(metadata) ? metadata : {}),
      ...kernelMetadata,
    },
  };
  return `${JSON.stringify(sorted(json), undefined, 1)}\n`;
}

type Fail = (message: string) => never;

function parseJson(text: string, fail: Fail): unknown {
  if (text.trim() === '') return fail('the file is empty; expected a notebook in JSON. Was it saved?');
  try {
    // Some editors begin a file with a byte order mark.
    return JSON.parse(text.replace(/^\uFEFF/, ''));
  } catch (error) {
    return fail(
      `it is not JSON (${error instanceof Error ? error.message : String(error)}). The file may be cut off or hold a merge conflict.`,
    );
  }
}

function parseCell(json: unknown, fail: Fail): NotebookCell {
  if (!isObject(json)) return fail(`a cell must be an object, but is ${describe(json)}.`);
  const { cell_type: type, source, outputs, execution_count: count, ...rest } = json;
  if (type !== 'code' && type !== 'markdown' && type !== 'raw') {
    return fail(`"cell_type" must be "code", "markdown" or "raw", but is ${describe(type)}.`);
  }
  if (!isText(source)) return fail(`"source" must be a string or a list of strings, but is ${describe(source)}.`);
  const text = typeof source === 'string' ? source : source.join('');
  if (!isObject(rest.metadata)) return fail(`"metadata" must be an object, but is ${describe(rest.metadata)}. Write it as {}.`);
  if (type !== 'code') return { type, source: text, json };
  const { vscode } = rest.metadata;
  const language = isObject(vscode) ? vscode.languageId : undefined;
  if (typeof language === 'string' && !isOurs(language)) {
    fail(`it is marked as ${language}, but cells must be TypeScript. Make it a markdown cell, or change its language.`);
  }
  if (!Array.isArray(outputs) || !outputs.every(isObject)) {
    return fail(`"outputs" must be a list of outputs, but is ${describe(outputs)}. Write it as [].`);
  }
  if (count !== null && typeof count !== 'number') return fail(`"execution_count" must be a number or null, but is ${describe(count)}.`);
  return { type, source: text, outputs, executionCount: count, rest };
}

function languageOf({ kernelspec, language_info: info }: JsonObject): string | undefined {
  const language = (isObject(kernelspec) ? kernelspec.language : undefined) ?? (isObject(info) ? info.name : undefined);
  return typeof language === 'string' && language !== '' ? language : undefined;
}

/** JavaScript is TypeScript, too. */
function isOurs(language: string): boolean {
  return ['typescript', 'javascript'].includes(language.toLowerCase());
}

function cellToJson(cell: NotebookCell): JsonObject {
  if (cell.type !== 'code') return sorted(cell.json);
  return sorted({
    ...cell.rest,
    cell_type: 'code',
    execution_count: cell.executionCount,
    outputs: cell.outputs.filter(showsSomething).map(outputToJson),
    source: lines(cell.source),
  });
}

/** False for a display that took away what it had shown. */
function showsSomething(output: CellOutput | JsonObject): boolean {
  const { output_type: type, data }: JsonObject = { ...output };
  return type !== 'display_data' || !isObject(data) || Object.keys(data).length > 0;
}

function outputToJson(output: CellOutput | JsonObject): JsonObject {
  // Names of displays live as long as the kernel.
  const { displayId: _, ...json }: JsonObject = { ...output };
  if (typeof json.text === 'string') return sorted({ ...json, text: lines(json.text) });
  if (!isObject(json.data)) return sorted(json);
  const data: Record<string, unknown> = {};
  for (const [mime, value] of Object.entries(json.data)) {
    data[mime] = isTextual(mime) && typeof value === 'string' ? lines(value) : value;
  }
  return sorted({ ...json, data: sorted(data) });
}

/** Whether people read and compare the form; base64 stays one string. */
function isTextual(mime: string): boolean {
  return mime.startsWith('text/') || mime === 'image/svg+xml';
}

/** A text as nbformat keeps it, so that differences of files show lines. */
function lines(text: string): string[] {
  return text.match(/[^\n]*\n|[^\n]+$/g) ?? [];
}

function sorted(json: JsonObject): JsonObject {
  return Object.fromEntries(Object.entries(json).sort(([a], [b]) => (a < b ? -1 : 1)));
}

function isObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function isText(value: unknown): value is string | string[] {
  return typeof value === 'string' || (Array.isArray(value) && value.every((line) => typeof line === 'string'));
}

/** A value as an error shows it. */
function describe(value: unknown): string {
  if (value === undefined) return 'missing';
  if (Array.isArray(value)) return 'a list';
  if (typeof value === 'object' && value !== null) return 'an object';
  return JSON.stringify(value);
}
