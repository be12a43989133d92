// Two planes, their difference, and its spectrum: the same cell is looked at in all three, and a frequency in the fourth.

import { formatNumber } from '../../../src/display/number-format.js';
import { formatDecibels } from '../../../src/display/spectrum-values.js';
import type { CompareData } from '../../../src/protocol/compare.js';
import { planeValues } from '../../../src/protocol/plane-data.js';
import { make } from '../../ui/dom.js';
import { frequencyAxis, frequencyOf } from '../../ui/plane/frequency-axis.js';
import { indexAxis } from '../../ui/plane/index-axis.js';
import { PlaneCard } from '../../ui/plane/plane-card.js';
import { PlaneGroup } from '../../ui/plane/plane-group.js';
import { wholeOf, type Cell } from '../../ui/plane/viewport.js';
import type { Readout } from '../../ui/readout.js';
import type { ViewPage } from '../../ui/renderer.js';
import type { ComparisonDrawing } from './compare.js';
import { extentOf, FLOOR_DB, nameOf } from './values.js';

/** The level at which the map of the spectrum ends at first, in dB re max. */
const DEPTH_DB = -80;

/** Draws saved planes. */
export function comparePlanes(saved: CompareData, page: ViewPage, readout: Readout): ComparisonDrawing {
  const { rows, cols, names, isComplex, planes } = saved;
  const [a, b, difference] = planes.map(extentOf) as [Extent, Extent, Extent];
  // The same colour is the same value in both.
  const shared = [Math.min(a.min, b.min), Math.max(a.max, b.max)] as const;
  const limit = Math.max(Math.abs(difference.min), Math.abs(difference.max)) || 1;
  const titles = [names[0], names[1], `${names[0]} − ${names[1]}`].map((name) => nameOf(name, isComplex)) as [string, string, string];
  const signed = (): 'divergingDark' | 'diverging' => (page.ink().isDark ? 'divergingDark' : 'diverging');

  const hint = (): void => readout.hint(group.problem || 'point at a cell; + and − zoom all three');
  const both = titles.slice(0, 2).map((title) => ({
    title,
    label: title,
    scale: { map: 'viridis', min: shared[0], max: shared[1] } as const,
    ends: shared,
    unit: '',
    reduce: 'mean' as const,
    onScale: ({ min, max }: { readonly min: number; readonly max: number }) => {
      for (const card of group.cards.slice(0, 2)) card.setScale({ ...card.scale, min, max });
    },
  }));
  const between = {
    title: titles[2],
    label: titles[2],
    scale: { map: isComplex ? 'viridis' : signed(), min: isComplex ? 0 : -limit, max: limit } as const,
    ends: [isComplex ? 0 : -limit, limit] as const,
    unit: '',
    reduce: Math.abs,
    isSymmetric: !isComplex,
  };
  const group: PlaneGroup = new PlaneGroup({
    rows,
    cols,
    x: indexAxis('column'),
    y: indexAxis('row'),
    page,
    members: [...both, between],
    saved: planes,
    // A cell of any of the three is that where they differ most.
    derive: (given) => given.map((plane) => ({ ...plane, weight: given[2]?.values.map(Math.abs) })),
    view: saved.view,
    maxHeight: 260,
    onPoint: (cell, isKept) => {
      if (cell === null) return hint();
      const found = group.cards.map((card) => card.valueAt(cell.row, cell.col));
      const cells = found[0]?.cells ?? 1;
      const many = cells > 1 ? `, where ${cells} cells differ most` : '';
      const values = found.map((each, at) => `${titles[at] ?? ''} ${formatNumber(each?.value ?? NaN)}`);
      readout.say(`row ${cell.row}, column ${cell.col}${many}`, values.join(' · '), isKept);
    },
    onProblem: hint,
  });
  const spectrum = spectrumCard(saved, page, (cell, isKept) => {
    if (cell === null) return hint();
    const [fy, fx] = [frequencyOf(cell.row, rows), frequencyOf(cell.col, cols)];
    const level = spectrum.valueAt(cell.row, cell.col)?.value ?? NaN;
    const db = level === -Infinity ? 'no energy' : `${formatDecibels(level)} re max`;
    readout.say(`${formatNumber(fx)} horizontal, ${formatNumber(fy)} vertical cycles/pixel`, `spectrum of the difference ${db}`, isKept);
  });
  group.element.append(make('div', 'plane-member', make('div', 'name', 'Spectrum of the difference'), spectrum.element));
  page.onTheme(() => {
    const card = group.cards[2];
    if (!isComplex) card?.setScale({ ...card.scale, map: signed() });
    group.draw();
    spectrum.draw();
  });
  const cards = [...group.cards, spectrum];
  const pointed = (): PlaneCard | undefined => cards.find(({ view }) => view.cell !== null);
  return {
    element: group.element,
    zoomBy: (factor) => (pointed() === spectrum ? spectrum.view.zoomBy(factor) : group.zoomBy(factor)),
    fit: () => {
      group.fit();
      spectrum.view.fit();
    },
    canvases: () => cards.flatMap(({ view, bar }) => [view.canvas, bar.canvas]),
    start: () => {
      group.start();
      const { rows: down, cols: across } = saved.spectrum;
      const values = planeValues(saved.spectrum);
      spectrum.setValues({ region: wholeOf(rows, cols), rows: down, cols: across, values }, [FLOOR_DB, 0]);
      hint();
    },
  };
}

type Extent = ReturnType<typeof extentOf>;

function spectrumCard({ rows, cols }: CompareData, page: ViewPage, onPoint: (cell: Cell | null, isKept: boolean) => void): PlaneCard {
  return new PlaneCard({
    label: 'Spectrum of the difference',
    rows,
    cols,
    x: frequencyAxis('horizontal frequency (cycles/pixel)', cols),
    y: frequencyAxis('vertical', rows),
    ink: page.ink,
    signal: page.signal,
    maxHeight: 260,
    scale: { map: 'viridis', min: DEPTH_DB, max: 0 },
    unit: 'dB re max',
    reduce: Number,
    onPoint,
  });
}
