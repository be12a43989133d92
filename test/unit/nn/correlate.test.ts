// Direct convolution on WebGPU where its kernel's tiles do not fit: held against the float64 sum on the cpu. And the tiles themselves.

import { expect } from 'chai';
import { columnsLoaded, tileOf, type CorrelationExtents } from '../../../src/graph/wgsl/conv-tile.js';
import * as pv from '../../../src/index.js';
import { relativeError } from '../../reference/cases.js';

interface Case {
  readonly what: string;
  readonly x: number[];
  readonly w: number[];
  readonly options?: Parameters<typeof pv.nn.functional.conv2d>[3];
}

const cases: readonly Case[] = [
  { what: 'no side is a multiple of anything', x: [3, 5, 19, 23], w: [7, 5, 3, 5] },
  { what: 'more filters than a tile has, and a prime number of them', x: [2, 3, 9, 21], w: [13, 3, 3, 3], options: { padding: 1 } },
  { what: 'a long row of taps is cut into pieces', x: [1, 2, 6, 60], w: [4, 2, 3, 23], options: { padding: 'same' } },
  { what: 'a kernel larger than the image', x: [2, 2, 5, 4], w: [3, 2, 9, 7], options: { padding: 4 } },
  { what: "an even kernel, 'same'", x: [2, 3, 10, 12], w: [6, 3, 4, 2], options: { padding: 'same' } },
  { what: 'padding that no tap reaches over', x: [1, 2, 8, 8], w: [2, 2, 2, 2], options: { padding: 5 } },
  { what: 'strides that leave rows and columns over', x: [2, 4, 17, 18], w: [8, 4, 3, 3], options: { stride: [3, 2], padding: 1 } },
  { what: 'strides wider than the kernel', x: [2, 3, 13, 13], w: [5, 3, 2, 2], options: { stride: 3 } },
  { what: 'strides with dilation', x: [2, 2, 20, 16], w: [3, 2, 3, 3], options: { stride: 2, dilation: [2, 3], padding: 3 } },
  { what: 'one channel a group', x: [2, 6, 14, 16], w: [6, 1, 3, 3], options: { groups: 6, padding: 1 } },
  { what: 'one channel a group and several filters of each', x: [2, 3, 12, 9], w: [9, 1, 3, 5], options: { groups: 3, stride: 2 } },
  { what: 'a single pixel a filter, with strides', x: [2, 5, 9, 8], w: [6, 5, 1, 1], options: { stride: 2 } },
  { what: 'a single pixel a result', x: [4, 3, 5, 5], w: [6, 3, 5, 5] },
  {
    what: 'a gradient so large that those of all samples would fit in no buffer',
    x: [9, 2048, 1, 1],
    w: [2048, 2048, 1, 1],
  },
  { what: 'sums of many terms', x: [1, 96, 12, 12], w: [4, 96, 5, 5], options: { padding: 2 } },
];

async function threeFaces({ x, w, options }: Case): Promise<Float64Array[]> {
  const image = pv.randn(x, { seed: 1, requiresGrad: true });
  const weight = pv.randn(w, { seed: 2, requiresGrad: true });
  const y = pv.nn.functional.conv2d(image, weight, null, { ...options, algorithm: 'direct' });
  y.backward(pv.randn(y.shape, { seed: 3 }));
  return Promise.all([y, image.grad!, weight.grad!].map(async (face) => Float64Array.from(await face.data())));
}

describe('direct convolution on node', () => {
  before(() => pv.setDevice('node'));
  after(() => pv.setDevice('cpu'));

  for (const one of cases) {
    it(`${one.what}: y, dX and dW equal the sums in float64, and a second run equals the first in every bit`, async () => {
      const got = await threeFaces(one);
      const again = await threeFaces(one);
      await pv.setDevice('cpu');
      const wanted = await threeFaces(one);
      await pv.setDevice('node');
      got.forEach((face, i) => {
        expect(relativeError(face, wanted[i]!), `face ${i}`).to.be.at.most(5e-7);
        expect(again[i]).to.deep.equal(face);
      });
    }).timeout(60_000);
  }

  it('of an empty batch is empty, and its weights have a gradient of zeros', async () => {
    const [y, dx, dw] = await threeFaces({ what: '', x: [0, 2, 6, 6], w: [3, 2, 3, 3], options: { padding: 1 } });
    expect([y!.length, dx!.length]).to.deep.equal([0, 0]);
    expect(dw).to.deep.equal(new Float64Array(54));
  });

  it('adds the bias and applies the activation in the kernel itself', async () => {
    const [x, w, bias] = [[2, 3, 8, 8], [4, 3, 3, 3], [4]].map((shape, i) => pv.randn(shape, { seed: i }).keep()) as [
      pv.Tensor,
      pv.Tensor,
      pv.Tensor,
    ];
    await pv.sync();
    const before = pv.memory().dispatches;
    const { conv2d, relu } = pv.nn.functional;
    const y = pv.tidy(() => relu(conv2d(x, w, bias, { padding: 1, algorithm: 'direct' }))).keep();
    await pv.sync();
    // The padded image, the filters in the kernel's order, and the correlation.
    expect(pv.memory().dispatches - before).to.equal(3);
    for (const tensor of [x, w, bias, y]) tensor.dispose();
  });
});

describe('tiles of a correlation', () => {
  const extents = (filters: number, rows: number, columns: number, taps: number, stride = 1, dilation = 1): CorrelationExtents => ({
    filters,
    rows,
    columns,
    taps,
    stride,
    dilation,
  });

  it('divide the rows and the taps, have no more filters than there are, and are not too long to compile', () => {
    for (const filters of [1, 2, 3, 5, 8, 64]) {
      for (const columns of [1, 2, 3, 7, 13, 16, 17, 64]) {
        for (const taps of [1, 3, 5, 9, 11, 12, 24, 31, 32]) {
          for (const [stride, dilation] of [
            [1, 1],
            [2, 1],
            [1, 3],
          ] as const) {
            const rows = columns === 13 ? 7 : 12;
            const given = extents(filters, rows, columns, taps, stride, dilation);
            const tile = tileOf(given);
            const text = JSON.stringify({ given, tile });
            expect(rows % tile.rows, text).to.equal(0);
            expect(taps % tile.taps, text).to.equal(0);
            expect(tile.filters, text).to.be.at.most(filters);
            expect(tile.columns === columns || tile.columns % 4 === 0, text).to.equal(true);
            expect(tile.filters * tile.rows * tile.columns * tile.taps, text).to.be.at.most(288);
            expect(columnsLoaded(given), text).to.be.at.least((columns - 1) * stride + (taps - 1) * dilation + 1);
          }
        }
      }
    }
  });

  it('take several filters and neighbouring columns where there are many of both', () => {
    expect(tileOf(extents(64, 32, 32, 5))).to.deep.equal({ filters: 4, rows: 1, columns: 8, taps: 5 });
  });
});
