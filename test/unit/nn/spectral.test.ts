import { expect } from 'chai';
import * as pv from '../../../src/index.js';
import { numbers, useDevice } from '../../devices.js';

const { nn } = pv;
const F = pv.nn.functional;

/** A tensor of numbers that are not the library's own. */
function given(seed: number, shape: readonly number[]): pv.Tensor {
  return pv.tensor(
    numbers(
      seed,
      shape.reduce((size, extent) => size * extent, 1),
    ),
    { shape },
  );
}

/** The largest difference of two tensors of one shape. */
async function gap(a: pv.Tensor, b: pv.Tensor): Promise<number> {
  expect(a.shape).to.deep.equal(b.shape);
  return a.sub(b).abs().max().item();
}

/** float64, sums of at most a few thousand terms of order 1. */
const exact = 1e-12;

/** A field on the unit square with `most` periods at most along each axis, sampled at h×w places: [1, channels, h, w]. */
function field(channels: number, most: number, h: number, w: number): pv.Tensor {
  const waves = numbers(11, channels * (2 * most + 1) ** 2 * 2);
  const values = new Float64Array(channels * h * w);
  let at = 0;
  for (let channel = 0; channel < channels; channel++) {
    for (let ky = -most; ky <= most; ky++) {
      for (let kx = -most; kx <= most; kx++) {
        const [amplitude, phase] = [waves[at++]!, Math.PI * waves[at++]!];
        for (let i = 0; i < h; i++)
          for (let j = 0; j < w; j++)
            values[(channel * h + i) * w + j]! += amplitude * Math.cos(2 * Math.PI * ((ky * i) / h + (kx * j) / w) + phase);
      }
    }
  }
  return pv.tensor(values, { shape: [1, channels, h, w] });
}

/** Σ over in and places of x·k at places further on (sign 1: correlation) or further back (−1: convolution) around the image; k [out, in, h, w]. */
async function circular(x: pv.Tensor, k: pv.Tensor, sign: 1 | -1): Promise<pv.Tensor> {
  const [batch, from, h, w] = x.shape as readonly [number, number, number, number];
  const to = k.shape[0] as number;
  const [a, b] = [await x.data(), await k.data()];
  const y = new Float64Array(batch * to * h * w);
  const mod = (p: number, n: number): number => ((p % n) + n) % n;
  for (let s = 0; s < batch; s++)
    for (let o = 0; o < to; o++)
      for (let i = 0; i < from; i++)
        for (let p = 0; p < h * w; p++)
          for (let q = 0; q < h * w; q++) {
            const row = mod(Math.floor(p / w) + sign * Math.floor(q / w), h);
            const column = mod((p % w) + sign * (q % w), w);
            y[(s * to + o) * h * w + p]! += a[((s * from + i) * h + row) * w + column]! * b[(o * from + i) * h * w + q]!;
          }
  return pv.tensor(y, { shape: [batch, to, h, w] });
}

/** A spectrum [..., h, w] whose real part is odd and whose imaginary part is even under k → −k: that of no real image at all. */
function unreal(seed: number, shape: readonly number[]): pv.Tensor {
  const z = pv.complex(given(seed, shape), given(seed + 1, shape));
  return z.sub(z.conj().flip([-2, -1]).roll([1, 1], [-2, -1]));
}

describe('spectral layers', () => {
  useDevice('cpu');

  describe('GlobalFilter2d', () => {
    for (const [h, w] of [
      [6, 8],
      [7, 5],
    ] as const) {
      it(`with ones in place of its filter it is the identity, ${h}×${w}`, async () => {
        const layer = new nn.GlobalFilter2d(3, [h, w], { seed: 1 });
        layer.weight.assign(pv.complex(pv.ones(layer.weight.shape), 0));
        const x = given(2, [2, 3, h, w]);
        expect(await gap(layer.forward(x), x)).to.be.at.most(exact);
      });
    }

    it('begins with deviation 0.02 in both parts', async () => {
      const { weight } = new nn.GlobalFilter2d(16, 32, { seed: 1 });
      // Of n samples the deviation is known to 1/√(2n): 16·32·17 of them, and five times that.
      for (const part of [weight.real(), weight.imag()]) {
        expect(Math.sqrt(await part.var().item())).to.be.closeTo(0.02, (0.02 * 5) / Math.sqrt(2 * weight.size));
      }
    });
  });

  describe('spectral pooling', () => {
    for (const [h, w, p, q] of [
      [12, 16, 6, 8],
      [12, 15, 7, 8],
      [9, 11, 9, 7],
    ] as const) {
      it(`a picture of few frequencies is sampled more coarsely, and exactly: ${h}×${w} to ${p}×${q}`, async () => {
        expect(await gap(F.spectralPool2d(field(2, 2, h, w), [p, q]), field(2, 2, p, q))).to.be.at.most(exact);
      });
    }

    it('a picture that was enlarged with its Nyquist bins halved is given back, whatever its frequencies', async () => {
      const small = given(3, [1, 2, 6, 8]);
      const [p, q, h, w] = [6, 8, 14, 12];
      // By the definition: bin ±n/2 of an even size goes in halves to both frequencies.
      const bins = (n: number): { k: number; at: number; share: number }[] =>
        Array.from({ length: n + 1 }, (_, i) => i - n / 2).map((k) => ({ k, at: (k + n) % n, share: Math.abs(k) === n / 2 ? 0.5 : 1 }));
      const spectrum = await pv.fft.fft2(small, { norm: 'forward' }).data();
      const large = new Float64Array(2 * h * w);
      for (let c = 0; c < 2; c++)
        for (const y of bins(p))
          for (const x of bins(q)) {
            const from = 2 * ((c * p + y.at) * q + x.at);
            for (let i = 0; i < h; i++)
              for (let j = 0; j < w; j++) {
                const angle = 2 * Math.PI * ((y.k * i) / h + (x.k * j) / w);
                large[(c * h + i) * w + j]! +=
                  y.share * x.share * (spectrum[from]! * Math.cos(angle) - spectrum[from + 1]! * Math.sin(angle));
              }
          }
      expect(await gap(F.spectralPool2d(pv.tensor(large, { shape: [1, 2, h, w] }), [p, q]), small)).to.be.at.most(exact);
    });

    it('keeps the mean of every channel', async () => {
      const x = given(4, [2, 3, 10, 13]);
      const mean = (t: pv.Tensor): pv.Tensor => t.mean({ axis: [2, 3] });
      expect(await gap(mean(F.spectralPool2d(x, [4, 6])), mean(x))).to.be.at.most(exact);
      expect(await gap(new nn.SpectralPool2d([4, 6]).forward(x), F.spectralPool2d(x, [4, 6]))).to.equal(0);
    });

    for (const [from, to] of [
      [
        [8, 10],
        [4, 6],
      ],
      [
        [9, 7],
        [4, 6],
      ],
      [
        [8, 6],
        [8, 3],
      ],
      [
        [8, 6],
        [1, 1],
      ],
    ] as const) {
      it(`truncating a spectrum gives the spectrum of the pooled picture, every bin of it: ${from.join('×')} to ${to.join('×')}`, async () => {
        const x = given(5, [2, 2, ...from]);
        const kept = new nn.SpectralTruncation2d(from, to).forward(new nn.FourierTransform2d().forward(x));
        // Orthonormal spectra of a mean grow with the root of the number of pixels.
        expect(await gap(kept, pv.fft.rfft2(F.spectralPool2d(x, to), { norm: 'ortho' }))).to.be.at.most(exact);
      });
    }
  });

  describe('FourierOperatorConv2d', () => {
    it('with all modes it is a circular convolution', async () => {
      const [h, w] = [6, 8];
      const kernel = given(6, [2, 3, h, w]);
      const spectrum = pv.fft.rfft2(kernel);
      const layer = new nn.FourierOperatorConv2d(2, 3, [h / 2, w / 2 + 1]);
      layer.weightPositive.assign(spectrum.slice([0, 0, 0, 0], [2, 3, h / 2, w / 2 + 1]));
      layer.weightNegative.assign(spectrum.slice([0, 0, h / 2, 0], [2, 3, h, w / 2 + 1]));
      const x = given(7, [2, 2, h, w]);
      expect(await gap(layer.forward(x), await circular(x, kernel.transpose([1, 0, 2, 3]), -1))).to.be.at.most(exact);
    });

    it('is the same operator on a field at every resolution', async () => {
      const layer = new nn.FourierOperatorConv2d(2, 3, [4, 5], { seed: 8 });
      const coarse = layer.forward(field(2, 4, 16, 16));
      for (const size of [32, 24]) {
        // What comes out has the modes' frequencies alone, so that pooling only takes fewer samples of it.
        const fine = layer.forward(field(2, 4, size, size));
        expect(await gap(F.spectralPool2d(fine, 16), coarse)).to.be.at.most(exact);
      }
      const every = layer
        .forward(field(2, 4, 32, 32))
        .reshape([1, 3, 16, 2, 16, 2])
        .slice([0, 0, 0, 0, 0, 0], [1, 3, 16, 1, 16, 1]);
      expect(await gap(every.reshape([1, 3, 16, 16]), coarse)).to.be.at.most(exact);
      expect(await coarse.abs().max().item()).to.be.above(0.1);
    });

    it('begins uniform in [0, 1)/(in·out), real and imaginary parts', async () => {
      const { weightPositive } = new nn.FourierOperatorConv2d(4, 5, 8, { seed: 9 });
      for (const part of [weightPositive.real(), weightPositive.imag()]) {
        expect(await part.min().item()).to.be.within(0, 0.01 / 20);
        expect(await part.max().item()).to.be.within(0.99 / 20, 1 / 20);
      }
    });
  });

  describe('SpectralConv2d', () => {
    it('begins as nn.Conv2d of the same seed and does the same', async () => {
      const options = { padding: 2, stride: [1, 2], groups: 2, seed: 3 } as const;
      const x = given(9, [2, 4, 9, 8]);
      const expected = new nn.Conv2d(4, 6, [4, 5], options).forward(x);
      for (const more of [{}, { spectrumSize: [9, 8] }, { scaling: 'ortho' }, { scaling: 'backward' }] as const) {
        expect(await gap(new nn.SpectralConv2d(4, 6, [4, 5], { ...options, ...more }).forward(x), expected)).to.be.at.most(exact);
      }
    });

    /** How far kernels are from those of nn.Conv2d after some steps on the same data, relative to how far those have moved. */
    async function apart(
      kernelSize: readonly [number, number],
      scaling: 'unitary' | 'ortho' | 'backward',
      make: (parameters: pv.Tensor[]) => { zeroGrad(): void; step(): Promise<void> },
    ): Promise<number> {
      const spatial = new nn.Conv2d(2, 3, kernelSize, { seed: 5 });
      const spectral = new nn.SpectralConv2d(2, 3, kernelSize, { seed: 5, scaling });
      const begin = spatial.weight.detach().keep();
      const x = given(10, [4, 2, 9, 9]);
      const target = given(11, [4, 3, 10 - kernelSize[0], 10 - kernelSize[1]]);
      for (const layer of [spatial, spectral]) {
        const optimizer = make(layer.parameters());
        for (let step = 0; step < 5; step++) {
          optimizer.zeroGrad();
          F.mseLoss(layer.forward(x), target).backward();
          await optimizer.step();
        }
      }
      const norm = (t: pv.Tensor): Promise<number> => t.norm().item();
      return (await norm(spectral.kernel().sub(spatial.weight))) / (await norm(spatial.weight.sub(begin)));
    }

    for (const size of [
      [3, 3],
      [4, 4],
      [5, 6],
      [1, 2],
    ] as const) {
      it(`takes the steps of SGD on the kernel itself, √2 and all: ${size.join('×')}`, async () => {
        const sgd = (parameters: pv.Tensor[]): pv.optim.SGD => new pv.optim.SGD(parameters, { lr: 0.3, momentum: 0.9 });
        expect(await apart(size, 'unitary', sgd)).to.be.at.most(1e-13);
      });
    }

    it('takes other steps without the √2, and under Adam, which is not invariant to rotations', async () => {
      const sgd = (parameters: pv.Tensor[]): pv.optim.SGD => new pv.optim.SGD(parameters, { lr: 0.3 });
      expect(await apart([5, 5], 'ortho', sgd)).to.be.above(0.1);
      expect(await apart([5, 5], 'backward', sgd)).to.be.above(0.5);
      const adam = (parameters: pv.Tensor[]): pv.optim.Adam => new pv.optim.Adam(parameters, { lr: 0.01 });
      expect(await apart([5, 5], 'unitary', adam)).to.be.above(0.1);
    });

    it('is the same operator on a field sampled twice as finely, with its taps twice as far apart', async () => {
      const layer = new nn.SpectralConv2d(2, 3, 5, { seed: 6, padding: 2, paddingMode: 'circular' });
      const coarse = layer.forward(field(2, 7, 16, 16));
      const options = { padding: 4, dilation: 2, paddingMode: 'circular' } as const;
      const fine = F.conv2d(field(2, 7, 32, 32), layer.kernel(), layer.bias, options);
      expect(await gap(F.spectralPool2d(fine, 16), coarse)).to.be.at.most(exact);
    });
  });

  describe('what is redundant has no effect', () => {
    it('in the self-mirrored columns of a half spectrum: SpectralConv2d and GlobalFilter2d', async () => {
      const x = given(12, [1, 2, 8, 6]);
      const layers = [
        { layer: new nn.SpectralConv2d(2, 2, [4, 6], { seed: 1 }), columns: [0, 3] },
        { layer: new nn.SpectralConv2d(2, 2, [5, 5], { seed: 1 }), columns: [0] },
        { layer: new nn.GlobalFilter2d(2, [8, 6], { seed: 1 }), columns: [0, 3] },
      ];
      for (const { layer, columns } of layers) {
        const { shape } = layer.weight;
        const [h, bins] = shape.slice(-2) as [number, number];
        const before = layer.forward(x).detach().keep();
        // A column of an image that is one pixel wide: no other column takes part.
        const column = (at: number): pv.Tensor =>
          unreal(20 + at, [...shape.slice(0, -2), h, 1]).pad([
            ...shape.slice(0, -1).map((): [number, number] => [0, 0]),
            [at, bins - 1 - at],
          ]);
        const change = columns.map(column).reduce((a, b) => a.add(b));
        expect(await change.abs().max().item()).to.be.above(0.5);
        layer.weight.assign(layer.weight.add(change));
        expect(await gap(layer.forward(x), before)).to.be.at.most(exact);
        layer.forward(x).square().sum().backward();
        const along = layer.weight.grad!.conj().mul(change).real().sum();
        expect(Math.abs(await along.item())).to.be.at.most(exact * 1e2);
      }
    });

    it('in the weights of SmoothSpectralConv2d', async () => {
      const x = given(13, [1, 2, 9, 8]);
      const layer = new nn.SmoothSpectralConv2d(2, 3, [4, 5], { seed: 2 });
      const before = layer.forward(x).detach().keep();
      const { weight } = layer.scales[0]!;
      weight.assign(weight.add(unreal(30, weight.shape)));
      expect(await gap(layer.forward(x), before)).to.be.at.most(exact);
    });

    it('in frequency zero along the rows of FourierOperatorConv2d', async () => {
      const x = given(14, [1, 2, 8, 8]);
      const layer = new nn.FourierOperatorConv2d(2, 2, [4, 2], { seed: 3 });
      const before = layer.forward(x).detach().keep();
      const column = unreal(40, [2, 2, 8, 1]);
      const part = (begin: number): pv.Tensor =>
        column.slice([0, 0, begin, 0], [2, 2, begin + 4, 1]).pad([
          [0, 0],
          [0, 0],
          [0, 0],
          [0, 1],
        ]);
      layer.weightPositive.assign(layer.weightPositive.add(part(0)));
      layer.weightNegative.assign(layer.weightNegative.add(part(4)));
      expect(await gap(layer.forward(x), before)).to.be.at.most(exact);
    });
  });
});
