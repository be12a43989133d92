// Signals against their definitions, summed up here in float64, and against what the mathematics says of them.

import { expect } from 'chai';
import fc from 'fast-check';
import * as pv from '../../src/index.js';
import { numbers, useDevice } from '../devices.js';
import { relativeError } from '../reference/cases.js';

const { signal } = pv;
const runs = { numRuns: 40, seed: 6 };
const extents = (rank: number, most: number): fc.Arbitrary<number[]> =>
  fc.array(fc.integer({ min: 1, max: most }), { minLength: rank, maxLength: rank });
const sizeOf = (shape: readonly number[]): number => shape.reduce((product, extent) => product * extent, 1);
const real = (seed: number, shape: readonly number[]): pv.Tensor => pv.tensor(numbers(seed, sizeOf(shape)), { shape });
const complex = (seed: number, shape: readonly number[]): pv.Tensor => pv.complex(real(seed, shape), real(seed + 1, shape));

/** The full convolution of complex signals by its definition, interleaved. */
function convolved(a: ArrayLike<number>, na: readonly number[], b: ArrayLike<number>, nb: readonly number[]): Float64Array {
  const full = na.map((extent, axis) => extent + nb[axis]! - 1);
  const y = new Float64Array(2 * sizeOf(full));
  const positionIn = (shape: readonly number[], flat: number): number[] =>
    shape.map((extent, axis) => Math.floor(flat / sizeOf(shape.slice(axis + 1))) % extent);
  for (let i = 0; i < sizeOf(na); i++) {
    for (let j = 0; j < sizeOf(nb); j++) {
      const [at, by] = [positionIn(na, i), positionIn(nb, j)];
      const to = at.reduce((flat, position, axis) => flat * full[axis]! + position + by[axis]!, 0);
      y[2 * to]! += a[2 * i]! * b[2 * j]! - a[2 * i + 1]! * b[2 * j + 1]!;
      y[2 * to + 1]! += a[2 * i]! * b[2 * j + 1]! + a[2 * i + 1]! * b[2 * j]!;
    }
  }
  return y;
}

describe('property: signals on cpu', () => {
  useDevice('cpu');

  const shapes = fc.oneof(
    fc.tuple(extents(1, 90), extents(1, 20)),
    fc.tuple(extents(1, 9), extents(1, 40)),
    fc.tuple(extents(2, 24), extents(2, 6)),
    fc.tuple(extents(3, 5), extents(3, 4)),
  );

  for (const name of ['convolve', 'fftconvolve', 'oaconvolve'] as const)
    it(`${name} of complex signals of one to three axes is the sum that it is defined as`, async () => {
      await fc.assert(
        fc.asyncProperty(shapes, async ([na, nb]) => {
          const [a, b] = [complex(1, na), complex(5, nb)];
          const wanted = convolved(await a.data(), na, await b.data(), nb);
          expect(relativeError(await signal[name](a, b).data(), wanted)).to.be.at.most(1e-13);
        }),
        runs,
      );
    });

  it('correlate finds a signal where it was put, with the phase that it has there', async () => {
    const pattern = complex(3, [7]);
    const scene = pattern.mul(pv.complex(0, 2)).pad([[11, 14]]);
    const found = await signal.correlate(scene, pattern, { mode: 'valid' }).data();
    const energy = Number(await pattern.abs().square().sum().item());
    expect(found[2 * 11]).to.be.closeTo(0, 1e-12);
    expect(found[2 * 11 + 1]).to.be.closeTo(2 * energy, 1e-12);
    for (let i = 0; i < found.length / 2; i++) if (i !== 11) expect(Math.hypot(found[2 * i]!, found[2 * i + 1]!)).to.be.below(2 * energy);
  });

  it('istft gives back what stft was given, for any frames that overlap', async () => {
    const frames = fc
      .record({ nFft: fc.integer({ min: 2, max: 40 }), samples: fc.integer({ min: 45, max: 130 }), part: fc.integer({ min: 2, max: 5 }) })
      .map(({ nFft, samples, part }) => ({ nFft, samples, hopLength: Math.max(1, Math.floor(nFft / part)) }));
    await fc.assert(
      fc.asyncProperty(frames, fc.constantFrom('hamming', 'boxcar', 'blackman'), async ({ nFft, samples, hopLength }, window) => {
        const x = real(2, [2, samples]);
        const options = { nFft, hopLength, window: window as pv.signal.WindowName };
        const covered = Math.floor(samples / hopLength) * hopLength;
        const back = signal.istft(signal.stft(x, options), { ...options, length: covered });
        expect(relativeError(await back.data(), await x.slice([0, 0], [2, covered]).data())).to.be.at.most(1e-10);
      }),
      runs,
    );
  });

  it('the power of all bins of a periodogram is the mean square of the signal, one-sided or not', async () => {
    for (const n of [1, 2, 9, 64, 101])
      for (const x of [real(4, [n]), complex(4, [n])]) {
        const { power } = signal.periodogram(x, { detrend: 'none', scaling: 'spectrum' });
        const [total, square] = [await power.sum().item(), await x.abs().square().mean().item()];
        expect(Number(total)).to.be.closeTo(Number(square), 1e-12);
      }
  });

  it('a sine’s power stands in its bin in every segment, and its density there with the window’s width', async () => {
    const fs = 200;
    const x = pv
      .arange(1000)
      .mul((2 * Math.PI * 25) / fs)
      .sin()
      .mul(3);
    const { frequency, power, time } = signal.spectrogram(x, { fs, nperseg: 80, noverlap: 40, window: 'hann', scaling: 'spectrum' });
    expect(power.shape).to.deep.equal([41, 24]);
    expect(Array.from(await time.data()).slice(0, 2)).to.deep.equal([0.2, 0.4]);
    const [bins, powers] = [await frequency.data(), await power.data()];
    expect(bins[10]).to.equal(25);
    for (let segment = 0; segment < 24; segment++) expect(powers[10 * 24 + segment]).to.be.closeTo(4.5, 1e-3);
    const density = await signal.welch(x, { fs, nperseg: 80 }).power.data();
    // The Hann window is 1.5 bins wide.
    expect(density[10]).to.be.closeTo(4.5 / (1.5 * (fs / 80)), 1e-3);
  });
});

describe('property: signals on node', () => {
  useDevice('node');

  it('long signals by pieces equal the same by one transform', async () => {
    const [x, w] = [real(1, [20_000]), real(2, [301])];
    const [byPieces, atOnce] = await Promise.all([signal.oaconvolve(x, w).data(), signal.fftconvolve(x, w).data()]);
    expect(relativeError(byPieces, Float64Array.from(atOnce))).to.be.at.most(1e-6);
  });
});

describe('arguments of signals', () => {
  const x = (): pv.Tensor => real(1, [16]);
  const loose = signal as unknown as Record<string, (...args: readonly unknown[]) => unknown>;
  const table: readonly (readonly [name: string, args: () => readonly unknown[], message: RegExp])[] = [
    ['getWindow', () => ['han', 8], /getWindow: window is 'han', but must be one of 'boxcar', .*'hann'/],
    ['getWindow', () => ['kaiser', 8], /window 'kaiser' has a parameter; write \['kaiser', number\]/],
    ['getWindow', () => [['kaiser'], 8], /must be a name or \[name, parameter\]/],
    ['getWindow', () => [['kaiser', -1], 8], /'kaiser' is -1, but must be from 0 to 700/],
    ['getWindow', () => [['gaussian', 0], 8], /'gaussian' is 0, but must be greater than 0/],
    ['getWindow', () => [['hann', 1], 8], /window is 'hann', but must be one of 'kaiser', 'gaussian', 'tukey'/],
    ['getWindow', () => ['hann', 0], /getWindow: n is 0, but must be a positive integer/],
    ['getWindow', () => ['hann', 8, { periodic: 'no' }], /periodic is 'no', but must be true or false/],
    ['convolve', () => [[1, 2], x()], /convolve: a is \[1, 2\], but must be a tensor/],
    ['convolve', () => [x(), real(1, [2, 2])], /have 1 and 2 axes; give them the same number/],
    ['convolve', () => [x(), pv.zeros([0])], /an empty one has no convolution/],
    ['oaconvolve', () => [x(), x(), { mode: 'some' }], /mode is 'some', but must be one of 'full', 'same', 'valid'/],
    ['correlate', () => [real(1, [2, 9]), real(1, [3, 4]), { mode: 'valid' }], /at least as long as the other along every axis/],
    ['stft', () => [x(), {}], /stft: nFft is undefined, but must be a positive integer/],
    ['stft', () => [x(), { nFft: 64 }], /16 samples cannot be reflected by nFft\/2 = 32/],
    ['stft', () => [x(), { nFft: 32, center: false }], /16 samples are less than one frame of nFft = 32/],
    ['stft', () => [x(), { nFft: 8, window: real(1, [7]) }], /the window has shape \[7\], but must have nFft = 8 numbers/],
    ['stft', () => [x(), { nFft: 8, hopLength: 0 }], /hopLength is 0, but must be a positive integer/],
    ['istft', () => [complex(1, [4, 3]), { nFft: 8 }], /was given 4 frequencies, but nFft = 8 has 5/],
    ['istft', () => [complex(1, [5, 3]), { nFft: 8, hopLength: 8, window: 'hann' }], /zero in every frame at sample/],
    ['istft', () => [complex(1, [5, 3]), { nFft: 8, length: 99 }], /length is 99, but 3 frames hold 8 samples/],
    ['periodogram', () => [x(), { fs: 0 }], /periodogram: fs is 0, but must be greater than 0/],
    ['welch', () => [x(), { nperseg: 8, noverlap: 8 }], /noverlap is 8, but must be less than the 8 samples of a segment/],
    ['welch', () => [x(), { window: 'hat' }], /welch: window is 'hat'/],
    ['spectrogram', () => [pv.zeros([]), {}], /spectrogram: was given shape \[\], but expects a last axis of samples/],
    ['spectrogram', () => [x(), { scaling: 'dB' }], /scaling is 'dB', but must be one of 'density', 'spectrum'/],
  ];
  for (const [name, args, message] of table)
    it(`${name}: ${message.source}`, () => {
      expect(() => loose[name]!(...args())).to.throw(message);
    });
});
