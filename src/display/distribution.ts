// How the values of a picture spread over a range: what a colour bar's histogram shows.

/** How the values of a picture spread over a range. */
export interface Distribution {
  readonly min: number;
  readonly max: number;
  /** Counts in equal steps from min to max. */
  readonly bins: Uint32Array;
  readonly below: number;
  readonly above: number;
  readonly nan: number;
}

const BINS = 64;

/** Counts `values`, each taken through `transform`, over [min, max]. */
export function distribute(
  values: ArrayLike<number>,
  min: number,
  max: number,
  transform: (value: number) => number = (value) => value,
): Distribution {
  const bins = new Uint32Array(BINS);
  let [below, above, nan] = [0, 0, 0];
  for (let i = 0; i < values.length; i++) {
    const value = transform(values[i] ?? NaN);
    if (Number.isNaN(value)) nan++;
    else if (value < min) below++;
    else if (value > max) above++;
    else {
      const bin = min === max ? BINS / 2 : Math.min(BINS - 1, Math.floor(((value - min) / (max - min)) * BINS));
      bins[bin] = (bins[bin] ?? 0) + 1;
    }
  }
  return { min, max, bins, below, above, nan };
}
