// A convolution by way of the spectra in six pictures: image, kernel, their spectra, the product, the result with what wrapped around.

import { FREQUENCY_TICKS, horizontalAxis, roundTicks, verticalAxis, type AxisDrawing } from './axes.js';
import type { ColorMap } from './color.js';
import { describeWrap, type ConvolutionSizes, type WrapAround } from './convolution-values.js';
import { finiteExtent } from './extent.js';
import { wordsAbove } from './figure-grid.js';
import type { Figure } from './figure.js';
import { formatNumber } from './number-format.js';
import { imageElement, layoutPlane, planeImage, poolPlane, type AxisLayout, type PlaneLayout } from './pixels.js';
import { toDecibels } from './spectrum-values.js';
import { INK, label, plotFrame, svgDocument, type Svg } from './svg.js';

/** A convolution to draw. */
export interface ConvolutionDrawing {
  readonly sizes: ConvolutionSizes;
  /** The image with its zeros, of the period's extents. */
  readonly image: Float64Array;
  /** The taps, as they are convolved. */
  readonly kernel: Float64Array;
  /** Magnitudes of the two spectra and of their product, zero frequency first. */
  readonly spectra: readonly [image: Float64Array, kernel: Float64Array, product: Float64Array];
  readonly result: Float64Array;
  readonly wrap: WrapAround;
  readonly title: string;
  readonly note: string;
  readonly maxCells: number;
}

/** A drawn convolution, in words, too. */
export interface ConvolutionFigure extends Figure {
  readonly readout: readonly string[];
}

/** One of the pictures. */
interface Panel {
  readonly title: string;
  readonly note: string;
  readonly size: readonly [rows: number, cols: number];
  readonly values: Float64Array;
  /** Magnitudes are drawn in dB with zero frequency in the middle. */
  readonly kind: 'picture' | 'signed' | 'magnitude';
  readonly marked?: Uint8Array;
}

const [PADDING, SIDE, LEFT, HEAD, FOOT, GAP] = [12, 216, 36, 34, 54, 12] as const;
/** The colour of marked pixels: an orange that is in no map of pictures. */
const MARK_COLOR = [255, 122, 0] as const;
/** Cells along a picture's longer side: as many as px, which also keeps the file small. */
const MOST_CELLS = SIDE;
const DEPTH_DB = 80;

/** Draws the six steps. */
export function drawConvolution(drawing: ConvolutionDrawing): ConvolutionFigure {
  const { sizes, image, kernel, spectra, result, wrap, title, note } = drawing;
  const { period: size } = sizes;
  const readout = describeWrap(sizes, wrap);
  const isPadded = size[0] > sizes.image[0] || size[1] > sizes.image[1];
  const spectrum = (at: 0 | 1 | 2, name: string): Panel => ({ title: name, note: '', size, values: spectra[at], kind: 'magnitude' });
  const panels: readonly Panel[] = [
    {
      title: '1  image x',
      note: isPadded ? `${sizes.image.join('×')}, zeros to ${size.join('×')}` : `${size.join('×')}, no zeros`,
      size,
      values: image,
      kind: 'picture',
    },
    {
      title: '2  kernel h',
      note: `${sizes.kernel.join('×')}, zeros to ${size.join('×')} not drawn`,
      size: sizes.kernel,
      values: kernel,
      kind: 'signed',
    },
    spectrum(0, '3  |X|'),
    spectrum(1, '4  |H|'),
    spectrum(2, '5  |X·H|'),
    {
      title: '6  result y',
      note: wrap.period === 0 ? 'nothing wraps around' : 'orange: what wrapped around',
      size,
      values: result,
      kind: 'picture',
      marked: wrap.mask,
    },
  ];
  const column = LEFT + SIDE + GAP;
  const width = 2 * PADDING + 3 * column;
  const inner = width - 2 * PADDING;
  const { words, bottom } = wordsAbove(PADDING, inner, title, note, readout);
  const top = bottom + 18;
  const row = HEAD + SIDE + FOOT;
  const drawn = panels.map((panel, at) => drawPanel(panel, PADDING + (at % 3) * column, top + Math.floor(at / 3) * row, drawing.maxCells));
  const height = Math.ceil(top + 2 * row);
  return {
    svg: svgDocument(width, height, title, ...words, ...drawn.flatMap(({ marks }) => marks)),
    width,
    height,
    cells: Math.max(...drawn.map(({ cells }) => cells)),
    text: [`${title} (${note})`, ...readout].join('\n'),
    readout,
  };
}

function drawPanel(
  { title, note, size, values, kind, marked }: Panel,
  x: number,
  y: number,
  maxCells: number,
): { readonly marks: Svg[]; readonly cells: number } {
  const [rows, cols] = size;
  const isMagnitude = kind === 'magnitude';
  const pooling = isMagnitude ? 'max' : 'mean';
  const layout = fitted(layoutPlane(rows, cols, pooling, Math.min(MOST_CELLS, maxCells)));
  // Zero frequency to the middle.
  const at = (r: number, c: number): number => ((r + Math.ceil(rows / 2)) % rows) * cols + ((c + Math.ceil(cols / 2)) % cols);
  const pooled = poolPlane(values, layout, pooling, isMagnitude ? at : undefined);
  const { min, max } = finiteExtent(values);
  const [scale, range] = scaleOf(kind, min, max);
  // Whole decibels: no eye can tell, and the file is smaller.
  const shown = isMagnitude ? pooled.map((value) => Math.max(-2 * DEPTH_DB, Math.round(toDecibels(value, max > 0 ? max : 1)))) : pooled;
  const [left, top] = [x + LEFT, y + HEAD];
  const marks = [
    label(left, y + 10, title, { fill: INK, weight: 600 }),
    label(left, y + 25, note === '' ? range : `${note} · ${range}`),
    planeImage(shown, layout, scale, left, top),
    ...(marked === undefined ? [] : [markedImage(marked, layout, left, top)]),
    plotFrame(left, top, layout.cols.length, layout.rows.length),
    horizontalAxis(axisOf(layout.cols, isMagnitude), left, top + layout.rows.length),
    verticalAxis(axisOf(layout.rows, isMagnitude), left, top, LEFT),
  ];
  return { marks, cells: Math.max(layout.rows.count, layout.cols.count) };
}

function scaleOf(kind: Panel['kind'], min: number, max: number): [{ map: ColorMap; min: number; max: number }, string] {
  if (min > max) return [{ map: 'grey', min: 0, max: 1 }, 'no finite values'];
  if (kind === 'magnitude') return [{ map: 'viridis', min: -DEPTH_DB, max: 0 }, `−${DEPTH_DB} … 0 dB re ${formatNumber(max)}`];
  if (kind === 'picture') return [{ map: 'grey', min, max }, `${formatNumber(min)} … ${formatNumber(max)}`];
  const largest = Math.max(Math.abs(min), Math.abs(max));
  return [{ map: 'diverging', min: -largest, max: largest }, `±${formatNumber(largest)}`];
}

/** The same cells, as large as fits a picture's side. */
function fitted({ rows, cols, stretched }: PlaneLayout): PlaneLayout {
  const factor = SIDE / Math.max(rows.length, cols.length);
  const scaled = (axis: AxisLayout): AxisLayout => ({ ...axis, length: axis.length * factor });
  return { rows: scaled(rows), cols: scaled(cols), stretched };
}

function axisOf({ size, length }: AxisLayout, isFrequency: boolean): AxisDrawing {
  const position = (index: number): number => ((index + 0.5) / size) * length;
  if (isFrequency)
    return { ticks: FREQUENCY_TICKS, position: (f) => position(f * size + Math.floor(size / 2)), length, label: '', emphasis: 0 };
  const { ticks } = roundTicks(0, size - 1, Math.min(5, Math.max(1, size - 1)));
  return { ticks: ticks.filter(({ value }) => Number.isInteger(value)), position, length, label: '' };
}

/** A layer over marked pixels, which are seen through it; of a block of pixels as much as is marked of it. */
function markedImage(marked: Uint8Array, layout: PlaneLayout, x: number, y: number): Svg {
  const parts = poolPlane(marked, layout, 'mean');
  const data = new Uint8ClampedArray(4 * parts.length);
  parts.forEach((part, i) => data.set([...MARK_COLOR, part > 0 ? 255 * (0.25 + 0.45 * part) : 0], 4 * i));
  return imageElement({ width: layout.cols.count, height: layout.rows.count, data }, layout, x, y);
}
