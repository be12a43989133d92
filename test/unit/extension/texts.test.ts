import { expect } from 'chai';
import { childEnvironment } from '../../../src/extension/child-environment.js';
import type { KernelStatus } from '../../../src/extension/kernel-status.js';
import { formatBytes, noKernel, statusFacts, statusText } from '../../../src/extension/kernel-status.js';
import { escapeMarkdown } from '../../../src/extension/markdown.js';
import { pictureOf, textOf } from '../../../src/extension/picture.js';
import { formatReport } from '../../../src/extension/report.js';
import { emptyPage, valuePage } from '../../../src/extension/value-page.js';
import { describeVariable, sortVariables } from '../../../src/extension/variable-text.js';
import type { Variable } from '../../../src/protocol/kernel.js';

const running: KernelStatus = {
  state: 'idle',
  pid: 42,
  node: { path: '/usr/bin/node', version: '20.19.1', env: {}, reason: 'found on the PATH', noNodeDevice: null },
  order: { devices: ['webview', 'node', 'cpu'], reason: 'the first that works', leftOut: [] },
  memory: { device: 'node', description: 'a graphics card', bytes: 12_900_000, buffers: 3, reservedBytes: 2048 },
  refused: [{ device: 'webview', reason: 'no adapter' }],
  variables: [],
};

describe('bytes', () => {
  it('have three digits and a binary unit', () => {
    expect([0, 1, 999, 1000, 1024, 1_048_575, 1_048_576, 12_900_000, 2 ** 41].map(formatBytes)).to.deep.equal([
      '0 B',
      '1 B',
      '999 B',
      '0.977 KiB',
      '1.00 KiB',
      '1.00 MiB',
      '1.00 MiB',
      '12.3 MiB',
      '2.00 TiB',
    ]);
  });
});

describe('status', () => {
  it('says device and memory', () => {
    expect(statusText(running)).to.equal('$(circle-filled) Parseval: node · 12.3 MiB');
    expect(statusText({ ...running, state: 'busy' })).to.equal('$(loading~spin) Parseval: node · 12.3 MiB');
    expect(statusText(noKernel)).to.include('Parseval');
    expect(statusText({ ...noKernel, state: 'dead' })).to.include('ended');
  });

  it('gives the reasons: why this device, why not the others, why this Node', () => {
    const { heading, facts } = statusFacts('nb.ipynb', running);
    expect(heading).to.equal('nb.ipynb');
    expect(Object.fromEntries(facts)).to.deep.equal({
      Kernel: 'idle, process 42',
      Device: 'node (a graphics card)',
      Memory: '12.3 MiB in 3 buffers, and 2.00 KiB kept for reuse',
      Choice: 'webview, node, cpu: the first that works',
      'Not webview': 'no adapter',
      Node: '20.19.1: found on the PATH (/usr/bin/node)',
    });
  });

  it('says why a kernel ended', () => {
    expect(statusFacts('x', { ...noKernel, state: 'dead', problem: 'out of memory' }).facts).to.deep.include(['Why', 'out of memory']);
  });
});

const variable = (name: string, more: Partial<Variable> = {}): Variable => ({ name, type: 'number', summary: '1', ...more });
const tensor = variable('t', { type: 'Tensor', summary: '…', shape: [2, 3], dtype: 'float32', device: 'webview', bytes: 24 });

describe('variables', () => {
  it('are described by dtype, shape, device and bytes, or by type and value', () => {
    expect(describeVariable(tensor)).to.equal('float32 [2, 3] · webview · 24 B');
    expect(describeVariable(variable('n'))).to.equal('number · 1');
    expect(describeVariable(variable('f', { type: 'function', summary: 'function' }))).to.equal('function');
    expect(describeVariable(variable('s', { shape: [], type: 'Tensor' }))).to.equal('Tensor []');
  });

  it('are listed tensors first, then values, then functions and classes, each as declared', () => {
    const all = [variable('f', { type: 'function' }), variable('n'), tensor, variable('c', { type: 'class' }), variable('m')];
    expect(sortVariables(all).map(({ name }) => name)).to.deep.equal(['t', 'n', 'm', 'f', 'c']);
  });
});

describe('picture of a value', () => {
  it('is the PNG, else the SVG', () => {
    expect(pictureOf({ 'image/svg+xml': '<svg/>', 'image/png': 'iVBO\nRw==\n' })).to.equal('data:image/png;base64,iVBORw==');
    expect(pictureOf({ 'image/svg+xml': '<svg/>' })).to.equal('data:image/svg+xml;base64,PHN2Zy8+');
    expect(pictureOf({ 'text/plain': 'x' })).to.equal(undefined);
    expect(pictureOf(null)).to.equal(undefined);
    expect(textOf({ 'text/plain': 'x' })).to.equal('x');
  });

  it('is nothing that could leave its place in a page', () => {
    expect(pictureOf({ 'image/png': '"><script>' })).to.equal(undefined);
  });
});

describe('text in Markdown', () => {
  it('stands for itself', () => {
    expect(escapeMarkdown('float32 [2, 3] <b> a|b *c* `d`')).to.equal('float32 \\[2, 3\\] \\<b\\> a\\|b \\*c\\* \\`d\\`');
    expect(escapeMarkdown('two\n  lines')).to.equal('two lines');
  });
});

describe('value page', () => {
  it('escapes what cells named and computed', () => {
    const html = valuePage({ variable: variable('<b>'), pictures: [], text: '</pre><script>"', note: undefined }, 'N');
    expect(html).to.include('&lt;b&gt;').and.include('&lt;/pre&gt;&lt;script&gt;&quot;').and.not.include('<script');
  });

  it('allows no script and nothing from elsewhere', () => {
    for (const html of [emptyPage('N'), valuePage({ variable: tensor, pictures: [], text: undefined, note: 'n' }, 'N')]) {
      expect(html).to.include(`content="default-src 'none'; img-src data:; style-src 'nonce-N'"`).and.include('<style nonce="N">');
    }
  });
});

describe('report', () => {
  it('names versions, Node and why, adapter, limits, kernels and the last errors', () => {
    const text = formatReport({
      parseval: '0.1.0',
      vscode: '1.100.3',
      host: 'desktop',
      system: 'linux x64',
      node: '20.19.1 (found on the PATH)',
      settings: { 'parseval.device': 'auto' },
      panel: 'visible',
      adapter: { available: true, description: 'google swiftshader', limits: { maxBufferSize: 1024, a: 1 }, features: ['z', 'b'] },
      kernels: [running],
      language: 'running',
      errors: ['2026-01-01 it broke'],
    });
    for (const part of [
      'Parseval 0.1.0, VS Code 1.100.3 (desktop)',
      'Node for kernels: 20.19.1 (found on the PATH)',
      'parseval.device = "auto"',
      'Adapter: google swiftshader',
      'Features: b, z',
      'a: 1\nmaxBufferSize: 1024',
      '- Not webview: no adapter',
      '2026-01-01 it broke',
    ]) {
      expect(text).to.include(part);
    }
  });
});

describe('environment of children', () => {
  it("has nothing that VS Code says to its own processes, and the user's all the same", () => {
    const own = { PATH: '/bin', NODE_OPTIONS: '--max-old-space-size=8', VSCODE_PID: '1', ELECTRON_RUN_AS_NODE: '1', VK_DRIVER_FILES: 'x' };
    expect(childEnvironment(own, { A: 'b' })).to.deep.equal({
      PATH: '/bin',
      NODE_OPTIONS: '--max-old-space-size=8',
      VK_DRIVER_FILES: 'x',
      A: 'b',
    });
  });
});
