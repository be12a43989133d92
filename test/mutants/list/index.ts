// All mutants.

import type { Mutant } from '../mutant.js';
import { directConvolution } from './direct-convolution.js';
import { fftConvolution } from './fft-convolution.js';
import { layers } from './layers.js';
import { operations } from './operations.js';
import { transforms } from './transforms.js';

/** Every bug, by the part of the library that it is in. */
export const mutants: readonly Mutant[] = [...fftConvolution, ...directConvolution, ...transforms, ...operations, ...layers];
