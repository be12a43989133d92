// What is marked in a spectrogram, and what is taken out of it.

import { formatNumber } from '../../../src/display/number-format.js';
import type { SpectrogramData } from '../../../src/protocol/spectrogram.js';
import { make } from '../../ui/dom.js';
import type { LinePlot } from '../../ui/line-plot.js';
import type { Mark } from '../../ui/plane/marks.js';
import type { ValuePlane } from '../../ui/plane/plane-card.js';
import type { Cell } from '../../ui/plane/viewport.js';
import { csvOf } from '../../ui/save.js';
import type { ShownCurve } from '../plot/curves.js';
import type { SpectrogramGrid } from './grid.js';

/** The signal above the plane and its colour bar, on one canvas. */
export function stacked(wave: HTMLCanvasElement | null, plane: HTMLCanvasElement, bar: HTMLCanvasElement): HTMLCanvasElement {
  const all = make('canvas');
  all.width = plane.width + bar.width;
  // The bar begins above the plane: its unit stands there.
  const head = Math.max(wave?.height ?? 0, 16 * globalThis.devicePixelRatio);
  all.height = head + Math.max(plane.height, bar.height - 16 * globalThis.devicePixelRatio);
  const context = all.getContext('2d');
  if (wave !== null) context?.drawImage(wave, 0, 0);
  context?.drawImage(plane, 0, head);
  context?.drawImage(bar, plane.width, head - 16 * globalThis.devicePixelRatio);
  return all;
}

/** A line along a steady tone, and a ring around the loudest moment. */
export function marksOf({ peak, steady, sampleRate }: SpectrogramData, grid: SpectrogramGrid): Mark[] {
  const cellOf = (frequency: number, time: number): Cell => ({
    row: grid.placeOfFrequency(frequency) - 0.5,
    col: grid.placeOfTime(time) - 0.5,
  });
  const unit = sampleRate === null ? 'cycles/sample' : 'Hz';
  return [
    ...(steady === null
      ? []
      : [{ ...cellOf(steady.frequency, 0), kind: 'row' as const, text: `steady ${formatNumber(steady.frequency)} ${unit}` }]),
    ...(peak === null ? [] : [{ ...cellOf(peak.frequency, peak.time), kind: 'ring' as const }]),
  ];
}

/** The largest size of a sample. */
export function peakOf({ y, band }: ShownCurve): number {
  let peak = 0;
  for (const values of [y, band?.low ?? y, band?.high ?? y])
    for (const value of values) if (Number.isFinite(value)) peak = Math.max(peak, Math.abs(value));
  return peak;
}

/** Levels by time and frequency. Of reduced spectrograms these are the largest of blocks, at the middles of these. */
export function csvOfLevels({ frequency, time }: SpectrogramData, { rows, cols, values }: ValuePlane, hz: string, s: string): string {
  const at = (steps: SpectrogramData['time'], part: number): number => steps.first + (part * steps.count - 0.5) * steps.step;
  const lines = function* (): Generator<number[]> {
    for (let row = rows - 1; row >= 0; row--)
      for (let col = 0; col < cols; col++)
        yield [at(time, (col + 0.5) / cols), at(frequency, 1 - (row + 0.5) / rows), values[row * cols + col] ?? NaN];
  };
  return csvOf([`time (${s})`, `frequency (${hz})`, 'level (dB re max)'], lines());
}

/** The points of a cut. */
export function csvOfCurve({ curves }: LinePlot): string {
  const [curve] = curves;
  return csvOf(
    ['place', curve?.name ?? ''],
    Array.from(curve?.x ?? [], (x, i) => [x, curve?.y[i] ?? NaN]),
  );
}
