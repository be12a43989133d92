// Whatever arrives at a boundary is taken when it fits the contract and refused when it does not: ten thousand broken messages at each
// boundary change nothing, and leave nothing behind.
import { Buffer } from 'node:buffer';
import { expect } from 'chai';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { Connection } from '../../../src/protocol/connection.js';
import type { Contract } from '../../../src/protocol/contract.js';
import { deviceClientContract, deviceServerContract, panelContract, panelHostContract } from '../../../src/protocol/device.js';
import { controlContract, controlHostContract, hostContract, kernelContract } from '../../../src/protocol/kernel.js';
import { languageContract, languageHostContract } from '../../../src/protocol/language.js';
import { encodeFrame, FrameDecoder, FrameError } from '../../../src/protocol/stream-port.js';
import { brokenMessages, Random, validFor, validMessage } from './mutate.js';
import { portPair, settled } from './ports.js';

const total = 10_000;

const boundaries: Record<string, { here: Contract; there: Contract }> = {
  'the main stream of a kernel': { here: kernelContract, there: hostContract },
  'the control stream of a kernel': { here: controlContract, there: controlHostContract },
  'the host of a kernel, main stream': { here: hostContract, there: kernelContract },
  'the host of a kernel, control stream': { here: controlHostContract, there: controlContract },
  'the language service': { here: languageContract, there: languageHostContract },
  'the host of the language service': { here: languageHostContract, there: languageContract },
  'the server of a device': { here: deviceServerContract, there: deviceClientContract },
  'the client of a device': { here: deviceClientContract, there: deviceServerContract },
  'the device panel': { here: panelContract, there: panelHostContract },
  'the host of the device panel': { here: panelHostContract, there: panelContract },
};

/** An end that does nothing but count, and answers each request with something that fits. */
function countingEnd({ here, there }: { here: Contract; there: Contract }) {
  const [near, far] = portPair();
  const random = new Random(2);
  let calls = 0;
  let problems = 0;
  const requests = Object.fromEntries(
    Object.entries(here.requests).map(([name, { result }]) => [name, () => (calls++, validFor(result, random))]),
  );
  const events = Object.fromEntries(Object.keys(here.events).map((name) => [name, () => void calls++]));
  const connection = new Connection<Contract, Contract>(far, {
    here,
    there,
    handlers: { requests, events },
    onProblem: () => problems++,
  });
  return { near, far, connection, counts: () => ({ calls, problems }) };
}

/** Bytes of the heap that are in use, after a collection. */
function heapInUse(): number {
  setFlagsFromString('--expose-gc');
  const collect = runInNewContext('gc') as () => void;
  collect();
  return process.memoryUsage().heapUsed;
}

describe('ten thousand broken messages', () => {
  for (const [name, contracts] of Object.entries(boundaries)) {
    it(`are each refused by ${name}, which then takes valid ones`, async () => {
      const { near, far, connection, counts } = countingEnd(contracts);
      const waiting = Object.keys(contracts.there.requests).map((request) =>
        connection.request(request, validFor(contracts.there.requests[request]?.params, new Random(3))).catch(() => undefined),
      );
      let sent = 0;
      for (const message of brokenMessages(contracts.here, total, new Random(1))) {
        near.post(message);
        if (++sent % 500 === 0) await settled();
      }
      await settled();
      expect(counts()).to.deep.equal({ calls: 0, problems: total });
      expect(connection.waiting).to.be.at.most(waiting.length);

      const answeredBefore = far.posted.length;
      const valid = Array.from({ length: 200 }, (_, seed) => validMessage(contracts.here, new Random(seed)));
      const asked = valid.filter(({ kind }) => kind === 'request').length;
      valid.forEach((message, id) => near.post(message.kind === 'event' ? message : { ...message, id }));
      await settled();
      expect(far.posted.length - answeredBefore).to.equal(asked);
      expect(far.posted.slice(answeredBefore).every((answer) => (answer as { kind: string }).kind === 'reply')).to.be.true;
      connection.close();
      await Promise.all(waiting);
      expect(connection.waiting).to.equal(0);
    });
  }

  it('leave no memory behind', async () => {
    const { near, far } = countingEnd({ here: deviceServerContract, there: deviceClientContract });
    const round = async (seed: number): Promise<void> => {
      for (const message of brokenMessages(deviceServerContract, total / 10, new Random(seed))) near.post(message);
      await settled();
      // What the test itself keeps.
      (near.posted as unknown[]).length = 0;
      (far.posted as unknown[]).length = 0;
    };
    await round(1);
    const before = heapInUse();
    for (let seed = 2; seed <= 11; seed++) await round(seed);
    expect((heapInUse() - before) / 2 ** 20).to.be.below(4);
  });
});

describe('ten thousand broken streams', () => {
  const valid = Array.from({ length: 50 }, (_, seed) => {
    const { here } = new Random(seed).pick(Object.values(boundaries));
    return Buffer.concat(encodeFrame(validMessage(here, new Random(seed))));
  });

  it('end with an error, or wait for the rest with no more than their own bytes', () => {
    const random = new Random(5);
    let refused = 0;
    for (let made = 0; made < total; made++) {
      const stream = brokenStream(random);
      const decoder = new FrameDecoder();
      try {
        for (let at = 0; at < stream.length;) {
          const step = 1 + random.below(200);
          for (const message of decoder.push(stream.subarray(at, at + step))) void message;
          at += step;
        }
        expect(decoder.pendingBytes).to.be.at.most(stream.length);
      } catch (error) {
        if (!(error instanceof FrameError)) throw error;
        refused++;
      }
    }
    // A change within a text of the head is a frame all the same, and a cut may fall between two frames.
    expect(refused).to.be.above(total / 2);
  });

  /** Frames with some bytes changed, removed, added or doubled, or bytes that never were a frame. */
  function brokenStream(random: Random): Buffer {
    if (random.next() < 0.1) return Buffer.from(Array.from({ length: 1 + random.below(100) }, () => random.below(256)));
    let bytes = Buffer.concat([random.pick(valid), random.pick(valid), random.pick(valid)]);
    for (let edits = 1 + random.below(4); edits > 0; edits--) {
      const at = random.below(bytes.length);
      const [before, after] = [bytes.subarray(0, at), bytes.subarray(at)];
      const length = 1 + random.below(30);
      bytes = Buffer.concat(
        random.pick([
          [before, after.subarray(length)],
          [before, after.subarray(0, length), after],
          [before, Buffer.of(random.below(256)), after.subarray(1)],
          [before],
        ]),
      );
      if (bytes.length === 0) return Buffer.alloc(12, 1);
    }
    return bytes;
  }
});
