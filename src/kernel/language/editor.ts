// The cells of one notebook as they stand in the editor, for TypeScript's language service: each a module, in which a name of another cell
// means what the nearest cell above declares, else the nearest below.
import ts from 'typescript';
import type { ModuleText } from './cell-module.js';
import { takeNames, writeModule } from './cell-module.js';
import { environment } from './environment.js';
import { Nearest } from './nearest.js';
import type { Cell } from './nearest.js';
import type { Common } from './programs.js';
import { CellHost, options } from './programs.js';
import { idIn, kindOf, VirtualFiles } from './virtual-files.js';

/** A cell with its module. */
export interface EditorCell {
  readonly cell: Cell;
  readonly module: ModuleText;
  readonly path: string;
}

/** The language service of one notebook. */
export class Editor {
  readonly service: ts.LanguageService;
  private readonly virtual: VirtualFiles;
  private readonly host: EditorHost;
  private nearest = new Nearest([]);
  private modules: ReadonlyMap<number, EditorCell> = new Map();
  /** The cell in which all names of other cells are in scope, not only those that it mentions: where somebody types. */
  private active: number | undefined;
  /** Texts that mention a name that nobody declares: all names are in scope there, too, since TypeScript suggests the one that was meant. */
  private readonly puzzled = new WeakSet<object>();
  private isWritten = false;
  private generation = 0;

  constructor(
    private readonly common: Common,
    folder: string,
  ) {
    this.virtual = new VirtualFiles(folder);
    this.host = new EditorHost(common, this.virtual, folder);
    this.service = ts.createLanguageService(this.host, new SharedDocuments(this.host));
  }

  /** The cells as they are now. */
  setCells(nearest: Nearest): void {
    this.nearest = nearest;
    this.isWritten = false;
  }

  /** Puts all names into the scope of a cell. */
  activate({ number }: Cell): void {
    if (this.active === number) return;
    this.active = number;
    this.isWritten = false;
  }

  /** Like `activate`, until the cell's text changes. */
  widen({ source }: Cell): void {
    if (this.puzzled.has(source)) return;
    this.puzzled.add(source);
    this.isWritten = false;
  }

  /** Whether all names are in the scope of a cell. */
  isWide({ number, source }: Cell): boolean {
    return this.active === number || this.puzzled.has(source);
  }

  /** A cell with its module, as it is now. */
  at(number: number): EditorCell {
    this.write();
    const cell = this.modules.get(number);
    if (!cell) throw new Error(`There is no cell ${number}.`);
    return cell;
  }

  /** The cell whose module is at a path. */
  cellAt(path: string): EditorCell | undefined {
    const id = idIn(path);
    return id === undefined ? undefined : this.modules.get(numberIn(id));
  }

  /** All cells with their modules. */
  cells(): readonly EditorCell[] {
    this.write();
    return [...this.modules.values()];
  }

  /** The program of the cells as they are now. */
  program(): ts.Program {
    this.write();
    const program = this.service.getProgram();
    if (!program) throw new Error('The language service has no program.');
    return program;
  }

  dispose(): void {
    this.service.dispose();
    this.common.resolver.forget(this.virtual.prefix);
  }

  private write(): void {
    const isMoved = this.generation !== this.common.files.generation;
    if (this.isWritten && !isMoved) return;
    const names = [...this.nearest.names()];
    const modules = new Map<number, EditorCell>();
    for (const cell of this.nearest.cells) {
      const wanted = this.isWide(cell) ? names : cell.source.words;
      const module = writeModule(
        cell.source,
        takeNames(cell.source, wanted, (name, meaning) => {
          const found = this.nearest.find(name, meaning, cell.number);
          return found && { declared: found.declared, from: idOf(found.cell) };
        }),
      );
      const { path } = this.virtual.set(idOf(cell), kindOf(cell.source), module.text);
      modules.set(cell.number, { cell, module, path });
    }
    for (const id of this.virtual.ids()) {
      if (!modules.has(numberIn(id))) this.virtual.delete(id);
      // Files came or went: what the cell imports may be elsewhere now.
      else if (isMoved) this.virtual.renew(id);
    }
    this.modules = modules;
    this.isWritten = true;
    this.generation = this.common.files.generation;
    this.host.changed();
  }
}

function idOf({ number }: Cell): string {
  return `cell_${number}`;
}

function numberIn(id: string): number {
  return Number(id.slice('cell_'.length));
}

/** The number of the cell from which a name is taken. */
export const takenFrom = numberIn;

class EditorHost extends CellHost implements ts.LanguageServiceHost {
  private version = 0;

  changed(): void {
    this.version++;
  }

  getProjectVersion(): string {
    return String(this.version);
  }

  getCompilationSettings(): ts.CompilerOptions {
    return options;
  }

  getScriptFileNames(): string[] {
    this.common.hasNode = true;
    return [...environment().roots, ...this.virtual.ids().flatMap((id) => this.virtual.get(id)?.path ?? [])];
  }

  getScriptVersion(path: string): string {
    return this.virtual.at(path)?.version ?? this.common.files.version(path);
  }

  getScriptSnapshot(path: string): ts.IScriptSnapshot | undefined {
    const text = this.readFile(path);
    return text === undefined ? undefined : ts.ScriptSnapshot.fromString(text);
  }

  readDirectory(
    path: string,
    extensions?: readonly string[],
    exclude?: readonly string[],
    include?: readonly string[],
    depth?: number,
  ): string[] {
    return ts.sys.readDirectory(path, extensions, exclude, include, depth);
  }
}

/** Gives the language service the files that all programs share. */
class SharedDocuments implements ts.DocumentRegistry {
  private readonly keys = ts.createDocumentRegistry();

  constructor(private readonly host: CellHost) {}

  acquireDocument(...[path, , , , , how]: Parameters<ts.DocumentRegistry['acquireDocument']>): ts.SourceFile {
    return this.file(path, how);
  }

  acquireDocumentWithKey(...[path, , , , , , , how]: Parameters<ts.DocumentRegistry['acquireDocumentWithKey']>): ts.SourceFile {
    return this.file(path, how);
  }

  updateDocument(...[path, , , , , how]: Parameters<ts.DocumentRegistry['updateDocument']>): ts.SourceFile {
    return this.file(path, how);
  }

  updateDocumentWithKey(...[path, , , , , , , how]: Parameters<ts.DocumentRegistry['updateDocumentWithKey']>): ts.SourceFile {
    return this.file(path, how);
  }

  getKeyForCompilationSettings(settings: ts.CompilerOptions): ts.DocumentRegistryBucketKey {
    return this.keys.getKeyForCompilationSettings(settings);
  }

  /** Files belong to `Files` and `VirtualFiles`, which know how long they are needed. */
  releaseDocument(): void {}

  releaseDocumentWithKey(): void {}

  reportStats(): string {
    return '{}';
  }

  private file(path: string, how: ts.CreateSourceFileOptions | ts.ScriptTarget | undefined): ts.SourceFile {
    const file = this.host.getSourceFile(path, how ?? ts.ScriptTarget.ES2022);
    if (!file) throw new Error(`The language service asked for ${path}, which cannot be read.`);
    return file;
  }
}
