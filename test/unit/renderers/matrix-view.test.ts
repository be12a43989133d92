// Matrices in a real browser: colours and words of entries against the transform's definition.
import { expect } from 'chai';
import { interpolateRdBu, interpolateViridis } from 'd3-scale-chromatic';
import { colorTable } from '../../../src/display/color-maps.js';
import { askView, setViewHost } from '../../../src/display/live-views.js';
import * as pv from '../../../src/index.js';
import { MATRIX_MIME } from '../../../src/protocol/matrix.js';
import { shown } from '../display/shown.js';
import { near } from './picture-probe.js';
import { PlaneProbe } from './plane-probe.js';
import { useViewsPage } from './views-page.js';

describe('the view of matrices', function () {
  this.timeout(60_000);
  const views = useViewsPage();
  const n = 8;
  const places = [
    [0, 0],
    [1, 3],
    [2, 6],
    [7, 5],
    [3, 1],
  ] as const;

  /** What show.matrix saves of a tensor. */
  async function saved(x: pv.Tensor): Promise<unknown> {
    const { bundles } = await shown(() => pv.show.matrix(x, { title: 'Transform' }));
    return bundles[0]?.[MATRIX_MIME];
  }

  /** exp(−2πi·row·col/n)·(row + 1): rows of growing magnitude. */
  const entry = (row: number, col: number): readonly [number, number] => {
    const angle = (-2 * Math.PI * row * col) / n;
    return [(row + 1) * Math.cos(angle), (row + 1) * Math.sin(angle)];
  };
  const transform = (): pv.Tensor => {
    const values = Array.from({ length: n * n }, (_, i) => entry(Math.floor(i / n), i % n)).flat();
    return pv.tensor(Float64Array.from(values), { shape: [n, n], dtype: 'complex128' });
  };
  /** A colour on the white page, as seen through an opacity. */
  const faded = (bytes: ArrayLike<number>, opacity: number): string =>
    `rgb(${[0, 1, 2].map((i) => Math.round(255 + opacity * ((bytes[i] ?? 0) - 255))).join(', ')})`;
  /** The colour of a phase in the library's cyclic map. */
  const phaseColor = (phase: number): Uint8Array => {
    const table = colorTable('phase');
    const at = Math.min(table.length / 3 - 1, Math.floor(((phase + Math.PI) / (2 * Math.PI)) * (table.length / 3)));
    return table.subarray(3 * at, 3 * at + 3);
  };
  /** On a page in the colour of the theme, which is white: canvases are seen through. */
  const seen = async (probe: PlaneProbe, row: number, col: number): Promise<number[]> => probe.colorOnPage(row, col, n, n);

  it('draws magnitude and phase, the phase faded by the magnitude', async () => {
    await views.show(MATRIX_MIME, await saved(transform()));
    const [magnitude, phase] = [new PlaneProbe(views.page, 0), new PlaneProbe(views.page, 1)];
    for (const [row, col] of places) {
      const [re, im] = entry(row, col);
      near(await seen(magnitude, row, col), interpolateViridis((row + 1) / n), `magnitude [${row}, ${col}]`);
      const angle = Math.atan2(im, re);
      // Beside the ends, where the map is the same on both sides.
      near(await seen(phase, row, col), faded(phaseColor(angle), (row + 1) / n), `phase [${row}, ${col}]`);
    }
  });

  it('says an entry in both forms, and marks it in the other plane', async () => {
    const probe = new PlaneProbe(views.page, 0);
    const said = await probe.pointAt(3, 1, n, n);
    expect(said).to.equal('row 3, column 1 −2.83 − 2.83i · magnitude 4.00, phase −0.75π');
    const other = new PlaneProbe(views.page, 1);
    expect(await other.color(3, 1, n, n), 'the white of a cross').to.deep.equal([255, 255, 255]);
  });

  it('shows real and imaginary parts under its switch, on one scale, and keeps the choice', async () => {
    const data = await saved(transform());
    await views.show(MATRIX_MIME, data);
    await views.page.getByRole('radio', { name: 'Real and imaginary part' }).check();
    const check = async (page = views.page): Promise<void> => {
      for (const [row, col] of places) {
        const parts = entry(row, col);
        for (const part of [0, 1] as const)
          near(
            await seen(new PlaneProbe(page, part), row, col),
            interpolateRdBu(0.5 - parts[part] / n / 2),
            `part ${part} of [${row}, ${col}]`,
          );
      }
    };
    await check();
    expect(await new PlaneProbe(views.page).pointAt(3, 1, n, n)).to.equal('row 3, column 1 −2.83 − 2.83i · magnitude 4.00, phase −0.75π');
    const again = await views.open();
    await views.show(MATRIX_MIME, data, again);
    await check(again);
    await again.close();
  });

  it('draws a real matrix about 0, with its structure in words', async () => {
    const line = [4, -1, 0, 2, 0, 0];
    const rows = line.map((_, i) => line.map((_, j) => line[(i - j + 6) % 6] ?? NaN));
    await views.show(MATRIX_MIME, await saved(pv.tensor(rows)));
    const probe = new PlaneProbe(views.page);
    for (let i = 0; i < 6; i++) near(await probe.color(i, 1, 6, 6), interpolateRdBu(0.5 - (rows[i]?.[1] ?? NaN) / 8), `[${i}, 1]`);
    expect(await probe.readout()).to.match(/^Circulant \(circular convolution\)/u);
  });

  it('shows of a large matrix the largest entry of each block, and each entry where people look closer', async () => {
    const size = 1000;
    // Thin lines that a mean would lose.
    const values = Float32Array.from({ length: size * size }, (_, i) => (Math.floor(i / size) === i % size ? 1 + (i % 7) : 0));
    setViewHost({ push: () => undefined });
    try {
      const data = await saved(pv.tensor(values, { shape: [size, size] }));
      expect(JSON.stringify(data).length).to.be.below(120_000);
      let asked = 0;
      views.kernel = (view, request) => {
        asked++;
        return askView(view, request);
      };
      await views.show(MATRIX_MIME, data);
      const probe = new PlaneProbe(views.page);
      await probe.canvas.focus();
      await probe.canvas.press('ArrowRight');
      await views.page.locator('.readout', { hasText: 'the largest of 16 entries' }).waitFor();
      expect(asked).to.equal(0);
      for (let i = 0; i < 14; i++) await probe.canvas.press('+');
      await views.page.locator('.readout', { hasNotText: 'the largest of' }).waitFor();
      expect(await probe.readout()).to.equal(`row 500, column 500 ${1 + (500_500 % 7)}`);
      // How often depends on how fast the keys come.
      expect(asked).to.be.above(0);
    } finally {
      setViewHost(null);
    }
  });

  it('shows one entry, zeros, NaN and infinities as what they are', async () => {
    await views.show(MATRIX_MIME, await saved(pv.tensor([[3]])));
    expect(await new PlaneProbe(views.page).pointAt(0, 0, 1, 1)).to.equal('row 0, column 0 3');
    await views.show(MATRIX_MIME, await saved(pv.zeros([3, 3])));
    near(await new PlaneProbe(views.page).color(1, 1, 3, 3), interpolateRdBu(0.5), 'zero');
    await views.show(
      MATRIX_MIME,
      await saved(
        pv.tensor([
          [NaN, 1],
          [Infinity, -1],
        ]),
      ),
    );
    const probe = new PlaneProbe(views.page);
    expect(await probe.pointAt(0, 0, 2, 2)).to.match(/NaN$/u);
    expect(await probe.pointAt(1, 0, 2, 2)).to.match(/∞$/u);
    near(await probe.color(1, 1, 2, 2), interpolateRdBu(1), '−1 of 1');
  });

  it('leaves nothing behind, and says what is wrong with broken data', async () => {
    const fresh = await views.open('vscode-dark');
    const before = await fresh.evaluate<number>('listening()');
    const data = await saved(transform());
    for (let i = 0; i < 50; i++) await views.show(MATRIX_MIME, data, fresh, `output-${i}`);
    await fresh.evaluate('rendered.disposeOutputItem()');
    expect(await fresh.evaluate<number>('listening()')).to.equal(before);
    expect(await fresh.evaluate("document.querySelector('main').children.length")).to.equal(0);
    await views.show(MATRIX_MIME, { ...(data as object), planes: [] }, fresh);
    expect(await fresh.locator('.broken').innerText()).to.contain('This matrix cannot be drawn');
    await fresh.close();
  });
});
