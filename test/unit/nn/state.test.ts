// What networks and optimizers are saved as, and that they go on from it.
import { expect } from 'chai';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import * as pv from '../../../src/index.js';

const { nn } = pv;

const network = (seed: number): pv.nn.Sequential =>
  new nn.Sequential(
    new nn.Conv2d(2, 3, 3, { padding: 1, seed }),
    new nn.BatchNorm2d(3),
    new nn.ReLU(),
    new nn.Flatten(),
    new nn.Linear(3 * 4 * 4, 2, { seed: seed + 10 }),
  );
const x = (): pv.Tensor => pv.randn([5, 2, 4, 4], { seed: 3 });

async function failure(action: () => unknown): Promise<string> {
  try {
    await action();
  } catch (error) {
    return (error as Error).message;
  }
  return 'nothing was thrown';
}

describe('a saved network', () => {
  let folder: string;
  before(async () => {
    await pv.setDevice('cpu');
    folder = await mkdtemp(join(tmpdir(), 'parseval-state-'));
  });
  after(() => rm(folder, { recursive: true }));

  it('holds parameters and running statistics by name', () => {
    expect([...network(1).stateDict()].map(([name, { shape }]) => `${name} [${shape.join(', ')}]`)).to.deep.equal([
      '0.weight [3, 2, 3, 3]',
      '0.bias [3]',
      '1.weight [3]',
      '1.bias [3]',
      '4.weight [2, 48]',
      '4.bias [2]',
      '1.runningMean [3]',
      '1.runningVar [3]',
    ]);
  });

  for (const device of ['cpu', 'node'] as const)
    it(`computes what it computed when it was saved, on ${device}`, async () => {
      await pv.setDevice(device);
      try {
        const trained = network(1);
        // Running statistics move.
        trained.forward(x());
        const path = join(folder, `${device}.safetensors`);
        await trained.save(path);
        const other = await network(2).load(path);
        expect(await other.eval().forward(x()).data()).to.deep.equal(await trained.eval().forward(x()).data());
        expect([...other.namedParameters().values()].every(({ requiresGrad }) => requiresGrad)).to.equal(true);
      } finally {
        await pv.setDevice('cpu');
      }
    });

  it('with complex parameters, and kernels of several sizes, computes what it computed', async () => {
    const make = (seed: number): pv.nn.Sequential =>
      new nn.Sequential(
        new nn.SpectralConv2d(2, 3, 3, { seed }),
        new nn.SmoothSpectralConv2d(3, 2, [3, 5], { seed: seed + 1 }),
        new nn.FourierOperatorConv2d(2, 2, 2, { seed: seed + 2 }),
      );
    const path = join(folder, 'spectral.safetensors');
    const trained = make(1);
    await trained.save(path);
    const loaded = await make(20).load(path);
    const image = pv.randn([1, 2, 8, 8], { seed: 4 });
    expect(await loaded.forward(image).data()).to.deep.equal(await trained.forward(image).data());
  });

  it('of PyTorch is loaded by its names, without its count of batches', async () => {
    const given = new Map<string, pv.Tensor>();
    for (const [name, tensor] of network(1).stateDict())
      given.set(name.replace('runningMean', 'running_mean').replace('runningVar', 'running_var'), pv.full([...tensor.shape], 0.5));
    given.set('1.num_batches_tracked', pv.tensor([7], { dtype: 'int32' }));
    const loaded = network(2).loadStateDict(given);
    expect(await loaded.stateDict().get('1.runningVar')!.data()).to.deep.equal(Float64Array.from([0.5, 0.5, 0.5]));
  });

  it('that does not fit is refused with all that differs, and nothing is changed', async () => {
    const to = network(2);
    const before = await to.stateDict().get('0.bias')!.data();
    const given = network(1).stateDict();
    given.delete('0.weight');
    given.set('4.weight', pv.zeros([48, 2]));
    given.set('5.weight', pv.zeros([1]));
    expect(await failure(() => to.loadStateDict(given))).to.equal(
      "loadStateDict: '0.weight' [3, 2, 3, 3] is missing; '5.weight' [1] has no place; '4.weight' is [48, 2], but must be [2, 48]; nothing was changed. Build the network as it was when it was saved",
    );
    expect(await to.stateDict().get('0.bias')!.data()).to.deep.equal(before);
    const broken = join(folder, 'broken.safetensors');
    await writeFile(broken, 'no tensors');
    expect(await failure(() => to.load(broken))).to.include('broken.safetensors');
    expect(await failure(() => to.load(join(folder, 'none')))).to.include('cannot be read');
    expect(await failure(() => to.loadStateDict({} as never))).to.include('expects a Map of tensors by name');
  });
});

describe('a saved optimizer', () => {
  before(() => pv.setDevice('cpu'));

  const kinds = {
    'SGD with momentum': (parameters: pv.Tensor[]) => new pv.optim.SGD(parameters, { lr: 0.05, momentum: 0.9, nesterov: true }),
    Adam: (parameters: pv.Tensor[]) => new pv.optim.Adam(parameters, { lr: 0.05 }),
    AdamW: (parameters: pv.Tensor[]) => new pv.optim.AdamW(parameters, { lr: 0.05, weightDecay: 0.1 }),
  };
  for (const [name, make] of Object.entries(kinds))
    it(`of the kind ${name} goes on as if it had not been interrupted, with complex parameters and some that rest`, async () => {
      const parameters = (): pv.Tensor[] => [
        pv.randn([3, 2], { seed: 1, requiresGrad: true }),
        pv.tensor(
          [
            [1, 2],
            [-1, 0.5],
          ],
          { dtype: 'complex128', requiresGrad: true },
        ),
        pv.tensor([1], { requiresGrad: true }),
      ];
      const step = async ([a, z]: pv.Tensor[], optimizer: pv.optim.Optimizer): Promise<void> => {
        optimizer.zeroGrad();
        a!.square().sum().add(z!.abs().sum()).add(a!.mul(0.3).sin().sum()).backward();
        await optimizer.step();
      };
      const whole = parameters();
      const uninterrupted = make(whole);
      for (let i = 0; i < 6; i++) await step(whole, uninterrupted);

      const first = parameters();
      const before = make(first);
      for (let i = 0; i < 4; i++) await step(first, before);
      const saved = new Map([...before.stateDict()].map(([key, value]) => [key, value.detach()]));
      const second = first.map((parameter) => {
        const copy = parameter.detach();
        copy.requiresGrad = true;
        return copy;
      });
      const after = make(second);
      await after.loadStateDict(saved);
      for (let i = 0; i < 2; i++) await step(second, after);
      for (const [i, parameter] of second.entries()) expect(await parameter.data()).to.deep.equal(await whole[i]!.data());
    });

  it('of another kind, or for other parameters, is refused', async () => {
    const w = (): pv.Tensor => pv.ones([2], { requiresGrad: true });
    const sgd = new pv.optim.SGD([w()], { lr: 0.1 });
    const adam = new pv.optim.Adam([w()]);
    expect(await failure(() => sgd.loadStateDict(new Map()))).to.equal(
      'SGD: loadStateDict: expects the stateDict of an optimizer of 1 parameters, but was given a Map',
    );
    expect(await failure(() => sgd.loadStateDict(new Map([...adam.stateDict(), ['0.mean', w()]])))).to.include("'0.mean' [2] has no place");
    expect(await failure(() => adam.loadStateDict(new Map([...adam.stateDict(), ['0.mean', pv.ones([3])]])))).to.include('must be [2]');
  });
});
