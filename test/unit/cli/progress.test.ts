import { expect } from 'chai';
import { Progress } from '../../../src/cli/progress.js';
import type { CellOutput } from '../../../src/kernel/index.js';
import { fakeLibrary } from './fake-library.js';
import { chooseDevice } from '../../../src/cli/device.js';

/** A terminal that keeps what is written to it. */
function terminal(isTTY: boolean): { text: string; write: (text: string) => void; isTTY: boolean; columns: number } {
  return {
    text: '',
    isTTY,
    columns: 20,
    write(text) {
      this.text += text;
    },
  };
}

/** What a terminal shows after carriage returns and erased lines. */
function visible(text: string): string {
  return text
    .split('\n')
    .map((line) => line.split('\r\x1b[K').at(-1))
    .join('\n');
}

describe('progress', () => {
  it('counts up the time on a terminal, below the outputs, and leaves no trace of it', async () => {
    const screen = terminal(true);
    const progress = new Progress(screen, 12);
    progress.start(3, 'a title that is far too long');
    await new Promise((resolve) => setTimeout(resolve, 250));
    expect(screen.text.split('\r\x1b[K').at(-1)).to.match(/^ {4}\d+ ms …$/);
    progress.output({ output_type: 'stream', name: 'stdout', text: 'a\nb' });
    progress.output({ output_type: 'stream', name: 'stdout', text: 'c\n' });
    progress.end('done');
    expect(visible(screen.text)).to.match(/^\[ 3\/12\] a title tha…\n {4}a\n {4}bc\n {4}done in \d+ ms\n$/);
  });

  it('writes plain lines elsewhere', () => {
    const file = terminal(false);
    const progress = new Progress(file, 1);
    progress.start(1, 'x');
    progress.output({ output_type: 'stream', name: 'stdout', text: 'no line end' });
    progress.output({
      output_type: 'display_data',
      data: { 'text/plain': 'two\nlines', 'image/svg+xml': '<svg/>' },
      metadata: {},
    });
    progress.end('failed');
    expect(file.text).to.match(
      /^\[1\/1\] x\n {4}no line end\n {4}two\n {4}lines\n {4}\[image\/svg\+xml: 0\.0 kB\]\n {4}failed in \d+ ms\n$/,
    );
  });
});

describe('progress bars of cells', () => {
  const bar = (state: string, text: string): CellOutput => ({
    output_type: 'display_data',
    data: { 'text/plain': text, 'application/vnd.parseval.progress.v1+json': { state } },
    metadata: {},
    displayId: 'bar',
  });
  const moved = (state: string, text: string): Readonly<Record<string, unknown>> => {
    const output = bar(state, text);
    return 'data' in output ? output.data : {};
  };

  it('move in one line of a terminal, and stay with their last state', () => {
    const screen = terminal(true);
    const progress = new Progress(screen, 1);
    progress.start(1, 'x');
    progress.output(bar('running', '0%'));
    progress.update('bar', moved('running', 'so many words that no line of it is long enough'));
    expect(screen.text.split('\r\x1b[K').at(-1)).to.equal('    so many words t');
    progress.output({ output_type: 'stream', name: 'stdout', text: 'between\n' });
    progress.update('bar', moved('done', '100%'));
    progress.end('done');
    expect(visible(screen.text)).to.match(/^\[1\/1\] x\n {4}between\n {4}100%\n {4}done in \d+ ms\n$/);
  });

  it('are one line elsewhere, also when they never came to their end', () => {
    const file = terminal(false);
    const progress = new Progress(file, 1);
    progress.start(1, 'x');
    progress.output(bar('running', '0%'));
    progress.update('bar', moved('running', '50%'));
    progress.end('failed');
    expect(file.text).to.match(/^\[1\/1\] x\n {4}50%\n {4}failed in \d+ ms\n$/);
  });

  it('other displays that change are written once more, as they are in the end', () => {
    const file = terminal(false);
    const progress = new Progress(file, 1);
    progress.start(1, 'x');
    progress.output({ output_type: 'display_data', data: { 'text/plain': 'a' }, metadata: {}, displayId: 'd' });
    progress.update('d', { 'text/plain': 'b' });
    progress.update('d', { 'text/plain': 'c' });
    progress.end('done');
    expect(file.text).to.match(/^\[1\/1\] x\n {4}a\n {4}c\n {4}done/);
  });
});

describe('choice of device', () => {
  it('is node where it works', async () => {
    const library = fakeLibrary(true);
    expect(await chooseDevice(library, 'auto')).to.equal('Device: node (a graphics card)');
    expect(library.chosen).to.deep.equal(['node']);
  });
});
