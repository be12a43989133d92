// What was measured, from one process to the next: the file that keeps it.

import { expect } from 'chai';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openStore, storeFile, type ConvolutionStore } from '../../../src/nn/conv-store.js';

interface Content {
  adapters: { adapter: string; library: string; classes: { class: string; at: number }[] }[];
}

describe('the store of measurements', () => {
  let folder: string;
  let file: string;
  let problems: string[];
  const open = (library = '1', now = (): number => 1): ConvolutionStore =>
    openStore({ file, library, log: (problem) => problems.push(problem), now });
  const content = (): Content => JSON.parse(readFileSync(file, 'utf8')) as Content;

  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'parseval-store-'));
    file = join(folder, 'below', 'convolutions.json');
    problems = [];
  });
  afterEach(() => rmSync(folder, { recursive: true }));

  it('gives back what another one put, by adapter and shape class', () => {
    const kept = { milliseconds: { direct: 1.5, fft: 0.25 }, samples: 3 };
    open().put('a', 'x', kept);
    const store = open();
    expect(store.find('a', 'x')).to.deep.include(kept);
    expect(store.find('b', 'x')).to.equal(null);
    expect(store.find('a', 'y')).to.equal(null);
    expect(readdirSync(join(folder, 'below'))).to.deep.equal(['convolutions.json']);
    expect(problems).to.deep.equal([]);
  });

  it('gives nothing that another version of the library put, and keeps it', () => {
    open('1').put('a', 'x', { milliseconds: { direct: 1 }, samples: 1 });
    const store = open('2');
    expect(store.find('a', 'x')).to.equal(null);
    store.put('a', 'x', { milliseconds: { direct: 2 }, samples: 1 });
    expect(open('1').find('a', 'x')?.milliseconds).to.deep.equal({ direct: 1 });
    expect(open('2').find('a', 'x')?.milliseconds).to.deep.equal({ direct: 2 });
  });

  it('this library is named by its version and its algorithms', () => {
    openStore({ file }).put('a', 'x', { milliseconds: { direct: 1 }, samples: 1 });
    const { version } = JSON.parse(readFileSync(new URL('../../../package.json', import.meta.url), 'utf8')) as { version: string };
    expect(content().adapters[0]?.library).to.match(new RegExp(`^${version.replaceAll('.', '\\.')} \\(direct, fft.*\\)$`));
  });

  it('two writers lose nothing of each other; of the same shape class the later one counts', () => {
    let time = 1;
    const [a, b] = [open('1', () => time), open('1', () => time)];
    // Both have read before either writes.
    expect([a.find('a', 'x'), b.find('a', 'x')]).to.deep.equal([null, null]);
    a.put('a', 'x', { milliseconds: { direct: 1 }, samples: 1 });
    b.put('a', 'y', { milliseconds: { direct: 2 }, samples: 1 });
    b.put('b', 'x', { milliseconds: { direct: 3 }, samples: 1 });
    time = 2;
    b.put('a', 'z', { milliseconds: { direct: 4 }, samples: 1 });
    time = 3;
    a.put('a', 'z', { milliseconds: { direct: 5 }, samples: 1 });
    b.put('a', 'w', { milliseconds: { direct: 6 }, samples: 1 });
    const all = open();
    const found = [
      ['a', 'x'],
      ['a', 'y'],
      ['b', 'x'],
      ['a', 'z'],
      ['a', 'w'],
    ].map(([adapter, name]) => all.find(adapter as string, name as string)?.milliseconds.direct);
    expect(found).to.deep.equal([1, 2, 3, 5, 6]);
  });

  for (const [what, text] of [
    ['is no JSON', '{"version": 1, "adapters": ['],
    ['is empty', ''],
    ['is of another version', '{"version": 2, "adapters": []}'],
    ['is a list', '[]'],
    [
      'has a time that is none',
      '{"version":1,"adapters":[{"adapter":"a","library":"1","classes":[{"class":"x","at":1,"samples":1,"milliseconds":{"direct":"1"}}]}]}',
    ],
    [
      'names an algorithm that there is not',
      '{"version":1,"adapters":[{"adapter":"a","library":"1","classes":[{"class":"x","at":1,"samples":1,"milliseconds":{"magic":0}}]}]}',
    ],
    [
      'has a time below zero',
      '{"version":1,"adapters":[{"adapter":"a","library":"1","classes":[{"class":"x","at":1,"samples":1,"milliseconds":{"direct":-1}}]}]}',
    ],
  ] as const) {
    it(`a file that ${what} is ignored, named in the log, and written anew`, () => {
      open().put('a', 'y', { milliseconds: { direct: 1 }, samples: 1 });
      writeFileSync(file, text);
      const store = open();
      expect(store.find('a', 'x')).to.equal(null);
      expect(problems.join()).to.include(file);
      store.put('a', 'x', { milliseconds: { direct: 2 }, samples: 1 });
      expect(open().find('a', 'x')?.milliseconds).to.deep.equal({ direct: 2 });
      expect(content().adapters.length).to.equal(1);
    });
  }

  it('what cannot be written is named in the log, and holds in this process all the same', () => {
    writeFileSync(join(folder, 'below'), 'a file where the folder should be');
    const store = open();
    store.put('a', 'x', { milliseconds: { direct: 1 }, samples: 1 });
    expect(store.find('a', 'x')?.milliseconds).to.deep.equal({ direct: 1 });
    expect(problems.join()).to.match(/cannot be kept/);
    expect(existsSync(file)).to.equal(false);
  });

  it('keeps the newest 2000 classes of an adapter and the newest 8 adapters', () => {
    let time = 0;
    const classes = Array.from({ length: 2000 }, (_, i) => ({ class: `c${i}`, at: i, samples: 1, milliseconds: { fft: 1 } }));
    open().put('a', 'x', { milliseconds: { fft: 1 }, samples: 1 });
    writeFileSync(file, JSON.stringify({ version: 1, adapters: [{ adapter: 'a', library: '1', classes }] }));
    const store = open('1', () => 5000 + time++);
    store.put('a', 'newest', { milliseconds: { fft: 1 }, samples: 1 });
    expect(content().adapters[0]?.classes.length).to.equal(2000);
    expect(['c0', 'c1', 'newest'].map((name) => open().find('a', name) !== null)).to.deep.equal([false, true, true]);
    for (let i = 1; i <= 8; i++) store.put(`a${i}`, 'x', { milliseconds: { fft: 1 }, samples: 1 });
    expect(content().adapters.map(({ adapter }) => adapter)).to.deep.equal(['a8', 'a7', 'a6', 'a5', 'a4', 'a3', 'a2', 'a1']);
  });

  it('lies where PARSEVAL_CACHE says, else in the folder for caches', () => {
    const { PARSEVAL_CACHE, XDG_CACHE_HOME } = process.env;
    const set = (name: string, value: string | undefined): void => {
      if (value === undefined) delete process.env[name];
      else process.env[name] = value;
    };
    try {
      set('PARSEVAL_CACHE', folder);
      expect(storeFile()).to.equal(join(folder, 'convolutions.json'));
      set('PARSEVAL_CACHE', undefined);
      set('XDG_CACHE_HOME', folder);
      if (process.platform === 'linux') expect(storeFile()).to.equal(join(folder, 'parseval', 'convolutions.json'));
      expect(storeFile()).to.match(/parseval.convolutions\.json$/);
    } finally {
      set('PARSEVAL_CACHE', PARSEVAL_CACHE);
      set('XDG_CACHE_HOME', XDG_CACHE_HOME);
    }
  });
});
