// The bar beside a drawing: the colours of a plane or the part of an axis that is seen, the histogram of the values beside it, and two handles
// that set the range.

import { roundTicks, unitWithExponent } from '../../../src/display/axes.js';
import { colorAt, nanColor, NAN_PERIOD, type ColorMap } from '../../../src/display/color.js';
import { distribute } from '../../../src/display/distribution.js';
import { formatNumber } from '../../../src/display/number-format.js';
import { make } from '../dom.js';
import type { Ink } from '../ink.js';

/** What a colour bar shows. */
export interface BarScale {
  /** Null where values are no colours, but heights on an axis. */
  readonly map: ColorMap | null;
  /** Values at the ends of the map or of the axis. */
  readonly min: number;
  readonly max: number;
  /** Where the ends may be moved to. */
  readonly low: number;
  readonly high: number;
  readonly unit: string;
  /** Names the ticks where they are not round numbers, as of angles: [value, text]. */
  readonly ticks?: readonly (readonly [number, string])[] | undefined;
  /** All values, for the histogram. */
  readonly values: ArrayLike<number>;
}

/** Options of a colour bar. */
export interface ColorBarOptions {
  readonly ink: () => Ink;
  readonly signal: AbortSignal;
  /** The ends were moved; without it they cannot be. */
  readonly onRange?: (min: number, max: number) => void;
  /** Symmetric about 0: one end moves the other. */
  readonly isSymmetric?: boolean;
  /** What has the range, for those who do not see it; 'the colours' when not given. */
  readonly of?: string;
}

/** Width in px: histogram, bar, ticks. */
export const COLOR_BAR_WIDTH = 104;
const [HISTOGRAM, BAR, LEFT, TICK] = [28, 12, 4, 4] as const;
const [TOP, BOTTOM] = [22, 26] as const;
/** Steps of a handle from one end to the other, by the keys. */
const STEPS = 100;

/** A colour bar of `height` px. Give it a scale, and tell it when the theme is another one (`draw`). */
export class ColorBar {
  readonly element = make('div', 'color-bar');
  readonly canvas = make('canvas');
  readonly #handles: Readonly<Record<End, HTMLElement>>;
  #scale: BarScale | null = null;
  #height = 0;

  constructor(private readonly options: ColorBarOptions) {
    this.canvas.ariaHidden = 'true';
    const { of = 'the colours' } = options;
    this.#handles = { max: this.#handle('max', `Highest value of ${of}`), min: this.#handle('min', `Lowest value of ${of}`) };
    this.element.append(this.canvas);
    if (options.onRange !== undefined) this.element.append(this.#handles.max, this.#handles.min);
  }

  /** Shows a scale over the height of what stands beside it, in px. */
  show(scale: BarScale, height: number): void {
    this.#scale = scale;
    this.#height = Math.max(96, height);
    this.draw();
  }

  /** Draws anew. */
  draw(): void {
    const scale = this.#scale;
    const context = this.canvas.getContext('2d');
    if (scale === null || context === null) return;
    const ratio = globalThis.devicePixelRatio;
    const height = this.#height + TOP + BOTTOM;
    this.canvas.width = Math.round(COLOR_BAR_WIDTH * ratio);
    this.canvas.height = Math.round(height * ratio);
    this.canvas.style.width = `${COLOR_BAR_WIDTH}px`;
    this.canvas.style.height = `${height}px`;
    context.scale(ratio, ratio);
    this.#paint(context, scale);
    for (const end of ['min', 'max'] as const) this.#place(end, scale);
  }

  #paint(context: CanvasRenderingContext2D, scale: BarScale): void {
    const ink = this.options.ink();
    const { map, min, max, low, high } = scale;
    context.font = ink.font;
    const x = LEFT + HISTOGRAM;
    const at = (value: number): number => this.#at(value, scale);
    const { bins, nan } = distribute(scale.values, low, high);
    const largest = Math.max(1, ...bins);
    context.fillStyle = ink.rule;
    const step = this.#height / bins.length;
    bins.forEach((count, i) => {
      // By the square root, so that a few bright values beside many dark ones show.
      const width = (HISTOGRAM - 4) * Math.sqrt(count / largest);
      context.fillRect(x - 2 - width, TOP + this.#height - (i + 1) * step, width, Math.max(1, step));
    });
    if (map === null) {
      context.fillStyle = ink.line;
      context.globalAlpha = 0.4;
      context.fillRect(x, at(max), BAR, at(min) - at(max));
      context.globalAlpha = 1;
    }
    // Beyond the range all values have the end's colour.
    for (let y = 0; map !== null && y < this.#height; y++) {
      const value = high - ((y + 0.5) / this.#height) * (high - low);
      context.fillStyle = colorAt(map, max === min ? 0.5 : Math.min(1, Math.max(0, (value - min) / (max - min))));
      context.fillRect(x, TOP + y, BAR, 1);
    }
    context.strokeStyle = ink.rule;
    context.lineWidth = 1;
    context.strokeRect(x - 0.5, TOP - 0.5, BAR + 1, this.#height + 1);
    const found = scale.ticks === undefined ? roundTicks(low, high, Math.max(3, Math.floor(this.#height / 40))) : null;
    const ticks = scale.ticks ?? found?.ticks.map(({ value, text }) => [value, text] as const) ?? [];
    for (const [value, text] of ticks) {
      context.fillStyle = ink.rule;
      context.fillRect(x + BAR + 1, Math.round(at(value) - 0.5), TICK, 1);
      context.fillStyle = ink.muted;
      context.fillText(text, x + BAR + TICK + 4, at(value) + 4);
    }
    context.fillStyle = ink.muted;
    context.fillText(unitWithExponent(scale.unit, found?.exponent ?? 0), LEFT, 12, COLOR_BAR_WIDTH - LEFT);
    if (nan > 0) paintNan(context, x, TOP + this.#height + 12, ink);
  }

  #at(value: number, { low, high }: BarScale): number {
    return high === low ? TOP + this.#height / 2 : TOP + this.#height * (1 - (value - low) / (high - low));
  }

  #place(end: End, scale: BarScale): void {
    const handle = this.#handles[end];
    handle.style.top = `${this.#at(scale[end], scale)}px`;
    handle.style.left = `${LEFT + HISTOGRAM - 3}px`;
    handle.setAttribute('aria-valuemin', String(scale.low));
    handle.setAttribute('aria-valuemax', String(scale.high));
    handle.setAttribute('aria-valuenow', String(scale[end]));
    handle.setAttribute('aria-valuetext', `${formatNumber(scale[end])} ${scale.unit}`.trim());
    handle.title = `${formatNumber(scale[end])} ${scale.unit}`.trim();
  }

  #handle(end: End, label: string): HTMLElement {
    const { signal } = this.options;
    const handle = make('div', `handle ${end}`);
    handle.tabIndex = 0;
    handle.setAttribute('role', 'slider');
    handle.setAttribute('aria-orientation', 'vertical');
    handle.setAttribute('aria-label', label);
    handle.addEventListener('pointerdown', (event) => handle.setPointerCapture(event.pointerId), { signal });
    handle.addEventListener(
      'pointermove',
      (event) => {
        const scale = this.#scale;
        if (scale === null || !handle.hasPointerCapture(event.pointerId)) return;
        const y = event.clientY - this.canvas.getBoundingClientRect().top - TOP;
        this.#move(end, scale.high - (y / this.#height) * (scale.high - scale.low));
      },
      { signal },
    );
    handle.addEventListener(
      'keydown',
      (event) => {
        const scale = this.#scale;
        const steps = {
          ArrowUp: 1,
          ArrowRight: 1,
          ArrowDown: -1,
          ArrowLeft: -1,
          PageUp: 10,
          PageDown: -10,
          Home: -Infinity,
          End: Infinity,
        };
        const by = steps[event.key as keyof typeof steps] as number | undefined;
        if (scale === null || by === undefined) return;
        event.preventDefault();
        event.stopPropagation();
        const to = Number.isFinite(by) ? scale[end] + (by * (scale.high - scale.low)) / STEPS : by > 0 ? scale.high : scale.low;
        this.#move(end, to);
      },
      { signal },
    );
    return handle;
  }

  /** The ends keep a step between them. */
  #move(end: End, to: number): void {
    const scale = this.#scale;
    if (scale === null) return;
    const step = (scale.high - scale.low) / STEPS;
    const { isSymmetric = false, onRange } = this.options;
    if (isSymmetric) {
      const size = Math.min(scale.high, Math.max(step, Math.abs(to)));
      return onRange?.(-size, size);
    }
    if (end === 'min') onRange?.(Math.min(Math.max(scale.low, to), scale.max - step), scale.max);
    else onRange?.(scale.min, Math.max(Math.min(scale.high, to), scale.min + step));
  }
}

type End = 'min' | 'max';

function paintNan(context: CanvasRenderingContext2D, x: number, y: number, ink: Ink): void {
  for (let i = 0; i < BAR * BAR; i++) {
    context.fillStyle = `rgb(${nanColor(((i % BAR) + Math.floor(i / BAR)) % NAN_PERIOD, NAN_PERIOD).join(',')})`;
    context.fillRect(x + (i % BAR), y + Math.floor(i / BAR), 1, 1);
  }
  context.fillStyle = ink.muted;
  context.fillText('NaN', x + BAR + TICK + 4, y + 10);
}
