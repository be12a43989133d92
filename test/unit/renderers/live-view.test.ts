// Trainings in a real browser: what is drawn and said at each step, while news come and afterwards, against values and colours computed here.
import { expect } from 'chai';
import { interpolateRdBu } from 'd3-scale-chromatic';
import type { Locator, Page } from 'playwright-core';
import { LIVE_MIME, curveData, type LiveData, type LiveParts, type PictureData } from '../../../src/protocol/live.js';
import { floatsToText } from '../../../src/protocol/numbers.js';
import { floatPlane } from '../../../src/protocol/plane-data.js';
import { smoothed } from '../../../webview/renderers/live/model.js';
import { near } from './picture-probe.js';
import { PlaneProbe } from './plane-probe.js';
import { fitted, PlotProbe } from './plot-probe.js';
import { useViewsPage } from './views-page.js';

const [planes, rows, cols] = [3, 2, 3] as const;
const loss = (step: number): number => Math.exp(-step / 10);
const rate = (step: number): number => 0.2 + 0.01 * step;
/** A cell at a step: the largest of all steps is 1.2, at the last cell of the last step. */
const cell = (plane: number, row: number, col: number, step: number): number => Math.sin(1 + plane * 5 + row * 3 + col) * (0.2 + step / 40);
const level = (ring: number, step: number): number => -ring - step / 4;
const steps = Array.from({ length: 40 }, (_, i) => i + 1);
const looked = [1, 11, 21, 31, 40];
const all = looked.flatMap((step) => cellsAt(step));
const largest = Math.max(...all.map(Math.abs));

function cellsAt(step: number): number[] {
  return Array.from({ length: planes * rows * cols }, (_, i) => cell(Math.floor(i / 6), Math.floor(i / 3) % 2, i % 3, step));
}

function pictureAt(taken: readonly number[], from = 0): PictureData {
  const snapshots = taken.map((step, i) => ({
    index: from + i,
    step,
    cells: floatPlane(cellsAt(step), planes * rows, cols),
    radial: floatsToText(Array.from({ length: 17 }, (_, ring) => level(ring, step))),
  }));
  return { name: 'conv', note: '2×3', planes, rows, cols, snapshots };
}

function partsOf(upTo = 40, state: LiveParts['state'] = 'done'): LiveParts {
  const of = steps.filter((step) => step <= upTo);
  return {
    state,
    step: upTo,
    problem: '',
    curves: [curveData('loss', upTo, of, of.map(loss)), curveData('rate', upTo, of, of.map(rate))],
    pictures: [pictureAt(looked.filter((step) => step <= upTo))],
  };
}

const saved = (view: string | null = null, upTo = 40, state: LiveParts['state'] = 'done'): LiveData => ({
  view,
  title: 'Fit',
  ...partsOf(upTo, state),
});

describe('the view of trainings', function () {
  this.timeout(60_000);
  const views = useViewsPage();
  const slider = (page: Page = views.page): Locator => page.getByRole('slider', { name: 'Step', exact: true });
  const note = (page: Page = views.page): Promise<string> => page.locator('.card > .heading .note').innerText();
  const spoken = (): Promise<string | null> => views.page.locator('[aria-live=polite]').textContent();
  /** Waits until what is to be drawn at the next frame is drawn. */
  const drawn = (page: Page = views.page): Promise<unknown> =>
    page.evaluate('new Promise((resolve) => requestAnimationFrame(() => requestAnimationFrame(resolve)))');
  /** The mosaic: three planes side by side, a cell apart. */
  const mosaic = [rows, planes * (cols + 1) - 1] as const;

  async function expectCells(step: number, probe = new PlaneProbe(views.page)): Promise<void> {
    for (const [plane, row, col] of [
      [0, 0, 0],
      [1, 1, 2],
      [2, 0, 1],
    ] as const) {
      const value = cell(plane, row, col, step);
      const color = await probe.color(row, plane * (cols + 1) + col, ...mosaic);
      near(color, interpolateRdBu(1 - (value / largest + 1) / 2), `plane ${plane} [${row}, ${col}] at step ${step}`);
    }
  }

  it('draws the tensors of the last step on one scale for all, and says their cells', async () => {
    await views.show(LIVE_MIME, saved());
    await expectCells(40);
    const probe = new PlaneProbe(views.page);
    const said = await probe.pointAt(1, 2 * (cols + 1) + 1, ...mosaic);
    expect(said).to.contain('conv, plane 2, row 1, column 1');
    expect(Number(said.replaceAll('−', '-').split(' ').at(-1))).to.be.closeTo(cell(2, 1, 1, 40), 5.1e-3);
    expect(await note()).to.equal('40 steps');
    await probe.pointAt(0, cols, ...mosaic);
    expect(await probe.readout(), 'between planes').to.contain('step 40: loss 0.0183, rate 0.600');
  });

  it('the slider leads back through the steps by keys, which speak, and to the latest again', async () => {
    await views.show(LIVE_MIME, saved());
    await slider().focus();
    expect(await slider().getAttribute('aria-valuetext')).to.equal('step 40, the latest');
    await slider().press('ArrowLeft');
    await slider().press('ArrowLeft');
    await drawn();
    expect(await slider().getAttribute('aria-valuetext')).to.equal('step 21');
    await expectCells(21);
    expect(await spoken()).to.equal('step 21. loss 0.122, rate 0.410');
    expect(await views.page.locator('.tiles .note').innerText()).to.equal('step 21 · 2×3');
    await slider().press('Home');
    await drawn();
    await expectCells(1);
    await views.page.getByRole('button', { name: 'Follow the latest step' }).click();
    await drawn();
    expect(await slider().getAttribute('aria-valuetext')).to.equal('step 40, the latest');
    await expectCells(40);
  });

  it('draws curves where their values lie, on linear and logarithmic axes, and says them', async () => {
    await views.show(LIVE_MIME, saved());
    const x = { from: 1, to: 40 };
    const blue = '#1a85ff';
    const values = steps.flatMap((step) => [loss(step), rate(step)]);
    const linear = new PlotProbe(views.page, x, fitted(values));
    for (const step of [5, 14, 30]) expect(await linear.hasColor(step, loss(step), blue), `step ${step}`).to.equal(true);
    expect(await linear.hasColor(30, 0.7, blue)).to.equal(false);
    expect(await linear.pointAt(14)).to.contain(`step 14 loss ${loss(14).toPrecision(3)}, rate 0.340`);
    await views.page.getByRole('radio', { name: 'logarithmic' }).check();
    await drawn();
    const log = new PlotProbe(views.page, x, fitted(values, true));
    for (const step of [5, 14, 30]) expect(await log.hasColor(step, loss(step), blue), `step ${step} of a logarithmic axis`).to.equal(true);
  });

  it('draws the radial spectra of the step that is looked at, and says them', async () => {
    await views.show(LIVE_MIME, saved());
    const x = { from: 0, to: 0.5 };
    // Of all steps: from the last ring of the last step to the first of the first, and 3 dB beyond.
    const y = { from: level(16, 40) - 3, to: level(0, 1) + 3 };
    const probe = new PlotProbe(views.page, x, y, 1);
    const blue = '#1a85ff';
    await slider().focus();
    await slider().press('ArrowLeft');
    await drawn();
    for (const ring of [3, 8, 13]) expect(await probe.hasColor(ring / 32, level(ring, 31), blue, 2), `ring ${ring}`).to.equal(true);
    expect(await probe.hasColor(8 / 32, level(8, 31) - 3, blue)).to.equal(false);
    expect(await probe.pointAt(8 / 32)).to.contain('0.25 cycles/sample, wavelength 4 samples conv −15.8 dB');
  });

  it('smooths curves by means of the last points, says so, and keeps what is no number', async () => {
    const values = Float64Array.from({ length: 100 }, (_, i) => (i === 50 ? NaN : i === 60 ? Infinity : Math.sin(i)));
    const { x, y, band } = smoothed({ steps: values.map((_, i) => 2 * i), values }, 10);
    expect([...x]).to.deep.equal(Array.from(values, (_, i) => 2 * i));
    values.forEach((value, i) => {
      if (!Number.isFinite(value)) {
        expect(Object.is(y[i], value)).to.equal(true);
        return;
      }
      const last = [...values].slice(Math.max(0, i - 9), i + 1).filter(Number.isFinite);
      expect(y[i]).to.be.closeTo(last.reduce((sum, each) => sum + each, 0) / last.length, 1e-12);
      expect([band?.low[i], band?.high[i]]).to.deep.equal([Math.min(...last), Math.max(...last)]);
    });
    await views.show(LIVE_MIME, { ...saved(), title: 'Smoothed' });
    await views.page.getByRole('radio', { name: 'mean of 10' }).check();
    expect(await spoken()).to.contain('each point is the mean of the last 10');
    await drawn();
    const mean = steps.slice(20, 30).reduce((sum, step) => sum + loss(step) / 10, 0);
    const probe = new PlotProbe(views.page, { from: 1, to: 40 }, fitted(steps.flatMap((step) => [loss(step), rate(step)])));
    expect(await probe.hasColor(30, mean, '#1a85ff')).to.equal(true);
  });

  it('asks the kernel for all that was told before, and follows what it tells', async () => {
    const asked: unknown[] = [];
    views.kernel = (view, request) => {
      asked.push([view, request]);
      return partsOf(31, 'running');
    };
    const page = await views.open();
    await views.show(LIVE_MIME, saved('kernel-7', 1, 'running'), page);
    await page.locator('.card > .heading .note', { hasText: 'running, 31 steps' }).waitFor();
    expect(asked).to.deep.equal([['kernel-7', { ask: 'all' }]]);
    const next = (step: number): LiveParts => ({
      state: 'running',
      step,
      problem: '',
      curves: [curveData('loss', step, [step], [loss(step)])],
      pictures: step === 40 ? [pictureAt([40], 4)] : [],
    });
    for (let step = 32; step <= 40; step++) await views.push('kernel-7', next(step), page);
    await page.locator('.card > .heading .note', { hasText: 'running, 40 steps' }).waitFor();
    expect(await slider(page).getAttribute('aria-valuetext')).to.equal('step 40, the latest');
    await views.push('kernel-7', { ...next(41), curves: [], state: 'stopped' }, page);
    await page.locator('.card > .heading .note', { hasText: 'stopped at step 41' }).waitFor();
    await page.close();
  });

  it('draws once a frame, whatever comes, and leaves focus, zoom and the chosen step alone', async () => {
    views.kernel = () => partsOf(31, 'running');
    const page = await views.open();
    await views.show(LIVE_MIME, saved('kernel-8', 31, 'running'), page);
    await drawn(page);
    await slider(page).focus();
    await slider(page).press('ArrowLeft');
    const shadow = `document.querySelector('main > div').shadowRoot`;
    await page.locator('.line-plot .u-over').first().hover();
    await page.getByRole('button', { name: 'Zoom in' }).click();
    await slider(page).focus();
    await page.mouse.move(0, 0);
    const pixels = (): Promise<number> =>
      page.evaluate(`(() => {
        const canvas = ${shadow}.querySelector('.line-plot canvas');
        const { data } = canvas.getContext('2d').getImageData(0, canvas.height - 34, canvas.width, 20);
        return data.reduce((sum, byte, i) => (sum * 31 + byte) % 1000003, 0);
      })()`);
    await drawn(page);
    const ticks = await pixels();
    await page.evaluate(`{
      globalThis.draws = 0;
      globalThis.frames = 0;
      const put = OffscreenCanvasRenderingContext2D.prototype.putImageData;
      OffscreenCanvasRenderingContext2D.prototype.putImageData = function (...given) { draws++; return put.apply(this, given); };
      const count = () => { frames++; requestAnimationFrame(count); };
      requestAnimationFrame(count);
    }`);
    const news = Array.from({ length: 50 }, (_, i) => ({
      state: 'running',
      step: 32 + i,
      problem: '',
      curves: [curveData('loss', 32 + i, [31 + i / 100].map(Math.floor), [0.5])],
      pictures: [],
    }));
    // All of them before the next frame.
    await page.evaluate(
      `for (const data of ${JSON.stringify(news)}) for (const listener of listeners) listener({ kind: 'push', view: 'kernel-8', data })`,
    );
    await drawn(page);
    expect(await page.evaluate('draws')).to.equal(1);
    for (const data of news) await views.push('kernel-8', data, page);
    await drawn(page);
    const [draws, frames] = await page.evaluate<[number, number]>('[draws, frames]');
    expect(draws).to.be.at.most(frames + 1);
    expect(await note(page)).to.equal('running, 81 steps');
    expect(await page.evaluate(`${shadow}.activeElement.ariaLabel`)).to.equal('Step');
    expect(await slider(page).getAttribute('aria-valuetext')).to.equal('step 21');
    expect(await pixels(), 'ticks of the part that is looked at').to.equal(ticks);
    await page.close();
  });

  it('a newer saved output is shown in its place, and another view is shown anew', async () => {
    views.kernel = () => {
      throw new Error('the kernel does not hold these values any more: run the cell again');
    };
    const page = await views.open();
    await views.show(LIVE_MIME, saved('kernel-9', 21, 'running'), page);
    await page.locator('.card > .heading .note', { hasText: 'saved while it ran, 21 steps' }).waitFor();
    await slider(page).focus();
    await slider(page).press('Home');
    await page.evaluate(`document.querySelector('main > div').shadowRoot.querySelector('.card').dataset.mark = 'mine'`);
    const isMine = (): Promise<number> => page.locator('.card[data-mark=mine]').count();
    await views.show(LIVE_MIME, saved('kernel-9', 40, 'done'), page);
    await page.locator('.card > .heading .note', { hasText: '40 steps' }).waitFor();
    expect(await isMine()).to.equal(1);
    expect(await slider(page).getAttribute('aria-valuetext')).to.equal('step 1');
    // It is found under what is shown now.
    const again = await views.open();
    await views.show(LIVE_MIME, saved('kernel-9', 40, 'done'), again);
    await again.locator('[aria-valuetext="step 1"]').waitFor();
    await again.close();
    await views.show(LIVE_MIME, saved('kernel-10', 40, 'done'), page);
    expect(await isMine()).to.equal(0);
    await page.close();
  });

  it('finds step, axis, smoothing and hidden curves again', async () => {
    const data = { ...saved(), title: 'Kept' };
    await views.show(LIVE_MIME, data);
    await slider().focus();
    await slider().press('ArrowLeft');
    await views.page.getByRole('radio', { name: 'logarithmic' }).check();
    await views.page.getByRole('radio', { name: 'mean of 50' }).check();
    await views.page.getByRole('button', { name: 'rate' }).click();
    const again = await views.open();
    await views.show(LIVE_MIME, data, again);
    await again.locator('[aria-valuetext="step 31"]').waitFor();
    expect(await again.getByRole('radio', { name: 'logarithmic' }).isChecked()).to.equal(true);
    expect(await again.getByRole('radio', { name: 'mean of 50' }).isChecked()).to.equal(true);
    expect(await again.getByRole('button', { name: 'rate' }).getAttribute('aria-pressed')).to.equal('false');
    await again.close();
  });

  it('plays the steps to the latest, and pauses', async () => {
    const page = await views.open();
    // At the pace of those who want little motion.
    await page.emulateMedia({ reducedMotion: 'reduce' });
    await views.show(LIVE_MIME, { ...saved(), title: 'Played' }, page);
    const play = page.getByRole('button', { name: 'Play the steps' });
    await play.click();
    await page.locator('[aria-valuetext="step 11"]').waitFor();
    await page.getByRole('button', { name: 'Pause' }).click();
    expect(await play.count()).to.equal(1);
    await play.click();
    await page.locator('[aria-valuetext="step 40, the latest"]').waitFor();
    await play.waitFor();
    await drawn(page);
    await expectCells(40, new PlaneProbe(page));
    await page.close();
  });

  it('a click on a curve leads to the nearest step that was looked at', async () => {
    await views.show(LIVE_MIME, saved());
    const probe = new PlotProbe(views.page, { from: 1, to: 40 }, fitted(steps.flatMap((step) => [loss(step), rate(step)])));
    await probe.pointAt(18);
    await views.page.mouse.down();
    await views.page.mouse.up();
    await views.page.locator('[aria-valuetext="step 21"]').waitFor();
    await drawn();
    await expectCells(21);
  });

  it('saves every point from the kernel, or those that it has, and the tensors of the step', async () => {
    views.kernel = (_, request) => {
      if ((request as { ask: string }).ask === 'all') return partsOf();
      return [{ name: 'loss', steps: [1, 2, 3], values: [0.1, 'NaN', 'Infinity'] }];
    };
    const page = await views.open();
    await page.evaluate(`{
      globalThis.made = [];
      HTMLAnchorElement.prototype.click = function () { made.push(this.download); };
      const make = URL.createObjectURL;
      URL.createObjectURL = (blob) => { blob.text().then((text) => made.push(text)); return make.call(URL, blob); };
    }`);
    const take = async (item: string): Promise<string[]> => {
      await page.getByRole('button', { name: 'More' }).click();
      await page.getByRole('button', { name: item }).click();
      await page.evaluate('new Promise((done) => { const look = () => (made.length === 2 ? done() : setTimeout(look, 5)); look(); })');
      return page.evaluate<string[]>('made.splice(0)');
    };
    await views.show(LIVE_MIME, saved('kernel-11'), page);
    expect(await take('Save all points as CSV')).to.deep.equal(['fit.csv', 'curve,step,value\nloss,1,0.1\nloss,2,NaN\nloss,3,Infinity\n']);
    await slider(page).focus();
    await slider(page).press('Home');
    const [name, tensors = ''] = await take('Save tensors of this step as CSV');
    expect(name).to.equal('fit-tensors.csv');
    const lines = tensors.trimEnd().split('\n');
    expect([lines[0], lines.length]).to.deep.equal(['tensor,step,plane,row,column,value', 19]);
    expect(lines[1 + 6 + 3 + 2]).to.equal(`conv,1,1,1,2,${Math.fround(cell(1, 1, 2, 1))}`);
    expect((await take('Save as PNG'))[0]).to.equal('fit.png');
    views.kernel = () => {
      throw new Error('the kernel does not hold these values any more');
    };
    const thinned = { ...saved('kernel-12'), curves: [curveData('loss', 1000, [1, 500, 1000], [3, 2, 0.1])] };
    await views.show(LIVE_MIME, thinned, page);
    expect((await take('Save all points as CSV'))[1]).to.equal('curve,step,value\nloss,1,3\nloss,500,2\nloss,1000,0.1\n');
    expect(await page.locator('.readout').innerText()).to.contain('Saved 3 of 1000 points');
    await page.close();
  });

  it('shows nothing, one step, and values that are no numbers as what they are', async () => {
    const empty: LiveData = { view: null, title: 'Fit', state: 'done', step: 0, problem: '', curves: [], pictures: [] };
    await views.show(LIVE_MIME, empty);
    expect(await views.page.locator('.view').innerText()).to.contain('No step was logged yet');
    expect(await slider().isVisible()).to.equal(false);
    await views.show(LIVE_MIME, { ...empty, step: 1, curves: [curveData('loss', 1, [1], [2])] });
    expect(await note()).to.equal('1 step');
    expect(await slider().isDisabled()).to.equal(true);
    expect(await views.page.locator('.readout').innerText()).to.contain('step 1: loss 2');
    const odd = [NaN, Infinity, -Infinity, 0, 0.5, -0.5];
    const picture: PictureData = {
      ...pictureAt([]),
      planes: 1,
      snapshots: [{ index: 0, step: 1, cells: floatPlane(odd, 2, 3), radial: floatsToText(Array.from({ length: 17 }, () => NaN)) }],
    };
    await views.show(LIVE_MIME, { ...empty, step: 3, curves: [curveData('loss', 3, [1, 2, 3], [NaN, Infinity, 1])], pictures: [picture] });
    const probe = new PlaneProbe(views.page);
    const [red = 0, green = 0] = await probe.color(0, 0, 2, 3);
    expect(red - green, 'magenta').to.be.above(20);
    near(await probe.color(0, 1, 2, 3), interpolateRdBu(0), '∞');
    near(await probe.color(0, 2, 2, 3), interpolateRdBu(1), '−∞');
    near(await probe.color(1, 1, 2, 3), interpolateRdBu(0), 'the largest');
    expect(await probe.pointAt(0, 0, 2, 3)).to.match(/row 0, column 0 NaN$/u);
    const zeros = { ...picture, snapshots: [{ ...picture.snapshots[0]!, cells: floatPlane([0, 0, 0, 0, 0, 0], 2, 3) }] };
    await views.show(LIVE_MIME, { ...empty, step: 1, pictures: [zeros] });
    near(await probe.color(0, 0, 2, 3), interpolateRdBu(0.5), 'a constant');
  });

  it('leaves nothing behind: no listener, no element, no timer, and nothing held in the kernel', async () => {
    const fresh = await views.open();
    const before = await fresh.evaluate<number>('listening()');
    views.kernel = () => partsOf(31, 'running');
    for (let i = 0; i < 50; i++) {
      await views.show(LIVE_MIME, saved(`kernel-${100 + i}`, 31, 'running'), fresh, `output-${i}`);
      await views.push(`kernel-${100 + i}`, partsOf(40, 'running'), fresh);
    }
    expect(await fresh.evaluate<number>('listening()')).to.be.above(before + 50);
    await fresh.evaluate('rendered.disposeOutputItem()');
    await drawn(fresh);
    expect(await fresh.evaluate<number>('listening()')).to.equal(before);
    expect(await fresh.evaluate("document.querySelector('main').children.length")).to.equal(0);
    expect(views.gone.filter((name) => /^kernel-1\d\d$/u.test(name)).length).to.equal(50);
    await fresh.close();
  });

  it('says of broken data what is wrong with it', async () => {
    const broken = async (data: unknown): Promise<string> => {
      await views.show(LIVE_MIME, data);
      return views.page.locator('.broken').innerText();
    };
    expect(await broken({ ...saved(), step: 'last' })).to.match(/training cannot be drawn.*Expected number but received "last"/u);
    expect(await broken({ ...saved(), curves: [{ ...curveData('loss', 2, [1, 2], [1, 2]), steps: [1, 2, 3] }] })).to.match(
      /8 bytes where 3 numbers take 12/u,
    );
    const [picture] = saved().pictures;
    const wrong = { ...picture!, planes: 2 };
    expect(await broken({ ...saved(), pictures: [wrong] })).to.contain('6×3 cells where 2 planes of 2×3 are');
  });
});
