// Frequencies in the units of people: bins, cycles a pixel or sample, radians, hertz. No page in here.

import { roundTicks, type Tick } from '../../../src/display/axes.js';
import { formatNumber, withMinus } from '../../../src/display/number-format.js';
import type { Axis } from '../../ui/plane/axes.js';

/** Units of frequency. */
export const units = ['cycles', 'bins', 'radians', 'hertz'] as const;
/** A unit of frequency. */
export type Unit = (typeof units)[number];

/** Ticks of a colour bar by name. */
export type BarTicks = readonly (readonly [number, string])[];
/** Ticks of angles. */
export const ticksOfPhase: BarTicks = [
  [-Math.PI, '−π'],
  [-Math.PI / 2, '−π/2'],
  [0, '0'],
  [Math.PI / 2, 'π/2'],
  [Math.PI, 'π'],
];

/** One axis of a spectrum of n bins. */
export interface FrequencyAxis {
  readonly n: number;
  readonly unit: Unit;
  /** Zero frequency in the middle (fftshift), or first. */
  readonly isShifted: boolean;
  /** What a sample is called. */
  readonly sample: 'pixel' | 'sample';
  readonly sampleRate: number | null;
}

/** The signed number of a bin at a place where it is drawn; the Nyquist bin of even n counts as negative, where it is drawn. */
export function binAt(place: number, { n, isShifted }: Pick<FrequencyAxis, 'n' | 'isShifted'>): number {
  if (isShifted) return place - Math.floor(n / 2);
  return place < Math.ceil(n / 2) ? place : place - n;
}

/** Where a signed bin is drawn. */
export function placeOfBin(bin: number, { n, isShifted }: Pick<FrequencyAxis, 'n' | 'isShifted'>): number {
  const wrapped = ((bin % n) + n) % n;
  return isShifted ? (wrapped + Math.floor(n / 2)) % n : wrapped;
}

/** Units of a frequency for one cycle a sample. */
function perCycle({ n, unit, sampleRate }: FrequencyAxis): number {
  if (unit === 'bins') return n;
  if (unit === 'radians') return 2 * Math.PI;
  return unit === 'hertz' ? (sampleRate ?? 1) : 1;
}

/** A unit in words: "cycles/pixel". */
export function unitName({ unit, sample }: Pick<FrequencyAxis, 'unit' | 'sample'>): string {
  if (unit === 'bins') return 'bin';
  if (unit === 'hertz') return 'Hz';
  return unit === 'radians' ? `rad/${sample}` : `cycles/${sample}`;
}

/** A frequency, given in cycles a sample, as text without its unit. */
export function formatFrequency(cycles: number, axis: FrequencyAxis): string {
  if (axis.unit === 'bins') return withMinus(String(Math.round(cycles * axis.n)));
  if (axis.unit === 'radians') return `${formatNumber(2 * cycles)}π`;
  return formatNumber(cycles * perCycle(axis));
}

/** The axis of a plane: place p + ½ is the middle of bin p. */
export function planeAxis(name: string, axis: FrequencyAxis): Axis {
  const scale = perCycle(axis);
  const { n, isShifted } = axis;
  const label = [name, `(${unitName(axis)})`].join(' ').trim();
  const middle = Math.floor(n / 2);
  return {
    label,
    emphasis: (isShifted ? middle : 0) + 0.5,
    ticks: (from, to, count) => {
      const at = (place: number, zero: number): number => ((place - 0.5 - zero) / n) * scale;
      const place = (value: number, zero: number): number => (value / scale) * n + zero + 0.5;
      const range = (low: number, high: number, zero: number, share: number): Tick[] =>
        low >= high
          ? []
          : frequencyTicks(at(low, zero), at(high, zero), Math.max(2, share), axis).map((tick) => ({
              ...tick,
              value: place(tick.value, zero),
            }));
      if (isShifted) return range(from, to, middle, count);
      // Beyond the middle frequencies are negative: two runs of ticks, each with its own zero.
      const edge = Math.ceil(n / 2) + 0.5;
      const share = (low: number, high: number): number => Math.round((count * Math.max(0, high - low)) / (to - from));
      return [
        ...range(from, Math.min(to, edge), 0, share(from, Math.min(to, edge))),
        ...range(Math.max(from, edge), to, n, share(Math.max(from, edge), to)).filter(({ value }) => value < n),
      ];
    },
  };
}

/** Round frequencies between two, in the unit of the axis. */
function frequencyTicks(low: number, high: number, count: number, { unit }: FrequencyAxis): readonly Tick[] {
  if (unit === 'bins') return roundTicks(low, high, count).ticks.filter(({ value }) => Number.isInteger(value));
  if (unit !== 'radians') return roundTicks(low, high, count).ticks;
  // Parts of π: halves of halves as long as there is room.
  let step = 1;
  while ((high - low) / (Math.PI * step) < count - 1 && step > 1 / 1024) step /= 2;
  const ticks: Tick[] = [];
  for (let k = Math.ceil(low / (Math.PI * step) - 1e-9); k * Math.PI * step <= high + 1e-9; k++)
    ticks.push({ value: k * Math.PI * step, text: partOfPi(k * step) });
  return ticks;
}

/** A multiple of π as text: "3π/4". */
export function partOfPi(part: number): string {
  if (part === 0) return '0';
  let below = 1;
  while (!Number.isInteger(part * below) && below < 4096) below *= 2;
  const above = part * below;
  const times = Math.abs(above) === 1 ? '' : String(Math.abs(above));
  return `${above < 0 ? '−' : ''}${times}π${below === 1 ? '' : `/${below}`}`;
}

/** Length of a wave, and which way it runs, in words; `direction` in degrees, counted from the right upwards. */
export function describeWave(vertical: number, horizontal: number, sample: string, sampleRate: number | null): string {
  const frequency = Math.hypot(vertical, horizontal);
  if (frequency === 0) return 'the mean';
  const length = 1 / frequency;
  if (sample === 'sample') {
    if (sampleRate !== null) return `period ${formatNumber(length / sampleRate)} s`;
    return `period ${formatNumber(length)} samples`;
  }
  return `${formatNumber(length)} px long, running at ${withMinus(String(Math.round(directionOf(vertical, horizontal))))}°`;
}

/** The direction that a wave runs in, in degrees from the right upwards, above −90 to 90: it runs both ways. Rows count downwards. */
export function directionOf(vertical: number, horizontal: number): number {
  const angle = (Math.atan2(-vertical, horizontal) * 180) / Math.PI;
  return angle > 90 ? angle - 180 : angle <= -90 ? angle + 180 : angle;
}
