// Axes: ticks at round numbers and how they are drawn.
import { scaleLinear, scaleLog } from 'd3-scale';
import { formatNumber, powerOfTen, withMinus } from './number-format.js';
import { group, HAIRLINE, INK, label, line, MUTED, SMALL, type Svg } from './svg.js';

/** A tick: where it is in data coordinates and what it says. */
export interface Tick {
  readonly value: number;
  readonly text: string;
}

/** Ticks of an axis; where the values are very large or small, `exponent` (a multiple of 3) is taken out of their labels. */
export interface Ticks {
  readonly ticks: readonly Tick[];
  readonly exponent: number;
}

/** Round numbers (1, 2 or 5 times a power of ten) in [min, max], about `count` of them; the one value if min equals max. */
export function roundTicks(min: number, max: number, count: number): Ticks {
  const found = min === max ? [min] : scaleLinear().domain([min, max]).ticks(count);
  // A range below the resolution of doubles, or beyond their range, has no round numbers inside.
  const values = found.length > 0 && found.every(Number.isFinite) ? found : [min, max];
  const largest = Math.max(...values.map(Math.abs));
  const power = largest === 0 ? 0 : Math.floor(Math.log10(largest));
  const exponent = power >= -3 && power < 5 ? 0 : 3 * Math.floor(power / 3);
  const step = values.length > 1 ? Math.abs((values[1] ?? 0) - (values[0] ?? 0)) : largest;
  // A step of 0 happens for the one value 0; the small term mends logarithms such as log10(1000) = 2.999….
  const decimals = step === 0 ? 0 : Math.min(12, Math.max(0, exponent - Math.floor(Math.log10(step) + 1e-9)));
  return { ticks: values.map((value) => ({ value, text: fixed(value, exponent, decimals) })), exponent };
}

/** Values of a logarithmic axis from low to high, both above 0: 1, 2 and 5 times powers of ten, or powers of ten alone where they are many. */
export function logTicks(low: number, high: number): readonly Tick[] {
  const decades = Math.log10(high / low);
  const found = scaleLog()
    .domain([low, high])
    .ticks(decades > 6 ? Math.min(8, decades) : 10)
    .filter((value) => (decades > 3 ? /^1e/ : /^[125]e/).test(value.toExponential()));
  const values = found.length > 1 ? found : [low, high];
  return values.map((value) => {
    const power = Math.round(Math.log10(value));
    const isPower = Math.abs(value / 10 ** power - 1) < 1e-9;
    return { value, text: isPower && (power < -2 || power > 3) ? powerOfTen(power) : formatNumber(value) };
  });
}

/** Ticks of a frequency axis in cycles per sample: quarters of the sampling rate, zero in the middle. */
export const FREQUENCY_TICKS: readonly Tick[] = [-0.5, -0.25, 0, 0.25, 0.5].map((value) => ({
  value,
  text: withMinus(String(value)),
}));

/** A unit with the power of ten that was taken out of the labels: `×10⁶ counts`. */
export function unitWithExponent(unit: string, exponent: number): string {
  if (exponent === 0) return unit;
  return unit === '' ? `×${powerOfTen(exponent)}` : `×${powerOfTen(exponent)} ${unit}`;
}

/** An axis on the page: `position` maps a tick's value to CSS px along the axis. */
export interface AxisDrawing {
  readonly ticks: readonly Tick[];
  readonly position: (value: number) => number;
  readonly length: number;
  readonly label: string;
  /** A tick to make stand out, such as zero frequency. */
  readonly emphasis?: number;
}

/** Space in px that a horizontal axis takes under its plot. */
export const HORIZONTAL_AXIS_HEIGHT = 36;
const TICK = 4;

/** An axis under a plot whose lower left corner is x, y. */
export function horizontalAxis(axis: AxisDrawing, x: number, y: number): Svg {
  return group(
    {},
    ...visible(axis, 8).flatMap(({ tick, at }) => [
      line(x + at, y, x + at, y + TICK, { stroke: tickColor(axis, tick) }),
      label(x + at, y + TICK + SMALL, tick.text, { anchor: 'middle', fill: textColor(axis, tick) }),
    ]),
    label(x + axis.length / 2, y + HORIZONTAL_AXIS_HEIGHT - 3, axis.label, { anchor: 'middle' }),
  );
}

/** An axis left of a plot whose upper left corner is x, y; its label reads upwards, `room` px left of the plot. */
export function verticalAxis(axis: AxisDrawing, x: number, y: number, room: number): Svg {
  return group(
    {},
    ...visible(axis, 0).flatMap(({ tick, at }) => [
      line(x - TICK, y + at, x, y + at, { stroke: tickColor(axis, tick) }),
      label(x - TICK - 3, y + at + 0.34 * SMALL, tick.text, { anchor: 'end', fill: textColor(axis, tick) }),
    ]),
    label(x - room + SMALL, y + axis.length / 2, axis.label, { anchor: 'middle', rotate: -90 }),
  );
}

// Ticks on the plot; `gap` and the labels' sizes keep neighbours from touching on short axes, where zero wins over the others.
function visible(axis: AxisDrawing, gap: number): { readonly tick: Tick; readonly at: number }[] {
  const placed = axis.ticks
    .map((tick) => ({ tick, at: axis.position(tick.value) }))
    .filter(({ at }) => at > -1.5 && at < axis.length + 1.5)
    .map(({ tick, at }) => ({ tick, at: Math.min(axis.length, Math.max(0, at)) }));
  const size = gap > 0 ? Math.max(...placed.map(({ tick }) => 6 * tick.text.length)) + gap : SMALL + 3;
  const kept: typeof placed = [];
  const byImportance = [...placed].sort((a, b) => importance(axis, b.tick) - importance(axis, a.tick));
  for (const candidate of byImportance) {
    if (kept.every(({ at }) => Math.abs(at - candidate.at) >= size)) kept.push(candidate);
  }
  return kept.sort((a, b) => a.at - b.at);
}

function importance(axis: AxisDrawing, tick: Tick): number {
  if (tick.value === axis.emphasis) return Infinity;
  return Math.abs(tick.value - (axis.emphasis ?? 0));
}

function tickColor(axis: AxisDrawing, tick: Tick): string {
  return tick.value === axis.emphasis ? INK : HAIRLINE;
}

function textColor(axis: AxisDrawing, tick: Tick): string {
  return tick.value === axis.emphasis ? INK : MUTED;
}

function fixed(value: number, exponent: number, decimals: number): string {
  // Shifting the exponent as text is exact; dividing by 10 ** exponent is not, and fails below 10⁻³⁰⁸.
  const [mantissa = '', power = '0'] = value.toExponential().split('e');
  if (value === 0) return '0';
  return withMinus(Number(`${mantissa}e${String(Number(power) - exponent)}`).toFixed(decimals));
}
