// Questions that the rewriting asks about single nodes of JavaScript.
import ts from 'typescript';

/** Whether an identifier stands for a variable's value, and not for a property, a label or the name in a declaration. */
export function isReference(node: ts.Identifier): boolean {
  const { parent } = node;
  if (ts.isShorthandPropertyAssignment(parent)) return true;
  if (ts.isBindingElement(parent) || ts.isVariableDeclaration(parent) || ts.isParameter(parent)) return parent.initializer === node;
  if (ts.isPropertyAccessExpression(parent) || ts.isPropertyAssignment(parent)) return parent.name !== node;
  if (ts.isClassElement(parent) || ts.isFunctionLike(parent) || ts.isClassLike(parent)) return parent.name !== node;
  return !ts.isLabeledStatement(parent) && !ts.isBreakOrContinueStatement(parent) && !ts.isMetaProperty(parent);
}

/** Whether `new.target` may stand inside of the node. */
export function hasNewTarget(node: ts.Node): boolean {
  return (ts.isFunctionLike(node) && !ts.isArrowFunction(node)) || ts.isClassElement(node);
}

/** Whether `await` is allowed where the node stands. */
export function mayAwait(node: ts.Node): boolean {
  const around = ts.findAncestor(node, ts.isFunctionLike);
  return (
    !around || (ts.canHaveModifiers(around) && (ts.getModifiers(around)?.some(({ kind }) => kind === ts.SyntaxKind.AsyncKeyword) ?? false))
  );
}

/** The expression with the parentheses around it. */
export function outsideParentheses(node: ts.Expression): ts.Expression {
  return ts.isParenthesizedExpression(node.parent) ? outsideParentheses(node.parent) : node;
}

/** Whether an expression is a function or class that takes the name of what it is assigned to. */
export function isAnonymousFunction(node: ts.Expression): boolean {
  if (ts.isParenthesizedExpression(node)) return isAnonymousFunction(node.expression);
  return ts.isArrowFunction(node) || ((ts.isFunctionExpression(node) || ts.isClassExpression(node)) && !node.name);
}

/** Whether an assignment by this operator gives its name to an anonymous function. */
export function mayName({ kind }: ts.BinaryOperatorToken): boolean {
  return (
    kind === ts.SyntaxKind.EqualsToken ||
    kind === ts.SyntaxKind.BarBarEqualsToken ||
    kind === ts.SyntaxKind.AmpersandAmpersandEqualsToken ||
    kind === ts.SyntaxKind.QuestionQuestionEqualsToken
  );
}

/** The first name that a declaration binds. */
export function firstName(name: ts.BindingName | undefined): ts.Identifier | undefined {
  if (!name || ts.isIdentifier(name)) return name;
  for (const element of name.elements) {
    const found = ts.isBindingElement(element) ? firstName(element.name) : undefined;
    if (found) return found;
  }
  return undefined;
}
