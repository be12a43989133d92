// Several drawings as one, in rows below a title and what is said of all of them.

import type { Figure } from './figure.js';
import { embedded, fitText, INK, label, MUTED, svgDocument, TITLE, wrapText, type Svg } from './svg.js';

const PADDING = 12;
const LINE = 15;

/** Drawings in rows of so many, below one title and what is said of all of them. */
export function drawGrid(
  panels: readonly Figure[],
  columns: number,
  title: string,
  note: string,
  readout: readonly string[],
): Pick<Figure, 'svg' | 'width' | 'height'> {
  const width = 2 * PADDING + Math.max(...panels.map((panel) => panel.width)) * columns;
  const cell = (width - 2 * PADDING) / columns;
  const inner = width - 4 * PADDING;
  const noteLines = note === '' ? [] : wrapText(note, inner);
  const readoutLines = readout.flatMap((sentence) => wrapText(sentence, inner));
  const left = 2 * PADDING;
  let y = PADDING + TITLE - 2;
  const words = [label(left, y, fitText(title, inner, TITLE, 600), { fill: INK, size: TITLE, weight: 600 })];
  for (const text of noteLines) words.push(label(left, (y += LINE), text));
  readoutLines.forEach((text, i) => words.push(label(left, (y += LINE), text, { fill: i === 0 ? INK : MUTED })));
  y += PADDING / 2;
  const placed: Svg[] = [];
  for (let i = 0; i < panels.length; i += columns) {
    const row = panels.slice(i, i + columns);
    row.forEach(({ svg }, at) => placed.push(embedded(svg, PADDING + at * cell, y)));
    y += Math.max(...row.map(({ height }) => height));
  }
  const height = Math.ceil(y + PADDING);
  return { svg: svgDocument(Math.ceil(width), height, title, ...words, ...placed), width: Math.ceil(width), height };
}
