// Finds the expression of a tensor in a call that a gradient check names, and what it is to be changed to.
import ts from 'typescript';
import type { Params, Result } from '../../protocol/contract.js';
import type { languageContract } from '../../protocol/language.js';
import { LineTable } from '../source-map.js';
import { spanInCell, toModule } from './cell-module.js';
import type { Editor, EditorCell } from './editor.js';

/** Which tensor of which call is to be changed, and how. */
export type Proposal = Omit<Params<typeof languageContract, 'mend'>, 'notebook' | 'cell'>;
/** The expression in the cell's text, and what to write in its place. */
export type Mending = Result<typeof languageContract, 'mend'>;

/** The change as one of the cell's text; null where the place has no such call, or the change cannot be made there. */
export function mend(editor: Editor, { cell, module, path }: EditorCell, { line, column, operand, edit }: Proposal): Mending {
  const program = editor.program();
  const file = program.getSourceFile(path);
  const { code } = cell.source;
  const lines = new LineTable(code);
  const offset = lines.offset({ line: line - 1, column: column - 1 });
  // A place beside its line is in another text.
  if (!file || offset < 0 || offset >= code.length || lines.place(offset).line !== line - 1) return null;
  const call = callAt(file, toModule(module, offset));
  if (!call) return null;
  const tensors = tensorsOf(call, program.getTypeChecker());
  // Checks count values. Where one is given twice, the numbers are others, and it cannot be told which of both is meant.
  const isClear = new Set(tensors.map((each) => each.getText(file))).size === tensors.length;
  const expression = operand < 0 ? call : isClear ? tensors[operand] : undefined;
  const change = expression && ('append' in edit ? appended(expression, edit.append) : removed(expression, edit.remove));
  if (!change) return null;
  const start = change.node.getStart(file);
  const span = spanInCell(module, { start, length: change.node.end - start });
  return span ? { span, text: change.node.getText(file), replacement: change.text } : null;
}

/** The call that stacks name by this place: that of the function's name, behind the last dot. */
function callAt(file: ts.SourceFile, offset: number): ts.CallExpression | undefined {
  let found: ts.CallExpression | undefined;
  const visit = (node: ts.Node): void => {
    if (offset < node.pos || offset >= node.end) return;
    if (ts.isCallExpression(node) && nameOf(node).getStart(file) === offset) found = node;
    ts.forEachChild(node, visit);
  };
  visit(file);
  return found;
}

function nameOf({ expression }: ts.CallExpression): ts.Node {
  return ts.isPropertyAccessExpression(expression) ? expression.name : expression;
}

/** The tensors of a call in their order: that before the dot, and those among the arguments and in lists of them. */
function tensorsOf({ expression, arguments: given }: ts.CallExpression, checker: ts.TypeChecker): ts.Expression[] {
  const receiver = ts.isPropertyAccessExpression(expression) ? [expression.expression] : [];
  const listed = given.flatMap((each) => (ts.isArrayLiteralExpression(each) ? [...each.elements] : [each]));
  return [...receiver, ...listed].filter((each) => {
    const type = checker.getNonNullableType(checker.getTypeAtLocation(each));
    return (type.isUnion() ? type.types : [type]).some(({ symbol }) => (symbol as ts.Symbol | undefined)?.name === 'Tensor');
  });
}

interface Change {
  readonly node: ts.Expression;
  readonly text: string;
}

function appended(node: ts.Expression, text: string): Change {
  return { node, text: asReceiver(node) + text };
}

/** An expression as it is written before a dot. */
function asReceiver(node: ts.Expression): string {
  const written = node.getText();
  return ts.isLeftHandSideExpression(node) && !ts.isNewExpression(node) ? written : `(${written})`;
}

/** Whether an expression is part of a larger one, before a dot, say, so that not every expression can take its place. */
function isOperand(node: ts.Expression): boolean {
  const { parent } = node;
  const isInBrackets = ts.isParenthesizedExpression(parent) || ts.isArrayLiteralExpression(parent);
  const isArgument = ts.isCallExpression(parent) && parent.expression !== node;
  return ts.isExpression(parent) && !isInBrackets && !isArgument;
}

/** Takes the call of a method off: `x.conj()` is `x`, and so is `pv.conj(x)`. The method may be called on what was named, too. */
function removed(node: ts.Expression, method: string): Change | undefined {
  const inner = inside(node);
  const { parent } = node;
  const around = ts.isPropertyAccessExpression(parent) && parent.expression === node ? parent.parent : undefined;
  for (const call of [inner, around]) {
    if (!call || !ts.isCallExpression(call) || !ts.isPropertyAccessExpression(call.expression)) continue;
    if (call.expression.name.text !== method) continue;
    const [first, ...rest] = call.arguments;
    if (rest.length > 0 || (first && ts.isSpreadElement(first))) continue;
    const kept = first ?? call.expression.expression;
    // The whole of `(x.conj())!` goes, so that no bracket is left over.
    const replaced = call === inner ? node : call;
    return { node: replaced, text: isOperand(replaced) ? asReceiver(kept) : kept.getText() };
  }
  return undefined;
}

function inside(node: ts.Expression): ts.Expression {
  return ts.isParenthesizedExpression(node) || ts.isNonNullExpression(node) ? inside(node.expression) : node;
}
