// A spectrogram on the page: the signal, and below it, on the same time axis, the level of each frequency.

import { logTicks, roundTicks, unitWithExponent, type AxisDrawing } from './axes.js';
import { distribute } from './distribution.js';
import { finiteExtent } from './extent.js';
import { drawEmpty, drawFrame, type Figure } from './figure.js';
import { planeImage, type AxisLayout } from './pixels.js';
import { STATIC_SCALE } from './raster.js';
import {
  describeSpectrogram,
  pageLevels,
  powerDecibels,
  rowEdges,
  spectrogramFacts,
  type SpectrogramFacts,
  type SpectrogramValues,
} from './spectrogram-values.js';
import { CURVE, element, HAIRLINE, line, plotFrame, type Svg } from './svg.js';

/** A spectrogram to draw. */
export interface SpectrogramDrawing extends SpectrogramValues {
  /** The signal that it is of. */
  readonly signal: Float64Array;
  readonly title: string;
  readonly note: string;
  /** Samples a second: then times are in seconds and frequencies in Hz, else in samples and cycles/sample. */
  readonly sampleRate: number | null;
  /** The level drawn in the lowest colour, in dB relative to the largest. */
  readonly floorDb: number;
  readonly frequencyScale: 'linear' | 'log';
  /** Bound for the drawn cells along an axis, to keep the file small. */
  readonly maxCells: number;
}

/** A drawn spectrogram, and what was found in it. */
export interface SpectrogramFigure extends Figure {
  readonly facts: SpectrogramFacts;
}

const [WIDTH, HEIGHT] = [480, 220];
/** Height of the signal above, and the room below it. */
const [WAVE, GAP] = [44, 6];

/** Draws a spectrogram in dB relative to its largest power, its highest frequency on top. */
export function drawSpectrogram(drawing: SpectrogramDrawing): SpectrogramFigure {
  const { power, frequency, time, signal, title, note, sampleRate, floorDb, frequencyScale, maxCells } = drawing;
  const facts = spectrogramFacts(drawing);
  if (power.length === 0)
    return { ...drawEmpty(title, note, ['Nothing to show: there is no frame.', 'Power over time and frequency would be here.']), facts };
  const isHz = sampleRate !== null;
  const duration = signal.length / (sampleRate ?? 1);
  const columns = Math.min(time.length, maxCells, WIDTH * STATIC_SCALE);
  const rows = Math.min(frequencyScale === 'log' ? HEIGHT : frequency.length, maxCells, HEIGHT * STATIC_SCALE);
  const edges = rowEdges(frequency, rows, frequencyScale);
  const levels = pageLevels(drawing, facts.reference, edges, columns);
  // Frames begin and end where their middles' neighbours do; the signal goes on to both sides of them.
  const hop = time.length > 1 ? time[1]! - time[0]! : duration;
  const x = (t: number): number => (Math.min(duration, Math.max(0, t)) / duration) * WIDTH;
  const [left, right] = [x(time[0]! - hop / 2), x(time.at(-1)! + hop / 2)];
  const y = heightOf(edges, frequencyScale);
  const readout = describeSpectrogram(facts, power.length, isHz);
  const timeTicks = roundTicks(0, duration, 6);
  const frequencyAxis = frequencyAxisOf(edges, y, frequencyScale, isHz);
  const frame = drawFrame({
    title,
    note: [note, ...(columns < time.length || rows < frequency.length ? ['largest of each cell'] : [])].join(' · '),
    width: WIDTH,
    height: WAVE + GAP + HEIGHT,
    xAxis: {
      ticks: timeTicks.ticks,
      position: x,
      length: WIDTH,
      label: `time (${unitWithExponent(isHz ? 's' : 'samples', timeTicks.exponent)})`,
    },
    yAxis: frequencyAxis,
    colorBar: {
      map: 'viridis',
      unit: 'dB re max',
      distribution: distribute(power, floorDb, 0, (value) => powerDecibels(value, facts.reference)),
    },
    readout,
    plot: (px, py) => {
      const top = py + WAVE + GAP;
      const layout = { rows: stretched(rows, HEIGHT), cols: stretched(columns, right - left), stretched: true };
      return [
        ...waveform(signal, px, py),
        planeImage(levels, layout, { min: floorDb, max: 0, map: 'viridis' }, px + left, top),
        plotFrame(px, top, WIDTH, HEIGHT),
        ...mark(facts.peak === null ? null : [px + x(facts.peak.time), py + y(facts.peak.frequency)]),
      ];
    },
  });
  return { ...frame, cells: Math.max(rows, columns), text: [`${title} (${note})`, ...readout].join('\n'), facts };
}

/** An axis of so many cells over a length in px, whole device pixels or not. */
function stretched(count: number, length: number): AxisLayout {
  return { size: count, pool: 1, count, cell: Math.max(1, Math.round((length * STATIC_SCALE) / count)), length };
}

/** Height of a frequency on the page, from the top of the signal above. */
function heightOf(edges: Float64Array, scale: 'linear' | 'log'): (frequency: number) => number {
  const [low, high] = [edges[0]!, edges.at(-1)!];
  const part = (f: number): number => (scale === 'linear' ? (f - low) / (high - low) : Math.log(f / low) / Math.log(high / low));
  return (f) => WAVE + GAP + HEIGHT * (1 - part(f));
}

function frequencyAxisOf(edges: Float64Array, position: (f: number) => number, scale: 'linear' | 'log', isHz: boolean): AxisDrawing {
  const [low, high] = [edges[0]!, edges.at(-1)!];
  const unit = isHz ? 'Hz' : 'cycles/sample';
  const length = WAVE + GAP + HEIGHT;
  if (scale === 'log') {
    return { ticks: logTicks(low, high), position, length, label: `frequency (${unit})` };
  }
  const { ticks, exponent } = roundTicks(Math.max(0, low) === 0 && low > -1e-3 * high ? 0 : low, high, 5);
  return { ticks, position, length, label: `frequency (${unitWithExponent(unit, exponent)})`, emphasis: 0 };
}

/** The signal as the band between the smallest and largest sample of each column of a device pixel. */
function waveform(signal: Float64Array, x: number, y: number): Svg[] {
  const { min: low, max: high } = finiteExtent(signal);
  const axis = line(x, y + WAVE, x + WIDTH, y + WAVE, { stroke: HAIRLINE, 'stroke-width': 0.5 });
  if (low > high) return [axis];
  const at = (value: number): number => (high === low ? WAVE / 2 : ((high - value) / (high - low)) * (WAVE - 4) + 2);
  const columns = Math.min(signal.length, WIDTH * STATIC_SCALE);
  const [upper, lower]: string[][] = [[], []];
  for (let column = 0; column < columns; column++) {
    const from = Math.floor((column * signal.length) / columns);
    // One sample more, so that neighbouring columns touch.
    const part = signal.subarray(from, Math.floor(((column + 1) * signal.length) / columns) + 1).filter(Number.isFinite);
    if (part.length === 0) continue;
    const px = (x + ((column + 0.5) / columns) * WIDTH).toFixed(2);
    upper!.push(`${px} ${(y + at(part.reduce((a, b) => Math.max(a, b)))).toFixed(2)}`);
    lower!.unshift(`${px} ${(y + at(part.reduce((a, b) => Math.min(a, b)))).toFixed(2)}`);
  }
  const outline = `M${[...upper!, ...lower!].join('L')}Z`;
  return [axis, element('path', { d: outline, fill: CURVE, stroke: CURVE, 'stroke-width': 0.5, 'stroke-linejoin': 'round' })];
}

function mark(at: readonly [number, number] | null): Svg[] {
  return at === null ? [] : [element('circle', { cx: at[0], cy: at[1], r: 5, fill: 'none', stroke: '#ffffff', 'stroke-width': 1 })];
}
