// Convolution by Fourier transforms of tiles (overlap-save): the output is cut into tiles of t × t, each of which depends on a window of p = t + k − 1
// inputs a side. Windows are convolved like small images of their own, so short transforms stay in fast memory, whatever the image's size.
// With k taps (dilation included), at stride 1:
//   y   windows of x with p = t + k − 1, of which the period p leaves the first t results whole
//   dX  the same of dY and the kernel turned round: tiles of dX read windows of dY, and keep the last t of p
//   dW  windows of x against tiles of dY, summed over all tiles
// Each is a face of a convolution of windows, so all of it is views around fftConv. Of y and dW the spectra of the windows are the same.

import type { DeviceLimits } from '../devices/device.js';
import { materialize } from '../graph/materialize.js';
import { record, type Node } from '../graph/node.js';
import { fitsPlane } from '../graph/wgsl/plane-fft.js';
import { expand } from '../tensor/operations/broadcast.js';
import { reshape, shear, sliceAxis, transpose } from '../tensor/operations/views.js';
import { every, fftConv, goodPeriod, spread } from './conv-fft.js';
import type { ConvAttributes, Pair } from './conv-operation.js';
import { moved } from './correlate.js';

/** One axis of a convolution at stride 1, cut into tiles. */
interface Tiling {
  readonly input: number;
  readonly kernel: number;
  readonly output: number;
  readonly before: number;
  /** Extent of a tile, and of the windows from which tiles are computed. */
  readonly tile: number;
  readonly window: number;
}

/** Windows whose transforms keep rows in registers; in software not the longest of them, which take a second to compile. */
const shortWindows = { hardware: [8, 10, 12, 16, 18, 20, 24, 30, 32], software: [8, 10, 12, 16, 18, 20, 24] } as const;

/** What a bin costs, where a complex product costs 1: its transform there and back in one dispatch, or with rows and columns apart. */
const transformCost = { together: 6, apart: 20 } as const;

/** Windows that an axis may be cut into: short ones with tiles larger than the kernel; for a long kernel some times its length, or the whole axis. */
function windowsOf(extent: number, kernel: number, { isSoftware }: DeviceLimits): number[] {
  const whole = goodPeriod(extent + kernel - 1);
  const short: readonly number[] = shortWindows[isSoftware ? 'software' : 'hardware'];
  const fitting = short.filter((size) => size >= 2 * kernel && size < whole);
  if (whole <= short.at(-1)!) return [...fitting, whole];
  return fitting.length > 0 ? fitting : [Math.min(whole, goodPeriod(4 * kernel)), whole];
}

/** How both axes are cut: such that transforms and products, with those of the kernels, take the least. */
function tilingsOf(attributes: ConvAttributes, limits: DeviceLimits): readonly [Tiling, Tiling] {
  const { x, w, y, dilation, padding } = attributes;
  const [samples, channels, filters, each] = [x[0], x[1], w[0], w[1]] as [number, number, number, number];
  const axes = ([0, 1] as const).map((axis) => {
    const input = x[2 + axis] as number;
    const kernel = dilation[axis] * ((w[2 + axis] as number) - 1) + 1;
    const [before, after] = padding[axis];
    const output = input + before + after - kernel + 1;
    return windowsOf(Math.max(output, input), kernel, limits).map((period): Tiling => {
      const largest = period - kernel + 1;
      const count = Math.ceil(output / largest);
      // Tiles that leave nothing over need not be asked where the image ends.
      const tile = count > 1 && output % count === 0 ? output / count : largest;
      return { input, kernel, output, before, tile, window: tile + kernel - 1 };
    });
  });
  const cost = (rows: Tiling, columns: Tiling): number => {
    const tiles = [rows, columns].reduce((product, { output, tile }) => product * Math.ceil(output / tile), samples);
    const n = [rows, columns].map(({ window }) => goodPeriod(window)) as [number, number];
    const isTogether = fitsPlane({ n, mode: 'r2c', offsets: [0, 0], extents: n }, limits);
    const transforms = tiles * (channels + (y[1] as number)) + filters * each;
    return n[0] * n[1] * (tiles * filters * each + transforms * (isTogether ? transformCost.together : transformCost.apart));
  };
  const all = axes[0]!.flatMap((rows) => axes[1]!.map((columns) => [rows, columns] as const));
  return all.reduce((best, pair) => (cost(...pair) < cost(...best) ? pair : best));
}

/** Windows [samples·tiles, channels, …sizes] of images: window i begins at i·tile − before; outside the images there are zeros. */
function cut(images: Node, [rows, columns]: readonly [Tiling, Tiling], counts: Pair, sizes: Pair, before: Pair): Node {
  const [samples, channels] = images.shape as unknown as readonly [number, number];
  const [height, width] = [(counts[0] - 1) * rows.tile + sizes[0], (counts[1] - 1) * columns.tile + sizes[1]];
  // Stored with their zeros, so that transforms need not ask where the image ends.
  const placed = moved(moved(images, 2, before[0], height), 3, before[1], width);
  const framed = placed === images ? images : record(materialize, [placed], {});
  const raised = reshape(framed, [samples, channels, 1, height, 1, width]);
  const repeated = expand(raised, [samples, channels, counts[0], height, counts[1], width]);
  const window = (axis: 0 | 1, dilation: number): Parameters<typeof shear>[1] => ({
    tapAxis: 2 + 2 * axis,
    axis: 3 + 2 * axis,
    stride: 1,
    dilation,
    before: 0,
  });
  const all = shear(shear(repeated, window(0, rows.tile), sizes[0]), window(1, columns.tile), sizes[1]);
  return reshape(transpose(all, [0, 2, 4, 1, 3, 5]), [samples * counts[0] * counts[1], channels, ...sizes]);
}

/** Images of `extents` from tiles [samples·tiles, channels, tile, tile]. */
function joined(tiles: Node, samples: number, [rows, columns]: readonly [Tiling, Tiling], counts: Pair, extents: Pair): Node {
  const channels = tiles.shape[1] as number;
  const split = reshape(tiles, [samples, counts[0], counts[1], channels, rows.tile, columns.tile]);
  const ordered = transpose(split, [0, 3, 1, 4, 2, 5]);
  const whole = reshape(ordered, [samples, channels, counts[0] * rows.tile, counts[1] * columns.tile]);
  return sliceAxis(sliceAxis(whole, 2, 0, extents[0]), 3, 0, extents[1]);
}

/** One face of the convolution by transforms of tiles. */
export function tiledConv(a: Node, b: Node, attributes: ConvAttributes, limits: DeviceLimits): Node {
  const { face, x, y, stride } = attributes;
  const axes = tilingsOf(attributes, limits);
  const [rows, columns] = axes;
  const samples = x[0] as number;
  const per = (extent: (axis: Tiling) => number): Pair => [extent(rows), extent(columns)];
  const window = per((axis) => axis.window);
  const tile = per((axis) => axis.tile);
  const counts = per((axis) => Math.ceil((face === 'x' ? axis.input : axis.output) / axis.tile));
  const units = samples * counts[0] * counts[1];
  const [channels, filters] = [x[1] as number, y[1] as number];
  const none: Pair = [0, 0];
  /** y of windows of x: as large as a tile, nothing padded. */
  const valid: ConvAttributes = {
    ...attributes,
    x: [units, channels, ...window],
    y: [units, filters, ...tile],
    stride: [1, 1],
    padding: [none, none],
  };
  const spaced = (g: Node): Node => spread(spread(g, 2, stride[0], rows.output), 3, stride[1], columns.output);

  if (face === 'y') {
    const before = per((axis) => axis.before);
    const tiles = fftConv(cut(a, axes, counts, window, before), b, valid, limits);
    const whole = joined(tiles, samples, axes, counts, [rows.output, columns.output]);
    return every(every(whole, 2, stride[0], y[2] as number), 3, stride[1], y[3] as number);
  }
  if (face === 'w') {
    const before = per((axis) => axis.before);
    return fftConv(cut(a, axes, counts, window, before), cut(spaced(b), axes, counts, tile, none), valid, limits);
  }
  // The convolution that has a tile of x, padded by all of the kernel but one tap, as its input, and a window of dY as its output.
  const around = per((axis) => axis.kernel - 1);
  const full: ConvAttributes = {
    ...valid,
    x: [units, channels, ...tile],
    y: [units, filters, ...window],
    padding: [
      [around[0], around[0]],
      [around[1], around[1]],
    ],
  };
  const before = per((axis) => axis.kernel - 1 - axis.before);
  const tiles = fftConv(cut(spaced(a), axes, counts, window, before), b, full, limits);
  return joined(tiles, samples, axes, counts, [rows.input, columns.input]);
}
