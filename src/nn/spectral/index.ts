// Layers in the frequency domain: convolutions by spectra, pooling by truncation, and what a network that stays there is made of.

export { FourierCNN, type FourierCNNOptions, type SpectralNonlinearity } from './fourier-cnn.js';
export { FourierOperatorConv2d, type SeedOptions } from './fourier-operator.js';
export { FourierTransform2d, InverseFourierTransform2d, SpectralTruncation2d } from './fourier-transform.js';
export { GlobalFilter2d } from './global-filter.js';
export { HadamardConv2d } from './hadamard-conv.js';
export type { Interpolation } from './interpolation.js';
export type { SmoothKernel } from './smooth-kernel.js';
export { SmoothSpectralConv2d, type SmoothSpectralConvOptions } from './smooth-spectral-conv.js';
export { ComplexReLU, InverseReLU, ModReLU } from './spectral-activations.js';
export { SpectralConv2d, type SpectralConvOptions } from './spectral-conv.js';
export { SpectralPool2d } from './spectral-pool.js';
