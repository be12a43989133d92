import { expect } from 'chai';
import type { KernelOutput } from '../../../src/extension/kernel-process.js';
import { OutputStream } from '../../../src/extension/output-stream.js';

const text = (content: string, name: 'stdout' | 'stderr' = 'stdout'): KernelOutput => ({ output_type: 'stream', name, text: content });
const display = (content: string, displayId?: string): KernelOutput => ({
  output_type: 'display_data',
  data: { 'text/plain': content },
  metadata: {},
  ...(displayId !== undefined && { displayId }),
});

/** A cell that keeps what it was told, as a list of calls; a flush happens when `tick` is called. */
function cell(): { stream: OutputStream<number>; calls: string[]; shown: string[]; displays: Map<string, number>; tick: () => void } {
  const calls: string[] = [];
  const shown: string[] = [];
  const displays = new Map<string, number>();
  let flush: (() => void) | undefined;
  const stream = new OutputStream<number>(
    {
      put(output) {
        calls.push('put');
        return shown.push(output.output_type === 'display_data' ? String(output.data['text/plain']) : output.output_type) - 1;
      },
      putText(name, content) {
        calls.push(`putText ${name}`);
        return shown.push(content) - 1;
      },
      extendText(handle, name, content) {
        calls.push(`extendText ${name}`);
        shown[handle] += content;
      },
      replace(handle, data) {
        calls.push('replace');
        shown[handle] = String(data['text/plain']);
      },
    },
    (displayId, handle) => displays.set(displayId, handle),
    (callback) => {
      calls.push('schedule');
      flush = callback;
    },
  );
  return { stream, calls, shown, displays, tick: () => flush?.() };
}

describe('outputs of a run', () => {
  it('keep their order, with neighbouring texts of one stream in one output', () => {
    const { stream, shown } = cell();
    for (const output of [text('a'), text('b'), text('!', 'stderr'), text('c'), display('d'), text('e')]) stream.add(output);
    stream.flush();
    expect(shown).to.deep.equal(['ab', '!', 'c', 'd', 'e']);
  });

  it('cost one message a moment, however much is printed', () => {
    const { stream, calls, shown, tick } = cell();
    for (let line = 0; line < 1000; line++) stream.add(text('x\n'));
    tick();
    for (let line = 0; line < 1000; line++) stream.add(text('y\n'));
    tick();
    expect(calls).to.deep.equal(['schedule', 'putText stdout', 'schedule', 'extendText stdout']);
    expect(shown).to.deep.equal(['x\n'.repeat(1000) + 'y\n'.repeat(1000)]);
  });

  it('go on in another output when one has become long: the editor copies it with each addition', () => {
    const { stream, shown, tick } = cell();
    const chunk = 'x'.repeat(1 << 16);
    for (let part = 0; part < 32; part++) {
      stream.add(text(chunk));
      tick();
    }
    expect(shown.join('')).to.equal(chunk.repeat(32));
    expect(shown.length).to.equal(8);
  });

  it('end with a note when a cell prints without end', () => {
    const { stream, shown, tick } = cell();
    const chunk = 'x'.repeat(1 << 20);
    for (let part = 0; part < 12; part++) {
      stream.add(text(chunk));
      tick();
    }
    stream.add(display('still shown'));
    tick();
    expect(shown.join('').match(/x/g)?.length).to.equal(8 * 2 ** 20);
    expect(shown.at(-2)).to.include('more than 8 Mi characters');
    expect(shown.at(-1)).to.equal('still shown');
  });

  it('are replaced by the last of the updates of a moment', () => {
    const { stream, calls, shown, displays, tick } = cell();
    stream.add(display('0%', 'bar'));
    tick();
    const handle = displays.get('bar');
    if (handle === undefined) throw new Error('no display');
    for (let percent = 1; percent <= 100; percent++) stream.update(handle, { 'text/plain': `${percent}%` });
    tick();
    expect(calls).to.deep.equal(['schedule', 'put', 'schedule', 'replace']);
    expect(shown).to.deep.equal(['100%']);
  });

  it('that are not shown yet are shown as updated', () => {
    const { stream, calls, shown, tick } = cell();
    stream.add(display('0%', 'bar'));
    expect(stream.updateWaiting('bar', { 'text/plain': '50%' })).to.be.true;
    expect(stream.updateWaiting('other', { 'text/plain': '?' })).to.be.false;
    tick();
    expect(calls).to.deep.equal(['schedule', 'put']);
    expect(shown).to.deep.equal(['50%']);
  });
});
