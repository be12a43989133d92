// The VSIX: what is in it, how large it is, and that it runs where nothing else of the project is.
import { expect } from 'chai';
import { execFile } from 'node:child_process';
import { mkdir, mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { KernelProcess } from '../../src/extension/kernel-process.js';
import { startChild } from '../../src/protocol/child.js';
import { Connection } from '../../src/protocol/connection.js';
import { languageContract, languageHostContract } from '../../src/protocol/language.js';
import type { SavedNotebook } from '../notebooks.js';
import { codeCells, readNotebook, textOf } from '../notebooks.js';
import { unzip } from '../unzip.js';
import { packaged } from '../vsix.js';

const MiB = 2 ** 20;

describe('the VSIX', function () {
  let vsix: string;
  let files: Map<string, Buffer>;
  /** Where it is unpacked, far from the project and its node_modules. */
  let folder: string | undefined;

  before(async function () {
    this.timeout(120_000);
    vsix = await packaged();
    files = unzip(await readFile(vsix));
    folder = await mkdtemp(join(tmpdir(), 'parseval-vsix-'));
    for (const [path, content] of files) {
      await mkdir(dirname(join(folder, path)), { recursive: true });
      await writeFile(join(folder, path), content);
    }
  });

  after(async () => {
    if (folder) await rm(folder, { recursive: true, force: true });
  });

  const paths = (): string[] => [...files.keys()].map((path) => path.replace(/^extension\//, ''));

  it('takes no more than 20 MiB, and 60 MiB unpacked', async () => {
    expect((await stat(vsix)).size / MiB).to.be.within(5, 20);
    const unpacked = [...files.values()].reduce((sum, { length }) => sum + length, 0);
    expect(unpacked / MiB).to.be.below(60);
  });

  it('holds what runs, and nothing else', () => {
    const outermost = new Set(
      [...files.keys()].map((path) =>
        path
          .split('/')
          .slice(0, path.startsWith('extension/') ? 2 : 1)
          .join('/'),
      ),
    );
    expect([...outermost].sort()).to.deep.equal([
      '[Content_Types].xml',
      'extension.vsixmanifest',
      'extension/LICENSE.txt',
      'extension/THIRD-PARTY-NOTICES.md',
      'extension/changelog.md',
      'extension/dist',
      'extension/media',
      'extension/node_modules',
      'extension/notebooks',
      'extension/package.json',
      'extension/readme.md',
    ]);
    const strange = paths().filter((path) =>
      /^(src|test|scripts|shaders|webview|docs|bench|out|\.)|\/\.|\.map$|(?<!\.d)\.[cm]?ts$|\.tsbuildinfo$/.test(path),
    );
    expect(strange).to.deep.equal([]);
    expect(paths().filter((path) => /\.(node|dll|so|dylib)$/.test(path))).to.deep.equal([
      `node_modules/webgpu/dist/${process.platform}-${process.arch}/dawn.node`,
    ]);
  });

  it('names what it ships as its dependencies, and scripts of nobody', () => {
    for (const path of paths().filter((each) => /(^|node_modules\/(@[^/]+\/)?[^/]+\/)package\.json$/.test(each))) {
      const manifest = JSON.parse(files.get(`extension/${path}`)?.toString() ?? '') as {
        dependencies?: Record<string, string>;
        scripts?: object;
      };
      expect(manifest, path).to.not.have.any.keys('scripts', 'devDependencies');
      for (const name of Object.keys(manifest.dependencies ?? {})) expect(paths(), path).to.include(`node_modules/${name}/package.json`);
    }
  });

  it('has a notice with the license of each package in it, bundled ones among them', () => {
    const notices = files.get('extension/THIRD-PARTY-NOTICES.md')?.toString() ?? '';
    const shipped = paths().flatMap((path) => /^node_modules\/((?:@[^/]+\/)?[^/]+)\/package\.json$/.exec(path)?.[1] ?? []);
    expect(shipped).to.include.members(['typescript', 'webgpu', '@types/node', '@webgpu/types', 'undici-types']);
    for (const name of [...shipped, 'valibot']) expect(notices).to.match(new RegExp(`^## ${name.replace('/', '\\/')} \\d`, 'm'));
    expect(notices).to.include('Permission is hereby granted').and.include('SIL OPEN FONT LICENSE').and.include('Apache License');
  });

  it('holds every notebook that one of its notebooks leads to; the lessons without what their cells gave', () => {
    const notebooks = paths().filter((path) => /^notebooks\/.*\.ipynb$/.test(path));
    expect(notebooks).to.include('notebooks/00-tour.ipynb').and.have.lengthOf.at.least(10);
    for (const path of notebooks) {
      const text = files.get(`extension/${path}`)?.toString() ?? '';
      const { cells } = JSON.parse(text) as SavedNotebook;
      const given = cells.flatMap((cell) => cell.outputs ?? []);
      expect(given.length > 0, path).to.equal(path === 'notebooks/00-tour.ipynb');
      for (const [, link] of text.matchAll(/\]\(([^):]+\.ipynb)\)/g)) expect(notebooks, path).to.include(`notebooks/${link}`);
    }
  });

  for (const device of ['cpu', 'node']) {
    it(`runs a notebook by its command line, on ${device}, from an empty folder`, async () => {
      const work = await mkdtemp(join(tmpdir(), 'parseval-work-'));
      try {
        const code = [
          `import * as pv from 'parseval';\nconst x = pv.randn([32, 32], { seed: 1 });\nawait pv.show.spectrum(pv.fft.fft2(x));\nx.device`,
          `(await pv.gradcheck((a: pv.Tensor) => pv.fft.fft(a).abs().square().sum(), { a: x.slice([0, 0], [2, 8]) })).ok`,
        ];
        const cells = code.map((source, id) => ({
          cell_type: 'code',
          id: `c${id}`,
          metadata: {},
          execution_count: null,
          outputs: [],
          source,
        }));
        await writeFile(join(work, 'a.ipynb'), JSON.stringify({ nbformat: 4, nbformat_minor: 5, metadata: {}, cells }));
        const args = [
          join(folder ?? '', 'extension/dist/cli.js'),
          'run',
          'a.ipynb',
          '--out',
          'b.ipynb',
          '--device',
          device,
          '--allow-errors',
        ];
        const { XDG_RUNTIME_DIR, VK_DRIVER_FILES, PATH, HOME, XDG_CACHE_HOME } = process.env;
        const env = { XDG_RUNTIME_DIR, VK_DRIVER_FILES, PATH, HOME, XDG_CACHE_HOME };
        await promisify(execFile)(process.execPath, args, { cwd: work, env });
        const [first, second] = codeCells(readNotebook(join(work, 'b.ipynb')));
        expect([...(first?.outputs ?? []), ...(second?.outputs ?? [])].filter(({ ename }) => ename !== undefined)).to.deep.equal([]);
        // The picture was drawn by resvg with the fonts that are shipped.
        expect(Object.keys(first?.outputs?.[0]?.data ?? {})).to.include.members(['image/png', 'text/plain']);
        expect(first?.outputs?.map(textOf).at(-1)).to.equal(`'${device}'`);
        expect(second?.outputs?.map(textOf)).to.deep.equal(['true']);
      } finally {
        await rm(work, { recursive: true, force: true });
      }
    });
  }

  it('starts kernels, with their own Dawn, from an empty folder', async () => {
    const work = await mkdtemp(join(tmpdir(), 'parseval-work-'));
    const kernel = KernelProcess.start({
      node: process.execPath,
      script: join(folder ?? '', 'extension/dist/kernel.js'),
      env: process.env,
      folder: work,
      devices: ['node'],
      onUpdate: () => undefined,
      onViewPush: () => undefined,
      onMemory: () => undefined,
      onLog: () => undefined,
      openDevice: () => Promise.reject(new Error('there is no panel')),
      postDevice: () => undefined,
    });
    try {
      expect(await kernel.started).to.have.nested.property('memory.device', 'node');
      const outputs: unknown[] = [];
      const code = `import * as pv from 'parseval';\nconst x: pv.Tensor = pv.arange(5);\nconsole.log(await x.sum().item());
        import * as tslab from 'tslab'; tslab.display.text(tslab.versions.tslab);`;
      expect(await kernel.run(1, code, (output) => outputs.push(output))).to.include({ status: 'ok' });
      expect(outputs).to.deep.equal([
        { output_type: 'stream', name: 'stdout', text: '10\n' },
        { output_type: 'display_data', data: { 'text/plain': '1.0.22' }, metadata: {} },
      ]);
    } finally {
      await kernel.kill();
      await rm(work, { recursive: true, force: true });
    }
  });

  it('knows the types of the library, Node, WebGPU and tslab in an empty folder, and checks cells against them', async () => {
    const work = await mkdtemp(join(tmpdir(), 'parseval-work-'));
    const script = join(folder ?? '', 'extension/dist/language.js');
    const child = startChild({ node: process.execPath, script, folder: work, env: process.env, pipes: 1, onText: () => undefined });
    try {
      const [port] = child.ports;
      if (!port) throw new Error('no port');
      const language = new Connection(port, {
        here: languageHostContract,
        there: languageContract,
        handlers: { requests: {}, events: { stale: () => undefined } },
      });
      const code = (type: string): string =>
        [
          `import * as pv from 'parseval';`,
          `import { readFileSync } from 'node:fs';`,
          `import * as tslab from 'tslab';`,
          `const a: ${type} = pv.zeros([2, 2]).shape;`,
          `const b: ${type} = readFileSync('a', 'utf8');`,
          `const c: ${type} = (device: GPUDevice) => device.limits.maxBufferSize;`,
          `const d: ${type} = tslab.versions.typescript;`,
          `const e: ${type} = [1, 2].at(-1);`,
        ].join('\n');
      const check = (text: string): Promise<unknown> =>
        language.request('check', { notebook: 'n', cell: 'c', number: 1, code: text, language: 'typescript' });
      language.send('cells', { notebook: 'n', folder: work, cells: [{ cell: 'c', code: '', language: 'typescript' }] });
      expect(await check(code('unknown'))).to.equal(null);
      // Nothing of these is `any`, which would fit everywhere.
      const wrong = (await check(code('symbol'))) as { diagnostics: { message: string }[] };
      expect(wrong.diagnostics.map(({ message }) => /^Type '(.*?)' is not assignable to type 'symbol'/.exec(message)?.[1])).to.deep.equal([
        'Shape',
        'string',
        '(device: GPUDevice) => number',
        'string',
        'number | undefined',
      ]);
    } finally {
      await child.kill();
      await rm(work, { recursive: true, force: true });
    }
  });
});
