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
  const { words, bottom } = wordsAbove(2 * PADDING, inner, title, note, readout);
  let y = bottom + PADDING / 2;
  const placed: Svg[] = [];
  for (let i = 0; i < panels.length; i += columns) {
    const row = panels.slice(i, i + columns);
    row.forEach(({ svg }, at) => placed.push(embedded(svg, PADDING + at * cell, y)));
    y += Math.max(...row.map(({ height }) => height));
  }
  const height = Math.ceil(y + PADDING);
  return { svg: svgDocument(Math.ceil(width), height, title, ...words, ...placed), width: Math.ceil(width), height };
}

/** Words above panels from x on, at most `width` px wide: the title, what it is of, and what was found. The last of them stands on `bottom`. */
export function wordsAbove(
  x: number,
  width: number,
  title: string,
  note: string,
  readout: readonly string[],
): { readonly words: Svg[]; readonly bottom: number } {
  let bottom = PADDING + TITLE - 2;
  const words = [label(x, bottom, fitText(title, width, TITLE, 600), { fill: INK, size: TITLE, weight: 600 })];
  for (const text of wrapText(note, width)) words.push(label(x, (bottom += LINE), text));
  readout
    .flatMap((sentence) => wrapText(sentence, width))
    .forEach((text, i) => words.push(label(x, (bottom += LINE), text, { fill: i === 0 ? INK : MUTED })));
  return { words, bottom };
}
