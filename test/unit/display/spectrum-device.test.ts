// What reductions on a device find out about a spectrum, against what all of its numbers say.
import { expect } from 'chai';
import { analyseOnDevice } from '../../../src/display/spectrum-device.js';
import { magnitudes } from '../../../src/display/spectrum-bins.js';
import { analysePlane } from '../../../src/display/spectrum-plane.js';
import type { SpectrumInfo } from '../../../src/graph/node.js';
import * as pv from '../../../src/index.js';
import { naiveTransform } from './naive-dft.js';

for (const device of ['cpu', 'node'] as const) {
  describe(`large spectra on ${device}`, function () {
    this.timeout(120_000);
    // Of float32 and of what is not quite the same sum.
    const tolerance = device === 'cpu' ? 1e-12 : 1e-5;
    before(() => pv.setDevice(device));
    after(() => pv.setDevice('cpu'));

    const infoOf = (spectrum: pv.Tensor): SpectrumInfo => spectrum.node.spectrum as SpectrumInfo;

    for (const [rows, cols] of [
      [24, 37],
      [33, 20],
      [90, 81],
      [17, 64],
    ] as const) {
      for (const isHalf of [true, false]) {
        it(`${isHalf ? 'half' : 'full'} ones of ${rows}×${cols} are as all of their bins say`, async () => {
          const x = pv.randn([rows, cols], { seed: rows });
          const given = isHalf ? pv.fft.rfft2(x) : pv.fft.fft2(pv.complex(x, pv.randn([rows, cols], { seed: 7 })));
          const [large, small] = [await analyseOnDevice(given, infoOf(given), 9), await analysePlane(given, infoOf(given), undefined)];
          if (large === null) return expect.fail('was not analysed');
          const { facts } = small;
          expect(large.facts.reference).to.be.closeTo(facts.reference, tolerance * facts.reference);
          expect(large.facts.dc).to.be.closeTo(facts.dc, tolerance * facts.reference);
          expect(large.facts.peak?.index).to.deep.equal(facts.peak?.index);
          expect(large.facts.peak?.magnitude).to.be.closeTo(facts.peak?.magnitude ?? NaN, tolerance * facts.reference);
          expect(large.facts.mirrored).to.equal(isHalf);
          expect(large.facts.precision).to.equal(device === 'cpu' ? 'float64' : 'float32');
          expect(large.facts.rounded).to.be.closeTo(facts.rounded, tolerance * facts.rounded);
          expect(large.energy).to.be.closeTo(small.energy, tolerance * small.energy);
          expect(large.asymmetry).to.be.closeTo(small.asymmetry, 2 * tolerance);
          // Each block shows the largest of its bins, as it is.
          const pool = Math.ceil(Math.max(rows, cols) / 9);
          expect(large.bins).to.include({ rows: Math.ceil(rows / pool), cols: Math.ceil(cols / pool) });
          const size = magnitudes(small.bins);
          large.bins.re.forEach((re, block) => {
            const [top, left] = [Math.floor(block / large.bins.cols) * pool, (block % large.bins.cols) * pool];
            let best = top * cols + left;
            for (let row = top; row < Math.min(rows, top + pool); row++)
              for (let col = left; col < Math.min(cols, left + pool); col++)
                if ((size[row * cols + col] ?? 0) > (size[best] ?? 0)) best = row * cols + col;
            expect(Math.hypot(re, large.bins.im[block] ?? NaN), `block ${block}`).to.be.closeTo(
              size[best] ?? NaN,
              2 * tolerance * facts.reference,
            );
          });
        });
      }
    }

    it('parts of them are bins one by one, with zero frequency in the middle', async () => {
      const [rows, cols] = [24, 37];
      const x = pv.randn([rows, cols], { seed: 5 });
      const { re, im } = naiveTransform(Float64Array.from(await x.data()), rows, cols);
      const given = pv.fft.rfft2(x);
      const large = await analyseOnDevice(given, infoOf(given), 6);
      const part = await large?.part({ top: 5, left: 11, bottom: 20, right: 30 }, 64, 64);
      expect(part).to.include({ rows: 15, cols: 19 });
      part?.re.forEach((value, i) => {
        const [row, col] = [5 + Math.floor(i / 19), 11 + (i % 19)];
        const from = ((row + 12) % rows) * cols + ((col + 19) % cols);
        expect(value).to.be.closeTo(re[from] ?? NaN, 100 * tolerance);
        expect(part.im[i]).to.be.closeTo(im[from] ?? NaN, 100 * tolerance);
      });
    });

    it('parts of them go on at the beginning of an axis where they run over its end', async () => {
      const [rows, cols] = [24, 37];
      const x = pv.randn([rows, cols], { seed: 5 });
      const { re, im } = naiveTransform(Float64Array.from(await x.data()), rows, cols);
      const size = re.map((value, i) => Math.hypot(value, im[i] ?? NaN));
      const given = pv.fft.rfft2(x);
      const large = await analyseOnDevice(given, infoOf(given), 6);
      // Blocks of 2 by 2: rows 20 to 23 and 0 to 5, columns 30 to 36 and 0 to 11.
      const part = await large?.part({ top: 20, left: 30, bottom: 30, right: 49 }, 5, 10);
      expect(part).to.deep.include({ rows: 5, cols: 10, pool: [2, 2] });
      for (let block = 0; block < 50; block++) {
        const bins = [0, 1].flatMap((down) =>
          [0, 1].flatMap((across) => {
            const [row, col] = [20 + 2 * Math.floor(block / 10) + down, 30 + 2 * (block % 10) + across];
            return col < 49 ? [((row + 12) % rows) * cols + ((col + 19) % cols)] : [];
          }),
        );
        const best = bins.reduce((most, bin) => ((size[bin] ?? NaN) > (size[most] ?? NaN) ? bin : most));
        expect(part?.re[block], `block ${block}`).to.be.closeTo(re[best] ?? NaN, 100 * tolerance);
        expect(part?.im[block], `block ${block}`).to.be.closeTo(im[best] ?? NaN, 100 * tolerance);
      }
    });

    it('the largest wave is found in the block of a larger zero frequency, and far from it', async () => {
      const [rows, cols] = [200, 160];
      for (const [down, across] of [
        [0, 3],
        [2, 1],
        [70, 60],
      ] as const) {
        const wave = Float64Array.from({ length: rows * cols }, (_, i) => {
          const turns = (down * Math.floor(i / cols)) / rows + (across * (i % cols)) / cols;
          return 5 + Math.cos(2 * Math.PI * turns);
        });
        const given = pv.fft.rfft2(pv.tensor(wave, { shape: [rows, cols] }));
        const large = await analyseOnDevice(given, infoOf(given), 9);
        expect(large?.facts.peak?.index).to.deep.equal([down, across]);
        expect(large?.facts.peak?.magnitude).to.be.closeTo((rows * cols) / 2, rows * cols * tolerance);
      }
    });

    it('rings of white noise are as high as all of their bins', async () => {
      const given = pv.fft.rfft2(pv.randn([200, 160], { seed: 11 }));
      const [large, small] = [await analyseOnDevice(given, infoOf(given), 50), await analysePlane(given, infoOf(given), undefined)];
      const near = (i: number): number => Math.abs((large?.radial?.[i] ?? NaN) / (small.radial?.[i] ?? NaN) - 1);
      // About zero frequency ring by ring; blocks of bins further out reach over the edges of rings, which of noise are alike.
      for (let i = 0; i <= 20; i++) expect(near(i), `ring ${i}`).to.be.below(10 * tolerance);
      for (let i = 40; i <= 100; i++) expect(near(i), `ring ${i}`).to.be.below(0.25);
    });

    it('what is not finite, or is nothing, is looked at bin by bin', async () => {
      for (const bad of [NaN, Infinity]) {
        const values = Float32Array.from({ length: 400 }, (_, i) => (i === 137 ? bad : Math.sin(i)));
        const given = pv.fft.fft2(pv.tensor(values, { shape: [20, 20] }));
        expect(await analyseOnDevice(given, infoOf(given), 6), String(bad)).to.equal(null);
      }
      const zero = pv.fft.rfft2(pv.zeros([20, 20]));
      expect(await analyseOnDevice(zero, infoOf(zero), 6)).to.equal(null);
    });
  });
}
