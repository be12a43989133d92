// The client of a device behind a port, with a server that the test plays: what is sent, in which messages, and when.

import { expect } from 'chai';
import type { RunOptions, WgslPlan } from '../../../src/devices/device.js';
import { openRemoteDevice, type RemoteDevice } from '../../../src/devices/remote/client.js';
import type { Message } from '../../../src/protocol/contract.js';
import type { DeviceCommand } from '../../../src/protocol/device.js';
import type { Port } from '../../../src/protocol/port.js';

const limits = {
  maxBufferBytes: 2 ** 27,
  maxStorageBuffers: 8,
  maxWorkgroupMemory: 32768,
  maxInvocations: 256,
  maxWorkgroups: 65535,
  isSoftware: true,
  compilesSlowly: true,
  clearsByCode: false,
};
const stats = {
  bytes: 0,
  buffers: 0,
  reservedBytes: 7,
  pipelines: 3,
  dispatches: 5,
  submissions: 2,
  bytesMoved: 64,
  flop: 8,
  allocations: 4,
};

/** The other end of the client's port. */
class Server {
  readonly messages: Message[] = [];
  #onMessage: (message: unknown) => void = () => undefined;
  #onClose: (reason: string) => void = () => undefined;
  readonly port: Port = {
    post: (message) => void this.messages.push(message as Message),
    listen: (onMessage, onClose) => {
      this.#onMessage = onMessage;
      this.#onClose = onClose;
    },
    close: () => undefined,
  };

  /** Messages since the last call. */
  take(): Message[] {
    return this.messages.splice(0);
  }

  send(message: Message): void {
    this.#onMessage(message);
  }

  reply(to: Message | undefined, result: unknown): void {
    if (to?.kind !== 'request') throw new Error('not a request');
    this.send({ kind: 'reply', id: to.id, result });
  }

  close(reason: string): void {
    this.#onClose(reason);
  }
}

async function open(): Promise<{ server: Server; device: RemoteDevice }> {
  const server = new Server();
  const opening = openRemoteDevice(server.port, { name: 'webview', label: 'a.ipynb' });
  const [message] = server.take();
  expect(message).to.deep.include({ kind: 'request', name: 'open', params: { label: 'a.ipynb' } });
  server.reply(message, { description: 'an adapter', limits });
  return { server, device: await opening };
}

/** The commands that a message carries. */
function commandsOf(message: Message | undefined): readonly DeviceCommand[] {
  if (message?.kind === 'event') return (message.payload as { commands: DeviceCommand[] }).commands;
  if (message?.kind === 'request') return (message.params as { commands?: DeviceCommand[] }).commands ?? [];
  throw new Error('a message without commands');
}

const types = (message: Message | undefined): string[] => commandsOf(message).map(({ type }) => type);
const macrotask = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));
const how: RunOptions = { replaced: [-1], isNeeded: false, origin: undefined };

function makePlan(id: number): WgslPlan {
  return {
    id,
    kernels: [{ label: 'double [4]', code: 'fn main() {}', bindings: 2, writes: 1, uniformBytes: 16 }],
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
    tables: [{ key: 't', data: Float32Array.of(1, 2) }],
    uniforms: [
      { byteOffset: 0, type: 'f32', scalar: -1, value: -Infinity },
      { byteOffset: 4, type: 'f32', scalar: 0, value: 0 },
    ],
    uniformBytes: 256,
  };
}

/** The rejection's message. */
function failure(promise: Promise<unknown>): Promise<string> {
  return promise.then(
    () => 'it did not fail',
    (error: unknown) => (error as Error).message,
  );
}

describe('a device behind a port: the client', () => {
  it('says what the other end said when it opened, and rejects with its reason when it did not', async () => {
    const { device } = await open();
    expect(device).to.include({ name: 'webview', description: 'an adapter', lost: null });
    expect(device.limits).to.deep.equal(limits);

    const server = new Server();
    const opening = failure(openRemoteDevice(server.port, { name: 'webview', label: '' }));
    server.send({ kind: 'failure', id: 0, error: { name: 'Error', message: 'no adapter' } });
    expect(await opening).to.equal('device webview could not be opened: no adapter');
  });

  it('a write, a run and the read of its result are one message; the plan travels once, its infinities in a Float64Array', async () => {
    const { server, device } = await open();
    const plan = makePlan(1);
    const values = Float32Array.of(1, 2, 3, 4);
    device.write(1, 'float32', [4], values);
    device.run(plan, [1], [0.5], [2], how);
    values.fill(9);
    const first = device.read(2, 'float32', 4);
    const [message, ...others] = server.take();
    expect(others).to.deep.equal([]);
    expect(types(message)).to.deep.equal(['write', 'plan', 'run']);
    const [write, sent, run] = commandsOf(message);
    expect(write, 'values as they were when they were written').to.deep.include({ data: Float32Array.of(1, 2, 3, 4) });
    expect(sent?.type === 'plan' && sent.plan.uniformValues).to.deep.equal(Float64Array.of(-Infinity, 0));
    expect(run).to.deep.equal({ type: 'run', plan: 1, inputs: [1], scalars: Float64Array.of(0.5), outputs: [2], replaced: [-1] });
    server.reply(message, { data: Float32Array.of(2, 4, 6, 8) });
    expect(await first).to.deep.equal(Float32Array.of(2, 4, 6, 8));

    device.run(plan, [1], [0.25], [3], { replaced: [2], isNeeded: true, origin: 'cell 3, line 5' });
    void device.sync();
    const again = server.take();
    expect(again.map(types)).to.deep.equal([['run']]);
    expect(commandsOf(again[0])[0]).to.deep.include({ needed: true, label: 'cell 3, line 5', replaced: [2] });

    device.forget(plan);
    device.run(plan, [1], [1], [4], how);
    void device.sync();
    expect(types(server.take()[0]), 'a forgotten plan is sent again').to.deep.equal(['forget', 'plan', 'run']);
  });

  it('a run that nothing follows goes out in the next turn of the event loop, and at once when another one comes', async () => {
    const { server, device } = await open();
    const plan = makePlan(1);
    device.run(plan, [], [0], [1], how);
    expect(server.take()).to.deep.equal([]);
    device.run(plan, [], [0], [2], how);
    expect(server.take().map(types)).to.deep.equal([['plan', 'run']]);
    await macrotask();
    expect(server.take().map(types)).to.deep.equal([['run']]);
  });

  it('large data goes out at once', async () => {
    const { server, device } = await open();
    device.write(1, 'float32', [2 ** 18], new Float32Array(2 ** 18));
    expect(server.take().map(types)).to.deep.equal([['write']]);
  });

  it('knows by the last answer that all is done, and asks only when something was sent since', async () => {
    const { server, device } = await open();
    device.write(1, 'float32', [1], Float32Array.of(1));
    const [first, second] = [device.read(1, 'float32', 1), device.read(1, 'float32', 1)];
    const [one, two] = server.take();
    device.run(makePlan(1), [1], [0], [2], how);
    server.reply(two, { data: Float32Array.of(1) });
    server.reply(one, { data: Float32Array.of(1) });
    await Promise.all([first, second]);
    const synced = device.sync();
    const asked = server.take();
    expect(asked.map(types)).to.deep.equal([['plan', 'run']]);
    server.reply(asked[0], { stats });
    await synced;
    device.label(1, 'x', 'float32', [1]);
    device.free([1]);
    await device.sync();
    expect(server.take().map(types)).to.deep.equal([['name', 'free']]);
  });

  it('counts its own buffers as the pool rounds them; the other counts are those of the last answer', async () => {
    const { server, device } = await open();
    device.write(1, 'bool', [100], new Uint8Array(100));
    device.run(makePlan(1), [1], [0], [2], how);
    expect(device.stats()).to.deep.include({ bytes: 512 + 256, buffers: 2, pipelines: 0 });
    device.free([1, 1, 99]);
    expect(device.stats()).to.deep.include({ bytes: 256, buffers: 1 });
    const synced = device.sync();
    server.reply(server.take()[0], { stats });
    await synced;
    expect(device.stats()).to.deep.equal({ ...stats, bytes: 256, buffers: 1 });
  });

  it('values that are still to come hold back what was asked for after them, and nothing else', async () => {
    const { server, device } = await open();
    let arrive: (values: Float32Array<ArrayBuffer>) => void = () => undefined;
    device.write(1, 'float32', [1], Float32Array.of(1));
    device.write(2, 'float32', [1], new Promise<Float32Array<ArrayBuffer>>((resolve) => (arrive = resolve)));
    device.write(3, 'float32', [1], Float32Array.of(3));
    const read = device.read(3, 'float32', 1);
    await macrotask();
    expect(server.take().map(types)).to.deep.equal([['write']]);
    arrive(Float32Array.of(2));
    await macrotask();
    const [message, ...others] = server.take();
    expect(others).to.deep.equal([]);
    expect(commandsOf(message).map((command) => command.type === 'write' && command.id)).to.deep.equal([2, 3]);
    server.reply(message, { data: Float32Array.of(3) });
    expect(await read).to.deep.equal(Float32Array.of(3));

    device.write(4, 'float32', [1], Promise.reject(new Error('the source was lost')));
    await macrotask();
    expect(server.take().map(commandsOf)).to.deep.equal([[{ type: 'fail', id: 4, reason: 'the source was lost' }]]);
  });

  it('after an interrupt it looks again at values whose coming was missed, gives up the others, and asks to go on when all is done', async () => {
    const { server, device } = await open();
    // What V8 does when it terminates a cell: the reaction that was due is never run.
    const missed = Promise.resolve(Float32Array.of(5));
    let calls = 0;
    missed.then = ((...args: Parameters<typeof missed.then>) =>
      calls++ === 0 ? missed : Promise.prototype.then.apply(missed, args)) as typeof missed.then;
    device.write(1, 'float32', [1], missed);
    device.write(2, 'float32', [1], new Promise(() => undefined));
    device.run(makePlan(1), [1, 2], [0], [3], how);
    device.interrupt();
    expect(server.take(), 'an interrupt waits for nothing').to.deep.equal([{ kind: 'event', name: 'interrupt', payload: {} }]);
    const resumed = device.resume();
    await macrotask();
    await macrotask();
    const messages = server.take();
    expect(messages.flatMap(commandsOf).map(({ type }) => type)).to.deep.equal(['write', 'fail', 'plan', 'run']);
    expect(messages.flatMap(commandsOf)[1]).to.deep.include({ id: 2, interrupted: true });
    server.reply(messages.at(-1), { stats });
    expect(server.take()).to.deep.equal([{ kind: 'event', name: 'resume', payload: {} }]);
    await resumed;
  });

  it('settles a read while the message that answers it is handled: a promise made later still sees it', async () => {
    const { server, device } = await open();
    const read = device.read(1, 'float32', 1);
    // Nobody listens yet: reactions that an interrupt dropped are as good as none.
    server.reply(server.take()[0], { data: Float32Array.of(1) });
    await macrotask();
    expect(await read).to.deep.equal(Float32Array.of(1));
  });

  for (const [what, lose] of [
    ['the other end says so', (server: Server) => server.send({ kind: 'event', name: 'lost', payload: { reason: 'the driver crashed' } })],
    ['the port closes', (server: Server) => server.close('the driver crashed')],
  ] as const) {
    it(`is lost when ${what}: reads reject, also those that were not sent, and nothing more goes out`, async () => {
      const { server, device } = await open();
      const sent = failure(device.read(1, 'float32', 1));
      device.write(2, 'float32', [1], new Promise(() => undefined));
      const heldBack = failure(device.read(2, 'float32', 1));
      server.take();
      lose(server);
      const message = 'device webview is lost (the driver crashed); restart it and compute its tensors again';
      expect(device.lost).to.equal('the driver crashed');
      expect(await sent).to.equal(message);
      expect(await heldBack).to.equal(message);
      expect(await failure(device.read(3, 'float32', 1))).to.equal(message);
      expect(await failure(device.sync())).to.equal(message);
      device.run(makePlan(1), [], [0], [4], how);
      await device.resume();
      await macrotask();
      expect(server.take()).to.deep.equal([]);
    });
  }

  it("a read's error is made where the value was asked for: its stack leads there", async () => {
    const { server, device } = await open();
    const askHere = (): Promise<unknown> => device.read(1, 'float32', 1);
    const read = askHere().catch((error: unknown) => (error as Error).stack);
    const [message] = server.take();
    if (message?.kind !== 'request') throw new Error('no request');
    server.send({ kind: 'failure', id: message.id, error: { name: 'Error', message: 'matmul [2, 2]: out of device memory' } });
    expect(await read).to.match(/^Error: matmul \[2, 2\]: out of device memory\n[^]*askHere/);
  });

  it('data too large for the port fails the reads that need it, and nothing else', async () => {
    const { server, device } = await open();
    const post = server.port.post.bind(server.port);
    server.port.post = (message) => {
      if (types(message as Message).includes('write')) throw new RangeError('a message of 9 bytes is too large to be sent');
      post(message);
    };
    device.write(1, 'float32', [1], Float32Array.of(1));
    void device.read(1, 'float32', 1);
    expect(server.take().map(commandsOf)).to.deep.equal([
      [{ type: 'fail', id: 1, reason: 'a message of 9 bytes is too large to be sent' }],
    ]);
  });
});
