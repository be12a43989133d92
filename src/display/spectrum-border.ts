// What is done about the borders of a signal before its transform: the DFT takes it as one period, so where opposite borders differ it sees a
// jump that is not in the picture.

import { windowValues } from '../fft/signal/windows.js';
import type { SpectrumInfo } from '../graph/node.js';
import type { Preparation } from '../protocol/spectrum.js';
import { realOf, type TypedArray } from '../devices/dtype.js';
import { tensor } from '../tensor/create.js';
import { where } from '../tensor/functions.js';
import type { Tensor } from '../tensor/tensor.js';
import { transformed } from './planes.js';
import { readTogether } from './read-together.js';
import { formatDecibels } from './spectrum-values.js';

/** The spectrum of a signal or picture, and the signal that it is of where that is at hand. */
export interface PreparedSpectrum {
  readonly spectrum: Tensor;
  readonly info: SpectrumInfo;
  readonly signal: Tensor | null;
}

/** The spectrum of a signal [n] or picture [rows, cols] after its borders were seen to. */
export function prepare(signal: Tensor, { border, window }: Preparation): PreparedSpectrum {
  if (border === 'window') {
    const faded = signal.shape.reduce(
      (x, n, axis) => x.mul(alongAxis(signal, windowValues('show.spectrum', window, n, true), axis)),
      signal,
    );
    return { ...transformed(faded), signal: faded };
  }
  const whole = transformed(signal);
  if (border === 'none') return { ...whole, signal };
  return { ...whole, spectrum: whole.spectrum.sub(smoothPart(signal)), signal: null };
}

/**
 * The spectrum of the smooth part that holds the jumps between opposite borders (L. Moisan, Periodic plus Smooth Image Decomposition, 2011):
 * that of the jumps, which lie on the border, divided by the eigenvalues of the periodic Laplacian.
 */
function smoothPart(signal: Tensor): Tensor {
  const { shape } = signal;
  const rank = shape.length;
  const jumps = shape.map((n, axis) => {
    const [begin, end] = [shape.map(() => 0), [...shape]];
    const first = signal.slice(begin, end.with(axis, 1));
    const last = signal.slice(begin.with(axis, n - 1), end);
    const jump = last.sub(first);
    const around = (before: number, after: number): Tensor =>
      jump.pad(shape.map((_, other): [number, number] => (other === axis ? [before, after] : [0, 0])));
    return around(0, n - 1).sub(around(n - 1, 0));
  });
  const { spectrum } = transformed(jumps.reduce((sum, jump) => sum.add(jump)));
  // 2 cos θ − 2 = −4 sin² (θ/2), which keeps its digits near zero frequency.
  const eigenvalues = shape
    .map((n, axis) => {
      const extent = spectrum.shape[axis] as number;
      const values = Float64Array.from({ length: extent }, (_, k) => -4 * Math.sin((Math.PI * k) / n) ** 2);
      return alongAxis(signal, values, axis, rank);
    })
    .reduce((sum, values) => sum.add(values));
  // At zero frequency, where both are 0, the smooth part is 0.
  return spectrum.div(where(eigenvalues.eq(0), -1e30, eigenvalues));
}

/** Values along one axis of a tensor's, on its device, to multiply it with. */
function alongAxis(like: Tensor, values: Float64Array, axis: number, rank = like.shape.length): Tensor {
  const shape = Array.from({ length: rank }, (_, other) => (other === axis ? values.length : 1));
  return tensor(values, { shape, device: like.device, dtype: realOf(like.dtype) });
}

/** Waves of fewer cycles across the picture are not looked at: what is so slow is shading, not a border. */
const FIRST_CYCLE = 3;
/** Shorter lines have too few waves to tell. */
const FEWEST_SAMPLES = 32;
/** The border is named where it makes the axes brighter by so many dB. */
const NAMED_DB = 3;
/** More is said as this. */
const MOST_DB = 60;

/**
 * How much brighter jumps between opposite borders make the axes of the spectrum of a real picture (all of that of a signal), in a sentence; empty
 * where they do not. Bins of an axis are the transform of the sums across it, so lines of numbers are all that is read.
 */
export async function findBorder(signal: Tensor, spectrum: Tensor): Promise<string> {
  const { shape } = signal;
  if (shape.some((n) => n < FEWEST_SAMPLES) || signal.dtype.startsWith('complex')) return '';
  const begin = shape.map(() => 0);
  const excess = await Promise.all(
    shape.map(async (n, axis) => {
      const [first, last] = [signal.slice(begin, [...shape].with(axis, 1)), signal.slice(begin.with(axis, n - 1), [...shape])];
      const waves = spectrum.slice(
        begin,
        shape.map((_, other) => (other === axis ? Math.floor(n / 2) + 1 : 1)),
      );
      const [jump, bins] = await readTogether(last.sub(first).sum(), waves);
      return excessOf(bins, jump[0] ?? NaN, n);
    }),
  );
  if (shape.length === 1)
    return (excess[0] ?? 0) > NAMED_DB
      ? `Leakage: the signal ends elsewhere than it begins, and that jump makes its waves ${formatDecibels(excess[0] ?? 0)} louder than they are`
      : '';
  const [vertical = 0, horizontal = 0] = excess;
  const [most, axis] = vertical > horizontal ? [vertical, 'vertical'] : [horizontal, 'horizontal'];
  if (most <= NAMED_DB) return '';
  const arm = Math.min(vertical, horizontal) > NAMED_DB ? 'False cross' : `False ${axis} line`;
  return `${arm}: opposite borders differ, and those jumps make the ${axis} axis ${formatDecibels(most)} brighter than the picture does`;
}

/**
 * How much louder waves of n samples are than those of their periodic part, by their bins from zero to the Nyquist frequency and the jump between
 * the ends: the mean of the differences in dB, each wave counting alike.
 */
function excessOf(bins: TypedArray, jump: number, n: number): number {
  let [sum, count] = [0, 0];
  for (let k = FIRST_CYCLE; 2 * k <= n; k++) {
    const [re, im] = [bins[2 * k] ?? NaN, bins[2 * k + 1] ?? NaN];
    const angle = (2 * Math.PI * k) / n;
    const eigenvalue = -4 * Math.sin(angle / 2) ** 2;
    const [smoothRe, smoothIm] = [(jump * (1 - Math.cos(angle))) / eigenvalue, (-jump * Math.sin(angle)) / eigenvalue];
    const [all, own] = [Math.hypot(re, im), Math.hypot(re - smoothRe, im - smoothIm)];
    // Of a mere slope nothing is left but rounding.
    if (all > 0) sum += Math.min(MOST_DB, 20 * Math.log10(all / own));
    count++;
  }
  return sum / count;
}
