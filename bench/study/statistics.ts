// How far values are spread.

/** A mean with its spread. */
export interface Spread {
  readonly count: number;
  readonly mean: number;
  /** Of the sample (divided by count − 1); null of a single value. */
  readonly deviation: number | null;
  readonly least: number;
  readonly most: number;
}

/** Throws for no values. */
export function spreadOf(values: readonly number[]): Spread {
  if (values.length === 0) throw new Error('spreadOf: there are no values');
  const count = values.length;
  const mean = values.reduce((sum, value) => sum + value, 0) / count;
  const squares = values.reduce((sum, value) => sum + (value - mean) ** 2, 0);
  return {
    count,
    mean,
    deviation: count > 1 ? Math.sqrt(squares / (count - 1)) : null,
    least: Math.min(...values),
    most: Math.max(...values),
  };
}
