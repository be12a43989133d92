// Interrupting a kernel process, whatever its cell does, keeps all state: variables, and tensors with the right values.
import { expect } from 'chai';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { TestKernel } from './kernels.js';
import { withKernel } from './kernels.js';

/** What cells do when they are interrupted; each prints `running` first. */
const kinds: Readonly<Record<string, string>> = {
  'an endless loop': "console.log('running'); for (;;) n++;",
  'a loop after an await': "await new Promise((r) => setTimeout(r, 2)); console.log('running'); for (;;) n++;",
  'an endless chain of promises': "console.log('running'); await (async () => { for (;;) await null })()",
  'a chain without await': "console.log('running'); const again = (): Promise<void> => Promise.resolve().then(again); await again()",
  'a helper of another cell': "console.log('running'); await helper()",
  'a promise that never settles': "console.log('running'); await new Promise(() => {})",
  'operations on tensors': "console.log('running'); { let z = x; for (;;) z = z.add(1) }",
  'reads of tensors': "console.log('running'); { let z = x; for (;;) { z = z.mul(0.5); await z.data() } }",
  'a long computation': "const late = power(large, 200); console.log('running'); await late.data()",
  'what an earlier cell recorded': "console.log('running'); for (;;) { await recorded.data(); await power(shift, 50).data() }",
  'training steps': "console.log('running'); for (;;) await step();",
  'training steps that are not awaited': "console.log('running'); for (;;) void step();",
  'errors that are swallowed': "console.log('running'); for (;;) { try { x.add(1) } catch {} }",
  'rejections that are swallowed': "console.log('running'); for (;;) { try { await x.add(1).data() } catch {} }",
  'a loop inside of grad': "console.log('running'); pv.grad(() => { for (;;); })(x)",
  'a loop inside of noGrad and tidy': "console.log('running'); pv.noGrad(() => pv.tidy(() => { x.add(1); for (;;); }))",
  'a loop inside of a backward by hand':
    "const own = pv.customOp({ forward: (a) => a.mul(2), backward: () => { console.log('running'); for (;;); } }); own(first).sum().backward()",
  'the callback of a timer': "setTimeout(() => { console.log('running'); for (;;); }, 1); await new Promise(() => {})",
  'the callbacks of timers due at once':
    "for (let i = 0; i < 5; i++) setTimeout(() => { console.log('running'); for (;;); }, 1); await new Promise(() => {})",
  'the callback of an interval': "setInterval(() => { console.log('running'); for (;;); }, 1); await new Promise(() => {})",
  'the callback of an immediate':
    "setImmediate(() => { console.log('running'); for (;;); }); setImmediate(() => {}); await new Promise(() => {})",
  'a callback of the next tick': "process.nextTick(() => { console.log('running'); for (;;); }); await new Promise(() => {})",
  'an endless chain of microtasks':
    "{ const again = () => queueMicrotask(again); console.log('running'); again(); await new Promise(() => {}) }",
  'a callback of Node': "(await import('node:fs')).readFile('/', () => { console.log('running'); for (;;); }); await new Promise(() => {})",
  'within asynchronous storage':
    "const { AsyncLocalStorage } = await import('node:async_hooks'); await new AsyncLocalStorage<number>().run(1, async () => { await null; console.log('running'); for (;;); })",
  printing: "console.log('running'); for (;;) console.log('x'.repeat(100));",
  'printing tensors': "console.log('running'); for (;;) console.log(x);",
  'a progress bar': "for (const i of pv.progress(forever())) if (i === 1000) console.log('running');",
  'the comparison of a sort': "console.log('running'); [3, 1, 2].sort(() => { for (;;); })",
  'code that is evaluated': "console.log('running'); (0, eval)('for (;;);')",
  'code in a context of its own': "(await import('node:vm')).runInNewContext('say(); for (;;);', { say: () => console.log('running') });",
  'the display of a result': "console.log('running'); ({ [pv.DISPLAY]() { for (;;); } })",
  'an error that is shown': "console.log('running'); throw { get [Symbol.toStringTag]() { for (;;); } }",
  'the release of a resource': "using r = { [Symbol.dispose]() { console.log('running'); for (;;); } };",
  'a local file': "await import('./loop.ts')",
  'a figure': "console.log('running'); for (;;) await pv.show.image(x);",
};

const setup = `
  import * as pv from 'parseval';
  let n = 0;
  const x = pv.tensor([[1, 2], [3, 4]]);
  // A permutation of 64 places by one: its powers are known exactly.
  const places = 64;
  const shift = pv.tensor(Array.from({ length: places }, (_, i) => Array.from({ length: places }, (_, j) => Number(j === (i + 1) % places))));
  const power = (a: pv.Tensor, k: number) => { let y = a; for (let i = 1; i < k; i++) y = y.matmul(a); return y };
  const recorded = power(shift, 100);
  const large = pv.randn(x.device === 'cpu' ? [96, 96] : [768, 768], { seed: 1 });
  const [first, second] = [pv.zeros([2], { requiresGrad: true }), pv.zeros([2], { requiresGrad: true })];
  const optimizer = new pv.optim.SGD([first, second], { lr: 1 });
  const step = () => { optimizer.zeroGrad(); first.sum().add(second.sum()).backward(); return optimizer.step() };
  async function helper() { for (;;) await new Promise((r) => setTimeout(r, 1)).then(() => n++) }
  function* forever() { for (let i = 0; ; i++) yield i }`;

/** What must hold after every interrupt. Every step moves both parameters by one: they are never apart. */
const check = `
  const [a, b] = [await first.data(), await second.data()];
  const where = (await recorded.data()).findIndex((v) => v !== 0);
  [(await x.data()).join(), (await x.add(1).sum().item()), Number.isInteger(n), a.every((v) => v === b[0]) && a[0] === b[1] && Number.isInteger(a[0]), where].join(' ')`;
const whole = `'1,2,3,4 14 true true ${100 % 64}'`;

async function prepared(kernel: TestKernel): Promise<TestKernel> {
  await writeFile(join(kernel.folder, 'loop.ts'), "console.log('running'); for (;;);");
  const { status, text } = await kernel.run(setup);
  expect(status, text).to.equal('ok');
  return kernel;
}

for (const device of ['cpu', 'node'] as const) {
  describe(`interrupting a kernel on ${device}`, function () {
    this.timeout(180_000);

    it('keeps all state, whatever runs, more than 50 times in a row', async () => {
      await withKernel([device], async (started) => {
        const kernel = await prepared(started);
        const entries = Object.entries(kinds);
        // The cheap half comes by twice, at another moment.
        const rounds = [
          ...entries.map((entry) => [...entry, 10] as const),
          ...entries.slice(0, 20).map((entry) => [...entry, 45] as const),
        ];
        expect(rounds.length).to.be.above(50);
        for (const [what, code, later] of rounds) {
          const { status, outputs } = await kernel.interrupted(code, later);
          expect(status, what).to.equal('interrupted');
          const error = outputs.at(-1);
          expect(error, what).to.include({ output_type: 'error', ename: 'Interrupted' });
          const { text } = await kernel.run(check);
          expect(text, `after ${what}`).to.equal(whole);
        }
      });
    });

    it('leaves nothing of the cell running', async () => {
      await withKernel([device], async (started) => {
        const kernel = await prepared(started);
        const ran = [
          "console.log('running'); await helper()",
          "console.log('running'); setInterval(() => n++, 1); await new Promise(() => {})",
          "console.log('running'); for (;;) { await new Promise((r) => setImmediate(r)); n++ }",
          "console.log('running'); for (;;) { await (await import('node:fs/promises')).readFile('/etc/hostname'); n++ }",
          "console.log('running'); for (;;) { await step(); n++ }",
        ];
        for (const code of ran) {
          expect((await kernel.interrupted(code)).status).to.equal('interrupted');
          const { text } = await kernel.run('const before = n; await new Promise((r) => setTimeout(r, 60)); n - before');
          expect(text, code).to.equal('0');
        }
      });
    });
  });
}

describe('interrupting a kernel', () => {
  it('shows the line where the cell was', async () => {
    await withKernel(['cpu'], async (kernel) => {
      const where = async (code: string): Promise<string> => {
        const { outputs } = await kernel.interrupted(code);
        const error = outputs.at(-1);
        return error?.output_type === 'error' ? `${error.evalue}: ${error.traceback.at(-1)?.trim()}` : 'no error';
      };
      expect(await where("console.log('running')\n\nlet i = 0\nfor (;;)\n  i++")).to.match(/^at cell 1:[45]:\d+: at cell 1:[45]:\d+$/);
      expect(await where("console.log('running')\nawait null\n  await new Promise(() => {})")).to.equal('at cell 2:3:3: at cell 2:3:3');
      expect(await where("import * as pv from 'parseval'; let z = pv.ones([1])\nconsole.log('running')\nfor (;;) z = z.add(1)")).to.match(
        /^at cell 3:3:1\d: at cell 3:3:1\d$/,
      );
    });
  });

  it('answers at once when nothing runs, and harms no cell that comes after', async () => {
    await withKernel(['cpu'], async (kernel) => {
      await kernel.process.interrupt();
      const [, ran] = await Promise.all([kernel.process.interrupt(), kernel.run("await new Promise((r) => setTimeout(r, 20)); 'whole'")]);
      expect(['ok', 'interrupted']).to.include(ran.status);
      expect((await kernel.run('1 + 1')).text).to.equal('2');
    });
  });

  it('stops what a cell left behind', async () => {
    await withKernel(['cpu'], async (kernel) => {
      const waiting = new Promise<void>((resolve) => (kernel.onOutput = () => resolve()));
      await kernel.run("let kept = 1; setTimeout(() => { for (;;) kept++; }, 1); console.log('left')");
      await waiting;
      await new Promise((resolve) => setTimeout(resolve, 30));
      await kernel.process.interrupt();
      expect((await kernel.run('kept > 1')).text).to.equal('true');
    });
  });

  it('puts out what the cell put out before, displays that were ready among it', async () => {
    await withKernel(['cpu'], async (kernel) => {
      const { text } = await kernel.interrupted(
        `import * as pv from 'parseval';
        console.log('running'); pv.display(1); pv.display({ [pv.DISPLAY]: () => new Promise(() => {}) }); console.log(pv.ones([1]));
        await new Promise((r) => setTimeout(r, 5)); for (;;);`,
      );
      expect(text).to.match(/^running\n1Tensor \[1\][^]*\nInterrupted\n/);
    });
  });

  it('a progress bar of the cell is shown as stopped', async () => {
    await withKernel(['cpu'], async (kernel) => {
      await kernel.interrupted(
        "import * as pv from 'parseval'; for (const i of pv.progress([1, 2, 3])) { console.log('running'); for (;;); }",
      );
      const data = kernel.updates.at(-1)?.[1]['application/vnd.parseval.progress.v1+json'];
      expect(data).to.include({ state: 'stopped', done: 0, total: 3 });
    });
  });

  it('many requests at once stop one cell, and each is answered', async () => {
    await withKernel(['cpu'], async (kernel) => {
      const running = kernel.run("console.log('running'); for (;;);");
      await new Promise<void>((resolve) => (kernel.onOutput = () => resolve()));
      await Promise.all(Array.from({ length: 20 }, () => kernel.process.interrupt()));
      expect((await running).status).to.equal('interrupted');
      expect((await kernel.run('1')).text).to.equal('1');
    });
  });

  it('a file that was interrupted while it was imported can be imported when it was mended, and unedited others keep their state', async () => {
    await withKernel(['cpu'], async (kernel) => {
      await writeFile(join(kernel.folder, 'kept.ts'), 'export const state = { count: 0 };');
      await writeFile(
        join(kernel.folder, 'broken.ts'),
        "import { state } from './kept.ts'; export const s = state; console.log('running'); while (globalThis.stuck ?? true);",
      );
      await kernel.run("import { state } from './kept.ts'; state.count = 5");
      expect((await kernel.interrupted("import * as broken from './broken.ts'")).status).to.equal('interrupted');
      expect((await kernel.run("globalThis.stuck = false; (await import('./broken.ts')).s === undefined")).text).to.equal('running\nfalse');
      expect((await kernel.run('state.count')).text).to.equal('5');
    });
  });
});
