// Two arrays beside each other, what is between them, and the spectrum of that: a pattern in a difference shows there.

import { compareValues, describeComparison, type Comparison } from './compare-values.js';
import { finiteExtent } from './extent.js';
import { drawGrid } from './figure-grid.js';
import type { Figure } from './figure.js';
import { drawImage } from './image-figure.js';
import { drawPlot } from './plot-figure.js';
import { drawSpectrum } from './spectrum-figure.js';

/** Two arrays to compare. */
export interface CompareDrawing {
  /** Row-major values of the whole arrays, complex ones interleaved. */
  readonly a: Float64Array;
  readonly b: Float64Array;
  readonly shape: readonly number[];
  readonly parts: 1 | 2;
  readonly names: readonly [string, string];
  readonly title: string;
  readonly note: string;
  /** Magnitude of the transform of a − b over the axes that are drawn, zero frequency first. */
  readonly spectrum: Float64Array;
  readonly maxCells: number;
}

/** A drawn comparison. */
export interface CompareFigure extends Figure {
  readonly comparison: Comparison;
  /** The comparison in sentences. */
  readonly readout: readonly string[];
}

/** Cells along a picture's longer side: four of them share the page. */
const mostCells = 320;

/** Draws the first plane (or line) of both, of their difference, and the spectrum of the difference; numbers are of the whole. */
export function drawComparison(drawing: CompareDrawing): CompareFigure {
  const { a, b, shape, parts, names, title, note } = drawing;
  const comparison = compareValues(a, b, shape, parts);
  const readout = describeComparison(comparison, a.length / parts);
  const panels = shape.length === 1 ? linePanels(drawing) : planePanels(drawing);
  const maxCells = Math.max(...panels.map(({ cells = 0 }) => cells));
  const text = [`${title}: ${names[0]} and ${names[1]} (${note})`, ...readout].join('\n');
  return { ...drawGrid(panels, shape.length === 1 ? 1 : 2, title, note, readout), cells: maxCells, text, comparison, readout };
}

/** Values as they are drawn, or magnitudes of complex ones: of the first `count` elements. */
export function shownOf(values: Float64Array, count: number, parts: 1 | 2): Float64Array {
  if (parts === 1) return values.slice(0, count);
  return Float64Array.from({ length: count }, (_, i) => Math.hypot(values[2 * i]!, values[2 * i + 1]!));
}

/** a − b, or the magnitude of it where they are complex: of the first `count` elements. Equal infinities differ by 0. */
export function differenceOf({ a, b, parts }: Pick<CompareDrawing, 'a' | 'b' | 'parts'>, count: number): Float64Array {
  const difference = Float64Array.from({ length: count * parts }, (_, i) => (a[i] === b[i] ? 0 : a[i]! - b[i]!));
  return shownOf(difference, count, parts);
}

function planePanels(drawing: CompareDrawing): Figure[] {
  const { a, b, shape, parts, names, spectrum } = drawing;
  const plane = shape.slice(-2) as [number, number];
  const count = plane[0] * plane[1];
  const [left, right] = [shownOf(a, count, parts), shownOf(b, count, parts)];
  const [one, other] = [finiteExtent(left), finiteExtent(right)];
  const [low, high] = [Math.min(one.min, other.min), Math.max(one.max, other.max)];
  // The same colour is the same value in both.
  const shared = low < high ? { range: [low, high] as const } : {};
  const of = (name: string): string => (parts === 1 ? name : `|${name}|`);
  const common = { shape: plane, maxCells: Math.min(drawing.maxCells, mostCells), map: 'viridis' as const, note: '' };
  const [first, second] = names;
  return [
    drawImage({ ...common, ...shared, data: left, title: of(first) }),
    drawImage({ ...common, ...shared, data: right, title: of(second) }),
    drawImage({
      ...common,
      data: differenceOf(drawing, count),
      title: of(`${first} − ${second}`),
      map: parts === 1 ? 'diverging' : 'viridis',
    }),
    drawSpectrum({ magnitude: spectrum, shape: plane, title: 'Spectrum of the difference', note: '', maxCells: common.maxCells }),
  ];
}

function linePanels(drawing: CompareDrawing): Figure[] {
  const { a, b, shape, parts, names, spectrum } = drawing;
  const [count] = shape as [number];
  const x = Float64Array.from({ length: count }, (_, i) => i);
  const common = { note: '', xLabel: 'index', yLabel: '', xScale: 'linear', yScale: 'linear' } as const;
  const of = (name: string): string => (parts === 1 ? name : `|${name}|`);
  const [first, second] = names;
  const both = [
    { name: of(first), x, y: shownOf(a, count, parts) },
    { name: of(second), x, y: shownOf(b, count, parts) },
  ];
  const difference = of(`${first} − ${second}`);
  return [
    drawPlot({ ...common, title: both.map(({ name }) => name).join(' and '), series: both }),
    drawPlot({ ...common, title: difference, series: [{ name: difference, x, y: differenceOf(drawing, count) }] }),
    drawSpectrum({ magnitude: spectrum, shape: [count], title: 'Spectrum of the difference', note: '' }),
  ];
}
