import { expect } from 'chai';
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { inProcess, useCommand } from './command.js';
import { parseJunit } from './junit.js';

describe('parseval check', () => {
  const { path, write, parseval } = useCommand();

  /** A cell that shows the report of a check that passes, or does not. */
  const check = (ok: boolean): string => `import { gradcheck } from 'parseval'; await gradcheck(${ok})`;
  /** The lines behind the progress. */
  const lines = (out: string): string[] => out.split('\n').filter((line) => /^[✓✗–\d]/.test(line));

  it('says of each check whether gradients agree, runs no cell behind the last, and leaves the notebook as it is', async () => {
    write('a.ipynb', '# Good', check(true), '"between"', check(false), 'throw new Error("never run")');
    const before = readFileSync(path('a.ipynb'), 'utf8');
    const { code, out, err } = await parseval(['check', 'a.ipynb', '--device', 'cpu']);
    expect(code).to.equal(1);
    expect(out).to.match(
      /^a\.ipynb\nDevice: cpu .*\n\[1\/3\] Good\n {4}dw agrees to 3·10⁻⁷\n {4}in full\n {4}done in \d+ ms\n\[2\/3\] "between"\n/,
    );
    expect(lines(out)).to.deep.equal([
      '✓ a.ipynb, cell 1: dw agrees to 3·10⁻⁷',
      '✗ a.ipynb, cell 3: dw disagrees by 0.4 — dw: conjugate missing on Ĝ: Put .conj() behind G.',
      '1 of 2 gradient checks failed.',
    ]);
    expect(err).to.equal('');
    expect(readFileSync(path('a.ipynb'), 'utf8')).to.equal(before);
    expect(readdirSync(path())).to.deep.equal(['a.ipynb']);
  });

  it('checks several notebooks, each in a process of its own, and reports all that befell them', async () => {
    write('good.ipynb', check(true));
    write('dies.ipynb', check(true), `${check(true)}; process.kill(process.pid, 'SIGKILL'); await new Promise(() => {})`, check(true));
    write('leaves.ipynb', `import { gradcheck } from 'parseval'; gradcheck; process.exit(0)`, check(true));
    write('waits.ipynb', `${check(true)}; await new Promise(() => {})`);
    write('throws.ipynb', 'undefined!.x', check(true));
    write('none.ipynb', '"gradcheck(true)"');
    writeFileSync(path('broken.ipynb'), '{"cells": ');
    const names = ['good', 'dies', 'leaves', 'waits', 'throws', 'none', 'broken', 'missing'].map((name) => `${name}.ipynb`);
    const { code, out } = await parseval(['check', ...names, '--device', 'cpu', '--junit', 'deep/report.xml']);
    expect(code).to.equal(1);
    const expected = [
      /^✓ good\.ipynb, cell 1: dw agrees to 3·10⁻⁷$/,
      /^✓ dies\.ipynb, cell 1: dw agrees/,
      /^✗ dies\.ipynb, cell 2: did not end: The notebook's process died \(SIGKILL\)\.$/,
      /^✗ dies\.ipynb, cell 3: did not run, because cell 2 did not end: The notebook's process died \(SIGKILL\)\.$/,
      /^✗ leaves\.ipynb, cell 2: did not run, because cell 1 did not end: The cell ended the process \(exit code 0\)\.$/,
      /^✗ waits\.ipynb, cell 1: did not end: The cell awaits something that will never come\.$/,
      /^✗ throws\.ipynb, cell 2: did not run, because cell 1 failed: TypeError: Cannot read properties of undefined \(reading 'x'\)$/,
      /^– none\.ipynb: no cell checks gradients$/,
      /^✗ broken\.ipynb: it is not JSON/,
      /^✗ missing\.ipynb: there is no such file/,
      /^7 of 9 gradient checks failed\.$/,
    ];
    const found = lines(out);
    expect(found).to.have.length(expected.length);
    expected.forEach((pattern, at) => expect(found[at]).to.match(pattern));

    const root = parseJunit(readFileSync(path('deep/report.xml'), 'utf8'));
    expect(readdirSync(path('deep'))).to.deep.equal(['report.xml']);
    expect(root.attributes).to.include({ tests: '9', failures: '0', errors: '7' });
    expect(root.children.map(({ attributes }) => attributes.name)).to.deep.equal(names);
    const [notRun] = root.children[4]?.children ?? [];
    expect(notRun?.attributes.name).to.match(/^cell 2: import/);
    expect(notRun?.children[0]?.text).to.include('at cell 1:1:');
  });

  it('misses a check that is not shown where the report of another is displayed and the value of the cell', async () => {
    const code = `import { emit, gradcheck, host } from 'parseval';
      const a = await gradcheck(true); emit(host.bundleOf(a));`;
    write('hidden.ipynb', `${code} const b = await gradcheck(false); a`);
    write('twice.ipynb', `${code} a`);
    const hidden = await parseval(['check', 'hidden.ipynb', 'twice.ipynb', '--device', 'cpu', '--junit', 'report.xml']);
    expect(lines(hidden.out)).to.deep.equal([
      '✓ hidden.ipynb, cell 1: dw agrees to 3·10⁻⁷',
      '✗ hidden.ipynb, cell 1: makes 2 gradient checks, but shows 1 of their reports; pv.display each of them',
      '✓ twice.ipynb, cell 1: dw agrees to 3·10⁻⁷',
      '1 of 3 gradient checks failed.',
    ]);
    expect(hidden.code).to.equal(1);
    const suites = parseJunit(readFileSync(path('report.xml'), 'utf8')).children;
    expect(suites.map(({ children }) => children.length)).to.deep.equal([2, 1]);
  });

  it('takes each report of a loop, and asks for those that are not shown', async () => {
    const loop = (show: string): string => `import { emit, gradcheck, host } from 'parseval';
      for (const ok of [true, false]) { const report = await gradcheck(ok); ${show} }`;
    write('a.ipynb', loop('emit(host.bundleOf(report))'), loop('report.ok'));
    const { code, out } = await parseval(['check', 'a.ipynb', '--junit', 'report.xml']);
    expect(code).to.equal(1);
    expect(lines(out)).to.deep.equal([
      '✓ a.ipynb, cell 1: dw agrees to 3·10⁻⁷',
      '✗ a.ipynb, cell 1: dw disagrees by 0.4 — dw: conjugate missing on Ĝ: Put .conj() behind G.',
      '✗ a.ipynb, cell 2: makes 2 gradient checks, but shows 0 of their reports; pv.display each of them',
      '2 of 3 gradient checks failed.',
    ]);
    const cases = parseJunit(readFileSync(path('report.xml'), 'utf8')).children[0]?.children;
    expect(cases?.map(({ attributes }) => attributes.name)).to.deep.equal([
      "cell 1: import { emit, gradcheck, host } from 'parseval'; (1 of 2)",
      "cell 1: import { emit, gradcheck, host } from 'parseval'; (2 of 2)",
      "cell 2: import { emit, gradcheck, host } from 'parseval';",
    ]);
  });

  it('passes over a cell that only defines a check, and runs cells with the tag', async () => {
    write('a.ipynb', "import * as pv from 'parseval'; const check = () => pv.gradcheck(true);", {
      source: 'await check()',
      metadata: { tags: ['gradcheck'] },
    });
    const { code, out } = await parseval(['check', 'a.ipynb']);
    expect(code).to.equal(0);
    expect(lines(out)).to.deep.equal([
      '– a.ipynb, cell 1: calls gradcheck only in functions that it does not call; give the cells that call them the tag gradcheck',
      '✓ a.ipynb, cell 2: dw agrees to 3·10⁻⁷',
      '1 of 1 gradient checks passed.',
    ]);
  });

  it('leaves with 130 on an interrupt, and reports what was found until then', async () => {
    write('a.ipynb', check(true), `console.log('working'); ${check(true)}; for (;;) {}`);
    write('b.ipynb', check(true));
    const { code, out, err } = await parseval(['check', 'a.ipynb', 'b.ipynb', '--junit', 'report.xml'], (text, kill) => {
      if (!text.includes('    working\n')) return false;
      kill('SIGINT');
      return true;
    });
    expect(code).to.equal(130);
    expect(lines(out)).to.deep.equal([
      '✓ a.ipynb, cell 1: dw agrees to 3·10⁻⁷',
      '✗ a.ipynb, cell 2: did not end: Interrupted.',
      '✗ b.ipynb, cell 1: did not run, because the command was interrupted',
      '2 of 3 gradient checks failed.',
    ]);
    expect(err).to.match(/Stopped, because the command was interrupted\.\n$/);
    expect(parseJunit(readFileSync(path('report.xml'), 'utf8')).attributes).to.include({ tests: '3', errors: '2' });
  });

  it('says why a device does not work, where one was asked for', async () => {
    write('a.ipynb', check(true));
    const { code, out } = await parseval(['check', 'a.ipynb', '--device', 'node']);
    expect(code).to.equal(1);
    expect(lines(out)[0]).to.equal(
      "✗ a.ipynb, cell 1: did not run, because The device 'node' does not work: no Vulkan driver. Use --device cpu, or --device auto to fall back to it.",
    );
  });

  it('refuses notebooks without any check with code 2', async () => {
    write('a.ipynb', '1');
    write('b.ipynb', '// gradcheck(f)');
    const { code, err } = await inProcess(['check', path('a.ipynb'), path('b.ipynb'), '--junit', path('report.xml')]);
    expect(code).to.equal(2);
    expect(err).to.match(
      /^parseval: .*a\.ipynb, .*b\.ipynb: no cell checks gradients\. Give notebooks with a cell that calls pv\.gradcheck\(…\)/,
    );
    expect(readdirSync(path())).to.deep.equal(['a.ipynb', 'b.ipynb']);
  });

  const misuse: readonly (readonly [name: string, args: readonly string[], message: RegExp])[] = [
    ['no notebook', ['check'], /missing required argument 'notebook'/],
    ['an unknown device', ['check', 'a.ipynb', '--device', 'tpu'], /'tpu' is invalid\. Allowed choices are auto, node, cpu/],
    ['--out', ['check', 'a.ipynb', '--out', 'b.ipynb'], /unknown option '--out'/],
  ];
  for (const [name, args, message] of misuse) {
    it(`refuses ${name} with code 2`, async () => {
      const { code, err } = await inProcess(args);
      expect(code).to.equal(2);
      expect(err).to.match(message);
    });
  }
});
