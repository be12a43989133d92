// What each step of a convolution over the spectra does, in a formula and a sentence. No page in here.

import { describeWrap, type ConvolutionSizes, type WrapAround } from '../../../src/display/convolution-values.js';
import { formatCount } from '../../../src/display/number-format.js';

/** Names of the steps. */
export const stepNames = ['image x', 'kernel h', '|X|', '|H|', '|X·H|', 'result y'] as const;

/** A step in words. */
export interface StepText {
  readonly formula: string;
  readonly text: string;
}

/** The steps in words, first to last. */
export function stepTexts(sizes: ConvolutionSizes, operation: 'convolution' | 'correlation', wrap: Omit<WrapAround, 'mask'>): StepText[] {
  const { image, kernel, period } = sizes;
  const [p, q] = period;
  const size = period.join('×');
  const appended = [p - image[0], q - image[1]];
  const isPadded = appended.some((count) => count > 0);
  const zeros = isPadded
    ? `${formatCount(appended[0] ?? 0)} rows and ${formatCount(appended[1] ?? 0)} columns of zeros are appended: room for what runs over the edges.`
    : 'No zeros are appended: for the transform the image goes on at its other side.';
  const sums = image[0] * image[1] * kernel[0] * kernel[1];
  const turn =
    operation === 'correlation'
      ? 'Layers correlate, y[n] = Σ w[j]·x[n + j]: that is the convolution with the kernel turned by 180°, which is shown.'
      : 'This is the true convolution; layers (conv2d) correlate, which is the convolution with the kernel turned by 180°.';
  return [
    { formula: `x[r, c], ${image.join('×')} → ${size}`, text: zeros },
    { formula: `h[r, c], ${kernel.join('×')} → ${size}`, text: `${turn} Behind its last taps zeros are appended to ${size}.` },
    {
      formula: `X[k, l] = Σ x[r, c] · exp(−2πi(kr/${p} + lc/${q}))`,
      text: `How much of each wave is in the image: ${size} complex numbers, of which the magnitudes are drawn, zero frequency in the middle.`,
    },
    {
      formula: `H[k, l] = Σ h[r, c] · exp(−2πi(kr/${p} + lc/${q}))`,
      text: 'What the kernel does to each wave: it is made larger by |H| and shifted by the phase of H.',
    },
    {
      formula: 'Y[k, l] = X[k, l] · H[k, l]',
      text: `The convolution, wave by wave: ${formatCount(p * q)} complex products in the place of ${formatCount(sums)} real ones.`,
    },
    {
      formula: `y[r, c] = 1/${p * q} · Σ Y[k, l] · exp(+2πi(kr/${p} + lc/${q}))`,
      text: describeWrap(sizes, wrap).join(' '),
    },
  ];
}
