// The lines around a place, with the place marked: how errors show the code they speak of.

/** Lines `around` (by default 2) before and after `line`, numbered, with a mark under `column`; both counted from 1. */
export function codeFrame(source: string, line: number, column: number, around = 2): string {
  const lines = source.split('\n');
  const first = Math.max(1, line - around);
  const last = Math.min(lines.length, line + around);
  const width = String(last).length;
  const frame: string[] = [];
  for (let number = first; number <= last; number++) {
    const text = lines[number - 1] ?? '';
    frame.push(`${number === line ? '>' : ' '} ${String(number).padStart(width)} | ${text}`.trimEnd());
    // Tabs stay tabs, so that the mark stands under its character at any tab width.
    if (number === line) frame.push(`  ${' '.repeat(width)} | ${text.slice(0, column - 1).replace(/[^\t]/g, ' ')}^`);
  }
  return frame.join('\n');
}
