// What the word at a place in a cell names.
import ts from 'typescript';
import type { DeclaredName } from './cell-source.js';
import { toModule } from './cell-module.js';
import type { Editor, EditorCell } from './editor.js';
import { takenFrom } from './editor.js';

/** A name of the notebook's shared scope, with the cell that declares it. */
export interface SharedName {
  readonly declared: DeclaredName;
  /** The number of the cell. */
  readonly cell: number;
}

/** The identifier at an offset of a file, or just before it: two never touch. */
export function identifierAt(file: ts.SourceFile, offset: number): ts.Identifier | undefined {
  const visit = (node: ts.Node): ts.Identifier | undefined => {
    if (offset < node.pos || offset > node.end) return undefined;
    if (!ts.isIdentifier(node)) return ts.forEachChild(node, visit);
    // One that the parser missed, and made up, has no text.
    return node.text !== '' && node.getStart(file) <= offset ? node : undefined;
  };
  return visit(file);
}

/** The symbol that an identifier names; of `{ x }` that of the variable. */
export function symbolAt(program: ts.Program, node: ts.Identifier): ts.Symbol | undefined {
  const checker = program.getTypeChecker();
  const isShorthand = ts.isShorthandPropertyAssignment(node.parent);
  return (isShorthand ? checker.getShorthandAssignmentValueSymbol(node.parent) : undefined) ?? checker.getSymbolAtLocation(node);
}

/** The shared name at an offset of a cell's module, if the word there is one. */
export function sharedNameAt(editor: Editor, { cell, module, path }: EditorCell, offset: number): SharedName | undefined {
  const program = editor.program();
  const file = program.getSourceFile(path);
  const node = file && identifierAt(file, offset);
  const symbol = node && symbolAt(program, node);
  const starts = symbol?.declarations?.flatMap((each) =>
    each.getSourceFile() === file ? (ts.getNameOfDeclaration(each) ?? each).getStart(file) : [],
  );
  if (!node || !starts) return undefined;
  // Before what was added there are only comments.
  if (starts.some((start) => start < module.addedEnd)) {
    const taken = module.taken.find(({ declared }) => declared.name === node.text);
    return taken && { declared: taken.declared, cell: takenFrom(taken.from) };
  }
  const declared = cell.source.names.get(node.text);
  return declared && starts.includes(toModule(module, declared.start)) ? { declared, cell: cell.number } : undefined;
}

/** Where a shared name stands in the modules of all cells that know it: that of its cell, and what was added to others. */
export function placesOfShared(editor: Editor, { declared, cell }: SharedName): { readonly path: string; readonly offset: number }[] {
  return editor.cells().flatMap(({ cell: each, module, path }) => {
    if (each.number === cell) return [{ path, offset: toModule(module, declared.start) }];
    const isTaken = module.taken.some((taken) => taken.declared.name === declared.name && takenFrom(taken.from) === cell);
    const offset = isTaken ? addedPlace(module.text.slice(0, module.addedEnd), declared.name, module.addedStart) : undefined;
    return offset === undefined ? [] : [{ path, offset }];
  });
}

/** Where a name is declared in what was added: `… as name,` or `declare let name:`. */
function addedPlace(text: string, name: string, from: number): number | undefined {
  for (const [before, after] of [
    [' as ', ','],
    [' as ', '}'],
    ['let ', ':'],
    ['var ', ':'],
    ['const ', ':'],
  ] as const) {
    const at = text.indexOf(before + name + after, from);
    if (at >= 0) return at + before.length;
  }
  return undefined;
}
