import { expect } from 'chai';
import type { MimeBundle } from '../../../src/display/sink.js';
import { OutputLog } from '../../../src/kernel/output-log.js';
import type { CellOutput } from '../../../src/kernel/index.js';

interface Promised<T> {
  readonly promise: Promise<T>;
  readonly resolve: (value: T) => void;
  readonly reject: (error: Error) => void;
}

function promised<T = MimeBundle>(): Promised<T> {
  let resolve: (value: T) => void = () => undefined;
  let reject: (error: Error) => void = () => undefined;
  const promise = new Promise<T>((yes, no) => ([resolve, reject] = [yes, no]));
  return { promise, resolve, reject };
}

const plain = (text: string): MimeBundle => ({ 'text/plain': text });
const texts = (outputs: readonly CellOutput[]): unknown[] =>
  outputs.map((output) => (output.output_type === 'stream' ? output.text : 'data' in output ? output.data['text/plain'] : output.ename));

describe('the log of outputs', () => {
  let log: OutputLog;
  let told: CellOutput[];
  let updates: [string, unknown][];
  let versions: Map<string, number>;

  beforeEach(() => {
    told = [];
    updates = [];
    versions = new Map();
    const onUpdate = (id: string, data: MimeBundle): void => void updates.push([id, data['text/plain']]);
    log = new OutputLog({ onOutput: (output) => told.push(output), onUpdate }, versions);
  });

  it('holds back what comes after something that is still to come', async () => {
    const [text, bundle] = [promised<string>(), promised()];
    log.write('stdout', 'a');
    log.write('stdout', text.promise);
    log.display(bundle.promise);
    log.write('stdout', 'd');
    bundle.resolve(plain('c'));
    await Promise.resolve();
    expect(texts(log.outputs)).to.deep.equal(['a']);
    text.resolve('b');
    await log.settle();
    log.close();
    expect(texts(log.outputs)).to.deep.equal(['ab', 'c', 'd']);
    expect(texts(told)).to.deep.equal(['a', 'b', 'c', 'd']);
  });

  it('hands on texts of one moment together, and at once when there were none before', () => {
    log.write('stdout', 'first');
    expect(texts(told)).to.deep.equal(['first']);
    for (let i = 0; i < 100; i++) log.write('stdout', 'x');
    expect(told).to.have.length(1);
    log.write('stderr', 'e');
    log.flush();
    expect(texts(told)).to.deep.equal(['first', 'x'.repeat(100), 'e']);
  });

  it('an update of a display that is still to come takes its place, and of several the one asked for last stands', async () => {
    const [first, early, late] = [promised(), promised(), promised()];
    log.display(first.promise, 'd');
    log.update('d', early.promise);
    log.update('d', late.promise);
    late.resolve(plain('late'));
    await Promise.resolve();
    early.resolve(plain('early'));
    first.resolve(plain('first'));
    await log.settle();
    log.close();
    expect(texts(log.outputs)).to.deep.equal(['late']);
    expect(updates).to.deep.equal([]);
  });

  it('an update replaces the output and is told, also by a later cell', () => {
    log.display(plain('one'), 'd');
    log.update('d', plain('two'));
    log.close();
    expect(texts(log.outputs)).to.deep.equal(['two']);
    const later = new OutputLog({ onOutput: () => undefined, onUpdate: (id, data) => updates.push([id, data['text/plain']]) }, versions);
    later.update('d', plain('three'));
    later.close();
    expect(updates).to.deep.equal([
      ['d', 'two'],
      ['d', 'three'],
    ]);
  });

  it('updates in quick succession are told as one, the last', () => {
    log.display(plain('0'), 'd');
    log.flush();
    for (let i = 1; i <= 50; i++) log.update('d', plain(String(i)));
    log.close();
    expect(updates.length).to.be.below(5);
    expect(updates.at(-1)).to.deep.equal(['d', '50']);
  });

  it('a display that fails leaves no gap, and is among the failures', async () => {
    const failing = promised();
    log.display(failing.promise);
    log.write('stdout', 'after');
    failing.reject(new RangeError('no'));
    await log.settle();
    expect(texts(log.outputs)).to.deep.equal(['after']);
    expect(log.failures).to.have.length(1);
  });

  it('what is abandoned has no place any more, and what comes of it later is left alone', async () => {
    const never = promised();
    log.write('stdout', 'a');
    log.display(never.promise);
    log.write('stdout', 'b');
    log.abandon();
    log.close();
    never.resolve(plain('late'));
    await never.promise;
    expect(texts(log.outputs)).to.deep.equal(['ab']);
  });

  it('shows no more than 2000 displays, and says so once', () => {
    for (let i = 0; i < 2100; i++) log.display(plain(String(i)));
    log.close();
    expect(log.outputs).to.have.length(2001);
    expect(texts(log.outputs).at(-1)).to.match(/^\n… output truncated: this cell has displayed more than 2000 values/);
  });

  it('shows no more than 200 MB of displays, and goes on with text', () => {
    const picture = { 'image/png': 'x'.repeat(60_000_000) };
    for (let i = 0; i < 5; i++) log.display(picture);
    log.write('stdout', 'end');
    log.close();
    expect(log.outputs.map((output) => output.output_type)).to.deep.equal([
      'display_data',
      'display_data',
      'display_data',
      'stream',
      'stream',
    ]);
    expect(texts(log.outputs)[3]).to.match(/more than 200 MB/);
  });

  it('lets no more than 10 000 outputs wait, and says so', async () => {
    const gate = promised<string>();
    for (let i = 0; i < 10_100; i++) log.write('stdout', gate.promise);
    expect(texts(told)).to.deep.equal([
      '\n… output truncated: more than 10000 outputs of this cell wait to be read. Await what is shown, or show less.\n',
    ]);
    gate.resolve('x');
    await log.settle();
    log.close();
    expect(String(texts(log.outputs).at(-1))).to.have.length(10_001);
  });
});
