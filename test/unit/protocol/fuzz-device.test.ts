// The two real ends of the device boundary: neither broken messages nor well-formed nonsense stops the server, whose GPU still computes
// afterwards, or the client, whose kernel still reads.
import { expect } from 'chai';
import { openDawn } from '../../../src/devices/node/adapter.js';
import { openRemoteDevice } from '../../../src/devices/remote/client.js';
import { serveDevice } from '../../../src/devices/remote/server.js';
import { deviceClientContract, deviceServerContract } from '../../../src/protocol/device.js';
import { brokenMessages, Random, validFor } from './mutate.js';
import { portPair, settled } from './ports.js';

const total = 10_000;

describe('the device boundary', function () {
  it('serves a valid client after ten thousand broken messages and a thousand of nonsense', async () => {
    const [near, far] = portPair();
    let problems = 0;
    const answers = new Map<number, (answer: unknown) => void>();
    const ended = new Promise<void>((resolve) => {
      serveDevice(far, { name: 'node', open: () => openDawn(), onProblem: () => problems++, onEnd: resolve });
    });
    near.listen(
      (message) => answers.get((message as { id: number }).id)?.(message),
      () => undefined,
    );
    const ask = (id: number, name: string, params: unknown): Promise<unknown> =>
      new Promise((resolve) => {
        answers.set(id, resolve);
        near.post({ kind: 'request', id, name, params });
      });
    const batch = (...commands: unknown[]): void => near.post({ kind: 'event', name: 'batch', payload: { commands } });

    // Broken messages, before the device is open and after.
    const random = new Random(11);
    for (const message of brokenMessages(deviceServerContract, total / 2, random)) near.post(message);
    await settled();
    const opened = await ask(5000, 'open', { label: 'fuzz' });
    expect(opened).to.have.nested.property('result.description').that.is.a('string');
    let sent = 0;
    for (const message of brokenMessages(deviceServerContract, total / 2, random)) {
      near.post(message);
      if (++sent % 500 === 0) await settled();
    }
    await settled();
    expect(problems).to.equal(total);

    // What fits the contract and makes no sense: plans of no WGSL, runs of other plans, buffers that were never made, sizes that lie.
    const { commands } = deviceServerContract.events.batch.entries;
    for (let made = 0; made < 1000; made++) batch(...(validFor(commands, random) as unknown[]));
    const reads = await Promise.all(
      Array.from({ length: 200 }, (_, id) =>
        ask(
          6000 + id,
          id % 20 === 0 ? 'sync' : 'read',
          id % 20 === 0 ? {} : { id: random.below(6), dtype: 'float32', size: random.below(9) },
        ),
      ),
    );
    expect(reads.every((answer) => ['reply', 'failure'].includes((answer as { kind: string }).kind))).to.be.true;
    const huge = await ask(7000, 'read', { id: 1, dtype: 'float32', size: Number.MAX_SAFE_INTEGER });
    expect(huge).to.include({ kind: 'failure' });

    batch({ type: 'write', id: 100, dtype: 'float32', shape: [3], data: Float32Array.of(1, 2, 4) });
    const answer = await ask(7001, 'read', { id: 100, dtype: 'float32', size: 3 });
    expect(answer)
      .to.have.nested.property('result.data')
      .that.deep.equals(Float32Array.of(1, 2, 4));
    near.close();
    await ended;
  });

  it('gives a client its values through ten thousand broken messages, and an end when the server goes', async () => {
    const [near, far] = portPair();
    let problems = 0;
    far.listen(
      (message) => {
        const { id, name } = message as { id: number; name: string };
        const limits = {
          maxBufferBytes: 2 ** 27,
          maxStorageBuffers: 8,
          maxWorkgroupMemory: 2 ** 14,
          maxInvocations: 256,
          maxWorkgroups: 65535,
          isSoftware: true,
          compilesSlowly: true,
          clearsByCode: false,
        };
        if (name === 'open') far.post({ kind: 'reply', id, result: { description: 'a test', limits } });
        if (name === 'read') far.post({ kind: 'reply', id, result: { data: Float32Array.of(7) } });
      },
      () => undefined,
    );
    const device = await openRemoteDevice(near, { name: 'webview', label: 'fuzz', onProblem: () => problems++ });
    const random = new Random(12);
    let sent = 0;
    for (const message of brokenMessages(deviceClientContract, total, random)) {
      far.post(message);
      if (++sent % 500 === 0) await settled();
    }
    await settled();
    expect(problems).to.equal(total);
    expect(device.lost).to.equal(null);
    device.write(1, 'float32', [1], Float32Array.of(7));
    expect(await device.read(1, 'float32', 1)).to.deep.equal(Float32Array.of(7));
    far.close();
    await settled();
    expect(device.lost).to.be.a('string');
  });
});
