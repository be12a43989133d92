// The spectrum of a signal as a curve over frequency.

import { LinePlot, type PlotAxis } from '../../ui/line-plot.js';
import type { ViewPage } from '../../ui/renderer.js';
import type { Bin, BinValue, Drawing, DrawingOptions } from './drawing.js';
import { binAt, formatFrequency, placeOfBin, unitName, type FrequencyAxis } from './frequency.js';
import { valueOf, type Bins } from './model.js';

/** Room over the highest level in dB, so that the peak does not touch the frame. */
const HEADROOM_DB = 4;

/** What is drawn of a bin, or of the largest of a block of them. */
interface Point extends BinValue {
  /** Its signed number; of a block that of its first bin. */
  readonly bin: number;
  readonly x: number;
  readonly y: number;
}

/** A spectrum of one axis. */
export class SpectrumLine implements Drawing {
  readonly element: HTMLElement;
  readonly #plot: LinePlot;
  #whole: Bins | null = null;
  #detail: Bins | null = null;
  #points: readonly Point[] = [];

  constructor(
    private readonly options: DrawingOptions,
    { ink, signal }: ViewPage,
  ) {
    const binOf = (at: number | null | undefined): Bin | null => {
      const point = at === null || at === undefined ? undefined : this.#points[at];
      return point === undefined ? null : { row: 0, col: point.bin };
    };
    this.#plot = new LinePlot({
      label: options.label,
      ...this.#axes(),
      ink,
      signal,
      height: 280,
      onPoint: (point, isKept) => options.onPoint(binOf(point?.at[0]), isKept),
      onPick: (point) => {
        const bin = binOf(point.at[0]);
        if (bin !== null) options.onPick(bin);
      },
      onRange: (from, to) => this.#refine(from, to),
    });
    this.element = this.#plot.element;
  }

  get canvases(): readonly HTMLCanvasElement[] {
    return this.#plot.canvas === null ? [] : [this.#plot.canvas];
  }

  setBins(whole: Bins): void {
    [this.#whole, this.#detail] = [whole, null];
    this.draw();
    this.#refine(...this.#plot.range);
  }

  setDetail(detail: Bins): void {
    this.#detail = detail;
    this.draw();
  }

  setMarks(peaks: readonly Bin[], picked: Bin | null, linked: Bin | null): void {
    const axis = this.#axis;
    const points = peaks.flatMap(({ col }) => {
      const value = this.valueAt({ row: 0, col });
      const point = value === null ? null : this.#pointOf(col, value);
      const isDrawn = point !== null && Number.isFinite(point.y) && (this.#look.settings.order !== 'positive' || col >= 0);
      return isDrawn ? [{ x: point.x, y: point.y, label: formatFrequency(col / axis.n, axis) }] : [];
    });
    this.#plot.setMarks(points);
    const { settings, scale, zeroDb, model } = this.#look;
    const isLevel = settings.quantity === 'db';
    const floor = valueOf(model.floor, 0, 'db', zeroDb);
    const x = (col: number): number => this.#pointOf(col, { magnitude: 0, phase: 0, pool: [1, 1] }).x;
    const pair = picked === null ? [] : [picked.col, ...(settings.order === 'positive' || picked.col === 0 ? [] : [-picked.col])];
    this.#plot.setLines([
      ...(isLevel && floor > scale.min ? [{ axis: 'y', value: floor, label: 'float32 noise floor' } as const] : []),
      ...pair.map((col, i) => ({ axis: 'x', value: x(col), label: i === 0 ? 'picked' : 'its mirror' }) as const),
    ]);
    this.#plot.setCursor(linked === null ? null : x(linked.col));
  }

  valueAt({ col }: Bin): BinValue | null {
    const place = placeOfBin(col, { n: this.#n, isShifted: true });
    for (const bins of [this.#detail, this.#whole]) {
      if (bins === null || place < bins.region.left || place >= bins.region.right) continue;
      const at = Math.floor((place - bins.region.left) / bins.pool[1]);
      return { magnitude: bins.magnitude[at] ?? NaN, phase: bins.phase[at] ?? NaN, pool: bins.pool };
    }
    return null;
  }

  zoomBy(factor: number): void {
    this.#plot.zoomBy(factor);
  }

  fit(): void {
    this.#plot.fit();
  }

  draw(): void {
    if (this.#whole === null) return;
    this.#points = this.#pointsOf(this.#whole);
    const { x, y } = this.#axes();
    this.#plot.setAxes(x, y);
    this.#plot.setCurves([{ name: y.label, x: this.#points.map((point) => point.x), y: this.#points.map((point) => point.y) }]);
  }

  get #look(): ReturnType<DrawingOptions['look']> {
    return this.options.look();
  }

  get #n(): number {
    return this.options.shape[0] ?? 1;
  }

  get #axis(): FrequencyAxis {
    const { settings } = this.#look;
    return {
      n: this.#n,
      unit: settings.unit,
      isShifted: settings.order === 'middle',
      sample: 'sample',
      sampleRate: this.options.sampleRate,
    };
  }

  #axes(): { x: PlotAxis; y: PlotAxis } {
    const axis = this.#axis;
    const { settings, scale } = this.#look;
    const at = (place: number): number => this.#xOf(place / axis.n, axis);
    const ends = { middle: [-Math.floor(axis.n / 2), axis.n / 2], first: [0, axis.n], positive: [0, axis.n / 2] }[settings.order] as [
      number,
      number,
    ];
    const isLevel = settings.quantity === 'db';
    const range = isLevel
      ? ([scale.min, scale.max + HEADROOM_DB] as const)
      : scale.isSymmetric || settings.quantity === 'phase'
        ? ([scale.min, scale.max] as const)
        : undefined;
    return {
      x: { label: 'frequency', unit: axis.unit === 'radians' ? 'π rad/sample' : unitName(axis), range: [at(ends[0]), at(ends[1])] },
      y: { label: scale.unit, ...(range === undefined ? {} : { range }) },
    };
  }

  /** Radians are counted in π, which has no round multiples. */
  #xOf(cycles: number, { unit, n, sampleRate }: FrequencyAxis): number {
    if (unit === 'radians') return 2 * cycles;
    return cycles * (unit === 'bins' ? n : unit === 'hertz' ? (sampleRate ?? 1) : 1);
  }

  #pointOf(bin: number, value: BinValue, look = this.#look, axis = this.#axis): Point {
    const { settings, scale, zeroDb, fade } = look;
    // With zero frequency first, negative ones come after the others.
    const placed = settings.order === 'first' && bin < 0 ? bin + axis.n : bin;
    const drawn = valueOf(value.magnitude, value.phase, settings.quantity, zeroDb);
    const isFaint = settings.quantity === 'phase' && !(valueOf(value.magnitude, 0, 'db', zeroDb) > fade[0]);
    // What is below the axis lies on its lower end.
    const y = settings.quantity === 'db' ? Math.max(scale.min, drawn) : isFaint ? NaN : drawn;
    return { ...value, bin, x: this.#xOf((placed + (value.pool[1] - 1) / 2) / axis.n, axis), y };
  }

  #pointsOf(whole: Bins): readonly Point[] {
    const look = this.#look;
    const axis = this.#axis;
    const { order } = look.settings;
    const points: Point[] = [];
    const add = (bins: Bins, isLeftOut: (place: number) => boolean): void =>
      bins.magnitude.forEach((magnitude, i) => {
        const place = bins.region.left + i * bins.pool[1];
        const bin = binAt(place, { n: this.#n, isShifted: true });
        if (isLeftOut(place)) return;
        const isMirror = order === 'positive' && bin + bins.pool[1] <= 0;
        if (isMirror) return;
        points.push(this.#pointOf(bin, { magnitude, phase: bins.phase[i] ?? NaN, pool: bins.pool }, look, axis));
      });
    const detail = this.#detail;
    add(whole, (place) => detail !== null && place >= detail.region.left && place < detail.region.right);
    if (detail !== null) add(detail, () => false);
    // Of an even number of bins that of the Nyquist frequency stands first, with the negative ones.
    if (order === 'positive' && this.#n % 2 === 0) {
      const nyquist = this.valueAt({ row: 0, col: this.#n / 2 });
      if (nyquist !== null && nyquist.pool[1] === 1) points.push(this.#pointOf(this.#n / 2, nyquist));
    }
    return points;
  }

  #refine(from: number, to: number): void {
    const whole = this.#whole;
    if (whole === null || whole.pool[1] === 1 || this.#look.settings.order === 'first') return this.options.onPart(null, 0, 0);
    const n = this.#n;
    const place = (x: number): number => (x / this.#xOf(1, this.#axis)) * n + Math.floor(n / 2);
    const [left, right] = [Math.max(0, Math.floor(place(from))), Math.min(n, Math.ceil(place(to)))];
    const width = Math.round(this.element.clientWidth * globalThis.devicePixelRatio);
    const isFine = (right - left) / whole.pool[1] >= width;
    this.options.onPart(isFine ? null : { top: 0, left, bottom: 1, right }, 1, Math.max(1, width));
  }
}
