// From the half spectrum that rfft and rfft2 return to the full plane.

/** Complex numbers of a plane, row-major. */
export interface ComplexPlane {
  readonly re: Float64Array;
  readonly im: Float64Array;
}

/**
 * A full spectrum, row-major [rows, cols] and not shifted, from a half spectrum [rows, halfCols] of real input:
 * X[−r, −c] = conj X[r, c] (Hermitian symmetry), indices modulo the shape. For one dimension rows is 1.
 * Throws if halfCols is not ⌊cols / 2⌋ + 1 or if re and im do not hold rows · halfCols values.
 */
export function wholeSpectrum(re: ArrayLike<number>, im: ArrayLike<number>, rows: number, halfCols: number, cols: number): ComplexPlane {
  if (halfCols !== Math.floor(cols / 2) + 1) {
    throw new Error(
      `expandHalf: a half spectrum of width ${String(cols)} has ${String(Math.floor(cols / 2) + 1)} columns, ` +
        `but ${String(halfCols)} were given; pass the width of the signal, which for ${String(halfCols)} columns is ` +
        `${String(2 * halfCols - 2)} or ${String(2 * halfCols - 1)}`,
    );
  }
  if (re.length !== rows * halfCols || im.length !== rows * halfCols) {
    throw new Error(
      `expandHalf: [${String(rows)}, ${String(halfCols)}] needs ${String(rows * halfCols)} real and imaginary parts, ` +
        `but ${String(re.length)} and ${String(im.length)} were given`,
    );
  }
  const whole = { re: new Float64Array(rows * cols), im: new Float64Array(rows * cols) };
  for (let row = 0; row < rows; row++) {
    for (let col = 0; col < halfCols; col++) {
      const [from, to] = [row * halfCols + col, row * cols + col];
      whole.re[to] = re[from] ?? NaN;
      whole.im[to] = im[from] ?? NaN;
      // Column 0 (and cols / 2 where cols is even) is its own mirror and stands in the half spectrum in full.
      if (col === 0 || 2 * col >= cols) continue;
      const mirror = ((rows - row) % rows) * cols + cols - col;
      whole.re[mirror] = re[from] ?? NaN;
      whole.im[mirror] = -(im[from] ?? NaN);
    }
  }
  return whole;
}

/** The magnitude of the full spectrum; see `wholeSpectrum`. */
export function expandHalf(re: ArrayLike<number>, im: ArrayLike<number>, rows: number, halfCols: number, cols: number): Float64Array {
  const whole = wholeSpectrum(re, im, rows, halfCols, cols);
  return whole.re.map((value, i) => Math.hypot(value, whole.im[i] ?? NaN));
}
