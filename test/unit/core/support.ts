// What the tests of the core share: both devices, their counts, and one small training problem.

import { expect } from 'chai';
import * as pv from '../../../src/index.js';
import { currentState } from '../../../src/tensor/devices.js';
import { compilingBriefly, useServed } from '../../devices.js';

/** Every device that tensors compute on here. A missing adapter fails the tests of `node`, it does not skip them. */
export const deviceNames = ['cpu', 'node'] as const;

/** Declares the same tests for each device, which is the current one while they run. */
export function onEachDevice(declare: (device: (typeof deviceNames)[number]) => void): void {
  for (const device of deviceNames) {
    describe(`on ${device}`, () => {
      before(() => compilingBriefly(() => pv.setDevice(device)));
      declare(device);
    });
  }
}

/** The same for these and for `webview`, at the other end of a port. */
export function onEachDeviceAndBehindAPort(declare: (device: (typeof deviceNames)[number] | 'webview') => void): void {
  onEachDevice(declare);
  describe('on webview, behind a port', () => {
    useServed();
    declare('webview');
  });
}

/** What a piece of work added to the counts of the current device. */
export async function added(work: () => Promise<unknown>): Promise<pv.MemoryInfo> {
  // A device behind a port tells most counts with its answers.
  const counts = async (): Promise<pv.MemoryInfo> => currentState().device.sync().then(pv.memory);
  const from = await counts();
  await work();
  const to = await counts();
  const differences = Object.entries(to).map(([key, value]) => {
    const before: unknown = from[key as keyof pv.MemoryInfo];
    return [key, typeof value === 'number' && typeof before === 'number' ? value - before : value] as const;
  });
  return Object.fromEntries(differences) as unknown as pv.MemoryInfo;
}

/** Bytes and buffers once nothing is under way and everything that nobody can reach is freed. */
export async function settled(): Promise<{ bytes: number; buffers: number }> {
  // Twice, and some time apart: mocha holds the test before this one for a while.
  for (let turn = 0; turn < 2; turn++) {
    await new Promise((resolve) => setTimeout(resolve, 5));
    await pv.sync();
  }
  const { bytes, buffers } = pv.memory();
  return { bytes, buffers };
}

/** The message of the error that a call throws, or of the one it rejects with. */
export async function messageOf(call: () => unknown): Promise<string> {
  try {
    await call();
  } catch (error) {
    expect(error).to.be.instanceOf(Error);
    return (error as Error).message;
  }
  throw new Error('the call did not fail');
}

/** The largest |a − b|. */
export function distance(a: ArrayLike<number>, b: ArrayLike<number>): number {
  expect(a.length).to.equal(b.length);
  return Array.from(a).reduce((largest, value, i) => Math.max(largest, Math.abs(value - (b[i] as number))), 0);
}
