// What the tests of measuring convolutions share: a device that computes nothing and takes the time that the test says, and one convolution.

import { expect } from 'chai';
import type { DeviceLimits, WgslDevice, WgslPlan } from '../../../src/devices/device.js';
import * as pv from '../../../src/index.js';
import { candidates, trainingStep, type Candidate } from '../../../src/nn/conv-choice.js';
import { measureConvolutions, type MeasureOptions } from '../../../src/nn/conv-measure.js';
import { conv, convAttributesOf } from '../../../src/nn/conv-operation.js';
import type { ConvolutionStore, Kept } from '../../../src/nn/conv-store.js';

const F = pv.nn.functional;
const limits: DeviceLimits = {
  maxBufferBytes: 2 ** 27,
  maxStorageBuffers: 10,
  maxWorkgroupMemory: 32768,
  maxInvocations: 1024,
  maxWorkgroups: 65535,
  isSoftware: true,
  compilesSlowly: true,
  clearsByCode: false,
};

/** A device that knows what its buffers and plans are, and how long it is to take for each plan. */
export class Fake {
  readonly device: WgslDevice;
  readonly buffers = new Set<number>();
  readonly plans = new Set<number>();
  readonly ran: string[] = [];
  now = 0;
  /** Milliseconds of plans that the test knows, by their code; one of all others. */
  readonly times = new Map<string, number>();
  /** Called before each read is answered. */
  onRead: (last: string) => void | Promise<void> = () => undefined;

  constructor(description: string) {
    this.device = {
      kind: 'wgsl',
      name: 'webview',
      description,
      limits: { ...limits },
      lost: null,
      write: (id) => void this.buffers.add(id),
      run: (plan, _inputs, _scalars, outputs) => {
        for (const id of outputs) this.buffers.add(id);
        this.plans.add(plan.id);
        this.ran.push(codeOf(plan));
        this.now += this.times.get(codeOf(plan)) ?? 1;
      },
      forget: ({ id }) => void this.plans.delete(id),
      read: async (_id, _dtype, size) => {
        await this.onRead(this.ran.at(-1) ?? '');
        if (this.device.lost !== null) throw new Error(`the device is lost: ${this.device.lost}`);
        return new Float32Array(size);
      },
      free: (ids) => ids.forEach((id) => this.buffers.delete(id)),
      sync: () => (this.device.lost === null ? Promise.resolve() : Promise.reject(new Error('the device is lost'))),
      stats: () => ({
        bytes: 0,
        buffers: this.buffers.size,
        reservedBytes: 0,
        pipelines: 0,
        dispatches: 0,
        submissions: 0,
        bytesMoved: 0,
        flop: 0,
        allocations: 0,
      }),
      destroy: () => undefined,
    };
  }

  lose(reason: string): void {
    Object.assign(this.device, { lost: reason });
  }
}

/** The WGSL of a plan: equal plans have equal code. */
export function codeOf({ kernels, steps }: WgslPlan): string {
  return steps.map(({ kernel }) => kernels[kernel]?.code).join('\n');
}

/** A store without a file. */
export class Memory implements ConvolutionStore {
  readonly kept = new Map<string, Kept>();
  /** Called when something is put. */
  onPut: () => void = () => undefined;

  find(adapter: string, shapeClass: string): Kept | null {
    return this.kept.get(`${adapter} ${shapeClass}`) ?? null;
  }

  put(adapter: string, shapeClass: string, kept: Kept): void {
    this.kept.set(`${adapter} ${shapeClass}`, kept);
    this.onPut();
  }
}

/** Lets the event loop go on. */
export const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

/** Lets it go on for so many turns. */
export async function turns(count: number): Promise<void> {
  for (let i = 0; i < count; i++) await turn();
}

/** Resolves when something is so, and fails when it is not so after many turns of the event loop. */
export async function until(is: () => boolean, what: string): Promise<void> {
  for (let i = 0; i < 2000 && !is(); i++) await turn();
  expect(is(), what).to.equal(true);
}

/** One convolution on a device on which the model's choice is slower than another algorithm. */
export class Stage {
  fake = new Fake('none');
  /** The model's choice, and the one that is faster: 2 ms instead of 5. */
  model: Candidate = 'direct';
  other: Candidate = 'direct';
  operands: readonly [pv.Tensor, pv.Tensor] = [pv.zeros([1]), pv.zeros([1])];
  /** Ends the measuring. */
  stop: () => void = () => undefined;

  /** Makes a new device of that description the current one; the one before is lost. */
  async open(description = 'an adapter'): Promise<void> {
    this.fake.lose('another one is opened');
    this.fake = new Fake(description);
    pv.host.registerDevice('webview', () => Promise.resolve(this.fake.device));
    await pv.setDevice('webview');
    this.prepare(4, 16);
  }

  /** Another convolution from now on, of so many samples of images of that size. */
  prepare(samples: number, size: number): void {
    this.operands = [pv.zeros([samples, 8, size, size]).keep(), pv.zeros([8, 8, 5, 5]).keep()];
    this.model = this.explained().costs[0]?.algorithm as Candidate;
    this.other = this.model === 'direct' ? 'fft' : 'direct';
    for (const algorithm of candidates) this.fake.times.set(this.stepOf(algorithm), algorithm === this.other ? 2 : 5);
  }

  /** The convolution, not computed. */
  convolve(): pv.Tensor {
    return F.conv2d(...this.operands, null, { padding: 'same' });
  }

  explained(y = this.convolve()): pv.ConvolutionExplanation {
    return pv.explain(y).convolutions[0] as pv.ConvolutionExplanation;
  }

  /** Computes the convolution; returns the plan that ran. */
  runs(): string {
    this.convolve().keep();
    return this.fake.ran.at(-1) as string;
  }

  /** Begins to measure, without waiting for anything but the event loop. */
  measure(options: MeasureOptions = {}): void {
    this.stop = measureConvolutions({ store: new Memory(), clock: () => this.fake.now, pause: turn, ...options });
  }

  isMeasured(): boolean {
    return this.explained().costs.some(({ measured }) => measured !== null);
  }

  measured(): Promise<void> {
    return until(() => this.isMeasured(), 'it is measured');
  }

  /** The code of the training step of the convolution. */
  stepOf(algorithm: Candidate): string {
    const { node } = this.convolve();
    const attributes = convAttributesOf(node);
    if (attributes === null) throw new Error('it is no convolution');
    return codeOf(trainingStep(attributes, algorithm, node.state, conv, [-1, -2, -3]).plan);
  }
}

/** A stage for each test of this suite, as outside of CI. */
export function useStage(): Stage {
  const stage = new Stage();
  const { CI } = process.env;
  beforeEach(() => {
    delete process.env['CI'];
    return stage.open();
  });
  afterEach(async () => {
    stage.stop();
    stage.fake.lose('the test is over');
    process.env['CI'] = CI;
    await pv.setDevice('cpu');
  });
  return stage;
}
