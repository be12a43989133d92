// What the draft and the article claim.

import { accuracy, shown, unmeasured, type Claim } from './judging.js';
import { percent, times } from './words.js';

/** Claims of the draft. */
export const ofTheDraft: readonly Claim[] = [
  {
    text: 'draft',
    claim: 'Equations (2) and (3), with their sums over output channels and over the batch',
    judge: (_, { draftPrinted, draftRead }) => ({
      verdict: 'holds in part',
      found: `${shown(draftPrinted, (dx, dw) => `With ∗ for convolution and wᵀ = w the gradients are wrong by ${dx} (image) and ${dw} (kernel) times their size`)}; with ∗ for correlation and wᵀ for a turn by 180° the first is ${draftRead.numbers[0]} and the second ${draftRead.numbers[1]}. The draft defines neither.`,
    }),
  },
  {
    text: 'draft',
    claim: '“reusing the same FFT multiple times […] to compute the same weight updates as the traditional method”',
    judge: (_, { sameUpdates }) => {
      const error = Number(sameUpdates.numbers[0]);
      return {
        verdict: error < 1e-5 ? 'holds' : 'does not hold',
        found: `${shown(sameUpdates, (apart) => `Equal, but for ${apart} of their size`)}.`,
      };
    },
  },
  {
    text: 'draft',
    claim: '“An alternate viewpoint is to learn the weights directly in the frequency domain”',
    judge: (found, { sgd, adam }) => {
      const order = found.order('spectral-conv', 'conv5-direct');
      if (order === null) return unmeasured;
      const said = `The spectra of 5×5 kernels as parameters read ${accuracy(found, 'spectral-conv')}, the kernels ${accuracy(found, 'conv5-direct')}, both under Adam`;
      return {
        verdict: order === 'below' ? 'does not hold' : 'holds',
        found: `${said}. Under plain SGD the steps are the very same once bins are scaled by √2 (${sgd.where}), under Adam they are not (${adam.where}).`,
      };
    },
  },
  {
    text: 'draft',
    claim:
      '“spatial convolutions with small kernels are simply a parameterization of a low-dimensional subspace corresponding to high frequency filters”',
    judge: (_, { blur }) => {
      const [lowest, highest] = blur.numbers.map(Number) as [number, number];
      return {
        verdict: highest < lowest ? 'does not hold' : 'holds',
        found: `${shown(blur, (zero, top) => `Nine equal taps let zero frequency through by ${zero}, the highest by ${top}`)}: small kernels are smooth in frequency, not high.`,
      };
    },
  },
  {
    text: 'draft',
    claim:
      '“automatically adjusting the kernel size in the spatial domain by modulating the smoothness of the kernel weights in the frequency domain”',
    judge: (found, { learnedSize, learnedForBlur }) => {
      if (found.accuracy('smooth') === null) return unmeasured;
      const told = `Where all else is known, the size is found (${learnedSize.where})`;
      return {
        verdict: 'holds in part',
        found: `${told}. Learned with the weights it is not: a layer of 9×9 takes ${shown(learnedForBlur, (size) => size)} pixels for a blur of 20. In this study sizes are fixed: 5×5 ${accuracy(found, 'smooth')}, 3×3 and 9×9 ${accuracy(found, 'smooth-scales')}.`,
      };
    },
  },
  {
    text: 'draft',
    claim: '“our method is capable of outperforming classic ConvNets for large image sizes”',
    judge: (found) => {
      const orders = ['large-smooth', 'large-scales'].map((id) => found.order(id, 'large-conv5'));
      if (orders.includes(null)) return unmeasured;
      const verdict = orders.includes('above') ? 'holds' : 'does not hold';
      const said = `On images of 64²: convolution ${accuracy(found, 'large-conv5')}, smooth multipliers of 5×5 ${accuracy(found, 'large-smooth')}, of 3×3 and 9×9 ${accuracy(found, 'large-scales')}`;
      return { verdict, found: `${said}. Larger images than these were not tried.` };
    },
  },
];

/** Claims of the article. */
export const ofTheArticle: readonly Claim[] = [
  {
    text: 'article',
    claim: '“An accuracy of approximately 92%”, on SVHN',
    judge: (_, { houseNumbers }) => ({
      verdict: 'not tested',
      found: `SVHN is not here. ${shown(houseNumbers, (share) => `Corrected and a quarter as wide, its network reads ${percent(Number(share))} of generated digits`)}.`,
    }),
  },
  {
    text: 'article',
    claim: '“we reduce the time complexity of the convolutional layer from O(N²M²) to O(N² log N²)”',
    judge: (found) => {
      const growth = (way: string): number | null => {
        const [small, large] = [found.cost(`conv3-${way}`), found.cost(`conv15-${way}`)];
        return small === null || large === null ? null : large.stepFlop / small.stepFlop;
      };
      const [direct, byFft] = [growth('direct'), growth('fft')];
      if (direct === null || byFft === null) return unmeasured;
      const verdict = byFft < 2 && direct > 5 * byFft ? 'holds' : byFft < direct ? 'holds in part' : 'does not hold';
      return {
        verdict,
        found: `From kernels of 3×3 to 15×15, 25 times the taps, a step takes ${times(direct)} the operations directly and ${times(byFft)} by FFT, which pads the images. Products of channels, which the formula leaves out, are most of what the FFT takes.`,
      };
    },
  },
  {
    text: 'article',
    claim: 'An FCNN: “convolutional filtering is replaced by computations of the FFT entirely in the frequency domain”',
    judge: (found, { linear }) => {
      const none = found.accuracy('fcnn-none');
      const orders = ['fcnn-crelu', 'fcnn-inverse-relu'].map((id) => found.order('fcnn-none', id));
      if (none === null || orders.includes(null)) return unmeasured;
      const others = `complex ReLU ${accuracy(found, 'fcnn-crelu')}, modReLU ${accuracy(found, 'fcnn-modrelu')}, ReLU in space ${accuracy(found, 'fcnn-inverse-relu')}`;
      return {
        verdict: orders.every((order) => order === 'below') ? 'incomplete' : 'holds',
        found: `No nonlinearity is named. Without one the network is linear (${linear.where}) and reads ${accuracy(found, 'fcnn-none')}; with ${others}.`,
      };
    },
  },
  {
    text: 'article',
    claim: '“a Fourier CNN can not only learn the kernel weights but also the kernel size”',
    judge: (found) => {
      const best = ['fcnn-crelu', 'fcnn-inverse-relu'].map((id) => found.order(id, 'conv5-direct'));
      const [one, other] = [found.cost('fcnn-crelu'), found.cost('conv5-direct')];
      if (best.includes(null) || one === null || other === null) return unmeasured;
      return {
        verdict: best.every((order) => order === 'below') ? 'holds in part' : 'holds',
        found: `Its kernels are as large as the image: ${times(one.parameters / other.parameters)} the parameters of 5×5 kernels, and on ${found.settings.train} digits ${accuracy(found, 'fcnn-crelu')} (ReLU in space: ${accuracy(found, 'fcnn-inverse-relu')}) against ${accuracy(found, 'conv5-direct')}.`,
      };
    },
  },
  {
    text: 'article',
    claim: 'The DFT “is linear and also shift invariant”',
    judge: (_, { magnitudes, shifted }) => ({
      verdict: 'holds in part',
      found: `${shown(magnitudes, (change) => `By a shift magnitudes change by ${change}`)}, ${shown(shifted, (change) => `the spectrum itself by ${change} of its size`)}.`,
    }),
  },
  {
    text: 'article',
    claim: 'Proof 1: “B_j = Σ b_m ω^{j(m+1)}” (in plain letters); Proof 3: “= Σ g_m · F(f)_j”',
    judge: (_, { exponent, phase }) => ({
      verdict: 'does not hold',
      found: `${shown(exponent, (error) => `Run as printed, the FFT is wrong by ${error} of its size`)}, ${shown(phase, (error) => `and the convolution by ${error}`)}. The theorems hold.`,
    }),
  },
  {
    text: 'article',
    claim: '“(f ∗ g)₀₀ = 2820/12 = 235”, “(f ∗ g)₀₄ = 2220/12 = 185”',
    judge: (_, { smoothed, wrapped }) => ({
      verdict: Number(smoothed.numbers[0]) === 235 && Number(wrapped.numbers[0]) === 185 ? 'holds' : 'does not hold',
      found: `${shown(smoothed, (first) => first)}, ${shown(wrapped, (second) => second)}, on a picture made for it: the text has lost its own.`,
    }),
  },
  {
    text: 'article',
    claim: '“The summation is usually normalized by the sum of the kernel weights”',
    judge: (_, { edge }) => ({
      verdict: 'does not hold',
      found: `${shown(edge, (sum) => `The weights of an edge kernel sum to ${sum}`)}.`,
    }),
  },
  {
    text: 'article',
    claim: '“model.add(Dense(3072, …))” right behind “model.add(Conv2D(128, (5, 5), …))”',
    judge: (_, { answers }) => ({
      verdict: Number(answers.numbers[0]) === 1 ? 'holds' : 'does not hold',
      found: `${shown(answers, (count) => `As listed the network gives ${count} answers for one picture`)}: a Flatten is missing.`,
    }),
  },
];
