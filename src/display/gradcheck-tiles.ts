// Planes as small multiples with one colour bar: the kernels of a weight beside each other, each drawn pixel-true.
import { colorBar, colorBarWidth, NAN_SIGN_HEIGHT, type ColorBar } from './color-bar.js';
import { distribute } from './distribution.js';
import type { ColorMap } from './color.js';
import { reducePlane } from './gradcheck-planes.js';
import type { Block } from './gradcheck-plots.js';
import { planeImage, type AxisLayout, type PlaneLayout } from './pixels.js';
import { STATIC_SCALE } from './raster.js';
import { element, fitText, group, INK, label, line, plotFrame, textWidth, type Svg } from './svg.js';

/** One picture: row-major values of the plane. */
export interface Tile {
  readonly name: string;
  readonly values: Float64Array;
  /** A cell to be outlined: [row, column]. */
  readonly marked?: readonly [number, number] | undefined;
}

/** Tiles of one size under one scale. */
export interface TileSet {
  readonly heading: string;
  readonly tiles: readonly Tile[];
  readonly rows: number;
  readonly cols: number;
  /** So many tiles, which divides their number, belong together and stand beside each other. */
  readonly together?: number;
  readonly map: ColorMap;
  readonly range: readonly [number, number];
  readonly unit: string;
  /** All values, for the histogram beside the bar. */
  readonly all: ArrayLike<number>;
  /** Marks zero frequency, in the middle of each tile. */
  readonly isSpectrum?: boolean;
  /** Bound for the drawn cells along a tile's longer side. */
  readonly maxCells: number;
}

const GAP = 10;
const CAPTION = 14;
/** From a block's top to its tiles: the heading, then captions or the unit of the bar. */
const TOP = 38;
const MIN_BAR = 84;
const NOTCH = 4;
/** Beyond this aspect ratio square cells would leave the shorter side too thin to see. */
const MAX_ASPECT = 8;
/** CSS px of one cell, at most. */
const LARGEST_CELL = 24;

/** The tiles with their colour bar on `width` px and at most about `maxHeight`. */
export function tilesBlock(set: TileSet, width: number, maxHeight: number): Block {
  const { tiles, rows, cols, map, range, unit } = set;
  const bar: ColorBar = { map, unit, distribution: distribute(set.all, range[0], range[1]) };
  const room = width - colorBarWidth(bar, MIN_BAR) - 16;
  const caption = tiles.some(({ name }) => name !== '') ? CAPTION : 0;
  const longestName = Math.max(0, ...tiles.map(({ name }) => textWidth(name)));
  const fit = (across: number): { layout: PlaneLayout; across: number; pitch: number } => {
    const down = Math.ceil(tiles.length / across);
    const [w, h] = [(room - (across - 1) * GAP) / across, (maxHeight - TOP + caption) / down - GAP - caption];
    const layout = fitPlane(rows, cols, Math.max(4, w), Math.max(4, h), set.maxCells);
    return { layout, across, pitch: Math.max(layout.cols.length, Math.min(w, longestName)) + GAP };
  };
  const together = set.together ?? 1;
  const candidates = Array.from({ length: tiles.length / together }, (_, i) => fit((i + 1) * together));
  const largest = candidates.reduce((best, next) => (area(next.layout) > area(best.layout) ? next : best));
  const { layout, across, pitch } = largest;
  // Errors are as bad as they are far from 0, levels as they are high.
  const sizeOf = set.isSpectrum ? Number : Math.abs;
  const down = Math.ceil(tiles.length / across);
  const [tileWidth, tileHeight] = [layout.cols.length, layout.rows.length];
  const gridHeight = down * (tileHeight + caption + GAP) - GAP;
  const gridWidth = across * pitch - GAP;
  const barHeight = Math.min(160, Math.max(MIN_BAR, gridHeight - caption));
  const height =
    TOP -
    caption +
    Math.max(gridHeight, caption + barHeight + (bar.distribution.nan > 0 ? NAN_SIGN_HEIGHT : 0)) +
    (set.isSpectrum ? NOTCH : 0);
  return {
    width,
    height,
    draw: (x, y) => {
      const drawn = tiles.flatMap(({ name, values, marked }, i) => {
        const [left, top] = [x + (i % across) * pitch, y + TOP + Math.floor(i / across) * (tileHeight + caption + GAP)];
        return [
          ...(name === '' ? [] : [label(left, top - 4, fitText(name, pitch - 2))]),
          planeImage(reducePlane(values, layout.rows, layout.cols, sizeOf), layout, { min: range[0], max: range[1], map }, left, top),
          plotFrame(left, top, tileWidth, tileHeight),
          ...(set.isSpectrum ? zeroNotches(layout, left, top) : []),
          ...(marked === undefined ? [] : [mark(marked, layout, left, top)]),
        ];
      });
      return [label(x, y + 11, set.heading, { fill: INK }), ...drawn, colorBar(bar, x + gridWidth + 16, y + TOP, barHeight)];
    },
  };
}

function area({ rows, cols }: PlaneLayout): number {
  return rows.length * cols.length;
}

/** The plane on at most width by height px: whole device pixels for a cell, square cells unless the plane is a thin strip. */
function fitPlane(rows: number, cols: number, width: number, height: number, maxCells: number): PlaneLayout {
  const [w, h] = [STATIC_SCALE * width, STATIC_SCALE * height];
  const stretched = Math.max(rows, cols) > MAX_ASPECT * Math.min(rows, cols);
  const axis = (size: number, limit: number, scale: number): AxisLayout => {
    const pool = Math.max(1, Math.ceil(size / Math.min(limit, maxCells)), Math.ceil(1 / scale - 1e-9));
    const count = Math.ceil(size / pool);
    const cell = Math.max(1, Math.min(STATIC_SCALE * LARGEST_CELL, Math.floor(scale * pool + 1e-9), Math.floor(limit / count)));
    return { size, pool, count, cell, length: (count * cell) / STATIC_SCALE };
  };
  if (stretched) return { rows: axis(rows, h, h / rows), cols: axis(cols, w, w / cols), stretched };
  const scale = Math.min(w / cols, h / rows);
  const [r, c] = [axis(rows, h, scale), axis(cols, w, scale)];
  // Rounding and pooling must not make cells oblong.
  const [pool, cell] = [Math.max(r.pool, c.pool), Math.min(r.cell, c.cell)];
  const square = (size: number): AxisLayout => {
    const count = Math.ceil(size / pool);
    return { size, pool, count, cell, length: (count * cell) / STATIC_SCALE };
  };
  return { rows: square(rows), cols: square(cols), stretched };
}

function centre(axis: AxisLayout, index: number): number {
  return ((Math.floor(index / axis.pool) + 0.5) * axis.cell) / STATIC_SCALE;
}

/** Outside of the tile, so that nothing of the spectrum is covered. */
function zeroNotches({ rows, cols }: PlaneLayout, x: number, y: number): Svg[] {
  const [cx, cy] = [x + centre(cols, Math.floor(cols.size / 2)), y + centre(rows, Math.floor(rows.size / 2))];
  const bottom = y + rows.length + 0.5;
  const right = x + cols.length + 0.5;
  return [line(cx, bottom, cx, bottom + NOTCH), line(right, cy, right + NOTCH, cy)];
}

/** An outline of the cell, or a ring around a small one; white within, so that it shows on dark cells, too. */
function mark([row, col]: readonly [number, number], { rows, cols }: PlaneLayout, x: number, y: number): Svg {
  const [width, height] = [cols.cell / STATIC_SCALE, rows.cell / STATIC_SCALE];
  const [cx, cy] = [x + centre(cols, col), y + centre(rows, row)];
  const outline = (stroke: string, inset: number): Svg => {
    const style = { fill: 'none', stroke, 'stroke-width': 1.25 };
    if (Math.min(width, height) < 6) return element('circle', { cx, cy, r: 6 - inset, ...style });
    const [w, h] = [width - 2 * inset, height - 2 * inset];
    return element('rect', { x: cx - w / 2, y: cy - h / 2, width: w, height: h, ...style });
  };
  return group({}, outline('#ffffff', 1.6), outline(INK, 0.4));
}
