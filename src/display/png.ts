// A PNG encoder for drawings. Flat ink, text and 256-colour maps fit a palette, which makes their files a third of the size that a
// true-colour encoder writes; photographs are written in true colour.
import { crc32, deflateSync } from 'node:zlib';

/** Opaque or transparent pixels: RGBA bytes, rows from the top. */
export interface Pixels {
  readonly width: number;
  readonly height: number;
  readonly data: Uint8Array | Uint8ClampedArray;
}

/** Options of `encodePng`. */
export interface PngOptions {
  /** Pixels per CSS pixel, stored as the physical resolution (96 dpi times this). */
  readonly scale?: number;
  /**
   * Let antialiased edges take the nearest of the 256 most frequent colours, where that changes a channel by more than 16 of 255 in
   * at most a thousandth of the pixels; else let colours that differ by less than 8 be one, where that leaves 256 at most, as of two maps.
   */
  readonly mergeRareColors?: boolean;
}

const PALETTE_SIZE = 256;
// Past this many colours the picture is a photograph: looking for a palette would only cost time.
const MAX_DISTINCT = 6000;
const MAX_MERGE_ERROR = 16;
// Where a bright line crosses a picture its edges have colours of their own, a few pixels each.
const MAX_WRONG_SHARE = 1 / 1000;
/** All but the three last bits of each channel. */
const COARSE_BITS = 0xf8f8f8f8 | 0;
const PIXELS_PER_METER_AT_96_DPI = 3780;

/** Writes pixels as PNG bytes: with a palette where it is exact (or as good, see `mergeRareColors`), else as RGB or RGBA. */
export function encodePng(pixels: Pixels, options: PngOptions = {}): Uint8Array {
  const { width, height, data } = pixels;
  if (!(width > 0 && height > 0) || data.length !== 4 * width * height) {
    throw new Error(
      `encodePng: ${String(data.length)} bytes were given for ${String(width)}×${String(height)} pixels; expected 4 bytes for each pixel`,
    );
  }
  const words = new Uint32Array(width * height);
  const view = new DataView(data.buffer, data.byteOffset, data.byteLength);
  for (let i = 0; i < words.length; i++) words[i] = view.getUint32(4 * i);
  const palette = findPalette(words, options.mergeRareColors ?? false);
  const physical = new DataView(new ArrayBuffer(9));
  const density = Math.round(PIXELS_PER_METER_AT_96_DPI * (options.scale ?? 1));
  physical.setUint32(0, density);
  physical.setUint32(4, density);
  physical.setUint8(8, 1);
  const density9 = chunk('pHYs', new Uint8Array(physical.buffer));
  if (palette) {
    const indices = new Uint8Array(words.length);
    let [last, index] = [NaN, 0];
    words.forEach((word, i) => {
      // Drawings are flat: most pixels are as the one before.
      if (word !== last) [last, index] = [word, palette.index.get(word) ?? 0];
      indices[i] = index;
    });
    return file(header(width, height, 3), density9, ...paletteChunks(palette.colors), imageData(indices, width, 1));
  }
  const channels = words.every((word) => (word & 255) === 255) ? 3 : 4;
  const samples = new Uint8Array(channels * words.length);
  for (let i = 0, to = 0; i < data.length; i += 4) {
    for (let channel = 0; channel < channels; channel++) samples[to++] = data[i + channel] ?? 0;
  }
  return file(header(width, height, channels === 3 ? 2 : 6), density9, imageData(samples, width * channels, channels));
}

interface Palette {
  readonly colors: readonly number[];
  readonly index: ReadonlyMap<number, number>;
}

function findPalette(words: Uint32Array, merge: boolean): Palette | undefined {
  const counts = new Map<number, number>();
  let start = 0;
  for (let i = 1; i <= words.length; i++) {
    const word = words[start] ?? 0;
    if (i < words.length && words[i] === word) continue;
    counts.set(word, (counts.get(word) ?? 0) + i - start);
    if (counts.size > MAX_DISTINCT) return undefined;
    start = i;
  }
  if (counts.size > PALETTE_SIZE && !merge) return undefined;
  const byFrequency = [...counts].sort((a, b) => b[1] - a[1]).map(([word]) => word);
  return nearestPalette(byFrequency, counts, MAX_WRONG_SHARE * words.length) ?? (merge ? coarsePalette(byFrequency) : undefined);
}

/** The most frequent colours, and for the others the nearest of them, where few pixels change much. */
function nearestPalette(byFrequency: readonly number[], counts: ReadonlyMap<number, number>, mostWrong: number): Palette | undefined {
  // In order of value, neighbouring colours get neighbouring indices, which the row filter below turns into small differences.
  const colors = byFrequency.slice(0, PALETTE_SIZE).sort((a, b) => a - b);
  let wrong = 0;
  const index = new Map(colors.map((color, at) => [color, at]));
  for (const word of byFrequency.slice(PALETTE_SIZE)) {
    let best = 0;
    let bestError = Infinity;
    colors.forEach((color, at) => {
      const error = channelError(word, color);
      if (error < bestError) [best, bestError] = [at, error];
    });
    if (bestError > MAX_MERGE_ERROR) wrong += counts.get(word) ?? 0;
    if (wrong > mostWrong) return undefined;
    index.set(word, best);
  }
  return { colors, index };
}

/** Colours that agree in all but the last bits of each channel as one: the most frequent of them. */
function coarsePalette(byFrequency: readonly number[]): Palette | undefined {
  const chosen = new Map<number, number>();
  for (const word of byFrequency) {
    if (!chosen.has(word & COARSE_BITS)) chosen.set(word & COARSE_BITS, word);
    if (chosen.size > PALETTE_SIZE) return undefined;
  }
  const colors = [...chosen.values()].sort((a, b) => a - b);
  const at = new Map(colors.map((color, i) => [color & COARSE_BITS, i]));
  return { colors, index: new Map(byFrequency.map((word) => [word, at.get(word & COARSE_BITS) ?? 0])) };
}

function channelError(a: number, b: number): number {
  let error = 0;
  for (let shift = 0; shift < 32; shift += 8) error = Math.max(error, Math.abs(((a >>> shift) & 255) - ((b >>> shift) & 255)));
  return error;
}

function paletteChunks(colors: readonly number[]): Uint8Array[] {
  const rgb = Uint8Array.from(colors.flatMap((color) => [color >>> 24, (color >>> 16) & 255, (color >>> 8) & 255]));
  const alpha = Uint8Array.from(colors, (color) => color & 255);
  return alpha.every((a) => a === 255) ? [chunk('PLTE', rgb)] : [chunk('PLTE', rgb), chunk('tRNS', alpha)];
}

// Tries the row filters (PNG specification, section 9) over the whole picture and keeps the smallest: none suits flat areas and
// noise, sub and up suit repeated pixels, and the choice by row suits photographs.
function imageData(samples: Uint8Array, stride: number, pixelBytes: number): Uint8Array {
  const candidates = pixelBytes === 1 ? [none, sub, repeatOrSub] : [none, smallest];
  let best: Uint8Array | undefined;
  let fewest = Infinity;
  for (const filter of candidates) {
    const filtered = filterRows(samples, stride, pixelBytes, filter);
    // Which is best shows after little work; the best alone is packed as well as can be.
    const { length } = deflateSync(filtered, { level: 3 });
    if (length < fewest) [best, fewest] = [filtered, length];
  }
  return chunk('IDAT', deflateSync(best ?? new Uint8Array(), { level: 9, memLevel: 9 }));
}

type Row = (samples: Uint8Array, start: number, stride: number, bytes: number, out: Uint8Array) => number;

function filterRows(samples: Uint8Array, stride: number, bytes: number, filter: Row): Uint8Array {
  const rows = samples.length / stride;
  const out = new Uint8Array(rows * (stride + 1));
  for (let row = 0; row < rows; row++) {
    const at = row * (stride + 1);
    out[at] = filter(samples, row * stride, stride, bytes, out.subarray(at + 1, at + 1 + stride));
  }
  return out;
}

const none: Row = (samples, start, stride, _bytes, out) => {
  out.set(samples.subarray(start, start + stride));
  return 0;
};

const sub: Row = (samples, start, stride, bytes, out) => {
  for (let i = 0; i < stride; i++) out[i] = (samples[start + i] ?? 0) - (i < bytes ? 0 : (samples[start + i - bytes] ?? 0));
  return 1;
};

const up: Row = (samples, start, stride, _bytes, out) => {
  for (let i = 0; i < stride; i++) out[i] = (samples[start + i] ?? 0) - (samples[start + i - stride] ?? 0);
  return 2;
};

const repeatOrSub: Row = (samples, start, stride, bytes, out) => {
  if (start > 0) {
    up(samples, start, stride, bytes, out);
    if (out.every((difference) => difference === 0)) return 2;
  }
  return sub(samples, start, stride, bytes, out);
};

const paeth: Row = (samples, start, stride, bytes, out) => {
  for (let i = 0; i < stride; i++) {
    const a = i < bytes ? 0 : (samples[start + i - bytes] ?? 0);
    const b = samples[start + i - stride] ?? 0;
    const c = i < bytes ? 0 : (samples[start + i - stride - bytes] ?? 0);
    const [pa, pb, pc] = [Math.abs(b - c), Math.abs(a - c), Math.abs(a + b - 2 * c)];
    out[i] = (samples[start + i] ?? 0) - (pa <= pb && pa <= pc ? a : pb <= pc ? b : c);
  }
  return 4;
};

const smallest: Row = (samples, start, stride, bytes, out) => {
  const trial = new Uint8Array(stride);
  let bestSum = Infinity;
  let bestType = 0;
  for (const filter of start === 0 ? [sub] : [sub, up, paeth]) {
    const type = filter(samples, start, stride, bytes, trial);
    const sum = trial.reduce((total, byte) => total + (byte < 128 ? byte : 256 - byte), 0);
    if (sum < bestSum) {
      [bestSum, bestType] = [sum, type];
      out.set(trial);
    }
  }
  return bestType;
};

function header(width: number, height: number, colorType: number): Uint8Array {
  const content = new DataView(new ArrayBuffer(13));
  content.setUint32(0, width);
  content.setUint32(4, height);
  content.setUint8(8, 8);
  content.setUint8(9, colorType);
  return chunk('IHDR', new Uint8Array(content.buffer));
}

function chunk(type: string, content: Uint8Array): Uint8Array {
  const bytes = new Uint8Array(12 + content.length);
  const view = new DataView(bytes.buffer);
  view.setUint32(0, content.length);
  bytes.set(Buffer.from(type, 'latin1'), 4);
  bytes.set(content, 8);
  view.setUint32(8 + content.length, crc32(bytes.subarray(4, 8 + content.length)));
  return bytes;
}

function file(...chunks: readonly Uint8Array[]): Uint8Array {
  const signature = Uint8Array.of(0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a);
  return new Uint8Array(Buffer.concat([signature, ...chunks, chunk('IEND', new Uint8Array())]));
}
