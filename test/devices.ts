// Running library tests on a device.

import * as pv from '../src/index.js';

/** The devices that the library's tests run on. */
export const deviceNames = ['cpu', 'node'] as const;

export type TestDevice = (typeof deviceNames)[number];

/** Makes `name` the current device for the tests of this suite. A device that does not open fails them: nothing is skipped. */
export function useDevice(name: TestDevice): void {
  let previous: pv.DeviceInfo['name'];
  before(`the device '${name}' opens`, async () => {
    previous = pv.memory().device as typeof previous;
    await pv.setDevice(name);
  });
  after(() => pv.setDevice(previous));
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
