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
