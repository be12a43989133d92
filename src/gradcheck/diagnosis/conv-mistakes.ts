// Mistakes that a convolution may hold, on any of its three faces. All of them relate a result, a tap and an input in another way than
//   input = result·stride + tap·dilation − padding,
// so that one sum over such a relation computes what each of them would.

import { float64Values, fromFloat64, type NdArray } from '../../devices/ndarray.js';
import { sizeOf } from '../../devices/shape.js';
import type { ReferenceCall } from '../../graph/operation.js';
import { fftPeriod, goodPeriod, minimalPeriod } from '../../nn/conv-fft.js';
import type { ConvAttributes, Pair } from '../../nn/conv-operation.js';
import type { Override } from '../evaluator.js';
import { partsOfSum } from './sum-mistakes.js';

/** Something that may be wrong, and what would be computed then. */
export interface ConvMistake {
  readonly name: string;
  readonly change: string;
  readonly compute: Override;
}

/** For each result and tap of one axis the input, or −1. */
type Relation = (result: number, tap: number) => number;

interface Wrong {
  readonly rows?: Relation;
  readonly columns?: Relation;
  /** Samples that are summed, or channels of each group. */
  readonly samples?: (s: number) => boolean;
  readonly channels?: (c: number) => boolean;
  readonly filters?: (k: number) => boolean;
  /** Rows of results of each sample that are summed. */
  readonly results?: (s: number, row: number) => boolean;
  /** Which group's channels a filter reads, and whose weights it takes. */
  readonly group?: (group: number) => number;
  readonly weights?: (group: number) => number;
  readonly scale?: number;
}

function right({ stride, dilation, padding }: ConvAttributes, axis: 0 | 1): Relation {
  return (o, t) => o * stride[axis] + t * dilation[axis] - padding[axis][0];
}

/** The sum Σ x·w·g over a relation, by one face's free index. */
function summed(attributes: ConvAttributes, wrong: Wrong): Override {
  const rowOf = wrong.rows ?? right(attributes, 0);
  const columnOf = wrong.columns ?? right(attributes, 1);
  return ({ dtype, shape }: ReferenceCall<object>, [a, b]: readonly NdArray[]) => {
    const { face, x, w, y, groups } = attributes;
    const [samples, channels, height, width] = x as readonly [number, number, number, number];
    const [filters, each, kh, kw] = w as readonly [number, number, number, number];
    const [, , rows, columns] = y as readonly [number, number, number, number];
    const [p, q] = [float64Values(a!), float64Values(b!)];
    const out = new Float64Array(sizeOf(shape));
    const perGroup = filters / groups;
    const across = Int32Array.from({ length: columns * kw }, (_, i) => columnOf(Math.floor(i / kw), i % kw));
    for (let s = 0; s < samples; s++) {
      if (wrong.samples?.(s) === false) continue;
      for (let k = 0; k < filters; k++) {
        if (wrong.filters?.(k) === false) continue;
        const own = Math.floor(k / perGroup);
        const group = wrong.group?.(own) ?? own;
        const filter = (wrong.weights?.(own) ?? own) * perGroup + (k % perGroup);
        for (let c = 0; c < each; c++) {
          if (wrong.channels?.(c) === false) continue;
          for (let oy = 0; oy < rows; oy++) {
            if (wrong.results?.(s, oy) === false) continue;
            for (let ky = 0; ky < kh; ky++) {
              const iy = rowOf(oy, ky);
              if (iy < 0 || iy >= height) continue;
              const line = ((s * channels + group * each + c) * height + iy) * width;
              const result = ((s * filters + k) * rows + oy) * columns;
              const taps = ((filter * each + c) * kh + ky) * kw;
              for (let ox = 0; ox < columns; ox++) {
                for (let kx = 0; kx < kw; kx++) {
                  const ix = across[ox * kw + kx]!;
                  if (ix < 0 || ix >= width) continue;
                  if (face === 'y') out[result + ox]! += p[line + ix]! * q[taps + kx]!;
                  else if (face === 'x') out[line + ix]! += p[result + ox]! * q[taps + kx]!;
                  else out[taps + kx]! += p[line + ix]! * q[result + ox]!;
                }
              }
            }
          }
        }
      }
    }
    if (wrong.scale !== undefined) for (let i = 0; i < out.length; i++) out[i]! *= wrong.scale;
    return fromFloat64(dtype, shape, out);
  };
}

/** Names of the spectra on each face, by the signs of result and tap in input = ±result ± tap. */
const conjugates: Readonly<Record<ConvAttributes['face'], readonly (readonly [Pair, string, string])[]>> = {
  y: [
    [[1, -1], 'conjugate missing on Ŵ', 'The forward is X̂·Ŵ*: write W.conj(), else it is a convolution and no correlation.'],
    [[-1, 1], 'conjugate on X̂ in place of Ŵ', 'The forward is X̂·Ŵ*: move the conj() from X to W.'],
    [[-1, -1], 'conjugate too many on X̂', 'The forward is X̂·Ŵ*: take the conj() of X away.'],
  ],
  w: [
    [[-1, 1], 'conjugate missing on Ĝ', 'dW is Ĝ*·X̂: write G.conj() in the product.'],
    [[1, -1], 'conjugate on X̂ in place of Ĝ', 'dW is Ĝ*·X̂: move the conj() from X to G.'],
    [[-1, -1], 'conjugate too many on X̂', 'dW is Ĝ*·X̂: take the conj() of X away.'],
  ],
  x: [
    [[1, -1], 'conjugate too many on Ŵ', 'dX is Ĝ·Ŵ: take the conj() of W away.'],
    [[-1, 1], 'conjugate too many on Ĝ', 'dX is Ĝ·Ŵ: take the conj() of G away.'],
    [[-1, -1], 'conjugates too many on Ĝ and Ŵ', 'dX is Ĝ·Ŵ: take both conj() away.'],
  ],
};

const axisNames = ['rows', 'columns'] as const;

/** The mistakes that one face of a convolution may hold, each as what would be computed then. */
export function convMistakes(attributes: ConvAttributes): ConvMistake[] {
  const { face, x, w, stride, dilation, padding, groups, y } = attributes;
  const found: ConvMistake[] = [];
  const add = (name: string, change: string, wrong: Wrong): void => void found.push({ name, change, compute: summed(attributes, wrong) });
  const both = (make: (axis: 0 | 1) => Relation): Wrong => ({ rows: make(0), columns: make(1) });
  const input = (axis: 0 | 1): number => x[2 + axis] as number;
  const taps = (axis: 0 | 1): number => w[2 + axis] as number;
  const period = (axis: 0 | 1): number => fftPeriod(input(axis), taps(axis), dilation[axis], padding[axis]);
  const cyclic =
    (axis: 0 | 1, [a, b]: Pair, n: number): Relation =>
    (o, t) => {
      const at = a * o * stride[axis] + b * t * dilation[axis];
      return (((at % n) + n) % n) - padding[axis][0];
    };
  for (const [signs, name, change] of conjugates[face])
    add(
      name,
      change,
      both((axis) => cyclic(axis, signs, period(axis))),
    );

  add(
    face === 'y'
      ? 'convolution in place of correlation: the kernel is flipped'
      : 'flip missing or too many: the kernel is used the other way round',
    'Flip the kernel along its last two axes, .flip([2, 3]), or take such a flip away.',
    both((axis) => (o, t) => right(attributes, axis)(o, taps(axis) - 1 - t)),
  );
  for (const axis of [0, 1] as const) {
    for (const by of [1, -1]) {
      const moved: Relation = (o, t) => right(attributes, axis)(o, t) + by;
      const what = face === 'y' ? 'padding or crop' : face === 'x' ? 'crop of dX' : 'crop of dW';
      add(
        `${what} off by one along ${axisNames[axis]}`,
        `Begin ${by > 0 ? 'one earlier' : 'one later'} along the ${axisNames[axis]}.`,
        axis === 0 ? { rows: moved } : { columns: moved },
      );
    }
  }
  for (const by of [1, -1])
    add(
      'padding or crop off by one along both axes',
      `Begin ${by > 0 ? 'one earlier' : 'one later'} along rows and columns.`,
      both((axis) => (o, t) => right(attributes, axis)(o, t) + by),
    );
  const before: Pair = [padding[0][0], padding[1][0]];
  if (before[0] + before[1] > 0) {
    const change = 'Place the image at the offset of its padding.';
    add(
      'padding ignored',
      change,
      both((axis) => (o, t) => right(attributes, axis)(o, t) + before[axis]),
    );
    add(
      'padding ignored, and results wrap around',
      change,
      both((axis) => (o, t) => cyclic(axis, [1, 1], period(axis))(o, t) + before[axis]),
    );
  }

  const small = (axis: 0 | 1): number[] => {
    const least = minimalPeriod(input(axis), taps(axis), dilation[axis], padding[axis]);
    return [goodPeriod(input(axis)), input(axis) + before[axis], least - 1, input(axis)].filter((n) => n < least && n >= input(axis));
  };
  for (const [i, n] of small(0).entries()) {
    const m = small(1)[i] ?? period(1);
    add(
      'transform too small: results wrap around',
      `Transform at least ${minimalPeriod(input(0), taps(0), dilation[0], padding[0])} rows and ${minimalPeriod(input(1), taps(1), dilation[1], padding[1])} columns.`,
      both((axis) => cyclic(axis, [1, 1], axis === 0 ? n : m)),
    );
  }
  const around: Relation[] = ([0, 1] as const).map((axis) => (o, t) => {
    const at = right(attributes, axis)(o, t);
    return ((at % input(axis)) + input(axis)) % input(axis);
  });
  if (before[0] + before[1] > 0)
    add(
      'transform as large as the image: results wrap around its edges',
      'Put the zeros of the padding around the image before it is transformed.',
      {
        rows: around[0]!,
        columns: around[1]!,
      },
    );
  const withSteps = (s: Pair, d: Pair): Wrong => both((axis) => (o, t) => o * s[axis] + t * d[axis] - padding[axis][0]);
  if (stride[0] * stride[1] > 1)
    add('stride ignored', 'Use the stride of the convolution in this direction as well.', withSteps([1, 1], dilation));
  if (stride[0] !== stride[1])
    add('strides of rows and columns swapped', 'Use stride [rows, columns] in this order.', withSteps([stride[1], stride[0]], dilation));
  if (dilation[0] * dilation[1] > 1)
    add('dilation ignored', 'Use the dilation of the convolution in this direction as well.', withSteps(stride, [1, 1]));
  if (dilation[0] !== dilation[1])
    add(
      'dilations of rows and columns swapped',
      'Use dilation [rows, columns] in this order.',
      withSteps(stride, [dilation[1], dilation[0]]),
    );
  if (stride[0] !== dilation[0] || stride[1] !== dilation[1])
    add('stride and dilation swapped', 'Results move by the stride, taps by the dilation.', withSteps(dilation, stride));

  const samples = y[0] as number;
  if (face === 'w') {
    for (const { name, wanted } of partsOfSum(samples, 'sample'))
      add(`sum over the batch ${name}`, 'Sum over all samples of the batch.', { samples: wanted });
    const [last, rowsOfY] = [samples - 1, y[2] as number];
    const rowsToo = 'Sum over all samples and rows.';
    for (const { name, wanted } of partsOfSum(rowsOfY, 'row')) add(`sum over rows ${name}`, rowsToo, { results: (_, o) => wanted(o) });
    add('sum over samples and rows incomplete: the first row of the first sample is missing', rowsToo, {
      results: (s, o) => s > 0 || o > 0,
    });
    add('sum over samples and rows incomplete: the last row of the last sample is missing', rowsToo, {
      results: (s, o) => s < last || o < rowsOfY - 1,
    });
  }
  if (face === 'y')
    for (const { name, wanted } of partsOfSum(w[1] as number, 'channel'))
      add(`sum over channels ${name}`, 'Sum over all input channels.', { channels: wanted });
  const perGroup = (w[0] as number) / groups;
  if (face === 'x')
    for (const { name, wanted } of partsOfSum(perGroup, 'channel'))
      add(`sum over output channels ${name}`, 'Sum over all output channels.', { filters: (k) => wanted(k % perGroup) });
  const orders: readonly (readonly [string, (group: number) => number])[] = [
    ['those of the next', (g) => (g + 1) % groups],
    ['those of the first', () => 0],
    ['those in reverse order', (g) => groups - 1 - g],
  ];
  if (groups > 1)
    for (const [which, group] of orders) {
      add(`groups mixed up: each reads the channels of others, ${which}`, 'Let each group read its own channels.', { group });
      add(`groups mixed up: each takes the weights of others, ${which}`, 'Let each group take its own weights.', { weights: group });
    }
  return found;
}
