import { expect } from 'chai';
import { PNG } from 'pngjs';
import { figureBundle } from '../../../src/display/bundle.js';
import { drawImage } from '../../../src/display/image-figure.js';
import { rasterize } from '../../../src/display/raster.js';
import { sampled } from './naive-dft.js';

/** The colours of a grid of points in the drawn plane, as fractions of its width and height. */
async function colorsAt(svg: string, points: readonly (readonly [x: number, y: number])[]): Promise<number[][]> {
  const image = PNG.sync.read(Buffer.from(await rasterize(svg)));
  const box = (/<image x="([\d.]+)" y="([\d.]+)" width="([\d.]+)" height="([\d.]+)"/u.exec(svg) ?? []).slice(1).map(Number);
  const [left = 0, top = 0, width = 0, height = 0] = box.map((value) => 2 * value);
  return points.map(([x, y]) => {
    const at = 4 * (Math.floor(top + y * height) * image.width + Math.floor(left + x * width));
    return Array.from(image.data.subarray(at, at + 3));
  });
}

describe('drawImage', () => {
  it('enlarges pixels sharply: one colour from edge to edge', async () => {
    const { svg } = drawImage({ data: [0, 1, 0.5, 0.2], shape: [2, 2], range: [0, 1] });
    const near = 0.01;
    const colors = await colorsAt(svg, [
      [near, near],
      [0.5 - near, 0.5 - near],
      [0.5 + near, near],
      [near, 0.5 + near],
      [1 - near, 1 - near],
    ]);
    expect(colors.map(([red]) => red)).to.deep.equal([0, 0, 255, 128, 51]);
  });

  it('averages where it reduces', async () => {
    // Stripes of single pixels, reduced from 1440 to 720: every mean is 0.5.
    const { svg, text } = drawImage({ data: sampled(1440 * 200, (i) => i % 2), shape: [200, 1440], range: [0, 1] });
    expect(text).to.contain('drawn at 720×100');
    const colors = await colorsAt(
      svg,
      Array.from({ length: 20 }, (_, i) => [(i + 0.3) / 20, 0.4] as const),
    );
    colors.forEach((color) => expect(color).to.deep.equal([128, 128, 128]));
  });

  it('averages by any factor, with weights for pixels that two cells share', async () => {
    const ramp = sampled(1000 * 1000, (i) => (i % 1000) / 999);
    const { svg } = drawImage({ data: ramp, shape: [1000, 1000], range: [0, 1], maxCells: 300 });
    const places = [0.1, 0.35, 0.6, 0.85];
    const colors = await colorsAt(
      svg,
      places.map((x) => [x, 0.5] as const),
    );
    colors.forEach(([red], i) => expect(red).to.be.closeTo(255 * (places[i] ?? 0), 2));
  });

  it('draws channels first as red, green, blue', async () => {
    const { svg } = drawImage({ data: [1, 0, 0, 0.2, 0, 1], shape: [3, 1, 2] });
    const [left, right] = await colorsAt(svg, [
      [0.25, 0.5],
      [0.75, 0.5],
    ]);
    expect(left).to.deep.equal([255, 0, 0]);
    expect(right).to.deep.equal([0, 51, 255]);
  });

  it('lays transparent colours on white', async () => {
    const { svg } = drawImage({ data: [1, 0, 0, 0.5], shape: [4, 1, 1] });
    const [color] = await colorsAt(svg, [[0.5, 0.5]]);
    [255, 128, 128].forEach((value, channel) => expect(color?.[channel]).to.be.closeTo(value, 1));
  });

  it('takes colour in [0, 255] for bytes', async () => {
    const { svg } = drawImage({ data: [255, 128, 0], shape: [3, 1, 1] });
    expect(await colorsAt(svg, [[0.5, 0.5]])).to.deep.equal([[255, 128, 0]]);
  });

  it('puts 0 in the neutral middle of the diverging map', async () => {
    const { svg } = drawImage({ data: [-1, 0, 5], shape: [1, 3], map: 'diverging' });
    const [, zero] = await colorsAt(svg, [
      [0.17, 0.5],
      [0.5, 0.5],
    ]);
    expect(Math.max(...(zero ?? [])) - Math.min(...(zero ?? []))).to.be.lessThan(6);
    expect(Math.min(...(zero ?? []))).to.be.greaterThan(235);
  });

  const sayings: readonly (readonly [what: string, data: ArrayLike<number>, shape: number[], expected: string])[] = [
    ['a constant', new Float64Array(9).fill(0.5), [3, 3], 'Constant: every value is 0.5'],
    ['all NaN', new Float64Array(9).fill(NaN), [3, 3], 'Every value is NaN'],
    ['infinities', [1, 2, Infinity, -Infinity], [2, 2], '2 values of 4 are infinite'],
    ['nothing', [], [0, 3], 'Nothing to show: [0, 3] holds no pixels. The picture would be here.'],
    ['one row', sampled(4000, (i) => i), [1, 4000], 'not to scale'],
    ['values near 10³⁸', [1e38, -3e38], [1, 2], 'Values −300×10³⁶ to 100×10³⁶'],
  ];
  for (const [what, data, shape, expected] of sayings) {
    it(`says what it sees in ${what}`, async () => {
      const { svg, text } = drawImage({ data, shape });
      expect(text).to.contain(expected);
      expect((await rasterize(svg)).length).to.be.greaterThan(1000);
    });
  }

  it('refuses what is not a picture', () => {
    expect(() => drawImage({ data: [1, 2], shape: [2, 1, 1] })).to.throw(
      'drawImage: shape [2, 1, 1] is not a picture; expected [height, width] or [channels, height, width] with 1, 3 or 4 channels',
    );
    expect(() => drawImage({ data: [1, 2], shape: [2] })).to.throw('shape [2] is not a picture');
    expect(() => drawImage({ data: [1, 2], shape: [2, 2] })).to.throw('shape [2, 2] needs 4 values, but 2 were given');
    expect(() => drawImage({ data: [1], shape: [1, 1], range: [1, 1] })).to.throw('range must be two ascending finite numbers');
  });

  it('escapes titles', async () => {
    const { svg } = drawImage({ data: [1], shape: [1, 1], title: '<image href="x"/> & more' });
    expect(svg).to.contain('&lt;image href=&quot;x&quot;/&gt; &amp; more');
    expect((await rasterize(svg)).length).to.be.greaterThan(1000);
  });

  it('of a large colour picture takes at most 300 KB in the notebook', async () => {
    let state = 1;
    const data = sampled(3 * 1200 * 1600, () => (state = (state * 48271) % 2147483647) / 2147483647);
    const forms = await figureBundle((maxCells) => drawImage({ data, shape: [3, 1200, 1600], maxCells }));
    expect(JSON.stringify(forms).length).to.be.lessThan(301_000);
  });
});

describe('rasterize', () => {
  it('says that a drawing is not well-formed', async () => {
    let message = '';
    await rasterize('<svg').catch((error: unknown) => (message = String(error)));
    expect(message).to.contain('the drawing could not be turned into a PNG');
  });
});
