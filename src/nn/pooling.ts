// Pooling: reductions over windows that are never stored.

import { isComplex } from '../devices/dtype.js';
import type { Node } from '../graph/node.js';
import { checkSize } from '../tensor/devices.js';
import { expand, sum } from '../tensor/operations/broadcast.js';
import { like, mul } from '../tensor/operations/elementwise/index.js';
import { max } from '../tensor/operations/extrema.js';
import { reshape, shear, transpose } from '../tensor/operations/views.js';
import { Tensor, wrap } from '../tensor/tensor.js';
import { show } from '../tensor/checks.js';
import { floating } from '../tensor/arguments.js';
import { pair, type Size } from './conv.js';
import { convExtent, type Pair } from './conv-operation.js';

/** Options of pooling; the stride is the kernel size when not given. */
export interface PoolOptions {
  readonly kernelSize: Size;
  readonly stride?: Size | undefined;
  readonly padding?: Size | undefined;
}

/** Windows of images: [batch, channels, out height, out width, taps], `fill` outside. */
function poolWindows(name: string, x: unknown, options: PoolOptions, fill: number): { windows: Node; taps: number } {
  if (!(x instanceof Tensor) || x.shape.length !== 4) {
    throw new TypeError(
      `${name}: x is ${x instanceof Tensor ? `[${x.shape.join(', ')}]` : show(x)}, but must be a tensor [batch, channels, height, width]`,
    );
  }
  if (typeof options !== 'object' || options === null)
    throw new TypeError(`${name}: expects options like {kernelSize: 2}, but was given ${show(options)}`);
  if (isComplex(x.dtype)) throw new TypeError(`${name}: x is ${x.dtype}, but pooling takes real tensors; pool real() and imag(), or abs()`);
  const node = floating(x.node);
  const kernel = pair(`${name}: kernelSize`, options.kernelSize, 1);
  const stride = pair(`${name}: stride`, options.stride ?? kernel, 1);
  const padding = pair(`${name}: padding`, options.padding ?? 0, 0);
  if (padding.some((width, axis) => 2 * width > kernel[axis as 0 | 1]))
    throw new RangeError(
      `${name}: padding [${padding.join(', ')}] is more than half of the kernel [${kernel.join(', ')}]; a window could lie outside the image`,
    );
  const [samples, channels, height, width] = node.shape as readonly [number, number, number, number];
  const around = (axis: 0 | 1): Pair => [padding[axis], padding[axis]];
  const rows = convExtent(height, kernel[0], stride[0], 1, around(0));
  const columns = convExtent(width, kernel[1], stride[1], 1, around(1));
  if (rows < 1 || columns < 1)
    throw new Error(`${name}: the kernel [${kernel.join(', ')}] is larger than x [${x.shape.join(', ')}] with its padding`);
  checkSize(`${name}: the result`, node.dtype, [samples, channels, rows, columns], node.state);
  const spread = expand(reshape(node, [samples, channels, 1, height, 1, width]), [samples, channels, kernel[0], height, kernel[1], width]);
  const tall = shear(spread, { tapAxis: 2, axis: 3, stride: stride[0], dilation: 1, before: padding[0] }, rows, fill);
  const all = shear(tall, { tapAxis: 4, axis: 5, stride: stride[1], dilation: 1, before: padding[1] }, columns, fill);
  const taps = kernel[0] * kernel[1];
  return { windows: reshape(transpose(all, [0, 1, 3, 5, 2, 4]), [samples, channels, rows, columns, taps]), taps };
}

/** Largest element of each window; padding is −∞. At ties the first gets the gradient. */
export function maxPool2d(x: Tensor, options: PoolOptions): Tensor {
  return wrap(max(poolWindows('maxPool2d', x, options, -Infinity).windows, [4], 'first'));
}

/** Mean of each window; padding counts as zeros. */
export function avgPool2d(x: Tensor, options: PoolOptions): Tensor {
  const { windows, taps } = poolWindows('avgPool2d', x, options, 0);
  const total = sum(windows, [4]);
  return wrap(mul(total, like(total, 1 / taps)));
}
