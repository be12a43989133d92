// Which cells check gradients. The editor and the command line ask it of texts as they are typed, where no compiler is at hand.

/** The tag that makes a cell a gradient-check cell, whatever its code. */
export const gradcheckTag = 'gradcheck';

/**
 * Whether a cell checks gradients: its `tags` say so, or its code calls `gradcheck(…)`, as a method such as `pv.gradcheck(…)` or alone.
 * Comments, texts and regular expressions are no code; what stands between `${` and `}` in a template is. A function that calls itself
 * something else (`import { gradcheck as check }`) is not seen: that is what the tag is for.
 */
export function isGradcheckCell(source: string, tags: readonly unknown[]): boolean {
  return tags.includes(gradcheckTag) || call.test(codeOf(source));
}

// A declaration is no call.
const call = /(?<![\p{ID_Continue}$#]|\bfunction[\s*]{1,9})gradcheck\s*(?:\?\.\s*)?\(/u;

const token = new RegExp(
  [
    /(?<space>\s+|\/\/.*|\/\*[^]*?(?:\*\/|$))/,
    // A text that is not closed, as while it is typed, ends with its line.
    /(?<text>'(?:\\[^]|[^'\\\n])*'?|"(?:\\[^]|[^"\\\n])*"?)/,
    /(?<word>[\p{ID_Start}$_#][\p{ID_Continue}$]*|\d[\w.]*)/u,
    /(?<mark>\+\+|--|\?\.|=>|[^])/,
  ]
    .map(({ source }) => source)
    .join('|'),
  'uy',
);
const regularExpression = /\/(?:\\.|\[(?:\\.|[^\]\\\n])*\]|[^/\\[\n])+\/[\p{ID_Continue}]*/uy;
const templateText = /(?:\\[^]|\$(?!\{)|[^\\$`])*(?<end>\$\{|`|$)/uy;

/** Words behind which a value begins, so that a slash there begins a regular expression. */
const expectsValue = new Set([
  'await',
  'case',
  'delete',
  'do',
  'else',
  'extends',
  'in',
  'instanceof',
  'new',
  'of',
  'return',
  'throw',
  'typeof',
  'void',
  'yield',
]);
/** Words whose parentheses end no value. */
const beginsStatement = new Set(['for', 'if', 'while', 'with']);

/** A source with a blank in place of each comment, and an empty text in place of each text and regular expression. */
function codeOf(source: string): string {
  let code = '';
  let at = 0;
  /** Whether a value has just ended, so that a slash divides. */
  let isAfterValue = false;
  let word = '';
  let mark = '';
  let isNewLine = false;
  /** What closes each open bracket: a template's text goes on behind its brace. */
  const open: { readonly isTemplate: boolean; readonly endsValue: boolean }[] = [];
  const take = (pattern: RegExp): RegExpExecArray | null => {
    pattern.lastIndex = at;
    const found = pattern.exec(source);
    at += found?.[0].length ?? 0;
    return found;
  };
  const template = (): void => {
    const isOpen = take(templateText)?.groups?.end === '${';
    if (isOpen) open.push({ isTemplate: true, endsValue: false });
    code += isOpen ? '`${' : '`';
    isAfterValue = !isOpen;
  };

  while (at < source.length) {
    if (source[at] === '/' && !isAfterValue && !/[/*]/.test(source[at + 1] ?? '') && take(regularExpression)) {
      code += "''";
      isAfterValue = true;
      [word, mark, isNewLine] = ['', '', false];
      continue;
    }
    const found = take(token)?.groups ?? {};
    if (found.space !== undefined) {
      isNewLine ||= found.space.includes('\n');
      code += ' ';
      continue;
    }
    const [wordBefore, markBefore] = [word, mark];
    word = found.word ?? '';
    mark = found.mark ?? '';
    if (found.text !== undefined) {
      code += "''";
      isAfterValue = true;
    } else if (mark === '') {
      // A property may have any name.
      isAfterValue = markBefore === '.' || markBefore === '?.' || !expectsValue.has(word);
      code += word;
    } else if (mark === '`') {
      template();
    } else if (mark === '}' && open.at(-1)?.isTemplate === true) {
      open.pop();
      code += '}';
      template();
    } else {
      if (/[([{]/.test(mark)) open.push({ isTemplate: false, endsValue: mark !== '{' && !beginsStatement.has(wordBefore) });
      if (/[)\]}]/.test(mark)) isAfterValue = open.pop()?.endsValue ?? false;
      // Behind a value, on its line, these belong to it: `i++ / 2`, `x! / 2`.
      else isAfterValue &&= /^(\+\+|--|!)$/.test(mark) && !isNewLine;
      code += mark;
    }
    isNewLine = false;
  }
  return code;
}
