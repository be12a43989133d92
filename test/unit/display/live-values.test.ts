// What a training is made of: curves that keep every point, histories that are bounded, and rings of a spectrum.
import { expect } from 'chai';
import fc from 'fast-check';
import { Curve, summaryOf, thinned } from '../../../src/display/live-curve.js';
import { History, type Snapshot } from '../../../src/display/live-history.js';
import { glanceAt, radialBins, radialMean } from '../../../src/display/live-radial.js';
import { naiveTransform, sampled } from './naive-dft.js';

describe('a curve that grows', () => {
  it('keeps every point, and puts those that come late in their places', () => {
    const curve = new Curve();
    for (let i = 0; i < 1000; i++) curve.add(i, i * i);
    curve.add(500, -1);
    const { steps, values } = curve.points();
    expect(steps.length).to.equal(1001);
    expect([...steps]).to.deep.equal([...Array.from({ length: 501 }, (_, i) => i), ...Array.from({ length: 500 }, (_, i) => 500 + i)]);
    expect([...values.subarray(499, 503)]).to.deep.equal([499 ** 2, 500 ** 2, -1, 501 ** 2]);
  });

  it('is thinned to points of its own: with both ends, the least, the largest and where it is no number', () => {
    fc.assert(
      fc.property(
        fc.array(fc.oneof(fc.double({ noNaN: true }), fc.constantFrom(NaN, Infinity)), { minLength: 1, maxLength: 400 }),
        fc.integer({ min: 12, max: 60 }),
        (given, most) => {
          const all = { steps: sampled(given.length, (i) => 3 * i), values: Float64Array.from(given) };
          const { steps, values } = thinned(all, most);
          expect(steps.length).to.be.at.most(Math.max(most, Math.min(given.length, most)));
          steps.forEach((step, i) => {
            expect(Object.is(values[i], given[step / 3])).to.equal(true);
            if (i > 0) expect(step).to.be.above(steps[i - 1]!);
          });
          expect([steps[0], steps.at(-1)]).to.deep.equal([0, 3 * (given.length - 1)]);
          const numbers = (list: ArrayLike<number>): number[] => Array.from(list).filter((value) => !Number.isNaN(value));
          expect(Math.min(...numbers(values))).to.equal(Math.min(...numbers(given)));
          expect(Math.max(...numbers(values))).to.equal(Math.max(...numbers(given)));
          expect(values.some(Number.isNaN)).to.equal(given.some(Number.isNaN));
        },
      ),
    );
  });

  it('is summed up by its last value, its least and its largest', () => {
    const points = { steps: Float64Array.from([1, 2, 5, 9]), values: Float64Array.from([3, -2, NaN, 1]) };
    expect(summaryOf(points)).to.deep.equal({ last: 1, least: { value: -2, step: 2 }, largest: { value: 3, step: 1 } });
    expect(summaryOf({ steps: new Float64Array(), values: new Float64Array() })).to.equal(null);
    expect(summaryOf({ steps: Float64Array.of(1), values: Float64Array.of(NaN) })).to.deep.equal({ last: NaN, least: null, largest: null });
  });
});

describe('a history of snapshots', () => {
  const snapshot = (index: number): Snapshot => ({ index, step: 10 * index, cells: new Float64Array(), radial: new Float64Array() });

  it('holds so many at most, evenly spread over all, and always the last', () => {
    const history = new History(20);
    for (let index = 0; index < 1000; index++) {
      history.add(snapshot(index));
      const held = history.items.map((item) => item.index);
      expect(held.length).to.be.at.most(20);
      expect(held.at(-1)).to.equal(index);
      expect(held[0]).to.equal(0);
      const gaps = held.slice(1, -1).map((at, i) => at - held[i]!);
      expect(new Set(gaps).size, `gaps ${gaps.join()}`).to.be.at.most(1);
      if (index >= 20) expect(held.length).to.be.at.least(10);
    }
  });

  it('knows the last that was taken at a step or before, and some of all', () => {
    const history = new History(20);
    for (let index = 1; index < 10; index++) history.add(snapshot(index));
    expect([5, 10, 49, 50, 1000].map((step) => history.at(step)?.index)).to.deep.equal([1, 1, 4, 5, 9]);
    expect(new History().at(3)).to.equal(undefined);
    expect(history.some(3).map(({ index }) => index)).to.deep.equal([1, 5, 9]);
    expect(history.some(1).map(({ index }) => index)).to.deep.equal([9]);
    expect(history.some(50).length).to.equal(9);
  });
});

describe('a radial spectrum', () => {
  it('is the mean power over rings of all frequencies, by their definition', () => {
    for (const [rows, cols] of [
      [32, 32],
      [64, 32],
      [32, 128],
    ] as const) {
      const kernel = sampled(rows * cols, (i) => (Math.floor(i / cols) < 5 && i % cols < 4 ? Math.sin(7 * i) : 0));
      const { re, im } = naiveTransform(kernel, rows, cols);
      const power = re.map((value, i) => value ** 2 + im[i]! ** 2);
      const half = cols / 2 + 1;
      const given = sampled(rows * half, (i) => power[Math.floor(i / half) * cols + (i % half)]!);
      const rings = Array.from({ length: radialBins }, (): number[] => []);
      for (let k = -rows / 2; k < rows / 2; k++)
        for (let l = -cols / 2; l < cols / 2; l++)
          rings[Math.round(32 * Math.hypot(k / rows, l / cols))]?.push(power[((k + rows) % rows) * cols + ((l + cols) % cols)]!);
      const levels = radialMean(given, [rows, cols]);
      rings.forEach((ring, i) => {
        const mean = ring.reduce((sum, value) => sum + value, 0) / ring.length;
        expect(levels[i], `ring ${i} of ${rows}×${cols}`).to.be.closeTo(10 * Math.log10(mean), 1e-9);
      });
    }
  });

  it('is of a part that costs little of a tensor of any size', () => {
    const shapes = [
      [3, 3],
      [8, 1, 5, 5],
      [64, 128, 3, 3],
      [10, 4096],
      [5000, 2],
      [3, 7, 64, 64],
      [1, 1],
      [16, 20, 20],
    ];
    for (const shape of shapes) {
      const { all, planes, rows, cols, sizes, note } = glanceAt(shape);
      expect(all * shape.at(-1)! * shape.at(-2)!).to.equal(shape.reduce((product, extent) => product * extent, 1));
      expect(planes, note).to.be.within(1, Math.min(16, all));
      expect(planes * rows * cols, note).to.be.at.most(4096);
      expect(planes * sizes[0] * sizes[1], note).to.be.at.most(16_384);
      expect([rows <= sizes[0], cols <= sizes[1]]).to.deep.equal([true, true]);
      expect(note.includes('first'), note).to.equal(planes < all || rows < shape.at(-2)! || cols < shape.at(-1)!);
    }
    expect(glanceAt([64, 128, 3, 3]).note).to.equal('3×3, the first 16 of 8192 planes');
    expect(glanceAt([10, 4096]).note).to.equal('the first 10×64 cells of 10×4096');
  });
});
