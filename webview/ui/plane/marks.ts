// What stands over the cells of a plane: rings around peaks, a frame around the cell that is looked at, a cross for what is pointed at elsewhere.

import type { Ink } from '../ink.js';
import { toPage, type Box, type Cell, type Region } from './viewport.js';

/** A mark over a cell. */
export interface Mark extends Cell {
  /** A ring for what was found, a square for what was picked, a cross for what is pointed at in a linked view, a box around several cells, lines at both ends
   * of a row. */
  readonly kind: 'ring' | 'square' | 'cross' | 'box' | 'row';
  /** Cells that a box holds, from its own to the right and down; 1 when not given. */
  readonly rows?: number;
  readonly cols?: number;
  /** Broken lines: a box that says what would be. */
  readonly isDashed?: boolean;
  /** Drawn beside it. */
  readonly text?: string;
}

/** Length of the lines at the ends of a row, in px. */
const ROW_END = 14;

/** Draws a mark. Light and dark together show on every colour. */
export function paintMark(context: CanvasRenderingContext2D, mark: Mark, region: Region, box: Box, ink: Ink): void {
  if (mark.kind === 'box') return paintBox(context, mark, region, box);
  const { x, y } = toPage(region, box, mark.row + 0.5, mark.col + 0.5);
  if (mark.kind === 'row') return paintRow(context, mark, y, box, ink);
  if (x < box.x || y < box.y || x > box.x + box.width || y > box.y + box.height) return;
  for (const [color, width] of [
    ['rgba(0, 0, 0, 0.65)', 3],
    ['#ffffff', 1.25],
  ] as const) {
    context.strokeStyle = color;
    context.lineWidth = width;
    context.beginPath();
    if (mark.kind === 'ring') context.arc(x, y, 6, 0, 2 * Math.PI);
    else if (mark.kind === 'square') context.rect(x - 6, y - 6, 12, 12);
    else {
      context.moveTo(x - 8, y);
      context.lineTo(x + 8, y);
      context.moveTo(x, y - 8);
      context.lineTo(x, y + 8);
    }
    context.stroke();
  }
  if (mark.text === undefined) return;
  context.font = ink.font;
  const width = context.measureText(mark.text).width;
  // On the side with more room.
  paintWord(context, mark.text, x > box.x + box.width / 2 ? x - 10 - width : x + 10, y + 4);
}

/** Two short lines at the ends of a row, so that it stays seen itself, and its words at the left: above it, or below where there is no room. */
function paintRow(context: CanvasRenderingContext2D, { text }: Mark, y: number, box: Box, ink: Ink): void {
  if (y < box.y || y > box.y + box.height) return;
  for (const [color, width] of [
    ['rgba(0, 0, 0, 0.65)', 3.5],
    ['#ffffff', 1.5],
  ] as const) {
    context.strokeStyle = color;
    context.lineWidth = width;
    context.beginPath();
    context.moveTo(box.x, y);
    context.lineTo(box.x + ROW_END, y);
    context.moveTo(box.x + box.width - ROW_END, y);
    context.lineTo(box.x + box.width, y);
    context.stroke();
  }
  context.font = ink.font;
  if (text !== undefined) paintWord(context, text, box.x + 6, y < box.y + 18 ? y + 14 : y - 6);
}

function paintWord(context: CanvasRenderingContext2D, text: string, x: number, y: number): void {
  context.lineWidth = 3;
  context.strokeStyle = 'rgba(0, 0, 0, 0.65)';
  context.lineJoin = 'round';
  context.strokeText(text, x, y);
  context.fillStyle = '#ffffff';
  context.fillText(text, x, y);
}

function paintBox(
  context: CanvasRenderingContext2D,
  { row, col, rows = 1, cols = 1, isDashed = false }: Mark,
  region: Region,
  box: Box,
): void {
  const [from, to] = [toPage(region, box, row, col), toPage(region, box, row + rows, col + cols)];
  context.save();
  context.beginPath();
  context.rect(box.x - 2, box.y - 2, box.width + 4, box.height + 4);
  context.clip();
  for (const [color, width] of [
    ['rgba(0, 0, 0, 0.65)', 3],
    ['#ffffff', 1.5],
  ] as const) {
    context.strokeStyle = color;
    context.lineWidth = width;
    if (isDashed) context.setLineDash([4, 3]);
    context.strokeRect(from.x, from.y, to.x - from.x, to.y - from.y);
  }
  context.restore();
}

/** Cells narrower than this hold no text, in px. */
const TEXT_ROOM = 30;

/** Above this luminance of a colour, of 255, black can be read better than white. */
const LIGHT = 118;

/** Writes into cells that are large enough for it: `colorOf` is what they are painted in. */
export function paintTexts(
  context: CanvasRenderingContext2D,
  region: Region,
  box: Box,
  cellText: (row: number, col: number) => string,
  colorOf: (row: number, col: number) => ArrayLike<number>,
  ink: Ink,
): void {
  const [width, height] = [box.width / (region.right - region.left), box.height / (region.bottom - region.top)];
  if (width < TEXT_ROOM || height < 14) return;
  context.save();
  context.font = ink.font;
  context.textAlign = 'center';
  context.lineJoin = 'round';
  context.lineWidth = 3;
  for (let row = Math.floor(region.top); row < region.bottom; row++) {
    for (let col = Math.floor(region.left); col < region.right; col++) {
      const text = cellText(row, col);
      const { x, y } = toPage(region, box, row + 0.5, col + 0.5);
      const { 0: red = 0, 1: green = 0, 2: blue = 0 } = colorOf(row, col);
      context.fillStyle = 0.2126 * red + 0.7152 * green + 0.0722 * blue > LIGHT ? '#000000' : '#ffffff';
      // Seen where the cell is hatched.
      context.strokeStyle = `rgb(${red}, ${green}, ${blue})`;
      context.strokeText(text, x, y + 4, width - 4);
      context.fillText(text, x, y + 4, width - 4);
    }
  }
  context.restore();
}

/** A frame around a cell; it takes 2 px at each side, of small cells beside them. */
export function paintFrame(context: CanvasRenderingContext2D, { row, col }: Cell, region: Region, box: Box, ink: Ink): void {
  const [from, to] = [toPage(region, box, row, col), toPage(region, box, row + 1, col + 1)];
  const grow = (length: number): number => Math.max(0, Math.min(8, length + 4) - length) / 2;
  const [dx, dy] = [grow(to.x - from.x), grow(to.y - from.y)];
  for (const [color, width] of [
    [ink.background, 4],
    [ink.foreground, 2],
  ] as const) {
    context.strokeStyle = color;
    context.lineWidth = width;
    context.strokeRect(from.x - dx, from.y - dy, to.x - from.x + 2 * dx, to.y - from.y + 2 * dy);
  }
}
