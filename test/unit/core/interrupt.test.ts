// What an interrupt stops, and what it leaves: everything that was, with the right values.

import { expect } from 'chai';
import { record, type Node } from '../../../src/graph/node.js';
import type { Operation } from '../../../src/graph/operation.js';
import * as pv from '../../../src/index.js';
import { recover } from '../../../src/tensor/recovery.js';
import { wrap } from '../../../src/tensor/tensor.js';
import { openServed, type ServedDevice } from '../../devices.js';
import { messageOf, settled } from './support.js';

const words = new Int32Array(new SharedArrayBuffer(8));
const ask = (): void => void Atomics.store(words, 0, 1);

/** As a host does when nothing of the cell runs any more. */
async function mend(): Promise<void> {
  await recover();
  Atomics.store(words, 0, 0);
}

/** The value itself; computing it asks for an interrupt. */
const asking: Operation = {
  name: 'asking',
  infer: ([x]) => ({ dtype: x!.dtype, shape: x!.shape }),
  adjoint: (_node: Node, g) => [g],
  jvp: (_node: Node, [tangent]) => tangent ?? null,
  reference: (_call, [x]) => {
    ask();
    return x!;
  },
  lowering: { kind: 'materialize' },
};

describe('interrupts', () => {
  let served: ServedDevice;

  before(async () => {
    served = await openServed({ interrupted: () => Atomics.load(words, 0) !== 0 });
    pv.host.registerDevice('webview', () => Promise.resolve(served.device));
  });
  beforeEach(() => pv.host.watchInterrupts(words.buffer));
  afterEach(async () => {
    await mend();
    pv.host.watchInterrupts(null);
  });
  after(async () => {
    await pv.setDevice('cpu');
    served.device.destroy();
  });

  for (const device of ['cpu', 'webview'] as const) {
    describe(`on ${device}`, () => {
      before(() => pv.setDevice(device));

      it('stop whatever records, makes or reads a tensor, and leave nothing behind', async () => {
        const x = pv.tensor([1, 2, 3], { requiresGrad: true });
        await x.data();
        const before = await settled();
        ask();
        for (const call of [
          () => pv.tensor([1]),
          () => pv.randn([2]),
          () => x.add(1),
          () => x.data(),
          () => x.keep(),
          () => x.sum().backward(),
        ]) {
          expect(await messageOf(call)).to.equal('interrupted');
        }
        await mend();
        expect(await settled()).to.deep.equal(before);
        expect(x.grad).to.equal(null);
        expect(await x.add(1).array()).to.deep.equal([2, 3, 4]);
      });

      it('that come in the middle of a step come after it: all parameters move', async () => {
        const parameters = [1, 2, 3].map((value) => pv.full([2], value, { requiresGrad: true }));
        const optimizer = new pv.optim.SGD(parameters, { lr: 1, momentum: 0.5 });
        const [a, b, c] = parameters as [pv.Tensor, pv.Tensor, pv.Tensor];
        a.add(b).add(c).sum().backward();
        let asked = 0;
        Object.defineProperty(optimizer, 'lr', {
          get() {
            // The first parameter has moved when the rate is asked for once more.
            if (++asked === 3) ask();
            return 1;
          },
        });
        // It throws once it is over, or goes on to where it looks next.
        await Promise.resolve()
          .then(() => optimizer.step())
          .catch(() => undefined);
        await mend();
        expect(asked).to.be.at.least(4);
        const values = await Promise.all(parameters.map((parameter) => parameter.array()));
        const [first] = values[0] as [number];
        expect([0, 1], 'none moved, or all').to.include(first);
        expect(values).to.deep.equal([first, first + 1, first + 2].map((value) => [value, value]));
      });
    });
  }

  it('of the cpu stop it between two operations; what was asked for is computed when it is asked for again', async () => {
    await pv.setDevice('cpu');
    const w = pv.tensor([1, 2]);
    const y = wrap(record(asking, [w.node], {})).mul(2);
    w.assign(w.add(10));
    const z = y.add(w);
    expect(await messageOf(() => z.data())).to.match(/^interrupted: the computation was stopped/);
    await mend();
    pv.host.watchInterrupts(null);
    expect(await pv.ones([1]).add(1).item()).to.equal(2);
    expect(w.node.buffer, 'the assignment is computed with whatever is computed next').to.not.equal(null);
    expect(await z.array()).to.deep.equal([13, 16]);
    expect(await w.array()).to.deep.equal([11, 12]);
  });

  it('of a GPU: what was on its way is computed again, from what it was recorded of', async () => {
    await pv.setDevice('webview');
    const n = 256;
    // A permutation by one place: its powers are known exactly.
    const shift = pv.tensor(
      Float32Array.from({ length: n * n }, (_, i) => Number(i % n === (Math.floor(i / n) + 1) % n)),
      { shape: [n, n] },
    );
    let power = shift;
    for (let i = 1; i < 40; i++) power = power.matmul(shift);
    const twice = power.add(power);
    shift.dispose();
    const reading = messageOf(() => twice.data());
    ask();
    await reading;
    await mend();
    const values = Array.from(await twice.data());
    expect([values.indexOf(2), values.reduce((sum, value) => sum + value, 0)]).to.deep.equal([40, 2 * n]);
    expect((await power.data()).indexOf(1)).to.equal(40);
  });

  it('cost nothing that lasts: what was recorded of is freed once a read has answered', async () => {
    await pv.setDevice('webview');
    const before = await settled();
    const x = pv.tensor(new Float32Array(4096));
    const y = x.add(1).keep();
    x.dispose();
    await y.sum().item();
    expect((await settled()).buffers).to.equal(before.buffers + 1);
    y.dispose();
    expect((await settled()).buffers).to.equal(before.buffers);
  });

  it('stop what an abandoned cell still records, and nothing else', async () => {
    await pv.setDevice('cpu');
    let isAbandoned = false;
    pv.host.watchInterrupts(words.buffer, () => isAbandoned);
    const x = pv.tensor([1, 2]);
    isAbandoned = true;
    expect(await messageOf(() => x.add(1))).to.equal('interrupted');
    isAbandoned = false;
    expect(await x.add(1).array()).to.deep.equal([2, 3]);
  });
});

describe('where operations were recorded', () => {
  afterEach(() => pv.host.setOrigin(null));

  it('is asked for once a call, and only for the first calls of a cell', () => {
    let asked = 0;
    pv.host.setOrigin(() => {
      asked++;
      return 'here';
    });
    const x = pv.ones([2, 3, 8, 8]);
    const afterOnes = asked;
    pv.nn.functional.conv2d(x, pv.ones([4, 3, 3, 3]), undefined, { padding: 1, algorithm: 'fft' });
    expect(asked - afterOnes).to.equal(2);
    for (let i = 0; i < 1000; i++) x.add(i).dispose();
    expect(asked).to.be.below(300);
    const before = asked;
    pv.host.startCell();
    x.add(1).dispose();
    expect(asked).to.equal(before + 1);
  });
});
