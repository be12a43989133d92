// What show.spectrum saves of a tensor, and what it answers its view, against the transform by its definition.
import { expect } from 'chai';
import { interpolateViridis } from 'd3-scale-chromatic';
import { fileURLToPath } from 'node:url';
import { PNG } from 'pngjs';
import * as v from 'valibot';
import { askView, setViewHost } from '../../../src/display/live-views.js';
import * as pv from '../../../src/index.js';
import { numberFrom } from '../../../src/protocol/numbers.js';
import { planeValues } from '../../../src/protocol/plane-data.js';
import { contentSchema, partAnswer, SPECTRUM_MIME, spectrumSchema, type SpectrumData } from '../../../src/protocol/spectrum.js';
import { naiveTransform } from './naive-dft.js';
import { pngOf, shown } from './shown.js';

describe('show.spectrum', function () {
  this.timeout(60_000);
  before(() => pv.setDevice('cpu'));

  async function saved(x: pv.Tensor, options?: pv.show.SpectrumOptions): Promise<SpectrumData> {
    const { bundles } = await shown(() => pv.show.spectrum(x, options));
    expect(JSON.stringify(bundles[0]).length).to.be.below(301_000);
    return v.parse(spectrumSchema, JSON.parse(JSON.stringify(bundles[0]?.[SPECTRUM_MIME])));
  }

  /** The saved complex bins of a spectrum, zero frequency in the middle. */
  function complexOf(data: SpectrumData, at = 0): { re: Float64Array; im: Float64Array } {
    const plane = data.content.planes[at];
    if (plane?.bins.form !== 'complex') return expect.fail('the bins are not complex numbers');
    const reference = numberFrom(plane.reference);
    return { re: planeValues(plane.bins.re).map((x) => x * reference), im: planeValues(plane.bins.im).map((x) => x * reference) };
  }

  /** Expects saved bins to be those of real values, but for their rounding to float32. */
  async function expectBins(data: SpectrumData, at: number, x: pv.Tensor, rows: number, cols: number): Promise<void> {
    const { re, im } = naiveTransform(Float64Array.from(await x.data()), rows, cols);
    const found = complexOf(data, at);
    const largest = Math.max(...re.map((value, i) => Math.hypot(value, im[i] ?? NaN)));
    expect(found.re).to.have.lengthOf(rows * cols);
    for (let i = 0; i < re.length; i++) {
      const [row, col] = [Math.floor(i / cols), i % cols];
      const from = ((row + Math.ceil(rows / 2)) % rows) * cols + ((col + Math.ceil(cols / 2)) % cols);
      expect(found.re[i]).to.be.closeTo(re[from] ?? NaN, 1e-7 * largest);
      expect(found.im[i]).to.be.closeTo(im[from] ?? NaN, 1e-7 * largest);
    }
  }

  it('saves the bins of a picture with zero frequency in the middle, and knows what it was given', async () => {
    const x = pv.randn([6, 9], { seed: 1 });
    const data = await saved(x);
    await expectBins(data, 0, x, 6, 9);
    expect(data).to.deep.include({ shape: [6, 9], outer: [], given: 'signal', norm: 'backward' });
    const half = await saved(pv.fft.rfft2(x, { norm: 'ortho' }));
    expect(half).to.deep.include({ shape: [6, 9], given: 'half spectrum', norm: 'ortho' });
    expect(half.note).to.equal('half spectrum of 6 × 9, norm ortho · cpu');
    await expectBins(half, 0, x.mul(1 / Math.sqrt(54)), 6, 9);
  });

  it('saves all of a small batch, of the axes that are not transformed', async () => {
    const x = pv.randn([2, 3, 8], { seed: 2 });
    const data = await saved(x, { dimensions: 1 });
    expect(data).to.deep.include({ shape: [8], outer: [2, 3] });
    expect(data.content.planes.map(({ index }) => index)).to.deep.equal([
      [0, 0],
      [0, 1],
      [0, 2],
      [1, 0],
      [1, 1],
      [1, 2],
    ]);
    for (let at = 0; at < 6; at++) await expectBins(data, at, x.reshape([6, 8]).slice([at, 0], [at + 1, 8]), 1, 8);
  });

  it('draws all spectra of a small batch below the first of them, each in its own colours', async () => {
    // Constants, each but the last with one wave along its columns.
    const planes = [1, 2, 3, 0].map((cycles) => {
      const wave = pv.arange(8).mul((2 * Math.PI * cycles) / 8);
      return wave
        .cos()
        .mul(cycles === 0 ? 0 : 1)
        .reshape([1, 8])
        .add(pv.zeros([8, 8]))
        .add(1);
    });
    const { bundles } = await shown(() => pv.show.spectrum(pv.stack(planes), { floorDb: -40 }));
    const image = PNG.sync.read(pngOf(bundles[0]));
    const single = PNG.sync.read(pngOf((await shown(() => pv.show.spectrum(planes[0] as pv.Tensor, { floorDb: -40 }))).bundles[0]));
    const colorAt = (x: number, y: number): string => [...image.data.subarray(4 * (y * image.width + x)).subarray(0, 3)].join();
    const [low, high] = [interpolateViridis(0), interpolateViridis(1)].map((color) =>
      [1, 3, 5].map((i) => parseInt(color.slice(i, i + 2), 16)).join(),
    );
    // Small pictures of 64 px begin 12 px from the left, 10 px apart, at 2 px for each; a bin takes 16.
    [1, 2, 3, 0].forEach((cycles, at) => {
      const row = single.height + 4 * 16 + 8;
      const colors = Array.from({ length: 8 }, (_, col) => colorAt(2 * (12 + at * 74) + col * 16 + 8, row));
      const bright = [4, 4 - cycles, 4 + cycles];
      colors.forEach((color, col) => {
        if (col === 4) expect(color, `zero frequency of ${at}`).to.equal(high);
        else if (!bright.includes(col)) expect(color, `bin ${col} of ${at}`).to.equal(low);
        else expect(color, `bin ${col} of ${at}`).to.not.equal(low);
      });
    });
  });

  it('saves large ones as the level and phase of the largest bin of each block', async () => {
    const cycles = (n: number, k: number): pv.Tensor => pv.arange(n).mul((2 * Math.PI * k) / n);
    // One wave of phase 0.7 in a plane of zeros: two bins.
    const x = cycles(300, 31)
      .reshape([300, 1])
      .add(cycles(256, 50).reshape([1, 256]))
      .add(0.7)
      .cos();
    const data = await saved(x);
    const [plane] = data.content.planes;
    if (plane?.bins.form !== 'levels') return expect.fail('the bins are not levels');
    const [down = 0, across = 0] = plane.pool;
    const { level, phase } = plane.bins;
    const [levels, phases] = [planeValues(level), planeValues(phase)];
    const at = (row: number, col: number): number => Math.floor((150 + row) / down) * level.cols + Math.floor((128 + col) / across);
    for (const sign of [1, -1]) {
      expect(levels[at(31 * sign, 50 * sign)]).to.be.closeTo(0, 0.1);
      expect(phases[at(31 * sign, 50 * sign)]).to.be.closeTo(0.7 * sign, Math.PI / 254);
    }
    expect(levels.filter((db) => db > -60)).to.have.lengthOf(2);
  });

  it('saves as many levels as the picture leaves room for, and draws no coarser picture for them', async () => {
    for (const [n, side] of [
      [400, 200],
      [512, 128],
    ] as const) {
      const x = pv.randn([n, n], { seed: n });
      const { bundles } = await shown(() => pv.show.spectrum(x));
      expect(JSON.stringify(bundles[0]).length, `${n}`).to.be.below(300_500);
      // Each bin has at least a pixel.
      expect(PNG.sync.read(pngOf(bundles[0])).width).to.be.above(n);
      expect(bundles[0]?.['text/plain']).to.not.contain('largest of');
      const [plane] = v.parse(spectrumSchema, bundles[0]?.[SPECTRUM_MIME]).content.planes;
      if (plane?.bins.form !== 'levels') return expect.fail('the bins are not levels');
      expect([plane.bins.level.rows, plane.bins.level.cols]).to.deep.equal([side, side]);
      // Each is the largest of its block.
      const re = await pv.fft.fft2(x).data();
      const levels = planeValues(plane.bins.level);
      const pool = n / side;
      for (const [row, col] of [
        [0, 0],
        [3, side - 1],
        [side / 2, side / 2],
        [side / 2 + 7, 5],
      ] as const) {
        let largest = 0;
        for (let i = 0; i < pool * pool; i++) {
          const [y, x] = [(row * pool + Math.floor(i / pool) + n / 2) % n, (col * pool + (i % pool) + n / 2) % n];
          largest = Math.max(largest, Math.hypot(re[2 * (y * n + x)] ?? NaN, re[2 * (y * n + x) + 1] ?? NaN));
        }
        const db = 20 * Math.log10(largest / numberFrom(plane.reference));
        expect(levels[row * side + col]).to.be.closeTo(db, 0.25);
      }
    }
  });

  it('draws a photograph of 512×512 as finely as it can be, whatever is left for its levels', async () => {
    const photo = await pv.image(fileURLToPath(new URL('../../../notebooks/data/ascent.png', import.meta.url)));
    const { bundles, text } = await shown(() => pv.show.spectrum(photo));
    expect(JSON.stringify(bundles[0]).length).to.be.below(300_500);
    expect(text).to.not.contain('largest of');
    const [plane] = v.parse(spectrumSchema, bundles[0]?.[SPECTRUM_MIME]).content.planes;
    expect(plane?.pool[0]).to.be.at.most(5);
  });

  it('measures energy and symmetry as they are defined', async () => {
    const [a, b] = [pv.randn([5, 6], { seed: 3 }), pv.randn([5, 6], { seed: 4 })];
    const energy = Float64Array.from(await a.data()).reduce((sum, value) => sum + value * value, 0);
    const [real] = (await saved(a)).content.planes;
    expect(real?.signalEnergy).to.be.closeTo(energy, 1e-10);
    expect(Number(real?.energy) / 30).to.be.closeTo(energy, 1e-10);
    expect(real?.asymmetry).to.be.below(1e-14);
    const [imaginary] = (await saved(pv.complex(pv.zeros([5, 6]), a))).content.planes;
    expect(imaginary?.asymmetry).to.be.closeTo(2, 1e-12);
    // Of a + ib the part ib is against the symmetry: 2‖b‖ of √(‖a‖² + ‖b‖²).
    const other = Float64Array.from(await b.data()).reduce((sum, value) => sum + value * value, 0);
    const [complex] = (await saved(pv.complex(a, b))).content.planes;
    expect(complex?.asymmetry).to.be.closeTo(2 * Math.sqrt(other / (energy + other)), 1e-12);
    // A half spectrum of which a column that must mirror itself does not.
    const half = pv.fft.rfft2(a);
    const broken = half.add(pv.complex(pv.zeros([5, 4]), pv.ones([5, 4])));
    broken.node.spectrum = half.node.spectrum;
    const [odd] = (await saved(broken)).content.planes;
    expect(odd?.asymmetry).to.be.above(0.1);
    expect(Math.abs(Number(odd?.signalEnergy) / (Number(odd?.energy) / 30) - 1), 'no real signal has its energy').to.be.above(0.01);
  });

  it('counts levels from the magnitude that it is given as reference', async () => {
    const n = 32;
    const tone = pv.tensor(Float64Array.from({ length: n }, (_, i) => 0.5 * Math.cos((2 * Math.PI * 4 * i) / n)));
    const { bundles, result } = await shown(() => pv.show.spectrum(tone, { reference: 0.5 }));
    // |X| = n/4.
    const level = 20 * Math.log10(n / 4 / 0.5);
    expect(result.peak?.db).to.be.closeTo(level, 1e-9);
    expect(bundles[0]?.['text/plain']).to.contain(`${level.toFixed(1)} dB re 0.5`);
    const data = v.parse(spectrumSchema, bundles[0]?.[SPECTRUM_MIME]);
    expect(data.options.reference).to.equal(0.5);
    expect(data.content.planes[0]?.readout[0]).to.contain(`${level.toFixed(1)} dB re 0.5`);
    expect((await saved(tone)).options.reference).to.equal('max');
  });

  it('says of zero frequency that it is rounding where it is, by the precision of the numbers, and its level where it is not', async () => {
    const n = 1000;
    const wave = (mean: number, dtype: 'float32' | 'float64'): pv.Tensor =>
      pv.tensor(
        Float64Array.from({ length: n }, (_, i) => mean + Math.cos((2 * Math.PI * 60 * i) / n)),
        { dtype },
      );
    const said = async (x: pv.Tensor): Promise<string> => (await saved(x)).content.planes[0]?.readout.join(' · ') ?? '';
    // Eight roundings of each sample of a wave of amplitude 1: 8 · ε · n, where |X| of the wave is n/2.
    const level = (epsilon: number): string => (20 * Math.log10(16 * epsilon)).toFixed(1).replace('-', '−');
    for (const [dtype, epsilon] of [
      ['float32', 2 ** -23],
      ['float64', 2 ** -52],
    ] as const) {
      expect(await said(wave(epsilon, dtype))).to.contain(
        `Zero frequency is below ${level(epsilon)} dB, which is what rounding in ${dtype} can leave`,
      );
      // A mean of 100 ε is none: |X| is n times that.
      const mean = 100 * epsilon;
      expect(await said(wave(mean, dtype)), dtype).to.contain(
        `Zero frequency ${(20 * Math.log10(2 * mean)).toFixed(0).replace('-', '−')}.`,
      );
    }
    // What float32 cannot hold float64 can.
    expect(await said(wave(1e-7, 'float64'))).to.contain('Zero frequency −134.0 dB');
    expect(await said(wave(0, 'float64').mul(1e-9).add(1))).to.contain('Largest wave 0.06 cycles/sample');
    expect(await said(pv.full([n], 0.1))).to.contain('Constant input');
  });

  it('averages power over rings', async () => {
    const x = pv.randn([8, 8], { seed: 5 });
    const [plane] = (await saved(x)).content.planes;
    const { re, im } = naiveTransform(Float64Array.from(await x.data()), 8, 8);
    const [sums, counts] = [new Float64Array(5), new Float64Array(5)];
    for (let row = -4; row < 4; row++)
      for (let col = -4; col < 4; col++) {
        const ring = Math.round(Math.hypot(row, col));
        if (ring > 4) continue;
        const i = ((row + 8) % 8) * 8 + ((col + 8) % 8);
        sums[ring] = (sums[ring] ?? 0) + (re[i] ?? NaN) ** 2 + (im[i] ?? NaN) ** 2;
        counts[ring] = (counts[ring] ?? 0) + 1;
      }
    const radial = plane?.radial ? planeValues(plane.radial) : new Float64Array();
    expect(radial).to.have.lengthOf(5);
    radial.forEach((value, ring) => {
      const expected = Math.sqrt((sums[ring] ?? NaN) / (counts[ring] ?? NaN));
      expect(value * numberFrom(plane?.reference ?? NaN)).to.be.closeTo(expected, 1e-6 * expected);
    });
  });

  it('answers its view: further spectra, other windows, and parts', async () => {
    setViewHost({ push: () => undefined });
    try {
      const x = pv.randn([14, 6, 8], { seed: 6 });
      const data = await saved(x);
      expect(data.content.planes).to.have.lengthOf(12);
      const ask = (request: object): Promise<unknown> => askView(data.view ?? '', request);
      const none = { border: 'none', window: 'hann' } as const;
      const rest = v.parse(contentSchema, await ask({ kind: 'content', prepared: none, from: 12 }));
      expect(rest.planes.map(({ index }) => index)).to.deep.equal([[12], [13]]);
      const plane = x.slice([13, 0, 0], [14, 6, 8]).reshape([6, 8]);
      await expectBins({ ...data, content: rest }, 1, plane, 6, 8);
      // The same window, taken from getWindow by hand.
      const prepared = { border: 'window', window: ['tukey', 0.5] } as const;
      const windowed = v.parse(contentSchema, await ask({ kind: 'content', prepared, from: 12 }));
      const of = (n: number): pv.Tensor => pv.signal.getWindow(['tukey', 0.5], n);
      await expectBins({ ...data, content: windowed }, 1, plane.mul(of(6).reshape([6, 1])).mul(of(8)), 6, 8);
      const area = { top: 1, left: 2, bottom: 4, right: 8, rows: 9, cols: 9 };
      const { bins, pool } = v.parse(partAnswer, await ask({ kind: 'part', prepared: none, plane: 13, ...area }));
      expect(pool).to.deep.equal([1, 1]);
      const { re, im } = naiveTransform(Float64Array.from(await plane.data()), 6, 8);
      if (bins.form !== 'complex') return expect.fail('the part is not complex');
      const reference = Math.max(...re.map((value, i) => Math.hypot(value, im[i] ?? NaN)));
      planeValues(bins.re).forEach((value, i) => {
        const from = ((1 + Math.floor(i / 6) + 3) % 6) * 8 + ((2 + (i % 6) + 4) % 8);
        expect(value * reference).to.be.closeTo(re[from] ?? NaN, 1e-6 * reference);
      });
      // A part may run over the end of both axes, as frequencies do.
      const across = { top: 4, left: 5, bottom: 8, right: 11, rows: 9, cols: 9 };
      const wrapped = v.parse(partAnswer, await ask({ kind: 'part', prepared: none, plane: 13, ...across })).bins;
      if (wrapped.form !== 'complex') return expect.fail('the part is not complex');
      const [wrappedRe, wrappedIm] = [planeValues(wrapped.re), planeValues(wrapped.im)];
      expect(wrapped.re).to.include({ rows: 4, cols: 6 });
      wrappedRe.forEach((value, i) => {
        const from = ((4 + Math.floor(i / 6) + 3) % 6) * 8 + ((5 + (i % 6) + 4) % 8);
        expect(value * reference).to.be.closeTo(re[from] ?? NaN, 1e-6 * reference);
        expect((wrappedIm[i] ?? NaN) * reference).to.be.closeTo(im[from] ?? NaN, 1e-6 * reference);
      });
      const refusal = (request: object): Promise<string> =>
        ask(request).then(
          () => 'no error',
          (error: Error) => error.message,
        );
      expect(await refusal({ kind: 'content', prepared: none, from: 14 })).to.contain('there are 14 spectra, and none from 14');
      expect(await refusal({ kind: 'part', prepared: none, plane: 0, ...area, top: 6, bottom: 9 })).to.contain('has no part [6, 9)');
      expect(await refusal({ kind: 'part', prepared: none, plane: 0, ...area, right: 11 })).to.contain('has no part [1, 4) × [2, 11)');
      expect(await refusal({ kind: 'content', prepared: { border: 'mirror', window: 'hann' }, from: 0 })).to.contain('"mirror"');
    } finally {
      setViewHost(null);
    }
  });

  it('says what is wrong with its options', async () => {
    const x = pv.randn([8, 8], { seed: 7 });
    const message = (given: pv.Tensor, options: object): Promise<string> =>
      pv.show.spectrum(given, options).then(
        () => 'no error',
        (error: Error) => error.message,
      );
    for (const reference of [0, -2, NaN, Infinity, 'one', null])
      expect(await message(x, { reference })).to.match(
        /reference is (0|-2|NaN|Infinity|'one'|null), but must be 'max' .* or a magnitude above 0/u,
      );
    expect(await message(x, { dimensions: 3 })).to.match(/dimensions is 3, but must be 1 or 2/u);
    expect(await message(x.reshape([64]), { dimensions: 2 })).to.match(/dimensions is 2, but the tensor \[64\] has 1/u);
    expect(await message(pv.fft.rfft2(x), { dimensions: 1 })).to.match(/the tensor is a spectrum over 2/u);
    expect(await message(x, { border: 'mirror' })).to.match(/border.*'mirror'/u);
    expect(await message(x, { window: 'hamming', border: 'periodic' })).to.match(/a window was given with border 'periodic'/u);
    expect(await message(x, { window: 'hamm' })).to.match(/window.*'hamm'/u);
    expect(await message(pv.fft.rfft2(x), { border: 'periodic' })).to.match(/show the signal instead of its spectrum/u);
    expect(await message(x, { sampleRate: 8 })).to.match(/sampleRate is for signals of one axis.*dimensions: 1/u);
    expect(await message(x, { sampleRate: -8, dimensions: 1 })).to.match(/sampleRate is -8, but must be a positive number/u);
  });

  it('shows a spectrum whose tensor was disposed of', async () => {
    setViewHost({ push: () => undefined });
    try {
      const x = pv.randn([8, 8], { seed: 8 }).keep();
      const data = await saved(x);
      x.dispose();
      const request = { kind: 'content', prepared: { border: 'periodic', window: 'hann' }, from: 0 };
      expect(v.parse(contentSchema, await askView(data.view ?? '', request)).planes).to.have.lengthOf(1);
    } finally {
      setViewHost(null);
    }
  });
});
