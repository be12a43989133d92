// Where the elements of a gradient lie in its picture, and how the arrow keys move among them. No page in here.

import { planeName, type Planes } from '../../src/display/gradcheck-planes.js';

/** One plane (of a complex one a part of it) in the picture, in CSS px. */
export interface Tile {
  readonly plane: number;
  readonly part: number;
  readonly name: string;
  readonly x: number;
  readonly y: number;
}

/** The tiles of a picture, each of rows × cols cells. */
export interface PictureLayout {
  readonly tiles: readonly Tile[];
  /** Tiles beside each other. */
  readonly across: number;
  readonly rows: number;
  readonly cols: number;
  /** Size of a cell. */
  readonly cellWidth: number;
  readonly cellHeight: number;
  readonly width: number;
  readonly height: number;
}

/** A cell of the picture: a tile by its place among the tiles, a row and a column of it. */
export interface Cell {
  readonly tile: number;
  readonly row: number;
  readonly col: number;
}

const GAP = 12;
const CAPTION = 15;
/** Room for the frame of the outer tiles. */
const EDGE = 1;
const LARGEST_CELL = 28;
const SMALLEST_CELL = 3;
const HEIGHT = 300;
/** Room left of a line for its scale. */
const SCALE = 56;
const LINE_HEIGHT = 150;
/** Beyond this aspect ratio square cells would leave the shorter side too thin to see. */
const MAX_ASPECT = 8;
const MIN_SHORT_SIDE = 48;

/** Lays planes out on `width` px, with square cells of whole px as far as they fit; a line takes all of the width. */
export function layOutTiles(shown: readonly number[], parts: number, planes: Planes, width: number): PictureLayout {
  const { rows, cols } = planes;
  if (rows === 1) {
    const cellWidth = Math.max(1, width - SCALE) / cols;
    const tiles = Array.from({ length: parts }, (_, part) => ({ plane: 0, part, name: '', x: SCALE, y: 6 }));
    return { tiles, across: 1, rows, cols, cellWidth, cellHeight: LINE_HEIGHT, width, height: LINE_HEIGHT + 24 };
  }
  const count = shown.length * parts;
  const names = shown.flatMap((plane) =>
    Array.from({ length: parts }, (_, part) =>
      [planeName(plane, planes), parts === 1 ? '' : part === 0 ? 're' : 'im'].filter(Boolean).join(' '),
    ),
  );
  const caption = names.some((name) => name !== '') ? CAPTION : 0;
  const room = width - 2 * EDGE;
  const most = Math.min(LARGEST_CELL, room / cols);
  const fit = (across: number): { across: number; cell: number } => {
    const down = Math.ceil(count / across);
    const cell = Math.min(most, (room - (across - 1) * GAP) / across / cols, (HEIGHT / down - GAP - caption) / rows);
    return { across, cell };
  };
  const possible = Array.from({ length: count }, (_, i) => fit(i + 1)).filter(({ across }) => across % parts === 0 || across === 1);
  const best = possible.reduce((a, b) => (b.cell > a.cell + 1e-9 ? b : a));
  // Where all cannot be seen at once, cells keep a size that can be pointed at, and the picture grows downwards.
  const cell = best.cell >= SMALLEST_CELL ? Math.floor(best.cell) : Math.min(SMALLEST_CELL, most);
  const across = best.cell >= SMALLEST_CELL ? best.across : Math.max(1, Math.floor((room + GAP) / (cell * cols + GAP)));
  const isStrip = Math.max(rows, cols) > MAX_ASPECT * Math.min(rows, cols);
  const cellWidth = isStrip && cols < rows ? Math.max(cell, Math.min(MIN_SHORT_SIDE, room) / cols) : cell;
  const cellHeight = isStrip && rows < cols ? Math.max(cell, MIN_SHORT_SIDE / rows) : cell;
  const [tileWidth, tileHeight] = [cellWidth * cols, cellHeight * rows];
  const tiles = names.map((name, i) => ({
    plane: shown[Math.floor(i / parts)] ?? 0,
    part: i % parts,
    name,
    x: EDGE + (i % across) * (tileWidth + GAP),
    y: EDGE + caption + Math.floor(i / across) * (tileHeight + GAP + caption),
  }));
  const down = Math.ceil(count / across);
  return {
    tiles,
    across,
    rows,
    cols,
    cellWidth,
    cellHeight,
    width: 2 * EDGE + Math.min(across, count) * (tileWidth + GAP) - GAP,
    height: down * (tileHeight + GAP + caption) - GAP + 6,
  };
}

/** The cell at a point of the picture, or null beside all tiles. */
export function cellAt({ tiles, rows, cols, cellWidth, cellHeight }: PictureLayout, x: number, y: number): Cell | null {
  const tile = tiles.findIndex((at) => x >= at.x && y >= at.y && x < at.x + cols * cellWidth && y < at.y + rows * cellHeight);
  const at = tiles[tile];
  if (at === undefined) return null;
  // The last px may fall beyond the last cell by rounding.
  return {
    tile,
    row: Math.min(rows - 1, Math.floor((y - at.y) / cellHeight)),
    col: Math.min(cols - 1, Math.floor((x - at.x) / cellWidth)),
  };
}

/** Where a key leads from a cell; null for keys that are none of ours. Beyond a tile's edge is the next tile in that direction. */
export function cellAfter({ tiles, across, rows, cols }: PictureLayout, { tile, row, col }: Cell, key: string): Cell | null {
  // The parts of a line lie on each other.
  const last = (rows === 1 ? 1 : tiles.length) - 1;
  const column = tile % across;
  switch (key) {
    case 'ArrowLeft':
      if (col > 0) return { tile, row, col: col - 1 };
      return column > 0 ? { tile: tile - 1, row, col: cols - 1 } : { tile, row, col };
    case 'ArrowRight':
      if (col < cols - 1) return { tile, row, col: col + 1 };
      return column < across - 1 && tile < last ? { tile: tile + 1, row, col: 0 } : { tile, row, col };
    case 'ArrowUp':
      if (row > 0) return { tile, row: row - 1, col };
      return tile >= across ? { tile: tile - across, row: rows - 1, col } : { tile, row, col };
    case 'ArrowDown':
      if (row < rows - 1) return { tile, row: row + 1, col };
      return tile + across <= last ? { tile: tile + across, row: 0, col } : { tile, row, col };
    case 'PageUp':
      return { tile: Math.max(0, tile - 1), row, col };
    case 'PageDown':
      return { tile: Math.min(last, tile + 1), row, col };
    case 'Home':
      return { tile: 0, row: 0, col: 0 };
    case 'End':
      return { tile: last, row: rows - 1, col: cols - 1 };
    default:
      return null;
  }
}
