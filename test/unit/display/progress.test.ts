import { expect } from 'chai';
import { progressText } from '../../../src/display/progress.js';
import { setOutputSink, type MimeBundle } from '../../../src/display/sink.js';
import * as pv from '../../../src/index.js';
import type { ProgressData } from '../../../src/protocol/progress.js';

const mime = 'application/vnd.parseval.progress.v1+json';

/** The states of all bars that were drawn while f ran, by the id of their display. */
async function drawn(f: () => unknown): Promise<ProgressData[][]> {
  const bars = new Map<string, ProgressData[]>();
  const add = (id: string | undefined, bundle: MimeBundle | Promise<MimeBundle>): void => {
    if (id === undefined || bundle instanceof Promise) throw new Error('a bar is a display with an id, at once');
    bars.set(id, [...(bars.get(id) ?? []), bundle[mime] as ProgressData]);
  };
  const before = setOutputSink({ display: (bundle, id) => add(id, bundle), update: (id, bundle) => add(id, bundle) });
  try {
    await f();
  } finally {
    setOutputSink(before);
  }
  return [...bars.values()];
}

describe('progress in a notebook', () => {
  it('passes on what it iterates, and ends with all of it', async () => {
    let sum = 0;
    const [bar] = await drawn(() => {
      for (const value of pv.progress([1, 2, 3], { label: 'adding' })) sum += value;
    });
    expect(sum).to.equal(6);
    expect(bar?.[0]).to.deep.include({ label: 'adding', done: 0, total: 3, rate: null, remaining: null, state: 'running' });
    expect(bar?.at(-1)).to.deep.include({ done: 3, total: 3, remaining: null, state: 'done' });
    const { elapsed = 0, rate } = bar?.at(-1) ?? {};
    expect(rate).to.be.closeTo(3 / elapsed, 1e-6 / elapsed);
  });

  it('knows the total of lists, sets, maps and typed arrays, and none of generators', async () => {
    const generator = function* (): Generator<number> {
      yield* [1, 2];
    };
    const all = [[1, 2], new Set([1, 2]), new Map([[1, 1]]), new Float32Array(5), generator()];
    const bars = await drawn(() => {
      for (const each of all) for (const _ of pv.progress(each as Iterable<unknown>));
    });
    expect(bars.map((bar) => bar.at(-1)).map((last) => [last?.done, last?.total])).to.deep.equal([
      [2, 2],
      [2, 2],
      [1, 1],
      [5, 5],
      [2, null],
    ]);
  });

  it('iterates what is asynchronous', async () => {
    const seen: number[] = [];
    const [bar] = await drawn(async () => {
      const numbers = async function* (): AsyncGenerator<number> {
        for (const value of [1, 2]) yield await Promise.resolve(value);
      };
      for await (const value of pv.progress(numbers())) seen.push(value);
    });
    expect(seen).to.deep.equal([1, 2]);
    expect(bar?.at(-1)).to.include({ done: 2, total: null, state: 'done' });
  });

  it('a loop that is left is stopped where it was', async () => {
    const bars = await drawn(async () => {
      for (const value of pv.progress([1, 2, 3])) if (value === 2) break;
      try {
        for (const _ of pv.progress([1, 2, 3])) throw new Error('on purpose');
      } catch {
        // It is what the test is about.
      }
      const numbers = async function* (): AsyncGenerator<number> {
        for (const value of [1, 2, 3]) yield await Promise.resolve(value);
      };
      for await (const value of pv.progress(numbers())) if (value === 3) break;
    });
    expect(bars.map((bar) => bar.at(-1)).map((last) => [last?.state, last?.done])).to.deep.equal([
      ['stopped', 1],
      ['stopped', 0],
      ['stopped', 2],
    ]);
  });

  it('a total is told by hand', async () => {
    const bars = await drawn(() => {
      const bar = pv.progress(10, { label: 'by hand' });
      bar.update(3);
      bar.tick();
      bar.tick(2);
      bar.done();
      bar.tick(100);
      const left = pv.progress(4);
      left.tick(2);
      left[Symbol.dispose]();
      const whole = pv.progress(2);
      whole.tick(2);
      whole[Symbol.dispose]();
    });
    expect(bars.map((bar) => bar.at(-1)).map((last) => [last?.state, last?.done])).to.deep.equal([
      ['done', 10],
      ['stopped', 2],
      ['done', 2],
    ]);
  });

  it('is drawn a few times, not with each item', async () => {
    const [bar] = await drawn(() => {
      for (const _ of pv.progress(Array.from({ length: 100_000 })));
    });
    expect(bar?.length).to.be.below(50);
  });

  it('refuses what it cannot follow', () => {
    expect(() => pv.progress(-1)).to.throw('progress: total is -1, but must not be negative');
    expect(() => pv.progress(NaN)).to.throw('progress: total is NaN, but must be a finite number');
    expect(() => pv.progress({} as never)).to.throw('progress: expects what can be iterated, or a total, but was given a Object');
    expect(() => pv.progress([], { label: 5 } as never)).to.throw('progress: label is 5, but must be text');
  });
});

describe('progress in words', () => {
  const running: ProgressData = { label: 'epoch', done: 30, total: 120, rate: 12.34, remaining: 7.29, elapsed: 2.4, state: 'running' };

  it('shows a bar, counts, rate and what remains, in one line', () => {
    expect(progressText(running)).to.equal('epoch │██████                  │ 25% · 30/120 · 12.3/s · 7.3 s left');
    expect(progressText({ ...running, done: 31 })).to.include('│██████▏');
    expect(progressText({ ...running, remaining: 3725 })).to.match(/1 h 02 min left$/);
    expect(progressText({ ...running, remaining: 83 })).to.match(/1 min 23 s left$/);
    expect(progressText({ ...running, total: null, remaining: null })).to.equal('epoch 30 done · 12.3/s');
    expect(progressText({ ...running, done: 120, remaining: null, elapsed: 61, state: 'done' })).to.match(
      /100% · 120\/120 · done after 1 min 01 s · 12\.3\/s$/,
    );
    expect(progressText({ ...running, label: '', total: 0, done: 0, rate: null, remaining: null })).to.match(/^│█{24}│ 100% · 0\/0$/);
  });

  it('fits the terminal', () => {
    for (const columns of [10, 30, 60, 200]) expect(progressText(running, columns).length).to.be.at.most(columns);
    expect(progressText(running, 48)).to.equal('epoch 25% · 30/120 · 12.3/s · 7.3 s left');
  });
});

describe('progress without a notebook', () => {
  /** What is written to stderr while f runs. */
  function written(isTTY: boolean, f: () => void): string {
    const { stderr } = process;
    const kept = Object.getOwnPropertyDescriptors(stderr);
    let text = '';
    Object.defineProperties(stderr, {
      isTTY: { value: isTTY, configurable: true },
      columns: { value: 60, configurable: true },
      write: { value: (chunk: string) => ((text += chunk), true), configurable: true },
    });
    try {
      f();
    } finally {
      for (const name of ['isTTY', 'columns', 'write'] as const) {
        Reflect.deleteProperty(stderr, name);
        if (kept[name]) Object.defineProperty(stderr, name, kept[name]);
      }
    }
    return text;
  }
  const loop = (): void => {
    for (const _ of pv.progress([1, 2], { label: 'x' }));
  };

  it('writes over one line on a terminal', () => {
    const text = written(true, loop);
    expect(text.match(/\n/g)).to.have.length(1);
    expect(text.startsWith('\r\x1b[Kx ')).to.equal(true);
    expect(text.split('\r\x1b[K').at(-1)).to.match(/100% · 2\/2 · done after 0\.0 s.*\n$/);
  });

  it('writes only its last state elsewhere', () => {
    expect(written(false, loop)).to.match(/^x │█{24}│ 100% · 2\/2 · done after 0\.0 s.*\n$/);
  });
});
