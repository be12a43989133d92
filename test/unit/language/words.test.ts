import { expect } from 'chai';
import ts from 'typescript';
import { identifierAt } from '../../../src/kernel/language/words.js';
import { NotebookUnderTest } from './notebook-under-test.js';

describe('the word at a place', () => {
  /** The word at each offset of a text, `.` where there is none. */
  function words(text: string): string {
    const file = ts.createSourceFile('cell.ts', text, ts.ScriptTarget.Latest);
    return Array.from({ length: text.length + 1 }, (_, offset) => identifierAt(file, offset)?.text ?? '.').join('');
  }

  it('is the identifier at it or just before it, and nothing in white space, comments and texts', () => {
    expect(words('a  + b')).to.equal('aa...bb');
    expect(words('/* a */ b')).to.equal('........bb');
    expect(words("a('b')")).to.equal('aa.....');
    expect(words('a.b(c)')).to.equal('aabbcc.');
    expect(words('if (a) b')).to.equal('....aa.bb');
  });

  it('is never one that the parser made up', () => {
    expect(words('a.')).to.equal('aa.');
    expect(words('f(, a)')).to.equal('ff..aa.');
  });
});

describe('the shared name at a place', () => {
  /** The places of a cell's text at which a question about the word there speaks of other cells, too. */
  async function mentions(notebook: NotebookUnderTest, cell: string, word: string, nth = 1, behind = false): Promise<string[]> {
    return notebook.shownPlaces(await notebook.ask('references', cell, word, { nth, behind }));
  }

  it('is found from behind its last letter, too', async () => {
    const notebook = new NotebookUnderTest({ a: 'let n = 1', b: 'n + 1' });
    expect(await mentions(notebook, 'b', 'n', 1, true)).to.deep.equal(['a:4 n', 'b:0 n']);
    expect(notebook.renamed(await notebook.ask('rename', 'b', 'n', { behind: true }), 'm')).to.deep.equal({ a: 'let m = 1', b: 'm + 1' });
  });

  it('is not a local one of the same name in the cell that declares it', async () => {
    const notebook = new NotebookUnderTest({ a: 'let n = 1; const g = (n: number) => n', b: 'n' });
    expect(await mentions(notebook, 'a', 'n: number')).to.deep.equal(['a:22 n', 'a:36 n']);
    expect(await mentions(notebook, 'a', 'n = 1')).to.deep.equal(['a:4 n', 'b:0 n']);
  });

  it('is not a local one with which another cell begins', async () => {
    const notebook = new NotebookUnderTest({ a: 'let n = 1', b: 'n => n' });
    expect(await mentions(notebook, 'b', 'n')).to.deep.equal(['b:0 n', 'b:5 n']);
  });

  it('is not a member of the same name, wherever its type is declared', async () => {
    const notebook = new NotebookUnderTest({
      a: 'interface I { n: string }\nlet n = 1;\nconst log = 2',
      b: 'const o: I = { n: String(n) }; o.n; console.log(log)',
    });
    expect(await mentions(notebook, 'b', 'o.n', 1, true)).to.deep.equal([`a:14 n`, 'b:15 n', 'b:33 n']);
    expect(notebook.renamed(await notebook.ask('rename', 'b', 'o.n', { behind: true }), 'm')).to.deep.equal({
      a: notebook.code('a').replace('n: string', 'm: string'),
      b: notebook.code('b').replace('{ n:', '{ m:').replace('o.n', 'o.m'),
    });
    expect(await notebook.ask('hover', 'b', 'log')).to.include({ variable: null });
    expect(await notebook.ask('hover', 'b', 'log)')).to.include({ variable: 'log' });
  });

  it('is found whatever stands in the cells that mention it, and only in those that mean it', async () => {
    const notebook = new NotebookUnderTest({
      a: 'let n = 1; const nn = 2; let n2 = 3; var v = 4; class C {}; const k = []; function f() { return k; }',
      b: "// one as n, two\nn + nn + n2 + v; 'it as n, too'; f(); k.push(new C())",
      c: 'let n = 5',
      d: 'f(); n; k.length; type T = C',
    });
    const all = async (word: string): Promise<string[]> => (await mentions(notebook, 'a', word)).map((place) => place.replace(/:\d+/, ''));
    expect(await all('n = 1')).to.deep.equal(['a n', 'b n']);
    expect(await all('nn')).to.deep.equal(['a nn', 'b nn']);
    expect(await all('n2')).to.deep.equal(['a n2', 'b n2']);
    expect(await all('v =')).to.deep.equal(['a v', 'b v']);
    expect(await all('C {')).to.deep.equal(['a C', 'b C', 'd C']);
    expect(await all('k =')).to.deep.equal(['a k', 'a k', 'b k', 'd k']);
    expect(await all('f()')).to.deep.equal(['a f', 'b f', 'd f']);
    expect((await mentions(notebook, 'c', 'n')).map((place) => place.replace(/:\d+/, ''))).to.deep.equal(['c n', 'd n']);
  });

  it('is renamed in every cell, also where it is one of several, or the last, of those that the cell takes', async () => {
    const notebook = new NotebookUnderTest({ a: 'class C {} function f() {} const c = 1', b: 'f(); c; new C()', d: 'new C(); f(); c' });
    for (const word of ['C', 'f', 'c']) {
      const everywhere = (text: string): string => text.replace(new RegExp(`\\b${word}\\b`, 'g'), 'other');
      expect(notebook.renamed(await notebook.ask('rename', 'a', `${word} `.replace('f ', 'f(')), 'other')).to.deep.equal({
        a: everywhere(notebook.code('a')),
        b: everywhere(notebook.code('b')),
        d: everywhere(notebook.code('d')),
      });
    }
  });

  it('is none where what is named has no name of its own', async () => {
    const notebook = new NotebookUnderTest({ a: 'let target = 1', b: 'console.log(class { constructor() { new.target } }, target)' });
    const hover = await notebook.ask('hover', 'b', 'target');
    expect(hover?.variable ?? null).to.equal(null);
    expect(await notebook.ask('rename', 'b', 'target')).to.deep.equal([]);
  });
});
