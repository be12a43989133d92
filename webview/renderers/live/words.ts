// A training in words: how it stands, and what is pointed at.

import { formatNumber } from '../../../src/display/number-format.js';
import type { PlotPoint } from '../../ui/line-plot.js';
import type { LiveModel } from './model.js';
import type { TileCell } from './tiles.js';

/** What the readout says: where, and what is there. */
export type Words = readonly [place: string, values: string];

/** How a training stands; `isLive` where the kernel tells of it. */
export function standing({ state, step, problem }: LiveModel, isLive: boolean): string {
  const steps = `${step} ${step === 1 ? 'step' : 'steps'}`;
  const running = isLive ? 'running' : 'saved while it ran';
  const how = state === 'stopped' ? `stopped at step ${step}` : state === 'done' ? steps : `${running}, ${steps}`;
  return [how, problem].filter(Boolean).join(' · ');
}

/** The values of all curves at a step, or at the last before it. */
export function valuesAt({ curves }: LiveModel, step: number): string {
  return curves
    .flatMap(({ name, steps, values }) => {
      const at = steps.findLastIndex((each) => each <= step);
      return at < 0 ? [] : [`${name} ${formatNumber(values[at]!)}`];
    })
    .join(', ');
}

/** The values that were logged at a point of the curves. */
export function pointWords({ curves }: LiveModel, { x, at }: PlotPoint): Words {
  const values = at.flatMap((index, i) => {
    const curve = curves[i];
    return index === null || curve === undefined ? [] : [`${curve.name} ${formatNumber(curve.values[index] ?? NaN)}`];
  });
  return [`step ${x}`, values.join(', ')];
}

/** The levels of all tensors at a distance from zero frequency, at a step. */
export function ringWords({ pictures }: LiveModel, { x, at }: PlotPoint, step: number): Words {
  const ring = at.find((index) => index !== null) ?? 0;
  const levels = pictures.map(({ name, history }) => `${name} ${formatNumber(history.at(step)?.radial[ring] ?? NaN)} dB`);
  const wavelength = x === 0 ? 'the mean' : `wavelength ${formatNumber(1 / x)} samples`;
  return [`${formatNumber(x)} cycles/sample, ${wavelength}`, levels.join(', ')];
}

/** A cell of a tensor. */
export function cellWords(name: string, { plane, row, col, value }: TileCell): Words {
  return [`${name}, plane ${plane}, row ${row}, column ${col}`, formatNumber(value)];
}
