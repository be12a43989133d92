// Pictures in a real browser: what is drawn and said, against values and colours computed here.
import { expect } from 'chai';
import { interpolateViridis } from 'd3-scale-chromatic';
import { askView, setViewHost } from '../../../src/display/live-views.js';
import * as pv from '../../../src/index.js';
import { IMAGE_MIME } from '../../../src/protocol/image.js';
import { shown } from '../display/shown.js';
import { near } from './picture-probe.js';
import { PlaneProbe } from './plane-probe.js';
import { useViewsPage } from './views-page.js';

describe('the view of pictures', function () {
  this.timeout(60_000);
  const views = useViewsPage();
  const waves = Array.from({ length: 5 }, (_, row) => Array.from({ length: 7 }, (_, col) => Math.sin(3 * row + col)));
  const [min, max] = [Math.min(...waves.flat()), Math.max(...waves.flat())];
  const places = [
    [0, 0],
    [1, 3],
    [2, 6],
    [4, 2],
  ] as const;

  /** What show.image saves of a tensor. */
  async function saved(values: pv.Values, options?: pv.show.ImageOptions): Promise<unknown> {
    const { bundles } = await shown(() => pv.show.image(pv.tensor(values), options));
    return bundles[0]?.[IMAGE_MIME];
  }

  it('draws each cell in the colour of its value, and says it', async () => {
    await views.show(IMAGE_MIME, await saved(waves, { map: 'viridis', title: 'Waves' }));
    const probe = new PlaneProbe(views.page);
    for (const [row, col] of places) {
      const value = waves[row]?.[col] ?? NaN;
      near(await probe.color(row, col, 5, 7), interpolateViridis((value - min) / (max - min)), `[${row}, ${col}]`);
      const said = await probe.pointAt(row, col, 5, 7);
      expect(said).to.contain(`row ${row}, column ${col}`);
      expect(Number(said.replaceAll('−', '-').split(' ').at(-1))).to.be.closeTo(value, 5.1e-4);
    }
    expect(await views.page.locator('.title').innerText()).to.equal('Waves');
  });

  it('gives the colours the range that the handles of the bar set, and finds it again', async () => {
    const data = await saved(waves, { map: 'viridis' });
    await views.show(IMAGE_MIME, data);
    const lowest = views.page.getByRole('slider', { name: 'Lowest value' });
    await lowest.focus();
    for (let i = 0; i < 3; i++) await lowest.press('PageUp');
    const low = min + 0.3 * (max - min);
    expect(Number(await lowest.getAttribute('aria-valuenow'))).to.be.closeTo(low, 1e-9);
    const checkColors = async (probe: PlaneProbe): Promise<void> => {
      for (const [row, col] of places) {
        const value = waves[row]?.[col] ?? NaN;
        near(await probe.color(row, col, 5, 7), interpolateViridis(Math.max(0, (value - low) / (max - low))), `[${row}, ${col}]`);
      }
    };
    await checkColors(new PlaneProbe(views.page));
    const again = await views.open();
    await views.show(IMAGE_MIME, data, again);
    await checkColors(new PlaneProbe(again));
    await again.close();
  });

  it('leads the keys from cell to cell, and speaks', async () => {
    await views.show(IMAGE_MIME, await saved(waves));
    const { canvas } = new PlaneProbe(views.page);
    await canvas.focus();
    // From the middle, [2, 3].
    for (const key of ['ArrowRight', 'ArrowRight', 'ArrowUp', 'ArrowUp', 'ArrowUp', 'ArrowUp']) await canvas.press(key);
    expect(await views.page.locator('[aria-live=polite]').textContent()).to.match(/^row 0, column 4\. −0\.757$/u);
  });

  it('shows three channels as colours', async () => {
    const channels = [0.2, 0.5, 1].map((most) => waves.map((line) => line.map((value) => most * (0.5 + value / 2))));
    await views.show(IMAGE_MIME, await saved(channels, { range: [0, 1] }));
    const probe = new PlaneProbe(views.page);
    for (const [row, col] of places) {
      const bytes = channels.map((plane) => Math.round(255 * (plane[row]?.[col] ?? NaN)));
      (await probe.color(row, col, 5, 7)).forEach((byte, i) => expect(byte).to.be.closeTo(bytes[i] ?? NaN, 1));
    }
  });

  it('hatches NaN, and draws infinities in the ends of the map', async () => {
    await views.show(
      IMAGE_MIME,
      await saved([
        [0, NaN, 1],
        [Infinity, 0.5, -Infinity],
      ]),
    );
    const probe = new PlaneProbe(views.page);
    const [red = 0, green = 0, blue = 0] = await probe.color(0, 1, 2, 3);
    expect(red - green, 'magenta').to.be.above(20);
    expect(blue - green, 'magenta').to.be.above(10);
    expect(await probe.color(1, 0, 2, 3)).to.deep.equal([255, 255, 255]);
    expect(await probe.color(1, 2, 2, 3)).to.deep.equal([0, 0, 0]);
    expect(await probe.pointAt(0, 1, 2, 3)).to.match(/NaN$/u);
  });

  it('asks the kernel for the cells that are looked at closer, and no sooner', async () => {
    const size = 512;
    const values = Float32Array.from({ length: size * size }, (_, i) => ((i % size) * 31 + Math.floor(i / size) * 17) % 101);
    const asked: unknown[] = [];
    setViewHost({ push: () => undefined });
    try {
      const { bundles } = await shown(() => pv.show.image(pv.tensor(values, { shape: [size, size] })));
      views.kernel = async (view, request) => {
        asked.push(request);
        return askView(view, request);
      };
      await views.show(IMAGE_MIME, bundles[0]?.[IMAGE_MIME]);
      const probe = new PlaneProbe(views.page);
      await probe.canvas.focus();
      expect(asked).to.be.empty;
      for (let i = 0; i < 12; i++) await probe.canvas.press('+');
      await probe.canvas.press('ArrowRight');
      // Until then it says a mean.
      await views.page.locator('.readout', { hasNotText: 'mean of' }).waitFor();
      const said = await probe.readout();
      const [, row, col, value] = /row (\d+), column (\d+) (\d+)$/u.exec(said)?.map(Number) ?? [];
      expect(value, said).to.equal(((col ?? NaN) * 31 + (row ?? NaN) * 17) % 101);
      // How often depends on how fast the keys come.
      expect(asked).to.not.be.empty;
    } finally {
      setViewHost(null);
    }
  });

  it('leaves nothing behind: no listener, no element, and nothing held in the kernel', async () => {
    const fresh = await views.open();
    const before = await fresh.evaluate<number>('listening()');
    const data = { ...((await saved(waves)) as object), view: 'kernel-1' };
    views.kernel = () => {
      throw new Error('the kernel does not hold these values any more: run the cell again');
    };
    for (let i = 0; i < 50; i++) await views.show(IMAGE_MIME, data, fresh, `output-${i}`);
    expect(await fresh.evaluate<number>('listening()')).to.be.above(before + 50);
    await fresh.evaluate('rendered.disposeOutputItem()');
    expect(await fresh.evaluate<number>('listening()')).to.equal(before);
    expect(await fresh.evaluate("document.querySelector('main').children.length")).to.equal(0);
    await fresh.close();
  });

  it('says of broken data what is wrong with it', async () => {
    await views.show(IMAGE_MIME, { ...((await saved(waves)) as object), rows: 'five' });
    expect(await views.page.locator('.broken').innerText()).to.match(/picture cannot be drawn.*Expected number but received "five"/u);
  });
});
