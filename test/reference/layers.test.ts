// Activations, reductions, pooling, normalization, losses, views: values and gradients against PyTorch in float64.

import { describeSuite } from './suite.js';

describeSuite({
  name: 'layers',
  operations: {
    maxPool2d: 3, avgPool2d: 3, relu: 1, sigmoid: 1, tanh: 1, exp: 1, softplus: 1, silu: 1, gelu: 1, abs: 2, square: 1, neg: 1, sin: 1, cos: 1, log: 1, sqrt: 1, reciprocal: 1,
    softmax: 2, logSoftmax: 2, sum: 2, mean: 2, max: 1, add: 2, sub: 2, mul: 2, div: 2, maximum: 1, conj: 1, angle: 1, real: 1, imag: 1, matmul: 2, linear: 1, batchNorm2d: 2,
    crossEntropy: 1, mseLoss: 1, pad: 4, transpose: 1, slice: 1, concat: 1, flip: 1, roll: 1,
  },
  compared: 139,
  tolerance: { cpu: 1e-11, node: 1e-5 },
});
