// What every program of the language service shares: the compiler's options, the files, and where modules are.
import ts from 'typescript';
import { environment } from './environment.js';
import type { Files } from './files.js';
import { Resolver } from './resolution.js';
import type { VirtualFiles } from './virtual-files.js';

/**
 * Strict TypeScript, as the cells are compiled and run: ES modules under Node's rules. Not `noUncheckedIndexedAccess`: notebooks are full of
 * loops over arrays of numbers, in which every `data[i]` would need a `!` that checks nothing.
 */
export const options: ts.CompilerOptions = {
  strict: true,
  target: ts.ScriptTarget.ES2022,
  module: ts.ModuleKind.NodeNext,
  moduleResolution: ts.ModuleResolutionKind.NodeNext,
  moduleDetection: ts.ModuleDetectionKind.Force,
  // All of ESNext is among the roots: see environment.ts.
  noLib: true,
  types: [],
  skipLibCheck: true,
  allowJs: true,
  checkJs: false,
  resolveJsonModule: true,
  allowImportingTsExtensions: true,
  noEmit: true,
};

/** What programs of one process have in common. */
export class Common {
  readonly resolver: Resolver;
  readonly isCaseSensitive = ts.sys.useCaseSensitiveFileNames;
  /** Whether programs have the types of Node: from the first on that needs them. */
  hasNode = false;

  constructor(readonly files: Files) {
    this.resolver = new Resolver(files, options);
  }

  canonical(path: string): string {
    return this.isCaseSensitive ? path : path.toLowerCase();
  }
}

/** What a program asks of its surroundings, for the cells of one notebook: a `CompilerHost`, and most of a `LanguageServiceHost`. */
export class CellHost {
  constructor(
    readonly common: Common,
    readonly virtual: VirtualFiles,
    readonly folder: string,
  ) {}

  readonly getSourceFile = (path: string, how: ts.ScriptTarget | ts.CreateSourceFileOptions): ts.SourceFile | undefined => {
    const options = typeof how === 'object' ? how : { languageVersion: how };
    return this.virtual.at(path)?.sourceFile(options) ?? this.common.files.sourceFile(path, options);
  };
  readonly fileExists = (path: string): boolean => this.virtual.at(path) !== undefined || this.common.files.exists(path);
  readonly readFile = (path: string): string | undefined => this.virtual.at(path)?.text ?? this.common.files.read(path);
  readonly directoryExists = (path: string): boolean => this.common.files.folderExists(path);
  readonly getDirectories = (path: string): string[] => this.common.files.folders(path);
  readonly realpath = (path: string): string => (this.virtual.at(path) ? path : this.common.files.realPath(path));
  readonly getCurrentDirectory = (): string => this.folder;
  readonly getDefaultLibLocation = (): string => environment().libraries;
  readonly getDefaultLibFileName = (): string => `${environment().libraries}/lib.esnext.d.ts`;
  readonly getCanonicalFileName = (path: string): string => this.common.canonical(path);
  readonly useCaseSensitiveFileNames = (): boolean => this.common.isCaseSensitive;
  readonly getNewLine = (): string => '\n';
  readonly writeFile = (): void => undefined;
  /** Spares the compiler to read package.json files again for each program. */
  readonly getModuleResolutionCache = (): ts.ModuleResolutionCache => this.common.resolver.packages;
  readonly resolveModuleNameLiterals = (
    literals: readonly ts.StringLiteralLike[],
    containing: string,
    _redirected: unknown,
    options: ts.CompilerOptions,
    file: ts.SourceFile,
  ): readonly ts.ResolvedModuleWithFailedLookupLocations[] =>
    this.common.resolver.resolveAll(literals, containing, options, file, (specifier) => this.virtual.resolve(specifier));
  readonly resolveTypeReferenceDirectiveReferences = <T extends string | ts.FileReference>(
    references: readonly T[],
    containing: string,
  ): readonly ts.ResolvedTypeReferenceDirectiveWithFailedLookupLocations[] =>
    references.map((reference) => this.common.resolver.resolveTypes(reference, containing));
}
