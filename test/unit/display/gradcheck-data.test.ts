import { expect } from 'chai';
import * as v from 'valibot';
import { bundleOfReport } from '../../../src/display/gradcheck-display.js';
import { gradcheckData } from '../../../src/display/gradcheck-data.js';
import { indexAt, placeAt, planeName, planePeaks, planesOf, rankPlanes, relativeError } from '../../../src/display/gradcheck-planes.js';
import { formatError } from '../../../src/display/number-format.js';
import { planeSpectrum } from '../../../src/display/plane-spectrum.js';
import { layoutCurve } from '../../../src/display/step-curve.js';
import { GRADCHECK_MIME, gradcheckSchema, type GradcheckData } from '../../../src/protocol/gradcheck.js';
import { numberFrom } from '../../../src/protocol/numbers.js';
import { complexReport, convReport, curve, inputReport, largeReport, nanReport, noise, report } from './gradcheck-reports.js';
import { naiveMagnitude } from './naive-dft.js';

/** What comes out of a notebook that was saved and opened again. */
function saved(data: GradcheckData): GradcheckData {
  return v.parse(gradcheckSchema, JSON.parse(JSON.stringify(data)));
}

/** Little-endian float32 from base64, read by hand. */
function floats(text: string): number[] {
  const bytes = Buffer.from(text, 'base64');
  return Array.from({ length: bytes.length / 4 }, (_, i) => bytes.readFloatLE(4 * i));
}

describe("a gradient check's data", () => {
  it('follows its schema through JSON, with its values to float32', () => {
    const given = convReport(false);
    const data = saved(gradcheckData(given));
    expect(data.verdict).to.equal(given.verdict);
    expect(data.diagnosis[0]?.fix).to.deep.equal({ place: 'cell 3:9:15', operand: 0, edit: { append: '.conj()' } });
    data.inputs.forEach((input, i) => {
      const source = given.inputs[i];
      expect(input.worstElements).to.have.length(10);
      expect(input.worst).to.deep.equal(source?.worst);
      expect(floats(input.values?.analytic ?? '')).to.deep.equal(Array.from(source?.values.analytic ?? [], Math.fround));
      expect(floats(input.values?.oracle ?? '')).to.deep.equal(Array.from(source?.values.oracle ?? [], Math.fround));
    });
  });

  it('keeps NaN, infinities and complex values, which JSON cannot hold', () => {
    const [input] = saved(gradcheckData(nanReport())).inputs;
    expect(input?.maxError).to.equal('Infinity');
    expect(input?.worst.analytic).to.equal('NaN');
    expect(numberFrom(input?.maxError ?? 0)).to.equal(Infinity);
    const values = floats(input?.values?.analytic ?? '');
    expect(values.slice(31, 34)).to.deep.equal([NaN, NaN, NaN]);
    expect(values.slice(62, 64)).to.deep.equal([Infinity, -Infinity]);
    const [complex] = saved(gradcheckData(complexReport())).inputs;
    expect(complex?.worst.analytic).to.have.length(2);
    expect(floats(complex?.values?.analytic ?? '')).to.have.length(96);
  });

  it('keeps the values of the inputs with the largest error where there is no room for all', () => {
    const input = (name: string, size: number, error: number): ReturnType<typeof inputReport> => {
      const oracle = noise(size, size);
      return inputReport({ name, shape: [size], oracle, analytic: oracle.map((value, i) => value + (i === 1 ? error : 0)) });
    };
    const kept = (...inputs: ReturnType<typeof inputReport>[]): string[] =>
      gradcheckData(report(inputs)).inputs.flatMap(({ name, values }) => (values === null ? [] : [name]));
    // Three gradients each: 16 384 numbers hold 5461 elements.
    expect(kept(input('a', 3000, 0.1), input('b', 3000, 0.2), input('c', 400, NaN))).to.deep.equal(['b', 'c']);
    expect(kept(input('a', 5461, 0.1))).to.deep.equal(['a']);
    expect(kept(input('a', 5462, 0.1))).to.deep.equal([]);
    expect(kept(input('large', 6000, 0.2), input('small', 10, 0.1)), 'what fits, stays').to.deep.equal(['small']);
  });

  it('makes an output of data, picture and words below 300 KB', async () => {
    for (const given of [convReport(true), convReport(false), largeReport(), nanReport()]) {
      const bundle = await bundleOfReport(given);
      expect(Object.keys(bundle)).to.have.members(['image/png', 'text/plain', GRADCHECK_MIME]);
      expect(bundle['text/plain']).to.equal(String(given));
      expect(JSON.stringify(bundle).length).to.be.below(300_000);
    }
  });
});

describe('planes of a gradient', () => {
  it('are the last two axes longer than one, named by what stands before', () => {
    const kinds = ([[], [7], [1, 7], [5, 7], [3, 2, 4, 3], [64, 32, 1, 1], [2, 3, 1, 9]] as const).map((shape) => {
      const planes = planesOf(shape);
      return [planes.count, planes.rows, planes.cols, planeName(planes.count - 1, planes)];
    });
    expect(kinds).to.deep.equal([
      [1, 1, 1, ''],
      [1, 1, 7, ''],
      [1, 1, 7, ''],
      [1, 5, 7, ''],
      [6, 4, 3, '[2, 1]'],
      [1, 64, 32, ''],
      [2, 3, 9, '[1]'],
    ]);
  });

  it('count in row-major order, there and back', () => {
    const shape = [3, 2, 4, 3];
    expect(indexAt(57, shape)).to.deep.equal([2, 0, 3, 0]);
    for (let place = 0; place < 72; place++) expect(placeAt(indexAt(place, shape), shape)).to.equal(place);
  });

  it('rank by their largest error, NaN before all else', () => {
    const peaks = planePeaks(
      [0, 1, -5, 0, NaN, 0, 5, 0],
      planesOf(
        [4, 1, 2]
          .map((n) => (n === 1 ? 2 : n))
          .slice(0, 1)
          .concat([1, 2]),
      ),
      1,
    );
    expect(Array.from(peaks)).to.deep.equal([Infinity]);
    const separate = planePeaks([0, 1, -5, 0, NaN, 0, 5, 0], { shape: [4, 2], rows: 1, cols: 2, count: 4, outer: [4] }, 1);
    expect(Array.from(separate)).to.deep.equal([1, 5, Infinity, 5]);
    expect(rankPlanes(separate)).to.deep.equal([2, 1, 3, 0]);
  });

  it('show analytic − oracle in units of the rms, or against differences, or nothing', () => {
    const analytic = [3, 5];
    expect(Array.from(relativeError({ analytic, numeric: [0, 0], oracle: [1, 6] }, 2) ?? [])).to.deep.equal([1, -0.5]);
    expect(Array.from(relativeError({ analytic, numeric: [1, 1], oracle: null }, 2) ?? [])).to.deep.equal([1, 2]);
    expect(relativeError({ analytic, numeric: null, oracle: null }, 2)).to.equal(null);
    expect(Array.from(relativeError({ analytic, numeric: null, oracle: [0, 0] }, 0) ?? []), 'a gradient of 0').to.deep.equal([3, 5]);
  });
});

describe("a plane's spectrum", () => {
  it('is that of the definition, zero frequency in the middle', () => {
    for (const [rows, cols] of [
      [4, 3],
      [1, 12],
      [7, 5],
      [9, 10],
    ] as const) {
      const values = noise(rows * cols, rows + cols);
      const expected = naiveMagnitude(values, rows, cols);
      const spectrum = planeSpectrum(values, 1, rows, cols);
      expect(spectrum).to.have.length(rows * cols);
      spectrum?.forEach((value, i) => {
        const from = (axis: number, n: number): number => (axis - Math.floor(n / 2) + n) % n;
        expect(value).to.be.closeTo(expected[from(Math.floor(i / cols), rows) * cols + from(i % cols, cols)] ?? NaN, 1e-12);
      });
    }
  });

  it('tells positive from negative frequencies of complex values', () => {
    const wave = Array.from({ length: 8 }, (_, i) => [Math.cos((2 * Math.PI * 3 * i) / 8), Math.sin((2 * Math.PI * 3 * i) / 8)]).flat();
    const spectrum = Array.from(planeSpectrum(wave, 2, 1, 8) ?? [], (value) => Math.round(value * 1e9) / 1e9);
    expect(spectrum).to.deep.equal([0, 0, 0, 0, 0, 0, 0, 8]);
  });

  it('is refused where it would take long', () => {
    expect(planeSpectrum(new Float64Array(5003), 1, 1, 5003)).to.equal(null);
    expect(planeSpectrum(new Float64Array(5000), 1, 1, 5000)).to.have.length(5000);
  });
});

describe('the V-curve', () => {
  it('lies on logarithmic axes: equal factors are equal distances', () => {
    const steps = [1e-4, 1e-3, 1e-2, 1e-1];
    const layout = layoutCurve({ steps, errors: [1e-6, 1e-7, 1e-8, 1e-6], step: 1e-2, floor: 1e-8, exact: false }, 300, 100);
    const xs = layout?.points.map(({ x }) => x) ?? [];
    const ys = layout?.points.map(({ y }) => y) ?? [];
    expect((xs[1] ?? 0) - (xs[0] ?? 0)).to.be.closeTo((xs[3] ?? 0) - (xs[2] ?? 0), 1e-9);
    expect((ys[1] ?? 0) - (ys[0] ?? 0)).to.be.closeTo((ys[2] ?? 0) - (ys[1] ?? 0), 1e-9);
    expect(ys[3]).to.be.closeTo(ys[0] ?? NaN, 1e-9);
    expect(layout?.chosen).to.include({ x: xs[2], y: ys[2] });
    expect(layout?.xTicks.map(({ text }) => text)).to.deep.equal(['10⁻⁴', '10⁻³', '10⁻²', '10⁻¹']);
  });

  it('puts an error of 0 on the foot, no number at the top, and all of it inside', () => {
    const layout = layoutCurve({ steps: [0.1, 1, 10], errors: [0, 1e-16, NaN], step: 0.1, floor: 0, exact: true }, 200, 80);
    expect(layout?.points.map(({ y, off }) => [y, off]).filter(([, off]) => off)).to.deep.equal([
      [80, true],
      [0, true],
    ]);
    for (const given of [curve(true), curve(false)])
      for (const { x, y } of layoutCurve(given, 200, 80)?.points ?? []) {
        expect(x).to.be.within(0, 200);
        expect(y).to.be.within(0, 80);
      }
    expect(layoutCurve({ steps: [], errors: [], step: 0, floor: 0, exact: false }, 200, 80)).to.equal(null);
    expect(layoutCurve({ steps: [1], errors: [0], step: 1, floor: 0, exact: true }, 200, 80)?.points).to.have.length(1);
  });
});

describe('errors in words', () => {
  it('say their power of ten', () => {
    const texts = [3.14e-7, 0.0123, 0.99, 1, 3.004, 123, 51234, 0, Infinity, NaN, -2e-20, 1.04e-9].map((value) => formatError(value));
    expect(texts).to.deep.equal(['3.1·10⁻⁷', '0.012', '0.99', '1', '3.0', '120', '5.1·10⁴', '0', '∞', 'NaN', '−2·10⁻²⁰', '1.0·10⁻⁹']);
  });
});
