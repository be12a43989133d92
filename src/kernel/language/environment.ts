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
  readonly parts: readonly { readonly path: string; readonly start: number; readonly end: number }[];
}

/** Where the types are. Paths are TypeScript's: with forward slashes. */
export interface Environment {
  /** dist/types/src/index.d.ts, what `import 'parseval'` means. */
  readonly parseval: string;
  /** @types/node, what `/// <reference types="node" />` means. */
  readonly node: string;
  readonly webgpu: string;
  /** TypeScript's lib folder. */
  readonly libraries: string;
  readonly joined: ReadonlyMap<string, JoinedFile>;
  /** The files that were joined: whoever refers to one has it already. */
  readonly absorbed: ReadonlySet<string>;
  /** The files with which every program begins. */
  readonly roots: readonly string[];
  /** Folders whose files never change while the process runs. */
  readonly folders: readonly string[];
  /** The folder of the types of Parseval. */
  readonly parsevalFolder: string;
}

/** Types of Parseval beside dist/language.js, or as the sources see the build. */
const typesOfParseval = ['./types/src/index.d.ts', '../../../dist/types/src/index.d.ts'];

let found: Environment | undefined;

/** Finds the types once a process. Throws when an installation lacks them. */
export function environment(): Environment {
  return (found ??= find());
}

function find(): Environment {
  const { resolve } = createRequire(import.meta.url);
  const folderOf = (packageFile: string): string => slashed(dirname(resolve(packageFile)));
  const parseval = typesOfParseval.map((path) => fileURLToPath(new URL(path, import.meta.url))).find((path) => existsSync(path));
  if (parseval === undefined) throw new Error(`The types of parseval are not beside ${import.meta.url}. Build the project, or install it anew.`);
  const libraries = `${folderOf('typescript/package.json')}/lib`;
  const nodeFolder = folderOf('@types/node/package.json');
  const webgpu = `${folderOf('@webgpu/types/package.json')}/dist/index.d.ts`;

  const parsevalFolder = dirname(dirname(slashed(parseval)));
  const undici = slashed(dirname(resolve('undici-types/package.json', { paths: [nodeFolder] })));
  const modules: string[] = [];
  const library = join(`${libraries}/parseval-library.d.ts`, [`${libraries}/lib.esnext.d.ts`], libraries, modules);
  const node = join(`${nodeFolder}/parseval-node.d.ts`, [`${nodeFolder}/index.d.ts`], libraries, modules);
  return {
    parseval: slashed(parseval),
    node: node.path,
    webgpu,
    libraries,
    joined: new Map([library, node].map((file) => [file.path, file])),
    absorbed: new Set([library, node].flatMap(({ parts }) => parts.map(({ path }) => path))),
    roots: [library.path, node.path, ...modules, webgpu, slashed(parseval)],
    folders: [libraries, nodeFolder, undici, dirname(webgpu), parsevalFolder],
    parsevalFolder,
  };
}

/** Reads files and what they refer to; those that are modules cannot be joined and are added to `modules`. */
function join(path: string, files: readonly string[], libraries: string, modules: string[]): JoinedFile {
  const parts: { path: string; start: number; end: number }[] = [];
  const seen = new Set<string>();
  const isLibrary = path.startsWith(libraries);
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
      else if (isLibrary) add(`${libraries}/lib.${name}.d.ts`);
      return ' '.repeat(line.length);
    });
    parts.push({ path: file, start: text.length, end: text.length + body.length });
    text += `${body}\n`;
  };
  for (const file of files) add(file);
  return { path, text, parts };
}

/** Whether a file holds types of Parseval. */
export function isParseval(path: string): boolean {
  return path.startsWith(`${environment().parsevalFolder}/`);
}

/** The file and offset that a place in a joined file stands for; other places are what they are. */
export function realPlace(path: string, offset: number): { readonly path: string; readonly offset: number } {
  const part = environment().joined.get(path)?.parts.find(({ start, end }) => start <= offset && offset <= end);
  return part ? { path: part.path, offset: offset - part.start } : { path, offset };
}

/** A path as TypeScript writes it. */
export function slashed(path: string): string {
  return path.replaceAll('\\', '/');
}
