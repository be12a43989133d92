import { expect } from 'chai';
import { run, runAll, textOf, withSession } from './cells.js';

/** The `at …` lines of a text. */
function frames(text: string): string[] {
  return text.split('\n').flatMap((line) => /^\s+at (.*)/.exec(line)?.[1] ?? []);
}

describe('errors of cells', () => {
  it('carry the line and column as typed, after types, enums and empty lines', async () => {
    const text = await run(
      'interface I {\n  a: number;\n}\n\nenum E { A, B }\n\nfunction f(a: I): void {\n  const t: string = "é";   throw new Error("bang");\n}\nif (E.A === 0)   f({ a: 1 } as I)',
    );
    expect(frames(text)).to.deep.equal(['f (cell 1:8:34)', 'cell 1:10:18']);
  });

  it('show the line of the cell with a mark under the column', async () => {
    const text = await run('const o: any = {}\n\n  o.nothing()\nlet b');
    expect(text).to.equal(
      'TypeError: o.nothing is not a function\n  1 | const o: any = {}\n  2 |\n> 3 |   o.nothing()\n    |     ^\n  4 | let b\n    at cell 1:3:5',
    );
  });

  it('name the cell in which a function was written', async () => {
    const text = await run('1', 'const f = () => {\n  null!.x\n}', 'const g = () => f()', '\ng()');
    expect(frames(text)).to.deep.equal(['f (cell 2:2:9)', 'g (cell 3:1:17)', 'cell 4:2:1']);
  });

  it('keep the lines of the version of a cell that a function came from', async () => {
    await withSession(async (session) => {
      await session.run('\n\nconst f = () => { throw new Error("old") }', { cell: 1 });
      await session.run('const g = f', { cell: 2 });
      await session.run('const f = 1', { cell: 1 });
      expect(frames(textOf(await session.run('g()', { cell: 2 })))).to.deep.equal(
        ['g (cell 1:3:25)', 'cell 2:1:1'].map((frame) => frame.replace('g (cell 1', 'f (cell 1')),
      );
    });
  });

  it('follow awaits', async () => {
    const text = await run(
      'async function inner() {\n  await 0\n  throw new Error("deep")\n}\nasync function outer() {\n  await inner()\n}\n  await outer()',
    );
    expect(frames(text)).to.deep.equal(['inner (cell 1:3:9)', 'async outer (cell 1:6:3)', 'async cell 1:8:3']);
  });

  it('of a rejected promise as the result show where it was made', async () => {
    expect(frames(await run('const p = Promise.reject(new Error("no"))\np'))).to.deep.equal(['cell 1:1:26']);
  });

  it('show the methods of classes and constructors', async () => {
    const text = await run('class A {\n  constructor() { this.m() }\n  m() { throw new Error("x") }\n}\nnew A()');
    expect(frames(text)).to.deep.equal(['A.m (cell 1:3:15)', 'new A (cell 1:2:24)', 'cell 1:5:1']);
  });

  it('keep the callers within Node that say something, and nothing of the kernel', async () => {
    const text = await run("import { readFileSync } from 'node:fs'\nreadFileSync('/nowhere')");
    expect(frames(text).at(-1)).to.equal('cell 1:2:1');
    expect(text).not.to.match(/node:internal|session|src\/kernel/);
  });

  it('speak of variables as the cell spells them, for what cannot be called, built, iterated or read', async () => {
    expect(await run('let f = 1 as any', 'f()')).to.include('TypeError: f is not a function');
    expect(await run('let f = 1 as any', 'new f()')).to.include('TypeError: f is not a constructor');
    expect(await run('let f = 1 as any', '[...f]'))
      .to.match(/TypeError: .*\bf\b/)
      .and.not.include('$$');
    expect(await run('let f = undefined as any', 'const { a } = f')).to.include("Cannot read properties of undefined (reading 'a')");
    expect(
      await run(
        'let f = {} as any',
        'try { f.g() } catch (e) { (e as Error).message }\ntry { f.g() } catch (e) { console.log((e as Error).message) }',
      ),
    ).to.equal('f.g is not a function');
  });

  it('have a stack that cells can read themselves', async () => {
    expect(await run('\n const e = new Error("mine")\nconsole.log(e.stack)')).to.equal('Error: mine\n    at cell 1:2:12');
    expect(await run('console.log(new Error("mine"))')).to.equal('Error: mine\n    at cell 1:1:13');
  });

  it('show the chain of causes, each with its line', async () => {
    const text = await run('try {\n  null!.x\n} catch (cause) {\n  throw new Error("outer", { cause })\n}');
    const [first, ...rest] = text.split('\n').filter((line) => /^(Caused by: )?\w*Error/.test(line));
    expect(first).to.equal('Error: outer');
    expect(rest).to.deep.equal(["Caused by: TypeError: Cannot read properties of null (reading 'x')"]);
    expect(frames(text)).to.deep.equal(['cell 1:4:9', 'cell 1:2:9']);
  });

  it('end a chain of causes that runs in a circle', async () => {
    const text = await run('const e = new Error("round"); e.cause = e; throw e');
    expect(text.match(/Caused by/g)?.length).to.equal(8);
  });

  it('show the errors of an AggregateError', async () => {
    const text = await run('await Promise.any([Promise.reject(new Error("a")), Promise.reject(new TypeError("b"))])');
    expect(text).to.include('One of the errors: Error: a').and.include('One of the errors: TypeError: b');
  });

  it('show a thrown value that is no error', async () => {
    const [result] = await runAll(['throw { code: 3 }']);
    expect(result?.outputs).to.deep.equal([
      { output_type: 'error', ename: 'Thrown', evalue: '{ code: 3 }', traceback: ['Thrown: { code: 3 }'] },
    ]);
  });

  it('of endless recursion are shown', async () => {
    expect(await run('function f(): number { return f() + 1 }\nf()'))
      .to.include('RangeError: Maximum call stack size exceeded')
      .and.include('at f (cell 1:1:');
  });

  it('find their line in cells with Windows line ends', async () => {
    expect(frames(await run('const a = 1\r\n\r\n  throw new Error("x")\r\n'))).to.deep.equal(['cell 1:3:9']);
  });

  it('keep errors of other code as they are', () => {
    expect(new Error('plain').stack).to.match(/^Error: plain\n {4}at .*errors\.test\.ts:\d+:\d+/);
  });
});
