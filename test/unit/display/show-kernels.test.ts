// pv.show.kernels: what it says, saves and answers, and the weights that come back.
import { expect } from 'chai';
import * as v from 'valibot';
import { askView, setViewHost } from '../../../src/display/live-views.js';
import * as pv from '../../../src/index.js';
import { editAnswer, KERNELS_MIME, kernelsSchema, type KernelsData } from '../../../src/protocol/kernels.js';
import { floatsFromText } from '../../../src/protocol/numbers.js';
import { planeSchema, planeValues } from '../../../src/protocol/plane-data.js';
import { filtered } from '../../../src/display/kernels-response.js';
import { shown, textOf } from './shown.js';

const sobel = [
  [-1, 0, 1],
  [-2, 0, 2],
  [-1, 0, 1],
];

/** What a call saves for its view. */
async function saved(
  call: () => Promise<pv.show.ShownKernels>,
): Promise<{ data: KernelsData; text: string; result: pv.show.ShownKernels; size: number }> {
  const { bundles, result } = await shown(call);
  return {
    data: v.parse(kernelsSchema, bundles[0]?.[KERNELS_MIME]),
    text: textOf(bundles[0]),
    result,
    size: JSON.stringify(bundles[0]).length,
  };
}

const rejection = (call: () => Promise<unknown>): Promise<string> =>
  call().then(
    () => expect.fail('it was shown'),
    (error: unknown) => (error as Error).message,
  );

describe('show.kernels', function () {
  this.timeout(30_000);
  afterEach(() => setViewHost(null));

  it('says of each kernel its sum, its norm and what it passes', async () => {
    const box = Array.from({ length: 3 }, () => [1 / 9, 1 / 9, 1 / 9]);
    const { text, result } = await saved(() => pv.show.kernels(pv.tensor([[sobel], [box]])));
    expect(text).to.match(/\[2, 1, 3, 3\] float64 · cross-correlation, as conv2d/u);
    expect(text).to.match(/^2 kernels\.$/mu);
    expect(text).to.match(/^\[0, 0\] sum 0, norm 3\.46, band-pass along 0° \(mean frequency 0\.\d+, anisotropy 0\.\d+\)$/mu);
    expect(text).to.match(/^\[1, 0\] sum 1\.00, norm 0\.333, low-pass/mu);
    expect(result.facts.map(({ kind }) => kind)).to.deep.equal(['band-pass', 'low-pass']);
  });

  it('takes layers by their weight, of one and of two axes', async () => {
    const conv2d = await saved(() => pv.show.kernels(new pv.nn.Conv2d(2, 3, [3, 5], { seed: 1 })));
    expect(conv2d.data).to.include({ rows: 3, cols: 5, height: 32, width: 32 });
    expect(conv2d.data.kernels.map(({ index }) => index.join())).to.deep.equal(['0,0', '0,1', '1,0', '1,1', '2,0', '2,1']);
    const conv1d = await saved(() => pv.show.kernels({ weight: pv.tensor([[[1, 2, 3, 4]], [[5, 6, 7, 8]]]) }));
    expect(conv1d.data).to.include({ rows: 1, cols: 4, height: 1, width: 128 });
    expect([...floatsFromText(conv1d.data.kernels[1]?.taps ?? '')]).to.deep.equal([5, 6, 7, 8]);
    const tensor = await saved(() => pv.show.kernels(pv.tensor([[[1, 2, 3, 4]], [[5, 6, 7, 8]]]), { dimensions: 1 }));
    expect(tensor.data.kernels).to.have.lengthOf(2);
  });

  it('shows the first of many, or those of the largest norm, and says of how many', async () => {
    const weights = pv.randn([40, 30, 5, 5], { seed: 3 });
    const first = await saved(() => pv.show.kernels(weights));
    expect(first.text).to.contain('The first 64 of 1200 kernels.');
    expect(first.data.kernels[63]?.index).to.deep.equal([2, 3]);
    expect(first.size).to.be.below(300_000);
    const values = Float64Array.from(await weights.data());
    const norms = Array.from(
      { length: 1200 },
      (_, at) => [at, values.subarray(25 * at, 25 * at + 25).reduce((sum, x) => sum + x * x, 0)] as const,
    );
    norms.sort((a, b) => b[1] - a[1]);
    const largest = await saved(() => pv.show.kernels(weights, { order: 'norm', count: 5 }));
    expect(largest.text).to.contain('The 5 of largest norm of 1200 kernels.');
    expect(largest.data.kernels.map(({ index: [out = 0, into = 0] }) => 30 * out + into)).to.deep.equal(
      norms.slice(0, 5).map(([at]) => at),
    );
  });

  it('takes spectral weights back to the kernels that they are spectra of, full and half, even and odd', async () => {
    for (const [rows, cols] of [
      [4, 6],
      [5, 7],
    ] as const) {
      const kernel = pv.randn([1, rows, cols], { seed: 2 });
      const values = await kernel.data();
      for (const weights of [pv.fft.fft2(kernel), pv.fft.rfft2(kernel)]) {
        const { data } = await saved(() => pv.show.kernels(weights));
        expect(data).to.include({ domain: 'spectral', operation: 'convolution', rows, cols });
        const taps = floatsFromText(data.kernels[0]?.taps ?? '');
        // The first of the kernel lies on its middle tap.
        for (let r = 0; r < rows; r++)
          for (let c = 0; c < cols; c++) {
            const [row, col] = [(r + Math.floor((rows - 1) / 2)) % rows, (c + Math.floor((cols - 1) / 2)) % cols];
            expect(taps[row * cols + col], `[${r}, ${c}]`).to.be.closeTo(values[r * cols + c] ?? NaN, 1e-6);
          }
      }
    }
  });

  it('says how much of a kernel multipliers without symmetry would make imaginary', async () => {
    const { data } = await saved(() => pv.show.kernels(pv.complex(pv.zeros([4, 4]), pv.ones([4, 4]))));
    expect(data.readout[1]).to.match(/Hermitian symmetry: up to 1\.0e\+2%/u);
  });

  it('gives the weights back with the kernels that the page edited, and all others bit for bit', async () => {
    setViewHost({ push: () => undefined });
    const weights = pv.randn([3, 2, 3, 3], { seed: 5 });
    const before = await weights.data();
    const { data, result } = await saved(() => pv.show.kernels(weights, { order: 'norm' }));
    expect([...(await result.weight().data())]).to.deep.equal([...before]);
    const taps = [...floatsFromText(data.kernels[1]?.taps ?? '')];
    taps[4] = 2.5;
    const edit = { kind: 'edit', kernels: [{ at: 1, taps }] };
    expect(v.parse(editAnswer, await askView(data.view ?? '', edit))).to.deep.equal({ edited: 1 });
    expect(result.edited).to.equal(1);
    const [out = 0, into = 0] = data.kernels[1]?.index ?? [];
    const wanted = Float64Array.from(before);
    wanted[(out * 2 + into) * 9 + 4] = 2.5;
    const edited = result.weight();
    expect([edited.shape, edited.dtype, edited.device]).to.deep.equal([[3, 2, 3, 3], weights.dtype, weights.device]);
    expect([...(await edited.data())]).to.deep.equal([...wanted]);
    await askView(data.view ?? '', { kind: 'edit', kernels: [] });
    expect([...(await result.weight().data())]).to.deep.equal([...before]);
  });

  it('gives edited spectral weights back as half spectra', async () => {
    setViewHost({ push: () => undefined });
    const weights = pv.fft.rfft2(pv.randn([2, 5, 6], { seed: 5 }));
    const { data, result } = await saved(() => pv.show.kernels(weights));
    const kernel = Float64Array.from({ length: 30 }, (_, i) => Math.cos(i * i));
    await askView(data.view ?? '', { kind: 'edit', kernels: [{ at: 1, taps: [...kernel] }] });
    // About the middle tap [2, 2].
    const wanted = await pv.fft.rfft2(pv.tensor(kernel, { shape: [5, 6] }).roll([-2, -2], [0, 1])).data();
    const [before, after] = [await weights.data(), await result.weight().data()];
    expect([...after.subarray(0, 40)]).to.deep.equal([...before.subarray(0, 40)]);
    wanted.forEach((value, i) => expect(after[40 + i]).to.be.closeTo(value, 1e-12));
  });

  it('filters the image for the page, at full size, as large as it was', async () => {
    setViewHost({ push: () => undefined });
    const image = Float64Array.from({ length: 120 * 130 }, (_, i) => Math.sin(i) + Math.cos(i * i));
    for (const operation of ['correlation', 'convolution'] as const) {
      const x = pv.tensor(image, { shape: [120, 130] });
      const { data } = await saved(() => pv.show.kernels(pv.tensor([1, 2]), { image: x, operation }));
      expect(data.image).to.include({ rows: 120, cols: 130 });
      expect(data.image?.plane).to.include({ rows: 89, cols: 96 });
      const taps = { rows: 1, cols: 2, values: Float64Array.of(3, -1) };
      const part = { top: 0, left: 0, bottom: 120, right: 130, rows: 130, cols: 130 };
      const plane = v.parse(planeSchema, await askView(data.view ?? '', { kind: 'filter', taps: [3, -1], part }));
      const wanted = filtered(image, 120, 130, taps, operation);
      planeValues(plane).forEach((value, i) => expect(value).to.be.closeTo(wanted[i] ?? NaN, 1e-6));
    }
  });

  it('refuses what a page must not ask', async () => {
    setViewHost({ push: () => undefined });
    const { data } = await saved(() => pv.show.kernels(pv.tensor(sobel)));
    const ask = (request: unknown): Promise<string> => rejection(() => askView(data.view ?? '', request));
    expect(await ask({ kind: 'edit', kernels: [{ at: 0, taps: [1, 2] }] })).to.contain('2 taps were given for a kernel of 3×3');
    expect(await ask({ kind: 'edit', kernels: [{ at: 7, taps: Array(9).fill(0) }] })).to.contain('there is no kernel');
    expect(await ask({ kind: 'edit', kernels: [{ at: 0, taps: Array(9).fill('x') }] })).to.contain('Invalid type');
    expect(
      await ask({ kind: 'filter', taps: Array(9).fill(1), part: { top: 0, left: 0, bottom: 1, right: 1, rows: 1, cols: 1 } }),
    ).to.contain('there is no image');
  });

  it('says what is wrong with what it was given', async () => {
    const message = (value: unknown, options?: pv.show.KernelsOptions): Promise<string> =>
      rejection(() => pv.show.kernels(value as pv.Tensor, options));
    expect(await message(7)).to.contain('expects weights [out, in, height, width] or a layer with a weight, but was given 7');
    expect(await message(new pv.nn.Linear(3, 4))).to.contain("the layer's weight has shape [4, 3]");
    expect(await message(pv.zeros([2, 200, 200]))).to.contain('200×200 taps, but at most 16384');
    expect(await message(pv.fft.fft2(pv.ones([4, 4])), { domain: 'spatial' })).to.contain('the taps are complex128, but must be real');
    expect(await message(pv.complex(pv.ones([4, 3]), pv.ones([4, 3])), { width: 7 })).to.contain('expected 4 or 5');
    expect(await message(pv.ones([5, 5]), { size: 4 })).to.contain('size is 4, but a kernel of 5×5');
    expect(await message(pv.ones([3, 3]), { image: pv.ones([7]) })).to.contain('image is float64 of shape [7]');
    expect(await message(pv.zeros([0, 3, 3]))).to.contain('are empty');
  });

  it('draws kernels of zeros, of NaN and of one tap as what they are', async () => {
    const { text } = await saved(() => pv.show.kernels(pv.tensor([[[0]], [[NaN]], [[3]], [[Infinity]]])));
    expect(text).to.match(/^\[0\] sum 0, norm 0: it lets nothing pass$/mu);
    expect(text).to.match(/^\[1\] sum NaN, norm NaN: not all/mu);
    expect(text).to.match(/^\[2\] sum 3, norm 3, all-pass/mu);
    expect(text).to.match(/^\[3\] sum ∞, norm ∞/mu);
  });
});
