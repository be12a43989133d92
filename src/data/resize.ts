// Pictures of another size.

/**
 * A plane [height, width] at another size: each new sample is a mean of old ones, weighted by a triangle as wide as two samples of the coarser of both
 * grids, so that nothing finer than the new grid is left to alias. Linear interpolation where it grows.
 */
export function resize(
  plane: Float64Array,
  [height, width]: readonly [number, number],
  [toHeight, toWidth]: readonly [number, number],
): Float64Array {
  const wide = new Float64Array(height * toWidth);
  const columns = weights(width, toWidth);
  for (let y = 0; y < height; y++)
    for (let x = 0; x < toWidth; x++) {
      const { first, values } = columns[x]!;
      let sum = 0;
      for (let i = 0; i < values.length; i++) sum += values[i]! * plane[y * width + first + i]!;
      wide[y * toWidth + x] = sum;
    }
  const out = new Float64Array(toHeight * toWidth);
  weights(height, toHeight).forEach(({ first, values }, y) => {
    for (let i = 0; i < values.length; i++)
      for (let x = 0; x < toWidth; x++) out[y * toWidth + x]! += values[i]! * wide[(first + i) * toWidth + x]!;
  });
  return out;
}

/** For each new sample the old ones that it is made of. Samples stand in the middle of their cells. */
function weights(from: number, to: number): { first: number; values: number[] }[] {
  const scale = from / to;
  const reach = Math.max(scale, 1);
  return Array.from({ length: to }, (_, i) => {
    const centre = (i + 0.5) * scale - 0.5;
    const first = Math.max(0, Math.ceil(centre - reach));
    const last = Math.min(from - 1, Math.floor(centre + reach));
    const raw = Array.from({ length: last - first + 1 }, (__, k) => 1 - Math.abs(first + k - centre) / reach);
    const sum = raw.reduce((total, value) => total + value, 0);
    return { first, values: raw.map((value) => value / sum) };
  });
}
