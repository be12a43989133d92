// Completions: what may stand at a place in a cell.
import ts from 'typescript';
import type { Result } from '../../protocol/contract.js';
import type { languageContract } from '../../protocol/language.js';
import type { NameKind } from './cell-source.js';
import { spanInCell, withoutMarks } from './cell-module.js';
import { commentOf, isEmpty, markdown } from './documentation.js';
import type { Editor, EditorCell } from './editor.js';
import { commentOfSymbol, signatureOf } from './hover.js';

/** The answer to the question for completions. */
export type Completions = Result<typeof languageContract, 'completions'>;
/** What there is to say of one of them. */
export type CompletionDetails = NonNullable<Result<typeof languageContract, 'completionDetails'>>;

const preferences: ts.UserPreferences = {
  includeCompletionsForModuleExports: false,
  includeCompletionsForImportStatements: false,
  includeCompletionsWithSnippetText: false,
  includeCompletionsWithInsertText: true,
  includeAutomaticOptionalChainCompletions: true,
};

/** The kinds of names of other cells, as TypeScript calls them. */
const kinds: Readonly<Record<NameKind, string>> = {
  const: ts.ScriptElementKind.constElement,
  let: ts.ScriptElementKind.letElement,
  var: ts.ScriptElementKind.variableElement,
  function: ts.ScriptElementKind.functionElement,
  class: ts.ScriptElementKind.classElement,
  enum: ts.ScriptElementKind.enumElement,
  namespace: ts.ScriptElementKind.moduleElement,
  import: ts.ScriptElementKind.alias,
  interface: ts.ScriptElementKind.interfaceElement,
  type: ts.ScriptElementKind.typeElement,
};

const triggers: readonly string[] = ['.', '"', "'", '`', '/', '@', '<', '#', ' '] satisfies ts.CompletionsTriggerCharacter[];

function isTrigger(text: string | undefined): text is ts.CompletionsTriggerCharacter {
  return text !== undefined && triggers.includes(text);
}

/** What may stand at an offset of a cell's module. */
export function completions({ service }: Editor, { module, path }: EditorCell, offset: number, trigger?: string): Completions {
  const info = service.getCompletionsAtPosition(path, offset, { ...preferences, ...(isTrigger(trigger) && { triggerCharacter: trigger }) });
  if (!info) return { isIncomplete: false, items: [] };
  const kindOf = new Map(module.taken.map(({ declared }) => [declared.name, kinds[declared.kind]]));
  const items = info.entries.flatMap((entry) => {
    if (entry.name !== withoutMarks(entry.name)) return [];
    const replace = entry.replacementSpan && spanInCell(module, entry.replacementSpan);
    return {
      name: entry.name,
      kind: entry.kind === ts.ScriptElementKind.alias ? (kindOf.get(entry.name) ?? entry.kind) : entry.kind,
      sortText: entry.sortText,
      ...(entry.insertText !== undefined && { insertText: entry.insertText }),
      ...(replace && { replace }),
      ...(entry.commitCharacters && { commitCharacters: entry.commitCharacters }),
      isDeprecated: entry.kindModifiers?.split(',').includes('deprecated') === true,
    };
  });
  return { isIncomplete: info.isIncomplete === true, items };
}

/** Signature and documentation of a completion. */
export function completionDetails(editor: Editor, { path }: EditorCell, offset: number, name: string): CompletionDetails | null {
  const details = editor.service.getCompletionEntryDetails(path, offset, name, {}, undefined, preferences, undefined);
  if (!details) return null;
  const own = commentOf(details);
  const program = editor.program();
  const symbol = isEmpty(own) ? completedSymbol(program, path, offset, name) : undefined;
  const comment = (symbol && commentOfSymbol(program, symbol)) ?? own;
  return { signature: signatureOf(details.displayParts), documentation: markdown(comment) };
}

/** What a completion names: a member of what stands before the dot, or a name in scope. */
function completedSymbol(program: ts.Program, path: string, offset: number, name: string): ts.Symbol | undefined {
  const file = program.getSourceFile(path);
  if (!file) return undefined;
  const checker = program.getTypeChecker();
  let innermost: ts.Node = file;
  let owner: ts.Expression | undefined;
  const visit = (node: ts.Node): void => {
    if (offset < node.pos || offset > node.end) return;
    innermost = node;
    if (ts.isPropertyAccessExpression(node) && offset > node.expression.end) owner = node.expression;
    ts.forEachChild(node, visit);
  };
  visit(file);
  if (owner) return checker.getPropertyOfType(checker.getApparentType(checker.getTypeAtLocation(owner)), name);
  const meanings = ts.SymbolFlags.Value | ts.SymbolFlags.Type | ts.SymbolFlags.Namespace | ts.SymbolFlags.Alias;
  return checker.getSymbolsInScope(innermost, meanings).find((symbol) => symbol.name === name);
}
