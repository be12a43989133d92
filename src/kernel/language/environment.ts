// The types that every cell sees without the user's folder having anything: JavaScript's own library, Node, WebGPU and Parseval. They are
// found from where this file runs: in the repository, or in the installed extension, where dist/ has the same neighbours.
//
// The library and the types of Node are 150 files of global declarations. A program pays for each file at every check, so they are read as
// two files; places in these lead back to the real ones (`realPlace`).
import { existsSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname } from 'node:path';
import { fileURLToPath } from 'node:url';

/** Several files read as one: the text keeps each file's own, so that offsets differ by `start` alone. */
export interface JoinedFile {
  readonly path: string;
  readonly text: string;
  /** Files that belong to it and stay apart: modules, which declare globals in a way of their own. */
  readonly modules: readonly string[];
  readonly parts: readonly { readonly path: string; readonly start: number; readonly end: number }[];
}

/** Types of Parseval beside dist/language.js, or as the sources see the build. */
const typesOfParseval = ['./types/src/index.d.ts', '../../../dist/types/src/index.d.ts'];

/** Where the types are. Paths are TypeScript's: with forward slashes. */
export class Environment {
  /** dist/types/src/index.d.ts, what `import 'parseval'` means. */
  readonly parseval: string;
  /** The folder of the types of Parseval. */
  readonly parsevalFolder: string;
  readonly webgpu: string;
  /** TypeScript's lib folder. */
  readonly libraries: string;
  /** @types/node, what `/// <reference types="node" />` means. */
  readonly node: string;
  /** Folders whose files never change while the process runs. */
  readonly folders: readonly string[];
  private readonly nodeFolder: string;
  private readonly joined = new Map<string, JoinedFile>();

  constructor() {
    const { resolve } = createRequire(import.meta.url);
    const folderOf = (name: string, from?: string): string =>
      slashed(dirname(resolve(`${name}/package.json`, from === undefined ? undefined : { paths: [from] })));
    const parseval = typesOfParseval.map((path) => fileURLToPath(new URL(path, import.meta.url))).find((path) => existsSync(path));
    if (parseval === undefined) {
      throw new Error(`The types of parseval are not beside ${import.meta.url}. Build the project, or install it anew.`);
    }
    this.parseval = slashed(parseval);
    this.parsevalFolder = dirname(dirname(this.parseval));
    this.libraries = `${folderOf('typescript')}/lib`;
    this.nodeFolder = folderOf('@types/node');
    this.node = `${this.nodeFolder}/parseval-node.d.ts`;
    this.webgpu = `${folderOf('@webgpu/types')}/dist/index.d.ts`;
    this.folders = [this.libraries, this.nodeFolder, folderOf('undici-types', this.nodeFolder), dirname(this.webgpu), this.parsevalFolder];
  }

  /**
   * The files with which a program begins that may do without Node's types, which take longer to read than all else: of these the console
   * alone. What cells do with other things of Node is an error in such a program.
   */
  get fewRoots(): readonly string[] {
    return [...this.libraryRoots(), ...this.join(`${this.nodeFolder}/parseval-console.d.ts`, `${this.nodeFolder}/console.d.ts`)];
  }

  /** The files with which every other program begins. */
  get roots(): readonly string[] {
    return [...this.libraryRoots(), ...this.join(this.node, `${this.nodeFolder}/index.d.ts`)];
  }

  /** The text of a joined file; undefined for others. */
  textOf(path: string): string | undefined {
    return this.joined.get(path)?.text;
  }

  /** The file and offset that a place in a joined file stands for; other places are what they are. */
  realPlace(path: string, offset: number): { readonly path: string; readonly offset: number } {
    const part = this.joined.get(path)?.parts.find(({ start, end }) => start <= offset && offset <= end);
    return part ? { path: part.path, offset: offset - part.start } : { path, offset };
  }

  /** The files that were joined so far. */
  joinedFiles(): readonly JoinedFile[] {
    return [...this.joined.values()];
  }

  private libraryRoots(): readonly string[] {
    const library = this.join(`${this.libraries}/parseval-library.d.ts`, `${this.libraries}/lib.esnext.d.ts`);
    return [...library, this.webgpu, this.parseval];
  }

  /** Reads a file and those that it refers to as one, once; returns it and the modules among them. */
  private join(path: string, first: string): readonly string[] {
    const known = this.joined.get(path);
    if (known) return [path, ...known.modules];
    const parts: { path: string; start: number; end: number }[] = [];
    const modules: string[] = [];
    const seen = new Set<string>();
    let text = '';
    const add = (file: string): void => {
      if (seen.has(file)) return;
      seen.add(file);
      const source = readFileSync(file, 'utf8');
      if (/^(import|export)\b/m.test(source)) {
        modules.push(file);
        return;
      }
      const body = source.replace(/^\/\/\/\s*<reference\s+(lib|path)="([^"]+)".*$/gm, (line, kind: string, name: string) => {
        if (kind === 'path') add(`${dirname(file)}/${name}`);
        // Node's types ask for libraries that are there.
        else if (dirname(file) === this.libraries) add(`${this.libraries}/lib.${name}.d.ts`);
        return ' '.repeat(line.length);
      });
      parts.push({ path: file, start: text.length, end: text.length + body.length });
      text += `${body}\n`;
    };
    add(first);
    this.joined.set(path, { path, text, parts, modules });
    return [path, ...modules];
  }
}

let found: Environment | undefined;

/** Finds the types, once a process. Throws when an installation lacks them. */
export function environment(): Environment {
  return (found ??= new Environment());
}

/** Whether a file holds types of Parseval. */
export function isParseval(path: string): boolean {
  return path.startsWith(`${environment().parsevalFolder}/`);
}

/** A path as TypeScript writes it. */
export function slashed(path: string): string {
  return path.replaceAll('\\', '/');
}
