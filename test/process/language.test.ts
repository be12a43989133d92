import { expect } from 'chai';
import { execFile } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { LanguageDied, LanguageProcess } from '../../src/extension/language-process.js';

const root = fileURLToPath(new URL('../..', import.meta.url));
const script = join(root, 'dist/language.js');

describe('the language service process', function () {
  this.timeout(60_000);
  let log = '';
  let stale: string[][] = [];
  let process_: LanguageProcess;
  const start = (file = script): LanguageProcess => {
    log = '';
    stale = [];
    return LanguageProcess.start({
      node: process.execPath,
      script: file,
      env: process.env,
      onStale: (notebooks) => stale.push([...notebooks]),
      onLog: (text) => (log += text),
    });
  };
  const cells = (notebook: string, ...codes: string[]): void =>
    process_.send('cells', {
      notebook,
      folder: '/tmp',
      cells: codes.map((code, index) => ({ cell: `c${index + 1}`, code, language: 'typescript' as const })),
    });
  const check = async (notebook: string, number: number, code: string): Promise<string[]> => {
    const found = await process_.request('check', { notebook, cell: `c${number}`, number, code, language: 'typescript' });
    return found?.diagnostics.map(({ message }) => message) ?? [];
  };
  const ran = (notebook: string, number: number, code: string): void =>
    process_.send('ran', { notebook, cell: `c${number}`, code, language: 'typescript' });

  afterEach(() => process_.kill());

  it('finds the types of parseval, Node and WebGPU from where it is built', async () => {
    process_ = start();
    const code = `import * as pv from 'parseval'; import { join } from 'node:path'; let b: GPUBuffer; pv.zeros([1]).a; join().b; b!.c; console.d`;
    cells('n', code);
    expect(await check('n', 1, code)).to.deep.equal([
      `Property 'a' does not exist on type 'Tensor'.`,
      `Property 'b' does not exist on type 'string'.`,
      `Property 'c' does not exist on type 'GPUBuffer'.`,
      `Property 'd' does not exist on type 'Console'.`,
    ]);
    expect(log).to.equal('');
  });

  it('answers for several notebooks, which see nothing of each other', async () => {
    process_ = start();
    cells('one', 'const x = 1', 'x.toFixed()');
    cells('two', `const x = 'text'`, 'x.toFixed()');
    for (const notebook of ['one', 'two']) ran(notebook, 1, notebook === 'one' ? 'const x = 1' : `const x = 'text'`);
    const answers = await Promise.all(['one', 'two'].map((notebook) => check(notebook, 2, 'x.toFixed()')));
    expect(answers).to.deep.equal([[], [`Property 'toFixed' does not exist on type '"text"'. Did you mean 'fixed'?`]]);
  });

  it('answers with an error for what is not open, and goes on', async () => {
    process_ = start();
    const error: unknown = await check('none', 1, '1').catch((reason: unknown) => reason);
    expect(error)
      .to.be.instanceOf(Error)
      .with.property('message')
      .that.matches(/notebook none is not open/);
    cells('n', '1');
    expect(await check('n', 1, '1')).to.deep.equal([]);
  });

  it('is started again when it was killed, and knows the cells and what ran', async () => {
    process_ = start();
    cells('n', 'let x = 1', 'x.foo', '');
    cells('closed', 'let y = 1');
    process_.send('closed', { notebook: 'closed' });
    cells('fresh', 'let z = 1', 'z');
    for (const code of ['let x = { foo: 1 }', 'let x = 1', 'let x = { foo: 1 }']) ran('n', 1, code);
    ran('fresh', 1, 'let z = 1');
    process_.send('restarted', { notebook: 'fresh' });
    cells('fresh', '', 'z');
    expect(await check('n', 2, 'x.foo')).to.deep.equal([]);
    const { pid } = process_;
    if (pid === undefined) throw new Error('no process');
    process.kill(pid, 'SIGKILL');
    const lost: unknown = await check('n', 2, 'x.foo').catch((reason: unknown) => reason);
    if (lost instanceof Error) expect(lost).to.be.instanceOf(LanguageDied);
    expect(await check('n', 2, 'x.bar')).to.deep.equal([`Property 'bar' does not exist on type '{ foo: number; }'.`]);
    expect(process_.pid).to.not.equal(pid);
    expect(await check('fresh', 2, 'z')).to.deep.equal([`Cannot find name 'z'.`]);
    expect(await check('closed', 1, 'y').catch((reason: unknown) => String(reason))).to.match(/not open/);
    expect(stale).to.deep.equal([['n', 'fresh']]);
    expect(log).to.match(/killed by SIGKILL.*started again/);
  });

  it('takes what ran along when a notebook gets another address, and tells it to the next process', async () => {
    process_ = start();
    const expectMoved = async (): Promise<void> => {
      expect(await check('new', 2, 'x.bar')).to.deep.equal([`Property 'bar' does not exist on type '{ foo: number; }'.`]);
      expect(await check('old', 2, 'x.bar').catch((reason: unknown) => String(reason))).to.match(/notebook old is not open/);
    };
    cells('old', 'let x = { foo: 1 }', 'x.bar');
    ran('old', 1, 'let x = { foo: 1 }');
    cells('new', '', 'x.bar');
    expect(await check('new', 2, 'x.bar')).to.deep.equal([`Cannot find name 'x'.`]);
    process_.send('moved', { notebook: 'old', to: 'new' });
    cells('new', '', 'x.bar');
    await expectMoved();
    const { pid } = process_;
    if (pid === undefined) throw new Error('no process');
    process.kill(pid, 'SIGKILL');
    await check('new', 2, 'x.bar').catch((reason: unknown) => expect(reason).to.be.instanceOf(LanguageDied));
    await expectMoved();
  });

  it('says why it is gone when it ends again and again, or cannot be started', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'parseval-language-'));
    const broken = join(folder, 'broken.mjs');
    writeFileSync(broken, `console.error('no types here'); process.exit(3)`);
    process_ = start(broken);
    expect(await process_.exited).to.equal('the process ended with exit code 3');
    expect(log.match(/no types here/g)).to.have.length(3);
    expect(await check('n', 1, '1').catch((reason: unknown) => String(reason))).to.match(/LanguageDied: .*exit code 3/);
    rmSync(folder, { recursive: true });
    process_ = LanguageProcess.start({ node: '/no/such/node', script, env: {}, onStale: () => undefined, onLog: () => undefined });
    expect(await process_.exited).to.match(/no\/such\/node could not be started/);
  });

  it('ends when its host does', async () => {
    const host = `
      import { startChild } from ${JSON.stringify(join(root, 'src/protocol/child.ts'))};
      const child = startChild({ node: process.execPath, script: ${JSON.stringify(script)}, env: process.env, pipes: 1, onText: () => {} });
      console.log(child.process.pid);
      setInterval(() => {}, 1000);`;
    const parent = execFile(process.execPath, ['--import', join(root, 'test/register.mjs'), '--input-type=module', '--eval', host]);
    const [text] = (await once(parent.stdout ?? parent, 'data')) as [string];
    parent.kill('SIGKILL');
    const pid = Number(text);
    await gone(pid);
  });
});

/** Resolves when the process does not exist any more. */
async function gone(pid: number): Promise<void> {
  for (;;) {
    try {
      process.kill(pid, 0);
      // A process whose parent is gone and that nobody has waited for is gone, too.
      if (/^State:\s+Z/m.test(readFileSync(`/proc/${pid}/status`, 'utf8'))) return;
    } catch {
      return;
    }
    await new Promise((resolve) => setImmediate(resolve));
  }
}

describe('parseval run and type errors', function () {
  this.timeout(60_000);
  let folder = '';
  beforeEach(() => (folder = mkdtempSync(join(tmpdir(), 'parseval-run-types-'))));
  afterEach(() => rmSync(folder, { recursive: true }));

  interface Ended {
    readonly code: number;
    readonly out: string;
    readonly err: string;
    readonly outputs: readonly (readonly Record<string, unknown>[])[];
  }

  async function run(sources: readonly (string | { source: string; language: string })[], ...args: string[]): Promise<Ended> {
    const file = join(folder, 'a.ipynb');
    const given = sources.map((each) =>
      typeof each === 'string'
        ? { source: each, metadata: {} }
        : { source: each.source, metadata: { vscode: { languageId: each.language } } },
    );
    const json = {
      nbformat: 4,
      nbformat_minor: 4,
      metadata: {},
      cells: given.map((cell) => ({ cell_type: 'code', outputs: [], execution_count: null, ...cell })),
    };
    writeFileSync(file, JSON.stringify(json));
    const { PARSEVAL_DEVICE: _device, ...env } = process.env;
    const ended = await new Promise<Pick<Ended, 'code' | 'out' | 'err'>>((resolve) => {
      execFile(process.execPath, [join(root, 'dist/cli.js'), 'run', file, '--device', 'cpu', ...args], { env }, (error, out, err) =>
        resolve({ code: error === null ? 0 : Number(error.code ?? -1), out, err }),
      );
    });
    const { cells } = JSON.parse(readFileSync(file, 'utf8')) as { cells: { outputs: Record<string, unknown>[] }[] };
    return { ...ended, outputs: cells.map(({ outputs }) => outputs) };
  }

  it('stops at a cell with a type error before it runs, and shows it', async () => {
    const { code, out, err, outputs } = await run(['let n = 1; console.log("one")', 'console.log("two");\nn = "text"', '3']);
    expect(code).to.equal(1);
    expect(out).to.include(`    Type error: Type 'string' is not assignable to type 'number'.\n`).and.include('    at cell 2:2:1\n');
    expect(out).to.not.match(/^ *two$/m);
    expect(err).to.match(/^Stopped at cell 2 of 3/);
    expect(outputs.map((list) => list.map(({ output_type: type }) => type))).to.deep.equal([['stream'], ['error'], []]);
    expect(outputs[1]?.[0]).to.include({ ename: 'Type error', evalue: `Type 'string' is not assignable to type 'number'.` });
  });

  it('goes on after such a cell with --allow-errors, in which its names are not declared', async () => {
    const { code, out, outputs } = await run(['let n: number = "x"', 'typeof n', '4'], '--allow-errors');
    expect(code).to.equal(0);
    expect(out).to.match(/\n1 of 3 cells failed\.\n$/);
    expect(outputs.map((list) => list.length)).to.deep.equal([1, 1, 1]);
  });

  it('warns and runs with --type-errors warn', async () => {
    const { code, out, outputs } = await run(['let n: number = "text"; n'], '--type-errors', 'warn');
    expect(code).to.equal(0);
    expect(out).to.include(`Type error: Type 'string' is not assignable to type 'number'.`).and.include(`'text'`);
    expect(outputs[0]?.map(({ output_type: type, name }) => name ?? type)).to.deep.equal(['stderr', 'execute_result']);
  });

  it('leaves errors of syntax to the compiler, and cells of JavaScript unchecked', async () => {
    const { out } = await run([{ source: 'let n = null - 1; n', language: 'javascript' }, 'let x = ;'], '--allow-errors');
    expect(out)
      .to.match(/^ {4}-1$/m)
      .and.match(/SyntaxError: Expression expected/)
      .and.not.match(/Type error/);
  });

  it('finds local files and packages from the folder of the notebook', async () => {
    writeFileSync(join(folder, 'helper.ts'), 'export const h: number = 1');
    mkdirSync(join(folder, 'node_modules/pack'), { recursive: true });
    writeFileSync(join(folder, 'node_modules/pack/package.json'), '{"name":"pack","main":"i.js"}');
    writeFileSync(join(folder, 'node_modules/pack/i.js'), 'exports.p = 2');
    const { code, out } = await run([`import { h } from './helper'; import { p } from 'pack'; h + p`, 'h.foo']);
    expect(code).to.equal(1);
    expect(out)
      .to.match(/^ {4}3$/m)
      .and.include(`Property 'foo' does not exist on type 'number'`);
  });

  it('refuses an unknown choice with code 2', async () => {
    const { code, err } = await run(['1'], '--type-errors', 'ignore');
    expect(code).to.equal(2);
    expect(err).to.match(/'ignore' is invalid\. Allowed choices are stop, warn/);
  });
});
