// The picture of a gradient in a page: a canvas, switches for what it shows, and a line that says what the pointer or the keys are at.

import { formatCount } from '../../src/display/number-format.js';
import { gradientName, pictureHindrance, type ShownInput } from '../../src/display/gradcheck-words.js';
import { choice } from '../ui/choice.js';
import { make, setText } from '../ui/dom.js';
import type { Ink } from '../ui/ink.js';
import { cellAfter, cellAt, layOutTiles, type Cell, type PictureLayout } from './gradcheck-layout.js';
import { GradientModel, type Domain, type Quantity } from './gradcheck-model.js';
import { BAR_ROOM, outline, paintPicture, pictureHeight } from './gradcheck-paint.js';

const quantities: readonly (readonly [Quantity, string])[] = [
  ['error', 'Error'],
  ['analytic', 'Backward'],
  ['numeric', 'Differences'],
  ['oracle', 'Forward mode'],
];

/** Whether there is something to draw: one number is said, and more than can be kept are in the saved picture only. */
export function hasPicture({ values, size }: ShownInput): boolean {
  return values !== null && size > 1;
}

/** The picture of one input, which must have one: see {@link hasPicture}. */
export class GradientPicture {
  readonly element: HTMLElement;
  readonly #model: GradientModel;
  readonly #canvas = make('canvas', 'cells');
  readonly #base = new OffscreenCanvas(1, 1);
  readonly #place = make('span', 'place');
  readonly #values = make('span', 'values');
  readonly #readout = make('p', 'readout', this.#place, this.#values);
  /** Says the same to screen readers, and only what keys lead to. */
  readonly #spoken = make('p', 'for-readers');
  readonly #more = make('button', 'more');
  #quantity: Quantity;
  #domain: Domain = 'spatial';
  #showsAll = false;
  /** The cell that is looked at, and the one to come back to when the pointer leaves: where the keys led while they have the focus. */
  #cell: Cell | null = null;
  #kept: Cell | null = null;
  #layout: PictureLayout | null = null;

  constructor(
    readonly input: ShownInput,
    private readonly ink: () => Ink,
    signal: AbortSignal,
  ) {
    this.#model = new GradientModel(input);
    this.#quantity = this.#model.error === null ? 'analytic' : 'error';
    this.element = make('div', 'picture');
    const hindrance = pictureHindrance(input);
    if (hindrance !== '') this.element.append(make('p', 'hindrance', hindrance));
    const options = quantities.map(([value, label]) => ({ value, label, hindrance: this.#model.hindrance(value) }));
    const domains = [
      { value: 'spatial', label: 'Elements' },
      { value: 'spectral', label: 'Spectrum', hindrance: this.#model.spectralHindrance() },
    ] as const;
    this.element.append(
      make(
        'div',
        'switches',
        choice('What is shown', options, this.#quantity, (value) => this.#show(() => (this.#quantity = value)), signal),
        choice<Domain>('Elements or their spectrum', domains, this.#domain, (value) => this.#show(() => (this.#domain = value)), signal),
      ),
      this.#canvas,
      this.#readout,
      this.#spoken,
    );
    this.#listen(signal);
    this.#spoken.setAttribute('aria-live', 'polite');
    const { count } = this.#model.planes;
    if (this.#model.first !== undefined) {
      setText(this.#more, `Show all ${formatCount(count)} planes`);
      this.#more.addEventListener('click', () => this.#show(() => this.#toggleAll()), { signal });
      this.element.append(this.#more);
    }
    const observer = new ResizeObserver(() => this.draw());
    observer.observe(this.element);
    signal.addEventListener('abort', () => observer.disconnect(), { once: true });
  }

  /** Draws anew: the size or the theme may be another one. */
  draw(): void {
    const width = this.element.clientWidth;
    if (width === 0) return;
    const model = this.#model;
    const drawn = model.draw(this.#quantity, this.#domain);
    const isLine = model.planes.rows === 1;
    const layout = layOutTiles(model.shown(this.#showsAll), drawn.parts, model.planes, isLine ? width : Math.max(48, width - BAR_ROOM));
    this.#layout = layout;
    const size = { width: isLine ? width : Math.min(width, layout.width + BAR_ROOM), height: pictureHeight(layout) };
    const scale = globalThis.devicePixelRatio;
    for (const canvas of [this.#canvas, this.#base]) {
      canvas.width = Math.round(size.width * scale);
      canvas.height = Math.round(size.height * scale);
    }
    this.#canvas.style.width = `${size.width}px`;
    this.#canvas.style.height = `${size.height}px`;
    const context = this.#base.getContext('2d');
    if (context === null) return;
    context.setTransform(scale, 0, 0, scale, 0, 0);
    paintPicture(context, layout, drawn, this.ink());
    this.#drawCell();
  }

  /** What stays while the pointer moves is painted once. */
  #drawCell(): void {
    const [layout, context] = [this.#layout, this.#canvas.getContext('2d')];
    if (layout === null || context === null) return;
    const scale = globalThis.devicePixelRatio;
    context.resetTransform();
    context.clearRect(0, 0, this.#canvas.width, this.#canvas.height);
    context.drawImage(this.#base, 0, 0);
    context.scale(scale, scale);
    const ink = this.ink();
    const worst = this.input.ok || this.#domain === 'spectral' ? null : this.#model.cellOf(layout, this.input.worst.index);
    if (worst !== null) outline(context, layout, worst, ink, false);
    if (this.#cell !== null) outline(context, layout, this.#cell, ink, true);
    this.#describe();
  }

  /** Leads to an element, though its plane be hidden, and gives its picture the focus. */
  lookAt(index: readonly number[]): void {
    if (this.#domain === 'spectral') this.element.querySelector<HTMLInputElement>('input[value=spatial]')?.click();
    if (this.#cellOf(index) === null && !this.#showsAll) this.#show(() => this.#toggleAll());
    const cell = this.#cellOf(index);
    if (cell === null) return;
    this.#canvas.focus();
    this.#moveTo(cell, true);
  }

  #listen(signal: AbortSignal): void {
    const canvas = this.#canvas;
    canvas.tabIndex = 0;
    canvas.setAttribute('role', 'application');
    canvas.setAttribute('aria-roledescription', 'picture');
    const pointedAt = ({ offsetX, offsetY }: MouseEvent): Cell | null => this.#layout && cellAt(this.#layout, offsetX, offsetY);
    canvas.addEventListener('pointermove', (event) => this.#moveTo(pointedAt(event), false), { signal });
    // A click gives the focus, and so leads there as keys do.
    canvas.addEventListener('click', (event) => this.#moveTo(pointedAt(event), true), { signal });
    canvas.addEventListener('pointerleave', () => this.#moveTo(this.#kept, false), { signal });
    canvas.addEventListener(
      'blur',
      () => {
        this.#kept = null;
        this.#moveTo(null, false);
      },
      { signal },
    );
    // The keys start where something is to be seen.
    canvas.addEventListener('focus', () => this.#moveTo(this.#cell ?? this.#start(), true), { signal });
    canvas.addEventListener(
      'keydown',
      (event) => {
        const cell = this.#layout && cellAfter(this.#layout, this.#cell ?? this.#start() ?? { tile: 0, row: 0, col: 0 }, event.key);
        if (cell === null || event.altKey || event.ctrlKey || event.metaKey) return;
        // The notebook would scroll, or leave the cell.
        event.preventDefault();
        event.stopPropagation();
        this.#moveTo(cell, true);
      },
      { signal },
    );
  }

  #start(): Cell | null {
    return this.#cellOf(this.input.worst.index);
  }

  #cellOf(index: readonly number[]): Cell | null {
    return this.#layout && this.#model.cellOf(this.#layout, index);
  }

  #show(change: () => void): void {
    change();
    this.#cell = this.#kept = null;
    this.draw();
  }

  #toggleAll(): void {
    this.#showsAll = !this.#showsAll;
    const { first, planes } = this.#model;
    setText(this.#more, this.#showsAll ? `Show only ${first} planes` : `Show all ${formatCount(planes.count)} planes`);
  }

  /** Looks at a cell; where it stays, it is come back to when the pointer leaves, and spoken. */
  #moveTo(cell: Cell | null, stays: boolean): void {
    const before = this.#cell;
    if (before?.tile === cell?.tile && before?.row === cell?.row && before?.col === cell?.col && !stays) return;
    this.#cell = cell;
    if (stays) this.#kept = cell;
    this.#drawCell();
    if (stays) setText(this.#spoken, `${this.#place.textContent}. ${this.#values.textContent}`);
  }

  #describe(): void {
    const { input } = this;
    const layout = this.#layout;
    const model = this.#model;
    const what = quantities.find(([value]) => value === this.#quantity)?.[1] ?? '';
    const { rows, cols, count } = model.planes;
    const planes = count === 1 ? '' : `${formatCount(count)} planes of `;
    this.#canvas.setAttribute(
      'aria-label',
      `${this.#domain === 'spectral' ? 'Spectrum, ' : ''}${what} of ${gradientName(input)}, ${planes}${rows === 1 ? '' : `${rows} × `}${cols}. Arrow keys move from element to element.`,
    );
    for (const part of [this.#place, this.#values]) part.classList.toggle('hint', this.#cell === null);
    if (layout === null || this.#cell === null) {
      const all = model.first === undefined || this.#showsAll ? '' : `${model.first} of ${formatCount(count)} planes`;
      const ofError = this.#quantity === 'error' ? ', relative to its rms' : '';
      const unit = this.#domain === 'spectral' ? ': spectrum in dB re max' : ofError;
      setText(this.#place, [`${what} of ${gradientName(input)}${unit}`, all].filter(Boolean).join(' · '));
      setText(
        this.#values,
        this.#domain === 'spectral' ? 'zero frequency in the middle' : 'point at an element, or move with the arrow keys',
      );
      return;
    }
    const [place, values] =
      this.#domain === 'spatial'
        ? model.say(model.placeOf(layout, this.#cell))
        : model.sayFrequency(model.draw(this.#quantity, 'spectral'), layout, this.#cell);
    setText(this.#place, place);
    setText(this.#values, values);
  }
}
