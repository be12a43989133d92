// The spectrum of a signal as a curve over frequency.

import { make } from '../../ui/dom.js';
import { LinePlot, type PlotAxis } from '../../ui/line-plot.js';
import { AXIS_ROOM } from '../../ui/plane/axes.js';
import { ColorBar } from '../../ui/plane/color-bar.js';
import { askedCells } from '../../ui/plane/detail.js';
import { isFinePlane } from '../../ui/plane/plane-card.js';
import { holds, type Region } from '../../ui/plane/viewport.js';
import type { ViewPage } from '../../ui/renderer.js';
import type { Bin, BinValue, Drawing, DrawingOptions, Resolution } from './drawing.js';
import { binAt, formatFrequency, placeOfBin, unitName, type FrequencyAxis } from './frequency.js';
import { valueOf, valuesOf, type Bins } from './model.js';
import { moved } from './paint.js';

/** Room over the highest level in dB, or over others as a part of the axis, so that the peak does not touch the frame. */
const [HEADROOM_DB, HEADROOM] = [4, 0.04] as const;
/** Height in px, with the axes. */
const HEIGHT = 280;

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
  readonly #bar: ColorBar;
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
      height: HEIGHT,
      onPoint: (point, isKept) => options.onPoint(binOf(point?.at[0]), isKept),
      onPick: (point) => {
        const bin = binOf(point.at[0]);
        if (bin !== null) options.onPick(bin);
      },
      onRange: (from, to) => this.#refine(from, to),
    });
    this.#bar = new ColorBar({ ink, signal, onRange: (min, max) => options.onRange(min, max), of: 'the axis' });
    this.element = make('div', 'line-and-bar', this.#plot.element, this.#bar.element);
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
      ...(isLevel && floor > scale.min ? [{ axis: 'y', value: floor, label: `${model.saved.precision} noise floor` } as const] : []),
      ...pair.map((col, i) => ({ axis: 'x', value: x(col), label: i === 0 ? 'picked' : 'its mirror' }) as const),
    ]);
    this.#plot.setCursor(linked === null ? null : x(linked.col));
  }

  valueAt({ col }: Bin): BinValue | null {
    const place = placeOfBin(col, { n: this.#n, isShifted: true });
    for (const bins of [this.#detail, this.#whole]) {
      const at = bins === null ? -1 : this.#blockAt(bins, place);
      if (bins === null || at < 0) continue;
      return { magnitude: bins.magnitude[at] ?? NaN, phase: bins.phase[at] ?? NaN, pool: bins.pool };
    }
    return null;
  }

  resolution(): Resolution | null {
    const whole = this.#whole;
    if (whole === null) return null;
    const detail = this.#detail;
    const { pool } = detail !== null && holds(detail.region, this.#seen(...this.#plot.range)) ? detail : whole;
    return { each: 'point', bins: [pool[1]] };
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
    const { settings, scale, zeroDb } = this.#look;
    const values = valuesOf(this.#whole, settings.quantity, zeroDb);
    this.#bar.show({ ...scale, map: null, values }, HEIGHT - AXIS_ROOM.top - AXIS_ROOM.bottom);
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
    const { min, max } = scale;
    const isFull = scale.isSymmetric || settings.quantity === 'phase';
    const room = isFull ? 0 : settings.quantity === 'db' ? HEADROOM_DB : HEADROOM * (max - min);
    return {
      x: { label: 'frequency', unit: axis.unit === 'radians' ? 'π rad/sample' : unitName(axis), range: [at(ends[0]), at(ends[1])] },
      y: { label: scale.unit, range: [min, max + room] },
    };
  }

  /** Radians are counted in π, which has no round multiples. */
  #xOf(cycles: number, { unit, n, sampleRate }: FrequencyAxis): number {
    if (unit === 'radians') return 2 * cycles;
    return cycles * (unit === 'bins' ? n : unit === 'hertz' ? (sampleRate ?? 1) : 1);
  }

  #pointOf(bin: number, value: BinValue, look = this.#look, axis = this.#axis): Point {
    const { settings, scale, zeroDb, fade } = look;
    const middle = bin + (value.pool[1] - 1) / 2;
    // With zero frequency first, negative ones come after the others.
    const placed = settings.order === 'first' && middle < 0 ? middle + axis.n : middle;
    const drawn = valueOf(value.magnitude, value.phase, settings.quantity, zeroDb);
    const isFaint = settings.quantity === 'phase' && !(valueOf(value.magnitude, 0, 'db', zeroDb) > fade[0]);
    // What is below the axis lies on its lower end.
    const y = settings.quantity === 'db' ? Math.max(scale.min, drawn) : isFaint ? NaN : drawn;
    return { ...value, bin, x: this.#xOf(placed / axis.n, axis), y };
  }

  #pointsOf(whole: Bins): readonly Point[] {
    const look = this.#look;
    const axis = this.#axis;
    const { order } = look.settings;
    const points: Point[] = [];
    const middle = Math.floor(this.#n / 2);
    const add = (bins: Bins, isLeftOut: (place: number) => boolean): void =>
      bins.magnitude.forEach((magnitude, i) => {
        const place = bins.region.left + i * bins.pool[1];
        // Beyond the last of positive frequencies is that of Nyquist; with zero frequency first come the negative ones.
        const bin = order === 'first' ? binAt(place % this.#n, { n: this.#n, isShifted: true }) : place - middle;
        if (isLeftOut(place)) return;
        const isMirror = order === 'positive' && bin + bins.pool[1] <= 0;
        if (isMirror) return;
        points.push(this.#pointOf(bin, { magnitude, phase: bins.phase[i] ?? NaN, pool: bins.pool }, look, axis));
      });
    const detail = this.#detail;
    add(whole, (place) => detail !== null && this.#blockAt(detail, place) >= 0);
    if (detail !== null) add(detail, () => false);
    // Of an even number of bins that of the Nyquist frequency stands first, with the negative ones.
    if (order === 'positive' && this.#n % 2 === 0 && !(detail !== null && detail.region.right > this.#n)) {
      const nyquist = this.valueAt({ row: 0, col: this.#n / 2 });
      if (nyquist !== null && nyquist.pool[1] === 1) points.push(this.#pointOf(this.#n / 2, nyquist));
    }
    return points;
  }

  /** The block that holds a place with zero frequency in the middle, of bins that may run over the end of the axis; −1 where none does. */
  #blockAt({ region, pool }: Bins, place: number): number {
    const along = place + (place < region.left ? this.#n : 0);
    return along < region.right ? Math.floor((along - region.left) / pool[1]) : -1;
  }

  /** All that is drawn, from the first place to after the last, zero frequency in the middle; it may run over the end of the axis. */
  get #drawn(): readonly [number, number] {
    const middle = Math.floor(this.#n / 2);
    const { order } = this.#look.settings;
    if (order === 'middle') return [0, this.#n];
    return [middle, middle + (order === 'first' ? this.#n : middle + 1)];
  }

  /** The part between two values of the x axis. */
  #seen(from: number, to: number): Region {
    const n = this.#n;
    const place = (x: number): number => (x / this.#xOf(1, this.#axis)) * n + Math.floor(n / 2);
    const [first, end] = this.#drawn;
    return { top: 0, left: Math.max(first, Math.floor(place(from))), bottom: 1, right: Math.min(end, Math.floor(place(to)) + 1) };
  }

  #refine(from: number, to: number): void {
    const whole = this.#whole;
    const width = Math.round(this.#plot.element.clientWidth * globalThis.devicePixelRatio);
    if (whole === null || width === 0) return;
    const [first, end] = this.#drawn;
    const seen = this.#seen(from, to);
    const isFine = [this.#detail, { ...whole, region: moved(whole.region, 0, first) }].some(
      (bins) => bins !== null && isFinePlane({ ...bins, values: bins.magnitude }, seen, 1, width),
    );
    const asked = moved(askedCells(moved(seen, 0, -first), 1, end - first), 0, first);
    // A line is short, so that there is room for blocks that are smaller than a px: those of just more than one would be seen as steps.
    this.options.onPart(isFine ? null : asked, 1, 2 * width);
  }
}
