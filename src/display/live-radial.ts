// Which planes of a tensor are looked at during a training, and their mean power over the distance from zero frequency. Pages use it, too:
// nothing of Node in here.

/** Frequencies of a radial spectrum: 0, 1/32, … 16/32 cycles a sample. */
export const radialBins = 17;
/** Bins in a cycle a sample. */
export const radialRate = 32;

const mostPlanes = 16;
/** Cells along an axis at most. */
const mostExtent = 64;
/** Cells of all planes together at most, as they are and as they are transformed: what a glance at a training may cost. */
const [mostCells, mostTransformed] = [4096, 16_384];

/** The part of a tensor that is looked at: the first planes of its last two axes, and of them the first cells. */
export interface Glance {
  /** Planes there are, and how many of them are looked at. */
  readonly all: number;
  readonly planes: number;
  readonly rows: number;
  readonly cols: number;
  /** Lengths of the transform, with zeros behind the cells. */
  readonly sizes: readonly [rows: number, cols: number];
  /** In words. */
  readonly note: string;
}

/** What is looked at of a tensor of two axes or more. */
export function glanceAt(shape: readonly number[]): Glance {
  const [height, width] = [shape.at(-2)!, shape.at(-1)!];
  const all = shape.slice(0, -2).reduce((product, extent) => product * extent, 1);
  const [rows, cols] = [Math.min(mostExtent, height), Math.min(mostExtent, width)];
  const sizes = [transformLength(rows), transformLength(cols)] as const;
  const room = Math.min(mostPlanes, Math.floor(mostCells / (rows * cols)), Math.floor(mostTransformed / (sizes[0] * sizes[1])));
  const planes = Math.min(all, room);
  const cut = rows < height || cols < width ? `the first ${rows}×${cols} cells of ${height}×${width}` : `${rows}×${cols}`;
  return { all, planes, rows, cols, sizes, note: planes < all ? `${cut}, the first ${planes} of ${all} planes` : cut };
}

function transformLength(extent: number): number {
  return Math.max(radialRate, 2 ** Math.ceil(Math.log2(extent)));
}

/**
 * Mean of a power spectrum over rings about zero frequency, in dB re 1 (10·log₁₀): ring i holds the frequencies whose distance √(f² + g²) is nearest to
 * i/32 cycles a sample. `power` is the half spectrum [P, Q/2 + 1] of a transform of P × Q, zero frequency first.
 */
export function radialMean(power: ArrayLike<number>, [rows, cols]: readonly [number, number]): Float64Array {
  const half = Math.floor(cols / 2) + 1;
  const [sums, weights] = [new Float64Array(radialBins), new Float64Array(radialBins)];
  for (let row = 0; row < rows; row++) {
    const f = Math.min(row, rows - row) / rows;
    for (let col = 0; col < half; col++) {
      const ring = Math.round(radialRate * Math.hypot(f, col / cols));
      if (ring >= radialBins) continue;
      // The half that is left out mirrors this one.
      const weight = col === 0 || 2 * col === cols ? 1 : 2;
      sums[ring]! += weight * (power[row * half + col] ?? NaN);
      weights[ring]! += weight;
    }
  }
  return sums.map((sum, ring) => 10 * Math.log10(sum / weights[ring]!));
}
