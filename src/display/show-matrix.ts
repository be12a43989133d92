// pv.show.matrix.

import { isComplex, partsOf } from '../devices/dtype.js';
import { withoutGradients } from '../graph/node.js';
import { MATRIX_MIME, type MatrixData } from '../protocol/matrix.js';
import type { PlaneData } from '../protocol/plane-data.js';
import { checkOptions } from '../tensor/checks.js';
import type { Tensor } from '../tensor/tensor.js';
import { asOutput } from './display.js';
import { drawGrid } from './figure-grid.js';
import type { Figure } from './figure.js';
import { drawImage } from './image-figure.js';
import { openView } from './live-views.js';
import { describeMatrix, matrixFacts, type Matrix, type MatrixFacts } from './matrix-values.js';
import { partOfPlane, representatives, savedCells } from './plane-parts.js';
import { firstPlane } from './planes.js';
import { checkTensor, present, presentEmpty } from './show-common.js';

/** Cells saved along the longer side of a real matrix. */
const SAVED_CELLS = 256;

/** Options of show.matrix. */
export interface MatrixOptions {
  readonly title?: string | undefined;
}

/**
 * Draws a matrix [rows, columns]: a real one in colours from negative to positive, a complex one as magnitude and phase; of several the first.
 * Resolves to its structure (Fourier transform, circulant, Toeplitz, symmetric, unitary, …) once it is drawn.
 */
export async function matrix(value: Tensor, options: MatrixOptions = {}): Promise<MatrixFacts> {
  const x = checkTensor('show.matrix', value);
  checkOptions('show.matrix', options, "{title: 'Weights'}");
  if (x.shape.length < 2)
    throw new Error(`show.matrix: expects [rows, columns], but the tensor has shape [${x.shape.join(', ')}]; reshape it, or use show.plot`);
  const { title = 'Matrix' } = options;
  if (x.size === 0) {
    await presentEmpty(x, title, 'Its entries');
    return asOutput({ names: [], filled: 0, below: 0, above: 0 });
  }
  const { plane, note: which } = firstPlane(x, 2);
  const [rows, cols] = plane.shape as [number, number];
  const note = [`${rows} × ${cols}`, which, x.dtype, x.device].filter(Boolean).join(' · ');
  const parts = partsOf(x.dtype);
  const held = plane.detach();
  const view = openView((request) => withoutGradients(() => partOfMatrix(held, parts, request)));
  const draw = plane.data().then((data) => {
    const given: Matrix = { values: Float64Array.from(data), rows, cols, parts };
    const facts = matrixFacts(given);
    const readout = describeMatrix(facts, rows, cols);
    const planes = planesOf(given, SAVED_CELLS / Math.sqrt(parts)) as MatrixData['planes'];
    const saved: MatrixData = { view: view?.name ?? null, title, note, rows, cols, readout, planes };
    return (maxCells: number): Figure & { readonly facts: MatrixFacts } => {
      const panels = isComplex(x.dtype) ? complexPanels(given, maxCells) : [realPanel(given, maxCells)];
      const cells = Math.max(...panels.map((panel) => panel.cells ?? 0));
      const text = [`${title} (${note})`, ...readout].join('\n');
      const grid = drawGrid(panels, panels.length, title, note, readout);
      return { ...grid, cells, text, facts, data: { mime: MATRIX_MIME, value: saved } };
    };
  });
  return asOutput((await present(draw)).facts);
}

/** A part of the matrix that the kernel holds. */
async function partOfMatrix(held: Tensor, parts: 1 | 2, request: unknown): Promise<PlaneData[]> {
  const { part, rows, cols, most } = partOfPlane(held, request);
  return planesOf({ values: Float64Array.from(await part.data()), rows, cols, parts }, most);
}

/** Entries, or their real and imaginary parts; of many those of largest magnitude, so that no structure is lost. */
function planesOf({ values, rows, cols, parts }: Matrix, most: number): PlaneData[] {
  const magnitude = (place: number): number =>
    parts === 1 ? Math.abs(values[place]!) : Math.hypot(values[2 * place]!, values[2 * place + 1]!);
  const cells = representatives(magnitude, rows, cols, Math.floor(most));
  return Array.from({ length: parts }, (_, part) => savedCells((place) => values[parts * place + part]!, cells));
}

function realPanel({ values, rows, cols }: Matrix, maxCells: number): Figure {
  return drawImage({ data: values, shape: [rows, cols], title: 'Entries', note: '', unit: '', map: 'diverging', maxCells });
}

function complexPanels({ values, rows, cols }: Matrix, maxCells: number): Figure[] {
  const of = (f: (re: number, im: number) => number): Float64Array =>
    Float64Array.from({ length: rows * cols }, (_, i) => f(values[2 * i]!, values[2 * i + 1]!));
  const magnitude = of(Math.hypot);
  const largest = magnitude.reduce((most, value) => Math.max(most, value), 0);
  // The phase of what is zero but for rounding says nothing.
  const phase = of((re, im) => (Math.hypot(re, im) <= 1e-6 * largest ? 0 : Math.atan2(im, re)));
  const common = { shape: [rows, cols], note: '', unit: '', maxCells: Math.min(maxCells, 320) };
  return [
    // From 0, or the rounding of equal magnitudes would look like something.
    drawImage({
      ...common,
      data: magnitude,
      title: 'Magnitude',
      map: 'viridis',
      ...(largest > 0 && Number.isFinite(largest) ? { range: [0, largest] as const } : {}),
    }),
    drawImage({ ...common, data: phase, title: 'Phase', map: 'phase', range: [-Math.PI, Math.PI] }),
  ];
}
