// What is drawn and said of a matrix' entries. No page in here.

import { finiteExtent } from '../../../src/display/extent.js';
import { formatNumber } from '../../../src/display/number-format.js';
import type { ValuePlane } from '../../ui/plane/plane-card.js';
import type { PlaneMember } from '../../ui/plane/plane-group.js';

/** What is shown of complex entries. */
export type Parts = 'polar' | 'cartesian';

/** A matrix as it was saved. */
export interface MatrixShape {
  readonly isComplex: boolean;
  /** Entries, or their real and imaginary parts. */
  readonly values: readonly Float64Array[];
  /** Whether the page is dark: signed values have a middle that suits it. */
  readonly isDark: () => boolean;
}

/** Below this, relative to the largest entry, a phase is that of rounding. */
const ROUNDING = 1e-6;

/** The planes of a matrix: its entries, their two parts, or magnitude and phase. */
export function matrixMembers(title: string, { isComplex, values, isDark }: MatrixShape, parts: Parts): PlaneMember[] {
  const signed = isDark() ? 'divergingDark' : 'diverging';
  // Both parts in one scale, so that they can be held against each other.
  const limit = Math.max(...values.map((part) => largestOf(part))) || 1;
  const size = { map: signed, min: -limit, max: limit } as const;
  const part = (name: string): PlaneMember => ({
    title: name,
    label: `${name} of ${title}`,
    scale: size,
    ends: [-limit, limit],
    unit: '',
    reduce: Math.abs,
    isSymmetric: true,
  });
  if (!isComplex) return [part('Entries')];
  if (parts === 'cartesian') return [part('Real part'), part('Imaginary part')];
  const [re, im] = values;
  const most = re?.reduce((found, x, i) => Math.max(found, finite(Math.hypot(x, im?.[i] ?? NaN))), 0) ?? 0;
  return [
    {
      title: 'Magnitude',
      label: `Magnitude of ${title}`,
      scale: { map: 'viridis', min: 0, max: most || 1 },
      // From 0, or the rounding of equal magnitudes would look like something.
      ends: [0, most || 1],
      unit: '',
      reduce: Number,
    },
    {
      title: 'Phase, faded by magnitude',
      label: `Phase of ${title}`,
      scale: { map: 'phase', min: -Math.PI, max: Math.PI },
      ends: [-Math.PI, Math.PI],
      unit: '',
      reduce: Number,
      barTicks: ['−π', '−π/2', '0', 'π/2', 'π'].map((text, i) => [((i - 2) * Math.PI) / 2, text] as const),
    },
  ];
}

/** The values of each plane from entries or their parts; `parts` is null for real matrices. */
export function derivePlanes(planes: readonly ValuePlane[], parts: Parts | null): readonly ValuePlane[] {
  const [re, im] = planes;
  if (parts !== 'polar' || re === undefined || im === undefined) return planes;
  const magnitude = re.values.map((x, i) => Math.hypot(x, im.values[i] ?? NaN));
  const most = magnitude.reduce((found, size) => Math.max(found, finite(size)), 0);
  const phase = re.values.map((x, i) => Math.atan2(im.values[i] ?? NaN, x));
  const fade = magnitude.map((size) => (size <= ROUNDING * most ? 0 : Math.min(1, size / most)));
  return [
    { ...re, values: magnitude },
    { ...re, values: phase, fade, weight: magnitude },
  ];
}

/** An entry in words, from the values that are drawn of it. */
export function sayEntry(values: readonly number[], parts: Parts | null): string {
  const [first = NaN, second = NaN] = values;
  if (parts === null) return formatNumber(first);
  const [re, im] = parts === 'cartesian' ? [first, second] : [first * Math.cos(second), first * Math.sin(second)];
  const size = Math.hypot(first, parts === 'cartesian' ? second : 0);
  const phase = parts === 'cartesian' ? Math.atan2(im, re) : second;
  const plain = (value: number): number => (Math.abs(value) < ROUNDING * size ? 0 : value);
  const sum = `${formatNumber(plain(re))} ${plain(im) < 0 ? '−' : '+'} ${formatNumber(Math.abs(plain(im)))}i`;
  return `${sum} · magnitude ${formatNumber(size)}, phase ${formatNumber(phase / Math.PI)}π`;
}

function largestOf(values: Float64Array): number {
  const { min, max } = finiteExtent(values);
  return min > max ? 0 : Math.max(Math.abs(min), Math.abs(max));
}

function finite(value: number): number {
  return Number.isFinite(value) ? value : 0;
}
