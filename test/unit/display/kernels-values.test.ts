// Kernels and their responses against sums by definition.
import { expect } from 'chai';
import { describeKernel, kernelFacts } from '../../../src/display/kernels-facts.js';
import { presetNames, presetTaps } from '../../../src/display/kernels-presets.js';
import {
  distance,
  filtered,
  mirrorOf,
  nearestTaps,
  responseOf,
  withBins,
  type ComplexPlane,
  type Operation,
  type Taps,
} from '../../../src/display/kernels-response.js';
import * as pv from '../../../src/index.js';

/** Numbers without a pattern, in [−1, 1]. */
const noise = (count: number, seed: number): Float64Array =>
  Float64Array.from({ length: count }, (_, i) => Math.sin(1e4 * (i + 1.3 * seed) ** 1.7));

const tapsOf = (rows: number, cols: number, seed = 1): Taps => ({ rows, cols, values: noise(rows * cols, seed) });

/** H by its definition, about the middle tap. */
function directResponse({ rows, cols, values }: Taps, height: number, width: number, operation: Operation): ComplexPlane {
  const [re, im] = [new Float64Array(height * width), new Float64Array(height * width)];
  const sign = operation === 'convolution' ? -1 : 1;
  for (let k = 0; k < height; k++) {
    for (let l = 0; l < width; l++) {
      for (let r = 0; r < rows; r++) {
        for (let c = 0; c < cols; c++) {
          const [dr, dc] = [r - Math.floor((rows - 1) / 2), c - Math.floor((cols - 1) / 2)];
          const angle = sign * 2 * Math.PI * ((k * dr) / height + (l * dc) / width);
          re[k * width + l] = (re[k * width + l] ?? 0) + (values[r * cols + c] ?? 0) * Math.cos(angle);
          im[k * width + l] = (im[k * width + l] ?? 0) + (values[r * cols + c] ?? 0) * Math.sin(angle);
        }
      }
    }
  }
  return { rows: height, cols: width, re, im };
}

const near = (a: ArrayLike<number>, b: ArrayLike<number>, tolerance: number, what: string): void => {
  expect(a.length, what).to.equal(b.length);
  for (let i = 0; i < a.length; i++) expect(a[i], `${what} [${i}]`).to.be.closeTo(b[i] ?? NaN, tolerance);
};

describe('responses of kernels', () => {
  // Sums of at most 63 products of numbers up to 1, in float64.
  const rounding = 1e-13;

  for (const operation of ['convolution', 'correlation'] as const) {
    it(`are sums over the taps about the middle one, for ${operation} and every parity`, () => {
      for (const [rows, cols, height, width] of [
        [3, 3, 8, 8],
        [4, 2, 9, 7],
        [1, 5, 1, 12],
        [7, 9, 7, 9],
      ] as const) {
        const taps = tapsOf(rows, cols);
        const [found, wanted] = [responseOf(taps, height, width, operation), directResponse(taps, height, width, operation)];
        near(found.re, wanted.re, rounding, `${rows}×${cols} real`);
        near(found.im, wanted.im, rounding, `${rows}×${cols} imaginary`);
      }
    });

    it(`lead back to the kernel, for ${operation}`, () => {
      const taps = tapsOf(4, 5);
      near(nearestTaps(responseOf(taps, 11, 8, operation), 4, 5, operation).values, taps.values, rounding, 'taps');
    });

    it(`are what multiplies a wave, for ${operation}`, () => {
      // A wave with whole periods in 16 pixels, filtered by the sums of `filtered` far from its edges.
      const taps = tapsOf(3, 4);
      const [n, k, l] = [48, 3, 5] as const;
      const wave = (r: number, c: number, phase: number): number => Math.cos((2 * Math.PI * (k * r + l * c)) / 16 + phase);
      const image = Float64Array.from({ length: n * n }, (_, i) => wave(Math.floor(i / n), i % n, 0));
      const result = filtered(image, n, n, taps, operation);
      const { re, im } = responseOf(taps, 16, 16, operation);
      const [gain, shift] = [Math.hypot(re[k * 16 + l] ?? 0, im[k * 16 + l] ?? 0), Math.atan2(im[k * 16 + l] ?? 0, re[k * 16 + l] ?? 0)];
      for (const [row, col] of [
        [20, 21],
        [24, 30],
        [31, 17],
      ] as const)
        expect(result[row * n + col]).to.be.closeTo(gain * wave(row, col, shift), 1e-12);
    });
  }

  it('of one bin and its mirror stay those of a real kernel', () => {
    const response = responseOf(tapsOf(3, 3), 8, 6, 'convolution');
    for (const reach of [0, 1, 2]) {
      const changed = withBins(response, 1, 5, reach, { magnitude: 2.5, phase: 0.7 });
      expect(Math.hypot(changed.re[11] ?? 0, changed.im[11] ?? 0)).to.be.closeTo(2.5, 1e-15);
      expect(Math.atan2(changed.im[11] ?? 0, changed.re[11] ?? 0)).to.be.closeTo(0.7, 1e-15);
      for (let bin = 0; bin < 48; bin++) {
        const [row, col] = [Math.floor(bin / 6), bin % 6];
        const mirror = ((8 - row) % 8) * 6 + ((6 - col) % 6);
        expect(mirrorOf(bin, 8, 6)).to.equal(mirror);
        expect(changed.re[mirror], `real ${bin}`).to.be.closeTo(changed.re[bin] ?? NaN, 1e-13);
        expect(changed.im[mirror], `imaginary ${bin}`).to.be.closeTo(-(changed.im[bin] ?? NaN), 1e-13);
      }
    }
    const real = withBins(response, 4, 3, 0, { magnitude: 2, phase: 3 });
    expect([real.re[27], real.im[27]]).to.deep.equal([-2, 0]);
  });

  it('that are asked for get the nearest kernel: no other one comes closer', () => {
    const wish = withBins(responseOf(tapsOf(3, 3), 16, 16, 'correlation'), 3, 2, 1, { magnitude: 4 });
    const best = nearestTaps(wish, 3, 3, 'correlation');
    const apart = (taps: Taps): number => distance(wish, directResponse(taps, 16, 16, 'correlation'));
    const least = apart(best);
    expect(least).to.be.within(0.05, 1);
    for (let tap = 0; tap < 9; tap++)
      for (const step of [-1e-3, 1e-3])
        expect(apart({ ...best, values: best.values.map((value, i) => (i === tap ? value + step : value)) })).to.be.above(least);
  });

  it('that a kernel has are at distance 0 from themselves, and 1 from nothing', () => {
    const response = responseOf(tapsOf(3, 3), 8, 8, 'convolution');
    const nothing = { ...response, re: new Float64Array(64), im: new Float64Array(64) };
    expect([distance(response, response), distance(response, nothing), distance(nothing, nothing)]).to.deep.equal([0, 1, 0]);
  });
});

describe('filtering by a kernel', () => {
  const image = noise(9 * 11, 5);

  it('is what conv2d does with padding, for correlation', async () => {
    const taps = tapsOf(3, 5);
    const x = pv.tensor(image, { shape: [1, 1, 9, 11] });
    const y = pv.nn.functional.conv2d(x, pv.tensor(taps.values, { shape: [1, 1, 3, 5] }), undefined, { padding: [1, 2] });
    near(filtered(image, 9, 11, taps, 'correlation'), await y.data(), 1e-13, 'pixels');
  });

  it("is what pv.signal.convolve does in mode 'same', for convolution, also with even kernels", async () => {
    for (const [rows, cols] of [
      [3, 3],
      [4, 2],
    ] as const) {
      const taps = tapsOf(rows, cols);
      const y = pv.signal.convolve(pv.tensor(image, { shape: [9, 11] }), pv.tensor(taps.values, { shape: [rows, cols] }), { mode: 'same' });
      near(filtered(image, 9, 11, taps, 'convolution'), await y.data(), 1e-13, `${rows}×${cols}`);
    }
  });
});

describe('what is said of kernels', () => {
  const facts = (rows: number, cols: number, values: readonly number[]): ReturnType<typeof kernelFacts> =>
    kernelFacts(values, responseOf({ rows, cols, values: Float64Array.from(values) }, 32, 32, 'correlation'));

  it('names what the usual ones pass, and along which direction', () => {
    const kinds = presetNames.map((name) => {
      const { kind, direction, anisotropy } = facts(3, 3, [...presetTaps(name, 3, 3).values]);
      return [name, kind, (anisotropy ?? 0) > 0.4 ? direction : null];
    });
    expect(kinds).to.deep.equal([
      ['identity', 'all-pass', null],
      ['box blur', 'low-pass', null],
      ['Gaussian', 'low-pass', null],
      ['Sobel ↔', 'band-pass', 0],
      ['Sobel ↕', 'band-pass', 90],
      ['Laplacian', 'high-pass', null],
      ['sharpen', 'sharpening', null],
    ]);
  });

  it('measures directions counterclockwise from the rows', () => {
    // A wave that runs to the right and upwards, 30° above the rows.
    const angle = Math.PI / 6;
    const bell = Array.from({ length: 225 }, (_, i) => {
      const [y, x] = [Math.floor(i / 15) - 7, (i % 15) - 7];
      return Math.exp(-(x * x + y * y) / 18) * Math.cos(2 * Math.PI * 0.2 * (Math.cos(angle) * x - Math.sin(angle) * y));
    });
    const { direction, anisotropy, meanFrequency } = facts(15, 15, bell);
    expect(direction).to.be.closeTo(30, 1.5);
    expect(anisotropy).to.be.above(0.8);
    expect(meanFrequency).to.be.closeTo(0.2, 0.02);
  });

  it('names nothing that the numbers do not say', () => {
    expect(facts(5, 5, [...noise(25, 3)]).kind).to.equal(null);
    expect(describeKernel(facts(3, 3, Array<number>(9).fill(0)))).to.equal('sum 0, norm 0: it lets nothing pass');
    expect(describeKernel(facts(1, 2, [1, NaN]))).to.equal('sum NaN, norm NaN: not all of its values are finite');
  });

  it('gives sums and norms', () => {
    const { sum, norm, largest } = facts(2, 2, [1, 2, 3, 4]);
    expect(sum).to.equal(10);
    expect(norm).to.be.closeTo(Math.sqrt(30), 1e-15);
    // Taps of one sign add up at zero frequency and nowhere else.
    expect(largest).to.be.closeTo(10, 1e-13);
  });
});

describe('presets', () => {
  it('keep what is constant, or remove it, at every size', () => {
    for (const [rows, cols] of [
      [3, 3],
      [5, 7],
      [4, 4],
      [1, 9],
      [1, 1],
      [2, 2],
    ] as const) {
      for (const name of presetNames) {
        const sum = presetTaps(name, rows, cols).values.reduce((total, value) => total + value, 0);
        const wanted = ['Sobel ↔', 'Sobel ↕', 'Laplacian'].includes(name) ? 0 : 1;
        // Without a neighbour on both sides there is no slope to take.
        if (name.startsWith('Sobel') && Math.min(rows, cols) === 2) continue;
        expect(sum, `${name} ${rows}×${cols}`).to.be.closeTo(wanted, 1e-14);
      }
    }
  });

  it('are those of books at 3×3', () => {
    expect([...presetTaps('Sobel ↔', 3, 3).values].map((value) => value + 0)).to.deep.equal([-1, 0, 1, -2, 0, 2, -1, 0, 1]);
    expect([...presetTaps('Laplacian', 3, 3).values]).to.deep.equal([0, 1, 0, 1, -4, 1, 0, 1, 0]);
    expect([...presetTaps('sharpen', 3, 3).values].map((value) => value + 0)).to.deep.equal([0, -1, 0, -1, 5, -1, 0, -1, 0]);
  });
});
