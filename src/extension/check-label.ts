// What a gradient-check cell is called in lists, and the line of its check. Read from the text as it is typed; nothing of the editor.

/** A check for people. */
export interface CheckLabel {
  readonly label: string;
  /** The line of the call, from 0; the first one where there is none. */
  readonly line: number;
}

/** Longer labels are cut off. */
const longest = 80;
const comment = /^\s*(?:\/\/+\s*(?<rest>.*?)\s*|\/\*+\s*(?<block>.*?)\s*(?:\*\/.*)?)$/;
const call = /(?<![\w$#])(?:[\w$]+\.)?gradcheck\s*\(/;

/** The first line behind imports if it is a comment, else `Cell 3: gradcheck(convolution, { x, w })`. `number` is the cell's number in stacks. */
export function labelOf(source: string, number: number): CheckLabel {
  const lines = source.split(/\r\n?|\n/);
  const isComment = (line: string): boolean => /^\s*(\/\/|\*|\/\*)/.test(line);
  const line = lines.findIndex((each) => !isComment(each) && call.test(each));
  const { rest: ofLine, block } = comment.exec(lines.find((each) => !/^\s*(import\b.*)?$/.test(each)) ?? '')?.groups ?? {};
  const said = ofLine ?? block ?? '';
  const text = line < 0 ? '' : lines.slice(line).join('\n');
  const label = said !== '' ? said : `Cell ${number}: ${callIn(text) ?? 'gradient check'}`;
  return { label: label.length > longest ? `${label.slice(0, longest - 1)}…` : label, line: Math.max(0, line) };
}

/** The first call with its arguments, in one line; cut off where they are not closed. */
function callIn(text: string): string | undefined {
  const found = call.exec(text);
  if (!found) return undefined;
  let depth = 0;
  let end = found.index + found[0].length - 1;
  for (; end < text.length; end++) {
    if ('([{'.includes(text[end] ?? '')) depth++;
    else if (')]}'.includes(text[end] ?? '') && --depth === 0) break;
  }
  const written = text.slice(found.index, end + 1).replace(/^[\w$]+\./, '');
  return written.replace(/\s+/g, ' ');
}
