// A device behind a port with a real GPU at the other end: the same counts as without a port, failures that say what and where, and
// commands that make no sense.

import { expect } from 'chai';
import type { WgslPlan } from '../../../src/devices/device.js';
import { serveDevice } from '../../../src/devices/remote/server.js';
import { toWire } from '../../../src/devices/remote/wire-plan.js';
import * as pv from '../../../src/index.js';
import type { DeviceCommand } from '../../../src/protocol/device.js';
import { openServed, type ServedDevice } from '../../devices.js';
import { portPair } from '../protocol/ports.js';
import { failure, openFaulty, type FaultyGpu } from './support.js';

const F = pv.nn.functional;
/** 1 MiB of float32: large enough for its memory to be looked at. */
const large = [512, 512];

/** y = a · factor, for four elements. */
function doublePlan(id: number): WgslPlan {
  return {
    id,
    kernels: [
      {
        label: 'double [4]',
        code: `
          @group(0) @binding(0) var<storage, read> a: array<f32>;
          @group(0) @binding(1) var<storage, read_write> y: array<f32>;
          @group(0) @binding(2) var<uniform> scalars: vec4<f32>;
          @compute @workgroup_size(4) fn main(@builtin(global_invocation_id) at: vec3<u32>) { y[at.x] = a[at.x] * scalars.x; }`,
        bindings: 2,
        writes: 1,
        uniformBytes: 16,
      },
    ],
    steps: [
      {
        kernel: 0,
        workgroups: [1, 1, 1],
        bindings: [
          { space: 'input', index: 0 },
          { space: 'output', index: 0 },
        ],
        uniformOffset: 0,
        bytes: 16,
        flop: 1,
      },
    ],
    scratch: [],
    outputs: [16],
    tables: [],
    uniforms: [{ byteOffset: 0, type: 'f32', scalar: 0, value: 0 }],
    uniformBytes: 256,
  };
}

const plan = (given: WgslPlan): DeviceCommand => ({ type: 'plan', plan: toWire(given) });
const run = (given: Partial<DeviceCommand & { type: 'run' }>): DeviceCommand => ({
  type: 'run',
  plan: 1,
  inputs: [1],
  scalars: Float64Array.of(2),
  outputs: [2],
  replaced: [-1],
  ...given,
});

describe('a device behind a port: with a GPU', () => {
  let served: ServedDevice;
  let faulty: FaultyGpu;

  beforeEach(async () => {
    faulty = await openFaulty();
    served = await openServed({ open: () => Promise.resolve(faulty) });
    pv.host.registerDevice('webview', () => Promise.resolve(served.device));
    await pv.setDevice('webview');
  });
  afterEach(async () => {
    pv.host.setOrigin(null);
    await pv.setDevice('cpu');
    served.device.destroy();
  });

  it('a training step that replays its plan is one small message', async () => {
    const [x, t] = [pv.randn([8, 1, 8, 8], { seed: 1 }), pv.tensor(Int32Array.from({ length: 8 }, (_, i) => i % 3))];
    const [w, b, v] = [
      pv.randn([4, 1, 3, 3], { seed: 2, requiresGrad: true }),
      pv.zeros([4], { requiresGrad: true }),
      pv.randn([3, 144], { seed: 3, requiresGrad: true }),
    ];
    const optimizer = new pv.optim.SGD([w, b, v], { lr: 0.1, momentum: 0.9 });
    const step = async (): Promise<void> => {
      optimizer.zeroGrad();
      F.crossEntropy(F.linear(F.relu(F.conv2d(x, w, b)).reshape([8, -1]), v), t).backward();
      await optimizer.step();
    };
    for (let i = 0; i < 3; i++) await step();
    const before = served.posted.length;
    for (let i = 0; i < 20; i++) await step();
    const messages = served.posted.slice(before);
    expect(messages.length).to.equal(20);
    const bytes = messages.map(
      (message) =>
        JSON.stringify(message, (_, value: unknown) => (ArrayBuffer.isView(value) ? [...(value as Float64Array)] : value)).length,
    );
    // Half of them: the collector may let one tell, besides, of whatever earlier tests left.
    expect(bytes.sort((a, b) => a - b)[10]).to.be.below(1500);
  });

  it("the client's count of bytes and buffers is the executor's", async () => {
    const tensors = [
      pv.tensor(new Float32Array(1000)),
      pv.tensor([true, false]),
      pv.randn([3, 5], { seed: 1 }).keep(),
      pv.zeros([0, 2]).keep(),
    ];
    const sum = tensors[0]!.sum();
    await sum.item();
    tensors[1]!.dispose();
    tensors.push(pv.tensor([1]));
    const { bytes, buffers } = pv.memory();
    await served.device.sync();
    const { stats } = (served.received.at(-1) as { result: { stats: object } }).result;
    expect(stats).to.deep.include({ bytes, buffers });
  });

  it('a lack of memory in a later run fails its reads with operation and place; what is free is used first; the device goes on', async () => {
    pv.host.setOrigin(() => 'cell 3, line 5');
    const x = pv.ones(large).keep();
    const first = x.mul(2).keep();
    await first.data();

    faulty.failAllocations(1);
    const second = x.mul(3).keep();
    expect((await second.data())[0], 'tried again without what waits for reuse').to.equal(3);

    faulty.failAllocations(2);
    const third = x.mul(4).keep();
    expect(await failure(third.data())).to.match(
      /^mul \[512, 512\]: out of device memory: a buffer of 1048576 bytes.*free tensors with dispose\(\).*\(needed for mul \[512, 512\] at cell 3, line 5\)$/,
    );
    expect(await failure(third.add(1).sum().item()), 'what reads it has the same reason').to.match(
      /^mul \[512, 512\]: out of device memory/,
    );
    third.dispose();
    expect((await x.mul(5).keep().data())[0]).to.equal(5);
  });

  it('a lack of memory for data fails the reads of what is computed from it', async () => {
    faulty.failAllocations(2);
    const x = pv.tensor(new Float32Array(2 ** 18));
    expect(await failure(x.sum().item())).to.match(/^out of device memory: a buffer of 1048576 bytes/);
    expect(await pv.tensor([1, 2]).sum().item()).to.equal(3);
  });

  it('a GPU that is lost rejects pending and later reads; a new one can be opened', async () => {
    const x = pv.ones([64, 64]).keep();
    await x.data();
    const pending = failure(x.matmul(x).data());
    faulty.gpu.destroy();
    expect(await pending).to.match(/^device webview is lost \(.*\); restart it and compute its tensors again$/);
    expect(await failure(x.data())).to.match(/^device webview is lost/);
    expect(await failure(x.add(1).data())).to.match(/^device webview is lost/);
    served = await openServed();
    await pv.setDevice('webview');
    expect(await pv.ones([2]).sum().item()).to.equal(2);
  });

  it('a failure of WebGPU outside any run ends the device: no value can be trusted any more', async () => {
    const x = pv.ones([4]).keep();
    await x.data();
    // Nobody asked for the error of this: a buffer beyond the limit.
    faulty.gpu.createBuffer({ size: 2 ** 40, usage: 0x80 });
    while (served.device.lost === null) await served.device.sync().catch(() => undefined);
    expect(served.device.lost).to.match(/^WebGPU failed: .*(size|large|limit)/i);
    expect(await failure(x.data())).to.match(/^device webview is lost \(WebGPU failed/);
  });

  it('an end of all devices by the page is told with its reason', async () => {
    const x = pv.ones([4]).keep();
    served.server.destroy('it was restarted in the device panel');
    expect(await failure(x.data())).to.equal(
      'device webview is lost (it was restarted in the device panel); restart it and compute its tensors again',
    );
    expect(served.device.lost).to.equal('it was restarted in the device panel');
  });

  it('a session has one device; when that is lost it can have another one', async () => {
    const [near, far] = portPair();
    const answers: unknown[] = [];
    near.listen(
      (message) => void answers.push(message),
      () => undefined,
    );
    const ask = async (id: number, name: string, params: object): Promise<unknown> => {
      near.post({ kind: 'request', id, name, params });
      const find = (): unknown => answers.find((message) => (message as { readonly id?: number }).id === id);
      while (find() === undefined) await new Promise((resolve) => setImmediate(resolve));
      return find();
    };
    const server = serveDevice(far, { name: 'webview', open: () => openFaulty() });
    expect(await ask(0, 'open', { label: 'a' })).to.deep.include({ kind: 'reply' });
    expect(await ask(1, 'open', { label: 'a' })).to.have.nested.property('error.message', 'the device is open already: a session has one');
    const commands: DeviceCommand[] = [{ type: 'write', id: 1, dtype: 'float32', shape: [1], data: Float32Array.of(3) }];
    server.destroy('the driver was updated');
    expect(await ask(2, 'read', { commands, id: 1, dtype: 'float32', size: 1 }))
      .to.have.nested.property('error.message')
      .that.matches(/is lost/);
    expect(answers).to.deep.include({ kind: 'event', name: 'lost', payload: { reason: 'the driver was updated' } });
    expect(await ask(3, 'open', { label: 'a' })).to.deep.include({ kind: 'reply' });
    expect(await ask(4, 'read', { commands, id: 1, dtype: 'float32', size: 1 })).to.have.nested.property('result.data.0', 3);
    near.close();
  });

  it('an interrupt abandons runs that wait, keeps assigned values whole, and after resume() everything works', async () => {
    const n = 256;
    const w = pv.tensor(new Float32Array(n * n).fill(0.5), { shape: [n, n], requiresGrad: true });
    await w.data();
    const heavy = (): pv.Tensor => {
      let y = w.detach();
      for (let i = 0; i < 6; i++) y = y.matmul(y).mul(1 / n);
      return y;
    };
    await heavy().data();
    const { dispatches } = pv.memory();
    const waiting = Array.from({ length: 30 }, () => heavy().keep());
    w.assign(w.add(1));
    w.keep();
    await new Promise((resolve) => setImmediate(resolve));
    served.device.interrupt();
    await served.device.resume();
    await served.device.sync();
    expect(pv.memory().dispatches - dispatches, 'most of it was never submitted').to.be.below(15 * 6);
    expect(await failure(waiting[29]!.data())).to.match(/^interrupted: /);
    expect([0.5, 1.5], 'the old value or the new one').to.include((await w.data())[0]);
    expect((await heavy().data()).every(Number.isFinite)).to.equal(true);
  });

  it('plans that are forgotten give back what they held', async () => {
    const x = pv.ones([7]).keep();
    await x.mul(2).data();
    const { made, destroyed } = faulty.uniforms;
    expect(made).to.be.above(0);
    expect(destroyed).to.equal(0);
    const sent = JSON.stringify(served.posted.at(-1), (_, value: unknown) => (value instanceof Float64Array ? [...value] : value));
    const [, id] = /"type":"plan","plan":\{"id":(\d+)/.exec(sent) ?? [];
    served.device.forget(doublePlan(Number(id)));
    await served.device.sync();
    expect(faulty.uniforms.destroyed).to.equal(1);
    expect(await x.mul(2).data(), 'and are made anew').to.deep.equal(new Float32Array(7).fill(2));
  });
});

describe('a device behind a port: commands that make no sense', () => {
  let served: ServedDevice;
  const good = doublePlan(1);

  before(async () => {
    served = await openServed();
    batch([{ type: 'write', id: 1, dtype: 'float32', shape: [4], data: Float32Array.of(1, 2, 3, 4) }]);
  });
  after(() => served.device.destroy());

  const batch = (commands: readonly DeviceCommand[]): void =>
    served.post({ kind: 'event', name: 'batch', payload: { commands: [...commands] } });
  let nextId = 1000;
  const rows: readonly (readonly [string, (id: number) => readonly DeviceCommand[], RegExp])[] = [
    ['a plan that is not known', (id) => [run({ plan: 99, outputs: [id] })], /plan 99 is not known/],
    [
      'an operand that does not exist',
      (id) => [plan(good), run({ inputs: [12345], outputs: [id] })],
      /double \[4\]: buffer 12345 does not exist/,
    ],
    ['no operand', (id) => [run({ inputs: [], outputs: [id] })], /reads 1 values, but was given 0/],
    ['too few scalars', (id) => [run({ scalars: new Float64Array(0), outputs: [id] })], /takes 1 scalars, but was given 0/],
    ['too many results', (id) => [run({ outputs: [id, id + 1], replaced: [-1, -1] })], /makes 1 values, but was given 2/],
    [
      'a kernel that does not compile',
      (id) => [plan({ ...doublePlan(2), kernels: [{ ...good.kernels[0]!, code: 'nonsense' }] }), run({ plan: 2, outputs: [id] })],
      /^kernel double \[4\] does not compile: 1:1 .+/,
    ],
    [
      'a kernel without main',
      (id) => [plan({ ...doublePlan(3), kernels: [{ ...good.kernels[0]!, code: '// nothing' }] }), run({ plan: 3, outputs: [id] })],
      /^kernel double \[4\] does not compile: /,
    ],
    [
      'a step of a kernel that is not there',
      (id) => [plan({ ...doublePlan(4), steps: [{ ...good.steps[0]!, kernel: 7 }] }), run({ plan: 4, outputs: [id] })],
      /step 0 of plan 4 names kernel 7 of 1/,
    ],
    [
      'a result that is not there',
      (id) => [plan({ ...doublePlan(5), outputs: [] }), run({ plan: 5, outputs: [id], replaced: [-1] })],
      /step 0 of plan 5 binds output 0 of 0/,
    ],
    [
      'more workgroups than there can be',
      (id) => [plan({ ...doublePlan(6), steps: [{ ...good.steps[0]!, workgroups: [2 ** 20, 1, 1] }] }), run({ plan: 6, outputs: [id] })],
      /double \[4\]: WebGPU refused it: /,
    ],
    [
      'a buffer beyond all bounds',
      (id) => [plan({ ...doublePlan(7), outputs: [2 ** 50] }), run({ plan: 7, outputs: [id] })],
      /double \[4\]: a buffer of 1125899906842624 bytes is larger/,
    ],
    [
      'scalars beyond all bounds',
      (id) => [plan({ ...doublePlan(8), uniformBytes: 2 ** 50 }), run({ plan: 8, outputs: [id] })],
      /double \[4\]: /,
    ],
    [
      'scalars outside their buffer',
      (id) => [
        plan({ ...doublePlan(9), uniforms: [{ byteOffset: 400, type: 'f32', scalar: 0, value: 0 }] }),
        run({ plan: 9, outputs: [id] }),
      ],
      /puts a uniform at 400, but has 256 bytes/,
    ],
    [
      'data that does not fill its shape',
      (id) => [{ type: 'write', id, dtype: 'float32', shape: [5], data: Float32Array.of(1) }],
      /1 values do not fill \[5\] float32/,
    ],
    [
      'data of another type',
      (id) => [{ type: 'write', id, dtype: 'int32', shape: [1], data: Float32Array.of(1) }],
      /1 values do not fill \[1\] int32/,
    ],
    [
      'a shape beyond all bounds',
      (id) => [{ type: 'write', id, dtype: 'float32', shape: [2 ** 40, 2 ** 40], data: Float32Array.of(1) }],
      /do not fill/,
    ],
    ['a value that was given up', (id) => [{ type: 'fail', id, reason: 'it never came' }], /^it never came$/],
  ];

  for (const [what, commands, expected] of rows) {
    it(`${what}: the read says so, and the next run is right`, async () => {
      const id = (nextId += 10);
      batch(commands(id));
      expect(await failure(served.device.read(id, 'float32', 4))).to.match(expected);
      batch([plan(good), run({ outputs: [id + 5] })]);
      expect([...(await served.device.read(id + 5, 'float32', 4))]).to.deep.equal([2, 4, 6, 8]);
      expect(served.device.lost).to.equal(null);
    });
  }
});
