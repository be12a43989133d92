// How far values reach, and how many of them are no finite numbers.

/** Extent and mean of finite values; from Infinity to −Infinity where there are none. */
export interface Extent {
  readonly min: number;
  readonly max: number;
  readonly mean: number;
  readonly nan: number;
  readonly infinite: number;
}

/** The extent of values, of those that are finite. */
export function finiteExtent(data: ArrayLike<number>): Extent {
  let [min, max, sum, nan, infinite] = [Infinity, -Infinity, 0, 0, 0];
  for (let i = 0; i < data.length; i++) {
    const value = data[i] ?? NaN;
    if (Number.isNaN(value)) nan++;
    else if (!Number.isFinite(value)) infinite++;
    else {
      if (value < min) min = value;
      if (value > max) max = value;
      sum += value / data.length;
    }
  }
  const finite = data.length - nan - infinite;
  return { min, max, mean: (sum * data.length) / finite, nan, infinite };
}
