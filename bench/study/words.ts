// Numbers and tables of the report as text.

import { formatError, formatNumber } from '../../src/display/number-format.js';
import type { Spread } from './statistics.js';

/** A share in percent, with one digit behind the point. */
export function percent(share: number): string {
  return `${(100 * share).toFixed(1)}%`;
}

/** A share that may be as small as rounding, in percent: `3.1·10⁻⁵%`. */
export function smallPercent(share: number): string {
  return `${formatError(100 * share)}%`;
}

/** `94.2% ± 0.8`: mean and standard deviation of shares in percent; without one of a single value. */
export function meanOf({ mean, deviation }: Spread): string {
  return deviation === null ? percent(mean) : `${percent(mean)} ± ${(100 * deviation).toFixed(1)}`;
}

/** `93.3…94.9%` */
export function rangeOf({ least, most }: Spread): string {
  return `${(100 * least).toFixed(1)}…${percent(most)}`;
}

/** Two digits and the sign ×. */
export function times(ratio: number): string {
  return `${Number(ratio.toPrecision(2))}×`;
}

/** A count or an amount with three digits and k, M or G. */
export function amount(value: number): string {
  const power = Math.min(3, Math.max(0, Math.floor(Math.log10(Math.max(1, value)) / 3)));
  return power === 0 ? formatNumber(value) : `${(value / 1000 ** power).toPrecision(3)} ${' kMG'[power] ?? ''}`;
}

/** A table in Markdown: the first column to the left, the others to the right, but for those that are `left`. */
export function markdownTable(header: readonly string[], rows: readonly (readonly string[])[], left: readonly number[] = [0]): string {
  const line = (cells: readonly string[]): string => `| ${cells.map((cell) => cell.replaceAll('|', '\\|')).join(' | ')} |`;
  return [line(header), line(header.map((_, column) => (left.includes(column) ? '---' : '---:'))), ...rows.map(line)].join('\n');
}
