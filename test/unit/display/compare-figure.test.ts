// Comparisons of two arrays: their numbers against sums done here, and the panels that show where they differ.
import { expect } from 'chai';
import { PNG } from 'pngjs';
import { figureBundle } from '../../../src/display/bundle.js';
import { compareValues } from '../../../src/display/compare-values.js';
import { rasterize } from '../../../src/display/raster.js';
import { drawComparison, type CompareDrawing } from '../../../src/display/compare-figure.js';
import * as pv from '../../../src/index.js';
import { numbers } from '../../devices.js';
import { naiveMagnitude } from './naive-dft.js';
import { pngOf, shown } from './shown.js';

const list = (...values: readonly number[]): Float64Array => Float64Array.from(values);

describe('the numbers of a comparison', () => {
  it('are those of the differences', () => {
    const [a, b] = [numbers(1, 24), numbers(2, 24)];
    const found = compareValues(a, b, [2, 3, 4], 1);
    const differences = a.map((value, i) => Math.abs(value - b[i]!));
    const worst = Math.max(...differences);
    expect(found.maxError).to.equal(worst);
    const [i = 0, j = 0, k = 0] = found.at;
    expect(differences[i * 12 + j * 4 + k]).to.equal(worst);
    const squares = differences.reduce((sum, value) => sum + value ** 2, 0);
    expect(found.rms).to.be.closeTo(Math.sqrt(squares / 24), 1e-15);
    expect(found.relative).to.be.closeTo(Math.sqrt(squares / b.reduce((sum, value) => sum + value ** 2, 0)), 1e-15);
    expect([found.equal, found.differing]).to.deep.equal([false, 24]);
  });

  it('of complex values are distances in the plane', () => {
    const { maxError, at, rms } = compareValues(list(0, 0, 3, 4), list(0, 0, 0, 0), [2], 2);
    expect([maxError, at, rms]).to.deep.equal([5, [1], Math.sqrt(25 / 2)]);
  });

  it('take NaN and infinities that both have for equal, and one alone for as different as can be', () => {
    expect(compareValues(list(NaN, Infinity, -0), list(NaN, Infinity, 0), [3], 1)).to.include({ equal: true, maxError: 0, relative: 0 });
    expect(compareValues(list(1, NaN), list(1, 2), [2], 1)).to.deep.include({ maxError: Infinity, at: [1], differing: 1 });
    expect(compareValues(list(1, Infinity), list(1, -Infinity), [2], 1).maxError).to.equal(Infinity);
  });

  it('have no relative error where the second is zero', () => {
    expect(compareValues(list(1), list(0), [1], 1).relative).to.be.NaN;
  });
});

describe('drawComparison', () => {
  const [rows, cols] = [8, 12];
  const b = numbers(3, rows * cols);
  const a = b.slice();
  a[2 * cols + 9]! += 0.5;
  const difference = a.map((value, i) => value - b[i]!);
  const drawing: CompareDrawing = {
    a,
    b,
    shape: [rows, cols],
    parts: 1,
    names: ['left', 'right'],
    title: 'Comparison',
    note: 'of a test',
    spectrum: naiveMagnitude(difference, rows, cols),
    maxCells: 720,
  };

  it('shows both in one range, and the difference in its place and sign', async () => {
    const { svg, text } = drawComparison(drawing);
    const image = PNG.sync.read(Buffer.from(await rasterize(svg)));
    // Where each panel was put, and in it its plane; colour bars are planes one cell wide.
    const panels = svg
      .split('<g transform="translate(')
      .slice(1)
      .filter((part) => part.includes('<svg '));
    const planes = panels.map((part) => {
      const [dx = 0, dy = 0] = part.slice(0, part.indexOf(')')).split(' ').map(Number);
      const [x = 0, y = 0, width = 0, height = 0] = (/<image x="([\d.]+)" y="([\d.]+)" width="([\d.]+)" height="([\d.]+)"/.exec(part) ?? [])
        .slice(1)
        .map(Number);
      return (row: number, col: number): string => {
        const [px, py] = [2 * (dx + x + ((col + 0.5) / cols) * width), 2 * (dy + y + ((row + 0.5) / rows) * height)];
        return image.data
          .subarray(4 * (Math.floor(py) * image.width + Math.floor(px)), 4 * (Math.floor(py) * image.width + Math.floor(px)) + 3)
          .join();
      };
    });
    expect(planes).to.have.length(4);
    const [left, right, between] = planes;
    const neutral = between!(0, 0);
    for (let row = 0; row < rows; row++)
      for (let col = 0; col < cols; col++) {
        const isChanged = row === 2 && col === 9;
        expect(left!(row, col) === right!(row, col), `[${row}, ${col}]`).to.equal(!isChanged);
        expect(between!(row, col) === neutral).to.equal(!isChanged);
      }
    // More is red.
    const [red = 0, , blue = 0] = between!(2, 9).split(',').map(Number);
    expect(red).to.be.above(blue + 50);
    expect(text).to.include('Largest difference 0.5 at [2, 9]').and.to.include('1 of 96 elements differs');
  });

  it('draws signals as curves below each other', () => {
    const line = { ...drawing, shape: [rows * cols], spectrum: naiveMagnitude(difference, 1, rows * cols) };
    const { svg, width } = drawComparison(line);
    expect(svg.match(/<svg /g)).to.have.length(4);
    expect(width).to.be.below(640);
    for (const title of ['left and right', 'left − right', 'Spectrum of the difference']) expect(svg).to.include(`>${title}<`);
  });
});

describe('show.compare', () => {
  before(() => pv.setDevice('cpu'));

  const compare = pv.show.compare as (...args: readonly unknown[]) => ReturnType<typeof pv.show.compare>;

  it('compares all elements, draws the first plane, and says so', async () => {
    const x = pv.tensor(numbers(1, 2 * 3 * 20 * 30), { shape: [2, 3, 20, 30] });
    const y = x.add(pv.zeros([2, 3, 20, 30]).add(1e-3));
    const { result, bundles, text } = await shown(() => compare(y, x, { names: ['more', 'less'] }));
    expect(result.maxError).to.be.closeTo(1e-3, 1e-12);
    expect(result.differing).to.equal(3600);
    expect(text).to.match(/more and less \(\[2, 3, 20, 30\] · float64 on cpu · first plane drawn\)/);
    expect(pngOf(bundles[0]).length).to.be.below(300_000);
  });

  it('takes a real and a complex tensor, and says that equal ones are', async () => {
    const x = pv.tensor(numbers(1, 40));
    const { result, text } = await shown(() => compare(x, pv.complex(x, 0)));
    expect(result).to.include({ equal: true, maxError: 0 });
    expect(text).to.match(/Equal in all 40 elements/);
  });

  const wrong: readonly (readonly [args: readonly unknown[], message: RegExp])[] = [
    [[pv.zeros([2]), 3], /show.compare: expects a tensor, but was given 3/],
    [[pv.zeros([2]), pv.zeros([3])], /have shapes \[2\] and \[3\], but must have the same/],
    [[pv.zeros([]), pv.zeros([])], /scalars have nothing to draw/],
    [[pv.zeros([2]), pv.zeros([2]), { names: ['a'] }], /names is \['a'\], but must be two words/],
    [[pv.zeros([2]), pv.zeros([2]), 'title'], /expects options like/],
  ];
  for (const [args, message] of wrong)
    it(`refuses what it cannot compare: ${message.source}`, async () => {
      const error = await shown(() => compare(...args)).catch((problem: unknown) => String(problem));
      expect(error).to.match(message);
    });
});

describe('figureBundle of a comparison', () => {
  it('finds in three drawings how many cells of noise fit into 300 KB', async function () {
    this.timeout(60_000);
    const [size, spectrum] = [400, numbers(3, 160_000).map(Math.abs)];
    const drawing = { a: numbers(1, size * size), b: numbers(2, size * size), shape: [size, size], parts: 1, names: ['a', 'b'] } as const;
    const asked: number[] = [];
    const forms = await figureBundle((maxCells) => {
      asked.push(maxCells);
      return drawComparison({ ...drawing, title: 'Noise', note: '', spectrum, maxCells });
    });
    const bytes = (forms['image/png'] as string).length + (forms['text/plain'] as string).length;
    expect(bytes).to.be.within(120_000, 300_000);
    expect(asked.length, asked.join()).to.be.at.most(3);
  });
});
