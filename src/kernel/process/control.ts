// The control thread of a kernel process: hears the host while cells run, and stops them.
import { parentPort as mainThread, workerData } from 'node:worker_threads';
import { setTimeout } from 'node:timers';
import { setFlagsFromString } from 'node:v8';
import { parentPort } from '../../protocol/child.js';
import { Connection } from '../../protocol/connection.js';
import { controlContract, controlHostContract } from '../../protocol/kernel.js';
import type { ScriptPlace } from '../stack.js';
import { cutOffMainThread } from './cut-off.js';
import type { ControlData, ToCells, ToControl } from './messages.js';

/** How long the thread of the cells may take to listen before its evaluation is cut off, in ms. */
const patience = 200;
/** The same once it was cut off: what it queued before may go on in the same way. */
const lessPatience = 30;
/** How long the process may take to end by itself when its host is gone, in ms. */
const endPatience = 1000;

const { memory, slots, ours } = workerData as ControlData;
const words = new Int32Array(memory);
const hellos = new Map<number, () => void>();
let lastHello = 0;
/** The last request to stop that is done. */
let doneCount = 0;
let onDone: () => void = () => undefined;
let underWay: Promise<void> | undefined;

mainThread?.on('message', (message: ToControl) => {
  if (message.kind === 'heard') hellos.get(message.id)?.();
  else {
    doneCount = message.count;
    onDone();
  }
});

new Connection(parentPort(1), {
  here: controlContract,
  there: controlHostContract,
  handlers: {
    requests: {
      interrupt: async () => {
        await (underWay ??= interrupt().finally(() => (underWay = undefined)));
        return {};
      },
      ping: () => {
        const { user, system } = process.cpuUsage();
        return { times: Float64Array.of(user / 1000, system / 1000) };
      },
    },
    events: {},
  },
  // Cells may loop for ever: nobody could stop them any more.
  onClose: () => void setTimeout(() => process.kill(process.pid, 'SIGKILL'), endPatience),
});

/** Resolves when all has stopped that ran. */
async function interrupt(): Promise<void> {
  // V8 may crash when a function that it optimizes in the background is paused; what it has begun is done within the patience.
  optimize(false);
  try {
    await stop();
  } finally {
    optimize(true);
  }
}

/** Whether V8 may begin to optimize functions, in all threads. The size is V8's default, in bytes of bytecode. */
function optimize(isOn: boolean): void {
  setFlagsFromString(isOn ? '--use-osr' : '--no-use-osr');
  setFlagsFromString(`--max-optimized-bytecode-size=${isOn ? 61_440 : 0}`);
}

async function stop(): Promise<void> {
  const count = Atomics.add(words, slots.count, 1) + 1;
  Atomics.store(words, slots.requested, 1);
  const done = new Promise<void>((resolve) => (onDone = resolve));
  let at: ScriptPlace | null = null;
  let isTold = false;
  let wait = patience;
  while (doneCount < count) {
    const hello = sayHello();
    if (!(await within(hello, wait))) {
      wait = lessPatience;
      let isHeard = false;
      void hello.then(() => (isHeard = true));
      at = await cutOffMainThread({ ours, isReplaceable: () => Atomics.load(words, slots.replaceable) !== 0, isAnswered: () => isHeard });
      // What was told before may have been lost with what was cut off.
      isTold = false;
      continue;
    }
    if (!isTold) tell({ kind: 'interrupt', count, at });
    isTold = true;
    await within(done, patience);
  }
}

function sayHello(): Promise<void> {
  const id = ++lastHello;
  return new Promise((resolve) => {
    hellos.set(id, () => {
      hellos.delete(id);
      resolve();
    });
    tell({ kind: 'hello', id });
  });
}

function tell(message: ToCells): void {
  mainThread?.postMessage(message);
}

/** Whether a promise resolves within a time. */
function within(promise: Promise<void>, milliseconds: number): Promise<boolean> {
  return new Promise((resolve) => {
    const timer = setTimeout(() => resolve(false), milliseconds);
    void promise.then(() => {
      clearTimeout(timer);
      resolve(true);
    });
  });
}
