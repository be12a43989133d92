// Convolutions over the spectra in a real browser: what is drawn, said and traced, against sums computed here.
import { expect } from 'chai';
import { interpolateViridis } from 'd3-scale-chromatic';
import { askView, setViewHost } from '../../../src/display/live-views.js';
import * as pv from '../../../src/index.js';
import { CONVOLUTION_MIME } from '../../../src/protocol/convolution.js';
import { naiveTransform } from '../display/naive-dft.js';
import { shown } from '../display/shown.js';
import { near } from './picture-probe.js';
import { PlaneProbe } from './plane-probe.js';
import { useViewsPage } from './views-page.js';

const [ROWS, COLS] = [6, 8] as const;
const image = Array.from({ length: ROWS }, (_, r) => Array.from({ length: COLS }, (_, c) => 1 + ((3 * r + 5 * c) % 7)));
const kernel = [
  [1, 2],
  [0, 3],
  [4, 5],
];
const [IMAGE, KERNEL, X, H, PRODUCT, RESULT] = [0, 1, 2, 3, 4, 5] as const;

/** The circular convolution in a period, by definition. */
const circular = (rows: number, cols: number, h: readonly (readonly number[])[] = kernel): number[][] =>
  Array.from({ length: rows }, (_, r) =>
    Array.from({ length: cols }, (_, c) =>
      h.reduce(
        (sum, line, i) => sum + line.reduce((part, tap, j) => part + tap * (image[(r - i + rows) % rows]?.[(c - j + cols) % cols] ?? 0), 0),
        0,
      ),
    ),
  );

/** The linear one, at a pixel. */
const linear = (r: number, c: number): number =>
  kernel.reduce((sum, line, i) => sum + line.reduce((part, tap, j) => part + tap * (image[r - i]?.[c - j] ?? 0), 0), 0);

/** |X| of a plane that zeros are appended to. */
function magnitudes(plane: readonly (readonly number[])[], rows: number, cols: number): number[] {
  const padded = Float64Array.from({ length: rows * cols }, (_, i) => plane[Math.floor(i / cols)]?.[i % cols] ?? 0);
  const { re, im } = naiveTransform(padded, rows, cols);
  return Array.from(re, (value, i) => Math.hypot(value, im[i] ?? NaN));
}

describe('the view of convolutions', function () {
  this.timeout(60_000);
  const views = useViewsPage();
  afterEach(() => setViewHost(null));
  let calls = 0;

  /** What show.convolution saves; each time something else, so that no test finds the state of another. */
  async function saved(options: pv.show.ConvolutionShowOptions = {}, x = pv.tensor(image), h = pv.tensor(kernel)): Promise<unknown> {
    const { bundles } = await shown(() => pv.show.convolution(x, h, { title: `Convolution ${calls++}`, ...options }));
    return bundles[0]?.[CONVOLUTION_MIME];
  }

  const open = async (options: pv.show.ConvolutionShowOptions = {}): Promise<void> => views.show(CONVOLUTION_MIME, await saved(options));
  const probe = (at: number): PlaneProbe => new PlaneProbe(views.page, at);
  const text = (): Promise<string> => views.page.locator('.step-text').innerText();
  const slide = (zeros: number): Promise<void> => views.page.getByRole('slider', { name: 'zeros appended' }).fill(String(zeros));
  /** A whole number that the result was said to be, perhaps with the digits of its rounding. */
  const resultIn = (said: string): number => Number(/^y\[\d+, \d+\] = ([\d.]+)/u.exec(said)?.[1]);
  const isOrange = ([red = 0, green = 0, blue = 0]: readonly number[]): boolean => red > green + 20 && green > blue + 5;

  it('draws image, spectra, product and result', async () => {
    await open({ padding: 1 });
    const [rows, cols] = [ROWS + 1, COLS + 1];
    const [x, h] = [magnitudes(image, rows, cols), magnitudes(kernel, rows, cols)];
    const product = x.map((value, i) => value * (h[i] ?? NaN));
    // Zero frequency stands in the middle: cell [3, 4] of 7×9.
    const bin = (row: number, col: number): number => ((row + 4) % rows) * cols + ((col + 5) % cols);
    for (const [at, values] of [
      [X, x],
      [H, h],
      [PRODUCT, product],
    ] as const)
      for (const [row, col] of [
        [3, 4],
        [1, 6],
        [6, 0],
      ] as const) {
        const level = 20 * Math.log10((values[bin(row, col)] ?? NaN) / Math.max(...values));
        near(await probe(at).color(row, col, rows, cols), interpolateViridis(Math.max(0, 1 + level / 80)), `plane ${at}, [${row}, ${col}]`);
      }
    const y = circular(rows, cols);
    const [min, max] = [Math.min(...y.flat()), Math.max(...y.flat())];
    for (const [row, col] of [
      [3, 4],
      [5, 8],
      [2, 2],
    ] as const) {
      // What the kernel adds up there wraps nowhere.
      const level = (255 * ((y[row]?.[col] ?? NaN) - min)) / (max - min);
      (await probe(RESULT).color(row, col, rows, cols)).forEach((byte) => expect(byte, `[${row}, ${col}]`).to.be.closeTo(level, 2));
    }
    const [low, high] = [0, 7];
    (await probe(IMAGE).color(2, 3, rows, cols)).forEach((byte) =>
      expect(byte).to.be.closeTo((255 * ((image[2]?.[3] ?? NaN) - low)) / (high - low), 2),
    );
  });

  it('marks exactly the pixels that differ from the linear result, for each number of zeros that is slid to', async () => {
    await open();
    for (const zeros of [0, 1, 2]) {
      await slide(zeros);
      const [rows, cols] = [ROWS + zeros, COLS + zeros];
      const y = circular(rows, cols);
      let [wrong, largest] = [0, 0];
      for (let row = 0; row < rows; row++)
        for (let col = 0; col < cols; col++) {
          const by = Math.abs((y[row]?.[col] ?? NaN) - linear(row, col));
          if (by > 0) wrong++;
          largest = Math.max(largest, by);
          expect(isOrange(await probe(RESULT).color(row, col, rows, cols)), `${zeros} zeros, [${row}, ${col}]`).to.equal(by > 0);
        }
      const said = await text();
      if (wrong === 0) expect(said).to.match(/^Nothing wraps around: the period is 8×10 and the whole result 8×9\.$/u);
      else expect(said).to.contain(`${wrong} of ${rows * cols} pixels hold what wrapped around, wrong by up to ${largest}:`);
    }
  });

  it('says of a pixel of the result the sum that makes it, and frames where it comes from', async () => {
    await open({ mode: 'circular' });
    // y[0, 0] = Σ h[i, j]·x[−i, −j]: one product of six stands where it should.
    const terms = kernel
      .flatMap((line, i) => line.map((tap, j) => ({ tap, pixel: image[(ROWS - i) % ROWS]?.[(COLS - j) % COLS] ?? NaN, i, j })))
      .filter(({ tap }) => tap !== 0);
    const sum = terms.reduce((total, { tap, pixel }) => total + tap * pixel, 0);
    const wrapped = terms.filter(({ i, j }) => i > 0 || j > 0);
    const over = wrapped.reduce((total, { tap, pixel }) => total + tap * pixel, 0);
    const said = await probe(RESULT).pointAt(0, 0, ROWS, COLS);
    expect(said).to.match(/^y\[0, 0\] = [\d.]+, wrapped around/u);
    expect(resultIn(said)).to.be.closeTo(sum, 1e-9);
    const products = terms.slice(0, 5).map(({ tap, pixel }) => `${tap}·${pixel}`);
    expect(said).to.contain(`5 products, ${wrapped.length} of them wrapped around (${over}): ${products.join(' + ')}`);
    // A box around [0, 0], and those of what lies on the other sides: rows 4 and 5, the last column.
    const before = await probe(IMAGE).canvas.screenshot();
    await probe(RESULT).pointAt(4, 4, ROWS, COLS);
    expect((await probe(IMAGE).canvas.screenshot()).equals(before), 'the window slides').to.equal(false);
    expect(resultIn(await probe(RESULT).readout())).to.be.closeTo(linear(4, 4), 1e-9);
  });

  it('says of a pixel of the image where it goes, and of a bin what is multiplied', async () => {
    await open({ mode: 'circular' });
    expect(await probe(IMAGE).pointAt(5, 7, ROWS, COLS)).to.equal(
      `x[5, 7] = ${image[5]?.[7]} takes part in 6 pixels of the result, 5 of them on the other side`,
    );
    expect(await probe(IMAGE).pointAt(0, 0, ROWS, COLS)).to.equal(`x[0, 0] = ${image[0]?.[0]} takes part in 6 pixels of the result`);
    expect(await probe(KERNEL).pointAt(2, 1, 3, 2)).to.contain('h[2, 1] 5');
    const total = image.flat().reduce((sum, value) => sum + value, 0);
    // Zero frequency is cell [3, 4].
    expect(await probe(H).pointAt(3, 4, ROWS, COLS)).to.equal(`bin [0, 0]: 0 across, 0 down X·H = ${total}∠0° · 15∠0° = ${15 * total}∠0°`);
  });

  it('marks a bin in the other spectra', async () => {
    await open({ mode: 'circular' });
    const color = (): Promise<number[]> => probe(PRODUCT).color(1, 6, ROWS, COLS);
    const before = await color();
    await probe(X).pointAt(1, 6, ROWS, COLS);
    expect(await color(), 'a cross').to.not.deep.equal(before);
    await views.page.mouse.move(2, 2);
    expect(await color()).to.deep.equal(before);
  });

  it('goes from step to step by keys and clicks, and explains each', async () => {
    await open({ operation: 'correlation' });
    const sentences = new Set<string>();
    await probe(RESULT).canvas.focus();
    for (const key of ['1', '2', '3', '4', '5', '6']) {
      await views.page.keyboard.press(key);
      expect(await views.page.locator('[aria-current=step] .step-number').innerText()).to.equal(key);
      sentences.add(`${await views.page.locator('.formula').innerText()} ${await text()}`);
    }
    expect(sentences.size).to.equal(6);
    const all = [...sentences].join('\n');
    // The period is that of the linear result.
    expect(all).to.contain('X[k, l] = Σ x[r, c] · exp(−2πi(kr/8 + lc/9))');
    expect(all).to.contain('72 complex products in the place of 288 real ones');
    expect(all).to.contain('the convolution with the kernel turned by 180°');
    await views.page.getByRole('radio', { name: '3 |X|' }).focus();
    await views.page.keyboard.press('ArrowRight');
    expect(await views.page.locator('[aria-current=step] .name').innerText()).to.equal('|H|');
  });

  it('convolves with the kernel turned by 180° for a correlation', async () => {
    await open({ operation: 'correlation' });
    const h = [...kernel].reverse().map((line) => [...line].reverse());
    const y = circular(8, 9, h);
    expect(resultIn(await probe(RESULT).pointAt(4, 5, 8, 9))).to.be.closeTo(y[4]?.[5] ?? NaN, 1e-9);
    expect(await probe(KERNEL).pointAt(0, 0, 3, 2)).to.contain('h[0, 0] 5');
  });

  it('leads the keys over the result, and speaks', async () => {
    await open({ mode: 'circular' });
    await probe(RESULT).canvas.focus();
    for (const key of ['ArrowRight', 'ArrowRight']) await probe(RESULT).canvas.press(key);
    expect(await views.page.locator('.for-readers[aria-live=polite]').textContent()).to.match(/^y\[3, 5\] = [\d.]+\. 5 products: \d·\d/u);
  });

  it('finds step, zeros and frame again', async () => {
    const data = await saved();
    await views.show(CONVOLUTION_MIME, data);
    await slide(1);
    await views.page.getByRole('slider', { name: 'zeros appended' }).dispatchEvent('change');
    await views.page.getByRole('radio', { name: 'valid' }).check({ force: true });
    await views.page.keyboard.press('4');
    await views.show(CONVOLUTION_MIME, data, views.page, 'again');
    const again = views.page.locator('main > div').last();
    expect(await again.getByRole('slider', { name: 'zeros appended' }).inputValue()).to.equal('1');
    expect(await again.getByRole('radio', { name: 'valid' }).isChecked()).to.equal(true);
    expect(await again.locator('[aria-current=step] .step-number').innerText()).to.equal('4');
    await views.page.evaluate('rendered.disposeOutputItem("again")');
  });

  it('asks the kernel process for the result of a large image, for the zeros that are slid to', async () => {
    setViewHost({ push: () => undefined });
    const asked: unknown[] = [];
    views.kernel = (view, request) => {
      asked.push(request);
      return askView(view, request);
    };
    await views.show(CONVOLUTION_MIME, await saved({ mode: 'circular' }, pv.ones([100, 120]), pv.ones([3, 3])));
    const full = views.page.locator('.full-size [role=status]');
    // Two rows and two columns of each.
    await views.page.locator('.full-size', { hasText: '436 of 12 000 pixels' }).waitFor();
    await slide(1);
    await views.page.locator('.full-size', { hasText: '221 of 12 221 pixels' }).waitFor();
    expect(await full.innerText()).to.contain('the period is 101×121 and the whole result 102×122');
    // Those that were overtaken are not asked.
    expect(asked.length).to.be.within(1, 3);
    expect(asked.at(-1)).to.deep.equal({ zeros: [1, 1], cells: 512 });
    expect(isOrange(await probe(6).color(0, 60, 101, 121))).to.equal(true);
    expect(isOrange(await probe(6).color(50, 60, 101, 121))).to.equal(false);
  });

  it('shows images with NaN, of zeros, and of one pixel', async () => {
    await views.show(CONVOLUTION_MIME, await saved({}, pv.tensor([[1, NaN]]), pv.tensor([[1, 1]])));
    const [red = 0, green = 0] = await probe(IMAGE).color(0, 1, 1, 3);
    expect(red - green, 'magenta').to.be.above(20);
    await views.show(CONVOLUTION_MIME, await saved({ mode: 'circular' }, pv.zeros([4, 4])));
    expect(await text()).to.contain('because edges are 0');
    await views.show(CONVOLUTION_MIME, await saved({}, pv.tensor([[2]]), pv.tensor([[3]])));
    expect(await probe(RESULT).pointAt(0, 0, 1, 1)).to.contain('1 product: 3·2');
  });

  it('leaves nothing behind', async () => {
    const fresh = await views.open();
    const before = await fresh.evaluate<number>('listening()');
    const data = await saved();
    for (let i = 0; i < 50; i++) await views.show(CONVOLUTION_MIME, data, fresh, `output-${i}`);
    expect(await fresh.evaluate<number>('listening()')).to.be.above(before + 50);
    await fresh.evaluate('rendered.disposeOutputItem()');
    expect(await fresh.evaluate<number>('listening()')).to.equal(before);
    expect(await fresh.evaluate("document.querySelector('main').children.length")).to.equal(0);
    await fresh.close();
  });

  it('says of broken data what is wrong with it', async () => {
    await views.show(CONVOLUTION_MIME, { ...((await saved()) as object), zeros: [1] });
    expect(await views.page.locator('.broken').innerText()).to.match(/This convolution cannot be drawn/u);
  });
});
