// Convolution by its definition. 'direct' is a correlation of padded images, which has a kernel of its own. 'im2col' is a matrix product over
// windows that are stored, in chunks that stay below the device's buffer limit; where the kernel or the result is a single pixel, the
// convolution is that product, and no window need be stored.

import type { DeviceLimits } from '../devices/device.js';
import { sizeOf } from '../devices/shape.js';
import type { Node } from '../graph/node.js';
import { materialize } from '../graph/materialize.js';
import { record } from '../graph/node.js';
import { expand, sum } from '../tensor/operations/broadcast.js';
import { like, sumOf } from '../tensor/operations/elementwise/index.js';
import { concat } from '../tensor/operations/join.js';
import { einsum } from '../tensor/operations/matmul.js';
import { reshape, shear, slice, transpose, unshear } from '../tensor/operations/views.js';
import type { ConvAttributes, Pair } from './conv-operation.js';
import { columnsRead, correlate, filtersLast, framed, scatter, swap, tapColumns } from './correlate.js';

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

/** Bytes of windows, and of products of single samples, stored at once at most, whatever the device allows: beyond this they no longer stay in any cache. */
const chunkBytes = 64 * 2 ** 20;

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
  const samples = columns.shape[0] as number;
  const step = Math.max(1, Math.floor(chunkBytes / (4 * sizeOf(w))));
  const parts: Node[] = [];
  for (let s = 0; s < samples; s += step) {
    const some = (a: Node): Node => (step >= samples ? a : slice(a, [s, 0, 0, 0], [Math.min(step, samples - s), ...a.shape.slice(1)]));
    parts.push(sum(einsum('sgkp,sgrp->sgkr', [some(b), some(columns)]), [0]));
  }
  return sumOf(parts) as Node;
}

function byPixels(g: Node, groups: number): Node {
  const [samples, filters, rows, columns] = g.shape as unknown as Four;
  return reshape(g, [samples, groups, filters / groups, rows * columns]);
}

/** Images [samples, channels, …] as [groups, samples, channels of a group, …]. */
function byGroups(x: Node, groups: number): Node {
  const [samples, channels, height, width] = x.shape as unknown as Four;
  return swapGroups(reshape(x, [samples, groups, channels / groups, height, width]));
}

/** The way back from byGroups, and to it: swaps the first two axes. */
function swapGroups(x: Node): Node {
  return transpose(x, [1, 0, 2, 3, 4]);
}

/** The image with its padding as y and dW read it: both the same, so that one training step stores it once. */
function paddedImage(x: Node, attributes: ConvAttributes): Node {
  const { w, y, stride, dilation, padding, groups } = attributes;
  const filters = (w[0] as number) / groups;
  const [height, width] = [0, 1].map((axis) => (x.shape[2 + axis] as number) + padding[axis]![0] + padding[axis]![1]) as [number, number];
  const [rows, columns] = y.slice(2) as [number, number];
  const [tapRows, taps] = w.slice(2) as [number, number];
  const read = Math.max(
    width,
    columnsRead(filters, [rows, columns], tapColumns(taps), { stride, dilation }),
    columnsRead(filters, [tapRows, taps], roundUp(columns), { stride: dilation, dilation: stride }),
  );
  return framed(byGroups(x, groups), [padding[0][0], padding[1][0]], height, read);
}

/** Rows of g begin where quads do. */
const roundUp = (columns: number): number => 4 * Math.ceil(columns / 4);

/** dW as a correlation in which g is the filter, in parts that run side by side: short sums, which also round less than one long one. */
function weightGradient(x: Node, g: Node, attributes: ConvAttributes): Node {
  const { w, y, stride, dilation, groups } = attributes;
  const [filters, each, tapRows, taps] = w as unknown as Four;
  const [samples, , rows, columns] = y as unknown as Four;
  const perGroup = filters / groups;
  const [bySample, byRow] = partsOf(Math.ceil(sizeOf(w) / 24), samples, rows, x.device.limits);
  const parts = bySample * byRow;
  const [some, few] = [samples / bySample, rows / byRow];
  const padded = paddedImage(x, attributes);
  const [, , , height, width] = padded.shape as unknown as readonly [number, number, number, number, number];
  const split = reshape(padded, [groups, bySample, some, each, 1, height, width]);
  // Neighbouring parts read some of the same rows.
  const overlap = shear(
    expand(split, [groups, bySample, some, each, byRow, height, width]),
    { tapAxis: 4, axis: 5, stride: 1, dilation: few * stride[0], before: 0 },
    (few - 1) * stride[0] + (tapRows - 1) * dilation[0] + 1,
  );
  const images = reshape(transpose(overlap, [0, 1, 4, 3, 2, 5, 6]), [groups * parts, each, some, overlap.shape[5] as number, width]);
  const upstream = framed(byGroups(g, groups), [0, 0], rows, roundUp(columns));
  const cut = reshape(upstream, [groups, bySample, some, perGroup, byRow, few, roundUp(columns)]);
  const asFilters = reshape(transpose(cut, [0, 1, 4, 3, 2, 5, 6]), [groups * parts, perGroup, some, few, roundUp(columns)]);
  const result = correlate(images, asFilters, { stride: dilation, dilation: stride, extents: [tapRows, taps] });
  const total = sum(reshape(result, [groups, parts, each, perGroup, tapRows, taps]), parts > 1 ? [1] : []);
  return reshape(swap(reshape(total, [groups, each, perGroup, tapRows, taps])), w);
}

/** Pieces of samples and of rows into which the sums of dW are cut, so that a device has enough to do at once with `tiles` of the result. */
function partsOf(tiles: number, samples: number, rows: number, { isSoftware }: DeviceLimits): [number, number] {
  const wanted = Math.min(64, (isSoftware ? 1024 : 32768) / tiles);
  const divisor = (extent: number, least: number): number => {
    for (let count = 1; count < extent; count++) if (count >= least && extent % count === 0) return count;
    return Math.max(extent, 1);
  };
  const bySample = divisor(samples, wanted);
  return [bySample, divisor(rows, wanted / bySample)];
}

/** A convolution by its definition: see the head of this file. */
export function directConv(a: Node, b: Node, attributes: ConvAttributes): Node {
  const { face, x, w, y, stride, dilation, padding, groups } = attributes;
  // Of an empty batch there is nothing to read, also no zeros.
  if (sizeOf(x) === 0) return expand(like(a, 0), attributes[face]);
  if (isProduct(attributes, a.device.limits)) {
    return reshape(product(windows(a, attributes), face === 'w' ? byPixels(b, groups) : b, attributes), attributes[face]);
  }
  if (face === 'w') return weightGradient(a, b, attributes);
  const [filters, ...rest] = w as unknown as Four;
  const weights = reshape(b, [groups, filters / groups, ...rest]);
  const result =
    face === 'y'
      ? correlate(paddedImage(a, attributes), filtersLast(weights), { stride, dilation, extents: y.slice(2) as unknown as Pair })
      : scatter(byGroups(a, groups), weights, {
          stride,
          dilation,
          before: [padding[0][0], padding[1][0]],
          extents: x.slice(2) as unknown as Pair,
        });
  return reshape(swapGroups(result), attributes[face]);
}

/** Where a matrix product does as well: single pixels, and images that do not fit into a buffer with their padding. */
function isProduct({ x, w, y, padding }: ConvAttributes, { maxBufferBytes }: DeviceLimits): boolean {
  const [samples, channels, height, width] = x as unknown as Four;
  const padded = samples * channels * (height + padding[0][0] + padding[0][1]) * (width + padding[1][0] + padding[1][1] + 64);
  return sizeOf(w.slice(2)) === 1 || sizeOf(y.slice(2)) === 1 || 4 * padded > maxBufferBytes;
}

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
