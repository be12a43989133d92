// The two kinds of pictures: one channel through a colour map, and three or four channels as colours.

import type { ImageData as SavedImage } from '../../../src/protocol/image.js';
import { valueIn, isFinePlane, PlaneCard, type ValuePlane } from '../../ui/plane/plane-card.js';
import type { PlaneLayer } from '../../ui/plane/layer.js';
import { PlaneView, type PlaneOptions } from '../../ui/plane/plane-view.js';
import type { Region } from '../../ui/plane/viewport.js';
import type { ViewPage } from '../../ui/renderer.js';

/** A picture on the page. */
export interface Picture {
  readonly element: HTMLElement;
  readonly view: PlaneView;
  readonly canvases: readonly HTMLCanvasElement[];
  setPlanes(planes: readonly ValuePlane[], ends: readonly [number, number]): void;
  setDetail(planes: readonly ValuePlane[]): void;
  setRange(min: number, max: number): void;
  isFine(region: Region, rows: number, cols: number): boolean;
  /** The values of a cell, one of each channel, and of how many cells they are the means. */
  valuesAt(row: number, col: number): { readonly values: readonly number[]; readonly cells: number };
  draw(): void;
}

/** One channel, with its colour bar. */
export function greyPicture({ map, range }: SavedImage, options: PlaneOptions, { saveState, ink }: ViewPage): Picture {
  const isSigned = map === 'diverging';
  const own = (): 'divergingDark' | typeof map => (isSigned && ink().isDark ? 'divergingDark' : map);
  const card = new PlaneCard({
    ...options,
    scale: { map: own(), min: range[0], max: range[1] },
    unit: '',
    reduce: 'mean',
    isSymmetric: isSigned,
    onScale: ({ min, max }) => saveState({ min, max }),
  });
  return {
    element: card.element,
    view: card.view,
    canvases: [card.view.canvas, card.bar.canvas],
    setPlanes: ([plane], ends) => {
      if (plane !== undefined) card.setValues(plane, ends);
    },
    setDetail: ([plane]) => card.setDetail(plane ?? null),
    setRange: (min, max) => card.setScale({ ...card.scale, min, max }),
    isFine: (region, rows, cols) => card.isFine(region, rows, cols),
    valuesAt: (row, col) => {
      const found = card.valueAt(row, col);
      return { values: found === null ? [] : [found.value], cells: found?.cells ?? 1 };
    },
    draw: () => card.setScale({ ...card.scale, map: own() }),
  };
}

/** Red, green and blue, perhaps with opacity. */
export function colorPicture({ range: [min, max] }: SavedImage, options: PlaneOptions): Picture {
  const view = new PlaneView(options);
  let whole: readonly ValuePlane[] = [];
  let detail: readonly ValuePlane[] = [];
  const draw = (): void => view.setLayers([whole, detail].flatMap((planes) => (planes.length === 0 ? [] : [colorLayer(planes, min, max)])));
  return {
    element: view.element,
    view,
    canvases: [view.canvas],
    setPlanes: (planes) => {
      [whole, detail] = [planes, []];
      draw();
    },
    setDetail: (planes) => {
      detail = planes;
      draw();
    },
    // Colours have one range: that of the colours.
    setRange: () => undefined,
    isFine: (region, rows, cols) => [detail[0], whole[0]].some((plane) => plane !== undefined && isFinePlane(plane, region, rows, cols)),
    valuesAt: (row, col) => {
      for (const planes of [detail, whole]) {
        const found = planes.map((plane) => valueIn(plane, row, col));
        if (found.length > 0 && found.every((each) => each !== null))
          return { values: found.map((each) => each?.value ?? NaN), cells: found[0]?.cells ?? 1 };
      }
      return { values: [], cells: 1 };
    },
    draw,
  };
}

function colorLayer(planes: readonly ValuePlane[], min: number, max: number): PlaneLayer {
  const [first] = planes as readonly [ValuePlane];
  const { region, rows, cols } = first;
  const colors = new Uint8ClampedArray(4 * rows * cols);
  const byte = (channel: number, cell: number): number => (((planes[channel]?.values[cell] ?? NaN) - min) / (max - min)) * 255;
  for (let cell = 0; cell < rows * cols; cell++) {
    for (let channel = 0; channel < 3; channel++) colors[4 * cell + channel] = byte(channel, cell);
    colors[4 * cell + 3] = planes.length === 4 ? byte(3, cell) : 255;
  }
  const isNan = (cell: number): boolean => planes.some(({ values }) => Number.isNaN(values[cell]));
  return { region, rows, cols, colors, isNan: first.values.length > 0 && hasNan(planes) ? isNan : null, weight: null };
}

function hasNan(planes: readonly ValuePlane[]): boolean {
  return planes.some(({ values }) => values.some(Number.isNaN));
}
