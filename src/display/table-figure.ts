// A table on the page and in plain text: the first and last rows of a long one, as many columns as there is room for.

import { drawEmpty, type Figure } from './figure.js';
import { counted, formatCount } from './number-format.js';
import { element, FAINT, fitText, INK, label, MUTED, SMALL, svgDocument, textWidth, TITLE, type Svg } from './svg.js';
import { formatCell, type TableColumn } from './table-order.js';

/** A table to draw. */
export interface TableDrawing {
  readonly title: string;
  readonly note: string;
  readonly rows: number;
  readonly columns: readonly TableColumn[];
}

/** Rows that are drawn, from the beginning and the end of a longer table. */
const [FIRST, LAST] = [14, 5] as const;
/** Characters of a line of text, and width of the drawing in px, at most. */
const [MOST_CHARACTERS, MOST_WIDTH] = [110, 760] as const;
/** A cell wider than this is cut: in characters and in px. */
const [WIDEST_TEXT, WIDEST] = [40, 240] as const;
const [PADDING, ROW, GAP, SIZE] = [12, 19, 20, 12] as const;

/** Numbers of the rows that are shown; null for those between. */
function shownRows(rows: number): (number | null)[] {
  if (rows <= FIRST + LAST + 1) return Array.from({ length: rows }, (_, row) => row);
  return [...Array.from({ length: FIRST }, (_, row) => row), null, ...Array.from({ length: LAST }, (_, i) => rows - LAST + i)];
}

/** What stands between the first and last rows. */
function between(rows: number): string {
  return `… ${formatCount(rows - FIRST - LAST)} rows more`;
}

/** A table as a figure. */
export function drawTable(drawing: TableDrawing): Figure {
  const { title, note, rows, columns } = drawing;
  const text = tableText(drawing);
  if (rows === 0)
    return { ...drawEmpty(title, note, ['Nothing to show: the table has no rows.', `It has ${counted(columns.length, 'column')}.`]), text };
  const shown = shownRows(rows);
  const texts = columns.map(({ cells, format }) => shown.map((row) => (row === null ? '' : formatCell(cells[row] ?? null, format))));
  const naturals = columns.map(
    ({ name }, i) => Math.min(WIDEST, Math.max(textWidth(name, SMALL), ...(texts[i] ?? []).map((cell) => textWidth(cell, SIZE)))) + 2,
  );
  const indexWidth = Math.max(...shown.map((row) => textWidth(String(row ?? ''), SIZE))) + 2;
  const kept = fitting(naturals, MOST_WIDTH - indexWidth, GAP);
  const lefts = naturals.map((_, i) => PADDING + indexWidth + GAP + naturals.slice(0, i).reduce((sum, width) => sum + width + GAP, 0));
  const left = kept < columns.length ? columns.length - kept : 0;
  const table = (lefts[kept - 1] ?? 0) + (naturals[kept - 1] ?? 0);
  const more = left > 0 ? `and ${counted(left, 'column')} more` : '';
  const width = Math.ceil(Math.max(300, table + PADDING, textWidth(note) + 2 * PADDING, textWidth(title, TITLE, 600) + 2 * PADDING));
  const head = PADDING + TITLE + 15 + 22;
  const cellOf = (content: string, i: number, y: number, size: number, fill: string): Svg => {
    const room = naturals[i] ?? 0;
    const isNumber = columns[i]?.format.style !== 'text';
    return label((lefts[i] ?? 0) + (isNumber ? room : 0), y, fitText(content, room, size), {
      anchor: isNumber ? 'end' : 'start',
      size,
      fill,
    });
  };
  const lines = shown.flatMap((row, at) => {
    const y = head + 8 + (at + 1) * ROW - 6;
    if (row === null) return [label(PADDING + indexWidth + GAP, y, between(rows), { size: SIZE })];
    return [
      label(PADDING + indexWidth, y, String(row), { anchor: 'end', size: SIZE }),
      ...columns.slice(0, kept).map((_, i) => cellOf(texts[i]?.[at] ?? '', i, y, SIZE, INK)),
    ];
  });
  const bottom = head + 8 + shown.length * ROW;
  const height = Math.ceil(bottom + (more === '' ? 0 : 18) + PADDING);
  const svg = svgDocument(
    width,
    height,
    title,
    label(PADDING, PADDING + TITLE - 2, fitText(title, width - 2 * PADDING, TITLE, 600), { fill: INK, size: TITLE, weight: 600 }),
    label(PADDING, PADDING + TITLE + 13, note),
    ...columns.slice(0, kept).map(({ name }, i) => cellOf(name, i, head, SMALL, MUTED)),
    element('rect', { x: PADDING, y: head + 6, width: width - 2 * PADDING, height: 0.5, fill: FAINT }),
    ...lines,
    ...(more === '' ? [] : [label(PADDING, bottom + 12, more)]),
  );
  return { svg, width, height, text };
}

/** How many columns fit; one at least. */
function fitting(widths: readonly number[], room: number, gap: number): number {
  let [kept, taken] = [0, 0];
  for (const width of widths) {
    taken += width + gap;
    if (kept > 0 && taken > room) break;
    kept++;
  }
  return kept;
}

/** A table as aligned text. */
function tableText({ title, note, rows, columns }: TableDrawing): string {
  const shown = shownRows(rows);
  const cut = (text: string): string => {
    const characters = Array.from(text.replace(/\s/gu, ' '));
    return characters.length > WIDEST_TEXT ? `${characters.slice(0, WIDEST_TEXT - 1).join('')}…` : characters.join('');
  };
  const texts = columns.map(({ name, cells, format }) => [
    cut(name),
    ...shown.map((row) => (row === null ? '' : cut(formatCell(cells[row] ?? null, format)))),
  ]);
  const widths = texts.map((column) => Math.max(...column.map((cell) => Array.from(cell).length)));
  const names = ['', ...shown.map((row) => String(row ?? ''))];
  const indexWidth = Math.max(...names.map((name) => name.length));
  const kept = fitting(widths, MOST_CHARACTERS - indexWidth, 2);
  const lines = names.map((name, at) => {
    if (at > 0 && shown[at - 1] === null) return `${' '.repeat(indexWidth)}  ${between(rows)}`;
    const cells = texts.slice(0, kept).map((column, i) => {
      const cell = column[at] ?? '';
      const space = ' '.repeat(Math.max(0, (widths[i] ?? 0) - Array.from(cell).length));
      return columns[i]?.format.style === 'text' ? `${cell}${space}` : `${space}${cell}`;
    });
    return [name.padStart(indexWidth), ...cells].join('  ').trimEnd();
  });
  const more = kept < columns.length ? [`and ${counted(columns.length - kept, 'column')} more`] : [];
  return [`${title} (${note})`, ...lines, ...more].join('\n');
}
