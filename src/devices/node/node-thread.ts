// The `node` device in a thread of its own (device-thread.ts), as its host sees it.

import { MessageChannel, Worker, type MessagePort } from 'node:worker_threads';
import { messagePortPort } from '../../protocol/message-port.js';
import type { Port } from '../../protocol/port.js';
import { openRemoteDevice, type RemoteDevice } from '../remote/client.js';

/** Options of the node device in a thread. */
export interface NodeThreadOptions {
  /** Whose device this is: the notebook's name. */
  readonly label?: string;
  /** An Int32Array's memory: while its element 0 is not 0, the device abandons what runs, between two slices, and what waits. */
  readonly flag?: SharedArrayBuffer;
  /** Told of messages that were refused. */
  readonly onProblem?: (problem: string) => void;
}

/** What the thread is given. */
export interface ThreadData {
  readonly port: MessagePort;
  readonly flag: SharedArrayBuffer | undefined;
  /** An Int32Array's memory: element 0 becomes 1 when the thread has destroyed its device and every read is settled. */
  readonly ended: SharedArrayBuffer;
}

/** How long the process waits at its end for the thread to settle what it reads, in ms. */
const endPatience = 2000;

/**
 * Opens the first adapter in a thread of its own, for hosts: terminating a cell's evaluation harms nothing there. Rejects when there is no
 * adapter, saying what to install. An open device does not keep the process alive, but what it was asked for does.
 */
export async function openNodeThread({ label = 'node', flag, onProblem }: NodeThreadOptions = {}): Promise<RemoteDevice> {
  const { port1, port2 } = new MessageChannel();
  const ended = new SharedArrayBuffer(4);
  const data = { port: port2, flag, ended };
  const worker = new Worker(new URL('./device-thread.js', import.meta.url), { workerData: data, transferList: [port2] });
  // A thread that is stopped while Dawn reads takes the whole process with it, so the process's end waits for it.
  const settle = (): void => {
    worker.postMessage('end');
    Atomics.wait(new Int32Array(ended), 0, 0, endPatience);
  };
  process.once('exit', settle);
  let reason = 'its thread ended';
  worker.once('error', (error) => (reason = `its thread failed: ${error instanceof Error ? error.message : String(error)}`));
  const port: Port = waitingPort(port1, (onClose) => {
    // The port closes when the thread ends, which knows why.
    worker.once('exit', () => {
      process.off('exit', settle);
      onClose(reason);
    });
  });
  const device = await openRemoteDevice(port, { name: 'node', label, ...(onProblem && { onProblem }) }).catch((error: unknown) => {
    port1.close();
    throw error;
  });
  worker.unref();
  return device;
}

/** A port that keeps the process alive while requests wait for their answers. */
function waitingPort(messages: MessagePort, whenEnded: (onClose: (reason: string) => void) => void): Port {
  const port = messagePortPort(messages);
  let waiting = 0;
  return {
    ...port,
    post(message) {
      if (kindOf(message) === 'request' && waiting++ === 0) messages.ref();
      port.post(message);
    },
    listen(onMessage, onClose) {
      port.listen(
        (message) => {
          if (kindOf(message) !== 'event' && --waiting === 0) messages.unref();
          onMessage(message);
        },
        () => undefined,
      );
      messages.unref();
      whenEnded(onClose);
    },
  };
}

function kindOf(message: unknown): unknown {
  return typeof message === 'object' && message !== null && 'kind' in message ? message.kind : undefined;
}
