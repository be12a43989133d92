// Frames over byte streams: every kind of data arrives as it was sent, however the stream is cut, and what is no frame is refused.
import { Buffer } from 'node:buffer';
import type { AddressInfo, Socket } from 'node:net';
import { connect, createServer } from 'node:net';
import { PassThrough } from 'node:stream';
import { expect } from 'chai';
import * as v from 'valibot';
import { Connection } from '../../../src/protocol/connection.js';
import { encodeFrame, FrameDecoder, FrameError, streamPort } from '../../../src/protocol/stream-port.js';

const bytesOf = (message: unknown): Buffer => Buffer.concat(encodeFrame(message));

/** A message with every kind of data that travels. */
const sample = {
  kind: 'event',
  text: 'Ĝ · “Parseval” 𝔽\n\0',
  numbers: [0, -1.5, 2 ** 53, 1e-308],
  flags: [true, false, null],
  empty: { list: [], record: {}, text: '' },
  arrays: {
    float32: Float32Array.of(1, NaN, -Infinity, -0),
    float64: Float64Array.of(Math.PI, NaN, Infinity, -0),
    int32: Int32Array.of(-(2 ** 31), 2 ** 31 - 1),
    uint32: Uint32Array.of(0, 2 ** 32 - 1),
    uint8: Uint8Array.of(0, 255, 7),
    buffer: Uint8Array.of(1, 2, 3).buffer,
    none: new Float32Array(0),
    noBytes: new ArrayBuffer(0),
  },
  nested: [[{ deep: Float32Array.of(3) }], Uint8Array.of(9)],
};

/** Cuts bytes into chunks that end at the places given. */
function* cut(bytes: Buffer, ends: readonly number[]): Generator<Buffer> {
  let begin = 0;
  for (const end of [...ends, bytes.length]) {
    yield bytes.subarray(begin, end);
    begin = end;
  }
}

function decode(chunks: Iterable<Uint8Array>): { messages: unknown[]; left: number } {
  const decoder = new FrameDecoder();
  const messages = [...chunks].flatMap((chunk) => [...decoder.push(chunk)]);
  return { messages, left: decoder.pendingBytes };
}

describe('a frame', () => {
  it('carries every type of data exactly', () => {
    const { messages, left } = decode([bytesOf(sample)]);
    expect(messages).to.deep.equal([sample]);
    expect(left).to.equal(0);
    const [{ arrays }] = messages as [typeof sample];
    expect(Object.is(arrays.float32[3], -0)).to.be.true;
    expect(arrays.float64.constructor).to.equal(Float64Array);
  });

  it('carries a message that is a typed array itself, a plain value, or null', () => {
    for (const message of [Float32Array.of(1, 2), 'text', 4, true, null, [], {}]) {
      expect(decode([bytesOf(message)]).messages).to.deep.equal([message]);
    }
  });

  it('carries only the part of the memory that a view shows, aligned or not', () => {
    const memory = Uint8Array.from({ length: 64 }, (_, index) => index);
    const views = [new Uint8Array(memory.buffer, 3, 5), new Float32Array(memory.buffer, 8, 2), Buffer.from(memory.buffer, 1, 4)];
    const [got] = decode([bytesOf(views)]).messages as [Uint8Array[]];
    expect(got.map((view) => view.buffer.byteLength)).to.deep.equal([5, 8, 4]);
    expect(got[0]).to.deep.equal(Uint8Array.of(3, 4, 5, 6, 7));
    expect(got[1]).to.deep.equal(new Float32Array(memory.slice(8, 16).buffer));
    expect(got[2]).to.deep.equal(Uint8Array.of(1, 2, 3, 4));
  });

  it('gives arrays of their own: to change one changes no other', () => {
    const [got] = decode([bytesOf([Uint8Array.of(1), Uint8Array.of(2)])]).messages as [Uint8Array[]];
    got[0]?.fill(9);
    expect(got[1]).to.deep.equal(Uint8Array.of(2));
    expect(got[0]?.buffer).to.not.equal(got[1]?.buffer);
  });

  it('comes out the same wherever the stream is cut', () => {
    const bytes = Buffer.concat([bytesOf(sample), bytesOf({ second: Int32Array.of(5) })]);
    const expected = [sample, { second: Int32Array.of(5) }];
    for (let at = 0; at <= bytes.length; at++) {
      const { messages, left } = decode(cut(bytes, [at]));
      expect(messages, `cut at ${at}`).to.deep.equal(expected);
      expect(left).to.equal(0);
    }
    const everywhere = Array.from({ length: bytes.length }, (_, index) => index);
    expect(decode(cut(bytes, everywhere)).messages).to.deep.equal(expected);
  });

  it('comes out when several arrive at once, and the begun one waits', () => {
    const last = bytesOf({ last: Float64Array.of(1) });
    const chunk = Buffer.concat([...[1, 2, 3].map((n) => bytesOf({ n })), last.subarray(0, -1)]);
    const decoder = new FrameDecoder();
    expect([...decoder.push(chunk)]).to.deep.equal([{ n: 1 }, { n: 2 }, { n: 3 }]);
    expect(decoder.pendingBytes).to.equal(last.length - 1);
    expect([...decoder.push(last.subarray(-1))]).to.deep.equal([{ last: Float64Array.of(1) }]);
    expect(decoder.pendingBytes).to.equal(0);
  });

  it('of many chunks copies each byte a bounded number of times', () => {
    // Buffer.concat is how chunks are joined: what it copies is the work, whatever the machine's speed.
    const message = { data: new Uint8Array(4 * 2 ** 20).fill(7) };
    const bytes = bytesOf(message);
    const step = 64;
    const ends = Array.from({ length: Math.floor(bytes.length / step) }, (_, index) => (index + 1) * step);
    const original = Buffer.concat.bind(Buffer);
    let copied = 0;
    Buffer.concat = (list, total) => {
      const joined = original(list, total);
      copied += joined.length;
      return joined;
    };
    try {
      expect(decode(cut(bytes, ends)).messages).to.deep.equal([message]);
    } finally {
      Buffer.concat = original;
    }
    expect(ends.length).to.be.above(60_000);
    expect(copied).to.be.within(1, 3 * bytes.length);
  });

  it('cannot carry what would arrive as something else', () => {
    for (const value of [10n, new BigInt64Array(1), new DataView(new ArrayBuffer(4)), new Uint16Array(2), new Int8Array(1)]) {
      expect(() => encodeFrame({ value }), Object.prototype.toString.call(value)).to.throw(TypeError);
    }
  });

  it('cannot be larger than what its reader takes', () => {
    // The same gigabyte twice: a frame of more than 2³¹ bytes, without the memory.
    const half = new ArrayBuffer(2 ** 30);
    expect(() => encodeFrame([half, half])).to.throw(RangeError, /too large/);
  });

  it('keeps names of Object.prototype as plain properties', () => {
    const message: unknown = JSON.parse('{"__proto__": {"polluted": 1}, "constructor": 2}');
    const [got] = decode([bytesOf(message)]).messages;
    expect(JSON.stringify(got)).to.equal('{"__proto__":{"polluted":1},"constructor":2}');
    expect({}).to.not.have.property('polluted');
  });
});

describe('what is no frame', () => {
  /** A frame with this text for its head, whatever it says: the header is that of a true frame of the same size. */
  const framed = (head: string): Buffer => {
    const rest = Buffer.byteLength(head) - Buffer.byteLength('{"message":"","binaries":[]}');
    return Buffer.concat([bytesOf('x'.repeat(rest)).subarray(0, 16), Buffer.from(head)]);
  };
  const place = (path: unknown, type = 'Uint8Array', bytes = 0) => ({ path, type, bytes });
  const head = (message: unknown, ...binaries: unknown[]): string => JSON.stringify({ message, binaries });
  const heads: Record<string, [head: string, problem: string]> = {
    'no JSON': ['{"message": 1, "binaries": [}              ', 'the head of a frame is not JSON'],
    'not an object': ['"a text that is long enough for a head"', 'the head of a frame lacks its parts'],
    'no list of its data': ['{"message": "long enough for a head"}', 'the head of a frame lacks its parts'],
    'a place that is none': [head(null, place('x')), 'a frame does not say where its data belongs'],
    'a type that does not travel': [head(null, place([], 'Uint16Array')), 'a frame does not say where its data belongs'],
    'a type named as a method': [head(null, place([], 'toString')), 'a frame does not say where its data belongs'],
    'a negative length': [head(null, place([], 'Uint8Array', -1)), 'a frame does not say where its data belongs'],
    'data that it does not hold': [head(null, place([], 'Uint8Array', 8)), 'a frame ends before its data'],
    'a place that is taken': [head({ x: 1 }, place(['x'])), 'a frame does not say where its data belongs'],
    'one place twice': [head(null, place([]), place([])), 'a frame does not say where its data belongs'],
    'a place in a prototype': [head({}, place(['__proto__', 'polluted'])), 'a frame does not say where its data belongs'],
    'a place beyond a list': [head([], place([5])), 'a frame does not say where its data belongs'],
  };
  for (const [what, [text, problem]] of Object.entries(heads)) {
    it(`is refused: ${what}`, () => {
      expect(() => decode([framed(text)])).to.throw(FrameError, problem);
      expect({}).to.not.have.property('polluted');
    });
  }

  it('is refused when it holds more data than it speaks of', () => {
    const bytes = bytesOf({ data: new Uint8Array(4) });
    const text = bytes.toString('latin1').replace('"bytes":4', '"bytes":3');
    expect(() => decode([Buffer.from(text, 'latin1')])).to.throw(FrameError, 'a frame holds more data than it speaks of');
  });

  it('is refused as soon as the first bytes are there, before what they announce', () => {
    const bytes = bytesOf(sample);
    for (let bit = 0; bit < 16 * 8; bit++) {
      const broken = Buffer.from(bytes.subarray(0, 16));
      broken[bit >> 3] = (broken[bit >> 3] ?? 0) ^ (1 << (bit & 7));
      expect(() => decode([broken]), `bit ${bit}`).to.throw(FrameError);
    }
  });

  it('is refused when bytes are missing before the next frame', () => {
    const bytes = bytesOf(sample);
    for (let missing = 1; missing < bytes.length; missing += 7) {
      const stream = Buffer.concat([bytes.subarray(0, bytes.length - missing), bytes, bytes]);
      expect(() => decode([stream]), `${missing} bytes missing`).to.throw(FrameError);
    }
  });

  it('waits, truncated, with no more memory than its bytes', () => {
    const bytes = bytesOf(sample);
    const { messages, left } = decode([bytes.subarray(0, -1)]);
    expect(messages).to.deep.equal([]);
    expect(left).to.equal(bytes.length - 1);
  });
});

describe('a port over streams', () => {
  /** Two ports joined by two streams, and what one of them hears. */
  function join() {
    const [there, back] = [new PassThrough(), new PassThrough()];
    const heard: unknown[] = [];
    const near = streamPort(back, there);
    const far = streamPort(there, back);
    const nearClosed = new Promise<string>((resolve) => near.listen(() => undefined, resolve));
    const farClosed = new Promise<string>((resolve) => far.listen((message) => heard.push(message), resolve));
    return { near, far, there, heard, nearClosed, farClosed };
  }

  it('closes with a reason when the stream carries something else', async () => {
    const { there, far, farClosed, heard, near, nearClosed } = join();
    near.post({ first: 1 });
    there.write('GET / HTTP/1.1\r\nHost: example.org\r\n\r\n');
    expect(await farClosed).to.equal('the stream carries something else than frames');
    expect(heard).to.deep.equal([{ first: 1 }]);
    // The other end hears of it, and what either posts is dropped.
    expect(await nearClosed).to.be.a('string');
    far.post({ second: 2 });
    near.post({ third: 3 });
    expect(heard).to.have.length(1);
  });

  it('delivers nothing that follows a broken frame', async () => {
    const { there, farClosed, heard } = join();
    there.write(Buffer.concat([bytesOf(1), Buffer.alloc(16), bytesOf(2)]));
    await farClosed;
    expect(heard).to.deep.equal([1]);
  });

  it('closes with a reason when the stream ends or fails', async () => {
    const ended = join();
    ended.there.end();
    expect(await ended.farClosed).to.equal('the other end closed the connection');
    const failed = join();
    failed.there.destroy(new Error('the pipe broke'));
    expect(await failed.farClosed).to.equal('the pipe broke');
  });

  it('sends what was posted before it was closed, though one pipe is both its input and its output', async () => {
    const server = createServer({ allowHalfOpen: true });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const [far, near] = await Promise.all([
      new Promise<Socket>((resolve) => server.once('connection', resolve)),
      new Promise<Socket>((resolve) => {
        const socket = connect((server.address() as AddressInfo).port, '127.0.0.1', () => resolve(socket));
      }),
    ]);
    // Far more than the system buffers, so that most of it still waits when the port is closed.
    const data = new Uint8Array(32 * 2 ** 20).fill(3);
    const port = streamPort(near, near);
    port.post({ data });
    port.close();
    port.post({ late: true });
    const heard: unknown[] = [];
    await new Promise<string>((resolve) => streamPort(far, far).listen((message) => heard.push(message), resolve));
    server.close();
    expect(heard).to.have.length(1);
    expect((heard[0] as { data: Uint8Array }).data.length).to.equal(data.length);
  });

  it('carries a connection in which a handler that forgets its result fails instead of never answering', async () => {
    const [there, back] = [new PassThrough(), new PassThrough()];
    const contract = { requests: { ask: { params: v.strictObject({}), result: v.strictObject({}) } }, events: {} } as const;
    const nobody = { requests: {}, events: {} } as const;
    const forgets = (() => undefined) as unknown as () => Record<string, never>;
    new Connection(streamPort(there, back), { here: contract, there: nobody, handlers: { requests: { ask: forgets }, events: {} } });
    const asking = new Connection(streamPort(back, there), { here: nobody, there: contract, handlers: { requests: {}, events: {} } });
    const outcome: unknown = await asking.request('ask', {}).catch((error: unknown) => error);
    expect(outcome).to.include({ remoteName: 'ProtocolError' });
  });

  it('calls nobody after it was closed from this end', async () => {
    const { far, near, heard, farClosed } = join();
    far.close();
    near.post(1);
    const outcome = await Promise.race([farClosed, new Promise((resolve) => setImmediate(() => resolve('not called')))]);
    expect(outcome).to.equal('not called');
    expect(heard).to.deep.equal([]);
  });
});
