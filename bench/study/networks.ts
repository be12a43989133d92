// The networks of the study. All are two blocks of a layer that filters images, batch normalization, a nonlinearity and pooling to half the size, with a
// Linear behind them; they differ in the layer, in how it is computed, or in the pooling. The FCNN, which stays in the frequency domain, is built of its own parts.

import * as pv from '../../src/index.js';
import { FourierLayer } from './fourier-layer.js';

const { nn } = pv;
type Module = pv.nn.Module;

/** A network of the study. */
export interface Network {
  /** Its name in the results. */
  readonly id: string;
  /** Its name in the report. */
  readonly title: string;
  /** Height and width of its images. */
  readonly size: number;
  /** The network whose learning rate it takes, where it is the same network computed in another way. */
  readonly rateOf?: string;
  /** Whether it is trained, or only timed. */
  readonly isTrained: boolean;
  /** The network with the initial parameters of a seed, on the device that is chosen. */
  readonly make: (seed: number) => Module;
}

/** The layer of a block: from so many channels to so many, on images of a size, with seeds from `seed` on. */
type Filter = (from: number, to: number, size: number, seed: number) => readonly Module[];
/** Pooling from a size to half of it. */
type Pooling = (size: number) => Module;

const mean: Pooling = () => new nn.AvgPool2d(2);
const maximum: Pooling = () => new nn.MaxPool2d(2);
const spectral: Pooling = (size) => new nn.SpectralPool2d(size / 2);

const classes = 10;
/** Seeds that a network takes from its own on. */
const seedsOfNetwork = 1000;

/** Channels behind each block: fewer on larger images, for the same work. */
function widthsOf(size: number): readonly [number, number] {
  return size > 32 ? [8, 16] : [16, 32];
}

function blocks(size: number, filter: Filter, pooling: Pooling): (seed: number) => Module {
  const [first, second] = widthsOf(size);
  return (seed) => {
    const begin = seed * seedsOfNetwork;
    const block = (from: number, to: number, extent: number, offset: number): Module[] => [
      ...filter(from, to, extent, begin + offset),
      new nn.BatchNorm2d(to),
      new nn.GELU(),
      pooling(extent),
    ];
    const head = new nn.Linear(second * (size / 4) ** 2, classes, { seed: begin + 20 });
    return new nn.Sequential(...block(1, first, size, 0), ...block(first, second, size / 2, 10), new nn.Flatten(), head);
  };
}

type Algorithm = 'direct' | 'im2col' | 'fft';

/** Kernels in space, whose borders are zeros. */
function convolution(kernel: number, algorithm: Algorithm): Filter {
  return (from, to, _, seed) => [new nn.Conv2d(from, to, kernel, { padding: 'same', algorithm, seed })];
}

const spectralConvolution: Filter = (from, to, _, seed) => [
  new nn.SpectralConv2d(from, to, 5, { padding: 'same', algorithm: 'direct', seed }),
];
const smooth =
  (kernels: number | readonly (readonly [number, number])[]): Filter =>
  (from, to, _, seed) => [new nn.SmoothSpectralConv2d(from, to, kernels, { seed })];
const fourierOperator: Filter = (from, to, size, seed) => [new FourierLayer(from, to, Math.min(8, size / 4), seed)];
/** GFNet's filters do not mix channels: a 1×1 convolution in front of them does. */
const globalFilter: Filter = (from, to, size, seed) => [
  new nn.Conv2d(from, to, 1, { seed }),
  new nn.GlobalFilter2d(to, size, { seed: seed + 2 }),
];

const twoScales = [
  [3, 3],
  [9, 9],
] as const;

function trained(id: string, title: string, size: number, filter: Filter, pooling: Pooling = mean, rateOf?: string): Network {
  return { id, title, size, isTrained: true, make: blocks(size, filter, pooling), ...(rateOf === undefined ? {} : { rateOf }) };
}

function fourierCNN(nonlinearity: pv.nn.SpectralNonlinearity, title: string): Network {
  const make = (seed: number): Module =>
    new nn.FourierCNN(1, 32, classes, { channels: [...widthsOf(32)], nonlinearity, seed: seed * seedsOfNetwork });
  return { id: `fcnn-${nonlinearity}`, title, size: 32, isTrained: true, make };
}

function timed(kernel: number, algorithm: Algorithm): Network {
  const make = blocks(32, convolution(kernel, algorithm), mean);
  return {
    id: `conv${kernel}-${algorithm}`,
    title: `convolution ${kernel}×${kernel}, ${algorithm === 'fft' ? 'by FFT' : 'direct sums'}`,
    size: 32,
    isTrained: false,
    make,
  };
}

/** What every time is held against. */
export const REFERENCE = 'conv5-direct';

/** The networks, in the order of the report. */
export const networks: readonly Network[] = [
  trained('conv5-direct', 'convolution 5×5, direct sums', 32, convolution(5, 'direct')),
  trained('conv5-im2col', 'the same by im2col', 32, convolution(5, 'im2col'), mean, 'conv5-direct'),
  trained('conv5-fft', 'the same by FFT', 32, convolution(5, 'fft'), mean, 'conv5-direct'),
  trained('conv15-fft', 'convolution 15×15, by FFT', 32, convolution(15, 'fft')),
  trained('spectral-conv', 'SpectralConv2d 5×5', 32, spectralConvolution),
  trained('smooth', 'SmoothSpectralConv2d 5×5, spline', 32, smooth(5)),
  trained('smooth-scales', 'SmoothSpectralConv2d 3×3 and 9×9', 32, smooth(twoScales)),
  trained('operator', 'FourierOperatorConv2d, 8 modes and 4', 32, fourierOperator),
  trained('global-filter', 'GlobalFilter2d', 32, globalFilter),
  fourierCNN('inverse-relu', 'FourierCNN, inverse–ReLU–forward'),
  fourierCNN('crelu', 'FourierCNN, complex ReLU'),
  fourierCNN('modrelu', 'FourierCNN, modReLU'),
  fourierCNN('none', 'FourierCNN without nonlinearity'),
  trained('pool-max', 'convolution 5×5, max pooling', 32, convolution(5, 'direct'), maximum),
  trained('pool-spectral', 'convolution 5×5, spectral pooling', 32, convolution(5, 'direct'), spectral),
  trained('large-conv5', 'convolution 5×5, direct sums', 64, convolution(5, 'direct')),
  trained('large-smooth', 'SmoothSpectralConv2d 5×5, spline', 64, smooth(5)),
  trained('large-scales', 'SmoothSpectralConv2d 3×3 and 9×9', 64, smooth(twoScales)),
  ...[3, 9, 15].map((kernel) => timed(kernel, 'direct')),
  ...[3, 9].map((kernel) => timed(kernel, 'fft')),
];
