// Values to pixels.
import { colorTable, type ColorMap } from './color-maps.js';

export type { ColorMap } from './color-maps.js';

/** NaN is hatched in these two, so that it is never taken for a value: no map here contains magenta. */
export const NAN_COLORS = { stripe: [199, 21, 133], ground: [250, 214, 238] } as const;
/** Period of the NaN hatching in pixels, along the diagonal. */
export const NAN_PERIOD = 6;

/** How values become colours: `min` and `max` take the map's ends; values beyond them, and ±∞, take the nearer end. */
export interface ColorScale {
  readonly min: number;
  readonly max: number;
  readonly map: ColorMap;
  /** Columns in a row of `values`, for hatching NaN diagonally; without it NaN is plain magenta. */
  readonly width?: number;
}

/** Colours values by a scale. Returns RGBA bytes, four per value, opaque. A scale of no extent puts its one value mid-map. */
export function colorize(values: Float64Array, scale: ColorScale): Uint8ClampedArray {
  const table = colorTable(scale.map);
  const pixels = new Uint8ClampedArray(4 * values.length);
  for (let i = 0; i < values.length; i++) {
    const value = values[i] ?? NaN;
    const offset = 4 * i;
    if (Number.isNaN(value)) {
      const [red, green, blue] = nanColor(i, scale.width);
      pixels[offset] = red;
      pixels[offset + 1] = green;
      pixels[offset + 2] = blue;
    } else {
      const entry = 3 * tableIndex(value, scale, table.length / 3);
      pixels[offset] = table[entry] ?? 0;
      pixels[offset + 1] = table[entry + 1] ?? 0;
      pixels[offset + 2] = table[entry + 2] ?? 0;
    }
    pixels[offset + 3] = 255;
  }
  return pixels;
}

/** The NaN colour of the pixel at `index` in rows of `width` pixels. */
export function nanColor(index: number, width: number | undefined): readonly [number, number, number] {
  if (width === undefined) return NAN_COLORS.stripe;
  const diagonal = (index % width) + Math.floor(index / width);
  return diagonal % NAN_PERIOD < NAN_PERIOD / 2 ? NAN_COLORS.stripe : NAN_COLORS.ground;
}

/** Red, green, blue bytes as CSS text. */
export function rgb(bytes: readonly number[]): string {
  return `rgb(${bytes.join(',')})`;
}

/** A map's colour at t in [0, 1] as `#rrggbb`, for drawings. */
export function colorAt(map: ColorMap, t: number): string {
  const table = colorTable(map);
  const entry = 3 * tableIndex(t, { min: 0, max: 1 }, table.length / 3);
  const bytes = [table[entry] ?? 0, table[entry + 1] ?? 0, table[entry + 2] ?? 0];
  return `#${bytes.map((byte) => byte.toString(16).padStart(2, '0')).join('')}`;
}

function tableIndex(value: number, { min, max }: { readonly min: number; readonly max: number }, size: number): number {
  if (value < min) return 0;
  if (value > max) return size - 1;
  if (min === max) return size / 2;
  // Halves first: max − min overflows for a range like ±1.7·10³⁰⁸.
  const t = (value / 2 - min / 2) / (max / 2 - min / 2);
  return Math.min(size - 1, Math.floor(t * size));
}
