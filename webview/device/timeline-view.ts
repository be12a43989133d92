// The timeline of a session as a picture: submissions above, their dispatches below, the heaviest operations in colour.

import { make, setText } from '../ui/dom.js';
import { formatTime } from '../ui/format.js';
import type { LoggedBatch } from './session-log.js';
import { barAt, heaviest, layOut, operationOf, roundTime, type Bar, type TimelineLayout } from './timeline-layout.js';

/** Each lane's place from the top, and its height, in pixels. */
const lanes = { batches: { top: 2, height: 14 }, dispatches: { top: 20, height: 26 } } as const;
const height = 66;
/** Left of the bars stand the names of the lanes. */
const gutter = 68;
const scaleWidth = 120;
/** Theme colours of the heaviest operations: those that everybody can tell apart in all themes; the rest is grey. */
const hues = ['--vscode-charts-blue', '--vscode-charts-orange', '--vscode-charts-purple'] as const;
type Hue = (typeof hues)[number];
/** Submissions that are drawn. */
const mostShown = 32;

/** One timeline. */
export class TimelineView {
  readonly element: HTMLElement;
  readonly #canvas = make('canvas', 'timeline');
  readonly #readout = make('p', 'readout');
  readonly #legend = make('ul', 'legend');
  /** Operations keep their colour while they are among the heaviest. */
  readonly #hues = new Map<string, Hue>();
  #batches: readonly LoggedBatch[] = [];
  #layout: TimelineLayout = layOut([], 0);
  #pointer: { readonly x: number; readonly y: number } | null = null;
  /** The bar that the arrow keys are at: its place among all of its kind. */
  #key: number | null = null;

  constructor() {
    this.element = make('div', 'timeline-view', this.#canvas, this.#readout, this.#legend);
    this.#canvas.tabIndex = 0;
    this.#canvas.setAttribute('role', 'img');
    this.#canvas.addEventListener('pointermove', ({ offsetX, offsetY }) => this.#point({ x: offsetX - gutter, y: offsetY }, null));
    this.#canvas.addEventListener('pointerleave', () => this.#point(null, null));
    this.#canvas.addEventListener('blur', () => this.#point(null, null));
    this.#canvas.addEventListener('keydown', (event) => this.#onKey(event));
    new ResizeObserver(() => this.draw()).observe(this.#canvas);
  }

  /** Shows submissions, oldest first. */
  show(batches: readonly LoggedBatch[]): void {
    this.#batches = batches.slice(-mostShown);
    this.#key = null;
    this.draw();
  }

  /** Draws anew: the size or the theme may be another one. */
  draw(): void {
    const width = this.#canvas.clientWidth;
    if (width === 0) return;
    this.#layout = layOut(this.#batches, width - gutter);
    this.#paint();
  }

  /** What the user looks at, stays looked at while new submissions come in. */
  get #chosen(): Bar | undefined {
    const { batches, dispatches } = this.#layout;
    if (this.#key !== null) return this.#bars[this.#key];
    if (this.#pointer === null) return undefined;
    const isLower = this.#pointer.y >= (lanes.batches.top + lanes.batches.height + lanes.dispatches.top) / 2;
    return barAt(isLower && dispatches.length > 0 ? dispatches : batches, this.#pointer.x);
  }

  get #bars(): readonly Bar[] {
    const { batches, dispatches } = this.#layout;
    return dispatches.length > 0 ? dispatches : batches;
  }

  #paint(): void {
    const width = this.#canvas.clientWidth;
    const context = this.#canvas.getContext('2d');
    if (context === null) return;
    const density = window.devicePixelRatio;
    this.#canvas.width = Math.round(width * density);
    this.#canvas.height = Math.round(height * density);
    context.scale(density, density);
    const style = getComputedStyle(this.#canvas);
    const color = (name: string): string => style.getPropertyValue(name).trim() || style.color;
    const plain = color('--vscode-descriptionForeground');
    const top = heaviest(this.#batches, hues.length);
    this.#assignHues(top.map(({ label }) => label));
    context.font = `11px ${style.fontFamily}`;
    context.textBaseline = 'middle';
    context.fillStyle = plain;
    context.strokeStyle = plain;
    for (const [name, { top: from, height: tall }] of Object.entries(lanes)) context.fillText(name, 0, from + tall / 2);
    this.#drawScale(context, width);
    context.translate(gutter, 0);
    for (const bar of this.#layout.batches) fill(context, bar, plain, 0.35);
    for (const bar of this.#layout.dispatches) {
      const hue = this.#hues.get(operationOf(bar.label));
      fill(context, bar, hue === undefined ? plain : color(hue), hue === undefined ? 0.5 : 1);
    }
    this.#drawPauses(context);
    if (this.#chosen) outline(context, this.#chosen, color('--vscode-focusBorder'));
    this.#drawLegend(top, color);
    this.#tell();
  }

  #assignHues(labels: readonly string[]): void {
    for (const label of this.#hues.keys()) if (!labels.includes(label)) this.#hues.delete(label);
    for (const label of labels) {
      const used = new Set(this.#hues.values());
      const free = hues.find((hue) => !used.has(hue));
      if (!this.#hues.has(label) && free !== undefined) this.#hues.set(label, free);
    }
  }

  /** A round time as a line at the right edge, as on a map. */
  #drawScale(context: CanvasRenderingContext2D, width: number): void {
    const { scale } = this.#layout;
    if (scale <= 0) return;
    const time = roundTime(scale, Math.min(scaleWidth, (width - gutter) / 2));
    const [from, to, y] = [width - time * scale, width - 0.5, height - 6.5];
    context.beginPath();
    context.moveTo(from, y - 3);
    context.lineTo(from, y);
    context.lineTo(to, y);
    context.lineTo(to, y - 3);
    context.stroke();
    context.textAlign = 'right';
    context.fillText(formatTime(time), from - 6, y - 1);
    context.textAlign = 'left';
  }

  /** A pause is two slanted strokes, as in a broken axis. */
  #drawPauses(context: CanvasRenderingContext2D): void {
    const middle = (lanes.batches.top + lanes.dispatches.top + lanes.dispatches.height) / 2;
    for (const { left, width } of this.#layout.pauses) {
      for (const shift of [-2, 2]) {
        context.beginPath();
        context.moveTo(left + width / 2 + shift - 2, middle + 6);
        context.lineTo(left + width / 2 + shift + 2, middle - 6);
        context.stroke();
      }
    }
  }

  #drawLegend(top: ReturnType<typeof heaviest>, color: (name: string) => string): void {
    const items = top.map(({ label, time }) => {
      const swatch = make('span', 'swatch');
      swatch.style.backgroundColor = color(this.#hues.get(label) ?? '');
      const name = make('span', 'name', label);
      name.title = label;
      return make('li', '', swatch, name, make('span', 'number', formatTime(time)));
    });
    this.#legend.replaceChildren(...items);
  }

  #point(pointer: { readonly x: number; readonly y: number } | null, key: number | null): void {
    const before = this.#chosen;
    this.#pointer = pointer;
    this.#key = key;
    if (this.#chosen !== before) this.#paint();
  }

  #onKey(event: KeyboardEvent): void {
    const step = { ArrowLeft: -1, ArrowRight: 1 }[event.key];
    const { length } = this.#bars;
    if (step === undefined || length === 0) return;
    event.preventDefault();
    const from = this.#key ?? (step > 0 ? -1 : length);
    this.#point(null, Math.max(0, Math.min(length - 1, from + step)));
  }

  #tell(): void {
    const text = this.#chosen === undefined ? this.#summary() : this.#describe(this.#chosen);
    setText(this.#readout, text);
    this.#canvas.setAttribute('aria-label', `Timeline. ${text}`);
  }

  #summary(): string {
    const count = this.#batches.length;
    if (count === 0) return 'Nothing ran yet.';
    const dispatches = this.#batches.reduce((sum, batch) => sum + batch.dispatches.length, 0);
    const batches = count === 1 ? 'Last batch' : `Last ${count} batches`;
    const what = `${batches}: ${dispatches} ${dispatches === 1 ? 'dispatch' : 'dispatches'} in ${formatTime(this.#layout.busy)}`;
    return this.#layout.dispatches.length > 0 ? what : `${what}. This adapter does not measure single dispatches.`;
  }

  #describe({ batch: index, dispatch, label, time }: Bar): string {
    const batch = this.#batches[index];
    if (batch === undefined) return '';
    const where = batch.origin === null ? '' : `, for ${batch.origin}`;
    if (dispatch >= 0) return `${label}: ${formatTime(time ?? 0)}, dispatch ${dispatch + 1} of ${batch.dispatches.length}${where}`;
    return `Batch for ${label}: ${formatTime(time ?? 0)}, of it ${formatTime(batch.cpu)} to encode${where}`;
  }
}

function fill(context: CanvasRenderingContext2D, bar: Bar, color: string, alpha: number): void {
  const lane = bar.dispatch < 0 ? lanes.batches : lanes.dispatches;
  context.globalAlpha = alpha;
  context.fillStyle = color;
  // A hair of space tells neighbours apart, where there is room for it.
  context.fillRect(bar.left, lane.top, bar.width > 3 ? bar.width - 0.5 : bar.width, lane.height);
  context.globalAlpha = 1;
}

function outline(context: CanvasRenderingContext2D, bar: Bar, color: string): void {
  const lane = bar.dispatch < 0 ? lanes.batches : lanes.dispatches;
  context.strokeStyle = color;
  context.lineWidth = 2;
  context.strokeRect(bar.left, lane.top - 1, Math.max(2, bar.width), lane.height + 2);
}
