// The spectrum of a picture, or (through spectrum-line.ts) of a signal: log magnitude with zero frequency in the middle.
import { FREQUENCY_TICKS, type AxisDrawing } from './axes.js';
import { distribute } from './distribution.js';
import { drawEmpty, drawFrame, type Figure } from './figure.js';
import { counted } from './number-format.js';
import { cellCenter, layoutPlane, MAX_CELLS, planeImage, poolPlane, type AxisLayout, type PlaneLayout } from './pixels.js';
import { magnitudes } from './spectrum-bins.js';
import { FINE_CELLS, poolShifted } from './spectrum-data.js';
import { drawSpectrumLine } from './spectrum-line.js';
import type { AnalysedPlane } from './spectrum-plane.js';
import {
  describeSpectrum,
  largestLevel,
  levelRange,
  referenceName,
  spectrumFacts,
  toDecibels,
  zeroDecibels,
  type DbReference,
  type LevelRange,
  type SpectrumFacts,
  type SpectrumPeak,
} from './spectrum-values.js';
import { element, line, type Svg, plotFrame } from './svg.js';

/** A spectrum to draw. */
export interface SpectrumDrawing {
  /** Linear magnitude of the full spectrum, row-major, zero frequency first (not shifted). */
  readonly magnitude: Float64Array;
  /** [n] for a signal, [rows, cols] for a picture. */
  readonly shape: readonly number[];
  readonly title?: string | undefined;
  /** One more line under the title: where the spectrum comes from. */
  readonly note?: string | undefined;
  /** The level drawn in the lowest colour, in dB relative to the largest magnitude; without it see `levelRange`. */
  readonly range?: { readonly floorDb: number } | undefined;
  /** What 0 dB is: the largest magnitude when not given, or a magnitude above 0. */
  readonly reference?: DbReference | undefined;
  /** Samples per second of a signal: frequencies are then in Hz. */
  readonly sampleRate?: number | undefined;
  /** Bound for the drawn cells along the longer side, to keep the file small. */
  readonly maxCells?: number | undefined;
}

/** A drawn spectrum. `peak` is null where nothing stands out: empty, constant, zero, NaN. */
export interface SpectrumFigure extends Figure {
  readonly peak: SpectrumPeak | null;
}

/**
 * Draws the magnitude of a spectrum in dB relative to its largest finite value, fftshifted. Planes larger than `maxCells` are
 * reduced by taking the largest bin of each block, so no peak is lost.
 * Throws if the shape does not fit the data, if the floor is not below 0, if the reference is no magnitude, or if a sampling rate is given for a
 * picture.
 */
export function drawSpectrum(input: SpectrumDrawing): SpectrumFigure {
  const { magnitude, shape, title = 'Spectrum', note, sampleRate, reference = 'max' } = input;
  checkInput(input);
  if (magnitude.length === 0) {
    const message = [`Nothing to show: [${shape.join(', ')}] holds no values.`, 'Their spectrum would be here.'];
    return { ...drawEmpty(title, note, message), peak: null };
  }
  const facts = spectrumFacts(magnitude, shape, sampleRate);
  const levels = levelRange(facts, input.range?.floorDb);
  if (shape.length === 1) return drawSpectrumLine({ ...input, title, levels, facts, reference });
  const layout = layoutPlane(facts.rows, facts.cols, 'max', input.maxCells ?? MAX_CELLS);
  const decibels = poolShifted(magnitude, facts, layout, zeroDecibels(reference, facts.reference));
  return drawPlane({ facts, levels, title, note, layout, decibels, sample: magnitude, reference });
}

/** Draws a spectrum that was analysed; as drawSpectrum. */
export function drawAnalysed(
  { shape, facts, bins, sample }: AnalysedPlane,
  { range, title = 'Spectrum', note, sampleRate, reference = 'max', maxCells = MAX_CELLS }: Omit<SpectrumDrawing, 'magnitude' | 'shape'>,
): SpectrumFigure {
  const levels = levelRange(facts, range?.floorDb);
  if (shape.length === 1) return drawSpectrumLine({ magnitude: sample, title, note, sampleRate, levels, facts, reference });
  const size = magnitudes(bins);
  const fitted = layoutPlane(bins.rows, bins.cols, 'max', maxCells);
  const zeroDb = zeroDecibels(reference, facts.reference);
  const decibels = poolPlane(size, fitted, 'max').map((value) => toDecibels(value, zeroDb));
  const whole = (axis: AxisLayout, n: number, pool: number): AxisLayout => ({ ...axis, size: n, pool: axis.pool * pool });
  const layout = { ...fitted, rows: whole(fitted.rows, facts.rows, bins.pool[0]), cols: whole(fitted.cols, facts.cols, bins.pool[1]) };
  return drawPlane({ facts, levels, title, note, layout, decibels, sample, reference });
}

interface PlaneDrawing {
  readonly facts: SpectrumFacts;
  /** The range in dB below the largest magnitude. */
  readonly levels: LevelRange;
  readonly reference: DbReference;
  readonly title: string;
  readonly note?: string | undefined;
  readonly layout: PlaneLayout;
  /** Levels of the layout's cells, in dB re `reference`. */
  readonly decibels: Float64Array;
  /** Magnitudes for the histogram. */
  readonly sample: Float64Array;
}

function drawPlane({ facts, levels, reference, title, note, layout, decibels: pooled, sample }: PlaneDrawing): SpectrumFigure {
  const top = largestLevel(reference, facts.reference);
  const scale = { min: levels.min + top, max: levels.max + top, map: 'viridis' } as const;
  const zeroDb = zeroDecibels(reference, facts.reference);
  const decibels = pooled.length > FINE_CELLS ? pooled.map(Math.round) : pooled;
  const readout = describeSpectrum(facts, 'pixel', reference);
  const size = `${String(facts.rows)}×${String(facts.cols)}`;
  const notes = [note ?? size, describeReduction(layout)].filter((part) => part !== '').join(' · ');
  const frame = drawFrame({
    title,
    note: notes,
    width: layout.cols.length,
    height: layout.rows.length,
    plot: (x, y) => [
      planeImage(decibels, layout, scale, x, y),
      ...nyquistEdges(layout, x, y),
      plotFrame(x, y, layout.cols.length, layout.rows.length),
      ...zeroMarks(layout, x, y),
      ...peakMark(facts, layout, x, y),
    ],
    xAxis: frequencyAxis(layout.cols, 'horizontal frequency (cycles/pixel)'),
    yAxis: frequencyAxis(layout.rows, layout.rows.length < 150 ? 'vertical' : 'vertical frequency (cycles/pixel)'),
    colorBar: {
      map: scale.map,
      unit: `dB re ${referenceName(reference)}`,
      distribution: distribute(sample, scale.min, scale.max, (value) => toDecibels(value, zeroDb)),
    },
    readout,
  });
  return {
    ...frame,
    cells: Math.max(layout.rows.count, layout.cols.count),
    text: [`${title} (${notes})`, ...readout].join('\n'),
    peak: facts.peak,
  };
}

function checkInput({ magnitude, shape, range, sampleRate, reference }: SpectrumDrawing): void {
  const given = `[${shape.join(', ')}]`;
  if (shape.length !== 1 && shape.length !== 2) {
    throw new Error(`drawSpectrum: shape ${given} has ${String(shape.length)} axes; expected [n] or [rows, cols]`);
  }
  const size = shape.reduce((product, n) => product * n, 1);
  if (size !== magnitude.length) {
    throw new Error(`drawSpectrum: shape ${given} needs ${counted(size, 'value')}, but ${String(magnitude.length)} were given`);
  }
  if (range !== undefined && !(range.floorDb < 0 && Number.isFinite(range.floorDb))) {
    throw new Error(`drawSpectrum: floorDb must be a finite level below 0 dB, such as −80, but is ${String(range.floorDb)}`);
  }
  if (typeof reference === 'number' && !(reference > 0 && Number.isFinite(reference))) {
    throw new Error(`drawSpectrum: reference must be 'max' or a finite magnitude above 0, but is ${String(reference)}`);
  }
  if (sampleRate !== undefined && !(sampleRate > 0 && Number.isFinite(sampleRate))) {
    throw new Error(`drawSpectrum: sampleRate must be a positive number of samples per second, but is ${String(sampleRate)}`);
  }
  if (sampleRate !== undefined && shape.length === 2) {
    throw new Error(`drawSpectrum: sampleRate is for signals of one axis, but the shape is ${given}; leave it out`);
  }
}

/** How cells were reduced or stretched to fit the page; empty where they were not. */
function describeReduction({ rows, cols, stretched }: PlaneLayout): string {
  const reduced = rows.pool > 1 || cols.pool > 1 ? `largest of ${String(rows.pool)}×${String(cols.pool)} bins` : '';
  return [reduced, stretched ? 'not to scale' : ''].filter((part) => part !== '').join(' · ');
}

function placeOf(axis: AxisLayout, frequency: number): number {
  return cellCenter(axis, frequency * axis.size + Math.floor(axis.size / 2));
}

function frequencyAxis(axis: AxisLayout, label: string): AxisDrawing {
  return { ticks: FREQUENCY_TICKS, position: (f) => placeOf(axis, f), length: axis.length, label, emphasis: 0 };
}

// The Nyquist edge falls on the frame unless cells are large, where for even sizes it runs through the first cell.
function nyquistEdges({ rows, cols }: PlaneLayout, x: number, y: number): Svg[] {
  const style = { stroke: '#ffffff', 'stroke-opacity': 0.85, 'stroke-width': 0.75, 'stroke-dasharray': '3 3' };
  const inside = (axis: AxisLayout): boolean => axis.size > 1 && placeOf(axis, -0.5) > 1.5;
  const [left, top] = [placeOf(cols, -0.5), placeOf(rows, -0.5)];
  return [
    ...(inside(cols) ? [line(x + left, y, x + left, y + rows.length, style)] : []),
    ...(inside(rows) ? [line(x, y + top, x + cols.length, y + top, style)] : []),
  ];
}

// Notches on all four sides point at zero frequency without covering what lies on the axes, where spectra are most interesting.
function zeroMarks({ rows, cols }: PlaneLayout, x: number, y: number): Svg[] {
  const [cx, cy] = [x + placeOf(cols, 0), y + placeOf(rows, 0)];
  const [right, bottom] = [x + cols.length, y + rows.length];
  const notch = (x1: number, y1: number, x2: number, y2: number): Svg => line(x1, y1, x2, y2, { stroke: '#ffffff' });
  const length = Math.min(6, rows.length / 8, cols.length / 8);
  return [
    notch(cx, y, cx, y + length),
    notch(cx, bottom - length, cx, bottom),
    notch(x, cy, x + length, cy),
    notch(right - length, cy, right, cy),
  ];
}

const RING = 6;

// A ring around the largest wave, where it is far enough from zero frequency not to hide it.
function peakMark({ peak, rows: n, cols: m }: SpectrumFacts, { rows, cols }: PlaneLayout, x: number, y: number): Svg[] {
  if (peak === null || rows.cell > 4 * RING) return [];
  const [row = 0, col = 0] = peak.index;
  const cx = cellCenter(cols, (col + Math.floor(m / 2)) % m);
  const cy = cellCenter(rows, (row + Math.floor(n / 2)) % n);
  if (Math.hypot(cx - placeOf(cols, 0), cy - placeOf(rows, 0)) < 3 * RING) return [];
  return [element('circle', { cx: x + cx, cy: y + cy, r: RING, fill: 'none', stroke: '#ffffff', 'stroke-width': 1 })];
}
