// pv.explain: what it says of dispatches, bytes and operations is what the device then does.

import { expect } from 'chai';
import * as pv from '../../../src/index.js';
import { useDevice } from '../../devices.js';

const F = pv.nn.functional;

describe('explain', () => {
  describe('on node', () => {
    useDevice('node');

    for (const algorithm of ['auto', 'direct', 'im2col', 'fft', 'fft-tiled'] as const) {
      it(`foretells dispatches, bytes and operations: a convolution by ${algorithm}, bias and relu`, async () => {
        const [x, w, b] = [
          pv.randn([2, 3, 20, 20], { seed: 1 }).keep(),
          pv.randn([4, 3, 9, 9], { seed: 2 }).keep(),
          pv.randn([4], { seed: 3 }).keep(),
        ];
        const y = F.relu(F.conv2d(x, w, b, { padding: 'same', algorithm }));
        await pv.sync();
        const told = pv.explain(y);
        const before = pv.memory();
        await y.data();
        const after = pv.memory();
        expect(after.dispatches - before.dispatches).to.equal(told.dispatches.length);
        expect(after.bytesMoved - before.bytesMoved).to.equal(told.bytes);
        expect(after.flop - before.flop).to.be.closeTo(told.flop, 1e-6 * told.flop);
        expect(told.dispatches.length).to.be.above(0);
      });
    }

    it('foretells what the forward of a network takes for an input of a shape, and leaves the network as it is', async () => {
      const net = new pv.nn.Sequential(
        new pv.nn.Conv2d(3, 4, 5, { padding: 2 }),
        new pv.nn.BatchNorm2d(4),
        new pv.nn.ReLU(),
        new pv.nn.Flatten(),
        new pv.nn.Linear(4 * 64, 7),
      );
      const [x] = [pv.randn([2, 3, 8, 8], { seed: 1 }).keep()];
      await pv.sync();
      const start = pv.memory().dispatches;
      const told = pv.explain(net, [2, 3, 8, 8]);
      expect(pv.memory().dispatches).to.equal(start);
      expect(net.training).to.equal(true);
      net.eval();
      const before = pv.memory();
      await net.forward(x).data();
      const after = pv.memory();
      expect(after.dispatches - before.dispatches).to.equal(told.dispatches.length);
      expect(after.bytesMoved - before.bytesMoved).to.equal(told.bytes);
      expect(told.convolutions).to.have.length(1);
      expect(String(told)).to.match(/dispatch/);
    });

    it('computes nothing', () => {
      const y = F.conv2d(pv.ones([1, 1, 8, 8]).keep(), pv.ones([1, 1, 3, 3]).keep());
      const before = pv.memory();
      pv.explain(y);
      expect(pv.memory().dispatches).to.equal(before.dispatches);
    });

    it('names the choice of auto, its reason, the cost of each algorithm and the size of the transforms', () => {
      const [x, w] = [pv.zeros([2, 16, 64, 64]), pv.zeros([16, 16, 31, 31])];
      const [convolution] = pv.explain(F.conv2d(x, w, null, { padding: 'same' })).convolutions;
      expect(convolution).to.include({ asked: 'auto', algorithm: 'fft' });
      expect(convolution?.why).to.match(/least modelled time; (direct|fft-tiled) takes [\d.]+ times as long/);
      expect(convolution?.costs.map(({ algorithm }) => algorithm)).to.have.members(['fft', 'fft-tiled', 'direct']);
      expect(convolution?.period.least).to.deep.equal([79, 79]);
      expect(convolution?.period.used).to.deep.equal([80, 80]);
    });

    it('a small kernel with few channels is convolved directly', () => {
      const [convolution] = pv.explain(F.conv2d(pv.zeros([1, 1, 64, 64]), pv.zeros([1, 1, 3, 3]))).convolutions;
      expect(convolution?.algorithm).to.equal('direct');
    });

    it('finds the convolutions behind a loss, each once', () => {
      const [x, w] = [pv.zeros([1, 2, 8, 8]), pv.zeros([2, 2, 3, 3])];
      w.requiresGrad = true;
      const hidden = F.relu(F.conv2d(x, w, null, { padding: 'same' }));
      const loss = F.conv2d(hidden, w, null, { padding: 'same' }).sum().add(F.conv2d(hidden, w).sum());
      expect(pv.explain(loss).convolutions.map(({ y }) => y)).to.deep.equal([
        [1, 2, 8, 8],
        [1, 2, 6, 6],
      ]);
    });

    it('says that a value is computed already', async () => {
      const x = pv.ones([3]);
      await x.data();
      expect(String(pv.explain(x))).to.match(/computed already/);
    });
  });

  describe('on cpu', () => {
    useDevice('cpu');

    it('says that the reference adds up directly', () => {
      const [convolution] = pv.explain(F.conv2d(pv.ones([1, 1, 8, 8]), pv.ones([1, 1, 3, 3]))).convolutions;
      expect(convolution).to.include({ algorithm: 'direct', why: 'the float64 reference adds up directly, whatever was asked for' });
    });

    it('expects a tensor', () => {
      expect(() => pv.explain(3 as never)).to.throw('explain: was given 3, but expects a tensor');
    });
  });
});
