// A figure as a notebook output: the picture as PNG, the words, and the data for interactive renderers, small enough to be saved.
import type { Figure } from './figure.js';
import { MAX_CELLS } from './pixels.js';
import { rasterize } from './raster.js';
import type { MimeBundle } from './sink.js';

/** What one output may take in the saved notebook, in bytes, base64 included. */
export const MAX_OUTPUT_BYTES = 300_000;

/** A drawing of so few cells is kept whatever its size. */
const MIN_CELLS = 64;

/**
 * Draws a figure and bundles it: `image/png` in base64, `text/plain`, and the figure's data under its own type. `draw` gets a bound
 * for the drawn cells along the plane's longer side; it is called again with a smaller one while the output is over 300 KB. Data that come
 * `within` some bytes get those that picture and words leave, and may take more where that is too little.
 */
export async function figureBundle(draw: (maxCells: number) => Figure): Promise<MimeBundle> {
  const tried: Tried[] = [];
  for (let maxCells = MAX_CELLS; ;) {
    const { svg, text, data, cells = 0 } = draw(maxCells);
    const png = Buffer.from(await rasterize(svg)).toString('base64');
    const rest = MAX_OUTPUT_BYTES - Buffer.byteLength(text);
    const value = data && ('within' in data ? data.within(rest - png.length) : data.value);
    const room = rest - (value ? lengthOf(value) : 0);
    if (png.length <= room || cells <= MIN_CELLS) {
      return { 'image/png': png, 'text/plain': text, ...(data && value ? { [data.mime]: value } : {}) };
    }
    tried.push({ cells, bytes: png.length });
    maxCells = Math.max(MIN_CELLS, Math.min(cells - 1, fewerCells(tried, room)));
  }
}

/** Of saved data as text, but for the name by which a kernel knows a view: a picture is as large wherever it is made. */
function lengthOf(value: object): number {
  return JSON.stringify(value, (key, part: unknown) => (key === 'view' ? null : part)).length;
}

/** A drawing that was too large. */
interface Tried {
  readonly cells: number;
  readonly bytes: number;
}

/** Cells with which a drawing will fit: its bytes grow with their square, from what its words and axes take. */
function fewerCells(tried: readonly Tried[], room: number): number {
  const [last, before] = [tried.at(-1), tried.at(-2)];
  if (last === undefined) return MAX_CELLS;
  // With one drawing known, what does not grow is taken for nothing.
  const perCell = before === undefined ? last.bytes / last.cells ** 2 : (before.bytes - last.bytes) / (before.cells ** 2 - last.cells ** 2);
  const fixed = last.bytes - perCell * last.cells ** 2;
  // A little less than the estimate saves a further drawing.
  return Math.floor(0.93 * Math.sqrt(Math.max(0, room - fixed) / perCell));
}
