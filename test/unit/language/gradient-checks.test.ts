import { expect } from 'chai';
import type { Proposal } from '../../../src/kernel/language/mend.js';
import type { GivenCell } from './notebook-under-test.js';
import { NotebookUnderTest, service } from './notebook-under-test.js';

describe('dependencies of a cell', () => {
  const needs = async (cells: Record<string, GivenCell>, cell: string): Promise<Record<string, readonly string[]>> => {
    const { uri } = new NotebookUnderTest(cells);
    const found = await service.handlers.requests.dependencies({ notebook: uri, cell });
    return Object.fromEntries(found.map((each) => [each.cell, [...each.needs].sort()]));
  };

  it('are the cells that declare the names it uses, and those that these use', async () => {
    const cells = {
      library: `import * as pv from 'parseval';`,
      data: `const x = pv.ones([3]); type Size = number;`,
      aside: `const y = pv.zeros([3]);`,
      layer: `const double = (a: pv.Tensor) => a.mul(2);`,
      check: `await pv.gradcheck(double, { x });`,
      typed: `const n: Size = 3;`,
    };
    expect(await needs(cells, 'check')).to.deep.equal({
      check: ['data', 'layer', 'library'],
      data: ['library'],
      layer: ['library'],
      library: [],
    });
    expect(await needs(cells, 'typed')).to.deep.include({ typed: ['data'] });
  });

  it('are no cells that use a parameter, a member or a local variable of the name', async () => {
    const cells = {
      a: 'const x = 1, w = 2, key = 3, local = 4;',
      b: `const f = (x: number) => x; ({ key: 1 }).key; { const local = 1; f(local); } f(w)`,
      c: `const f = (x: number) => x; ({ key: 1 }).key; { const local = 1; f(local); }`,
    };
    expect(await needs(cells, 'b')).to.deep.equal({ b: ['a'], a: [] });
    expect(await needs(cells, 'c')).to.deep.equal({ c: [] });
  });

  it('are the nearest cells above, and may go in a circle', async () => {
    const cells = {
      a: 'let n = 1;',
      b: 'let n = 2; function f(): number { return g(); }',
      c: 'n; f()',
      d: 'function g(): number { return f(); }',
    };
    expect(await needs(cells, 'c')).to.deep.equal({ c: ['b'], b: ['d'], d: ['b'] });
  });

  it('are known of cells of JavaScript', async () => {
    expect(await needs({ a: 'const n = 1;', b: { code: 'n + 1', language: 'javascript' } }, 'b')).to.deep.equal({ b: ['a'], a: [] });
  });
});

describe('the change that a gradient check proposes', () => {
  /** The cell's text after the change; the place is that of the only occurrence of `at`. */
  const mended = async (code: string, at: string, proposal: Omit<Proposal, 'line' | 'column'>): Promise<string | null> => {
    const notebook = new NotebookUnderTest({
      library: `import * as pv from 'parseval';\nconst G = pv.ones([2]), X = pv.ones([2]);`,
      cell: code,
    });
    const before = code.slice(0, notebook.offsetOf('cell', at)).split('\n');
    const place = { line: before.length, column: (before.at(-1)?.length ?? 0) + 1 };
    const found = await service.handlers.requests.mend({ notebook: notebook.uri, cell: 'cell', ...place, ...proposal });
    if (!found) return null;
    expect(code.slice(found.span.start, found.span.end)).to.equal(found.text);
    return code.slice(0, found.span.start) + found.replacement + code.slice(found.span.end);
  };
  const conj = { append: '.conj()' };

  it('is written behind the tensor of a call, counted among its tensors', async () => {
    const code = `// dW\nconst dW = pv.einsum('ij,ij->ij', G, X);`;
    expect(await mended(code, 'einsum', { operand: 0, edit: conj })).to.equal(code.replace('G', 'G.conj()'));
    expect(await mended(code, 'einsum', { operand: 1, edit: conj })).to.equal(code.replace('X', 'X.conj()'));
    expect(await mended(code, 'einsum', { operand: -1, edit: conj })).to.equal(code.replace(/;$/, '.conj();'));
    expect(await mended(code, 'einsum', { operand: 2, edit: conj })).to.equal(null);
  });

  it('counts the tensor before the dot, and those in a list', async () => {
    expect(await mended('G.mul(X)', 'mul', { operand: 0, edit: conj })).to.equal('G.conj().mul(X)');
    expect(await mended('G.mul(X)', 'mul', { operand: 1, edit: conj })).to.equal('G.mul(X.conj())');
    expect(await mended('pv.concat([G, X], { axis: 0 })', 'concat', { operand: 1, edit: conj })).to.equal(
      'pv.concat([G, X.conj()], { axis: 0 })',
    );
    const list = 'const f = ([g, x]: readonly pv.Tensor[]) => pv.mul(g!, x!);';
    expect(await mended(list, 'mul', { operand: 1, edit: conj })).to.equal(list.replace('x!', 'x!.conj()'));
  });

  it('is in parentheses where it would mean something else', async () => {
    const code = 'declare const flag: boolean;\npv.mul(flag ? G : X, X)';
    expect(await mended(code, 'mul', { operand: 0, edit: conj })).to.equal(code.replace('flag ? G : X', '(flag ? G : X).conj()'));
    // What a call is taken away from, too.
    const without = { operand: 0, edit: { remove: 'conj' } };
    const choice = 'declare const flag: boolean;\n';
    expect(await mended(`${choice}pv.conj(flag ? G : X).mul(X)`, 'mul', without)).to.equal(`${choice}(flag ? G : X).mul(X)`);
    expect(await mended('pv.conj(G as pv.Tensor).mul(X)', 'mul', without)).to.equal('(G as pv.Tensor).mul(X)');
    expect(await mended('pv.conj(await Promise.resolve(G))!.mul(X)', 'mul', without)).to.equal('(await Promise.resolve(G)).mul(X)');
    expect(await mended('pv.conj(G.mul(X)).abs()', 'conj', { ...without, operand: -1 })).to.equal('G.mul(X).abs()');
    expect(await mended(`${choice}pv.mul(pv.conj(flag ? G : X), X)`, 'mul', without)).to.equal(`${choice}pv.mul(flag ? G : X, X)`);
    expect(await mended(`${choice}const t = pv.conj(flag ? G : X);`, 'conj', { ...without, operand: -1 })).to.equal(
      `${choice}const t = flag ? G : X;`,
    );
  });

  it('takes a call away, however it is written', async () => {
    const without = { remove: 'conj' };
    expect(await mended('G.mul(X.conj())', 'mul', { operand: 1, edit: without })).to.equal('G.mul(X)');
    expect(await mended('G.mul((X.conj())!)', 'mul', { operand: 1, edit: without })).to.equal('G.mul(X)');
    expect(await mended('G.mul(X).conj()', 'mul', { operand: -1, edit: without })).to.equal('G.mul(X)');
    // Of the call itself, as stacks name its place.
    expect(await mended('G.mul(X.conj())', 'conj', { operand: -1, edit: without })).to.equal('G.mul(X)');
    expect(await mended('const f = pv.exp; f(G.mul(X).conj())', 'conj', { operand: -1, edit: without })).to.equal(
      'const f = pv.exp; f(G.mul(X))',
    );
    expect(await mended('G.mul(X)', 'mul', { operand: 1, edit: without })).to.equal(null);
  });

  it('is none where the place is another, or a tensor is given twice', async () => {
    const code = 'const a = 1;\nG.mul(X);';
    expect(await mended(`pv.einsum('i,i,i->i', G, G, X)`, 'einsum', { operand: 1, edit: conj })).to.equal(null);
    for (const at of ['a = 1', 'G', '(X']) expect(await mended(code, at, { operand: 0, edit: conj })).to.equal(null);
    const { uri } = new NotebookUnderTest({ cell: 'x' });
    for (const [line, column] of [
      [1, 9],
      [1, 0],
      [0, 0],
      [9, 1],
    ] as const) {
      expect(await service.handlers.requests.mend({ notebook: uri, cell: 'cell', line, column, operand: 0, edit: conj })).to.equal(null);
    }
  });
});
