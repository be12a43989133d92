// A port over a pair of byte streams (a pipe between two processes). Each message is one frame:
//
//   magic 'PVF2' · u32 bytes of the head · u32 bytes of the body · u32 check of both · head: JSON {message, binaries} · body: the binaries
//
// The check makes a broken length an error at once; without it the reader would wait for bytes that never come. `binaries` says where in
// the message each ArrayBuffer or typed array belongs. JSON and not V8's serializer, because the two ends may be different versions of
// Node. Numbers that JSON does not know (NaN, infinities, −0) must travel in typed arrays.
import { Buffer } from 'node:buffer';
import type { Readable, Writable } from 'node:stream';
import { finished } from 'node:stream';
import type { Port } from './port.js';

const magic = 0x50564632;
const headerBytes = 16;
/** A frame beyond this is a broken one: no buffer of a device is so large. */
const maxFrameBytes = 2 ** 31 - 1;
/** JSON of a message; outputs are the longest. */
const maxHeadBytes = 2 ** 28;

const arrayTypes = { ArrayBuffer, Uint8Array, Int32Array, Uint32Array, Float32Array, Float64Array } as const;
type ArrayType = keyof typeof arrayTypes;

interface BinaryPlace {
  readonly path: readonly (string | number)[];
  readonly type: ArrayType;
  readonly bytes: number;
}

/** The stream does not carry frames: the two ends do not understand each other, and the port is closed. */
export class FrameError extends Error {
  override readonly name = 'FrameError';
}

/** The bytes of a message. Throws TypeError for values that cannot be sent, and RangeError for a message that no reader would take. */
export function encodeFrame(message: unknown): Uint8Array[] {
  const binaries: BinaryPlace[] = [];
  const parts: Uint8Array[] = [];
  const plain = extract(message, [], binaries, parts);
  const head = Buffer.from(JSON.stringify({ message: plain, binaries }));
  const body = parts.reduce((sum, part) => sum + part.byteLength, 0);
  if (isTooLarge(head.length, body)) throw new RangeError(`a message of ${head.length + body} bytes is too large to be sent`);
  const header = Buffer.alloc(headerBytes);
  header.writeUInt32BE(magic, 0);
  header.writeUInt32BE(head.length, 4);
  header.writeUInt32BE(body, 8);
  header.writeUInt32BE(checkOf(head.length, body), 12);
  return [header, head, ...parts];
}

function isTooLarge(head: number, body: number): boolean {
  return head > maxHeadBytes || headerBytes + head + body > maxFrameBytes;
}

/** Differs, for all practical purposes, when a bit of either length does. */
function checkOf(head: number, body: number): number {
  return (Math.imul(head, 0x9e3779b1) ^ Math.imul(body, 0x85ebca77) ^ magic) >>> 0;
}

function extract(value: unknown, path: readonly (string | number)[], places: BinaryPlace[], parts: Uint8Array[]): unknown {
  if (typeof value !== 'object' || value === null) return value;
  if (value instanceof ArrayBuffer || ArrayBuffer.isView(value)) {
    const type = value.constructor.name === 'Buffer' ? 'Uint8Array' : value.constructor.name;
    if (!isArrayType(type)) throw new TypeError(`a message cannot carry ${type}`);
    const bytes = value instanceof ArrayBuffer ? new Uint8Array(value) : new Uint8Array(value.buffer, value.byteOffset, value.byteLength);
    places.push({ path, type, bytes: bytes.byteLength });
    parts.push(bytes);
    return null;
  }
  if (Array.isArray(value)) return value.map((item, index) => extract(item, [...path, index], places, parts));
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, extract(item, [...path, key], places, parts)]));
}

function isArrayType(name: string): name is ArrayType {
  return Object.hasOwn(arrayTypes, name);
}

/** Cuts a stream of bytes into messages. */
export class FrameDecoder {
  private readonly chunks: Buffer[] = [];
  private held = 0;

  /** The messages that become whole with this chunk, one by one: those before a broken frame come. Throws `FrameError` there. */
  *push(chunk: Uint8Array): Generator<unknown, void> {
    this.chunks.push(Buffer.from(chunk.buffer, chunk.byteOffset, chunk.byteLength));
    this.held += chunk.byteLength;
    for (let size = this.frameSize(); size !== undefined && this.held >= size; size = this.frameSize()) {
      yield decodeFrame(this.take(size));
    }
  }

  /** Bytes of frames that are not whole yet. */
  get pendingBytes(): number {
    return this.held;
  }

  private frameSize(): number | undefined {
    if (this.held < headerBytes) return undefined;
    const header = this.peek(headerBytes);
    if (header.readUInt32BE(0) !== magic) throw new FrameError('the stream carries something else than frames');
    const [head, body] = [header.readUInt32BE(4), header.readUInt32BE(8)];
    if (header.readUInt32BE(12) !== checkOf(head, body)) throw new FrameError('the lengths of a frame are broken');
    if (isTooLarge(head, body)) throw new FrameError(`a frame of ${head} + ${body} bytes is refused`);
    return headerBytes + head + body;
  }

  private peek(bytes: number): Buffer {
    const [first] = this.chunks;
    if (first && first.length >= bytes) return first;
    // Joined once for a frame, not once for a chunk: a large frame arrives in many.
    const whole = Buffer.concat(this.chunks.slice(0, this.chunksFor(bytes)));
    this.chunks.splice(0, this.chunksFor(bytes), whole);
    return whole;
  }

  private chunksFor(bytes: number): number {
    let count = 0;
    for (let sum = 0; sum < bytes; count++) sum += this.chunks[count]?.length ?? Infinity;
    return count;
  }

  private take(bytes: number): Buffer {
    const whole = this.peek(bytes);
    this.chunks.shift();
    if (whole.length > bytes) this.chunks.unshift(whole.subarray(bytes));
    this.held -= bytes;
    return whole.subarray(0, bytes);
  }
}

function decodeFrame(frame: Buffer): unknown {
  const end = headerBytes + frame.readUInt32BE(4);
  const head = parseHead(frame.toString('utf8', headerBytes, end));
  const holder: Record<string, unknown> = { message: head.message };
  let at = end;
  for (const { path, type, bytes } of head.binaries) {
    // Copied: the frame's memory is shared with other frames, and views of it may not be aligned.
    const data = Uint8Array.prototype.slice.call(frame, at, at + bytes).buffer;
    at += bytes;
    if (data.byteLength !== bytes) throw new FrameError('a frame ends before its data');
    put(holder, ['message', ...path], type === 'ArrayBuffer' ? data : viewOf(type, data));
  }
  if (at !== frame.length) throw new FrameError('a frame holds more data than it speaks of');
  return holder.message;
}

function viewOf(type: Exclude<ArrayType, 'ArrayBuffer'>, data: ArrayBuffer): ArrayBufferView {
  const View = arrayTypes[type];
  if (data.byteLength % View.BYTES_PER_ELEMENT !== 0) throw new FrameError(`${data.byteLength} bytes are no ${type}`);
  return new View(data);
}

function parseHead(text: string): { message: unknown; binaries: readonly BinaryPlace[] } {
  let head: unknown;
  try {
    head = JSON.parse(text);
  } catch {
    throw new FrameError('the head of a frame is not JSON');
  }
  if (typeof head !== 'object' || head === null || !('binaries' in head) || !Array.isArray(head.binaries)) {
    throw new FrameError('the head of a frame lacks its parts');
  }
  if (!head.binaries.every(isBinaryPlace)) throw new FrameError('a frame does not say where its data belongs');
  return { message: 'message' in head ? head.message : undefined, binaries: head.binaries };
}

function isBinaryPlace(place: unknown): place is BinaryPlace {
  if (typeof place !== 'object' || place === null) return false;
  const { path, type, bytes } = place as Partial<Record<keyof BinaryPlace, unknown>>;
  const isPath = Array.isArray(path) && path.every((key) => typeof key === 'string' || Number.isSafeInteger(key));
  return isPath && typeof type === 'string' && isArrayType(type) && Number.isSafeInteger(bytes) && (bytes as number) >= 0;
}

/** Sets what was a `null` in its place; only own properties are walked, so that no path leads to a prototype. */
function put(holder: object, path: readonly (string | number)[], value: unknown): void {
  let at: object = holder;
  for (const key of path.slice(0, -1)) {
    const next: unknown = Object.hasOwn(at, key) ? Reflect.get(at, key) : undefined;
    if (typeof next !== 'object' || next === null) throw new FrameError('a frame does not say where its data belongs');
    at = next;
  }
  const last = path.at(-1) as string | number;
  if (!Object.hasOwn(at, last) || Reflect.get(at, last) !== null) throw new FrameError('a frame does not say where its data belongs');
  Object.defineProperty(at, last, { value, writable: true, enumerable: true, configurable: true });
}

/** A port over streams. A stream that carries no frames closes it. */
export function streamPort(input: Readable, output: Writable): Port {
  let closed = false;
  let onClose: (reason: string) => void = () => undefined;
  const end = (reason: string): void => {
    if (closed) return;
    closed = true;
    input.destroy();
    output.destroy();
    onClose(reason);
  };
  output.on('error', (error) => end(error.message));
  return {
    post(message) {
      if (closed) return;
      // Before the stream is held back: what cannot be sent throws.
      const parts = encodeFrame(message);
      output.cork();
      for (const part of parts) output.write(part);
      output.uncork();
    },
    listen(onMessage, whenClosed) {
      onClose = whenClosed;
      const decoder = new FrameDecoder();
      input.on('data', (chunk: Uint8Array) => {
        try {
          for (const message of decoder.push(chunk)) if (!closed) onMessage(message);
        } catch (error) {
          end(error instanceof Error ? error.message : String(error));
        }
      });
      input.on('error', (error) => end(error.message));
      input.on('close', () => end('the other end closed the connection'));
      input.on('end', () => end('the other end closed the connection'));
    },
    close() {
      if (closed) return;
      closed = true;
      // What was posted still goes out: input and output may be the two directions of one pipe.
      finished(output, { readable: false }, () => {
        input.destroy();
        output.destroy();
      });
      output.end();
    },
  };
}
