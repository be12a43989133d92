// How claims are judged: the four texts, the verdicts, and what verdicts are made of.

import type { Evidence, Proof } from './evidence.js';
import type { Found } from './found.js';
import { meanOf, rangeOf, times } from './words.js';

/** How a claim came out. */
export type Verdict = 'holds' | 'holds in part' | 'does not hold' | 'incomplete' | 'not tested' | 'not measured yet';

/** A verdict with its reason. */
export interface Judgement {
  readonly verdict: Verdict;
  /** What was found, with its numbers and where they come from. */
  readonly found: string;
}

/** A claim. */
export interface Claim {
  readonly text: keyof typeof texts;
  /** As it is printed there, between quotation marks, with what explains it. */
  readonly claim: string;
  readonly judge: (found: Found, evidence: Evidence) => Judgement;
}

/** The texts. */
export const texts = {
  answer: 'A question and its answer on how to train kernels by FFT',
  post: 'The post *Locality, Learning, and the FFT: Why CNNs Avoid the Fourier Domain*',
  draft: 'The draft *Learning Multiscale Convolutional Kernels in the Fourier Domain*',
  article: 'The article *Fourier Transform in Convolutional Neural Networks*',
} as const;

/** Before there are numbers. */
export const unmeasured: Judgement = { verdict: 'not measured yet', found: '' };
/** Times that differ by less say nothing on a machine that others use, too. */
export const sameTime = 1.1;
/** Kernel sizes that are timed both ways. */
export const kernels = [3, 5, 9, 15] as const;

/** What was printed elsewhere, with where it stands. */
export function shown({ numbers, where }: Proof, say: (...numbers: string[]) => string): string {
  return `${say(...numbers)} (${where})`;
}

/** How many times as fast as direct sums the FFT makes a step, by kernel size. */
export function speedUps(found: Found): { readonly kernel: number; readonly speedUp: number }[] {
  return kernels.flatMap((kernel) => {
    const speedUp = found.timeRatio(`conv${kernel}-direct`, `conv${kernel}-fft`);
    return speedUp === null ? [] : [{ kernel, speedUp }];
  });
}

/** `3×3 0.6×, 5×5 1.2×`: the same in words. */
export function speeds(found: Found): string {
  return speedUps(found)
    .map(({ kernel, speedUp }) => `${kernel}×${kernel} ${times(speedUp)}`)
    .join(', ');
}

/** `94.2% ± 0.8 (93.3…94.9%)` */
export function accuracy(found: Found, id: string): string {
  const spread = found.accuracy(id);
  return spread === null ? '–' : `${meanOf(spread)} (${rangeOf(spread)})`;
}
