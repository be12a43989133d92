// What is taken out of a training: every point, and the tensors of a step, as CSV.

import * as v from 'valibot';
import { livePoints } from '../../../src/protocol/live.js';
import { numberFrom } from '../../../src/protocol/numbers.js';
import { csvOf } from '../../ui/save.js';
import type { LiveModel } from './model.js';

/** A file, and what to say of it where it is not all. */
export interface PointsFile {
  readonly csv: string;
  readonly lack: readonly [place: string, values: string] | null;
}

/** Every point that was logged, from the kernel (`ask`); where it holds them no more, those that the page has. */
export async function pointsFile(model: LiveModel, ask: () => Promise<unknown>): Promise<PointsFile> {
  const header = ['curve', 'step', 'value'];
  try {
    const all = v.parse(livePoints, await ask());
    const rows = all.flatMap(({ name, steps, values }) => steps.map((step, i) => [name, step, numberFrom(values[i] ?? 'NaN')] as const));
    return { csv: csvOf(header, rows), lack: null };
  } catch (error) {
    // What was float32 has no more digits than these.
    const short = (value: number): number => Number(value.toPrecision(8));
    const rows = model.curves.flatMap(({ name, steps, values }) =>
      Array.from(steps, (step, i) => [name, step, short(values[i]!)] as const),
    );
    const count = model.curves.reduce((sum, { name }) => sum + model.countOf(name), 0);
    const why = error instanceof Error ? error.message : String(error);
    return { csv: csvOf(header, rows), lack: rows.length < count ? [`Saved ${rows.length} of ${count} points`, why] : null };
  }
}

/** The tensors as they were at a step. */
export function tensorsCsv({ pictures }: LiveModel, at: number): string {
  const rows = function* (): Generator<(number | string)[]> {
    for (const { name, rows, cols, history } of pictures) {
      const snapshot = history.at(at);
      for (const [i, value] of snapshot?.cells.entries() ?? [])
        yield [name, snapshot?.step ?? 0, Math.floor(i / (rows * cols)), Math.floor(i / cols) % rows, i % cols, value];
    }
  };
  return csvOf(['tensor', 'step', 'plane', 'row', 'column', 'value'], rows());
}
