import { expect } from 'chai';
import { PNG } from 'pngjs';
import { inspect } from 'node:util';
import * as pv from '../../../src/index.js';
import { shown, textOf } from './shown.js';

describe('show', () => {
  before(() => pv.setDevice('cpu'));

  /** A plane wave with 3 cycles down and 5 across. */
  const wave = (): pv.Tensor => {
    const row = pv
      .arange(32)
      .mul((2 * Math.PI * 3) / 32)
      .reshape([32, 1]);
    const column = pv
      .arange(40)
      .mul((2 * Math.PI * 5) / 40)
      .reshape([1, 40]);
    return row.add(column).cos();
  };

  it('finds the same peak in a signal, its half spectrum and its full spectrum, and says which it was given', async () => {
    const x = wave();
    const peaks: unknown[] = [];
    const { bundles: bundles } = await shown(async () => {
      for (const given of [x, pv.fft.rfft2(x), pv.fft.fft2(x, { norm: 'ortho' }), pv.fft.rfft2(x).detach()]) {
        const { peak } = await pv.show.spectrum(given);
        peaks.push(peak?.frequency.map(Math.abs));
      }
    });
    expect(peaks).to.deep.equal(Array.from({ length: 4 }, () => [3 / 32, 5 / 40]));
    expect(textOf(bundles[0])).to.include('of the signal 32 × 40');
    expect(textOf(bundles[1])).to.include('half spectrum of 32 × 40, norm backward');
    expect(textOf(bundles[2])).to.include('spectrum of 32 × 40, norm ortho').and.to.not.include('half');
    expect(textOf(bundles[3]), 'a detached spectrum is still one').to.include('half spectrum of 32 × 40');
  });

  it('does not transform a spectrum again', async () => {
    const half = pv.fft.rfft2(wave()).keep();
    const counted = async (work: () => Promise<unknown>): Promise<number> => {
      const { dispatches } = pv.memory();
      await work();
      return pv.memory().dispatches - dispatches;
    };
    // The energy of the signal, which is held against that of the spectrum, takes the way back.
    const back = await counted(() =>
      pv.fft
        .irfft2(half, { s: [32, 40] })
        .abs()
        .square()
        .sum()
        .item(),
    );
    expect(back).to.be.above(0);
    expect(await counted(() => shown(() => pv.show.spectrum(half)))).to.equal(back);
  });

  it('draws the first of a batch and says so, and signals in Hz', async () => {
    const { bundles: bundles } = await shown(async () => {
      await pv.show.spectrum(pv.stack([wave(), wave()]));
      const { peak } = await pv.show.spectrum(
        pv
          .arange(64)
          .mul((2 * Math.PI * 8) / 64)
          .sin(),
        { sampleRate: 640 },
      );
      expect(peak?.frequency).to.deep.equal([80]);
    });
    expect(textOf(bundles[0])).to.include('first of 2');
  });

  it('puts a picture beside the words', async () => {
    const {
      bundles: [bundle],
    } = await shown(() => pv.show.image(wave(), { title: 'Wave' }));
    const png = PNG.sync.read(Buffer.from(String(bundle?.['image/png']), 'base64'));
    expect(png.width).to.be.greaterThan(300);
    expect(textOf(bundle)).to.match(/^Wave/);
  });

  it('keeps the order of the calls', async () => {
    const { bundles: bundles } = await shown(() =>
      Promise.all([pv.show.image(wave(), { title: 'first' }), pv.show.image(wave(), { title: 'second' })]),
    );
    expect(bundles.map((bundle) => textOf(bundle).split(' ')[0])).to.deep.equal(['first', 'second']);
  });

  it('refuses what has no picture', async () => {
    const message = (promise: Promise<unknown>): Promise<string> =>
      promise.then(
        () => 'no error',
        (error: Error) => error.message,
      );
    expect(await message(pv.show.spectrum(3 as never))).to.match(/expects a tensor, but was given 3/);
    expect(await message(pv.show.spectrum(pv.zeros([])))).to.match(/scalar has no spectrum/);
    expect(await message(pv.show.spectrum(wave(), { floorDb: 3 }))).to.match(/must be negative/);
    expect(await message(pv.show.image(pv.zeros([3])))).to.match(/\[height, width\]/);
    expect(await message(pv.show.image(pv.fft.fft2(wave())))).to.match(/complex128.*abs\(\)/);
  });
});

describe('a tensor', () => {
  it('displays its type, shape, device and values', async () => {
    const matrix = pv.arange(1, 5).reshape([2, 2]).astype('float64');
    const bundle = await matrix[pv.DISPLAY]();
    expect(textOf(bundle))
      .to.match(/^Tensor \[2, 2\] float64 on cpu\n/)
      .and.to.match(/3/);
  });

  it('says in console.log what it is', () => {
    expect(inspect(pv.zeros([2, 3]))).to.equal('Tensor([2, 3], float64, cpu)');
  });
});

describe('pv.image', () => {
  before(() => pv.setDevice('cpu'));

  it('reads a grey photograph as [height, width] from 0 to 1', async () => {
    const photo = await pv.image('notebooks/data/ascent.png');
    expect(photo.shape).to.deep.equal([512, 512]);
    expect(await photo.slice([0, 0], [1, 1]).item()).to.be.closeTo(83 / 255, 1e-12);
  });

  it('names the file and the folder when it cannot be read', async () => {
    const error = await pv.image('no such.png').catch((reason: Error) => reason);
    expect((error as Error).message).to.match(/'no such\.png' cannot be read.*relative to/);
  });
});
