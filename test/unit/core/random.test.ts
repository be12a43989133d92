// Random numbers: the published cipher, the same bits everywhere, the right distributions.

import { expect } from 'chai';
import * as pv from '../../../src/index.js';
import { threefry } from '../../../src/tensor/operations/random.js';
import { distance, deviceNames, onEachDeviceAndBehindAPort } from './support.js';

async function values(t: pv.Tensor): Promise<number[]> {
  return [...(await t.data())];
}

function moments(x: readonly number[]): { mean: number; variance: number; skew: number; kurtosis: number } {
  const mean = x.reduce((sum, value) => sum + value, 0) / x.length;
  const central = (power: number): number => x.reduce((sum, value) => sum + (value - mean) ** power, 0) / x.length;
  const variance = central(2);
  return { mean, variance, skew: central(3) / variance ** 1.5, kurtosis: central(4) / variance ** 2 };
}

function correlation(a: readonly number[], b: readonly number[]): number {
  const [ma, mb] = [moments(a), moments(b)];
  return (
    a.reduce((sum, value, i) => sum + (value - ma.mean) * ((b[i] as number) - mb.mean), 0) / a.length / Math.sqrt(ma.variance * mb.variance)
  );
}

describe('random numbers', () => {
  describe("Threefry-2x32-20 gives Random123's known answers", () => {
    // kat_vectors of Random123: counter, key, result.
    const vectors = [
      [
        [0, 0],
        [0, 0],
        [0x6b200159, 0x99ba4efe],
      ],
      [
        [0xffffffff, 0xffffffff],
        [0xffffffff, 0xffffffff],
        [0x1cb996fc, 0xbb002be7],
      ],
      [
        [0x243f6a88, 0x85a308d3],
        [0x13198a2e, 0x03707344],
        [0xc4923a9c, 0x483df7a0],
      ],
    ] as const;
    for (const [counter, key, result] of vectors) {
      it(`counter ${counter.map((word) => word.toString(16)).join(' ')}`, () => {
        expect(threefry(key[0], key[1], counter[0], counter[1])).to.deep.equal([...result]);
      });
    }
  });

  it('the first uniform number of seed 0 is the cipher of counter 0, with 24 bits', async () => {
    await pv.setDevice('cpu');
    pv.seed(0);
    expect(await values(pv.uniform([1]))).to.deep.equal([(0x6b200159 >>> 8) / 2 ** 24]);
  });

  it('the same seed gives the same uniform bits on cpu and node', async () => {
    const draws: number[][] = [];
    for (const device of deviceNames) {
      await pv.setDevice(device);
      pv.seed(123456789);
      draws.push([
        ...(await values(pv.uniform([37, 11], { dtype: 'float32' }))),
        ...(await values(pv.uniform([100], { dtype: 'float32', seed: -5 }))),
      ]);
    }
    expect(draws[1]).to.deep.equal(draws[0]);
    expect(new Set(draws[0]).size).to.be.above(480);
  });

  it('the same seed gives normals within 1e-6 on cpu and node, tails included', async () => {
    const draws: number[][] = [];
    for (const device of deviceNames) {
      await pv.setDevice(device);
      draws.push(await values(pv.randn([100_000], { seed: 42 })));
    }
    expect(distance(draws[0]!, draws[1]!)).to.be.below(1e-6);
    expect(Math.max(...draws[0]!)).to.be.above(4);
  });

  onEachDeviceAndBehindAPort((device) => {
    it('uniform numbers lie in [low, high) and have the moments of the uniform distribution', async () => {
      const x = await values(pv.uniform([50_000], { seed: 3, low: -1, high: 3 }));
      expect(Math.min(...x)).to.be.at.least(-1);
      expect(Math.max(...x)).to.be.below(3);
      const { mean, variance, kurtosis } = moments(x);
      expect(Math.abs(mean - 1)).to.be.below(0.03);
      expect(Math.abs(variance - 16 / 12)).to.be.below(0.02);
      expect(Math.abs(kurtosis - 1.8)).to.be.below(0.03);
    });

    it('normal numbers have the moments of the normal distribution', async () => {
      const { mean, variance, skew, kurtosis } = moments(await values(pv.randn([50_000], { seed: 4 })));
      expect(Math.abs(mean)).to.be.below(0.02);
      expect(Math.abs(variance - 1)).to.be.below(0.03);
      expect(Math.abs(skew)).to.be.below(0.05);
      expect(Math.abs(kurtosis - 3)).to.be.below(0.12);
    });

    it('real and imaginary parts of complex normals are independent', async () => {
      const x = await values(pv.randn([20_000], { seed: 5, dtype: 'complex64' }));
      const [re, im] = [x.filter((_, i) => i % 2 === 0), x.filter((_, i) => i % 2 === 1)];
      expect(Math.abs(correlation(re, im))).to.be.below(0.03);
      expect(Math.abs(moments(im).variance - 1)).to.be.below(0.05);
    });

    it('successive draws, neighbours in a draw, and draws of other seeds are uncorrelated', async () => {
      pv.seed(9);
      const [a, b] = [await values(pv.randn([20_000])), await values(pv.randn([20_000]))];
      const [c, d] = [await values(pv.randn([20_000], { seed: 1 })), await values(pv.randn([20_000], { seed: 2 }))];
      for (const [x, y] of [
        [a, b],
        [c, d],
        [a, c],
        [a.slice(1), a.slice(0, -1)],
      ] as const)
        expect(Math.abs(correlation(x, y))).to.be.below(0.03);
    });

    it('seed() starts the same sequence again', async () => {
      const draw = async (): Promise<number[][]> => [await values(pv.randn([5])), await values(pv.uniform([5]))];
      pv.seed(77);
      const first = await draw();
      const next = await draw();
      pv.seed(77);
      expect(await draw()).to.deep.equal(first);
      expect(await draw()).to.deep.equal(next);
      expect(next).to.not.deep.equal(first);
      pv.seed(78);
      expect(await draw()).to.not.deep.equal(first);
    });

    it('a tensor with a seed of its own neither depends on the sequence nor moves it', async () => {
      pv.seed(1);
      const [a, own] = [await values(pv.randn([4])), await values(pv.randn([4], { seed: 8 }))];
      const b = await values(pv.randn([4]));
      pv.seed(1);
      expect(await values(pv.randn([4]))).to.deep.equal(a);
      expect(await values(pv.randn([4]))).to.deep.equal(b);
      expect(await values(pv.randn([4], { seed: 8 }))).to.deep.equal(own);
    });

    it('a value is fixed when it is recorded: reading it twice, late, or not at all changes nothing', async () => {
      pv.seed(5);
      const [a, , c] = [pv.uniform([3]), pv.uniform([3]), pv.uniform([3])];
      const late = await values(c);
      const first = await values(a);
      expect(await values(a)).to.deep.equal(first);
      pv.seed(5);
      expect(await values(pv.uniform([3]))).to.deep.equal(first);
      await values(pv.uniform([3]));
      expect(await values(pv.uniform([3]))).to.deep.equal(late);
    });

    it('dropout keeps its share and scales what it keeps', async () => {
      pv.seed(2);
      const x = await values(pv.nn.functional.dropout(pv.ones([20_000]), { p: 0.25 }));
      const kept = x.filter((value) => value !== 0);
      expect(Math.abs(kept.length / x.length - 0.75)).to.be.below(0.01);
      expect(distance([...new Set(kept)], [4 / 3])).to.be.below(device === 'cpu' ? 1e-15 : 1e-6);
    });
  });
});
