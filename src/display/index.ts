// Room of the drawings: values to figures (SVG), to PNG, to the bundles of forms that a notebook output is made of.
export { figureBundle, MAX_OUTPUT_BYTES } from './bundle.js';
export { colorize, type ColorMap, type ColorScale } from './color.js';
export type { Figure } from './figure.js';
export { expandHalf } from './half-spectrum.js';
export { drawImage, type ImageDrawing } from './image-figure.js';
export { rasterize } from './raster.js';
export { DISPLAY, emit, setOutputSink, type MimeBundle, type OutputSink } from './sink.js';
export { SPECTRUM_MIME } from './spectrum-data.js';
export { drawSpectrum, type SpectrumDrawing, type SpectrumFigure } from './spectrum-figure.js';
export type { SpectrumPeak } from './spectrum-values.js';
export { summarize } from './table-text.js';
