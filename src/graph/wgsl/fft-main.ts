// The entry point that all kernels of transforms share: workgroups go through the batch, some transforms at a time.

import type { DeviceLimits } from '../../devices/device.js';
import { counted, pointsType } from './butterflies.js';
import { turnsOf, type Sharing } from './fft-layout.js';
import { grid } from './families.js';
import type { KernelWriter } from './writer.js';

/** What a transform does, and what it needs for it. */
export interface Work {
  /** Statements for transform `b` of the batch, the one numbered `own` in the workgroup, by its invocation `t`. */
  readonly lines: readonly string[];
  /** Points of all transforms of a workgroup that are kept between the stages; 0 when there is nothing to keep. */
  readonly points: number;
}

/** Lets the invocations of a transform see what the others stored. */
export function barrier({ threads, inBuffer }: Sharing): string[] {
  return threads === 1 ? [] : [`    ${inBuffer ? 'storageBarrier' : 'workgroupBarrier'}();`];
}

/** The memory `points`, in which a workgroup's part begins at `own_points`, and the function main for `batch` transforms, and the workgroups to start. */
export function mainOf(
  writer: KernelWriter,
  batch: number,
  sharing: Sharing,
  { lines, points }: Work,
  limits: DeviceLimits,
): { readonly text: string; readonly workgroups: [number, number, number] } {
  const { together, threads, columns, inBuffer } = sharing;
  const tiles = Math.ceil(batch / together);
  const turns = turnsOf(tiles, limits);
  const place =
    threads === 1
      ? // Drivers would write loops of known length out, and load a root for each invocation: this zero they do not know, but that all have the same.
        ['  let own = i32(local);', '  let t = i32(group.z);']
      : columns
        ? [`  let own = i32(local) % ${together};`, `  let t = i32(local) / ${together};`]
        : [`  let own = i32(local) / ${threads};`, `  let t = i32(local) % ${threads};`];
  const workgroups = grid(Math.ceil(tiles / turns), limits);
  const isOwn = inBuffer && points > 0;
  if (isOwn) writer.ownBytes = 8 * points * workgroups[0] * workgroups[1];
  const text = [
    ...(points > 0 && !inBuffer ? [`var<workgroup> points: ${pointsType(points)};`] : []),
    isOwn ? 'var<private> own_points: i32;' : 'const own_points = 0;',
    `@compute @workgroup_size(${together * threads})`,
    'fn main(@builtin(workgroup_id) group: vec3<u32>, @builtin(num_workgroups) groups: vec3<u32>, @builtin(local_invocation_index) local: u32) {',
    ...place,
    ...(isOwn ? [`  own_points = i32(group.y * groups.x + group.x) * ${points};`] : []),
    `  let turns = ${writer.count(turns)};`,
    '  let first = i32(group.y * groups.x + group.x) * turns;',
    `  for (var tile = first; tile < min(first + turns, ${writer.count(tiles)}); tile++) {`,
    // Where transforms are left over the last one is done several times: cheaper than to ask everywhere.
    `    let b = min(tile * ${together} + own, ${writer.count(batch - 1)});`,
    ...lines,
    ...(points > 0 ? barrier(sharing) : []),
    '  }',
    '}',
  ].join('\n');
  return { text, workgroups };
}

/** How points move between memory and registers: `at` says where point p is, as WGSL. */
export interface Moves {
  readonly type: string;
  readonly count: number;
  readonly at: (p: string) => string;
}

/**
 * Declares `name`, an array of points loaded from where `at` says: written out, or in a loop where the text is to be short. There the array lies in memory, which costs
 * software little beside the load itself, and each load in the text would take 5 to 10 ms to compile.
 */
export function loads(name: string, { type, count, at }: Moves, isShort: boolean): string[] {
  const list = `array<${type}, ${count}>`;
  if (!isShort) return [`let ${name} = ${list}(${counted(count, (p) => at(String(p)))});`];
  return [`var ${name}: ${list};`, `for (var p = 0; p < ${count} + i32(group.z); p++) { ${name}[p] = ${at('p')}; }`];
}

/** Statements that `at` makes of each p, one after the other or in a loop. */
export function stores({ count, at }: Omit<Moves, 'type'>, isShort: boolean): string[] {
  if (!isShort) return Array.from({ length: count }, (_, p) => at(String(p)));
  return [`for (var p = 0; p < ${count} + i32(group.z); p++) { ${at('p')} }`];
}
