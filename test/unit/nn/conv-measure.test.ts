// When convolutions are measured, and what that decides.

import { expect } from 'chai';
import * as pv from '../../../src/index.js';
import type { Candidate } from '../../../src/nn/conv-choice.js';
import { Memory, turns, until, useStage } from './measuring.js';

const F = pv.nn.functional;

describe('measuring convolutions', () => {
  const stage = useStage();

  it('the algorithm that was measured to be the fastest is taken over the model’s, in all faces', async () => {
    const faces = (algorithm?: Candidate): string => {
      const leaves = stage.operands.map((operand) => operand.detach()) as [pv.Tensor, pv.Tensor];
      for (const leaf of leaves) leaf.requiresGrad = true;
      const y = F.conv2d(...leaves, null, { padding: 'same', algorithm });
      y.square().sum().backward();
      const before = stage.fake.ran.length;
      for (const made of [y, ...leaves.map(({ grad }) => grad)]) made?.keep();
      return stage.fake.ran.slice(before).join('\n\n');
    };
    const [byModel, byOther] = [faces(stage.model), faces(stage.other)];
    expect(byModel).to.not.equal(byOther);
    stage.measure();
    expect(faces()).to.equal(byModel);
    await stage.measured();
    expect(faces()).to.equal(byOther);
  });

  it('explain says how far it is, what was measured, and that it decided', async () => {
    stage.measure();
    let during = '';
    stage.fake.onRead = () => void (during ||= stage.explained().why);
    expect(stage.explained().why).to.match(/least modelled time; \S+ takes [\d.]+ times as long$/);
    stage.runs();
    expect(stage.explained().why).to.match(/least modelled time; .*; it will be measured when the device is idle$/);
    await stage.measured();
    expect(during).to.match(/least modelled time; .*; it is being measured$/);
    const { algorithm, why, costs } = stage.explained();
    expect(algorithm).to.equal(stage.other);
    expect(why).to.match(/^measured on this device: a training step takes 2\.00 ms; \S+ takes 2\.5 times as long$/);
    expect(costs[0]).to.include({ algorithm: stage.other, measured: 2 });
    expect(costs.find((cost) => cost.algorithm === stage.model)).to.include({ measured: 5 });
    expect(String(pv.explain(stage.convolve()))).to.match(/2\.00 ms measured/);
  });

  it('other batches of the same shape class take what was measured, and say of what batch; others do not', async () => {
    stage.measure();
    stage.runs();
    await stage.measured();
    const of = (samples: number): pv.ConvolutionExplanation =>
      stage.explained(F.conv2d(pv.zeros([samples, 8, 16, 16]), stage.operands[1], null, { padding: 'same' }));
    expect(of(3).why).to.match(/^measured on this device: a training step of 4 samples takes 2\.00 ms/);
    expect(of(2).why).to.not.match(/measured on this device/);
    expect(of(5).why).to.not.match(/measured on this device/);
  });

  it('a larger batch than the one measured does not take what the device cannot run for it', () => {
    // A padded plane is larger than all samples.
    Object.assign(stage.fake.device, { limits: { ...stage.fake.device.limits, maxBufferBytes: 4 * 8 * 8 * 8 } });
    stage.measure({ store: { find: () => ({ milliseconds: { fft: 2, direct: 1 }, samples: 5 }), put: () => undefined } });
    const [x, w] = [pv.zeros([8, 1, 8, 8]), pv.zeros([1, 1, 15, 15])];
    const { algorithm, costs, why } = stage.explained(F.conv2d(x, w, null, { padding: 'same' }));
    expect(costs.find((cost) => cost.algorithm === 'direct')).to.include({ measured: null, milliseconds: Infinity });
    expect(algorithm).to.equal('fft');
    expect(why).to.equal('remembered from an earlier run: a training step of 5 samples takes 2.00 ms');
  });

  it('waits for what people ask for to be compiled, however long that takes', async () => {
    let compiled = (): void => undefined;
    const compiling = new Promise<void>((resolve) => (compiled = resolve));
    const { fake } = stage;
    const before = fake.ran.length;
    Object.assign(fake.device, { sync: () => (fake.ran.length === before ? Promise.resolve() : compiling) });
    stage.measure();
    stage.runs();
    await turns(50);
    expect(stage.explained().why).to.match(/it will be measured when the device is idle$/);
    compiled();
    await stage.measured();
  });

  it('what is measured is freed, and its plans are forgotten', async () => {
    stage.runs();
    const [buffers, plans] = [stage.fake.buffers.size, stage.fake.plans.size];
    stage.measure();
    stage.convolve().keep().dispose();
    expect(stage.fake.buffers.size).to.equal(buffers);
    let most = 0;
    stage.fake.onRead = () => void (most = Math.max(most, stage.fake.buffers.size));
    await stage.measured();
    await turns(5);
    expect(most).to.be.above(buffers + 3);
    expect(stage.fake.buffers.size).to.equal(buffers);
    expect(stage.fake.plans.size).to.equal(plans);
  });

  it('the next process takes what is stored, and measures nothing', async () => {
    const store = new Memory();
    stage.measure({ store });
    stage.runs();
    await stage.measured();
    stage.stop();
    stage.fake.lose('the process ended');
    await stage.open();
    stage.measure({ store });
    const before = stage.fake.ran.length;
    const first = stage.runs();
    const { algorithm, why } = stage.explained();
    expect(algorithm).to.equal(stage.other);
    expect(why).to.match(/^remembered from an earlier run: a training step takes 2\.00 ms/);
    await turns(50);
    expect(stage.fake.ran.length).to.equal(before + 1);
    stage.stop();
    expect(stage.runs()).to.not.equal(first);
  });

  for (const [what, description, changed] of [
    ['another adapter', 'another adapter', {}],
    ['the same adapter with other limits', 'an adapter', { maxBufferBytes: 2 ** 26 }],
  ] as const) {
    it(`what was measured on ${what} does not count`, async () => {
      const store = new Memory();
      stage.measure({ store });
      stage.runs();
      await stage.measured();
      stage.stop();
      stage.fake.lose('the process ended');
      await stage.open(description);
      Object.assign(stage.fake.device.limits, changed);
      stage.measure({ store });
      expect(stage.isMeasured()).to.equal(false);
      expect(stage.explained().algorithm).to.equal(stage.model);
      stage.runs();
      await stage.measured();
      expect(store.kept.size).to.equal(2);
    });
  }

  it('under a seed nothing is measured, and nothing that was measured decides', async () => {
    const store = new Memory();
    stage.measure({ store });
    stage.runs();
    await stage.measured();
    pv.seed(1);
    const { algorithm, why } = stage.explained();
    expect(algorithm).to.equal(stage.model);
    expect(why).to.match(/least modelled time; .*; after pv\.seed nothing that was measured decides, so that runs are equal$/);
    store.kept.clear();
    await stage.open('an adapter that nothing is known of');
    const before = stage.fake.ran.length;
    stage.runs();
    await turns(50);
    expect(stage.fake.ran.length).to.equal(before + 1);
    expect(store.kept.size).to.equal(0);
  });

  it('a seed ends what is under way', async () => {
    const store = new Memory();
    stage.measure({ store });
    stage.fake.onRead = () => pv.seed(1);
    stage.runs();
    await until(() => stage.explained().why.includes('after pv.seed'), 'the seed came');
    await turns(50);
    expect(store.kept.size).to.equal(0);
    expect(stage.fake.buffers.size).to.be.below(8);
  });

  it('in CI nothing is measured, and nothing is remembered', async () => {
    const store = new Memory();
    stage.measure({ store });
    stage.runs();
    await stage.measured();
    stage.stop();
    process.env['CI'] = 'true';
    stage.measure({ store });
    const before = stage.fake.ran.length;
    stage.runs();
    await turns(50);
    expect(stage.fake.ran.length).to.equal(before + 1);
    expect(stage.explained().algorithm).to.equal(stage.model);
    expect(stage.isMeasured()).to.equal(false);
  });

  it('the library alone measures nothing', async () => {
    const before = stage.fake.ran.length;
    stage.runs();
    await turns(50);
    expect(stage.fake.ran.length).to.equal(before + 1);
  });

  it('explain measures nothing', async () => {
    stage.measure();
    const before = stage.fake.ran.length;
    pv.explain(stage.convolve());
    await turns(50);
    expect(stage.fake.ran.length).to.equal(before);
  });

  it('leaves what people have recorded as it is', async () => {
    stage.measure();
    stage.runs();
    const y = stage.convolve();
    const { recorded } = y.node.state;
    await until(() => stage.fake.ran.length > 20, 'it is under way');
    expect(y.node.state.recorded).to.equal(recorded);
  });

  it('where no other algorithm comes near by the model, it is trusted', async () => {
    stage.measure();
    const make = (samples: number, channels: number, size: number, taps: number): pv.Tensor => {
      const [x, w] = [pv.zeros([samples, channels, size, size]), pv.zeros([channels, channels, taps, taps])];
      return F.conv2d(x, w, null, { padding: 'same' });
    };
    const shapes: readonly (readonly [number, number, number, number])[] = [
      [1, 64, 8, 1],
      [8, 256, 4, 1],
      [8, 16, 64, 31],
    ];
    const clear = shapes.find((shape) => {
      const [best, next] = stage.explained(make(...shape)).costs;
      return (next?.milliseconds ?? 0) > 4 * (best?.milliseconds ?? Infinity);
    });
    if (clear === undefined) throw new Error('the model is nowhere clear: the test wants other shapes');
    const y = make(...clear);
    const before = stage.fake.ran.length;
    y.keep();
    await turns(50);
    expect(stage.fake.ran.length).to.equal(before + 1);
    const { why } = stage.explained(make(...clear));
    expect(why).to.match(/least modelled time; .*; no other comes near enough to be measured$/);
  });
});
