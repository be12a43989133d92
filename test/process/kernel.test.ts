// A kernel process as its host sees it: devices, outputs, variables, and its end.
import { expect } from 'chai';
import { spawn, spawnSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { PNG } from 'pngjs';
import { KernelDied } from '../../src/extension/kernel-process.js';
import { library, textOf, withKernel } from './kernels.js';

/** The reason for which a promise rejects. */
async function rejection(promise: Promise<unknown>): Promise<Error> {
  const outcome: unknown = await promise.then(
    () => new Error('it did not reject'),
    (error: unknown) => error,
  );
  return outcome as Error;
}

describe('kernel process: start', () => {
  it('takes the first device that works and says why those before it were refused', async () => {
    await withKernel(['webview', 'cpu'], async ({ process }) => {
      const { node, memory, refused } = await process.started;
      expect(node).to.equal(globalThis.process.version);
      expect(memory).to.deep.equal({ device: 'cpu', description: 'JavaScript, float64 reference', bytes: 0, buffers: 0, reservedBytes: 0 });
      expect(refused).to.deep.equal([{ device: 'webview', reason: 'there is no panel here' }]);
    });
  });

  it('refuses to start without a device, with all reasons', async () => {
    const error = await rejection(withKernel(['webview'], () => Promise.resolve()));
    expect(error.message).to.equal('no device works: webview: there is no panel here');
  });

  it('says why the node device is not usable, and does not die of it', async () => {
    const env = { ...process.env, VK_DRIVER_FILES: '/nowhere' };
    await withKernel(
      ['node', 'cpu'],
      async (kernel) => {
        const { memory, refused } = await kernel.process.started;
        expect(memory.device).to.equal('cpu');
        expect(refused[0]?.reason).to.match(/no WebGPU adapter was found/);
        expect((await kernel.run('1 + 1')).text).to.equal('2');
      },
      { env },
    );
  });

  it('runs cells one after another, each with its outputs before its answer', async () => {
    await withKernel(['cpu'], async ({ process }) => {
      const outputs: string[] = [];
      const answers: string[] = [];
      const run = async (cell: number, code: string): Promise<void> => {
        const result = await process.run(cell, code, (output) => outputs.push(textOf(output).trim()));
        // Outputs of the next cell may have come in the same message: a promise is told later than what follows it.
        expect(outputs).to.have.lengthOf.at.least(2 * cell);
        answers.push(`${result.status} ${result.executionCount}`);
      };
      await Promise.all([
        run(1, "console.log('first'); await new Promise((r) => setTimeout(r, 20)); 1"),
        run(2, "console.log('second'); throw new RangeError('no')"),
        run(3, "console.log('third'); 3"),
      ]);
      expect(answers).to.deep.equal(['ok 1', 'error 2', 'ok 3']);
      expect(outputs.map((text) => text.split('\n')[0])).to.deep.equal(['first', '1', 'second', 'RangeError: no', 'third', '3']);
      expect(outputs[3]).to.match(/^RangeError: no\n> 1 \|[^]*\n {4}at cell 2:1:30$/);
    });
  });

  it('keeps two kernels apart', async () => {
    await withKernel(['cpu'], (one) =>
      withKernel(['cpu'], async (other) => {
        await one.run('var mine = 1; globalThis.shared = 1');
        expect((await other.run('[typeof mine, typeof globalThis.shared]')).text).to.equal("[ 'undefined', 'undefined' ]");
      }),
    );
  });
});

describe('kernel process: what cells import', () => {
  it('CommonJS, ES modules and local files get the one instance of the library', async () => {
    await withKernel(['cpu'], async (kernel) => {
      const add = async (file: string, text: string): Promise<void> => {
        await mkdir(join(kernel.folder, file, '..'), { recursive: true });
        await writeFile(join(kernel.folder, file), text);
      };
      await add('node_modules/common/package.json', '{"name":"common","main":"index.js"}');
      await add('node_modules/common/index.js', "exports.Tensor = require('parseval').Tensor;");
      await add('node_modules/modern/package.json', '{"name":"modern","type":"module","main":"index.js"}');
      await add('node_modules/modern/index.js', "export { Tensor } from 'parseval';");
      await add('local.cjs', "exports.Tensor = require('parseval').Tensor; exports.common = require('common');");
      await add('local.ts', "export { Tensor } from 'parseval';");
      const { text } = await kernel.run(`
        import { Tensor } from 'parseval';
        import common = require('common');
        import * as modern from 'modern';
        import * as local from './local.ts';
        import * as cjs from './local.cjs';
        [common, modern, local, cjs, cjs.common, require('parseval')].map((each) => each.Tensor === Tensor).join()`);
      expect(text).to.equal("'true,true,true,true,true,true'");
    });
  });

  it('errors of the library begin where it was called: in a cell, a function that it calls itself, or a local file', async () => {
    await withKernel(['cpu'], async (kernel) => {
      const frames = async (code: string): Promise<string[]> => (await kernel.run(code)).text.match(/^ {4}at .*/gm) ?? [];
      expect(await frames(`${library} function f() { return x.add(pv.ones([3])); }\nf()`)).to.deep.equal([
        '    at f (cell 1:1:96)',
        '    at cell 1:2:1',
      ]);
      const [first, ...others] = await frames('await pv.gradcheck((y) => y.reshape([7]), [x])');
      expect(first).to.equal('    at cell 2:1:29');
      // The check looks at its inputs before it calls the function: where it was awaited, not where it was called.
      expect(others.join('\n')).to.match(/gradcheck \(parseval[^]*at async cell 2:1:1$/);
      await writeFile(join(kernel.folder, 'local.ts'), "import * as pv from 'parseval';\nexport const wrong = () => pv.zeros([-1]);");
      expect(await frames("import { wrong } from './local.ts'; wrong()")).to.deep.equal([
        '    at wrong (./local.ts:2:31)',
        '    at cell 3:1:37',
      ]);
      expect(await frames('[[7]].map((shape) => x.reshape(shape))')).to.deep.equal([
        '    at cell 4:1:24',
        '    at Array.map (<anonymous>)',
        '    at cell 4:1:7',
      ]);
      expect(await frames('[[7]].map(x.reshape, x)')).to.deep.equal(['    at Array.map (<anonymous>)', '    at cell 5:1:7']);
      expect(await frames('[].reduce(null as any)')).to.deep.equal(['    at Array.reduce (<anonymous>)', '    at cell 6:1:4']);
      const { text } = await kernel.run('try { x.reshape([7]) } catch (e) { console.log((e as Error).stack); }');
      expect(text).to.match(/at .*Tensor\.reshape \(parseval[^]*at cell 7:1:9\n$/);
    });
  });

  it('a second copy of the library is refused, with the place of both', async () => {
    await withKernel(['cpu'], async (kernel) => {
      const copy = new URL('../../dist/index.js?copy', import.meta.url).href;
      const { status, text } = await kernel.run(`await import(${JSON.stringify(copy)})`);
      expect(status).to.equal('error');
      expect(text).to.match(/parseval is loaded a second time, from file:.*index\.js\?copy.*, beside file:.*index\.js: /);
    });
  });

  it('what local files and packages print is an output of the cell, and not of the process', async () => {
    await withKernel(['cpu'], async (kernel) => {
      await writeFile(
        join(kernel.folder, 'loud.ts'),
        "console.log('a'); process.stderr.write('b\\n'); export const say = () => console.log('c')",
      );
      const { text } = await kernel.run("import { say } from './loud.ts'; await null; say(); process.stdout.write('d'); undefined");
      expect(text).to.equal('a\nb\nc\nd');
      expect(kernel.log).to.equal('');
    });
  });

  it('what timers print when their cell has ended goes to the log of the process, once', async () => {
    let heard: () => void = () => undefined;
    const isHeard = new Promise<void>((resolve) => (heard = resolve));
    let log = '';
    const onLog = (text: string): void => {
      log += text;
      if (log.includes('the end')) heard();
    };
    await withKernel(
      ['cpu'],
      async (kernel) => {
        await kernel.run(`
          const print = () => { console.log('by console'); process.stdout.write('directly\\n'); Promise.reject(new Error('the end')); };
          setTimeout(print, 50);`);
        await isHeard;
      },
      { onLog },
    );
    expect(log).to.match(/^by console\ndirectly\nError: the end\n/);
    expect(log.match(/^by console$/gm)).to.have.length(1);
  });
});

describe('kernel process: outputs', () => {
  it('a printed tensor shows the values that it had, at its place in the stream', async () => {
    await withKernel(['cpu'], async (kernel) => {
      const { text, outputs } = await kernel.run(
        `${library} console.log('before', x, { x, n: 1 }); x.assign(x.mul(10)); console.error(x.sum()); console.log('after')`,
      );
      const shown = 'Tensor [2, 2] float64 on cpu\nfloat64 [2, 2], 1 to 4\n[[1., 2.],\n [3., 4.]]';
      const nested = shown.replaceAll('\n', '\n  ');
      const sum = 'Tensor [] float64 on cpu\nfloat64 [] 100.';
      expect(text).to.equal(`before ${shown} {\n  x: ${nested},\n  n: 1\n}\n${sum}\nafter\n`);
      expect(outputs.map((output) => output.output_type === 'stream' && output.name)).to.deep.equal(['stdout', 'stderr', 'stdout']);
    });
  });

  it('displays change in place, from later cells as well', async () => {
    await withKernel(['cpu'], async (kernel) => {
      const { outputs } = await kernel.run("import * as pv from 'parseval'; const shown = pv.display('first'); shown.update('second');");
      const [display] = outputs;
      expect(display).to.deep.include({ output_type: 'display_data', data: { 'text/plain': "'first'" } });
      const id = display?.output_type === 'display_data' ? display.displayId : undefined;
      expect(kernel.updates).to.deep.equal([[id, { 'text/plain': "'second'" }]]);
      await kernel.run("shown.update('third'); shown.update(Promise.resolve(1)); shown.update('last')");
      expect(kernel.updates.at(-1)).to.deep.equal([id, { 'text/plain': "'last'" }]);
    });
  });

  it('a loop that prints without end fills neither the memory nor the pipe, and says that output is missing', async () => {
    await withKernel(['cpu'], async (kernel) => {
      const { text, outputs, status } = await kernel.run("for (let i = 0; i < 200_000; i++) console.log('x'.repeat(99)); 'done'");
      expect(status).to.equal('ok');
      const printed = outputs.flatMap((output) => (output.output_type === 'stream' && output.name === 'stdout' ? output.text : []));
      expect(printed.join('').length).to.equal(4_000_000);
      expect(printed.length).to.be.below(500);
      expect(text).to.match(/x\n\n… output truncated: this cell has printed more than 4 MB of text\. .*\n'done'$/);
      expect((await kernel.run('1')).text).to.equal('1');
    });
  });

  it('an output that cannot be sent says so in its place', async () => {
    await withKernel(['cpu'], async (kernel) => {
      const { text, status } = await kernel.run("import { emit } from 'parseval'; emit({ 'application/json': { n: 1n } }); 'next'");
      expect(status).to.equal('ok');
      expect(text).to.match(/^this output cannot be shown: .*BigInt.*\n'next'$/);
    });
  });

  it('an error whose own code throws or never ends is shown all the same', async () => {
    await withKernel(['cpu'], async (kernel) => {
      const { status, text } = await kernel.run("throw Object.defineProperty(new Error('x'), 'name', { get() { throw 1 } })");
      expect(status).to.equal('error');
      expect(text).to.include('the cell failed with an error that cannot be shown');
      expect((await kernel.run('1')).text).to.equal('1');
    });
  });

  it('a cell is told its memory after each run', async () => {
    await withKernel(['cpu'], async (kernel) => {
      await kernel.run(`${library} x.add(1).keep()`);
      expect(kernel.memory.at(-1)).to.include({ device: 'cpu', bytes: 64, buffers: 2 });
    });
  });
});

describe('kernel process: variables', () => {
  it('are listed without running any code of theirs', async () => {
    await withKernel(['cpu'], async (kernel) => {
      await kernel.run(`${library}
        let touched = 0;
        const touch = () => { touched++; throw new Error('touched') };
        class Shy { get value() { return touch() } get [Symbol.toStringTag]() { return touch() } static [Symbol.hasInstance]() { return touch() } constructor(public n = 1) {} }
        const shy = new Shy();
        const getter = { a: 1, get b() { return touch() }, [Symbol.for('nodejs.util.inspect.custom')]: touch, toString: touch, toJSON: touch };
        const proxy = new Proxy({}, new Proxy({}, { get: touch }));
        const behind = Object.create(proxy);
        const list = [1, 'two', { three: [3] }, proxy];
        const numbers = new Float32Array(100); const map = new Map([[1, 2]]);
        const text = 'line\\nline'; const big = 12n; const nothing = null; let missing: number | undefined;
        const failure = new RangeError('no'); function f() {} class C {}
        const gone = pv.tensor([1]); gone.dispose();
        const tensors = [x, pv.zeros([3], { dtype: 'float32' }), [x.sum()]]; const batch = { x, label: 'a' };`);
      const found = Object.fromEntries((await kernel.process.variables()).map(({ name, ...rest }) => [name, rest]));
      expect((await kernel.run('touched')).text).to.equal('0');
      expect(found).to.deep.include({
        x: { type: 'Tensor', summary: '[2, 2] float64 on cpu', shape: [2, 2], dtype: 'float64', device: 'cpu', bytes: 32 },
        touched: { type: 'number', summary: '0' },
        shy: { type: 'Shy', summary: 'Shy { n: 1 }' },
        proxy: { type: 'Proxy', summary: 'Proxy' },
        list: { type: 'Array(4)', summary: '[1, "two", { three: Array(1) }, Proxy]' },
        numbers: { type: 'Float32Array(100)', summary: 'Float32Array [0, 0, 0, 0, 0, 0, 0, 0, …]', bytes: 400 },
        map: { type: 'Map(1)', summary: 'Map(1)' },
        text: { type: 'string', summary: '"line\\nline"' },
        big: { type: 'bigint', summary: '12n' },
        nothing: { type: 'null', summary: 'null' },
        missing: { type: 'undefined', summary: 'undefined' },
        failure: { type: 'RangeError', summary: 'RangeError: no' },
        f: { type: 'function', summary: 'function f' },
        C: { type: 'class', summary: 'class C' },
        gone: { type: 'Tensor', summary: 'Tensor {}' },
        tensors: { type: 'Array(3)', summary: '[Tensor [2, 2] float64, Tensor [3] float32, [Tensor [] float64]]' },
        batch: { type: 'Object', summary: '{ x: Tensor [2, 2] float64, label: "a" }' },
      });
      expect(found.getter?.summary).to.include('{ a: 1, b: (getter), ');
      expect(found).to.not.have.property('pv');
    });
  });

  it('are inspected as results and as small pictures, which changes nothing', async () => {
    await withKernel(['cpu'], async (kernel) => {
      await kernel.run(`import * as pv from 'parseval';
        const image = pv.randn([3, 40, 60], { seed: 1 }); const wave = pv.arange(64).mul(0.5).sin(); const z = pv.fft.rfft(wave); const n = 5;
        const w = pv.ones([2], { requiresGrad: true }); w.mul(3).sum().backward(); pv.seed(7);`);
      const size = async (name: string, as: 'thumbnail' | 'spectrum'): Promise<string> => {
        const png = PNG.sync.read(Buffer.from(String((await kernel.process.inspect(name, as))?.['image/png']), 'base64'));
        return `${png.width}×${png.height}`;
      };
      expect(await kernel.process.inspect('n', 'value')).to.deep.equal({ 'text/plain': '5' });
      expect((await kernel.process.inspect('w', 'value'))?.['text/plain']).to.match(/^Tensor \[2\] float64 on cpu/);
      expect([await size('image', 'thumbnail'), await size('image', 'spectrum')]).to.deep.equal(['120×80', '120×80']);
      expect([await size('wave', 'thumbnail'), await size('wave', 'spectrum')]).to.deep.equal(['160×48', '160×48']);
      expect([await size('z', 'thumbnail'), await size('z', 'spectrum')]).to.deep.equal(['160×48', '160×48']);
      expect(await kernel.process.inspect('n', 'thumbnail')).to.equal(null);
      expect(await kernel.process.inspect('unknown', 'value')).to.equal(null);
      const { text } = await kernel.run('[(await w.grad!.data()).join(), (await pv.randn([1]).item()).toFixed(6), z.requiresGrad]');
      const untouched = await withKernel(['cpu'], (other) =>
        other.run("import * as pv from 'parseval'; pv.seed(7); ['3,3', (await pv.randn([1]).item()).toFixed(6), false]"),
      );
      expect(text).to.equal(untouched.text);
    });
  });
});

describe('kernel process: its end', () => {
  it('comes at once, with what it is, where nobody holds its pipes', () => {
    const { status, stderr } = spawnSync(process.execPath, [fileURLToPath(new URL('../../dist/kernel.js', import.meta.url))]);
    expect(status).to.equal(2);
    expect(stderr.toString()).to.equal('This is the kernel of notebooks: a host starts it, with pipes to speak to it.\n');
  });

  it('process.exit() ends it cleanly, with what was printed, and the host is told in words', async () => {
    await withKernel(['cpu'], async (kernel) => {
      let printed = '';
      kernel.onOutput = (output) => (printed += textOf(output));
      const error = await rejection(kernel.run("console.log('last words'); process.exit(3)"));
      expect(error).to.be.instanceOf(KernelDied);
      expect(error.message).to.equal('process.exit(3) ended the kernel');
      expect(await kernel.process.exited).to.equal('process.exit(3) ended the kernel');
      expect(printed).to.equal('last words\n');
      expect(await rejection(kernel.run('1'))).to.be.instanceOf(KernelDied);
      await kernel.process.interrupt();
    });
  });

  it('process.exit() with work of the GPU under way ends it cleanly', async () => {
    await withKernel(['node'], async (kernel) => {
      const error = await rejection(kernel.run(`${library} void x.matmul(x).data(); process.exit(0)`));
      expect(error.message).to.equal('process.exit(0) ended the kernel');
    });
  });

  it('a heap that is full is told as such', async function () {
    this.timeout(120_000);
    await withKernel(
      ['cpu'],
      async (kernel) => {
        const error = await rejection(kernel.run('const all = []; for (;;) all.push(new Array(1000).fill({}))'));
        expect(error.message).to.match(/^the kernel ran out of memory: /);
      },
      { nodeArguments: ['--max-old-space-size=128'] },
    );
  });

  it('a kill from outside, a crash and a program that is not there are told apart', async () => {
    await withKernel(['cpu'], async (kernel) => {
      await rejection(kernel.run("process.kill(process.pid, 'SIGKILL')"));
      expect(await kernel.process.exited).to.match(/^the kernel was killed from outside \(SIGKILL\)/);
    });
    await withKernel(['cpu'], async (kernel) => {
      await rejection(kernel.run('process.abort()'));
      expect(await kernel.process.exited).to.match(/^the kernel crashed \(SIGABRT\), perhaps in native code/);
    });
    const missing = await rejection(withKernel(['cpu'], () => Promise.resolve(), { node: '/nowhere/node' }));
    expect(missing.message).to.match(/^\/nowhere\/node could not be started: .*ENOENT/);
    const broken = await rejection(withKernel(['cpu'], () => Promise.resolve(), { script: '/nowhere/kernel.js' }));
    expect(broken.message).to.match(
      /^the kernel did not start: the process ended with exit code 1\n[^]*Cannot find module '\/nowhere\/kernel\.js'/,
    );
  });

  it('a check that failed in Node is told before the native stack', async () => {
    await withKernel(['cpu'], async (kernel) => {
      await rejection(kernel.run("(process as any).binding('fs').internalModuleStat()"));
      expect(await kernel.process.exited).to.match(/^the kernel crashed \(SIGABRT\): Assertion [^\n]*IsString\(\)[^\n]* said last:\n/);
    });
  });

  it('is gone soon after its host, though a cell loops', async () => {
    const script = `
      import { withKernel } from ${JSON.stringify(new URL('kernels.ts', import.meta.url).href)};
      await withKernel(['cpu'], async (kernel) => {
        kernel.onOutput = () => console.log(kernel.process.pid);
        await kernel.run("console.log('looping'); for (;;);");
      });`;
    const host = spawn(process.execPath, ['--import', './test/register.mjs', '--input-type=module', '--eval', script], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    const pid = await new Promise<number>((resolve) => host.stdout.once('data', (data: Buffer) => resolve(Number(data.toString()))));
    expect(isAlive(pid)).to.equal(true);
    host.kill('SIGKILL');
    while (isAlive(pid)) await new Promise((resolve) => setTimeout(resolve, 20));
  });
});

/** Whether a process runs; one that has ended and that nobody asked about yet does not. */
function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return !existsSync(`/proc/${pid}/stat`) || !/\) Z /.test(readFileSync(`/proc/${pid}/stat`, 'utf8'));
  } catch {
    return false;
  }
}
