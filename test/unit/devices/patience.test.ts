// Waiting for Dawn: answers come through unchanged, and while one is awaited the event loop naps.

import { expect } from 'chai';
import { patient } from '../../../src/devices/node/patience.js';

/** A device whose answers are given by hand. */
function fakeGpu(): { gpu: GPUDevice; resolve: (value: undefined) => void; reject: (reason: unknown) => void } {
  let resolve: (value: undefined) => void = () => undefined;
  let reject: (reason: unknown) => void = () => undefined;
  const promise = new Promise<undefined>((...settle) => ([resolve, reject] = settle));
  const ask = (): Promise<undefined> => promise;
  const gpu = {
    queue: { onSubmittedWorkDone: ask },
    popErrorScope: ask,
    createComputePipelineAsync: ask,
    createBuffer: ({ usage }: GPUBufferDescriptor) => ({ usage, mapAsync: ask }),
  };
  return { gpu: patient(gpu as unknown as GPUDevice), resolve, reject };
}

const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

describe('waiting patiently', () => {
  const { wait } = Atomics;
  let naps = 0;
  beforeEach(() => {
    naps = 0;
    Atomics.wait = ((...values: Parameters<typeof wait>) => {
      naps++;
      expect(values[3]).to.be.within(0, 1);
      return 'timed-out';
    }) as typeof wait;
  });
  afterEach(() => {
    Atomics.wait = wait;
  });

  it('the event loop naps once a turn while an answer is awaited, and no more when it is there', async () => {
    const { gpu, resolve } = fakeGpu();
    const done = gpu.queue.onSubmittedWorkDone();
    const other = gpu.popErrorScope();
    for (let i = 0; i < 5; i++) await turn();
    expect(naps).to.be.within(4, 5);
    resolve(undefined);
    await Promise.all([done, other]);
    const before = naps;
    for (let i = 0; i < 5; i++) await turn();
    expect(naps).to.equal(before);
  });

  it('answers and refusals come through, also for buffers that are read', async () => {
    const { gpu, reject } = fakeGpu();
    const staging = gpu.createBuffer({ size: 4, usage: 1 });
    const mapped = staging.mapAsync(1);
    reject(new Error('the device is lost'));
    const error = await mapped.catch((reason: unknown) => reason);
    expect(error).to.be.an('error').with.property('message', 'the device is lost');
  });
});
