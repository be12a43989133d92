// The host's real end of a kernel's two streams, against kernels that misbehave.
import { expect } from 'chai';
import { tmpdir } from 'node:os';
import { fileURLToPath } from 'node:url';
import type { KernelOutput } from '../../../src/extension/kernel-process.js';
import { KernelDied, KernelProcess } from '../../../src/extension/kernel-process.js';

const register = fileURLToPath(new URL('../../register.mjs', import.meta.url));

function start(mode: string, log: (text: string) => void = () => undefined): KernelProcess {
  return KernelProcess.start({
    node: process.execPath,
    nodeArguments: ['--import', register],
    script: fileURLToPath(new URL('hostile-kernel.ts', import.meta.url)),
    env: { ...process.env, MODE: mode },
    folder: tmpdir(),
    devices: ['cpu'],
    onUpdate: () => log('update'),
    onViewPush: () => log('viewPush'),
    onMemory: () => log('memory'),
    onLog: log,
    openDevice: () => Promise.reject(new Error('no panel')),
    postDevice: () => log('device'),
  });
}

/** The error with which a promise rejects. */
async function failure(promise: Promise<unknown>): Promise<unknown> {
  return promise.then(
    () => undefined,
    (error: unknown) => error,
  );
}

describe('the host of a kernel', () => {
  it('refuses ten thousand broken messages on each stream, and runs cells after them', async () => {
    let refused = 0;
    const strange: string[] = [];
    const kernel = start('messages', (text) => {
      if (text.startsWith('Refused from the kernel: ')) refused++;
      else strange.push(text);
    });
    expect(await kernel.started).to.have.nested.property('memory.description', 'hostile');
    const outputs: KernelOutput[] = [];
    expect(await kernel.run(1, 'const a = 1', (output) => outputs.push(output))).to.include({ status: 'ok' });
    expect(outputs).to.deep.equal([{ output_type: 'stream', name: 'stdout', text: 'const a = 1' }]);
    await kernel.interrupt();
    expect(strange).to.deep.equal([]);
    // Each stream's own came before its answer.
    expect(refused).to.equal(20_000);
    await kernel.kill();
    await kernel.exited;
  });

  it('ends a kernel that sends something else than frames', async () => {
    const kernel = start('bytes');
    expect(await failure(kernel.started)).to.be.instanceOf(KernelDied);
    expect(await failure(kernel.run(1, '1', () => undefined))).to.be.instanceOf(KernelDied);
    expect(await kernel.exited).to.be.a('string');
  });

  it('says how a kernel ended that never answered', async () => {
    const kernel = start('silent');
    const error = await failure(kernel.started);
    expect(error).to.be.instanceOf(KernelDied);
    expect(String(error)).to.match(/exit code 7|process\.exit\(7\)/);
  });
});
