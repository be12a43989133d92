// Where things are: definitions, references, and what a renaming changes.
import { readFileSync } from 'node:fs';
import type { Result } from '../../protocol/contract.js';
import type { languageContract } from '../../protocol/language.js';
import { LineTable } from '../source-map.js';
import { spanInCell, toModule } from './cell-module.js';
import type { Editor, EditorCell } from './editor.js';
import { takenFrom } from './editor.js';
import { environment } from './environment.js';
import { identifierAt, placesOfShared, sharedNameAt } from './words.js';

/** A place as it is answered; cells by the host's own names. */
export type Place = Result<typeof languageContract, 'definition'>[number];
/** One of the replacements of a renaming. */
export type Replacement = Result<typeof languageContract, 'rename'>[number];

/** The notebook's cells in the editor, with the host's names for them. */
export interface NamedCells {
  readonly editor: Editor;
  /** The host's name of the cell with a number. */
  readonly nameOf: (number: number) => string;
}

interface FileSpan {
  readonly fileName: string;
  readonly textSpan: { readonly start: number; readonly length: number };
}

/** Where what stands at an offset of a cell's module is defined. */
export function definitions(cells: NamedCells, { path }: EditorCell, offset: number): Place[] {
  const found = cells.editor.service.getDefinitionAtPosition(path, offset) ?? [];
  return withoutDoubles(found.flatMap((each) => placeOf(cells, each) ?? declarationBehind(cells, each) ?? []));
}

/** Where what stands at an offset of a cell's module is mentioned, its declaration among it. */
export function references(cells: NamedCells, cell: EditorCell, offset: number): Place[] {
  const found = starts(cells, cell, offset).flatMap(
    (start) => cells.editor.service.getReferencesAtPosition(start.path, start.offset) ?? [],
  );
  return withoutDoubles(found.flatMap((each) => placeOf(cells, each) ?? []));
}

/** What a renaming changes; nothing when something outside of the cells would have to change, too. */
export function renaming(cells: NamedCells, cell: EditorCell, offset: number): Replacement[] {
  const { service } = cells.editor;
  const preferences = { providePrefixAndSuffixTextForRename: true, allowRenameOfImportPath: false };
  const file = cells.editor.program().getSourceFile(cell.path);
  const at = file && identifierAt(file, offset)?.getStart(file);
  if (at === undefined || !service.getRenameInfo(cell.path, at, preferences).canRename) return [];
  const found = starts(cells, cell, at).flatMap(
    (start) => service.findRenameLocations(start.path, start.offset, false, false, preferences) ?? [],
  );
  const replacements: Replacement[] = [];
  for (const each of found) {
    const owner = cells.editor.cellAt(each.fileName);
    if (!owner) return [];
    const span = spanInCell(owner.module, each.textSpan);
    if (span)
      replacements.push({ cell: cells.nameOf(owner.cell.number), span, prefix: each.prefixText ?? '', suffix: each.suffixText ?? '' });
  }
  return withoutDoubles(replacements);
}

/** A name that several cells know is asked for in each. */
function starts({ editor }: NamedCells, cell: EditorCell, offset: number): { path: string; offset: number }[] {
  const shared = sharedNameAt(editor, cell, offset);
  return shared ? placesOfShared(editor, shared) : [{ path: cell.path, offset }];
}

/** A span as a place; undefined for one in what was added to a cell. */
function placeOf({ editor, nameOf }: NamedCells, { fileName, textSpan }: FileSpan): Place | undefined {
  const owner = editor.cellAt(fileName);
  if (owner) {
    const span = spanInCell(owner.module, textSpan);
    return span && { in: 'cell', cell: nameOf(owner.cell.number), span };
  }
  const { path, offset } = environment().realPlace(fileName, textSpan.start);
  const text = textOf(path);
  if (text === undefined) return undefined;
  return { in: 'file', path, span: { start: offset, end: offset + textSpan.length }, ...new LineTable(text).place(offset) };
}

function textOf(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return undefined;
  }
}

/** The declaration in another cell for which a declaration was added. */
function declarationBehind({ editor, nameOf }: NamedCells, { fileName, textSpan }: FileSpan): Place | undefined {
  const owner = editor.cellAt(fileName);
  if (!owner) return undefined;
  const name = owner.module.text.slice(textSpan.start, textSpan.start + textSpan.length);
  const taken = owner.module.taken.find(({ declared }) => declared.name === name);
  if (!taken) return undefined;
  const { cell, module } = editor.at(takenFrom(taken.from));
  const { start } = taken.declared;
  const span = spanInCell(module, { start: toModule(module, start), length: name.length });
  return span && { in: 'cell', cell: nameOf(cell.number), span };
}

function withoutDoubles<T extends Place | Replacement>(places: readonly T[]): T[] {
  return [...new Map(places.map((place) => [JSON.stringify(place), place])).values()];
}
