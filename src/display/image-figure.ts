// Pictures: one channel through a colour map with a colour bar, three or four channels as colour.
import { roundTicks, type AxisDrawing } from './axes.js';
import { distribute } from './distribution.js';
import { nanColor, type ColorMap } from './color.js';
import { finiteExtent, type Extent } from './extent.js';
import { drawEmpty, drawFrame, type Figure } from './figure.js';
import { counted, formatNumber } from './number-format.js';
import { cellCenter, imageElement, layoutPlane, MAX_CELLS, planeImage, poolPlane, type AxisLayout, type PlaneLayout } from './pixels.js';
import { plotFrame, type Svg } from './svg.js';

/** A picture to draw. */
export interface ImageDrawing {
  /** Row-major values; channels first where there are several. */
  readonly data: ArrayLike<number>;
  /** [height, width], or [channels, height, width] with 1, 3 (red, green, blue) or 4 (and alpha) channels. */
  readonly shape: readonly number[];
  /**
   * Values drawn as the ends of the map, or as black and white. By default the finite extent of one channel (about 0 for the
   * diverging map, ±π for the phase map), and for colour [0, 1] or [0, 255], whichever holds the values.
   */
  readonly range?: readonly [number, number] | undefined;
  readonly title?: string | undefined;
  readonly note?: string | undefined;
  readonly map?: ColorMap | undefined;
  /** Unit of rows and columns; px when not given, none where it is empty. */
  readonly unit?: string | undefined;
  /** Bound for the drawn cells along the longer side, to keep the file small. */
  readonly maxCells?: number | undefined;
}

/** A drawn picture, and what was found out about it. */
export interface ImageFigure extends Figure {
  /** Values drawn as the ends of the map, or as black and white; null where there is nothing. */
  readonly range: readonly [number, number] | null;
  readonly extent: Extent;
  /** Sentences on its values. */
  readonly readout: readonly string[];
}

/**
 * Draws a picture: sharp pixels where it is enlarged, averages where it is reduced. NaN is hatched magenta.
 * Throws if the shape is not one of a picture, if it does not fit the data, or if the range is not ascending.
 */
export function drawImage(input: ImageDrawing): ImageFigure {
  const { data, shape, title = 'Image', map = 'grey' } = input;
  const { channels, rows, cols } = planeOf(input);
  const unit = input.unit === '' ? '' : ` (${input.unit ?? 'px'})`;
  const size = `${String(cols)}×${String(rows)}`;
  const extent = finiteExtent(data);
  if (data.length === 0) {
    const message = [`Nothing to show: [${shape.join(', ')}] holds no pixels.`, 'The picture would be here.'];
    return { ...drawEmpty(title, input.note, message), range: null, extent, readout: [] };
  }
  const [min, max] = input.range ?? defaultRange(extent, channels, map);
  const layout = layoutPlane(rows, cols, 'mean', input.maxCells ?? MAX_CELLS);
  const planes = Array.from({ length: channels }, (_, channel) => {
    const offset = channel * rows * cols;
    return poolPlane(data, layout, 'mean', (row, col) => offset + row * cols + col);
  });
  const scale = { min, max, map };
  const note = [input.note ?? describeSize(size, channels), describeReduction(layout)].filter((part) => part !== '').join(' · ');
  const readout = describeValues(extent, data.length);
  const picture = (x: number, y: number): Svg => {
    const [first] = planes;
    if (channels === 1 && first) return planeImage(first, layout, scale, x, y);
    return colorImage(planes, layout, min, max, x, y);
  };
  const frame = drawFrame({
    title,
    note,
    width: layout.cols.length,
    height: layout.rows.length,
    plot: (x, y) => [picture(x, y), plotFrame(x, y, layout.cols.length, layout.rows.length)],
    xAxis: pixelAxis(layout.cols, `column${unit}`),
    yAxis: pixelAxis(layout.rows, layout.rows.length < 60 ? 'row' : `row${unit}`),
    colorBar: channels === 1 ? { map, unit: '', distribution: distribute(data, min, max) } : undefined,
    readout,
  });
  return {
    ...frame,
    cells: Math.max(layout.rows.count, layout.cols.count),
    text: [`${title} (${note})`, ...readout].join('\n'),
    range: [min, max],
    extent,
    readout,
  };
}

function planeOf({ data, shape, range }: ImageDrawing): { channels: number; rows: number; cols: number } {
  const given = `[${shape.join(', ')}]`;
  const [channels = 1, rows = 0, cols = 0] = shape.length === 2 ? [1, ...shape] : shape;
  if ((shape.length !== 2 && shape.length !== 3) || ![1, 3, 4].includes(channels)) {
    throw new Error(
      `drawImage: shape ${given} is not a picture; expected [height, width] or [channels, height, width] with 1, 3 or 4 channels`,
    );
  }
  if (channels * rows * cols !== data.length) {
    throw new Error(`drawImage: shape ${given} needs ${counted(channels * rows * cols, 'value')}, but ${String(data.length)} were given`);
  }
  if (range !== undefined && !(range[0] < range[1] && range.every(Number.isFinite))) {
    throw new Error(`drawImage: range must be two ascending finite numbers, but is [${range.join(', ')}]`);
  }
  return { channels, rows, cols };
}

function defaultRange({ min, max }: Extent, channels: number, map: ColorMap): readonly [number, number] {
  // Without a finite value any range will do.
  if (min > max) return [0, 1];
  if (map === 'phase') return [-Math.PI, Math.PI];
  if (map === 'diverging') {
    const largest = Math.max(Math.abs(min), Math.abs(max));
    return [-largest, largest];
  }
  if (channels > 1 && min >= 0 && max <= 255) return [0, max <= 1 ? 1 : 255];
  return [min, max];
}

function describeValues({ min, max, mean, nan, infinite }: Extent, size: number): string[] {
  const sentences: string[] = [];
  if (nan === size) return ['Every value is NaN'];
  if (min === max) sentences.push(`Constant: every ${nan + infinite > 0 ? 'finite ' : ''}value is ${formatNumber(min)}`);
  else if (min < max) sentences.push(`Values ${formatNumber(min)} to ${formatNumber(max)}, mean ${formatNumber(mean)}`);
  if (nan > 0) sentences.push(`${counted(nan, 'value')} of ${String(size)} ${nan === 1 ? 'is' : 'are'} NaN (hatched)`);
  if (infinite > 0) sentences.push(`${counted(infinite, 'value')} of ${String(size)} ${infinite === 1 ? 'is' : 'are'} infinite`);
  return sentences;
}

function describeSize(size: number | string, channels: number): string {
  return `${String(size)} px${channels === 3 ? ', RGB' : channels === 4 ? ', RGB with alpha, on white' : ''}`;
}

function describeReduction({ rows, cols, stretched }: PlaneLayout): string {
  const reduced = rows.pool > 1 || cols.pool > 1 ? `drawn at ${String(cols.count)}×${String(rows.count)}` : '';
  return [reduced, stretched ? 'not to scale' : ''].filter((part) => part !== '').join(' · ');
}

function pixelAxis(axis: AxisLayout, label: string): AxisDrawing {
  const room = Math.max(2, Math.min(5, Math.floor(axis.length / 40)));
  // No more ticks than steps between pixels, or they would fall between them.
  const { ticks } = roundTicks(0, axis.size - 1, Math.min(room, Math.max(1, axis.size - 1)));
  return {
    ticks: ticks.filter(({ value }) => Number.isInteger(value)),
    position: (i) => cellCenter(axis, i),
    length: axis.length,
    label,
  };
}

function colorImage(planes: readonly Float64Array[], layout: PlaneLayout, min: number, max: number, x: number, y: number): Svg {
  const [width, height] = [layout.cols.count, layout.rows.count];
  const data = new Uint8ClampedArray(4 * width * height);
  const byte = (channel: number, i: number): number => (((planes[channel]?.[i] ?? 0) - min) / (max - min)) * 255;
  for (let i = 0; i < width * height; i++) {
    const isNan = planes.some((plane) => Number.isNaN(plane[i]));
    const opacity = planes.length === 4 ? Math.min(1, Math.max(0, byte(3, i) / 255)) : 1;
    for (let channel = 0; channel < 3; channel++) {
      // The static copy lies on white, so alpha is composited here. The clamped array rounds and limits.
      const color = isNan
        ? (nanColor(i, width)[channel] ?? 0)
        : opacity * Math.min(255, Math.max(0, byte(channel, i))) + (1 - opacity) * 255;
      data[4 * i + channel] = color;
    }
    data[4 * i + 3] = 255;
  }
  return imageElement({ width, height, data }, layout, x, y);
}
