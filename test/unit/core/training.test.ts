// Training steps: what they cost, what they leave behind, and that they compute the right thing.

import { expect } from 'chai';
import { readFileSync } from 'node:fs';
import * as pv from '../../../src/index.js';
import { added, distance, messageOf, onEachDeviceAndBehindAPort, settled } from './support.js';

const F = pv.nn.functional;
const samples = 48;
const batch = 8;

/** A convolutional network on a small data set, trained with everything that changes from step to step. */
function makeTraining(): { step: (i: number) => Promise<void>; parameters: pv.Tensor[]; dispose: () => void } {
  pv.seed(7);
  const images = pv.randn([samples, 1, 6, 6], { seed: 1 });
  const labels = pv.tensor(Int32Array.from({ length: samples }, (_, i) => i % 3));
  const parameter = (shape: readonly number[], seed: number): pv.Tensor => pv.randn(shape, { seed, requiresGrad: true });
  const [w1, b1, w2, b2] = [parameter([2, 1, 3, 3], 2), parameter([2], 3), parameter([3, 32], 4), parameter([3], 5)];
  const parameters = [w1, b1, w2, b2];
  const optimizer = new pv.optim.SGD(parameters, { lr: 0.1, momentum: 0.9, weightDecay: 1e-4 });
  const step = async (i: number): Promise<void> => {
    optimizer.lr = 0.1 / (1 + i / 10);
    const from = (i * batch) % samples;
    const x = images.slice([from], [from + batch]);
    const t = labels.slice([from], [from + batch]);
    optimizer.zeroGrad();
    const hidden = F.dropout(F.relu(F.conv2d(x, w1, b1)).reshape([batch, -1]), { p: 0.25 });
    F.crossEntropy(F.linear(hidden, w2, b2), t).backward();
    await optimizer.step();
  };
  return { step, parameters, dispose: () => [images, labels, ...parameters].forEach((t) => t.dispose()) };
}

async function train(from: number, to: number, step: (i: number) => Promise<void>): Promise<void> {
  for (let i = from; i < to; i++) await step(i);
}

async function valuesOf(tensors: readonly pv.Tensor[]): Promise<number[][]> {
  return Promise.all(tensors.map(async (t) => [...(await t.data())]));
}

/** A least-squares problem with one parameter: loss = Σ (x·w)². */
function leastSquares(): { x: pv.Tensor; w: pv.Tensor } {
  return { x: pv.tensor([1, 2, 3]), w: pv.tensor([1, 1, 1], { requiresGrad: true }) };
}

describe('training', function () {
  onEachDeviceAndBehindAPort((device) => {
    it('100 steps with a schedule, dropout and batch slices build no plan and no pipeline after step 2, and submit once a step', async () => {
      const { step, dispose } = makeTraining();
      await train(0, 2, step);
      await pv.sync();
      const counts = await added(() => train(2, 100, step));
      expect(counts.plansBuilt).to.equal(0);
      expect(counts.pipelines).to.equal(0);
      expect(counts.plansReplayed).to.equal(98);
      expect(counts.submissions).to.equal(98);
      expect(counts.dispatches % 98).to.equal(0);
      dispose();
    });

    it('a step whose tensors are tidied allocates no device buffer after step 2', async () => {
      const { x, w } = leastSquares();
      const optimizer = new pv.optim.SGD([w], { lr: 0.01, momentum: 0.5 });
      const step = (): Promise<void> => {
        pv.tidy(() => {
          optimizer.zeroGrad();
          x.mul(w).square().sum().backward();
        });
        return optimizer.step();
      };
      await train(0, 2, step);
      await pv.sync();
      const counts = await added(() => train(2, 60, step));
      expect(counts.allocations).to.equal(0);
      expect(counts.buffers).to.equal(0);
      expect(counts.plansBuilt).to.equal(0);
    });

    it('memory after 1000 steps equals memory after 10', async () => {
      const { step, dispose } = makeTraining();
      await train(0, 10, step);
      const early = await settled();
      await train(10, 1000, step);
      expect(await settled()).to.deep.equal(early);
      dispose();
    });

    it('memory is what it was before, once parameters and optimizer are gone', async () => {
      const before = await settled();
      // In a function of its own, so that nothing here still reaches the optimizer, whose velocities go with it.
      await (async () => {
        const { step, dispose } = makeTraining();
        await train(0, 3, step);
        dispose();
      })();
      expect(await settled()).to.deep.equal(before);
    });

    it('two runs are bit-identical', async () => {
      const run = async (): Promise<number[][]> => {
        const { step, parameters, dispose } = makeTraining();
        await train(0, 12, step);
        const values = await valuesOf(parameters);
        dispose();
        return values;
      };
      const first = await run();
      expect(await run()).to.deep.equal(first);
      expect(first.flat().every(Number.isFinite)).to.equal(true);
    });

    const optimizers: Readonly<Record<string, (w: pv.Tensor) => { step(): Promise<void> }>> = {
      sgd: (w) => new pv.optim.SGD([w], { lr: 0.1 }),
      sgd_momentum: (w) => new pv.optim.SGD([w], { lr: 0.1, momentum: 0.9 }),
      sgd_nesterov_wd: (w) => new pv.optim.SGD([w], { lr: 0.05, momentum: 0.9, nesterov: true, weightDecay: 0.01 }),
      adam: (w) => new pv.optim.Adam([w], { lr: 0.05 }),
      adam_wd: (w) => new pv.optim.Adam([w], { lr: 0.05, weightDecay: 0.01 }),
      adamw: (w) => new pv.optim.AdamW([w], { lr: 0.05, weightDecay: 0.1 }),
    };
    for (const [name, make] of Object.entries(optimizers)) {
      it(`an optimizer follows PyTorch's trajectory: ${name}`, async () => {
        const { w: start, grads, trajectory } = readTrajectory(`optim_${name}`);
        const w = pv.tensor(start, { shape: [4, 5], requiresGrad: true });
        const optimizer = make(w);
        const steps = grads.length / 20;
        expect(steps).to.equal(6);
        for (let i = 0; i < steps; i++) {
          w.grad = pv.tensor(grads.subarray(20 * i, 20 * i + 20), { shape: [4, 5] });
          await optimizer.step();
          const expected = trajectory.subarray(20 * i, 20 * i + 20);
          expect(distance(await w.data(), expected), `step ${i + 1}`).to.be.below(device === 'cpu' ? 1e-14 : 2e-6);
        }
      });

      it(`of a complex parameter the real and the imaginary part move apart: ${name}`, async () => {
        const { w: start, grads } = readTrajectory(`optim_${name}`);
        const pairs = pv.tensor(start, { shape: [4, 5], requiresGrad: true });
        const dtype = device === 'cpu' ? 'complex128' : 'complex64';
        const whole = pv.tensor(start, { shape: [2, 5], dtype, requiresGrad: true });
        const [apart, together] = [make(pairs), make(whole)];
        for (let i = 0; i < 3; i++) {
          const g = grads.subarray(20 * i, 20 * i + 20);
          pairs.grad = pv.tensor(g, { shape: [4, 5] });
          whole.grad = pv.tensor(g, { shape: [2, 5], dtype });
          await Promise.all([apart.step(), together.step()]);
        }
        expect(distance(await whole.data(), await pairs.data())).to.be.below(1e-6);
      });
    }

    it('a loss that the user holds, read after step(), has the value from before the step', async () => {
      const { x, w } = leastSquares();
      const optimizer = new pv.optim.SGD([w], { lr: 0.1 });
      const scores = x.mul(w);
      const loss = scores.square().sum();
      loss.backward();
      await optimizer.step();
      await pv.sync();
      // Computed with the step, which overwrote what they were made of: reading them computes nothing.
      const counts = await added(async () => expect(await loss.item()).to.equal(14));
      expect(counts.dispatches).to.equal(0);
      expect(await scores.array()).to.deep.equal([1, 2, 3]);
      expect(distance(await w.data(), [0.8, 0.2, -0.8])).to.be.below(1e-6);
    });

    it('a view of a parameter that the user holds keeps the old version', async () => {
      const { w } = leastSquares();
      const [part, twice] = [w.slice([1]), w.mul(2)];
      w.assign(pv.tensor([5, 6, 7]));
      expect(await w.array()).to.deep.equal([5, 6, 7]);
      expect(await part.array()).to.deep.equal([1, 1]);
      expect(await twice.array()).to.deep.equal([2, 2, 2]);
      expect(await w.mul(2).array()).to.deep.equal([10, 12, 14]);
    });

    it('several assignments before a read: the last one holds, and recipes between them keep their version', async () => {
      const t = pv.tensor([1]);
      const seen: pv.Tensor[] = [];
      for (let i = 0; i < 4; i++) {
        seen.push(t.mul(10));
        t.assign(t.add(1));
      }
      expect(await t.array()).to.deep.equal([5]);
      expect(await Promise.all(seen.map((s) => s.item()))).to.deep.equal([10, 20, 30, 40]);
    });

    it('loss.backward() works after the loss was read', async () => {
      const { x, w } = leastSquares();
      const loss = x.mul(w).square().sum();
      expect(await loss.item()).to.equal(14);
      loss.backward();
      expect(await w.grad!.array()).to.deep.equal([2, 8, 18]);
    });

    it('gradients can be read without a step, add up over losses, and go with zeroGrad()', async () => {
      const { x, w } = leastSquares();
      const optimizer = new pv.optim.SGD([w], { lr: 0.1 });
      x.mul(w).square().sum().backward();
      expect(await w.grad!.array()).to.deep.equal([2, 8, 18]);
      x.mul(w).sum().backward();
      expect(await w.grad!.array()).to.deep.equal([3, 10, 21]);
      optimizer.zeroGrad();
      pv.tidy(() => x.mul(w).sum().backward());
      await pv.sync();
      const counts = await added(async () => {
        pv.tidy(() => x.mul(w).sum().backward());
        await pv.sync();
      });
      expect(counts.buffers, 'the sum takes the place of a gradient that nobody took').to.be.at.most(0);
      optimizer.zeroGrad();
      expect(w.grad).to.equal(null);
      await optimizer.step();
      expect(await w.array()).to.deep.equal([1, 1, 1]);
    });

    it('a second backward() on a used graph throws and names pv.grad', async () => {
      const { x, w } = leastSquares();
      const loss = x.mul(w).square().sum();
      loss.backward();
      const message = await messageOf(() => loss.backward());
      expect(message).to.match(/used up by an earlier backward\(\).*compute the loss anew.*pv\.grad/s);
      expect(await w.grad!.array()).to.deep.equal([2, 8, 18]);
    });

    it('pv.grad of pv.grad gives second and third derivatives', async () => {
      const cube = (x: pv.Tensor): pv.Tensor => x.mul(x).mul(x).sum();
      const second = pv.grad((x) => pv.grad(cube)(x).sum());
      const third = pv.grad((x) => second(x).sum());
      const x = pv.tensor([1, 2, -3]);
      expect(await second(x).array()).to.deep.equal([6, 12, -18]);
      expect(await third(x).array()).to.deep.equal([6, 6, 6]);
    });

    it('the first step of an optimizer with many parameters moves all of them', async () => {
      // More is recorded in the step than a graph may grow to before it is flushed by itself.
      const parameters = Array.from({ length: 60 }, (_, i) => pv.full([3], i + 1, { requiresGrad: true }));
      const optimizer = new pv.optim.Adam(parameters, { lr: 0.5 });
      parameters
        .map((parameter) => parameter.square().sum())
        .reduce((sum, term) => sum.add(term))
        .backward();
      await optimizer.step();
      // The first step of Adam is one of lr against the gradient's sign.
      for (const [i, parameter] of parameters.entries())
        for (const value of await parameter.data()) expect(value).to.be.closeTo(i + 0.5, 1e-4);
    });

    it('step() without await computes the same parameters', async () => {
      const { x, w } = leastSquares();
      const optimizer = new pv.optim.SGD([w], { lr: 0.125, momentum: 0.5 });
      for (let i = 0; i < 3; i++) {
        optimizer.zeroGrad();
        x.mul(w).sum().backward();
        void optimizer.step();
      }
      // v = g, 1.5·g, 1.75·g with g = x.
      expect(await w.array()).to.deep.equal([1 - 4.25 / 8, 1 - 8.5 / 8, 1 - 12.75 / 8]);
    });

    it('the new parameters carry gradients: a step does not detach them', async () => {
      const { x, w } = leastSquares();
      const optimizer = new pv.optim.SGD([w], { lr: 0.25 });
      x.mul(w).sum().backward();
      await optimizer.step();
      expect(w.requiresGrad).to.equal(true);
      optimizer.zeroGrad();
      w.square().sum().backward();
      expect(await w.grad!.array()).to.deep.equal([1.5, 1, 0.5]);
    });

    it('an optimizer step inside tidy keeps its state', async () => {
      const { x, w } = leastSquares();
      const optimizer = new pv.optim.SGD([w], { lr: 0.125, momentum: 0.5 });
      for (let i = 0; i < 2; i++) {
        pv.tidy(() => {
          optimizer.zeroGrad();
          x.mul(w).sum().backward();
          void optimizer.step();
        });
      }
      expect(await w.array()).to.deep.equal([1 - 2.5 / 8, 1 - 5 / 8, 1 - 7.5 / 8]);
    });

    it('running statistics of batchNorm2d move under training and are read as they are now', async () => {
      const x = pv.tensor([1, 2, 3, 6], { shape: [1, 1, 2, 2] });
      const [runningMean, runningVar] = [pv.zeros([1]), pv.ones([1])];
      const y = F.batchNorm2d(x, { runningMean, runningVar, training: true, momentum: 0.5 });
      expect(await runningMean.item()).to.equal(1.5);
      expect(Math.abs((await runningVar.item()) - (0.5 + 0.5 * (14 / 3)))).to.be.below(1e-6);
      expect(Math.abs(await y.mean().item())).to.be.below(1e-6);
    });
  });
});

interface Trajectory {
  readonly w: Float64Array;
  readonly grads: Float64Array;
  readonly trajectory: Float64Array;
}

/** A case of PyTorch's optimizers: the start, a gradient for each step, and the parameter after each. */
function readTrajectory(name: string): Trajectory {
  const bytes = readFileSync(new URL('../../fixtures/optim.safetensors', import.meta.url));
  const length = Number(bytes.readBigUInt64LE(0));
  const header = JSON.parse(bytes.subarray(8, 8 + length).toString('utf8')) as Record<string, { data_offsets: [number, number] }>;
  const load = (part: string): Float64Array => {
    const entry = header[`${name}/${part}`];
    if (entry === undefined) throw new Error(`the fixture has no ${name}/${part}`);
    const [begin, end] = entry.data_offsets;
    return new Float64Array(Uint8Array.from(bytes.subarray(8 + length + begin, 8 + length + end)).buffer);
  };
  return { w: load('w'), grads: load('grads'), trajectory: load('trajectory') };
}
