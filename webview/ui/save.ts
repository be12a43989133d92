// What is taken out of a view: files, which VS Code asks where to save, and text for the clipboard.

import { make } from './dom.js';

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

/** One drawing under a title and a line: what canvases show, side by side, as PNG. */
export async function canvasesToPng(
  title: string,
  note: string,
  canvases: readonly HTMLCanvasElement[],
  {
    foreground,
    muted,
    background,
    font,
  }: { readonly foreground: string; readonly muted: string; readonly background: string; readonly font: string },
): Promise<Blob> {
  const scale = globalThis.devicePixelRatio;
  const [padding, head] = [12 * scale, 44 * scale];
  const width = canvases.reduce((sum, canvas) => sum + canvas.width, 2 * padding);
  const height = head + Math.max(...canvases.map((canvas) => canvas.height)) + padding;
  const all = new OffscreenCanvas(width, height);
  const context = all.getContext('2d');
  if (context === null) throw new Error('there is no canvas to draw on');
  context.fillStyle = background;
  context.fillRect(0, 0, width, height);
  context.scale(scale, scale);
  context.font = `600 ${font.replace('11px', '13px')}`;
  context.fillStyle = foreground;
  context.fillText(title, 12, 20);
  context.font = font;
  context.fillStyle = muted;
  context.fillText(note, 12, 36);
  context.resetTransform();
  let x = padding;
  for (const canvas of canvases) {
    context.drawImage(canvas, x, head);
    x += canvas.width;
  }
  return all.convertToBlob({ type: 'image/png' });
}
