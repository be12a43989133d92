// A training as a static picture: its curves, the first and the last radial spectra, and the tensors as they are at last.

import { distribute } from './distribution.js';
import { finiteExtent } from './extent.js';
import { drawGrid } from './figure-grid.js';
import { drawEmpty, drawFrame, type Figure } from './figure.js';
import { summaryOf, thinned, type Points } from './live-curve.js';
import { radialBins, radialRate } from './live-radial.js';
import type { LiveRecord, TrackedPicture } from './live-record.js';
import { counted, formatNumber } from './number-format.js';
import { MAX_CELLS, plainAxis, planeImage } from './pixels.js';
import { drawPlot, type PlotSeries } from './plot-figure.js';
import { plotFrame } from './svg.js';

/** Points of a curve that are drawn, and tensors, where there is room for all that is to be seen. */
const [mostPoints, mostPictures] = [2000, 4] as const;
/** Tiles stand in rows of so many; a tile is so large, in px. */
const [tilesInRow, tileSize, tileGap] = [8, 56, 6] as const;

/** Draws a training; with a smaller bound for cells than `MAX_CELLS` curves as means of so many blocks, and fewer tensors. */
export function drawTraining(title: string, record: LiveRecord, maxCells = MAX_CELLS): Figure {
  const lines = describeTraining(record);
  const text = [`${title}: ${lines[0]}`, ...lines.slice(1)].join('\n');
  const curves = [...record.curves].filter(([, { count }]) => count > 0);
  const pictures = [...record.pictures.values()];
  const drawn = pictures.slice(0, Math.round((mostPictures * maxCells) / MAX_CELLS));
  const panels: Figure[] = [];
  const common = { note: '', yLabel: '', xScale: 'linear', yScale: 'linear' } as const;
  if (curves.length > 0) {
    const reduce = (points: Points): Points => (maxCells < MAX_CELLS ? blockMeans(points, maxCells) : thinned(points, mostPoints));
    const series = curves.map(([name, curve]): PlotSeries => seriesOf(name, reduce(curve.points())));
    panels.push(drawPlot({ ...common, title: curves.map(([name]) => name).join(', '), xLabel: 'step', series }));
  }
  if (drawn.length > 0) {
    const series = drawn.flatMap(radialSeries);
    panels.push(drawPlot({ ...common, title: 'Radial spectra', xLabel: 'cycles a sample', yLabel: 'dB', series }));
    panels.push(...drawn.map(drawTiles));
  }
  if (panels.length === 0)
    return { ...drawEmpty(title, '', ['No step was logged yet. Curves, kernels and their spectra would be here.']), text };
  const left = drawn.length < pictures.length ? `${drawn.length} of ${counted(pictures.length, 'tensor')} drawn` : '';
  const note = [lines[0] ?? '', left, record.problem].filter((part) => part !== '').join('; ');
  return { ...drawGrid(panels, panels.length === 1 ? 1 : 2, title, note, []), text, cells: maxCells };
}

/** A training in words: how far it came, what its curves came to, and what was looked at. */
export function describeTraining({ state, step, problem, curves, pictures }: LiveRecord): string[] {
  const head = state === 'stopped' ? `stopped at step ${step}` : counted(step, 'step');
  const width = Math.max(0, ...[...curves.keys()].map((name) => name.length));
  return [
    state === 'running' ? `${head}, still running` : head,
    ...[...curves].flatMap(([name, curve]) => {
      const found = summaryOf(curve.points());
      if (found === null) return [];
      const { last, least, largest } = found;
      const place = (what: string, at: typeof least): string[] =>
        at === null ? [] : [`${what} ${formatNumber(at.value)} at step ${at.step}`];
      return [[`${name.padEnd(width)}  last ${formatNumber(last)}`, ...place('least', least), ...place('largest', largest)].join(', ')];
    }),
    ...[...pictures.values()].flatMap(({ name, note, history: { items } }) => {
      const [first, last] = [items[0], items.at(-1)];
      return first && last ? [`${name}: ${note}; ${counted(items.length, 'snapshot')} from step ${first.step} to ${last.step}`] : [];
    }),
    ...(problem === '' ? [] : [problem]),
  ];
}

/** Means of as many blocks of neighbours; all points where there are fewer. */
function blockMeans({ steps, values }: Points, blocks: number): Points {
  if (steps.length <= blocks) return { steps, values };
  const mean = (all: Float64Array, block: number): number => {
    const part = all.subarray(Math.floor((block * all.length) / blocks), Math.floor(((block + 1) * all.length) / blocks));
    return part.reduce((sum, value) => sum + value / part.length, 0);
  };
  const each = (all: Float64Array): Float64Array => Float64Array.from({ length: blocks }, (_, block) => mean(all, block));
  return { steps: each(steps), values: each(values) };
}

function seriesOf(name: string, { steps, values }: Points): PlotSeries {
  return { name, x: steps, y: values };
}

function radialSeries({ name, history: { items } }: TrackedPicture): PlotSeries[] {
  const x = Float64Array.from({ length: radialBins }, (_, ring) => ring / radialRate);
  const [first, last] = [items[0], items.at(-1)];
  return [...(last ? [last] : []), ...(first && first !== last ? [first] : [])].map(({ step, radial }) => ({
    name: `${name}, step ${step}`,
    x,
    y: radial,
  }));
}

/** The planes of a tensor as it is at last, on one scale about 0. */
function drawTiles({ name, note, planes, rows, cols, history }: TrackedPicture): Figure {
  const snapshot = history.items.at(-1);
  const cells = snapshot?.cells ?? new Float64Array(planes * rows * cols).fill(NaN);
  const { min, max } = finiteExtent(cells);
  const size = Math.max(Math.abs(min), Math.abs(max));
  const most = Number.isFinite(size) && size > 0 ? size : 1;
  const scale = { min: -most, max: most, map: 'diverging' } as const;
  const across = Math.min(planes, tilesInRow);
  const down = Math.ceil(planes / tilesInRow);
  // One plane alone may be larger.
  const room = planes === 1 ? 4 * tileSize : tileSize;
  const cell = room / Math.max(rows, cols);
  const [tileWidth, tileHeight] = [cell * cols, cell * rows];
  const [width, height] = [across * (tileWidth + tileGap) - tileGap, down * (tileHeight + tileGap) - tileGap];
  const none = { ticks: [], position: () => 0, label: '' };
  const layout = { rows: plainAxis(rows, tileHeight), cols: plainAxis(cols, tileWidth), stretched: false };
  const frame = drawFrame({
    title: name,
    note: `step ${snapshot?.step ?? 0}, ${note}`,
    width,
    height,
    xAxis: { ...none, length: width },
    yAxis: { ...none, length: height },
    colorBar: { map: 'diverging', unit: '', distribution: distribute(cells, -most, most) },
    readout: [],
    plot: (x, y) =>
      Array.from({ length: planes }, (_, plane) => {
        const left = x + (plane % tilesInRow) * (tileWidth + tileGap);
        const top = y + Math.floor(plane / tilesInRow) * (tileHeight + tileGap);
        const values = cells.slice(plane * rows * cols, (plane + 1) * rows * cols);
        return [planeImage(values, layout, scale, left, top), plotFrame(left, top, tileWidth, tileHeight)];
      }).flat(),
  });
  return { ...frame, text: '' };
}
