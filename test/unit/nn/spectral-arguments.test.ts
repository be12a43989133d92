import { expect } from 'chai';
import * as pv from '../../../src/index.js';
import { useDevice } from '../../devices.js';

const { nn } = pv;
const x = (...shape: number[]): pv.Tensor => pv.zeros(shape);
const z = (...shape: number[]): pv.Tensor => pv.complex(pv.zeros(shape), 0);
const bad = (value: unknown): never => value as never;

/** What is done, and the error that it gives. */
const mistakes: readonly (readonly [name: string, f: () => unknown, error: RegExp])[] = [
  // Constructors.
  ['no input channels', () => new nn.SpectralConv2d(0, 4, 3), /SpectralConv2d: inChannels is 0, but must be a positive integer/],
  ['half an output channel', () => new nn.SpectralConv2d(3, 0.5, 3), /SpectralConv2d: outChannels is 0.5, but must be a positive integer/],
  [
    'a size of three numbers',
    () => new nn.SpectralConv2d(3, 4, [3, 3, 3]),
    /SpectralConv2d: kernelSize is \[3, 3, 3\].*a pair \[height, width\]/,
  ],
  [
    'groups that do not divide',
    () => new nn.SpectralConv2d(3, 4, 3, { groups: 2 }),
    /SpectralConv2d: 2 groups do not divide 3 input and 4 output channels/,
  ],
  [
    'a spectrum smaller than its kernel',
    () => new nn.SpectralConv2d(3, 4, 5, { spectrumSize: [8, 4] }),
    /SpectralConv2d: spectrumSize 8×4 is smaller than the kernel, 5×5; it must hold all of it/,
  ],
  [
    'an unknown scaling',
    () => new nn.SpectralConv2d(3, 4, 3, { scaling: bad('forward') }),
    /SpectralConv2d: scaling is 'forward', but must be one of 'unitary', 'ortho', 'backward'/,
  ],
  [
    'a number in place of options',
    () => new nn.SpectralConv2d(3, 4, 3, bad(1)),
    /SpectralConv2d: expects options like \{padding: 1.*given 1/,
  ],
  ['pooling to nothing', () => new nn.SpectralPool2d(0), /SpectralPool2d: size is 0, but must be a positive integer/],
  ['a text as size', () => new nn.SpectralPool2d(bad('half')), /SpectralPool2d: size is 'half', but must be a number or a pair/],
  [
    'an unknown interpolation',
    () => new nn.SmoothSpectralConv2d(3, 4, 3, { interpolation: bad('cubic') }),
    /SmoothSpectralConv2d: interpolation is 'cubic', but must be one of 'bilinear', 'spline'/,
  ],
  [
    'no sizes',
    () => new nn.SmoothSpectralConv2d(3, 4, []),
    /SmoothSpectralConv2d: kernelSize is \[\], but must be a size, or a list of pairs/,
  ],
  [
    'a list of sizes with a number in it',
    () => new nn.SmoothSpectralConv2d(3, 4, bad([[3, 3], 0])),
    /SmoothSpectralConv2d: kernelSize, number 1 is 0, but must be a positive integer/,
  ],
  [
    'sizes that do not share the channels',
    () =>
      new nn.SmoothSpectralConv2d(3, 4, [
        [3, 3],
        [5, 5],
        [7, 7],
      ]),
    /SmoothSpectralConv2d: 3 sizes do not divide 4 output channels; each makes an equal share/,
  ],
  [
    'a word for learnSize',
    () => new nn.SmoothSpectralConv2d(3, 4, 3, { learnSize: bad('yes') }),
    /learnSize is 'yes', but must be true or false/,
  ],
  ['no modes', () => new nn.FourierOperatorConv2d(3, 4, 0), /FourierOperatorConv2d: modes is 0, but must be a positive integer/],
  ['no channels to filter', () => new nn.GlobalFilter2d(0, 8), /GlobalFilter2d: channels is 0, but must be a positive integer/],
  ['a seed of text', () => new nn.GlobalFilter2d(3, 8, { seed: bad('one') }), /seed is 'one', but must be an integer/],
  ['a negative size', () => new nn.HadamardConv2d(3, 4, [8, -8]), /HadamardConv2d: size \(width\) is -8, but must be a positive integer/],
  [
    'truncating to more',
    () => new nn.SpectralTruncation2d(8, [8, 9]),
    /SpectralTruncation2d: 8×9 is larger than 8×8; truncation only makes/,
  ],
  ['no channels to rectify', () => new nn.ModReLU(0), /ModReLU: channels is 0, but must be a positive integer/],
  [
    'an unknown nonlinearity',
    () => new nn.FourierCNN(3, 32, 10, { nonlinearity: bad('relu') }),
    /FourierCNN: nonlinearity is 'relu', but must be one of 'none', 'crelu', 'modrelu', 'inverse-relu'/,
  ],
  [
    'images that cannot be halved',
    () => new nn.FourierCNN(3, [32, 3], 10),
    /FourierCNN: images of 32×3 cannot be halved 2 times; use larger/,
  ],
  ['a number for channels', () => new nn.FourierCNN(3, 32, 10, { channels: bad(16) }), /FourierCNN: channels is 16, but must be a list/],
  [
    'no channels behind a layer',
    () => new nn.FourierCNN(3, 32, 10, { channels: [16, 0] }),
    /FourierCNN: channels\[1\] is 0, but must be a positive/,
  ],
  // What is given to layers.
  [
    'an image without a batch',
    () => new nn.SpectralConv2d(3, 4, 3).forward(x(3, 8, 8)),
    /SpectralConv2d: x is float64 \[3, 8, 8\], but must be a tensor \[batch, channels/,
  ],
  [
    'a list',
    () => new nn.FourierOperatorConv2d(3, 4, 2).forward(bad([1, 2])),
    /FourierOperatorConv2d: x is \[1, 2\], but must be a tensor/,
  ],
  [
    'other channels than the layer has',
    () => new nn.SpectralConv2d(6, 4, 3, { groups: 2 }).forward(x(2, 3, 8, 8)),
    /SpectralConv2d: x \[2, 3, 8, 8\] has 3 channels, but the layer was made for 6; expected \[batch, 6, \.\.\.\]/,
  ],
  [
    'a spectrum in place of images',
    () => new nn.GlobalFilter2d(3, 8).forward(z(2, 3, 8, 8)),
    /GlobalFilter2d: x is complex128, but must be real images/,
  ],
  [
    'images of another size',
    () => new nn.GlobalFilter2d(3, [8, 6]).forward(x(2, 3, 16, 12)),
    /GlobalFilter2d: x \[2, 3, 16, 12\] has images of 16×12, but the layer was made for 8×6; make one for this size/,
  ],
  [
    'images of fewer frequencies than modes',
    () => new nn.FourierOperatorConv2d(3, 4, [3, 6]).forward(x(2, 3, 8, 8)),
    /FourierOperatorConv2d: x \[2, 3, 8, 8\] has 8×5 bins, but modes \[3, 6\] need at least 6×6; use larger images or fewer modes/,
  ],
  [
    'images smaller than the weights',
    () => new nn.SmoothSpectralConv2d(3, 4, [3, 5]).forward(x(2, 3, 8, 4)),
    /SmoothSpectralConv2d: images of 8×4 have fewer frequencies than the kernel has weights, 3×5; use larger images or a smaller kernel/,
  ],
  [
    'multipliers of no size',
    () => new nn.SmoothSpectralConv2d(3, 4, 3).multipliers(0),
    /SmoothSpectralConv2d: size is 0, but must be a positive/,
  ],
  [
    'pooling to more',
    () => pv.nn.functional.spectralPool2d(x(2, 3, 8, 8), [4, 9]),
    /spectralPool2d: the size 4×9 is larger than the images, 8×8; pooling only/,
  ],
  [
    'pooling of nothing',
    () => new nn.SpectralPool2d(1).forward(x(2, 3, 0, 8)),
    /SpectralPool2d: x \[2, 3, 0, 8\] has empty images; expected at least one/,
  ],
  [
    'images in place of a spectrum',
    () => new nn.HadamardConv2d(3, 4, 8).forward(x(2, 3, 8, 8)),
    /HadamardConv2d: x is float64 \[2, 3, 8, 8\], but must be complex half spectra \[batch, 3, 8, 5\]; transform/,
  ],
  [
    'a whole spectrum in place of its half',
    () => new nn.HadamardConv2d(3, 4, 8).forward(z(2, 3, 8, 8)),
    /HadamardConv2d: x \[2, 3, 8, 8\] is not a half spectrum of 8×8 images; expected \[batch, 3, 8, 5\]/,
  ],
  [
    'a spectrum of other channels',
    () => new nn.HadamardConv2d(3, 4, 8).forward(z(2, 2, 8, 5)),
    /HadamardConv2d: x \[2, 2, 8, 5\] has 2 channels, but the layer was made for 3/,
  ],
  [
    'a real tensor for a complex function',
    () => new nn.ComplexReLU().forward(x(2, 3)),
    /ComplexReLU: x is Tensor\(\[2, 3\], float64, cpu\), but must be complex; use relu/,
  ],
  [
    'another number of channels for modReLU',
    () => new nn.ModReLU(3).forward(z(2, 4, 8, 5)),
    /ModReLU: x \[2, 4, 8, 5\] must be \[batch, 3, height/,
  ],
  [
    'the cost of images without a batch',
    () => new nn.GlobalFilter2d(3, 8).cost([3, 8, 8]),
    /GlobalFilter2d: cost: shape \[3, 8, 8\] must be that of images/,
  ],
];

describe('spectral layers say what is wrong with what they are given', () => {
  useDevice('cpu');

  for (const [name, f, error] of mistakes) {
    it(name, () => {
      expect(f).to.throw(error);
    });
  }
});

describe('multipliers that do not fit the device', () => {
  useDevice('node');

  it('are refused before anything is allocated', () => {
    const layer = new nn.SmoothSpectralConv2d(128, 128, 3);
    expect(() => layer.multipliers(256)).to.throw(
      /SmoothSpectralConv2d: the multipliers: \[128, 128, 256, 129\] complex64 takes \d+ bytes.*at most/,
    );
  });
});

describe('the cost of spectral layers', () => {
  useDevice('node');
  const images = [4, 8, 32, 32];

  /** Layers that run as they are counted; of others what their plan reads is not what they need. */
  const layers: readonly (readonly [
    make: () => pv.nn.Module & { cost(shape: readonly number[]): pv.nn.Cost },
    input: 'images' | 'spectra',
  ])[] = [
    [() => new nn.FourierOperatorConv2d(8, 8, 12), 'images'],
    [() => new nn.GlobalFilter2d(8, 32), 'images'],
    [() => new nn.SpectralPool2d(16), 'images'],
    [() => new nn.SmoothSpectralConv2d(8, 8, 5), 'images'],
    [() => new nn.FourierTransform2d(), 'images'],
    [() => new nn.HadamardConv2d(8, 8, 32), 'spectra'],
    [() => new nn.ModReLU(8), 'spectra'],
    [() => new nn.InverseReLU(32), 'spectra'],
    [() => new nn.InverseFourierTransform2d(32), 'spectra'],
  ];
  for (const [make, kind] of layers) {
    it(`of ${make().constructor.name} is, within a third, that of the plan that runs`, () => {
      const layer = make();
      for (const parameter of layer.parameters()) parameter.keep();
      const input = kind === 'images' ? pv.zeros(images) : pv.fft.rfft2(pv.zeros(images));
      const { flop, bytes } = layer.cost(input.keep().shape);
      const planned = pv.explain(layer.forward(input));
      expect(flop / planned.flop, 'flop').to.be.within(0.75, 1.33);
      expect(bytes / planned.bytes, 'bytes').to.be.within(0.75, 1.33);
    });
  }

  it('of SpectralConv2d is that of its convolution, of its bias and of making its kernels', () => {
    // 4·8·32·32 results of 8·5·5 products and sums each, and 64 kernels whose 5 rows and 3 columns are transformed.
    const { flop, bytes } = new nn.SpectralConv2d(8, 8, 5, { padding: 2 }).cost(images);
    expect(flop).to.be.closeTo(4 * 8 * 1024 * (8 * 25 * 2 + 1) + 64 * (2.5 * 25 + 5 * 15) * Math.log2(5), 1);
    expect(bytes).to.equal(4 * (2 * 4 * 8 * 1024 + 8 * 8 * 25 + 8) + 64 * (4 * 25 + 24 * 15));
  });
});
