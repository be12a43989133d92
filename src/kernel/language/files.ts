// The files that programs read, shared by all notebooks: each is parsed once. Files of the installation and of packages are taken to stay
// as they are; files beside notebooks are looked at again before each question.
import type { Stats } from 'node:fs';
import { readdirSync, readFileSync, realpathSync, statSync } from 'node:fs';
import ts from 'typescript';
import { environment, isParseval } from './environment.js';

interface Entry {
  readonly text: string;
  readonly version: string;
  file?: ts.SourceFile;
}

/** What the file system says of a path; undefined for neither. */
type Kind = 'file' | 'folder' | undefined;

/** The file system as TypeScript sees it, remembered. */
export class Files {
  private readonly entries = new Map<string, Entry | undefined>();
  private readonly kinds = new Map<string, Kind>();
  /** Files beside notebooks, which may change, with the stamp of what was read. */
  private readonly local = new Map<string, string>();
  private changes = 0;

  /** Grows when a file beside notebooks changed, came or went: what was found before may be elsewhere now. */
  get generation(): number {
    return this.changes;
  }

  /** The files beside notebooks that were read. */
  localFiles(): readonly string[] {
    return [...this.local.keys()];
  }

  /** Looks at the files beside notebooks again; returns whether one changed. */
  refresh(): boolean {
    let changed = false;
    for (const [path, stamp] of this.local) {
      if (stampOf(path) === stamp) continue;
      this.entries.delete(path);
      this.local.delete(path);
      changed = true;
    }
    if (changed) this.forgetPlaces();
    return changed;
  }

  /** What is where is to be found out anew. */
  forgetPlaces(): void {
    this.changes++;
    this.kinds.clear();
    for (const [path, entry] of this.entries) if (!entry || this.local.has(path)) this.entries.delete(path);
  }

  /** Reads packages anew: they may be others when a new kernel starts. */
  forgetPackages(): void {
    for (const path of this.entries.keys()) if (!isFixed(path)) this.entries.delete(path);
    this.local.clear();
    this.forgetPlaces();
  }

  exists(path: string): boolean {
    return environment().textOf(path) !== undefined || this.kind(path) === 'file';
  }

  folderExists(path: string): boolean {
    return this.kind(path) === 'folder';
  }

  read(path: string): string | undefined {
    return this.entry(path)?.text;
  }

  /** Changes with the content. */
  version(path: string): string {
    return this.entry(path)?.version ?? '';
  }

  /** The parsed file, or undefined when there is none. */
  sourceFile(path: string, options: ts.CreateSourceFileOptions): ts.SourceFile | undefined {
    const entry = this.entry(path);
    if (!entry) return undefined;
    return (entry.file ??= parse(path, entry.text, entry.version, options));
  }

  realPath(path: string): string {
    try {
      return realpathSync(path).replaceAll('\\', '/');
    } catch {
      return path;
    }
  }

  /** Names of folders in a folder. */
  folders(path: string): string[] {
    try {
      return readdirSync(path, { withFileTypes: true }).flatMap((entry) => (entry.isDirectory() ? [entry.name] : []));
    } catch {
      return [];
    }
  }

  private kind(path: string): Kind {
    if (this.kinds.has(path)) return this.kinds.get(path);
    const stats = statsOf(path);
    const kind = stats?.isFile() ? 'file' : stats?.isDirectory() ? 'folder' : undefined;
    this.kinds.set(path, kind);
    return kind;
  }

  private entry(path: string): Entry | undefined {
    if (this.entries.has(path)) return this.entries.get(path);
    const entry = this.load(path);
    this.entries.set(path, entry);
    return entry;
  }

  private load(path: string): Entry | undefined {
    const text = environment().textOf(path);
    if (text !== undefined) return { text, version: '1' };
    const stamp = stampOf(path);
    if (stamp === undefined) return undefined;
    if (isLocal(path)) this.local.set(path, stamp);
    try {
      return { text: readFileSync(path, 'utf8').replace(/^\uFEFF/, ''), version: stamp };
    } catch {
      return undefined;
    }
  }
}

function statsOf(path: string): Stats | undefined {
  try {
    return statSync(path, { throwIfNoEntry: false });
  } catch {
    // Such as a path through a file.
    return undefined;
  }
}

/** Whether a file belongs to the installation. */
export function isFixed(path: string): boolean {
  return environment().folders.some((folder) => path.startsWith(`${folder}/`));
}

/** Whether a file stands beside a notebook, and not in a package or the installation. */
export function isLocal(path: string): boolean {
  return !path.includes('/node_modules/') && !isFixed(path);
}

function stampOf(path: string): string | undefined {
  const stats = statsOf(path);
  return stats?.isFile() ? `${stats.mtimeMs} ${stats.size} ${stats.ino}` : undefined;
}

/** Whether the comments of a file are not parsed: those of the library and of Node are a third of the time that parsing takes. */
export function isPlain(path: string): boolean {
  return isFixed(path) && !isParseval(path);
}

/** Parses a file as the language service wants it. */
export function parse(path: string, text: string, version: string, options: ts.CreateSourceFileOptions): ts.SourceFile {
  // Node imports TypeScript files of the notebook's folder as ES modules, whatever package.json says.
  const isModule = /\.tsx?$/.test(path) && !path.endsWith('.d.ts') && isLocal(path);
  const how: ts.CreateSourceFileOptions = {
    ...options,
    jsDocParsingMode: isPlain(path) ? ts.JSDocParsingMode.ParseNone : ts.JSDocParsingMode.ParseAll,
    ...(isModule && { impliedNodeFormat: ts.ModuleKind.ESNext }),
  };
  return ts.createLanguageServiceSourceFile(path, ts.ScriptSnapshot.fromString(text), how, version, false);
}
