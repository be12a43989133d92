import { expect } from 'chai';
import { existsSync, lstatSync, mkdirSync, readdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { inProcess, useCommand } from './command.js';

/** A PNG of 3 × 2 pixels, as far as its header. */
const png = Buffer.concat([
  Buffer.from('89504e470d0a1a0a0000000d49484452', 'hex'),
  Buffer.from('0000000300000002', 'hex'),
  Buffer.alloc(20),
]).toString('base64');

describe('parseval run', () => {
  const { path, write, cellsOf, parseval } = useCommand();

  it('writes the outputs into the notebook, with counts and results', async () => {
    write('a.ipynb', '# Title', 'let a = 1; console.log("hello")', '', 'a + 1');
    const { code, out } = await parseval(['run', 'a.ipynb']);
    expect(code).to.equal(0);
    const [, first, empty, last] = cellsOf('a.ipynb');
    expect(first).to.deep.include({
      execution_count: 1,
      outputs: [{ name: 'stdout', output_type: 'stream', text: ['hello\n'] }],
    });
    expect(empty).to.deep.include({ execution_count: null, outputs: [] });
    expect(last?.outputs?.[0]).to.deep.equal({
      data: { 'text/plain': ['2'] },
      execution_count: 2,
      metadata: {},
      output_type: 'execute_result',
    });
    expect(out).to.match(/^\[1\/2\] Title\n {4}hello\n {4}done in \d+ ms\n\[2\/2\] a \+ 1\n {4}2\n {4}done in/m);
    expect(readdirSync(path())).to.deep.equal(['a.ipynb']);
  });

  it('writes to --out, with the pictures beside it, and leaves the notebook alone', async () => {
    const show = (text: string): string => `emit(Promise.resolve({ 'text/plain': '${text}', 'image/png': '${png}' }))`;
    write('a.ipynb', `import { emit } from 'parseval'; ${show('one')}; ${show('two')}`, '1', show('three'));
    mkdirSync(path('out/b_files'), { recursive: true });
    writeFileSync(path('out/b_files/cell-9-1.png'), 'of an earlier run');
    const before = readFileSync(path('a.ipynb'), 'utf8');
    const { code, out } = await parseval(['run', 'a.ipynb', '--out', 'out/b.ipynb']);
    expect(code).to.equal(0);
    expect(readFileSync(path('a.ipynb'), 'utf8')).to.equal(before);
    expect(cellsOf('out/b.ipynb')[0]?.outputs).to.have.length(2);
    expect(readdirSync(path('out/b_files'))).to.deep.equal(['cell-1-1.png', 'cell-1-2.png', 'cell-3-1.png']);
    expect(readFileSync(path('out/b_files/cell-1-1.png')).toString('base64')).to.equal(png);
    expect(out).to.include('    one\n    [image/png: 3 × 2, 0.0 kB]\n').and.include('Picture:  out/b_files/cell-3-1.png\n');
  });

  it('makes what cells and their files write to the process an output of the cell, and prints it once', async () => {
    writeFileSync(path('loud.cjs'), "console.log('by a file'); console.error('its error');");
    write(
      'a.ipynb',
      "import './loud.cjs'; await null; process.stdout.write('by '); console.log('the cell'); process.stderr.write('done\\n'); undefined",
      "await new Promise((resolve) => process.stdout.write(Buffer.from('bytes\\n'), resolve))",
    );
    const { out, err } = await parseval(['run', 'a.ipynb']);
    const stream = (name: string, ...text: string[]): object => ({ name, output_type: 'stream', text });
    const [first, second] = cellsOf('a.ipynb');
    expect(first?.outputs).to.deep.equal([
      stream('stdout', 'by a file\n'),
      stream('stderr', 'its error\n'),
      stream('stdout', 'by the cell\n'),
      stream('stderr', 'done\n'),
    ]);
    expect(second?.outputs).to.deep.equal([stream('stdout', 'bytes\n')]);
    expect(out.match(/^ {4}(by a file|its error|by the cell|done|bytes)$/gm)).to.deep.equal([
      '    by a file',
      '    its error',
      '    by the cell',
      '    done',
      '    bytes',
    ]);
    expect(err).to.equal('');
  });

  it('stops at a failing cell with its traceback and code 1; what ran before is saved', async () => {
    write('a.ipynb', '"first"', '\n  null!.x', '"never"');
    const { code, out, err } = await parseval(['run', 'a.ipynb']);
    expect(code).to.equal(1);
    expect(out)
      .to.include("    TypeError: Cannot read properties of null (reading 'x')\n      1 |\n    > 2 |   null!.x\n")
      .and.include('        at cell 2:2:9\n    failed in');
    expect(err).to.equal('Stopped at cell 2 of 3, which failed. What ran so far is saved in a.ipynb.\n');
    const cells = cellsOf('a.ipynb');
    expect(cells.map(({ outputs }) => outputs?.[0]?.output_type)).to.deep.equal(['execute_result', 'error', undefined]);
    expect(cells[1]?.outputs?.[0]).to.include({ ename: 'TypeError' });
  });

  it('goes on with --allow-errors and says how many failed', async () => {
    write('a.ipynb', 'throw 1', 'let x = ;', '3');
    const { code, out } = await parseval(['run', 'a.ipynb', '--allow-errors']);
    expect(code).to.equal(0);
    expect(out).to.match(/\n2 of 3 cells failed\.\n$/);
    expect(cellsOf('a.ipynb')[2]?.outputs).to.have.length(1);
  });

  it('saves after every cell', async () => {
    write(
      'a.ipynb',
      '"first"',
      "import { readFileSync } from 'node:fs'; JSON.parse(readFileSync('a.ipynb', 'utf8')).cells[0].outputs.length",
    );
    const { out } = await parseval(['run', 'a.ipynb']);
    expect(out).to.include('    1\n');
  });

  it('runs cells in the folder of the notebook', async () => {
    mkdirSync(path('deep'));
    write('deep/a.ipynb', 'process.cwd() === import.meta.dirname');
    expect((await parseval(['run', 'deep/a.ipynb', '--out', 'b.ipynb'])).out).to.include('    true\n');
    expect(existsSync(path('b.ipynb'))).to.equal(true);
  });

  it('writes through a link and keeps it', async () => {
    write('real.ipynb', '1');
    symlinkSync('real.ipynb', path('a.ipynb'));
    await parseval(['run', 'a.ipynb']);
    expect(lstatSync(path('a.ipynb')).isSymbolicLink()).to.equal(true);
    expect(cellsOf('real.ipynb')[0]?.outputs).to.have.length(1);
  });

  it('prints a summary of what the cells have for it', async () => {
    const mime = 'application/vnd.parseval.summary.v1+json';
    write(
      'a.ipynb',
      `import { emit } from 'parseval'; emit(Promise.resolve({ '${mime}': { device: 'cpu', 'max error': 1e-7 } }))`,
      `emit(Promise.resolve({ '${mime}': { device: 'node' }, 'text/plain': '' }))`,
    );
    const { out } = await parseval(['run', 'a.ipynb']);
    expect(out).to.match(/\nSummary\n {2}device {5}node\n {2}max error {2}1e-7\n$/);
  });

  it('falls back to the cpu and says why', async () => {
    write('a.ipynb', '1');
    expect((await parseval(['run', 'a.ipynb'])).out).to.match(
      /^Device: cpu \(float64 reference\), because 'node' does not work: no Vulkan driver\n/,
    );
    expect((await parseval(['run', 'a.ipynb', '--device', 'cpu'])).out).to.match(/^Device: cpu \(float64 reference\)\n/);
    const refused = await parseval(['run', 'a.ipynb', '--device', 'node']);
    expect(refused).to.deep.include({
      code: 1,
      err: "parseval: The device 'node' does not work: no Vulkan driver. Use --device cpu, or --device auto to fall back to it.\n",
    });
  });

  it('leaves, though cells left timers behind', async () => {
    write('a.ipynb', 'setInterval(() => {}, 1000); 1');
    expect((await parseval(['run', 'a.ipynb'])).code).to.equal(0);
  });

  it('saves what a cell put out and leaves with 130 on an interrupt', async () => {
    write('a.ipynb', '"first"', 'console.log("working"); await new Promise((r) => setTimeout(r, 60000))', '3');
    const { code, err } = await parseval(['run', 'a.ipynb'], (out, kill) => {
      if (!out.includes('    working\n')) return false;
      kill('SIGINT');
      return true;
    });
    expect(code).to.equal(130);
    expect(err).to.include('Cell 2 of 3: Interrupted. What ran so far is saved in a.ipynb.');
    const cells = cellsOf('a.ipynb');
    expect(cells[0]?.outputs).to.have.length(1);
    expect(cells[1]?.outputs?.map(({ output_type: type }) => type)).to.deep.equal(['stream', 'error']);
  });

  it('leaves with 130 on an interrupt of a cell that never yields, with the cells before it saved', async () => {
    write('a.ipynb', '"first"', 'console.log("working"); for (;;) {}');
    const { code, err } = await parseval(['run', 'a.ipynb'], (out, kill) => {
      if (!out.includes('    working\n')) return false;
      kill('SIGINT');
      return true;
    });
    expect(code).to.equal(130);
    expect(err).to.include('did not stop and was ended');
    expect(cellsOf('a.ipynb')[0]?.outputs).to.have.length(1);
  });

  it('reports a process that dies, with the cells before it saved', async () => {
    write('a.ipynb', '"first"', "process.kill(process.pid, 'SIGKILL'); await new Promise((r) => setTimeout(r, 5000))");
    const { code, err } = await parseval(['run', 'a.ipynb']);
    expect(code).to.equal(1);
    expect(err).to.include("The notebook's process died (SIGKILL). What ran before this cell is saved.");
    expect(cellsOf('a.ipynb')[0]?.outputs).to.have.length(1);
  });

  it('reports a cell that ends the process, or that awaits what never comes', async () => {
    write('a.ipynb', 'console.log("so far"); process.exit(0)');
    const exited = await parseval(['run', 'a.ipynb']);
    expect(exited.code).to.equal(1);
    expect(exited.err).to.include('Cell 1 of 1: The cell ended the process (exit code 0).');
    expect(cellsOf('a.ipynb')[0]?.outputs).to.have.length(2);
    write('a.ipynb', 'await new Promise(() => {})');
    const stuck = await parseval(['run', 'a.ipynb']);
    expect(stuck.code).to.equal(1);
    expect(stuck.err).to.include('The cell awaits something that will never come.');
  });

  const misuse: readonly (readonly [name: string, args: readonly string[], message: RegExp])[] = [
    ['a missing notebook', ['run', 'none.ipynb'], /none\.ipynb: there is no such file/],
    ['a folder', ['run', '.'], /: this is a folder/],
    ['a broken notebook', ['run', 'broken.ipynb'], /broken\.ipynb: it is not JSON/],
    ['no notebook', ['run'], /missing required argument 'notebook'/],
    ['an unknown option', ['run', 'a.ipynb', '--fast'], /unknown option '--fast'/],
    ['an unknown device', ['run', 'a.ipynb', '--device', 'tpu'], /'tpu' is invalid\. Allowed choices are auto, node, cpu/],
    ['an unknown command', ['walk'], /unknown command 'walk'/],
    ['too many arguments', ['run', 'a.ipynb', 'b.ipynb'], /too many arguments/],
  ];
  for (const [name, args, message] of misuse) {
    it(`refuses ${name} with code 2`, async () => {
      writeFileSync(path('broken.ipynb'), '{"cells": ');
      const { code, err } = await inProcess(args.map((arg) => (/ipynb$|^\.$/.test(arg) ? join(path(), arg) : arg)));
      expect(code).to.equal(2);
      expect(err).to.match(message);
    });
  }

  it('refuses a device in PARSEVAL_DEVICE that it does not know', async () => {
    const { code, err } = await parseval(['run', 'a.ipynb'], undefined, { PARSEVAL_DEVICE: 'abacus' });
    expect(code).to.equal(2);
    expect(err).to.match(/abacus/);
  });

  it('tells how to use it, with code 0', async () => {
    const { code, out } = await inProcess(['run', '--help']);
    expect(code).to.equal(0);
    expect(out).to.include('--allow-errors');
  });
});

describe('parseval devices', () => {
  it('lists the devices, and why one does not work', async () => {
    expect((await inProcess(['devices'])).out).to.equal('cpu   works  float64 reference\nnode  -      no Vulkan driver\n');
  });
});
