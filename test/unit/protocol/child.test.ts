// Child processes that speak over pipes of their own.
import { expect } from 'chai';
import { fileURLToPath } from 'node:url';
import type { Child } from '../../../src/protocol/child.js';
import { startChild } from '../../../src/protocol/child.js';

const script = fileURLToPath(new URL('echo.ts', import.meta.url));
const register = fileURLToPath(new URL('../../register.mjs', import.meta.url));

function start({ node = process.execPath, pipes = 2, onText = (_text: string): void => undefined } = {}): Child {
  return startChild({
    node,
    nodeArguments: ['--import', register],
    script,
    env: { ...process.env, PIPES: String(pipes) },
    pipes,
    onText,
  });
}

/** Asks through a pipe and waits for what comes back. */
function ask(child: Child, index: number, message: unknown): Promise<unknown> {
  return new Promise((resolve, reject) => {
    child.ports[index]?.listen(resolve, (reason) => reject(new Error(reason)));
    child.ports[index]?.post(message);
  });
}

describe('a child process', () => {
  it('has as many pipes as asked for, each apart from the others and from what it prints', async () => {
    const printed: string[] = [];
    let heard: () => void = () => undefined;
    const hasPrinted = new Promise<void>((resolve) => (heard = resolve));
    const child = start({
      onText: (text) => {
        printed.push(text);
        heard();
      },
    });
    const data = Float64Array.of(NaN, 1);
    expect(await ask(child, 0, { data })).to.deep.equal({ index: 0, message: { data } });
    expect(await ask(child, 1, 'second')).to.deep.equal({ index: 1, message: 'second' });
    child.ports[0]?.post('print');
    await hasPrinted;
    expect(printed.join('')).to.equal('printed\n');
    expect(await child.kill()).to.equal('the process was killed by SIGKILL');
  });

  it('says how it ended, and its ports close', async () => {
    const child = start();
    const closed = [0, 1].map((index) => new Promise<string>((resolve) => child.ports[index]?.listen(() => undefined, resolve)));
    child.ports[0]?.post('fail');
    expect(await child.exited).to.equal('the process ended with exit code 3');
    expect(await Promise.all(closed)).to.deep.equal(Array(2).fill('the other end closed the connection'));
    child.ports[0]?.post('nobody hears this');
    expect(await child.kill()).to.equal('the process ended with exit code 3');
  });

  it('hears when its parent closes a port', async () => {
    const child = start({ pipes: 1 });
    child.ports[0]?.close();
    expect(await child.exited).to.equal('the process ended with exit code 0');
  });

  for (const node of ['/no/such/node', `${script}/node`, script]) {
    it(`that cannot be started is one that ended: ${node === script ? 'not a program' : node === `${script}/node` ? 'a path through a file' : 'no file'}`, async () => {
      const child = start({ node });
      const reason = await new Promise<string>((resolve) => child.ports[0]?.listen(() => undefined, resolve));
      expect(reason).to.match(/could not be started|closed the connection/);
      expect(await child.exited).to.match(new RegExp(`^${node} could not be started: spawn .*E(NOENT|NOTDIR|ACCES)`));
      child.ports[1]?.post('nobody hears this');
      expect(await child.kill()).to.equal(await child.exited);
    });
  }
});
