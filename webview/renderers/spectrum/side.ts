// What stands beside a spectrum: the wave of the bin that was clicked, the radial average, and the meters.

import { colorize } from '../../../src/display/color.js';
import { formatNumber, withMinus } from '../../../src/display/number-format.js';
import { referenceName, toDecibels, zeroDecibels } from '../../../src/display/spectrum-values.js';
import type { SpectrumData } from '../../../src/protocol/spectrum.js';
import { make, setText } from '../../ui/dom.js';
import { LinePlot } from '../../ui/line-plot.js';
import type { ViewPage } from '../../ui/renderer.js';
import type { Bin, BinValue } from './drawing.js';
import { describeWave } from './frequency.js';
import type { SpectrumModel } from './model.js';
import type { Settings } from './settings.js';
import { metersOf } from './words.js';

/** Size of the wave's picture in px. */
const SIZE = 112;
/** Periods that are seen of a wave. */
const PERIODS = 4;

/** The wave of a bin, as a picture or curve. */
export class WavePicture {
  readonly #canvas = make('canvas', 'wave');
  readonly #caption = make('p', 'note');
  readonly element = make('div', 'wave-box', this.#canvas, this.#caption);

  constructor(
    private readonly saved: SpectrumData,
    private readonly page: ViewPage,
  ) {
    this.#canvas.setAttribute('role', 'img');
    this.clear();
  }

  /** Nothing was picked. */
  clear(): void {
    this.#canvas.hidden = true;
    setText(this.#caption, 'Click a bin to see its wave and its mirror.');
  }

  /** Draws the wave of a bin. */
  show({ row, col }: Bin, value: BinValue): void {
    const { shape, sampleRate, norm } = this.saved;
    const cols = shape.at(-1) as number;
    const rows = shape.length === 2 ? shape[0] : 1;
    const [down, across] = [row / rows, col / cols];
    const frequency = Math.hypot(down, across);
    if (!Number.isFinite(value.magnitude)) {
      this.#canvas.hidden = true;
      return setText(this.#caption, `A bin that is ${formatNumber(value.magnitude)} has no wave.`);
    }
    const span = frequency === 0 ? 16 : Math.max(8, Math.min(Math.max(rows, cols), Math.round(PERIODS / frequency)));
    const at = (y: number, x: number): number => Math.cos(2 * Math.PI * (down * y + across * x) + value.phase);
    this.#canvas.hidden = false;
    if (shape.length === 2) this.#paintPlane(span, at);
    else this.#paintLine(span, (x) => at(0, x));
    const count = rows * cols;
    const isOwnMirror = (2 * row) % rows === 0 && (2 * col) % cols === 0;
    const share = norm === 'backward' ? 1 / count : norm === 'ortho' ? 1 / Math.sqrt(count) : 1;
    const amplitude = (isOwnMirror ? 1 : 2) * value.magnitude * share;
    const wave = describeWave(down, across, shape.length === 2 ? 'pixel' : 'sample', sampleRate);
    const sample = shape.length === 2 ? `${span}×${span} px` : `${span} samples`;
    const text =
      frequency === 0 && value.magnitude > 0
        ? `The mean of the ${shape.length === 2 ? 'picture' : 'signal'}`
        : [
            `Its wave: ${wave}`,
            `amplitude ${formatNumber(amplitude)}${isOwnMirror ? '' : ' with its mirror'}`,
            `phase ${withMinus(((value.phase * 180) / Math.PI).toFixed(0))}°`,
            `${sample} shown`,
          ].join(' · ');
    setText(this.#caption, text);
    this.#canvas.ariaLabel = text;
  }

  #start(): CanvasRenderingContext2D | null {
    const scale = globalThis.devicePixelRatio;
    this.#canvas.width = this.#canvas.height = Math.round(SIZE * scale);
    this.#canvas.style.width = this.#canvas.style.height = `${SIZE}px`;
    const context = this.#canvas.getContext('2d');
    context?.scale(scale, scale);
    return context;
  }

  #paintPlane(span: number, at: (y: number, x: number) => number): void {
    const context = this.#start();
    // Pixels of the picture as long as they are seen one by one, else the wave between them.
    const cells = Math.min(span, SIZE);
    const values = Float64Array.from({ length: cells * cells }, (_, i) =>
      at((Math.floor(i / cells) * span) / cells, ((i % cells) * span) / cells),
    );
    const pixels = new ImageData(new Uint8ClampedArray(colorize(values, { map: 'grey', min: -1, max: 1 })), cells, cells);
    const small = new OffscreenCanvas(cells, cells);
    small.getContext('2d')?.putImageData(pixels, 0, 0);
    if (context === null) return;
    context.imageSmoothingEnabled = false;
    context.drawImage(small, 0, 0, SIZE, SIZE);
  }

  #paintLine(span: number, at: (x: number) => number): void {
    const context = this.#start();
    if (context === null) return;
    const ink = this.page.ink();
    const y = (value: number): number => SIZE / 2 - value * (SIZE / 2 - 12);
    context.strokeStyle = ink.rule;
    context.strokeRect(0.5, 0.5, SIZE - 1, SIZE - 1);
    context.strokeStyle = ink.line;
    context.lineWidth = 1.25;
    context.beginPath();
    for (let px = 0; px <= SIZE; px++) context.lineTo(px, y(at((px / SIZE) * span)));
    context.stroke();
    context.fillStyle = ink.line;
    if (span <= 48) for (let i = 0; i <= span; i++) context.fillRect((i / span) * SIZE - 1.5, y(at(i)) - 1.5, 3, 3);
  }
}

/** Fewer rings make no curve. */
const FEWEST_RINGS = 4;

/** The radial average as a curve, with what the transform's rounding leaves. */
export class RadialPlot {
  readonly element: HTMLElement;
  readonly #plot: LinePlot;
  #rings: readonly number[] = [];

  constructor({ ink, signal }: ViewPage, onPoint: (text: readonly [place: string, values: string] | null, isKept: boolean) => void) {
    this.#plot = new LinePlot({
      label: 'Radial average',
      x: { label: 'radius', unit: 'cycles/pixel', scale: 'log' },
      y: { label: 'dB' },
      ink,
      signal,
      height: 190,
      onPoint: (point, isKept) => {
        const at = point?.at[0];
        const [radius, level] = at === null || at === undefined ? [] : [this.#radii[at], this.#rings[at]];
        if (radius === undefined || level === undefined) return onPoint(null, isKept);
        onPoint(
          [`ring of radius ${formatNumber(radius)} cycles/pixel, ${formatNumber(1 / radius)} px`, `${formatNumber(level)} dB rms`],
          isKept,
        );
      },
    });
    this.element = make('div', 'radial', make('div', 'name', 'Radial average'), this.#plot.element);
  }

  #radii: readonly number[] = [];

  /** Draws the rings of a spectrum, but for zero frequency. */
  show(model: SpectrumModel, { reference }: Settings): void {
    const { radial, floor } = model;
    if (radial === null) return;
    const zeroDb = zeroDecibels(reference, model.reference);
    const rings = radial.length - 1;
    this.#radii = Array.from({ length: rings }, (_, i) => (i + 1) / (2 * rings));
    this.#rings = this.#radii.map((_, i) => toDecibels(radial[i + 1] ?? NaN, zeroDb));
    const finite = this.#rings.filter(Number.isFinite);
    this.element.hidden = finite.length < FEWEST_RINGS;
    if (this.element.hidden) return;
    const level = toDecibels(floor, zeroDb);
    // The floor is drawn where it is near: a line far below would press the curve to the top.
    const isNear = finite.length > 0 && level > Math.min(...finite) - 40;
    const low = Math.min(...finite, ...(isNear ? [level] : []));
    const high = Math.max(...finite);
    const axis = { label: `dB re ${referenceName(reference)}`, ...(high > low ? { range: [low - 4, high + 4] as const } : {}) };
    this.#plot.setAxes({ label: 'radius', unit: 'cycles/pixel', scale: 'log' }, axis);
    this.#plot.setCurves([{ name: 'radial average', x: this.#radii, y: this.#rings }]);
    this.#plot.setLines(isNear ? [{ axis: 'y', value: level, label: `${model.saved.precision} noise floor` }] : []);
  }
}

/** The meters as a list of sentences. */
export function meterList(model: SpectrumModel, saved: SpectrumData): HTMLElement {
  const signs = { good: '✓', bad: '✗', plain: '·' };
  const items = metersOf(model, saved).map(({ state, text, about }) => {
    const item = make('li', state, make('span', 'sign', signs[state]), text);
    item.title = about;
    return item;
  });
  return make('ul', 'meters', ...items);
}
