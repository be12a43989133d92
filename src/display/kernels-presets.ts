// Kernels with names, of any size. Pages use it, too: nothing of Node in here.

import { middleOf, type Taps } from './kernels-response.js';

/** Names of presets, in the order in which they are offered. */
export const presetNames = ['identity', 'box blur', 'Gaussian', 'Sobel ↔', 'Sobel ↕', 'Laplacian', 'sharpen'] as const;
/** The name of a preset. */
export type PresetName = (typeof presetNames)[number];

/**
 * A kernel of `rows` by `cols` about its middle tap. Those that are usually 3×3 stand in the middle of larger ones; along an axis of one or two
 * taps there is no difference to take, so that a Sobel kernel needs three along its own.
 */
export function presetTaps(name: PresetName, rows: number, cols: number): Taps {
  const [i0, j0] = [middleOf(rows), middleOf(cols)];
  const fill = (value: (dy: number, dx: number) => number): Taps => ({
    rows,
    cols,
    values: Float64Array.from({ length: rows * cols }, (_, at) => value(Math.floor(at / cols) - i0, (at % cols) - j0)),
  });
  const smooth = (d: number, extent: number): number => (extent === 1 ? (d === 0 ? 1 : 0) : ({ 0: 2, 1: 1 }[Math.abs(d)] ?? 0));
  const slope = (d: number): number => (Math.abs(d) === 1 ? d : 0);
  const delta = (dy: number, dx: number): number => (dy === 0 && dx === 0 ? 1 : 0);
  const laplacian = fill((dy, dx) => (Math.abs(dy) + Math.abs(dx) === 1 ? 1 : 0));
  // Its sum is 0, also where an axis is too short for both neighbours.
  laplacian.values[i0 * cols + j0] = -laplacian.values.reduce((sum, value) => sum + value, 0);
  switch (name) {
    case 'identity':
      return fill(delta);
    case 'box blur':
      return fill(() => 1 / (rows * cols));
    case 'Gaussian': {
      // A sixth of the extent to each side, so that little is cut off; at least that of 1, 2, 1.
      const sigma = (extent: number): number => Math.max(0.85, extent / 6);
      const bell = fill((dy, dx) => Math.exp(-0.5 * ((dy / sigma(rows)) ** 2 + (dx / sigma(cols)) ** 2)));
      const total = bell.values.reduce((sum, value) => sum + value, 0);
      return { ...bell, values: bell.values.map((value) => value / total) };
    }
    case 'Sobel ↔':
      return fill((dy, dx) => slope(dx) * smooth(dy, rows));
    case 'Sobel ↕':
      return fill((dy, dx) => slope(dy) * smooth(dx, cols));
    case 'Laplacian':
      return laplacian;
    case 'sharpen':
      return fill((dy, dx) => delta(dy, dx) - (laplacian.values[(dy + i0) * cols + dx + j0] ?? 0));
  }
}
