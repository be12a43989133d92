// Directions along which a gradient is looked at as a whole: ±1 for every number, in patterns from fine to coarse along the last two axes, so
// that an error at any frequency, or in any (output, input) channel, is in line with some of them. Signs and no non-negative numbers: errors of
// both signs would cancel.

import type { Shape } from '../devices/shape.js';
import type { Values } from './replay.js';

/** Edge of the blocks that share a sign; Infinity is a sign for each plane, 0 a chequered plane. */
const patterns = [1, 1, 2, Infinity, 1, 0, 4, 1] as const;

/** 32 bits that look random, of three integers (the finalizer of MurmurHash3 by A. Appleby, in turn): signs need no better, but many of them. */
export function mixed(seed: number, stream: number, position: number): number {
  let h = 0x9e3779b9;
  for (const word of [seed, stream, position]) {
    h = Math.imul(h ^ word, 0x85ebca6b);
    h = Math.imul(h ^ (h >>> 13), 0xc2b2ae35);
    h ^= h >>> 16;
  }
  return h >>> 0;
}

/** 1 or −1. */
export function signAt(seed: number, stream: number, position: number): 1 | -1 {
  return (mixed(seed, stream, position) & 1) === 0 ? 1 : -1;
}

/** `count` directions for a tensor of `shape` with `parts` numbers an element. */
export function directionsOf(shape: Shape, parts: 1 | 2, count: number, seed: number): Values[] {
  const [height, width] = shape.length === 0 ? [1, 1] : [shape.at(-2) ?? 1, shape.at(-1) as number];
  const size = shape.reduce((product, extent) => product * extent, 1);
  return Array.from({ length: count }, (_, at) => {
    const pattern = patterns[at % patterns.length] as number;
    const direction = new Float64Array(size * parts);
    for (let i = 0; i < direction.length; i++) {
      const element = Math.floor(i / parts);
      const plane = Math.floor(element / (height * width));
      const [row, column] = [Math.floor(element / width) % height, element % width];
      const part = i % parts;
      const chequered = pattern === 0 && (row + column) % 2 === 1 ? -1 : 1;
      const edge = pattern === 0 ? Infinity : pattern;
      const block = edge === Infinity ? 0 : Math.floor(row / edge) * width + Math.floor(column / edge);
      direction[i] = chequered * signAt(seed, 16 + at, (plane * height * width + block) * parts + part);
    }
    return direction;
  });
}

/** `count` of `size` elements, spread evenly from a seeded start, in order. */
export function sampleOf(size: number, count: number, seed: number): number[] {
  const most = Math.min(size, count);
  const start = most === size ? 0 : mixed(seed, 3, size) % size;
  return Array.from({ length: most }, (_, i) => (start + Math.floor((i * size) / most)) % size).sort((a, b) => a - b);
}

/** Re Σ conj(u)·v over interleaved or real values: in both cases a plain sum of products. */
export function inner(u: ArrayLike<number>, v: ArrayLike<number>): number {
  let sum = 0;
  for (let i = 0; i < u.length; i++) sum += u[i]! * v[i]!;
  return sum;
}

/** Root mean square of numbers. */
export function rmsOf(values: ArrayLike<number>): number {
  return Math.sqrt(inner(values, values) / Math.max(values.length, 1));
}
