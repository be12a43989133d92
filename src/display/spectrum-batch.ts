// The picture of several spectra: the first with its axes, and all of them small below it.

import { planeValues } from '../protocol/plane-data.js';
import type { OnePlane } from '../protocol/spectrum.js';
import { planeImage, type AxisLayout } from './pixels.js';
import { STATIC_SCALE } from './raster.js';
import type { SpectrumFigure } from './spectrum-figure.js';
import { toDecibels } from './spectrum-values.js';
import { CURVE, element, embedded, label, plotFrame, svgDocument, type Svg } from './svg.js';

/** The longer side of a small picture in px, and what is between two and under one. */
const [SIDE, GAP, LABEL, PADDING] = [64, 10, 16, 12] as const;

/** Draws spectra small below the drawing of the first of them. A single one is its drawing alone. */
export function drawBatch(first: SpectrumFigure, planes: readonly OnePlane[], title: string): SpectrumFigure {
  if (planes.length < 2) return first;
  const columns = Math.max(1, Math.floor((first.width - 2 * PADDING + GAP) / (SIDE + GAP)));
  const small = planes.map(thumb);
  const height = Math.max(...small.map((each) => each.height));
  const placed = small.flatMap(({ draw, name, width }, i) => {
    const x = PADDING + (i % columns) * (SIDE + GAP);
    const y = first.height + Math.floor(i / columns) * (height + LABEL + GAP);
    return [...draw(x, y), label(x + width / 2, y + height + 12, name, { anchor: 'middle' })];
  });
  const total = Math.ceil(first.height + Math.ceil(small.length / columns) * (height + LABEL + GAP) + PADDING - GAP);
  return { ...first, svg: svgDocument(first.width, total, title, embedded(first.svg, 0, 0), ...placed), height: total };
}

interface Thumb {
  readonly width: number;
  readonly height: number;
  readonly name: string;
  readonly draw: (x: number, y: number) => Svg[];
}

function thumb(plane: OnePlane): Thumb {
  const { bins, range, index } = plane;
  const [first, second] = bins.form === 'levels' ? [bins.level, null] : [bins.re, planeValues(bins.im)];
  const { rows, cols } = first;
  const values = planeValues(first);
  const levels = second === null ? values : values.map((re, i) => toDecibels(Math.hypot(re, second[i] ?? NaN), 1));
  const name = `[${index.join(', ')}]`;
  const [min, max] = range;
  if (rows === 1) {
    const height = SIDE / 2;
    const at = (level: number): number => height * (1 - Math.min(1, Math.max(0, (level - min) / -min)));
    const path = [...levels]
      .map((level, i) =>
        Number.isNaN(level) ? '' : `${i === 0 ? 'M' : 'L'}${((i / Math.max(1, cols - 1)) * SIDE).toFixed(1)} ${at(level).toFixed(1)}`,
      )
      .join('');
    const draw = (x: number, y: number): Svg[] => [
      element('path', { d: path.replace(/^L/u, 'M'), fill: 'none', stroke: CURVE, 'stroke-width': 1, transform: `translate(${x} ${y})` }),
      plotFrame(x, y, SIDE, height),
    ];
    return { width: SIDE, height, name, draw };
  }
  const longer = Math.max(rows, cols);
  const axis = (count: number): AxisLayout => {
    const length = Math.max(8, (SIDE * count) / longer);
    return { size: count, pool: 1, count, cell: Math.max(1, Math.round((length * STATIC_SCALE) / count)), length };
  };
  const layout = { rows: axis(rows), cols: axis(cols), stretched: false };
  const draw = (x: number, y: number): Svg[] => [
    planeImage(levels, layout, { min, max, map: 'viridis' }, x, y),
    plotFrame(x, y, layout.cols.length, layout.rows.length),
  ];
  return { width: layout.cols.length, height: layout.rows.length, name, draw };
}
