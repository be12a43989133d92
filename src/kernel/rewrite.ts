// Wires the JavaScript of a cell to the scope that all cells share. A reference `x` to a shared variable becomes `$$x.v`, its
// declaration `$$x.i = …`; names that the cell declares in inner scopes, properties, labels and globals stay as they are.
import ts from 'typescript';
import { Editor } from './editor.js';
import { enter, isLocal } from './scopes.js';
import type { Scope } from './scopes.js';
import type { Segments } from './source-map.js';
import { firstName, hasNewTarget, isAnonymousFunction, isReference, mayAwait, mayName, outsideParentheses } from './syntax.js';
import type { DeclarationKind } from './transpile.js';

/** What the rewriting must know of a cell's JavaScript. */
export interface RewriteInput {
  readonly code: string;
  readonly segments: Segments;
  readonly declarations: ReadonlyMap<string, DeclarationKind>;
  /** Whether the value of the last statement is the cell's. */
  readonly endsWithExpression: boolean;
  /** Whether a name that no inner scope declares lives in the shared scope, and not among the globals. */
  readonly isShared: (name: string) => boolean;
  /** Throws the syntax error for an offset of `code`. */
  readonly fail: (offset: number, message: string) => never;
}

/**
 * The expression of the cell's function: `async function ($$) { await null; … }`, to be called with the cell's `Runtime`. Strict, returns the
 * value of the last expression.
 */
export function rewrite(input: RewriteInput): Rewritten {
  return new Rewriter(input).run();
}

/** What the rewriting gives. */
export interface Rewritten {
  readonly code: string;
  readonly segments: Segments;
  /** Offset in the input's code of each `await`, by the number that it has in the rewritten code. */
  readonly awaits: readonly number[];
}

/** Takes the compiler's own spelling out of a message: V8 renders what it could not call or read from the code that ran. */
export function unmangle(message: string): string {
  const spelled = message
    .replace(/\${2,}\.resume is not a function or its return value is not iterable/g, `${awaited} is not iterable`)
    .replace(/\${2,}\.resume\(\.\.\.\)/g, awaited);
  return spelled.replace(
    /\(0 , \${2,}?([\p{ID_Continue}$]+)\.v\)|\${2,}?([\p{ID_Continue}$]+)\.[vit]\b/gu,
    (_, called: string | undefined, read: string | undefined) => called ?? read ?? '',
  );
}

/** V8's own words for the value of an `await`. */
const awaited = '(intermediate value)';

class Rewriter {
  private readonly file: ts.SourceFile;
  private readonly editor: Editor;
  private readonly prefix: string;
  private readonly used = new Set<string>();
  private readonly hoisted: string[] = [];
  private readonly imports: { text: string; at: number }[] = [];
  private readonly awaits: number[] = [];

  constructor(private readonly input: RewriteInput) {
    const { code } = input;
    this.file = ts.createSourceFile('cell.js', code, ts.ScriptTarget.ESNext, true, ts.ScriptKind.JS);
    this.editor = new Editor(code);
    let prefix = '$$';
    while (code.includes(prefix)) prefix += '$';
    this.prefix = prefix;
  }

  run(): Rewritten {
    const { statements } = this.file;
    // TypeScript may print an `export {}` after the last statement of the cell.
    const last = statements.findLast((statement) => ts.isExpressionStatement(statement) || ts.isExportAssignment(statement));
    for (const statement of statements) this.statement(statement, this.input.endsWithExpression && statement === last);
    this.editor.insert(this.input.code.length, '\n})');
    const bindings = [...this.used].map((name) => `${this.prefix}${name}=${this.prefix}.binding(${JSON.stringify(name)})`);
    const head = `"use strict";(async function (${this.prefix}) {await null;`;
    const { text, segments } = this.editor.apply(
      [{ text: head + (bindings.length > 0 ? `const ${bindings.join(',')};` : '') + this.hoisted.join(''), at: 0 }, ...this.imports],
      this.input.segments,
    );
    return { code: text, segments, awaits: this.awaits };
  }

  /** One statement of the cell's top level. */
  private statement(node: ts.Statement, isResult: boolean): void {
    const start = node.getStart(this.file);
    if (ts.isImportDeclaration(node)) {
      this.importModule(node);
    } else if (ts.isExportDeclaration(node)) {
      if (node.moduleSpecifier) this.addImport(node.moduleSpecifier);
      this.editor.replace(start, node.end, '');
    } else if (ts.isExpressionStatement(node) || ts.isExportAssignment(node)) {
      const { expression } = node;
      const from = ts.isExportAssignment(node) ? start : expression.getStart(this.file);
      this.editor.replace(from, expression.getStart(this.file), isResult ? 'return (' : '(');
      this.visit(expression, undefined);
      this.editor.insert(expression.end, ')');
    } else if (ts.isFunctionDeclaration(node) || ts.isClassDeclaration(node)) {
      this.functionOrClass(node, start);
    } else {
      if (ts.isVariableStatement(node)) this.editor.replace(start, node.declarationList.getStart(this.file), '');
      this.visit(node, undefined);
    }
  }

  private functionOrClass(node: ts.FunctionDeclaration | ts.ClassDeclaration, start: number): void {
    const afterExport = node.modifiers?.findLast(
      ({ kind }) => kind === ts.SyntaxKind.ExportKeyword || kind === ts.SyntaxKind.DefaultKeyword,
    )?.end;
    const name = node.name?.text;
    const isFunction = ts.isFunctionDeclaration(node);
    // Functions stay declarations, so that they hoist, and are handed over before the first statement.
    if (name && isFunction) this.hoisted.push(`${this.shared(name)}.i=${name};`);
    const open = !name ? '(' : isFunction ? '' : `${this.shared(name)}.i = `;
    this.editor.replace(start, afterExport ?? start, open);
    this.visit(node, undefined);
    if (open) this.editor.insert(node.end, name ? ';' : ');');
  }

  private importModule(node: ts.ImportDeclaration): void {
    const { importClause: clause, moduleSpecifier } = node;
    const module = this.addImport(moduleSpecifier);
    const add = (text: string): number => this.imports.push({ text, at: node.getStart(this.file) });
    const from = moduleSpecifier.getText(this.file);
    if (clause?.name) add(`${this.shared(clause.name.text)}.from(${module},"default",${from});`);
    const named = clause?.namedBindings;
    if (named && ts.isNamespaceImport(named)) add(`${this.shared(named.name.text)}.i=${module};`);
    if (named && ts.isNamedImports(named)) {
      for (const { name, propertyName } of named.elements) {
        const exported = JSON.stringify((propertyName ?? name).text);
        add(`${this.shared(name.text)}.from(${module},${exported},${from});`);
      }
    }
    this.editor.replace(node.getStart(this.file), node.end, '');
  }

  /** Imports before the first statement, as a module does; returns the variable that holds the namespace. */
  private addImport(specifier: ts.Expression): string {
    const module = `${this.prefix}${this.imports.length}`;
    const text = `const ${module}=await ${this.prefix}.import(${specifier.getText(this.file)});`;
    this.imports.push({ text, at: specifier.getStart(this.file) });
    return module;
  }

  private visit(node: ts.Node, scope: Scope | undefined): void {
    if (ts.isIdentifier(node)) return this.identifier(node, scope);
    if (ts.isVariableDeclarationList(node) && this.isSharedList(node, scope)) return this.variables(node, scope);
    if (ts.isBinaryExpression(node) && ts.isIdentifier(node.left) && mayName(node.operatorToken) && this.isShared(node.left, scope)) {
      this.visit(node.left, scope);
      return this.named(node.left.text, node.right, scope);
    }
    if (ts.isMetaProperty(node) && node.keywordToken === ts.SyntaxKind.ImportKeyword) {
      return this.editor.replace(node.getStart(this.file), node.end, `${this.prefix}.meta`);
    }
    if (node.kind === ts.SyntaxKind.ImportKeyword) {
      return this.editor.replace(node.getStart(this.file), node.end, `${this.prefix}.import`);
    }
    this.refuse(node);
    const isAwait = ts.isAwaitExpression(node) && mayAwait(node);
    if (isAwait) this.openAwait(node);
    if (ts.isForOfStatement(node) && node.awaitModifier && ts.isBlock(node.statement)) {
      this.editor.insert(node.statement.getStart(this.file) + 1, `${this.prefix}.resume();`);
    }
    const inner = enter(node, scope);
    // The catch clause's variable gets its message cleaned before the cell's own code sees it.
    if (ts.isCatchClause(node)) {
      const name = node.variableDeclaration?.name;
      const caught = name && ts.isIdentifier(name) ? name.text : '';
      this.editor.insert(node.block.getStart(this.file) + 1, `${this.prefix}.caught(${caught});`);
    }
    ts.forEachChild(node, (child) => {
      // A method's computed name is evaluated outside of it, where its parameters are not known.
      this.visit(child, ts.isFunctionLike(node) && child === node.name ? scope : inner);
    });
    if (isAwait) this.editor.insert(node.end, '))');
  }

  /** Notes where the cell waits, and has the kernel look at its return whether it was interrupted meanwhile. */
  private openAwait(node: ts.AwaitExpression): void {
    const start = node.getStart(this.file);
    const number = this.awaits.push(start) - 1;
    this.editor.insert(start, `${this.prefix}.resume((${this.prefix}.at=${number},`);
  }

  /** What is an error in a module, and would not be one in the function that the cell becomes. */
  private refuse(node: ts.Node): void {
    if (ts.isMetaProperty(node) && !ts.findAncestor(node, hasNewTarget)) {
      this.input.fail(node.getStart(this.file), 'new.target expression is not allowed here');
    }
    if (ts.isReturnStatement(node) && !ts.findAncestor(node, ts.isFunctionLike)) {
      this.input.fail(node.getStart(this.file), 'Illegal return statement: a cell is not a function; its last expression is its result');
    }
    if (ts.isDeleteExpression(node) && ts.isIdentifier(node.expression)) {
      this.input.fail(node.getStart(this.file), 'Delete of an unqualified identifier in strict mode.');
    }
  }

  private identifier(node: ts.Identifier, scope: Scope | undefined): void {
    if (!isReference(node) || !this.isShared(node, scope)) return;
    const binding = this.shared(node.text);
    const user = outsideParentheses(node);
    // A plain call passes no `this`.
    const isCallee =
      (ts.isCallExpression(user.parent) && user.parent.expression === user) ||
      (ts.isTaggedTemplateExpression(user.parent) && user.parent.tag === user);
    let text = isCallee ? `(0, ${binding}.v)` : `${binding}.v`;
    if (ts.isShorthandPropertyAssignment(node.parent) && node.parent.name === node) text = `${node.text}: ${text}`;
    else if (ts.isTypeOfExpression(user.parent)) text = `${binding}.t`;
    this.editor.replace(node.getStart(this.file), node.end, text, isCallee && user === node);
  }

  private isShared({ text }: ts.Identifier, scope: Scope | undefined): boolean {
    return !isLocal(text, scope) && (this.input.declarations.has(text) || (!this.isHelper(text) && this.input.isShared(text)));
  }

  /** Whether TypeScript's output declares the name for itself. */
  private isHelper(name: string): boolean {
    this.helpers ??= new Set(
      this.file.statements
        .filter(ts.isVariableStatement)
        .flatMap(({ declarationList }) => declarationList.declarations)
        .flatMap((declaration) => (ts.isIdentifier(declaration.name) ? [declaration.name.text] : [])),
    );
    return this.helpers.has(name);
  }

  private helpers: ReadonlySet<string> | undefined;

  private shared(name: string): string {
    this.used.add(name);
    return `${this.prefix}${name}`;
  }

  private isSharedList(list: ts.VariableDeclarationList, scope: Scope | undefined): boolean {
    const name = firstName(list.declarations[0]?.name);
    return name === undefined ? scope === undefined : this.input.declarations.has(name.text) && !isLocal(name.text, scope);
  }

  /** `let a = 1, {b} = o` becomes `($$a.i = 1, {b: $$b.i} = o)`. */
  private variables(list: ts.VariableDeclarationList, scope: Scope | undefined): void {
    const isLoopVariable = ts.isForOfStatement(list.parent) || ts.isForInStatement(list.parent);
    const first = list.declarations[0]?.getStart(this.file) ?? list.end;
    this.editor.replace(list.getStart(this.file), first, isLoopVariable ? '' : '(');
    for (const { name, initializer } of list.declarations) {
      const kind = ts.isIdentifier(name) ? this.input.declarations.get(name.text) : undefined;
      if (initializer || isLoopVariable) {
        this.target(name, scope);
      } else if (ts.isIdentifier(name)) {
        // `var x;` leaves the value that x has.
        const text = kind === 'var' || kind === 'enum' || kind === 'namespace' ? '0' : `${this.shared(name.text)}.i = void 0`;
        this.editor.replace(name.getStart(this.file), name.end, text);
      }
      if (!initializer) continue;
      const use = kind === 'using' || kind === 'await using';
      if (use) this.editor.insert(initializer.getStart(this.file), `${this.prefix}.use(`);
      if (ts.isIdentifier(name)) this.named(name.text, initializer, scope);
      else this.visit(initializer, scope);
      if (use) this.editor.insert(initializer.end, `, ${kind === 'await using'})`);
    }
    if (!isLoopVariable) this.editor.insert(list.end, ')');
  }

  /** Turns what a declaration binds into what an assignment sets. */
  private target(name: ts.BindingName, scope: Scope | undefined, lead = ''): void {
    if (ts.isIdentifier(name)) {
      this.editor.replace(name.getStart(this.file), name.end, `${lead}${this.shared(name.text)}.i`);
      return;
    }
    for (const element of name.elements) {
      if (!ts.isBindingElement(element)) continue;
      const { propertyName, name: inner, initializer, dotDotDotToken } = element;
      const isShorthand = ts.isObjectBindingPattern(name) && !propertyName && !dotDotDotToken;
      if (propertyName && ts.isComputedPropertyName(propertyName)) this.visit(propertyName, scope);
      this.target(inner, scope, isShorthand && ts.isIdentifier(inner) ? `${inner.text}: ` : '');
      if (initializer && ts.isIdentifier(inner)) this.named(inner.text, initializer, scope);
      else if (initializer) this.visit(initializer, scope);
    }
  }

  /** The value assigned to a name: an anonymous function or class takes that name, which it would not from `$$f.i = …`. */
  private named(name: string, value: ts.Expression, scope: Scope | undefined): void {
    const isAnonymous = isAnonymousFunction(value);
    const key = name === '__proto__' ? '["__proto__"]' : name;
    if (isAnonymous) this.editor.insert(value.getStart(this.file), `({ ${key}: `);
    this.visit(value, scope);
    if (isAnonymous) this.editor.insert(value.end, ` }).${name}`);
  }
}
