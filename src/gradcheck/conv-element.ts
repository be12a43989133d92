// Single elements of a convolution by its definition, in float64: so large layers are held to the truth in samples.

import { stridesOf } from '../devices/shape.js';
import type { ConvAttributes } from '../nn/conv-operation.js';
import type { Values } from './replay.js';

/** One element of a face of a convolution, given its operands: (x, w) for y, (g, w) for x, (x, g) for w. */
export function convElement(
  { face, x, w, y, stride, dilation, padding, groups }: ConvAttributes,
  position: number,
  a: Values,
  b: Values,
): number {
  const [samples, channels, height, width] = x as readonly [number, number, number, number];
  const [filters, each, kh, kw] = w as readonly [number, number, number, number];
  const [, , rows, columns] = y as readonly [number, number, number, number];
  const perGroup = filters / groups;
  const shape = face === 'y' ? y : face === 'x' ? x : w;
  let rest = position;
  const [first, second, third, fourth] = stridesOf(shape).map((step) => {
    const at = Math.floor(rest / step);
    rest %= step;
    return at;
  }) as [number, number, number, number];
  let sum = 0;
  const add = (s: number, k: number, c: number, ky: number, kx: number, oy: number, ox: number): void => {
    const iy = oy * stride[0] + ky * dilation[0] - padding[0][0];
    const ix = ox * stride[1] + kx * dilation[1] - padding[1][0];
    if (oy < 0 || oy >= rows || ox < 0 || ox >= columns || iy < 0 || iy >= height || ix < 0 || ix >= width) return;
    const inX = ((s * channels + Math.floor(k / perGroup) * each + c) * height + iy) * width + ix;
    const inW = ((k * each + c) * kh + ky) * kw + kx;
    const inY = ((s * filters + k) * rows + oy) * columns + ox;
    sum += face === 'y' ? a[inX]! * b[inW]! : face === 'x' ? a[inY]! * b[inW]! : a[inX]! * b[inY]!;
  };
  const taps = (visit: (ky: number, kx: number) => void): void => {
    for (let ky = 0; ky < kh; ky++) for (let kx = 0; kx < kw; kx++) visit(ky, kx);
  };
  if (face === 'y') for (let c = 0; c < each; c++) taps((ky, kx) => add(first, second, c, ky, kx, third, fourth));
  else if (face === 'w') {
    for (let s = 0; s < samples; s++)
      for (let oy = 0; oy < rows; oy++) for (let ox = 0; ox < columns; ox++) add(s, first, second, third, fourth, oy, ox);
  } else {
    const group = Math.floor(second / each);
    for (let k = group * perGroup; k < (group + 1) * perGroup; k++)
      taps((ky, kx) => {
        const oy = (third + padding[0][0] - ky * dilation[0]) / stride[0];
        const ox = (fourth + padding[1][0] - kx * dilation[1]) / stride[1];
        if (Number.isInteger(oy) && Number.isInteger(ox)) add(first, k, second % each, ky, kx, oy, ox);
      });
  }
  return sum;
}
