// Layers, initial values, metrics and learning rates, against definitions.
import { expect } from 'chai';
import * as pv from '../../../src/index.js';

const { nn } = pv;
const values = async (x: pv.Tensor): Promise<number[]> => Array.from(await x.data());

describe('layers', () => {
  before(() => pv.setDevice('cpu'));

  it('are their functions, with their own parameters', async () => {
    const signal = pv.randn([2, 4, 9], { seed: 1 });
    const image = pv.randn([2, 4, 6, 5], { seed: 2 });
    const f = nn.functional;
    const conv1 = new nn.Conv1d(4, 6, 3, { stride: 2, padding: 1, groups: 2, seed: 3 });
    const transposed = new nn.ConvTranspose2d(4, 6, [3, 2], { stride: 2, outputPadding: 1, groups: 2, seed: 4 });
    const pairs: [pv.Tensor, pv.Tensor][] = [
      [conv1.forward(signal), f.conv1d(signal, conv1.weight, conv1.bias, { stride: 2, padding: 1, groups: 2 })],
      [transposed.forward(image), f.convTranspose2d(image, transposed.weight, transposed.bias, { stride: 2, outputPadding: 1, groups: 2 })],
      [new nn.MaxPool2d(2, { stride: 1 }).forward(image), f.maxPool2d(image, { kernelSize: 2, stride: 1 })],
      [new nn.AvgPool2d([3, 2]).forward(image), f.avgPool2d(image, { kernelSize: [3, 2] })],
      [new nn.GELU().forward(image), f.gelu(image)],
      [new nn.SiLU().forward(image), f.silu(image)],
      [new nn.Sigmoid().forward(image), f.sigmoid(image)],
      [new nn.Tanh().forward(image), f.tanh(image)],
    ];
    for (const [got, expected] of pairs) {
      expect(got.shape).to.deep.equal(expected.shape);
      expect(await values(got)).to.deep.equal(await values(expected));
    }
    expect(transposed.weight.shape).to.deep.equal([4, 3, 3, 2]);
  });

  it('Dropout zeroes a share p and keeps the mean while it is trained, and is the identity otherwise', async () => {
    pv.seed(5);
    const layer = new nn.Dropout(0.3);
    const dropped = await values(layer.forward(pv.ones([20_000])));
    const zeros = dropped.filter((value) => value === 0).length;
    // Binomial: σ = √(n·p·(1 − p)) = 65.
    expect(zeros).to.be.closeTo(6000, 5 * 65);
    expect(new Set(dropped)).to.deep.equal(new Set([0, 1 / 0.7]));
    expect(await values(layer.eval().forward(pv.ones([3])))).to.deep.equal([1, 1, 1]);
  });

  it('have gradients that a check holds', async () => {
    const net = new nn.Sequential(
      new nn.ConvTranspose2d(2, 3, 3, { stride: 2, seed: 1 }),
      new nn.GELU(),
      new nn.AvgPool2d(2),
      new nn.SiLU(),
      new nn.Conv2d(3, 2, 2, { seed: 2 }),
      new nn.Tanh(),
      new nn.Flatten(),
      new nn.Linear(2 * 9, 3, { seed: 3 }),
    );
    const report = await pv.gradcheck(net, { x: pv.randn([2, 2, 4, 4], { seed: 4 }) });
    expect(report.ok, String(report)).to.equal(true);
  });

  it('refuse what is no layer, with what was given and expected', () => {
    const cases: [() => unknown, string][] = [
      [() => new nn.Conv1d(3, 4, 3, { groups: 2 }), 'Conv1d: 2 groups do not divide 3 input and 4 output channels'],
      [() => new nn.Conv1d(3, 4, 0), 'Conv1d: kernelSize'],
      [() => new nn.ConvTranspose2d(2, 3, 3, { groups: 2 }), 'ConvTranspose2d: 2 groups do not divide'],
      [() => new nn.ConvTranspose2d(2, 3, 3, 1 as never), 'ConvTranspose2d'],
      [() => new nn.Dropout(1), 'Dropout: p is 1'],
      [() => new nn.Dropout('x' as never), 'Dropout: p'],
      [() => new nn.MaxPool2d(0), 'MaxPool2d: kernelSize'],
      [() => new nn.AvgPool2d(2, 3 as never), 'AvgPool2d'],
      [() => new nn.MaxPool2d(5).forward(pv.ones([1, 1, 3, 3])), 'maxPool2d: the kernel [5, 5] is larger than x [1, 1, 3, 3]'],
    ];
    for (const [make, message] of cases) expect(make, message).to.throw(message);
  });
});

describe('initial values', () => {
  before(() => pv.setDevice('cpu'));

  it('have the spread that their authors give, and a seed', async () => {
    const weight = (): pv.Tensor => pv.zeros([64, 32, 5, 5], { requiresGrad: true });
    const [fanIn, fanOut] = [32 * 25, 64 * 25];
    const cases = {
      kaimingNormal: [nn.init.kaimingNormal(weight(), { seed: 1 }), Math.sqrt(2 / fanIn)],
      kaimingUniform: [nn.init.kaimingUniform(weight(), { nonlinearity: 'linear', mode: 'fanOut', seed: 2 }), Math.sqrt(1 / fanOut)],
      xavierNormal: [nn.init.xavierNormal(weight(), { seed: 3 }), Math.sqrt(2 / (fanIn + fanOut))],
      xavierUniform: [nn.init.xavierUniform(weight(), { seed: 4 }), Math.sqrt(2 / (fanIn + fanOut))],
    } as const;
    for (const [name, [filled, std]] of Object.entries(cases)) {
      expect(filled.requiresGrad, name).to.equal(true);
      const all = await values(filled);
      const rms = Math.sqrt(all.reduce((sum, value) => sum + value * value, 0) / all.length);
      // 51 200 samples: the rms of a normal distribution scatters by 1/√(2n) = 0.3%.
      expect(rms / std, name).to.be.closeTo(1, 5 * 0.0032);
      if (name.endsWith('Uniform'))
        expect(Math.max(...all.map(Math.abs)), name).to.be.within(std * Math.sqrt(3) * 0.99, std * Math.sqrt(3));
    }
    expect(await values(nn.init.normal(pv.zeros([3]), 5, 0))).to.deep.equal([5, 5, 5]);
    expect(await values(nn.init.constant(pv.zeros([2]), -1))).to.deep.equal([-1, -1]);
    expect(await values(nn.init.kaimingNormal(weight(), { seed: 1 }))).to.deep.equal(await values(cases.kaimingNormal[0]));
  });

  it('say what they cannot fill', () => {
    expect(() => nn.init.kaimingNormal(pv.zeros([3]))).to.throw('kaimingNormal: the parameter is [3], but must be a weight [out, in, …]');
    expect(() => nn.init.normal(3 as never)).to.throw('normal: expects a tensor to fill, but was given 3');
    expect(() => nn.init.normal(pv.zeros([3]), 0, -1)).to.throw('normal: std is -1');
    expect(() => nn.init.kaimingUniform(pv.zeros([3, 3]), { nonlinearity: 'swish' as never })).to.throw('nonlinearity');
  });
});

describe('metrics', () => {
  before(() => pv.setDevice('cpu'));

  const logits = (): pv.Tensor =>
    pv.tensor([
      [0.1, 0.9, 0],
      [2, 1, 0],
      [0, 0, 0],
      [-1, -3, -2],
    ]);
  const labels = (): pv.Tensor => pv.tensor([1, 2, 1, 2], { dtype: 'int32' });

  it('accuracy counts the right ones, among the first few as well; of equal ones the first is taken', async () => {
    expect(await nn.metrics.accuracy(logits(), labels()).item()).to.be.closeTo(1 / 4, 1e-7);
    expect(await nn.metrics.accuracy(logits(), labels(), { top: 2 }).item()).to.be.closeTo(3 / 4, 1e-7);
    expect(await nn.metrics.accuracy(logits(), labels(), { top: 3 }).item()).to.equal(1);
  });

  it('confusion counts each label (row) as what was predicted (column)', async () => {
    expect(await nn.metrics.confusion(logits(), labels()).array()).to.deep.equal([
      [0, 0, 0],
      [1, 1, 0],
      [2, 0, 0],
    ]);
  });

  it('relativeError is the mean of ‖x − t‖/‖t‖', async () => {
    const target = pv.tensor([
      [3, 4],
      [0, 2],
    ]);
    const x = pv.tensor([
      [3, 3],
      [1, 2],
    ]);
    expect(await nn.metrics.relativeError(x, target).item()).to.be.closeTo((1 / 5 + 1 / 2) / 2, 1e-12);
  });

  it('say what does not fit', () => {
    expect(() => nn.metrics.accuracy(logits(), pv.tensor([1, 2, 1, 2]))).to.throw(
      'labels are float64 [4], but must be an int32 tensor [4]',
    );
    expect(() => nn.metrics.accuracy(pv.zeros([3]), labels())).to.throw('logits are float64 [3], but must be a tensor [batch, classes]');
    expect(() => nn.metrics.confusion(pv.zeros([0, 3]), pv.tensor([], { dtype: 'int32' }))).to.throw('there is nothing to count');
    expect(() => nn.metrics.relativeError(pv.zeros([2]), pv.zeros([3]))).to.throw('must have one shape');
  });
});

describe('learning rates', () => {
  const { schedules } = pv.optim;

  it('follow their formulas, from the first step to after the last', () => {
    const cosine = schedules.cosine({ lr: 1, steps: 110, warmup: 10, least: 0.1 });
    expect([0, 4, 9].map(cosine)).to.deep.equal([1 / 11, 5 / 11, 10 / 11]);
    expect(cosine(10)).to.equal(1);
    expect(cosine(60)).to.be.closeTo(0.1 + 0.9 / 2, 1e-15);
    expect(cosine(110)).to.be.closeTo(0.1, 1e-15);
    expect(cosine(500)).to.be.closeTo(0.1, 1e-15);
    const stepped = schedules.stepped({ lr: 1, every: 10, factor: 0.5 });
    expect([0, 9, 10, 25].map(stepped)).to.deep.equal([1, 1, 0.5, 0.25]);
    expect([0, 1, 7].map(schedules.constant({ lr: 3, warmup: 2 }))).to.deep.equal([1, 2, 3]);
  });

  it('say what they cannot be', () => {
    expect(() => schedules.cosine({ lr: 0, steps: 10 })).to.throw('cosine: lr is 0, but must be a positive number');
    expect(() => schedules.cosine({ lr: 1, steps: 10, warmup: 10 })).to.throw('warmup is 10, but must be less than the 10 steps');
    expect(() => schedules.cosine({ lr: 1, steps: 10, least: 2 })).to.throw('least is 2');
    expect(() => schedules.stepped({ lr: 1, every: 0 })).to.throw('stepped: every');
    expect(() => schedules.stepped({ lr: 1, every: 1, factor: 2 })).to.throw('factor is 2');
  });
});
