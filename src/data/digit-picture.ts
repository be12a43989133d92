// Draws scenes: each sample of the picture is looked up on the wall, then all of it is seen through the camera.

import { distanceTo, glyph } from './digit-glyphs.js';
import type { RandomStream } from './random-stream.js';
import { luma, type Clutter, type Color, type Scene } from './digit-scene.js';

/** Draws a scene into `out` from `at` on, as bytes [channel, height, width]. */
export function drawPicture(
  scene: Scene,
  random: RandomStream,
  size: readonly [number, number],
  channels: 1 | 3,
  out: Uint8Array,
  at: number,
): void {
  const [height, width] = size;
  const planes = [0, 1, 2].map(() => new Float64Array(height * width));
  drawWall(scene, random, size, planes);
  const blurred = planes.map((plane) => blur(plane, size, scene.blur * Math.min(height, width)));
  const [red, green, blue] = blurred as [Float64Array, Float64Array, Float64Array];
  const count = height * width;
  for (let i = 0; i < count; i++) {
    // Cameras err in brightness more than in colour.
    const common = scene.noise * random.bell();
    if (channels === 1) out[at + i] = byteOf(luma([red[i]!, green[i]!, blue[i]!]) + common);
    else
      for (let c = 0; c < 3; c++) out[at + c * count + i] = byteOf(blurred[c]![i]! + common + 0.5 * scene.noise * (2 * random.next() - 1));
  }
}

function byteOf(value: number): number {
  return value <= 0 ? 0 : value >= 1 ? 255 : Math.floor(255 * value + 0.5);
}

function drawWall(scene: Scene, random: RandomStream, [height, width]: readonly [number, number], planes: readonly Float64Array[]): void {
  const { view, plate, shadow, ink, halfWidth, light, texture } = scene;
  // The longer side shows more of the wall; distances are those of the shorter.
  const [scaleX, scaleY] = [width / Math.min(width, height), height / Math.min(width, height)];
  // Between samples of the glyphs' grid distances are interpolated, which is exact but for corners and tight curves.
  const density = Math.min(96, Math.max(40, Math.ceil(1.2 * Math.min(width, height))));
  const glyphs = scene.digits.map(({ digit, x, y }) => ({ shape: glyph(scene.hand, digit, density), x, y }));
  /** A sample's width on the wall: edges are as soft as that. */
  const sample = 1 / (scene.height * Math.min(width, height));
  const [coarse, fine] = [unevenness(random, 5), unevenness(random, 13)];
  const inkAt = (x: number, y: number, soft: number): number => {
    let nearest = Infinity;
    for (const { shape, x: left, y: top } of glyphs) nearest = Math.min(nearest, distanceTo(shape, x - left, y - top));
    return coverage(halfWidth - nearest, soft);
  };
  for (let row = 0; row < height; row++)
    for (let column = 0; column < width; column++) {
      const [u, v] = [0.5 + ((column + 0.5) / width - 0.5) * scaleX, 0.5 + ((row + 0.5) / height - 0.5) * scaleY];
      const w = Math.max(0.2, view[6]! * u + view[7]! * v + view[8]!);
      const [x, y] = [(view[0]! * u + view[1]! * v + view[2]!) / w, (view[3]! * u + view[4]! * v + view[5]!) / w];
      const soft = sample / w;
      const uneven = texture * (coarse(u, v) + 0.6 * fine(u, v));
      let [r, g, b] = scene.wall;
      let shade = 1 + uneven - patternAt(scene, x, y, soft);
      const lay = (color: Color, opacity: number): void => {
        r += (color[0] - r) * opacity;
        g += (color[1] - g) * opacity;
        b += (color[2] - b) * opacity;
      };
      if (plate !== null) {
        const inside = Math.min(plate.halfWidth - Math.abs(x), plate.halfHeight - Math.abs(y));
        const covers = coverage(inside, soft);
        lay(plate.color, covers);
        shade += covers * (1 + 0.4 * uneven - shade);
        if (plate.hasFrame) lay(ink, covers * coverage(0.02 - Math.abs(inside - 0.05), soft));
      }
      if (shadow !== null) shade *= 1 - shadow.opacity * inkAt(x - shadow.x, y - shadow.y, 3 * soft);
      const inked = inkAt(x, y, soft);
      lay(ink, inked);
      shade += inked * (1 + 0.3 * uneven - shade);
      shade *= 1 + light[0] * (u - 0.5) + light[1] * (v - 0.5);
      [r, g, b] = [r * shade, g * shade, b * shade];
      for (const stroke of scene.clutter) lay(stroke.color, stroke.opacity * clutterAt(stroke, u, v, 1 / Math.min(width, height)));
      const i = row * width + column;
      [planes[0]![i], planes[1]![i], planes[2]![i]] = [r, g, b];
    }
}

/** How much of a sample something covers whose edge is so far inside it. */
function coverage(inside: number, soft: number): number {
  const share = 0.5 + inside / soft;
  return share <= 0 ? 0 : share >= 1 ? 1 : share;
}

/** How much darker the wall is here: in joints, below the edge of a board. */
function patternAt({ pattern, patternDepth, patternScale }: Scene, x: number, y: number, soft: number): number {
  if (pattern === 'plain') return 0;
  if (pattern === 'lap siding') return patternDepth * (1 - fraction(y / patternScale));
  if (pattern === 'boards') return patternDepth * 1.5 * joint(x / patternScale, patternScale, soft);
  const row = Math.floor(y / (0.5 * patternScale));
  const level = joint(y / (0.5 * patternScale), 0.5 * patternScale, soft);
  const upright = joint(x / (1.4 * patternScale) + (row % 2 === 0 ? 0 : 0.5), 1.4 * patternScale, soft);
  // Mortar is brighter than bricks.
  return -patternDepth * 1.5 * Math.max(level, upright);
}

function fraction(value: number): number {
  return value - Math.floor(value);
}

/** A thin line wherever `position` is whole; a unit of it is `scale` long. */
function joint(position: number, scale: number, soft: number): number {
  const away = Math.abs(fraction(position + 0.5) - 0.5) * scale;
  return coverage(0.02 - away, Math.max(soft, 0.01));
}

function clutterAt({ from, to, halfWidth }: Clutter, u: number, v: number, soft: number): number {
  const [dx, dy] = [to[0] - from[0], to[1] - from[1]];
  const away = Math.abs((u - from[0]) * dy - (v - from[1]) * dx) / Math.sqrt(dx * dx + dy * dy);
  return coverage(halfWidth - away, soft);
}

/** Smooth random heights, −1 to 1, over the picture: values on a grid of so many points, interpolated. */
function unevenness(random: RandomStream, points: number): (u: number, v: number) => number {
  const heights = Float64Array.from({ length: points * points }, () => random.within(1));
  return (u, v) => {
    const [x, y] = [Math.min(Math.max(u, 0), 0.999) * (points - 1), Math.min(Math.max(v, 0), 0.999) * (points - 1)];
    const [i, j] = [x | 0, y | 0];
    const [s, t] = [x - i, y - j];
    const at = j * points + i;
    return (
      (heights[at]! * (1 - s) + heights[at + 1]! * s) * (1 - t) + (heights[at + points]! * (1 - s) + heights[at + points + 1]! * s) * t
    );
  };
}

/** Three means over a box come near a bell of that standard deviation, in samples. Beyond the border the picture goes on as at it. */
function blur(plane: Float64Array, [height, width]: readonly [number, number], deviation: number): Float64Array {
  // A box of width b has the variance (b² − 1) / 12; its ends are weighted so that any width will do.
  const box = Math.sqrt(4 * deviation * deviation + 1);
  const reach = Math.floor((box - 1) / 2) + 1;
  const end = (box - 1) / 2 - (reach - 1);
  let [from, to]: [Float64Array, Float64Array] = [plane, new Float64Array(plane.length)];
  for (let pass = 0; pass < 6; pass++) {
    const isAlong = pass % 2 === 0;
    const [stride, length, lines, step] = isAlong ? [1, width, height, width] : [width, height, width, 1];
    for (let line = 0; line < lines; line++) meanAlong(from, to, line * step, stride, length, reach, end, 1 / box);
    [from, to] = [to, from];
  }
  return from;
}

/** One line of samples, each the sum of those around it, of which the outermost count for `end`, times `scale`. */
function meanAlong(
  from: Float64Array,
  to: Float64Array,
  begin: number,
  stride: number,
  length: number,
  reach: number,
  end: number,
  scale: number,
): void {
  const sample = (i: number): number => from[begin + stride * (i < 0 ? 0 : i >= length ? length - 1 : i)]!;
  for (let i = 0; i < length; i++) {
    const at = begin + stride * i;
    const isInside = i >= reach && i < length - reach;
    let sum = end * (isInside ? from[at - reach * stride]! + from[at + reach * stride]! : sample(i - reach) + sample(i + reach));
    for (let k = 1 - reach; k < reach; k++) sum += isInside ? from[at + k * stride]! : sample(i + k);
    to[at] = sum * scale;
  }
}
