// Transforms, operations and layers.

import { planesFrom, spectraOf } from '../../../src/fft/planes.js';
import * as pv from '../../../src/index.js';
import { wrap } from '../../../src/tensor/tensor.js';
import { complexNormal, normal, type MakeSubject } from './subject.js';

const F = pv.nn.functional;

/** Transforms by name. */
export const transforms = {
  rfft: (seed) => ({ f: (x) => pv.fft.rfft(x), inputs: { x: normal([3, 8], seed) } }),
  'rfft padded': (seed) => ({ f: (x) => pv.fft.rfft(x, { n: 12 }), inputs: { x: normal([3, 7], seed) } }),
  irfft: (seed) => ({ f: (x) => pv.fft.irfft(x, { n: 8 }), inputs: { x: complexNormal([3, 5], seed) } }),
  fft: (seed) => ({ f: (x) => pv.fft.fft(x), inputs: { x: complexNormal([3, 7], seed) } }),
  'filter of a spectrum': (seed) => {
    const filter = complexNormal([3, 5], seed, 1);
    return { f: (x) => pv.fft.irfft(pv.fft.rfft(x).mul(filter), { n: 8 }), inputs: { x: normal([3, 8], seed) } };
  },
  'spectra of planes': (seed) => ({
    f: (x) => wrap(spectraOf(x.node, { n: [10, 12], offsets: [2, 1] })),
    inputs: { x: normal([2, 7, 9], seed) },
  }),
  'planes of spectra': (seed) => ({
    f: (x) => wrap(planesFrom(x.node, { n: [10, 12], offsets: [2, 1] }, [7, 9])),
    inputs: { x: complexNormal([2, 10, 7], seed) },
  }),
} satisfies Record<string, MakeSubject>;

/** Operations by name. */
export const operations = {
  'complex product': (seed) => ({ f: (a, b) => a.mul(b), inputs: { a: complexNormal([4, 5], seed), b: complexNormal([4, 5], seed, 1) } }),
  'magnitude of a spectrum': (seed) => ({ f: (x) => pv.fft.fft(x).abs(), inputs: { x: normal([3, 7], seed) } }),
  magnitude: (seed) => ({ f: (x) => x.abs(), inputs: { x: complexNormal([3, 7], seed) } }),
  angle: (seed) => ({ f: (x) => x.angle(), inputs: { x: complexNormal([3, 7], seed) } }),
  'imaginary part': (seed) => ({ f: (x) => x.mul(x).imag(), inputs: { x: complexNormal([3, 7], seed) } }),
  matmul: (seed) => ({ f: (a, b) => a.matmul(b), inputs: { a: normal([2, 3, 4], seed), b: normal([2, 4, 4], seed, 1) } }),
  'complex matmul': (seed) => ({
    f: (a, b) => a.matmul(b),
    inputs: { a: complexNormal([3, 4], seed), b: complexNormal([4, 5], seed, 1) },
  }),
  broadcast: (seed) => ({ f: (a, b) => a.mul(b), inputs: { a: normal([3, 4, 5], seed), b: normal([4, 1], seed, 1) } }),
  sum: (seed) => ({ f: (x) => x.square().sum({ axis: 1 }), inputs: { x: normal([3, 4, 5], seed) } }),
  mean: (seed) => ({ f: (x) => x.square().mean({ axis: 1 }), inputs: { x: normal([3, 4, 5], seed) } }),
  slice: (seed) => ({ f: (x) => x.slice([1, 2], [5, 6]).square(), inputs: { x: normal([6, 9], seed) } }),
  pad: (seed) => ({
    f: (x) =>
      x
        .pad([
          [1, 2],
          [0, 1],
        ])
        .square(),
    inputs: { x: normal([5, 6], seed) },
  }),
  roll: (seed) => ({ f: (x) => x.roll([2], [1]), inputs: { x: normal([4, 7], seed) } }),
  flip: (seed) => ({ f: (x) => x.flip([1]), inputs: { x: normal([4, 7], seed) } }),
  relu: (seed) => ({ f: (x) => F.relu(x), inputs: { x: normal([4, 7], seed) } }),
  sigmoid: (seed) => ({ f: (x) => F.sigmoid(x), inputs: { x: normal([4, 7], seed) } }),
  erf: (seed) => ({ f: (x) => F.gelu(x), inputs: { x: normal([4, 7], seed) } }),
  softplus: (seed) => ({ f: (x) => F.softplus(x), inputs: { x: normal([4, 7], seed) } }),
  tanh: (seed) => ({ f: (x) => F.tanh(x), inputs: { x: normal([4, 7], seed) } }),
  where: (seed) => ({
    f: (a, b) => pv.where(a.detach().gt(0), a.square(), b.square()),
    inputs: { a: normal([4, 7], seed), b: normal([4, 7], seed, 1) },
  }),
} satisfies Record<string, MakeSubject>;

/** Layers and losses by name. */
export const layers = {
  'max pooling': (seed) => ({
    f: (x) => F.maxPool2d(x, { kernelSize: [2, 3], stride: [2, 1] }),
    inputs: { x: normal([2, 3, 6, 7], seed) },
  }),
  'average pooling': (seed) => ({
    f: (x) => F.avgPool2d(x, { kernelSize: [3, 2], stride: [2, 1], padding: [1, 0] }),
    inputs: { x: normal([2, 3, 6, 7], seed) },
  }),
  'batch normalization': (seed) => ({
    f: (x, w, b) => F.batchNorm2d(x, { weight: w, bias: b, training: true }),
    inputs: { x: normal([3, 2, 3, 4], seed), w: normal([2], seed, 1), b: normal([2], seed, 2) },
  }),
  'log softmax': (seed) => ({ f: (x) => F.logSoftmax(x), inputs: { x: normal([4, 5], seed) } }),
  'cross entropy': (seed) => {
    const labels = pv.tensor([0, 3, 2, 1], { dtype: 'int32' });
    return { f: (x) => F.crossEntropy(x, labels), inputs: { x: normal([4, 5], seed) } };
  },
} satisfies Record<string, MakeSubject>;
