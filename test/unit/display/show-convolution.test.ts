// pv.show.convolution: what it says, saves and answers.
import { expect } from 'chai';
import * as v from 'valibot';
import { askView, setViewHost } from '../../../src/display/live-views.js';
import * as pv from '../../../src/index.js';
import { CONVOLUTION_MIME, convolutionAnswer, convolutionSchema, type ConvolutionData } from '../../../src/protocol/convolution.js';
import { planeValues } from '../../../src/protocol/plane-data.js';
import { shown, textOf } from './shown.js';

async function saved(
  call: () => Promise<pv.show.ConvolutionSummary>,
): Promise<{ data: ConvolutionData; text: string; result: pv.show.ConvolutionSummary; size: number }> {
  const { bundles, result } = await shown(call);
  return {
    data: v.parse(convolutionSchema, bundles[0]?.[CONVOLUTION_MIME]),
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

describe('show.convolution', function () {
  this.timeout(60_000);
  afterEach(() => setViewHost(null));
  const image = pv.tensor(Array.from({ length: 10 }, (_, r) => Array.from({ length: 12 }, (_, c) => 1 + ((3 * r + c) % 7))));
  const kernel = pv.ones([3, 5]);

  it('counts what wraps around for a mode, or for zeros that are given', async () => {
    const linear = await saved(() => pv.show.convolution(image, kernel));
    expect(linear.result).to.deep.equal({ image: [10, 12], kernel: [3, 5], period: [12, 16], wrong: 0, same: 0, valid: 0, largest: 0 });
    expect(linear.text).to.contain('Nothing wraps around: the period is 12×16 and the whole result 12×16.');
    const circular = await saved(() => pv.show.convolution(image, kernel, { mode: 'circular' }));
    // Two rows and four columns.
    const band = 2 * 12 + 4 * 8;
    expect(circular.result).to.include({ wrong: band, same: band, valid: 0 });
    expect(circular.text).to.contain(`${band} of 120 pixels hold what wrapped around`);
    const some = await saved(() => pv.show.convolution(image, kernel, { padding: [1, 2] }));
    expect(some.result.period).to.deep.equal([11, 14]);
    // One row and two columns wrap; the pixels that 'same' takes from the middle on are right then.
    expect(some.result).to.include({ wrong: 14 + 2 * 10, same: 0, valid: 0 });
  });

  it('says the largest difference from the linear result', async () => {
    const { result } = await saved(() => pv.show.convolution(image, kernel, { mode: 'circular' }));
    const full = await pv.signal.convolve(image, kernel).array();
    const lines = full as number[][];
    // What lies beyond the period, folded back.
    const folded = new Map<string, number>();
    lines.forEach((line, r) =>
      line.forEach((value, c) => {
        if (r < 10 && c < 12) return;
        const at = `${r % 10},${c % 12}`;
        folded.set(at, (folded.get(at) ?? 0) + value);
      }),
    );
    expect(result.largest).to.be.closeTo(Math.max(...folded.values()), 1e-9);
  });

  it('says which of the two convolutions it is, and saves the kernel as it was given', async () => {
    const edge = pv.tensor([[1, 2, 4]]);
    const as = async (operation: 'convolution' | 'correlation'): Promise<ConvolutionData> =>
      (await saved(() => pv.show.convolution(image, edge, { operation }))).data;
    expect((await as('convolution')).note).to.contain('true convolution, as pv.signal.convolve');
    const correlation = await as('correlation');
    expect(correlation.note).to.contain('cross-correlation, as conv2d: the kernel turned by 180°');
    expect(correlation.kernel).to.deep.equal((await as('convolution')).kernel);
  });

  it('answers with the result at full size, for other zeros, and what is wrong in it', async () => {
    setViewHost({ push: () => undefined });
    for (const operation of ['convolution', 'correlation'] as const) {
      const taps = pv.tensor([
        [1, 2],
        [3, 5],
      ]);
      const { data } = await saved(() => pv.show.convolution(image, taps, { operation }));
      const answer = v.parse(convolutionAnswer, await askView(data.view ?? '', { zeros: [1, 0], cells: 64 }));
      expect(answer).to.include({ rows: 11, cols: 12, period: 11, valid: 0 });
      const h = operation === 'convolution' ? taps : taps.flip([0, 1]);
      const full = (await pv.signal.convolve(image, h).array()) as number[][];
      const [result, wrong] = [planeValues(answer.result), planeValues(answer.wrong)];
      const range = Math.max(...result) - Math.min(...result);
      for (let r = 0; r < 11; r++)
        for (let c = 0; c < 12; c++) {
          // The thirteenth column falls on the first.
          const circular = (full[r]?.[c] ?? NaN) + (c === 0 ? (full[r]?.[12] ?? NaN) : 0);
          expect(result[r * 12 + c], `[${r}, ${c}]`).to.be.closeTo(circular, range / 252);
          expect(wrong[r * 12 + c]).to.equal(c === 0 ? 1 : 0);
        }
    }
  });

  it('keeps large images within 300 KB, reduced for the page', async () => {
    const large = pv.uniform([300, 300], { seed: 1 });
    const { data, size } = await saved(() => pv.show.convolution(large, pv.ones([5, 5]), { mode: 'circular' }));
    expect(size).to.be.below(300_000);
    expect(data).to.include({ rows: 300, cols: 300 });
    expect(data.image).to.include({ rows: 64, cols: 64 });
  });

  it('draws images of zeros, with NaN, of one pixel, and smaller than the kernel', async () => {
    const zero = await saved(() => pv.show.convolution(pv.zeros([4, 4]), kernel, { mode: 'circular' }));
    expect(zero.result).to.include({ wrong: 0, largest: 0 });
    expect(zero.text).to.contain('because edges are 0');
    const one = await saved(() => pv.show.convolution(pv.ones([1, 1]), pv.tensor([[2]])));
    expect(one.result).to.include({ wrong: 0 });
    const nan = await saved(() => pv.show.convolution(pv.tensor([[1, NaN]]), pv.tensor([[1, 1]]), { mode: 'circular' }));
    expect(nan.result.wrong).to.equal(1);
    const small = await saved(() => pv.show.convolution(pv.ones([2, 2]), pv.ones([4, 4]), { mode: 'circular' }));
    expect(small.result).to.include({ wrong: 7 });
  });

  it('says what is wrong with what it was given', async () => {
    const message = (x: unknown, h: unknown, options?: pv.show.ConvolutionShowOptions): Promise<string> =>
      rejection(() => pv.show.convolution(x as pv.Tensor, h as pv.Tensor, options));
    expect(await message(3, kernel)).to.contain('show.convolution: image: expects a tensor, but was given 3');
    expect(await message(image, pv.ones([3]))).to.contain('kernel has shape [3], but must be [height, width]');
    expect(await message(pv.fft.fft2(image), kernel)).to.contain('image is complex128, but must be real');
    expect(await message(image, kernel, { padding: -1 })).to.contain('padding is -1, but must be a non-negative integer');
    expect(await message(image, kernel, { padding: [1, 2, 3] as unknown as [number, number] })).to.contain(
      'must be a number of zeros, or [rows, columns]',
    );
    expect(await message(image, kernel, { mode: 'wrap' as 'linear' })).to.contain("must be one of 'linear', 'circular'");
  });
});
