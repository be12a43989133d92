// What is computed: one definition of each workload, which all peers follow; how it is written, and how its arrays lie, is theirs.

import type { Algorithm } from '../../src/nn/conv-operation.js';

/** Real or complex-interleaved values, row-major. */
export type Values = Float32Array | Float64Array | Int32Array;

/** An array as it travels to a peer. Complex arrays are interleaved (re, im), and their shape leaves the trailing 2 out. */
export interface Input {
  readonly shape: readonly number[];
  readonly values: Float32Array | Int32Array;
}

/** [batch, channels, height, width], or [filters, channels, height, width]. */
export type Shape4 = readonly [number, number, number, number];

/** Rows of c2c transforms. Input: x [batch, n] complex. Result: its spectrum. */
export interface Fft {
  readonly kind: 'fft';
  readonly batch: number;
  readonly n: number;
}

/** r2c transforms of images. Input: x [batch, height, width]. Result: [batch, height, width/2 + 1] complex. */
export interface Rfft2 {
  readonly kind: 'rfft2';
  readonly batch: number;
  readonly height: number;
  readonly width: number;
}

/**
 * A convolution layer with stride 1, forward and backward. Inputs: x [batch, in, height, width], w [out, in, k, k] and the upstream
 * gradient g, shaped as y. Results: y, dW, dX.
 */
export interface Conv {
  readonly kind: 'conv';
  readonly x: Shape4;
  readonly w: Shape4;
  /** Zeros on each side: (k − 1)/2 for 'same', 0 for 'valid'. */
  readonly padding: number;
  /** Parseval's; the peers have none to choose from. */
  readonly algorithm: Algorithm;
}

/**
 * One step of plain gradient descent on a convolutional network: conv, ReLU, max-pool 2, conv, ReLU, conv, ReLU, flatten, dense, ReLU,
 * dense, ReLU, dense, mean cross-entropy. All convolutions are 'same'. Inputs: x [batch, channels, size, size], labels [batch], then
 * weight and bias of each layer, dense weights [out, in]. Result: the loss of each step so far, as it was before its update.
 */
export interface Train {
  readonly kind: 'train';
  /** [batch, channels, size, size] */
  readonly x: Shape4;
  readonly kernel: number;
  /** Channels of the convolutions. */
  readonly channels: readonly [number, number, number];
  /** Features of the dense layers; the last are the classes. */
  readonly features: readonly [number, number, number];
  readonly learningRate: number;
}

/** One elementwise operation: of two operands with one of the inputs or a number, or of one. */
export type ChainStep =
  | { readonly name: 'add' | 'sub' | 'mul'; readonly operand: 'x' | 'row' | 'column' | number }
  | { readonly name: ChainFunction; readonly operand?: never };

/** Functions of one operand, by the name they have everywhere. */
export type ChainFunction = 'square' | 'sqrt' | 'sin' | 'cos' | 'exp';

/**
 * A chain of elementwise operations on x [rows, columns], with a row [1, columns] and a column [rows, 1] that broadcast. Results: y, and
 * with `gradient` those of the sum of y with respect to x, row and column.
 */
export interface Chain {
  readonly kind: 'chain';
  readonly rows: number;
  readonly columns: number;
  readonly steps: readonly ChainStep[];
  readonly gradient: boolean;
}

/** Copies a buffer on the device: what its memory can do. No result. */
export interface Copy {
  readonly kind: 'copy';
  readonly bytes: number;
}

/** Something to compute. */
export type Workload = Fft | Rfft2 | Conv | Train | Chain | Copy;

/** [batch, out, height, width] of a convolution's result. */
export function convShape({ x: [batch, , height, width], w: [filters, , kh, kw], padding }: Conv): Shape4 {
  return [batch, filters, height + 2 * padding - kh + 1, width + 2 * padding - kw + 1];
}

/** The layers of the network: shapes of their weights. */
export function layerShapes({ x: [, colors, size], kernel, channels, features }: Train): (readonly number[])[] {
  const [a, b, c] = channels;
  const conv = [
    [a, colors, kernel, kernel],
    [b, a, kernel, kernel],
    [c, b, kernel, kernel],
  ];
  const flat = c * (size / 2) ** 2;
  const dense = features.map((out, i) => [out, features[i - 1] ?? flat]);
  return [...conv, ...dense];
}

/**
 * Arithmetic operations by the textbook's count, the same for every peer: 5·n·log₂n a transform, two a multiplication with its addition, convolutions
 * direct. Where a peer does fewer, its flop/s are those of the textbook's way.
 */
export function flopOf(workload: Workload): number {
  switch (workload.kind) {
    case 'fft':
      return 5 * workload.batch * workload.n * Math.log2(workload.n);
    case 'rfft2': {
      const points = workload.height * workload.width;
      return 2.5 * workload.batch * points * Math.log2(points);
    }
    case 'conv':
      return 3 * matrixFlop(workload.w, convShape(workload));
    case 'train': {
      const [batch, , size] = workload.x;
      return layerShapes(workload).reduce((sum, shape, layer) => {
        const side = shape.length === 2 ? 1 : layer === 0 ? size : size / 2;
        // No gradient with respect to the images.
        return sum + (layer === 0 ? 2 : 3) * matrixFlop(shape, [batch, shape[0] ?? 0, side, side]);
      }, 0);
    }
    case 'chain':
      return workload.rows * workload.columns * workload.steps.length * (workload.gradient ? 3 : 1);
    case 'copy':
      return 0;
  }
}

/** Multiplications and additions of one face of a layer. */
function matrixFlop(weight: readonly number[], y: readonly number[]): number {
  const product = (extents: readonly number[]): number => extents.reduce((all, extent) => all * extent, 1);
  return 2 * product(weight.slice(1)) * product(y);
}
