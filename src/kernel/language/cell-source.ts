// What a cell's text says by itself: the names that it declares for all cells, and the words that may be names of other cells. The rules
// are those of the compiler (transpile.ts), and beside values there are types.
import ts from 'typescript';
import { forEachName, hasValues, isDeclare, variableKind } from '../transpile.js';

/** How a name came to be. */
export type NameKind = 'const' | 'let' | 'var' | 'function' | 'class' | 'enum' | 'namespace' | 'import' | 'interface' | 'type';

/** A name that a cell declares at its top level. */
export interface DeclaredName {
  readonly name: string;
  /** Of the value, if there is one. */
  readonly kind: NameKind;
  readonly isValue: boolean;
  readonly isType: boolean;
  /** Where the name stands in the cell, the first time. */
  readonly start: number;
  /**
   * A variable without a type of its own: TypeScript follows what it holds through the cell. Other cells see an array as it is at the end
   * of the cell, and the rest as `any`.
   */
  readonly evolves: 'array' | 'any' | null;
}

/** The language of a cell. */
export type CellLanguage = 'typescript' | 'javascript';

/** A cell's text, read. */
export interface CellSource {
  readonly code: string;
  readonly language: CellLanguage;
  readonly names: ReadonlyMap<string, DeclaredName>;
  /** Identifiers that may refer to something outside of the cell. */
  readonly words: ReadonlySet<string>;
  /** Where the first statement may begin: behind comments that mean something to the compiler only at the head of a file. */
  readonly head: number;
  /** Whether the cell adds to the global scope or to other modules. */
  readonly augments: boolean;
  /** Whether it is nested so deeply that the compiler would exhaust its stack. */
  readonly isTooDeep: boolean;
}

/** The checker takes some 10 calls for a level, and Node's stack holds about 10 000. */
const deepest = 400;
/** The same for operands of one chain of operators, which is mostly walked without recursion. */
const longestChain = 1500;

/** An interpreter's line, and comments such as `// @ts-nocheck` and `/// <reference types="…" />`. */
const headComments = /^(?:#![^\r\n]*(?:\r\n|[\r\n]))?(?:[^\S\r\n]*(?:\/\/[^\r\n]*)?(?:\r\n|[\r\n]))*/;

/** Reads a cell. Never throws: whatever the text is, TypeScript makes something of it. */
export function readCell(code: string, language: CellLanguage): CellSource {
  const head = headComments.exec(code)?.[0].length ?? 0;
  const names = new Map<string, DeclaredName>();
  const words = new Set<string>();
  const nothing: CellSource = { code, language, names, words, head, augments: false, isTooDeep: true };
  const file = parse(code, language);
  if (!file || !collect(file, words, names)) return nothing;
  let augments = false;
  for (const statement of file.statements) {
    if (ts.isModuleDeclaration(statement) && isAugmentation(statement)) augments = true;
    else declareNames(statement, names);
  }
  return { code, language, names, words, head, augments, isTooDeep: false };
}

function parse(code: string, language: CellLanguage): ts.SourceFile | undefined {
  const options = { languageVersion: ts.ScriptTarget.ESNext, jsDocParsingMode: ts.JSDocParsingMode.ParseNone };
  try {
    return ts.createSourceFile('cell.mts', code, options, true, language === 'typescript' ? ts.ScriptKind.TS : ts.ScriptKind.JS);
  } catch (error) {
    if (error instanceof RangeError) return undefined;
    throw error;
  }
}

/** `declare global` and `declare module 'x'`. */
function isAugmentation({ name, flags }: ts.ModuleDeclaration): boolean {
  return ts.isStringLiteral(name) || (flags & ts.NodeFlags.GlobalAugmentation) !== 0;
}

/**
 * Collects the identifiers, except names of members, which cannot refer to variables, and the `var`s that leave their blocks. Returns false
 * when the text is nested too deeply. Not recursive, since it has to find that out.
 */
function collect(file: ts.SourceFile, words: Set<string>, names: Map<string, DeclaredName>): boolean {
  const open: Open[] = [{ node: file, depth: 0, chain: 0, isOfCell: true }];
  for (let next = open.pop(); next; next = open.pop()) {
    const { node, depth, chain } = next;
    if (depth > deepest || chain > longestChain) return false;
    if (ts.isIdentifier(node)) words.add(node.text);
    const isOfCell = next.isOfCell && !ts.isFunctionLike(node) && !ts.isClassStaticBlockDeclaration(node) && !ts.isModuleDeclaration(node);
    if (isOfCell && ts.isVariableDeclarationList(node) && variableKind(node) === 'var') declareVariables(node, names);
    const skipped = memberName(node);
    ts.forEachChild(node, (child) => {
      const isChain = ts.isBinaryExpression(node) && child === node.left && ts.isBinaryExpression(child);
      if (child !== skipped) open.push({ node: child, depth: isChain ? depth : depth + 1, chain: isChain ? chain + 1 : 0, isOfCell });
    });
  }
  return true;
}

interface Open {
  readonly node: ts.Node;
  readonly depth: number;
  readonly chain: number;
  /** Whether a `var` here is one of the cell. */
  readonly isOfCell: boolean;
}

function memberName(node: ts.Node): ts.Node | undefined {
  if (ts.isQualifiedName(node)) return node.right;
  const hasName = ts.isPropertyAccessExpression(node) || ts.isPropertyAssignment(node) || ts.isClassElement(node) || ts.isTypeElement(node);
  return hasName && node.name && ts.isIdentifier(node.name) ? node.name : undefined;
}

type Meaning = Pick<DeclaredName, 'kind' | 'isValue' | 'isType'> & { readonly evolves?: DeclaredName['evolves'] };

function add(names: Map<string, DeclaredName>, name: ts.Identifier | undefined, meaning: Meaning): void {
  if (!name || name.text === '') return;
  const before = names.get(name.text);
  names.set(name.text, {
    name: name.text,
    kind: before && (before.isValue || !meaning.isValue) ? before.kind : meaning.kind,
    isValue: meaning.isValue || before?.isValue === true,
    isType: meaning.isType || before?.isType === true,
    start: before?.start ?? name.getStart(),
    evolves: before?.evolves ?? meaning.evolves ?? null,
  });
}

function declareNames(statement: ts.Statement, names: Map<string, DeclaredName>): void {
  if (ts.isVariableStatement(statement)) {
    // `var` was found on the way.
    if (variableKind(statement.declarationList) !== 'var') declareVariables(statement.declarationList, names);
  } else if (ts.isFunctionDeclaration(statement)) {
    add(names, statement.name, { kind: 'function', isValue: true, isType: false });
  } else if (ts.isClassDeclaration(statement)) {
    add(names, statement.name, { kind: 'class', isValue: true, isType: true });
  } else if (ts.isEnumDeclaration(statement)) {
    add(names, statement.name, { kind: 'enum', isValue: true, isType: true });
  } else if (ts.isInterfaceDeclaration(statement)) {
    add(names, statement.name, { kind: 'interface', isValue: false, isType: true });
  } else if (ts.isTypeAliasDeclaration(statement)) {
    add(names, statement.name, { kind: 'type', isValue: false, isType: true });
  } else if (ts.isModuleDeclaration(statement)) {
    if (ts.isIdentifier(statement.name)) add(names, statement.name, { kind: 'namespace', isValue: hasValues(statement), isType: true });
  } else if (ts.isImportDeclaration(statement)) {
    declareImports(statement, names);
  } else if (ts.isImportEqualsDeclaration(statement)) {
    add(names, statement.name, { kind: 'import', isValue: !statement.isTypeOnly, isType: true });
  }
}

function declareVariables(list: ts.VariableDeclarationList, names: Map<string, DeclaredName>): void {
  const keyword = variableKind(list);
  const kind = keyword === 'let' || keyword === 'var' ? keyword : 'const';
  // `for (var x of xs)`: the variable has the type of what it runs over.
  const isOfLoop = ts.isForOfStatement(list.parent) || ts.isForInStatement(list.parent);
  const isAmbient = ts.isVariableStatement(list.parent) && ts.getModifiers(list.parent)?.some(isDeclare) === true;
  for (const declaration of list.declarations) {
    const evolves = isOfLoop || isAmbient ? null : evolution(declaration);
    forEachName(declaration.name, (name) => add(names, name, { kind, isValue: true, isType: false, evolves }));
  }
}

function evolution({ name, type, initializer, exclamationToken }: ts.VariableDeclaration): DeclaredName['evolves'] {
  if (!ts.isIdentifier(name) || type || exclamationToken) return null;
  const isUndefined = initializer && ts.isIdentifier(initializer) && initializer.text === 'undefined';
  if (!initializer || isUndefined || initializer.kind === ts.SyntaxKind.NullKeyword) return 'any';
  return ts.isArrayLiteralExpression(initializer) && initializer.elements.length === 0 ? 'array' : null;
}

function declareImports({ importClause: clause }: ts.ImportDeclaration, names: Map<string, DeclaredName>): void {
  if (!clause) return;
  const isTypeOnly = clause.phaseModifier === ts.SyntaxKind.TypeKeyword;
  const declare = (name: ts.Identifier | undefined, isType: boolean): void => {
    add(names, name, { kind: 'import', isValue: !isType, isType: true });
  };
  declare(clause.name, isTypeOnly);
  if (!clause.namedBindings) return;
  if (ts.isNamespaceImport(clause.namedBindings)) declare(clause.namedBindings.name, isTypeOnly);
  else for (const element of clause.namedBindings.elements) declare(element.name, isTypeOnly || element.isTypeOnly);
}
