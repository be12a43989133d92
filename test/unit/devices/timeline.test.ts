// What a device tells of its submissions to those who watch, and that it costs nothing when nobody does.

import { expect } from 'chai';
import type { SessionObserver } from '../../../src/devices/remote/server.js';
import type { ObservedBatch } from '../../../src/devices/webgpu/timeline.js';
import * as pv from '../../../src/index.js';
import { openServed, type ServedDevice } from '../../devices.js';
import { openFaulty } from './support.js';

describe('the timeline of a device', () => {
  for (const timestamps of [true, false]) {
    describe(timestamps ? 'that measures dispatches' : 'that measures none', () => {
      const batches: ObservedBatch[] = [];
      const observer: SessionObserver = {
        opened: () => undefined,
        command: () => undefined,
        gone: () => undefined,
        batch: (batch) => void batches.push(batch),
      };
      let served: ServedDevice;
      let querySets = 0;

      before(async () => {
        const { gpu, description } = await openFaulty(timestamps);
        expect(gpu.features.has('timestamp-query'), 'the software adapter measures where it is asked to').to.equal(timestamps);
        const counting = new Proxy(gpu, {
          get(target, key) {
            const value: unknown = Reflect.get(target, key, target);
            if (key === 'createQuerySet') querySets++;
            return value;
          },
        });
        served = await openServed({ observer, open: () => Promise.resolve({ gpu: counting, description }) });
        pv.host.registerDevice('webview', () => Promise.resolve(served.device));
        await pv.setDevice('webview');
      });
      after(async () => {
        await pv.setDevice('cpu');
        served.device.destroy();
      });
      beforeEach(() => void batches.splice(0));

      const work = async (): Promise<number[]> => {
        const x = pv.randn([64, 64], { seed: 1 });
        return [...(await x.matmul(x).sum({ axis: 0 }).data())];
      };

      it('nothing is measured and nobody told before somebody watches', async () => {
        await work();
        await served.device.sync();
        expect(batches).to.deep.equal([]);
        expect(querySets).to.equal(0);
      });

      it('each submission is told with its dispatches and times, and computes the same', async () => {
        const unwatched = await work();
        served.server.watch(true);
        const { dispatches } = pv.memory();
        expect(await work()).to.deep.equal(unwatched);
        await served.device.sync();
        while (batches.length < 1) await new Promise((resolve) => setImmediate(resolve));
        expect(batches).to.have.length(1);
        const [batch] = batches as [ObservedBatch];
        expect(batch.dispatches.length).to.equal(pv.memory().dispatches - dispatches);
        expect(batch.dispatches.join()).to.match(/random.*matmul.*sum/);
        expect(batch.end).to.be.at.least(batch.begin + batch.cpu);
        if (!timestamps) {
          expect(batch.times).to.equal(null);
          expect(querySets).to.equal(0);
          return;
        }
        const times = [...(batch.times ?? [])];
        expect(times).to.have.length(2 * batch.dispatches.length);
        expect(times[0]).to.equal(0);
        expect(times, 'dispatches run one after the other').to.deep.equal(times.toSorted((a, b) => a - b));
        expect(times.at(-1), 'in milliseconds').to.be.within(0.001, batch.end - batch.begin + 1);
      });

      it('watching can end', async () => {
        served.server.watch(false);
        await work();
        await served.device.sync();
        expect(batches).to.deep.equal([]);
      });
    });
  }
});
