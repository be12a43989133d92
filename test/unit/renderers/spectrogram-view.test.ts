// Spectrograms in a real browser: colours, cuts and sounds against a transform by its definition, computed here.
import { expect } from 'chai';
import { interpolateViridis } from 'd3-scale-chromatic';
import { askView, setViewHost } from '../../../src/display/live-views.js';
import * as pv from '../../../src/index.js';
import { SPECTROGRAM_MIME } from '../../../src/protocol/spectrogram.js';
import { shown } from '../display/shown.js';
import { near, numberIn } from './picture-probe.js';
import { PlaneProbe } from './plane-probe.js';
import { PlotProbe } from './plot-probe.js';
import { themes } from './themes.js';
import { useViewsPage } from './views-page.js';

const blue = themes['vscode-light']['--vscode-charts-blue'];
/** The colour bar beside the plane takes this many px of the plots, too. */
const room = { right: 114, bottom: 34 };
const [rate, length, frame, hop] = [4000, 64, 16, 4] as const;

/** Levels in dB re max by definition: [bin][frame], of frames under a periodic Hann window. */
function levelsOf(signal: readonly number[], size: number, step: number): number[][] {
  const frames = Math.floor((signal.length - size) / step) + 1;
  const window = Array.from({ length: size }, (_, i) => 0.5 - 0.5 * Math.cos((2 * Math.PI * i) / size));
  const powers = Array.from({ length: size / 2 + 1 }, (_, bin) =>
    Array.from({ length: frames }, (__, at) => {
      let [re, im] = [0, 0];
      for (let i = 0; i < size; i++) {
        const sample = (signal[at * step + i] ?? NaN) * (window[i] ?? NaN);
        re += sample * Math.cos((2 * Math.PI * bin * i) / size);
        im -= sample * Math.sin((2 * Math.PI * bin * i) / size);
      }
      // Negative frequencies are added to their mirrors.
      return (re ** 2 + im ** 2) * (bin === 0 || bin === size / 2 ? 1 : 2);
    }),
  );
  const largest = Math.max(...powers.flat().filter(Number.isFinite));
  return powers.map((row) => row.map((power) => 10 * Math.log10(power / largest)));
}

describe('the view of spectrograms', function () {
  this.timeout(60_000);
  const views = useViewsPage();
  const signal = Array.from({ length }, (_, i) => Math.sin(0.02 * i * i) + 0.4 * Math.cos(2.2 * i));
  const levels = levelsOf(signal, frame, hop);
  const bins = 9;
  // Frames begin two cells after the signal does, and end two before: 8 samples of 4.
  const [before, cols] = [2, 17];

  let count = 0;
  /** What show.spectrogram saves; each under a title of its own, so that what is kept of one is not found by another. */
  async function saved(values: pv.Values, given: pv.show.SpectrogramOptions = {}): Promise<object> {
    const { bundles } = await shown(() => pv.show.spectrogram(pv.tensor(values), { title: `Signal ${++count}`, ...given }));
    return bundles[0]?.[SPECTROGRAM_MIME] as object;
  }
  const options = { sampleRate: rate, nperseg: frame, noverlap: frame - hop };
  const cells = [
    [0, 0],
    [2, 3],
    [5, 8],
    [7, 11],
    [8, 12],
  ] as const;
  /** Half of a step of saved levels. */
  const half = 120 / 254 / 2;

  it('draws each cell in the colour of its level, the highest frequency on top, and says it', async () => {
    await views.show(SPECTROGRAM_MIME, await saved(signal, options));
    const probe = new PlaneProbe(views.page);
    for (const [bin, at] of cells) {
      const db = levels[bin]?.[at] ?? NaN;
      const row = bins - 1 - bin;
      near(await probe.color(row, before + at, bins, cols), interpolateViridis(Math.max(0, 1 + db / 80)), `bin ${bin}, frame ${at}`);
      const said = await probe.pointAt(row, before + at, bins, cols);
      expect(numberIn(said, /^([\d.×⁻⁰-⁹]+) s/u), said).to.be.closeTo((frame / 2 + at * hop) / rate, 1e-5);
      expect(numberIn(said, /, ([\d.]+) Hz/u), said).to.be.closeTo((bin * rate) / frame, 0.5);
      expect(numberIn(said, /Hz ([−\d.×⁻⁰-⁹]+) dB/u), said).to.be.closeTo(db, half + 0.05);
    }
    expect(await probe.pointAt(4, 0, bins, cols)).to.contain('no frame here');
  });

  it('cuts through what is pointed at, over frequency and over time', async () => {
    await views.show(SPECTROGRAM_MIME, await saved(signal, options));
    const probe = new PlaneProbe(views.page);
    await probe.pointAt(bins - 1 - 5, before + 8, bins, cols);
    const y = { from: -80, to: 3.2 };
    const moment = new PlotProbe(views.page, { from: 0, to: (rate / frame) * 8.5 }, y, 1, room);
    for (const bin of [1, 4, 5, 7]) {
      const db = levels[bin]?.[8] ?? NaN;
      expect(await moment.hasColor((bin * rate) / frame, Math.max(-80, db), blue, 2), `bin ${bin}`).to.equal(true);
    }
    await views.page.getByRole('radio', { name: 'over time' }).check();
    await probe.pointAt(bins - 1 - 5, before + 8, bins, cols);
    const step = hop / rate;
    const overTime = new PlotProbe(views.page, { from: -0.5 * step, to: 16.5 * step }, y, 1, room);
    for (const at of [0, 4, 8, 12]) {
      const db = levels[5]?.[at] ?? NaN;
      expect(await overTime.hasColor(frame / 2 / rate + at * step, Math.max(-80, db), blue, 2), `frame ${at}`).to.equal(true);
    }
    expect(await views.page.locator('.slice-title').innerText()).to.equal('level at 1250 Hz');
  });

  it('puts equal ratios of frequency at equal heights on a logarithmic axis, and finds that again', async () => {
    const data = await saved(signal, options);
    await views.show(SPECTROGRAM_MIME, data);
    await views.page.getByRole('radio', { name: 'log' }).check();
    const again = await views.open();
    await views.show(SPECTROGRAM_MIME, data, again);
    const [high, low] = [8.5, 0.5];
    for (const page of [views.page, again]) {
      const probe = new PlaneProbe(page);
      for (const [bin, at] of cells.slice(1)) {
        // A thousand rows, to point as exactly as pixels are.
        const row = Math.round((1000 * Math.log(high / bin)) / Math.log(high / low));
        near(
          await probe.color(row, before + at, 1000, cols),
          interpolateViridis(Math.max(0, 1 + (levels[bin]?.[at] ?? NaN) / 80)),
          `${bin}, ${at}`,
        );
      }
    }
    await again.close();
  });

  it('gives the colours the range that the handles set', async () => {
    await views.show(SPECTROGRAM_MIME, await saved(signal, options));
    const lowest = views.page.getByRole('slider', { name: 'Lowest value' });
    await lowest.focus();
    for (let i = 0; i < 4; i++) await lowest.press('PageUp');
    // From −80 in tenths of the 120 dB that are there.
    expect(Number(await lowest.getAttribute('aria-valuenow'))).to.be.closeTo(-32, 1e-9);
    const probe = new PlaneProbe(views.page);
    for (const [bin, at] of cells) {
      const db = levels[bin]?.[at] ?? NaN;
      near(await probe.color(bins - 1 - bin, before + at, bins, cols), interpolateViridis(Math.max(0, 1 + db / 32)), `${bin}, ${at}`);
    }
  });

  it('draws the signal above on the same axis, and both show the same part', async () => {
    await views.show(SPECTROGRAM_MIME, await saved(signal, options));
    const step = hop / rate;
    const extent = [Math.min(...signal), Math.max(...signal)] as const;
    const margin = 0.04 * (extent[1] - extent[0]);
    const y = { from: extent[0] - margin, to: extent[1] + margin };
    const wave = new PlotProbe(views.page, { from: -0.5 * step, to: 16.5 * step }, y, 0, { right: 114, bottom: 6 });
    for (const i of [3, 20, 41, 60]) expect(await wave.hasColor(i / rate, signal[i] ?? NaN, blue), `${i}`).to.equal(true);
    await wave.drag(4.5 * step, 8.5 * step);
    // The plane shows from 5 to 9 cells on: frames 3 to 7.
    const probe = new PlaneProbe(views.page);
    const said = await probe.pointAt(bins - 1 - 5, 1, bins, 4);
    expect(numberIn(said, /^([\d.×⁻⁰-⁹]+) s/u)).to.be.closeTo((frame / 2 + 4 * hop) / rate, 1e-5);
    near(await probe.color(bins - 1 - 5, 1, bins, 4), interpolateViridis(1 + (levels[5]?.[4] ?? NaN) / 80), 'the cell there');
    await probe.canvas.focus();
    await probe.canvas.press('0');
    expect(await wave.hasColor(41 / rate, signal[41] ?? NaN, blue)).to.equal(true);
  });

  it('leads the keys from cell to cell, and speaks', async () => {
    await views.show(SPECTROGRAM_MIME, await saved(signal, options));
    const { canvas } = new PlaneProbe(views.page);
    await canvas.focus();
    // From the middle: row 4 (bin 4), column 8 (frame 6).
    for (const key of ['ArrowUp', 'ArrowUp', 'ArrowRight']) await canvas.press(key);
    const spoken = (await views.page.locator('[aria-live=polite]').first().textContent()) ?? '';
    expect(spoken).to.match(/^0\.0[01]\d* s, 1250 Hz\. /u);
    expect(numberIn(spoken, /Hz\. ([−\d.×⁻⁰-⁹]+) dB/u)).to.be.closeTo(levels[5]?.[7] ?? NaN, half + 0.05);
  });

  it('marks a steady tone at its frequency', async () => {
    let seed = 7;
    const noise = (): number => ((seed = (seed * 48271) % 2147483647) / 2147483647 - 0.5) * 0.6;
    const hum = Array.from({ length: 4096 }, (_, i) => Math.sin((2 * Math.PI * 60 * i) / 512) + noise());
    const data = (await saved(hum, { sampleRate: 512, nperseg: 128 })) as { steady: { frequency: number } };
    expect(data.steady.frequency).to.equal(60);
    await views.show(SPECTROGRAM_MIME, data);
    expect(await views.page.locator('.readout').first().innerText()).to.contain('Steady tone 60 Hz');
    // 65 bins, 4 Hz apart: 60 Hz is the middle of the fiftieth row of them from above. White on its ends, in the middle as it is.
    const probe = new PlaneProbe(views.page);
    expect(Math.min(...(await probe.color(49, 0, 65, 128)))).to.be.above(180);
    expect(Math.min(...(await probe.color(49, 64, 65, 128)))).to.be.below(100);
  });

  describe('the player', () => {
    /** What was started: samples a second, where in it, and the samples. */
    interface Started {
      readonly rate: number;
      readonly offset: number;
      readonly samples: readonly number[];
    }
    const listen = (): Promise<void> =>
      views.page.evaluate(`
        globalThis.started = [];
        globalThis.start ??= AudioBufferSourceNode.prototype.start;
        AudioBufferSourceNode.prototype.start = function (when, offset) {
          started.push({ rate: this.buffer.sampleRate, offset, samples: [...this.buffer.getChannelData(0)] });
          return start.call(this, when, offset);
        };`);
    /** Waits in the page, frame by frame: its policy allows no code that is made of text. */
    const until = (condition: string): Promise<void> =>
      views.page.evaluate(`new Promise((go) => { const look = () => (${condition} ? go() : requestAnimationFrame(look)); look(); })`);
    const started = (): Promise<Started[]> => views.page.evaluate('started');
    const untilStarted = async (count: number): Promise<Started[]> => {
      await until(`started.length >= ${count}`);
      return started();
    };
    const long = Array.from({ length: 8000 }, (_, i) => (1 - i / 9000) * Math.sin(0.3 * i));

    it('plays the samples as fast and in the shape that they have, and moves a line with them', async () => {
      await views.show(SPECTROGRAM_MIME, await saved(long, { sampleRate: rate }));
      await listen();
      await views.page.getByRole('button', { name: 'Play' }).click();
      const [sound] = await untilStarted(1);
      expect(sound?.rate).to.equal(rate);
      expect(sound?.offset).to.equal(0);
      const peak = Math.max(...long.map(Math.abs));
      long.forEach((sample, i) => {
        // Of the μ-law: a step is at most ln(256)/127.5 of a sample's size, and of the smallest 1/255 as much; half of it is the error.
        const bound = 0.5 * 0.8 * ((Math.log(256) / 127.5) * (Math.abs(sample / peak) + 1 / 255)) + 1e-6;
        expect(sound?.samples[i]).to.be.closeTo((0.8 * sample) / peak, 1.05 * bound);
      });
      const head = views.page.locator('.play-head');
      const left = async (): Promise<number> => (await head.boundingBox())?.x ?? 0;
      await head.waitFor({ state: 'visible' });
      const first = await left();
      const now = "document.querySelector('main > div').shadowRoot.querySelector('.play-head').getBoundingClientRect().x";
      await until(`${now} > ${first} + 4`);
      await views.page.getByRole('button', { name: 'Pause' }).click();
      // It stands where the clock says.
      const stands = numberIn(await views.page.locator('.player .number').innerText(), /^([\d.]+) \//u);
      const box = (await new PlaneProbe(views.page).canvas.boundingBox()) ?? expect.fail('no plane');
      const [from, to] = await views.page.evaluate<[number, number]>('[0, 2]');
      const part = (stands - from) / (to - from);
      // A cell more or less on each side of the signal, and a hundredth of a second in the clock.
      expect((await left()) - box.x - 56).to.be.closeTo(part * (box.width - 66), 0.012 * box.width);
    });

    it('goes where one clicks', async () => {
      await views.show(SPECTROGRAM_MIME, await saved(signal.concat(signal, signal), options));
      await listen();
      const { canvas } = new PlaneProbe(views.page);
      const size = (await canvas.boundingBox()) ?? expect.fail('no plane');
      await canvas.click({ position: { x: 56 + 0.5 * (size.width - 66), y: 60 } });
      await views.page.getByRole('button', { name: 'Play' }).click();
      const [sound] = await untilStarted(1);
      // The middle of 192 samples, within half a cell of 4.
      expect(sound?.offset).to.be.closeTo(96 / rate, 2.6 / rate);
    });

    it('plays what the kernel gives where there is one, and slow signals faster', async () => {
      setViewHost({ push: () => undefined });
      try {
        const slow = long.slice(0, 900);
        const data = await saved(slow, { sampleRate: 360, player: true });
        views.kernel = askView;
        await views.show(SPECTROGRAM_MIME, data);
        await listen();
        await views.page.getByRole('button', { name: 'Play' }).click();
        const [sound] = await untilStarted(1);
        expect(sound?.rate).to.equal(9 * 360);
        const peak = Math.max(...slow.map(Math.abs));
        slow.forEach((sample, i) => expect(sound?.samples[i]).to.be.closeTo((0.8 * sample) / peak, 1e-6));
        expect(await views.page.locator('.player .note').innerText()).to.equal('9 times as fast as it is');
      } finally {
        setViewHost(null);
      }
    });

    it('cannot be used, and says why, where nothing is saved and no kernel runs', async () => {
      const data = await saved(
        Float32Array.from({ length: 400_000 }, (_, i) => Math.sin(i / 3)),
        { sampleRate: 8000 },
      );
      expect(data).to.include({ sound: null, player: true });
      await views.show(SPECTROGRAM_MIME, data);
      expect(await views.page.getByRole('button', { name: 'Play' }).isDisabled()).to.equal(true);
      expect(await views.page.locator('.player .note').innerText()).to.match(/too long to be saved.*run the cell/u);
      await views.show(SPECTROGRAM_MIME, { ...data, view: 'gone-1' });
      views.kernel = () => {
        throw new Error('the kernel does not hold these values any more: run the cell again');
      };
      await views.page.getByRole('button', { name: 'Play' }).click();
      await views.page.locator('.player .note', { hasText: 'run the cell again' }).waitFor();
      expect(await views.page.getByRole('button', { name: 'Play' }).isDisabled()).to.equal(true);
    });

    it('is not there for signals that are no sound', async () => {
      await views.show(SPECTROGRAM_MIME, await saved(signal, { nperseg: 16 }));
      expect(await views.page.locator('.player').count()).to.equal(0);
    });
  });

  it('asks the kernel for the cells that are looked at closer', async () => {
    const size = 40_000;
    // With noise, so that all levels are between −60 and 0 dB and are said with a digit after the point.
    const chirp = Array.from({ length: size }, (_, i) => Math.sin(2e-5 * i * i) + ((i * 7919) % 1009) / 1009);
    setViewHost({ push: () => undefined });
    try {
      const data = await saved(chirp, { sampleRate: 8000, nperseg: 256, noverlap: 192 });
      views.kernel = askView;
      await views.show(SPECTROGRAM_MIME, data);
      const probe = new PlaneProbe(views.page);
      await probe.canvas.focus();
      for (let i = 0; i < 8; i++) await probe.canvas.press('+');
      await probe.canvas.press('ArrowRight');
      await views.page.locator('.readout', { hasNotText: 'largest of' }).first().waitFor();
      const said = await probe.readout();
      const at = Math.round((numberIn(said, /^([\d.]+) s/u) * 8000 - 128) / 64);
      const bin = Math.round((numberIn(said, /, ([\d.]+) Hz/u) / 8000) * 256);
      // The chirp's loudest frame is not needed: both sides are told against the largest of all.
      const expected = levelsOf(chirp.slice(at * 64, at * 64 + 256), 256, 64).map(([level = NaN]) => level);
      const other = new PlaneProbe(views.page);
      await other.canvas.press('ArrowUp');
      const next = await other.readout();
      const difference = numberIn(said, /Hz ([−\d.×⁻⁰-⁹]+) dB/u) - numberIn(next, /Hz ([−\d.×⁻⁰-⁹]+) dB/u);
      expect(difference, `${said} and ${next}`).to.be.closeTo((expected[bin] ?? NaN) - (expected[bin + 1] ?? NaN), 0.11);
    } finally {
      setViewHost(null);
    }
  });

  it('shows silence, NaN, one frame and two samples as what they are', async () => {
    await views.show(SPECTROGRAM_MIME, await saved(new Array<number>(64).fill(0), options));
    expect(await views.page.locator('.readout').first().innerText()).to.contain('All zero');
    const broken = [...signal];
    broken[40] = NaN;
    await views.show(SPECTROGRAM_MIME, await saved(broken, options));
    const probe = new PlaneProbe(views.page);
    // Frame 8 holds samples 32 to 48.
    const [red = 0, green = 0, blueByte = 0] = await probe.color(3, before + 8, bins, cols);
    expect(Math.min(red, blueByte) - green, 'magenta').to.be.above(10);
    expect(await probe.pointAt(3, before + 8, bins, cols)).to.match(/NaN/u);
    await views.show(SPECTROGRAM_MIME, await saved(signal.slice(0, 16), options));
    expect(await new PlaneProbe(views.page).pointAt(4, 0, bins, 1)).to.match(/Hz .* dB/u);
    await views.show(SPECTROGRAM_MIME, await saved([1, 2], { nperseg: 2 }));
    expect(await views.page.locator('.cells').count()).to.equal(1);
  });

  it('leaves nothing behind: no listener, no element, no sound, and nothing held in the kernel', async () => {
    const fresh = await views.open();
    const data = { ...(await saved(signal, options)), view: 'kernel-1' };
    views.kernel = () => {
      throw new Error('the kernel does not hold these values any more: run the cell again');
    };
    await views.show(SPECTROGRAM_MIME, data, fresh, 'first');
    await fresh.evaluate('rendered.disposeOutputItem()');
    const before50 = await fresh.evaluate<number>('listening()');
    for (let i = 0; i < 50; i++) await views.show(SPECTROGRAM_MIME, data, fresh, `output-${i}`);
    expect(await fresh.evaluate<number>('listening()')).to.be.above(before50 + 50);
    await fresh.evaluate('rendered.disposeOutputItem()');
    expect(await fresh.evaluate<number>('listening()')).to.equal(before50);
    expect(await fresh.evaluate("document.querySelector('main').children.length")).to.equal(0);
    await fresh.close();
  });

  it('says of broken data what is wrong with it', async () => {
    await views.show(SPECTROGRAM_MIME, { ...(await saved(signal, options)), frequency: { first: 0, step: 0, count: 9 } });
    expect(await views.page.locator('.broken').innerText()).to.match(/spectrogram cannot be drawn.*Expected >0 but received 0/u);
  });
});
