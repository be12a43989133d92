// Windows, convolutions of signals, short-time transforms and power spectra: values and gradients against SciPy and PyTorch in float64.

import { describeSuite } from './suite.js';

describeSuite({
  name: 'signal',
  operations: {
    convolve: 3,
    fftconvolve: 6,
    correlate: 6,
    oaconvolve: 3,
    getWindow: 20,
    stft: 1,
    istft: 1,
    periodogram: 1,
    welch: 1,
  },
  compared: 45,
  tolerance: { cpu: 1e-12, node: 1e-6 },
});
