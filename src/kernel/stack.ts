// Stacks in the notebook's terms: `at f (cell 3:5:12)` is the line and column as typed. Installed as Error.prepareStackTrace, so that a
// stack reads well wherever it is looked at, and not only in the session's own tracebacks.
import { findSourceMap } from 'node:module';
import { isAbsolute, join, relative, sep } from 'node:path';
import { fileURLToPath } from 'node:url';
import { unmangle } from './rewrite.js';
import type { Segments } from './source-map.js';
import { findExactSource } from './source-map.js';
import type { CellPlace } from './syntax-error.js';

/** Where in a script that ran: as V8 counts, from 0. */
export interface ScriptPlace {
  readonly script: string;
  readonly line: number;
  readonly column: number;
}

/** A place in a cell, with the cell as typed. */
export type SourcePlace = CellPlace & { readonly source: string };

interface CellScript {
  readonly cell: number;
  /** The cell as typed. */
  readonly source: string;
  /** What ran, and the map that leads from it to the cell. */
  readonly code: string;
  readonly segments: Segments;
}

/** Every version of every cell that ran: closures of an earlier version may fail at any time. */
const scripts = new Map<string, CellScript>();
/** Enough for a chain of library calls between the throw and the cell. */
const stackLimit = 50;

/** Registers a compiled cell under its script's name. */
export function registerScript(filename: string, script: CellScript): void {
  scripts.set(filename, script);
}

/** The place of the innermost frame in a cell, with the cell's text, or undefined when the stack never was in one. */
export function cellPlaceOf(error: Error): SourcePlace | undefined {
  // Reading the stack makes V8 format it, and so fills the places.
  void error.stack;
  return places.get(error);
}

/** The place in a cell of a place in the script that ran for it. */
export function placeInCell({ script: name, line, column }: ScriptPlace): SourcePlace | undefined {
  const script = scripts.get(name);
  if (!script) return undefined;
  const source = findExactSource(script.segments, { line, column }, script.code, script.source);
  return source && { cell: script.cell, line: source.line + 1, column: source.column + 1, source: script.source };
}

/** A place in the script of a cell as stacks name it. */
export function describePlace(at: ScriptPlace): string {
  const place = placeInCell(at);
  return place ? `cell ${place.cell}:${place.line}:${place.column}` : 'a cell';
}

/** How far up the stack a call of the library may have come from. */
const lookupLimit = 30;

/** The place in a cell's script of the code that runs now, or undefined when it does not run on a cell's behalf. */
export function currentPlace(): ScriptPlace | undefined {
  const { stackTraceLimit } = Error;
  const prepare: unknown = Reflect.get(Error, 'prepareStackTrace');
  let found: ScriptPlace | undefined;
  const holder: { stack?: string } = {};
  Error.stackTraceLimit = lookupLimit;
  Error.prepareStackTrace = (_, sites) => {
    const site = sites.find((each) => scripts.has(scriptOf(each)));
    found = site && { script: scriptOf(site), line: (site.getLineNumber() ?? 1) - 1, column: (site.getColumnNumber() ?? 1) - 1 };
  };
  Error.captureStackTrace(holder, currentPlace);
  // V8 asks for the frames when the stack is read.
  void holder.stack;
  Error.stackTraceLimit = stackTraceLimit;
  Reflect.set(Error, 'prepareStackTrace', prepare);
  return found;
}

/** The `at …` lines at the top of an error's stack that lie in the library and in what it called, as long as other code called it. */
export function libraryFrames(error: Error): readonly string[] {
  void error.stack;
  return inLibrary.get(error) ?? [];
}

const places = new WeakMap<object, SourcePlace>();
const inLibrary = new WeakMap<object, readonly string[]>();
let installed = false;

/** Makes stacks name cells from now on; frames of files are shown relative to the folder `cwd`. */
export function installStackTraces(cwd: string): void {
  folder = cwd;
  if (installed) return;
  installed = true;
  Error.stackTraceLimit = Math.max(Error.stackTraceLimit, stackLimit);
  const previous: ((error: Error, sites: NodeJS.CallSite[]) => unknown) | undefined = Error.prepareStackTrace?.bind(Error);
  Error.prepareStackTrace = (error, sites) => {
    const inCells = sites.some((site) => scripts.has(scriptOf(site)));
    if (!inCells && previous) return previous(error, [...outsideKernel(sites)]);
    const place = sites.map(cellPlace).find((found) => found !== undefined);
    if (place) places.set(error, place);
    const shown = inCells ? relevant(sites) : outsideKernel(sites);
    const frames = shown.map((site) => `    at ${inCells ? short(site) : textOf(site)}`);
    if (inCells) inLibrary.set(error, frames.slice(0, librarysPart(shown)));
    return [header(error), ...frames].join('\n');
  };
}

let folder = '';

function header(error: Error): string {
  try {
    return unmangle(String(error));
  } catch {
    return 'Error';
  }
}

/** V8 gives wrapped promises and evaluated code no script name. */
function scriptOf(site: NodeJS.CallSite): string {
  return site.getFileName() ?? '';
}

/** From the throw to the outermost frame in a cell: what is beyond it is the kernel; Node's own inner frames say nothing to a reader. */
function relevant(sites: readonly NodeJS.CallSite[]): readonly NodeJS.CallSite[] {
  const last = sites.findLastIndex((site) => scripts.has(scriptOf(site)));
  return sites.slice(0, last + 1).filter((site) => !scriptOf(site).startsWith('node:internal/') && !isKernel(scriptOf(site)));
}

/** What failed in the library on the kernel's behalf, without the kernel; the kernel's own failures are shown whole. */
function outsideKernel(sites: readonly NodeJS.CallSite[]): readonly NodeJS.CallSite[] {
  const first = sites.findIndex((site) => isKernel(scriptOf(site)));
  return first > 0 ? sites.slice(0, first) : sites;
}

/** Whether a file is the kernel's: of its folder among the sources; when built, any beside the library that holds its parts. */
export function isKernel(file: string): boolean {
  return file.startsWith(kernelFolder) && file !== libraryFile;
}

const kernelFolder = new URL('.', import.meta.url).href;
const libraryFile = new URL('index.js', import.meta.url).href;

function cellPlace(site: NodeJS.CallSite): SourcePlace | undefined {
  const line = site.getLineNumber();
  const column = site.getColumnNumber();
  return line && column ? placeInCell({ script: scriptOf(site), line: line - 1, column: column - 1 }) : undefined;
}

/** A frame as its reader knows it: a cell, a file of the notebook's folder, a package. */
function short(site: NodeJS.CallSite): string {
  const place = cellPlace(site);
  if (place) return relocated(site, `cell ${place.cell}:${place.line}:${place.column}`);
  const { file, line, column } = sourceOf(site);
  return relocated(site, `${shortFile(file)}:${line}:${column}`);
}

function shortFile(file: string): string {
  const path = file.startsWith('file:') ? fileURLToPath(file) : file;
  if (!isAbsolute(path)) return path;
  const modules = `${sep}node_modules${sep}`;
  const packaged = path.lastIndexOf(modules);
  if (packaged >= 0) return path.slice(packaged + modules.length);
  const near = relative(folder, path);
  if (!near.startsWith('..')) return `.${sep}${near}`;
  const inLibrary = relative(packageFolder, path);
  return inLibrary.startsWith('..') ? path : join('parseval', inLibrary);
}

/** This file stands in src/kernel in the sources and in dist when built. */
const packageFolder = fileURLToPath(import.meta.url).replace(/[\\/](src[\\/]kernel|dist)[\\/][^\\/]*$/, '');

/** The library's own files, from which the kernel's are left out before. */
const libraryFolders = ['dist', 'src'].map((folder) => join(packageFolder, folder, sep));

/** How many frames at the top of a stack the library is answerable for: its own, and those of Node that it called. */
function librarysPart(sites: readonly NodeJS.CallSite[]): number {
  const caller = sites.findIndex((site) => !/^(node:|$)/.test(scriptOf(site)) && !isLibrary(scriptOf(site)));
  return sites.slice(0, Math.max(0, caller)).findLastIndex((site) => isLibrary(scriptOf(site))) + 1;
}

function isLibrary(file: string): boolean {
  const path = file.startsWith('file:') ? fileURLToPath(file) : file;
  return libraryFolders.some((each) => path.startsWith(each));
}

/** The place of a frame in a file, or in what it was made from where Node keeps a source map. */
function sourceOf(site: NodeJS.CallSite): { file: string; line: number | null; column: number | null } {
  const file = scriptOf(site);
  const line = site.getLineNumber();
  const column = site.getColumnNumber();
  const map = line && column ? findSourceMap(file) : undefined;
  const entry = map?.findEntry((line ?? 1) - 1, (column ?? 1) - 1);
  if (!entry || !('originalSource' in entry)) return { file, line, column };
  return { file: entry.originalSource, line: entry.originalLine + 1, column: entry.originalColumn + 1 };
}

function relocated(site: NodeJS.CallSite, place: string): string {
  return textOf(site).replace(`${scriptOf(site)}:${site.getLineNumber()}:${site.getColumnNumber()}`, () => place);
}

/** V8's own wording of a frame. */
function textOf(site: { toString(): string }): string {
  return site.toString();
}
