// The spectrum of a signal as a line over frequency.
import { roundTicks, unitWithExponent, type AxisDrawing } from './axes.js';
import { NAN_COLORS, NAN_PERIOD, rgb } from './color.js';
import { drawFrame } from './figure.js';
import { formatNumber } from './number-format.js';
import { STATIC_SCALE } from './raster.js';
import type { SpectrumFigure } from './spectrum-figure.js';
import {
  describeSpectrum,
  largestLevel,
  referenceName,
  toDecibels,
  zeroDecibels,
  type DbReference,
  type LevelRange,
  type SpectrumFacts,
} from './spectrum-values.js';
import { CURVE, element, FAINT, group, INK, label, line, MUTED, type Svg, plotFrame } from './svg.js';

const WIDTH = 400;
const HEIGHT = 180;
/** Room over the largest magnitude in dB, so that the peak does not touch the frame. */
const HEADROOM = 4;
/** Up to this many bins are drawn one by one, as stems. */
const MAX_STEMS = 64;
/** A longer spectrum is drawn as the band between the smallest and largest bin of each column of this width in px. */
const COLUMN = 0.5;
/** A peak below this level is too near the bottom to carry its label. */
const LABELLED_DB = -60;
const RING = 4;

/** The spectrum of a signal with what was found out about it. */
export interface LineDrawing {
  readonly magnitude: Float64Array;
  readonly title: string;
  readonly note?: string | undefined;
  readonly sampleRate?: number | undefined;
  /** The range in dB below the largest magnitude. */
  readonly levels: LevelRange;
  readonly reference: DbReference;
  readonly facts: SpectrumFacts;
}

interface Bin {
  readonly frequency: number;
  readonly db: number;
}

/**
 * Draws the spectrum of a signal in dB over frequency. Where positive and negative frequencies carry the same magnitude (every real
 * signal) only the positive ones are drawn, and the note says so.
 */
export function drawSpectrumLine(spectrum: LineDrawing): SpectrumFigure {
  const { facts, sampleRate, title, reference } = spectrum;
  // A line, unlike a colour, has room for what stands out, so its axis always goes up to the largest magnitude.
  const top = largestLevel(reference, facts.reference);
  const floorDb = spectrum.levels.min + top;
  const half = facts.mirrored && facts.cols > 1;
  const rate = sampleRate ?? 1;
  const bins = shiftedBins(spectrum, half, rate);
  const [low, high] = [half ? 0 : -rate / 2, rate / 2];
  const x = (frequency: number): number => ((frequency - low) / (high - low)) * WIDTH;
  const ceiling = top + HEADROOM;
  const y = (db: number): number => ((ceiling - Math.min(ceiling, Math.max(floorDb, db))) / (ceiling - floorDb)) * HEIGHT;
  const notes = [
    spectrum.note ?? `${String(facts.cols)} bins`,
    half ? 'negative frequencies mirror these' : '',
    facts.cols > 2 * (WIDTH / COLUMN) ? 'band: smallest to largest bin' : '',
  ].filter((part) => part !== '');
  const readout = describeSpectrum(facts, sampleRate === undefined ? 'sample' : 's', reference);

  const frequencyTicks = roundTicks(low, high, 5);
  const unit = sampleRate === undefined ? 'cycles/sample' : 'Hz';
  const xAxis: AxisDrawing = {
    ticks: frequencyTicks.ticks,
    position: x,
    length: WIDTH,
    label: `frequency (${unitWithExponent(unit, frequencyTicks.exponent)})`,
    emphasis: 0,
  };
  const ticks = roundTicks(floorDb, top, 4).ticks;
  const yAxis: AxisDrawing = { ticks, position: y, length: HEIGHT, label: `dB re ${referenceName(reference)}` };
  const frame = drawFrame({
    title,
    note: notes.join(' · '),
    width: WIDTH,
    height: HEIGHT,
    xAxis,
    yAxis,
    readout,
    plot: (left, above) => [
      ...ticks.map(({ value }) => line(left, above + y(value), left + WIDTH, above + y(value), { stroke: FAINT, 'stroke-width': 0.5 })),
      ...(half ? [] : [line(left + x(0), above, left + x(0), above + HEIGHT, { stroke: FAINT })]),
      ...nanBands(bins, (frequency) => left + x(frequency), above),
      plotFrame(left, above, WIDTH, HEIGHT),
      line(left + WIDTH, above, left + WIDTH, above + HEIGHT, { stroke: MUTED }),
      group(
        { transform: `translate(${String(left)} ${String(above)})` },
        ...(bins.length <= MAX_STEMS ? stems(bins, x, y) : curve(bins, x, y)),
      ),
      label(left + WIDTH - 4, above + y(top) + 14, 'Nyquist', { anchor: 'end' }),
      ...peakLabel(
        spectrum,
        (f) => left + x(f),
        (db) => above + y(db + top),
        left + WIDTH / 2,
      ),
    ],
  });
  return {
    ...frame,
    text: [`${title} (${notes.join(' · ')})`, ...readout].join('\n'),
    peak: facts.peak,
  };
}

function shiftedBins({ magnitude, facts, reference }: LineDrawing, half: boolean, rate: number): Bin[] {
  const { cols } = facts;
  const zeroDb = zeroDecibels(reference, facts.reference);
  const first = half ? 0 : -Math.floor(cols / 2);
  const last = half ? Math.floor(cols / 2) : Math.ceil(cols / 2) - 1;
  return Array.from({ length: last - first + 1 }, (_, i) => ({
    frequency: ((first + i) / cols) * rate,
    db: toDecibels(magnitude[(first + i + cols) % cols] ?? NaN, zeroDb),
  }));
}

type Scale = (value: number) => number;

function stems(bins: readonly Bin[], x: Scale, y: Scale): Svg[] {
  return bins
    .filter(({ db }) => !Number.isNaN(db))
    .flatMap(({ frequency, db }) => [
      line(x(frequency), HEIGHT, x(frequency), y(db), { stroke: CURVE, 'stroke-width': 1.25 }),
      // On the floor a dot says that the bin is there and is small.
      element('circle', { cx: x(frequency), cy: Math.min(y(db), HEIGHT - 2), r: 2.5, fill: CURVE }),
    ]);
}

// One subpath for each run of bins without NaN, along the largest bin of a column and back along the smallest.
function curve(bins: readonly Bin[], x: Scale, y: Scale): Svg[] {
  let [upper, lower, area] = ['', '', ''];
  for (const run of runs(columns(bins, x))) {
    const top = run.map(({ at, max }) => `${at.toFixed(2)} ${y(max).toFixed(2)}`);
    const bottom = run.map(({ at, min }) => `${at.toFixed(2)} ${y(min).toFixed(2)}`).reverse();
    upper += `M${top.join('L')}`;
    if (run.some(({ min, max }) => min !== max)) lower += `M${top.join('L')}L${bottom.join('L')}Z`;
    const [first, last] = [run[0]?.at ?? 0, run.at(-1)?.at ?? 0];
    area += `M${first.toFixed(2)} ${String(HEIGHT)}L${top.join('L')}L${last.toFixed(2)} ${String(HEIGHT)}Z`;
  }
  return [
    element('path', { d: area, fill: CURVE, 'fill-opacity': 0.1 }),
    ...(lower === '' ? [] : [element('path', { d: lower, fill: CURVE, 'fill-opacity': 0.45 })]),
    element('path', { d: upper, fill: 'none', stroke: CURVE, 'stroke-width': 1, 'stroke-linejoin': 'round' }),
  ];
}

interface Column {
  readonly at: number;
  readonly min: number;
  readonly max: number;
}

function columns(bins: readonly Bin[], x: Scale): Column[] {
  if (bins.length <= WIDTH / COLUMN) return bins.map(({ frequency, db }) => ({ at: x(frequency), min: db, max: db }));
  const result: Column[] = [];
  let current = -1;
  for (const { frequency, db } of bins) {
    const column = Math.floor(x(frequency) / COLUMN);
    const open = result.at(-1);
    if (open === undefined || column !== current) result.push({ at: (column + 0.5) * COLUMN, min: db, max: db });
    else result[result.length - 1] = { at: open.at, min: Math.min(open.min, db), max: Math.max(open.max, db) };
    current = column;
  }
  return result;
}

function runs(points: readonly Column[]): Column[][] {
  const result: Column[][] = [[]];
  for (const point of points) {
    if (Number.isNaN(point.max)) result.push([]);
    else result.at(-1)?.push(point);
  }
  return result.filter((run) => run.length > 0);
}

// Where bins are NaN the plot is hatched over their width.
function nanBands(bins: readonly Bin[], x: Scale, top: number): Svg[] {
  const step = (bins[1]?.frequency ?? 0) - (bins[0]?.frequency ?? 0);
  const bands: Svg[] = [];
  for (let i = 0; i < bins.length; i++) {
    if (!Number.isNaN(bins[i]?.db)) continue;
    const from = i;
    while (i + 1 < bins.length && Number.isNaN(bins[i + 1]?.db)) i++;
    const low = Math.max(x(bins[0]?.frequency ?? 0), x((bins[from]?.frequency ?? 0) - step / 2));
    const high = Math.min(x(bins.at(-1)?.frequency ?? 0), x((bins[i]?.frequency ?? 0) + step / 2));
    bands.push(element('rect', { x: low, y: top, width: Math.max(1, high - low), height: HEIGHT, fill: `url(#${NAN_PATTERN})` }));
  }
  return bands.length === 0 ? [] : [nanPattern(), ...bands];
}

const NAN_PATTERN = 'parseval-nan';

function nanPattern(): Svg {
  const size = NAN_PERIOD / STATIC_SCALE;
  const box = { width: size, height: size };
  return element(
    'pattern',
    { id: NAN_PATTERN, ...box, patternUnits: 'userSpaceOnUse', patternTransform: 'rotate(45)' },
    element('rect', { ...box, fill: rgb(NAN_COLORS.ground) }),
    element('rect', { ...box, width: size / 2, fill: rgb(NAN_COLORS.stripe) }),
  );
}

// The frequency of the largest wave, beside its tip, on the side with more room; `y` takes dB below the largest magnitude.
function peakLabel({ facts: { peak } }: LineDrawing, x: Scale, y: Scale, middle: number): Svg[] {
  const frequency = peak?.frequency[0];
  if (peak === null || frequency === undefined || peak.db < LABELLED_DB) return [];
  const [at, tip] = [x(frequency), y(peak.db)];
  const anchor = at > middle ? 'end' : 'start';
  return [
    element('circle', { cx: at, cy: tip, r: RING, fill: 'none', stroke: INK, 'stroke-width': 1 }),
    label(at + (anchor === 'end' ? -1 : 1) * (RING + 4), tip + 4, formatNumber(frequency), { anchor, fill: INK }),
  ];
}
