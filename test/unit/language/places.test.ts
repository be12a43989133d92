import { expect } from 'chai';
import { readFileSync } from 'node:fs';
import { emptyFolder, NotebookUnderTest, service } from './notebook-under-test.js';

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
