// Transforms: values and gradients against SciPy and PyTorch in float64.

import { describeSuite } from './suite.js';

describeSuite({
  name: 'fft',
  operations: {
    fft: 45,
    ifft: 41,
    rfft: 43,
    irfft: 43,
    fft2: 5,
    ifft2: 5,
    rfft2: 10,
    irfft2: 5,
    fftn: 1,
    rfftn: 1,
    fftshift: 1,
    ifftshift: 1,
    fftfreq: 2,
    rfftfreq: 2,
  },
  compared: 406,
  tolerance: { cpu: 1e-11, node: 1e-6 },
});
