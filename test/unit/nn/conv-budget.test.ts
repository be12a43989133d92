// Convolutions by Fourier transforms within the memory budget: their spectra are cut into pieces, and made again rather than kept, when they would exceed it.

import { expect } from 'chai';
import type { WgslPlan } from '../../../src/devices/device.js';
import { memoryBudget } from '../../../src/graph/flush.js';
import * as pv from '../../../src/index.js';
import { trainingStep } from '../../../src/nn/conv-choice.js';
import { conv, type ConvAttributes } from '../../../src/nn/conv-operation.js';
import { stateOf } from '../../../src/tensor/devices.js';
import { useDevice } from '../../devices.js';
import { relativeError } from '../../reference/cases.js';

const attributes: ConvAttributes = {
  face: 'y',
  x: [16, 8, 50, 50],
  w: [8, 8, 15, 15],
  y: [16, 8, 50, 50],
  stride: [1, 1],
  dilation: [1, 1],
  padding: [
    [7, 7],
    [7, 7],
  ],
  groups: 1,
  algorithm: 'auto',
};
/** Of 60 × 60 points. */
const bytesOfSpectrum = 8 * 60 * 31;

/** Runs f with another budget. */
async function withBudget<T>(bytes: number, f: () => T | Promise<T>): Promise<T> {
  const { bytes: usual } = memoryBudget;
  memoryBudget.bytes = bytes;
  try {
    return await f();
  } finally {
    memoryBudget.bytes = usual;
  }
}

describe('convolution by Fourier transform and the memory budget', () => {
  useDevice('node');

  const scratchOf = ({ scratch }: WgslPlan): number => scratch.reduce((sum, bytes) => sum + bytes, 0);
  const plan = (): WgslPlan => trainingStep(attributes, 'fft', stateOf('node'), conv, [-1, -2, -3]).plan;

  it('a training step that fits keeps its spectra, and transforms each of X, W and dY once', () => {
    const { steps, scratch } = plan();
    expect(steps).to.have.length(15);
    expect(scratchOf({ scratch } as WgslPlan)).to.be.above(3 * 128 * bytesOfSpectrum);
  });

  for (const spectra of [300, 400]) {
    it(`one that may take ${spectra} spectra takes no more memory`, () =>
      withBudget(spectra * bytesOfSpectrum, () => {
        expect(scratchOf(plan())).to.be.at.most(memoryBudget.bytes);
      }));
  }

  it('auto takes no algorithm that exceeds it, and explains that', () =>
    withBudget(64 * bytesOfSpectrum, () => {
      const [x, w] = [pv.zeros(attributes.x), pv.zeros(attributes.w)];
      const [told] = pv.explain(pv.nn.functional.conv2d(x, w, null, { padding: 'same' })).convolutions;
      expect(told?.algorithm).to.equal('direct');
      const [fft] = told?.costs.filter(({ algorithm }) => algorithm === 'fft') ?? [];
      expect(fft?.refusal).to.match(/^its intermediate results take [\d.]+ MiB, more than the memory budget of 0.908 MiB$/);
    }));

  it('the values are those of direct sums', async () => {
    const make = (seed: number, shape: readonly number[]): pv.Tensor => pv.randn(shape, { seed, requiresGrad: true }).keep();
    const run = async (algorithm: 'direct' | 'fft'): Promise<ArrayLike<number>[]> => {
      const [x, w] = [make(1, attributes.x), make(2, attributes.w)];
      const y = pv.nn.functional.conv2d(x, w, null, { padding: 'same', algorithm });
      y.backward(make(3, attributes.y).detach());
      return Promise.all([y.data(), x.grad!.data(), w.grad!.data()]);
    };
    const wanted = await run('direct');
    const got = await withBudget(64 * bytesOfSpectrum, () => run('fft'));
    // Sums of 1800 to 40000 products of each kind: √n roundings in each, u = 6e-8.
    got.forEach((values, i) => expect(relativeError(values, wanted[i]!)).to.be.at.most(3e-6));
  });
});
