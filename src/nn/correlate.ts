// Correlation as an operation, without padding and groups: what the direct convolution is made of, and what has a kernel of its own.
// It is bilinear, and its adjoints are correlations again.

import { float64Values, fromFloat64, type NdArray } from '../devices/ndarray.js';
import { sizeOf } from '../devices/shape.js';
import { materialize } from '../graph/materialize.js';
import { record, type Node } from '../graph/node.js';
import type { CorrelationSteps, Operation, ReferenceCall } from '../graph/operation.js';
import { columnsLoaded, longestRow } from '../graph/wgsl/conv-tile.js';
import { sumOf } from '../tensor/operations/elementwise/index.js';
import { flip, reshape, shear, slice, transpose } from '../tensor/operations/views.js';
import { spread } from './conv-fft.js';

type Pair = readonly [number, number];
type Five = readonly [number, number, number, number, number];

interface CorrelationAttributes extends CorrelationSteps {
  /** Rows and columns of the result. */
  readonly extents: Pair;
}

const correlateOperation: Operation<CorrelationAttributes> = {
  name: 'correlate',
  heavy: true,
  infer: ([a, b], { extents }) => ({ dtype: a!.dtype, shape: [a!.shape[0]!, a!.shape[1]!, b!.shape[1]!, ...extents] }),
  adjoint: ({ inputs: [a, b], attributes: { stride, dilation } }, g) => [
    scatter(g, b!, { stride, dilation, before: [0, 0], extents: a!.shape.slice(3) as unknown as Pair }),
    swap(correlate(swap(a!), swap(g), { stride: dilation, dilation: stride, extents: b!.shape.slice(3) as unknown as Pair })),
  ],
  jvp: ({ inputs: [a, b], attributes }, [s, t]) =>
    sumOf([s == null ? null : correlate(s, b!, attributes), t == null ? null : correlate(a!, t, attributes)]),
  reference,
  lowering: { kind: 'correlate', steps: (attributes) => attributes },
};

/** Swaps the second axis with the third. */
export function swap(x: Node): Node {
  return transpose(x, [0, 2, 1, 3, 4]);
}

/**
 * y[b,n,k,o] = Σ_{c,t} a[b,n,c,o·stride + t·dilation]·w[b,k,c,t], o below `extents`: images [batch, samples, channels, height, width] and filters
 * [batch, filters, channels, tap rows, tap columns] give [batch, samples, filters, ...extents]. The image must hold all that is read.
 */
export function correlate(a: Node, w: Node, { stride, dilation, extents }: CorrelationAttributes): Node {
  return record(correlateOperation, [a, w], { stride, dilation, extents });
}

function reference({ dtype, shape, attributes }: ReferenceCall<CorrelationAttributes>, [a, w]: readonly NdArray[]): NdArray {
  const [batch, samples, filters, rows, columns] = shape as Five;
  const [, , channels, height, width] = a!.shape as Five;
  const [, , , tapRows, taps] = w!.shape as Five;
  const { stride, dilation } = attributes;
  const p = float64Values(a!);
  const q = float64Values(w!);
  const out = new Float64Array(sizeOf(shape));
  let at = 0;
  for (let b = 0; b < batch; b++)
    for (let n = 0; n < samples; n++)
      for (let k = 0; k < filters; k++)
        for (let y = 0; y < rows; y++)
          for (let x = 0; x < columns; x++, at++)
            for (let c = 0; c < channels; c++)
              for (let u = 0; u < tapRows; u++)
                for (let v = 0; v < taps; v++) {
                  const row = ((b * samples + n) * channels + c) * height + y * stride[0] + u * dilation[0];
                  const tap = (((b * filters + k) * channels + c) * tapRows + u) * taps + v;
                  out[at]! += p[row * width + x * stride[1] + v * dilation[1]]! * q[tap]!;
                }
  return fromFloat64(dtype, shape, out);
}

/** Moves an axis by `before` and gives it `extent` elements, zeros where there were none. The amounts are part of the plan. */
export function moved(x: Node, axis: number, before: number, extent: number): Node {
  if (before === 0 && x.shape[axis] === extent) return x;
  return shear(x, { tapAxis: 0, axis, stride: 1, dilation: 0, before }, extent);
}

const roundUp = (count: number, multiple: number): number => Math.ceil(count / multiple) * multiple;

/** Images [batch, samples, channels, height, width] moved to a frame, stored for a kernel that reads `width` columns: rows begin where quads do. */
export function framed(x: Node, before: Pair, height: number, width: number): Node {
  const columns = roundUp(width, 4);
  const placed = moved(moved(x, 3, before[0], height), 4, before[1], columns);
  return placed === x ? x : record(materialize, [placed], {});
}

/** Filters [batch, filters, channels, tap rows, taps], stored such that the taps of neighbouring filters are neighbours, in whole quads. */
export function filtersLast(w: Node): Node {
  const [, filters, , , taps] = w.shape as Five;
  const ordered = moved(transpose(w, [0, 2, 3, 4, 1]), 3, 0, tapColumns(taps));
  const stored = record(materialize, [moved(ordered, 4, 0, filters <= 2 ? filters : roundUp(filters, 4))], {});
  return transpose(moved(stored, 4, 0, filters), [0, 4, 1, 2, 3]);
}

/** Taps of a row with the zeros that are put after them: long rows can then be cut into pieces that begin where quads do. */
export function tapColumns(taps: number): number {
  return taps <= longestRow ? taps : roundUp(taps, 4);
}

/** Columns that the kernel of a correlation reads of each row. */
export function columnsRead(filters: number, [rows, columns]: Pair, taps: number, { stride, dilation }: CorrelationSteps): number {
  return columnsLoaded({ filters, rows, columns, taps, stride: stride[1], dilation: dilation[1] });
}

/** One axis of the way back: input i = before … lies at phase j mod stride of j = i, where only every stride-th tap meets a result. */
interface Phases {
  readonly count: number;
  /** Taps of each phase, and the step from one to the next. */
  readonly taps: number;
  readonly step: number;
  /** Zeros before the first result, positions of each phase, and positions before the first input. */
  readonly front: number;
  readonly positions: number;
  readonly skip: number;
}

function phasesOf(taps: number, stride: number, dilation: number, before: number, extent: number): Phases {
  const step = stride === 1 ? dilation : 1;
  const each = stride === 1 ? taps : Math.ceil((dilation * (taps - 1) + 1) / stride);
  const first = Math.floor(before / stride);
  return {
    count: stride,
    taps: each,
    step,
    front: (each - 1) * step - first,
    positions: Math.floor((before + extent - 1) / stride) - first + 1,
    skip: before - stride * first,
  };
}

/**
 * The adjoint of correlate with respect to the image: x[b,n,c,i] = Σ_{k,t} g[b,n,k,o]·w[b,k,c,t] over o·stride + t·dilation = i + before, i below
 * `extents`. The inputs of each phase (i + before modulo the stride) meet the same taps: they are a correlation of their own, and all phases are one
 * with stride² times as many filters.
 */
export function scatter(
  g: Node,
  w: Node,
  { stride, dilation, before, extents }: CorrelationSteps & { readonly before: Pair; readonly extents: Pair },
): Node {
  const [batch, samples, filters] = g.shape as Five;
  const [, , channels, tapRows, tapsOfRow] = w.shape as Five;
  const [tall, wide] = ([tapRows, tapsOfRow] as const).map((taps, axis) =>
    phasesOf(taps, stride[axis]!, dilation[axis]!, before[axis]!, extents[axis]!),
  ) as [Phases, Phases];
  const byPhase = [tall, wide].reduce((taps, { count, taps: each }, axis) => {
    const apart = count === 1 ? taps : spread(taps, 3 + axis, dilation[axis]!, dilation[axis]! * (w.shape[3 + axis]! - 1) + 1);
    return moved(apart, 3 + axis, 0, each * count);
  }, w);
  const turned = flip(reshape(byPhase, [batch, filters, channels, tall.taps, tall.count, wide.taps, wide.count]), [3, 5]);
  const planes = channels * tall.count * wide.count;
  const weights = filtersLast(reshape(transpose(turned, [0, 2, 4, 6, 1, 3, 5]), [batch, planes, filters, tall.taps, wide.taps]));
  const steps = { stride: [1, 1], dilation: [tall.step, wide.step] } as const;
  const positions = [tall.positions, wide.positions] as const;
  const image = framed(
    g,
    [tall.front, wide.front],
    tall.positions + (tall.taps - 1) * tall.step,
    columnsRead(planes, positions, weights.shape[4]!, steps),
  );
  const result = correlate(image, weights, { ...steps, extents: positions });
  const apart = reshape(result, [batch, samples, channels, tall.count, wide.count, ...positions]);
  const woven = reshape(transpose(apart, [0, 1, 2, 5, 3, 6, 4]), [
    batch,
    samples,
    channels,
    tall.positions * tall.count,
    wide.positions * wide.count,
  ]);
  return slice(woven, [0, 0, 0, tall.skip, wide.skip], [batch, samples, channels, ...extents]);
}
