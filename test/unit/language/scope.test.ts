import { expect } from 'chai';
import { NotebookUnderTest } from './notebook-under-test.js';

/** The errors of running all cells in order. */
async function runAll(cells: Record<string, string>): Promise<string[]> {
  const notebook = new NotebookUnderTest(cells);
  try {
    return await notebook.run(...Object.keys(cells));
  } finally {
    notebook.close();
  }
}

describe('names across cells, before a run', () => {
  it('has what cells before declared, of every kind', async () => {
    const errors = await runAll({
      a: `const c = 1; let l = 'x'; var v = true; function f<T>(x: T): T { return x; } class K { y = 2; static z = 3 }
enum E { P, Q = 'q' } interface I { k: string } type T<X> = X[]; namespace N { export const u = 4; export type W = number }
const [d0, { d1, ...rest }] = [1, { d1: 'd', d2: 2 }] as const; abstract class B { abstract m(): void }`,
      b: `const n: number = c + f(5) + new K().y + K.z + N.u + rest.d2; const s: string = l + d1; const b: boolean = v; const e: E = E.Q;
const i: I = { k: s }; const t: T<N.W> = [n]; class D extends B { m() {} } const k: K = new K(); let z: typeof d0 = 1;`,
    });
    expect(errors).to.deep.equal([]);
  });

  it('knows the types of what cells before declared', async () => {
    const errors = await runAll({
      a: `const c = 1; let l = 'x'; function f(x: number) { return [x]; } class K { y = 2 } type T = { k: string }; enum E { P }`,
      b: `c.foo;\nl.foo;\nf('x');\nnew K().foo;\nconst t: T = {};\nE.Q;`,
    });
    expect(errors).to.deep.equal([
      `foo: Property 'foo' does not exist on type '1'.`,
      `foo: Property 'foo' does not exist on type 'string'.`,
      `'x': Argument of type 'string' is not assignable to parameter of type 'number'.`,
      `foo: Property 'foo' does not exist on type 'K'.`,
      `t: Property 'k' is missing in type '{}' but required in type 'T'.`,
      `Q: Property 'Q' does not exist on type 'typeof E'.`,
    ]);
  });

  it('lets variables be assigned what fits them, and nothing else', async () => {
    expect(
      await runAll({
        a: 'let n = 1; var v: string | null = null',
        b: `n = 2; n += 1; n++; v = 'x'; v.length; ({ n } = { n: 3 }); [v] = [null];`,
      }),
    ).to.be.empty;
    expect(await runAll({ a: 'let n = 1', b: `n = 'x'` })).to.deep.equal([`n: Type 'string' is not assignable to type 'number'.`]);
  });

  it('refuses assignments to constants, functions, classes and imports as in one file', async () => {
    const a = `import { sep } from 'node:path'; const c = 1; function f() {} class K {} enum E { A } namespace N { export const x = 1 }`;
    const notebook = new NotebookUnderTest({ a, b: 'c = 2; f = 1; K = 1; E = 1; N = 1; sep = 1;' });
    await notebook.run('a');
    const errors = await notebook.errors('b');
    expect(errors).to.deep.equal([
      `c: Cannot assign to 'c' because it is a constant.`,
      `f: Cannot assign to 'f' because it is a function.`,
      `K: Cannot assign to 'K' because it is a class.`,
      `E: Cannot assign to 'E' because it is an enum.`,
      `N: Cannot assign to 'N' because it is a namespace.`,
      `sep: Cannot assign to 'sep' because it is an import.`,
    ]);
  });

  it('takes the last run that declared a name, with whatever type', async () => {
    const notebook = new NotebookUnderTest({ a: 'const x = 1', b: `const x = 'text'`, c: 'x.toFixed()' });
    expect(await notebook.run('a', 'c')).to.deep.equal([]);
    expect(await notebook.run('b', 'c')).to.deep.equal([
      `toFixed: Property 'toFixed' does not exist on type '"text"'. Did you mean 'fixed'?`,
    ]);
    expect(await notebook.run('a', 'c')).to.deep.equal([]);
  });

  it('keeps what ran when the cell is edited, or deleted', async () => {
    const notebook = new NotebookUnderTest({ a: 'const x = 1; type T = number', b: 'const y: T = x' });
    await notebook.run('a');
    notebook.edit({ a: `const x = 'text'; type T = string; const other = 1` });
    expect(await notebook.errors('b')).to.deep.equal([]);
    notebook.edit({ a: undefined });
    expect(await notebook.errors('b')).to.deep.equal([]);
  });

  it('lets a cell redeclare what it declared itself in an earlier run', async () => {
    const notebook = new NotebookUnderTest({ a: 'const x = 1; class A { n = 1 }' });
    await notebook.run('a');
    notebook.edit({ a: `const x = 'now a text'; class A { s = x } new A().s.length` });
    expect(await notebook.run('a')).to.deep.equal([]);
  });

  it('keeps value and type of one name apart', async () => {
    const errors = await runAll({
      a: 'interface Config { depth: number }',
      b: 'const Config = { depth: 1 }',
      c: 'const mine: Config = Config; Config.depth',
      d: 'class Config { depth = 2; wide = true }',
      e: `const Config = (text: string) => text`,
      f: `const old: Config = { depth: 1, wide: false }; Config('x').length; Config(1)`,
    });
    expect(errors).to.deep.equal([`1: Argument of type 'number' is not assignable to parameter of type 'string'.`]);
  });

  it('lets functions use what comes later, once it is there and before', async () => {
    const notebook = new NotebookUnderTest({
      a: 'const f = () => later(1).length',
      b: `function later(n: number) { return 'x'.repeat(n); }`,
    });
    expect(await notebook.run('a')).to.deep.equal([]);
    notebook.edit({ b: 'function later(n: string) { return n; }' });
    expect(await notebook.run('a')).to.deep.equal([`1: Argument of type 'number' is not assignable to parameter of type 'string'.`]);
    // What it is in the end is what ran.
    notebook.edit({ b: 'const later = (n: number) => [n]' });
    await notebook.run('b');
    notebook.edit({ b: 'nothing' });
    expect(await notebook.run('a')).to.deep.equal([]);
  });

  it('prefers, of cells that did not run, the nearest above, else the nearest below', async () => {
    const notebook = new NotebookUnderTest({
      a: 'const x = 1',
      b: `const x = 'b'`,
      c: 'x.foo; y.foo',
      d: 'const y = 2',
      e: `const y = 'e'`,
    });
    expect(await notebook.errors('c')).to.deep.equal([
      `foo: Property 'foo' does not exist on type '"b"'.`,
      `foo: Property 'foo' does not exist on type '2'.`,
    ]);
  });

  it('has the names of imports of other cells, and their types', async () => {
    const errors = await runAll({
      a: `import * as pv from 'parseval'; import fs, { readFileSync as read } from 'node:fs'; import type { Stats } from 'node:fs'; import { type Tensor } from 'parseval';`,
      b: `const t: pv.Tensor = pv.tensor([1]); const u: Tensor = t; read('x', 'utf8').length; const s: Stats = fs.statSync('.'); t.foo; s.foo`,
    });
    expect(errors).to.deep.equal([
      `foo: Property 'foo' does not exist on type 'Tensor'.`,
      `foo: Property 'foo' does not exist on type 'Stats'.`,
    ]);
  });

  it('leaves globals alone until a cell redeclares one', async () => {
    const notebook = new NotebookUnderTest({ a: 'performance.now().toFixed()', b: `const performance = 'good'`, c: 'performance.length' });
    expect(await notebook.errors('a')).to.deep.equal([]);
    expect(await notebook.run('b', 'c')).to.deep.equal([]);
    expect(await notebook.errors('a')).to.deep.equal([`now: Property 'now' does not exist on type '"good"'.`]);
  });

  it('gives a name that is assigned without a declaration as an error', async () => {
    expect(await runAll({ a: 'x = 5' })).to.deep.equal([`x: Cannot find name 'x'.`]);
  });

  it('suggests names of other cells for one that nobody declares', async () => {
    expect(await runAll({ a: 'const learningRate = 0.1', b: 'learningRat * 2' })).to.deep.equal([
      `learningRat: Cannot find name 'learningRat'. Did you mean 'learningRate'?`,
    ]);
  });

  it('finds two declarations in one cell wrong, and in two cells right', async () => {
    expect(await runAll({ a: 'const x = 1; const x = 2' })).to.deep.equal([
      `x: Cannot redeclare block-scoped variable 'x'.`,
      `x: Cannot redeclare block-scoped variable 'x'.`,
    ]);
    expect(await runAll({ a: 'const x = 1', b: 'const x = 2; x.toFixed()' })).to.deep.equal([]);
  });

  it('gives other cells an array without a type as it is at the end of its cell, and other such variables as any', async () => {
    const errors = await runAll({
      a: 'const losses = []; losses.push(1); let best; let none = null; var history = []; // nothing follows',
      b: `losses.push(2); losses[0]!.toFixed(); best = 3; best.anything; none = 'x'; history.push(1); losses.push('x')`,
      c: 'const f = () => best + none',
    });
    expect(errors).to.deep.equal([`'x': Argument of type 'string' is not assignable to parameter of type 'number'.`]);
  });

  it('keeps literal types where a constant is used, and widens them where a variable takes them', async () => {
    const errors = await runAll({ a: `const mode = 'same'`, b: `const m: 'same' | 'valid' = mode; let w = mode; w = 'other'` });
    expect(errors).to.deep.equal([]);
  });

  it('knows values whose types cannot be written down', async () => {
    const errors = await runAll({
      a: `function make() { class Inner { private secret = 1; open = 'x' } return new Inner(); } const made = make(); const mark = Symbol('m');`,
      b: `made.open.length; made.secret; const o = { [mark]: 1 }; o[mark].toFixed()`,
      c: `make().open.foo`,
    });
    expect(errors).to.deep.equal([
      `secret: Property 'secret' is private and only accessible within class 'Inner'.`,
      `foo: Property 'foo' does not exist on type 'string'.`,
    ]);
  });

  it('says why a value of an earlier class does not fit the class of the same name', async () => {
    const errors = await runAll({ a: 'class A { n = 1 }; const a = new A()', b: `class A { n = 'x' }`, c: 'const b: A = a' });
    expect(errors).to.have.length(1);
    expect(errors[0])
      .to.match(/^b: Type 'A' is not assignable to type 'A'\./)
      .and.match(/declared anew/);
  });

  it('shows names of two notebooks to neither', async () => {
    const [one, two] = [new NotebookUnderTest({ a: 'const mine = 1' }), new NotebookUnderTest({ a: 'mine' })];
    await one.run('a');
    expect(await two.errors('a')).to.deep.equal([`mine: Cannot find name 'mine'.`]);
    expect(await two.squiggles('a')).to.deep.equal([`mine: Cannot find name 'mine'.`]);
  });

  it('forgets all runs at a restart', async () => {
    const notebook = new NotebookUnderTest({ a: 'const x = 1', b: 'x' });
    await notebook.run('a');
    notebook.edit({ a: '' });
    expect(await notebook.errors('b')).to.deep.equal([]);
    notebook.restart();
    expect(await notebook.errors('b')).to.deep.equal([`x: Cannot find name 'x'.`]);
  });

  it('takes what a cell declares as it is when the cell runs, not when it was checked', async () => {
    const notebook = new NotebookUnderTest({
      a: 'class A { n = 1 }',
      b: 'const made = new A()',
      c: `class A { s = '' }`,
      d: 'made.s.length; made.n',
    });
    await notebook.run('a');
    await notebook.check('b');
    notebook.ran('c');
    notebook.ran('b');
    expect(await notebook.errors('d')).to.deep.equal([`n: Property 'n' does not exist on type 'A'.`]);
  });

  it('does not count the declarations of a cell that is not TypeScript: it never ran', async () => {
    const notebook = new NotebookUnderTest({ a: 'const x = 1', b: 'x.toFixed()' });
    await notebook.run('a');
    notebook.edit({ a: `const x = 'text'; let y = ;` });
    await notebook.run('a');
    expect(await notebook.errors('b')).to.deep.equal([]);
  });

  it('sees what cells add to the global scope and to modules', async () => {
    const errors = await runAll({
      a: `declare global { interface Array<T> { sum2(): number } var answer: 42 }`,
      b: `[1].sum2().toFixed(); answer.toFixed(); [1].sum3`,
    });
    expect(errors).to.deep.equal([`sum3: Property 'sum3' does not exist on type 'number[]'.`]);
  });
});
