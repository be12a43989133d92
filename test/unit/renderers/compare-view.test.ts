// Comparisons in a real browser: both tensors, their difference and its spectrum, against sums and colours computed here.
import { expect } from 'chai';
import { interpolateRdBu, interpolateViridis } from 'd3-scale-chromatic';
import { askView, setViewHost } from '../../../src/display/live-views.js';
import * as pv from '../../../src/index.js';
import { COMPARE_MIME } from '../../../src/protocol/compare.js';
import { naiveMagnitude } from '../display/naive-dft.js';
import { shown } from '../display/shown.js';
import { near } from './picture-probe.js';
import { PlaneProbe } from './plane-probe.js';
import { useViewsPage } from './views-page.js';

describe('the view of comparisons', function () {
  this.timeout(60_000);
  const views = useViewsPage();
  const [rows, cols] = [6, 9];
  const at = (f: (row: number, col: number) => number): number[] =>
    Array.from({ length: rows * cols }, (_, i) => f(Math.floor(i / cols), i % cols));
  const a = at((row, col) => Math.sin(row) + Math.cos(2 * col));
  const b = a.map((value, i) => value + 0.2 * Math.cos((2 * Math.PI * ((i % cols) * 2)) / cols) + 0.01 * Math.sin(i * i));
  const difference = a.map((value, i) => value - (b[i] ?? NaN));
  const places = [
    [0, 0],
    [1, 3],
    [5, 8],
    [3, 7],
  ] as const;

  /** What show.compare saves of two arrays. */
  async function saved(one: readonly number[], other: readonly number[], shape: readonly number[]): Promise<unknown> {
    const tensors = [one, other].map((values) => pv.tensor(Float64Array.from(values), { shape: [...shape] })) as [pv.Tensor, pv.Tensor];
    const { bundles } = await shown(() => pv.show.compare(...tensors, { names: ['fft', 'direct'] }));
    return bundles[0]?.[COMPARE_MIME];
  }

  it('draws both on one scale, and the difference about 0', async () => {
    await views.show(COMPARE_MIME, await saved(a, b, [rows, cols]));
    const [min, max] = [Math.min(...a, ...b), Math.max(...a, ...b)];
    const limit = Math.max(...difference.map(Math.abs));
    for (const [row, col] of places) {
      const i = row * cols + col;
      const name = `[${row}, ${col}]`;
      near(await new PlaneProbe(views.page, 0).color(row, col, rows, cols), interpolateViridis(((a[i] ?? NaN) - min) / (max - min)), name);
      near(await new PlaneProbe(views.page, 1).color(row, col, rows, cols), interpolateViridis(((b[i] ?? NaN) - min) / (max - min)), name);
      near(
        await new PlaneProbe(views.page, 2).color(row, col, rows, cols),
        interpolateRdBu(0.5 - (difference[i] ?? NaN) / limit / 2),
        name,
      );
    }
    const said = await new PlaneProbe(views.page, 1).pointAt(3, 7, rows, cols);
    const numbers = [...said.replaceAll('−', '-').matchAll(/(?:fft|direct) (-?[\d.]+)(?= ·|$)/gu)].map(([, number]) => Number(number));
    expect(numbers[0]).to.be.closeTo(a[34] ?? NaN, 5e-3);
    expect(numbers[1]).to.be.closeTo(b[34] ?? NaN, 5e-3);
    expect(await views.page.locator('.verdict').innerText()).to.match(/^Largest difference/u);
  });

  it('draws the spectrum of the difference, zero frequency in the middle, as the transform’s definition has it', async () => {
    const magnitude = naiveMagnitude(Float64Array.from(difference), rows, cols);
    const largest = Math.max(...magnitude);
    const spectrum = new PlaneProbe(views.page, 3);
    for (const [row, col] of places) {
      const [u, v] = [(row + 3) % rows, (col + 5) % cols];
      const db = 20 * Math.log10((magnitude[u * cols + v] ?? NaN) / largest);
      near(await spectrum.color(row, col, rows, cols), interpolateViridis(Math.max(0, 1 + db / 80)), `bin [${u}, ${v}]`);
      const said = await spectrum.pointAt(row, col, rows, cols);
      // Levels are saved in steps of 160 / 252 dB.
      expect(Number(/(−?[\d.]+) dB re max/u.exec(said)?.[1]?.replace('−', '-')), said).to.be.closeTo(db, 0.37);
    }
  });

  it('gives both pictures one range when a handle of either is moved', async () => {
    await views.show(COMPARE_MIME, await saved(a, b, [rows, cols]));
    const handles = views.page.getByRole('slider', { name: 'Lowest value' });
    await handles.nth(1).focus();
    for (let i = 0; i < 3; i++) await handles.nth(1).press('PageUp');
    expect(await handles.nth(0).getAttribute('aria-valuenow')).to.equal(await handles.nth(1).getAttribute('aria-valuenow'));
    const [min, max] = [Math.min(...a, ...b), Math.max(...a, ...b)];
    const low = min + 0.3 * (max - min);
    const value = ((a[8] ?? NaN) - low) / (max - low);
    near(await new PlaneProbe(views.page, 0).color(0, 8, rows, cols), interpolateViridis(Math.max(0, value)), '[0, 8]');
  });

  it('shows signals as curves, and says both values at an index', async () => {
    const [x, y] = [a.slice(0, 40), b.slice(0, 40)];
    await views.show(COMPARE_MIME, await saved(x, y, [40]));
    const plot = views.page.locator('.line-plot').first();
    await plot.waitFor();
    expect(await views.page.locator('.line-plot').count()).to.equal(3);
    const first = views.page.getByRole('application').first();
    await first.focus();
    await first.press('Home');
    for (let i = 0; i < 4; i++) await first.press('ArrowRight');
    const said = (await views.page.locator('.readout').first().innerText()).replaceAll('−', '-').replace(/\s+/gu, ' ');
    const [, index, one, other] = /^index (\d+) fft (-?[\d.]+) · direct (-?[\d.]+)/u.exec(said)?.map(Number) ?? [];
    expect(index, said).to.equal(4);
    expect(one).to.be.closeTo(x[4] ?? NaN, 5e-3);
    expect(other).to.be.closeTo(y[4] ?? NaN, 5e-3);
  });

  it('says of equal tensors that they are, and draws NaN hatched', async () => {
    await views.show(COMPARE_MIME, await saved(a, a, [rows, cols]));
    expect(await views.page.locator('.verdict').innerText()).to.equal('Equal in all 54 elements');
    near(await new PlaneProbe(views.page, 2).color(2, 2, rows, cols), interpolateRdBu(0.5), 'no difference');
    near(await new PlaneProbe(views.page, 3).color(2, 2, rows, cols), interpolateViridis(0), 'no energy at any frequency');
    await views.show(COMPARE_MIME, await saved([NaN, 1, 2, Infinity], [0, 1, 3, Infinity], [2, 2]));
    const [red = 0, green = 0, blue = 0] = await new PlaneProbe(views.page, 2).color(0, 0, 2, 2);
    expect(red - green, 'magenta').to.be.above(20);
    expect(blue - green, 'magenta').to.be.above(10);
  });

  it('finds where large tensors differ, and shows each cell where people look closer', async () => {
    const size = 700;
    const large = Float32Array.from({ length: size * size }, (_, i) => i % 89);
    const changed = large.slice();
    // The middle, where the keys begin.
    changed[350 * size + 350] = 500;
    setViewHost({ push: () => undefined });
    try {
      const tensors = [large, changed].map((values) => pv.tensor(values, { shape: [size, size] })) as [pv.Tensor, pv.Tensor];
      const { bundles } = await shown(() => pv.show.compare(...tensors, { names: ['a', 'b'] }));
      const data = bundles[0]?.[COMPARE_MIME];
      expect(JSON.stringify(data).length).to.be.below(150_000);
      views.kernel = (view, request) => askView(view, request);
      await views.show(COMPARE_MIME, data);
      const probe = new PlaneProbe(views.page, 2);
      await probe.canvas.focus();
      await probe.canvas.press('ArrowRight');
      await views.page.locator('.readout', { hasText: 'where 25 cells differ most' }).waitFor();
      const own = (350 * size + 350) % 89;
      expect(await probe.readout()).to.match(new RegExp(`a ${own} · b 500 · a − b −${500 - own}$`, 'u'));
      for (let i = 0; i < 12; i++) await probe.canvas.press('+');
      await views.page.locator('.readout', { hasNotText: 'differ most' }).waitFor();
      expect(await probe.readout()).to.equal(`row 350, column 350 a ${own} · b 500 · a − b −${500 - own}`);
    } finally {
      setViewHost(null);
    }
  });

  it('leaves nothing behind, and says what is wrong with broken data', async () => {
    const fresh = await views.open('vscode-dark');
    const before = await fresh.evaluate<number>('listening()');
    const data = [await saved(a, b, [rows, cols]), await saved(a, b, [rows * cols])];
    for (let i = 0; i < 50; i++) await views.show(COMPARE_MIME, data[i % 2], fresh, `output-${i}`);
    await fresh.evaluate('rendered.disposeOutputItem()');
    expect(await fresh.evaluate<number>('listening()')).to.equal(before);
    expect(await fresh.evaluate("document.querySelector('main').children.length")).to.equal(0);
    await views.show(COMPARE_MIME, { ...(data[0] as object), names: ['a'] }, fresh);
    expect(await fresh.locator('.broken').innerText()).to.contain('This comparison cannot be drawn');
    await fresh.close();
  });
});
