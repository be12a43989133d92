// Transforms as GPUs run them, where many invocations share one: tests run in software, which gives each invocation transforms of its own.

import { expect } from 'chai';
import { openDawn } from '../../../src/devices/node/adapter.js';
import { createWebGpuDevice } from '../../../src/devices/webgpu/executor.js';
import { fft1 } from '../../../src/fft/transform.js';
import { flush } from '../../../src/graph/flush.js';
import { graphOf, type GraphState } from '../../../src/graph/node.js';
import type { FftTransform } from '../../../src/graph/operation.js';
import { radices } from '../../../src/graph/wgsl/fft-layout.js';
import * as pv from '../../../src/index.js';
import { upload } from '../../../src/tensor/devices.js';
import { sliceAxis } from '../../../src/tensor/operations/views.js';
import { readNode } from '../../../src/tensor/tensor.js';
import { numbers } from '../../devices.js';
import { relativeError } from '../../reference/cases.js';

const product = (values: readonly number[]): number => values.reduce((all, value) => all * value, 1);

describe('the layout of transforms', () => {
  const [software, gpu] = [{ isSoftware: true }, { isSoftware: false }];

  it('radices multiply to the length, and are at most 16', () => {
    for (const n of [1, 2, 13, 60, 144, 169, 256, 360, 1001, 1024, 2025, 2187, 3125, 4096]) {
      for (const limits of [software, gpu]) {
        expect(product(radices(n, limits)), String(n)).to.equal(n);
        expect(Math.max(...radices(n, limits)), String(n)).to.be.at.most(16);
      }
    }
    expect(() => radices(34, software)).to.throw('34 has a prime factor over 13');
  });

  it('in software few are written out: a sum of 16 up to 256 points, and of 40 beyond, where that can be', () => {
    expect([144, 256, 1024, 4096, 2197].map((n) => radices(n, software))).to.deep.equal([
      [4, 6, 6],
      [4, 4, 4, 4],
      [8, 8, 16],
      [8, 8, 8, 8],
      [13, 13, 13],
    ]);
  });

  it('a GPU has as few stages as can be', () => {
    expect([144, 256, 1024, 4096].map((n) => radices(n, gpu))).to.deep.equal([
      [12, 12],
      [16, 16],
      [8, 8, 16],
      [16, 16, 16],
    ]);
  });

  const cases: [string, readonly number[], FftTransform, number?][] = [
    ['rows', [5, 512], { axis: 1, n: 512, mode: 'c2c', sign: -1 }],
    ['rows whose radices have no common number of butterflies', [3, 70], { axis: 1, n: 70, mode: 'c2c', sign: 1 }],
    ['rows of one stage', [70, 12], { axis: 1, n: 12, mode: 'c2c', sign: 1 }],
    ['columns, more than a workgroup takes at once', [2, 36, 13], { axis: 1, n: 36, mode: 'c2c', sign: -1 }],
    ['columns that are padded, and cut afterwards', [2, 7, 13], { axis: 1, n: 36, mode: 'c2c', sign: -1 }, 20],
    ['real rows, even', [9, 60], { axis: 1, n: 60, mode: 'r2c', sign: -1 }],
    ['real rows, odd', [9, 45], { axis: 1, n: 45, mode: 'r2c', sign: -1 }],
    ['half spectra to rows, even', [9, 31], { axis: 1, n: 60, mode: 'c2r', sign: 1 }],
    ['half spectra to rows, odd', [9, 23], { axis: 1, n: 45, mode: 'c2r', sign: 1 }],
  ];

  for (const [manner, description, inWorkgroup] of [
    ['many invocations a transform, as on a GPU', 'not software', true],
    ['points in a buffer, as where workgroup memory is cleared by code', 'counts as SwiftShader', false],
  ] as const) {
    describe(manner, function () {
      this.timeout(120_000);
      let state: GraphState;
      const texts: string[] = [];
      before(async () => {
        const { gpu } = await openDawn({ limits: 'default' });
        const compile = gpu.createShaderModule.bind(gpu);
        gpu.createShaderModule = (module) => {
          texts.push(module.code);
          return compile(module);
        };
        state = graphOf(createWebGpuDevice(gpu, { name: 'node', description }));
      });
      after(() => {
        state.device.destroy();
      });

      for (const [name, shape, transform, kept] of cases) {
        it(name, async () => {
          const isReal = transform.mode === 'r2c';
          const values = numbers(shape[0]!, product(shape) * (isReal ? 1 : 2)).map(Math.fround);
          const dtype = isReal ? 'float32' : 'complex64';
          const whole = fft1(upload(state, dtype, shape, Float32Array.from(values)), transform);
          const y = kept === undefined ? whole : sliceAxis(whole, transform.axis, 0, kept);
          flush(state, [y]);
          const got = await readNode(y);
          const x = pv.tensor(values, { shape, dtype: isReal ? 'float64' : 'complex128', device: 'cpu' });
          const { axis, n, mode, sign } = transform;
          const options = { axis, n, norm: sign === 1 ? ('forward' as const) : ('backward' as const) };
          const wanted = { c2c: sign === 1 ? pv.fft.ifft : pv.fft.fft, r2c: pv.fft.rfft, c2r: pv.fft.irfft }[mode](x, options);
          const expected = kept === undefined ? wanted : wanted.slice([], [shape[0]!, kept, shape[2]!]);
          expect(relativeError(got, await expected.data())).to.be.at.most(3e-7);
        });
      }

      it('between the stages', () => {
        const declared = texts.filter((text) => /var<[^>]*> points:/.test(text));
        expect(declared).to.have.lengthOf.at.least(cases.length - 1);
        for (const text of declared) expect(text.includes('var<workgroup> points'), text).to.equal(inWorkgroup);
      });
    });
  }
});
