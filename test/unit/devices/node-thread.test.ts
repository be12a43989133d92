// The `node` device in a thread of its own: values, the flag that interrupts it, and its end.

import { expect } from 'chai';
import type { RemoteDevice } from '../../../src/devices/remote/client.js';
import * as pv from '../../../src/index.js';
import { failure } from './support.js';

describe('the node device in a thread', () => {
  const flag = new SharedArrayBuffer(8);
  const words = new Int32Array(flag);
  let device: RemoteDevice;

  before(async () => {
    device = await pv.host.openNodeThread({ label: 'a test', flag });
    pv.host.registerDevice('webview', () => Promise.resolve(device));
    await pv.setDevice('webview');
  });
  after(() => pv.setDevice('cpu'));

  it('computes what the device in this thread computes, to the bit', async () => {
    const values = async (name: 'node' | 'webview'): Promise<number[]> => {
      await pv.setDevice(name);
      const x = pv.randn([6, 40], { seed: 3 });
      return [...(await pv.fft.fft(x.exp().sub(1)).abs().data())];
    };
    const here = await values('node');
    expect(await values('webview')).to.deep.equal(here);
    expect(device.name).to.equal('node');
  });

  it('moves 16 MiB there and back unchanged', async () => {
    const given = Float32Array.from({ length: 2 ** 22 }, (_, i) => i);
    const x = pv.tensor(given);
    const back = await x.data();
    expect(back.length).to.equal(2 ** 22);
    expect(back.every((value, i) => value === i)).to.equal(true);
    expect(given[5], 'what was given is still there').to.equal(5);
    x.dispose();
  });

  it('while the flag is set what waits is abandoned, without a message; afterwards everything works', async () => {
    const n = 256;
    const x = pv.randn([n, n], { seed: 1 }).keep();
    const heavy = (): pv.Tensor => {
      let y = x;
      for (let i = 0; i < 12; i++) y = y.matmul(x).mul(1 / Math.sqrt(n));
      return y;
    };
    const complete = await heavy().data();
    Atomics.store(words, 0, 1);
    expect(await failure(heavy().data())).to.match(/^interrupted: /);
    await device.resume();
    Atomics.store(words, 0, 0);
    expect([...(await heavy().data())]).to.deep.equal([...complete]);
  });

  it('destroy() ends it: reads reject, and the thread is gone', async () => {
    const pending = failure(pv.randn([64, 64]).exp().sum().item());
    device.destroy();
    expect(await pending).to.match(/^device node is lost \(destroyed\)/);
    expect(device.lost).to.equal('destroyed');
  });

  it('without an adapter it does not open, and says what to install', async () => {
    const files = process.env['VK_DRIVER_FILES'];
    process.env['VK_DRIVER_FILES'] = '/nonexistent';
    try {
      expect(await failure(pv.host.openNodeThread())).to.match(/^device node could not be opened: no WebGPU adapter was found: install/);
    } finally {
      if (files === undefined) delete process.env['VK_DRIVER_FILES'];
      else process.env['VK_DRIVER_FILES'] = files;
    }
  });
});
