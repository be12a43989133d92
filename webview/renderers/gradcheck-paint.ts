// Paints the picture of a gradient on a canvas: tiles of cells or a line, the colour bar with its histogram, frames around cells.

import { colorAt, colorize, nanColor, NAN_PERIOD, type ColorMap } from '../../src/display/color.js';
import { reducePlane, type Reduction } from '../../src/display/gradcheck-planes.js';
import { formatCount, formatError, formatNumber } from '../../src/display/number-format.js';
import type { Cell, PictureLayout, Tile } from './gradcheck-layout.js';
import type { Drawn } from './gradcheck-model.js';
import type { Ink } from '../ui/ink.js';

/** Room right of the tiles for the colour bar, its histogram and its numbers. */
export const BAR_ROOM = 104;
const BAR = { histogram: 24, width: 10, left: 16, tick: 4, arrow: 7, most: 160, least: 72 } as const;
const BINS = 32;

type Context = CanvasRenderingContext2D | OffscreenCanvasRenderingContext2D;

/** The colour map of a picture: signed values about a middle that suits the page, levels in viridis. */
export function mapOf({ domain }: Drawn, isDark: boolean): ColorMap {
  return domain === 'spectral' ? 'viridis' : isDark ? 'divergingDark' : 'diverging';
}

/** Height in px of a picture with its colour bar. */
export function pictureHeight({ rows, height, tiles }: PictureLayout): number {
  const start = tiles[0]?.y ?? 0;
  // Under the bar there may be an arrow and the sign of NaN.
  return rows === 1 ? height : Math.max(height, start + barLength(height - start) + BAR.arrow + BAR.width + 14);
}

/** Paints the tiles (or the line) and their scale, on a context whose unit is a CSS px. */
export function paintPicture(context: Context, layout: PictureLayout, drawn: Drawn, ink: Ink): void {
  context.font = ink.font;
  context.textBaseline = 'alphabetic';
  if (layout.rows === 1) return paintLine(context, layout, drawn, ink);
  const map = mapOf(drawn, ink.isDark);
  const scale = context.getTransform().a;
  const [rows, cols] = [reduction(layout.rows, layout.cellHeight * scale), reduction(layout.cols, layout.cellWidth * scale)];
  const pixels = new OffscreenCanvas(cols.count, rows.count);
  for (const tile of layout.tiles) paintTile(context, layout, tile, drawn, { rows, cols, map, pixels }, ink);
  paintBar(context, layout, drawn, map, ink);
}

/** What the tiles of a picture have in common: how their cells become pixels. */
interface Raster {
  readonly rows: Reduction;
  readonly cols: Reduction;
  readonly map: ColorMap;
  readonly pixels: OffscreenCanvas;
}

/** An axis whose cells are `cell` device px long: as many as it has, but none smaller than a device px, or some would not be drawn. */
function reduction(size: number, cell: number): Reduction {
  const count = Math.min(size, Math.max(1, Math.floor(size * cell)));
  return { size, pool: size / count, count };
}

function paintTile(context: Context, layout: PictureLayout, tile: Tile, drawn: Drawn, raster: Raster, ink: Ink): void {
  const { rows, cols, map, pixels } = raster;
  const [width, height] = [layout.cols * layout.cellWidth, layout.rows * layout.cellHeight];
  // Errors are as bad as they are far from 0, levels as they are high.
  const values = reducePlane(drawn.tile(tile.plane, tile.part), rows, cols, drawn.domain === 'spectral' ? Number : Math.abs);
  if (tile.name !== '') {
    context.fillStyle = ink.muted;
    context.fillText(tile.name, tile.x, tile.y - 4, width + 11);
  }
  const colors = new Uint8ClampedArray(colorize(values, { min: drawn.min, max: drawn.max, map }));
  pixels.getContext('2d')?.putImageData(new ImageData(colors, cols.count, rows.count), 0, 0);
  context.imageSmoothingEnabled = false;
  context.drawImage(pixels, tile.x, tile.y, width, height);
  if (values.some(Number.isNaN)) {
    context.fillStyle = hatch(context);
    const [w, h] = [width / cols.count, height / rows.count];
    values.forEach((value, i) => {
      if (Number.isNaN(value)) context.fillRect(tile.x + (i % cols.count) * w, tile.y + Math.floor(i / cols.count) * h, w, h);
    });
  }
  context.lineWidth = 1;
  context.strokeStyle = ink.rule;
  context.strokeRect(tile.x - 0.5, tile.y - 0.5, width + 1, height + 1);
  if (drawn.domain === 'spatial') return;
  // Zero frequency is marked outside of the tile, so that nothing of the spectrum is covered.
  context.fillStyle = ink.muted;
  const middle = (axis: Reduction, cell: number): number => (Math.floor(axis.size / 2) + 0.5) * cell;
  context.fillRect(Math.round(tile.x + middle(cols, layout.cellWidth)), tile.y + height + 1, 1, 4);
  context.fillRect(tile.x + width + 1, Math.round(tile.y + middle(rows, layout.cellHeight)), 4, 1);
}

/** The hatching of NaN, in px of the page. */
function hatch(context: Context): CanvasPattern | string {
  const image = new ImageData(NAN_PERIOD, NAN_PERIOD);
  for (let i = 0; i < NAN_PERIOD * NAN_PERIOD; i++) image.data.set([...nanColor(i, NAN_PERIOD), 255], 4 * i);
  const canvas = new OffscreenCanvas(NAN_PERIOD, NAN_PERIOD);
  canvas.getContext('2d')?.putImageData(image, 0, 0);
  return context.createPattern(canvas, 'repeat') ?? `rgb(${nanColor(0, undefined).join(',')})`;
}

/** Bars from zero (of a spectrum from its floor), with three numbers of the scale at the left. */
function paintLine(context: Context, layout: PictureLayout, drawn: Drawn, ink: Ink): void {
  const { cols, cellWidth, cellHeight } = layout;
  const { x: left, y: top } = layout.tiles[0] ?? { x: 0, y: 0 };
  const at = (value: number): number =>
    top + cellHeight * (1 - (Math.min(drawn.max, Math.max(drawn.min, value)) - drawn.min) / (drawn.max - drawn.min));
  const base = at(drawn.domain === 'spectral' ? drawn.min : 0);
  context.textAlign = 'right';
  for (const value of [drawn.min, (drawn.min + drawn.max) / 2, drawn.max]) {
    context.fillStyle = ink.muted;
    context.fillText(formatError(value), left - 8, Math.min(top + cellHeight, Math.max(top + 9, at(value) + 4)));
    context.fillStyle = ink.rule;
    context.fillRect(left, Math.round(at(value)), cols * cellWidth, 1);
  }
  context.textAlign = 'center';
  for (const [place, text] of placesOf(drawn, cols)) {
    const half = context.measureText(text).width / 2;
    const x = left + (place + 0.5) * cellWidth;
    context.fillStyle = ink.muted;
    context.fillText(text, Math.min(left + cols * cellWidth - half, Math.max(left + half, x)), top + cellHeight + 14);
  }
  context.textAlign = 'left';
  const parts = drawn.parts;
  const gap = cellWidth >= 4 ? 1 : 0;
  const width = Math.max((cellWidth - gap) / parts, 0.75);
  for (let part = 0; part < parts; part++) {
    const values = drawn.tile(0, part);
    if (cellWidth < 1) {
      paintBand(context, values, Math.round(cols * cellWidth), left, at, part === 0 ? ink.line : ink.second);
      continue;
    }
    for (let i = 0; i < cols; i++) {
      const value = values[i] ?? NaN;
      const x = left + i * cellWidth + part * width;
      context.fillStyle = Number.isNaN(value) ? hatch(context) : part === 0 ? ink.line : ink.second;
      const y = at(value);
      // A value of 0 leaves a mark, too: it is there.
      if (Number.isNaN(value)) context.fillRect(x, top, width, cellHeight);
      else context.fillRect(x, Math.min(y, base) - 0.5, width, Math.abs(y - base) + 1);
    }
  }
}

/** Many values: in each px from the smallest to the largest of them. */
function paintBand(
  context: Context,
  values: Float64Array,
  width: number,
  left: number,
  at: (value: number) => number,
  color: string,
): void {
  context.fillStyle = color;
  for (let x = 0; x < width; x++) {
    let [least, most] = [Infinity, -Infinity];
    for (let i = Math.floor((x / width) * values.length); i < ((x + 1) / width) * values.length; i++) {
      least = Math.min(least, values[i] ?? NaN);
      most = Math.max(most, values[i] ?? NaN);
    }
    // A NaN among them hides the others: it is worse.
    if (Number.isNaN(most)) {
      context.fillStyle = hatch(context);
      context.fillRect(left + x, at(Infinity), 1, at(-Infinity) - at(Infinity));
      context.fillStyle = color;
    } else context.fillRect(left + x, at(most) - 0.5, 1, at(least) - at(most) + 1);
  }
}

/** What stands under a line: the first and the last index, or the ends of the frequencies and zero. */
function placesOf({ domain }: Drawn, cols: number): (readonly [place: number, text: string])[] {
  const middle = Math.floor(cols / 2);
  if (domain === 'spatial') return [0, cols - 1].map((place) => [place, formatCount(place)] as const);
  const ends = [0, cols - 1].map((place) => [place, formatNumber((place - middle) / cols)] as const);
  return [...ends, [middle, '0 cycles/sample']];
}

function paintBar(context: Context, layout: PictureLayout, drawn: Drawn, map: ColorMap, ink: Ink): void {
  const { min, max, unit } = drawn;
  const { bins, above, below, hasNan } = histogram(layout, drawn);
  const x = layout.width + BAR.left + BAR.histogram;
  const start = layout.tiles[0]?.y ?? 0;
  const length = barLength(layout.height - start);
  const [top, bottom] = [start + (above ? BAR.arrow : 0) + (start < 12 ? 12 : 0), start + length - (below ? BAR.arrow : 0)];
  context.fillStyle = ink.muted;
  context.fillText(unit, x - BAR.histogram, start < 12 ? start + 7 : start - 5);
  for (let y = 0; y < bottom - top; y++) {
    context.fillStyle = colorAt(map, 1 - (y + 0.5) / (bottom - top));
    context.fillRect(x, top + y, BAR.width, 1);
  }
  const largest = Math.max(1, ...bins);
  context.fillStyle = ink.rule;
  bins.forEach((count, i) => {
    // By the square root, so that a few bright values beside many dark ones show.
    const width = (BAR.histogram - 4) * Math.sqrt(count / largest);
    const y = bottom - ((i + 1) / BINS) * (bottom - top);
    context.fillRect(x - 2 - width, y, width, (bottom - top) / BINS);
  });
  context.strokeStyle = ink.rule;
  context.strokeRect(x - 0.5, top - 0.5, BAR.width + 1, bottom - top + 1);
  if (above) arrow(context, x, top, -BAR.arrow, colorAt(map, 1));
  if (below) arrow(context, x, bottom, BAR.arrow, colorAt(map, 0));
  for (const value of [min, (min + max) / 2, max]) {
    const y = bottom - ((value - min) / (max - min)) * (bottom - top);
    context.fillStyle = ink.rule;
    context.fillRect(x + BAR.width, Math.round(y), BAR.tick, 1);
    context.fillStyle = ink.muted;
    // The ends stay beside the bar, clear of what stands above and below it.
    context.fillText(formatError(value), x + BAR.width + BAR.tick + 4, Math.min(bottom + 2, Math.max(top + 9, y + 4)));
  }
  if (!hasNan) return;
  const y = bottom + (below ? BAR.arrow : 0) + 10;
  context.fillStyle = hatch(context);
  context.fillRect(x, y, BAR.width, BAR.width);
  context.fillStyle = ink.muted;
  context.fillText('NaN', x + BAR.width + BAR.tick + 4, y + 9);
}

function barLength(room: number): number {
  return Math.min(BAR.most, Math.max(BAR.least, room - 6));
}

function arrow(context: Context, x: number, y: number, height: number, color: string): void {
  context.fillStyle = color;
  context.beginPath();
  context.moveTo(x, y);
  context.lineTo(x + BAR.width, y);
  context.lineTo(x + BAR.width / 2, y + height);
  context.fill();
}

function histogram({ tiles }: PictureLayout, drawn: Drawn): { bins: number[]; above: boolean; below: boolean; hasNan: boolean } {
  const { min, max } = drawn;
  const bins = Array.from({ length: BINS }, () => 0);
  let [above, below, hasNan] = [false, false, false];
  for (const { plane, part } of tiles) {
    for (const value of drawn.tile(plane, part)) {
      if (Number.isNaN(value)) hasNan = true;
      else if (value > max) above = true;
      else if (value < min) below = true;
      else {
        const bin = Math.min(BINS - 1, Math.floor(((value - min) / (max - min)) * BINS));
        bins[bin] = (bins[bin] ?? 0) + 1;
      }
    }
  }
  return { bins, above, below, hasNan };
}

/** A frame around a cell; light and dark together show on every colour. It takes 2 px at each side, of small cells beside them. */
export function outline(context: Context, layout: PictureLayout, { tile, row, col }: Cell, ink: Ink, isLookedAt: boolean): void {
  const { x, y } = layout.tiles[tile] ?? { x: 0, y: 0 };
  const frameOf = (cell: number): number => Math.max(cell, Math.min(8, cell + 4));
  const [w, h] = [frameOf(layout.cellWidth), frameOf(layout.cellHeight)];
  const [left, top] = [x + (col + 0.5) * layout.cellWidth - w / 2, y + (row + 0.5) * layout.cellHeight - h / 2];
  const frame = (color: string, width: number, inset: number): void => {
    context.strokeStyle = color;
    context.lineWidth = width;
    context.strokeRect(left + inset, top + inset, w - 2 * inset, h - 2 * inset);
  };
  if (isLookedAt) {
    frame(ink.background, 4, 0);
    frame(ink.foreground, 2, 0);
  } else {
    frame(ink.background, 1, 1.5);
    frame(ink.foreground, 1, 0.5);
  }
}
