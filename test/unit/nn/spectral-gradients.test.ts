import { expect } from 'chai';
import * as pv from '../../../src/index.js';
import { deviceNames, useDevice } from '../../devices.js';

const { nn } = pv;
const image = (): pv.Tensor => pv.randn([2, 3, 8, 6], { seed: 1 });
const spectrum = (): pv.Tensor => pv.fft.rfft2(image(), { norm: 'ortho' });

/** Each layer with its input, made on the current device. */
const layers: readonly (readonly [name: string, make: () => pv.nn.Module, input: () => pv.Tensor])[] = [
  ['FourierOperatorConv2d', () => new nn.FourierOperatorConv2d(3, 4, [3, 2], { seed: 2 }), image],
  ['GlobalFilter2d', () => new nn.GlobalFilter2d(3, [8, 6], { seed: 2 }), image],
  ['SpectralPool2d to even sizes', () => new nn.SpectralPool2d([4, 2]), image],
  ['SpectralPool2d to odd sizes', () => new nn.SpectralPool2d([5, 3]), image],
  ['SpectralConv2d', () => new nn.SpectralConv2d(3, 4, [3, 4], { seed: 2, padding: 1, stride: 2 }), image],
  ['SpectralConv2d of a larger spectrum', () => new nn.SpectralConv2d(3, 2, 3, { seed: 2, spectrumSize: [8, 6], scaling: 'ortho' }), image],
  ['SmoothSpectralConv2d, bilinear', () => new nn.SmoothSpectralConv2d(3, 4, [3, 4], { seed: 2, interpolation: 'bilinear' }), image],
  [
    'SmoothSpectralConv2d, two learned sizes',
    () =>
      new nn.SmoothSpectralConv2d(
        3,
        4,
        [
          [3, 3],
          [5, 5],
        ],
        { seed: 2, learnSize: true },
      ),
    image,
  ],
  ['HadamardConv2d', () => new nn.HadamardConv2d(3, 4, [8, 6], { seed: 2 }), spectrum],
  ['SpectralTruncation2d', () => new nn.SpectralTruncation2d([8, 6], [4, 3]), spectrum],
  ['ComplexReLU', () => new nn.ComplexReLU(), spectrum],
  ['ModReLU', () => new nn.ModReLU(3, { seed: 2 }), spectrum],
  ['InverseReLU', () => new nn.InverseReLU([8, 6]), spectrum],
  ['FourierTransform2d', () => new nn.FourierTransform2d(), image],
  ['InverseFourierTransform2d', () => new nn.InverseFourierTransform2d([8, 6]), spectrum],
  ['FourierCNN', () => new nn.FourierCNN(3, [8, 6], 5, { channels: [3, 4], seed: 4 }), image],
];

for (const device of deviceNames) {
  describe(`gradients of the spectral layers hold on ${device}`, () => {
    useDevice(device);
    for (const [name, make, input] of layers) {
      it(`${name}: of its input and of every parameter`, async () => {
        const layer = make();
        const report = await pv.gradcheck(layer, { x: input() });
        expect(report.ok, String(report)).to.equal(true);
        expect(report.inputs.map((part) => part.name)).to.deep.equal(['x', ...layer.namedParameters().keys()]);
      });
    }
  });
}
