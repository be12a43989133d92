// How a correlation is cut into tiles: what one invocation computes in registers, chosen by the least modelled time.

/** The extents of a correlation that decide its tile. */
export interface CorrelationExtents {
  readonly filters: number;
  /** Rows and columns of the result. */
  readonly rows: number;
  readonly columns: number;
  /** Columns of the filters. */
  readonly taps: number;
  /** Steps along a row: from a result's column, and from a filter's tap, to the next. */
  readonly stride: number;
  readonly dilation: number;
}

/** What an invocation computes: `filters` × `rows` × `columns` results, from `taps` neighbouring taps of a filter's row at a time. */
export interface Tile {
  readonly filters: number;
  readonly rows: number;
  readonly columns: number;
  readonly taps: number;
}

const numbersTo = (most: number): number[] => Array.from({ length: most }, (_, at) => at + 1);

/** Taps of a row that are written out at most; longer rows are cut into equal pieces. */
export const longestRow = 9;

/** Multiplications written out at most: drivers take their time for long kernels. */
const longest = 288;

/** Multiplications for which compiling is worth as much again as what they save. */
const compileLength = 3000;

/** Sums and weights that cost nothing to keep; half as many again make a multiplication half as dear again. */
const registers = 50;

// Times of loads in those of a multiplication and addition in registers, where a CPU plays the GPU: there a load is as dear for two words as for
// one, and no cheaper where all invocations load the same.
const quadTime = 40;
const wordTime = 25;

/** The tile of least modelled time. */
export function tileOf(extents: CorrelationExtents): Tile {
  let best: Tile = { filters: 1, rows: 1, columns: 4, taps: 1 };
  let least = Infinity;
  // Tiles begin where quads do, or there is only one.
  const widths = numbersTo(16).filter((count) => count === extents.columns || (count % 4 === 0 && count < extents.columns + 4));
  for (const filters of numbersTo(Math.min(8, extents.filters))) {
    for (const rows of numbersTo(8).filter((count) => extents.rows % count === 0)) {
      for (const columns of widths) {
        for (const taps of piecesOf(extents.taps)) {
          if (filters * rows * columns * taps > longest) continue;
          const tile = { filters, rows, columns, taps };
          const time = timeOf(extents, tile);
          if (time < least) [best, least] = [tile, time];
        }
      }
    }
  }
  return best;
}

/** Into what pieces a row of taps can be cut. */
function piecesOf(taps: number): number[] {
  return taps <= longestRow ? [taps] : numbersTo(longestRow).filter((count) => taps % count === 0);
}

function timeOf({ filters, rows, columns, taps, stride, dilation }: CorrelationExtents, tile: Tile): number {
  const isAligned =
    ((tile.columns * stride) % 4 === 0 || tile.columns === columns) && ((tile.taps * dilation) % 4 === 0 || tile.taps === taps);
  const loads = new Set<number>();
  for (let column = 0; column < tile.columns; column++) {
    for (let tap = 0; tap < tile.taps; tap++) {
      const at = column * stride + tap * dilation;
      loads.add(isAligned ? Math.floor(at / 4) : at);
    }
  }
  const weights = tile.filters * tile.taps;
  const isQuads = tile.filters % 4 === 0 || tile.taps % 4 === 0 || (tile.filters === filters && filters > 2);
  const sums = tile.filters * tile.rows * tile.columns;
  const loading =
    tile.rows * loads.size * (isAligned ? quadTime : wordTime) + (isQuads ? Math.ceil(weights / 4) * quadTime : weights * wordTime);
  const multiplications = sums * tile.taps;
  const each = loading + multiplications * Math.max(1, (sums + weights) / registers);
  const pieces = Math.ceil(filters / tile.filters) * (rows / tile.rows) * Math.ceil(columns / tile.columns) * (taps / tile.taps);
  return pieces * each * (1 + multiplications / compileLength);
}

/** Columns of the image that tiles load, also for results beyond the last one; at least as many as the results need. */
export function columnsLoaded(extents: CorrelationExtents): number {
  const { columns } = tileOf(extents);
  const computed = Math.max(1, Math.ceil(extents.columns / columns)) * columns;
  return (computed - 1) * extents.stride + (extents.taps - 1) * extents.dilation + 1;
}
