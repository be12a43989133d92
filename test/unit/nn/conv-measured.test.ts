// A convolution whose algorithm changes because it was measured still gives the right values, on a real device.

import { expect } from 'chai';
import type { RunOptions, WgslPlan } from '../../../src/devices/device.js';
import * as pv from '../../../src/index.js';
import { candidates, trainingStep } from '../../../src/nn/conv-choice.js';
import { measureConvolutions } from '../../../src/nn/conv-measure.js';
import { conv, convAttributesOf } from '../../../src/nn/conv-operation.js';
import { currentState } from '../../../src/tensor/devices.js';
import { numbers, useDevice } from '../../devices.js';
import { settled } from '../core/support.js';
import { codeOf, Memory, turn } from './measuring.js';

const F = pv.nn.functional;
const given = [numbers(1, 4 * 3 * 12 * 12), numbers(2, 5 * 3 * 5 * 5), numbers(3, 4 * 5 * 12 * 12)] as const;

/** y, dX and dW of one convolution, with the algorithm that it takes. */
async function step(): Promise<{ readonly algorithm: string; readonly values: readonly number[] }> {
  const [x, w, g] = [
    pv.tensor(given[0], { shape: [4, 3, 12, 12], requiresGrad: true }),
    pv.tensor(given[1], { shape: [5, 3, 5, 5], requiresGrad: true }),
    pv.tensor(given[2], { shape: [4, 5, 12, 12] }),
  ];
  const y = F.conv2d(x, w, null, { padding: 'same' });
  const algorithm = pv.explain(y).convolutions[0]?.algorithm ?? '';
  y.mul(g).sum().backward();
  const values = await Promise.all([y, x.grad, w.grad].map((made) => (made as pv.Tensor).data()));
  return { algorithm, values: values.flatMap((each) => Array.from(each)) };
}

function distance(a: readonly number[], b: readonly number[]): number {
  const norm = (of: (i: number) => number): number => Math.sqrt(a.reduce((sum, _, i) => sum + of(i) ** 2, 0));
  return norm((i) => (a[i] as number) - (b[i] as number)) / norm((i) => b[i] as number);
}

describe('a measured convolution', () => {
  const { CI } = process.env;
  let truth: readonly number[];
  before(async () => {
    delete process.env['CI'];
    truth = (await step()).values;
  });
  after(() => void (process.env['CI'] = CI));
  useDevice('node');

  it('gives the right values by what the model chose, and by what was measured to be faster', async () => {
    const { device } = currentState();
    if (device.kind !== 'wgsl') throw new Error('it is no GPU');
    const before = await step();
    expect(distance(before.values, truth)).to.be.below(1e-6);

    // The measuring's own clock, by which the model's choice is the slowest.
    const y = F.conv2d(pv.zeros([4, 3, 12, 12]), pv.zeros([5, 3, 5, 5]), null, { padding: 'same' });
    const attributes = convAttributesOf(y.node);
    if (attributes === null) throw new Error('it is no convolution');
    const times = new Map(
      candidates.map((algorithm) => {
        const { plan } = trainingStep(attributes, algorithm, y.node.state, conv, [-1, -2, -3]);
        return [codeOf(plan), algorithm === before.algorithm ? 5 : 2];
      }),
    );
    let now = 0;
    const run = device.run.bind(device);
    device.run = (plan: WgslPlan, ...rest: [readonly number[], readonly number[], readonly number[], RunOptions]) => {
      now += times.get(codeOf(plan)) ?? 1;
      run(plan, ...rest);
    };
    const store = new Memory();
    const stop = measureConvolutions({ store, clock: () => now, pause: turn });
    try {
      const kept = await settled();
      const put = new Promise<void>((resolve) => (store.onPut = resolve));
      await step();
      await put;
      const after = await step();
      expect(after.algorithm).to.not.equal(before.algorithm);
      expect(distance(after.values, truth)).to.be.below(1e-6);
      expect(await settled()).to.deep.equal(kept);
    } finally {
      stop();
      Reflect.deleteProperty(device, 'run');
    }
  });
});
