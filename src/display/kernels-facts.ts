// What can be said of a kernel by its taps and its frequency response. Pages use it, too: nothing of Node in here.

import type { ComplexPlane } from './kernels-response.js';
import { formatNumber } from './number-format.js';
import { binFrequency } from './spectrum-values.js';

/** What a kernel passes: named only where the numbers are clear. */
export type KernelKind = 'all-pass' | 'low-pass' | 'high-pass' | 'band-pass' | 'sharpening';

/** Facts of a kernel. */
export interface KernelFacts {
  /** Σ h: the gain of what is constant. */
  readonly sum: number;
  /** √Σ h². */
  readonly norm: number;
  /** The largest |H|, and where the first such bin lies, in cycles per sample: [vertical, horizontal]. */
  readonly largest: number;
  readonly kind: KernelKind | null;
  /** Mean distance from zero frequency, weighted by |H|², in cycles per sample; NaN where the kernel is 0 or not finite. */
  readonly meanFrequency: number;
  /**
   * How far the waves that pass run along one direction: (λ₁ − λ₂) / (λ₁ + λ₂) of the second moments of frequency, weighted by |H|²; 0 all directions
   * alike, 1 a single one. Without Nyquist bins, which have no direction. Of kernels of one axis null.
   */
  readonly anisotropy: number | null;
  /** That direction in degrees from the rows, counterclockwise, in [0, 180). */
  readonly direction: number;
}

/** Limits of the bands in cycles per sample: up to the first is low, from the second on high. */
const [LOW, HIGH] = [0.125, 0.375];
/** Above this a kernel is said to be oriented. */
const CLEAR_DIRECTION = 0.4;

/** Finds the facts of a kernel with these taps and this response (zero frequency first). */
export function kernelFacts(taps: ArrayLike<number>, { rows, cols, re, im }: ComplexPlane): KernelFacts {
  let [sum, squares] = [0, 0];
  for (let i = 0; i < taps.length; i++) {
    const tap = taps[i] ?? NaN;
    sum += tap;
    squares += tap * tap;
  }
  const bands = { low: [0, 0], middle: [0, 0], high: [0, 0] } as Record<'low' | 'middle' | 'high', [power: number, bins: number]>;
  let [largest, smallest, power, radial, yy, xx, xy] = [0, Infinity, 0, 0, 0, 0, 0];
  for (let bin = 0; bin < rows * cols; bin++) {
    const [y, x] = [binFrequency(Math.floor(bin / cols), rows), binFrequency(bin % cols, cols)];
    const radius = Math.hypot(y, x);
    const gain = (re[bin] ?? NaN) ** 2 + (im[bin] ?? NaN) ** 2;
    largest = Math.max(largest, gain);
    smallest = Math.min(smallest, gain);
    power += gain;
    radial += gain * radius;
    const band = bands[radius <= LOW ? 'low' : radius < HIGH ? 'middle' : 'high'];
    band[0] += gain;
    band[1]++;
    // At Nyquist both signs mean the same wave: it runs in two directions at once.
    if (Math.abs(y) === 0.5 || Math.abs(x) === 0.5) continue;
    yy += gain * y * y;
    xx += gain * x * x;
    xy += gain * y * x;
  }
  const isLine = rows === 1 || cols === 1;
  const spread = Math.hypot(xx - yy, 2 * xy);
  // Rows count downwards, directions upwards.
  const degrees = (Math.atan2(-2 * xy, xx - yy) * 90) / Math.PI;
  const mean = ([total, bins]: readonly [number, number]): number => (bins === 0 ? 0 : total / bins);
  const means = { low: mean(bands.low), middle: mean(bands.middle), high: mean(bands.high) };
  return {
    sum,
    norm: Math.sqrt(squares),
    largest: Math.sqrt(largest),
    kind: kindOf((re[0] ?? NaN) ** 2, smallest, largest, means),
    meanFrequency: radial / power,
    anisotropy: isLine ? null : xx + yy === 0 ? 0 : spread / (xx + yy),
    direction: (Math.round(10 * degrees) / 10 + 180) % 180,
  };
}

/** By powers: at zero frequency, the smallest, the largest, and the means of three bands. A factor of 2 is 3 dB, of 10 it is 10 dB. */
function kindOf(
  zero: number,
  smallest: number,
  largest: number,
  { low, middle, high }: { readonly low: number; readonly middle: number; readonly high: number },
): KernelKind | null {
  if (!(largest > 0) || !Number.isFinite(largest)) return null;
  if (smallest >= 0.8 * largest) return 'all-pass';
  if (zero >= 0.8 * largest && low >= 2 * middle && low >= 10 * high) return 'low-pass';
  if (zero <= 0.01 * largest && high >= 10 * low && high >= 1.5 * middle) return 'high-pass';
  if (zero <= 0.01 * largest && middle >= 2 * low && middle >= 2 * high) return 'band-pass';
  // What is constant passes, nothing passes less than that, and fine detail passes most.
  return smallest >= 0.8 * zero && zero > 0.01 * largest && high >= 2 * low ? 'sharpening' : null;
}

/** The facts in words: `sum 0, norm 3.46, band-pass along 0° (mean frequency 0.241, anisotropy 0.62)`. */
export function describeKernel({ sum, norm, largest, kind, meanFrequency, anisotropy, direction }: KernelFacts): string {
  if (Number.isNaN(largest)) return `sum ${formatNumber(sum)}, norm ${formatNumber(norm)}: not all of its values are finite`;
  if (norm === 0) return 'sum 0, norm 0: it lets nothing pass';
  const isOriented = kind !== 'all-pass' && kind !== 'low-pass' && anisotropy !== null && anisotropy >= CLEAR_DIRECTION;
  const words = [kind ?? (isOriented ? 'oriented' : ''), isOriented ? `along ${formatNumber(direction)}°` : ''].filter(Boolean).join(' ');
  const numbers = [
    `mean frequency ${formatNumber(meanFrequency)}`,
    ...(anisotropy === null ? [] : [`anisotropy ${formatNumber(rounded(anisotropy))}`]),
  ];
  return `sum ${formatNumber(rounded(sum, norm))}, norm ${formatNumber(norm)}${words === '' ? '' : `, ${words}`} (${numbers.join(', ')})`;
}

/** Without what is rounding of sums. */
function rounded(value: number, scale = 1): number {
  return Math.abs(value) < 1e-6 * scale ? 0 : value;
}
