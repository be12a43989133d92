import { expect } from 'chai';
import { memoryBudget } from '../../../src/graph/flush.js';
import * as pv from '../../../src/index.js';
import { useServed } from '../../devices.js';

const F = pv.nn.functional;
const t = pv.tensor;

for (const device of ['cpu', 'node', 'webview'] as const) {
  describe(`corners of the semantics on ${device}`, () => {
    if (device === 'webview') useServed();
    else {
      before(() => pv.setDevice(device));
      after(() => pv.setDevice('cpu'));
    }

    const values = async (x: pv.Tensor): Promise<number[]> => Array.from(await x.data());

    it('a second backward() through a used history throws, whether values were read before or not', async () => {
      const w = t(
        [
          [1, 2],
          [3, 4],
        ],
        { requiresGrad: true },
      );
      const h = pv.ones([1, 2]).matmul(w);
      const [main, aux] = [h.sum(), h.square().mean()];
      await main.item();
      main.backward();
      expect(() => aux.backward()).to.throw(/used up by an earlier backward/);
      expect(() => main.backward()).to.throw(/used up by an earlier backward/);
    });

    it('a cached result that is asked for is not evicted while it is read', async () => {
      const { bytes } = memoryBudget;
      const [a, p] = [pv.randn([4, 8], { seed: 1 }), pv.ones([3])];
      const h = pv.fft.fft(a);
      const before = await h.abs().sum().item();
      memoryBudget.bytes = 0;
      try {
        p.assign(p.add(1));
        const z = await values(h);
        let sum = 0;
        for (let i = 0; i < z.length; i += 2) sum += Math.hypot(z[i]!, z[i + 1]!);
        expect(sum).to.be.closeTo(before, 1e-4);
      } finally {
        memoryBudget.bytes = bytes;
      }
    });

    it('what is joined may be as small as what a kernel stores at once', async () => {
      const [a, b] = [t([1, 2]), t([3, 4])];
      expect(await values(pv.concat([a, b.mul(2)]))).to.deep.equal([1, 2, 6, 8]);
      expect(await values(pv.concat([pv.complex(t([1]), 2), pv.complex(t([3]), 4)]))).to.deep.equal([1, 2, 3, 4]);
    });

    it('arithmetic on bool counts: true is 1', async () => {
      const [a, b] = [t([true, false, true]), t([true, true, false])];
      expect(a.add(b).dtype).to.equal('int32');
      expect(await values(a.add(b))).to.deep.equal([2, 1, 1]);
      expect(await values(a.mul(b))).to.deep.equal([1, 0, 0]);
      expect(await values(a.maximum(b))).to.deep.equal([1, 1, 1]);
      expect(await values(a.lt(b))).to.deep.equal([0, 1, 0]);
      expect(await values(a.neg())).to.deep.equal([-1, -0, -1].map((v) => v + 0));
      expect(await values(a.reshape([1, 3]).matmul(b.reshape([3, 1])))).to.deep.equal([1]);
      expect(await values(a.eq(b))).to.deep.equal([1, 0, 0]);
    });

    it('empty batches give empty results', async () => {
      expect(
        (
          await pv
            .zeros([0, 3])
            .matmul(pv.zeros([3, 2]))
            .data()
        ).length,
      ).to.equal(0);
      for (const algorithm of ['direct', 'im2col', 'fft', 'fft-tiled'] as const) {
        const y = F.conv2d(pv.zeros([0, 1, 4, 4]), pv.ones([2, 1, 3, 3]), null, { algorithm });
        expect(y.shape).to.deep.equal([0, 2, 2, 2]);
        expect((await y.data()).length).to.equal(0);
      }
      expect(await values(pv.zeros([2, 0]).sum({ axis: 1 }))).to.deep.equal([0, 0]);
    });

    it('gradients at corners are those of the smooth function, or zero', async () => {
      const at = async (f: (x: pv.Tensor) => pv.Tensor, x: number): Promise<number> =>
        pv
          .grad((a) => f(a).sum())(t([x]))
          .item();
      expect(await at(F.softplus, 0)).to.equal(0.5);
      expect(await at((x) => x.norm(), 0)).to.equal(0);
      expect(await at((x) => x.pow(0), 0)).to.equal(0);
      expect(await at((x) => pv.pow(0, x), 2)).to.equal(0);
      expect(await at(F.relu, 0)).to.equal(0);
    });

    it('a label that names no class makes the loss NaN, and negative positions count from the end', async () => {
      for (const label of [7, -1]) expect(await F.crossEntropy(t([[0, 0]]), t([label], { dtype: 'int32' })).item()).to.be.NaN;
      const rows = t([
        [1, 2],
        [3, 4],
      ]);
      expect(await values(rows.take([-1]))).to.deep.equal([3, 4]);
      expect(await values(rows.take(t([-1, 0], { dtype: 'int32' })))).to.deep.equal([3, 4, 1, 2]);
    });

    it('a fractional number beside integers is not truncated', async () => {
      const whole = t([1, 2, 3], { dtype: 'int32' });
      expect(await values(whole.clamp({ min: 1.5 }))).to.deep.equal([1.5, 2, 3]);
      expect(await values(whole.clamp({ min: -Infinity, max: 2 }))).to.deep.equal([1, 2, 2]);
      expect(await values(pv.where(t([true, false, true]), whole, 0.5))).to.deep.equal([1, 0.5, 3]);
      expect(await values(pv.clamp(t([-1, 5]), { min: 0, max: 1 }))).to.deep.equal([0, 1]);
    });

    it('NaN wins in maximum and minimum, and equals nothing', async () => {
      const [a, b] = [t([NaN, 1, 2]), t([1, NaN, 3])];
      expect(await values(a.maximum(b))).to.deep.equal([NaN, NaN, 3]);
      expect(await values(a.minimum(b))).to.deep.equal([NaN, NaN, 2]);
      expect(await values(a.ne(a))).to.deep.equal([1, 0, 0]);
      expect(await values(a.eq(a))).to.deep.equal([0, 1, 1]);
    });

    it('a gradient that somebody took survives zeroGrad() and the next backward()', async () => {
      const w = t([1, 2], { requiresGrad: true });
      const optimizer = new pv.optim.SGD([w], { lr: 0.1 });
      w.square().sum().backward();
      const taken = w.grad!;
      optimizer.zeroGrad();
      w.mul(3).sum().backward();
      expect(await values(taken)).to.deep.equal([2, 4]);
      expect(await values(w.grad!)).to.deep.equal([3, 3]);
    });

    it('a tensor that shares its node with another becomes a leaf of its own', async () => {
      const x = t([1, 2]);
      const y = x.reshape([2]);
      y.requiresGrad = true;
      expect(x.requiresGrad).to.equal(false);
      y.mul(3).sum().backward();
      expect(await values(y.grad!)).to.deep.equal([3, 3]);
      const kept = F.dropout(x, { training: false });
      kept.dispose();
      expect(await values(x)).to.deep.equal([1, 2]);
    });

    it('a complex result is no loss', () => {
      const z = pv.complex(t([1]), t([2]));
      expect(() => pv.grad((a) => a.sum())(z)).to.throw(/a loss is real/);
    });
  });
}

describe('complex numbers on cpu', () => {
  it('division neither overflows nor vanishes', async () => {
    const z = pv.complex(t([1e200, 1e-170], { dtype: 'float64' }), t([1e200, 1e-170], { dtype: 'float64' }));
    expect(Array.from(await z.div(z).data())).to.deep.equal([1, 0, 1, 0]);
  });

  it('complex() keeps the precision of its parts', () => {
    expect(pv.complex(t([1], { dtype: 'float32' }), t([1], { dtype: 'float32' })).dtype).to.equal('complex64');
    expect(pv.complex(t([1]), 0).dtype).to.equal('complex128');
  });
});
