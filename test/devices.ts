// Running library tests on a device.

import { MessageChannel } from 'node:worker_threads';
import { openDawn } from '../src/devices/node/adapter.js';
import { openRemoteDevice, type RemoteDevice } from '../src/devices/remote/client.js';
import { serveDevice, type DeviceServer, type ServeOptions } from '../src/devices/remote/server.js';
import * as pv from '../src/index.js';
import { messagePortPort } from '../src/protocol/message-port.js';
import type { Port } from '../src/protocol/port.js';

/** The devices that the library's tests run on. */
export const deviceNames = ['cpu', 'node'] as const;

export type TestDevice = (typeof deviceNames)[number];

/**
 * Calls `open`, which opens a device. If it is the first one of this process on Mesa's software adapter, that compiles without LLVM's optimizer
 * from then on: in half the time, to kernels that give the same bits. Processes that tests start compile as people's do: Mesa asks once, and
 * keeps apart what it compiled in either way. See docs/decisions/0017-waiting-and-compiling.md.
 */
export async function compilingBriefly<T>(open: () => Promise<T>): Promise<T> {
  const before = process.env.GALLIVM_PERF;
  process.env.GALLIVM_PERF ??= 'nopt';
  try {
    return await open();
  } finally {
    if (before === undefined) delete process.env.GALLIVM_PERF;
  }
}

/** Makes `name` the current device for the tests of this suite. A device that does not open fails them: nothing is skipped. */
export function useDevice(name: TestDevice): void {
  let previous: pv.DeviceInfo['name'];
  before(`the device '${name}' opens`, async () => {
    previous = pv.memory().device as typeof previous;
    await compilingBriefly(() => pv.setDevice(name));
  });
  after(() => pv.setDevice(previous));
}

/** Both ends of a device behind a port, in this process. */
export interface ServedDevice {
  readonly device: RemoteDevice;
  readonly server: DeviceServer;
  /** Messages that the client posted and those that it was sent, as they went over the port. */
  readonly posted: readonly unknown[];
  readonly received: readonly unknown[];
  /** Posts a message of the test's own in the client's name. */
  readonly post: (message: unknown) => void;
}

/** Opens Dawn's adapter as the page of a webview opens its own: at the other end of a port, under the name 'webview'. */
export async function openServed(options: Partial<ServeOptions> = {}): Promise<ServedDevice> {
  const { port1, port2 } = new MessageChannel();
  const server = serveDevice(messagePortPort(port2), { name: 'webview', open: () => openDawn(), ...options });
  const posted: unknown[] = [];
  const received: unknown[] = [];
  const port = messagePortPort(port1);
  const noting: Port = {
    ...port,
    post(message) {
      posted.push(message);
      port.post(message);
    },
    listen(onMessage, onClose) {
      port.listen((message) => {
        received.push(message);
        onMessage(message);
      }, onClose);
    },
  };
  const device = await compilingBriefly(() => openRemoteDevice(noting, { name: 'webview', label: 'test' }));
  return { device, server, posted, received, post: (message) => port.post(message) };
}

/** Makes 'webview' such a device for the tests of this suite. */
export function useServed(options: Partial<ServeOptions> = {}): void {
  let served: ServedDevice;
  let previous: pv.DeviceInfo['name'];
  before("the device 'webview' opens", async () => {
    served = await openServed(options);
    previous = pv.memory().device as typeof previous;
    pv.host.registerDevice('webview', () => Promise.resolve(served.device));
    await pv.setDevice('webview');
  });
  after(async () => {
    await pv.setDevice(previous);
    served.device.destroy();
  });
}

/**
 * Runs jobs in order, a few at a time, from the first call on; the result of job i is `start(i)`. A software adapter compiles
 * each pipeline on one core: tests that wait for one another would leave the others idle.
 */
export function sideBySide<R>(jobs: readonly (() => Promise<R>)[], atOnce = 4): (index: number) => Promise<R> {
  const results = new Map<number, Promise<R>>();
  const start = (index: number): Promise<R> => {
    let result = results.get(index);
    if (result === undefined) {
      result = (jobs[index] as () => Promise<R>)();
      // Reported by the test that awaits it; until then it must not count as unhandled.
      result.catch(() => undefined);
      results.set(index, result);
    }
    return result;
  };
  return (index) => {
    for (let next = index; next < Math.min(index + atOnce, jobs.length); next++) void start(next);
    return start(index);
  };
}

/** Numbers in [−1, 1) from a seed (mulberry32), independent of the library's own random numbers. */
export function numbers(seed: number, count: number): Float64Array<ArrayBuffer> {
  let state = seed | 0;
  return Float64Array.from({ length: count }, () => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 31 - 1;
  });
}
