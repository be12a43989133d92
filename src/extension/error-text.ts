// Errors as the editor's own error view shows them: the name in the colour of errors, and places (`cell 3:5:12`) as links.

/** Longer lines are shown as plain text by that view, links and all. */
const longestLine = 2000;
const place = /\bcell (\d+):(\d+):\d+\b/g;
const [red, plain] = ['\u001b[31m', '\u001b[39m'];

/**
 * The text of an error's view. `addressOf` gives the address of a cell by its number, or undefined when it is gone; the places in it are
 * then links.
 */
export function errorText(
  { ename, traceback }: { readonly ename: string; readonly traceback: readonly string[] },
  addressOf: (cell: number) => string | undefined,
): string {
  const [heading = '', ...rest] = traceback.map((line) => linkLine(line, addressOf));
  const named = heading.startsWith(ename) ? red + ename + plain + heading.slice(ename.length) : heading;
  return [named, ...rest].join('\n');
}

function linkLine(line: string, addressOf: (cell: number) => string | undefined): string {
  const linked = line.replace(place, (text, cell: string, row: string) => {
    const address = addressOf(Number(cell));
    // The editor counts the lines of such an address from 0.
    return address === undefined ? text : `<a href='${escapeAttribute(address)}?line=${Number(row) - 1}'>${text}</a>`;
  });
  return linked.length > longestLine ? line : linked;
}

function escapeAttribute(text: string): string {
  return text.replace(/&/g, '&amp;').replace(/'/g, '&#39;').replace(/</g, '&lt;').replace(/>/g, '&gt;');
}
