// The cell compiler: strict TypeScript in, the JavaScript of an async function out, on TypeScript's public API.
//
// All cells share one scope (scope.ts). A variable of a cell's top level lives there as a binding, and every reference to it, in this cell
// or another, is compiled to a read of the binding: so a closure sees later assignments and later redeclarations alike, and what was
// declared before a throw is there afterwards. A name that is not declared anywhere yet is looked up there, too, when it is read, which
// lets a function of one cell use what a later cell declares. Names that were globals when the cell was compiled stay globals.
//
// The value of a cell is that of its last statement if that is an expression, as in Deno's kernel, Node's REPL and tslab: also of an
// assignment (`x = 3` shows 3), with or without a semicolon. `undefined` shows nothing.
import { Script } from 'node:vm';
import { rewrite } from './rewrite.js';
import type { Runtime } from './scope.js';
import type { Place, Segments, SourceMapJson } from './source-map.js';
import { encodeMappings, findExactSource, findSource, LineTable } from './source-map.js';
import { CellSyntaxError } from './syntax-error.js';
import { transpile } from './transpile.js';
import type { DeclarationKind } from './transpile.js';

/** A compiled cell. */
export interface CompiledCell {
  /** A JavaScript expression: the cell's async function, whose first statement awaits. */
  readonly code: string;
  /** From `code` to the cell as typed. */
  readonly segments: Segments;
  /** Where in the cell each of its `await`s stands, by the number that it has in `code`. */
  readonly awaits: readonly (Place | undefined)[];
  /** What the cell declares in the shared scope. */
  readonly declarations: ReadonlyMap<string, DeclarationKind>;
}

/** What the compiler must know beside the source. */
export interface CompileOptions {
  /** The cell's number, for errors. */
  readonly cell: number;
  /** Whether an earlier cell declared the name. */
  readonly isKnown: (name: string) => boolean;
}

/** Compiles a cell, whose lines end in `\n` alone. Throws `CellSyntaxError`. */
export function compileCell(source: string, { cell, isKnown }: CompileOptions): CompiledCell {
  const { code, segments, declarations, endsWithExpression } = transpile(source, cell);
  const lines = new LineTable(code);
  const rewritten = rewrite({
    code,
    segments,
    declarations,
    endsWithExpression,
    isShared: (name) => isKnown(name) || !(name in globalThis),
    fail: (offset, message) => {
      throw syntaxErrorAt(source, cell, findSource(segments, lines.place(offset)), message);
    },
  });
  return { ...rewritten, awaits: rewritten.awaits.map((offset) => findSource(segments, lines.place(offset))), declarations };
}

/** The source map of a compiled cell in its standard form, for debuggers. */
export function sourceMapOf({ segments }: CompiledCell, name: string, source: string): SourceMapJson {
  return { version: 3, sources: [name], sourcesContent: [source], names: [], mappings: encodeMappings(segments) };
}

/** A cell ready to run: call it with the runtime of its session. */
export type CellFunction = (runtime: Runtime) => Promise<unknown>;

/**
 * Makes the function of a compiled cell; `filename` is its script's name in stacks. Throws `CellSyntaxError` for what TypeScript accepts
 * and JavaScript does not.
 */
export function loadCell(compiled: CompiledCell, filename: string, source: string, cell: number): CellFunction {
  try {
    return new Script(compiled.code, { filename }).runInThisContext() as CellFunction;
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
    // V8 gives the place in text only: "name:line", the line, and carets under the place.
    const [, line = '1', marks = ''] = /^.*:(\d+)\n.*\n( *)\^/.exec(error.stack ?? '') ?? [];
    const place = findExactSource(compiled.segments, { line: Number(line) - 1, column: marks.length }, compiled.code, source);
    throw syntaxErrorAt(source, cell, place, error.message);
  }
}

function syntaxErrorAt(source: string, cell: number, place: Place | undefined, message: string): CellSyntaxError {
  return new CellSyntaxError(message, source, { cell, line: (place?.line ?? 0) + 1, column: (place?.column ?? 0) + 1 });
}
