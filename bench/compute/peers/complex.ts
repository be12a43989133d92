// Complex numbers as two planes, for peers that have them so, and interleaved, as they travel.

/** [real, imaginary] planes of interleaved values. */
export function parts(values: ArrayLike<number>): [Float32Array, Float32Array] {
  const plane = (part: 0 | 1): Float32Array => Float32Array.from({ length: values.length / 2 }, (_, i) => values[2 * i + part] ?? NaN);
  return [plane(0), plane(1)];
}

/** Interleaved values of planes. */
export function interleaved(real: ArrayLike<number>, imaginary: ArrayLike<number>): Float32Array {
  const values = new Float32Array(2 * real.length);
  for (let i = 0; i < real.length; i++) {
    values[2 * i] = real[i] ?? NaN;
    values[2 * i + 1] = imaginary[i] ?? NaN;
  }
  return values;
}
