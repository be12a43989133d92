// Periodic interpolation along one axis, as a matrix: from k numbers at equal distances around a circle to n.

/** How values between nodes are found: by straight lines, or by the cubic spline through the nodes. */
export type Interpolation = 'bilinear' | 'spline';

/** Distance of two places on a circle of this length. */
function around(a: number, b: number, length: number): number {
  const apart = Math.abs(a - b) % length;
  return Math.min(apart, length - apart);
}

/** The cubic B-spline with knots at the integers, −2 to 2. */
function cubic(t: number): number {
  const d = Math.abs(t);
  return d < 1 ? 2 / 3 - d * d + (d * d * d) / 2 : d < 2 ? (2 - d) ** 3 / 6 : 0;
}

/** B-splines on a circle of k nodes: where it is shorter than the spline, that overlaps itself. */
function periodicCubic(t: number, k: number): number {
  let sum = 0;
  for (let turn = -2; turn <= 2; turn++) sum += cubic(around(t, 0, k) + turn * k);
  return sum;
}

/** The inverse of the circulant matrix of B-splines at the nodes, by its eigenvalues (4 + 2·cos(2πq/k))/6: one column. */
function splineFilter(k: number): Float64Array {
  return Float64Array.from({ length: k }, (_, p) => {
    let sum = 0;
    for (let q = 0; q < k; q++) sum += Math.cos((2 * Math.PI * ((q * p) % k)) / k) / ((4 + 2 * Math.cos((2 * Math.PI * q) / k)) / 6);
    return sum / k;
  });
}

/** The matrix [n, k], row-major: row f is what the k nodes contribute to place f·k/n of a circle of length k. Rows sum to 1. */
export function interpolationMatrix(kind: Interpolation, n: number, k: number): Float64Array<ArrayBuffer> {
  const matrix = new Float64Array(n * k);
  const filter = kind === 'spline' ? splineFilter(k) : null;
  for (let f = 0; f < n; f++) {
    const place = (f * k) / n;
    const basis = Float64Array.from({ length: k }, (_, p) =>
      filter === null ? Math.max(0, 1 - around(place, p, k)) : periodicCubic(place - p, k),
    );
    for (let p = 0; p < k; p++) {
      let value = 0;
      if (filter === null) value = basis[p]!;
      else for (let q = 0; q < k; q++) value += basis[q]! * filter[(p - q + k) % k]!;
      // One node alone is a constant, which straight lines around a circle of length 1 are not.
      matrix[f * k + p] = k === 1 ? 1 : value;
    }
  }
  return matrix;
}
