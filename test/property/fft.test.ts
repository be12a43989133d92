// What defines the Fourier transform, for random lengths, shapes, axes and norms.
//
// Error model: a transform of length N rounds about log₂N times along each path, and the roundings add like a random walk. So the
// relative L2 error is c·u·√(log₂N + 1), with u = 2⁻⁵³ or 2⁻²⁴ the unit roundoff. c ≈ 1 for a mixed-radix transform (measured: 0.3 to 1);
// Bluestein's algorithm chains two transforms of a longer length and three products with tables, and large radices add longer sums:
// c = 8 covers both. Two transforms in a row have √2 of that, and the properties below chain at most three.

import { expect } from 'chai';
import fc from 'fast-check';
import { openNodeDevice } from '../../src/devices/node/node.js';
import { flush } from '../../src/graph/flush.js';
import { graphOf, type GraphState } from '../../src/graph/node.js';
import { fitsWorkgroup } from '../../src/graph/wgsl/fft.js';
import { fft1 } from '../../src/fft/transform.js';
import * as pv from '../../src/index.js';
import { readNode } from '../../src/tensor/tensor.js';
import { upload } from '../../src/tensor/devices.js';
import { deviceNames, numbers, sideBySide, useDevice, type TestDevice } from '../devices.js';
import { relativeError } from '../reference/cases.js';

const roundoff: Readonly<Record<TestDevice, number>> = { cpu: 2 ** -53, node: 2 ** -24 };
const current = (): TestDevice => pv.memory().device as TestDevice;
const tolerance = (n: number, transforms = 1): number => 8 * roundoff[current()] * Math.sqrt(transforms * (Math.log2(n) + 1));

/** Numbers that float32 holds exactly, so that every device is given the same. */
const samples = (seed: number, count: number): Float64Array<ArrayBuffer> => numbers(seed, count).map(Math.fround);
const sizeOf = (shape: readonly number[]): number => shape.reduce((product, extent) => product * extent, 1);
const dtypeOf = (device: TestDevice): pv.DType => (device === 'cpu' ? 'complex128' : 'complex64');
const complexTensor = (seed: number, shape: readonly number[], device = current(), requiresGrad = false): pv.Tensor =>
  pv.tensor(samples(seed, 2 * sizeOf(shape)), { shape, dtype: dtypeOf(device), device, requiresGrad });
const realTensor = (seed: number, shape: readonly number[], device = current(), requiresGrad = false): pv.Tensor =>
  pv.tensor(samples(seed, sizeOf(shape)), { shape, device, requiresGrad });

async function expectClose(got: pv.Tensor, wanted: pv.Tensor | ArrayLike<number>, atMost: number): Promise<void> {
  const values = wanted instanceof pv.Tensor ? await wanted.data() : wanted;
  expect(relativeError(await got.data(), values), 'relative L2 error').to.be.at.most(atMost);
}

/** A transform to try: a shape, the transformed axis, a norm, and a seed for the values. */
interface Trial {
  readonly shape: readonly number[];
  readonly axis: number;
  readonly norm: 'backward' | 'ortho' | 'forward';
  readonly seed: number;
}

const primes = [2, 3, 5, 7, 11, 13, 17, 19, 31, 97, 127, 251, 509, 1009, 1021, 2039, 4093, 4999];
const lengths = fc.oneof(
  fc.integer({ min: 1, max: 64 }),
  fc.integer({ min: 1, max: 5000 }),
  fc.constantFrom(...primes),
  fc.constantFrom(1, 2, 4, 8, 1024, 2048, 4096, 5000),
);
const norms = fc.constantFrom('backward' as const, 'ortho' as const, 'forward' as const);

/** Tensors of 1 to 4 axes, the transformed one of length N anywhere, the others small. */
function trials(n: fc.Arbitrary<number>): fc.Arbitrary<Trial> {
  return fc
    .record({ n, others: fc.array(fc.integer({ min: 1, max: 3 }), { maxLength: 3 }), place: fc.nat(3), norm: norms, seed: fc.nat(1e6) })
    .map(({ n: extent, others, place, norm, seed }) => {
      const axis = Math.min(place, others.length);
      return { shape: [...others.slice(0, axis), extent, ...others.slice(axis)], axis, norm, seed };
    });
}

/** e^(−2πi·k·s/N) for every k of a half or full spectrum along `axis`, of a shape that broadcasts. */
function phases(n: number, bins: number, shift: number, rank: number, axis: number): pv.Tensor {
  const values = Float64Array.from({ length: 2 * bins }, (_, i) => {
    const turn = (-2 * Math.PI * ((Math.floor(i / 2) * shift) % n)) / n;
    return i % 2 === 0 ? Math.cos(turn) : Math.sin(turn);
  });
  return pv.tensor(values, { shape: Array.from({ length: rank }, (_, at) => (at === axis ? bins : 1)), dtype: dtypeOf(current()) });
}

/** Σ|x|², by compensated summation: thousands of terms must not round more than the transform does. */
async function energy(x: pv.Tensor): Promise<number> {
  let sum = 0;
  let lost = 0;
  for (const value of await x.data()) {
    const next = sum + (value * value - lost);
    lost = next - sum - (value * value - lost);
    sum = next;
  }
  return sum;
}

const forwardFactor = (norm: Trial['norm'], n: number): number => (norm === 'backward' ? 1 : norm === 'ortho' ? 1 / Math.sqrt(n) : 1 / n);

/** The properties that every device has to have. */
const properties: Readonly<Record<string, (trial: Trial) => Promise<void>>> = {
  'ifft undoes fft': async ({ shape, axis, norm, seed }) => {
    const x = complexTensor(seed, shape);
    await expectClose(pv.fft.ifft(pv.fft.fft(x, { axis, norm }), { axis, norm }), x, tolerance(shape[axis]!, 2));
  },
  'irfft undoes rfft, of even and odd lengths': async ({ shape, axis, norm, seed }) => {
    const x = realTensor(seed, shape);
    const n = shape[axis]!;
    await expectClose(pv.fft.irfft(pv.fft.rfft(x, { axis, norm }), { axis, norm, n }), x, tolerance(n, 2));
  },
  'a signal and its spectrum carry the same energy (Parseval)': async ({ shape, axis, norm, seed }) => {
    const n = shape[axis]!;
    const x = complexTensor(seed, shape);
    const factor = forwardFactor(norm, n) ** 2 * n;
    // An energy is off by at most twice the relative error of the vector.
    expect(Math.abs((await energy(pv.fft.fft(x, { axis, norm }))) / (await energy(x)) / factor - 1)).to.be.at.most(2 * tolerance(n));
    const r = realTensor(seed + 1, shape);
    const half = pv.fft.rfft(r, { axis, norm });
    // Of a half spectrum, all bins but DC and (for even N) Nyquist stand for two.
    const own = n % 2 === 0 ? [0, n / 2] : [0];
    const once = await Promise.all(
      own
        .filter((bin, i) => own.indexOf(bin) === i)
        .map((bin) =>
          energy(
            half.slice(
              shape.map((_, at) => (at === axis ? bin : 0)),
              shape.map((extent, at) => (at === axis ? bin + 1 : extent)),
            ),
          ),
        ),
    );
    const whole = 2 * (await energy(half)) - once.reduce((sum, part) => sum + part, 0);
    expect(Math.abs(whole / (await energy(r)) / factor - 1)).to.be.at.most(2 * tolerance(n));
  },
  'the transform is linear': async ({ shape, axis, norm, seed }) => {
    const [x, y] = [complexTensor(seed, shape), complexTensor(seed + 1, shape)];
    const [a, b] = [complexTensor(seed + 2, [1]), complexTensor(seed + 3, [1])];
    const together = pv.fft.fft(x.mul(a).add(y.mul(b)), { axis, norm });
    const apart = pv.fft.fft(x, { axis, norm }).mul(a).add(pv.fft.fft(y, { axis, norm }).mul(b));
    // Against ‖a·x‖ + ‖b·y‖, as the sum itself may cancel.
    const size =
      Math.sqrt(await energy(pv.fft.fft(x.mul(a), { axis, norm }))) + Math.sqrt(await energy(pv.fft.fft(y.mul(b), { axis, norm })));
    expect(Math.sqrt(await energy(together.sub(apart))) / size).to.be.at.most(tolerance(shape[axis]!, 2));
  },
  'a shift turns the phase of each bin (shift theorem)': async ({ shape, axis, norm, seed }) => {
    const n = shape[axis]!;
    const shift = seed % n;
    const x = realTensor(seed, shape);
    const turned = (bins: number): pv.Tensor => phases(n, bins, shift, shape.length, axis);
    await expectClose(pv.fft.fft(x.roll(shift, axis), { axis, norm }), pv.fft.fft(x, { axis, norm }).mul(turned(n)), tolerance(n, 3));
    await expectClose(
      pv.fft.rfft(x.roll(shift, axis), { axis, norm }),
      pv.fft.rfft(x, { axis, norm }).mul(turned(Math.floor(n / 2) + 1)),
      tolerance(n, 3),
    );
  },
};

/** Σ_j x_j·e^(sign·2πi·jk/n) for k < n, by definition; interleaved. */
function naive(x: ArrayLike<number>, n: number, sign: 1 | -1): Float64Array {
  const out = new Float64Array(2 * n);
  for (let k = 0; k < n; k++) {
    for (let j = 0; j < Math.min(n, x.length / 2); j++) {
      const turn = (sign * 2 * Math.PI * ((j * k) % n)) / n;
      const [c, s] = [Math.cos(turn), Math.sin(turn)];
      out[2 * k]! += x[2 * j]! * c - x[2 * j + 1]! * s;
      out[2 * k + 1]! += x[2 * j]! * s + x[2 * j + 1]! * c;
    }
  }
  return out;
}

const pairs = (real: ArrayLike<number>): Float64Array =>
  Float64Array.from({ length: 2 * real.length }, (_, i) => (i % 2 === 0 ? real[i / 2]! : 0));
const realParts = (interleaved: Float64Array): Float64Array => interleaved.filter((_, i) => i % 2 === 0);

/** The full spectrum that a half one stands for, padded with zeros or cut to n/2 + 1 bins first. */
function mirrored(half: ArrayLike<number>, n: number): Float64Array {
  const full = new Float64Array(2 * n);
  for (let k = 0; k <= Math.floor(n / 2) && 2 * k < half.length; k++) {
    const own = k === 0 || 2 * k === n;
    full[2 * k] = half[2 * k]!;
    full[2 * k + 1] = own ? 0 : half[2 * k + 1]!;
    if (!own) {
      full[2 * (n - k)] = half[2 * k]!;
      full[2 * (n - k) + 1] = -half[2 * k + 1]!;
    }
  }
  return full;
}

describe('property: fft', function () {
  this.timeout(300_000);

  describe('on cpu, for N from 1 to 5000', () => {
    useDevice('cpu');
    for (const [fact, holds] of Object.entries(properties)) {
      it(fact, () => fc.assert(fc.asyncProperty(trials(lengths), holds), { numRuns: 60 }));
    }

    it('fft, ifft, rfft and irfft are the sums that define them, padded or cut to n', () =>
      fc.assert(
        fc.asyncProperty(
          fc.integer({ min: 1, max: 70 }),
          fc.integer({ min: 1, max: 70 }),
          norms,
          fc.nat(1e6),
          async (given, n, norm, seed) => {
            const x = complexTensor(seed, [given]);
            const r = realTensor(seed + 1, [given]);
            const half = complexTensor(seed + 2, [given]);
            const inverse = 1 / n / forwardFactor(norm, n);
            const scaled = (values: Float64Array, factor: number): Float64Array => values.map((value) => value * factor);
            // The naive sum itself rounds n times.
            const bound = tolerance(n, 1 + n);
            await expectClose(pv.fft.fft(x, { n, norm }), scaled(naive(await x.data(), n, -1), forwardFactor(norm, n)), bound);
            await expectClose(pv.fft.ifft(x, { n, norm }), scaled(naive(await x.data(), n, 1), inverse), bound);
            const bins = Math.floor(n / 2) + 1;
            await expectClose(
              pv.fft.rfft(r, { n, norm }),
              scaled(naive(pairs(await r.data()), n, -1).slice(0, 2 * bins), forwardFactor(norm, n)),
              bound,
            );
            await expectClose(
              pv.fft.irfft(half, { n, norm }),
              scaled(realParts(naive(mirrored(await half.data(), n), n, 1)), inverse),
              bound,
            );
          },
        ),
        { numRuns: 150 },
      ));

    it('a product of spectra is a circular convolution (convolution theorem)', () =>
      fc.assert(
        fc.asyncProperty(fc.integer({ min: 1, max: 300 }), fc.nat(1e6), async (n, seed) => {
          const [a, b] = [realTensor(seed, [n]), realTensor(seed + 1, [n])];
          const [p, q] = [await a.data(), await b.data()];
          const wanted = new Float64Array(n);
          for (let i = 0; i < n; i++) for (let j = 0; j < n; j++) wanted[(i + j) % n]! += p[i]! * q[j]!;
          // Rounding is relative to ‖A·B‖, which random signals do not make much larger than the result; direct sums round n times.
          const bound = tolerance(n, 3 + n);
          await expectClose(pv.fft.ifft(pv.fft.fft(a).mul(pv.fft.fft(b))).real(), wanted, bound);
          await expectClose(pv.fft.irfft(pv.fft.rfft(a).mul(pv.fft.rfft(b)), { n }), wanted, bound);
        }),
        { numRuns: 60 },
      ));

    it('a transform over several axes is one along each, in any order', () =>
      fc.assert(
        fc.asyncProperty(fc.array(fc.integer({ min: 1, max: 9 }), { minLength: 1, maxLength: 4 }), fc.nat(1e6), async (shape, seed) => {
          const axes = shape.map((_, axis) => axis).filter((axis) => (seed >> axis) % 2 === 0);
          if (axes.length === 0) axes.push(shape.length - 1);
          const x = realTensor(seed, shape);
          const bound = tolerance(sizeOf(shape), 2);
          const apart = axes.reduce((y, axis) => pv.fft.fft(y, { axis }), x);
          await expectClose(pv.fft.fftn(x, { axes }), apart, bound);
          const last = axes.at(-1)!;
          const half = apart.slice(
            [],
            shape.map((extent, axis) => (axis === last ? Math.floor(extent / 2) + 1 : extent)),
          );
          await expectClose(pv.fft.rfftn(x, { axes }), half, bound);
          await expectClose(pv.fft.irfftn(pv.fft.rfftn(x, { axes }), { axes, s: axes.map((axis) => shape[axis]!) }), x, bound);
        }),
        { numRuns: 60 },
      ));
  });

  describe('on node, for N from 1 to 5000', () => {
    useDevice('node');
    // A fixed seed: each new length compiles kernels, and a software adapter keeps those of an earlier run.
    const drawn = fc.sample(trials(lengths), { seed: 18, numRuns: 5 });
    const jobs = Object.entries(properties).flatMap(([fact, holds]) => drawn.map((trial) => ({ fact, trial, run: () => holds(trial) })));
    const result = sideBySide(jobs.map(({ run }) => run));
    jobs.forEach(({ fact, trial: { shape, axis, norm } }, i) => {
      it(`${fact}: [${shape.join(', ')}] along axis ${axis}, norm '${norm}'`, () => result(i));
    });
  });

  for (const device of deviceNames) {
    describe(`half spectra on ${device}`, () => {
      useDevice(device);
      it('irfft of odd length doubles no Nyquist bin: its last bin stands for two, of even length for one', async () => {
        for (const [n, last] of [
          [9, 4],
          [8, 4],
        ] as const) {
          const half = pv.tensor(
            Float64Array.from({ length: 2 * (last + 1) }, (_, i) => (i === 2 * last ? 1 : 0)),
            { shape: [last + 1], dtype: dtypeOf(device), requiresGrad: true },
          );
          const signal = pv.fft.irfft(half, { n });
          const weight = 2 * last === n ? 1 : 2;
          const g = samples(5, n);
          signal.backward(pv.tensor(g, { shape: [n] }));
          const wave = Float64Array.from({ length: n }, (_, j) => (weight / n) * Math.cos((2 * Math.PI * last * j) / n));
          await expectClose(signal, wave, tolerance(n, 2));
          // d/dX_last Σ g·x, real part: the wave's inner product with g.
          const gradient = await half.grad!.data();
          expect(gradient[2 * last]).to.be.closeTo(
            wave.reduce((sum, value, j) => sum + value * g[j]!, 0),
            4 * tolerance(n, n),
          );
        }
      });

      it('irfft ignores the imaginary parts of DC and Nyquist, which no real signal has', async () => {
        for (const n of [9, 8]) {
          const values = samples(6, 10);
          const half = (imaginary: number): pv.Tensor => {
            const own = n % 2 === 0 ? [1, 9] : [1];
            return pv.tensor(
              values.map((value, i) => (own.includes(i) ? imaginary : value)),
              { shape: [5], dtype: dtypeOf(device), requiresGrad: true },
            );
          };
          await expectClose(pv.fft.irfft(half(7), { n }), pv.fft.irfft(half(0), { n }), 0);
        }
      });
    });
  }
});

// ---- accuracy and cost on WebGPU ----------------------------------------------------------------------------------------------------

describe('fft on WebGPU against float64', function () {
  this.timeout(300_000);
  useDevice('node');

  /**
   * All transforms of n points and their gradients. The inverse ones are left unscaled (norm 'forward'), so that the gradient of fft
   * is ifft's kernel and the other way round: a software adapter takes seconds to compile each.
   */
  async function everything(n: number, device: TestDevice): Promise<Float64Array[]> {
    const bins = Math.floor(n / 2) + 1;
    const leaves = [
      complexTensor(n, [n], device, true),
      complexTensor(n + 1, [n], device, true),
      realTensor(n + 2, [n], device, true),
      complexTensor(n + 3, [bins], device, true),
    ] as const;
    const norm = 'forward';
    const results = [pv.fft.fft(leaves[0]), pv.fft.ifft(leaves[1], { norm }), pv.fft.rfft(leaves[2]), pv.fft.irfft(leaves[3], { n, norm })];
    const upstream = [
      complexTensor(1, [n], device),
      complexTensor(2, [n], device),
      complexTensor(3, [bins], device),
      realTensor(4, [n], device),
    ];
    results.forEach((y, i) => y.backward(upstream[i]));
    return Promise.all([...results, ...leaves.map((leaf) => leaf.grad!)].map(async (each) => Float64Array.from(await each.data())));
  }
  const parts = ['fft', 'ifft', 'rfft', 'irfft', 'gradient of fft', 'gradient of ifft', 'gradient of rfft', 'gradient of irfft'];

  const large = [1009, 4096, 6000, 65536, 65537, 2 ** 17 + 1];
  const computed = sideBySide(
    large.map((n) => () => everything(n, 'node')),
    2,
  );
  large.forEach((n, job) => {
    it(`N = ${n}: fft, ifft, rfft, irfft and their gradients`, async () => {
      const got = await computed(job);
      const wanted = await everything(n, 'cpu');
      parts.forEach((part, i) => {
        expect(relativeError(got[i]!, wanted[i]!), part).to.be.at.most(tolerance(n));
      });
    });
  });

  for (const [exponent, atMost] of [
    [10, 3e-7],
    [20, 5e-7],
  ] as const) {
    it(`the relative L2 error at N = 2^${exponent} is at most ${atMost}`, async () => {
      const n = 2 ** exponent;
      const [got, wanted] = await Promise.all((['node', 'cpu'] as const).map((device) => pv.fft.fft(complexTensor(3, [n], device)).data()));
      expect(relativeError(got!, wanted!)).to.be.at.most(atMost);
    });
  }

  describe('within the limits that every WebGPU device has', () => {
    let state: GraphState;
    before(async () => {
      const device = await openNodeDevice({ limits: 'default' });
      state = graphOf(device);
    });
    after(() => {
      state.device.destroy();
    });

    /** Dispatches that one transform of n points takes, and its relative error. */
    async function cost(n: number, mode: 'c2c' | 'r2c'): Promise<number> {
      const complex = mode === 'c2c';
      const values = Float32Array.from(samples(n, complex ? 2 * n : n));
      const y = fft1(upload(state, complex ? 'complex64' : 'float32', [n], values), { axis: 0, n, mode, sign: -1 });
      const before = state.device.stats().dispatches;
      flush(state, [y]);
      const got = await readNode(y);
      const wanted = await (complex ? pv.fft.fft(complexTensor(n, [n], 'cpu')) : pv.fft.rfft(realTensor(n, [n], 'cpu'))).data();
      expect(relativeError(got, wanted)).to.be.at.most(tolerance(n));
      return state.device.stats().dispatches - before;
    }

    it('workgroup memory is the default 16 KiB', () => {
      expect(state.device.limits.maxWorkgroupMemory).to.equal(16384);
    });
    it('one dispatch transforms N = 1024 and N = 2048', async () => {
      expect(await cost(1024, 'c2c')).to.equal(1);
      expect(await cost(2048, 'c2c')).to.equal(1);
    });
    it('one dispatch transforms a real signal of N = 4096, as a complex one of half the length', async () => {
      expect(await cost(4096, 'r2c')).to.equal(1);
    });
    it('N = 4096 takes more than one dispatch in 16 KiB, and one where an adapter has 32 KiB', async () => {
      expect(await cost(4096, 'c2c')).to.be.greaterThan(1);
      expect(fitsWorkgroup({ n: 4096, mode: 'c2c' }, { ...state.device.limits, maxWorkgroupMemory: 32768 })).to.equal(true);
    });
  });
});
