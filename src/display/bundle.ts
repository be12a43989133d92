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
 * for the drawn cells along the plane's longer side; it is called again with a smaller one while the output is over 300 KB.
 */
export async function figureBundle(draw: (maxCells: number) => Figure): Promise<MimeBundle> {
  for (let maxCells = MAX_CELLS; ;) {
    const { svg, text, data, cells = 0 } = draw(maxCells);
    const png = Buffer.from(await rasterize(svg)).toString('base64');
    const size = png.length + Buffer.byteLength(text) + (data ? JSON.stringify(data.value).length : 0);
    if (size <= MAX_OUTPUT_BYTES || cells <= MIN_CELLS) {
      return { 'image/png': png, 'text/plain': text, ...(data ? { [data.mime]: data.value } : {}) };
    }
    // Bytes grow with the area; a little less than the estimate saves a third drawing.
    maxCells = Math.max(MIN_CELLS, Math.floor(0.93 * cells * Math.sqrt(MAX_OUTPUT_BYTES / size)));
  }
}
