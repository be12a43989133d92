// pv.show.matrix.

import { isComplex, partsOf } from '../devices/dtype.js';
import { checkOptions } from '../tensor/checks.js';
import type { Tensor } from '../tensor/tensor.js';
import { drawGrid } from './figure-grid.js';
import type { Figure } from './figure.js';
import { drawImage } from './image-figure.js';
import { describeMatrix, matrixFacts, type Matrix, type MatrixFacts } from './matrix-values.js';
import { firstPlane } from './planes.js';
import { checkTensor, present } from './show-common.js';

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
  const { plane, note: which } = firstPlane(x, 2);
  const [rows, cols] = plane.shape as [number, number];
  const note = [`${rows} × ${cols}`, which, x.dtype, x.device].filter(Boolean).join(' · ');
  const draw = plane.data().then((data) => {
    const given: Matrix = { values: Float64Array.from(data), rows, cols, parts: partsOf(x.dtype) };
    const facts = matrixFacts(given);
    const readout = describeMatrix(facts, rows, cols);
    return (maxCells: number): Figure & { readonly facts: MatrixFacts } => {
      const panels = isComplex(x.dtype) ? complexPanels(given, maxCells) : [realPanel(given, maxCells)];
      const cells = Math.max(...panels.map((panel) => panel.cells ?? 0));
      const text = [`${title} (${note})`, ...readout].join('\n');
      return { ...drawGrid(panels, panels.length, title, note, readout), cells, text, facts };
    };
  });
  return (await present(draw)).facts;
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
