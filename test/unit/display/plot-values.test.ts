// Long curves with fewer points: no extreme is lost, no point counted twice.
import { expect } from 'chai';
import fc from 'fast-check';
import { reduceCurve } from '../../../src/display/plot-values.js';
import { askView, setViewHost } from '../../../src/display/live-views.js';
import * as pv from '../../../src/index.js';
import { integerList, numberList, numbersOf } from '../../../src/protocol/number-list.js';
import { curveData, curveFrom, PLOT_MIME, type CurveData } from '../../../src/protocol/plot.js';
import { numbers } from '../../devices.js';
import { shown } from './shown.js';

const curve = (y: ArrayLike<number>, x: Float64Array | null = null) => ({
  name: 'y',
  count: y.length,
  first: 0,
  x,
  y: Float64Array.from(y),
});

describe('reduceCurve', () => {
  it('puts each point in one group, and says its mean and how far it reaches', () => {
    const y = numbers(3, 5000);
    for (const scale of ['linear', 'log'] as const) {
      const reduced = reduceCurve(curve(y), 300, scale);
      const ends = reduced.groups?.ends ?? Int32Array.of();
      expect(ends.length).to.be.within(100, 300);
      expect(ends.at(-1)).to.equal(5000);
      ends.forEach((end, group) => {
        const start = ends[group - 1] ?? 0;
        expect(end).to.be.above(start);
        const part = y.slice(start, end);
        expect(reduced.groups?.low[group]).to.equal(Math.min(...part));
        expect(reduced.groups?.high[group]).to.equal(Math.max(...part));
        expect(reduced.y[group]).to.be.closeTo(part.reduce((sum, value) => sum + value, 0) / part.length, 1e-12);
        expect(reduced.x?.[group]).to.equal(start === 0 ? 0 : end === 5000 ? 4999 : (start + end - 1) / 2);
      });
    }
  });

  it('makes groups of equal lengths along the axis: equal steps, or equal ratios', () => {
    const y = numbers(4, 100_000);
    const linear = reduceCurve(curve(y), 500, 'linear').groups?.ends ?? [];
    for (let i = 1; i < linear.length - 1; i++) expect((linear[i] ?? 0) - (linear[i - 1] ?? 0)).to.be.within(200, 202);
    const log = reduceCurve(curve(y), 500, 'log').groups?.ends ?? [];
    // 100 000 numbers from 1 on span 11.5 in their logarithms: groups beyond the first few hundred numbers are of 2.3% each.
    const late = Array.from(log).filter((end) => end > 2000 && end < 99_000);
    for (let i = 1; i < late.length; i++) expect(Math.log((late[i] ?? 0) / (late[i - 1] ?? 1))).to.be.closeTo(Math.log(99_999) / 498, 1e-3);
    expect(late.length).to.be.above(100);
    // And the first numbers are alone.
    expect(Array.from(log).slice(1, 20)).to.deep.equal(Array.from({ length: 19 }, (_, i) => i + 2));
  });

  it('has no value for a group without one, and an infinite mean for one with an infinity', () => {
    const y = new Array<number>(64).fill(1);
    y.fill(NaN, 0, 20);
    [y[40], y[60]] = [Infinity, NaN];
    const { groups, y: means } = reduceCurve(curve(y), 8, 'linear');
    expect([...means])
      .to.include(Infinity)
      .and.include(1);
    expect(means[0]).to.be.NaN;
    expect(groups?.low[0]).to.be.NaN;
    expect(groups?.high.every((value) => Number.isNaN(value) || value === 1)).to.equal(true);
  });

  it('keeps whole what is short, and every so manieth point of what does not run from left to right', () => {
    const y = numbers(5, 100);
    expect(reduceCurve(curve(y), 100, 'linear')).to.include({ groups: null, stride: 1, x: null });
    const x = Float64Array.from(y, (_, i) => Math.cos(i));
    const reduced = reduceCurve(curve(y, x), 30, 'linear');
    expect(reduced.stride).to.equal(4);
    expect([...reduced.y]).to.deep.equal([...y].filter((_, i) => i % 4 === 0));
    expect([...(reduced.x ?? [])]).to.deep.equal([...x].filter((_, i) => i % 4 === 0));
  });

  it('keeps points below 0 on a logarithmic axis together, and ends with all points on odd places', () => {
    fc.assert(
      fc.property(
        fc.array(fc.double({ noNaN: true, min: -1e6, max: 1e6 }), { minLength: 20, maxLength: 200 }),
        fc.boolean(),
        (places, isLog) => {
          const x = Float64Array.from(places).sort();
          const { groups } = reduceCurve(curve(x, x), 16, isLog ? 'log' : 'linear');
          const ends = Array.from(groups?.ends ?? []);
          expect(ends.length).to.be.within(1, 18);
          expect(ends.at(-1)).to.equal(x.length);
          expect(ends.every((end, i) => end > (ends[i - 1] ?? 0))).to.equal(true);
        },
      ),
    );
  });

  it('comes back from JSON', () => {
    const reduced = reduceCurve(curve(numbers(6, 1000)), 50, 'linear');
    const back = curveFrom(JSON.parse(JSON.stringify(curveData(reduced))) as ReturnType<typeof curveData>);
    expect(back.groups?.ends).to.deep.equal(reduced.groups?.ends);
    back.y.forEach((value, i) => expect(value).to.be.closeTo(reduced.y[i] ?? NaN, 1e-6));
  });
});

describe('the points that show.plot tells its view', () => {
  it('are those between two places and one more on each side, from the device, or groups of them', async () => {
    setViewHost({ push: () => undefined });
    try {
      const x = Float64Array.from({ length: 1000 }, (_, i) => i * i);
      const y = numbers(8, 1000);
      const { bundles } = await shown(() => pv.show.plot({ a: pv.tensor(y), b: pv.tensor(y).mul(2) }, { x: pv.tensor(x) }));
      const { view } = bundles[0]?.[PLOT_MIME] as { view: string };
      const asked = async (request: object): Promise<ReturnType<typeof curveFrom>[]> =>
        ((await askView(view, request)) as CurveData[]).map(curveFrom);
      const [a, b] = await asked({ from: 50, to: 200, groups: 64, scale: 'linear' });
      // 49 and 225 are the squares beside 64 … 196.
      expect([...(a?.x ?? [])]).to.deep.equal([49, 64, 81, 100, 121, 144, 169, 196, 225]);
      expect(a).to.include({ first: 7, count: 1000, groups: null });
      b?.y.forEach((value, i) => expect(value).to.be.closeTo(2 * (y[7 + i] ?? NaN), 1e-6));
      const [whole] = await asked({ from: '-Infinity', to: 'Infinity', groups: 16, scale: 'linear' });
      expect(whole?.groups?.ends.at(-1)).to.equal(1000);
      const beyond = await asked({ from: 1e7, to: 1e8, groups: 16, scale: 'linear' });
      expect([...(beyond[0]?.x ?? [])]).to.deep.equal([999 ** 2]);
      const refusal = await asked({ from: 0, to: 1, groups: 1e9, scale: 'linear' }).catch((error: unknown) => error);
      expect(String(refusal)).to.match(/Expected <=8192/u);
    } finally {
      setViewHost(null);
    }
  });
});

describe('lists of numbers in JSON', () => {
  it('take single precision where it is enough to draw by, and double elsewhere', () => {
    expect(numberList([0, 0.1, 1]).kind).to.equal('float32');
    // Steps of a second in a time since 1970: float32 would know 128 seconds apart.
    const times = Array.from({ length: 10 }, (_, i) => 1.7e9 + i);
    expect(numberList(times).kind).to.equal('float64');
    expect([...numbersOf(numberList(times))]).to.deep.equal(times);
    const wide = [1e308, -1e-308, NaN, Infinity];
    expect([...numbersOf(numberList(wide))]).to.deep.equal(wide);
    expect(numberList([0.1], 0).kind).to.equal('float64');
    expect(numberList([0.5, NaN, -Infinity], 0).kind).to.equal('float32');
  });

  it('hold whole numbers, and refuse another number of them', () => {
    expect([...numbersOf(integerList([0, -1, 2 ** 31 - 1]), 3)]).to.deep.equal([0, -1, 2 ** 31 - 1]);
    expect(() => numbersOf(integerList([1, 2]), 3)).to.throw('8 bytes where 3 numbers take 12');
  });
});
