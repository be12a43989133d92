// What a cell needs of others: the cells that declare the names it uses, by the editor's meaning of names (nearest.ts).
import ts from 'typescript';
import type { Result } from '../../protocol/contract.js';
import type { languageContract } from '../../protocol/language.js';
import type { Editor, EditorCell } from './editor.js';
import { takenFrom } from './editor.js';
import type { NamedCells } from './places.js';
import { symbolAt } from './words.js';

/** A cell and what it uses, as it is answered. */
export type Dependencies = Result<typeof languageContract, 'dependencies'>;

/** The cell and all those that it needs, directly or by others, each once. */
export function dependencies({ editor, nameOf }: NamedCells, cell: EditorCell): Dependencies {
  const numbers = new Set([cell.cell.number]);
  // A Set's iteration also meets what is added on the way.
  return Array.from(numbers, (number) => {
    const needs = usedCells(editor, editor.at(number));
    for (const each of needs) numbers.add(each);
    return { cell: nameOf(number), needs: needs.map(nameOf) };
  });
}

/** The numbers of the cells from which a cell uses a name. What is in its scope under the name of a parameter is not used. */
function usedCells(editor: Editor, { module, path }: EditorCell): number[] {
  const program = editor.program();
  const file = program.getSourceFile(path);
  const from = new Map<string, Set<number>>();
  for (const { declared, from: id } of module.taken) {
    const cells = from.get(declared.name);
    if (cells) cells.add(takenFrom(id));
    else from.set(declared.name, new Set([takenFrom(id)]));
  }
  const used = new Set<number>();
  const visit = (node: ts.Node): void => {
    const cells = ts.isIdentifier(node) ? from.get(node.text) : undefined;
    if (file && cells && ts.isIdentifier(node) && node.getStart(file) >= module.addedEnd && isTaken(node, file)) {
      for (const each of cells) used.add(each);
      from.delete(node.text);
    }
    if (from.size > 0) ts.forEachChild(node, visit);
  };
  const isTaken = (node: ts.Identifier, of: ts.SourceFile): boolean =>
    symbolAt(program, node)?.declarations?.some((each) => each.getSourceFile() === of && each.getStart(of) < module.addedEnd) ?? false;
  // A cell that is nested too deeply to be looked at takes nothing.
  if (file && from.size > 0) visit(file);
  return [...used];
}
