// What a module specifier means in a cell, and in the files and packages that cells import: the rules of the kernel (hooks.ts), by which
// `parseval` is the library that runs, TypeScript files need no extension, and all else is found as Node finds it.
import { createRequire } from 'node:module';
import { fileURLToPath } from 'node:url';
import ts from 'typescript';
import { environment, slashed } from './environment.js';
import type { Files } from './files.js';
import { isLocal } from './files.js';

type Resolution = ts.ResolvedModuleWithFailedLookupLocations;

/** How a file is looked for: in what is remembered of the file system, or in what there is now. */
interface Search {
  readonly host: ts.ModuleResolutionHost;
  readonly cache: ts.ModuleResolutionCache | undefined;
}

interface Missing {
  readonly specifier: string;
  readonly mode: ts.ResolutionMode;
}

/** Finds modules. One for all notebooks. */
export class Resolver {
  private readonly cache: ts.ModuleResolutionCache;
  private readonly host: ts.ModuleResolutionHost;
  private generation = -1;
  /** What cells and local files import and nobody found, by the file that imports it. */
  private readonly missing = new Map<string, readonly Missing[]>();

  constructor(
    private readonly files: Files,
    private readonly options: ts.CompilerOptions,
  ) {
    this.cache = ts.createModuleResolutionCache('/', (name) => name, options);
    this.host = {
      fileExists: (path) => files.exists(path),
      directoryExists: (path) => files.folderExists(path),
      readFile: (path) => files.read(path),
      realpath: (path) => files.realPath(path),
      getCurrentDirectory: () => '/',
    };
  }

  /** What TypeScript remembers of packages, as long as no file came or went. */
  get packages(): ts.ModuleResolutionCache {
    if (this.generation !== this.files.generation) {
      this.generation = this.files.generation;
      this.cache.clear();
    }
    return this.cache;
  }

  /** Finds the modules that a file imports; `own` finds those of cells. */
  resolveAll(
    literals: readonly ts.StringLiteralLike[],
    containing: string,
    options: ts.CompilerOptions,
    file: ts.SourceFile,
    own: (specifier: string) => ts.ResolvedModuleFull | undefined,
  ): Resolution[] {
    const missing: Missing[] = [];
    const found = literals.map((literal): Resolution => {
      const ofCell = own(literal.text);
      if (ofCell) return { resolvedModule: ofCell };
      const mode = ts.getModeForUsageLocation(file, literal, options);
      const resolution = this.resolve(literal.text, containing, mode, { host: this.host, cache: this.packages });
      if (!resolution) missing.push({ specifier: literal.text, mode });
      return resolution ?? { resolvedModule: undefined };
    });
    if (missing.length > 0 && isLocal(containing)) this.missing.set(containing, missing);
    else this.missing.delete(containing);
    return found;
  }

  /** What `/// <reference types="…" />` means: Node and WebGPU are those that every cell has. */
  resolveTypes(reference: ts.FileReference | string, containing: string): ts.ResolvedTypeReferenceDirectiveWithFailedLookupLocations {
    const { node, webgpu } = environment();
    const name = typeof reference === 'string' ? reference : reference.fileName;
    const path = name === 'node' ? node : name === '@webgpu/types' ? webgpu : undefined;
    if (path === undefined) return ts.resolveTypeReferenceDirective(name, containing, this.options, this.host);
    return { resolvedTypeReferenceDirective: { resolvedFileName: path, primary: true, isExternalLibraryImport: true } };
  }

  /** The files that import what is not there. */
  importersOfMissing(): readonly string[] {
    return [...this.missing.keys()];
  }

  /** Looks for what was missing again; returns whether something of it is there now. */
  refresh(): boolean {
    const search: Search = { host: { ...ts.sys, getCurrentDirectory: () => '/' }, cache: undefined };
    return [...this.missing].some(([containing, all]) =>
      all.some(({ specifier, mode }) => this.resolve(specifier, containing, mode, search) !== undefined),
    );
  }

  /** Files whose paths begin so are gone. */
  forget(prefix: string): void {
    for (const path of this.missing.keys()) if (path.startsWith(prefix)) this.missing.delete(path);
  }

  private resolve(specifier: string, containing: string, mode: ts.ResolutionMode, search: Search): Resolution | undefined {
    if (specifier === 'parseval') return { resolvedModule: declarations(environment().parseval) };
    const path = specifier.startsWith('file:') ? pathOf(specifier) : specifier;
    const find = (candidate: string, from = containing): Resolution | undefined => {
      const found = ts.resolveModuleName(candidate, from, this.options, search.host, search.cache, undefined, mode);
      return found.resolvedModule ? found : undefined;
    };
    const isFile = /^\.{0,2}\//.test(path) || /^[A-Za-z]:/.test(path);
    if (isFile && isLocal(containing)) {
      return [path, `${path}.ts`, `${path}.js`, `${path}/index.ts`].reduce<Resolution | undefined>(
        (found, each) => found ?? find(each),
        undefined,
      );
    }
    return (path === 'tslab' ? find(path, installation()) : undefined) ?? find(path);
  }
}

/** The kernel brings tslab along; this file stands where it does. */
function installation(): string {
  return slashed(createRequire(import.meta.url).resolve('typescript'));
}

function declarations(path: string): ts.ResolvedModuleFull {
  return { resolvedFileName: path, extension: ts.Extension.Dts, isExternalLibraryImport: false };
}

function pathOf(url: string): string {
  try {
    return slashed(fileURLToPath(url));
  } catch {
    return url;
  }
}
