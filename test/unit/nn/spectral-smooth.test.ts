import { expect } from 'chai';
import * as pv from '../../../src/index.js';
import { numbers, useDevice } from '../../devices.js';

const { nn } = pv;
const F = pv.nn.functional;

async function gap(a: pv.Tensor, b: pv.Tensor): Promise<number> {
  expect(a.shape).to.deep.equal(b.shape);
  return a.sub(b).abs().max().item();
}

/** float64, sums of at most a few thousand terms of order 1. */
const exact = 1e-12;

/** The offset from the middle of place i of n around a circle. */
const offset = (i: number, n: number): number => (i < n / 2 ? i : i - n);

/** The cubic B-spline. */
function cubic(t: number): number {
  const d = Math.abs(t);
  return d >= 2 ? 0 : d >= 1 ? (2 - d) ** 3 / 6 : (4 - 6 * d ** 2 + 3 * d ** 3) / 6;
}

/** What theory says of the window at offset j, where n is r·k: the transform of the function that interpolates, over its value at the nodes. */
const windows: Readonly<Record<'bilinear' | 'spline', (j: number, k: number, n: number) => number>> = {
  bilinear: (j, k, n) => (j === 0 ? 1 : (Math.sin((Math.PI * j) / k) / ((n / k) * Math.sin((Math.PI * j) / n))) ** 2),
  spline: (j, k, n) => {
    const r = n / k;
    let sum = 0;
    for (let i = -2 * r; i <= 2 * r; i++) sum += (cubic(i / r) * Math.cos((2 * Math.PI * i * j) / n)) / r;
    return sum / ((2 + Math.cos((2 * Math.PI * j) / k)) / 3);
  },
};

/** The kernels of a layer on images of n×n, [out, in, n, n], their middle first. */
function kernels(layer: pv.nn.SmoothSpectralConv2d, n: number): pv.Tensor {
  return pv.fft.irfft2(layer.multipliers(n), { s: [n, n] });
}

/** The share of the energy of kernels further than `most` pixels from their middle along some axis. */
async function tail(layer: pv.nn.SmoothSpectralConv2d, n: number, most: number): Promise<number> {
  const taps = await kernels(layer, n).data();
  let [far, all] = [0, 0];
  taps.forEach((tap, at) => {
    const places = [Math.floor(at / n) % n, at % n].map((i) => Math.abs(offset(i, n)));
    all += tap ** 2;
    if (Math.max(...places) > most) far += tap ** 2;
  });
  return far / all;
}

describe('SmoothSpectralConv2d', () => {
  useDevice('cpu');

  it('with as many weights as the image has pixels it begins as a circular nn.Conv2d of the same seed', async () => {
    for (const n of [5, 7]) {
      const x = pv.tensor(numbers(1, 2 * 3 * n * n), { shape: [2, 3, n, n] });
      const options = { padding: (n - 1) / 2, paddingMode: 'circular', seed: 4 } as const;
      const expected = new nn.Conv2d(3, 4, n, options).forward(x);
      for (const interpolation of ['bilinear', 'spline'] as const)
        expect(await gap(new nn.SmoothSpectralConv2d(3, 4, n, { interpolation, seed: 4 }).forward(x), expected)).to.be.at.most(exact);
    }
  });

  for (const interpolation of ['bilinear', 'spline'] as const) {
    for (const k of [3, 4]) {
      it(`${interpolation}, ${k}×${k}: kernels are ${k} taps with the period ${k} under the window of theory`, async () => {
        const n = 12;
        const layer = new nn.SmoothSpectralConv2d(1, 1, k, { interpolation, seed: 5, bias: false });
        const taps = await new nn.Conv2d(1, 1, k, { seed: 5 }).weight.data();
        const middle = Math.floor(k / 2);
        const expected = Array.from({ length: n * n }, (_, at) => {
          const [y, x] = [offset(Math.floor(at / n), n), offset(at % n, n)];
          const tap = taps[((y + middle + n) % k) * k + ((x + middle + n) % k)]!;
          return tap * windows[interpolation](y, k, n) * windows[interpolation](x, k, n);
        });
        expect(await gap(kernels(layer, n), pv.tensor(expected, { shape: [1, 1, n, n] }))).to.be.at.most(exact);
      });
    }
  }

  it('has kernels of k pixels: outside is a tenth of their energy with straight lines, half of that with a spline, and hardly any beyond k', async () => {
    for (const k of [3, 5, 7]) {
      for (const [interpolation, within, beyond] of [
        ['bilinear', 0.12, 0.01],
        ['spline', 0.06, 1e-4],
      ] as const) {
        const layer = new nn.SmoothSpectralConv2d(4, 8, k, { interpolation, seed: 6 });
        expect(await tail(layer, 42, Math.floor(k / 2)), `${interpolation}, k = ${k}`).to.be.within(1e-3, within);
        expect(await tail(layer, 42, k), `${interpolation}, k = ${k}`).to.be.below(beyond);
      }
    }
  });

  it('one weight is a multiplier for all frequencies', async () => {
    const x = pv.tensor(numbers(2, 30), { shape: [1, 1, 5, 6] });
    const { weight, bias } = new nn.Conv2d(1, 2, 1, { seed: 7 });
    for (const interpolation of ['bilinear', 'spline'] as const) {
      const layer = new nn.SmoothSpectralConv2d(1, 2, 1, { interpolation, seed: 7 });
      expect(await gap(layer.forward(x), F.conv2d(x, weight, bias))).to.be.at.most(exact);
    }
  });

  it('a learned size puts its Gaussian over the kernel, and nothing else', async () => {
    const n = 10;
    const make = (learnSize: boolean): pv.nn.SmoothSpectralConv2d => new nn.SmoothSpectralConv2d(2, 3, [4, 5], { seed: 8, learnSize });
    const [free, sized] = [make(false), make(true)];
    const { logSize } = sized.scales[0]!;
    expect(await logSize!.exp().array()).to.deep.equal([Math.exp(Math.log(4)), Math.exp(Math.log(5))]);
    logSize!.assign(pv.tensor([Math.log(2.5), Math.log(6)]));
    const window = pv.tensor(
      Array.from({ length: n * n }, (_, at) => {
        const [y, x] = [offset(Math.floor(at / n), n), offset(at % n, n)];
        return Math.exp(-2 * (y / 2.5) ** 2) * Math.exp(-2 * (x / 6) ** 2);
      }),
      { shape: [n, n] },
    );
    expect(await gap(kernels(sized, n), kernels(free, n).mul(window))).to.be.at.most(exact);
  });

  it('learns the size of the kernel that it is shown', async () => {
    // A kernel of ones under a Gaussian of 3 pixels: the layer begins with 9, and finds it from what the kernel does to noise.
    const make = (seed: number): pv.nn.SmoothSpectralConv2d => new nn.SmoothSpectralConv2d(1, 1, 9, { seed, learnSize: true, bias: false });
    const [teacher, pupil] = [make(9), make(9)];
    teacher.scales[0]!.logSize!.assign(pv.tensor([Math.log(3), Math.log(3)]));
    const { logSize } = pupil.scales[0]!;
    const optimizer = new pv.optim.Adam([logSize!], { lr: 0.1 });
    const x = pv.randn([4, 1, 16, 16], { seed: 1 });
    for (let step = 0; step < 60; step++) {
      optimizer.zeroGrad();
      F.mseLoss(pupil.forward(x), teacher.forward(x).detach()).backward();
      await optimizer.step();
    }
    for (const size of (await logSize!.exp().array()) as number[]) expect(size).to.be.closeTo(3, 0.1);
  });

  it('of several sizes each makes its share of the channels', async () => {
    const sizes = [
      [3, 3],
      [5, 4],
    ] as const;
    const layer = new nn.SmoothSpectralConv2d(2, 6, sizes, { seed: 10 });
    const x = pv.tensor(numbers(3, 2 * 9 * 8), { shape: [1, 2, 9, 8] });
    const parts = sizes.map((size, i) => new nn.SmoothSpectralConv2d(2, 3, size, { seed: 10 + 2 * i }).forward(x));
    expect(await gap(layer.forward(x), pv.concat(parts, { axis: 1 }))).to.be.at.most(exact);
    expect([...layer.namedParameters().keys()]).to.deep.equal(['bias', 'scales.0.weight', 'scales.1.weight']);
    expect(layer.scales[1]!.weight.shape).to.deep.equal([3, 2, 5, 4]);
    const alone = layer.scales[1]!.forward(x).add(layer.bias!.slice([3]).reshape([3, 1, 1]));
    expect(await gap(alone, parts[1]!)).to.be.at.most(exact);
  });

  it('is the same filter of pixels at every resolution: multipliers are equal at equal frequencies', async () => {
    const layer = new nn.SmoothSpectralConv2d(2, 3, [
      [3, 3],
      [7, 5],
      [4, 4],
    ]);
    const coarse = layer.multipliers(32);
    const fine = layer.multipliers(64);
    const every = fine.reshape([3, 2, 32, 2, 33]).slice([0, 0, 0, 0, 0], [3, 2, 32, 1, 33]).reshape([3, 2, 32, 33]);
    const even = every.take(
      Array.from({ length: 17 }, (_, i) => 2 * i),
      { axis: 3 },
    );
    expect(await gap(even, coarse)).to.be.at.most(exact);
    // So what few frequencies make at 32² is, repeated twice along each axis, what they make at 64².
    const x = pv.tensor(numbers(4, 2 * 32 * 32), { shape: [1, 2, 32, 32] });
    const twice = (t: pv.Tensor): pv.Tensor => pv.concat([t, t], { axis: 2 });
    const tiled = (t: pv.Tensor): pv.Tensor => pv.concat([twice(t), twice(t)], { axis: 3 });
    expect(await gap(layer.forward(tiled(x)), tiled(layer.forward(x)))).to.be.at.most(exact);
  });
});
