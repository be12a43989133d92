// What is taken out of the view of a spectrum: its numbers, its drawing as SVG, and the call that makes it.

import { horizontalAxis, verticalAxis, type AxisDrawing } from '../../../src/display/axes.js';
import { element, INK, label, line, plotFrame, svgDocument, TITLE, type Svg } from '../../../src/display/svg.js';
import { colorAt } from '../../../src/display/color.js';
import { roundTicks } from '../../../src/display/axes.js';
import { toDecibels, type DbReference } from '../../../src/display/spectrum-values.js';
import type { Preparation, SpectrumData } from '../../../src/protocol/spectrum.js';
import { csvOf } from '../../ui/save.js';
import type { Look } from './drawing.js';
import { binAt, planeAxis, type FrequencyAxis } from './frequency.js';
import type { Bins } from './model.js';
import { layersOf } from './paint.js';
import { wholeOf } from '../../ui/plane/viewport.js';
import { pixelsOf } from '../../ui/plane/layer.js';

/** The bins as rows of numbers. Of reduced spectra each is the largest of a block that begins at its number. */
export function csvOfBins({ magnitude, phase, cols, pool }: Bins, { shape, sampleRate }: SpectrumData, zeroDb: number): string {
  const width = shape.at(-1) as number;
  const height = shape.length === 2 ? shape[0] : 1;
  const unit = shape.length === 2 ? 'cycles/pixel' : sampleRate === null ? 'cycles/sample' : 'Hz';
  const places = shape.length === 2 ? ['row bin', 'column bin', `vertical ${unit}`, `horizontal ${unit}`] : ['bin', `frequency ${unit}`];
  const rows = function* (): Generator<number[]> {
    for (let i = 0; i < magnitude.length; i++) {
      const row = binAt(Math.min(height - 1, Math.floor(i / cols) * pool[0]), { n: height, isShifted: true });
      const col = binAt(Math.min(width - 1, (i % cols) * pool[1]), { n: width, isShifted: true });
      const [size, angle] = [magnitude[i] ?? NaN, phase[i] ?? NaN];
      const place = shape.length === 2 ? [row, col, row / height, col / width] : [col, (col / width) * (sampleRate ?? 1)];
      yield [...place, size * Math.cos(angle), size * Math.sin(angle), size, toDecibels(size, zeroDb), angle];
    }
  };
  return csvOf([...places, 'real', 'imaginary', 'magnitude', 'dB', 'phase'], rows());
}

/** The call that shows this spectrum with what was chosen. */
export function codeOf(
  { options, sampleRate }: SpectrumData,
  { border, window }: Preparation,
  reference: DbReference,
  floorDb: number | null,
): string {
  const given: readonly (readonly [string, unknown])[] = [
    ['title', options.title],
    ['dimensions', options.dimensions],
    ['sampleRate', sampleRate],
    ['reference', reference === 'max' ? null : reference],
    ['floorDb', floorDb],
    ['border', border === 'none' ? null : border],
    ['window', border === 'window' ? window : null],
  ];
  const text = (value: unknown): string => {
    if (Array.isArray(value)) return `[${value.map(text).join(', ')}]`;
    return typeof value === 'string' ? `'${value.replaceAll('\\', '\\\\').replaceAll("'", "\\'").replaceAll('\n', '\\n')}'` : String(value);
  };
  const entries = given.flatMap(([name, value]) => (value === null ? [] : [`${name}: ${text(value)}`]));
  return `await pv.show.spectrum(x${entries.length === 0 ? '' : `, { ${entries.join(', ')} }`});\n`;
}

/** Size of the drawing in px: of a picture's longer side, and of a signal. */
const [SIDE, WIDTH, HEIGHT] = [480, 640, 280] as const;
const [LEFT, TOP, ROOM] = [64, 40, 96] as const;

/** The whole spectrum as SVG, with axes and range as they are now. */
export function svgOfSpectrum(saved: SpectrumData, look: Look, bins: Bins, points: readonly (readonly [x: number, y: number])[]): string {
  const { shape, sampleRate } = saved;
  const { settings, scale } = look;
  const isPicture = shape.length === 2;
  const [rows, cols] = isPicture ? shape : [1, shape[0]];
  const longer = Math.max(rows, cols);
  const [width, height] = isPicture ? [Math.max(24, (SIDE * cols) / longer), Math.max(24, (SIDE * rows) / longer)] : [WIDTH, HEIGHT];
  const axisOf = (n: number): FrequencyAxis => ({
    n,
    unit: settings.unit,
    isShifted: settings.order === 'middle',
    sample: isPicture ? 'pixel' : 'sample',
    sampleRate,
  });
  const from = settings.order === 'positive' ? 0.5 : 0;
  const to = settings.order === 'positive' ? cols / 2 + 0.5 : cols;
  const across = planeAxis(isPicture ? 'horizontal frequency' : 'frequency', axisOf(cols));
  const xAxis: AxisDrawing = {
    ticks: across.ticks(from, to, 6),
    position: (place) => ((place - from) / (to - from)) * width,
    length: width,
    label: across.label,
    ...(across.emphasis === undefined ? {} : { emphasis: across.emphasis }),
  };
  const yAxis = isPicture
    ? pictureAxis(planeAxis('vertical frequency', axisOf(rows)), rows, height)
    : valueAxis(scale.min, scale.max, height, scale.unit);
  const drawn = isPicture ? picture(look, bins, rows, cols, width, height) : curve(points, yAxis, width, height);
  const all = [
    label(12, 20, saved.title, { fill: INK, size: TITLE, weight: 600 }),
    label(12, 34, saved.note),
    ...drawn,
    plotFrame(LEFT, TOP, width, height),
    horizontalAxis(xAxis, LEFT, TOP + height),
    verticalAxis(yAxis, LEFT, TOP, LEFT - 12),
    ...(isPicture ? bar(look, LEFT + width + 16, height) : []),
  ];
  return svgDocument(Math.ceil(LEFT + width + (isPicture ? ROOM : 16)), Math.ceil(TOP + height + 44), saved.title, ...all);
}

function pictureAxis(axis: ReturnType<typeof planeAxis>, n: number, length: number): AxisDrawing {
  return { ticks: axis.ticks(0, n, 6), position: (place) => (place / n) * length, length, label: axis.label };
}

function valueAxis(low: number, high: number, length: number, name: string): AxisDrawing {
  return { ticks: roundTicks(low, high, 5).ticks, position: (value) => (1 - (value - low) / (high - low)) * length, length, label: name };
}

function picture({ settings, scale, zeroDb, fade }: Look, bins: Bins, rows: number, cols: number, width: number, height: number): Svg[] {
  const colors = { quantity: settings.quantity, scale, zeroDb, fade };
  const [across, down] = [Math.min(cols, bins.cols), Math.min(rows, bins.rows)];
  const canvas = document.createElement('canvas');
  [canvas.width, canvas.height] = [across, down];
  const part = new OffscreenCanvas(across, down);
  for (const layer of layersOf(bins, colors, rows, cols, settings.order === 'middle')) {
    part.getContext('2d')?.putImageData(new ImageData(pixelsOf(layer, wholeOf(rows, cols), across, down), across, down), 0, 0);
    canvas.getContext('2d')?.drawImage(part, 0, 0);
  }
  const place = { x: LEFT, y: TOP, width, height, preserveAspectRatio: 'none', 'image-rendering': 'pixelated' };
  return [element('image', { ...place, href: canvas.toDataURL('image/png') })];
}

function curve(points: readonly (readonly [number, number])[], yAxis: AxisDrawing, width: number, height: number): Svg[] {
  let path = '';
  let isDown = false;
  for (const [part, value] of points) {
    const y = yAxis.position(value);
    if (Number.isFinite(y))
      path += `${isDown ? 'L' : 'M'}${(LEFT + part * width).toFixed(2)} ${(TOP + Math.min(height, Math.max(0, y))).toFixed(2)}`;
    isDown = Number.isFinite(y);
  }
  return [element('path', { d: path, fill: 'none', stroke: '#1a6fd4', 'stroke-width': 1.25 })];
}

/** Steps of the colour bar. */
const STEPS = 128;

function bar({ scale }: Look, x: number, height: number): Svg[] {
  const { map, min, max, low, high, unit } = scale;
  const steps = Array.from({ length: STEPS }, (_, i) => {
    const value = high - ((i + 0.5) / STEPS) * (high - low);
    const fill = colorAt(map, max === min ? 0.5 : Math.min(1, Math.max(0, (value - min) / (max - min))));
    return element('rect', { x, y: TOP + (i / STEPS) * height, width: 12, height: height / STEPS + 0.5, fill });
  });
  const ticks = scale.ticks?.map(([value, text]) => ({ value, text })) ?? roundTicks(low, high, 6).ticks;
  const at = (value: number): number => TOP + (1 - (value - low) / (high - low)) * height;
  return [
    ...steps,
    plotFrame(x, TOP, 12, height),
    ...ticks.flatMap(({ value, text }) => [
      line(x + 12, at(value), x + 16, at(value), { stroke: INK }),
      label(x + 19, at(value) + 4, text),
    ]),
    label(x, TOP - 6, unit),
  ];
}
