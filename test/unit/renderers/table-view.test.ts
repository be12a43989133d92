// Tables in a real browser: what stands in their cells, sorted and filtered, against the values and orders made here.
import { expect } from 'chai';
import type { Page } from 'playwright-core';
import { askView, setViewHost } from '../../../src/display/live-views.js';
import * as pv from '../../../src/index.js';
import { TABLE_MIME } from '../../../src/protocol/table.js';
import { shown } from '../display/shown.js';
import { useViewsPage } from './views-page.js';

describe('the view of tables', function () {
  this.timeout(60_000);
  const views = useViewsPage();
  let count = 0;

  /** What show.table saves; each under a title of its own, so that what is kept of one is not found by another. */
  async function saved(value: pv.show.TableValue, options: pv.show.TableOptions = {}): Promise<{ saved: number; rows: number }> {
    const { bundles } = await shown(() => pv.show.table(value, { title: `Table ${++count}`, ...options }));
    return bundles[0]?.[TABLE_MIME] as { saved: number; rows: number };
  }
  /** All rows that are drawn, as texts. */
  const drawn = (page: Page = views.page): Promise<string[][]> =>
    page.evaluate(
      `[...document.querySelector('main > div').shadowRoot.querySelectorAll('tbody tr:not(.room)')].map((row) => [...row.children].map((cell) => cell.textContent))`,
    );
  const press = (title: string): Promise<void> =>
    views.page.getByRole('columnheader', { name: title, exact: true }).getByRole('button').click();
  const records = [
    { name: 'conv10', loss: 0.5, step: 300, done: true },
    { name: 'conv2', loss: -1.25, step: 20, done: false },
    { name: 'Dense', loss: NaN, step: -4, done: null },
    { name: 'conv1', loss: Infinity, step: 300, done: true },
  ];

  it('shows each cell, numbers of a column alike', async () => {
    await views.show(TABLE_MIME, await saved(records));
    expect(await drawn()).to.deep.equal([
      ['0', 'conv10', '0.50', '300', 'true'],
      ['1', 'conv2', '−1.25', '20', 'false'],
      ['2', 'Dense', 'NaN', '−4', ''],
      ['3', 'conv1', '∞', '300', 'true'],
    ]);
    const heads = await views.page.getByRole('columnheader').allInnerTexts();
    expect(heads.map((text) => text.trim())).to.deep.equal(['#', 'name', 'loss', 'step', 'done']);
    expect(await views.page.getByRole('table').getAttribute('aria-rowcount')).to.equal('5');
    expect(await views.page.getByRole('rowheader').count()).to.equal(4);
  });

  it('sorts by a column, the other way when pressed again, and back by the row number', async () => {
    await views.show(TABLE_MIME, await saved(records));
    const order = async (): Promise<string> => (await drawn()).map(([number]) => number).join('');
    await press('loss');
    expect(await order(), 'NaN is more than infinity').to.equal('2301');
    await press('loss');
    expect(await order()).to.equal('1032');
    expect(await views.page.getByRole('columnheader', { name: 'loss' }).getAttribute('aria-sort')).to.equal('ascending');
    await press('step');
    expect(await order(), 'alike rows stay in their order').to.equal('0312');
    await press('name');
    expect(await order(), 'by the numbers in texts').to.equal('3102');
    await press('done');
    expect(await order(), 'nothing comes last').to.equal('1032');
    await press('done');
    expect(await order(), 'nothing comes last').to.equal('0312');
    await press('Row number: sorts as the table was given');
    expect(await order()).to.equal('0123');
  });

  it('filters by a text as it is written, and finds filter and order again', async () => {
    const data = await saved(records);
    await views.show(TABLE_MIME, data);
    await views.page.getByRole('searchbox').fill('CONV');
    await press('loss');
    const again = await views.open();
    await views.show(TABLE_MIME, data, again);
    for (const page of [views.page, again]) {
      expect((await drawn(page)).map(([number]) => number)).to.deep.equal(['3', '0', '1']);
      expect(await page.locator('.readout').innerText()).to.contain('3 of 4 rows hold “CONV”');
    }
    expect(await again.getByRole('searchbox').inputValue()).to.equal('CONV');
    await again.close();
    await views.page.getByRole('searchbox').fill('−1.2');
    expect((await drawn()).map(([number]) => number)).to.deep.equal(['1']);
    await views.page.getByRole('searchbox').fill('nowhere');
    expect(await drawn()).to.deep.equal([]);
  });

  it('takes tensors, rows and columns', async () => {
    await views.show(
      TABLE_MIME,
      await saved(
        pv.tensor([
          [1, 2.5],
          [3, 4],
        ]),
        { columns: ['a', 'b'] },
      ),
    );
    expect(await drawn()).to.deep.equal([
      ['0', '1', '2.5'],
      ['1', '3', '4.0'],
    ]);
    await views.show(TABLE_MIME, await saved({ x: pv.tensor([1, 2]), y: Float64Array.of(0.1, 1e9), z: ['p', 'q'] }));
    expect(await drawn()).to.deep.equal([
      ['0', '1', '0.1', 'p'],
      ['1', '2', '1.000×10⁹', 'q'],
    ]);
    await views.show(TABLE_MIME, await saved([[1, 'a'], [2]]));
    expect(await drawn()).to.deep.equal([
      ['0', '1', 'a'],
      ['1', '2', ''],
    ]);
    await views.show(TABLE_MIME, await saved(pv.fft.fft(pv.tensor([1, 2, 3, 4]))));
    expect((await drawn()).map(([, cell]) => cell)).to.deep.equal(['10 + 0i', '−2 + 2i', '−2 + 0i', '−2 − 2i']);
    await views.show(TABLE_MIME, await saved(pv.tensor([[[7, 8]], [[9, 10]]])));
    expect(await drawn()).to.deep.equal([['0', '7', '8']]);
    expect(await views.page.locator('.note').innerText()).to.match(/^1 row of 2 columns · \[2, 1, 2\] float\d\d · first of 2 · /u);
    await views.show(TABLE_MIME, await saved([1e-30, 1e30, -0.001]));
    expect((await drawn()).map(([, cell]) => cell)).to.deep.equal(['1.000×10⁻³⁰', '1.000×10³⁰', '−0.001']);
  });

  it('leads the keys from row to row, and speaks', async () => {
    const rows = Array.from({ length: 300 }, (_, i) => ({ i, square: i * i }));
    await views.show(TABLE_MIME, await saved(rows));
    const grid = views.page.locator('.grid');
    await grid.focus();
    for (const key of ['ArrowDown', 'ArrowDown', 'ArrowDown', 'ArrowUp']) await grid.press(key);
    const spoken = (): Promise<string | null> => views.page.locator('[aria-live=polite]').textContent();
    expect(await spoken()).to.equal('row 1. i 1 · square 1');
    await grid.press('End');
    expect(await spoken()).to.equal('row 299. i 299 · square 89401');
    const active = await views.page.locator('tr.active').boundingBox();
    const box = await grid.boundingBox();
    expect((active?.y ?? 0) + (active?.height ?? 0)).to.be.at.most((box?.y ?? 0) + (box?.height ?? 0) + 1);
    await grid.press('PageUp');
    expect(await spoken()).to.equal('row 288. i 288 · square 82944');
    await grid.press('Home');
    expect(await spoken()).to.equal('row 0. i 0 · square 0');
  });

  it('draws of many rows those in sight, where they belong', async () => {
    const rows = Array.from({ length: 4000 }, (_, i) => [i, 2 * i]);
    await views.show(TABLE_MIME, await saved(rows));
    expect((await drawn()).length).to.be.below(60);
    await views.page.evaluate("document.querySelector('main > div').shadowRoot.querySelector('.grid').scrollTop = 24 * 2000");
    const row = views.page.locator('tr[data-place="2003"]');
    await row.waitFor();
    expect(await row.innerText()).to.match(/^2003\s+2003\s+4006$/u);
    const [grid, at] = [await views.page.locator('.grid').boundingBox(), await row.boundingBox()];
    // Three rows below the first, which is below the titles.
    expect((at?.y ?? 0) - (grid?.y ?? 0)).to.be.closeTo(24 + 3 * 24, 2);
  });

  it('asks the kernel for rows that are not saved, and to sort and filter all of them', async () => {
    const size = 60_000;
    const hash = (i: number): number => (i * 7919) % 60_013;
    setViewHost({ push: () => undefined });
    try {
      const data = await saved(
        pv.tensor(
          Array.from({ length: size }, (_, i) => [i, hash(i)]),
          { dtype: 'int32' },
        ),
        { columns: ['i', 'hash'] },
      );
      expect(data.saved).to.be.below(size);
      views.kernel = askView;
      await views.show(TABLE_MIME, data);
      const grid = views.page.locator('.grid');
      await grid.focus();
      await grid.press('End');
      await views.page
        .locator('tr', { hasText: String(size - 1) })
        .first()
        .waitFor();
      expect((await drawn()).at(-1)).to.deep.equal(['59999', '59999', String(hash(59_999))]);
      await press('hash');
      const sorted = Array.from({ length: size }, (_, i) => i).sort((a, b) => hash(b) - hash(a));
      await views.page
        .locator('tr', { hasText: String(hash(sorted[0] ?? 0)) })
        .first()
        .waitFor();
      expect((await drawn()).slice(0, 5)).to.deep.equal(sorted.slice(0, 5).map((i) => [String(i), String(i), String(hash(i))]));
      await views.page.getByRole('searchbox').fill('4321');
      const found = sorted.filter((i) => [i, hash(i)].some((value) => String(value).includes('4321')));
      await views.page.locator('.readout', { hasText: `${found.length} of` }).waitFor();
      expect((await drawn()).slice(0, found.length).map(([number]) => Number(number))).to.deep.equal(
        found.slice(0, 21).slice(0, (await drawn()).length),
      );
    } finally {
      setViewHost(null);
    }
  });

  it('goes on with the rows that are saved where the kernel has none, and says so', async () => {
    const rows = Array.from({ length: 40_000 }, (_, i) => [i, 40_000 - i]);
    const data = await saved(rows);
    await views.show(TABLE_MIME, data);
    expect(await views.page.locator('.readout').innerText()).to.match(/^the first \d+.?\d* of 40.000 rows: run the cell again to see all/u);
    await views.show(TABLE_MIME, { ...data, view: 'gone-1' });
    views.kernel = () => {
      throw new Error('the kernel does not hold these values any more: run the cell again');
    };
    await press('1');
    await views.page.locator('.readout', { hasText: 'run the cell again' }).waitFor();
    // Already in that order.
    expect((await drawn()).slice(0, 2)).to.deep.equal([
      ['0', '0', '40000'],
      ['1', '1', '39999'],
    ]);
    await press('1');
    expect((await drawn())[0]?.[0]).to.equal(String(data.saved - 1));
  });

  it('takes its rows out in the order that they have', async () => {
    await views.show(
      TABLE_MIME,
      await saved(
        [
          { a: 1.5, b: 'x, "y"' },
          { a: 3, b: null },
          { a: 2, b: 'z' },
        ],
        { title: 'Out' },
      ),
    );
    await press('a');
    const files = await views.page.evaluate<string>(`(async () => {
      const made = [];
      URL.createObjectURL = (blob) => { made.push(blob); return 'data:,'; };
      HTMLAnchorElement.prototype.click = function () { made.push(this.download); };
      Object.defineProperty(navigator, 'clipboard', { value: { writeText: async (text) => void made.push(text) }, configurable: true });
      const root = document.querySelector('main > div').shadowRoot;
      const press = (name) => [...root.querySelectorAll('.item')].find((item) => item.textContent === name).click();
      press('Save as CSV');
      await new Promise(requestAnimationFrame);
      press('Copy rows');
      await new Promise(requestAnimationFrame);
      return JSON.stringify(await Promise.all(made.map((each) => (each instanceof Blob ? each.text() : each))));
    })()`);
    expect(JSON.parse(files)).to.deep.equal([
      '#,a,b\n1,3,\n2,2,z\n0,1.5,"x, ""y"""\n',
      'out.csv',
      '#\ta\tb\n1\t3\t\n2\t2\tz\n0\t1.5\tx, "y"',
    ]);
  });

  it('leaves nothing behind: no listener, no element, and nothing held in the kernel', async () => {
    const fresh = await views.open();
    const data = { ...(await saved(records)), view: 'kernel-1' };
    const before = await fresh.evaluate<number>('listening()');
    for (let i = 0; i < 50; i++) await views.show(TABLE_MIME, data, fresh, `output-${i}`);
    expect(await fresh.evaluate<number>('listening()')).to.be.above(before + 5);
    await fresh.evaluate('rendered.disposeOutputItem()');
    expect(await fresh.evaluate<number>('listening()')).to.equal(before);
    expect(await fresh.evaluate("document.querySelector('main').children.length")).to.equal(0);
    await fresh.close();
  });

  it('says of broken data what is wrong with it', async () => {
    await views.show(TABLE_MIME, { ...(await saved(records)), saved: 5 });
    expect(await views.page.locator('.broken').innerText()).to.match(/table cannot be drawn.*4 cells where there are 5 rows/u);
  });
});
