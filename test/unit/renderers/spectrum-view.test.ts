// Spectra of pictures in a real browser: what is drawn, said and chosen, against the transform by its definition.
import { expect } from 'chai';
import { interpolateCividis, interpolateRdBu, interpolateViridis } from 'd3-scale-chromatic';
import { askView, setViewHost } from '../../../src/display/live-views.js';
import { colorTable } from '../../../src/display/color-maps.js';
import * as pv from '../../../src/index.js';
import { SPECTRUM_MIME } from '../../../src/protocol/spectrum.js';
import { naiveTransform } from '../display/naive-dft.js';
import { shown } from '../display/shown.js';
import { near } from './picture-probe.js';
import { PlaneProbe } from './plane-probe.js';
import { useViewsPage } from './views-page.js';

describe('the view of spectra', function () {
  this.timeout(120_000);
  const views = useViewsPage();
  before(() => pv.setDevice('cpu'));
  beforeEach(() => {
    views.kernel = () => {
      throw new Error('the kernel does not hold these values any more: run the cell again');
    };
  });
  const [rows, cols] = [6, 9];
  const values = Float64Array.from({ length: rows * cols }, (_, i) => Math.sin(i * i + 1) + (i === 7 ? 2 : 0));
  const { re, im } = naiveTransform(values, rows, cols);
  const size = re.map((value, i) => Math.hypot(value, im[i] ?? NaN));
  const reference = Math.max(...size);
  const places = [
    [0, 0],
    [1, 7],
    [3, 4],
    [4, 2],
    [5, 8],
  ] as const;
  /** The bin that stands at a place with zero frequency in the middle. */
  const at = (row: number, col: number): number => ((row + 3) % rows) * cols + ((col + 5) % cols);
  const db = (bin: number): number => 20 * Math.log10((size[bin] ?? NaN) / reference);

  let shows = 0;
  /** What show.spectrum saves; under a title of its own, so that no test finds what another has chosen. */
  async function saved(x: pv.Tensor, options?: pv.show.SpectrumOptions): Promise<unknown> {
    const { bundles } = await shown(() => pv.show.spectrum(x, { title: `Spectrum ${++shows}`, ...options }));
    return bundles[0]?.[SPECTRUM_MIME];
  }
  const picture = (): pv.Tensor => pv.tensor(values, { shape: [rows, cols] });
  const choose = (name: string, page = views.page): Promise<void> => page.getByLabel(name, { exact: true }).check({ force: true });
  const select = async (name: string, label: string, page = views.page): Promise<void> =>
    void (await page.getByLabel(name, { exact: true }).selectOption({ label }));

  it('draws each quantity of each bin in its colour', async () => {
    await views.show(SPECTRUM_MIME, await saved(picture(), { floorDb: -50 }));
    const probe = new PlaneProbe(views.page);
    const signed = (part: Float64Array) => (bin: number) => interpolateRdBu(1 - (0.5 + (part[bin] ?? NaN) / reference / 2));
    const phase = (bin: number): string => {
      const angle = Math.atan2(im[bin] ?? NaN, re[bin] ?? NaN);
      const table = colorTable('phase');
      const entry = 3 * Math.min(table.length / 3 - 1, Math.floor(((angle + Math.PI) / (2 * Math.PI)) * (table.length / 3)));
      const part = Math.min(1, Math.max(0, (db(bin) + 50) / 50));
      return `rgb(${[0, 1, 2].map((i) => Math.round(116 + part * ((table[entry + i] ?? 0) - 116))).join()})`;
    };
    const quantities: readonly (readonly [name: string, color: (bin: number) => string])[] = [
      ['dB', (bin) => interpolateViridis(Math.max(0, (db(bin) + 50) / 50))],
      ['Magnitude', (bin) => interpolateViridis((size[bin] ?? NaN) / reference)],
      ['Power', (bin) => interpolateViridis(((size[bin] ?? NaN) / reference) ** 2)],
      ['Real', signed(re)],
      ['Imaginary', signed(im)],
      ['Phase', phase],
    ];
    for (const [name, color] of quantities) {
      await choose(name);
      for (const [row, col] of places) near(await probe.color(row, col, rows, cols), color(at(row, col)), `${name} [${row}, ${col}]`);
    }
  });

  it('says of a bin its frequency, its wave and its value', async () => {
    await views.show(SPECTRUM_MIME, await saved(picture()));
    const probe = new PlaneProbe(views.page);
    const said = await probe.pointAt(1, 7, rows, cols);
    const bin = at(1, 7);
    // Bin [−2, 3]: rows count downwards, so its wave runs upwards.
    expect(said).to.contain('0.333 horizontal, −0.333 vertical cycles/pixel · bin [−2, 3] · 2.12 px long, running at 45°');
    const number = (pattern: RegExp): number => Number((pattern.exec(said)?.[1] ?? '').replaceAll('−', '-'));
    expect(number(/(\S+) dB re max/u)).to.be.closeTo(db(bin), 0.06);
    expect(number(/\|X\| (\S+)/u)).to.be.closeTo(size[bin] ?? NaN, 0.006);
    expect(number(/phase (\S+)°/u)).to.be.closeTo((Math.atan2(im[bin] ?? NaN, re[bin] ?? NaN) * 180) / Math.PI, 0.06);
    await select('Axes', 'bins');
    expect(await probe.pointAt(0, 0, rows, cols)).to.contain('bins −4 horizontal, −3 vertical');
    await select('Axes', 'radians/pixel');
    expect(await probe.pointAt(1, 7, rows, cols)).to.contain('0.667π horizontal, −0.667π vertical rad/pixel');
  });

  it('puts zero frequency in the middle or first', async () => {
    await views.show(SPECTRUM_MIME, await saved(picture(), { floorDb: -50 }));
    await select('Zero frequency', 'first');
    const probe = new PlaneProbe(views.page);
    for (const [row, col] of places) {
      near(await probe.color(row, col, rows, cols), interpolateViridis(Math.max(0, (db(row * cols + col) + 50) / 50)), `[${row}, ${col}]`);
    }
    expect(await probe.pointAt(5, 8, rows, cols)).to.contain('bin [−1, −1]');
    expect(await probe.pointAt(0, 0, rows, cols)).to.contain('bin [0, 0] · the mean');
  });

  it('takes other colours, another 0 dB and another range, and finds them again', async () => {
    const data = await saved(picture(), { floorDb: -50 });
    await views.show(SPECTRUM_MIME, data);
    await select('Colours', 'cividis');
    await select('0 dB', '1');
    const lowest = views.page.getByRole('slider', { name: 'Lowest value' });
    await lowest.focus();
    for (let i = 0; i < 3; i++) await lowest.press('PageUp');
    const top = 20 * Math.log10(reference);
    const low = Number(await lowest.getAttribute('aria-valuenow'));
    expect(low)
      .to.be.above(top - 50)
      .and.below(top);
    const check = async (page = views.page): Promise<void> => {
      const probe = new PlaneProbe(page);
      for (const [row, col] of places) {
        const part = (20 * Math.log10(size[at(row, col)] ?? NaN) - low) / (top - low);
        near(await probe.color(row, col, rows, cols), interpolateCividis(Math.max(0, part)), `[${row}, ${col}]`);
      }
    };
    await check();
    const again = await views.open();
    await views.show(SPECTRUM_MIME, data, again);
    await again.getByLabel('0 dB', { exact: true }).waitFor();
    await check(again);
    await again.close();
  });

  it('opens with the reference of the call, offers it beside others, and copies it', async () => {
    const data = await saved(picture(), { reference: 0.25, floorDb: -50, title: 'Referred' });
    await views.show(SPECTRUM_MIME, data);
    const probe = new PlaneProbe(views.page);
    const bin = at(1, 7);
    const level = (said: string): number => Number((/^.* (\S+) dB re/u.exec(said)?.[1] ?? '').replaceAll('−', '-'));
    const check = async (name: string, zero: number): Promise<void> => {
      const said = await probe.pointAt(1, 7, rows, cols);
      expect(said).to.contain(`dB re ${name} ·`);
      expect(level(said)).to.be.closeTo(20 * Math.log10((size[bin] ?? NaN) / zero), 0.06);
      // The range stays where it is among the bins.
      near(await probe.color(1, 7, rows, cols), interpolateViridis((db(bin) + 50) / 50), name);
      const highest = views.page.getByRole('slider', { name: 'Highest value' });
      expect(Number(await highest.getAttribute('aria-valuenow'))).to.be.closeTo(20 * Math.log10(reference / zero), 1e-6);
      expect(await highest.getAttribute('aria-valuetext')).to.contain(`dB re ${name}`);
    };
    await check('0.25', 0.25);
    await select('0 dB', 'largest bin');
    await check('max', reference);
    await select('0 dB', '1');
    await check('1', 1);
    await select('0 dB', '0.25');
    const lowest = views.page.getByRole('slider', { name: 'Lowest value' });
    await lowest.press('PageUp');
    const floor = Math.round(Number(await lowest.getAttribute('aria-valuenow')) - 20 * Math.log10(reference / 0.25));
    await views.page.evaluate(`(() => {
      Object.defineProperty(navigator, 'clipboard', { configurable: true, value: { writeText: async (text) => void (globalThis.copied = text) } });
      const items = document.querySelector('main > div').shadowRoot.querySelectorAll('.item');
      [...items].find((item) => item.textContent === 'Copy as code').click();
    })()`);
    expect(await views.page.evaluate('copied')).to.equal(
      `await pv.show.spectrum(x, { title: 'Referred', reference: 0.25, floorDb: ${floor} });\n`,
    );
  });

  it('shows the wave of a bin that is clicked, and marks its mirror', async () => {
    await views.show(SPECTRUM_MIME, await saved(picture()));
    const probe = new PlaneProbe(views.page);
    const before = await probe.color(5, 1, rows, cols);
    await probe.pointAt(1, 7, rows, cols);
    await views.page.mouse.down();
    await views.page.mouse.up();
    const bin = at(1, 7);
    const phase = Math.atan2(im[bin] ?? NaN, re[bin] ?? NaN);
    const caption = await views.page.locator('.wave-box .note').innerText();
    expect(caption).to.contain('2.12 px long, running at 45°').and.to.contain('8×8 px shown');
    expect(Number(/amplitude (\S+)/u.exec(caption)?.[1])).to.be.closeTo((2 * (size[bin] ?? NaN)) / (rows * cols), 6e-4);
    // The wave's picture: 8 by 8 px, each 14 px on the page.
    const shades = await views.page.evaluate<number[]>(`(() => {
      const canvas = document.querySelector('main > div').shadowRoot.querySelector('canvas.wave');
      const context = canvas.getContext('2d');
      return Array.from({ length: 64 }, (_, i) => context.getImageData(14 * (i % 8) + 7, 14 * Math.floor(i / 8) + 7, 1, 1).data[0]);
    })()`);
    shades.forEach((shade, i) => {
      const wave = Math.cos(2 * Math.PI * ((-2 / rows) * Math.floor(i / 8) + (3 / cols) * (i % 8)) + phase);
      expect(shade).to.be.closeTo((255 * (wave + 1)) / 2, 2);
    });
    // The mirror, bin [2, −3], stands in row 5, column 1: a square of 12 px about its middle.
    const edge = await views.page.evaluate<number[]>(`(() => {
      const canvas = document.querySelector('main > div').shadowRoot.querySelector('canvas.cells');
      const [width, height] = [canvas.width - 66, canvas.height - 40];
      const [x, y] = [56 + (1.5 / ${cols}) * width, 6 + (5.5 / ${rows}) * height];
      return [...canvas.getContext('2d').getImageData(Math.round(x) - 6, Math.round(y), 1, 1).data];
    })()`);
    expect(edge.slice(0, 3)).to.not.deep.equal(before);
    expect(Math.min(...edge.slice(0, 3)), 'white').to.be.above(150);
  });

  it('leads the keys from bin to bin, and speaks', async () => {
    await views.show(SPECTRUM_MIME, await saved(picture()));
    const { canvas } = new PlaneProbe(views.page);
    await canvas.focus();
    // From zero frequency, [3, 4].
    for (const key of ['ArrowRight', 'ArrowRight', 'ArrowUp', 'Enter']) await canvas.press(key);
    expect(await views.page.locator('[aria-live=polite]').textContent()).to.match(/0\.111 horizontal, 0 vertical|bin \[−?\d, 1\]/u);
    expect(await views.page.locator('.wave-box canvas').isVisible()).to.equal(true);
  });

  it('measures energy, symmetry and rounding in words', async () => {
    const meters = async (x: pv.Tensor): Promise<string[]> => {
      await views.show(SPECTRUM_MIME, await saved(x));
      return views.page.locator('.meters li').allInnerTexts();
    };
    const [energy, symmetry, floor] = await meters(picture());
    expect(energy).to.match(/✓\s*Energy of signal and spectrum agree \(\S+\)/u);
    expect(symmetry).to.match(/✓\s*Hermitian: a real signal/u);
    const norm = Math.sqrt(values.reduce((sum, value) => sum + value * value, 0));
    const level = 20 * Math.log10((0.3 * 2 ** -52 * norm * Math.sqrt(Math.log2(rows * cols))) / reference);
    expect(floor).to.contain('A float64 transform rounds at');
    const single = (await meters(picture().astype('float32')))[2]?.replaceAll('−', '-') ?? '';
    expect(Number(/A float32 transform rounds at (\S+) dB/u.exec(single)?.[1])).to.be.closeTo(level + 20 * Math.log10(2 ** 29), 0.06);
    expect(Number(/rounds at (\S+) dB/u.exec(floor?.replaceAll('−', '-') ?? '')?.[1])).to.be.closeTo(level, 0.06);
    const complex = await meters(pv.complex(picture(), picture().flip([0, 1])));
    expect(complex[1]).to.match(/Not Hermitian \(1\.4\): a complex signal/u);
    const half = pv.fft.rfft2(picture());
    const broken = half.add(pv.complex(pv.zeros([6, 5]), pv.ones([6, 5])));
    broken.node.spectrum = half.node.spectrum;
    const odd = await meters(broken);
    expect(odd[0]).to.match(/✗\s*Energy of the signal is \S+, of the spectrum \S+/u);
    expect(odd[1]).to.match(/✗\s*Not Hermitian .*no real signal has this half spectrum/u);
  });

  it('names the false cross, and takes it out by the kernel', async () => {
    setViewHost({ push: () => undefined });
    try {
      const n = 48;
      const slope = Float64Array.from({ length: n * n }, (_, i) => Math.floor(i / n) + 0.5 * Math.sin(i * i));
      const data = await saved(pv.tensor(slope, { shape: [n, n] }), { floorDb: -60 });
      views.kernel = (view, request) => askView(view, request);
      await views.show(SPECTRUM_MIME, data);
      await views.page.locator('.meters', { hasText: 'False vertical line: ' }).waitFor();
      const probe = new PlaneProbe(views.page);
      const levelOf = (said: string): number => Number((/(\S+) dB re max/u.exec(said)?.[1] ?? '').replaceAll('−', '-'));
      const before = levelOf(await probe.pointAt(n / 2 + 10, n / 2, n, n));
      await select('Borders', 'periodic + smooth');
      await views.page.locator('.meters', { hasNotText: 'False vertical line' }).waitFor();
      expect(levelOf(await probe.readout())).to.be.below(before - 10);
      await select('Borders', 'window');
      await views.page.getByLabel('Window', { exact: true }).waitFor();
      await select('Window', 'blackman');
      const blackman = (i: number): number => 0.42 - 0.5 * Math.cos((2 * Math.PI * i) / n) + 0.08 * Math.cos((4 * Math.PI * i) / n);
      const faded = slope.map((value, i) => value * blackman(Math.floor(i / n)) * blackman(i % n));
      const own = naiveTransform(faded, n, n);
      const magnitude = own.re.map((value, i) => Math.hypot(value, own.im[i] ?? NaN));
      const expected = 20 * Math.log10((magnitude[10 * n] ?? NaN) / Math.max(...magnitude));
      await views.page.locator('.readout', { hasText: `${expected.toFixed(1).replace('-', '−')} dB re max` }).waitFor();
    } finally {
      setViewHost(null);
    }
  });

  it('says why borders cannot be seen to: no kernel, or a spectrum was given', async () => {
    await views.show(SPECTRUM_MIME, await saved(picture()));
    await views.page.locator('.hindrance', { hasText: 'this needs a kernel: run the cell again' }).first().waitFor();
    expect(await views.page.getByLabel('Borders', { exact: true }).isDisabled()).to.equal(true);
    await views.show(SPECTRUM_MIME, { ...((await saved(picture())) as object), view: 'gone-1' });
    await views.page.locator('.hindrance', { hasText: 'does not hold these values any more' }).first().waitFor();
    await views.show(SPECTRUM_MIME, await saved(pv.fft.rfft2(picture())));
    await views.page.locator('.hindrance', { hasText: 'show the signal instead of its spectrum' }).first().waitFor();
    expect(await views.page.getByLabel('Borders', { exact: true }).isDisabled()).to.equal(true);
    expect(await views.page.locator('.note').first().innerText()).to.equal('half spectrum of 6 × 9, norm backward · cpu');
  });

  it('shows the spectra of a batch to choose from, and asks for the rest', async () => {
    setViewHost({ push: () => undefined });
    try {
      const x = pv.randn([5, 3, 6, 9], { seed: 3 });
      const all = Float64Array.from(await x.data());
      const data = await saved(x, { floorDb: -50 });
      views.kernel = (view, request) => askView(view, request);
      await views.show(SPECTRUM_MIME, data);
      const check = async (place: number): Promise<void> => {
        const own = naiveTransform(all.slice(place * 54, (place + 1) * 54), rows, cols);
        const magnitude = own.re.map((value, i) => Math.hypot(value, own.im[i] ?? NaN));
        const most = Math.max(...magnitude);
        const probe = new PlaneProbe(views.page);
        for (const [row, col] of places) {
          const level = 20 * Math.log10((magnitude[at(row, col)] ?? NaN) / most);
          near(await probe.color(row, col, rows, cols), interpolateViridis(Math.max(0, (level + 50) / 50)), `${place} [${row}, ${col}]`);
        }
      };
      const thumbs = views.page.locator('.thumb');
      expect(await thumbs.allInnerTexts()).to.deep.equal(Array.from({ length: 12 }, (_, i) => `[${Math.floor(i / 3)}, ${i % 3}]`));
      await check(0);
      await views.page.getByRole('button', { name: 'Spectrum 2, 1' }).click();
      expect(await views.page.locator('.thumb[aria-pressed=true]').innerText()).to.equal('[2, 1]');
      await check(7);
      await views.page.getByRole('button', { name: 'Further spectra' }).click();
      await views.page.locator('.steps', { hasText: '13 to 15 of 15' }).waitFor();
      expect(await thumbs.allInnerTexts()).to.deep.equal(['[4, 0]', '[4, 1]', '[4, 2]']);
      await check(12);
    } finally {
      setViewHost(null);
    }
  });

  it('asks the kernel for single bins where it is looked at closer', async () => {
    setViewHost({ push: () => undefined });
    try {
      const n = 400;
      const noise = pv.randn([n, n], { seed: 9 });
      const bins = await pv.fft.fft2(noise).data();
      const data = await saved(noise);
      views.kernel = (view, request) => askView(view, request);
      await views.show(SPECTRUM_MIME, data);
      const probe = new PlaneProbe(views.page);
      await probe.canvas.focus();
      for (let i = 0; i < 10; i++) await probe.canvas.press('+');
      for (const key of ['ArrowRight', 'ArrowRight', 'ArrowRight']) await probe.canvas.press(key);
      await views.page.locator('.readout', { hasText: 'dB re max', hasNotText: 'largest of' }).waitFor();
      const said = await probe.readout();
      const [, row = NaN, col = NaN] = (/bin \[(\S+), (\S+)\]/u.exec(said.replaceAll('−', '-')) ?? []).map(Number);
      const bin = ((row + n) % n) * n + ((col + n) % n);
      const expected = Math.hypot(bins[2 * bin] ?? NaN, bins[2 * bin + 1] ?? NaN);
      const found = Number(/\|X\| (\S+)/u.exec(said)?.[1]);
      expect(found, said).to.be.closeTo(expected, 0.006 * expected);
    } finally {
      setViewHost(null);
    }
  });

  it('with zero frequency first draws each bin of a part that runs over the highest frequency, and says what resolution is seen', async () => {
    setViewHost({ push: () => undefined });
    try {
      const n = 300;
      const wave = (k: number, l: number): Float64Array =>
        Float64Array.from({ length: n * n }, (_, i) => Math.cos((2 * Math.PI * (k * Math.floor(i / n) + l * (i % n))) / n));
      const [strong, weak] = [wave(7, 3), wave(148, 151)];
      const signal = strong.map((value, i) => value + 0.1 * (weak[i] ?? NaN) + 0.3 * Math.sin(i * i));
      // One bin, by the definition of the transform.
      const magnitudeOf = (k: number, l: number): number => {
        let [real, imaginary] = [0, 0];
        signal.forEach((value, i) => {
          const angle = (2 * Math.PI * ((k * Math.floor(i / n) + l * (i % n)) % n)) / n;
          real += value * Math.cos(angle);
          imaginary -= value * Math.sin(angle);
        });
        return Math.hypot(real, imaginary);
      };
      const most = magnitudeOf(7, 3);
      const data = await saved(pv.tensor(signal, { shape: [n, n] }), { floorDb: -80 });
      const resolution = views.page.locator('.resolution');
      await views.show(SPECTRUM_MIME, { ...(data as object), view: null });
      await resolution.getByText('Each cell is the largest of 2×2 bins · finer ones are not at hand: this needs a kernel').waitFor();
      views.kernel = (view, request) => askView(view, request);
      await views.show(SPECTRUM_MIME, data);
      await resolution.getByText('Every bin is drawn', { exact: true }).waitFor();
      await select('Zero frequency', 'first');
      const probe = new PlaneProbe(views.page);
      await probe.canvas.focus();
      for (let i = 0; i < 6; i++) await probe.canvas.press('+');
      await resolution.getByText('Every bin is drawn', { exact: true }).waitFor();
      // All about the middle of the axes, where the highest frequencies meet.
      const length = n / 1.5 ** 6;
      const places = [
        [148, 151],
        [145, 144],
        [147, 156],
        [155, 146],
        [152, 149],
        [150, 150],
        [157, 157],
      ] as const;
      for (const [row, col] of places) {
        const of = (place: number): number => place - (n / 2 - length / 2);
        const color = interpolateViridis(Math.max(0, 1 + (20 * Math.log10(magnitudeOf(row, col) / most)) / 80));
        near(await probe.color(of(row), of(col), length, length), color, `[${row}, ${col}]`);
      }
      const said = await probe.pointAt(151 - (n / 2 - length / 2), 156 - (n / 2 - length / 2), length, length);
      expect(said).to.contain('bin [−149, −144]');
      expect(Number(/\|X\| (\S+)/u.exec(said)?.[1]), said).to.be.closeTo(magnitudeOf(151, 156), 0.006 * magnitudeOf(151, 156));
      // The same part of the page holds other frequencies now, which are not drawn as those.
      await select('Zero frequency', 'in the middle');
      await resolution.getByText('Every bin is drawn', { exact: true }).waitFor();
      near(
        await probe.color(150 - (n / 2 - length / 2), 153 - (n / 2 - length / 2), length, length),
        interpolateViridis(Math.max(0, 1 + (20 * Math.log10(magnitudeOf(0, 3) / most)) / 80)),
        'bin [0, 3]',
      );
    } finally {
      setViewHost(null);
    }
  });

  it('marks what is pointed at in the other spectra of the page', async () => {
    const page = await views.open();
    await page.evaluate("document.querySelector('main').append(document.createElement('div'), document.createElement('div'))");
    const data = await saved(picture());
    const item = (id: string): string => `{ id: '${id}', mime: '${SPECTRUM_MIME}', json: () => (${JSON.stringify(data)}) }`;
    for (const [i, id] of ['one', 'other'].entries())
      await page.evaluate(`rendered.renderOutputItem(${item(id)}, document.querySelectorAll('main > div')[${i}])`);
    const canvas = page.locator('canvas.cells');
    await canvas.nth(1).waitFor();
    const box = (await canvas.nth(0).boundingBox()) ?? { x: 0, y: 0, width: 0, height: 0 };
    const cell = { x: (box.width - 66) / cols, y: (box.height - 40) / rows };
    // The end of the cross's arm, 8 px beside the middle of row 1, column 7.
    const arm = (): Promise<number[]> =>
      page.evaluate(`(() => {
        const canvas = document.querySelectorAll('main > div')[1].firstElementChild.shadowRoot.querySelector('canvas.cells');
        return [...canvas.getContext('2d').getImageData(${Math.round(56 + 7.5 * cell.x) - 7}, ${Math.round(6 + 1.5 * cell.y)}, 1, 1).data];
      })()`);
    const before = await arm();
    await page.mouse.move(box.x + 56 + 7.5 * cell.x, box.y + 6 + 1.5 * cell.y);
    expect(await arm()).to.not.deep.equal(before);
    await page.mouse.move(box.x + 2, box.y + 2);
    expect(await arm()).to.deep.equal(before);
    await page.close();
  });

  it('takes out what it shows: bins, a drawing, and the call', async () => {
    await views.show(SPECTRUM_MIME, await saved(picture(), { title: 'Out', floorDb: -50, border: 'window', window: ['kaiser', 8] }));
    const files = await views.page.evaluate<string>(`(async () => {
      const made = [];
      URL.createObjectURL = (blob) => { made.push(blob); return 'data:,'; };
      HTMLAnchorElement.prototype.click = function () { made.push(this.download); };
      Object.defineProperty(navigator, 'clipboard', { value: { writeText: async (text) => void made.push(text) } });
      const root = document.querySelector('main > div').shadowRoot;
      const press = (name) => [...root.querySelectorAll('.item')].find((item) => item.textContent === name).click();
      for (const name of ['Save bins as CSV', 'Save as SVG', 'Copy as code']) press(name);
      return JSON.stringify(await Promise.all(made.map((each) => (each instanceof Blob ? each.text() : each))));
    })()`);
    const [csv = '', csvName, svg = '', svgName, code] = JSON.parse(files) as string[];
    expect([csvName, svgName]).to.deep.equal(['out.csv', 'out.svg']);
    const [header, first = ''] = csv.split('\n');
    expect(header).to.equal('row bin,column bin,vertical cycles/pixel,horizontal cycles/pixel,real,imaginary,magnitude,dB,phase');
    expect(first.split(',').slice(0, 4).map(Number)).to.deep.equal([-3, -4, -0.5, -4 / 9]);
    expect(csv.trim().split('\n')).to.have.lengthOf(1 + rows * cols);
    expect(svg).to.match(/^<svg .*>Out<.*<image .*href="data:image\/png;base64.*horizontal frequency \(cycles\/pixel\)/su);
    expect(code).to.equal("await pv.show.spectrum(x, { title: 'Out', floorDb: -50, border: 'window', window: ['kaiser', 8] });\n");
  });

  it('says what NaN, infinities, constants and one element are', async () => {
    const said = async (x: pv.Tensor): Promise<string> => {
      await views.show(SPECTRUM_MIME, await saved(x));
      return (await views.page.locator('.readout').innerText()).replace(/\s+/gu, ' ');
    };
    expect(await said(pv.tensor([[1, NaN, 2, 3]]))).to.contain('Every bin is NaN');
    const probe = new PlaneProbe(views.page);
    const [red = 0, green = 0, blue = 0] = await probe.color(0, 0, 1, 4);
    expect([red - green > 20, blue - green > 10], 'magenta').to.deep.equal([true, true]);
    expect(await said(pv.ones([5, 5]))).to.contain('Constant input');
    expect(await said(pv.zeros([4, 4]))).to.contain('All zero: no energy at any frequency');
    expect(await said(pv.ones([1, 1]))).to.contain('One value, 1');
    const spectrum = pv.fft.fft2(picture());
    const infinite = pv.where(pv.arange(54).reshape([6, 9]).eq(13), Infinity, spectrum.real()).astype(spectrum.dtype);
    infinite.node.spectrum = spectrum.node.spectrum;
    expect(await said(infinite)).to.contain('1 bin of 54 is infinite');
  });

  it('says of broken data what is wrong with it', async () => {
    await views.show(SPECTRUM_MIME, { ...((await saved(picture())) as object), shape: 'wide' });
    expect(await views.page.locator('.broken').innerText()).to.match(/spectrum cannot be drawn/u);
    const data = (await saved(picture())) as { content: { planes: object[] } };
    await views.show(SPECTRUM_MIME, { ...data, content: { ...data.content, planes: [] } });
    expect(await views.page.locator('.broken').innerText()).to.match(/it holds no spectrum/u);
  });

  it('leaves nothing behind: no listener, no element, and nothing held in the kernel', async () => {
    const fresh = await views.open();
    const data = { ...((await saved(picture())) as object), view: 'kernel-1' };
    // uPlot listens to the window once for all plots.
    await views.show(SPECTRUM_MIME, data, fresh, 'first');
    await fresh.evaluate('rendered.disposeOutputItem()');
    const before = await fresh.evaluate<number>('listening()');
    for (let i = 0; i < 50; i++) await views.show(SPECTRUM_MIME, data, fresh, `output-${i}`);
    expect(await fresh.evaluate<number>('listening()')).to.be.above(before + 50);
    await fresh.evaluate('rendered.disposeOutputItem()');
    expect(await fresh.evaluate<number>('listening()')).to.equal(before);
    expect(await fresh.evaluate("document.querySelector('main').children.length")).to.equal(0);
    await fresh.close();
  });
});
