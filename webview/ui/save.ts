// What is taken out of a view: files, which VS Code asks where to save, and text for the clipboard.

import { make } from './dom.js';
import type { Ink } from './ink.js';

/** Saves a file under a name that the user may change. */
export function saveFile(name: string, content: Blob): void {
  const url = URL.createObjectURL(content);
  const link = make('a');
  link.href = url;
  link.download = name;
  link.click();
  // VS Code reads it a moment later.
  setTimeout(() => URL.revokeObjectURL(url), 60_000);
}

/** A name for a file from a title. */
export function fileName(title: string, extension: string): string {
  const plain = title
    .normalize('NFKD')
    .replace(/[^\w]+/g, '-')
    .replace(/^-+|-+$/g, '');
  return `${plain === '' ? 'view' : plain.toLowerCase()}.${extension}`;
}

/** Rows of values as CSV: numbers in full, texts in quotes where they need them. */
export function csvOf(header: readonly string[], rows: Iterable<readonly (number | string)[]>): string {
  const field = (value: number | string): string =>
    typeof value === 'number' ? String(value) : /[",\n]/.test(value) ? `"${value.replaceAll('"', '""')}"` : value;
  const lines = [header.map(field).join(',')];
  for (const row of rows) lines.push(row.map(field).join(','));
  return `${lines.join('\n')}\n`;
}

/** Rows of canvases in a file are at most so wide, in CSS px; a wider canvas has a row of its own. */
const MOST_WIDTH = 1200;

/** One drawing under a title and a line: what canvases show, in rows, as PNG. */
export async function canvasesToPng(
  title: string,
  note: string,
  canvases: readonly HTMLCanvasElement[],
  { foreground, muted, background, font }: Pick<Ink, 'foreground' | 'muted' | 'background' | 'font'>,
): Promise<Blob> {
  const scale = globalThis.devicePixelRatio;
  const [padding, head] = [12 * scale, 44 * scale];
  let [x, y, rowHeight, width] = [padding, head, 0, 0];
  const placed = canvases.map((canvas) => {
    if (x > padding && x + canvas.width > MOST_WIDTH * scale) [x, y, rowHeight] = [padding, y + rowHeight, 0];
    const place = { canvas, x, y };
    x += canvas.width;
    rowHeight = Math.max(rowHeight, canvas.height);
    width = Math.max(width, x + padding);
    return place;
  });
  const all = new OffscreenCanvas(Math.max(1, width), y + rowHeight + padding);
  const context = all.getContext('2d');
  if (context === null) throw new Error('there is no canvas to draw on');
  context.fillStyle = background;
  context.fillRect(0, 0, all.width, all.height);
  for (const { canvas, x, y } of placed) context.drawImage(canvas, x, y);
  context.scale(scale, scale);
  context.font = `600 ${font.replace('11px', '13px')}`;
  context.fillStyle = foreground;
  context.fillText(title, 12, 20);
  context.font = font;
  context.fillStyle = muted;
  context.fillText(note, 12, 36);
  return all.convertToBlob({ type: 'image/png' });
}

/** Puts text on the clipboard; rejects where the page may not. */
export async function copyText(text: string): Promise<void> {
  await navigator.clipboard.writeText(text);
}
