// Spectral layers: values and gradients of the input and of every parameter against formulas in PyTorch and SciPy (scripts/spectral-cases.py).

import { describeSuite } from './suite.js';

describeSuite({
  name: 'spectral',
  operations: { fourierOperator: 3, globalFilter: 2, spectralPool2d: 6, smoothSpectralConv: 5, spectralConv: 1 },
  compared: 50,
  tolerance: { cpu: 1e-12, node: 1e-6 },
});
