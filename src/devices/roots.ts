// Roots of unity in float64. Angles are reduced to one octant before sin and cos, so that symmetric roots are exactly
// symmetric and the largest error is half a unit in the last place (the method of pocketfft).

/** (cos, sin) of 2πk/n for 0 ≤ k < n. */
export function root(k: number, n: number): [number, number] {
  const unit = Math.PI / 4 / n;
  let x = 8 * k;
  const lower = x > 4 * n;
  if (lower) x = 8 * n - x;
  let cos: number;
  let sin: number;
  if (x < n) [cos, sin] = [Math.cos(x * unit), Math.sin(x * unit)];
  else if (x < 2 * n) [cos, sin] = [Math.sin((2 * n - x) * unit), Math.cos((2 * n - x) * unit)];
  else if (x < 3 * n) [cos, sin] = [-Math.sin((x - 2 * n) * unit), Math.cos((x - 2 * n) * unit)];
  else [cos, sin] = [-Math.cos((4 * n - x) * unit), Math.sin((4 * n - x) * unit)];
  return [cos, lower ? -sin : sin];
}

/** exp(−2πi·k/n) for k = 0 … count−1, interleaved. */
export function roots(n: number, count = n): Float64Array<ArrayBuffer> {
  const table = new Float64Array(2 * count);
  for (let k = 0; k < count; k++) {
    const [cos, sin] = root(k % n, n);
    table[2 * k] = cos;
    table[2 * k + 1] = -sin;
  }
  return table;
}

/** Factors of n, each 4 or a prime up to 13, or null when a larger prime is among them. */
export function factorize(n: number): number[] | null {
  const found: number[] = [];
  let rest = n;
  for (const factor of [4, 2, 3, 5, 7, 11, 13]) {
    while (rest % factor === 0) {
      found.push(factor);
      rest /= factor;
    }
  }
  if (rest > 1) return null;
  return found.length === 0 ? [1] : found;
}
