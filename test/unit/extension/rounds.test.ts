import { expect } from 'chai';
import { Rounds } from '../../../src/extension/rounds.js';

/** Work that is done when a test says so. */
function slowRounds(): { rounds: Rounds<{ readonly name: string }>; log: string[]; end: (name: string) => Promise<void> } {
  const log: string[] = [];
  const waiting = new Map<string, () => void>();
  const rounds = new Rounds<{ readonly name: string }>(async ({ name }) => {
    log.push(`${name} begins`);
    await new Promise<void>((resolve) => waiting.set(name, resolve));
    log.push(`${name} ends`);
  });
  const end = async (name: string): Promise<void> => {
    waiting.get(name)?.();
    await new Promise((resolve) => setImmediate(resolve));
  };
  return { rounds, log, end };
}

describe('rounds of work', () => {
  const [a, b] = [{ name: 'a' }, { name: 'b' }];

  it('come to their end when asked for meanwhile, and are followed by one more', async () => {
    const { rounds, log, end } = slowRounds();
    for (let times = 0; times < 3; times++) rounds.ask(a);
    expect(log).to.deep.equal(['a begins']);
    await end('a');
    expect(log).to.deep.equal(['a begins', 'a ends', 'a begins']);
    await end('a');
    expect(log).to.deep.equal(['a begins', 'a ends', 'a begins', 'a ends']);
    rounds.ask(a);
    expect(log.slice(4)).to.deep.equal(['a begins']);
  });

  it('of several things do not wait for each other', async () => {
    const { rounds, log, end } = slowRounds();
    rounds.ask(a);
    rounds.ask(b);
    await end('b');
    expect(log).to.deep.equal(['a begins', 'b begins', 'b ends']);
  });
});
