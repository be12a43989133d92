// Cuts through a spectrogram: all levels of one moment over frequency, and of one frequency over time.

import { formatNumber } from '../../../src/display/number-format.js';
import type { SpectrogramData } from '../../../src/protocol/spectrogram.js';
import type { Curve, PlotAxis, ReferenceLine } from '../../ui/line-plot.js';
import type { ValuePlane } from '../../ui/plane/plane-card.js';
import { levelOf, type SpectrogramGrid } from './grid.js';

/** What is cut along. */
export type SliceKind = 'moment' | 'frequency';

/** A cut, as a plot shows it. */
export interface Slice {
  readonly curve: Curve;
  readonly x: PlotAxis;
  readonly lines: readonly ReferenceLine[];
}

/** Points of a cut through time, at most: of more frames every so manieth is looked up, since planes hold no more. */
const MOST = 4096;

/** The cut through a cell of the drawing. Levels below `lowest` are drawn there. */
export function sliceAt(
  kind: SliceKind,
  saved: SpectrogramData,
  grid: SpectrogramGrid,
  planes: readonly (ValuePlane | null)[],
  cell: { readonly row: number; readonly col: number },
  lowest: number,
): Slice {
  const isHz = saved.sampleRate !== null;
  const [hz, s] = isHz ? ['Hz', 's'] : ['cycles/sample', 'samples'];
  const level = (binRow: number, frame: number): number => {
    const found = levelOf(planes, binRow, frame)?.value ?? NaN;
    return Number.isNaN(found) ? NaN : Math.max(lowest, found);
  };
  if (kind === 'moment') {
    const frame = Math.min(saved.time.count - 1, Math.max(0, cell.col - grid.before));
    const bins = Array.from({ length: saved.frequency.count }, (_, i) => saved.frequency.count - 1 - i);
    const { steady } = saved;
    const time = saved.time.first + frame * saved.time.step;
    return {
      curve: {
        name: `level at ${formatNumber(time)} ${s}`,
        x: bins.map((row) => grid.binFrequency(row)),
        y: bins.map((row) => level(row, frame)),
      },
      x: {
        label: 'frequency',
        unit: hz,
        scale: grid.isLog ? 'log' : 'linear',
        // Half of the bin of zero frequency lies below 0.
        range: [saved.frequency.first === 0 && !grid.isLog ? 0 : grid.low, grid.high],
      },
      lines: steady === null ? [] : [{ axis: 'x', value: steady.frequency, label: `steady ${formatNumber(steady.frequency)} ${hz}` }],
    };
  }
  const row = grid.binRow(cell.row);
  const every = Math.ceil(saved.time.count / MOST);
  const frames = Array.from({ length: Math.ceil(saved.time.count / every) }, (_, i) => i * every);
  return {
    curve: {
      name: `level at ${formatNumber(grid.binFrequency(row))} ${hz}`,
      x: frames.map((frame) => saved.time.first + frame * saved.time.step),
      y: frames.map((frame) => level(row, frame)),
    },
    x: { label: 'time', unit: s, range: [grid.timeAt(0), grid.timeAt(grid.cols)] },
    lines: [],
  };
}
