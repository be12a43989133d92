// Documentation as Markdown, from what TypeScript made of a comment, or from the comment itself where it was not parsed (see files.ts).
import { readFileSync } from 'node:fs';
import ts from 'typescript';
import { environment } from './environment.js';
import { isPlain } from './files.js';

/** A comment: its text, and its tags with theirs. */
export interface Comment {
  readonly text: string;
  readonly tags: readonly { readonly name: string; readonly text: string }[];
}

/** What TypeScript answers with. */
interface Documented {
  readonly documentation?: readonly ts.SymbolDisplayPart[] | undefined;
  readonly tags?: readonly ts.JSDocTagInfo[] | undefined;
}

/** A comment as TypeScript's answers hold it. */
export function commentOf({ documentation = [], tags = [] }: Documented): Comment {
  return {
    text: ts.displayPartsToString([...documentation]),
    tags: tags.map(({ name, text = [] }) => ({ name, text: ts.displayPartsToString(text) })),
  };
}

/** Whether a comment says nothing. */
export function isEmpty({ text, tags }: Comment): boolean {
  return text === '' && tags.length === 0;
}

/** A comment as Markdown. */
export function markdown({ text, tags }: Comment): string {
  const lines = tags.map((tag) => tagMarkdown(tag.name, withLinks(tag.text)));
  return [withLinks(text), ...lines].filter((each) => each !== '').join('\n\n');
}

function tagMarkdown(name: string, text: string): string {
  switch (name) {
    case 'example': {
      const [, caption = '', code = ''] = /^\s*(?:<caption>([\s\S]*?)<\/caption>)?([\s\S]*)$/.exec(text) ?? [];
      const fenced = code.includes('```') ? code.trim() : `\`\`\`typescript\n${code.trim()}\n\`\`\``;
      return `${`*@example* ${caption}`.trimEnd()}\n\n${fenced}`;
    }
    case 'param':
    case 'template':
    case 'property': {
      const [, parameter = '', rest = ''] = /^(\S+)\s*(?:[-–—]\s*)?([\s\S]*)$/.exec(text) ?? [];
      return `*@${name}* \`${parameter}\`${rest && ` — ${rest}`}`;
    }
    default:
      return text === '' ? `*@${name}*` : `*@${name}* — ${text}`;
  }
}

/** `{@link Name text}` and `{@link https://… text}`. */
function withLinks(text: string): string {
  return text.replace(/\{@(link|linkcode|linkplain)\s+([^\s|}]+)[\s|]*([^}]*)\}/g, (_, kind: string, target: string, label: string) => {
    const shown = label.trim() || target;
    if (/^https?:/.test(target)) return `[${shown}](${target})`;
    return kind === 'linkplain' ? shown : `\`${shown}\``;
  });
}

/** Files that were parsed for their comments; the last ones are kept. */
const parsed = new Map<string, ts.SourceFile>();
const kept = 4;

/** The comment of a declaration in a file whose comments programs do not parse; undefined for other files, and where there is none. */
export function plainComment(declaration: ts.Declaration): Comment | undefined {
  const file = declaration.getSourceFile();
  if (!isPlain(file.fileName)) return undefined;
  const { path, offset } = environment().realPlace(file.fileName, (ts.getNameOfDeclaration(declaration) ?? declaration).getStart(file));
  const source = commentedFile(path);
  if (!source) return undefined;
  const node = declarationAt(source, offset);
  if (!node) return undefined;
  // Of the overloads of a function the first has the comment.
  const all = node.parent
    .getChildren(source)
    .flatMap((child) => (child.kind === ts.SyntaxKind.SyntaxList ? child.getChildren(source) : [child]));
  const others = all.filter((each) => each.kind === node.kind && nameIn(each, source) === nameIn(node, source));
  for (const each of [node, ...others]) {
    const comment = readComment(each);
    if (!isEmpty(comment)) return comment;
  }
  return undefined;
}

function commentedFile(path: string): ts.SourceFile | undefined {
  const before = parsed.get(path);
  if (before) return before;
  try {
    const file = ts.createSourceFile(path, readFileSync(path, 'utf8'), ts.ScriptTarget.ESNext, true);
    parsed.set(path, file);
    const [oldest] = parsed.keys();
    if (parsed.size > kept && oldest !== undefined) parsed.delete(oldest);
    return file;
  } catch {
    return undefined;
  }
}

/** The declaration whose name, or which itself, begins at an offset; of a variable its statement, which has the comment. */
function declarationAt(file: ts.SourceFile, offset: number): ts.Node | undefined {
  let found: ts.Node | undefined;
  const visit = (node: ts.Node): void => {
    if (offset < node.pos || offset >= node.end) return;
    if (nameOf(node)?.getStart(file) === offset || (ts.isFunctionLike(node) && node.getStart(file) === offset)) found = node;
    ts.forEachChild(node, visit);
  };
  visit(file);
  return found && ts.isVariableDeclaration(found) ? found.parent.parent : found;
}

function nameOf(node: ts.Node): ts.Node | undefined {
  return 'name' in node && typeof node.name === 'object' ? (node.name as ts.Node) : undefined;
}

function nameIn(node: ts.Node, file: ts.SourceFile): string | undefined {
  return nameOf(node)?.getText(file);
}

function readComment(node: ts.Node): Comment {
  const parts = ts.getJSDocCommentsAndTags(node).filter(ts.isJSDoc);
  const last = parts.at(-1);
  return {
    text: ts.getTextOfJSDocComment(last?.comment) ?? '',
    tags: (last?.tags ?? []).map((tag) => {
      const name = ts.isJSDocParameterTag(tag) ? `${tag.name.getText()} ` : '';
      return { name: tag.tagName.text, text: name + (ts.getTextOfJSDocComment(tag.comment) ?? '') };
    }),
  };
}
