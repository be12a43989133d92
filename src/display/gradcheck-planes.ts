// A gradient's elements as planes to look at. Its last two axes longer than one are rows and columns; what stands before them counts
// the planes: for a weight [out, in, kh, kw] each (out, in) is one plane. Pages draw by these rules, too: nothing of Node in here.

/** How the elements of a shape lie in planes; a line is one row, a scalar one element. */
export interface Planes {
  readonly shape: readonly number[];
  readonly rows: number;
  readonly cols: number;
  readonly count: number;
  /** Axes before the planes' own, by which a plane is named. */
  readonly outer: readonly number[];
}

/** Gradients of all elements, complex ones interleaved; null where they are not known element by element. */
export interface Gradients {
  readonly analytic: ArrayLike<number>;
  readonly numeric: ArrayLike<number> | null;
  readonly oracle: ArrayLike<number> | null;
}

/** The planes of a shape. */
export function planesOf(shape: readonly number[]): Planes {
  const long = shape.flatMap((extent, axis) => (extent === 1 ? [] : [axis]));
  const [rowAxis, colAxis] = [long.at(-2), long.at(-1)];
  const rows = rowAxis === undefined ? 1 : (shape[rowAxis] ?? 1);
  const cols = colAxis === undefined ? 1 : (shape[colAxis] ?? 1);
  const size = shape.reduce((product, extent) => product * extent, 1);
  return { shape, rows, cols, count: rows * cols === 0 ? 0 : size / (rows * cols), outer: shape.slice(0, rowAxis ?? 0) };
}

/** The index of an element, from its place in row-major order. */
export function indexAt(place: number, shape: readonly number[]): number[] {
  const index: number[] = [];
  let rest = place;
  for (const extent of [...shape].reverse()) {
    index.unshift(rest % extent);
    rest = Math.floor(rest / extent);
  }
  return index;
}

/** The place of an index in row-major order. */
export function placeAt(index: readonly number[], shape: readonly number[]): number {
  return shape.reduce((place, extent, axis) => place * extent + (index[axis] ?? 0), 0);
}

/** An index as people write it: `[3, 0]`. */
export function formatIndex(index: readonly number[]): string {
  return `[${index.join(', ')}]`;
}

/** The name of a plane by its outer index, `[3, 0]`; empty where there is only one. */
export function planeName(plane: number, { outer, count }: Planes): string {
  return count === 1 ? '' : formatIndex(indexAt(plane, outer));
}

/** analytic − oracle over the gradient's rms, number by number; by the differences where there is no oracle, null where neither is. */
export function relativeError({ analytic, numeric, oracle }: Gradients, rms: number): Float64Array | null {
  const truth = oracle ?? numeric;
  if (truth === null) return null;
  // A gradient that is 0 everywhere has no rms to be relative to.
  const scale = rms > 0 ? rms : 1;
  return Float64Array.from(analytic, (value, i) => (value - (truth[i] ?? NaN)) / scale);
}

/** The largest |value| of each plane; infinite where one is not a number. */
export function planePeaks(values: ArrayLike<number>, { count, rows, cols }: Planes, parts: number): Float64Array {
  const length = rows * cols * parts;
  const peaks = new Float64Array(count);
  for (let plane = 0; plane < count; plane++) {
    let peak = 0;
    for (let i = plane * length; i < (plane + 1) * length; i++) {
      const size = Math.abs(values[i] ?? NaN);
      if (!(size <= peak)) peak = Number.isNaN(size) ? Infinity : size;
    }
    peaks[plane] = peak;
  }
  return peaks;
}

/** Planes by their largest |value|, worst first; equally bad ones in their order. */
export function rankPlanes(peaks: Float64Array): number[] {
  return Array.from(peaks.keys()).sort((a, b) => compare(peaks[b] ?? 0, peaks[a] ?? 0) || a - b);
}

/** The planes of the worst elements that are known, worst first, each once: what to look at where the error of others is not known. */
export function planesOfWorst(
  { worst, worstElements }: { readonly worst: Indexed; readonly worstElements: readonly Indexed[] },
  { rows, cols, shape }: Planes,
): number[] {
  return [...new Set([worst, ...worstElements].map(({ index }) => Math.floor(placeAt(index, shape) / (rows * cols))))];
}

interface Indexed {
  readonly index: readonly number[];
}

/** One axis of a plane that is drawn with fewer cells: `count` of them, each of `pool` neighbouring ones; the last may have fewer. */
export interface Reduction {
  readonly size: number;
  readonly pool: number;
  readonly count: number;
}

/** Of each block of a plane the value whose `sizeOf` is largest, so that no error is lost; NaN is worse than all. */
export function reducePlane(values: ArrayLike<number>, rows: Reduction, cols: Reduction, sizeOf: (value: number) => number): Float64Array {
  const reduced = new Float64Array(rows.count * cols.count);
  const ends = (axis: Reduction, block: number): readonly [number, number] => {
    // A boundary that rounding put a hair into the next cell must not reach it.
    return [Math.floor(block * axis.pool + 1e-9), Math.min(axis.size, Math.ceil((block + 1) * axis.pool - 1e-9))];
  };
  for (let row = 0; row < rows.count; row++) {
    const [top, bottom] = ends(rows, row);
    for (let col = 0; col < cols.count; col++) {
      const [left, right] = ends(cols, col);
      let largest = values[top * cols.size + left] ?? NaN;
      for (let y = top; y < bottom; y++) {
        for (let x = left; x < right; x++) {
          const value = values[y * cols.size + x] ?? NaN;
          if (sizeOf(value) > sizeOf(largest) || Number.isNaN(value)) largest = value;
        }
      }
      reduced[row * cols.count + col] = largest;
    }
  }
  return reduced;
}

// Infinity − Infinity is no order.
function compare(a: number, b: number): number {
  return a === b ? 0 : a - b;
}

/** The largest finite |value|, or 0. */
export function largestFinite(values: ArrayLike<number>): number {
  let largest = 0;
  for (let i = 0; i < values.length; i++) {
    const size = Math.abs(values[i] ?? NaN);
    if (size > largest && size < Infinity) largest = size;
  }
  return largest;
}
