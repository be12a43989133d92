// Tables in text and on the page, their order, and what is none.
import { expect } from 'chai';
import { formatCell, formatOf, orderRows, type Cell } from '../../../src/display/table-order.js';
import * as pv from '../../../src/index.js';
import { TABLE_MIME } from '../../../src/protocol/table.js';
import { pngOf, shown } from './shown.js';

const written = (cells: readonly Cell[]): string[] => cells.map((cell) => formatCell(cell, formatOf(cells)));

describe('numbers of a column', () => {
  it('have the decimals that five digits of the largest leave, and no more than they need', () => {
    expect(written([1, 20, -300])).to.deep.equal(['1', '20', '−300']);
    expect(written([0.5, 2, -1.25])).to.deep.equal(['0.50', '2.00', '−1.25']);
    expect(written([1 / 3, 200 / 3])).to.deep.equal(['0.333', '66.667']);
    expect(written([Math.PI * 1000, 1])).to.deep.equal(['3141.6', '1.0']);
    expect(written([NaN, Infinity, null, 0.5])).to.deep.equal(['NaN', '∞', '', '0.5']);
    expect(written([])).to.deep.equal([]);
  });

  it('are in engineering notation where they span too much', () => {
    expect(written([1e-9, 0.5])).to.deep.equal(['1.000×10⁻⁹', '0.5']);
    expect(written([1.5e12, 0.5])).to.deep.equal(['1.500×10¹²', '0.5']);
    expect(written([1e20, 1])).to.deep.equal(['100.0×10¹⁸', '1']);
  });
});

describe('the order of rows', () => {
  const column = (cells: readonly Cell[]) => ({ name: 'c', cells, format: formatOf(cells) });
  const order = (cells: readonly Cell[], direction: 'ascending' | 'descending'): number[] => [
    ...orderRows([column(cells)], cells.length, '', { column: 0, direction }),
  ];

  it('is by value both ways, alike rows as they were, NaN beyond infinity, and nothing last', () => {
    const cells = [3, null, NaN, -1, Infinity, 3, -Infinity];
    expect(order(cells, 'ascending')).to.deep.equal([6, 3, 0, 5, 4, 2, 1]);
    expect(order(cells, 'descending')).to.deep.equal([2, 4, 0, 5, 3, 6, 1]);
  });

  it('is by numbers in texts', () => {
    expect(order(['a10', 'a9', null, 'B1'], 'ascending')).to.deep.equal([1, 0, 3, 2]);
  });

  it('holds the rows with a text in some cell as it is written, whatever the case', () => {
    const columns = [column(['Conv', 'dense', null]), column([0.5, 1.25, 2])];
    expect([...orderRows(columns, 3, ' CON ', null)]).to.deep.equal([0]);
    expect([...orderRows(columns, 3, '.00', null)]).to.deep.equal([2]);
    expect([...orderRows(columns, 3, '', null)]).to.deep.equal([0, 1, 2]);
  });
});

describe('show.table', () => {
  it('writes a table in columns that align, its middle cut out where it is long', async () => {
    const rows = Array.from({ length: 2000 }, (_, i) => ({ step: i, loss: 1 / (i + 1), name: `n${i}` }));
    const { text, bundles } = await shown(() => pv.show.table(rows, { title: 'Run' }));
    const lines = text.split('\n');
    expect(lines[0]).to.equal('Run (2\u2009000 rows of 3 columns)');
    expect(lines).to.have.length(1 + 1 + 14 + 1 + 5);
    expect(lines[16]).to.equal('      … 1\u2009981 rows more');
    const [head = '', first = '', last = ''] = [lines[1], lines[2], lines.at(-1)];
    expect(last).to.match(/^1999 +1999 .*n1999$/u);
    for (const [title, cell] of [
      ['step', '0'],
      ['loss', '1'],
    ] as const)
      expect(first.indexOf(`${cell} `, head.indexOf(title)) + cell.length, title).to.be.at.least(head.indexOf(title));
    expect(head.indexOf('name')).to.equal(first.indexOf('n0'));
    expect(pngOf(bundles[0]).length).to.be.within(5_000, 120_000);
    const total = Object.values(bundles[0] ?? {}).reduce<number>((sum, value) => sum + JSON.stringify(value).length, 0);
    expect(total).to.be.below(300_000);
  });

  it('saves as many rows as fit in its bytes, and each number as it was', async () => {
    const { bundles } = await shown(() => pv.show.table(Array.from({ length: 50_000 }, (_, i) => [i / 7, `row ${i}`])));
    const data = bundles[0]?.[TABLE_MIME] as { saved: number; rows: number; columns: { cells: { list: { kind: string } } }[] };
    expect(data.rows).to.equal(50_000);
    expect(data.saved).to.be.within(3000, 9000);
    expect(JSON.stringify(data).length).to.be.below(140_000);
    expect(data.columns[0]?.cells.list.kind).to.equal('float64');
  });

  it('says of a table without rows what it would have', async () => {
    const { text, bundles } = await shown(() => pv.show.table([]));
    expect(text).to.equal('Table (0 rows of 1 column)\n  value');
    expect(pngOf(bundles[0]).length).to.be.above(1000);
  });

  for (const [value, options, message] of [
    [3, {}, 'expects a tensor, a list of objects or rows, or an object {name: column}, but was given 3'],
    [{ a: [1, 2], b: [1] }, {}, 'column a has 2 rows, but b has 1'],
    [{ a: 3 }, {}, 'column a is 3, but must be a list, a typed array or a tensor'],
    [{}, {}, 'the object has no columns'],
    [{ a: pv.zeros([2, 2]) }, {}, 'column a has shape [2, 2], but a column is [rows]'],
    [[[1, 2]], { columns: ['a'] }, 'columns has 1 names, but the table has 2 columns'],
    [[{ a: 1 }], { columns: ['b'] }, "no object has a property 'b'; there are a"],
    [[1], { columns: 'a' }, "columns is 'a', but must be a list of names"],
    [[1], 'title', 'expects options like'],
  ] as const) {
    it(`refuses what is no table: ${message}`, async () => {
      const error = await shown(() => pv.show.table(value as never, options as never)).catch((thrown: unknown) => thrown);
      expect(error).to.be.instanceOf(Error);
      expect((error as Error).message).to.contain(message);
    });
  }
});
