// The colour maps as tables of colours. viridis, cividis and the diverging map come from d3-scale-chromatic; the cyclic map for
// phase is made here, because the cyclic ones there (rainbow, sinebow) are not perceptually even.
import { interpolateCividis, interpolateRdBu, interpolateViridis } from 'd3-scale-chromatic';

/**
 * `viridis` and `cividis` for magnitudes, `diverging` (blue, neutral, red) for signed values, `divergingDark` for the same on a dark
 * page, where a white middle would outshine the ends, `phase` (cyclic) for angles, `grey` for images.
 */
export type ColorMap = 'viridis' | 'cividis' | 'diverging' | 'divergingDark' | 'phase' | 'grey';

// Too many to tell neighbours apart, and few enough to share a PNG palette with the colours of text.
const TABLE_SIZE = 192;
// Pictures keep their 256 levels exactly; the greys of text fall among them.
const GREY_LEVELS = 256;

const makers: Readonly<Record<ColorMap, () => Uint8Array>> = {
  viridis: () => tabulate((t) => parseColor(interpolateViridis(t))),
  cividis: () => tabulate((t) => parseColor(interpolateCividis(t))),
  diverging: () => tabulate((t) => parseColor(interpolateRdBu(1 - t))),
  divergingDark: () => tabulate(darkDiverging),
  phase: phaseTable,
  grey: () => tabulate((t) => [255 * t, 255 * t, 255 * t], GREY_LEVELS),
};
const tables = new Map<ColorMap, Uint8Array>();

/** The map's colours as [red, green, blue] bytes, from its low to its high end. Throws on a name that is not a map. */
export function colorTable(map: ColorMap): Uint8Array {
  let table = tables.get(map);
  if (table === undefined) {
    if (!Object.hasOwn(makers, map)) {
      throw new Error(`colour map '${String(map)}' is not known; use one of ${Object.keys(makers).join(', ')}`);
    }
    table = makers[map]();
    tables.set(map, table);
  }
  return table;
}

type Rgb = readonly [number, number, number];

function tabulate(color: (t: number) => Rgb, size = TABLE_SIZE): Uint8Array {
  const table = new Uint8Array(3 * size);
  for (let i = 0; i < size; i++) table.set(color(i / (size - 1)).map(Math.round), 3 * i);
  return table;
}

// d3 writes colours as '#rrggbb' or 'rgb(r, g, b)'.
function parseColor(text: string): Rgb {
  const hex = /^#([0-9a-f]{2})([0-9a-f]{2})([0-9a-f]{2})$/iu.exec(text);
  const parts = hex ? hex.slice(1).map((part) => parseInt(part, 16)) : (text.match(/[\d.]+/gu) ?? []).map(Number);
  return [parts[0] ?? 0, parts[1] ?? 0, parts[2] ?? 0];
}

// In OKLab: from light blue over saturated blue down to a near black middle, and up again over red to light red. Lightness rises with
// |value| on both sides alike, so that equal amounts look equally strong.
const DARK_MIDDLE = [0.27, 0, 0] as const;
const DARK_ARMS = {
  blue: [
    [0.56, -0.045, -0.145],
    [0.86, -0.045, -0.065],
  ],
  red: [
    [0.56, 0.145, 0.075],
    [0.86, 0.065, 0.045],
  ],
} as const;

function darkDiverging(t: number): Rgb {
  const [half, end] = DARK_ARMS[t < 0.5 ? 'blue' : 'red'];
  const strength = Math.abs(2 * t - 1);
  const [from, to, part] = strength < 0.5 ? [DARK_MIDDLE, half, 2 * strength] : [half, end, 2 * strength - 1];
  const mix = (i: 0 | 1 | 2): number => from[i] + part * (to[i] - from[i]);
  return oklabToSrgb([mix(0), mix(1), mix(2)]);
}

// A closed loop in OKLab (Ottosson 2020): an ellipse from near white at ±π over blue to near black at 0, and back over brick red,
// so lightness tells |phase| and hue its sign. Walked at equal steps of arc length, so equal phase steps look equally large.
const LOOP = { lightness: 0.56, swing: 0.35, blue: [-0.02, -0.125], red: [0.095, 0.055] } as const;

function phaseTable(): Uint8Array {
  const steps = 4096;
  const points = Array.from({ length: steps + 1 }, (_, i) => loopPoint((2 * Math.PI * i) / steps));
  const lengths = [0];
  for (let i = 1; i <= steps; i++) {
    const [p = [0, 0, 0], q = [0, 0, 0]] = [points[i - 1], points[i]];
    lengths.push((lengths[i - 1] ?? 0) + Math.hypot(q[0] - p[0], q[1] - p[1], q[2] - p[2]));
  }
  const total = lengths[steps] ?? 1;
  const table = new Uint8Array(3 * TABLE_SIZE);
  let at = 0;
  for (let i = 0; i < TABLE_SIZE; i++) {
    while ((lengths[at + 1] ?? total) < (total * i) / TABLE_SIZE) at++;
    table.set(oklabToSrgb(points[at] ?? [0, 0, 0]), 3 * i);
  }
  return table;
}

function loopPoint(angle: number): Rgb {
  const lightness = LOOP.lightness + LOOP.swing * Math.cos(angle);
  const chroma = Math.abs(Math.sin(angle));
  const [a, b] = Math.sin(angle) >= 0 ? LOOP.blue : LOOP.red;
  return [lightness, chroma * a, chroma * b];
}

function oklabToSrgb([lightness, a, b]: Rgb): Rgb {
  const l = (lightness + 0.3963377774 * a + 0.2158037573 * b) ** 3;
  const m = (lightness - 0.1055613458 * a - 0.0638541728 * b) ** 3;
  const s = (lightness - 0.0894841775 * a - 1.291485548 * b) ** 3;
  return [
    gamma(4.0767416621 * l - 3.3077115913 * m + 0.2309699292 * s),
    gamma(-1.2684380046 * l + 2.6097574011 * m - 0.3413193965 * s),
    gamma(-0.0041960863 * l - 0.7034186147 * m + 1.707614701 * s),
  ];
}

function gamma(linear: number): number {
  const encoded = linear <= 0.0031308 ? 12.92 * linear : 1.055 * linear ** (1 / 2.4) - 0.055;
  return Math.round(255 * Math.min(1, Math.max(0, encoded)));
}
