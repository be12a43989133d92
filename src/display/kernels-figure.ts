// Kernels beside their frequency responses, in rows, with one range of colours for all of each.

import { colorBar, colorBarHeading, colorBarWidth, type ColorBar } from './color-bar.js';
import { colorAt } from './color.js';
import { distribute } from './distribution.js';
import { finiteExtent } from './extent.js';
import { wordsAbove } from './figure-grid.js';
import type { Figure } from './figure.js';
import { describeKernel, kernelFacts, type KernelFacts } from './kernels-facts.js';
import { responseOf, type Operation, type Taps } from './kernels-response.js';
import { MAX_CELLS, planeImage, type AxisLayout, type PlaneLayout } from './pixels.js';
import { STATIC_SCALE } from './raster.js';
import { toDecibels } from './spectrum-values.js';
import { CURVE, element, FAINT, group, INK, label, line, plotFrame, svgDocument, wrapText, type Svg } from './svg.js';

/** Kernels to draw. */
export interface KernelsDrawing {
  readonly kernels: readonly { readonly index: readonly number[]; readonly taps: Taps }[];
  /** Bins of the responses. */
  readonly height: number;
  readonly width: number;
  readonly operation: Operation;
  readonly scale: 'dB' | 'linear';
  readonly title: string;
  readonly note: string;
  /** Said before what is said of each. */
  readonly readout: readonly string[];
  /** Cells that are drawn at most, to keep the file small: as many kernels as have room in them. */
  readonly maxCells: number;
}

/** Drawn kernels, and what was found out about each. */
export interface KernelsFigure extends Figure {
  readonly facts: readonly KernelFacts[];
}

/** Kernels that are drawn at most: a page of them. The view shows the others. */
const MOST_DRAWN = 24;
/** The lowest level in dB below the largest response of all. */
export const FLOOR_DB = -60;
const [PADDING, LINE, SIDE, GAP, COLUMNS] = [12, 15, 96, 8, 3] as const;
const PAIR = 2 * SIDE + GAP;
const BETWEEN = 28;
const BAR = 120;

/** The name of a kernel: its index in the weights. */
function kernelName(index: readonly number[]): string {
  return index.length === 0 ? 'kernel' : `[${index.join(', ')}]`;
}

/** Draws each kernel beside its frequency response, and says of each what it does. */
export function drawKernels(drawing: KernelsDrawing): KernelsFigure {
  const { kernels, height, width, operation, scale, title, note } = drawing;
  const cellsEach = MAX_CELLS / MOST_DRAWN;
  const drawn = kernels.slice(0, Math.max(1, Math.floor(drawing.maxCells / cellsEach)));
  const readout = drawn.length === kernels.length ? drawing.readout : [...drawing.readout, `The picture shows the first ${drawn.length}.`];
  const responses = kernels.map(({ taps }) => {
    const response = responseOf(taps, height, width, operation);
    return { magnitude: response.re.map((part, i) => Math.hypot(part, response.im[i] ?? NaN)), facts: kernelFacts(taps.values, response) };
  });
  const facts = responses.map((response) => response.facts);
  const reference = Math.max(0, ...facts.map(({ largest }) => largest).filter(Number.isFinite));
  const level = (magnitude: number): number =>
    scale === 'linear' ? magnitude : reference === 0 ? (magnitude === 0 ? FLOOR_DB : NaN) : toDecibels(magnitude, reference);
  const sizes = kernels.map(({ taps }) => finiteExtent(taps.values)).map(({ min, max }) => Math.max(Math.abs(min), Math.abs(max)));
  // Without a finite value, or with zeros alone, any range will do.
  const size = Math.max(0, ...sizes.filter(Number.isFinite)) || 1;
  const tapScale = { map: 'diverging', min: -size, max: size } as const;
  const gainScale = { map: 'viridis', ...(scale === 'linear' ? { min: 0, max: reference || 1 } : { min: FLOOR_DB, max: 0 }) } as const;

  const columns = Math.min(COLUMNS, drawn.length);
  const [first] = drawn;
  const tapsLayout = thumbnail(first?.taps.rows ?? 1, first?.taps.cols ?? 1);
  const gainLayout = thumbnail(height, width);
  const bars = [
    {
      title: 'kernel',
      bar: barOf(
        tapScale,
        drawn.flatMap(({ taps }) => [...taps.values]),
        '',
      ),
    },
    {
      title: '|H|',
      bar: barOf(
        gainScale,
        responses.slice(0, drawn.length).flatMap(({ magnitude }) => [...magnitude].map(level)),
        scale === 'dB' ? 'dB re max' : '',
      ),
    },
  ];
  const pictures = columns * PAIR + (columns - 1) * BETWEEN;
  const barRoom = Math.max(...bars.map(({ bar }) => colorBarWidth(bar, BAR)));
  // A single kernel's figure is wide enough for what is said of it.
  const total = Math.max(420, 2 * PADDING + pictures + BETWEEN + barRoom);
  const inner = total - 2 * PADDING;

  const above = wordsAbove(PADDING, inner, title, note, readout);
  const { words } = above;
  const top = above.bottom + 20;
  const said = drawn.map((_, i) => wrapText(describeKernel(facts[i]!), PAIR));
  const cells: Svg[] = [];
  let y = top;
  for (let from = 0; from < drawn.length; from += columns) {
    const row = drawn.slice(from, from + columns);
    row.forEach(({ index, taps }, col) => {
      const x = PADDING + col * (PAIR + BETWEEN);
      const { magnitude } = responses[from + col]!;
      cells.push(
        label(x, y, kernelName(index), { fill: INK }),
        ...(taps.rows === 1
          ? [stems(taps.values, tapScale, x, y + 6), curve(centred(magnitude.map(level), height, width), gainScale, x + SIDE + GAP, y + 6)]
          : [
              ...picture(taps.values, tapsLayout, tapScale, x, y + 6),
              ...picture(centred(magnitude.map(level), height, width), gainLayout, gainScale, x + SIDE + GAP, y + 6),
              zeroMarks(x + SIDE + GAP, y + 6, gainLayout),
            ]),
        ...said[from + col]!.map((text, i) => label(x, y + SIDE + 20 + i * (LINE - 2), text)),
      );
    });
    y += SIDE + 20 + Math.max(...said.slice(from, from + columns).map((lines) => lines.length)) * (LINE - 2) + 18;
  }
  const barX = total - PADDING - barRoom;
  bars.forEach(({ title: of, bar }, i) => {
    const at = top + i * (BAR + 62);
    words.push(
      label(barX, at, colorBarHeading(bar, BAR) === '' ? of : `${of}: ${colorBarHeading(bar, BAR)}`),
      colorBar({ ...bar, unit: '' }, barX, at + 12, BAR),
    );
  });
  const bottom = Math.max(y - 6, top + 2 * (BAR + 50));
  const figureHeight = Math.ceil(bottom + PADDING);
  const lines = kernels.map(({ index }, i) => `${kernelName(index)} ${describeKernel(facts[i]!)}`);
  return {
    svg: svgDocument(Math.ceil(total), figureHeight, title, ...words, ...cells),
    width: Math.ceil(total),
    height: figureHeight,
    cells: drawn.length * cellsEach,
    text: [`${title} (${note})`, ...readout, ...lines].join('\n'),
    facts,
  };
}

/** Zero frequency in the middle, at ⌊n/2⌋. */
export function centred(values: Float64Array, rows: number, cols: number): Float64Array {
  const [halfRows, halfCols] = [Math.ceil(rows / 2), Math.ceil(cols / 2)];
  return Float64Array.from(
    values,
    (_, i) => values[((Math.floor(i / cols) + halfRows) % rows) * cols + (((i % cols) + halfCols) % cols)] ?? NaN,
  );
}

function barOf(scale: Scale, values: readonly number[], unit: string): ColorBar {
  return { map: scale.map, unit, distribution: distribute(Float64Array.from(values), scale.min, scale.max) };
}

/** A plane of about the size of a thumbnail, in whole device px for a cell where there are fewer cells than px; strips take a third of the height. */
function thumbnail(rows: number, cols: number): PlaneLayout {
  const px = SIDE * STATIC_SCALE;
  const axis = (size: number, length: number): AxisLayout => ({
    size,
    pool: 1,
    count: size,
    cell: Math.max(1, Math.round(length / size)),
    length: length / STATIC_SCALE,
  });
  const isStrip = Math.max(rows, cols) > 8 * Math.min(rows, cols) || rows === 1 || cols === 1;
  const short = (own: number, other: number): number =>
    isStrip && own < other ? px / 3 : isStrip ? px : (px * own) / Math.max(own, other);
  return { rows: axis(rows, short(rows, cols)), cols: axis(cols, short(cols, rows)), stretched: isStrip };
}

function picture(values: Float64Array, layout: PlaneLayout, scale: Scale, x: number, y: number): Svg[] {
  const top = y + (SIDE - layout.rows.length) / 2;
  return [planeImage(values, layout, scale, x, top), plotFrame(x, top, layout.cols.length, layout.rows.length)];
}

type Scale = { readonly map: 'diverging' | 'viridis'; readonly min: number; readonly max: number };

/** Taps of one axis as bars from zero, in their colours. What is not finite leaves a gap. */
function stems(values: Float64Array, { map, min, max }: Scale, x: number, y: number): Svg {
  const step = SIDE / values.length;
  const at = (value: number): number => y + SIDE * (1 - (Math.min(max, Math.max(min, value)) - min) / (max - min));
  const bars = Array.from(values, (value, i) => [value, i] as const)
    .filter(([value]) => !Number.isNaN(value))
    .map(([value, i]) =>
      element('rect', {
        x: x + (i + 0.1) * step,
        y: Math.min(at(0), at(value)),
        width: 0.8 * step,
        height: Math.abs(at(value) - at(0)),
        // The middle of the map is the colour of the page.
        fill: colorAt(map, value < 0 ? 0.2 : 0.8),
      }),
    );
  return group({}, ...bars, line(x, at(0), x + SIDE, at(0)), plotFrame(x, y, SIDE, SIDE));
}

/** A response over one axis as a curve, zero frequency marked. */
function curve(values: Float64Array, { min, max }: Scale, x: number, y: number): Svg {
  const at = (i: number): number => x + ((i + 0.5) / values.length) * SIDE;
  const runs: string[][] = [[]];
  values.forEach((value, i) => {
    if (Number.isNaN(value)) return void runs.push([]);
    const part = (Math.min(max, Math.max(min, value)) - min) / (max - min);
    runs.at(-1)!.push(`${at(i).toFixed(2)},${(y + SIDE * (1 - part)).toFixed(2)}`);
  });
  const zero = at(Math.floor(values.length / 2));
  return group(
    {},
    line(zero, y, zero, y + SIDE, { stroke: FAINT }),
    ...runs
      .filter((run) => run.length > 0)
      .map((run) => element('polyline', { points: run.join(' '), fill: 'none', stroke: CURVE, 'stroke-width': 1.25 })),
    plotFrame(x, y, SIDE, SIDE),
  );
}

/** Notches outside of the picture that point at zero frequency. */
function zeroMarks(x: number, y: number, { rows, cols }: PlaneLayout): Svg {
  const top = y + (SIDE - rows.length) / 2;
  const at = (axis: AxisLayout): number => ((Math.floor(axis.size / 2) + 0.5) / axis.size) * axis.length;
  return group(
    {},
    line(x + at(cols), top + rows.length, x + at(cols), top + rows.length + 3, { stroke: INK }),
    line(x + cols.length, top + at(rows), x + cols.length + 3, top + at(rows), { stroke: INK }),
  );
}
