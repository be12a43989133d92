// The processes as they are built, each fed ten thousand broken messages on each of its streams, and bytes that are no messages at all.
import { Buffer } from 'node:buffer';
import { spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Duplex } from 'node:stream';
import { fileURLToPath } from 'node:url';
import { expect } from 'chai';
import type { Child } from '../../../src/protocol/child.js';
import { startChild } from '../../../src/protocol/child.js';
import type { Contract } from '../../../src/protocol/contract.js';
import { controlContract, kernelContract } from '../../../src/protocol/kernel.js';
import { languageContract } from '../../../src/protocol/language.js';
import { encodeFrame } from '../../../src/protocol/stream-port.js';
import { brokenMessages, Random, validMessage } from './mutate.js';

const total = 10_000;
const built = (name: string): string => fileURLToPath(new URL(`../../../dist/${name}.js`, import.meta.url));

interface Answer {
  readonly kind: string;
  readonly id: number;
  readonly result?: unknown;
}

/** One stream of a child: what it says, and answers to what it is asked. */
class Stream {
  readonly events: { name: string; payload: unknown }[] = [];
  private readonly answers = new Map<number, (answer: Answer) => void>();
  private nextId = 1_000_000; // beyond those of broken messages

  constructor(
    private readonly child: Child,
    private readonly index: number,
  ) {
    child.ports[index]?.listen(
      (message) => {
        const { kind } = message as { kind: string };
        if (kind === 'event') this.events.push(message as { name: string; payload: unknown });
        else this.answers.get((message as Answer).id)?.(message as Answer);
      },
      () => undefined,
    );
  }

  post(message: unknown): void {
    this.child.ports[this.index]?.post(message);
  }

  /** Asks, and fails when the process ends instead of answering. */
  ask(name: string, params: unknown): Promise<Answer> {
    const id = this.nextId++;
    const answered = new Promise<Answer>((resolve) => this.answers.set(id, resolve));
    this.post({ kind: 'request', id, name, params });
    const ended = this.child.exited.then((reason) => Promise.reject(new Error(`no answer to ${name}: ${reason}`)));
    return Promise.race([answered, ended]);
  }
}

describe('a process as it is built', function () {
  this.timeout(120_000);
  let folder: string;
  let children: Child[] = [];

  before(async () => {
    folder = await mkdtemp(join(tmpdir(), 'parseval-fuzz-'));
  });
  after(() => rm(folder, { recursive: true, force: true }));
  afterEach(async () => {
    for (const child of children) await child.kill();
    children = [];
  });

  function start(name: string, pipes: number): Child {
    const child = startChild({ node: process.execPath, script: built(name), folder, env: process.env, pipes, onText: () => undefined });
    children.push(child);
    return child;
  }

  /** Sends broken messages, in portions that are answered one after another, and returns what the process's memory grew by, in MiB. */
  async function flood(child: Child, stream: Stream, contract: Contract, answered: () => Promise<unknown>): Promise<number> {
    let before = 0;
    let sent = 0;
    for (const message of brokenMessages(contract, total, new Random(21))) {
      stream.post(message);
      if (++sent % 500 === 0) await answered();
      // The first half warms up.
      if (sent === total / 2) before = residentMiB(child);
    }
    await answered();
    return residentMiB(child) - before;
  }

  it('runs cells after ten thousand broken messages on the main stream of a kernel', async () => {
    const child = start('kernel', 2);
    const [main, control] = [new Stream(child, 0), new Stream(child, 1)];
    for (const message of brokenMessages(kernelContract, 1000, new Random(22))) main.post(message);
    expect(await main.ask('start', { folder, devices: ['cpu'] })).to.have.nested.property('result.memory.device', 'cpu');
    const growth = await flood(child, main, kernelContract, () => main.ask('variables', {}));
    expect(growth).to.be.below(64);
    expect(await main.ask('run', { run: 1, cell: 1, code: 'const a: number = 41; a + 1' })).to.have.nested.property('result.status', 'ok');
    expect(JSON.stringify(main.events)).to.include('"text/plain":"42"');
    expect(await control.ask('ping', {})).to.include({ kind: 'reply' });
  });

  it('interrupts a loop after ten thousand broken messages on the control stream of a kernel', async () => {
    const child = start('kernel', 2);
    const [main, control] = [new Stream(child, 0), new Stream(child, 1)];
    await main.ask('start', { folder, devices: ['cpu'] });
    const running = main.ask('run', { run: 1, cell: 1, code: 'let n = 0; while (true) n++;' });
    const growth = await flood(child, control, controlContract, () => control.ask('ping', {}));
    expect(growth).to.be.below(64);
    expect(await control.ask('interrupt', {})).to.include({ kind: 'reply' });
    expect(await running).to.have.nested.property('result.status', 'interrupted');
    expect(await main.ask('run', { run: 2, cell: 2, code: 'n > 0' })).to.have.nested.property('result.status', 'ok');
  });

  it('checks types after ten thousand broken messages to the language service', async () => {
    const child = start('language', 1);
    const stream = new Stream(child, 0);
    const check = (code: string): Promise<Answer> =>
      stream.ask('check', { notebook: 'n', cell: 'c', number: 1, code, language: 'typescript' });
    const cells = [{ cell: 'c', code: '', language: 'typescript' }];
    stream.post({ kind: 'event', name: 'cells', payload: { notebook: 'n', folder, cells } });
    expect(await check('const n: number = 1;')).to.have.property('result', null);
    const growth = await flood(child, stream, languageContract, () => stream.ask('definition', { notebook: 'n', cell: 'c', offset: 0 }));
    expect(growth).to.be.below(64);
    expect(await check('const n: number = 1;')).to.have.property('result', null);
    expect(await check(`const n: number = '1';`)).to.have.nested.property('result.output.output_type', 'error');
  });

  it('answers well-formed nonsense to the language service: cells and notebooks that were never opened', async () => {
    const child = start('language', 1);
    const stream = new Stream(child, 0);
    const random = new Random(23);
    for (let made = 0; made < 300; made++) stream.post(validMessage(languageContract, random));
    const answer = await stream.ask('check', { notebook: 'x', cell: 'never', number: 1, code: 'const a = 1;', language: 'typescript' });
    expect(answer.kind).to.be.oneOf(['reply', 'failure']);
  });

  const streams = {
    'the main stream of a kernel': ['kernel', 2, 0],
    'the control stream of a kernel': ['kernel', 2, 1],
    'the language service': ['language', 1, 0],
  } as const;
  for (const [what, [name, pipes, index]] of Object.entries(streams)) {
    it(`ends when what comes on ${what} is no message, and when it is cut off`, async () => {
      const whole = Buffer.concat(encodeFrame({ kind: 'request', id: 1, name: 'x', params: new Uint8Array(100) }));
      const garbage = [Buffer.from('GET / HTTP/1.1\r\n\r\n'), Buffer.alloc(64, 0xff), Buffer.concat([whole, whole.subarray(5)]), null];
      await Promise.all(
        garbage.map(async (bytes) => {
          const stdio = ['ignore', 'ignore', 'ignore', ...Array.from({ length: pipes }, () => 'pipe' as const)] as const;
          const child = spawn(process.execPath, [built(name)], { cwd: folder, stdio: [...stdio] });
          const exited = new Promise<void>((resolve) => child.once('exit', () => resolve()));
          const pipe = child.stdio[3 + index] as Duplex;
          pipe.on('error', () => undefined);
          // Cut off in the middle of a frame, or garbage with the stream left open.
          if (bytes === null) pipe.end(whole.subarray(0, -1));
          else pipe.write(bytes);
          let isLate = false;
          const late = setTimeout(() => {
            isLate = true;
            child.kill('SIGKILL');
          }, 30_000);
          await exited;
          clearTimeout(late);
          expect(isLate, String(bytes)).to.be.false;
        }),
      );
    });
  }
});

/** Memory of a process, in MiB; 0 where the system does not say. */
function residentMiB({ process: { pid } }: Child): number {
  if (process.platform !== 'linux') return 0;
  const [, pages] = readFileSync(`/proc/${pid}/statm`, 'utf8').split(' ');
  return (Number(pages) * 4096) / 2 ** 20;
}
