import { expect } from 'chai';
import * as pv from '../../../src/index.js';
import { deviceNames, numbers, useDevice } from '../../devices.js';

const { nn } = pv;
const F = pv.nn.functional;

async function gap(a: pv.Tensor, b: pv.Tensor): Promise<number> {
  expect(a.shape).to.deep.equal(b.shape);
  return a.sub(b).abs().max().item();
}

/** float64, sums of at most a few thousand terms of order 1. */
const exact = 1e-12;
const images = (seed: number, shape: readonly [number, number, number, number]): pv.Tensor =>
  pv.tensor(numbers(seed, shape[0] * shape[1] * shape[2] * shape[3]), { shape });

/** Circular cross-correlation in space by kernels as large as the image: x repeated to the right and below, then 'valid'. */
function circular(x: pv.Tensor, kernels: pv.Tensor, bias: pv.Tensor | null): pv.Tensor {
  const [h, w] = x.shape.slice(2) as [number, number];
  const widths = [
    [0, 0],
    [0, 0],
    [0, h - 1],
    [0, w - 1],
  ] as const;
  return F.conv2d(x.pad(widths, { mode: 'circular' }), kernels, bias, { algorithm: 'direct' });
}

describe('a network in the frequency domain', () => {
  useDevice('cpu');

  for (const size of [
    [6, 8],
    [7, 5],
  ] as const) {
    it(`HadamardConv2d is a circular cross-correlation by kernels as large as the image, ${size.join('×')}`, async () => {
      const layer = new nn.HadamardConv2d(2, 3, size, { seed: 1 });
      layer.bias!.assign(pv.tensor([0.5, -1, 2]));
      const x = images(2, [2, 2, ...size]);
      const y = pv.fft.irfft2(layer.forward(pv.fft.rfft2(x, { norm: 'ortho' })), { s: size, norm: 'ortho' });
      const kernels = pv.fft.irfft2(layer.weight, { s: size });
      expect(await gap(y, circular(x, kernels, layer.bias))).to.be.at.most(exact);
    });
  }

  it("with 'inverse-relu' it is the spatial network: circular convolutions, relu and pooling", async () => {
    const network = new nn.FourierCNN(2, [12, 9], 5, { channels: [3, 4], nonlinearity: 'inverse-relu', seed: 3 });
    const x = images(4, [2, 2, 12, 9]);
    let y = x;
    let size: readonly [number, number] = [12, 9];
    for (const layer of network.layers) {
      if (!(layer instanceof nn.HadamardConv2d)) continue;
      layer.bias!.assign(pv.tensor(numbers(5, layer.bias!.size)));
      const half = [Math.floor(size[0] / 2), Math.floor(size[1] / 2)] as const;
      const convolved = circular(y, pv.fft.irfft2(layer.weight, { s: size }), layer.bias);
      y = F.spectralPool2d(F.relu(convolved), half);
      size = half;
    }
    const last = network.layers.at(-1) as pv.nn.Linear;
    const expected = F.linear(y.reshape([2, 4 * 3 * 2]), last.weight, last.bias);
    expect(await gap(network.forward(x), expected)).to.be.at.most(exact);
    expect(await expected.abs().max().item()).to.be.above(0.1);
  });

  it("with 'none' it is linear, with each nonlinearity it is not", async () => {
    const [a, b] = [images(6, [1, 2, 8, 8]), images(7, [1, 2, 8, 8])];
    for (const nonlinearity of ['none', 'crelu', 'modrelu', 'inverse-relu'] as const) {
      const network = new nn.FourierCNN(2, 8, 3, { channels: [4, 4], nonlinearity, seed: 8 });
      // modReLU begins as nearly the identity: its dead zone must be as large as bins are.
      for (const layer of network.layers) if (layer instanceof nn.ModReLU) layer.bias.assign(pv.full(layer.bias.shape, -0.5));
      const at = (x: pv.Tensor): pv.Tensor => network.forward(x).sub(network.forward(pv.zeros(x.shape)));
      const difference = await gap(at(a.add(b)), at(a).add(at(b)));
      if (nonlinearity === 'none') expect(difference).to.be.at.most(exact);
      else expect(difference, nonlinearity).to.be.above(1e-2);
    }
  });

  it('ModReLU keeps phases, so that what is shifted stays shifted, and takes b from magnitudes', async () => {
    const layer = new nn.ModReLU(2, { seed: 1 });
    layer.bias.assign(pv.tensor([-0.4, 0.3]));
    const filter = (x: pv.Tensor): pv.Tensor =>
      pv.fft.irfft2(layer.forward(pv.fft.rfft2(x, { norm: 'ortho' })), { s: [8, 7], norm: 'ortho' });
    const x = images(9, [1, 2, 8, 7]);
    expect(await gap(filter(x.roll([3, 2], [2, 3])), filter(x).roll([3, 2], [2, 3]))).to.be.at.most(exact);
    const z = pv.complex(pv.tensor([0.6, 0.3, 0, 0.6]), pv.tensor([0.8, 0.1, 0, 0.8])).reshape([1, 2, 1, 2]);
    const values = (await layer.forward(z).data()) as Float64Array;
    // |z| is 1, √0.1, 0 and 1; the second is below −b, and 1e-5 is added where it divides.
    const expected = [0.36, 0.48, 0, 0, 0, 0, 0.78, 1.04];
    values.forEach((value, i) => expect(value).to.be.closeTo(expected[i]!, 2e-5));
  });

  it('ComplexReLU rectifies real and imaginary parts apart', async () => {
    const z = pv.complex(pv.tensor([1, -2, 3, -4]), pv.tensor([-5, 6, 7, -8]));
    expect(await new nn.ComplexReLU().forward(z).array()).to.deep.equal([
      [1, 0],
      [0, 6],
      [3, 7],
      [0, 0],
    ]);
  });

  it('a Hadamard layer begins by keeping energy', async () => {
    const x = pv.randn([8, 16, 16, 16], { seed: 10 });
    const y = new nn.HadamardConv2d(16, 16, 16, { seed: 11 }).forward(pv.fft.rfft2(x, { norm: 'ortho' }));
    const image = pv.fft.irfft2(y, { s: [16, 16], norm: 'ortho' });
    expect(await image.square().mean().item()).to.be.closeTo(1, 0.05);
  });

  it('the same seed gives the same network, and its layers differ from each other', async () => {
    const make = (): pv.nn.FourierCNN => new nn.FourierCNN(4, 8, 3, { channels: [4, 4], nonlinearity: 'none', seed: 12 });
    const [a, b] = [make().parameters(), make().parameters()];
    for (const [i, parameter] of a.entries()) expect(await gap(parameter, b[i]!)).to.equal(0);
    const [first, second] = make().layers.filter((layer) => layer instanceof nn.HadamardConv2d);
    const corner = (layer: pv.nn.HadamardConv2d): pv.Tensor => layer.weight.slice([0, 0, 0, 0], [4, 4, 4, 3]);
    expect(await gap(corner(first!), corner(second!))).to.be.above(0.1);
  });
});

for (const device of deviceNames) {
  describe(`spectral networks learn on ${device}`, () => {
    useDevice(device);

    it('which of two textures an image has, without a sample that they have seen', async () => {
      // Stripes of 4 or 5 periods in any direction and phase, under noise: no pixel tells them apart, one bin does.
      const draw = (seed: number): { x: pv.Tensor; labels: pv.Tensor } => {
        const random = numbers(seed, 3 * 32 + 32 * 256);
        const values = Float64Array.from({ length: 32 * 256 }, (_, at) => {
          const [s, i, j] = [Math.floor(at / 256), Math.floor(at / 16) % 16, at % 16];
          const phase = Math.PI * random[3 * s]!;
          const place = random[3 * s + 1]! > 0 ? i : j;
          return Math.sin((2 * Math.PI * (4 + (s % 2)) * place) / 16 + phase) + 0.5 * random[96 + at]!;
        });
        const labels = Int32Array.from({ length: 32 }, (_, s) => s % 2);
        return { x: pv.tensor(values, { shape: [32, 1, 16, 16] }), labels: pv.tensor(labels) };
      };
      const network = new nn.Sequential(new nn.FourierTransform2d(), new nn.HadamardConv2d(1, 4, 16, { seed: 1 }), new nn.InverseReLU(16));
      const readout = new nn.Linear(4, 2, { seed: 2 });
      const classify = (x: pv.Tensor): pv.Tensor => {
        const y = pv.fft.irfft2(network.forward(x), { s: [16, 16], norm: 'ortho' });
        return readout.forward(y.mean({ axis: [2, 3] }));
      };
      const optimizer = new pv.optim.Adam([...network.parameters(), ...readout.parameters()], { lr: 0.03 });
      for (let step = 0; step < 40; step++) {
        const { x, labels } = draw(100 + step);
        optimizer.zeroGrad();
        F.crossEntropy(classify(x), labels).backward();
        await optimizer.step();
      }
      const { x, labels } = draw(7);
      const right = classify(x).argmax({ axis: 1 }).eq(labels).astype('float32').mean();
      expect(await right.item()).to.be.at.least(0.9);
    });
  });
}
