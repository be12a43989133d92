import { expect } from 'chai';
import { RunQueue } from '../../../src/extension/run-queue.js';

/** A queue of names; each run waits until it is told how it ends. */
function queueOf(): { queue: RunQueue<string>; log: string[]; end: (success: boolean) => Promise<void> } {
  const log: string[] = [];
  let finish: (success: boolean) => void = () => undefined;
  const queue = new RunQueue<string>({
    run: (item) => {
      log.push(`run ${item}`);
      return new Promise((resolve) => (finish = resolve));
    },
    drop: (item) => log.push(`drop ${item}`),
  });
  const end = async (success: boolean): Promise<void> => {
    finish(success);
    await new Promise((resolve) => setImmediate(resolve));
  };
  return { queue, log, end };
}

describe('queue of cells', () => {
  it('runs one after another, also those added while one runs', async () => {
    const { queue, log, end } = queueOf();
    const first = queue.add(['a', 'b']);
    const second = queue.add(['c']);
    expect(log).to.deep.equal(['run a']);
    expect(queue.running).to.equal('a');
    expect(queue.items).to.deep.equal(['a', 'b', 'c']);
    for (const _ of 'abc') await end(true);
    await Promise.all([first, second]);
    expect(log).to.deep.equal(['run a', 'run b', 'run c']);
    expect(queue.running).to.equal(undefined);
    expect(queue.items).to.deep.equal([]);
  });

  it('drops what waits when one fails, and runs what is added afterwards', async () => {
    const { queue, log, end } = queueOf();
    const all = Promise.all([queue.add(['a', 'b']), queue.add(['c'])]);
    await end(false);
    await all;
    expect(log).to.deep.equal(['run a', 'drop b', 'drop c']);
    const again = queue.add(['d']);
    await end(true);
    await again;
    expect(log.at(-1)).to.equal('run d');
  });

  it('drops some of what waits, and runs the rest in order', async () => {
    const { queue, log, end } = queueOf();
    const own = queue.add(['a', 'b']);
    const others = queue.add(['c', 'd']);
    const more = queue.add(['e']);
    queue.drop(['a', 'd', 'c', 'unknown']);
    await others;
    expect(log).to.deep.equal(['run a', 'drop c', 'drop d']);
    expect(queue.items).to.deep.equal(['a', 'b', 'e']);
    for (const _ of 'abe') await end(true);
    await Promise.all([own, more]);
    expect(log.slice(3)).to.deep.equal(['run b', 'run e']);
  });

  it('lets go of what waits, and leaves what runs alone', async () => {
    const { queue, log, end } = queueOf();
    const first = queue.add(['a']);
    const second = queue.add(['b']);
    queue.clear();
    await second;
    expect(log).to.deep.equal(['run a', 'drop b']);
    expect(queue.running).to.equal('a');
    await end(true);
    await first;
  });
});
