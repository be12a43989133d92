// Two tensors beside each other in a notebook, what is between them, and the spectrum of that.

import * as v from 'valibot';
import { compareSchema, type CompareData } from '../../../src/protocol/compare.js';
import { planeValues } from '../../../src/protocol/plane-data.js';
import { heading, make } from '../../ui/dom.js';
import { Readout } from '../../ui/readout.js';
import type { ViewKind, ViewPage } from '../../ui/renderer.js';
import { canvasesToPng, csvOf, fileName, saveFile } from '../../ui/save.js';
import { toolbar } from '../../ui/toolbar.js';
import { linePlotStyles } from '../../ui/line-plot.js';
import { compareLines } from './lines.js';
import { comparePlanes } from './planes.js';

/** Shows saved comparisons. */
export const compareView: ViewKind = {
  what: 'comparison',
  styles: linePlotStyles,
  open: (json, page) => openComparison(v.parse(compareSchema, json), page),
};

/** What shows a comparison, of planes or of signals. */
export interface ComparisonDrawing {
  readonly element: HTMLElement;
  zoomBy(factor: number): void;
  fit(): void;
  canvases(): HTMLCanvasElement[];
  /** Draws, once it is on the page. */
  start(): void;
}

function openComparison(saved: CompareData, page: ViewPage): void {
  const { title, note } = saved;
  const readout = new Readout();
  const drawing = saved.rows === 1 ? compareLines(saved, page, readout) : comparePlanes(saved, page, readout);
  const tools = toolbar(
    [
      { sign: '+', label: 'Zoom in', run: () => drawing.zoomBy(1.5) },
      { sign: '−', label: 'Zoom out', run: () => drawing.zoomBy(1 / 1.5) },
      { sign: '⤢', label: 'Show all', run: () => drawing.fit() },
    ],
    [
      {
        label: 'Save as PNG',
        run: () => void canvasesToPng(title, note, drawing.canvases(), page.ink()).then((png) => saveFile(fileName(title, 'png'), png)),
      },
      {
        label: 'Save values as CSV',
        run: () => saveFile(fileName(title, 'csv'), new Blob([csvOfComparison(saved)], { type: 'text/csv' })),
      },
    ],
    page.signal,
  );
  const verdict = make('p', 'verdict', saved.readout[0] ?? '');
  const rest = make('p', 'facts', saved.readout.slice(1).join(' · '));
  page.root.append(make('div', 'card', heading(title, note), tools, verdict, rest, drawing.element, readout.element));
  drawing.start();
}

/** Both values and their difference by row and column: those that were saved. */
function csvOfComparison({ planes, names }: CompareData): string {
  const values = planes.map(planeValues);
  const { rows, cols } = planes[0];
  const lines = function* (): Generator<number[]> {
    for (let i = 0; i < rows * cols; i++) yield [Math.floor(i / cols), i % cols, ...values.map((plane) => plane[i] ?? NaN)];
  };
  return csvOf(['row', 'column', ...names, 'difference'], lines());
}
