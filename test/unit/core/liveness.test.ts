// Who keeps what alive, what a flush computes, and what it costs: counted, on every device where it can be.

import { expect } from 'chai';
import * as pv from '../../../src/index.js';
import type { Device, WgslDevice } from '../../../src/devices/device.js';
import { openNodeDevice } from '../../../src/devices/node/node.js';
import { memoryBudget } from '../../../src/graph/flush.js';
import { registerDevice } from '../../../src/tensor/devices.js';
import { added, distance, messageOf, onEachDeviceAndBehindAPort, settled } from './support.js';

const F = pv.nn.functional;

/** Bytes that one buffer of `count` default floats takes on the current device. */
function bytesOf(count: number): number {
  return pv.memory().device === 'cpu' ? 8 * count : Math.max(256, Math.ceil((4 * count) / 256) * 256);
}

describe('liveness', () => {
  onEachDeviceAndBehindAPort((device) => {
    beforeEach(() => settled());

    it('dispose() frees at once', async () => {
      const x = pv.tensor(new Float32Array(1000));
      const y = x.add(1).keep();
      await y.data();
      const counts = await added(() => {
        y.dispose();
        return Promise.resolve();
      });
      expect(counts).to.include({ buffers: -1, bytes: -bytesOf(1000) });
      x.dispose();
      x.dispose();
    });

    it("`using` frees at the block's end", async () => {
      const before = pv.memory();
      const run = (): void => {
        const x = pv.tensor(new Float32Array(500));
        try {
          expect(pv.memory().buffers).to.equal(before.buffers + 1);
        } finally {
          // What `using x` compiles to.
          x[Symbol.dispose]();
        }
      };
      run();
      expect(pv.memory()).to.include({ buffers: before.buffers, bytes: before.bytes });
      await pv.sync();
    });

    it('pv.sync() frees what nobody can reach any more', async () => {
      const before = pv.memory();
      const lose = async (): Promise<void> => {
        for (let i = 0; i < 300; i++) pv.tensor([i]);
        await Promise.resolve();
      };
      await lose();
      expect(pv.memory().buffers).to.equal(before.buffers + 300);
      await pv.sync();
      expect(pv.memory().buffers).to.equal(before.buffers);
    });

    it('tidy frees everything but its result, also when it throws', async () => {
      const before = pv.memory();
      const y = pv.tidy(() => {
        const a = pv.tensor(new Float32Array(300)).keep();
        const b = a.add(1).keep();
        return { sum: b.sum().keep() };
      });
      await y.sum.data();
      expect(pv.memory().buffers).to.equal(before.buffers + 1);
      expect(await y.sum.item()).to.equal(300);
      y.sum.dispose();
      const message = await messageOf(() =>
        pv.tidy(() => {
          pv.tensor([1]).keep();
          throw new Error('on purpose');
        }),
      );
      expect(message).to.equal('on purpose');
      expect(pv.memory()).to.include({ buffers: before.buffers, bytes: before.bytes });
    });

    it("values that only library functions make are never materialized, and neither are a user's unread ones", async () => {
      const [x, w, labels] = [
        pv.randn([4, 1, 8, 8], { seed: 1 }).keep(),
        pv.randn([2, 1, 3, 3], { seed: 2 }).keep(),
        pv.tensor(Int32Array.of(0, 1, 0, 1)),
      ];
      await x.data();
      await w.data();
      const counts = await added(async () => {
        const scaled = x.mul(2);
        const loss = F.crossEntropy(F.gelu(scaled.mean({ axis: [1, 2] })).slice([0, 0], [4, 2]), labels);
        await loss.data();
        // `scaled` is elementwise: a recipe. The mean inside is a reduction with a handle of its own that nobody holds in a name.
        scaled.dispose();
      });
      // The loss, the mean (heavy and named by a handle), nothing else.
      expect(counts.buffers).to.be.at.most(2);
      for (const t of [x, w, labels]) t.dispose();
    });

    it('heavy results that handles name are kept and not computed again: products, convolutions with bias, means, transforms', async () => {
      const [a, x, w, b] = [
        pv.randn([16, 16], { seed: 1 }),
        pv.randn([1, 1, 6, 6], { seed: 2 }),
        pv.randn([2, 1, 3, 3], { seed: 3 }),
        pv.randn([2], { seed: 4 }),
      ];
      const named = [a.matmul(a), F.conv2d(x, w, b), a.mean({ axis: 0 }), pv.fft.fft(a, { norm: 'ortho' })];
      for (const result of named) {
        const y = result.mul(2).add(1);
        await y.data();
        // A view's read copies it out; nothing is multiplied, convolved, summed or transformed again.
        const again = await added(() => result.data());
        expect(again.dispatches, `${result.shape.length} axes`).to.be.at.most(1);
        const other = result.sub(1);
        expect((await added(() => other.data())).bytes, 'only the new result is stored').to.equal(
          bytesOf(other.size * (other.dtype.startsWith('complex') ? 2 : 1)),
        );
        for (const t of [result, y, other]) t.dispose();
      }
      for (const t of [a, x, w, b]) t.dispose();
    });

    it('an elementwise result that nobody asked for is computed in its reader and takes no buffer', async () => {
      const a = pv.randn([16, 16], { seed: 1 }).keep();
      await pv.sync();
      const shifted = a.add(1);
      const y = shifted.mul(2);
      expect((await added(() => y.data())).buffers).to.equal(1);
      for (const t of [a, shifted, y]) t.dispose();
    });

    it('heavy results are evicted beyond the budget, oldest first, and computed again to the same bits', async () => {
      const budget = memoryBudget.bytes;
      const a = pv.randn([32, 32], { seed: 1 }).keep();
      await a.data();
      memoryBudget.bytes = pv.memory().bytes + 3 * bytesOf(2048);
      try {
        const products: pv.Tensor[] = [];
        const values: number[][] = [];
        for (let i = 0; i < 8; i++) {
          const product = pv.fft.fft2(a.add(i));
          products.push(product);
          const shifted = product.mul(1);
          values.push([...(await shifted.data())]);
          shifted.dispose();
          await pv.sync();
          expect(pv.memory().bytes, `after ${i + 1}`).to.be.at.most(memoryBudget.bytes);
        }
        const last = await added(() => products[7]!.data());
        expect(last.dispatches).to.equal(0);
        const counts = await added(async () => expect([...(await products[0]!.data())]).to.deep.equal(values[0]));
        expect(counts.dispatches).to.be.above(0);
        for (const t of products) t.dispose();
      } finally {
        memoryBudget.bytes = budget;
        a.dispose();
      }
    });

    it('100 000 handles in a synchronous loop: a long chain is computed every 512 nodes and takes few buffers', async () => {
      const x = pv.tensor([0]);
      const before = pv.memory();
      let y = x;
      for (let i = 0; i < 100_000; i++) y = y.add(1);
      expect(await y.item()).to.equal(100_000);
      const { buffers, plansBuilt, submissions } = pv.memory();
      expect(submissions - before.submissions).to.be.above(100);
      expect(buffers - before.buffers).to.be.below(1000);
      expect(plansBuilt - before.plansBuilt).to.be.below(5);
      y = x;
      const { buffers: after } = await settled();
      expect(after).to.equal(before.buffers);
    }).timeout(120_000);

    it('100 000 unrelated handles in a synchronous loop take no device memory', async () => {
      const x = pv.tensor([1]);
      const counts = await added(() => {
        for (let i = 0; i < 100_000; i++) x.mul(i);
        return Promise.resolve();
      });
      expect(counts).to.include({ buffers: 0, dispatches: 0, plansBuilt: 0 });
    }).timeout(120_000);

    it('views cost no buffer and no dispatch until read, and then no copy of their source', async () => {
      const x = pv.tensor(
        Float32Array.from({ length: 24 }, (_, i) => i),
        { shape: [2, 3, 4] },
      );
      const make = (): pv.Tensor => x.transpose([2, 0, 1]).slice([1], [3]).flip(0).reshape([2, 1, 6]).expand([2, 5, 6]);
      const views: pv.Tensor[] = [];
      const counts = await added(() => {
        for (let i = 0; i < 10; i++) views.push(make());
        return Promise.resolve();
      });
      expect(counts).to.include({ buffers: 0, bytes: 0, submissions: 0, dispatches: 0, plansBuilt: 0 });
      const expected = [2, 6, 10, 14, 18, 22];
      expect(((await views[0]!.array()) as number[][][])[0]![4]).to.deep.equal(expected);
      const read = await added(() => views[1]!.sum().data());
      if (device !== 'cpu') expect(read.dispatches, 'a reduction reads through its views').to.equal(1);
      for (const t of views) t.dispose();
      x.dispose();
    });

    it('scalars, seeds and slice offsets are outside the plan: other values replay it', async () => {
      const x = pv.tensor(Float32Array.from({ length: 32 }, (_, i) => i));
      const run = async (i: number): Promise<number[]> => {
        const y = x
          .slice([i], [i + 4])
          .mul(0.5 * i)
          .add(pv.uniform([4], { seed: i }))
          .clamp({ min: i / 4 });
        const values = [...(await y.data())];
        y.dispose();
        return values;
      };
      const first = await run(1);
      const counts = await added(async () => {
        for (let i = 2; i < 20; i++) await run(i);
      });
      expect(counts).to.include({ plansBuilt: 0, pipelines: 0, plansReplayed: 18 });
      expect(await run(1)).to.deep.equal(first);
      expect(await run(3)).to.not.deep.equal(first);
      x.dispose();
    });

    it('frees are ordered after the last use: a result survives its operands', async () => {
      const x = pv.tensor([1, 2, 3]);
      const y = x.mul(2).keep();
      x.dispose();
      const other = pv.tensor([100, 100, 100]);
      expect(await y.array()).to.deep.equal([2, 4, 6]);
      const z = pv.tensor([1, 2]);
      const recipe = z.add(1);
      z.dispose();
      expect(await recipe.array(), 'a recipe holds what it reads').to.deep.equal([2, 3]);
      other.dispose();
    });

    it('a disposed tensor throws at its next use and says how to keep it', async () => {
      const x = pv.tensor([1]);
      x.dispose();
      for (const use of [
        () => x.add(1),
        () => x.data(),
        () => x.item(),
        () => x.keep(),
        () => x.assign(pv.ones([1])),
        () => pv.concat([x, x]),
      ]) {
        expect(await messageOf(use)).to.match(/\[1\].*was disposed; keep it until its last use/);
      }
    });

    it('detach() and a reshape share the memory of their source', async () => {
      const x = pv.tensor(new Float32Array(100));
      const counts = await added(() => {
        x.detach();
        x.reshape([10, 10]);
        return Promise.resolve();
      });
      expect(counts.bytes).to.equal(0);
    });
  });

  describe('kernels on node', () => {
    before(() => pv.setDevice('node'));

    it('a chain of elementwise operations with broadcasting is one dispatch', async () => {
      const [x, b] = [pv.randn([8, 16], { seed: 1 }).keep(), pv.randn([16], { seed: 2 }).keep()];
      await pv.sync();
      let y = x;
      for (let i = 0; i < 10; i++) y = y.mul(1.01).add(b);
      expect((await added(() => y.data())).dispatches).to.equal(1);
    });

    it('forward, dX and dW of an FFT convolution transform each of X, W and dY once', async () => {
      const options = { algorithm: 'fft', padding: 'same' } as const;
      const make = (seed: number, shape: readonly number[]): pv.Tensor => pv.randn(shape, { seed, requiresGrad: true }).keep();
      const [x, w, g] = [make(1, [2, 3, 12, 12]), make(2, [4, 3, 5, 5]), make(3, [2, 4, 12, 12]).detach().keep()];
      await pv.sync();
      const together = await added(async () => {
        const y = F.conv2d(x, w, null, options);
        y.backward(g);
        await Promise.all([y.data(), x.grad!.data(), w.grad!.data()]);
      });
      const forward = await added(() => F.conv2d(x, w, null, options).data());
      // Forward: X and W in, y out, a dispatch each (the planes fit in workgroup memory), and a product: 4. The backward adds dY in, dX and dW
      // out, and two products: 5. Transforming X and W again for the gradients would add 2 more.
      expect(forward.dispatches).to.equal(4);
      expect(together.dispatches).to.equal(9);
    });

    it('buffers are reused: a loop that disposes allocates nothing more', async () => {
      const x = pv.randn([64, 64], { seed: 1 }).keep();
      const run = async (): Promise<void> => {
        const y = x.matmul(x);
        await y.data();
        y.dispose();
      };
      await run();
      await run();
      const counts = await added(async () => {
        for (let i = 0; i < 50; i++) await run();
      });
      expect(counts.allocations).to.equal(0);
      expect(counts.reservedBytes).to.equal(0);
    });
  });

  describe('across devices', () => {
    it("x.to('cpu') and x.to('node') carry values there and back, without an await", async () => {
      await pv.setDevice('node');
      const x = pv.tensor([1.5, -2, 3]);
      const there = x.mul(2).to('cpu').astype('float64').add(1e-12);
      const back = there.to('node').sub(1);
      expect([there.device, there.dtype, back.device, back.dtype]).to.deep.equal(['cpu', 'float64', 'node', 'float32']);
      const kept = back.mul(2).keep();
      x.dispose();
      expect(await kept.array()).to.deep.equal([4, -10, 10]);
      expect(distance(await there.data(), [3, -4, 6])).to.be.within(5e-13, 2e-12);
    });

    it('every dtype crosses unchanged', async () => {
      await pv.setDevice('cpu');
      const tensors = [
        pv.tensor([true, false]),
        pv.tensor(Int32Array.of(-7, 2 ** 30)),
        pv.tensor([0.1, -1], { dtype: 'float32' }),
        pv.tensor([1, 2, 3, 4], { dtype: 'complex64', shape: [2] }),
      ];
      await pv.setDevice('node');
      for (const t of tensors) {
        const there = t.to('node');
        expect(there.dtype).to.equal(t.dtype);
        expect(await there.to('cpu').array()).to.deep.equal(await t.array());
      }
    });

    it('gradients cross devices, and a step on them is correct without a read', async () => {
      await pv.setDevice('node');
      const w = pv.tensor([1, 2], { requiresGrad: true });
      const optimizer = new pv.optim.SGD([w], { lr: 0.25 });
      w.to('cpu').square().sum().to('node').mul(2).backward();
      void optimizer.step();
      expect(await w.array()).to.deep.equal([0, 0]);
      expect(await w.grad!.array()).to.deep.equal([4, 8]);
      expect(w.grad!.device).to.equal('node');
    });

    it('a transfer that nobody reads blocks nothing', async () => {
      await pv.setDevice('node');
      const x = pv.tensor([1]);
      x.to('cpu');
      const y = x.add(1).keep();
      await pv.sync();
      const counts = await added(() => y.data());
      expect(counts.submissions).to.equal(0);
    });

    it('operands on different devices are an error that names both and the way out', async () => {
      await pv.setDevice('node');
      const [here, there] = [pv.ones([2]), pv.ones([2], { device: 'cpu', dtype: 'float32' })];
      for (const mix of [
        () => here.add(there),
        () => pv.concat([there, here]),
        () => here.matmul(there),
        () => F.mseLoss(here, there),
        () => pv.where(here.gt(0), here, there),
        () => here.assign(there),
      ]) {
        expect(await messageOf(mix)).to.match(/(node.*cpu|cpu.*node).*to\('(node|cpu)'\)/);
      }
    });
  });

  describe('long plans and interrupts', () => {
    let interrupted = false;
    let device: WgslDevice;
    // Each product is modelled at some 27 ms: a plan of several is cut into slices.
    const n = 256;
    const long = (x: pv.Tensor): pv.Tensor => {
      let y = x;
      for (let i = 0; i < 24; i++) y = y.matmul(x).mul(1 / Math.sqrt(n));
      return y;
    };

    before(async () => {
      device = await openNodeDevice({ interrupted: () => interrupted });
      registerDevice('webview', () => Promise.resolve<Device>(device));
      await pv.setDevice('webview');
    });
    afterEach(() => {
      interrupted = false;
    });
    after(async () => {
      await pv.setDevice('cpu');
      device.destroy();
    });

    it('a plan of long modelled cost is submitted in slices', async () => {
      const x = pv.randn([n, n], { seed: 1 }).keep();
      await x.data();
      const counts = await added(() => long(x).data());
      expect(counts.plansBuilt).to.equal(1);
      expect(counts.submissions).to.be.above(1);
      expect(counts.submissions).to.be.below(counts.dispatches);
    });

    it('an interrupt abandons the rest: the read rejects and says so, and the device goes on', async () => {
      const x = pv.randn([n, n], { seed: 1 }).keep();
      await x.data();
      const complete = await added(() => long(x).data());
      interrupted = true;
      const counts = await added(async () => expect(await messageOf(() => long(x).data())).to.match(/^interrupted: .*run it again/));
      expect(counts.dispatches).to.be.below(complete.dispatches);
      interrupted = false;
      expect(await x.mul(0).sum().item()).to.equal(0);
      expect((await long(x).data()).length).to.equal(n * n);
    });

    for (const initial of ['written', 'recipes'] as const) {
      it(`an interrupted step leaves every parameter and every optimizer state whole (first values: ${initial})`, async () => {
        const start = [pv.randn([n, n], { seed: 1 }), pv.randn([n, n], { seed: 2 }), pv.ones([3])];
        const values = await Promise.all(start.map((t) => t.data()));
        const parameters =
          initial === 'written'
            ? values.map((value, i) => pv.tensor(value as Float32Array, { shape: start[i]!.shape, requiresGrad: true }))
            : [
                pv.randn([n, n], { seed: 1, requiresGrad: true }),
                pv.randn([n, n], { seed: 2, requiresGrad: true }),
                pv.ones([3], { requiresGrad: true }),
              ];
        const [a, b, c] = parameters as [pv.Tensor, pv.Tensor, pv.Tensor];
        const optimizer = new pv.optim.SGD(parameters, { lr: 0.5, momentum: 0.5 });
        const loss = (): pv.Tensor => long(a).mul(b).sum().add(c.mul(2).sum());
        loss().backward();
        interrupted = true;
        await optimizer.step();
        for (const [i, parameter] of parameters.entries())
          expect(distance(await parameter.data(), values[i]!), `parameter ${i}`).to.equal(0);
        expect(await messageOf(() => a.grad!.data())).to.match(/^interrupted/);

        // Going on without zeroGrad finds gradients that were never made: parameters stay whole still.
        interrupted = false;
        loss().backward();
        await optimizer.step();
        expect(distance(await c.data(), [1, 1, 1])).to.equal(0);

        optimizer.zeroGrad();
        loss().backward();
        await optimizer.step();
        expect(await c.array(), 'the velocity is that of a first step').to.deep.equal([0, 0, 0]);
        expect(distance(await a.data(), values[0]!)).to.be.above(0);
      });
    }

    it('a lost device rejects its reads and says so; setDevice opens a new one', async () => {
      const x = pv.randn([n, n], { seed: 1 });
      const pending = messageOf(() => long(x).data());
      const stored = pv.tensor([1, 2]);
      device.destroy();
      expect(await pending).to.match(/lost/);
      expect(await messageOf(() => stored.data())).to.match(/device node is lost \(destroyed\); restart it/);
      expect(await messageOf(() => stored.add(1).data())).to.match(/device node is lost/);
      device = await openNodeDevice({ interrupted: () => interrupted });
      await pv.setDevice('webview');
      expect(await pv.tensor([1, 2]).add(1).array()).to.deep.equal([2, 3]);
    });
  });
});
