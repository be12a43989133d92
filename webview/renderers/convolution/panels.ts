// The six pictures of a convolution: what is pointed at in one is marked in those that it goes into or comes from.

import { colorize, type ColorMap } from '../../../src/display/color.js';
import type { ConvolutionSteps, RealPlane, WrapAround } from '../../../src/display/convolution-values.js';
import { finiteExtent } from '../../../src/display/extent.js';
import type { ComplexPlane } from '../../../src/display/kernels-response.js';
import { formatNumber } from '../../../src/display/number-format.js';
import { binFrequency, toDecibels } from '../../../src/display/spectrum-values.js';
import { make, setText } from '../../ui/dom.js';
import { frequencyAxis } from '../../ui/plane/frequency-axis.js';
import { indexAxis } from '../../ui/plane/index-axis.js';
import type { PlaneLayer } from '../../ui/plane/layer.js';
import type { Mark } from '../../ui/plane/marks.js';
import { PlaneView } from '../../ui/plane/plane-view.js';
import { wholeOf, type Cell } from '../../ui/plane/viewport.js';
import type { ViewPage } from '../../ui/renderer.js';
import { binOf, largestOf, middled } from '../kernels/bins.js';
import { stepNames } from './steps.js';
import { describeSum, sourcesOf, targetsOf, termsOf, type Part } from './window.js';

/** What the pictures are of. */
export interface Computed {
  readonly steps: ConvolutionSteps;
  /** The taps as they are convolved. */
  readonly kernel: RealPlane;
  readonly wrap: WrapAround;
  /** Drawn around a part of the result. */
  readonly kept: { readonly top: number; readonly left: number; readonly rows: number; readonly cols: number } | null;
  /** Extents of the image without its zeros. */
  readonly image: readonly [number, number];
}

/** Orange, as in the saved picture. */
const WRAPPED = [255, 122, 0] as const;
const DEPTH_DB = 80;
const [IMAGE, KERNEL, RESULT] = [0, 1, 5] as const;

/** The six pictures. */
export class Panels {
  readonly element: HTMLElement;
  readonly #views: readonly PlaneView[];
  readonly #notes: readonly HTMLElement[];
  readonly #figures: readonly HTMLElement[];
  #computed: Computed | null = null;

  constructor(
    kernel: readonly [number, number],
    private readonly page: ViewPage,
    private readonly say: (place: string, values: string, isKept: boolean) => void,
    onStep: (step: number) => void,
  ) {
    this.#notes = stepNames.map(() => make('span', 'note'));
    this.#views = stepNames.map((title, at) => {
      const isKernel = at === KERNEL;
      return new PlaneView({
        label: title,
        rows: isKernel ? kernel[0] : 1,
        cols: isKernel ? kernel[1] : 1,
        x: indexAxis('column'),
        y: indexAxis('row'),
        ink: page.ink,
        signal: page.signal,
        maxHeight: 260,
        ...(isKernel
          ? { cellText: (row: number, col: number) => formatNumber(this.#computed?.kernel.values[row * kernel[1] + col] ?? NaN) }
          : {}),
        onPoint: (cell, isKept) => this.#point(at, cell, isKept),
        onPick: () => onStep(at),
      });
    });
    this.#figures = stepNames.map((title, at) => {
      const number = make('span', 'step-number', String(at + 1));
      return make(
        'figure',
        'panel',
        make('figcaption', '', number, make('span', 'name', title), this.#notes[at] as HTMLElement),
        (this.#views[at] as PlaneView).element,
      );
    });
    this.element = make('div', 'panels', ...this.#figures);
  }

  /** The canvases, first to last. */
  get canvases(): readonly HTMLCanvasElement[] {
    return this.#views.map(({ canvas }) => canvas);
  }

  /** Makes the picture of a step stand out. */
  select(step: number): void {
    this.#figures.forEach((figure, at) => {
      figure.classList.toggle('active', at === step);
      if (at === step) figure.setAttribute('aria-current', 'step');
      else figure.removeAttribute('aria-current');
    });
  }

  /** Draws other steps. */
  show(computed: Computed): void {
    const isOther = this.#computed?.kernel !== computed.kernel;
    this.#computed = computed;
    this.#paint(computed, isOther);
  }

  /** Frames another part of the result. */
  frame(kept: Computed['kept']): void {
    if (this.#computed !== null) this.#computed = { ...this.#computed, kept };
    this.#mark(null, null);
  }

  /** Draws anew: the theme is another one. */
  draw(): void {
    if (this.#computed !== null) this.#paint(this.#computed, true);
  }

  #paint({ steps, kernel, wrap }: Computed, withKernel: boolean): void {
    this.#real(IMAGE, steps.image, 'grey');
    if (withKernel) this.#real(KERNEL, kernel, this.page.ink().isDark ? 'divergingDark' : 'diverging');
    [steps.imageSpectrum, steps.kernelSpectrum, steps.product].forEach((spectrum, i) => this.#spectrum(2 + i, spectrum));
    this.#real(RESULT, steps.result, 'grey', wrap.mask, wrap.period > 0 ? ' · orange: wrapped around' : '');
    this.#mark(null, null);
  }

  #real(at: number, plane: RealPlane, map: ColorMap, marked?: Uint8Array, note = ''): void {
    const { rows, cols, values } = plane;
    const { min, max } = finiteExtent(values);
    const size = Math.max(Math.abs(min), Math.abs(max)) || 1;
    const ends = min > max ? { min: 0, max: 1 } : map === 'grey' ? { min, max } : { min: -size, max: size };
    const range =
      min > max ? 'no finite values' : map === 'grey' ? `${formatNumber(min)} … ${formatNumber(max)}` : `±${formatNumber(size)}`;
    this.#set(
      at,
      rows,
      cols,
      [layerOf(rows, cols, values, colorize(values, { map, ...ends })), ...(marked === undefined ? [] : [markLayer(rows, cols, marked)])],
      `${range}${note}`,
    );
  }

  #spectrum(at: number, plane: ComplexPlane): void {
    const { rows, cols } = plane;
    const magnitude = middled(plane, Math.hypot);
    const largest = largestOf(magnitude);
    const levels = magnitude.map((value) => toDecibels(value, largest > 0 ? largest : 1));
    const layer = layerOf(rows, cols, levels, colorize(levels, { map: 'viridis', min: -DEPTH_DB, max: 0 }));
    // While there is nothing to draw, setting axes takes no time.
    this.#views[at]?.resize(rows, cols);
    this.#views[at]?.setAxes(frequencyAxis('cycles/pixel', cols), frequencyAxis('cycles/pixel', rows));
    this.#set(at, rows, cols, [{ ...layer, weight: levels }], `−${DEPTH_DB} … 0 dB re ${formatNumber(largest)}`);
  }

  #set(at: number, rows: number, cols: number, layers: readonly PlaneLayer[], note: string): void {
    const view = this.#views[at];
    const element = this.#notes[at];
    if (view === undefined || element === undefined) return;
    view.resize(rows, cols);
    view.setLayers(layers);
    setText(element, note);
  }

  /** What always stands over the pictures, and what is pointed at. */
  #mark(at: number | null, cell: Cell | null): void {
    const computed = this.#computed;
    if (computed === null) return;
    const { steps, kernel, kept, image } = computed;
    const marks: Mark[][] = stepNames.map(() => []);
    const { rows, cols } = steps.image;
    if (rows > image[0] || cols > image[1])
      marks[IMAGE]?.push({ kind: 'box', row: 0, col: 0, rows: image[0], cols: image[1], isDashed: true });
    if (kept !== null && kept.rows > 0 && kept.cols > 0)
      marks[RESULT]?.push({ kind: 'box', row: kept.top, col: kept.left, rows: kept.rows, cols: kept.cols, isDashed: true });
    if (at !== null && cell !== null) {
      const extents = [
        [kernel.rows, kernel.cols],
        [rows, cols],
      ] as const;
      if (at === RESULT) marks[IMAGE]?.push(...boxes(sourcesOf(cell.row, cell.col, ...extents)), { ...cell, kind: 'cross' });
      if (at === IMAGE) marks[RESULT]?.push(...boxes(targetsOf(cell.row, cell.col, ...extents)), { ...cell, kind: 'cross' });
      if (at >= 2 && at <= 4) for (const other of [2, 3, 4]) if (other !== at) marks[other]?.push({ ...cell, kind: 'cross' });
    }
    this.#views.forEach((view, i) => view.setMarks(marks[i] ?? []));
  }

  #point(at: number, cell: Cell | null, isKept: boolean): void {
    const computed = this.#computed;
    this.#mark(at, cell);
    if (computed === null || cell === null) return this.say('', '', false);
    const { steps, kernel, wrap } = computed;
    const { row, col } = cell;
    const { rows, cols } = steps.image;
    if (at === KERNEL)
      return this.say(
        `h[${row}, ${col}]`,
        `${formatNumber(kernel.values[row * kernel.cols + col] ?? NaN)}, multiplies x[r − ${row}, c − ${col}]`,
        isKept,
      );
    if (at === IMAGE) {
      const wrapped = targetsOf(row, col, [kernel.rows, kernel.cols], [rows, cols]).filter(({ isWrapped }) => isWrapped);
      const count = wrapped.reduce((sum, part) => sum + part.rows * part.cols, 0);
      const over = count === 0 ? '' : `, ${count} of them on the other side`;
      return this.say(
        `x[${row}, ${col}] = ${formatNumber(steps.image.values[row * cols + col] ?? NaN)}`,
        `takes part in ${kernel.rows * kernel.cols} pixels of the result${over}`,
        isKept,
      );
    }
    if (at === RESULT) {
      const value = formatNumber(steps.result.values[row * cols + col] ?? NaN);
      const reached = wrap.mask[row * cols + col] === 1 ? ', wrapped around' : '';
      return this.say(`y[${row}, ${col}] = ${value}${reached}`, describeSum(termsOf(steps.image, kernel, row, col)), isKept);
    }
    const bin = binOf(cell, rows, cols);
    const [fy, fx] = [binFrequency(bin.row, rows), binFrequency(bin.col, cols)];
    const polar = (plane: ComplexPlane): string => `${formatNumber(magnitudeIn(plane, bin))}∠${formatNumber(phaseIn(plane, bin))}°`;
    this.say(
      `bin [${bin.row}, ${bin.col}]: ${formatNumber(fx)} across, ${formatNumber(fy)} down`,
      `X·H = ${polar(steps.imageSpectrum)} · ${polar(steps.kernelSpectrum)} = ${polar(steps.product)}`,
      isKept,
    );
  }
}

function boxes(parts: readonly Part[]): Mark[] {
  return parts.map(({ row, col, rows, cols, isWrapped }) => ({ kind: 'box', row, col, rows, cols, isDashed: isWrapped }));
}

function layerOf(rows: number, cols: number, values: Float64Array, colors: Uint8ClampedArray): PlaneLayer {
  return {
    region: wholeOf(rows, cols),
    rows,
    cols,
    colors,
    isNan: values.some(Number.isNaN) ? (cell) => Number.isNaN(values[cell]) : null,
    weight: null,
  };
}

/** A layer over what is marked, by how much of each cell is; the picture is seen through it. */
export function markLayer(rows: number, cols: number, marked: ArrayLike<number>, region = wholeOf(rows, cols)): PlaneLayer {
  const colors = new Uint8ClampedArray(4 * rows * cols);
  for (let i = 0; i < rows * cols; i++) {
    const part = marked[i] ?? 0;
    if (part > 0) colors.set([...WRAPPED, 255 * (0.25 + 0.3 * part)], 4 * i);
  }
  return { region, rows, cols, colors, isNan: null, weight: marked };
}

function magnitudeIn({ cols, re, im }: ComplexPlane, { row, col }: Cell): number {
  return Math.hypot(re[row * cols + col] ?? NaN, im[row * cols + col] ?? NaN);
}

/** In degrees. */
function phaseIn({ cols, re, im }: ComplexPlane, { row, col }: Cell): number {
  return (Math.atan2(im[row * cols + col] ?? NaN, re[row * cols + col] ?? NaN) * 180) / Math.PI;
}
