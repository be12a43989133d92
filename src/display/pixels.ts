// Sizes of a plane of cells on the page, its reduction where it is larger, and its pixels as an SVG image.
import { colorize, type ColorScale } from './color.js';
import { encodePng, type Pixels } from './png.js';
import { STATIC_SCALE } from './raster.js';
import { element, PIXELATED_CLASS, type Svg } from './svg.js';

/** Drawn cells along the longer side of a plane, at most, unless a smaller bound is asked for. */
export const MAX_CELLS = 720;
// Device pixels of the longer side: small planes are enlarged to about the target.
const MAX_PIXELS = 720;
const TARGET_PIXELS = 576;
// Beyond this aspect ratio square cells would leave the shorter side too thin to see.
const MAX_ASPECT = 8;
const MIN_SHORT_SIDE = 96;

/**
 * One axis of a plane: each drawn cell holds `pool` neighbouring ones and is `cell` device pixels long; there are `count` of them.
 */
export interface AxisLayout {
  readonly size: number;
  readonly pool: number;
  readonly count: number;
  readonly cell: number;
  /** Length on the page in CSS px. */
  readonly length: number;
}

/** A plane of [rows, cols] cells on the page. `stretched` if its cells are not square. */
export interface PlaneLayout {
  readonly rows: AxisLayout;
  readonly cols: AxisLayout;
  readonly stretched: boolean;
}

/** How cells become fewer: `max` takes whole blocks and keeps peaks, `mean` keeps pictures and can reduce by any factor. */
export type Pooling = 'max' | 'mean';

/**
 * Fits [rows, cols] cells to the page: whole device pixels for a drawn cell, square cells unless the plane is a thin strip, and at
 * most `maxCells` drawn cells along the longer side.
 */
export function layoutPlane(rows: number, cols: number, pooling: Pooling, maxCells = MAX_CELLS): PlaneLayout {
  const longer = Math.max(rows, cols);
  const stretched = longer > MAX_ASPECT * Math.min(rows, cols) && longer > 2 * MAX_ASPECT;
  const pool = poolingFactor(longer, maxCells, pooling);
  const cell = cellSize(cellCount(longer, pool, pooling));
  const axis = (size: number): AxisLayout => {
    if (!stretched || size === longer) return axisLayout(size, pool, cell, pooling);
    const ownPool = poolingFactor(size, MIN_SHORT_SIDE, pooling);
    const ownCell = Math.max(1, Math.round(MIN_SHORT_SIDE / cellCount(size, ownPool, pooling)));
    return axisLayout(size, ownPool, ownCell, pooling);
  };
  return { rows: axis(rows), cols: axis(cols), stretched };
}

/** An axis of `count` cells, none reduced, over `length` px: for drawings that are not fitted to the page. */
export function plainAxis(count: number, length: number): AxisLayout {
  return { size: count, pool: 1, count, cell: 1, length };
}

/** Where the centre of (possibly fractional) cell `index` lies, in CSS px from the plane's left or top edge. */
export function cellCenter(axis: AxisLayout, index: number): number {
  return (((index + 0.5) / axis.pool) * axis.cell) / STATIC_SCALE;
}

function poolingFactor(size: number, limit: number, pooling: Pooling): number {
  return pooling === 'max' ? Math.ceil(size / limit) : Math.max(1, size / limit);
}

function cellCount(size: number, pool: number, pooling: Pooling): number {
  return pooling === 'max' ? Math.ceil(size / pool) : Math.max(1, Math.round(size / pool));
}

function axisLayout(size: number, pool: number, cell: number, pooling: Pooling): AxisLayout {
  const count = cellCount(size, pool, pooling);
  return { size, pool: pooling === 'max' ? pool : size / count, count, cell, length: (count * cell) / STATIC_SCALE };
}

// A cell is never so large that a 1×1 plane fills the page.
function cellSize(count: number): number {
  return Math.max(1, Math.min(Math.floor(MAX_PIXELS / count), Math.round(TARGET_PIXELS / Math.max(count, 3))));
}

/**
 * Reduces row-major [rows, cols] values to [rows.count, cols.count] of a layout. `at` maps a row and a column to the offset of
 * their value, so that a shifted plane need not be copied first. A NaN makes every drawn cell that it reaches NaN.
 */
export function poolPlane(
  values: ArrayLike<number>,
  { rows, cols }: Pick<PlaneLayout, 'rows' | 'cols'>,
  pooling: Pooling,
  at: (row: number, col: number) => number = (row, col) => row * cols.size + col,
): Float64Array {
  const pooled = new Float64Array(rows.count * cols.count);
  const [rowBlocks, colBlocks] = [blocks(rows), blocks(cols)];
  rowBlocks.forEach((rowBlock, row) => {
    colBlocks.forEach((colBlock, col) => {
      let [largest, sum, weights] = [-Infinity, 0, 0];
      for (let y = rowBlock.first; y < rowBlock.end; y++) {
        const rowWeight = overlap(rowBlock, y);
        for (let x = colBlock.first; x < colBlock.end; x++) {
          const value = values[at(y, x)] ?? NaN;
          const weight = rowWeight * overlap(colBlock, x);
          // Math.max, unlike a comparison, lets NaN through.
          largest = Math.max(largest, value);
          sum += weight * value;
          weights += weight;
        }
      }
      pooled[row * cols.count + col] = pooling === 'max' ? largest : sum / weights;
    });
  });
  return pooled;
}

interface Block {
  readonly from: number;
  readonly to: number;
  readonly first: number;
  readonly end: number;
}

function blocks({ size, pool, count }: AxisLayout): Block[] {
  return Array.from({ length: count }, (_, i) => {
    const [from, to] = [i * pool, Math.min(size, (i + 1) * pool)];
    // A boundary that rounding put a hair into the next cell must not reach it: that cell may be NaN.
    return { from, to, first: Math.floor(from + 1e-9), end: Math.ceil(to - 1e-9) };
  });
}

function overlap({ from, to }: Block, cell: number): number {
  return Math.min(to, cell + 1) - Math.max(from, cell);
}

/** The cells of a plane as an SVG image at x, y. Enlarged cells stay sharp. */
export function planeImage(values: Float64Array, layout: PlaneLayout, scale: ColorScale, x: number, y: number): Svg {
  const { rows, cols } = layout;
  if (!values.some(Number.isNaN)) {
    return imageElement({ width: cols.count, height: rows.count, data: colorize(values, scale) }, layout, x, y);
  }
  // NaN is hatched in device pixels, so its cells must exist as device pixels.
  const [width, height] = [cols.count * cols.cell, rows.count * rows.cell];
  const enlarged = new Float64Array(width * height);
  for (let row = 0; row < height; row++) {
    const from = Math.floor(row / rows.cell) * cols.count;
    for (let col = 0; col < width; col++) enlarged[row * width + col] = values[from + Math.floor(col / cols.cell)] ?? NaN;
  }
  return imageElement({ width, height, data: colorize(enlarged, { ...scale, width }) }, layout, x, y);
}

/** Pixels as an SVG image filling the plane at x, y. */
export function imageElement(pixels: Pixels, { rows, cols }: PlaneLayout, x: number, y: number): Svg {
  return element('image', {
    x,
    y,
    width: cols.length,
    height: rows.length,
    preserveAspectRatio: 'none',
    class: PIXELATED_CLASS,
    'image-rendering': 'optimizeSpeed',
    href: `data:image/png;base64,${Buffer.from(encodePng(pixels, { isTransient: true })).toString('base64')}`,
  });
}
