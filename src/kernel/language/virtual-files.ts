// The modules of a notebook's cells: files that exist for the compiler alone, in the notebook's folder, so that relative imports start there.
import ts from 'typescript';
import { cellScheme } from './cell-module.js';
import type { CellSource } from './cell-source.js';
import { parse } from './files.js';

/** What a virtual file holds: a cell in TypeScript or JavaScript, or the declarations of one that ran. */
export type VirtualKind = '.mts' | '.mjs' | '.d.mts';

/** A module of a cell. Not changed: another text is another file. */
export class VirtualFile {
  private parsed: ts.SourceFile | undefined;
  private found: readonly string[] | undefined;

  constructor(
    readonly path: string,
    readonly text: string,
    /** Differs between two texts at one path. */
    readonly version: string,
  ) {}

  sourceFile(options: ts.CreateSourceFileOptions): ts.SourceFile {
    return (this.parsed ??= parse(this.path, this.text, this.version, options));
  }

  /** The ids of the modules that it speaks of. */
  get needs(): readonly string[] {
    return (this.found ??= Array.from(this.text.matchAll(idPattern), ([, byScheme, byPath]) => byScheme ?? byPath ?? ''));
  }
}

/** `__parseval_7_run_3.d.mts`: the third run of the seventh collection. */
const mark = '__parseval_';
const idPattern = new RegExp(`${cellScheme}(\\w+)|${mark}\\d+_(\\w+?)(?:\\.d)?\\.m[tj]s`, 'g');
const pathPattern = new RegExp(`${mark}\\d+_(\\w+)(?:\\.d)?\\.m[tj]s$`);
let versions = 0;
let collections = 0;

/** A collection of modules of one notebook, by id. */
export class VirtualFiles {
  /** How all their paths begin, and no others. */
  readonly prefix: string;
  private readonly byId = new Map<string, VirtualFile>();
  private readonly byPath = new Map<string, VirtualFile>();

  constructor(folder: string) {
    this.prefix = `${folder === '/' ? '' : folder}/${mark}${++collections}_`;
  }

  /** Puts a module in place of one with the same id; keeps the old one when nothing differs. */
  set(id: string, kind: VirtualKind, text: string): VirtualFile {
    const path = `${this.prefix}${id}${kind}`;
    const before = this.byId.get(id);
    if (before?.path === path && before.text === text) return before;
    return this.put(id, new VirtualFile(path, text, `v${++versions}`));
  }

  /** Makes a module be looked at anew, though its text is the same: what it imports may be elsewhere. */
  renew(id: string): void {
    const file = this.byId.get(id);
    if (file) this.put(id, new VirtualFile(file.path, file.text, `v${++versions}`));
  }

  delete(id: string): void {
    const file = this.byId.get(id);
    this.byId.delete(id);
    if (file) this.byPath.delete(file.path);
  }

  get(id: string): VirtualFile | undefined {
    return this.byId.get(id);
  }

  at(path: string): VirtualFile | undefined {
    return this.byPath.get(path);
  }

  ids(): readonly string[] {
    return [...this.byId.keys()];
  }

  /** The module that a specifier names, by its id or, as the compiler writes it in declarations, by its path. */
  resolve(specifier: string): ts.ResolvedModuleFull | undefined {
    const id = specifier.startsWith(cellScheme) ? specifier.slice(cellScheme.length) : idIn(specifier);
    const file = id === undefined ? undefined : this.byId.get(id);
    return file && { resolvedFileName: file.path, extension: extensionOf(file.path), isExternalLibraryImport: false };
  }

  private put(id: string, file: VirtualFile): VirtualFile {
    this.delete(id);
    this.byId.set(id, file);
    this.byPath.set(file.path, file);
    return file;
  }
}

/** The id of the module at a path, with any extension. */
export function idIn(path: string): string | undefined {
  return pathPattern.exec(path)?.[1];
}

function extensionOf(path: string): ts.Extension {
  if (path.endsWith('.d.mts')) return ts.Extension.Dmts;
  return path.endsWith('.mjs') ? ts.Extension.Mjs : ts.Extension.Mts;
}

/** What a cell's module is. */
export function kindOf({ language }: CellSource): VirtualKind {
  return language === 'typescript' ? '.mts' : '.mjs';
}
