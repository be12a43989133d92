// Where NaN comes from: pv.detectAnomaly.

import { expect } from 'chai';
import * as pv from '../../../src/index.js';
import { setOrigin } from '../../../src/graph/origin.js';
import { deviceNames, useDevice } from '../../devices.js';

/** What something rejects with, or null. */
async function messageOf(work: () => Promise<unknown>): Promise<string | null> {
  try {
    await work();
    return null;
  } catch (error) {
    return (error as Error).message;
  }
}

for (const device of deviceNames) {
  describe(`detectAnomaly on ${device}`, () => {
    useDevice(device);
    beforeEach(() => pv.detectAnomaly(true));
    afterEach(() => pv.detectAnomaly(false));

    it('names the operation, the element and the values that the first NaN was made of', async () => {
      const x = pv.tensor([4, -1, 9, -4]);
      expect(await messageOf(() => x.sqrt().add(1).sum().item())).to.equal(
        'detectAnomaly: sqrt [4] is NaN at [1], and 1 more of 4 numbers, from sqrt(-1)',
      );
      const zeros = pv.zeros([2, 3]);
      expect(await messageOf(() => zeros.div(zeros).data())).to.match(/div \[2, 3\] is NaN at \[0, 0\], .* from div\(0, 0\)$/);
    });

    it('follows infinities until they become NaN', async () => {
      const x = pv.tensor([1, 200]);
      expect(await messageOf(() => x.exp().data())).to.equal(null);
      // exp(200) is finite in float64 and infinite in float32.
      const huge = x.mul(10).exp();
      expect(await messageOf(() => huge.sub(huge.add(1)).data())).to.match(/sub \[2\] is NaN at \[1\], from sub\(Infinity, Infinity\)$/);
    });

    it('names of a gradient the operation whose backward made it', async () => {
      const x = pv.tensor([0, 1]);
      x.requiresGrad = true;
      x.mul(0).sqrt().sum().backward();
      expect(await messageOf(() => x.grad!.data())).to.match(/^detectAnomaly: \S+ \[2\] \(the backward of \S+ \[2\]\) is NaN at \[0\]/);
    });

    it('says that NaN was given, and who read it first', async () => {
      const data = pv.tensor([1, NaN, 3]);
      expect(await messageOf(() => data.mul(2).sum().item())).to.match(
        /NaN was given: .* is NaN at \[1\]; mul \[3\] is the first to read it$/,
      );
    });

    it('takes a NaN that is written down for an anomaly only where it is chosen', async () => {
      const x = pv.tensor([1, -2, 3]);
      const kept = pv.where(x.lt(5), x, NaN);
      expect(await messageOf(() => kept.sum().item())).to.equal(null);
      const labels = pv.tensor(Int32Array.of(0, 1));
      expect(await messageOf(() => pv.nn.functional.crossEntropy(pv.ones([2, 3]), labels).item())).to.equal(null);
      expect(await messageOf(() => pv.where(x.lt(0), NaN, x).data())).to.match(/where \[3\] is NaN at \[1\], from where\(true, NaN, -2\)$/);
    });

    it('tells an anomaly once; what follows from it is read as it is', async () => {
      const y = pv.tensor([-1, 4]).log();
      expect(await messageOf(() => y.data())).to.match(/from log\(-1\)$/);
      expect(Array.from(await y.add(1).data())[0]).to.be.NaN;
      // Another one is told again.
      expect(await messageOf(() => pv.tensor([-2]).log().data())).to.match(/from log\(-2\)$/);
    });

    it('a step of an optimizer tells what became NaN in it', async () => {
      const w = pv.tensor([1, 1]);
      w.requiresGrad = true;
      const sgd = new pv.optim.SGD([w], { lr: 0.1 });
      w.sub(1).abs().log().mul(0).sum().backward();
      expect(await messageOf(() => sgd.step())).to.match(/is NaN at \[0\]/);
    });

    it('pv.sync tells what nobody read', async () => {
      const y = pv.tensor([-1]).log().keep();
      expect(await messageOf(() => pv.sync())).to.match(/from log\(-1\)$/);
      y.dispose();
    });

    it('changes no value and no gradient', async () => {
      const run = async (): Promise<number[]> => {
        const [x, w] = [pv.randn([4, 3, 8, 8], { seed: 1 }), pv.randn([5, 3, 3, 3], { seed: 2 })];
        for (const leaf of [x, w]) leaf.requiresGrad = true;
        const y = pv.nn.functional.conv2d(x, w, null, { padding: 'same' }).maximum(0).square().mean();
        y.backward();
        return [await y.item(), ...(await x.grad!.data()), ...(await w.grad!.data())];
      };
      const watched = await run();
      pv.detectAnomaly(false);
      const plain = await run();
      const largest = Math.max(...plain.map(Math.abs));
      plain.forEach((value, i) => expect(watched[i]).to.be.closeTo(value, 1e-5 * largest));
    });

    it('leaves nothing on the device when it is over', async () => {
      await pv.sync();
      const before = pv.memory().buffers;
      for (let i = 0; i < 40; i++) {
        const x = pv.randn([16], { seed: i });
        await x.exp().add(1).log().sum().item();
        x.dispose();
      }
      pv.detectAnomaly(false);
      await pv.sync();
      expect(pv.memory().buffers).to.be.at.most(before);
    });
  });
}

describe('detectAnomaly', () => {
  useDevice('cpu');
  afterEach(() => {
    pv.detectAnomaly(false);
    setOrigin(null);
  });

  it('names the lines of the call and of the operation it is the backward of, however many calls a cell makes', async () => {
    let line = 0;
    setOrigin(() => {
      const at = line;
      return { toString: () => `cell 1:${at}` };
    });
    pv.detectAnomaly(true);
    const x = pv.zeros([3]);
    x.requiresGrad = true;
    for (line = 1; line < 600; line++) x.add(line);
    line = 1000;
    const y = x.mul(1).sqrt();
    const loss = y.mul(0).sum();
    line = 1001;
    loss.backward();
    expect(await messageOf(() => x.grad!.data())).to.match(/ \[3\] at cell 1:1001 \(the backward of sqrt \[3\] at cell 1:1000\) is NaN/);
  });

  it('off, which it is at first, NaN is a value like others', async () => {
    expect(Array.from(await pv.tensor([-1]).log().data())[0]).to.be.NaN;
    pv.detectAnomaly(true);
    pv.detectAnomaly(false);
    expect(Array.from(await pv.tensor([-1]).log().data())[0]).to.be.NaN;
  });

  it('takes true or false', () => {
    expect(() => pv.detectAnomaly(1 as never)).to.throw('detectAnomaly: expects true or false, but was given 1');
  });
});
