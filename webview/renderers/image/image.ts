// A picture in a notebook: colours by a range that can be moved, values under the pointer, and finer cells from the kernel.

import * as v from 'valibot';
import { formatNumber } from '../../../src/display/number-format.js';
import { imageSchema, type ImageData as SavedImage } from '../../../src/protocol/image.js';
import { numberFrom } from '../../../src/protocol/numbers.js';
import { planesAnswer, planeValues, type PlaneData, type PlaneRequest } from '../../../src/protocol/plane-data.js';
import { heading, make } from '../../ui/dom.js';
import { askedCells, DetailRequests } from '../../ui/plane/detail.js';
import { indexAxis } from '../../ui/plane/index-axis.js';
import type { ValuePlane } from '../../ui/plane/plane-card.js';
import type { PlaneOptions } from '../../ui/plane/plane-view.js';
import { wholeOf, type Cell, type Region } from '../../ui/plane/viewport.js';
import { Readout } from '../../ui/readout.js';
import type { ViewKind, ViewPage } from '../../ui/renderer.js';
import { canvasesToPng, csvOf, fileName, saveFile } from '../../ui/save.js';
import { toolbar } from '../../ui/toolbar.js';
import { colorPicture, greyPicture, type Picture } from './pictures.js';

/** Shows saved pictures. */
export const imageView: ViewKind = {
  what: 'picture',
  open: (json, page) => openImage(v.parse(imageSchema, json), page),
};

/** What is kept of a view: the ends of its range. */
const stateSchema = v.object({ min: v.number(), max: v.number() });

function openImage(saved: SavedImage, page: ViewPage): void {
  const { rows, cols, title, note, view } = saved;
  const { ink, signal } = page;
  const readout = new Readout();
  const wholePlanes = decodePlanes(saved.planes, wholeOf(rows, cols));
  const options: PlaneOptions = {
    label: `${title}, ${rows} × ${cols}`,
    rows,
    cols,
    x: indexAxis('column'),
    y: indexAxis('row'),
    ink,
    signal,
    onPoint: (cell, isKept) => say(cell, isKept),
    onRegion: (region, height, width) => refine(region, height, width),
  };
  const picture: Picture = saved.planes.length === 1 ? greyPicture(saved, options, page) : colorPicture(saved, options);

  const hint = (): void => readout.hint(saved.readout.join(' · '), details.problem || 'point at a cell; + and − zoom');
  const say = (cell: Cell | null, isKept: boolean): void => {
    if (cell === null) return hint();
    const found = picture.valuesAt(cell.row, cell.col);
    const mean = found.cells > 1 ? `, mean of ${found.cells} cells` : '';
    readout.say(`row ${cell.row}, column ${cell.col}`, `${found.values.map((value) => formatNumber(value)).join(', ')}${mean}`, isKept);
  };
  const details = new DetailRequests<readonly ValuePlane[]>(
    (planes) => {
      picture.setDetail(planes);
      if (picture.view.cell !== null) say(picture.view.cell, false);
    },
    hint,
    signal,
  );
  const refine = (region: Region, height: number, width: number): void => {
    if (view === null || picture.isFine(region, height, width)) return details.cancel();
    const asked = askedCells(region, rows, cols);
    const request: PlaneRequest = { ...asked, rows: Math.min(4096, 2 * height), cols: Math.min(4096, 2 * width) };
    details.ask(async () => decodePlanes(v.parse(planesAnswer, await page.ask(view, request)), asked));
  };
  const tools = toolbar(
    [
      { sign: '+', label: 'Zoom in', run: () => picture.view.zoomBy(1.5) },
      { sign: '−', label: 'Zoom out', run: () => picture.view.zoomBy(1 / 1.5) },
      { sign: '⤢', label: 'Show all', run: () => picture.view.fit() },
    ],
    [
      {
        label: 'Save as PNG',
        run: () => void canvasesToPng(title, note, picture.canvases, ink()).then((png) => saveFile(fileName(title, 'png'), png)),
      },
      {
        label: 'Save values as CSV',
        run: () => saveFile(fileName(title, 'csv'), new Blob([csvOfPlanes(wholePlanes)], { type: 'text/csv' })),
      },
    ],
    signal,
  );
  page.root.append(make('div', 'card', heading(title, note), tools, picture.element, readout.element));
  picture.setPlanes(wholePlanes, [Math.min(saved.range[0], finite(saved.extent[0])), Math.max(saved.range[1], finite(saved.extent[1]))]);
  const state = v.safeParse(stateSchema, page.state);
  if (state.success) picture.setRange(state.output.min, state.output.max);
  page.onTheme(() => picture.draw());
  hint();
}

function finite(value: Parameters<typeof numberFrom>[0]): number {
  const number = numberFrom(value);
  return Number.isFinite(number) ? number : 0;
}

function decodePlanes(planes: readonly PlaneData[], region: Region): readonly ValuePlane[] {
  return planes.map((plane) => ({ region, rows: plane.rows, cols: plane.cols, values: planeValues(plane) }));
}

/** Values by row, column and channel. Of reduced pictures these are means. */
function csvOfPlanes(planes: readonly ValuePlane[]): string {
  const { rows = 0, cols = 0 } = planes[0] ?? {};
  const lines = function* (): Generator<number[]> {
    for (let i = 0; i < rows * cols; i++) yield [Math.floor(i / cols), i % cols, ...planes.map(({ values }) => values[i] ?? NaN)];
  };
  return csvOf(['row', 'column', ...planes.map((_, channel) => (planes.length === 1 ? 'value' : `channel ${channel}`))], lines());
}
