// Convolutions: values and gradients against PyTorch in float64, under each algorithm on WebGPU. (The cpu device always sums
// directly; what it does with each algorithm's graph is in test/property/conv.test.ts.)

import { describeSuite } from './suite.js';

describeSuite({
  name: 'conv',
  operations: { conv2d: 12, conv1d: 4, convTranspose2d: 3 },
  compared: 76,
  tolerance: { cpu: 1e-11, node: 1e-6 },
  variants: { cpu: [{}], node: [{ algorithm: 'direct' }, { algorithm: 'im2col' }, { algorithm: 'fft' }, { algorithm: 'fft-tiled' }] },
});
