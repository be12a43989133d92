// The spectra of a batch as small pictures, to choose the one that is looked at, and steps to further ones.

import { zeroDecibels } from '../../../src/display/spectrum-values.js';
import { make, setText } from '../../ui/dom.js';
import { pixelsOf } from '../../ui/plane/layer.js';
import { wholeOf } from '../../ui/plane/viewport.js';
import type { ViewPage } from '../../ui/renderer.js';
import { valuesOf, type SpectrumModel } from './model.js';
import { layersOf } from './paint.js';
import type { Look } from './drawing.js';

/** Size of a small picture in px, along its longer side. */
const SIZE = 84;

/** What the gallery is of. */
export interface GalleryOptions {
  readonly shape: readonly number[];
  /** Extents of the axes that are not transformed. */
  readonly outer: readonly number[];
  readonly page: ViewPage;
  readonly lookOf: (model: SpectrumModel) => Look;
  readonly onChoose: (place: number) => void;
  /** Other spectra are asked for, from one on. */
  readonly onStep: (from: number) => void;
}

/** Small pictures of spectra. */
export class Gallery {
  readonly element = make('div', 'gallery');
  readonly #list = make('div', 'thumbs');
  readonly #steps = make('p', 'steps');
  readonly #said = make('span', 'note');
  readonly #back: HTMLButtonElement;
  readonly #on: HTMLButtonElement;
  #models: readonly SpectrumModel[] = [];
  #from = 0;
  #reason = '';

  constructor(private readonly options: GalleryOptions) {
    const { signal } = options.page;
    const step = (sign: string, label: string, by: 1 | -1): HTMLButtonElement => {
      const button = make('button', 'tool', sign);
      button.type = 'button';
      button.ariaLabel = label;
      button.addEventListener('click', () => options.onStep(Math.max(0, this.#from + by * Math.max(1, this.#models.length))), { signal });
      return button;
    };
    this.#back = step('‹', 'Earlier spectra', -1);
    this.#on = step('›', 'Further spectra', 1);
    this.#steps.append(this.#back, this.#said, this.#on);
    this.#list.role = 'group';
    this.#list.ariaLabel = 'Spectra of the batch';
    this.element.append(this.#list, this.#steps);
    this.#list.addEventListener(
      'click',
      ({ target }) => {
        const at = [...this.#list.children].findIndex((child) => target instanceof Node && child.contains(target));
        if (at >= 0) options.onChoose(at);
      },
      { signal },
    );
  }

  /** Shows spectra from a place of the batch on. */
  show(models: readonly SpectrumModel[], from: number, chosen: number): void {
    [this.#models, this.#from] = [models, from];
    this.#list.replaceChildren(
      ...models.map(({ saved }) => {
        const button = make('button', 'thumb', make('canvas'), make('span', 'number', `[${saved.index.join(', ')}]`));
        button.type = 'button';
        button.ariaLabel = `Spectrum ${saved.index.join(', ')}`;
        return button;
      }),
    );
    this.choose(chosen);
    this.draw();
  }

  /** Marks the one that is looked at. */
  choose(chosen: number): void {
    [...this.#list.children].forEach((child, at) => child.setAttribute('aria-pressed', String(at === chosen)));
    this.#tell();
  }

  /** Says why there are no others; empty where there are. */
  hinder(reason: string): void {
    this.#reason = reason;
    this.#tell();
  }

  /** Draws anew. */
  draw(): void {
    this.#models.forEach((model, at) => {
      const canvas = this.#list.children[at]?.querySelector('canvas');
      if (canvas) this.#paint(canvas, model);
    });
  }

  #tell(): void {
    const count = this.options.outer.reduce((product, extent) => product * extent, 1);
    const last = this.#from + this.#models.length;
    this.#steps.hidden = this.#from === 0 && last >= count;
    setText(this.#said, `${this.#from + 1} to ${last} of ${count}${this.#reason === '' ? '' : ` · ${this.#reason}`}`);
    this.#back.disabled = this.#from === 0 || this.#reason !== '';
    this.#on.disabled = last >= count || this.#reason !== '';
  }

  #paint(canvas: HTMLCanvasElement, model: SpectrumModel): void {
    const look = this.options.lookOf(model);
    const { shape } = this.options;
    const [rows, cols] = shape.length === 2 ? (shape as [number, number]) : [1, shape[0] as number];
    const ratio = globalThis.devicePixelRatio;
    const longer = Math.max(rows, cols);
    const side = (n: number): number => Math.max(shape.length === 2 ? 12 : 0, Math.round((SIZE * n) / longer));
    const [width, height] = shape.length === 2 ? [side(cols), side(rows)] : [SIZE, SIZE / 2];
    canvas.width = Math.round(width * ratio);
    canvas.height = Math.round(height * ratio);
    canvas.style.width = `${width}px`;
    canvas.style.height = `${height}px`;
    const context = canvas.getContext('2d');
    if (context === null) return;
    const { settings, scale, fade } = look;
    const zeroDb = zeroDecibels(settings.reference, model.reference);
    if (shape.length === 1) return this.#paintLine(context, model, look, canvas.width, canvas.height);
    const colors = { quantity: settings.quantity, scale, zeroDb, fade };
    const pixels = new OffscreenCanvas(canvas.width, canvas.height);
    for (const layer of layersOf(model.whole, colors, rows, cols, settings.order === 'middle')) {
      const bytes = pixelsOf(layer, wholeOf(rows, cols), canvas.width, canvas.height);
      pixels.getContext('2d')?.putImageData(new ImageData(bytes, canvas.width, canvas.height), 0, 0);
      context.drawImage(pixels, 0, 0);
    }
  }

  #paintLine(
    context: CanvasRenderingContext2D,
    model: SpectrumModel,
    { settings, scale, zeroDb }: Look,
    width: number,
    height: number,
  ): void {
    const values = valuesOf(model.whole, settings.quantity, zeroDb);
    const shown = settings.order === 'positive' ? values.slice(Math.floor(values.length / 2)) : values;
    context.strokeStyle = this.options.page.ink().line;
    context.lineWidth = globalThis.devicePixelRatio;
    context.beginPath();
    shown.forEach((value, i) => {
      const part = Math.min(1, Math.max(0, (value - scale.min) / (scale.max - scale.min)));
      if (!Number.isNaN(part)) context.lineTo((i / Math.max(1, shown.length - 1)) * width, (1 - part) * (height - 2) + 1);
    });
    context.stroke();
  }
}
