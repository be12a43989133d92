// The convolution as one operation with three faces. T(x, w, g) = Σ g·(x ⋆ w) is linear in each argument; y, dX and dW are its
// derivatives with respect to g, x and w. So the adjoints of each face are the other two, to any order.
//
// It is cross-correlation, as in every deep-learning library: y[s,k,o] = Σ_{c,t} x[s,c,o·stride + t·dilation − pad]·w[k,c,t].

import { float64Values, fromFloat64, type NdArray } from '../devices/ndarray.js';
import { sizeOf, type Shape } from '../devices/shape.js';
import { record, type Node } from '../graph/node.js';
import type { Operation, ReferenceCall } from '../graph/operation.js';
import { sumOf } from '../tensor/operations/elementwise/index.js';
import { directConv, im2colConv } from './conv-direct.js';
import { chooseToRun, decide } from './conv-choice.js';
import { fftConv } from './conv-fft.js';
import { tiledConv } from './conv-tiled.js';

/** How a convolution is computed. */
export type Algorithm = 'auto' | 'direct' | 'im2col' | 'fft' | 'fft-tiled';

/** A pair for height and width. */
export type Pair = readonly [number, number];

/** Everything about a convolution but its operands. */
export interface ConvAttributes {
  /** Which derivative of T: the output, or the gradient with respect to x or w. */
  readonly face: 'y' | 'x' | 'w';
  /** [samples, channels, height, width] */
  readonly x: Shape;
  /** [out, channels/groups, kernel height, kernel width] */
  readonly w: Shape;
  /** [samples, out, height, width] */
  readonly y: Shape;
  readonly stride: Pair;
  readonly dilation: Pair;
  /** Zeros before and after, for height and width. */
  readonly padding: readonly [Pair, Pair];
  readonly groups: number;
  readonly algorithm: Algorithm;
}

const convOperation: Operation<ConvAttributes> = {
  name: 'conv2d',
  heavy: true,
  infer: ([a], attributes) => ({ dtype: a!.dtype, shape: attributes[attributes.face] }),
  adjoint: ({ inputs: [a, b], attributes: at }, g) => {
    if (at.face === 'y') return [conv('x', g, b!, at), conv('w', a!, g, at)];
    if (at.face === 'x') return [conv('y', g, b!, at), conv('w', g, a!, at)];
    return [conv('x', b!, g, at), conv('y', a!, g, at)];
  },
  jvp: ({ inputs: [a, b], attributes: at }, [s, t]) =>
    sumOf([s == null ? null : conv(at.face, s, b!, at), t == null ? null : conv(at.face, a!, t, at)]),
  reference,
  lowering: { kind: 'composite' },
  expand: ([a, b], { attributes }, limits) => {
    const algorithm = attributes.algorithm === 'auto' ? decide(attributes, a!.state, conv).algorithm : attributes.algorithm;
    if (algorithm === 'fft') return fftConv(a!, b!, attributes, limits);
    if (algorithm === 'fft-tiled') return tiledConv(a!, b!, attributes, limits);
    // Of an empty batch there are no windows to store in chunks.
    return algorithm === 'im2col' && sizeOf(attributes.x) > 0 ? im2colConv(a!, b!, attributes, limits) : directConv(a!, b!, attributes);
  },
  variant: (attributes, state) =>
    attributes.algorithm === 'auto' && state.device.kind === 'wgsl' ? chooseToRun(attributes, state, conv) : '',
};

/** One face of a convolution. Operands: (x, w) for y, (g, w) for x, (x, g) for w. */
export function conv(face: ConvAttributes['face'], a: Node, b: Node, attributes: ConvAttributes): Node {
  return record(convOperation, [a, b], { ...attributes, face });
}

/** The attributes of a node that is a face of a convolution, else null. */
export function convAttributesOf(node: Node): ConvAttributes | null {
  return node.operation.name === convOperation.name ? (node.attributes as ConvAttributes) : null;
}

/** Output extent along one axis; may be ≤ 0 when the kernel does not fit. */
export function convExtent(input: number, kernel: number, stride: number, dilation: number, [before, after]: Pair): number {
  return Math.floor((input + before + after - dilation * (kernel - 1) - 1) / stride) + 1;
}

/** Direct summation in float64. */
function reference({ dtype, shape, attributes }: ReferenceCall<ConvAttributes>, [a, b]: readonly NdArray[]): NdArray {
  const { face, x, w, y, stride, dilation, padding, groups } = attributes;
  const [samples, channels, height, width] = x as readonly [number, number, number, number];
  const [filters, each, kh, kw] = w as readonly [number, number, number, number];
  const [, , rows, columns] = y as readonly [number, number, number, number];
  const p = float64Values(a!);
  const q = float64Values(b!);
  const out = new Float64Array(sizeOf(shape));
  const perGroup = filters / groups;
  // Derivatives in single elements are sums over operands that are zero but for one element.
  const mayBeEmpty = face !== 'x' && q.every(Number.isFinite);
  const isEmpty = mayBeEmpty ? emptyParts(p, width) : () => false;
  const isEmptyPlane = mayBeEmpty ? emptyParts(p, width * height) : () => false;
  const skipsZeros = face !== 'w' && p.every(Number.isFinite);
  for (let s = 0; s < samples; s++) {
    for (let k = 0; k < filters; k++) {
      const group = Math.floor(k / perGroup);
      for (let c = 0; c < each; c++) {
        const channel = s * channels + group * each + c;
        if (isEmptyPlane(channel)) continue;
        const plane = channel * height;
        for (let ky = 0; ky < kh; ky++) {
          for (let kx = 0; kx < kw; kx++) {
            const at = ((k * each + c) * kh + ky) * kw + kx;
            if (skipsZeros && q[at] === 0) continue;
            const shift = kx * dilation[1] - padding[1][0];
            const first = Math.max(0, Math.ceil(-shift / stride[1]));
            const last = Math.min(columns - 1, Math.floor((width - 1 - shift) / stride[1]));
            for (let oy = 0; oy < rows; oy++) {
              const iy = oy * stride[0] + ky * dilation[0] - padding[0][0];
              if (iy < 0 || iy >= height || isEmpty(plane + iy)) continue;
              const from = (plane + iy) * width + shift;
              const to = ((s * filters + k) * rows + oy) * columns;
              if (face === 'y') for (let ox = first; ox <= last; ox++) out[to + ox]! += p[from + ox * stride[1]]! * q[at]!;
              else if (face === 'x') for (let ox = first; ox <= last; ox++) out[from + ox * stride[1]]! += p[to + ox]! * q[at]!;
              else for (let ox = first; ox <= last; ox++) out[at]! += p[from + ox * stride[1]]! * q[to + ox]!;
            }
          }
        }
      }
    }
  }
  return fromFloat64(dtype, shape, out);
}

/** Tells which runs of `length` values hold nothing but zeros. */
function emptyParts(values: Float64Array, length: number): (part: number) => boolean {
  const count = values.length / Math.max(length, 1);
  const filled = new Uint8Array(count);
  for (let part = 0; part < count; part++) {
    const end = (part + 1) * length;
    let at = part * length;
    while (at < end && values[at] === 0) at++;
    filled[part] = Number(at < end);
  }
  return filled.every((part) => part === 1) ? () => false : (part) => filled[part] === 0;
}
