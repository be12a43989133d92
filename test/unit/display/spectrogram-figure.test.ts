// Spectrograms against tones, chirps and noise whose power is known, and the pixels that show it.
import { expect } from 'chai';
import { readFileSync } from 'node:fs';
import { PNG } from 'pngjs';
import { colorTable } from '../../../src/display/color-maps.js';
import { drawSpectrogram, type SpectrogramDrawing } from '../../../src/display/spectrogram-figure.js';
import { pageLevels, rowEdges, spectrogramFacts } from '../../../src/display/spectrogram-values.js';
import * as pv from '../../../src/index.js';
import { numbers } from '../../devices.js';
import { pngOf, shown } from './shown.js';

const { spectrogram } = pv.show;

/** The result of a call whose drawing is of no interest. */
const resultOf = async <T>(show: () => Promise<T>): Promise<T> => (await shown(show)).result;

const tone = (frequency: number, samples: number, rate: number): pv.Tensor =>
  pv
    .arange(samples)
    .mul((2 * Math.PI * frequency) / rate)
    .sin();

function ecg(): pv.Tensor {
  const lines = readFileSync(new URL('../../../notebooks/data/ecg.csv', import.meta.url), 'utf8').split('\n');
  return pv.tensor(lines.filter((text) => text !== '' && !text.startsWith('#')).map(Number));
}

describe('show.spectrogram', () => {
  before(() => pv.setDevice('cpu'));

  it('finds where a tone is loudest, in Hz and seconds', async () => {
    const rate = 1000;
    const x = tone(250, 4000, rate).mul(pv.arange(4000).sub(2500).div(300).square().neg().exp());
    const { peak } = await resultOf(() => spectrogram(x, { sampleRate: rate, nperseg: 100, noverlap: 75 }));
    expect(peak?.frequency).to.equal(250);
    expect(peak?.time).to.be.closeTo(2.5, 0.0126);
    expect(peak?.db).to.equal(0);
  });

  it('finds the hum of the mains in an electrocardiogram, and that it is gone once it is notched out', async () => {
    const x = ecg();
    const found = await resultOf(() => spectrogram(x, { sampleRate: 360 }));
    expect(found.steady?.frequency).to.be.closeTo(60, 360 / 256);
    const spectrum = pv.fft.rfft(x);
    const keep = pv.fft
      .rfftfreq(x.size, { d: 1 / 360 })
      .sub(60)
      .abs()
      .gt(1.5);
    const notched = pv.fft.irfft(spectrum.mul(keep.astype('float64')), { n: x.size });
    expect((await resultOf(() => spectrogram(notched, { sampleRate: 360 }))).steady).to.equal(null);
  });

  it('takes noise, a step in it, and the window’s fall from zero frequency for no tone', async () => {
    const noise = pv.tensor(numbers(3, 8192));
    expect((await resultOf(() => spectrogram(noise))).steady).to.equal(null);
    const smooth = pv.signal.convolve(noise, pv.signal.getWindow('hann', 9), { mode: 'same' });
    expect((await resultOf(() => spectrogram(smooth))).steady).to.equal(null);
    const offset = await resultOf(() => spectrogram(noise.mul(1e-3).add(1), { nperseg: 64 }));
    expect(Math.abs(offset.peak?.frequency ?? 0)).to.be.above(2 / 64);
  });

  it('names a steady tone only where it is more than rounding can be', async () => {
    // On an offset of 1000 float32 numbers are 6e-5 apart, so that what is left of a wave of 4e-5 is how it was rounded.
    const wave = tone(0.2, 8192, 1).mul(4e-5).add(1000);
    const { steady, peak } = await resultOf(() => spectrogram(wave));
    expect(steady?.frequency).to.be.closeTo(0.2, 1 / 128);
    expect(peak?.frequency).to.be.closeTo(0.2, 1 / 128);
    const rounded = wave.astype('float32');
    const distinct = new Set(await rounded.data());
    expect(distinct.size, 'float32 holds something of it').to.be.above(1);
    expect(await resultOf(() => spectrogram(rounded))).to.deep.equal({ peak: null, steady: null });
    // Beside a click that is 200 dB louder a tone is heard as long as there is no click.
    const click = tone(0.2, 8192, 1).mul(1e-9).add(pv.arange(8192).eq(4096).astype('float64'));
    expect((await resultOf(() => spectrogram(click))).steady?.frequency).to.be.closeTo(0.2, 1 / 128);
  });

  it('shows negative frequencies of complex signals where they belong', async () => {
    const phase = pv.arange(2000).mul(-2 * Math.PI * 0.2);
    const { peak, steady } = await resultOf(() => spectrogram(pv.complex(phase.cos(), phase.sin()), { nperseg: 50 }));
    expect(peak?.frequency).to.be.closeTo(-0.2, 1e-12);
    expect(steady?.frequency).to.be.closeTo(-0.2, 1e-12);
  });

  it('draws a tone as a bright line at its height, and nothing elsewhere', async () => {
    const { bundles } = await shown(() => spectrogram(tone(375, 4000, 1000), { sampleRate: 1000, nperseg: 64, noverlap: 32 }));
    const png = PNG.sync.read(pngOf(bundles[0]));
    const colours = colorTable('viridis');
    const [lowest, highest] = [colours.subarray(0, 3).join(), colours.subarray(-3).join()];
    const middle = Math.floor(png.width / 2);
    const column = Array.from({ length: png.height }, (_, y) =>
      png.data.subarray(4 * (y * png.width + middle), 4 * (y * png.width + middle) + 3).join(),
    );
    const bright = column.flatMap((colour, y) => (colour === highest ? [y] : []));
    const dark = column.flatMap((colour, y) => (colour === lowest ? [y] : []));
    // 375 of 500 Hz: a quarter of the height below the top.
    const [top, bottom] = [Math.min(...dark, ...bright), Math.max(...dark, ...bright)];
    const at = bright.reduce((sum, y) => sum + y, 0) / bright.length;
    expect((at - top) / (bottom - top)).to.be.closeTo(0.25, 0.02);
    expect(bright.length).to.be.below(0.1 * (bottom - top));
  });

  it('keeps within what a notebook may hold, however long the signal', async () => {
    const { bundles, text } = await shown(() => spectrogram(pv.tensor(numbers(1, 300_000)), { sampleRate: 44_100 }));
    expect(pngOf(bundles[0]).length).to.be.at.most(300_000);
    expect(text).to.match(/300000 samples at 44100 Hz · frames of 1024/);
  });

  const degenerate: readonly (readonly [what: string, x: () => pv.Tensor, says: RegExp])[] = [
    ['zeros', () => pv.zeros([500]), /All zero: no energy at any frequency/],
    ['a constant', () => pv.full([500], 3), /Nothing beside zero frequency$/],
    ['one sample', () => pv.tensor([2]), /Nothing beside zero frequency/],
    ['two samples', () => pv.tensor([2, -2]), /Loudest 0.5 cycles\/sample/],
    ['NaN in the middle', () => pv.arange(500).sub(250).log(), /cells of \d+ are NaN \(hatched\)/],
    ['nothing but NaN', () => pv.zeros([500]).div(0), /Every cell is NaN/],
    ['several signals', () => pv.tensor(numbers(1, 1200), { shape: [2, 3, 200] }), /first of 2 × 3/],
    ['tiny and huge', () => tone(0.25, 300, 1).mul(1e-30), /Loudest 0.25 cycles\/sample/],
  ];
  for (const [what, x, says] of degenerate)
    it(`shows ${what} as what it is`, async () => {
      const { bundles, text } = await shown(() => spectrogram(x()));
      expect(text).to.match(says);
      expect(PNG.sync.read(pngOf(bundles[0])).width).to.be.above(600);
    });

  const wrong: readonly (readonly [args: readonly unknown[], message: RegExp])[] = [
    [[[1, 2, 3]], /show.spectrogram: expects a tensor, but was given \[1, 2, 3\]/],
    [[pv.zeros([])], /a scalar has no spectrogram/],
    [[pv.zeros([9]), { floorDb: 0 }], /floorDb is 0, but must be negative/],
    [[pv.zeros([9]), { sampleRate: -1 }], /sampleRate is -1, but must be greater than 0/],
    [[pv.zeros([9]), { nperseg: 0 }], /nperseg is 0, but must be a positive integer/],
    [[pv.zeros([9]), { nperseg: 4, noverlap: 4 }], /noverlap is 4, but must be less than the 4 samples/],
    [[pv.zeros([9]), { window: 'han' }], /window is 'han', but must be one of/],
    [[pv.zeros([9]), { frequencyScale: 'mel' }], /frequencyScale is 'mel', but must be one of 'linear', 'log'/],
    [[pv.complex(pv.zeros([9]), 1), { frequencyScale: 'log' }], /negative frequencies have no logarithm; use 'linear'/],
    [[pv.zeros([9]), 44100], /expects options like/],
  ];
  for (const [args, message] of wrong)
    it(`refuses what it cannot draw: ${message.source}`, async () => {
      const error = await (spectrogram as (...args: readonly unknown[]) => Promise<unknown>)(...args).then(
        () => null,
        (problem: unknown) => problem,
      );
      expect(String(error)).to.match(message);
    });
});

describe('the player of show.spectrogram', () => {
  const saved = async (
    samples: number,
    options: pv.show.SpectrogramOptions,
  ): Promise<{ player: boolean; sound: { every: number; data: string } | null }> => {
    const { bundles } = await shown(() => spectrogram(tone(100, samples, 8000), options));
    return bundles[0]?.['application/vnd.parseval.spectrogram.v1+json'] as Awaited<ReturnType<typeof saved>>;
  };

  it('is there for sound, and where it is asked for; long sound is saved at half of its rate, or left to the kernel', async () => {
    expect(await saved(1000, { sampleRate: 8000 })).to.include({ player: true });
    expect(await saved(1000, { sampleRate: 2999 })).to.include({ player: false, sound: null });
    expect(await saved(1000, { sampleRate: 360, player: true })).to.include({ player: true });
    expect(await saved(1000, { sampleRate: 8000, player: false })).to.include({ player: false, sound: null });
    const half = await saved(60_000, { sampleRate: 8000 });
    expect(half.sound?.every).to.equal(2);
    expect(atob(half.sound?.data ?? '')).to.have.length(30_000);
    expect(await saved(120_000, { sampleRate: 8000 })).to.include({ player: true, sound: null });
  });

  for (const [options, message] of [
    [{ player: true }, 'player needs sampleRate'],
    [{ player: 'yes', sampleRate: 8000 }, "player is 'yes', but must be true or false"],
  ] as const) {
    it(`refuses what it cannot play: ${message}`, async () => {
      const error = await resultOf(() => spectrogram(tone(100, 100, 8000), options as never)).catch((thrown: unknown) => thrown);
      expect(String(error)).to.contain(message);
    });
  }

  it('refuses complex signals', async () => {
    const z = pv.fft.fft(tone(100, 100, 8000));
    const error = await resultOf(() => spectrogram(z, { sampleRate: 8000, player: true })).catch((thrown: unknown) => thrown);
    expect(String(error)).to.match(/the signal is complex\d+, and only real ones can be heard; use real\(\)/u);
  });
});

describe('the cells of a spectrogram', () => {
  const frequency = Float64Array.from({ length: 9 }, (_, k) => 10 * k);
  const time = Float64Array.from({ length: 6 }, (_, i) => i);
  const power = Float64Array.from({ length: 54 }, (_, i) => 10 ** -(i % 7));

  it('are its bins, highest frequency first, where there is room for each', () => {
    const levels = pageLevels({ power, frequency, time, precision: 'float64' }, 1, rowEdges(frequency, 9, 'linear'), 6);
    for (let row = 0; row < 9; row++)
      for (let column = 0; column < 6; column++)
        expect(levels[row * 6 + column]).to.be.closeTo(10 * Math.log10(power[(8 - row) * 6 + column]!), 1e-9);
  });

  it('hold the largest of their bins and frames where there is not', () => {
    const levels = pageLevels({ power, frequency, time, precision: 'float64' }, 1, rowEdges(frequency, 3, 'linear'), 2);
    for (let row = 0; row < 3; row++)
      for (let column = 0; column < 2; column++) {
        let largest = 0;
        for (let k = 3 * (2 - row); k < 3 * (3 - row); k++)
          for (let t = 3 * column; t < 3 * column + 3; t++) largest = Math.max(largest, power[k * 6 + t]!);
        expect(levels[row * 2 + column]).to.be.closeTo(10 * Math.log10(largest), 1e-9);
      }
  });

  it('grow by even ratios on a logarithmic axis, which begins below the first bin above zero', () => {
    const edges = rowEdges(frequency, 4, 'log');
    expect(edges[0]).to.equal(5);
    expect(edges[4]).to.be.closeTo(85, 1e-12);
    for (let i = 1; i < 4; i++) expect(edges[i + 1]! / edges[i]!).to.be.closeTo(edges[1]! / edges[0]!, 1e-12);
  });

  it('name the first of moments that differ by rounding only', () => {
    const same = Float64Array.from({ length: 54 }, (_, i) => (Math.floor(i / 6) === 4 ? 1 + 1e-7 * (i % 6) : 1e-6));
    expect(spectrogramFacts({ power: same, frequency, time, precision: 'float64' }).peak).to.deep.include({ frequency: 40, time: 0 });
  });

  it('say what would be there where there is none', () => {
    const empty = new Float64Array(0);
    const drawing: SpectrogramDrawing = {
      power: empty,
      frequency: empty,
      time: empty,
      precision: 'float32',
      signal: empty,
      title: 'None',
      note: '',
      sampleRate: null,
      floorDb: -80,
      frequencyScale: 'linear',
      maxCells: 720,
    };
    expect(drawSpectrogram(drawing).text).to.match(/Power over time and frequency would be here/);
  });
});
