// Mistakes in hand-written backwards that are named by what repairs them.

import { expect } from 'chai';
import * as pv from '../../../src/index.js';

const F = pv.nn.functional;

/** What the check names as wrong in each input of an operation with this backward. */
async function named(
  forward: (...inputs: pv.Tensor[]) => pv.Tensor,
  backward: (g: pv.Tensor, inputs: readonly pv.Tensor[]) => (pv.Tensor | null)[],
  inputs: Record<string, pv.Tensor>,
): Promise<string[]> {
  const report = await pv.gradcheck(pv.customOp({ forward, backward }), inputs);
  expect(report.ok, String(report)).to.equal(false);
  return report.diagnosis.map(({ input, hypothesis }) => `d${input}: ${hypothesis}`);
}

describe('a gradient check names', () => {
  before(() => pv.setDevice('cpu'));
  const x = (): pv.Tensor => pv.randn([4, 7], { seed: 1 });

  it('a roll in the wrong direction', async () => {
    expect(
      await named(
        (a) => a.roll(2, 1),
        (g) => [g.roll(2, 1)],
        { x: x() },
      ),
    ).to.deep.equal(['dx: roll in the wrong direction']);
  });

  it('a transpose that is missing', async () => {
    const inputs = { a: pv.randn([3, 4], { seed: 2 }), b: pv.randn([4, 4], { seed: 3 }) };
    const backward = (g: pv.Tensor, [a, b]: readonly pv.Tensor[]): pv.Tensor[] => [g.matmul(b!), a!.transpose([1, 0]).matmul(g)];
    expect(await named((a, b) => a.matmul(b), backward, inputs)).to.deep.equal(['da: transpose missing on b']);
  });

  it('a sum over what was broadcast that is missing', async () => {
    const inputs = { a: x(), b: pv.randn([4, 1], { seed: 4 }) };
    const backward = (g: pv.Tensor, [a, b]: readonly pv.Tensor[]): pv.Tensor[] => [g.mul(b!), g.mul(a!).slice([0, 0], [4, 1])];
    expect(await named((a, b) => a.mul(b), backward, inputs)).to.deep.equal(['db: sum missing: only one of 7 counts']);
  });

  it('a crop that is off by one along both axes', async () => {
    const around = [
      [2, 2],
      [2, 2],
    ] as const;
    expect(
      await named(
        (a) => a.pad(around),
        (g) => [g.slice([1, 1], [5, 8])],
        { x: x() },
      ),
    ).to.deep.equal(['dx: crop off by one along both axes']);
  });

  it('branches that are swapped', async () => {
    const inputs = { a: x(), b: pv.randn([4, 7], { seed: 5 }) };
    const condition = pv.randn([4, 7], { seed: 6 }).gt(0);
    const zero = pv.zeros([4, 7]);
    const backward = (g: pv.Tensor): pv.Tensor[] => [pv.where(condition, zero, g), pv.where(condition, g, zero)];
    expect(await named((a, b) => pv.where(condition, a, b), backward, inputs)).to.deep.equal([
      'da: branches of the condition swapped',
      'db: branches of the condition swapped',
    ]);
  });

  it('a sum over the batch that leaves out the last two of four samples', async () => {
    const images = pv.randn([4, 2, 5, 6], { seed: 7 });
    const f = (w: pv.Tensor): pv.Tensor => F.conv2d(images, w);
    const backward = (g: pv.Tensor, [w]: readonly pv.Tensor[]): pv.Tensor[] => {
      const some = (v: pv.Tensor): pv.Tensor => F.conv2d(images.slice([0, 0, 0, 0], [2, 2, 5, 6]), v);
      return [
        pv.grad((v: pv.Tensor) =>
          some(v)
            .mul(g.slice([0, 0, 0, 0], [2, 3, 3, 5]))
            .sum(),
        )(w!),
      ];
    };
    expect(await named(f, backward, { w: pv.randn([3, 2, 3, 2], { seed: 8 }) })).to.deep.equal([
      'dw: sum over the batch incomplete: the last 2 samples are missing',
    ]);
  });

  it('a part of the gradient that is missing, where another is left out because it vanishes', async () => {
    // The maximum cancels: its gradient is the sum of all others, zero as long as none of them is missing.
    const logSoftmax = (a: pv.Tensor): pv.Tensor => {
      const centred = a.sub(a.max({ axis: 1, keepDims: true }));
      return centred.sub(centred.exp().sum({ axis: 1, keepDims: true }).log());
    };
    expect(await named(logSoftmax, (g) => [g], { x: x() })).to.deep.equal(['dx: a part of the gradient is missing: the way through mul']);
  });
});
