// Leaving a process, and entering it: child processes that run small scripts against the sources.

import { expect } from 'chai';
import { spawn } from 'node:child_process';
import { existsSync, mkdtempSync, mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('../../', import.meta.url));
const library = new URL('../../src/index.ts', import.meta.url).href;

/** Lines that Dawn writes when it meets an adapter with very high limits; it has no switch for them. */
const dawnsOwn =
  /^Warning: maxDynamic(Uniform|Storage)BuffersPerPipelineLayout artificially reduced from \d+ to \d+ to fit dynamic offset allocation limit\.$/;

interface Outcome {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly stdout: string;
  /** Without Dawn's own two lines. */
  readonly stderr: string;
}

/** Runs a script as a module; `onOutput` is called with what it has printed so far. */
function run(
  script: string,
  {
    env = {},
    preload = [],
    onOutput,
  }: { env?: NodeJS.ProcessEnv; preload?: string[]; onOutput?: (stdout: string, child: ReturnType<typeof spawn>) => void } = {},
): Promise<Outcome> {
  return new Promise((resolve, reject) => {
    const imports = ['./test/register.mjs', ...preload].flatMap((file) => ['--import', file]);
    const child = spawn(process.execPath, [...imports, '--input-type=module', '--eval', script], {
      cwd: root,
      env: { ...process.env, ...env },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    const timer = setTimeout(() => child.kill('SIGKILL'), 50_000);
    let stdout = '';
    let stderr = '';
    child.stdout.on('data', (data: Buffer) => {
      stdout += data.toString();
      onOutput?.(stdout, child);
    });
    child.stderr.on('data', (data: Buffer) => (stderr += data.toString()));
    child.on('error', reject);
    child.on('close', (code, signal) => {
      clearTimeout(timer);
      const own = stderr.split('\n').filter((line) => !dawnsOwn.test(line));
      resolve({ code, signal, stdout, stderr: own.join('\n') });
    });
  });
}

const importing = `import * as pv from ${JSON.stringify(library)};`;
const opening = `await pv.setDevice('node'); const x = pv.randn([64, 64], { seed: 1 });`;
const inThread = `pv.host.registerDevice('node', () => pv.host.openNodeThread());`;

for (const [where, open] of [
  ['', `${importing} ${opening}`],
  [' with the device in a thread', `${importing} ${inThread} ${opening}`],
] as const) {
  leaving(`leaving the process${where} is clean`, open);
}

function leaving(title: string, open: string): void {
  describe(title, () => {
    it('when the script is over, with the node device open and tensors alive', async () => {
      const outcome = await run(`${open} console.log((await x.matmul(x).data()).length);`);
      expect(outcome).to.include({ code: 0, signal: null, stdout: '4096\n', stderr: '' });
    });

    it('when the script is over before what it asked for: the read is completed', async () => {
      const outcome = await run(`${open} x.matmul(x).data().then((values) => console.log(values.length));`);
      expect(outcome).to.include({ code: 0, stdout: '4096\n', stderr: '' });
    });

    it('when the script ends with work that nobody reads', async () => {
      const outcome = await run(`${open} for (let i = 0; i < 20; i++) x.matmul(x.add(i)).keep();`);
      expect(outcome).to.include({ code: 0, stdout: '', stderr: '' });
    });

    for (const [when, wait] of [
      ['that compiles', ''],
      ['that was just asked for', 'await x.matmul(x).data();'],
      [
        'that waits for the GPU',
        'await x.matmul(x).data(); setImmediate(() => { process.exit(0); }); await new Promise(() => { x.matmul(x).data(); });',
      ],
    ] as const) {
      it(`by process.exit(0) with a read pending ${when}`, async () => {
        const outcome = await run(`${open} ${wait} void x.matmul(x).data(); void x.exp().sum().data(); process.exit(0);`);
        expect(outcome).to.include({ code: 0, signal: null, stdout: '', stderr: '' });
      });
    }

    it('by process.exit(3), which keeps its code', async () => {
      const outcome = await run(`${open} void x.data(); process.exit(3);`);
      expect(outcome).to.include({ code: 3, signal: null, stderr: '' });
    });

    it('by process.exit() in the middle of training steps', async () => {
      const outcome = await run(`${open} x.requiresGrad = true;
      const optimizer = new pv.optim.SGD([x], { lr: 0.1, momentum: 0.9 });
      for (let i = 0; i < 5; i++) { x.square().sum().backward(); void optimizer.step(); }
      process.exitCode = 4; process.exit();`);
      expect(outcome).to.include({ code: 4, signal: null, stderr: '' });
    });

    it('by an uncaught error, which is shown, with code 1', async () => {
      const outcome = await run(`${open} void x.data(); throw new Error('on purpose');`);
      expect(outcome).to.include({ code: 1, signal: null });
      expect(outcome.stderr).to.match(/Error: on purpose/);
      expect(outcome.stderr).to.not.match(/mapAsync|is lost|was lost|destroyed/);
    });

    it('by an error that a read rejects with and nobody catches', async () => {
      const outcome = await run(`${open} x.dispose(); await x.data();`);
      expect(outcome).to.include({ code: 1, signal: null });
      expect(outcome.stderr).to.match(/\[64, 64\] float32\) was disposed/);
    });

    it('by SIGINT with reads pending: the signal ends it and nothing crashes', async () => {
      const outcome = await run(`${open} await x.data(); console.log('ready'); setInterval(() => x.matmul(x).data(), 1);`, {
        onOutput: (stdout, child) => stdout.includes('ready') && child.kill('SIGINT'),
      });
      expect(outcome).to.include({ signal: 'SIGINT', stderr: '' });
    });

    it("by SIGINT with the script's own handler, which chooses the code", async () => {
      const outcome = await run(
        `${open} await x.data(); process.on('SIGINT', () => process.exit(130)); console.log('ready'); setInterval(() => x.matmul(x).data(), 1);`,
        {
          onOutput: (stdout, child) => stdout.includes('ready') && child.kill('SIGINT'),
        },
      );
      expect(outcome).to.include({ code: 130, stderr: '' });
    });
  });
}

describe('leaving the process while convolutions are measured', () => {
  let folder: string;
  beforeEach(() => (folder = mkdtempSync(join(tmpdir(), 'parseval-cache-'))));
  afterEach(() => rmSync(folder, { recursive: true }));

  const convolution = `const [a, b] = [pv.randn([4, 8, 16, 16], { seed: 1 }).keep(), pv.randn([8, 8, 5, 5], { seed: 2 }).keep()];
    const conv = () => pv.nn.functional.conv2d(a, b, null, { padding: 'same' });
    const why = () => pv.explain(conv()).convolutions[0].why;`;

  it('a script that is over does not stay to measure', async () => {
    const outcome = await run(
      `${importing} ${opening} ${convolution} pv.measureConvolutions(); await conv().data();
       console.log(why().split('; ').at(-1));`,
      { env: { CI: '', PARSEVAL_CACHE: folder } },
    );
    expect(outcome).to.include({ code: 0, signal: null, stdout: 'it will be measured when the device is idle\n', stderr: '' });
    expect(existsSync(join(folder, 'convolutions.json'))).to.equal(false);
  });

  for (const [where, thread] of [
    ['', ''],
    [' with the device in a thread', inThread],
  ] as const) {
    it(`process.exit(0) in the middle of it is clean${where}`, async () => {
      const outcome = await run(
        `${importing} ${thread} ${opening} ${convolution} const turn = () => new Promise(setImmediate);
         pv.measureConvolutions({ pause: turn }); await conv().data();
         while (/least modelled time(?!.*being measured)/.test(why())) await turn();
         console.log(why().split('; ').at(-1)); process.exit(0);`,
        { env: { CI: '', PARSEVAL_CACHE: folder } },
      );
      expect(outcome).to.include({ code: 0, signal: null, stdout: 'it is being measured\n', stderr: '' });
    });
  }
});

describe('importing the library', () => {
  let folder: string;
  before(() => {
    folder = mkdtempSync(join(tmpdir(), 'parseval-import-'));
    mkdirSync(folder, { recursive: true });
    // Loaded before the library: whoever imports webgpu gets an error.
    writeFileSync(
      join(folder, 'no-webgpu.mjs'),
      `import { register } from 'node:module';
       register('data:text/javascript,' + encodeURIComponent("export async function resolve(specifier, context, next) { if (specifier === 'webgpu') throw new Error('webgpu was imported'); return next(specifier, context); }"));`,
    );
  });
  after(() => rmSync(folder, { recursive: true }));

  const compute = `import * as pv from ${JSON.stringify(library)}; console.log(pv.memory().device, await pv.ones([3]).sum().item());`;

  it('touches no adapter: it works without a driver and without the webgpu package, on cpu', async () => {
    const outcome = await run(compute, { env: { VK_DRIVER_FILES: '/nonexistent' }, preload: [join(folder, 'no-webgpu.mjs')] });
    expect(outcome).to.include({ code: 0, stdout: 'cpu 3\n', stderr: '' });
  });

  it('takes less than half a second of a core beyond an empty process, as it is built', async () => {
    const built = compute.replace(library, new URL('../../dist/index.js', import.meta.url).href);
    // Not the time that passes: other processes may have the cores.
    const spent = 'const { user, system } = process.cpuUsage(); console.log((user + system) / 1000);';
    const milliseconds = async (code: string): Promise<number> => Number((await run(`${code}\n${spent}`)).stdout.trim().split('\n').at(-1));
    expect((await milliseconds(built)) - (await milliseconds(''))).to.be.below(500);
  });

  it('a device without a driver says what to install, and cpu goes on', async () => {
    const outcome = await run(
      `import * as pv from ${JSON.stringify(library)};
       await pv.setDevice('node').catch((error) => console.log(error.message));
       console.log(pv.memory().device, await pv.ones([3]).sum().item());`,
      { env: { VK_DRIVER_FILES: '/nonexistent' } },
    );
    // Dawn itself complains on stderr about the driver that is not there.
    expect(outcome.code).to.equal(0);
    expect(outcome.stdout).to.match(/no WebGPU adapter was found: install a Vulkan driver.*setDevice\('cpu'\)\ncpu 3/);
  });

  it('a device whose package cannot be loaded says so in the list of devices', async () => {
    const outcome = await run(
      `import * as pv from ${JSON.stringify(library)};
       const node = (await pv.devices()).find(({ name }) => name === 'node'); console.log(node.available, node.reason);`,
      { preload: [join(folder, 'no-webgpu.mjs')] },
    );
    expect(outcome).to.include({ code: 0, stdout: 'false webgpu was imported\n', stderr: '' });
  });
});
