// A thread with the `node` device, served to the thread that runs cells. It ends when its client goes away or the process does, and
// never while Dawn reads: that would crash the process.

import { parentPort, workerData } from 'node:worker_threads';
import { messagePortPort } from '../../protocol/message-port.js';
import { serveDevice } from '../remote/server.js';
import { endCompileAhead, openDawn } from './adapter.js';
import type { ThreadData } from './node-thread.js';

const { port, flag, ended } = workerData as ThreadData;
const interruptFlag = flag && new Int32Array(flag);

const server = serveDevice(messagePortPort(port), {
  name: 'node',
  open: () => openDawn(),
  ...(interruptFlag && { interrupted: () => Atomics.load(interruptFlag, 0) !== 0 }),
  onEnd: () => {
    void endCompileAhead().finally(() => {
      const words = new Int32Array(ended);
      Atomics.store(words, 0, 1);
      Atomics.notify(words, 0);
    });
  },
});

parentPort?.on('message', () => server.close());
// Only the client's port keeps the thread alive.
parentPort?.unref();
