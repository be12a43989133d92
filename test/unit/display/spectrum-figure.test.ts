import { expect } from 'chai';
import { PNG } from 'pngjs';
import { figureBundle } from '../../../src/display/bundle.js';
import { colorTable } from '../../../src/display/color-maps.js';
import { rasterize } from '../../../src/display/raster.js';
import { drawSpectrum } from '../../../src/display/spectrum-figure.js';
import { naiveMagnitude, sampled } from './naive-dft.js';

/** A wave of `fy` rows and `fx` columns per cycle count, over a mean. */
function wave(rows: number, cols: number, cycles: readonly [vertical: number, horizontal: number], mean: number): Float64Array {
  return sampled(rows * cols, (i) => {
    const turns = (cycles[0] * Math.floor(i / cols)) / rows + (cycles[1] * (i % cols)) / cols;
    return mean + Math.cos(2 * Math.PI * turns);
  });
}

/** Where the plane lies in the PNG, from the image element in the SVG (in CSS px; a PNG has two pixels for each). */
function planeBox(svg: string): { x: number; y: number; width: number; height: number } {
  const [, x, y, width, height] = /<image x="([\d.]+)" y="([\d.]+)" width="([\d.]+)" height="([\d.]+)"/u.exec(svg) ?? [];
  return { x: 2 * Number(x), y: 2 * Number(y), width: 2 * Number(width), height: 2 * Number(height) };
}

async function decodedPng(svg: string): Promise<PNG> {
  return PNG.sync.read(Buffer.from(await rasterize(svg)));
}

function colorIn(image: PNG, x: number, y: number): number[] {
  const at = 4 * (Math.floor(y) * image.width + Math.floor(x));
  return Array.from(image.data.subarray(at, at + 3));
}

const VIRIDIS = colorTable('viridis');
const LOWEST = Array.from(VIRIDIS.subarray(0, 3));
const HIGHEST = Array.from(VIRIDIS.subarray(-3));

describe('drawSpectrum: the peak', () => {
  it('of a plane wave is at its frequency, with its wavelength and level', () => {
    const magnitude = naiveMagnitude(wave(16, 24, [2, 3], 2), 16, 24);
    const { peak, text } = drawSpectrum({ magnitude, shape: [16, 24] });
    expect(peak?.index).to.deep.equal([2, 3]);
    expect(peak?.frequency[0]).to.be.closeTo(2 / 16, 1e-15);
    expect(peak?.frequency[1]).to.be.closeTo(3 / 24, 1e-15);
    expect(peak?.wavelength).to.be.closeTo(8 / Math.SQRT2, 1e-12);
    // A cosine of amplitude 1 has half of it in each of two bins: N/2 against 2N at zero frequency.
    expect(peak?.db).to.be.closeTo(20 * Math.log10(1 / 4), 1e-9);
    expect(peak?.magnitude).to.be.closeTo((16 * 24) / 2, 1e-9);
    expect(text).to.contain('Largest wave 5.66 px long, −12.0 dB re max').and.to.contain('Zero frequency 0 dB, magnitude 768');
  });

  it('is given with positive horizontal frequency, whichever of the mirrored bins is larger in its last bit', () => {
    const magnitude = naiveMagnitude(wave(8, 8, [-1, 2], 0), 8, 8);
    for (const at of [7 * 8 + 2, 1 * 8 + 6]) {
      const nudged = magnitude.map((value, i) => (i === at ? value * (1 + 1e-14) : value));
      expect(drawSpectrum({ magnitude: nudged, shape: [8, 8] }).peak?.frequency).to.deep.equal([-1 / 8, 2 / 8]);
    }
  });

  it('is the same of several equal ones, the longest, whatever rounding did to them', () => {
    const magnitude = new Float64Array(64);
    // |X| of two crossed waves, and a shorter one as large.
    for (const at of [1, 7, 8, 56, 18, 46]) magnitude[at] = 1;
    for (const largest of [1, 8, 18]) {
      const rounded = magnitude.map((value, i) => (i === largest ? value * (1 + 1e-7) : value));
      expect(drawSpectrum({ magnitude: rounded, shape: [8, 8] }).peak?.index).to.deep.equal([0, 1]);
    }
  });

  it('at Nyquist has frequency +0.5 and wavelength 2', () => {
    const magnitude = naiveMagnitude(
      sampled(10, (i) => (i % 2 === 0 ? 1 : -1)),
      1,
      10,
    );
    expect(drawSpectrum({ magnitude, shape: [10] }).peak).to.deep.include({
      index: [5],
      frequency: [0.5],
      wavelength: 2,
    });
  });

  it('of a signal with a sampling rate is in Hz and seconds', () => {
    const magnitude = naiveMagnitude(
      sampled(100, (i) => Math.sin((2 * Math.PI * 12 * i) / 100)),
      1,
      100,
    );
    const { peak, text } = drawSpectrum({ magnitude, shape: [100], sampleRate: 500 });
    expect(peak?.frequency[0]).to.be.closeTo(60, 1e-12);
    expect(peak?.wavelength).to.be.closeTo(1 / 60, 1e-15);
    expect(text).to.contain('Largest wave 60 Hz, period 0.0167 s');
  });
});

describe('drawSpectrum: the picture', () => {
  it('has each bin where its frequency is, negative to the left and top', async () => {
    // Bins (1, 3) and (−1, −3) of an 8×12 plane, and nothing else.
    const magnitude = new Float64Array(8 * 12);
    magnitude[1 * 12 + 3] = 1;
    magnitude[7 * 12 + 9] = 1;
    const { svg } = drawSpectrum({ magnitude, shape: [8, 12] });
    const image = await decodedPng(svg);
    const { x, y, width, height } = planeBox(svg);
    const bright: string[] = [];
    for (let row = 0; row < 8; row++) {
      for (let col = 0; col < 12; col++) {
        // A quarter into the cell: marks and the Nyquist line run through centres and edges.
        const color = colorIn(image, x + ((col + 0.25) * width) / 12, y + ((row + 0.25) * height) / 8);
        if (color.join() === HIGHEST.join()) bright.push(`${String(row - 4)},${String(col - 6)}`);
        else expect(color).to.deep.equal(LOWEST);
      }
    }
    expect(bright).to.deep.equal(['-1,-3', '1,3']);
  });

  it('of odd size has zero frequency in the middle', async () => {
    const magnitude = new Float64Array(25);
    magnitude[0] = 1;
    const { svg } = drawSpectrum({ magnitude, shape: [5, 5] });
    const { x, y, width, height } = planeBox(svg);
    expect(colorIn(await decodedPng(svg), x + width / 2, y + height / 2)).to.deep.equal(HIGHEST);
  });

  it('colours a level by its place between floor and maximum', async () => {
    const magnitude = Float64Array.of(1, 10 ** (-20 / 20), 10 ** (-40 / 20), 10 ** (-20 / 20));
    const { svg } = drawSpectrum({ magnitude, shape: [2, 2], range: { floorDb: -40 } });
    const { x, y, width, height } = planeBox(svg);
    const image = await decodedPng(svg);
    // Shifted: [[−20, −40], [−20, 0]] dB.
    expect(colorIn(image, x + width * 0.9, y + height * 0.1)).to.deep.equal(LOWEST);
    expect(colorIn(image, x + width * 0.9, y + height * 0.9)).to.deep.equal(HIGHEST);
    const middle = Array.from(VIRIDIS.subarray((3 * VIRIDIS.length) / 6, (3 * VIRIDIS.length) / 6 + 3));
    colorIn(image, x + width * 0.1, y + height * 0.1).forEach((value, c) => expect(value).to.be.closeTo(middle[c] ?? 0, 3));
  });

  it('counts levels from a magnitude that is given, in its axis, its words and its bar, and draws the same picture', () => {
    const magnitude = naiveMagnitude(wave(16, 24, [2, 3], 2), 16, 24);
    const given = { magnitude, shape: [16, 24], range: { floorDb: -40 } };
    const [own, from] = [drawSpectrum(given), drawSpectrum({ ...given, reference: 12 })];
    const ofWave = 20 * Math.log10(192 / 12);
    const ofZero = 20 * Math.log10(768 / 12);
    expect(from.text)
      .to.contain(`long, ${ofWave.toFixed(1)} dB re 12`)
      .and.to.contain(`Zero frequency ${ofZero.toFixed(1)} dB, magnitude 768`);
    const image = (svg: string): string => /<image [^>]*>/u.exec(svg)?.[0] ?? '';
    expect(image(from.svg)).to.equal(image(own.svg)).and.to.contain('base64');
    expect(from.svg).to.contain('>dB re 12<').and.to.not.contain('re max');
    // Ticks of the bar from 36.1 − 40 dB up.
    const texts = (svg: string): string[] => [...svg.matchAll(/>(−?\d+)<\/text>/gu)].map(([, text]) => text ?? '');
    expect(texts(own.svg)).to.include.members(['−40', '−20', '0']);
    expect(texts(from.svg)).to.include.members(['0', '20']).and.to.not.include('−20');
  });

  it('of a signal has its levels where they are on an axis of a given magnitude', () => {
    const magnitude = naiveMagnitude(
      sampled(64, (i) => 3 * Math.cos((2 * Math.PI * 5 * i) / 64) + 0.03 * Math.cos((2 * Math.PI * 20 * i) / 64)),
      1,
      64,
    );
    const { svg, text } = drawSpectrum({ magnitude, shape: [64], range: { floorDb: -60 }, reference: 0.96 });
    // |X| of the tones is 96 and 0.96: 40 dB and 0 dB, on an axis from −20 dB to 44 dB, 180 px high.
    expect(text).to.contain('40.0 dB re 0.96');
    const tips = [...svg.matchAll(/<circle cx="([\d.]+)" cy="([\d.]+)" r="2.5"/gu)].map(([, x, y]) => [Number(x), Number(y)] as const);
    const tipOf = (bin: number): number => tips.find(([x]) => Math.abs(x - (bin / 32) * 400) < 0.01)?.[1] ?? NaN;
    expect(tipOf(5)).to.be.closeTo((4 / 64) * 180, 0.01);
    expect(tipOf(20)).to.be.closeTo((44 / 64) * 180, 0.01);
    const top = Number(/translate\([\d.]+ ([\d.]+)\)/u.exec(svg)?.[1]);
    const across = [...svg.matchAll(/<line x1="([\d.]+)" y1="([\d.]+)" x2="([\d.]+)" y2="\2"/gu)]
      .filter(([, from, , to]) => Number(to) - Number(from) === 400)
      .map(([, , y]) => Number(y) - top);
    expect(
      across.filter((y) => Math.abs(y - (44 / 64) * 180) < 0.01),
      'the line of 0 dB',
    ).to.have.lengthOf(1);
    expect(svg).to.contain('>dB re 0.96<');
  });

  it('reduced by blocks loses no single bright bin', async () => {
    const magnitude = new Float64Array(1500 * 1500).fill(1e-3);
    magnitude[700 * 1500 + 301] = 1;
    const { svg, text } = drawSpectrum({ magnitude, shape: [1500, 1500] });
    expect(text).to.contain('largest of 3×3 bins');
    const { x, y, width, height } = planeBox(svg);
    const image = await decodedPng(svg);
    const [row, col] = [700 + 750, 301 + 750];
    expect(colorIn(image, x + ((col + 0.5) / 1500) * width, y + ((row + 0.5) / 1500) * height)).to.deep.equal(HIGHEST);
  });
});

describe('drawSpectrum: degenerate input says what it is', () => {
  const cases: readonly (readonly [what: string, magnitude: Float64Array, shape: number[], expected: string])[] = [
    ['empty', new Float64Array(), [0, 5], 'Nothing to show: [0, 5] holds no values'],
    ['one value', Float64Array.of(2.5), [1, 1], 'One value, 2.5: it has only the zero frequency'],
    ['a constant', sampled(16, (i) => (i === 0 ? 8 : 0)), [4, 4], 'Constant input: nothing beside zero frequency'],
    ['a constant with rounding', sampled(16, (i) => (i === 0 ? 8 : 1e-15)), [4, 4], 'nothing above rounding beside'],
    ['zeros', new Float64Array(16), [4, 4], 'All zero: no energy at any frequency'],
    ['NaN', new Float64Array(16).fill(NaN), [4, 4], 'Every bin is NaN'],
    ['some NaN', sampled(16, (i) => (i === 5 ? NaN : 1)), [4, 4], '1 bin of 16 is NaN (hatched)'],
    ['infinities', sampled(16, (i) => (i < 2 ? Infinity : i)), [4, 4], '2 bins of 16 are infinite'],
    ['one sample', Float64Array.of(3), [1], 'One value, 3'],
    ['a silent signal', new Float64Array(9), [9], 'All zero'],
    ['a signal of NaN', new Float64Array(9).fill(NaN), [9], 'Every bin is NaN'],
    ['a row', sampled(3000, (i) => 1 / (1 + i)), [1, 3000], 'not to scale'],
    ['the largest doubles', sampled(16, () => 1.7e308), [4, 4], '0 dB re max'],
    ['the smallest doubles', sampled(16, () => 5e-324), [4, 4], '0 dB re max'],
  ];
  for (const [what, magnitude, shape, expected] of cases) {
    it(what, async () => {
      const figure = drawSpectrum({ magnitude, shape });
      expect(figure.text).to.contain(expected);
      const image = await decodedPng(figure.svg);
      expect([image.width, image.height]).to.deep.equal([2 * figure.width, 2 * figure.height]);
    });
  }

  it('NaN bins are hatched in magenta', async () => {
    const { svg } = drawSpectrum({ magnitude: new Float64Array(64).fill(NaN), shape: [8, 8] });
    const { x, y } = planeBox(svg);
    const image = await decodedPng(svg);
    const colors = Array.from({ length: 12 }, (_, i) => colorIn(image, x + 100 + i, y + 60).join());
    expect(new Set(colors)).to.deep.equal(new Set(['199,21,133', '250,214,238']));
  });
});

describe('drawSpectrum: errors', () => {
  const magnitude = new Float64Array(6);
  it('name shape, size, floor and sampling rate', () => {
    expect(() => drawSpectrum({ magnitude, shape: [1, 2, 3] })).to.throw('shape [1, 2, 3] has 3 axes; expected [n] or [rows, cols]');
    expect(() => drawSpectrum({ magnitude, shape: [2, 2] })).to.throw('shape [2, 2] needs 4 values, but 6 were given');
    expect(() => drawSpectrum({ magnitude, shape: [6], range: { floorDb: 3 } })).to.throw('floorDb must be a finite level below 0');
    expect(() => drawSpectrum({ magnitude, shape: [6], reference: 0 })).to.throw("reference must be 'max' or a finite magnitude above 0");
    expect(() => drawSpectrum({ magnitude, shape: [6], sampleRate: -1 })).to.throw('sampleRate must be a positive number');
    expect(() => drawSpectrum({ magnitude, shape: [2, 3], sampleRate: 8 })).to.throw('sampleRate is for signals of one axis');
  });
});

describe('figureBundle of a spectrum', () => {
  it('gives data the bytes that picture and words leave, and shrinks the picture where they need more', async () => {
    const magnitude = sampled(400 * 400, (i) => 1 + Math.sin(i * i));
    const asked: number[] = [];
    const bundled = (least: number): Promise<Record<string, unknown>> =>
      figureBundle((maxCells) => ({
        ...drawSpectrum({ magnitude, shape: [400, 400], maxCells }),
        data: {
          mime: 'text/data',
          within: (bytes) => {
            asked.push(bytes);
            return { text: 'x'.repeat(Math.max(least, bytes - 100)) };
          },
        },
      }));
    const full = await bundled(0);
    const [png, text] = [String(full['image/png']), String(full['text/plain'])];
    expect(asked).to.deep.equal([300_000 - png.length - Buffer.byteLength(text)]);
    expect((full['text/data'] as { text: string }).text).to.have.lengthOf((asked[0] ?? 0) - 100);
    const small = await bundled(200_000);
    expect(String(small['image/png']).length).to.be.below(100_000);
    expect(JSON.stringify(small).length).to.be.below(301_000);
  });

  it('holds a picture of the noise of 2048×2048 bins under 300 KB', async () => {
    let state = 1;
    const magnitude = sampled(2048 * 2048, () => {
      state = (state * 48271) % 2147483647;
      return Math.sqrt(-Math.log(state / 2147483647));
    });
    const forms = await figureBundle((maxCells) => drawSpectrum({ magnitude, shape: [2048, 2048], maxCells }));
    expect(Object.keys(forms)).to.deep.equal(['image/png', 'text/plain']);
    expect(JSON.stringify(forms).length).to.be.lessThan(301_000);
    const image = PNG.sync.read(Buffer.from(String(forms['image/png']), 'base64'));
    expect(image.width).to.be.greaterThan(600);
  });
});
