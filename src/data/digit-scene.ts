// What a house number looks like, drawn by lot: a wall, a plate perhaps, digits in paint or metal, seen from somewhere by a poor camera.

import { hands, type Hand } from './digit-glyphs.js';
import type { RandomStream } from './random-stream.js';

/** Red, green and blue, 0 to 1. */
export type Color = readonly [number, number, number];

/** A stroke of something that is no digit, in the picture's own coordinates (0 to 1). */
export interface Clutter {
  readonly from: readonly [number, number];
  readonly to: readonly [number, number];
  readonly halfWidth: number;
  readonly color: Color;
  readonly opacity: number;
}

/** One picture before it is drawn. Lengths on the wall are in heights of the digit, whose middle is at 0. */
export interface Scene {
  readonly hand: Hand;
  /** The digit in the middle and its neighbours, with their places. */
  readonly digits: readonly { readonly digit: number; readonly x: number; readonly y: number }[];
  readonly halfWidth: number;
  /** From the picture (x, y, 1), 0 to 1, to the wall (x w, y w, w). */
  readonly view: readonly number[];
  /** Height of the digit in the picture. */
  readonly height: number;
  readonly ink: Color;
  readonly wall: Color;
  readonly plate: { readonly color: Color; readonly halfHeight: number; readonly halfWidth: number; readonly hasFrame: boolean } | null;
  /** Of the digits: how far it falls, and how dark it is. */
  readonly shadow: { readonly x: number; readonly y: number; readonly opacity: number } | null;
  readonly pattern: 'plain' | 'bricks' | 'boards' | 'lap siding';
  readonly patternDepth: number;
  readonly patternScale: number;
  /** Unevenness of the wall. */
  readonly texture: number;
  /** How the light changes from left to right and from top to bottom. */
  readonly light: readonly [number, number];
  readonly clutter: readonly Clutter[];
  /** Standard deviation in pictures. */
  readonly blur: number;
  /** Standard deviation of each sample. */
  readonly noise: number;
}

const walls: readonly Color[] = [
  [0.93, 0.91, 0.86],
  [0.85, 0.79, 0.66],
  [0.75, 0.73, 0.7],
  [0.62, 0.36, 0.27],
  [0.48, 0.25, 0.18],
  [0.55, 0.42, 0.29],
  [0.32, 0.22, 0.16],
  [0.4, 0.44, 0.47],
  [0.2, 0.22, 0.25],
  [0.1, 0.1, 0.12],
  [0.13, 0.24, 0.47],
  [0.1, 0.3, 0.22],
  [0.5, 0.1, 0.12],
  [0.66, 0.74, 0.78],
  [0.8, 0.72, 0.35],
  [0.55, 0.62, 0.48],
];
const inks: readonly Color[] = [
  [0.05, 0.05, 0.06],
  [0.97, 0.97, 0.95],
  [0.93, 0.88, 0.74],
  [0.78, 0.62, 0.25],
  [0.72, 0.73, 0.75],
  [0.1, 0.17, 0.4],
  [0.08, 0.25, 0.16],
  [0.48, 0.1, 0.08],
  [0.3, 0.18, 0.1],
];

/** How bright a colour looks (Rec. 601). */
export function luma([r, g, b]: Color): number {
  return 0.299 * r + 0.587 * g + 0.114 * b;
}

/** From a to b. */
const mix = (a: number, b: number, t: number): number => a + (b - a) * t;
const mixColors = (a: Color, b: Color, t: number): Color => [mix(a[0], b[0], t), mix(a[1], b[1], t), mix(a[2], b[2], t)];
const clamp = (value: number): number => Math.min(1, Math.max(0, value));

/** A scene with this digit; difficulty is 0 (upright, clear and alone) to 1. */
export function drawScene(random: RandomStream, digit: number, difficulty: number): Scene {
  const t = difficulty;
  const hand = random.pick(hands);
  const stretch = 1 + random.within(mix(0.08, 0.25, t));
  const halfWidth = random.between(mix(0.065, 0.045, t), mix(0.095, 0.12, t));
  const height = random.between(mix(0.72, 0.56, t), mix(0.8, 0.94, t));
  const wall = jittered(random, random.pick(walls), 0.05);
  const hasPlate = random.chance(0.35);
  const ground = hasPlate ? jittered(random, random.pick([...walls, ...inks]), 0.04) : wall;
  return {
    hand,
    digits: placed(random, digit, t),
    halfWidth,
    view: viewOf(random, height, stretch, t),
    height,
    ink: inkOn(random, ground, t),
    wall,
    plate: hasPlate
      ? { color: ground, halfHeight: random.between(0.6, 0.85), halfWidth: random.between(0.6, 2.4), hasFrame: random.chance(0.5) }
      : null,
    shadow: random.chance(0.55 * t + 0.05)
      ? { x: random.within(0.09), y: random.between(0.02, 0.09), opacity: random.between(0.2, 0.7) }
      : null,
    pattern: random.pick(['plain', 'bricks', 'boards', 'lap siding'] as const),
    patternDepth: random.between(0.1, 1) * mix(0.05, 0.4, t),
    patternScale: random.between(0.25, 0.7),
    texture: random.between(0.2, 1) * mix(0.02, 0.16, t),
    light: [random.within(mix(0.05, 0.4, t)), random.within(mix(0.05, 0.4, t))],
    clutter: clutterOf(random, t),
    // The square makes most pictures fairly sharp.
    blur: (0.3 + random.next() * random.next() * mix(0.4, 1.7, t)) / 32,
    noise: random.between(0.2, 1) * mix(0.008, 0.055, t),
  };
}

function jittered(random: RandomStream, [r, g, b]: Color, by: number): Color {
  return [clamp(r + random.within(by)), clamp(g + random.within(by)), clamp(b + random.within(by))];
}

/** Paint that can be told from its ground, the less clearly the harder. */
function inkOn(random: RandomStream, ground: Color, t: number): Color {
  const least = mix(0.5, 0.28, t);
  const far = inks.filter((ink) => Math.abs(luma(ink) - luma(ground)) >= least);
  const chosen = far.length > 0 ? random.pick(far) : ((luma(ground) > 0.5 ? inks[0] : inks[1]) as Color);
  const ink = jittered(random, chosen, 0.04);
  const contrast = Math.abs(luma(ink) - luma(ground));
  const weakest = Math.min(1, mix(0.45, 0.16, t) / contrast);
  return mixColors(ground, ink, random.between(Math.max(weakest, mix(0.9, 0.35, t)), 1));
}

/** Neighbours stand beside the digit as in a number of several ones: pictures of house numbers are cut out around one digit. */
function placed(random: RandomStream, digit: number, t: number): Scene['digits'] {
  const digits = [{ digit, x: 0, y: 0 }];
  const gap = random.between(mix(0.82, 0.66, t), 0.95);
  const climb = random.within(0.06 * t);
  for (const side of [-1, 1])
    for (let i = 1; i <= 2 && random.chance(Math.min(0.65, 1.1 * t)); i++)
      digits.push({ digit: Math.floor(10 * random.next()), x: side * i * gap, y: side * i * climb });
  return digits;
}

/** A turn, a shear, a view from the side and a place: from the picture to the wall. */
function viewOf(random: RandomStream, height: number, stretch: number, t: number): number[] {
  // Sine and cosine from the tangent of half the angle: exactly rounded operations only.
  const half = random.within(mix(0.015, 0.12, t));
  const [cosine, sine] = [(1 - half * half) / (1 + half * half), (2 * half) / (1 + half * half)];
  const shear = random.within(0.22 * t);
  const [tiltX, tiltY] = [random.within(0.5 * t), random.within(0.3 * t)];
  const offset = mix(0.015, 0.075, t);
  const [x, y] = [0.5 + random.within(offset), 0.5 + random.within(offset)];
  const [a, b] = [cosine / height / stretch, (sine + shear) / height / stretch];
  const [c, d] = [-sine / height, cosine / height];
  return [a, b, -a * x - b * y, c, d, -c * x - d * y, tiltX, tiltY, 1 - tiltX * x - tiltY * y];
}

function clutterOf(random: RandomStream, t: number): Clutter[] {
  const strokes: Clutter[] = [];
  for (let i = 0; i < 3; i++) {
    if (!random.chance(0.4 * t)) continue;
    // A wire, a crack, the frame of a door: mostly upright or level.
    const [x, y, lean] = [random.between(-0.1, 1.1), random.between(-0.1, 1.1), random.within(0.3)];
    const isLevel = random.chance(0.5);
    strokes.push({
      from: isLevel ? [-0.2, y] : [x, -0.2],
      to: isLevel ? [1.2, y + lean] : [x + lean, 1.2],
      halfWidth: random.between(0.008, 0.035),
      color: jittered(random, random.pick(walls), 0.1),
      opacity: random.between(0.4, 0.9),
    });
  }
  return strokes;
}
