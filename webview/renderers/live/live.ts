// A training in a notebook: its curves, and its tensors and their radial spectra at any step, while it runs and afterwards.

import * as v from 'valibot';
import type { TrackedPicture } from '../../../src/display/live-record.js';
import { livePartsSchema, liveSchema, type LiveData } from '../../../src/protocol/live.js';
import { choice } from '../../ui/choice.js';
import { heading, make, setText } from '../../ui/dom.js';
import { linePlotStyles } from '../../ui/line-plot.js';
import { Readout } from '../../ui/readout.js';
import type { ViewKind, ViewPage } from '../../ui/renderer.js';
import { canvasesToPng, fileName, saveFile } from '../../ui/save.js';
import { toolbar } from '../../ui/toolbar.js';
import { Curves, RadialSpectra } from './charts.js';
import styles from './live.css';
import { pointsFile, tensorsCsv } from './files.js';
import { LiveModel, type Smoothing } from './model.js';
import { Scrubber } from './scrubber.js';
import { Tiles } from './tiles.js';
import { cellWords, pointWords, ringWords, standing, valuesAt, type Words } from './words.js';

/** Shows trainings. */
export const liveView: ViewKind = {
  what: 'training',
  styles: `${linePlotStyles}\n${styles}`,
  open: (json, page) => new TrainingView(v.parse(liveSchema, json), page),
};

/** What is kept of a view. */
const stateSchema = v.object({
  /** The step that is looked at; null for the latest. */
  step: v.nullable(v.number()),
  scale: v.picklist(['linear', 'log']),
  smoothing: v.picklist([1, 10, 50]),
  hidden: v.array(v.string()),
});

const smoothings = [
  { value: '1', label: 'as logged' },
  { value: '10', label: 'mean of 10' },
  { value: '50', label: 'mean of 50' },
] as const;

class TrainingView {
  readonly #model = new LiveModel();
  readonly #readout = new Readout();
  readonly #curves: Curves;
  readonly #spectra: RadialSpectra;
  readonly #scrubber: Scrubber;
  readonly #tilesBox = make('div', 'tensors');
  readonly #looks = make('div', 'looks');
  readonly #nothing = make('p', 'note', 'No step was logged yet. Curves, kernels and their spectra appear here as they are logged.');
  readonly #note: HTMLElement | null;
  #tiles: { readonly tiles: Tiles; readonly ended: AbortController }[] = [];
  #isNew = { curves: false, step: false };
  /** Whether the readout says what is pointed at. */
  #isPointed = false;
  #frame: number | undefined;
  /** Whether the kernel tells what is new, so that the saved output says nothing more. */
  #isLive = false;

  constructor(
    private readonly saved: LiveData,
    private readonly page: ViewPage,
  ) {
    const { signal } = page;
    this.#model.replace(saved);
    const onHidden = (): void => this.#keep();
    this.#curves = new Curves(this.#model, page, {
      onPoint: (point, isKept) => this.#say(point && pointWords(this.#model, point), isKept),
      onPick: ({ x }) => this.#scrubber.lookNear(x),
      onHidden,
    });
    this.#spectra = new RadialSpectra(this.#model, page, {
      onPoint: (point, isKept) => this.#say(point && ringWords(this.#model, point, this.#scrubber.step ?? 0), isKept),
      onHidden: () => undefined,
    });
    this.#scrubber = new Scrubber({ signal, onMove: (isKept) => this.#moved(isKept) });
    this.#restore();
    const title = heading(saved.title, '');
    this.#note = title.querySelector('.note');
    this.#looks.append(this.#tilesBox, this.#spectra.element);
    page.root.append(
      make(
        'div',
        'card',
        title,
        this.#tools(),
        this.#switches(),
        this.#nothing,
        this.#curves.element,
        this.#scrubber.element,
        this.#looks,
        this.#readout.element,
      ),
    );
    page.onTheme(() => this.#drawAll());
    page.onUpdate((json) => this.#update(v.parse(liveSchema, json)));
    signal.addEventListener('abort', () => cancelAnimationFrame(this.#frame ?? 0), { once: true });
    this.#isNew = { curves: true, step: true };
    this.#draw();
    this.#listen();
  }

  /** Takes what the kernel tells, and asks it for what it told before. */
  #listen(): void {
    const { view } = this.saved;
    if (view === null) return;
    const take = (how: 'add' | 'replace', data: unknown): void => {
      this.#isLive = true;
      this.#model[how](v.parse(livePartsSchema, data));
      this.#drawSoon({ curves: true });
    };
    this.page.onPush(view, (data) => take('add', data));
    // Where nobody answers, there is what was saved.
    this.page.ask(view, { ask: 'all' }).then(
      (answer) => take('replace', answer),
      () => undefined,
    );
  }

  #update(saved: LiveData): boolean {
    if (saved.view !== this.saved.view || saved.view === null) return false;
    if (!this.#isLive) {
      this.#model.replace(saved);
      this.#drawSoon({ curves: true });
    }
    return true;
  }

  #restore(): void {
    const state = v.safeParse(stateSchema, this.page.state);
    if (!state.success) return;
    const { step, scale, smoothing, hidden } = state.output;
    this.#curves.smoothing = smoothing;
    this.#curves.setScale(scale);
    for (const name of hidden) this.#curves.hidden.add(name);
    this.#scrubber.look(step);
  }

  #keep(): void {
    const { scale, smoothing, hidden } = this.#curves;
    this.page.saveState({ step: this.#scrubber.chosen, scale, smoothing, hidden: [...hidden] });
  }

  #switches(): HTMLElement {
    const { signal } = this.page;
    const scale = choice(
      'Axis of values',
      [
        { value: 'linear', label: 'linear' },
        { value: 'log', label: 'logarithmic' },
      ],
      this.#curves.scale,
      (value) => {
        this.#curves.setScale(value);
        this.#keep();
      },
      signal,
    );
    const smoothing = choice(
      'Smoothing',
      smoothings,
      String(this.#curves.smoothing) as (typeof smoothings)[number]['value'],
      (value) => {
        this.#curves.smoothing = Number(value) as Smoothing;
        this.#drawSoon({ curves: true });
        this.#keep();
        const rule =
          value === '1'
            ? 'each point as it was logged'
            : `each point is the mean of the last ${value} drawn; the band reaches from the least to the largest of them`;
        this.#readout.say('Smoothing', rule, true);
      },
      signal,
    );
    return make('div', 'switches', scale, smoothing);
  }

  #tools(): HTMLElement {
    const { title, view } = this.saved;
    const model = this.#model;
    const saveCsv = (csv: string, part = ''): void => saveFile(fileName(`${title} ${part}`, 'csv'), new Blob([csv], { type: 'text/csv' }));
    const ask = (): Promise<unknown> =>
      view === null ? Promise.reject(new Error('the kernel holds none of them any more')) : this.page.ask(view, { ask: 'points' });
    const savePoints = async (): Promise<void> => {
      const { csv, lack } = await pointsFile(model, ask);
      saveCsv(csv);
      if (lack !== null) this.#readout.say(...lack, true);
    };
    const savePicture = async (): Promise<void> => {
      const all = [this.#curves.plot.canvas, ...this.#tiles.flatMap(({ tiles }) => tiles.canvases), this.#spectra.plot.canvas];
      const drawn = all.filter((canvas): canvas is HTMLCanvasElement => canvas !== null && canvas.width > 0);
      saveFile(fileName(title, 'png'), await canvasesToPng(title, standing(model, this.#isLive), drawn, this.page.ink()));
    };
    const { plot } = this.#curves;
    return toolbar(
      [
        { sign: '+', label: 'Zoom in', run: () => plot.zoomBy(1.5) },
        { sign: '−', label: 'Zoom out', run: () => plot.zoomBy(1 / 1.5) },
        { sign: '⤢', label: 'Show all steps', run: () => plot.fit() },
      ],
      [
        { label: 'Save as PNG', run: () => void savePicture() },
        { label: 'Save all points as CSV', run: () => void savePoints() },
        { label: 'Save tensors of this step as CSV', run: () => saveCsv(tensorsCsv(model, this.#scrubber.step ?? 0), 'tensors') },
      ],
      this.page.signal,
    );
  }

  #moved(isKept: boolean): void {
    this.#drawSoon({ step: true });
    if (!isKept) return;
    this.#keep();
    const { step } = this.#scrubber;
    if (step !== null) this.#readout.say(`step ${step}`, valuesAt(this.#model, step), true);
  }

  /** Draws at the next frame, and once at that, however much comes before it. */
  #drawSoon(what: { readonly curves?: boolean; readonly step?: boolean }): void {
    this.#isNew = { curves: this.#isNew.curves || what.curves === true, step: this.#isNew.step || what.step === true };
    this.#frame ??= requestAnimationFrame(() => {
      this.#frame = undefined;
      this.#draw();
    });
  }

  #draw(): void {
    const isNew = this.#isNew;
    this.#isNew = { curves: false, step: false };
    const { curves, pictures, moments } = this.#model;
    if (isNew.curves) {
      this.#scrubber.setMoments(moments);
      this.#curves.show();
      this.#matchTiles();
    }
    const { step } = this.#scrubber;
    this.#nothing.hidden = curves.length > 0 || pictures.length > 0;
    this.#curves.element.hidden = curves.length === 0;
    this.#scrubber.element.hidden = moments.length === 0;
    this.#looks.hidden = pictures.length === 0;
    // The latest step needs no mark at the end of the curves.
    this.#curves.mark(this.#scrubber.chosen === null ? null : step);
    for (const { tiles } of this.#tiles) tiles.show(step ?? 0);
    if (pictures.length > 0) this.#spectra.show(step ?? 0);
    if (this.#note !== null) setText(this.#note, standing(this.#model, this.#isLive));
    if (!this.#isPointed) this.#say(null, false);
  }

  /** A card for each tensor; one that is looked at anew has a new one. */
  #matchTiles(): void {
    const pictures = this.#model.pictures;
    const isSame = (a: TrackedPicture, b: TrackedPicture | undefined): boolean =>
      a.name === b?.name && a.planes === b.planes && a.rows === b.rows && a.cols === b.cols && a.history === b.history;
    if (pictures.length === this.#tiles.length && pictures.every((picture, i) => isSame(picture, this.#tiles[i]?.tiles.picture))) return;
    for (const { ended } of this.#tiles) ended.abort();
    this.#tiles = pictures.map((picture) => {
      const ended = new AbortController();
      const signal = AbortSignal.any([this.page.signal, ended.signal]);
      return {
        tiles: new Tiles(picture, {
          ink: this.page.ink,
          signal,
          onPoint: (cell, isKept) => this.#say(cell && cellWords(picture.name, cell), isKept),
        }),
        ended,
      };
    });
    this.#tilesBox.replaceChildren(...this.#tiles.map(({ tiles }) => tiles.element));
  }

  #drawAll(): void {
    this.#curves.draw();
    this.#spectra.draw();
    for (const { tiles } of this.#tiles) tiles.draw();
  }

  /** Says what is pointed at; null hints at the step that is looked at. */
  #say(words: Words | null, isKept: boolean): void {
    this.#isPointed = words !== null;
    if (words !== null) return this.#readout.say(...words, isKept);
    const { step } = this.#scrubber;
    if (step === null) this.#readout.hint('');
    else this.#readout.hint(`step ${step}: ${valuesAt(this.#model, step)}`, 'point at a curve or a cell; click a curve to go to its step');
  }
}
