// TypeScript to JavaScript, and what a cell declares. The types go, the rest stays as typed: imports, top-level await, the names.
import ts from 'typescript';
import { CellSyntaxError } from './syntax-error.js';
import type { Segments } from './source-map.js';
import { decodeMappings, LineTable } from './source-map.js';

/**
 * How a name came to be. Names of enums and namespaces start anew in each cell and merge within it; `using` and `await using` are
 * constants that the end of the cell releases.
 */
export type DeclarationKind = 'var' | 'let' | 'const' | 'class' | 'function' | 'enum' | 'namespace' | 'import' | 'using' | 'await using';

/** The JavaScript of a cell, not yet wired to the names of other cells. */
export interface Transpiled {
  readonly code: string;
  readonly segments: Segments;
  /** The names that the cell declares at its top level and that exist at run time. */
  readonly declarations: ReadonlyMap<string, DeclarationKind>;
  /** Whether the last statement is an expression, whose value is the cell's. */
  readonly endsWithExpression: boolean;
}

const options: ts.CompilerOptions = {
  target: ts.ScriptTarget.ES2022,
  module: ts.ModuleKind.ESNext,
  // A cell is a module even without an import: `await` is a keyword in it.
  moduleDetection: ts.ModuleDetectionKind.Force,
  // Nothing is known of the cells to come, so an import that this cell does not use stays.
  verbatimModuleSyntax: true,
  sourceMap: true,
};

/** Transpiles a cell; `cell` names it in errors. Throws `CellSyntaxError` for what is not TypeScript. */
export function transpile(source: string, cell: number): Transpiled {
  const magic = /^\s*(%%?\w+)/.exec(source)?.[1];
  if (magic)
    throw syntaxError(
      source,
      cell,
      source.indexOf(magic),
      `'${magic}' is a magic command of IPython; cells here are TypeScript. Remove the line`,
    );
  const declarations = new Map<string, DeclarationKind>();
  let endsWithExpression = false;
  const { outputText, sourceMapText, diagnostics } = ts.transpileModule(source, {
    fileName: 'cell.ts',
    compilerOptions: options,
    reportDiagnostics: true,
    transformers: {
      before: [
        (context) => (file) => {
          const fail = (node: ts.Node, message: string): never => {
            throw syntaxError(source, cell, node.getStart(file), message);
          };
          for (const statement of file.statements) declare(statement, declarations, fail);
          const last = file.statements.findLast((statement) => !ts.isEmptyStatement(statement));
          endsWithExpression = last !== undefined && (ts.isExpressionStatement(last) || ts.isExportAssignment(last));
          return ts.visitEachChild(file, (statement) => simplify(statement, context.factory), context);
        },
      ],
    },
  });
  const [problem] = diagnostics ?? [];
  if (problem) {
    throw syntaxError(source, cell, problem.start ?? 0, ts.flattenDiagnosticMessageText(problem.messageText, '\n'));
  }
  const { mappings } = JSON.parse(sourceMapText ?? '{"mappings":""}') as { mappings: string };
  return {
    code: outputText.replace(/\/\/# sourceMappingURL=.*\s*$/, ''),
    segments: decodeMappings(mappings),
    declarations,
    endsWithExpression,
  };
}

function syntaxError(source: string, cell: number, offset: number, message: string): CellSyntaxError {
  // A statement that the end of the cell cuts off is reported past its end.
  const { line, column } = new LineTable(source).place(Math.min(offset, source.trimEnd().length));
  return new CellSyntaxError(message, source, { cell, line: line + 1, column: column + 1 });
}

type Fail = (node: ts.Node, message: string) => never;

function declare(statement: ts.Statement, into: Map<string, DeclarationKind>, fail: Fail): void {
  const add = (name: ts.Identifier, kind: DeclarationKind): void => {
    const earlier = into.get(name.text);
    if (earlier !== undefined && !mayMerge(earlier, kind)) fail(name, `Identifier '${name.text}' has already been declared`);
    // What a namespace is merged with is created by the other declaration.
    if (earlier === undefined || earlier === 'namespace') into.set(name.text, kind);
  };
  if (ts.canHaveModifiers(statement) && ts.getModifiers(statement)?.some(isDeclare)) return;
  if (ts.isVariableStatement(statement)) {
    const kind = variableKind(statement.declarationList);
    for (const { name } of statement.declarationList.declarations) forEachName(name, (found) => add(found, kind));
  } else if (ts.isFunctionDeclaration(statement)) {
    if (statement.name && statement.body) add(statement.name, 'function');
  } else if (ts.isClassDeclaration(statement)) {
    if (statement.name) add(statement.name, 'class');
  } else if (ts.isEnumDeclaration(statement)) {
    add(statement.name, 'enum');
  } else if (ts.isModuleDeclaration(statement)) {
    if (ts.isIdentifier(statement.name) && hasValues(statement)) add(statement.name, 'namespace');
  } else if (ts.isImportDeclaration(statement)) {
    forEachImport(statement, (name) => add(name, 'import'));
  } else if (ts.isImportEqualsDeclaration(statement)) {
    if (!statement.isTypeOnly) add(statement.name, ts.isExternalModuleReference(statement.moduleReference) ? 'import' : 'var');
  } else {
    forEachVar(statement, (name) => add(name, 'var'));
  }
}

/** Whether a modifier is `declare`: what stands behind it exists for the types alone. */
export function isDeclare(modifier: ts.Modifier): boolean {
  return modifier.kind === ts.SyntaxKind.DeclareKeyword;
}

/** Whether JavaScript or TypeScript lets one name be declared in both ways. */
function mayMerge(a: DeclarationKind, b: DeclarationKind): boolean {
  const both = new Set([a, b]);
  if (both.has('namespace')) return ['namespace', 'class', 'function', 'enum'].includes(a === 'namespace' ? b : a);
  return a === b ? a === 'var' || a === 'function' || a === 'enum' : both.has('var') && both.has('function');
}

/** How the variables of a list are declared. */
export function variableKind({ flags }: ts.VariableDeclarationList): DeclarationKind {
  // `await using` is the bits of `using` and of `const` together.
  const awaitUsing: number = ts.NodeFlags.AwaitUsing;
  if ((flags & awaitUsing) === awaitUsing) return 'await using';
  if (flags & ts.NodeFlags.Using) return 'using';
  if (flags & ts.NodeFlags.Const) return 'const';
  return flags & ts.NodeFlags.Let ? 'let' : 'var';
}

/** Calls `found` for each name that a declaration binds, also inside its patterns. */
export function forEachName(name: ts.BindingName, found: (name: ts.Identifier) => void): void {
  if (ts.isIdentifier(name)) found(name);
  else for (const element of name.elements) if (ts.isBindingElement(element)) forEachName(element.name, found);
}

/** Calls `found` for each variable that `var` declares under `node` and hoists out of it. */
export function forEachVar(node: ts.Node, found: (name: ts.Identifier) => void): void {
  if (ts.isFunctionLike(node) || ts.isClassStaticBlockDeclaration(node) || ts.isModuleDeclaration(node)) return;
  if (ts.isVariableDeclarationList(node) && variableKind(node) === 'var') {
    for (const { name } of node.declarations) forEachName(name, found);
  }
  ts.forEachChild(node, (child) => forEachVar(child, found));
}

function forEachImport({ importClause: clause }: ts.ImportDeclaration, found: (name: ts.Identifier) => void): void {
  if (!clause || clause.phaseModifier === ts.SyntaxKind.TypeKeyword) return;
  if (clause.name) found(clause.name);
  if (!clause.namedBindings) return;
  if (ts.isNamespaceImport(clause.namedBindings)) found(clause.namedBindings.name);
  else for (const element of clause.namedBindings.elements) if (!element.isTypeOnly) found(element.name);
}

/** Whether a namespace holds more than types, and so exists at run time. */
export function hasValues({ body }: ts.ModuleDeclaration): boolean {
  if (!body || !ts.isModuleBlock(body)) return body !== undefined && ts.isModuleDeclaration(body) && hasValues(body);
  return body.statements.some(
    (statement) =>
      !ts.isInterfaceDeclaration(statement) &&
      !ts.isTypeAliasDeclaration(statement) &&
      !(ts.isModuleDeclaration(statement) && !hasValues(statement)),
  );
}

/** Puts plainer declarations for two that TypeScript would rearrange or drop. */
function simplify(statement: ts.Node, factory: ts.NodeFactory): ts.Node {
  // TypeScript would put the whole cell into a `try` to release these at its end; the session does that.
  if (ts.isVariableStatement(statement) && variableKind(statement.declarationList).endsWith('using')) {
    const list = factory.createVariableDeclarationList(statement.declarationList.declarations, ts.NodeFlags.Const);
    return factory.updateVariableStatement(statement, undefined, ts.setTextRange(list, statement.declarationList));
  }
  // `import x = require('y')` means module.exports, which is the default import by Node's rules.
  if (ts.isImportEqualsDeclaration(statement) && ts.isExternalModuleReference(statement.moduleReference)) {
    if (statement.isTypeOnly) return factory.createEmptyStatement();
    const clause = factory.createImportClause(undefined, statement.name, undefined);
    const replaced = factory.createImportDeclaration(undefined, clause, statement.moduleReference.expression);
    return ts.setTextRange(replaced, statement);
  }
  return statement;
}
