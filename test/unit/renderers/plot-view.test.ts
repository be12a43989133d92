// Curves in a real browser: where they are drawn and what is said of them, against places and numbers computed here.
import { expect } from 'chai';
import { askView, setViewHost } from '../../../src/display/live-views.js';
import * as pv from '../../../src/index.js';
import { PLOT_MIME } from '../../../src/protocol/plot.js';
import { shown } from '../display/shown.js';
import { fitted, PlotProbe } from './plot-probe.js';
import { numberIn } from './picture-probe.js';
import { themes } from './themes.js';
import { useViewsPage } from './views-page.js';

const blue = themes['vscode-light']['--vscode-charts-blue'];
const orange = themes['vscode-light']['--vscode-charts-orange'];

describe('the view of plots', function () {
  this.timeout(60_000);
  const views = useViewsPage();
  const sine = Array.from({ length: 41 }, (_, i) => Math.sin(i / 5));
  const power = Array.from({ length: 41 }, (_, i) => (i + 1) ** -2);
  const all = [...sine, ...power];

  /** What show.plot saves. */
  async function saved(...given: Parameters<typeof pv.show.plot>): Promise<object> {
    const { bundles } = await shown(() => pv.show.plot(...given));
    return bundles[0]?.[PLOT_MIME] as object;
  }
  const two = (): Promise<object> => saved({ sine: pv.tensor(sine), power: pv.tensor(power) }, { title: 'Two' });
  const whole = { from: 0, to: 40 };
  /** Waits until what was kept last of what was chosen in a view is this. */
  const kept = async (what: RegExp): Promise<void> => {
    while (!what.test(JSON.stringify(views.kept.at(-1)?.[1]))) await views.page.evaluate('new Promise(requestAnimationFrame)');
  };

  it('draws each curve in its colour where its values lie, and nothing where none does', async () => {
    await views.show(PLOT_MIME, await two());
    const probe = new PlotProbe(views.page, whole, fitted(all));
    for (const i of [0, 5, 17, 29, 40]) {
      expect(await probe.hasColor(i, sine[i] ?? NaN, blue), `sine ${i}`).to.equal(true);
      expect(await probe.hasColor(i, power[i] ?? NaN, orange), `power ${i}`).to.equal(true);
    }
    // Half the height away from both.
    expect(await probe.hasColor(8, -0.6, blue, 3)).to.equal(false);
    expect(await probe.hasColor(24, 0.6, orange, 3)).to.equal(false);
  });

  it('says the values of all curves at the point that is nearest', async () => {
    await views.show(PLOT_MIME, await two());
    const said = await new PlotProbe(views.page, whole, fitted(all)).pointAt(12.3);
    expect(said).to.match(/^index 12 sine [^·]* · power /u);
    expect(numberIn(said, /sine ([−\d.×⁻⁰-⁹]+)/u)).to.be.closeTo(sine[12] ?? NaN, 5e-5);
    expect(numberIn(said, /power ([−\d.×⁻⁰-⁹]+)/u)).to.be.closeTo(power[12] ?? NaN, 5e-7);
  });

  it('hides a curve and fits the axis to the rest, and finds that again', async () => {
    const data = await two();
    await views.show(PLOT_MIME, data);
    const entry = views.page.getByRole('button', { name: 'sine' });
    await entry.click();
    expect(await entry.getAttribute('aria-pressed')).to.equal('false');
    const again = await views.open();
    await views.show(PLOT_MIME, data, again);
    for (const page of [views.page, again]) {
      await page.mouse.move(0, 0);
      const probe = new PlotProbe(page, whole, fitted(power));
      expect(await probe.hasColor(10, power[10] ?? NaN, orange)).to.equal(true);
      expect(await probe.hasColor(2, power[2] ?? NaN, orange)).to.equal(true);
      expect(await probe.pointAt(10)).to.equal('index 10 power 0.008264');
    }
    await again.close();
  });

  it('has logarithmic axes where there is something above 0', async () => {
    const x = Array.from({ length: 41 }, (_, i) => i + 1);
    await views.show(PLOT_MIME, await saved(pv.tensor(power), { x: pv.tensor(x) }));
    await views.page.getByRole('radio', { name: 'log' }).nth(0).check();
    await views.page.getByRole('radio', { name: 'log' }).nth(1).check();
    // x⁻² is a straight line.
    const probe = new PlotProbe(views.page, { from: 1, to: 41, isLog: true }, fitted(power, true));
    for (const i of [1, 3, 12, 39]) expect(await probe.hasColor(x[i] ?? NaN, power[i] ?? NaN, blue), `${i}`).to.equal(true);
    const between = Math.sqrt(2 * 3);
    expect(await probe.hasColor(between, between ** -2, blue), 'between 2 and 3').to.equal(true);
    await views.show(PLOT_MIME, await saved(pv.tensor([-1, -2, 0])));
    expect(await views.page.getByRole('radio', { name: 'log' }).nth(1).isDisabled()).to.equal(true);
    expect(await views.page.locator('.hindrance').innerText()).to.match(/nothing is above 0/u);
  });

  it('zooms to what is dragged over, fits the height to it, and back', async () => {
    const data = await saved(pv.tensor(sine));
    await views.show(PLOT_MIME, data);
    await new PlotProbe(views.page, whole, fitted(sine)).drag(10, 20);
    const part = sine.slice(10, 21);
    const close = new PlotProbe(views.page, { from: 10, to: 20 }, fitted(part));
    // A px of the drag is 0.06 of a point.
    for (const i of [11, 14, 18]) expect(await close.hasColor(i, sine[i] ?? NaN, blue, 3), `${i}`).to.equal(true);
    expect(await close.pointAt(14)).to.match(/^index 14 /u);
    await kept(/"range":\[(10|10\.0\d*|9\.9\d*),(20|20\.0\d*|19\.9\d*)\]/u);
    await views.page.locator('.line-plot').dblclick();
    const again = new PlotProbe(views.page, whole, fitted(sine));
    for (const i of [2, 35]) expect(await again.hasColor(i, sine[i] ?? NaN, blue), `${i}`).to.equal(true);
  });

  it('leads the keys from point to point, and speaks', async () => {
    await views.show(PLOT_MIME, await saved(pv.tensor(sine)));
    const plot = views.page.locator('.line-plot');
    await plot.focus();
    const spoken = (): Promise<string | null> => views.page.locator('[aria-live=polite]').textContent();
    await plot.press('Home');
    await plot.press('Home');
    for (const key of ['ArrowRight', 'ArrowRight', 'ArrowRight', 'ArrowLeft']) await plot.press(key);
    expect(await spoken()).to.equal('index 2. 0.3894');
    await plot.press('End');
    expect(await spoken()).to.equal('index 40. 0.9894');
    for (let i = 0; i < 4; i++) await plot.press('+');
    await kept(/"range":\[32\.0\d*,40\]/u);
    await plot.press('0');
    await kept(/"range":null/u);
  });

  it('leaves gaps at NaN, and shows infinities at the edges', async () => {
    const y = [0, 1, NaN, 1, Infinity, 0, -Infinity, 1];
    await views.show(PLOT_MIME, await saved(pv.tensor(y)));
    const probe = new PlotProbe(views.page, { from: 0, to: 7 }, fitted([0, 1]));
    expect(await probe.hasColor(0.5, 0.5, blue)).to.equal(true);
    for (const at of [1.5, 2, 2.5, 3.5, 5.5]) expect(await probe.hasColorAt(at, blue), `gap at ${at}`).to.equal(false);
    expect(await probe.hasColorAt(0.5, blue)).to.equal(true);
    // A point between gaps is a dot.
    expect(await probe.hasColor(3, 1, blue)).to.equal(true);
    expect(await probe.hasColor(5, 0, blue)).to.equal(true);
    expect(await probe.hasColor(4, 1.03, blue, 3), '∞').to.equal(true);
    expect(await probe.hasColor(6, -0.03, blue, 3), '−∞').to.equal(true);
    expect(await probe.pointAt(2)).to.equal('index 2 NaN');
    expect(await probe.pointAt(4)).to.equal('index 4 ∞');
  });

  it('shows one value, a constant, nothing finite, and doubles from end to end as what they are', async () => {
    await views.show(PLOT_MIME, await saved(pv.tensor([3])));
    const one = new PlotProbe(views.page, { from: -0.5, to: 0.5 }, { from: 1.5, to: 4.5 });
    expect(await one.hasColor(0, 3, blue)).to.equal(true);
    expect(await one.pointAt(0.2)).to.equal('index 0 3');
    await views.show(PLOT_MIME, await saved(pv.tensor([7, 7, 7])));
    const constant = new PlotProbe(views.page, { from: 0, to: 2 }, { from: 3.5, to: 10.5 });
    for (const at of [0.1, 1.3]) expect(await constant.hasColor(at, 7, blue)).to.equal(true);
    await views.show(PLOT_MIME, await saved(pv.tensor([NaN, NaN])));
    expect(await views.page.locator('.readout').innerText()).to.contain('no finite value');
    const ends = [-1e308, 1e308, 0];
    await views.show(PLOT_MIME, await saved(pv.tensor(ends, { dtype: 'float64', device: 'cpu' })));
    const wide = new PlotProbe(views.page, { from: 0, to: 2 }, { from: -1.08, to: 1.08 });
    expect(await wide.hasColor(0.5, 0, blue)).to.equal(true);
    expect(await wide.hasColor(1.5, 0.5, blue)).to.equal(true);
    expect(await wide.pointAt(1)).to.equal('index 1 100.0×10³⁰⁶');
  });

  it('saves of a long curve how far each group of points reaches, within 120 KB', async () => {
    const size = 300_000;
    const long = Float32Array.from({ length: size }, (_, i) => Math.sin(i / 9000) + ((i * 7919) % 1000) / 1000);
    long[123_456] = 9;
    const data = await saved(pv.tensor(long));
    expect(JSON.stringify(data).length).to.be.below(120_000);
    await views.show(PLOT_MIME, data);
    const probe = new PlotProbe(views.page, { from: 0, to: size - 1 }, fitted([9, long.reduce((a, b) => Math.min(a, b))]));
    // The one point that is high shows, in the pale blue of the band, and so does its value.
    const column = await probe.pointAt(123_456);
    expect(column).to.match(/^index 123\d{3}(\.\d+)?, mean of \d+ points, least to largest in parentheses/u);
    const [, mean = NaN, least = NaN, most = NaN] = (/parentheses ([\d.]+) \(([\d.]+) to ([\d.]+)\)/u.exec(column) ?? []).map(Number);
    expect(most).to.equal(9);
    const around = long.subarray(123_300, 123_600);
    expect(least).to.be.within(Math.min(...around) - 1e-3, Math.min(...around) + 0.05);
    expect(mean).to.be.closeTo(
      around.reduce((sum, value) => sum + value / around.length, 0),
      0.1,
    );
  });

  it('asks the kernel for the points that are looked at closer, and no sooner', async () => {
    const size = 100_000;
    const long = Float32Array.from({ length: size }, (_, i) => (i * 7919) % 1009);
    const asked: unknown[] = [];
    let [open, mostOpen] = [0, 0];
    setViewHost({ push: () => undefined });
    try {
      const data = await saved(pv.tensor(long));
      views.kernel = async (view, request) => {
        asked.push(request);
        mostOpen = Math.max(mostOpen, ++open);
        const answer = await askView(view, request);
        open--;
        return answer;
      };
      await views.show(PLOT_MIME, data);
      const plot = views.page.locator('.line-plot');
      await plot.focus();
      await plot.press('ArrowRight');
      expect(await views.page.locator('.readout').innerText()).to.contain('mean of');
      expect(asked).to.have.length(0);
      for (let i = 0; i < 18; i++) await plot.press('+');
      await views.page.locator('.readout', { hasNotText: 'mean of' }).waitFor();
      await plot.press('ArrowRight');
      const said = (await views.page.locator('.readout').innerText()).replace(/\s+/gu, ' ');
      const [, index = NaN, value = NaN] = (/^index (\d+) (\d+)/u.exec(said) ?? []).map(Number);
      expect(value, said).to.equal((index * 7919) % 1009);
      // How often depends on how fast the keys come.
      expect(asked).to.not.be.empty;
      expect(mostOpen, 'questions at once').to.equal(1);
      // And the rest is still there.
      await plot.press('End');
      expect(await views.page.locator('.readout').innerText()).to.match(/^index 99999/u);
      await plot.press('Home');
      expect(await views.page.locator('.readout').innerText()).to.match(/^index 0,/u);
    } finally {
      setViewHost(null);
    }
  });

  it('says why there are no finer points when the kernel has none', async () => {
    const data = { ...(await saved(pv.tensor(Float32Array.from({ length: 50_000 }, (_, i) => i % 7)))), view: 'gone-1' };
    views.kernel = () => {
      throw new Error('the kernel does not hold these values any more: run the cell again');
    };
    await views.show(PLOT_MIME, data);
    await views.page.locator('.line-plot').focus();
    for (let i = 0; i < 9; i++) await views.page.keyboard.press('+');
    await views.page.locator('.readout', { hasText: 'run the cell again' }).waitFor();
  });

  it('takes out what it shows: values, a drawing, code', async () => {
    await views.show(PLOT_MIME, await saved({ a: pv.tensor([1, 2.5]), 'b c': pv.tensor([3, NaN]) }, { title: 'Out', yScale: 'log' }));
    const files = await views.page.evaluate<string>(`(async () => {
      const made = [];
      URL.createObjectURL = (blob) => { made.push(blob); return 'data:,'; };
      HTMLAnchorElement.prototype.click = function () { made.push(this.download); };
      Object.defineProperty(navigator, 'clipboard', { value: { writeText: async (text) => void made.push(text) } });
      const root = document.querySelector('main > div').shadowRoot;
      const press = (name) => [...root.querySelectorAll('.item')].find((item) => item.textContent === name).click();
      for (const name of ['Save values as CSV', 'Save as SVG', 'Copy as code']) press(name);
      return JSON.stringify(await Promise.all(made.map((each) => (each instanceof Blob ? each.text() : each))));
    })()`);
    const [csv, csvName, svg = '', svgName, code] = JSON.parse(files) as string[];
    expect([csvName, svgName]).to.deep.equal(['out.csv', 'out.svg']);
    expect(csv).to.equal('index,a,b c\n0,1,3\n1,2.5,NaN\n');
    expect(svg).to.match(/^<svg .*>Out<.*>b c</su);
    // The curve a from its first point at the left to its second at the right, on the box of 734 × 220 px of the page.
    const [, left, top, right, bottom] = (/d="M([\d.]+) ([\d.]+)L([\d.]+) ([\d.]+)"/u.exec(svg) ?? []).map(Number);
    const axis = fitted([1, 2.5, 3], true);
    const height = (value: number): number => 220 * (1 - Math.log(value / axis.from) / Math.log(axis.to / axis.from));
    expect([left, right]).to.deep.equal([0, 734]);
    expect(top).to.be.closeTo(height(1), 0.02);
    expect(bottom).to.be.closeTo(height(2.5), 0.02);
    expect(code).to.equal(
      [
        'await pv.show.plot({',
        '  a: pv.tensor([1, 2.5]),',
        '  "b c": pv.tensor([3, NaN]),',
        '}, {',
        '  title: "Out",',
        '  xLabel: "index",',
        '  yScale: "log",',
        '});',
        '',
      ].join('\n'),
    );
  });

  it('leaves nothing behind: no listener, no element, and nothing held in the kernel', async () => {
    const fresh = await views.open();
    const data = { ...(await two()), view: 'kernel-1' };
    // uPlot listens to the window once for all plots.
    await views.show(PLOT_MIME, data, fresh, 'first');
    await fresh.evaluate('rendered.disposeOutputItem()');
    const before = await fresh.evaluate<number>('listening()');
    for (let i = 0; i < 50; i++) await views.show(PLOT_MIME, data, fresh, `output-${i}`);
    expect(await fresh.evaluate<number>('listening()')).to.be.above(before + 50);
    await fresh.evaluate('rendered.disposeOutputItem()');
    expect(await fresh.evaluate<number>('listening()')).to.equal(before);
    expect(await fresh.evaluate("document.querySelector('main').children.length")).to.equal(0);
    await fresh.close();
  });

  it('says of broken data what is wrong with it', async () => {
    const data = (await two()) as { curves: object[] };
    await views.show(PLOT_MIME, { ...data, curves: [{ ...data.curves[0], x: { kind: 'float32', data: 'AAAA' } }] });
    expect(await views.page.locator('.broken').innerText()).to.match(/plot cannot be drawn.*3 bytes where 41 numbers take 164/u);
  });
});
