import { expect } from 'chai';
import { planStats } from '../../../src/graph/plans.js';
import * as pv from '../../../src/index.js';

const { nn } = pv;

const network = (): pv.nn.Sequential =>
  new nn.Sequential(
    new nn.Conv2d(3, 16, 5, { padding: 2, seed: 1 }),
    new nn.BatchNorm2d(16),
    new nn.ReLU(),
    new nn.MaxPool2d(2),
    new nn.Flatten(),
    new nn.Dropout(0.2),
    new nn.Linear(16 * 16 * 16, 10, { seed: 2 }),
  );

describe('the summary of a network', () => {
  before(() => pv.setDevice('cpu'));

  it('gives each layer its output, its parameters and its cost, by the definitions', () => {
    const { layers, parameters, flop } = network().summary([4, 3, 32, 32]);
    expect(layers.map(({ name, layer, output, parameters: count }) => [name, layer, output.join('×'), count])).to.deep.equal([
      ['0', 'Conv2d', '4×16×32×32', 16 * 3 * 25 + 16],
      ['1', 'BatchNorm2d', '4×16×32×32', 32],
      ['2', 'ReLU', '4×16×32×32', 0],
      ['3', 'MaxPool2d', '4×16×16×16', 0],
      ['4', 'Flatten', '4×4096', 0],
      ['5', 'Dropout', '4×4096', 0],
      ['6', 'Linear', '4×10', 40960 + 10],
    ]);
    expect(parameters).to.equal(1216 + 32 + 40970);
    // Two a tap and one for the bias, of each output.
    expect(layers[0]!.cost!.flop).to.equal(4 * 16 * 32 * 32 * (2 * 75 + 1));
    expect(layers[6]!.cost).to.deep.equal({ flop: 4 * 10 * (2 * 4096 + 1), bytes: 4 * (4 * 4096 + 40960 + 10 + 40) });
    expect(flop).to.equal(layers.reduce((sum, { cost }) => sum + cost!.flop, 0));
  });

  it('changes nothing: not what is trained, not running statistics, not the random numbers', async () => {
    const model = network();
    model.layers[5]!.eval();
    pv.seed(1);
    const expected = await pv.uniform([3]).data();
    pv.seed(1);
    model.summary([4, 3, 32, 32]);
    expect(await pv.uniform([3]).data()).to.deep.equal(expected);
    expect(model.layers.map(({ training }) => training)).to.deep.equal([true, true, true, true, true, false, true]);
    expect(Object.getOwnPropertyNames(model.layers[0])).to.not.include('forward');
    expect(await (model.layers[1] as pv.nn.BatchNorm2d).runningMean.data()).to.deep.equal(new Float64Array(16));
  });

  it('computes nothing', async () => {
    await pv.setDevice('node');
    try {
      const plans = (): number => planStats.built + planStats.replayed;
      const model = new nn.Sequential(new nn.Conv1d(1, 2, 3));
      const before = plans();
      expect(model.summary([1, 1, 1000]).parameters).to.equal(8);
      await pv.sync();
      expect(plans()).to.equal(before);
      await model.forward(pv.ones([1, 1, 5])).data();
      expect(plans()).to.be.above(before);
    } finally {
      await pv.setDevice('cpu');
    }
  });

  it('counts what is used twice once, tensors beside layers too, and lists every use', () => {
    class Twice extends nn.Module {
      readonly layer = new nn.Linear(4, 4, { seed: 1 });
      readonly scale = pv.tensor([[1, 0]], { dtype: 'complex128', requiresGrad: true });
      override forward(x: pv.Tensor): pv.Tensor {
        return this.layer.forward(this.layer.forward(x)).mul(this.scale.abs());
      }
    }
    const { layers, parameters } = new Twice().summary([2, 4]);
    expect(layers.map(({ name, parameters: count }) => [name, count])).to.deep.equal([
      ['layer', 20],
      ['layer', 0],
      ['', 2],
    ]);
    expect(parameters).to.equal(22);
  });

  it('is a table in words', () => {
    expect(String(new nn.Sequential(new nn.Linear(1000, 100, { seed: 1 }), new nn.ReLU()).summary([8, 1000]))).to.equal(
      [
        'Input 8 × 1000, one forward pass',
        'name  layer   output   parameters    flop   bytes',
        '0     Linear  8 × 100      100100  1.60 M   436 k',
        '1     ReLU    8 × 100           0     800  6.40 k',
        '      total                100100  1.60 M   442 k',
      ].join('\n'),
    );
  });

  it('says what does not fit as the forward does, and leaves the network as it was', () => {
    const model = network();
    expect(() => model.summary([4, 2, 32, 32])).to.throw('3');
    expect(() => model.summary('x' as never)).to.throw('summary');
    expect(Object.getOwnPropertyNames(model.layers[0])).to.not.include('forward');
    expect(model.training).to.equal(true);
  });

  it('knows what spectral layers take', () => {
    const model = new nn.FourierCNN(3, 16, 10, { channels: [4, 8], seed: 1 });
    const { layers } = model.summary([2, 3, 16, 16]);
    expect(layers.every(({ cost }) => cost !== null && Number.isFinite(cost.flop))).to.equal(true);
    expect(layers.at(-1)!.output).to.deep.equal([2, 10]);
  });
});
