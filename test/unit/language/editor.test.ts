import { expect } from 'chai';
import type { Answer } from './notebook-under-test.js';
import { NotebookUnderTest, service } from './notebook-under-test.js';

describe('diagnostics in the editor', () => {
  it('are across cells, whatever ran, and follow the text', async () => {
    const notebook = new NotebookUnderTest({ a: 'let x = 1', b: 'x.foo' });
    expect(await notebook.squiggles('b')).to.deep.equal([`foo: Property 'foo' does not exist on type 'number'.`]);
    notebook.edit({ a: 'let x = { foo: 1 }' });
    expect(await notebook.squiggles('b')).to.deep.equal([]);
    notebook.edit({ a: undefined });
    expect(await notebook.squiggles('b')).to.deep.equal([`x: Cannot find name 'x'.`]);
  });

  it('take the nearest cell above, else the nearest below, also when cells move', async () => {
    const notebook = new NotebookUnderTest({
      a: 'const x = 1',
      b: `const x = 'b'`,
      c: 'x.foo; y.foo',
      d: 'const y = 2',
      e: `const y = 'e'`,
    });
    const found = async (): Promise<string[]> => (await notebook.squiggles('c')).map((error) => error.split('type ').at(-1) ?? '');
    expect(await found()).to.deep.equal([`'"b"'.`, `'2'.`]);
    const [c, e] = [notebook.code('c'), notebook.code('e')];
    notebook.edit({ c: undefined, e: undefined, d: undefined });
    notebook.edit({ e, d: 'const y = 2', c });
    expect(await found()).to.deep.equal([`'"b"'.`, `'2'.`]);
    notebook.edit({ b: undefined });
    expect(await found()).to.deep.equal([`'1'.`, `'2'.`]);
  });

  it('suggest names of other cells', async () => {
    const notebook = new NotebookUnderTest({ a: 'const learningRate = 1', b: 'learningRat' });
    expect(await notebook.squiggles('b')).to.deep.equal([`learningRat: Cannot find name 'learningRat'. Did you mean 'learningRate'?`]);
  });

  it('have errors of syntax, too, and tell what is never reached and what is deprecated', async () => {
    const notebook = new NotebookUnderTest({
      a: 'const x = ;',
      b: 'function f() { return 1; f(); }\n/** @deprecated use f */ function g() {}\ng()',
    });
    expect(await notebook.squiggles('a')).to.deep.equal([';: Expression expected.']);
    const all = await notebook.diagnostics('b');
    expect(all.map(({ tags, severity }) => [severity, ...tags])).to.deep.equal([
      ['suggestion', 'unnecessary'],
      ['suggestion', 'deprecated'],
    ]);
  });

  it('say nothing of names that only other cells may use', async () => {
    const notebook = new NotebookUnderTest({ a: 'const unused = 1; function f(p: number) { const inner = 2; }' });
    const words = (await notebook.diagnostics('a')).map(({ span }) => notebook.code('a').slice(span.start, span.end));
    expect(words).to.not.include('unused').and.not.include('f');
    expect(words).to.include('inner');
  });

  it('leave the types of JavaScript alone', async () => {
    const notebook = new NotebookUnderTest({ a: { code: 'function f(x) { return x - {}; } f(', language: 'javascript' } });
    expect((await notebook.diagnostics('a')).map(({ code }) => code)).to.deep.equal([1005]);
  });

  it('speak of a magic command as the compiler does', async () => {
    const notebook = new NotebookUnderTest({ a: '\n%%time\nlet x = 1', b: 'x' });
    expect(await notebook.squiggles('a')).to.have.length(1);
    expect((await notebook.squiggles('a'))[0]).to.match(/^%%time: '%%time' is a magic command of IPython/);
  });
});

describe('hovers', () => {
  const cells = {
    a: `import * as pv from 'parseval';
/** How many. See {@link add} and {@link https://example.org the page}. */
let count = 3;
/**
 * Adds two numbers.
 * @param a the first
 * @param b the second
 * @returns the sum
 * @example
 * add(1, 2)
 */
function add(a: number, b: number) { return a + b; }
const fixed: number | string = 'x'; class Point { x = 1 } interface Shape { sides: number }`,
    b: `count = add(count, 1); if (typeof fixed === 'string') fixed;
const inner = (q: number) => q; new Point().x; let s: Shape; pv.tensor([1]); ({ count }); [1].map(inner); console.log(setTimeout);
const o = { count: 1 }; o.count`,
  };
  const notebook = new NotebookUnderTest(cells);
  const hover = async (cell: string, word: string, nth = 1): Promise<NonNullable<Answer<'hover'>>> => {
    const found = await notebook.ask('hover', cell, word, { nth });
    if (!found) throw new Error(`no hover at ${word}`);
    return found;
  };

  it('show what another cell declares as that cell does, with its documentation', async () => {
    expect(await hover('b', 'count')).to.deep.equal({
      span: { start: 0, end: 5 },
      signature: 'let count: number',
      documentation: 'How many. See `add` and [the page](https://example.org).',
      variable: 'count',
    });
    const add = await hover('b', 'add');
    expect(add.signature).to.equal('function add(a: number, b: number): number');
    expect(add.documentation).to.equal(
      'Adds two numbers.\n\n*@param* `a` — the first\n\n*@param* `b` — the second\n\n*@returns* — the sum\n\n*@example*\n\n```typescript\nadd(1, 2)\n```',
    );
    expect((await hover('b', 'Point')).signature).to.equal('constructor Point(): Point');
    expect((await hover('b', 'Shape')).signature).to.equal('interface Shape');
  });

  it('show the type that a name has at its place', async () => {
    expect((await hover('b', 'fixed', 2)).signature).to.equal('const fixed: string');
  });

  it('name the variable of shared names that are values, and of no others', async () => {
    const variables = async (cell: string, ...words: (readonly [string, number?])[]): Promise<(string | null)[]> =>
      Promise.all(words.map(async ([word, nth]) => (await hover(cell, word, nth)).variable));
    expect(await variables('a', ['count'], ['add', 3], ['Point'], ['Shape'], ['pv'], ['a: number'])).to.deep.equal([
      'count',
      'add',
      'Point',
      null,
      'pv',
      null,
    ]);
    expect(await variables('b', ['count'], ['pv'], ['inner'], ['q'], ['x;'], ['tensor'])).to.deep.equal([
      'count',
      'pv',
      'inner',
      null,
      null,
      null,
    ]);
    // Shorthand for the variable; a property of the same name.
    expect(await variables('b', ['count', 3], ['count', 4], ['count', 5])).to.deep.equal(['count', null, null]);
  });

  it('have the documentation of the library, of JavaScript and of Node', async () => {
    expect((await hover('b', 'tensor')).documentation).to.match(/nested lists or a TypedArray/);
    expect((await hover('b', 'map')).documentation)
      .to.match(/^Calls a defined callback function/)
      .and.match(/\*@param\* `callbackfn` — /);
    expect((await hover('b', 'log')).documentation).to.match(/^Prints to `stdout` with newline/);
    expect((await hover('b', 'setTimeout')).documentation).to.match(/one-time `callback`/);
  });

  it('are of the value or the type, where two cells each declare one of them', async () => {
    const pair = new NotebookUnderTest({
      a: 'type x = string; let t: x; x;',
      b: 'const x = 1; let u: x; x;',
      c: 'class x { p = x.length }',
    });
    const shown = async (cell: string, nth: number): Promise<string | undefined> =>
      (await pair.ask('hover', cell, 'x', { nth }))?.signature;
    expect(await shown('a', 1)).to.match(/type x = string/);
    expect(await shown('a', 3)).to.match(/const x: 1/);
    expect(await shown('b', 1)).to.match(/const x: 1/);
    expect(await shown('b', 2)).to.match(/type x = string/);
    expect(await pair.squiggles('a')).to.deep.equal([]);
  });

  it('show nothing where nothing is', async () => {
    expect(await notebook.ask('hover', 'b', '= add')).to.equal(null);
    // A place behind the end is the end.
    const end = await service.handlers.requests.hover({ notebook: notebook.uri, cell: 'b', offset: 100_000 });
    expect(end?.signature).to.equal('(property) count: number');
  });
});

describe('completions', () => {
  const notebook = new NotebookUnderTest({
    a: `import * as pv from 'parseval'; const t = pv.zeros([1]); let n = 1; function f() { return t; } class K { m() {} } enum E { P, Q } interface I { i: 1 } type T = I;`,
    b: `t. ;\nf().s;\nlet mode: 'same' | 'valid' = '';\n  `,
    c: 'const below = 1; const options: { depth?: number; wide?: boolean } = { }',
  });
  const names = ({ items }: Answer<'completions'>): string[] => items.map(({ name }) => name);

  it('are the members of what stands before the dot', async () => {
    const found = names(await notebook.ask('completions', 'b', 't.', { behind: true, trigger: '.' }));
    expect(found).to.include.members(['shape', 'dtype', 'sum', 'add', 'item']);
    expect(found).to.not.include('t').and.not.include('setTimeout');
    expect(names(await notebook.ask('completions', 'b', 'f().s', { behind: true }))).to.include.members(['sum', 'shape']);
  });

  it('are the strings that may stand there', async () => {
    const { items } = await notebook.ask('completions', 'b', `= '`, { behind: true, trigger: `'` });
    expect(items.map(({ name }) => name)).to.deep.equal(['same', 'valid']);
  });

  it('are the properties that are missing', async () => {
    expect(names(await notebook.ask('completions', 'c', '= { ', { behind: true, nth: 1 }))).to.include.members(['depth', 'wide']);
  });

  it('are the names of all cells, with what they are, and globals', async () => {
    const { items } = await notebook.ask('completions', 'b', '\n  ', { behind: true });
    const kinds = Object.fromEntries(items.map(({ name, kind }) => [name, kind]));
    expect(kinds).to.include({ t: 'const', n: 'let', f: 'function', K: 'class', E: 'enum', pv: 'alias', below: 'const', console: 'var' });
    expect(names({ items, isIncomplete: false }).filter((name) => /·|__parseval/.test(name))).to.deep.equal([]);
    expect(names(await notebook.ask('completions', 'b', 'let mode: ', { behind: true }))).to.include.members(['I', 'T', 'K', 'E']);
  });

  it('have no imports of modules that nobody imported', async () => {
    const found = names(await notebook.ask('completions', 'b', '\n  ', { behind: true }));
    expect(found).to.not.include('readFileSync').and.not.include('conv2d');
  });

  it('tell their signature and documentation', async () => {
    const details = (word: string, name: string): Promise<Answer<'completionDetails'>> =>
      notebook.ask('completionDetails', 'b', word, { behind: true, name });
    expect((await details('t.', 'shape'))?.signature).to.match(/Tensor\.shape: Shape/);
    expect(await details('\n  ', 'f')).to.deep.include({ signature: 'function f(): pv.Tensor' });
    expect((await details('\n  ', 'parseInt'))?.documentation).to.match(/^Converts a string to an integer/);
    notebook.edit({ d: `'x'. ` });
    const found = await notebook.ask('completionDetails', 'd', `'x'.`, { behind: true, name: 'trim' });
    expect(found?.documentation).to.match(/^Removes the leading and trailing white space/);
    expect(await details('\n  ', 'noSuchName')).to.equal(null);
  });

  it('work in code that is not finished', async () => {
    notebook.edit({ e: 'for (const x of [1]) {\n  if (x) { t.' });
    expect(names(await notebook.ask('completions', 'e', 't.', { behind: true }))).to.include('shape');
  });

  it('offer the files beside the notebook where a path is written', async () => {
    const here = new URL('.', import.meta.url).pathname;
    const imports = new NotebookUnderTest({ a: `import './'` }, here);
    expect(names(await imports.ask('completions', 'a', `'./`, { behind: true }))).to.include('notebook-under-test.ts');
  });
});

describe('signatures', () => {
  const notebook = new NotebookUnderTest({
    a: `/** Scales.\n * @param by how much */\nfunction scale(x: number, by = 2): number { return x * by; }`,
    b: 'scale(1, ); [1].map( )',
  });

  it('name the parameters of the call and which one is written', async () => {
    const found = await notebook.ask('signature', 'b', 'scale(1, ', { behind: true });
    const [signature] = found?.signatures ?? [];
    expect(signature?.label).to.equal('scale(x: number, by?: number): number');
    expect(signature?.documentation).to.equal('Scales.');
    expect(signature?.parameters.map(({ start, end }) => signature.label.slice(start, end))).to.deep.equal(['x: number', 'by?: number']);
    expect(signature?.parameters.map(({ documentation }) => documentation)).to.deep.equal(['', 'how much']);
    expect(found?.activeParameter).to.equal(1);
  });

  it('are null where no call is', async () => {
    expect(await notebook.ask('signature', 'a', 'Scales')).to.equal(null);
  });
});
