// Right functions, as people write them, for checks that must not fail: layers, losses, transforms and operations, at sizes drawn by chance.

import * as pv from '../../../src/index.js';
import { complexNormal, normal, positive, type MakeSubject, type Size } from './subject.js';

const F = pv.nn.functional;
type Options = pv.ConvOptions;

/** A convolution of some channels of each group; the image is large enough for its kernel. */
function conv(options: Options, then: (y: pv.Tensor) => pv.Tensor = (y) => y): MakeSubject {
  return (seed, size) => {
    const groups = options.groups ?? 1;
    const [each, out] = [size(1, 2), groups * size(1, 3)];
    const inputs = {
      x: normal([size(1, 2), groups * each, size(6, 8), size(7, 9)], seed),
      w: normal([out, each, size(2, 3), size(1, 3)], seed, 1),
      b: normal([out], seed, 2),
    };
    return { f: (x, w, b) => then(F.conv2d(x, w, b, options)), inputs };
  };
}

const one =
  (f: (x: pv.Tensor) => pv.Tensor, draw: typeof normal = normal, rank = 2): MakeSubject =>
  (seed, size) => ({
    f,
    inputs: {
      x: draw(
        Array.from({ length: rank }, () => size(2, 6)),
        seed,
      ),
    },
  });

const image =
  (f: (x: pv.Tensor) => pv.Tensor): MakeSubject =>
  (seed, size) => ({ f, inputs: { x: normal([size(1, 2), size(1, 3), size(5, 8), size(6, 9)], seed) } });

function labels(count: number, classes: number, seed: number): pv.Tensor {
  return pv.tensor(
    Array.from({ length: count }, (_, i) => (i * 7 + seed) % classes),
    { dtype: 'int32' },
  );
}

/** Overlapping frames, with a window, in the frequency domain. */
function frames(x: pv.Tensor, length: number, hop: number): pv.Tensor {
  const count = Math.floor(((x.shape[1] as number) - length) / hop) + 1;
  const window = pv
    .arange(length)
    .mul((2 * Math.PI) / length)
    .cos()
    .mul(-0.5)
    .add(0.5);
  const all = Array.from({ length: count }, (_, i) => x.slice([0, i * hop], [x.shape[0] as number, i * hop + length]));
  return pv.fft.rfft(pv.stack(all, { axis: 1 }).mul(window)).abs();
}

/** A filter with a hand-written backward that is right. */
const spectralFilter = pv.customOp({
  forward: (x, h) => pv.fft.irfft(pv.fft.rfft(x).mul(h), { n: x.shape[1]! }),
  backward: (g, [x, h]) => {
    const n = x!.shape[1]!;
    const G = pv.fft.rfft(g).mul(1 / n);
    const bins = h!.shape[0]!;
    const weights = pv.tensor(Array.from({ length: bins }, (_, k) => (k === 0 || 2 * k === n ? 1 : 2)));
    return [pv.fft.irfft(pv.fft.rfft(g).mul(h!.conj()), { n }), G.mul(pv.fft.rfft(x!).conj()).mul(weights).sum({ axis: 0 })];
  },
});

const square = pv.customOp({ forward: (x) => x.mul(x), backward: (g, [x]) => [g.mul(x!.conj()).mul(2)] });

const signal: MakeSubject = (seed, size) => {
  const n = 2 * size(3, 6);
  return { f: spectralFilter, inputs: { x: normal([size(2, 3), n], seed), h: realAtTheEnds(n, seed) } };
};

/** A filter whose bins at DC and Nyquist are real, as those of a real kernel are. */
function realAtTheEnds(n: number, seed: number): pv.Tensor {
  return pv.fft.rfft(normal([n], seed, 1));
}

const network: MakeSubject = (seed, size) => {
  const [samples, classes] = [size(2, 3), size(3, 5)];
  const target = labels(samples, classes, seed);
  return {
    f: (x, w, v) => {
      const pooled = F.maxPool2d(F.relu(F.conv2d(x, w, null, { padding: 1 })), { kernelSize: 2 });
      return F.crossEntropy(F.linear(pooled.reshape([samples, -1]), v), target);
    },
    inputs: { x: normal([samples, 2, 6, 8], seed), w: normal([2, 2, 3, 3], seed, 1), v: normal([classes, 24], seed, 2).mul(0.3) },
  };
};

const pair =
  (f: (a: pv.Tensor, b: pv.Tensor) => pv.Tensor, shapes: (size: Size) => [number[], number[]], draw: typeof normal = normal): MakeSubject =>
  (seed, size) => {
    const [a, b] = shapes(size);
    return { f: (x, y) => f(x, y), inputs: { a: draw(a, seed), b: draw(b, seed, 1) } };
  };

const alike = (size: Size): [number[], number[]] => {
  const shape = [size(2, 5), size(2, 6)];
  return [shape, shape];
};

/** Right functions by name. */
export const clean = {
  'conv auto': conv({ padding: 1 }),
  'conv direct, strided': conv({ algorithm: 'direct', padding: [1, 0], stride: [2, 1] }),
  'conv im2col, dilated': conv({ algorithm: 'im2col', padding: [1, 2], dilation: [2, 1] }),
  'conv fft, same': conv({ algorithm: 'fft', padding: 'same' }),
  'conv fft, strided, tanh': conv({ algorithm: 'fft', padding: [0, 1], stride: [1, 2] }, F.tanh),
  'conv by tiles, padded': conv({ algorithm: 'fft-tiled', padding: 1 }),
  'conv grouped, relu': conv({ groups: 2, padding: 1 }, F.relu),
  'conv reflect': conv({ padding: [1, 2], paddingMode: 'reflect' }),
  'conv circular, square': conv({ padding: [1, 1], paddingMode: 'circular' }, (y) => y.square()),
  'conv replicate, sum': conv({ padding: [2, 0], paddingMode: 'replicate' }, (y) => y.square().sum()),
  conv1d: (seed, size) => ({
    f: (x, w, b) => F.conv1d(x, w, b, { stride: 2, padding: 1 }),
    inputs: { x: normal([2, 2, size(7, 11)], seed), w: normal([3, 2, size(2, 4)], seed, 1), b: normal([3], seed, 2) },
  }),
  'conv transposed': (seed, size) => ({
    f: (x, w) => F.convTranspose2d(x, w, null, { stride: [2, 1], padding: 1 }),
    inputs: { x: normal([2, 2, size(4, 6), size(4, 7)], seed), w: normal([2, 3, 3, 3], seed, 1) },
  }),
  'linear and gelu': (seed, size) => {
    const [n, i, o] = [size(2, 4), size(2, 6), size(2, 5)];
    return {
      f: (x, w, b) => F.gelu(F.linear(x, w, b)),
      inputs: { x: normal([n, i], seed), w: normal([o, i], seed, 1), b: normal([o], seed, 2) },
    };
  },
  network,
  'batch normalization, training': (seed, size) => {
    const c = size(2, 3);
    const shape = [size(2, 3), c, size(2, 4), size(2, 4)];
    return {
      f: (x, w, b) => F.batchNorm2d(x, { weight: w, bias: b, training: true }),
      inputs: { x: normal(shape, seed), w: normal([c], seed, 1), b: normal([c], seed, 2) },
    };
  },
  'batch normalization, running': (seed, size) => {
    const c = size(2, 3);
    const running = { runningMean: normal([c], seed, 3), runningVar: positive([c], seed, 4) };
    return {
      f: (x, w) => F.batchNorm2d(x, { weight: w, ...running }),
      inputs: { x: normal([2, c, 3, size(2, 5)], seed), w: normal([c], seed, 1) },
    };
  },
  'max pooling, uneven': image((x) => F.maxPool2d(x, { kernelSize: [2, 3], stride: [2, 1] })),
  'max pooling, padded': image((x) => F.maxPool2d(x, { kernelSize: 3, stride: 2, padding: 1 }).square()),
  'average pooling, padded': image((x) => F.avgPool2d(x, { kernelSize: [3, 2], stride: [2, 1], padding: [1, 0] })),
  'relu times sine': one((x) => F.relu(x).mul(x.sin())),
  silu: one(F.silu),
  gelu: one(F.gelu),
  'softplus of any size': one(F.softplus),
  'sigmoid of squares': one((x) => F.sigmoid(x.square())),
  softmax: one((x) => F.softmax(x, { axis: 0 })),
  'log softmax of rows': one((x) => F.logSoftmax(x)),
  'cross entropy of a batch': (seed, size) => {
    const [n, classes] = [size(2, 5), size(3, 6)];
    const target = labels(n, classes, seed);
    return { f: (x) => F.crossEntropy(x, target), inputs: { x: normal([n, classes], seed) } };
  },
  'mean squared error': pair((a, b) => F.mseLoss(a, b), alike),
  dropout: (seed, size) => ({
    f: (x) => F.dropout(x, { p: 0.3, seed: seed + 1 }).square(),
    inputs: { x: normal([size(3, 6), size(3, 6)], seed) },
  }),
  'fft of rows': one((x) => pv.fft.fft(x), complexNormal),
  'fft of a prime length': (seed) => ({ f: (x) => pv.fft.fft(x, { norm: 'ortho' }), inputs: { x: complexNormal([2, 11], seed) } }),
  'rfft of rows': one((x) => pv.fft.rfft(x)),
  'rfft padded to 10': one((x) => pv.fft.rfft(x, { n: 10, norm: 'forward' })),
  'irfft of any length': (seed, size) => {
    const n = size(5, 10);
    return { f: (x) => pv.fft.irfft(x, { n }), inputs: { x: complexNormal([2, Math.floor(n / 2) + 1], seed) } };
  },
  fft2: one((x) => pv.fft.fft2(x).mul(x), complexNormal),
  'power spectrum': one((x) => pv.fft.rfft2(x).abs().square()),
  'log of a spectrum': one((x) => pv.fft.rfft2(x).abs().square().add(1).log(), normal, 3),
  'angle of a spectrum': one((x) => pv.fft.rfft(x).mul(pv.complex(1, 0.5)).angle()),
  'frames of a signal': (seed, size) => ({ f: (x) => frames(x, 8, 4), inputs: { x: normal([2, 16 + 4 * size(0, 2)], seed) } }),
  'complex products': pair((a, b) => a.mul(b.conj()).div(b.square().add(4)), alike, complexNormal),
  'complex exponential': one((x) => x.exp().real().mul(x.imag()), complexNormal),
  'custom filter': signal,
  'custom square': one((x) => square(x), complexNormal),
  'batched matmul': pair(
    (a, b) => a.matmul(b),
    (size) => [
      [2, size(2, 4), 3],
      [3, size(2, 5)],
    ],
  ),
  'complex matmul of any size': pair(
    (a, b) => a.matmul(b),
    (size) => [
      [size(2, 4), 3],
      [3, size(2, 5)],
    ],
    complexNormal,
  ),
  einsum: pair(
    (a, b) => pv.einsum('bixy,ioxy->boxy', a, b),
    (size) => {
      const [x, y] = [size(2, 3), size(2, 4)];
      return [
        [2, 3, x, y],
        [3, 2, x, y],
      ];
    },
  ),
  'sums and means': one(
    (x) =>
      x
        .square()
        .sum({ axis: 0 })
        .add(x.mean({ axis: 1 }).mean()),
    normal,
  ),
  'variance and norm': one((x) => x.var({ axis: 1 }).mul(x.norm({ axis: 1 }))),
  'largest and smallest': one((x) => x.max({ axis: 0 }).mul(x.min({ axis: 0 }))),
  'roots and logarithms': one((x) => x.sqrt().mul(x.log()).add(x.pow(1.5)), positive),
  quotients: pair(
    (a, b) => F.tanh(a.div(b.square().add(1))),
    (size) => {
      const n = size(2, 5);
      return [[size(2, 4), n], [n]];
    },
  ),
  'maximum and clamp': pair((a, b) => a.maximum(b).mul(a.clamp({ min: -1, max: 1 })), alike),
  'where and abs': pair((a, b) => pv.where(a.gt(b), a.abs(), b.square()), alike),
  'reshapes and flips': one((x) => x.reshape([-1]).flip(0).roll(2, 0).square(), normal, 3),
  'padded and rolled': one((x) =>
    x
      .pad(
        [
          [1, 2],
          [0, 1],
        ],
        { mode: 'constant' },
      )
      .roll([1, -2], [0, 1])
      .mul(x.sum()),
  ),
  reflected: one((x) =>
    x
      .pad(
        [
          [1, 1],
          [1, 0],
        ],
        { mode: 'reflect' },
      )
      .cos(),
  ),
  'joined and taken': pair((a, b) => pv.concat([a, b, a.mul(b)], { axis: 1 }).take([0, 2, 2, 1], { axis: 1 }), alike),
} satisfies Record<string, MakeSubject>;
