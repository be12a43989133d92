// How a transform is spread over stages and invocations.

import type { DeviceLimits } from '../../devices/device.js';

/** Points that an invocation transforms in registers. */
export const largestRadix = 16;

/**
 * Sum of radices up to which a kernel counts as short. In software a load or store in the text takes 5 to 10 ms to compile: a convolution, whose ten kernels do short
 * transforms, would take tens of seconds to its first result; a stage more costs short transforms little.
 */
function shortText(n: number, { isSoftware }: Pick<DeviceLimits, 'isSoftware'>): number {
  if (!isSoftware) return Infinity;
  return n <= 256 ? 16 : 40;
}

/** The fewest radices whose product is n and whose text is short; of as many those with the smallest sum. In ascending order. */
export function radices(n: number, limits: Pick<DeviceLimits, 'isSoftware'>): number[] {
  let best: readonly number[] = [];
  const short = shortText(n, limits);
  const isBetter = (found: readonly number[]): boolean => {
    const length = (values: readonly number[]): number => (short === Infinity ? 0 : Math.max(sum(values), short));
    return best.length === 0 || (length(found) - length(best) || found.length - best.length || sum(found) - sum(best)) < 0;
  };
  const search = (rest: number, found: readonly number[]): void => {
    if (rest === 1 && isBetter(found)) best = found;
    for (let radix = Math.min(rest, found[0] ?? largestRadix); radix > 1; radix--) {
      if (rest % radix === 0) search(rest / radix, [radix, ...found]);
    }
  };
  if (n === 1) return [1];
  search(n, []);
  if (best.length === 0) throw new Error(`fft: ${n} has a prime factor over 13`);
  return [...best];
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0);
}

/** How a workgroup shares its invocations out. */
export interface Sharing {
  /** Transforms that share a workgroup at a time, and invocations of each. */
  readonly together: number;
  readonly threads: number;
  /** True when neighbouring invocations work on neighbouring transforms, not on neighbouring points. */
  readonly columns: boolean;
  /** True when points are kept in a buffer between the stages, not in workgroup memory. */
  readonly inBuffer: boolean;
}

/** How a transform is spread over invocations: transforms of a strided axis lie side by side. */
export interface Layout extends Sharing {
  /** Complex points of a transform. */
  readonly length: number;
  readonly radices: readonly number[];
}

/** A GPU wants many invocations, which share transforms, and neighbouring columns, which share a line of the cache. */
const hardware = { most: 256, least: 64, columns: 8 } as const;

/**
 * In software a workgroup is one vector of invocations, each with a transform of its own if memory allows: there is nobody to wait for, all are busy,
 * and roots of unity are the same for all. More invocations would cost more at every barrier.
 */
export const vector = 8;

/** Bytes in which a workgroup may keep its points: of a buffer as many as a vector's transforms take, of workgroup memory 16 KiB in software, where that holds one. */
export function memoryOf(length: number, { isSoftware, maxWorkgroupMemory, clearsByCode }: DeviceLimits): number {
  if (clearsByCode) return Infinity;
  return isSoftware ? Math.min(maxWorkgroupMemory, Math.max(8 * length, 16384)) : maxWorkgroupMemory;
}

/** The layout of `batch` transforms of `length` points; `columns` when their axis is strided. */
export function layoutOf(length: number, batch: number, columns: boolean, limits: DeviceLimits): Layout {
  const factors = radices(length, limits);
  const inBuffer = limits.clearsByCode;
  const byMemory = factors.length === 1 ? Infinity : Math.floor(memoryOf(length, limits) / (8 * length));
  const fitting = Math.max(1, Math.min(byMemory, batch));
  if (limits.isSoftware) {
    const threads = fitting >= vector ? 1 : threadsOf(length, factors, Math.floor(vector / fitting));
    return { length, radices: factors, threads, together: Math.min(fitting, Math.ceil(vector / threads)), columns, inBuffer };
  }
  const neighbours = Math.min(fitting, columns ? hardware.columns : 1);
  const threads = threadsOf(length, factors, Math.floor(Math.min(limits.maxInvocations, hardware.most) / neighbours));
  const together = Math.max(neighbours, Math.min(fitting, Math.ceil(hardware.least / threads)));
  return { length, radices: factors, threads, together, columns, inBuffer };
}

/** As many invocations as may be busy with the butterflies of a transform: none ever waits for others or, where that leaves few, hardly any. */
function threadsOf(length: number, factors: readonly number[], most: number): number {
  for (const [fewest, waste] of [
    [Math.min(8, most), 1],
    [1, 1.1],
  ] as const) {
    for (let threads = most; threads >= fewest; threads--) {
      const slots = factors.map((radix) => Math.ceil(length / radix / threads) * threads * radix);
      if (sum(slots) <= waste * length * factors.length) return threads;
    }
  }
  return 1;
}

/** Tiles that a workgroup transforms one after the other: one fills a GPU best; in software each workgroup costs as much as hundreds of points. */
export function turnsOf(tiles: number, { isSoftware }: DeviceLimits): number {
  return isSoftware ? Math.max(1, Math.ceil(tiles / 64)) : 1;
}
