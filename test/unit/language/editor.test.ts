import { expect } from 'chai';
import type { Answer } from './notebook-under-test.js';
import { emptyFolder, NotebookUnderTest, service } from './notebook-under-test.js';

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
    const end = { notebook: notebook.uri, cell: 'b', offset: 100_000 };
    expect(await service.handlers.requests.hover(end)).to.not.throw;
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

describe('definitions, references and renaming', () => {
  const cells = {
    a: `import * as pv from 'parseval';\nlet n = 1; const c = 2; function f(p: number) { return p; }\ninterface I { key: string }\nconst list = [];`,
    b: `n = f(c) + n; const local = (n: number) => n;\nconst o: I = { key: 'x' }; o.key; pv.zeros([1]); list.push(n); console.log({ n, c })`,
    c: 'f(n)',
    d: 'let n = 5; n++',
    e: 'n',
  };
  const notebook = new NotebookUnderTest(cells);

  it('lead to the cell that declares the name', async () => {
    const at = async (cell: string, word: string, nth = 1): Promise<string[]> =>
      notebook.shownPlaces(await notebook.ask('definition', cell, word, { nth }));
    const declared = (cell: string, word: string, name: string): string =>
      `${cell}:${notebook.offsetOf(cell, word) + word.indexOf(name)} ${name}`;
    expect(await at('b', 'n = ')).to.deep.equal([declared('a', 'let n', 'n')]);
    expect(await at('b', 'f(')).to.deep.equal(
      [declared('a', 'function f', 'f')].map((place) => place.replace(/:\d+/, `:${notebook.offsetOf('a', 'f(p')}`)),
    );
    expect(await at('b', 'c)')).to.deep.equal([declared('a', 'const c', 'c').replace(/:\d+/, `:${notebook.offsetOf('a', 'c = 2')}`)]);
    expect(await at('b', 'list')).to.deep.equal([declared('a', 'list', 'list')]);
    expect(await at('b', 'I =')).to.deep.equal([`a:${notebook.offsetOf('a', 'I {')} I`]);
    expect(await at('b', 'key;')).to.deep.equal([`a:${notebook.offsetOf('a', 'key')} key`]);
    expect(await at('e', 'n')).to.deep.equal([`d:${notebook.offsetOf('d', 'n = ')} n`]);
  });

  it('lead into files, at the place of the name in the file itself', async () => {
    const { readFileSync } = await import('node:fs');
    for (const [word, name, file] of [
      ['zeros', 'zeros', /dist\/types\/src\/tensor\/create\.d\.ts$/],
      ['log', 'log', /@types\/node\/console\.d\.ts$/],
      ['push', 'push', /typescript\/lib\/lib\.es5\.d\.ts$/],
    ] as const) {
      const [place] = await notebook.ask('definition', 'b', word);
      if (place?.in !== 'file') throw new Error(`no file for ${word}`);
      expect(place.path).to.match(file);
      const text = readFileSync(place.path, 'utf8');
      expect(text.slice(place.span.start, place.span.end)).to.equal(name);
      expect(text.split('\n')[place.line]?.slice(place.column)).to.match(new RegExp(`^${name}`));
    }
  });

  it('find the mentions of a name in all cells that mean it, and nothing else', async () => {
    const places = notebook.shownPlaces(await notebook.ask('references', 'b', 'n = '));
    const expected = [
      ['a', 'n = 1'],
      ['b', 'n = f'],
      ['b', 'n; const'],
      ['b', 'n); console'],
      ['b', 'n, c'],
      ['c', 'n)'],
    ].map(([cell = '', word = '']) => `${cell}:${notebook.offsetOf(cell, word)} n`);
    expect(places).to.deep.equal(expected.sort());
    // From where it is declared, and from a cell in the middle, it is the same.
    for (const [cell, word] of [
      ['a', 'n = 1'],
      ['c', 'n)'],
    ] as const) {
      expect(notebook.shownPlaces(await notebook.ask('references', cell, word))).to.deep.equal(expected);
    }
  });

  it('rename a name everywhere', async () => {
    const renamed = notebook.renamed(await notebook.ask('rename', 'c', 'n)'), 'count');
    expect(renamed).to.deep.equal({
      a: cells.a.replace('let n', 'let count'),
      b: cells.b.replace('n = f(c) + n;', 'count = f(c) + count;').replace('push(n)', 'push(count)').replace('{ n, c }', '{ n: count, c }'),
      c: 'f(count)',
    });
    const constant = notebook.renamed(await notebook.ask('rename', 'b', 'c)'), 'fixed');
    expect(constant).to.deep.equal({
      a: cells.a.replace('const c', 'const fixed'),
      b: cells.b.replace('f(c)', 'f(fixed)').replace('{ n, c }', '{ n, c: fixed }'),
    });
  });

  it('rename what is local to a cell, and members of types of cells', async () => {
    expect(notebook.renamed(await notebook.ask('rename', 'b', 'n: number'), 'm')).to.deep.equal({
      b: cells.b.replace('(n: number) => n', '(m: number) => m'),
    });
    expect(notebook.renamed(await notebook.ask('rename', 'b', 'key;'), 'id')).to.deep.equal({
      a: cells.a.replace('key:', 'id:'),
      b: cells.b.replace('{ key:', '{ id:').replace('o.key', 'o.id'),
    });
  });

  it('do not rename what is declared elsewhere', async () => {
    for (const word of ['zeros', 'console', 'push']) expect(await notebook.ask('rename', 'b', word)).to.deep.equal([]);
  });
});

describe('questions about what is not there', () => {
  const { requests } = service.handlers;
  const attempt = async (ask: () => unknown): Promise<string> => {
    try {
      await ask();
      return 'answered';
    } catch (error) {
      return error instanceof Error ? error.message : String(error);
    }
  };

  it('are answered with what to do', async () => {
    const notebook = new NotebookUnderTest({ a: '1' });
    expect(await attempt(() => requests.diagnostics({ notebook: 'none', cell: 'a' }))).to.match(/notebook none is not open.*'cells' first/);
    expect(await attempt(() => requests.hover({ notebook: notebook.uri, cell: 'z', offset: 0 }))).to.match(
      /has no cell z: send the event 'cells'/,
    );
    notebook.close();
    expect(
      await attempt(() => requests.check({ notebook: notebook.uri, cell: 'a', number: 1, code: '1', language: 'typescript' })),
    ).to.match(/not open/);
  });

  it('concern the folder that the notebook is in now', async () => {
    const notebook = new NotebookUnderTest({ a: `import './x'` });
    expect(await notebook.squiggles('a')).to.deep.equal([
      `'./x': Cannot find file './x' from the notebook's folder ${emptyFolder}: check the path, which starts from the notebook.`,
    ]);
  });
});
