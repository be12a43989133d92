// The frequency response of a kernel, to look at and to pull at: the kernel follows.

import type { ComplexPlane } from '../../../src/display/kernels-response.js';
import { mirrorOf } from '../../../src/display/kernels-response.js';
import { formatNumber } from '../../../src/display/number-format.js';
import { binFrequency, formatDecibels, toDecibels } from '../../../src/display/spectrum-values.js';
import { choice } from '../../ui/choice.js';
import { make } from '../../ui/dom.js';
import { LinePlot, type PlotAxis } from '../../ui/line-plot.js';
import { AXIS_ROOM } from '../../ui/plane/axes.js';
import { COLOR_BAR_WIDTH } from '../../ui/plane/color-bar.js';
import { frequencyAxis, frequencyOf } from '../../ui/plane/frequency-axis.js';
import type { Mark } from '../../ui/plane/marks.js';
import { PlaneCard, type PlaneCardOptions } from '../../ui/plane/plane-card.js';
import type { Stroke } from '../../ui/plane/strokes.js';
import { wholeOf, type Cell } from '../../ui/plane/viewport.js';
import type { ViewPage } from '../../ui/renderer.js';
import { binOf, cellOf, largestOf, middled } from './bins.js';
import type { KernelEditor } from './editor.js';
import type { GridActions } from './grid.js';
import { ENTRY_KEYS, NumberEntry } from './number-entry.js';
import { slider, type Slider } from './slider.js';

/** What is shown of a response. */
export const quantities = ['dB', 'linear', 'phase'] as const;
/** What is shown of a response. */
export type Quantity = (typeof quantities)[number];

/** Where the colours begin, and how far down they can be moved. */
const [FLOOR_DB, LOWEST_DB] = [-60, -120] as const;
/** px of a drag from nothing to the largest response, or over half a turn. */
const PULL = 150;
const [PI_TICKS, STEPS] = [
  [
    [-Math.PI, '−π'],
    [-Math.PI / 2, '−π/2'],
    [0, '0'],
    [Math.PI / 2, 'π/2'],
    [Math.PI, 'π'],
  ] as const,
  20,
];

/** The response beside the kernel. */
export class ResponsePanel {
  readonly element: HTMLElement;
  readonly #cards: Readonly<Record<Quantity, PlaneCard>>;
  readonly #magnitude: Slider;
  readonly #phase: Slider;
  readonly #reach = make('input');
  /** The response that the kernel has, or the one that was asked of it. */
  readonly #source: HTMLElement;
  /** Of kernels of one axis: the curve above the strip of bins. */
  readonly #plot: LinePlot | null;
  #quantity: Quantity;
  #isWish = false;
  /** The bin that the sliders are about, zero frequency in the middle of the plane. */
  #bin: Cell | null = null;
  #pull: { readonly magnitude: number; readonly phase: number; readonly largest: number } | null = null;

  constructor(
    private readonly editor: KernelEditor,
    private readonly page: ViewPage,
    private readonly actions: GridActions,
    quantity: Quantity,
    onQuantity: (quantity: Quantity) => void,
  ) {
    this.#quantity = quantity;
    const { signal } = page;
    const { height, width, rows, cols } = editor.shape;
    this.#cards = {
      dB: this.#card({ unit: 'dB re max', scale: { map: 'viridis', min: FLOOR_DB, max: 0 }, reduce: (value) => value }),
      linear: this.#card({ unit: '', scale: { map: 'viridis', min: 0, max: 1 }, reduce: (value) => value }),
      phase: this.#card({ unit: 'rad', scale: { map: 'phase', min: -Math.PI, max: Math.PI }, reduce: 'mean', barTicks: PI_TICKS }),
    };
    const labels = { dB: '|H| dB', linear: '|H|', phase: 'phase' } as const;
    const what = choice(
      'What is shown of the response',
      quantities.map((value) => ({ value, label: labels[value] })),
      quantity,
      (chosen) => {
        this.#quantity = chosen;
        onQuantity(chosen);
        this.draw();
      },
      signal,
    );
    const sources = [
      { value: 'kernel', label: 'actual' },
      { value: 'wish', label: 'asked' },
    ] as const;
    this.#source = choice('Which response', sources, 'kernel', (chosen) => this.#show(chosen === 'wish'), signal);
    this.#reach.type = 'number';
    this.#reach.min = '0';
    this.#reach.step = '1';
    this.#reach.max = String(Math.floor(Math.max(height, width) / 4));
    // As wide as the kernel can tell frequencies apart; of spectral weights each bin is its own.
    this.#reach.value = String(Math.min(Math.floor(height / (4 * rows)), Math.floor(width / (4 * cols))) || Math.floor(width / (4 * cols)));
    this.#magnitude = slider('magnitude', 0, 1, signal, (value, isEnd) => this.#ask({ magnitude: value }, isEnd));
    this.#phase = slider('phase', -Math.PI, Math.PI, signal, (value, isEnd) => this.#ask({ phase: value }, isEnd));
    this.#plot =
      height > 1
        ? null
        : new LinePlot({
            label: 'Frequency response',
            ...plotAxes(quantity),
            ink: page.ink,
            signal,
            height: 170,
            right: AXIS_ROOM.right + COLOR_BAR_WIDTH,
            onPick: ({ at: [col] }) => (col == null ? undefined : this.#card_.view.lookAt({ row: 0, col })),
          });
    const reach = make('label', 'field', 'with neighbours', this.#reach);
    reach.title = 'How many bins to each side change along with the one that is pulled';
    this.element = make(
      'figure',
      'panel',
      make('div', 'panel-head', make('figcaption', '', 'response'), what, this.#source),
      ...(this.#plot === null ? [] : [this.#plot.element]),
      ...quantities.map((each) => this.#cards[each].element),
      make('div', 'sliders', this.#magnitude.element, this.#phase.element, reach),
    );
  }

  /** What is drawn, as canvases. */
  get canvases(): readonly HTMLCanvasElement[] {
    return [this.#card_.view.canvas, this.#card_.bar.canvas];
  }

  /** Draws anew: the kernel is another one. */
  draw(): void {
    const { height, width } = this.editor.shape;
    const { wish } = this.editor;
    if (wish === null) this.#isWish = false;
    for (const input of this.#source.querySelectorAll('input')) {
      input.checked = (input.value === 'wish') === this.#isWish;
      input.disabled = input.value === 'wish' && wish === null;
    }
    for (const each of quantities) this.#cards[each].element.hidden = each !== this.#quantity;
    const shown = this.#shown;
    const magnitude = middled(shown, (re, im) => Math.hypot(re, im));
    const largest = largestOf(magnitude);
    const values = {
      dB: () => magnitude.map((value) => (largest === 0 && value === 0 ? FLOOR_DB : toDecibels(value, largest))),
      linear: () => magnitude,
      phase: () => middled(shown, (re, im) => Math.atan2(im, re)),
    }[this.#quantity]();
    const fade = this.#quantity === 'phase' && largest > 0 ? magnitude.map((value) => Math.min(1, (4 * value) / largest)) : undefined;
    const card = this.#card_;
    const top = largest || 1;
    if (this.#quantity === 'linear') card.setScale({ ...card.scale, max: top });
    const ends = { dB: [LOWEST_DB, 0], linear: [0, top], phase: [-Math.PI, Math.PI] } as const;
    card.setValues({ region: wholeOf(height, width), rows: height, cols: width, values, fade }, ends[this.#quantity]);
    if (this.#plot !== null) {
      const { x, y } = plotAxes(this.#quantity);
      this.#plot.setAxes(x, y);
      this.#plot.setCurves([{ name: 'response', x: Float64Array.from(values, (_, i) => frequencyOf(i, width)), y: values }]);
    }
    this.#mark();
    this.#slide(largest);
  }

  get #card_(): PlaneCard {
    return this.#cards[this.#quantity];
  }

  get #shown(): ComplexPlane {
    return (this.#isWish ? this.editor.wish : null) ?? this.editor.response;
  }

  #show(isWish: boolean): void {
    this.#isWish = isWish;
    this.draw();
  }

  #card(given: Pick<PlaneCardOptions, 'unit' | 'scale' | 'reduce' | 'barTicks'>): PlaneCard {
    const { height, width } = this.editor.shape;
    const entry = new NumberEntry({
      take: (value) => {
        if (this.#quantity === 'phase') this.#ask({ phase: value }, true);
        else this.#ask({ magnitude: Math.abs(value) }, true);
      },
      nudge: (direction) => {
        const { magnitude, phase } = this.#valueOf(this.#bin);
        if (this.#quantity === 'phase') this.#ask({ phase: phase + (direction * Math.PI) / STEPS }, true);
        else this.#ask({ magnitude: Math.max(0, magnitude + (direction * largestOf(middled(this.#shown, Math.hypot))) / STEPS) }, true);
      },
      show: (text) => this.#say(true, text),
    });
    const card: PlaneCard = new PlaneCard({
      ...given,
      label: 'Frequency response, zero frequency in the middle',
      rows: height,
      cols: width,
      x: frequencyAxis(height === 1 ? 'frequency (cycles/sample)' : 'horizontal frequency (cycles/pixel)', width),
      y: height === 1 ? { label: '', ticks: () => [] } : frequencyAxis('vertical frequency (cycles/pixel)', height),
      ink: this.page.ink,
      signal: this.page.signal,
      maxHeight: 300,
      keys: ENTRY_KEYS,
      onPoint: (cell, isKept) => {
        if (isKept) this.#select(cell);
        this.#say(isKept);
      },
      onKey: ({ key }) => this.#bin !== null && entry.obey(key),
      onStroke: (stroke) => this.#drag(stroke),
    });
    return card;
  }

  #select(cell: Cell | null): void {
    this.#bin = cell;
    this.#mark();
    this.#slide();
  }

  /** Up is more. */
  #drag({ start, dy, isEnd }: Stroke): void {
    if (this.#pull === null) {
      this.#select(start);
      this.#pull = { ...this.#valueOf(start), largest: largestOf(middled(this.#shown, Math.hypot)) || 1 };
    }
    const { magnitude, phase, largest } = this.#pull;
    if (isEnd) this.#pull = null;
    // A hand is never quite still.
    if (Math.abs(dy) >= 3) {
      if (this.#quantity === 'phase') this.#ask({ phase: phase - (dy / PULL) * Math.PI }, false);
      else this.#ask({ magnitude: Math.max(0, magnitude - (dy / PULL) * largest) }, false);
    }
    if (isEnd) this.actions.onCommit();
  }

  #ask(edit: { readonly magnitude?: number; readonly phase?: number }, isEnd: boolean): void {
    if (this.#bin !== null) {
      const { height, width } = this.editor.shape;
      const bin = binOf(this.#bin, height, width);
      const reach = Math.max(0, Math.min(Number(this.#reach.max), Math.floor(this.#reach.valueAsNumber || 0)));
      this.editor.askFor(bin.row, bin.col, reach, edit);
      this.actions.onEdit();
      this.#say(isEnd);
    }
    if (isEnd) this.actions.onCommit();
  }

  #valueOf(cell: Cell | null, plane = this.#asked): { magnitude: number; phase: number } {
    if (cell === null) return { magnitude: 0, phase: 0 };
    const { row, col } = binOf(cell, plane.rows, plane.cols);
    const [re, im] = [plane.re[row * plane.cols + col] ?? NaN, plane.im[row * plane.cols + col] ?? NaN];
    return { magnitude: Math.hypot(re, im), phase: Math.atan2(im, re) };
  }

  /** What was asked for, or where nothing was what there is. */
  get #asked(): ComplexPlane {
    return this.editor.wish ?? this.editor.response;
  }

  #mark(): void {
    const { height, width } = this.editor.shape;
    const marks: Mark[] = [];
    if (this.#bin !== null) {
      const { row, col } = binOf(this.#bin, height, width);
      const mirror = mirrorOf(row * width + col, height, width);
      const own = cellOf(Math.floor(mirror / width), mirror % width, height, width);
      marks.push({ ...own, kind: 'cross' }, { ...this.#bin, kind: 'square' });
    }
    this.#card_.view.setMarks(marks);
  }

  #slide(largest = largestOf(middled(this.#shown, Math.hypot))): void {
    const { magnitude, phase } = this.#valueOf(this.#bin);
    this.#magnitude.show(this.#bin === null ? null : magnitude, [0, 1.5 * (largest || 1)], formatNumber(magnitude));
    this.#phase.show(this.#bin === null ? null : phase, [-Math.PI, Math.PI], `${formatNumber((phase * 180) / Math.PI)}°`);
  }

  #say(isKept: boolean, typed = ''): void {
    const cell = this.#card_.view.cell;
    if (cell === null) return this.actions.say('', '', false);
    const { height, width } = this.editor.shape;
    const { row, col } = binOf(cell, height, width);
    const [fy, fx] = [binFrequency(row, height), binFrequency(col, width)];
    const place = height === 1 ? `frequency ${formatNumber(fx)}` : `frequency ${formatNumber(fx)} across, ${formatNumber(fy)} down`;
    const { magnitude, phase } = this.#valueOf(cell, this.editor.response);
    const asked = this.#valueOf(cell);
    const wish =
      this.editor.wish === null ? '' : ` · asked for ${formatNumber(asked.magnitude)} at ${formatNumber((asked.phase * 180) / Math.PI)}°`;
    const level = formatDecibels(toDecibels(magnitude, largestOf(middled(this.editor.response, Math.hypot))));
    const values = `|H| ${formatNumber(magnitude)} (${level}), phase ${formatNumber((phase * 180) / Math.PI)}°${wish}`;
    this.actions.say(
      place,
      typed === '' ? values : `${typed}▏Enter sets the ${this.#quantity === 'phase' ? 'phase in radians' : 'magnitude'}`,
      isKept,
    );
  }
}

function plotAxes(quantity: Quantity): { readonly x: PlotAxis; readonly y: PlotAxis } {
  const y: Readonly<Record<Quantity, PlotAxis>> = {
    // A zero of the response would take all of the height.
    dB: { label: '|H|', unit: 'dB re max', range: [LOWEST_DB, 5] },
    linear: { label: '|H|' },
    phase: { label: 'phase', unit: 'rad', range: [-Math.PI, Math.PI] },
  };
  return { x: { label: 'frequency', unit: 'cycles/sample', range: [-0.5, 0.5] }, y: y[quantity] };
}
