// The spectrum of one plane of a few thousand numbers, in float64, for small pictures. Pages use it, too: nothing of Node in here.

/** Sums of products that a spectrum may cost: about a tenth of a second. */
const MOST_WORK = 2e7;

/**
 * |X| of a row-major plane [rows, cols] with zero frequency in the middle (at ⌊n/2⌋), X[k, l] = Σ x[r, c] · exp(−2πi(kr/rows + lc/cols)).
 * `parts` is 2 for interleaved complex values. Null where it would take long: a long axis whose length has a large prime factor.
 */
export function planeSpectrum(values: ArrayLike<number>, parts: number, rows: number, cols: number): Float64Array | null {
  if (!hasQuickSpectrum(rows, cols)) return null;
  const re = Float64Array.from({ length: rows * cols }, (_, i) => values[parts * i] ?? NaN);
  const im = Float64Array.from({ length: rows * cols }, (_, i) => (parts === 2 ? (values[2 * i + 1] ?? NaN) : 0));
  transformPlane(re, im, rows, cols);
  const [halfRows, halfCols] = [Math.ceil(rows / 2), Math.ceil(cols / 2)];
  return Float64Array.from({ length: rows * cols }, (_, i) => {
    const from = ((Math.floor(i / cols) + halfRows) % rows) * cols + (((i % cols) + halfCols) % cols);
    return Math.hypot(re[from] ?? NaN, im[from] ?? NaN);
  });
}

/** Whether `planeSpectrum` takes on a plane of this size. */
export function hasQuickSpectrum(rows: number, cols: number): boolean {
  return rows * cols * (costOf(rows) + costOf(cols)) <= MOST_WORK;
}

/** Transforms a row-major plane in its place, unnormalized, zero frequency first: X[k, l] = Σ x[r, c] · exp(−2πi(kr/rows + lc/cols)). */
export function transformPlane(re: Float64Array, im: Float64Array, rows: number, cols: number): void {
  const [across, down] = [turnsOf(cols), turnsOf(rows)];
  for (let row = 0; row < rows; row++) transformLine(re, im, row * cols, 1, across);
  for (let col = 0; col < cols; col++) transformLine(re, im, col, cols, down);
}

/** The same of a real plane, whose `im` is 0: half of its columns are the conjugates of others. */
export function transformRealPlane(re: Float64Array, im: Float64Array, rows: number, cols: number): void {
  const [across, down] = [turnsOf(cols), turnsOf(rows)];
  for (let row = 0; row < rows; row++) transformLine(re, im, row * cols, 1, across);
  for (let col = 0; col <= cols / 2; col++) transformLine(re, im, col, cols, down);
  for (let row = 0; row < rows; row++) {
    for (let col = Math.floor(cols / 2) + 1; col < cols; col++) {
      const mirror = ((rows - row) % rows) * cols + cols - col;
      re[row * cols + col] = re[mirror] ?? NaN;
      // Not −0, which turns the angle of a negative number.
      im[row * cols + col] = 0 - (im[mirror] ?? NaN);
    }
  }
}

/** Cosines and sines of the n-th parts of a turn. */
interface Turns {
  readonly n: number;
  readonly cos: Float64Array;
  readonly sin: Float64Array;
}

function turnsOf(n: number): Turns {
  const of = (f: (angle: number) => number): Float64Array => Float64Array.from({ length: n }, (_, k) => f((2 * Math.PI * k) / n));
  return { n, cos: of(Math.cos), sin: of(Math.sin) };
}

/** Lines of so many numbers are transformed by their definition: taking them apart costs more than it saves. */
const SHORT = 128;

function transformShortLine(re: Float64Array, im: Float64Array, offset: number, stride: number, { n, cos, sin }: Turns): void {
  const [x, y] = [new Float64Array(n), new Float64Array(n)];
  let isZero = true;
  for (let j = 0; j < n; j++) {
    x[j] = re[offset + j * stride] ?? NaN;
    y[j] = im[offset + j * stride] ?? NaN;
    if (x[j] !== 0 || y[j] !== 0) isZero = false;
  }
  // Most lines of a padded kernel.
  if (isZero) return;
  for (let k = 0; k < n; k++) {
    let sumRe = 0;
    let sumIm = 0;
    let turn = 0;
    for (let j = 0; j < n; j++) {
      const c = cos[turn]!;
      const s = sin[turn]!;
      sumRe += x[j]! * c + y[j]! * s;
      sumIm += y[j]! * c - x[j]! * s;
      turn += k;
      if (turn >= n) turn -= n;
    }
    re[offset + k * stride] = sumRe;
    im[offset + k * stride] = sumIm;
  }
}

/** Transforms the n numbers at `offset`, `stride` apart, in their place. */
function transformLine(re: Float64Array, im: Float64Array, offset: number, stride: number, turns: Turns): void {
  const { n, cos, sin } = turns;
  if (n === 1) return;
  if (n <= SHORT) return transformShortLine(re, im, offset, stride, turns);
  /** The transform of `length` numbers, `step` apart from `first`: by its smallest prime factor into as many shorter ones. */
  const transform = (first: number, step: number, length: number): { re: Float64Array; im: Float64Array } => {
    const out = { re: new Float64Array(length), im: new Float64Array(length) };
    const radix = smallestFactor(length);
    const short = length / radix;
    const inner =
      length === 1 || radix === length ? null : Array.from({ length: radix }, (_, j) => transform(first + j * step, radix * step, short));
    for (let k = 0; k < length; k++) {
      let [sumRe, sumIm] = [0, 0];
      for (let j = 0; j < radix; j++) {
        const at = offset + (first + j * step) * stride;
        const x = (inner === null ? re[at] : inner[j]?.re[k % short]) ?? NaN;
        const y = (inner === null ? im[at] : inner[j]?.im[k % short]) ?? NaN;
        const turn = ((j * k) % length) * (n / length);
        const [c, s] = [cos[turn] ?? NaN, sin[turn] ?? NaN];
        sumRe += x * c + y * s;
        sumIm += y * c - x * s;
      }
      out.re[k] = sumRe;
      out.im[k] = sumIm;
    }
    return out;
  };
  const result = transform(0, 1, n);
  for (let k = 0; k < n; k++) {
    re[offset + k * stride] = result.re[k] ?? NaN;
    im[offset + k * stride] = result.im[k] ?? NaN;
  }
}

/** Products for one number of a transform: the sum of the prime factors. */
function costOf(n: number): number {
  let cost = 0;
  for (let rest = n; rest > 1;) {
    const factor = smallestFactor(rest);
    cost += factor;
    rest /= factor;
  }
  return cost;
}

function smallestFactor(n: number): number {
  for (let factor = 2; factor * factor <= n; factor++) if (n % factor === 0) return factor;
  return n;
}
