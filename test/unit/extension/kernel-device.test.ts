import { expect } from 'chai';
import type { DeviceSession, SessionClient } from '../../../src/extension/device-panel.js';
import type { SessionPanel } from '../../../src/extension/kernel-device.js';
import { KernelDevice } from '../../../src/extension/kernel-device.js';

/** A panel that opens a session when it is told to, and keeps what is done with each. */
function panel(): { fake: SessionPanel; log: string[]; clients: Map<number, SessionClient>; answer: () => Promise<void> } {
  const log: string[] = [];
  const clients = new Map<number, SessionClient>();
  let next = 1;
  const waiting: (() => void)[] = [];
  const fake: SessionPanel = {
    reserveSession: () => next++,
    openSession: (id: number, client: SessionClient) =>
      new Promise<DeviceSession>((resolve) =>
        waiting.push(() => {
          clients.set(id, client);
          const did =
            (what: string) =>
            (message?: unknown): void =>
              void log.push(`${what} ${id}${typeof message === 'string' ? ` ${message}` : ''}`);
          resolve({ id, post: did('post'), interrupt: did('interrupt'), resume: did('resume'), close: did('close') });
        }),
      ),
  };
  const answer = async (): Promise<void> => {
    for (const open of waiting.splice(0)) open();
    await new Promise((resolve) => setImmediate(resolve));
  };
  return { fake, log, clients, answer };
}

const kernel = (): { deliverDevice: (message: unknown) => void; deviceClosed: (reason: string) => void; heard: string[] } => {
  const heard: string[] = [];
  return { heard, deliverDevice: (message) => heard.push(message as string), deviceClosed: (reason) => heard.push(`closed: ${reason}`) };
};

async function openDevice(): Promise<Pick<ReturnType<typeof panel>, 'log' | 'clients'> & { device: KernelDevice; heard: string[] }> {
  const { fake, log, clients, answer } = panel();
  const device = new KernelDevice(fake, false);
  const { heard, ...ends } = kernel();
  const opened = device.open(ends);
  await answer();
  await opened;
  return { device, log, clients, heard };
}

describe("a kernel's session in the device panel", () => {
  it('carries messages both ways', async () => {
    const { device, log, clients, heard } = await openDevice();
    device.post('batch');
    clients.get(device.id)?.deliver('reply');
    expect(log).to.deep.equal([`post ${device.id} batch`]);
    expect(heard).to.deep.equal(['reply']);
  });

  it('opened anew has another number, and the old one is closed', async () => {
    const { fake, log, answer } = panel();
    const device = new KernelDevice(fake, false);
    const ends = kernel();
    const first = device.open(ends);
    await answer();
    await first;
    const before = device.id;
    const second = device.open(ends);
    device.post('too early');
    await answer();
    await second;
    device.post('batch');
    expect(device.id).to.not.equal(before);
    expect(log).to.deep.equal([`close ${before}`, `post ${device.id} batch`]);
  });

  it('is closed at once when the kernel has ended before the panel was open', async () => {
    const { fake, log, answer } = panel();
    const device = new KernelDevice(fake, false);
    const opened = device.open(kernel());
    device.close();
    await answer();
    await opened;
    expect(log).to.deep.equal([`close ${device.id}`]);
  });

  it('that is gone with the panel takes no more messages, and the kernel hears why', async () => {
    const { device, log, clients, heard } = await openDevice();
    clients.get(device.id)?.closed('the device panel was closed');
    device.post('batch');
    device.interrupt();
    expect(log).to.deep.equal([]);
    expect(heard).to.deep.equal(['closed: the device panel was closed']);
  });

  it('is of another generation once what it held is gone', async () => {
    const { device, clients } = await openDevice();
    const before = device.generation;
    device.post('batch');
    expect(device.generation).to.equal(before);
    clients.get(device.id)?.closed('the device panel was closed');
    expect(device.generation).to.not.equal(before);
  });
});
