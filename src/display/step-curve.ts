// The V-curve: how the error of central differences depends on their step, laid out on doubly logarithmic axes. Pages draw it by the
// same layout: nothing of Node in here.
import { powerOfTen } from './number-format.js';

/** Errors of central differences by their step; `exact` where larger steps bring no truncation. */
export interface StepCurve {
  readonly steps: readonly number[];
  readonly errors: readonly number[];
  readonly step: number;
  readonly floor: number;
  readonly exact: boolean;
}

/** A step tried: where it is drawn, in px from the upper left corner of the plot. */
export interface CurvePoint {
  readonly x: number;
  readonly y: number;
  readonly step: number;
  readonly error: number;
  /** Whether the error is off the axis: 0 lies on its foot, infinity and NaN at its top. */
  readonly off: boolean;
}

/** A power of ten on an axis. */
export interface DecadeTick {
  readonly at: number;
  readonly text: string;
}

/** A V-curve laid out. */
export interface CurveLayout {
  readonly points: readonly CurvePoint[];
  /** The step that was taken. */
  readonly chosen: CurvePoint;
  readonly xTicks: readonly DecadeTick[];
  readonly yTicks: readonly DecadeTick[];
}

/** Lays a curve out on width by height px. Null where no step was tried. */
export function layoutCurve(curve: StepCurve, width: number, height: number): CurveLayout | null {
  const { steps, errors, step, floor } = curve;
  const tried = steps.filter((value) => value > 0);
  if (tried.length === 0) return null;
  const seen = [...errors, floor].filter((value) => value > 0 && value < Infinity);
  const x = decades([...tried, step > 0 ? step : (tried[0] ?? 1)], width, 0);
  // Room under the smallest error, so that a 0 on the foot of the axis is seen to be less.
  const y = decades(seen.length > 0 ? seen : [1], height, errors.some((value) => value === 0) ? 1 : 0);
  const place = (at: number, error: number): CurvePoint => ({
    x: x.position(at),
    y: height - (error === 0 ? 0 : Number.isFinite(error) ? y.position(error) : height),
    step: at,
    error,
    off: error === 0 || !Number.isFinite(error),
  });
  const points = steps.flatMap((at, i) => (at > 0 ? [place(at, errors[i] ?? NaN)] : [])).sort((a, b) => a.x - b.x);
  return {
    points,
    chosen: place(step > 0 ? step : (tried[0] ?? 1), floor),
    xTicks: x.ticks(52),
    yTicks: y.ticks(22).map(({ at, text }) => ({ at: height - at, text })),
  };
}

interface Decades {
  readonly position: (value: number) => number;
  readonly ticks: (spacing: number) => DecadeTick[];
}

/** A logarithmic axis of whole decades, `below` more of them at its foot, with a little room at both ends. */
function decades(values: readonly number[], length: number, below: number): Decades {
  const logarithms = values.map(Math.log10);
  const low = Math.floor(Math.min(...logarithms) + 1e-9) - below;
  const high = Math.max(low + 1, Math.ceil(Math.max(...logarithms) - 1e-9));
  const margin = 5;
  const at = (exponent: number): number => margin + ((exponent - low) / (high - low)) * (length - 2 * margin);
  return {
    position: (value) => at(Math.log10(value)),
    ticks: (spacing) => {
      const stride = Math.max(1, Math.ceil(((high - low) * spacing) / length));
      return Array.from({ length: Math.floor((high - low) / stride) + 1 }, (_, i) => low + i * stride).map((exponent) => ({
        at: at(exponent),
        text: exponent === 0 ? '1' : exponent === 1 ? '10' : powerOfTen(exponent),
      }));
    },
  };
}
