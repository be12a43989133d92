// Convolution by FFT: how small a transform may be, and that every algorithm computes the same, for random configurations.
//
// The cpu device always sums directly, so the graphs of the algorithms are recorded here by hand: in float64 they must agree with the
// direct sum to a few roundings. On WebGPU the algorithms run as people call them.

import { expect } from 'chai';
import fc from 'fast-check';
import { goodSize } from '../../src/fft/reference.js';
import type { Node } from '../../src/graph/node.js';
import * as pv from '../../src/index.js';
import { directConv, im2colConv } from '../../src/nn/conv-direct.js';
import { fftConv, fftPeriod, minimalPeriod } from '../../src/nn/conv-fft.js';
import { conv, convExtent, type ConvAttributes } from '../../src/nn/conv-operation.js';
import { tiledConv } from '../../src/nn/conv-tiled.js';
import { stateOf, upload } from '../../src/tensor/devices.js';
import { readNode } from '../../src/tensor/tensor.js';
import { numbers, sideBySide, useDevice } from '../devices.js';
import { relativeError } from '../reference/cases.js';

// ---- one axis, by definition ----------------------------------------------------------------------------------------------------

/** One axis of a convolution at stride 1. */
interface Axis {
  readonly input: number;
  readonly taps: number;
  readonly dilation: number;
  readonly padding: readonly [number, number];
}

const spreadOf = ({ taps, dilation }: Axis): number => dilation * (taps - 1) + 1;
const outputOf = (axis: Axis): number => axis.input + axis.padding[0] + axis.padding[1] - spreadOf(axis) + 1;

/** Axes on which the kernel fits, also larger than the image and with padding larger than the kernel. */
const axes = fc
  .record({
    input: fc.integer({ min: 1, max: 20 }),
    taps: fc.integer({ min: 1, max: 9 }),
    dilation: fc.integer({ min: 1, max: 4 }),
    padding: fc.tuple(fc.integer({ min: 0, max: 12 }), fc.integer({ min: 0, max: 12 })),
  })
  .filter((axis) => outputOf(axis) >= 1);

/** y, dX and dW of T = Σ g·(x ⋆ w), each position read modulo `period` (Infinity: no wrap-around), x at offset `before`. */
function threeFaces(axis: Axis, period: number, x: ArrayLike<number>, w: ArrayLike<number>, g: ArrayLike<number>): Float64Array[] {
  const { input, taps, dilation, padding } = axis;
  const wrap = (at: number): number => (period === Infinity ? at : at % period);
  const slots = period === Infinity ? input + padding[0] + padding[1] : period;
  const [image, kernel, upstream] = [new Float64Array(slots), new Float64Array(slots), new Float64Array(slots)];
  for (let i = 0; i < input; i++) image[wrap(padding[0] + i)]! += x[i]!;
  for (let t = 0; t < taps; t++) kernel[wrap(t * dilation)]! += w[t]!;
  for (let o = 0; o < outputOf(axis); o++) upstream[wrap(o)]! += g[o]!;
  const correlate = (at: number, a: Float64Array, b: Float64Array, sign: 1 | -1): number => {
    let sum = 0;
    for (let j = 0; j < slots; j++) {
      const from = at + sign * j;
      const position = period === Infinity ? from : ((from % period) + period) % period;
      sum += (a[position] ?? 0) * b[j]!;
    }
    return sum;
  };
  return [
    Float64Array.from({ length: outputOf(axis) }, (_, o) => correlate(o, image, kernel, 1)),
    Float64Array.from({ length: input }, (_, i) => correlate(padding[0] + i, upstream, kernel, -1)),
    Float64Array.from({ length: taps }, (_, t) => correlate(t * dilation, image, upstream, 1)),
  ];
}

/** Largest relative error of y, dX and dW at a period, for values that nothing relates. */
function wrapError(axis: Axis, period: number): number {
  const values = [axis.input, axis.taps, outputOf(axis)].map((count, i) => numbers(31 + i, count)) as [
    Float64Array,
    Float64Array,
    Float64Array,
  ];
  const exact = threeFaces(axis, Infinity, ...values);
  return Math.max(...threeFaces(axis, period, ...values).map((face, i) => relativeError(face, exact[i]!)));
}

const period = ({ input, taps, dilation, padding }: Axis): number => minimalPeriod(input, taps, dilation, padding);

describe('property: convolution by FFT', function () {
  this.timeout(300_000);

  describe('the smallest period', () => {
    it('is exact, as is every larger one: y, dX and dW', () =>
      fc.assert(
        fc.property(axes, fc.nat(20), (axis, more) => {
          expect(wrapError(axis, period(axis))).to.be.at.most(1e-13);
          expect(wrapError(axis, period(axis) + more)).to.be.at.most(1e-13);
        }),
        { numRuns: 500 },
      ));

    it('gives the output and the kernel a slot for every element, and the image with its padding is tight: one less is wrong', () =>
      fc.assert(
        fc.property(axes, (axis) => {
          // Where the output or the kernel decides, what would share a slot beyond this may be zeros: the slots are for the crop.
          const needed = axis.input + Math.max(...axis.padding);
          fc.pre(needed > 1);
          expect(period(axis)).to.equal(Math.max(needed, outputOf(axis), spreadOf(axis)));
          expect(wrapError(axis, needed - 1)).to.be.greaterThan(1e-6);
        }),
        { numRuns: 500 },
      ));

    const square = (input: number, taps: number, pad: number): Axis => ({ input, taps, dilation: 1, padding: [pad, pad] });
    it('H = 16, k = 5, valid: 16, not H + k − 1', () => {
      expect(period(square(16, 5, 0))).to.equal(16);
    });
    it('H = 16, k = 5, pad 2: wrong at 16 and 17, exact at 18', () => {
      expect(period(square(16, 5, 2))).to.equal(18);
      expect(wrapError(square(16, 5, 2), 16)).to.be.greaterThan(0.01);
      expect(wrapError(square(16, 5, 2), 17)).to.be.greaterThan(0.01);
      expect(wrapError(square(16, 5, 2), 18)).to.be.at.most(1e-14);
    });
    it('H = 16, k = 1, pad 1: 18 and H = 16, k = 3, pad 4: 22, a slot for each output; what overlaps below 17 and 20 is not zero', () => {
      expect(period(square(16, 1, 1))).to.equal(18);
      expect(wrapError(square(16, 1, 1), 16)).to.be.greaterThan(0.01);
      expect(period(square(16, 3, 4))).to.equal(22);
      expect(wrapError(square(16, 3, 4), 19)).to.be.greaterThan(0.01);
    });
    it('H = 4, k = 11, pad 4: 11, so that the kernel itself has room', () => {
      expect(period(square(4, 11, 4))).to.equal(11);
    });
    it('the period used is even, at least the smallest, and has no prime factor over 5', () =>
      fc.assert(
        fc.property(axes, ({ input, taps, dilation, padding }) => {
          const used = fftPeriod(input, taps, dilation, padding);
          expect(used % 2).to.equal(0);
          expect(used).to.be.at.least(minimalPeriod(input, taps, dilation, padding));
          expect(goodSize(used)).to.equal(used);
        }),
      ));
  });

  describe('every algorithm equals the direct sum in float64, for y, dX and dW', () => {
    useDevice('cpu');

    /** Convolutions that fit, from one axis for the height and one for the width. */
    const convolutions: fc.Arbitrary<ConvAttributes> = fc
      .record({
        axes: fc.tuple(axes, axes),
        stride: fc.tuple(fc.integer({ min: 1, max: 3 }), fc.integer({ min: 1, max: 3 })),
        batch: fc.integer({ min: 1, max: 2 }),
        groups: fc.integer({ min: 1, max: 3 }),
        each: fc.integer({ min: 1, max: 2 }),
        filters: fc.integer({ min: 1, max: 2 }),
      })
      .map(({ axes: [tall, wide], stride, batch, groups, each, filters }) => {
        const extent = (axis: Axis, step: number): number => convExtent(axis.input, axis.taps, step, axis.dilation, axis.padding);
        return {
          face: 'y',
          x: [batch, groups * each, tall.input, wide.input],
          w: [groups * filters, each, tall.taps, wide.taps],
          y: [batch, groups * filters, extent(tall, stride[0]), extent(wide, stride[1])],
          stride,
          dilation: [tall.dilation, wide.dilation],
          padding: [tall.padding, wide.padding],
          groups,
          algorithm: 'auto',
        };
      });
    const operands = { y: ['x', 'w'], x: ['y', 'w'], w: ['x', 'y'] } as const;

    /** Products and sums round in another order, and transforms about log₂P² times: 100 roundings are far more than either. */
    const agreement = 100 * 2 ** -53;

    const algorithms: Readonly<Record<string, (a: Node, b: Node, attributes: ConvAttributes) => Node>> = {
      fft: (a, b, attributes) => fftConv(a, b, attributes, stateOf('cpu').device.limits),
      'fft in pieces, a plane or two each': (a, b, attributes) =>
        fftConv(a, b, attributes, { ...stateOf('cpu').device.limits, maxBufferBytes: 3000 }),
      'fft of tiles': (a, b, attributes) => tiledConv(a, b, attributes, stateOf('cpu').device.limits),
      'fft of tiles in pieces': (a, b, attributes) =>
        tiledConv(a, b, attributes, { ...stateOf('cpu').device.limits, maxBufferBytes: 3000 }),
      direct: directConv,
      im2col: (a, b, attributes) => im2colConv(a, b, attributes, stateOf('cpu').device.limits),
      'im2col in chunks': (a, b, attributes) => im2colConv(a, b, attributes, { ...stateOf('cpu').device.limits, maxBufferBytes: 2000 }),
    };
    for (const [name, algorithm] of Object.entries(algorithms)) {
      it(name, () =>
        fc.assert(
          fc.asyncProperty(convolutions, async (attributes) => {
            for (const face of ['y', 'x', 'w'] as const) {
              const [a, b] = operands[face].map((part, i) => {
                const shape = attributes[part];
                return upload(
                  stateOf('cpu'),
                  'float64',
                  shape,
                  numbers(
                    51 + i,
                    shape.reduce((product, extent) => product * extent, 1),
                  ),
                );
              }) as [Node, Node];
              const wanted = await readNode(conv(face, a, b, attributes));
              const got = await readNode(algorithm(a, b, { ...attributes, face }));
              // Against ‖a‖·‖b‖: a result of few terms may cancel, which no algorithm can help.
              const size = Math.sqrt(
                [...(await readNode(a))].reduce((sum, v) => sum + v * v, 0) * [...(await readNode(b))].reduce((sum, v) => sum + v * v, 0),
              );
              got.forEach((value, i) => {
                expect(Math.abs(value - wanted[i]!) / size, `face ${face}, element ${i}`).to.be.at.most(agreement);
              });
            }
          }),
          { numRuns: 60 },
        ),
      );
    }
  });

  describe('gradients of gradients of conv2d on cpu', () => {
    useDevice('cpu');
    const F = pv.nn.functional;

    it('the second derivatives of a nonlinear loss agree with differences of the first', () =>
      fc.assert(
        fc.asyncProperty(
          fc.constantFrom<Parameters<typeof F.conv2d>[3]>(
            {},
            { stride: 2, padding: 1 },
            { dilation: [1, 2], padding: 'same' },
            { groups: 2, padding: [3, 0] },
            { padding: 1, paddingMode: 'circular' },
          ),
          fc.nat(1e6),
          async (options, seed) => {
            const x = pv.tensor(numbers(seed, 2 * 2 * 30), { shape: [2, 2, 5, 6] });
            const w = pv.tensor(numbers(seed + 1, 2 * (2 / (options?.groups ?? 1)) * 6), { shape: [2, 2 / (options?.groups ?? 1), 3, 2] });
            // Cubic in y, so that all second derivatives, also d²/dx² and d²/dw², are there; a polynomial of degree 3 in (x, w) each.
            const loss = (a: pv.Tensor, b: pv.Tensor): pv.Tensor => {
              const y = F.conv2d(a, b, null, options);
              return y.mul(y).mul(y).sum();
            };
            const gradient = (a: pv.Tensor, b: pv.Tensor): pv.Tensor[] => pv.grad(loss, { argnums: [0, 1] })(a, b);
            // s(x, w) = ⟨∇L(x, w), (p, q)⟩ for fixed p, q; its gradient is the Hessian times (p, q).
            const [p, q] = [
              pv.tensor(numbers(seed + 2, x.size), { shape: x.shape }),
              pv.tensor(numbers(seed + 3, w.size), { shape: w.shape }),
            ];
            const along = (a: pv.Tensor, b: pv.Tensor): pv.Tensor => {
              const [da, db] = gradient(a, b);
              return da!.mul(p).sum().add(db!.mul(q).sum());
            };
            const second = pv.grad(along, { argnums: [0, 1] })(x, w);
            // ∇L is a polynomial, so h = ε^⅓ leaves a truncation of order h² = 4e-11 of its size and a rounding of ε/h = 4e-11 of it,
            // times the number of terms of a convolution.
            const h = Math.cbrt(Number.EPSILON);
            const above = gradient(x.add(p.mul(h)), w.add(q.mul(h)));
            const below = gradient(x.sub(p.mul(h)), w.sub(q.mul(h)));
            for (const [i, part] of second.entries()) {
              const [high, low] = [await above[i]!.data(), await below[i]!.data()];
              expect(
                relativeError(
                  await part.data(),
                  Float64Array.from(high, (value, j) => (value - low[j]!) / (2 * h)),
                ),
              ).to.be.at.most(2e-8);
            }
          },
        ),
        { numRuns: 25 },
      ));
  });

  describe('direct, im2col and fft on node equal the float64 sum, for y, dX, dW and the bias', () => {
    useDevice('node');
    const F = pv.nn.functional;

    interface Layer {
      readonly x: readonly [number, number, number, number];
      readonly w: readonly [number, number, number, number];
      readonly options: Exclude<Parameters<typeof F.conv2d>[3], undefined>;
    }
    const layers: fc.Arbitrary<Layer> = fc
      .record({
        size: fc.tuple(fc.integer({ min: 3, max: 12 }), fc.integer({ min: 3, max: 12 })),
        kernel: fc.tuple(fc.integer({ min: 1, max: 5 }), fc.integer({ min: 1, max: 5 })),
        stride: fc.tuple(fc.integer({ min: 1, max: 3 }), fc.integer({ min: 1, max: 3 })),
        dilation: fc.tuple(fc.integer({ min: 1, max: 2 }), fc.integer({ min: 1, max: 2 })),
        groups: fc.integer({ min: 1, max: 2 }),
        padding: fc.oneof(fc.constant('same' as const), fc.tuple(fc.integer({ min: 0, max: 2 }), fc.integer({ min: 0, max: 2 }))),
        paddingMode: fc.constantFrom('zeros' as const, 'reflect' as const, 'replicate' as const, 'circular' as const),
      })
      .map(({ size, kernel, stride, groups, padding, ...rest }) => ({
        x: [2, 2 * groups, ...size] as const,
        w: [2 * groups, 2, ...kernel] as const,
        options: { stride: padding === 'same' ? ([1, 1] as const) : stride, groups, padding, ...rest },
      }))
      .filter(({ x, w, options: { padding, dilation, paddingMode } }) =>
        [0, 1].every((axis) => {
          const spread = (dilation as number[])[axis]! * (w[2 + axis]! - 1) + 1;
          const around =
            padding === 'same'
              ? [Math.floor((spread - 1) / 2), Math.ceil((spread - 1) / 2)]
              : [(padding as number[])[axis]!, (padding as number[])[axis]!];
          const fits = paddingMode === 'zeros' || paddingMode === 'replicate' || Math.max(...around) < x[2 + axis]!;
          return fits && x[2 + axis]! + around[0]! + around[1]! >= spread;
        }),
      );

    async function run(
      { x, w, options }: Layer,
      device: 'cpu' | 'node',
      algorithm: 'direct' | 'im2col' | 'fft' | 'fft-tiled',
    ): Promise<Float64Array[]> {
      const make = (seed: number, shape: readonly number[], requiresGrad = true): pv.Tensor =>
        pv.tensor(
          numbers(
            seed,
            shape.reduce((product, extent) => product * extent, 1),
          ).map(Math.fround),
          { shape, device, requiresGrad },
        );
      const leaves = [make(1, x), make(2, w), make(3, [w[0]])];
      const y = F.conv2d(leaves[0]!, leaves[1]!, leaves[2], { ...options, algorithm });
      y.backward(make(4, y.shape, false));
      return Promise.all([y, ...leaves.map((leaf) => leaf.grad!)].map(async (each) => Float64Array.from(await each.data())));
    }

    // A fixed seed: each new shape compiles kernels, and a software adapter keeps those of an earlier run.
    const drawn = fc.sample(layers, { seed: 3, numRuns: 4 });
    const jobs = drawn.flatMap((layer) => (['direct', 'im2col', 'fft', 'fft-tiled'] as const).map((algorithm) => ({ layer, algorithm })));
    const result = sideBySide(
      jobs.map(
        ({ layer, algorithm }) =>
          () =>
            run(layer, 'node', algorithm),
      ),
    );
    jobs.forEach(({ layer, algorithm }, i) => {
      it(`${algorithm}: x [${layer.x.join(', ')}], weight [${layer.w.join(', ')}], ${JSON.stringify(layer.options)}`, async () => {
        const got = await result(i);
        const wanted = await run(layer, 'cpu', algorithm);
        ['y', 'dX', 'dW', 'db'].forEach((part, at) => {
          // u·√(roundings), with fewer than 300 terms in any sum and 4·log₂P roundings in the transforms: 17u = 1e-6.
          expect(relativeError(got[at]!, wanted[at]!), part).to.be.at.most(1e-6);
        });
      });
    });
  });
});
