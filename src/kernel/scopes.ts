// Which names of a cell are its own business: finds, for each identifier that stands for a variable, whether a function, block, class or
// loop inside the cell declares it. Works on the JavaScript of a cell, so types are no concern here.
import ts from 'typescript';
import { forEachName, forEachVar } from './transpile.js';

/** Where in a file a name is looked up: a chain of scopes, the innermost first; the file's own top level is not among them. */
export interface Scope {
  readonly names: ReadonlySet<string>;
  readonly outer: Scope | undefined;
}

/** Whether a scope inside the cell declares the name. */
export function isLocal(name: string, scope: Scope | undefined): boolean {
  for (let at = scope; at; at = at.outer) if (at.names.has(name)) return true;
  return false;
}

/** The scope in which the children of `node` are looked up. */
export function enter(node: ts.Node, outer: Scope | undefined): Scope | undefined {
  const names = declaredBy(node);
  return names && names.size > 0 ? { names, outer } : outer;
}

function declaredBy(node: ts.Node): Set<string> | undefined {
  const names = new Set<string>();
  const add = ({ text }: ts.Identifier): void => void names.add(text);
  if (ts.isFunctionLike(node)) {
    // Parameters are a scope around the body's: a default value does not see the body's variables.
    for (const { name } of node.parameters) forEachName(name, add);
    if (ts.isFunctionExpression(node) && node.name) add(node.name);
    if (!ts.isArrowFunction(node)) names.add('arguments');
  } else if (ts.isClassLike(node)) {
    if (node.name) add(node.name);
  } else if (ts.isBlock(node)) {
    addLexical(node.statements, add);
    if (ts.isFunctionLike(node.parent) || ts.isClassStaticBlockDeclaration(node.parent)) {
      ts.forEachChild(node, (child) => forEachVar(child, add));
    }
  } else if (ts.isCaseBlock(node)) {
    for (const clause of node.clauses) addLexical(clause.statements, add);
  } else if (ts.isForStatement(node) || ts.isForInStatement(node) || ts.isForOfStatement(node)) {
    if (node.initializer && ts.isVariableDeclarationList(node.initializer)) addLexicalList(node.initializer, add);
  } else if (ts.isCatchClause(node)) {
    if (node.variableDeclaration) forEachName(node.variableDeclaration.name, add);
  } else {
    return undefined;
  }
  return names;
}

type Add = (name: ts.Identifier) => void;

function addLexical(statements: readonly ts.Statement[], add: Add): void {
  for (const statement of statements) {
    if (ts.isVariableStatement(statement)) addLexicalList(statement.declarationList, add);
    else if ((ts.isFunctionDeclaration(statement) || ts.isClassDeclaration(statement)) && statement.name) add(statement.name);
  }
}

function addLexicalList(list: ts.VariableDeclarationList, add: Add): void {
  if (!(list.flags & ts.NodeFlags.BlockScoped)) return;
  for (const { name } of list.declarations) forEachName(name, add);
}
