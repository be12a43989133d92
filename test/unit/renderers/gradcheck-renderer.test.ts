// The renderer of gradient checks in a real browser: what it draws and says, against sums and colours computed here.
import { expect } from 'chai';
import { interpolateRdBu, interpolateViridis } from 'd3-scale-chromatic';
import type { Page } from 'playwright-core';
import type { GradcheckReport } from '../../../src/gradcheck/report.js';
import { complexReport, convReport, largeReport, lineReport, nanReport, scalarReport } from '../display/gradcheck-reports.js';
import { showReport, useGradcheckPage } from './gradcheck-page.js';
import { naiveMagnitude } from '../display/naive-dft.js';
import { near, numberIn, PictureProbe } from './picture-probe.js';

describe('the renderer of gradient checks', function () {
  this.timeout(60_000);
  const opened = useGradcheckPage();
  let page: Page;
  let picture: PictureProbe;

  before(() => {
    ({ page } = opened);
    picture = new PictureProbe(page);
  });

  const show = (given: GradcheckReport): Promise<void> => showReport(page, given);

  /** The gradients of dw of the convolution, and their error, by hand. */
  function wrongKernels(): { analytic: Float64Array; oracle: Float64Array; error: Float64Array; limit: number } {
    const { analytic, oracle } = convReport(false).inputs[1]?.values ?? {};
    if (analytic === undefined || oracle == null) throw new Error('the oracle is known');
    const rms = Math.sqrt(oracle.reduce((sum, value) => sum + value * value, 0) / oracle.length);
    const error = analytic.map((value, i) => (value - (oracle[i] ?? 0)) / rms);
    return { analytic, oracle, error, limit: Math.max(...error.map(Math.abs)) };
  }
  const placeOf = ([k = 0, c = 0, i = 0, j = 0]: readonly number[]): number => ((k * 2 + c) * 4 + i) * 3 + j;

  it('puts the verdict first, then the cause and what to change; the worst input is open', async () => {
    await show(convReport(false));
    const text = await page.locator('.report').innerText();
    const order = [
      'dw is wrong',
      'conjugate missing on Ĝ',
      'Write G.conj()',
      '.conj()',
      '✗disagrees',
      'Differences and forward mode agree',
      'Differences ran in float64',
    ];
    const found = order.map((words) => text.indexOf(words));
    expect(found, text).to.not.include(-1);
    expect(found).to.deep.equal([...found].sort((a, b) => a - b));
    expect(await page.locator('.disclosure[aria-expanded=true]').allInnerTexts()).to.deep.equal(['dw']);
  });

  it('sorts inputs and worst elements by their titles, and says by which', async () => {
    const names = (): Promise<string[]> => page.locator('.inputs tbody .disclosure').allInnerTexts();
    const title = page.locator('.inputs').getByRole('button', { name: 'Max error of rms' });
    await title.click();
    expect(await names()).to.deep.equal(['dw', 'dx']);
    expect(await page.locator('.inputs th[aria-sort]').getAttribute('aria-sort')).to.equal('descending');
    await title.press('Enter');
    expect(await names()).to.deep.equal(['dx', 'dw']);
    await page.locator('.inputs').getByRole('button', { name: 'Input' }).click();
    expect(await names()).to.deep.equal(['dw', 'dx']);
    expect(await page.locator('.inputs th[aria-sort]').count()).to.equal(1);

    await page.locator('summary').click();
    const { analytic, error } = wrongKernels();
    const worst = Array.from(error.keys())
      .sort((a, b) => Math.abs(error[b] ?? 0) - Math.abs(error[a] ?? 0))
      .slice(0, 10);
    const shown = async (): Promise<number[]> =>
      (await page.locator('.worst tbody tr td:first-child').allInnerTexts()).map((text) =>
        placeOf(text.slice(1, -1).split(', ').map(Number)),
      );
    expect(await shown()).to.deep.equal(worst);
    await page.locator('.worst').getByRole('button', { name: 'Backward' }).click();
    expect(await shown()).to.deep.equal([...worst].sort((a, b) => (analytic[b] ?? 0) - (analytic[a] ?? 0)));
    await page.locator('summary').click();
  });

  it('draws each element in the colour of its error, and says its index and its three values', async () => {
    const { analytic, oracle, error, limit } = wrongKernels();
    for (const { color, index, said } of await picture.places()) {
      const place = placeOf(index);
      expect(numberIn(said, /error ([^ ]+) of rms/u)).to.be.closeTo(error[place] ?? NaN, 0.051 * Math.abs(error[place] ?? NaN) + 1e-9);
      expect(numberIn(said, /backward ([^ ]+)/u)).to.be.closeTo(analytic[place] ?? NaN, 1e-5 * Math.abs(analytic[place] ?? 0) + 1e-9);
      expect(numberIn(said, /differences ([^ ]+)/u)).to.be.closeTo(oracle[place] ?? NaN, 1e-5 * Math.abs(oracle[place] ?? 0) + 1e-6);
      expect(numberIn(said, /forward mode ([^ ]+)/u)).to.be.closeTo(oracle[place] ?? NaN, 1e-5 * Math.abs(oracle[place] ?? 0) + 1e-9);
      near(color, interpolateRdBu(0.5 - (error[place] ?? NaN) / limit / 2), said);
    }
  });

  it('shows the backward’s own values under its switch, on one scale with the other gradients', async () => {
    const { analytic, oracle } = wrongKernels();
    await page.getByRole('radio', { name: 'Backward' }).check();
    const limit = Math.max(...[...analytic, ...oracle].map(Math.abs));
    for (const { color, index, said } of await picture.places()) {
      near(color, interpolateRdBu(0.5 - (analytic[placeOf(index)] ?? NaN) / limit / 2), said);
    }
    await page.getByRole('radio', { name: 'Error' }).check();
  });

  it('shows the spectrum of each kernel, zero frequency in the middle, as the transform’s definition has it', async () => {
    const { error } = wrongKernels();
    const spectra = Array.from({ length: 6 }, (_, kernel) => naiveMagnitude(error.slice(12 * kernel, 12 * kernel + 12), 4, 3));
    const largest = Math.max(...spectra.flatMap((spectrum) => Array.from(spectrum)));
    await page.getByRole('radio', { name: 'Spectrum' }).check();
    for (const { color, index, said } of await picture.places()) {
      const [, horizontal, vertical] =
        /at (\S+) horizontal, (\S+) vertical/u.exec(said)?.map((text) => Number(text.replace('−', '-'))) ?? [];
      const [row, col] = [Math.round(4 * (vertical ?? NaN) + 4) % 4, Math.round(3 * (horizontal ?? NaN) + 3) % 3];
      const db = 20 * Math.log10((spectra[(index[0] ?? 0) * 2 + (index[1] ?? 0)]?.[row * 3 + col] ?? NaN) / largest);
      expect(numberIn(said, /\n?(−?[\d.·×10⁻⁰-⁹]+) dB re max/u), said).to.be.closeTo(db, 0.051);
      near(color, interpolateViridis(1 + db / 60), said);
    }
    await page.getByRole('radio', { name: 'Elements' }).check();
  });

  it('leads the keys from element to element, and speaks', async () => {
    const canvas = page.locator('canvas');
    const { error, limit } = wrongKernels();
    await canvas.focus();
    const said = await picture.readout();
    const index = (/\[([\d, ]*)\]/u.exec(said)?.[1] ?? '').split(', ').map(Number);
    expect(Math.abs(error[placeOf(index)] ?? 0), 'the keys start at the worst').to.equal(limit);
    const at = async (...keys: string[]): Promise<string> => {
      for (const key of keys) await canvas.press(key);
      return /\[[\d, ]*\]/u.exec(await picture.readout())?.[0] ?? '';
    };
    expect(await at('Home')).to.equal('[0, 0, 0, 0]');
    expect(await at('ArrowRight', 'ArrowDown', 'ArrowDown')).to.equal('[0, 0, 2, 1]');
    expect(await at('ArrowRight', 'ArrowRight'), 'into the next kernel').to.equal('[0, 1, 2, 0]');
    expect(await at('PageDown')).to.equal('[1, 0, 2, 0]');
    expect(await at('End', 'ArrowRight', 'ArrowDown'), 'no further than the end').to.equal('[2, 1, 3, 2]');
    expect(await at('ArrowUp', 'ArrowLeft')).to.equal('[2, 1, 2, 1]');
    const spoken = await page.locator('.picture [aria-live=polite]').textContent();
    expect(spoken).to.match(/^dw\[2, 1, 2, 1\] · error .* of rms\. backward .* · differences .* · forward mode /u);
    expect(await canvas.getAttribute('aria-label')).to.match(/Error of dw, 6 planes of 4 × 3/u);
    await page.locator('summary').focus();
    expect(await picture.readout()).to.match(/^Error of dw/u);
  });

  it('moves nothing when the readout changes', async () => {
    const place = (): Promise<unknown> => page.locator('summary').boundingBox();
    await page.mouse.move(0, 0);
    const before = await place();
    for (const { x, y } of (await picture.places()).slice(0, 4)) {
      await picture.pointAt(x, y);
      expect(await place()).to.deep.equal(before);
    }
  });

  it('leads from a worst element to its place in the picture', async () => {
    await page.locator('summary').click();
    await page.getByRole('radio', { name: 'Spectrum' }).check();
    const link = page.locator('.worst tbody button').nth(3);
    const name = await link.innerText();
    await link.click();
    expect(await picture.readout()).to.include(`dw${name}`);
    expect(await page.evaluate(`document.querySelector('main > div').shadowRoot.activeElement.tagName`)).to.equal('CANVAS');
  });

  it('says the steps of the V-curve to the pointer and to the keys', async () => {
    const curve = page.locator('.step-curve');
    expect(await curve.locator('.readout').innerText()).to.match(/^taken: h = 10, error /u);
    await curve.locator('svg').focus();
    await curve.locator('svg').press('Home');
    expect(await curve.locator('.readout').innerText()).to.match(/^h = 1·10⁻⁵, error /u);
    const box = await curve.locator('svg').boundingBox();
    await page.mouse.move((box?.x ?? 0) + 0.97 * (box?.width ?? 0), (box?.y ?? 0) + 40);
    expect(await curve.locator('.readout').innerText()).to.match(/^h = 10, error /u);
  });

  it('hatches NaN, and draws infinities in the ends of the map', async () => {
    await show(nanReport());
    const cells = await picture.map(10);
    await page.mouse.move(0, 0);
    // Elements 31 to 33 are NaN, 62 and 63 infinite.
    const nan = cells.get('0, 1, 1, 2') ?? { x: 0, y: 0 };
    const hatched = new Set((await picture.colorsAt(nan.x - 3, nan.y - 3, 6)).map(String));
    expect(hatched).to.deep.equal(new Set(['199,21,133', '250,214,238']));
    const [above, below] = [cells.get('1, 0, 2, 2'), cells.get('1, 0, 2, 3')];
    near((await picture.colorsAt(above?.x ?? 0, above?.y ?? 0))[0], interpolateRdBu(0), 'infinity');
    near((await picture.colorsAt(below?.x ?? 0, below?.y ?? 0))[0], interpolateRdBu(1), '−infinity');
    expect((await picture.pointAt(nan.x, nan.y)).said)
      .to.include('error NaN of rms')
      .and.to.include('backward NaN');
  });

  it('draws a passing check without opening anything, and its noise stays faint', async () => {
    await show(convReport(true));
    expect(await page.locator('.detail').innerText()).to.equal('');
    expect(await page.locator('.noise').innerText()).to.match(/rounding noise: at most \d+% of what this check detects/u);
    await page.getByRole('button', { name: 'dw', exact: true }).click();
    for (const { color, said } of await picture.places()) {
      expect(Math.min(...color), said).to.be.above(215);
    }
    await page.getByRole('button', { name: 'dw', exact: true }).click();
    expect(await page.locator('canvas').count()).to.equal(0);
  });

  it('draws a line, one number, complex values and more than can be kept', async () => {
    await show(lineReport());
    const { said } = await picture.pointAt(300, 60);
    expect(said).to.match(/^dx\[\d+\] · error [^ ]+ of rms\nbackward /u);
    await show(scalarReport(false));
    expect(await page.locator('.worst tbody tr').innerText()).to.match(/2\s+2\.71828\s+−2\.71828\s+−2\.71828/u);
    await show(complexReport());
    await page.locator('canvas').focus();
    expect(await picture.readout()).to.match(/dspectrum\[4, 6\] · error [^ ]+ [+−] [^ ]+i of rms\nbackward [^ ]+ [+−] [^ ]+i/u);
    await show(largeReport());
    expect(await page.locator('.report').innerText()).to.include('36\u2009864 elements are too many to be kept here');
    expect(await page.locator('canvas').count()).to.equal(0);
  });
});
