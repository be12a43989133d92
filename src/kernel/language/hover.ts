// What a hover says of a word, and what the editor shows of a call that is being written.
import ts from 'typescript';
import type { Result } from '../../protocol/contract.js';
import type { languageContract } from '../../protocol/language.js';
import { spanInCell, toModule, withoutMarks } from './cell-module.js';
import type { Comment } from './documentation.js';
import { commentOf, isEmpty, markdown, plainComment } from './documentation.js';
import type { Editor, EditorCell } from './editor.js';
import { identifierAt, sharedNameAt, symbolAt } from './words.js';

/** The answer to a hover. */
export type Hover = NonNullable<Result<typeof languageContract, 'hover'>>;
/** The answer to the question for signatures. */
export type Signature = NonNullable<Result<typeof languageContract, 'signature'>>;

/** What there is to say of the word at an offset of a cell's module. */
export function hover(editor: Editor, cell: EditorCell, offset: number): Hover | null {
  const info = quickInfo(editor, cell.path, offset);
  const span = info && spanInCell(cell.module, info.textSpan);
  if (!info || !span) return null;
  const shared = sharedNameAt(editor, cell, offset);
  return {
    span,
    signature: signatureOf(info.displayParts ?? []),
    documentation: markdown(
      firstOf([() => commentOf(info), () => commentBehind(editor, cell, offset), () => plainAt(editor, cell, offset)]),
    ),
    variable: shared?.declared.isValue === true ? shared.declared.name : null,
  };
}

/** What TypeScript says of a word; undefined also where it looks for an end of its words and finds none, as in `using type y.function f` (6.0.3). */
function quickInfo(editor: Editor, path: string, offset: number): ts.QuickInfo | undefined {
  try {
    return editor.service.getQuickInfoAtPosition(path, offset);
  } catch (error) {
    if (error instanceof RangeError) return undefined;
    throw error;
  }
}

/** What TypeScript displays, without that a name is imported: that is mostly our own doing. */
export function signatureOf(parts: readonly ts.SymbolDisplayPart[]): string {
  const text = withoutMarks(ts.displayPartsToString([...parts]));
  const [, aliased, importLine] = /^\(alias\) ([\s\S]*?)(?:\n((?:import|export) [^\n]*))?$/.exec(text) ?? [];
  if (aliased === undefined) return text;
  // TypeScript leaves out what is called.
  const name = importLine?.split(' ').at(-1);
  const isCall = name !== undefined && (aliased.startsWith(`${name}(`) || aliased.startsWith(`${name}<`));
  return isCall ? `function ${aliased}` : aliased.replace(/^new /, 'constructor ');
}

/** The comment in the cell that declares a name for which a declaration was added. */
function commentBehind(editor: Editor, cell: EditorCell, offset: number): Comment | undefined {
  const shared = sharedNameAt(editor, cell, offset);
  if (!shared || shared.cell === cell.cell.number) return undefined;
  const { module, path } = editor.at(shared.cell);
  const info = quickInfo(editor, path, toModule(module, shared.declared.start));
  return info && commentOf(info);
}

function plainAt(editor: Editor, { path }: EditorCell, offset: number): Comment | undefined {
  const program = editor.program();
  const file = program.getSourceFile(path);
  const node = file && identifierAt(file, offset);
  const symbol = node && symbolAt(program, node);
  return symbol && commentOfSymbol(program, symbol);
}

/** The comment of something that the library, Node or WebGPU declares. */
export function commentOfSymbol(program: ts.Program, symbol: ts.Symbol): Comment | undefined {
  const target = symbol.flags & ts.SymbolFlags.Alias ? program.getTypeChecker().getAliasedSymbol(symbol) : symbol;
  return firstOf((target.declarations ?? []).map((each) => () => plainComment(each)));
}

function firstOf(sources: readonly (() => Comment | undefined)[]): Comment {
  for (const source of sources) {
    const comment = source();
    if (comment && !isEmpty(comment)) return comment;
  }
  return { text: '', tags: [] };
}

/** The signatures of the call at an offset of a cell's module. */
export function signatures({ service }: Editor, { path }: EditorCell, offset: number): Signature | null {
  const help = service.getSignatureHelpItems(path, offset, { triggerReason: { kind: 'invoked' } });
  if (!help) return null;
  return {
    active: help.selectedItemIndex,
    activeParameter: help.argumentIndex,
    signatures: help.items.map((item) => {
      let label = ts.displayPartsToString(item.prefixDisplayParts);
      const separator = ts.displayPartsToString(item.separatorDisplayParts);
      const parameters = item.parameters.map(({ displayParts, documentation }, index) => {
        if (index > 0) label += separator;
        const start = label.length;
        label += ts.displayPartsToString(displayParts);
        return { start, end: label.length, documentation: markdown(commentOf({ documentation })) };
      });
      label += ts.displayPartsToString(item.suffixDisplayParts);
      // The parameters have their own documentation.
      const tags = item.tags.filter(({ name }) => name !== 'param');
      return { label, documentation: markdown(commentOf({ documentation: item.documentation, tags })), parameters };
    }),
  };
}
