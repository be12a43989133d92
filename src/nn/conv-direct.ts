// Convolution as a matrix product over windows. 'direct' never stores the windows: the product reads the image through index
// expressions. 'im2col' stores them, in chunks that stay below the device's buffer limit.

import type { DeviceLimits } from '../devices/device.js';
import type { Node } from '../graph/node.js';
import { materialize } from '../graph/materialize.js';
import { record } from '../graph/node.js';
import { expand, sum } from '../tensor/operations/broadcast.js';
import { sumOf } from '../tensor/operations/elementwise/index.js';
import { concat } from '../tensor/operations/join.js';
import { einsum } from '../tensor/operations/matmul.js';
import { reshape, shear, slice, transpose, unshear } from '../tensor/operations/views.js';
import type { ConvAttributes } from './conv-operation.js';

type Four = readonly [number, number, number, number];

/** Windows of x, or for dX of g seen from each input pixel: [samples, groups, channels·taps, pixels]. No copy. */
function windows(a: Node, { face, x, w, y, stride, dilation, padding, groups }: ConvAttributes): Node {
  const [samples, channels, height, width] = a.shape as unknown as Four;
  const [, , kh, kw] = w as Four;
  const spread = expand(reshape(a, [samples, channels, 1, height, 1, width]), [samples, channels, kh, height, kw, width]);
  const taps = (axis: 0 | 1): { tapAxis: number; axis: number; stride: number; dilation: number; before: number } => ({
    tapAxis: 2 + 2 * axis,
    axis: 3 + 2 * axis,
    stride: stride[axis],
    dilation: dilation[axis],
    before: padding[axis][0],
  });
  const [rows, columns] = (face === 'x' ? x : y).slice(2) as [number, number];
  const move = face === 'x' ? unshear : shear;
  const aligned = move(move(spread, taps(0), rows), taps(1), columns);
  const ordered = transpose(aligned, [0, 1, 2, 4, 3, 5]);
  return reshape(ordered, [samples, groups, (channels / groups) * kh * kw, rows * columns]);
}

/** The product of windows with weights (y, x) or with g (w). `samples` and `pixels` say which part of y, or of x, this is. */
function product(columns: Node, b: Node, { face, w, groups }: ConvAttributes): Node {
  const [filters, each, kh, kw] = w as Four;
  const perGroup = filters / groups;
  if (face === 'y') return einsum('gkr,sgrp->sgkp', [reshape(b, [groups, perGroup, each * kh * kw]), columns]);
  if (face === 'x') {
    const weights = transpose(reshape(b, [groups, perGroup, each, kh * kw]), [0, 1, 3, 2]);
    return einsum('grc,sgrp->sgcp', [reshape(weights, [groups, perGroup * kh * kw, each]), columns]);
  }
  // One product a sample, then their sum: short sums run side by side and round less than one long one.
  return sum(einsum('sgkp,sgrp->sgkr', [b, columns]), [0]);
}

function byPixels(g: Node, groups: number): Node {
  const [samples, filters, rows, columns] = g.shape as unknown as Four;
  return reshape(g, [samples, groups, filters / groups, rows * columns]);
}

/** Windows as an implicit operand of the matrix product. */
export function directConv(a: Node, b: Node, attributes: ConvAttributes): Node {
  const second = attributes.face === 'w' ? byPixels(b, attributes.groups) : b;
  return reshape(product(windows(a, attributes), second, attributes), attributes[attributes.face]);
}

/** Bytes of windows stored at once at most, whatever the device allows: beyond this they no longer stay in any cache. */
const chunkBytes = 64 * 2 ** 20;

/** Windows stored in memory, a chunk of samples and pixels at a time. */
export function im2colConv(a: Node, b: Node, attributes: ConvAttributes, limits: DeviceLimits): Node {
  const all = windows(a, attributes);
  const [samples, groups, taps, pixels] = all.shape as unknown as Four;
  const budget = Math.min(chunkBytes, limits.maxBufferBytes) / 4;
  const perSample = groups * taps * pixels;
  const sampleStep = Math.max(1, Math.min(samples, Math.floor(budget / perSample)));
  const pixelStep = perSample <= budget ? pixels : Math.max(1, Math.floor(budget / (groups * taps)));
  const { face } = attributes;
  const second = face === 'w' ? byPixels(b, groups) : b;
  const parts: Node[] = [];
  for (let s = 0; s < samples; s += sampleStep) {
    const row: Node[] = [];
    for (let p = 0; p < pixels; p += pixelStep) {
      const block = [Math.min(sampleStep, samples - s), groups, taps, Math.min(pixelStep, pixels - p)];
      const columns = record(materialize, [slice(all, [s, 0, 0, p], block)], {});
      const operand = face === 'w' ? slice(second, [s, 0, 0, p], [block[0]!, groups, second.shape[2]!, block[3]!]) : second;
      row.push(product(columns, operand, attributes));
    }
    parts.push(face === 'w' ? (sumOf(row) as Node) : concat(row, 3));
  }
  return reshape(face === 'w' ? (sumOf(parts) as Node) : concat(parts, 0), attributes[face]);
}
