// TypeScript's diagnostics as people with notebooks read them: in the cell, without what only modules need, and with what to do.
import ts from 'typescript';
import type { CellDiagnostic } from '../../protocol/language.js';
import type { ModuleText, TakenName } from './cell-module.js';
import { spanInCell, withoutMarks } from './cell-module.js';
import { isParseval } from './environment.js';

/** What is said of a cell, and where from. */
export interface DiagnosedCell {
  readonly module: ModuleText;
  readonly file: ts.SourceFile;
  readonly program: ts.Program;
  /** The notebook's folder. */
  readonly folder: string;
}

const severities = {
  [ts.DiagnosticCategory.Error]: 'error',
  [ts.DiagnosticCategory.Warning]: 'warning',
  [ts.DiagnosticCategory.Suggestion]: 'suggestion',
  [ts.DiagnosticCategory.Message]: 'suggestion',
} as const;

/** What cells may do: import packages without types (7016), and JSON as the kernel does, without attributes (1543) and by name (1544). */
const allowed: ReadonlySet<number> = new Set([7016, 1543, 1544]);
/** An array of unknown elements, said where it is declared, and where it is used. */
const unknownArray = { declared: 7034, used: 7005 };
/** "Did you forget to use 'await'?" */
const forgottenAwait = 2773;

/** The diagnostics that concern the cell's own text, in its order. */
export function cellDiagnostics(cell: DiagnosedCell, diagnostics: readonly ts.Diagnostic[]): CellDiagnostic[] {
  const found = diagnostics.flatMap((each): CellDiagnostic[] => {
    if (each.start === undefined || allowed.has(each.code)) return [];
    const span = spanInCell(cell.module, { start: each.start, length: each.length ?? 0 });
    if (!span || isOursAlone(cell, each, diagnostics)) return [];
    const message = plainMessage(messageOf(cell, each, each.start));
    const tags = [...(each.reportsUnnecessary ? ['unnecessary' as const] : []), ...(each.reportsDeprecated ? ['deprecated' as const] : [])];
    return [{ span, severity: severities[each.category], message, code: each.code, tags }];
  });
  const sorted = found.sort((a, b) => a.span.start - b.span.start);
  // TypeScript complains of both operands of `a * b`; one piece of advice is enough.
  return sorted.filter(
    ({ code, message }, index) => code !== 2363 || hintIn(message) === '' || hintIn(sorted[index - 1]?.message) !== hintIn(message),
  );
}

/** Whether an array is of unknown elements only where we export it as it is at the end of the cell: it is still to be filled. */
function isOursAlone({ module, file }: DiagnosedCell, { code, start, length }: ts.Diagnostic, all: readonly ts.Diagnostic[]): boolean {
  if (code !== unknownArray.declared || start === undefined) return false;
  const name = file.text.slice(start, start + (length ?? 0));
  const isUse = (other: ts.Diagnostic): boolean =>
    other.code === unknownArray.used &&
    other.start !== undefined &&
    file.text.startsWith(name, other.start) &&
    spanInCell(module, { start: other.start, length: other.length ?? 0 }) !== undefined;
  return !all.some(isUse);
}

/** The message without what only modules need. Two types of one name are those of two runs of a cell. */
function plainMessage(message: string): string {
  const plain = withoutMarks(message);
  const isSame = plain !== message && message.includes('__parseval_') && /'([^'\n]+)'[^'\n]+'\1'/.test(plain);
  return isSame ? `${plain}\nThe name was declared anew in between: make the value again.` : plain;
}

function messageOf(cell: DiagnosedCell, diagnostic: ts.Diagnostic, start: number): string {
  const message = ts.flattenDiagnosticMessageText(diagnostic.messageText, '\n');
  const text = cell.file.text.slice(start, start + (diagnostic.length ?? 0));
  switch (diagnostic.code) {
    case 2307:
    case 2882: // of an import for its effects
    case 2834: // with advice that does not hold here: extensions may be left out
    case 2835:
      return missingModule(text.slice(1, -1), cell.folder) ?? message;
    case 2362:
    case 2363:
    case 2365:
      return message + tensorHint(cell, start, start + text.length);
    case 2584:
      return `Cannot find name '${text}'. Cells run in Node, which has no page.`;
    case 2632:
      return assigned(cell.module.taken.find(({ declared, isValue }) => isValue && declared.name === text)) ?? message;
    default: {
      const hints = diagnostic.relatedInformation?.filter(({ code }) => code === forgottenAwait) ?? [];
      return [message, ...hints.map(({ messageText }) => ts.flattenDiagnosticMessageText(messageText, '\n'))].join('\n');
    }
  }
}

/** The words of the kernel for the same (modules.ts). */
function missingModule(specifier: string, folder: string): string | undefined {
  if (specifier.startsWith('node:') || specifier.startsWith('#')) return undefined;
  const isFile = /^[./]/.test(specifier);
  const name = specifier.split('/', specifier.startsWith('@') ? 2 : 1).join('/');
  const advice = isFile ? 'check the path, which starts from the notebook' : `run 'npm install ${name}' there`;
  return `Cannot find ${isFile ? 'file' : 'package'} '${specifier}' from the notebook's folder ${folder}: ${advice}.`;
}

/** TypeScript calls what another cell declares an import. */
function assigned(taken: TakenName | undefined): string | undefined {
  if (!taken) return undefined;
  const { name, kind } = taken.declared;
  if (kind === 'const') return `Cannot assign to '${name}' because it is a constant.`;
  if (kind === 'import') return undefined;
  return `Cannot assign to '${name}' because it is ${/^[aeiou]/.test(kind) ? 'an' : 'a'} ${kind}.`;
}

/** The method that stands for an operator, and whether its operands may be exchanged. */
const methods = new Map<ts.SyntaxKind, readonly [method: string, isCommutative: boolean, isAssignment: boolean]>([
  [ts.SyntaxKind.PlusToken, ['add', true, false]],
  [ts.SyntaxKind.MinusToken, ['sub', false, false]],
  [ts.SyntaxKind.AsteriskToken, ['mul', true, false]],
  [ts.SyntaxKind.SlashToken, ['div', false, false]],
  [ts.SyntaxKind.AsteriskAsteriskToken, ['pow', false, false]],
  [ts.SyntaxKind.PlusEqualsToken, ['add', true, true]],
  [ts.SyntaxKind.MinusEqualsToken, ['sub', false, true]],
  [ts.SyntaxKind.AsteriskEqualsToken, ['mul', true, true]],
  [ts.SyntaxKind.SlashEqualsToken, ['div', false, true]],
  [ts.SyntaxKind.AsteriskAsteriskEqualsToken, ['pow', false, true]],
]);
/** Longer operands are not repeated in a message. */
const shortOperand = 24;

const noOperators = '\nTensors have no operators';

function hintIn(message = ''): string {
  const at = message.indexOf(noOperators);
  return at < 0 ? '' : message.slice(at);
}

/** What to write instead of an operator between tensors. */
function tensorHint({ file, program }: DiagnosedCell, start: number, end: number): string {
  const expression = operationAt(file, start, end);
  if (!expression) return '';
  const checker = program.getTypeChecker();
  const [left, right] = [expression.left, expression.right];
  const isLeft = isTensor(checker.getTypeAtLocation(left));
  if (!isLeft && !isTensor(checker.getTypeAtLocation(right))) return '';
  const [method, isCommutative, isAssignment] = methods.get(expression.operatorToken.kind) ?? [];
  if (method === undefined) return `${noOperators}: use a method of the tensor.`;
  const [a, b] = [left, right].map((operand, index) => {
    const text = operand.getText(file);
    return text.length <= shortOperand && /^[\p{ID_Continue}$.()[\]]+$/u.test(text) ? text : 'ab'.charAt(index);
  });
  const call = isLeft ? `${a}.${method}(${b})` : isCommutative ? `${b}.${method}(${a})` : `pv.${method}(${a}, ${b})`;
  return `${noOperators}: use ${isAssignment ? `${a} = ${call}` : call}.`;
}

/** The operation that a span covers, or of which it covers an operand. */
function operationAt(file: ts.SourceFile, start: number, end: number): ts.BinaryExpression | undefined {
  const visit = (node: ts.Node): ts.BinaryExpression | undefined => {
    if (node.pos > start || node.end < end) return undefined;
    const inner = ts.forEachChild(node, visit);
    if (inner) return inner;
    if (!ts.isBinaryExpression(node)) return undefined;
    return [node, node.left, node.right].some((each) => each.getStart(file) === start && each.end === end) ? node : undefined;
  };
  return visit(file);
}

function isTensor(type: ts.Type): boolean {
  if (type.isUnionOrIntersection()) return type.types.some(isTensor);
  const symbol = type.getSymbol();
  return symbol?.name === 'Tensor' && symbol.declarations?.some((each) => isParseval(each.getSourceFile().fileName)) === true;
}
