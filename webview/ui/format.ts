// Numbers as our pages show them: three significant digits, with units.

import { formatCount } from '../../src/display/number-format.js';

export { formatCount };

const units = ['B', 'KiB', 'MiB', 'GiB', 'TiB'] as const;

/** Bytes: 17 B, 2.25 KiB, 41.3 MiB. */
export function formatBytes(bytes: number): string {
  let value = bytes;
  let unit = 0;
  while (value >= 1024 && unit < units.length - 1) {
    value /= 1024;
    unit++;
  }
  return `${unit === 0 ? value : significant(value)} ${units[unit] ?? ''}`;
}

/** Milliseconds: 12 µs, 0.42 ms, 3.14 s. */
export function formatTime(ms: number): string {
  if (ms < 0.1) return `${significant(ms * 1000)} µs`;
  if (ms < 1000) return `${significant(ms)} ms`;
  if (ms < 60_000) return `${significant(ms / 1000)} s`;
  return `${significant(ms / 60_000)} min`;
}

/** Items in a second: 128/s; slow ones by the time of one, 2.4 s each. */
export function formatRate(perSecond: number): string {
  if (perSecond > 0 && perSecond < 1) return `${formatTime(1000 / perSecond)} each`;
  return `${perSecond >= 1000 ? formatCount(Math.round(perSecond)) : significant(perSecond)}/s`;
}

/** A time that people wait: 0.4 s, 12 s, 3 min 20 s, 2 h 5 min. */
export function formatDuration(seconds: number): string {
  if (seconds < 10) return `${seconds.toFixed(1)} s`;
  const whole = Math.round(seconds);
  if (whole < 60) return `${whole} s`;
  const [minutes, rest] = [Math.floor(whole / 60), whole % 60];
  if (minutes < 60) return rest === 0 ? `${minutes} min` : `${minutes} min ${rest} s`;
  const hours = Math.floor(minutes / 60);
  return minutes % 60 === 0 ? `${hours} h` : `${hours} h ${minutes % 60} min`;
}

/** A shape as people write it; a scalar is []. */
export function formatShape(shape: readonly number[]): string {
  return `[${shape.join(', ')}]`;
}

/** Three significant digits; whole numbers without a point. */
function significant(value: number): string {
  if (Number.isInteger(value) || value >= 100) return value.toFixed(0);
  if (value >= 10) return value.toFixed(1);
  return value >= 0.001 ? value.toPrecision(3) : '0';
}
