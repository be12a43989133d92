// The discrete Fourier transform as its definition reads, in two dimensions: the independent truth for the drawings.

/** X[k, l] = Σ x[r, c] · exp(−2πi (k·r/rows + l·c/cols)) of real x, row-major. */
export function naiveTransform(signal: Float64Array, rows: number, cols: number): { readonly re: Float64Array; readonly im: Float64Array } {
  const re = new Float64Array(rows * cols);
  const im = new Float64Array(rows * cols);
  for (let k = 0; k < rows; k++) {
    for (let l = 0; l < cols; l++) {
      signal.forEach((value, i) => {
        const turns = ((k * Math.floor(i / cols)) % rows) / rows + ((l * (i % cols)) % cols) / cols;
        const at = k * cols + l;
        re[at] = (re[at] ?? 0) + value * Math.cos(2 * Math.PI * turns);
        im[at] = (im[at] ?? 0) - value * Math.sin(2 * Math.PI * turns);
      });
    }
  }
  return { re, im };
}

/** |X| of the transform above. */
export function naiveMagnitude(signal: Float64Array, rows: number, cols: number): Float64Array {
  const { re, im } = naiveTransform(signal, rows, cols);
  return re.map((value, i) => Math.hypot(value, im[i] ?? 0));
}

/** The integers from 0 below n as float64, mapped. */
export function sampled(n: number, f: (i: number) => number): Float64Array {
  return Float64Array.from({ length: n }, (_, i) => f(i));
}
