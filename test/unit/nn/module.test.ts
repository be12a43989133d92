import { expect } from 'chai';
import * as pv from '../../../src/index.js';

const { nn } = pv;

/** A network with a part in a property and parts in a list. */
class Network extends nn.Module {
  readonly first = new nn.Conv2d(2, 3, [3, 2], { padding: 1, seed: 1 });
  readonly blocks = [new nn.Sequential(new nn.BatchNorm2d(3), new nn.ReLU()), new nn.Conv2d(3, 2, 3, { bias: false, seed: 3 })];
  readonly head = new nn.Linear(2 * 2 * 4, 5, { seed: 5 });
  readonly scale = pv.tensor([1.5], { requiresGrad: true });
  readonly fixed = pv.tensor([2]);

  override forward(x: pv.Tensor): pv.Tensor {
    let y = this.first.forward(x);
    for (const block of this.blocks) y = block.forward(y);
    return this.head.forward(new nn.Flatten().forward(y)).mul(this.scale).mul(this.fixed);
  }
}

describe('modules', () => {
  before(() => pv.setDevice('cpu'));

  it('know their parameters by name, in order, and nothing else', () => {
    const shapes = [...new Network().namedParameters()].map(([name, { shape }]) => `${name} [${shape.join(', ')}]`);
    expect(shapes).to.deep.equal([
      'scale [1]',
      'first.weight [3, 2, 3, 2]',
      'first.bias [3]',
      'blocks.0.0.weight [3]',
      'blocks.0.0.bias [3]',
      'blocks.1.weight [2, 3, 3, 3]',
      'head.weight [5, 16]',
      'head.bias [5]',
    ]);
  });

  it('list what is used in several places once, under its first name, and it is checked and trained with the gradients of all', async () => {
    class Tied extends nn.Module {
      readonly first = new nn.Linear(3, 3, { seed: 1 });
      readonly blocks = [this.first, new nn.Linear(3, 3, { bias: false, seed: 2 })];
      readonly weight = this.first.weight;

      override forward(x: pv.Tensor): pv.Tensor {
        return this.blocks.reduce((y, block) => block.forward(y), this.first.forward(x)).matmul(this.weight);
      }
    }
    const network = new nn.Sequential(new Tied(), new nn.ReLU());
    expect([...network.namedParameters().keys()]).to.deep.equal(['0.weight', '0.first.bias', '0.blocks.1.weight']);
    const x = pv.randn([4, 3], { seed: 3 });
    const report = await pv.gradcheck(network, { x });
    expect(report.ok, String(report)).to.equal(true);
    const optimizer = new pv.optim.SGD(network.parameters(), { lr: 1e-3 });
    const loss = (): pv.Tensor => network.forward(x).square().sum();
    const before = await loss().item();
    loss().backward();
    await optimizer.step();
    expect(await loss().item()).to.be.below(before);
  });

  it('train and stop training with all their parts', () => {
    const network = new Network();
    const [block] = network.blocks;
    expect(network.training && block!.training).to.equal(true);
    network.eval();
    expect(network.training || block!.training || network.head.training).to.equal(false);
    expect(network.train().blocks[0]!.training).to.equal(true);
  });

  it('begin between ±1/√fanIn, the same for the same seed', async () => {
    const { weight } = new nn.Conv2d(8, 4, 5, { groups: 2, seed: 7 });
    const values = await weight.data();
    const bound = 1 / Math.sqrt(4 * 25);
    expect(weight.shape).to.deep.equal([4, 4, 5, 5]);
    expect(Math.max(...values.map(Math.abs))).to.be.within(0.98 * bound, bound);
    expect(await new nn.Conv2d(8, 4, 5, { groups: 2, seed: 7 }).weight.data()).to.deep.equal(values);
  });

  it('have gradients that a check holds in every parameter and input, and stay as they were', async () => {
    const network = new Network();
    const before = await network.first.weight.data();
    const report = await pv.gradcheck(network, { x: pv.randn([2, 2, 4, 5], { seed: 9 }) });
    expect(report.ok, String(report)).to.equal(true);
    expect(report.inputs.map(({ name }) => name)).to.deep.equal(['x', ...network.namedParameters().keys()]);
    expect(await network.first.weight.data()).to.deep.equal(before);
    const { runningMean } = (network.blocks[0] as pv.nn.Sequential).layers[0] as pv.nn.BatchNorm2d;
    expect(await runningMean.data()).to.deep.equal(new Float64Array(3));
    // Training goes on as if nothing had been.
    network
      .forward(pv.randn([2, 2, 4, 5], { seed: 9 }))
      .square()
      .sum()
      .backward();
    expect(network.parameters().every(({ grad }) => grad !== null)).to.equal(true);
  });

  it('say what is wrong with what they are made of', () => {
    expect(() => new nn.Sequential(new nn.ReLU(), 3 as never)).to.throw(/layer 1 is 3, but must be a module/);
    expect(() => new nn.Conv2d(3, 4, 3, { groups: 2 })).to.throw(/2 groups do not divide 3 input and 4 output channels/);
    expect(() => new nn.Linear(0, 4)).to.throw(/inFeatures is 0, but must be a positive integer/);
  });
});
