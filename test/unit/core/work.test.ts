// How much work a device is given: dispatches and bytes, and what it has to compile, exactly, so that none grows unnoticed. The device of this test computes nothing; it has
// the limits of a software adapter, or those that every WebGPU device has.

import { expect } from 'chai';
import type { DeviceLimits, WgslDevice } from '../../../src/devices/device.js';
import * as pv from '../../../src/index.js';

const F = pv.nn.functional;

/** What a device was given. */
interface Work {
  dispatches: number;
  /** Millions of bytes that kernels read and write, to three digits. */
  megabytes: number;
  plans: number;
  /** Different texts among the kernels. */
  kernels: number;
  /** Places in them that load or store: what a software adapter takes its time to compile. */
  accesses: number;
}

/** Loads and stores in a kernel's text, and calls of the functions that do nothing else. */
const access = /\b(?:operand\w*|mirrored|store|twiddle)\(|\b(?:points|result|b\d+)\[/g;

const adapters: Readonly<Record<string, DeviceLimits>> = {
  'a software adapter': {
    maxBufferBytes: 2 ** 27,
    maxStorageBuffers: 10,
    maxWorkgroupMemory: 32768,
    maxInvocations: 1024,
    maxWorkgroups: 65535,
    isSoftware: true,
    compilesSlowly: true,
    clearsByCode: false,
  },
  'a GPU with the default limits': {
    maxBufferBytes: 2 ** 27,
    maxStorageBuffers: 8,
    maxWorkgroupMemory: 16384,
    maxInvocations: 256,
    maxWorkgroups: 65535,
    isSoftware: false,
    compilesSlowly: false,
    clearsByCode: false,
  },
};

function counting(limits: DeviceLimits): { device: WgslDevice; take: () => Work } {
  let [dispatches, bytes] = [0, 0];
  const plans = new Set<number>();
  const texts = new Set<string>();
  const nothing = {
    bytes: 0,
    buffers: 0,
    reservedBytes: 0,
    pipelines: 0,
    dispatches: 0,
    submissions: 0,
    bytesMoved: 0,
    flop: 0,
    allocations: 0,
  };
  const device: WgslDevice = {
    kind: 'wgsl',
    name: 'webview',
    description: 'computes nothing',
    limits,
    lost: null,
    write: () => undefined,
    run: ({ id, steps, kernels }) => {
      plans.add(id);
      dispatches += steps.length;
      for (const step of steps) bytes += step.bytes;
      for (const { code } of kernels) texts.add(code);
    },
    forget: () => undefined,
    read: (_id, _dtype, size) => Promise.resolve(new Float32Array(size)),
    free: () => undefined,
    sync: () => Promise.resolve(),
    stats: () => nothing,
    destroy: () => undefined,
  };
  const take = (): Work => {
    const accesses = [...texts].reduce((sum, text) => sum + (text.match(access) ?? []).length, 0);
    const work = { dispatches, megabytes: Number((bytes / 1e6).toFixed(3)), plans: plans.size, kernels: texts.size, accesses };
    [dispatches, bytes] = [0, 0];
    plans.clear();
    texts.clear();
    return work;
  };
  return { device, take };
}

const complexField = (...shape: number[]): pv.Tensor => pv.complex(pv.randn(shape, { seed: 1 }), pv.randn(shape, { seed: 2 })).keep();

/** The workloads by name: set up, then one run of them. */
const workloads: Readonly<Record<string, () => () => Promise<unknown> | void>> = {
  'F1, 256 transforms of 1024': () => {
    const x = complexField(256, 1024);
    return () => void pv.fft.fft(x).keep();
  },
  'F4, real transforms of 16 images 256×256': () => {
    const x = pv.randn([16, 256, 256], { seed: 1 }).keep();
    return () => void pv.fft.rfft2(x).keep();
  },
  'F5, a transform of 2²⁰': () => {
    const x = complexField(2 ** 20);
    return () => void pv.fft.fft(x).keep();
  },
  'C2 by FFT, forward and both gradients': () => convolution('fft'),
  'C2 directly, forward and both gradients': () => convolution('direct'),
  'a convolution 5×5 of 8×16×64×64 by tiles, forward and both gradients': () => convolution('fft-tiled', [8, 16, 64, 64], [16, 16, 5, 5]),
  'E1, a chain of 20 elementwise operations with broadcasting': () => {
    const [x, row] = [pv.randn([2048, 2048], { seed: 1 }).keep(), pv.randn([2048], { seed: 2 }).keep()];
    return () => void pv.tidy(() => chain(x, row).keep());
  },
  'E1 with its gradients': () => {
    const [x, row] = [pv.randn([2048, 2048], { seed: 1 }).keep(), pv.randn([2048], { seed: 2 }).keep()];
    for (const leaf of [x, row]) leaf.requiresGrad = true;
    return () => {
      const loss = pv.tidy(() => chain(x, row).sum());
      loss.backward();
      return loss.item();
    };
  },
  'a training step: Adam with a schedule, dropout, batch slices': () => {
    const images = pv.randn([64, 1, 16, 16], { seed: 1 }).keep();
    const labels = pv.tensor(Int32Array.from({ length: 64 }, (_, i) => i % 10));
    const parameters = [pv.randn([8, 1, 5, 5], { seed: 2 }), pv.zeros([8]), pv.randn([10, 8 * 144], { seed: 3 }), pv.zeros([10])] as const;
    for (const parameter of parameters) parameter.requiresGrad = true;
    const optimizer = new pv.optim.Adam([...parameters], { lr: 1e-3 });
    let i = 0;
    return async () => {
      optimizer.lr = 1e-3 / (1 + i);
      const from = (i++ * 16) % 64;
      pv.tidy(() => {
        const [w1, b1, w2, b2] = parameters;
        const hidden = F.dropout(F.relu(F.conv2d(images.slice([from], [from + 16]), w1, b1)).reshape([16, -1]), { p: 0.25 });
        optimizer.zeroGrad();
        F.crossEntropy(F.linear(hidden, w2, b2), labels.slice([from], [from + 16])).backward();
      });
      await optimizer.step();
    };
  },
};

function convolution(
  algorithm: 'fft' | 'fft-tiled' | 'direct',
  image: readonly number[] = [2, 16, 128, 128],
  kernel: readonly number[] = [16, 16, 31, 31],
): () => Promise<unknown> {
  const [x, w, g] = [pv.randn(image, { seed: 1 }).keep(), pv.randn(kernel, { seed: 2 }).keep(), pv.randn(image, { seed: 3 }).keep()];
  for (const leaf of [x, w]) leaf.requiresGrad = true;
  return () => {
    const loss = pv.tidy(() => F.conv2d(x, w, null, { padding: 'same', algorithm }).mul(g).sum());
    loss.backward();
    return loss.item();
  };
}

function chain(x: pv.Tensor, row: pv.Tensor): pv.Tensor {
  let y = x;
  for (let i = 0; i < 5; i++) y = y.mul(row).add(0.5).square().sub(row);
  return y;
}

/** What a run of each is: on the software adapter, and on the GPU. All in one plan. */
const expected: Readonly<Record<string, readonly [Work, Work]>> = {
  'F1, 256 transforms of 1024': [
    { dispatches: 1, megabytes: 4.194, plans: 1, kernels: 1, accesses: 82 },
    { dispatches: 1, megabytes: 4.194, plans: 1, kernels: 1, accesses: 104 },
  ],
  'F4, real transforms of 16 images 256×256': [
    { dispatches: 2, megabytes: 16.876, plans: 1, kernels: 2, accesses: 107 },
    { dispatches: 2, megabytes: 16.876, plans: 1, kernels: 2, accesses: 191 },
  ],
  'F5, a transform of 2²⁰': [
    { dispatches: 2, megabytes: 33.554, plans: 1, kernels: 2, accesses: 195 },
    { dispatches: 2, megabytes: 33.554, plans: 1, kernels: 2, accesses: 195 },
  ],
  'C2 by FFT, forward and both gradients': [
    { dispatches: 17, megabytes: 189.862, plans: 1, kernels: 16, accesses: 579 },
    { dispatches: 17, megabytes: 189.862, plans: 1, kernels: 16, accesses: 894 },
  ],
  'C2 directly, forward and both gradients': [
    { dispatches: 10, megabytes: 45.151, plans: 1, kernels: 9, accesses: 91 },
    { dispatches: 11, megabytes: 53.024, plans: 1, kernels: 10, accesses: 143 },
  ],
  'a convolution 5×5 of 8×16×64×64 by tiles, forward and both gradients': [
    { dispatches: 14, megabytes: 68.227, plans: 1, kernels: 13, accesses: 246 },
    { dispatches: 14, megabytes: 68.227, plans: 1, kernels: 13, accesses: 478 },
  ],
  'E1, a chain of 20 elementwise operations with broadcasting': [
    { dispatches: 1, megabytes: 33.563, plans: 1, kernels: 1, accesses: 3 },
    { dispatches: 1, megabytes: 33.563, plans: 1, kernels: 1, accesses: 3 },
  ],
  'E1 with its gradients': [
    { dispatches: 5, megabytes: 151.046, plans: 1, kernels: 5, accesses: 30 },
    { dispatches: 5, megabytes: 151.046, plans: 1, kernels: 5, accesses: 30 },
  ],
  'a training step: Adam with a schedule, dropout, batch slices': [
    { dispatches: 28, megabytes: 1.736, plans: 1, kernels: 22, accesses: 127 },
    { dispatches: 28, megabytes: 1.736, plans: 1, kernels: 22, accesses: 303 },
  ],
};

describe('the work that a device is given', () => {
  for (const [adapter, limits] of Object.entries(adapters)) {
    describe(adapter, () => {
      const { device, take } = counting(limits);
      before(async () => {
        pv.host.registerDevice('webview', () => Promise.resolve(device));
        await pv.setDevice('webview');
      });
      after(async () => {
        await pv.setDevice('cpu');
        Object.assign(device, { lost: 'the test is over' });
      });
      for (const [name, prepare] of Object.entries(workloads)) {
        it(name, async () => {
          const run = prepare();
          await run();
          await run();
          take();
          await run();
          expect(take()).to.deep.equal(expected[name]?.[limits.isSoftware ? 0 : 1]);
        });
      }
    });
  }
});
