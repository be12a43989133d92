// The float64 transform of the reference device: mixed radix by Stockham's scheme, Bluestein's algorithm where a prime factor is
// large. Also what tables for the other devices are computed with.

import { factorize, root, roots } from '../devices/roots.js';

/** Primes above this go through Bluestein's algorithm. */
const maxRadix = 13;

/** Smallest integer ≥ n whose prime factors are 2, 3 and 5 only: a size that every path here is fast at. */
export function goodSize(n: number): number {
  let best = Infinity;
  for (let five = 1; five < 2 * n || five === 1; five *= 5) {
    for (let three = five; three < 2 * n || three === five; three *= 3) {
      let size = three;
      while (size < n) size *= 2;
      best = Math.min(best, size);
      if (three >= n) break;
    }
    if (five >= n) break;
  }
  return best;
}

/** What transforms of one length share. */
interface LengthPlan {
  readonly factors: readonly number[] | null;
  readonly table: Float64Array;
}

/** Plans of the lengths used last: transforms come in many lines of one length. */
const plans = new Map<number, LengthPlan>();
const keptPlans = 8;
/** Longer tables are not kept. */
const longestKept = 1 << 16;

function planOf(n: number): LengthPlan {
  const known = plans.get(n);
  if (known !== undefined) return known;
  const factors = factorize(n);
  const plan: LengthPlan = { factors, table: factors === null ? new Float64Array() : roots(n) };
  const [oldest] = plans.keys();
  if (plans.size >= keptPlans && oldest !== undefined) plans.delete(oldest);
  if (n <= longestKept) plans.set(n, plan);
  return plan;
}

/** Σ_j x_j·exp(sign·2πi·jk/n), interleaved complex, in place of nothing: returns a new array. */
export function transform(x: Float64Array, n: number, sign: 1 | -1): Float64Array<ArrayBuffer> {
  const { factors, table } = planOf(n);
  if (factors === null) return bluestein(x, n, sign);
  let from = new Float64Array(x.subarray(0, 2 * n));
  let to = new Float64Array(2 * n);
  let span = 1;
  for (const radix of factors) {
    if (radix > maxRadix) throw new Error(`fft: radix ${radix}`);
    stage(from, to, n, radix, span, table, sign);
    [from, to] = [to, from];
    span *= radix;
  }
  return from;
}

interface Butterfly {
  /** Scratch. */
  readonly re: Float64Array;
  readonly im: Float64Array;
  /** Roots of unity of the radix. */
  readonly cos: Float64Array;
  readonly sin: Float64Array;
}

const butterflies = Array.from({ length: maxRadix + 1 }, (_, radix): Butterfly => {
  const all = Array.from({ length: radix }, (_none, p) => root(p, radix));
  return {
    re: new Float64Array(radix),
    im: new Float64Array(radix),
    cos: Float64Array.from(all, ([cos]) => cos),
    sin: Float64Array.from(all, ([, sin]) => sin),
  };
});

/** One Stockham stage: reads j + p·n/radix, writes (j/span)·span·radix + j mod span + p·span. */
function stage(from: Float64Array, to: Float64Array, n: number, radix: number, span: number, table: Float64Array, sign: 1 | -1): void {
  const each = n / radix;
  const { re, im, cos, sin } = butterflies[radix] as Butterfly;
  for (let j = 0; j < each; j++) {
    const k = (j % span) * (n / (span * radix));
    for (let p = 0; p < radix; p++) {
      const at = 2 * (j + p * each);
      const w = 2 * (k * p);
      const a = from[at]!;
      const b = from[at + 1]!;
      const c = table[w]!;
      const d = -sign * table[w + 1]!;
      re[p] = a * c - b * d;
      im[p] = a * d + b * c;
    }
    const base = Math.floor(j / span) * span * radix + (j % span);
    for (let q = 0; q < radix; q++) {
      let sumRe = 0;
      let sumIm = 0;
      for (let p = 0; p < radix; p++) {
        const at = (p * q) % radix;
        const c = cos[at]!;
        const s = sign * sin[at]!;
        sumRe += re[p]! * c - im[p]! * s;
        sumIm += re[p]! * s + im[p]! * c;
      }
      const out = 2 * (base + q * span);
      to[out] = sumRe;
      to[out + 1] = sumIm;
    }
  }
}

/** exp(sign·πi·j²/n) for j = 0 … n−1, interleaved; j² is reduced modulo 2n, where the angle repeats. */
export function chirp(n: number, sign: 1 | -1): Float64Array<ArrayBuffer> {
  const out = new Float64Array(2 * n);
  for (let j = 0; j < n; j++) {
    // j² stays exact: n < 2²¹ makes it less than 2⁴².
    const [cos, sin] = root((j * j) % (2 * n), 2 * n);
    out[2 * j] = cos;
    out[2 * j + 1] = sign * sin;
  }
  return out;
}

/** Spectrum, of length m ≥ 2n − 1, of the filter that Bluestein's algorithm convolves with: conj(chirp), even, scaled by 1/m. */
export function chirpFilter(n: number, m: number, sign: 1 | -1): Float64Array<ArrayBuffer> {
  const w = chirp(n, sign === 1 ? -1 : 1);
  const filter = new Float64Array(2 * m);
  for (let j = 0; j < n; j++) {
    for (const at of j === 0 ? [0] : [j, m - j]) {
      filter[2 * at] = w[2 * j]! / m;
      filter[2 * at + 1] = w[2 * j + 1]! / m;
    }
  }
  return transform(filter, m, -1);
}

/** Bluestein (1970): jk = (j² + k² − (k − j)²)/2 makes a transform of any length a convolution. */
function bluestein(x: Float64Array, n: number, sign: 1 | -1): Float64Array<ArrayBuffer> {
  const m = goodSize(2 * n - 1);
  const w = chirp(n, sign);
  const a = new Float64Array(2 * m);
  for (let j = 0; j < n; j++) multiply(x, j, w, j, a, j);
  const spectrum = transform(a, m, -1);
  const filter = chirpFilter(n, m, sign);
  for (let j = 0; j < m; j++) multiply(spectrum, j, filter, j, spectrum, j);
  const y = transform(spectrum, m, 1);
  const out = new Float64Array(2 * n);
  for (let k = 0; k < n; k++) multiply(y, k, w, k, out, k);
  return out;
}

function multiply(a: Float64Array, i: number, b: Float64Array, j: number, out: Float64Array, k: number): void {
  const re = a[2 * i]! * b[2 * j]! - a[2 * i + 1]! * b[2 * j + 1]!;
  const im = a[2 * i]! * b[2 * j + 1]! + a[2 * i + 1]! * b[2 * j]!;
  out[2 * k] = re;
  out[2 * k + 1] = im;
}
