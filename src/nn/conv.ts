// Convolutions as people call them: sizes, padding modes, bias, and all checks.

import { isComplex } from '../devices/dtype.js';
import type { Node } from '../graph/node.js';
import { floating, sameType } from '../tensor/arguments.js';
import { checkInteger, checkOneOf, checkOptions, show } from '../tensor/checks.js';
import { checkSize } from '../tensor/devices.js';
import { add } from '../tensor/operations/elementwise/index.js';
import { padWith, type PadMode } from '../tensor/operations/join.js';
import { reshape } from '../tensor/operations/views.js';
import { Tensor, wrap } from '../tensor/tensor.js';
import { conv, convExtent, type Algorithm, type ConvAttributes, type Pair } from './conv-operation.js';

/** A size for both axes, or [height, width]. */
export type Size = number | readonly [number, number] | readonly number[];

/** Options of convolutions. */
export interface ConvOptions {
  readonly stride?: Size | undefined;
  /** Elements added at each side, or 'same' (output as large as input at stride 1), or 'valid' (none). */
  readonly padding?: Size | 'same' | 'valid' | undefined;
  readonly dilation?: Size | undefined;
  readonly groups?: number | undefined;
  readonly paddingMode?: 'zeros' | 'reflect' | 'replicate' | 'circular' | undefined;
  readonly algorithm?: Algorithm | undefined;
}

/** Options of transposed convolutions. */
export interface ConvTransposeOptions {
  readonly stride?: Size | undefined;
  readonly padding?: Size | undefined;
  readonly dilation?: Size | undefined;
  readonly groups?: number | undefined;
  /** Elements added to the output at its end, to choose among the inputs that a strided convolution maps to one output. */
  readonly outputPadding?: Size | undefined;
  readonly algorithm?: Algorithm | undefined;
}

const algorithms = ['auto', 'direct', 'im2col', 'fft', 'fft-tiled'] as const;

/** [height, width] from a size. */
export function pair(what: string, size: Size, least: number): Pair {
  if (typeof size === 'number') return [checkInteger(what, size, least), size];
  if (!Array.isArray(size) || size.length !== 2)
    throw new TypeError(`${what} is ${show(size)}, but must be a number or a pair [height, width]`);
  return [checkInteger(`${what} (height)`, size[0], least), checkInteger(`${what} (width)`, size[1], least)];
}

function operands(name: string, x: unknown, weight: unknown, bias: unknown, rank: number): { x: Node; weight: Node; bias: Node | null } {
  const node = (what: string, value: unknown, axes: number): Node => {
    if (!(value instanceof Tensor)) throw new TypeError(`${name}: ${what} is ${show(value)}, but must be a tensor`);
    if (value.shape.length !== axes)
      throw new Error(
        `${name}: ${what} has shape [${value.shape.join(', ')}], but must have ${axes} axes${axes === 4 ? ' [batch, channels, height, width]' : axes === 3 ? ' [batch, channels, length]' : ''}`,
      );
    if (isComplex(value.dtype))
      throw new TypeError(`${name}: ${what} is ${value.dtype}, but convolutions take real tensors; convolve real() and imag() parts`);
    return floating(value.node);
  };
  const [a, b] = sameType(node('x', x, rank), node('weight', weight, rank));
  return { x: a, weight: b, bias: bias == null ? null : sameType(node('bias', bias, 1), a)[0] };
}

function checkBias(name: string, bias: Node | null, filters: number): void {
  if (bias !== null && bias.shape[0] !== filters)
    throw new Error(`${name}: bias [${bias.shape.join(', ')}] expects ${bias.shape[0]} output channels, but the weight has ${filters}`);
}

function withBias(y: Node, bias: Node | null): Node {
  return bias === null ? y : add(y, reshape(bias, [1, bias.shape[0] as number, 1, 1]));
}

/** Padding widths; 'same' puts the odd element at the end, as torch does. */
function widthsOf(name: string, padding: Size | 'same' | 'valid', kernel: Pair, stride: Pair, dilation: Pair): readonly [Pair, Pair] {
  if (padding === 'valid')
    return [
      [0, 0],
      [0, 0],
    ];
  if (padding === 'same') {
    if (stride[0] !== 1 || stride[1] !== 1)
      throw new Error(`${name}: padding 'same' needs stride 1, but stride is [${stride.join(', ')}]; give the padding as numbers`);
    const around = (axis: 0 | 1): Pair => {
      const all = dilation[axis] * (kernel[axis] - 1);
      return [Math.floor(all / 2), all - Math.floor(all / 2)];
    };
    return [around(0), around(1)];
  }
  if (typeof padding === 'string') checkOneOf(`${name}: padding`, padding, ['same', 'valid']);
  const [h, w] = pair(`${name}: padding`, padding, 0);
  return [
    [h, h],
    [w, w],
  ];
}

/** conv2d on nodes: x [batch, in, height, width], weight [out, in/groups, kernel height, kernel width]. Library entry. */
function convNode(name: string, x: Node, weight: Node, bias: Node | null, options: ConvOptions, describe: (node: Node) => string): Node {
  const stride = pair(`${name}: stride`, options.stride ?? 1, 1);
  const dilation = pair(`${name}: dilation`, options.dilation ?? 1, 1);
  const groups = checkInteger(`${name}: groups`, options.groups ?? 1, 1);
  const algorithm = checkOneOf(`${name}: algorithm`, options.algorithm ?? 'auto', algorithms);
  const mode = checkOneOf(`${name}: paddingMode`, options.paddingMode ?? 'zeros', ['zeros', 'reflect', 'replicate', 'circular']);
  const [samples, channels] = x.shape as readonly [number, number];
  const [filters, each, kh, kw] = weight.shape as readonly [number, number, number, number];
  if (channels !== each * groups) {
    throw new Error(
      `${name}: weight ${describe(weight)} expects ${each * groups} input channels${groups > 1 ? ` (${groups} groups of ${each})` : ''}, but x ${describe(x)} has ${channels}`,
    );
  }
  if (filters % groups !== 0)
    throw new Error(`${name}: weight ${describe(weight)} has ${filters} output channels, which ${groups} groups do not divide`);
  if (kh < 1 || kw < 1) throw new Error(`${name}: weight ${describe(weight)} has an empty kernel; expected at least one element a side`);
  checkBias(name, bias, filters);
  const widths = widthsOf(name, options.padding ?? 0, [kh, kw], stride, dilation);
  const padMode: PadMode | null = mode === 'zeros' ? null : mode;
  const padded = padMode === null ? x : padWith(x, [[0, 0], [0, 0], ...widths], padMode);
  const padding =
    padMode === null
      ? widths
      : ([
          [0, 0],
          [0, 0],
        ] as const);
  const extent = (axis: 0 | 1): number =>
    convExtent(padded.shape[2 + axis] as number, axis === 0 ? kh : kw, stride[axis], dilation[axis], padding[axis]);
  const y = [samples, filters, extent(0), extent(1)];
  if (extent(0) < 1 || extent(1) < 1) {
    throw new Error(
      `${name}: weight ${describe(weight)} with dilation [${dilation.join(', ')}] is larger than x ${describe(x)} with its padding; pad more, or use a smaller kernel`,
    );
  }
  checkSize(`${name}: the result`, x.dtype, y, x.state);
  const attributes: ConvAttributes = { face: 'y', x: padded.shape, w: weight.shape, y, stride, dilation, padding, groups, algorithm };
  return withBias(conv('y', padded, weight, attributes), bias);
}

/**
 * Cross-correlation of images [batch, in, height, width] with weights [out, in/groups, kernel height, kernel width].
 * algorithm: 'direct' (implicit matrix product), 'im2col', 'fft', 'fft-tiled' (overlap-save), or 'auto'.
 */
export function conv2d(x: Tensor, weight: Tensor, bias?: Tensor | null, options: ConvOptions = {}): Tensor {
  checkOptions('conv2d', options, '{stride: 1, padding: 2}');
  const nodes = operands('conv2d', x, weight, bias, 4);
  return wrap(convNode('conv2d', nodes.x, nodes.weight, nodes.bias, options, (node) => `[${node.shape.join(', ')}]`));
}

/** Cross-correlation of signals [batch, in, length] with weights [out, in/groups, kernel]. */
export function conv1d(x: Tensor, weight: Tensor, bias?: Tensor | null, options: ConvOptions = {}): Tensor {
  checkOptions('conv1d', options, '{stride: 1, padding: 2}');
  const nodes = operands('conv1d', x, weight, bias, 3);
  const raise = (node: Node): Node => reshape(node, [node.shape[0] as number, node.shape[1] as number, 1, node.shape[2] as number]);
  const widen = (what: string, size: Size | undefined, one: number): Size | undefined => {
    if (size === undefined) return undefined;
    const value: unknown = Array.isArray(size) && size.length === 1 ? size[0] : size;
    return [one, checkInteger(`conv1d: ${what}`, value, one)];
  };
  const flat: ConvOptions = {
    ...options,
    stride: widen('stride', options.stride, 1),
    dilation: widen('dilation', options.dilation, 1),
    padding: typeof options.padding === 'string' ? options.padding : widen('padding', options.padding, 0),
  };
  const describe = (node: Node): string => `[${node.shape[0]}, ${node.shape[1]}, ${node.shape[3]}]`;
  const y = convNode('conv1d', raise(nodes.x), raise(nodes.weight), nodes.bias, flat, describe);
  return wrap(reshape(y, [y.shape[0] as number, y.shape[1] as number, y.shape[3] as number]));
}

/**
 * The adjoint of conv2d with respect to its input, as a layer: x [batch, in, height, width], weight
 * [in, out/groups, kernel height, kernel width] → [batch, out, (height − 1)·stride − 2·padding + dilation·(kernel − 1) + outputPadding + 1, …].
 */
export function convTranspose2d(x: Tensor, weight: Tensor, bias?: Tensor | null, options: ConvTransposeOptions = {}): Tensor {
  const name = 'convTranspose2d';
  checkOptions(name, options, '{stride: 2, padding: 1}');
  const nodes = operands(name, x, weight, bias, 4);
  const stride = pair(`${name}: stride`, options.stride ?? 1, 1);
  const dilation = pair(`${name}: dilation`, options.dilation ?? 1, 1);
  const around = pair(`${name}: padding`, options.padding ?? 0, 0);
  const extra = pair(`${name}: outputPadding`, options.outputPadding ?? 0, 0);
  const groups = checkInteger(`${name}: groups`, options.groups ?? 1, 1);
  const algorithm = checkOneOf(`${name}: algorithm`, options.algorithm ?? 'auto', algorithms);
  const [samples, channels, height, width] = nodes.x.shape as readonly [number, number, number, number];
  const [given, each, kh, kw] = nodes.weight.shape as readonly [number, number, number, number];
  if (channels !== given)
    throw new Error(
      `${name}: weight [${nodes.weight.shape.join(', ')}] expects ${given} input channels, but x [${nodes.x.shape.join(', ')}] has ${channels}`,
    );
  if (kh < 1 || kw < 1)
    throw new Error(`${name}: weight [${nodes.weight.shape.join(', ')}] has an empty kernel; expected at least one element a side`);
  if (given % groups !== 0) throw new Error(`${name}: ${groups} groups do not divide the ${given} input channels`);
  checkBias(name, nodes.bias, each * groups);
  for (const axis of [0, 1] as const) {
    if (extra[axis] >= Math.max(stride[axis], dilation[axis]))
      throw new RangeError(
        `${name}: outputPadding ${extra[axis]} must be smaller than the stride ${stride[axis]} or the dilation ${dilation[axis]}`,
      );
  }
  const extent = (axis: 0 | 1, input: number, kernel: number): number =>
    (input - 1) * stride[axis] - 2 * around[axis] + dilation[axis] * (kernel - 1) + extra[axis] + 1;
  const shape = [samples, each * groups, extent(0, height, kh), extent(1, width, kw)];
  if (shape.some((value, axis) => axis > 1 && value < 1))
    throw new Error(`${name}: the result would have shape [${shape.join(', ')}]; use less padding`);
  checkSize(`${name}: the result`, nodes.x.dtype, shape, nodes.x.state);
  const padding = [
    [around[0], around[0]],
    [around[1], around[1]],
  ] as const;
  const attributes: ConvAttributes = {
    face: 'x',
    x: shape,
    w: nodes.weight.shape,
    y: nodes.x.shape,
    stride,
    dilation,
    padding,
    groups,
    algorithm,
  };
  return wrap(withBias(conv('x', nodes.x, nodes.weight, attributes), nodes.bias));
}
