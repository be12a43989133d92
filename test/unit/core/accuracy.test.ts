import { expect } from 'chai';
import * as pv from '../../../src/index.js';

/** Unit roundoff of float32. */
const epsilon = 2 ** -24;

describe('long sums on node', () => {
  before(() => pv.setDevice('node'));
  after(() => pv.setDevice('cpu'));

  // Runs of r terms, then n/r partial sums: rounding errors walk, so the relative error is near ε·(√r + √(n/r)), times a few.
  it('a matrix product over 65 536 terms rounds like √run, not like its length', async () => {
    const k = 65_536;
    const [a, b] = [pv.uniform([2, k], { seed: 1 }), pv.uniform([k, 2], { seed: 2 })];
    const product = await a.matmul(b).data();
    const [x, y] = [await a.data(), await b.data()];
    for (const [i, j] of [
      [0, 0],
      [0, 1],
      [1, 0],
      [1, 1],
    ] as const) {
      let exact = 0;
      for (let t = 0; t < k; t++) exact += x[i * k + t]! * y[2 * t + j]!;
      expect(Math.abs(product[2 * i + j]! / exact - 1)).to.be.below(epsilon * 2 * (Math.sqrt(256) + Math.sqrt(k / 256)));
    }
  });

  it('a sum over a million elements is as exact as its tree is deep', async () => {
    const n = 1_000_003; // a prime: the last piece is not full
    const x = pv.uniform([n], { seed: 3 });
    const values = Array.from(await x.data());
    const exact = values.reduce((sum, value) => sum + value, 0);
    expect(Math.abs((await x.sum().item()) / exact - 1)).to.be.below(epsilon * 24);
    expect(await x.max().item()).to.equal(values.reduce((most, value) => Math.max(most, value), 0));
  });
});
