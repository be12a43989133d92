// Bugs of the adjoints of transforms.

import type { Mutant } from '../mutant.js';

const oneAxis = { file: 'src/fft/transform.ts', device: 'cpu' } as const;
const planes = { file: 'src/fft/planes.ts', device: 'cpu' } as const;
const weights = 'hermitianWeights(g, axis, n, 0.5)';

/** Bugs of src/fft/transform.ts and src/fft/planes.ts. */
export const transforms: readonly Mutant[] = [
  {
    ...oneAxis,
    id: 'rfft-weights',
    bug: 'adjoint of rfft: Hermitian weight ½ missing',
    edits: [{ search: `mul(g, ${weights})`, replace: 'g' }],
    subject: 'rfft',
    causes: ['Hermitian weight of all bins but DC and Nyquist'],
    peer: 'rfft: Hermitian weight missing',
  },
  {
    ...oneAxis,
    id: 'rfft-weights-inverted',
    bug: 'adjoint of rfft: Hermitian weight 2 in place of ½',
    edits: [{ search: weights, replace: 'hermitianWeights(g, axis, n, 2)' }],
    subject: 'rfft',
    causes: ['Hermitian weight of all bins but DC and Nyquist'],
  },
  {
    ...oneAxis,
    id: 'irfft-weights',
    bug: 'adjoint of irfft: Hermitian weight 2 missing',
    edits: [{ search: 'mul(half, hermitianWeights(half, axis, n, 2))', replace: 'half' }],
    subject: 'irfft',
    causes: ['Hermitian weight of all bins but DC and Nyquist'],
    peer: 'irfft: Hermitian weight missing',
  },
  {
    ...oneAxis,
    id: 'weights-nyquist',
    bug: 'adjoints of rfft and irfft: Nyquist is weighed like its neighbours',
    edits: [{ search: 'n % 2 === 0 ? where(eq(k, like(k, n / 2)), one, inner) : inner', replace: 'inner' }],
    subject: 'irfft',
    causes: ['Hermitian weight of Nyquist wrong'],
    peer: 'irfft: weight of Nyquist',
  },
  {
    ...oneAxis,
    id: 'weights-dc',
    bug: 'adjoints of rfft and irfft: DC is weighed like its neighbours',
    edits: [{ search: 'where(eq(k, like(k, 0)), one, like(x, interior))', replace: 'expand(like(x, interior), shape)' }],
    subject: 'rfft',
    causes: ['Hermitian weight of DC wrong'],
    peer: 'rfft: weight of DC',
  },
  {
    ...oneAxis,
    id: 'fft-direction',
    bug: 'adjoint of fft: a transform in the same direction',
    edits: [{ search: 'mode, sign: sign === 1 ? -1 : 1 })', replace: 'mode, sign })' }],
    subject: 'fft',
    causes: ['transform in the wrong direction'],
    peer: 'fft: direction not reversed',
  },
  {
    ...oneAxis,
    id: 'rfft-crop',
    bug: 'adjoint of a padded rfft: cropped one too late',
    edits: [
      {
        search: 'sliceAxis(all, axis, offset, all.shape[axis] as number)',
        replace: 'sliceAxis(all, axis, offset + 1, all.shape[axis] as number)',
      },
    ],
    subject: 'rfft padded',
    causes: ['crop off by one', 'crop or padding off by one'],
  },
  {
    ...oneAxis,
    id: 'weights-both',
    bug: 'adjoints of rfft and irfft: both Hermitian weights missing, under a filter of the spectrum',
    edits: [
      { search: `mul(g, ${weights})`, replace: 'g' },
      { search: 'mul(half, hermitianWeights(half, axis, n, 2))', replace: 'half' },
    ],
    subject: 'filter of a spectrum',
    causes: [],
    equivalent:
      'Between the two transforms every bin is only multiplied by a number of its own, so that the weights 2 and ½ of a bin meet and cancel: the gradient of the image is the same without both.',
  },
  {
    ...planes,
    id: 'planes-weights',
    bug: 'adjoint of spectra of planes: Hermitian weight ½ missing',
    edits: [{ search: 'mul(g, hermitianWeights(g, g.shape.length - 1, n[1], 0.5))', replace: 'g' }],
    subject: 'spectra of planes',
    causes: ['Hermitian weight of all bins but DC and Nyquist'],
  },
  {
    ...planes,
    id: 'planes-inverse-weights',
    bug: 'adjoint of planes of spectra: Hermitian weight inverted',
    edits: [
      {
        search: 'hermitianWeights(half, half.shape.length - 1, n[1], 2)',
        replace: 'hermitianWeights(half, half.shape.length - 1, n[1], 0.5)',
      },
    ],
    subject: 'planes of spectra',
    causes: ['Hermitian weight of all bins but DC and Nyquist'],
  },
  {
    ...planes,
    id: 'planes-crop',
    bug: 'adjoint of spectra of planes: cropped at the origin, and not where the planes lie',
    edits: [{ search: 'n[1], 0.5)), { n, offsets }, extents)]', replace: 'n[1], 0.5)), { n, offsets: [0, 0] }, extents)]' }],
    subject: 'spectra of planes',
    causes: ['crop', 'adjoint of plane-fft wrong'],
  },
];
