// Timers and immediates whose callbacks may be cut off: they run in turns of their own (turns.ts), for all code of the process. To be
// loaded before all else.
import { syncBuiltinESMExports } from 'node:module';
import timers from 'node:timers';
import promises from 'node:timers/promises';
import { promisify } from 'node:util';
import { isAbandoned } from '../activity.js';
import { inTurn, Turn } from './turns.js';

type Callback = (...args: unknown[]) => unknown;

const original = { ...timers };
/** Timers that fired and whose callbacks wait for their turn. */
const due = new Map<NodeJS.Timeout, Turn>();
/** The timer whose callback runs now. */
let running: NodeJS.Timeout | undefined;

/** After a cut-off: the timer in whose callback it came does not fire again. Returns whether there was one. */
export function stopCutOffTimer(): boolean {
  if (!running) return false;
  original.clearTimeout(running);
  running = undefined;
  return true;
}

function fire(timer: NodeJS.Timeout, callback: Callback, args: unknown[]): void {
  const turn = inTurn(() => {
    due.delete(timer);
    // What an interrupted cell left behind ends here.
    if (isAbandoned()) return original.clearTimeout(timer);
    running = timer;
    try {
      Reflect.apply(callback, timer, args);
    } finally {
      running = undefined;
    }
  });
  due.set(timer, turn);
}

function start(kind: 'setTimeout' | 'setInterval', callback: Callback, delay?: number, ...args: unknown[]): NodeJS.Timeout {
  // Node's own error for what is no function.
  if (typeof callback !== 'function') return original[kind](callback, delay);
  const timer: NodeJS.Timeout = original[kind](() => fire(timer, callback, args), delay);
  return timer;
}

function clear(timer?: NodeJS.Timeout | string | number): void {
  original.clearTimeout(timer);
  // A timer may be named by the number that it turns into.
  const found = typeof timer === 'object' ? timer : [...due.keys()].find((each) => each[Symbol.toPrimitive]() === Number(timer));
  if (!found) return;
  due.get(found)?.cancel();
  due.delete(found);
}

const replaced = {
  setTimeout: (callback: Callback, delay?: number, ...args: unknown[]) => start('setTimeout', callback, delay, ...args),
  setInterval: (callback: Callback, delay?: number, ...args: unknown[]) => start('setInterval', callback, delay, ...args),
  setImmediate: (callback: Callback, ...args: unknown[]): unknown => {
    if (typeof callback !== 'function') return original.setImmediate(callback);
    return inTurn(() => void Reflect.apply(callback, undefined, args));
  },
  clearTimeout: clear,
  clearInterval: clear,
  clearImmediate: (turn: unknown): void => {
    if (turn instanceof Turn) turn.cancel();
  },
};

/** What Node's own promises of timers lead to goes on in a turn of its own, too. */
function nextTurn(): Promise<void> {
  return new Promise((resolve) => void inTurn(resolve));
}

const { setTimeout: sleep, setImmediate: yielding, setInterval: every } = promises;

async function sleepInTurn<T>(...args: Parameters<typeof sleep<T>>): Promise<T> {
  const value = await sleep(...args);
  await nextTurn();
  return value;
}

async function yieldInTurn<T>(...args: Parameters<typeof yielding<T>>): Promise<T> {
  const value = await yielding(...args);
  await nextTurn();
  return value;
}

async function* everyInTurn<T>(...args: Parameters<typeof every<T>>): AsyncGenerator<Awaited<T>, void> {
  for await (const value of every(...args)) {
    await nextTurn();
    yield value;
  }
}

Object.assign(promises, { setTimeout: sleepInTurn, setImmediate: yieldInTurn, setInterval: everyInTurn });
Object.assign(promises.scheduler, {
  wait: (delay: number, options?: { signal?: AbortSignal }) => sleepInTurn(delay, undefined, options),
  yield: () => yieldInTurn(),
});
Object.defineProperty(replaced.setTimeout, promisify.custom, { value: sleepInTurn });
Object.defineProperty(replaced.setImmediate, promisify.custom, { value: yieldInTurn });
for (const [name, value] of Object.entries(replaced)) {
  Object.defineProperty(value, 'name', { value: name });
  Object.defineProperty(globalThis, name, { value, writable: true, configurable: true, enumerable: true });
}
Object.assign(timers, replaced);
syncBuiltinESMExports();
