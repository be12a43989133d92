// The process of PyTorch: Debian's python3-torch. Lines of JSON, each followed by the raw values that it lists.

import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import type { Answer, Request } from './adapter.js';
import type { Channel } from './peer.js';
import type { Values } from './workload.js';

const python = '/usr/bin/python3';
const script = fileURLToPath(new URL('peers/pytorch.py', import.meta.url));

/** A line that arrays follow. */
interface Listed {
  readonly done: 'result';
  readonly results: readonly { readonly dtype: 'float32' | 'float64'; readonly count: number }[];
}

/** The version of PyTorch that Debian's Python has; undefined where there is none. */
export async function torchVersion(): Promise<string | undefined> {
  try {
    const { stdout } = await promisify(execFile)(python, ['-c', 'import torch; print(torch.__version__)']);
    return stdout.trim();
  } catch {
    return undefined;
  }
}

/** Starts PyTorch with so many threads; in float64 it is the truth for the others. */
export async function startPyTorch(threads: number, precision: 'float32' | 'float64'): Promise<Channel> {
  const child = spawn(python, [script, String(threads), precision], { stdio: ['pipe', 'pipe', 'inherit'] });
  const bytes = readerOf(child.stdout);
  await bytes.line();
  return {
    async ask(request) {
      const { line, values } = encode(request);
      child.stdin.write(`${JSON.stringify(line)}\n`);
      for (const array of values) child.stdin.write(new Uint8Array(array.buffer, array.byteOffset, array.byteLength));
      const answer = JSON.parse(await bytes.line()) as Exclude<Answer, { readonly done: 'result' }> | Listed;
      if ('failed' in answer || answer.done !== 'result') return answer;
      const results: Values[] = [];
      for (const { dtype, count } of answer.results) {
        const size = dtype === 'float64' ? 8 : 4;
        const { buffer } = new Uint8Array(await bytes.exactly(count * size));
        results.push(dtype === 'float64' ? new Float64Array(buffer) : new Float32Array(buffer));
      }
      return { done: 'result', results };
    },
    async stop() {
      const exit = once(child, 'exit');
      child.stdin.end();
      await exit;
    },
  };
}

function encode(request: Request): { line: object; values: readonly Values[] } {
  if (request.do !== 'prepare') return { line: request, values: [] };
  const inputs = request.inputs.map(({ shape, values }) => ({
    shape,
    dtype: values instanceof Int32Array ? 'int32' : 'float32',
    count: values.length,
  }));
  return { line: { ...request, inputs }, values: request.inputs.map(({ values }) => values) };
}

/** Reads lines and counted bytes from a stream, in turn. */
function readerOf(stream: NodeJS.ReadableStream): { line(): Promise<string>; exactly(count: number): Promise<Buffer> } {
  const chunks = stream[Symbol.asyncIterator]() as AsyncIterator<Buffer>;
  let rest: Buffer = Buffer.alloc(0);
  const exactly = async (count: number): Promise<Buffer> => {
    const parts = [rest];
    let length = rest.length;
    while (length < count) {
      const chunk = await chunks.next();
      if (chunk.done === true) throw new Error('PyTorch: its process has ended');
      parts.push(chunk.value);
      length += chunk.value.length;
    }
    const all = Buffer.concat(parts);
    rest = all.subarray(count);
    return all.subarray(0, count);
  };
  return {
    exactly,
    async line() {
      for (let length = 1; ; length = rest.length + 1) {
        const end = rest.indexOf('\n');
        if (end >= 0) return (await exactly(end + 1)).toString('utf8', 0, end);
        rest = await exactly(length).then((bytes) => Buffer.concat([bytes, rest]));
      }
    },
  };
}
