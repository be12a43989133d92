// What the question with its answer and the post claim.

import { accuracy, kernels, sameTime, shown, speeds, speedUps, unmeasured, type Claim } from './judging.js';
import { smallPercent, times } from './words.js';

/** Claims of the answer. */
export const ofTheAnswer: readonly Claim[] = [
  {
    text: 'answer',
    claim: '“you can use FFT to do the convolutions up to ~4.8 times faster”',
    judge: (found) => {
      const all = speedUps(found);
      const [five, best] = [all.find(({ kernel }) => kernel === 5)?.speedUp, Math.max(...all.map(({ speedUp }) => speedUp))];
      if (five === undefined || all.length < kernels.length) return unmeasured;
      const verdict = five >= 4.8 ? 'holds' : best >= 4.8 ? 'holds in part' : 'does not hold';
      return {
        verdict,
        found: `A training step by FFT against direct sums, by kernel: ${speeds(found)} as fast. It depends on the kernel's size, and on the rest of the step.`,
      };
    },
  },
  {
    text: 'answer',
    claim: '“you can apply the FFT in all of these steps in the same manner”',
    judge: (found, { losses }) => {
      const [order, apart, byOrder] = [
        found.order('conv5-fft', 'conv5-direct'),
        found.lossesApart('conv5-fft', 'conv5-direct'),
        found.readDifferently('conv5-fft', 'conv5-direct'),
      ];
      if (order === null || apart === null || byOrder === null) return unmeasured;
      const mean = `By FFT ${accuracy(found, 'conv5-fft')}, by direct sums ${accuracy(found, 'conv5-direct')}`;
      const said = `${mean}; of one seed at most ${byOrder} of ${found.settings.test} digits are read differently, and losses of an epoch are at most ${smallPercent(apart)} apart`;
      return {
        verdict: order === 'within' ? 'holds' : 'does not hold',
        found: `${said}. ${shown(losses, (most) => `Over fifty steps losses are within ${most}`)}.`,
      };
    },
  },
  {
    text: 'answer',
    claim: '“∂L/∂w = ∂L/∂y ∗ x”, “∂L/∂x = ∂L/∂y ∗ wᵀ” (indices left out here)',
    judge: (_, { answerPrinted, sumMissing }) => ({
      verdict: 'incomplete',
      found: `${shown(answerPrinted, (dx, dw) => `As printed the gradients of a layer are wrong by ${dx} (image) and ${dw} (kernel) times their size`)}. The kernel has to be turned by 180°, and the sums over output channels and over the batch are missing; ${shown(sumMissing, (error) => `they explain what is left to ${error}`)}.`,
    }),
  },
];

/** Claims of the post. */
export const ofThePost: readonly Claim[] = [
  {
    text: 'post',
    claim: '“FFT-based convolution is not local […] it breaks the very inductive bias that makes CNNs effective”',
    judge: (found) => {
      const byFft = found.order('conv5-fft', 'conv5-direct');
      // One with normalization and one without.
      const free = ['global-filter', 'fcnn-inverse-relu'].map((id) => found.order(id, 'conv5-direct'));
      if (byFft === null || free.includes(null)) return unmeasured;
      const verdict = byFft === 'below' ? 'holds' : free.every((order) => order === 'below') ? 'holds in part' : 'does not hold';
      const said = `Kernels of 5×5 pixels convolved by FFT stay local, and read ${accuracy(found, 'conv5-fft')} (directly ${accuracy(found, 'conv5-direct')})`;
      const others = `GlobalFilter2d reads ${accuracy(found, 'global-filter')}, the FourierCNN with its ReLU in space ${accuracy(found, 'fcnn-inverse-relu')}`;
      return { verdict, found: `${said}. Spectra as parameters without any bound on their kernels are not local: ${others}.` };
    },
  },
  {
    text: 'post',
    claim:
      '“FFT-based convolution is not computationally cheaper in neural networks […] they must be recomputed on every forward and backward pass”',
    judge: (found) => {
      const all = speedUps(found);
      if (all.length < kernels.length) return unmeasured;
      const faster = all.filter(({ speedUp }) => speedUp > sameTime);
      const slower = all.filter(({ speedUp }) => speedUp < 1 / sameTime);
      const verdict = faster.length === 0 ? 'holds' : slower.length === 0 ? 'does not hold' : 'holds in part';
      return { verdict, found: `With all transforms of a training step counted, by kernel: ${speeds(found)} as fast as direct sums.` };
    },
  },
  {
    text: 'post',
    claim: '“FFT becomes advantageous only for very large kernels or very large images”',
    judge: (found) => {
      const all = speedUps(found);
      if (all.length < kernels.length) return unmeasured;
      const from = all.find((_, i) => all.slice(i).every(({ speedUp }) => speedUp > sameTime))?.kernel;
      const verdict = from === undefined || from > 9 ? 'holds' : from > 3 ? 'holds in part' : 'does not hold';
      const where = from === undefined ? 'at none of these sizes' : `from ${from}×${from} on`;
      return { verdict, found: `On images of 32² the FFT wins ${where} (${speeds(found)} as fast).` };
    },
  },
  {
    text: 'post',
    claim: '“the exact way in which your hardware actually computes convolutions. […] some kind of matrix multiplication”',
    judge: (found) => {
      const ratio = found.timeRatio('conv5-im2col', 'conv5-direct');
      const [unfolded, direct] = [found.cost('conv5-im2col'), found.cost('conv5-direct')];
      const differently = found.readDifferently('conv5-im2col', 'conv5-direct');
      if (ratio === null || unfolded === null || direct === null || differently === null) return unmeasured;
      const verdict = ratio > sameTime ? 'holds in part' : 'holds';
      const more = `${times(ratio)} the time and ${times(unfolded.stepBytes / direct.stepBytes)} the bytes moved of sums that never store the patches`;
      return {
        verdict,
        found: `As a matrix product of stored patches (im2col) a step takes ${more}; at most ${differently} of ${found.settings.test} digits are read differently.`,
      };
    },
  },
];
