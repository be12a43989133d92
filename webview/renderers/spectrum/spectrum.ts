// A spectrum in a notebook: what is drawn of it can be chosen, bins say what they are and show their waves, and finer bins, other windows and
// the rest of a batch come from the kernel.

import * as v from 'valibot';
import { spectrumSchema, type Preparation, type SpectrumContent, type SpectrumData } from '../../../src/protocol/spectrum.js';
import { heading, make } from '../../ui/dom.js';
import { linePlotStyles } from '../../ui/line-plot.js';
import { onFrequency, pointAtFrequency, type Frequency } from '../../ui/linked.js';
import { DetailRequests } from '../../ui/plane/detail.js';
import type { Region } from '../../ui/plane/viewport.js';
import { Readout } from '../../ui/readout.js';
import type { ViewKind, ViewPage } from '../../ui/renderer.js';
import { Controls } from './controls.js';
import { binOfPeak, type Bin, type Drawing, type DrawingOptions, type Look } from './drawing.js';
import { FinerBins } from './finer.js';
import { Gallery } from './gallery.js';
import { SpectrumKernel } from './kernel.js';
import { SpectrumLine } from './line.js';
import { Looks } from './look.js';
import { findPeaks, modelOf, type SpectrumModel } from './model.js';
import { SpectrumPicture } from './picture.js';
import { openingSettings, rangeKey, settingsSchema, type Settings } from './settings.js';
import { meterList, RadialPlot, WavePicture } from './side.js';
import { spectrumTools } from './tools.js';
import { sayPlace, sayValue } from './words.js';
import styles from './spectrum.css';

/** Shows saved spectra. */
export const spectrumView: ViewKind = {
  what: 'spectrum',
  styles: `${linePlotStyles}\n${styles}`,
  open: (json, page) => {
    new SpectrumView(v.parse(spectrumSchema, json), page).start();
  },
};

class SpectrumView {
  readonly #readout = new Readout();
  readonly #drawing: Drawing;
  readonly #controls: Controls;
  readonly #gallery: Gallery | null;
  readonly #wave: WavePicture;
  readonly #radial: RadialPlot | null;
  readonly #looks: Looks;
  readonly #meters = make('div', '');
  readonly #kernel: SpectrumKernel;
  readonly #finer: FinerBins;
  readonly #contents: DetailRequests<SpectrumContent>;
  readonly #onLinked = (frequency: Frequency | null): void => this.#point(frequency);
  #settings: Settings;
  #content: SpectrumContent;
  #models: readonly SpectrumModel[];
  #pointed: Bin | null = null;
  #picked: Bin | null = null;
  #linked: Bin | null = null;

  constructor(
    private readonly saved: SpectrumData,
    private readonly page: ViewPage,
  ) {
    const { shape, sampleRate, title, outer } = saved;
    this.#looks = new Looks(shape.length === 1);
    this.#kernel = new SpectrumKernel(saved, page);
    this.#content = saved.content;
    this.#models = saved.content.planes.map((plane) => modelOf(plane, shape));
    if (this.#models.length === 0) throw new Error('it holds no spectrum');
    const isMirroredSignal = shape.length === 1 && this.#models.every((model) => model.saved.mirrored) && shape[0] > 1;
    const kept = v.safeParse(settingsSchema, page.state);
    this.#settings = kept.success ? kept.output : openingSettings(sampleRate, saved.options.reference, isMirroredSignal);
    if (this.#settings.place >= this.#models.length) this.#settings = { ...this.#settings, place: 0 };
    const options: DrawingOptions = {
      label: `${title}, ${shape.join(' × ')}`,
      shape,
      sampleRate,
      look: () => this.#lookOf(this.#model),
      onPoint: (bin, isKept) => this.#say(bin, isKept),
      onPick: (bin) => this.#pick(bin),
      onRange: (min, max) => this.#moveRange(min, max),
      onPart: (region, rows, cols) => this.#askPart(region, rows, cols),
    };
    this.#finer = new FinerBins({
      resolution: () => this.#drawing.resolution(),
      take: (bins) => {
        this.#drawing.setDetail(bins);
        this.#mark();
        if (this.#pointed !== null) this.#say(this.#pointed, false);
        if (this.#picked !== null) this.#showWave(this.#picked);
      },
      signal: page.signal,
    });
    this.#contents = new DetailRequests<SpectrumContent>(
      (content) => this.#take(content),
      (reason) => {
        this.#controls.show();
        this.#hint(reason);
      },
      page.signal,
    );
    this.#drawing = shape.length === 1 ? new SpectrumLine(options, page) : new SpectrumPicture(options, page);
    this.#controls = new Controls({
      saved,
      settings: () => this.#settings,
      prepared: () => this.#content.prepared,
      isMirroredSignal,
      onChange: (part) => this.#change(part),
      onPrepare: (prepared) => this.#ask(prepared, this.#content.from),
      signal: page.signal,
    });
    const isBatch = outer.some((extent) => extent > 1);
    this.#gallery = isBatch
      ? new Gallery({
          shape,
          outer,
          page,
          lookOf: (model) => this.#lookOf(model),
          onChoose: (place) => this.#choose(place),
          onStep: (from) => this.#ask(this.#content.prepared, from),
        })
      : null;
    this.#wave = new WavePicture(saved, page);
    this.#radial =
      shape.length === 1
        ? null
        : new RadialPlot(page, (said, isKept) => (said === null ? this.#hint() : this.#readout.say(...said, isKept)));
  }

  /** Puts the view on the page. */
  start(): void {
    const { page, saved } = this;
    const { title, note, shape } = saved;
    const side = make('div', 'side', ...(this.#radial === null ? [] : [this.#radial.element]), this.#meters, this.#wave.element);
    const main = make('div', '', this.#drawing.element, this.#finer.element, this.#readout.element);
    const body = make('div', shape.length === 1 ? 'spectrum of-signal' : 'spectrum of-picture', main, side);
    const tools = spectrumTools({
      saved,
      drawing: this.#drawing,
      page,
      look: () => this.#lookOf(this.#model),
      prepared: () => this.#content.prepared,
      whole: () => this.#model.whole,
      hasPeaks: () => this.#settings.hasPeaks,
      setPeaks: (hasPeaks) => this.#change({ hasPeaks }),
      say: (text) => this.#readout.say(text, '', true),
    });
    const above = this.#gallery === null ? [] : [this.#gallery.element];
    page.root.append(make('div', 'card', heading(title, note), tools, ...above, body, this.#controls.element));
    this.#showAll();
    page.onTheme(() => this.#draw());
    onFrequency(this.#onLinked, page.signal);
    page.signal.addEventListener('abort', () => pointAtFrequency(null, this.#onLinked), { once: true });
    this.#hint();
    void this.#findKernel();
  }

  get #model(): SpectrumModel {
    return this.#models[this.#settings.place] as SpectrumModel;
  }

  #lookOf(model: SpectrumModel): Look {
    return this.#looks.of(model, this.#settings, this.page.ink().isDark);
  }

  #change(part: Partial<Settings>): void {
    this.#settings = { ...this.#settings, ...part };
    this.page.saveState(this.#settings);
    // Other parts are seen then.
    if (part.order !== undefined) this.#drawing.setBins(this.#model.whole);
    this.#draw();
    if (this.#pointed !== null) this.#say(this.#pointed, false);
  }

  #moveRange(min: number, max: number): void {
    const { scale } = this.#lookOf(this.#model);
    // About 0 one end takes the other with it.
    const size = Math.abs(min === scale.min ? max : min);
    const range: [number, number] = scale.isSymmetric ? [-size, size] : [min, max];
    this.#change({ ranges: { ...this.#settings.ranges, [rangeKey(this.#settings)]: range } });
  }

  #choose(place: number): void {
    this.#settings = { ...this.#settings, place };
    this.page.saveState(this.#settings);
    this.#gallery?.choose(place);
    this.#showModel();
  }

  #showAll(): void {
    this.#gallery?.show(this.#models, this.#content.from, this.#settings.place);
    this.#showModel();
  }

  #showModel(): void {
    this.#meters.replaceChildren(meterList(this.#model, this.saved));
    this.#drawing.setBins(this.#model.whole);
    this.#draw();
    if (this.#picked !== null) this.#showWave(this.#picked);
    this.#say(this.#pointed, false);
  }

  #draw(): void {
    this.#drawing.draw();
    this.#gallery?.draw();
    this.#radial?.show(this.#model, this.#settings);
    this.#mark();
    this.#finer.tell();
  }

  #mark(): void {
    const { shape } = this.saved;
    const peaks = this.#settings.hasPeaks ? findPeaks(this.#model, shape).map((peak) => binOfPeak(peak, shape)) : [];
    this.#drawing.setMarks(peaks, this.#picked, this.#linked);
  }

  #hint(problem = ''): void {
    this.#readout.hint(
      this.#model.saved.readout.join(' · '),
      problem === '' ? 'point at a bin; click it for its wave; + and − zoom' : problem,
    );
  }

  #say(bin: Bin | null, isKept: boolean): void {
    this.#pointed = bin;
    const { shape } = this.saved;
    const frequency = bin && (shape.length === 1 ? [bin.col / shape[0]] : [bin.row / shape[0], bin.col / shape[1]]);
    pointAtFrequency(frequency, this.#onLinked);
    if (bin === null) return this.#hint();
    const value = this.#drawing.valueAt(bin);
    this.#readout.say(sayPlace(bin, this.saved, this.#settings), sayValue(value, this.#model, this.#settings), isKept);
  }

  /** Another view points at a frequency. */
  #point(frequency: Frequency | null): void {
    const { shape } = this.saved;
    if (frequency !== null && frequency.length !== shape.length) return;
    const at = frequency?.map((cycles, axis) => Math.round(cycles * (shape[axis] as number)));
    const [row, col] = at === undefined ? [] : at.length === 1 ? [0, at[0]] : at;
    this.#linked = row === undefined || col === undefined ? null : { row, col };
    this.#mark();
  }

  #pick(bin: Bin): void {
    this.#picked = bin;
    this.#showWave(bin);
    this.#mark();
  }

  #showWave(bin: Bin): void {
    const value = this.#drawing.valueAt(bin);
    if (value !== null) this.#wave.show(bin, value);
  }

  #askPart(region: Region | null, rows: number, cols: number): void {
    const { from, prepared } = this.#content;
    const [place, { reference }] = [from + this.#settings.place, this.#model];
    this.#finer.ask(region && (() => this.#kernel.part(prepared, place, region, 2 * rows, 2 * cols, reference)));
  }

  #ask(prepared: Preparation, from: number): void {
    this.#readout.say('asking the kernel …', '');
    this.#contents.ask(() => this.#kernel.content(prepared, from));
  }

  #take(content: SpectrumContent): void {
    const isOther = content.from !== this.#content.from;
    this.#models = content.planes.map((plane) => modelOf(plane, this.saved.shape));
    this.#content = content;
    if (isOther || this.#settings.place >= this.#models.length) this.#settings = { ...this.#settings, place: 0 };
    this.#controls.show();
    this.#showAll();
  }

  /** What only the kernel can do is offered where there is one that knows this spectrum. */
  async #findKernel(): Promise<void> {
    const isGiven = this.saved.given !== 'signal';
    if (isGiven) this.#controls.hinder('borders are seen to before a transform: show the signal instead of its spectrum');
    if (isGiven && this.#gallery === null) return;
    const reason = await this.#kernel.hindrance();
    if (!isGiven) this.#controls.hinder(reason);
    this.#gallery?.hinder(reason);
  }
}
