import { expect } from 'chai';
import type { Cells, CellNow } from '../../../src/extension/check-freshness.js';
import { cellsToRun, concernsChecks, stalenessOf } from '../../../src/extension/check-freshness.js';
import { labelOf } from '../../../src/extension/check-label.js';
import type { OutputItems } from '../../../src/extension/check-reports.js';
import { headline, isOk, paragraphs, placeFrom, reportsIn, reportTexts, shortNumber } from '../../../src/extension/check-reports.js';
import { checksInFile } from '../../../src/extension/notebook-file.js';
import type { GradcheckData, GradcheckInput } from '../../../src/protocol/gradcheck.js';
import { GRADCHECK_MIME } from '../../../src/protocol/gradcheck.js';

const worst = { index: [0, 1], analytic: 1, numeric: 2, oracle: 2 };
const input = (name: string, ok: boolean, maxError: GradcheckInput['maxError']): GradcheckInput => ({
  name,
  shape: [2, 2],
  dtype: 'float32',
  ok,
  maxError,
  rms: 1,
  sigma: 1e-7,
  z: 3,
  detectable: 2e-6,
  checked: 4,
  size: 4,
  excluded: 0,
  guilty: ok ? 'none' : 'backward',
  adjointError: null,
  worst,
  worstElements: [worst],
  curve: null,
  values: null,
});
const right: GradcheckData = {
  ok: true,
  verdict: 'gradient check passed on cpu',
  device: 'cpu',
  forward: { ok: true, maxError: 1e-7, detectable: 1e-6 },
  inputs: [input('x', true, 2e-7), input('w', true, 3.14e-7)],
  diagnosis: [],
  notes: [],
};
const wrong: GradcheckData = {
  ...right,
  ok: false,
  verdict: 'dw is wrong',
  inputs: [input('x', true, 2e-7), input('w', false, 0.4712)],
  diagnosis: [
    {
      input: 'w',
      hypothesis: 'conjugate missing on Ĝ',
      residual: 1.3e-7,
      change: 'Write G.conj() in place of G',
      fix: { place: 'cell 3:13:19', operand: 0, edit: { append: '.conj()' } },
    },
  ],
};
const output = (data: unknown, text = 'in words'): OutputItems => ({
  items: [
    { mime: GRADCHECK_MIME, data: Buffer.from(JSON.stringify(data)) },
    { mime: 'text/plain', data: Buffer.from(text) },
  ],
});

describe('reports of gradient checks', () => {
  it('are read from outputs, each once, and what is not a report is left out', () => {
    const rubbish: OutputItems = { items: [{ mime: GRADCHECK_MIME, data: Buffer.from('{"ok":') }] };
    const outputs = [output(right), output({ ...right, inputs: 7 }), rubbish, output(right), output(wrong), { items: [] }];
    expect(reportsIn(outputs)).to.deep.equal([right, wrong]);
    expect(reportTexts(outputs)).to.deep.equal(['in words']);
    expect(isOk([right]) && isOk([])).to.be.true;
    expect(isOk([right, wrong])).to.be.false;
  });

  it('are said in a few words', () => {
    expect(headline([right])).to.equal('gradients agree · 3.1e-7');
    expect(headline([right, wrong])).to.equal('dw disagrees · 0.47');
    const both = { ...wrong, inputs: [input('x', false, 'NaN'), input('w', false, 0.4)] };
    expect(headline([both])).to.equal('dx, dw disagree · NaN');
    const many = { ...wrong, inputs: ['a', 'b', 'c', 'd'].map((name) => input(name, false, 2)) };
    expect(headline([many])).to.equal('da, db and 2 more disagree · 2');
    expect(headline([{ ...wrong, forward: { ok: false, maxError: 'Infinity', detectable: 1 } }])).to.equal(
      'forward values disagree · Infinity',
    );
    expect(headline([{ ...right, ok: false }])).to.equal('gradients disagree');
  });

  it('are said in sentences, with what is to be changed', () => {
    expect(paragraphs(right)).to.deep.equal(['gradient check passed on cpu.']);
    expect(paragraphs(wrong)).to.deep.equal([
      'dw is wrong.',
      'dw: conjugate missing on Ĝ (reproduces the error to 1.3e-7). Write G.conj() in place of G.',
    ]);
  });

  it('have numbers of two digits', () => {
    expect([0, 0.4712, 1.8765, 12.34, 3.14e-7, 1234567, NaN].map(shortNumber)).to.deep.equal([
      '0',
      '0.47',
      '1.9',
      '12',
      '3.1e-7',
      '1.2e+6',
      'NaN',
    ]);
  });

  it('name places as stacks do', () => {
    expect(placeFrom('cell 3:13:19')).to.deep.equal({ cell: 3, line: 13, column: 19 });
    for (const text of ['cell 3', 'file.ts:1:2', ' cell 1:2:3', 'cell 1:2:3x', `cell ${'9'.repeat(20)}:1:1`]) {
      expect(placeFrom(text), text).to.equal(undefined);
    }
  });
});

describe('freshness of a gradient check', () => {
  const ran = (order: number, code = '', more: Partial<NonNullable<CellNow['run']>> = {}): CellNow['run'] => ({
    code,
    order,
    success: true,
    holder: '7',
    ...more,
  });
  /** library ← data, layer ← check; aside is not needed. */
  const cells = (changes: Record<string, Partial<CellNow>> = {}): Cells => {
    const all: Record<string, CellNow> = {
      library: { code: '', run: ran(1), needs: [] },
      data: { code: '', run: ran(2), needs: ['library'] },
      aside: { code: '', run: ran(9), needs: ['library'] },
      layer: { code: '', run: ran(3), needs: ['library'] },
      check: { code: '', run: ran(4), needs: ['layer', 'data'] },
    };
    return new Map(Object.entries(all).map(([name, cell]) => [name, { ...cell, ...changes[name] }]));
  };

  it('lasts while nothing that it needs is edited or runs', () => {
    expect(stalenessOf('check', cells())).to.equal(undefined);
    expect(stalenessOf('check', cells({ aside: { code: 'edited' } }))).to.equal(undefined);
    expect(stalenessOf('check', cells({ check: { run: undefined } }))).to.equal(undefined);
  });

  it('ends with an edit or a run of the cell, or of one that it needs, be it by others', () => {
    for (const name of ['check', 'layer', 'data', 'library']) {
      expect(stalenessOf('check', cells({ [name]: { code: 'edited' } })), name).to.deep.equal({ cell: name, what: 'edited' });
    }
    for (const name of ['layer', 'library']) {
      expect(stalenessOf('check', cells({ [name]: { run: ran(5) } })), name).to.deep.equal({ cell: name, what: 'ran' });
    }
    // A cell that came between, and declares the name now.
    expect(stalenessOf('check', cells({ layer: { run: undefined } }))).to.deep.equal({ cell: 'layer', what: 'edited' });
  });

  it('is restored when the text is', () => {
    expect(stalenessOf('check', cells({ layer: { code: 'a', run: ran(3, 'a') } }))).to.equal(undefined);
  });

  it('of a file counts from what stands there', () => {
    const read = (order: number): Partial<CellNow> => ({ run: ran(order, '', { holder: undefined }) });
    const file = { library: read(0), data: read(0), layer: read(0), check: read(0) };
    expect(stalenessOf('check', cells(file))).to.equal(undefined);
    expect(stalenessOf('check', cells({ ...file, layer: read(1) }))).to.deep.equal({ cell: 'layer', what: 'ran' });
  });

  it('is regained by a run of what is stale, before the check, and of nothing else', () => {
    expect(cellsToRun('check', cells(), '7')).to.deep.equal(['check']);
    expect(cellsToRun('check', cells({ layer: { code: 'edited' } }), '7')).to.deep.equal(['layer', 'check']);
    expect(cellsToRun('check', cells({ data: { run: undefined } }), '7')).to.deep.equal(['data', 'check']);
    expect(cellsToRun('check', cells({ layer: { run: ran(3, '', { success: false }) } }), '7')).to.deep.equal(['layer', 'check']);
    expect(cellsToRun('check', cells({ library: { run: ran(3) } }), '7')).to.deep.equal(['data', 'check']);
    const all = ['library', 'data', 'layer', 'check'];
    expect(cellsToRun('check', cells({ library: { code: 'edited' } }), '7')).to.deep.equal(all);
    expect(cellsToRun('check', cells(), '8'), 'a new kernel').to.deep.equal(all);
    expect(cellsToRun('check', cells(), undefined), 'no kernel').to.deep.equal(all);
  });

  it('ends even where cells need each other', () => {
    const circle: Cells = new Map([
      ['a', { code: '', run: ran(2), needs: ['b'] }],
      ['b', { code: '', run: ran(1), needs: ['a'] }],
    ]);
    expect(cellsToRun('a', circle, '7')).to.deep.equal(['b', 'a']);
    expect(stalenessOf('a', circle)).to.equal(undefined);
    expect(stalenessOf('b', circle)).to.deep.equal({ cell: 'a', what: 'ran' });
  });

  it('ends with a cell that is gone', () => {
    expect(stalenessOf('check', cells({ layer: { needs: ['library', 'gone'] } }))).to.deep.equal({ cell: 'gone', what: 'edited' });
  });
});

describe('changes of a notebook', () => {
  const isCheck = (cell: string): boolean => cell === 'check';
  const change = (cell: string, what: object = {}): { cell: string; document: unknown; metadata: unknown } => ({
    cell,
    document: undefined,
    metadata: undefined,
    ...what,
  });

  it('concern checks, but for what another cell puts out', () => {
    const outputs = change('layer');
    expect(concernsChecks({ contentChanges: [], cellChanges: [outputs, outputs] }, isCheck)).to.be.false;
    expect(concernsChecks({ contentChanges: [], cellChanges: [outputs, change('check')] }, isCheck)).to.be.true;
    expect(concernsChecks({ contentChanges: [], cellChanges: [outputs, change('layer', { document: {} })] }, isCheck)).to.be.true;
    expect(concernsChecks({ contentChanges: [], cellChanges: [change('layer', { metadata: {} })] }, isCheck)).to.be.true;
    expect(concernsChecks({ contentChanges: [{}], cellChanges: [outputs] }, isCheck)).to.be.true;
  });
});

describe('names of gradient checks', () => {
  it('are the first comment, else the call', () => {
    expect(labelOf('\n// dW by hand\nawait pv.gradcheck(f, [x]);', 3)).to.deep.equal({ label: 'dW by hand', line: 2 });
    expect(labelOf("import * as pv from 'parseval';\n\n// dX\nf();", 3).label).to.equal('dX');
    expect(labelOf('/* One line */ gradcheck(f, [x])', 3).label).to.equal('One line');
    expect(labelOf('const report = await pv.gradcheck(convolution, {\n  x,\n  w });\nreport', 3)).to.deep.equal({
      label: 'Cell 3: gradcheck(convolution, { x, w })',
      line: 0,
    });
    expect(labelOf('const a = 1;\n  // gradcheck(no)\nawait pv.gradcheck((x) => f(x, [1]), [x]', 2)).to.deep.equal({
      label: 'Cell 2: gradcheck((x) => f(x, [1]), [x]',
      line: 2,
    });
    expect(labelOf('check(f)', 4)).to.deep.equal({ label: 'Cell 4: gradient check', line: 0 });
    expect(labelOf('', 1)).to.deep.equal({ label: 'Cell 1: gradient check', line: 0 });
    expect(labelOf(`// ${'long '.repeat(40)}`, 1).label)
      .to.have.length(80)
      .and.match(/…$/);
  });
});

describe('gradient checks of a file', () => {
  const cell = (source: string | string[], more: object = {}): object => ({ cell_type: 'code', source, metadata: {}, ...more });
  const file = (cells: object[], metadata: object = { kernelspec: { name: 'parseval' } }): string =>
    JSON.stringify({ cells, metadata, nbformat: 4, nbformat_minor: 5 });
  const check = ['const x = 1;\n', 'await pv.gradcheck(f, { x });'];

  it('are found by their code or their tag, with the ids that the file gives', () => {
    const cells = [
      { cell_type: 'markdown', source: 'gradcheck(f)', metadata: {} },
      cell('  '),
      cell(`import * as pv from 'parseval';`),
      cell(check, { id: 'abc' }),
      cell('run(f);', { metadata: { tags: ['gradcheck'] } }),
      cell('// gradcheck(f)'),
    ];
    expect(checksInFile(file(cells))).to.deep.equal([
      { id: 'abc', label: 'Cell 2: gradcheck(f, { x })' },
      { id: 'cell 5', label: 'Cell 3: gradient check' },
    ]);
  });

  it('have each a name of its own, also where the file gives an id twice', () => {
    const cells = ['abc', 'abc', 'abc 2', '', 'cell 4', 'abc'].map((id) => cell(check, { id }));
    const ids = checksInFile(file(cells)).map(({ id }) => id);
    expect(ids).to.deep.equal(['abc', 'abc 2', 'abc 2 2', 'cell 4', 'cell 4 2', 'abc 3']);
  });

  it('are none in a notebook of another kernel, and in what is no notebook', () => {
    expect(checksInFile(file([cell(check)], { kernelspec: { name: 'python3' } }))).to.deep.equal([]);
    expect(checksInFile(file([cell(check)], {}))).to.deep.equal([]);
    expect(checksInFile(file([cell([`import * as pv from 'parseval';`, ...check])], {}))).to.have.length(1);
    for (const text of [
      '',
      'gradcheck',
      '"gradcheck("',
      '[{"gradcheck":1}]',
      '{"cells":{"gradcheck":1}}',
      '{"cells":[null,1,"gradcheck"]}',
    ]) {
      expect(checksInFile(text), text).to.deep.equal([]);
    }
  });
});
