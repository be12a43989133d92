// Bugs of the convolution by Fourier transform, on all three faces, and of the one by tiles.

import type { Mutant } from '../mutant.js';

const file = 'src/nn/conv-fft.ts';
const onDevice = { file, device: 'node' } as const;

const productY = "const product = einsum('sgcf,gkcf->sgkf', [ofX(a, s, channels[at]!), conj(ofW(b, k, piece))]);";
const productX = "einsum('sgkf,gkcf->sgcf', [ofG(a, s, k), ofW(b, k, piece)])";
const productW = "einsum('sgkf,sgcf->gkcf', [conj(ofG(b, s, k)), ofX(a, s, channels[at]!, at)])";
const cropX = 'inverse(spectrum, [count(s), count(channels[at]!)], before, [x[2] as number, x[3] as number])';
const spacedG = 'spread(spread(part(planes, s, k), 2, stride[0], rows.output), 3, stride[1], columns.output)';
const spacedW = 'spread(spread(some, 2, dilation[0], rows.kernel), 3, dilation[1], columns.kernel)';

/** Bugs of src/nn/conv-fft.ts and src/nn/conv-tiled.ts. */
export const fftConvolution: readonly Mutant[] = [
  {
    ...onDevice,
    id: 'fft-y-conjugate',
    bug: 'forward only: conjugate of Ŵ missing',
    edits: [{ search: productY, replace: productY.replace('conj(ofW(b, k, piece))', 'ofW(b, k, piece)') }],
    subject: 'conv fft',
    causes: ['conjugate missing on Ŵ'],
  },
  {
    ...onDevice,
    id: 'fft-y-channels',
    bug: 'forward only: the first input channel is not summed',
    edits: [
      {
        search: productY,
        replace: productY
          .replace('ofX(a, s, channels[at]!)', 'sliceAxis(ofX(a, s, channels[at]!), 2, 1, w[1])')
          .replace('conj(ofW(b, k, piece))', 'sliceAxis(conj(ofW(b, k, piece)), 2, 1, w[1])'),
      },
    ],
    subject: 'conv fft',
    causes: ['sum over channels incomplete: the first channel is missing'],
  },
  {
    ...onDevice,
    id: 'fft-y-crop',
    bug: 'forward only: results are cropped one row too far down',
    edits: [
      {
        search: '[count(s), count(k)], [0, 0], [rows.output, columns.output]',
        replace: '[count(s), count(k)], [1, 0], [rows.output, columns.output]',
      },
    ],
    subject: 'conv fft',
    causes: ['off by one along rows', 'off by one along the rows'],
  },
  {
    ...onDevice,
    id: 'fft-w-conjugate',
    bug: 'dW: conjugate of Ĝ missing',
    edits: [{ search: productW, replace: productW.replace('conj(ofG(b, s, k))', 'ofG(b, s, k)') }],
    subject: 'conv fft',
    causes: ['conjugate missing on Ĝ'],
    peer: 'conv dW: conjugate missing',
  },
  {
    ...onDevice,
    id: 'fft-w-conjugate-moved',
    bug: 'dW: the conjugate is on X̂ in place of Ĝ',
    edits: [
      {
        search: productW,
        replace: productW
          .replace('conj(ofG(b, s, k))', 'ofG(b, s, k)')
          .replace('ofX(a, s, channels[at]!, at)', 'conj(ofX(a, s, channels[at]!, at))'),
      },
    ],
    subject: 'conv fft',
    causes: ['conjugate on X̂ in place of Ĝ'],
  },
  {
    ...onDevice,
    id: 'fft-x-conjugate',
    bug: 'dX: conjugate of Ŵ where none belongs',
    edits: [{ search: productX, replace: productX.replace('ofW(b, k, piece)', 'conj(ofW(b, k, piece))') }],
    subject: 'conv fft',
    causes: ['conjugate too many on Ŵ'],
    peer: 'conv dX: conjugate too many',
  },
  {
    ...onDevice,
    id: 'fft-norm',
    bug: 'y, dX and dW: 1/N missing',
    edits: [{ search: 'like(planes, 1 / (rows.period * columns.period))', replace: 'like(planes, 1)' }],
    subject: 'conv fft',
    causes: ['factor 1/120 missing (the points of a transform'],
    peer: 'conv dX: 1/N missing',
  },
  {
    ...onDevice,
    id: 'fft-norm-rows',
    bug: 'y, dX and dW: divided by the rows of the transform only',
    edits: [{ search: '1 / (rows.period * columns.period)', replace: '1 / rows.period' }],
    subject: 'conv fft',
    causes: ['of a transform'],
  },
  {
    ...onDevice,
    id: 'fft-x-crop',
    bug: 'dX: cropped one row too far down',
    edits: [{ search: cropX, replace: cropX.replace('before,', '[before[0] + 1, before[1]],') }],
    subject: 'conv fft',
    causes: ['crop of dX off by one along rows'],
    peer: 'conv dX: crop off by one',
  },
  {
    ...onDevice,
    id: 'fft-x-crop-large',
    bug: 'dX of an image 128×128: cropped one row too far down',
    edits: [{ search: cropX, replace: cropX.replace('before,', '[before[0] + 1, before[1]],') }],
    subject: 'conv fft large',
    causes: ['crop of dX off by one along rows'],
    peer: 'conv dX: crop off by one, image 128×128',
  },
  {
    ...onDevice,
    id: 'fft-w-crop',
    bug: 'dW: cropped one column too far right',
    edits: [{ search: '[0, 0], [rows.kernel, columns.kernel]', replace: '[0, 1], [rows.kernel, columns.kernel]' }],
    subject: 'conv fft',
    causes: ['crop of dW off by one along columns'],
    peer: 'conv dW: crop off by one',
  },
  {
    ...onDevice,
    id: 'fft-padding',
    bug: 'y and dW: the image is not placed at its padding',
    edits: [{ search: '{ n, offsets: before, use: face', replace: '{ n, offsets: [0, 0], use: face' }],
    subject: 'conv fft',
    causes: ['padding ignored'],
  },
  {
    ...onDevice,
    id: 'fft-period',
    bug: "y, dX and dW with padding 'same' of an even kernel: the transform is one too small",
    edits: [{ search: 'period: fftPeriod(input, taps, dilation[axis], padding[axis])', replace: 'period: goodPeriod(input + before)' }],
    subject: 'conv fft same',
    causes: ['transform too small'],
    peer: 'conv dX: transform too small',
  },
  {
    ...onDevice,
    id: 'fft-pieces-w',
    bug: 'dW in pieces: the first piece of the batch is not summed',
    edits: [{ search: 'const products = samples.map((s) =>', replace: 'const products = samples.slice(1).map((s) =>' }],
    subject: 'conv fft in pieces',
    causes: ['sum over the batch incomplete: the first sample is missing'],
    peer: 'conv dW: batch sum incomplete',
  },
  {
    ...onDevice,
    id: 'fft-pieces-x',
    bug: 'dX in pieces: the first piece of the filters is not summed',
    edits: [{ search: 'const products = filters.map((k) =>', replace: 'const products = filters.slice(1).map((k) =>' }],
    subject: 'conv fft in pieces',
    causes: ['sum over output channels incomplete: the first 2 channels are missing'],
    peer: 'conv dX: sum over output channels incomplete',
  },
  {
    ...onDevice,
    id: 'fft-stride-swapped',
    bug: 'dX and dW: strides of rows and columns swapped',
    edits: [
      {
        search: spacedG,
        replace: spacedG.replace('stride[0]', 'stride[X]').replace('stride[1]', 'stride[0]').replace('stride[X]', 'stride[1]'),
      },
    ],
    subject: 'conv fft strided',
    causes: ['strides of rows and columns swapped'],
    peer: 'conv dW: strides swapped',
  },
  {
    ...onDevice,
    id: 'fft-stride-ignored',
    bug: 'dX and dW: stride ignored',
    edits: [{ search: spacedG, replace: spacedG.replace('stride[0]', '1').replace('stride[1]', '1') }],
    subject: 'conv fft strided',
    causes: ['stride ignored'],
    peer: 'conv dW: stride ignored',
  },
  {
    ...onDevice,
    id: 'fft-dilation-ignored',
    bug: 'y and dX: dilation ignored',
    edits: [{ search: spacedW, replace: spacedW.replace('dilation[0]', '1').replace('dilation[1]', '1') }],
    subject: 'conv fft dilated',
    causes: ['dilation ignored'],
  },
  {
    ...onDevice,
    id: 'fft-dilation-w',
    bug: 'dW: dilation ignored where the taps are picked',
    edits: [
      {
        search: '2, dilation[0], w[2] as number), 3, dilation[1], w[3] as number)',
        replace: '2, 1, w[2] as number), 3, 1, w[3] as number)',
      },
    ],
    subject: 'conv fft dilated',
    causes: ['dilation ignored'],
  },
  {
    ...onDevice,
    id: 'fft-groups-x',
    bug: 'dX: groups of filters in reverse order',
    edits: [
      { search: productX, replace: productX.replace('ofW(b, k, piece)', 'flip(ofW(b, k, piece), [0])') },
      { search: 'import { reshape, shear,', replace: 'import { flip, reshape, shear,' },
    ],
    subject: 'conv fft grouped',
    causes: ['groups mixed up'],
  },
  {
    id: 'tiles-x',
    file: 'src/nn/conv-tiled.ts',
    device: 'node',
    bug: 'dX by tiles: windows of dY begin one too early',
    edits: [{ search: 'axis.kernel - 1 - axis.before', replace: 'axis.kernel - axis.before' }],
    subject: 'conv tiles',
    causes: ['crop of dX off by one', 'padding or crop off by one along both axes'],
  },
  {
    id: 'tiles-w',
    file: 'src/nn/conv-tiled.ts',
    device: 'node',
    bug: 'dW by tiles: windows of x begin one row too late',
    edits: [
      {
        search: 'fftConv(cut(a, axes, counts, window, before), cut(spaced(b)',
        replace: 'fftConv(cut(a, axes, counts, window, [before[0] - 1, before[1]]), cut(spaced(b)',
      },
    ],
    subject: 'conv tiles',
    causes: ['crop of dW off by one along rows'],
  },
];
