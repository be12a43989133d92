// A plot as it is seen, with the names of its curves, on a canvas to be saved as PNG.

import type { Ink } from '../ink.js';
import type { LinePlot } from '../line-plot.js';

const [LINE, SAMPLE, GAP] = [18, 24, 14] as const;

/** The plot's canvas, below the names of the curves that are shown where there are several; null while it is not on the page. */
export function plotToCanvas(plot: LinePlot, { font, foreground }: Ink): HTMLCanvasElement | null {
  const { canvas, frame } = plot;
  if (canvas === null || frame === null) return null;
  const shown = plot.curves.flatMap(({ name }, i) => (plot.hidden.has(i) ? [] : [{ name, style: plot.styleOf(i) }]));
  if (shown.length < 2) return canvas;
  const scale = globalThis.devicePixelRatio;
  const result = document.createElement('canvas');
  const context = result.getContext('2d');
  if (context === null) return canvas;
  context.font = font;
  let [at, row] = [0, 0];
  const entries = shown.map(({ name, style }) => {
    const width = SAMPLE + 6 + context.measureText(name).width + GAP;
    if (at > 0 && frame.box.x + at + width > canvas.width / scale) [at, row] = [0, row + 1];
    const entry = { name, style, x: frame.box.x + at, y: row * LINE };
    at += width;
    return entry;
  });
  const head = (row + 1) * LINE + 4;
  result.width = canvas.width;
  result.height = canvas.height + Math.round(head * scale);
  context.drawImage(canvas, 0, Math.round(head * scale));
  context.scale(scale, scale);
  // A canvas forgets its font with its size.
  context.font = font;
  for (const { name, style, x, y } of entries) {
    context.strokeStyle = style.color;
    context.lineWidth = 2;
    context.setLineDash([...style.dash]);
    context.beginPath();
    context.moveTo(x, y + LINE / 2);
    context.lineTo(x + SAMPLE, y + LINE / 2);
    context.stroke();
    context.fillStyle = foreground;
    context.fillText(name, x + SAMPLE + 6, y + LINE / 2 + 4);
  }
  return result;
}
