// A matrix in a notebook: its entries in colours, or their magnitudes and phases, and what an entry is.

import * as v from 'valibot';
import { matrixSchema, type MatrixData } from '../../../src/protocol/matrix.js';
import { planeValues } from '../../../src/protocol/plane-data.js';
import { choice } from '../../ui/choice.js';
import { heading, make } from '../../ui/dom.js';
import { indexAxis } from '../../ui/plane/index-axis.js';
import type { Cell } from '../../ui/plane/viewport.js';
import { PlaneGroup } from '../../ui/plane/plane-group.js';
import { Readout } from '../../ui/readout.js';
import type { ViewKind, ViewPage } from '../../ui/renderer.js';
import { canvasesToPng, csvOf, fileName, saveFile } from '../../ui/save.js';
import { toolbar } from '../../ui/toolbar.js';
import { derivePlanes, matrixMembers, sayEntry, type MatrixShape, type Parts } from './entries.js';

/** Shows saved matrices. */
export const matrixView: ViewKind = {
  what: 'matrix',
  open: (json, page) => openMatrix(v.parse(matrixSchema, json), page),
};

/** What is kept of a view. */
const stateSchema = v.object({ parts: v.picklist(['polar', 'cartesian']) });

const partChoices = [
  { value: 'polar', label: 'Magnitude and phase' },
  { value: 'cartesian', label: 'Real and imaginary part' },
] as const;

function openMatrix(saved: MatrixData, page: ViewPage): void {
  const { rows, cols, title, note, planes } = saved;
  const isComplex = planes.length === 2;
  const shape: MatrixShape = { isComplex, values: planes.map(planeValues), isDark: () => page.ink().isDark };
  const state = v.safeParse(stateSchema, page.state);
  let parts: Parts = state.success ? state.output.parts : 'polar';
  const readout = new Readout();
  const place = make('div');
  let group: PlaneGroup;
  let ended = new AbortController();

  const hint = (): void => readout.hint(saved.readout.join(' · '), group.problem || 'point at an entry; + and − zoom');
  const say = (cell: Cell | null, isKept: boolean): void => {
    if (cell === null) return hint();
    const found = group.cards.map((card) => card.valueAt(cell.row, cell.col));
    const cells = found[0]?.cells ?? 1;
    const many = cells > 1 ? `, the largest of ${cells} entries` : '';
    const values = found.map((each) => each?.value ?? NaN);
    readout.say(`row ${cell.row}, column ${cell.col}${many}`, sayEntry(values, isComplex ? parts : null), isKept);
  };
  const show = (): void => {
    ended.abort();
    ended = new AbortController();
    group = new PlaneGroup({
      rows,
      cols,
      x: indexAxis('column'),
      y: indexAxis('row'),
      page: { ...page, signal: AbortSignal.any([page.signal, ended.signal]) },
      members: matrixMembers(title, shape, parts),
      saved: planes,
      derive: (given) => derivePlanes(given, isComplex ? parts : null),
      view: saved.view,
      onPoint: say,
      onProblem: hint,
    });
    place.replaceChildren(group.element);
    group.start();
    hint();
  };
  const switches = isComplex
    ? choice<Parts>(
        'What is shown of complex entries',
        partChoices,
        parts,
        (chosen) => {
          parts = chosen;
          page.saveState({ parts });
          show();
        },
        page.signal,
      )
    : null;
  const canvases = (): HTMLCanvasElement[] => group.cards.flatMap(({ view, bar }) => [view.canvas, bar.canvas]);
  const tools = toolbar(
    [
      { sign: '+', label: 'Zoom in', run: () => group.zoomBy(1.5) },
      { sign: '−', label: 'Zoom out', run: () => group.zoomBy(1 / 1.5) },
      { sign: '⤢', label: 'Show all', run: () => group.fit() },
    ],
    [
      {
        label: 'Save as PNG',
        run: () => void canvasesToPng(title, note, canvases(), page.ink()).then((png) => saveFile(fileName(title, 'png'), png)),
      },
      { label: 'Save entries as CSV', run: () => saveFile(fileName(title, 'csv'), new Blob([csvOfMatrix(saved)], { type: 'text/csv' })) },
    ],
    page.signal,
  );
  const head = make('div', 'switches', ...(switches === null ? [] : [switches]));
  page.root.append(make('div', 'card', heading(title, note), tools, ...(isComplex ? [head] : []), place, readout.element));
  show();
  // The map of signed values is another one on a dark page.
  page.onTheme(show);
}

/** Entries by row and column: those that were saved. */
function csvOfMatrix({ planes }: MatrixData): string {
  const values = planes.map(planeValues);
  const { rows, cols } = planes[0];
  const lines = function* (): Generator<number[]> {
    for (let i = 0; i < rows * cols; i++) yield [Math.floor(i / cols), i % cols, ...values.map((part) => part[i] ?? NaN)];
  };
  return csvOf(['row', 'column', ...(planes.length === 1 ? ['value'] : ['real', 'imaginary'])], lines());
}
