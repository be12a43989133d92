// Spectra of signals in a real browser, against the transform by its definition.
import { expect } from 'chai';
import { askView, setViewHost } from '../../../src/display/live-views.js';
import * as pv from '../../../src/index.js';
import { SPECTRUM_MIME } from '../../../src/protocol/spectrum.js';
import { naiveTransform, sampled } from '../display/naive-dft.js';
import { shown } from '../display/shown.js';
import { PlotProbe } from './plot-probe.js';
import { themes } from './themes.js';
import { useViewsPage } from './views-page.js';

describe('the view of spectra of signals', function () {
  this.timeout(120_000);
  const views = useViewsPage();
  before(() => pv.setDevice('cpu'));
  beforeEach(() => {
    views.kernel = () => {
      throw new Error('the kernel does not hold these values any more: run the cell again');
    };
  });
  const line = themes['vscode-light']['--vscode-charts-blue'];
  const n = 40;
  const values = sampled(n, (i) => Math.sin((2 * Math.PI * 6 * i) / n + 0.4) + 0.1 * Math.sin(i * i));
  const { re, im } = naiveTransform(values, 1, n);
  const size = re.map((value, i) => Math.hypot(value, im[i] ?? NaN));
  const reference = Math.max(...size);
  const db = (bin: number): number => 20 * Math.log10((size[(bin + n) % n] ?? NaN) / reference);

  let shows = 0;
  async function saved(x: pv.Tensor, options?: pv.show.SpectrumOptions): Promise<unknown> {
    const { bundles } = await shown(() => pv.show.spectrum(x, { title: `Spectrum ${++shows}`, ...options }));
    return bundles[0]?.[SPECTRUM_MIME];
  }
  const select = async (name: string, label: string): Promise<void> =>
    void (await views.page.getByLabel(name, { exact: true }).selectOption({ label }));

  it('draws the levels of positive frequencies where they are, in Hz, and says them', async () => {
    await views.show(SPECTRUM_MIME, await saved(pv.tensor(values), { sampleRate: 800, floorDb: -60 }));
    const probe = new PlotProbe(views.page, { from: 0, to: 400 }, { from: -60, to: 4 });
    for (const bin of [2, 6, 13, 19]) expect(await probe.hasColor(bin * 20, db(bin), line, 2), `bin ${bin}`).to.equal(true);
    const said = await probe.pointAt(13 * 20);
    expect(said).to.contain('260 Hz · bin 13 · period 0.00385 s');
    expect(Number((/(\S+) dB re max/u.exec(said)?.[1] ?? '').replaceAll('−', '-'))).to.be.closeTo(db(13), 0.06);
    // The peak, its frequency beside it.
    expect(await probe.hasColor(6 * 20, 0, line, 3)).to.equal(true);
  });

  it('draws all of them with zero frequency in the middle or first, in bins and magnitudes', async () => {
    await views.show(SPECTRUM_MIME, await saved(pv.tensor(values), { floorDb: -60 }));
    await select('Zero frequency', 'in the middle');
    await select('Axes', 'bins');
    const middle = new PlotProbe(views.page, { from: -20, to: 20 }, { from: -60, to: 4 });
    for (const bin of [-19, -6, 0, 6, 17]) {
      expect(await middle.hasColor(bin, Math.max(-60, db(bin)), line, 2), `bin ${bin}`).to.equal(true);
      expect(await middle.pointAt(bin)).to.contain(`bin ${String(bin).replace('-', '−')} · `);
    }
    await select('Zero frequency', 'first');
    const first = new PlotProbe(views.page, { from: 0, to: n }, { from: -60, to: 4 });
    expect(await first.hasColor(34, db(-6), line, 2)).to.equal(true);
    expect(await first.pointAt(34)).to.contain('bin −6 · ');
    await views.page.getByLabel('Magnitude', { exact: true }).check({ force: true });
    const magnitudes = new PlotProbe(views.page, { from: 0, to: n }, { from: 0, to: 1.04 * reference });
    expect(await magnitudes.hasColor(6, reference, line, 2)).to.equal(true);
    expect(await magnitudes.hasColor(20, size[20] ?? NaN, line, 2)).to.equal(true);
  });

  it('has two handles for the range of its axis, by pointer and keys, beside the histogram of its levels, and finds it again', async () => {
    const data = await saved(pv.tensor(values), { floorDb: -60, title: 'Handled' });
    await views.show(SPECTRUM_MIME, data);
    const [lowest, highest] = ['Lowest', 'Highest'].map((end) => views.page.getByRole('slider', { name: `${end} value of the axis` }));
    if (lowest === undefined || highest === undefined) return expect.fail('no handles');
    const value = async (handle: typeof lowest, name = 'aria-valuenow'): Promise<number> => Number(await handle.getAttribute(name));
    expect([await value(lowest), await value(highest)]).to.deep.equal([-60, 0]);
    expect(await value(lowest, 'aria-valuemin')).to.be.closeTo(Math.min(-60, ...Array.from({ length: n }, (_, bin) => db(bin))), 1e-3);
    // The bar is 240 px high, as the axis.
    const box = (await views.page.locator('.color-bar canvas').boundingBox()) ?? expect.fail('no bar');
    const [bottom, top] = [await value(lowest, 'aria-valuemin'), 0];
    const yOf = (level: number): number => 22 + 240 * (1 - (level - bottom) / (top - bottom));
    /** Moves a handle to a level. */
    const drag = async (handle: typeof lowest, level: number): Promise<void> => {
      await handle.hover();
      await views.page.mouse.down();
      await views.page.mouse.move(box.x + 40, box.y + yOf(level));
      await views.page.mouse.up();
    };
    await drag(lowest, -45);
    await drag(highest, -10);
    const step = (top - bottom) / 100;
    await highest.press('ArrowUp');
    await lowest.press('PageDown');
    const [min, max] = [await value(lowest), await value(highest)];
    expect(min).to.be.closeTo(-45 - 10 * step, 0.4);
    expect(max).to.be.closeTo(-10 + step, 0.4);
    const check = async (page = views.page): Promise<void> => {
      const probe = new PlotProbe(page, { from: 0, to: 0.5 }, { from: min, to: max + 4 });
      const inside = [2, 7, 13, 19].filter((bin) => db(bin) > min && db(bin) < max);
      expect(inside).to.have.lengthOf.above(2);
      for (const bin of inside) expect(await probe.hasColor(bin / n, db(bin), line, 2), `bin ${bin}`).to.equal(true);
      // Of the bar the part that the axis shows has the colour of the curve, paler; beside it stand the levels, more of them where there are more.
      const [bar = [], histogram = []] = await page.evaluate<number[][][]>(`(() => {
        const context = document.querySelector('main > div').shadowRoot.querySelector('.color-bar canvas').getContext('2d');
        const pixel = (x, y) => [...context.getImageData(x, Math.round(y), 1, 1).data];
        const levels = ${JSON.stringify([max + 2, max - 2, min + 2, min - 2].map(yOf))};
        return [levels.map((y) => pixel(38, y)), ${JSON.stringify(Array.from({ length: 240 }, (_, y) => 22 + y))}.map((y) => pixel(28, y))];
      })()`);
      const [red, green, blue] = [1, 3, 5].map((i) => parseInt(line.slice(i, i + 2), 16));
      const isPale = ([r = 0, g = 0, b = 0, alpha = 0]: number[]): boolean =>
        Math.abs(alpha - 0.4 * 255) <= 1 && Math.max(Math.abs(r - (red ?? 0)), Math.abs(g - (green ?? 0)), Math.abs(b - (blue ?? 0))) <= 3;
      expect(bar.map(isPale), JSON.stringify(bar)).to.deep.equal([false, true, true, false]);
      // Where there is no level the histogram is empty, and where there is one it is not.
      const has = (level: number): boolean => [-2, -1, 0, 1, 2].some((by) => (histogram[Math.round(yOf(level) - 22) + by]?.[3] ?? 0) > 0);
      for (const bin of [2, 7, 13, 19]) expect(has(db(bin)), `bin ${bin}`).to.equal(true);
      const levels = Array.from({ length: n }, (_, bin) => db(bin));
      const empty = Array.from({ length: 240 }, (_, y) => top - ((y + 0.5) / 240) * (top - bottom)).filter((level) =>
        levels.every((known) => Math.abs(known - level) > 3),
      );
      expect(empty).to.have.lengthOf.above(20);
      for (const level of empty) expect(histogram[Math.round(yOf(level) - 22)]?.[3] ?? 0, `${level} dB`).to.equal(0);
    };
    await check();
    const again = await views.open();
    await views.show(SPECTRUM_MIME, data, again);
    await again.getByRole('slider', { name: 'Lowest value of the axis' }).waitFor();
    await check(again);
    await again.close();
  });

  it('has what float32 rounds as a line, where the axis reaches so far', async () => {
    const tone = pv
      .arange(256)
      .mul((2 * Math.PI * 16) / 256)
      .sin()
      .astype('float32');
    // ‖x‖² = 128, N = 256, and the peak is 128.
    const floor = 20 * Math.log10((0.3 * 2 ** -23 * Math.sqrt(128) * Math.sqrt(8)) / 128);
    expect(floor).to.be.closeTo(-161, 1);
    await views.show(SPECTRUM_MIME, await saved(tone));
    const lowest = views.page.getByRole('slider', { name: 'Lowest value of the axis' });
    await lowest.press('Home');
    const low = Number(await lowest.getAttribute('aria-valuenow'));
    expect(low).to.be.below(floor - 5);
    const probe = new PlotProbe(views.page, { from: 0, to: 0.5 }, { from: low, to: 4 });
    expect(await probe.hasColor(16 / 256, 0, line, 3)).to.equal(true);
    expect((await views.page.locator('.meters li').allInnerTexts())[2]).to.contain(
      `A float32 transform rounds at ${floor.toFixed(1).replace('-', '−')} dB re max`,
    );
  });

  it('of a complex signal draws both sides, and marks the mirror of a bin that is clicked', async () => {
    const complex = pv.complex(pv.tensor(values), pv.tensor(values.map((value, i) => value * Math.cos(i))));
    await views.show(SPECTRUM_MIME, await saved(complex, { floorDb: -60 }));
    const probe = new PlotProbe(views.page, { from: -0.5, to: 0.5 }, { from: -60, to: 4 });
    expect(await probe.pointAt(-0.25)).to.contain('−0.25 cycles/sample · bin −10 · period 4 samples');
    await views.page.mouse.down();
    await views.page.mouse.up();
    expect(await views.page.locator('.wave-box .note').innerText())
      .to.contain('period 4 samples')
      .and.to.contain('16 samples shown');
  });

  it('asks the kernel for single bins of a long signal where it is looked at closer', async () => {
    setViewHost({ push: () => undefined });
    try {
      const long = pv.randn([100000], { seed: 3 });
      const bins = await pv.fft.rfft(long).data();
      views.kernel = (view, request) => askView(view, request);
      await views.show(SPECTRUM_MIME, await saved(long));
      await views.page.locator('.resolution').getByText('Each point is the largest of 3 bins', { exact: true }).waitFor();
      await views.page.locator('.line-plot').first().focus();
      for (let i = 0; i < 10; i++) await views.page.keyboard.press('+');
      await views.page.locator('.resolution').getByText('Every bin is drawn', { exact: true }).waitFor();
      await views.page.keyboard.press('ArrowRight');
      await views.page.locator('.readout', { hasText: 'dB re max', hasNotText: 'largest of' }).waitFor();
      const said = await views.page.locator('.readout').first().innerText();
      const bin = Number(/bin (\d+)/u.exec(said)?.[1]);
      const expected = Math.hypot(bins[2 * bin] ?? NaN, bins[2 * bin + 1] ?? NaN);
      expect(Number(/\|X\| (\S+)/u.exec(said)?.[1]), said).to.be.closeTo(expected, 0.006 * expected);
    } finally {
      setViewHost(null);
    }
  });

  it('with zero frequency first draws the bins of a long signal over the highest frequency, and that of Nyquist alone', async () => {
    setViewHost({ push: () => undefined });
    try {
      const length = 100000;
      const tone = (bin: number): Float64Array =>
        Float64Array.from({ length }, (_, i) => Math.cos((2 * Math.PI * ((bin * i) % length)) / length));
      const parts = [
        [tone(12345), 1],
        [tone(49990), 0.5],
        [tone(50000), 0.1],
      ] as const;
      const signal = Float64Array.from({ length }, (_, i) =>
        parts.reduce((sum, [wave, size]) => sum + size * (wave[i] ?? NaN), 0.01 * Math.sin(i * i)),
      );
      const magnitudeOf = (bin: number): number => {
        let [real, imaginary] = [0, 0];
        signal.forEach((value, i) => {
          const angle = (2 * Math.PI * ((bin * i) % length)) / length;
          real += value * Math.cos(angle);
          imaginary -= value * Math.sin(angle);
        });
        return Math.hypot(real, imaginary);
      };
      views.kernel = (view, request) => askView(view, request);
      await views.show(SPECTRUM_MIME, await saved(pv.tensor(signal), { floorDb: -80 }));
      const resolution = views.page.locator('.resolution');
      await select('Axes', 'bins');
      await select('Zero frequency', 'first');
      await resolution.getByText('Each point is the largest of 3 bins', { exact: true }).waitFor();
      // Zero frequency lies at the left end also where it is one of a block.
      const whole = new PlotProbe(views.page, { from: 0, to: length }, { from: -80, to: 4 });
      expect(await whole.pointAt(0))
        .to.contain('largest of 3 bins')
        .and.to.match(/^bin −?[0-2] /u);
      const plot = views.page.locator('.line-plot').first();
      // What is pointed at is what a plot is zoomed about.
      await views.page.mouse.move(0, 0);
      await plot.focus();
      for (let i = 0; i < 14; i++) await plot.press('+');
      await resolution.getByText('Every bin is drawn', { exact: true }).waitFor();
      const half = length / 1.5 ** 14 / 2;
      const most = magnitudeOf(12345);
      const levelOf = (bin: number): number => 20 * Math.log10(magnitudeOf(bin) / most);
      const levelIn = (said: string): number => Number((/(\S+) dB re max/u.exec(said)?.[1] ?? '').replaceAll('−', '-'));
      const probe = new PlotProbe(views.page, { from: 50000 - half, to: 50000 + half }, { from: -80, to: 4 });
      for (const [place, bin] of [
        [49990, '49990'],
        [50000, '−50000'],
        [50010, '−49990'],
        [49999, '49999'],
        [50042, '−49958'],
      ] as const) {
        const said = await probe.pointAt(place);
        expect(said).to.contain(`bin ${bin} · `);
        expect(levelIn(said), said).to.be.closeTo(levelOf(place), 0.06);
        // Of what is no tone the curve is too steep for a pixel of its own colour.
        if (levelOf(place) > -30) expect(await probe.hasColor(place, levelOf(place), line, 2), bin).to.equal(true);
      }
      // Of the positive ones alone the last is that of Nyquist, which is stored among the negative ones.
      await select('Zero frequency', 'positive only');
      await views.page.mouse.move(0, 0);
      for (const key of ['0', 'End', ...Array.from({ length: 12 }, () => '+')]) await plot.press(key);
      await resolution.getByText('Every bin is drawn', { exact: true }).waitFor();
      await plot.press('End');
      const nyquist = await probe.readout();
      expect(nyquist).to.contain('bin 50000 · ');
      expect(levelIn(nyquist), nyquist).to.be.closeTo(levelOf(50000), 0.06);
    } finally {
      setViewHost(null);
    }
  });

  it('says what NaN, a constant and one sample are', async () => {
    for (const [x, expected] of [
      [pv.tensor([1, NaN, 2]), 'Every bin is NaN'],
      [pv.ones([16]), 'Constant input'],
      [pv.ones([1]), 'One value, 1'],
    ] as const) {
      await views.show(SPECTRUM_MIME, await saved(x));
      expect(await views.page.locator('.readout').first().innerText()).to.contain(expected);
    }
  });

  it('takes out its bins and its curve', async () => {
    await views.show(SPECTRUM_MIME, await saved(pv.tensor(values), { title: 'Out', sampleRate: 800 }));
    const files = await views.page.evaluate<string>(`(async () => {
      const made = [];
      URL.createObjectURL = (blob) => { made.push(blob); return 'data:,'; };
      HTMLAnchorElement.prototype.click = function () {};
      const root = document.querySelector('main > div').shadowRoot;
      const press = (name) => [...root.querySelectorAll('.item')].find((item) => item.textContent === name).click();
      for (const name of ['Save bins as CSV', 'Save as SVG']) press(name);
      return JSON.stringify(await Promise.all(made.map((each) => each.text())));
    })()`);
    const [csv = '', svg = ''] = JSON.parse(files) as string[];
    const rows = csv.trim().split('\n');
    expect(rows[0]).to.equal('bin,frequency Hz,real,imaginary,magnitude,dB,phase');
    const row = rows[1 + 20 + 6]?.split(',').map(Number) ?? [];
    expect(row.slice(0, 2)).to.deep.equal([6, 120]);
    expect(row[2]).to.be.closeTo(re[6] ?? NaN, 1e-5);
    expect(row[3]).to.be.closeTo(im[6] ?? NaN, 1e-5);
    // The curve from zero frequency to the Nyquist frequency, 640 px wide, over 80 dB and 280 px.
    const points = [...(/ d="([^"]+)"/u.exec(svg)?.[1] ?? '').matchAll(/([\d.]+) ([\d.]+)/gu)].map(([, x, y]) => [Number(x), Number(y)]);
    const [x = NaN, y = NaN] = points[13] ?? [];
    expect(x).to.be.closeTo(64 + (13 / 20) * 640, 0.01);
    expect(y).to.be.closeTo(40 + (Math.min(80, -db(13)) / 80) * 280, 0.05);
  });
});
