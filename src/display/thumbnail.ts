// Small pictures of tensors, for where a figure has no room: pixels without axes and words.

import { isComplex } from '../devices/dtype.js';
import type { Tensor } from '../tensor/tensor.js';
import { colorize, type ColorScale } from './color.js';
import { layoutPlane, plainAxis, poolPlane } from './pixels.js';
import { asSpectrum, firstPlane, magnitudeOf } from './planes.js';
import { encodePng, type Pixels } from './png.js';
import type { MimeBundle } from './sink.js';
import { poolShifted } from './spectrum-data.js';
import { levelRange, spectrumFacts, zeroDecibels } from './spectrum-values.js';

/** Pixels of the longer side, and of a curve's height. */
const LONGER = 160;
const HEIGHT = 48;
/** Larger tensors are not read for a small picture. */
const MAX_SIZE = 1 << 24;
const CURVE = [49, 104, 142] as const;

/** A small picture of a tensor: its first plane in colours, or a curve; of complex values the magnitude. Null where there is nothing to see. */
export async function thumbnail(tensor: Tensor): Promise<MimeBundle | null> {
  if (tensor.size < 2 || tensor.size > MAX_SIZE) return null;
  const x = isComplex(tensor.dtype) ? tensor.abs() : tensor;
  const isColour = x.ndim >= 3 && x.shape.at(-3) === 3;
  const { plane } = firstPlane(x, isColour ? 3 : Math.min(2, x.ndim));
  const values = Float64Array.from(await plane.data());
  const [rows, cols] = [plane.ndim === 1 ? 1 : plane.shape.at(-2)!, plane.shape.at(-1)!];
  const range = extent(values);
  if (rows === 1) return picture(curve(values, range), `${values.length} values`);
  if (!isColour) return picture(coloured(values, rows, cols, { ...range, map: 'viridis' }), `${rows} × ${cols}`);
  const layout = layoutPlane(rows, cols, 'mean', LONGER);
  const channels = [0, 1, 2].map((channel) =>
    colorize(
      poolPlane(values, layout, 'mean', (row, col) => (channel * rows + row) * cols + col),
      { ...colourRange(range), map: 'grey' },
    ),
  );
  const data = Uint8ClampedArray.from(channels[0] ?? [], (alpha, i) => (i % 4 === 3 ? alpha : (channels[i % 4]?.[i] ?? 0)));
  return picture({ width: layout.cols.count, height: layout.rows.count, data }, `${rows} × ${cols}`);
}

/** A small picture of a tensor's spectrum over its last one or two axes, zero frequency in the middle; null where there is none. */
export async function spectrumThumbnail(tensor: Tensor): Promise<MimeBundle | null> {
  if (tensor.ndim === 0 || tensor.size < 2 || tensor.size > MAX_SIZE) return null;
  const axes = tensor.node.spectrum?.axes;
  if (axes?.some((axis, i) => axis !== i - axes.length) || (axes && axes.length > 2)) return null;
  const { spectrum, info } = asSpectrum(tensor);
  const { magnitude, shape } = await magnitudeOf(spectrum, info);
  const facts = spectrumFacts(magnitude, shape);
  const { min, max } = levelRange(facts, undefined);
  const zeroDb = zeroDecibels('max', facts.reference);
  const text = `spectrum, ${shape.join(' × ')}`;
  if (shape.length === 1) {
    const count = Math.min(facts.cols, LONGER);
    const pool = Math.ceil(facts.cols / count);
    const cols = { ...plainAxis(Math.ceil(facts.cols / pool), LONGER), size: facts.cols, pool };
    return picture(curve(poolShifted(magnitude, facts, { rows: plainAxis(1, 1), cols }, zeroDb), { min, max: 0 }), text);
  }
  const layout = layoutPlane(facts.rows, facts.cols, 'max', LONGER);
  const pixels = colorize(poolShifted(magnitude, facts, layout, zeroDb), { min, max, map: 'viridis' });
  return picture({ width: layout.cols.count, height: layout.rows.count, data: pixels }, text);
}

function picture(pixels: Pixels, text: string): MimeBundle {
  const { width, height } = pixels;
  // Small planes are enlarged, or nobody sees them.
  const png = encodePng(enlarge(pixels, Math.max(1, Math.floor(LONGER / Math.max(width, height)))));
  return { 'image/png': Buffer.from(png).toString('base64'), 'text/plain': text };
}

function enlarge({ width, height, data }: Pixels, factor: number): Pixels {
  const from = new Uint32Array(data.slice().buffer);
  const to = new Uint32Array(width * height * factor * factor);
  const length = width * factor;
  for (let i = 0; i < to.length; i++) {
    const [row, col] = [Math.floor(i / length / factor), Math.floor((i % length) / factor)];
    to[i] = from[row * width + col] ?? 0;
  }
  return { width: length, height: height * factor, data: new Uint8Array(to.buffer) };
}

function coloured(values: Float64Array, rows: number, cols: number, scale: ColorScale): Pixels {
  const layout = layoutPlane(rows, cols, 'mean', LONGER);
  return { width: layout.cols.count, height: layout.rows.count, data: colorize(poolPlane(values, layout, 'mean'), scale) };
}

/** A curve: in each column a bar from the smallest to the largest value there, joined to the column before. */
function curve(values: Float64Array, { min, max }: { readonly min: number; readonly max: number }): Pixels {
  const data = new Uint8Array(4 * LONGER * HEIGHT).fill(255);
  const rowOf = (value: number): number =>
    Math.round((HEIGHT - 1) * (1 - (max > min ? Math.min(1, Math.max(0, (value - min) / (max - min))) : 0.5)));
  let before: number | undefined;
  for (let x = 0; x < LONGER; x++) {
    const [from, to] = [Math.floor((x * values.length) / LONGER), Math.ceil(((x + 1) * values.length) / LONGER)];
    const rows = Array.from(values.subarray(from, to))
      .filter((value) => !Number.isNaN(value))
      .map(rowOf);
    const last = rows.at(-1);
    if (last === undefined) continue;
    const all = before === undefined ? rows : [...rows, before];
    for (let y = Math.min(...all); y <= Math.max(...all); y++) data.set(CURVE, 4 * (y * LONGER + x));
    before = last;
  }
  return { width: LONGER, height: HEIGHT, data };
}

/** The finite extent; a single value is the middle of its range. */
function extent(values: Float64Array): { min: number; max: number } {
  let [min, max] = [Infinity, -Infinity];
  for (const value of values) {
    if (!Number.isFinite(value)) continue;
    if (value < min) min = value;
    if (value > max) max = value;
  }
  return min <= max ? { min, max } : { min: 0, max: 0 };
}

/** Colours lie between 0 and 1, or 0 and 255. */
function colourRange({ max }: { readonly max: number }): { min: number; max: number } {
  return { min: 0, max: max > 1 ? 255 : 1 };
}
