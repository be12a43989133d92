// Plans that the cache lets go are forgotten by the device. The device of this test computes nothing.

import { expect } from 'chai';
import type { WgslDevice, WgslPlan } from '../../../src/devices/device.js';
import * as pv from '../../../src/index.js';

describe('the plan cache', () => {
  const known = new Set<number>();
  let most = 0;
  const device: WgslDevice = {
    kind: 'wgsl',
    name: 'webview',
    description: 'computes nothing',
    limits: {
      maxBufferBytes: 2 ** 27,
      maxStorageBuffers: 8,
      maxWorkgroupMemory: 32768,
      maxInvocations: 256,
      maxWorkgroups: 65535,
      isSoftware: true,
      compilesSlowly: true,
      clearsByCode: false,
    },
    lost: null,
    write: () => undefined,
    run: ({ id }: WgslPlan) => {
      known.add(id);
      most = Math.max(most, known.size);
    },
    forget: ({ id }) => {
      expect(known.delete(id), 'only what it knows is forgotten').to.equal(true);
    },
    read: () => Promise.reject(new Error('it computes nothing')),
    free: () => undefined,
    sync: () => Promise.resolve(),
    stats: () => ({
      bytes: 0,
      buffers: 0,
      reservedBytes: 0,
      pipelines: 0,
      dispatches: 0,
      submissions: 0,
      bytesMoved: 0,
      flop: 0,
      allocations: 0,
    }),
    destroy: () => undefined,
  };

  it('a device never has to keep more than 256 plans', async () => {
    pv.host.registerDevice('webview', () => Promise.resolve(device));
    await pv.setDevice('webview');
    try {
      for (let n = 1; n <= 300; n++) pv.ones([n]).add(1).keep();
      expect(most).to.equal(256);
    } finally {
      await pv.setDevice('cpu');
      Object.assign(device, { lost: 'the test is over' });
    }
  });
});
