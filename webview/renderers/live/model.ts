// A training as a page knows it: what was saved, what the kernel told since, and the steps that can be gone back to.

import type { Points } from '../../../src/display/live-curve.js';
import type { Snapshot } from '../../../src/display/live-history.js';
import { radialBins } from '../../../src/display/live-radial.js';
import { LiveRecord, type LiveState, type TrackedPicture } from '../../../src/display/live-record.js';
import { curveValues, type LiveParts } from '../../../src/protocol/live.js';
import { floatsFromText } from '../../../src/protocol/numbers.js';
import { planeValues } from '../../../src/protocol/plane-data.js';

/** Points that a page holds of a curve: when there are twice as many, these remain. */
const mostPoints = 2000;
/** Steps to go back to where no tensor is looked at. */
const mostMoments = 200;

/** What a page knows of a training. */
export class LiveModel {
  #record = new LiveRecord();
  #counts = new Map<string, number>();

  /** How it stands. */
  get state(): LiveState {
    return this.#record.state;
  }

  /** The last step. */
  get step(): number {
    return this.#record.step;
  }

  /** What could not be read, and why. */
  get problem(): string {
    return this.#record.problem;
  }

  /** The tensors that are looked at. */
  get pictures(): readonly TrackedPicture[] {
    return [...this.#record.pictures.values()];
  }

  /** Names of the curves that have points, and these. Valid until more is added. */
  get curves(): readonly (Points & { readonly name: string })[] {
    return [...this.#record.curves].flatMap(([name, curve]) => (curve.count === 0 ? [] : [{ name, ...curve.points() }]));
  }

  /** Points that were logged of a curve, of which not all may be held. */
  countOf(name: string): number {
    return this.#counts.get(name) ?? 0;
  }

  /** Steps to go back to, ascending: those at which a tensor was looked at, else some of those of the curves. */
  get moments(): readonly number[] {
    const looked = this.pictures.flatMap(({ history }) => history.items.map(({ step }) => step));
    if (looked.length > 0) return ascending(looked);
    const steps = ascending(this.curves.flatMap((curve) => [...curve.steps]));
    if (steps.length <= mostMoments) return steps;
    return Array.from({ length: mostMoments }, (_, i) => steps[Math.round((i * (steps.length - 1)) / (mostMoments - 1))]!);
  }

  /** Forgets what it knows, and takes this. */
  replace(parts: LiveParts): void {
    this.#record = new LiveRecord();
    this.#counts = new Map();
    this.add(parts);
  }

  /** Adds what is new. Throws where numbers are missing. */
  add({ state, step, problem, curves, pictures }: LiveParts): void {
    const record = this.#record;
    [record.state, record.step, record.problem] = [state, step, problem];
    for (const data of curves) {
      const curve = record.curve(data.name);
      curveValues(data).forEach((value, i) => curve.add(data.steps[i]!, value));
      if (curve.count > 2 * mostPoints) curve.thin(mostPoints);
      this.#counts.set(data.name, data.count);
    }
    for (const { snapshots, ...like } of pictures) {
      const { history } = record.picture(like);
      for (const { index, step: taken, cells, radial } of snapshots) {
        if (cells.rows !== like.planes * like.rows || cells.cols !== like.cols)
          throw new Error(`${cells.rows}×${cells.cols} cells where ${like.planes} planes of ${like.rows}×${like.cols} are`);
        const rings = Float64Array.from(floatsFromText(radial, radialBins));
        history.add({ index, step: taken, cells: planeValues(cells), radial: rings } satisfies Snapshot);
      }
    }
  }
}

function ascending(steps: readonly number[]): readonly number[] {
  return [...new Set(steps)].sort((a, b) => a - b);
}

/** How the points of a curve are drawn: as they are, or each as the mean of so many of the last. */
export type Smoothing = 1 | 10 | 50;

/** A curve to draw: each value the mean of the last `window` that are finite, and how far these reach. */
export function smoothed(
  { steps, values }: Points,
  window: Smoothing,
): { x: Float64Array; y: Float64Array; band?: { low: Float64Array; high: Float64Array } } {
  const x = steps.slice();
  if (window === 1) return { x, y: values.slice() };
  const [y, low, high] = [values.slice(), values.slice(), values.slice()];
  for (let i = 0; i < values.length; i++) {
    // A value that is no number stays one: a training that went wrong must be seen to.
    if (!Number.isFinite(values[i]!)) continue;
    const last = values.subarray(Math.max(0, i - window + 1), i + 1).filter(Number.isFinite);
    y[i] = last.reduce((sum, value) => sum + value / last.length, 0);
    low[i] = Math.min(...last);
    high[i] = Math.max(...last);
  }
  return { x, y, band: { low, high } };
}
