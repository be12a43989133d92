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
  /** Does not pack at all: for a picture that is decoded at once, as within a drawing. */
  readonly isTransient?: boolean;
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
  if (options.isTransient) {
    const bytes = new Uint8Array(data.buffer, data.byteOffset, data.length);
    const rows = filterRows(bytes, 4 * width, 4, none);
    return file(header(width, height, 6), chunk('IDAT', deflateSync(rows, { level: 0 })));
  }
  const words = wordsOf(data);
  const palette = findPalette(words, options.mergeRareColors ?? false);
  const physical = new DataView(new ArrayBuffer(9));
  const density = Math.round(PIXELS_PER_METER_AT_96_DPI * (options.scale ?? 1));
  physical.setUint32(0, density);
  physical.setUint32(4, density);
  physical.setUint8(8, 1);
  const density9 = chunk('pHYs', new Uint8Array(physical.buffer));
  if (palette) {
    return file(header(width, height, 3), density9, ...paletteChunks(palette.colors), imageData(palette.indices, width, 1));
  }
  const channels = words.every((word) => (word & 255) === 255) ? 3 : 4;
  const samples = new Uint8Array(channels * words.length);
  for (let i = 0, to = 0; i < data.length; i += 4) {
    for (let channel = 0; channel < channels; channel++) samples[to++] = data[i + channel] ?? 0;
  }
  return file(header(width, height, channels === 3 ? 2 : 6), density9, imageData(samples, width * channels, channels));
}

/** Pixels as numbers 0xRRGGBBAA, signed: as keys of maps those are several times as fast. */
function wordsOf(data: Uint8Array | Uint8ClampedArray): Int32Array {
  const copy = Buffer.from(data);
  copy.swap32();
  return new Int32Array(copy.buffer, copy.byteOffset, copy.length / 4);
}

interface Palette {
  readonly colors: readonly number[];
  readonly index: ReadonlyMap<number, number>;
}

/** The colours of a picture and of each pixel which of them it has; undefined where they are too many. */
function findPalette(words: Int32Array, merge: boolean): { readonly colors: readonly number[]; readonly indices: Uint8Array } | undefined {
  const distinct = new Map<number, number>();
  const counts = new Uint32Array(MAX_DISTINCT);
  const slots = new Uint16Array(words.length);
  let [last, slot] = [NaN, 0];
  for (let i = 0; i < words.length; i++) {
    const word = words[i] as number;
    // Drawings are flat: most pixels are as the one before.
    if (word !== last) {
      const known = distinct.get(word);
      slot = known ?? distinct.size;
      if (known === undefined && slot === MAX_DISTINCT) return undefined;
      if (known === undefined) distinct.set(word, slot);
      last = word;
    }
    slots[i] = slot;
    counts[slot]!++;
  }
  if (distinct.size > PALETTE_SIZE && !merge) return undefined;
  const countOf = (word: number): number => counts[distinct.get(word) as number] as number;
  const byFrequency = [...distinct.keys()].sort((a, b) => countOf(b) - countOf(a));
  const palette = nearestPalette(byFrequency, countOf, MAX_WRONG_SHARE * words.length) ?? (merge ? coarsePalette(byFrequency) : undefined);
  if (palette === undefined) return undefined;
  const table = Uint8Array.from(distinct.keys(), (word) => palette.index.get(word) as number);
  const indices = new Uint8Array(words.length);
  for (let i = 0; i < slots.length; i++) indices[i] = table[slots[i] as number] as number;
  return { colors: palette.colors, indices };
}

/** The most frequent colours, and for the others the nearest of them, where few pixels change much. */
function nearestPalette(byFrequency: readonly number[], countOf: (word: number) => number, mostWrong: number): Palette | undefined {
  // In order of value, neighbouring colours get neighbouring indices, which the row filter below turns into small differences.
  const colors = byFrequency.slice(0, PALETTE_SIZE).sort(byValue);
  let wrong = 0;
  const index = new Map(colors.map((color, at) => [color, at]));
  for (const word of byFrequency.slice(PALETTE_SIZE)) {
    const best = nearestColor(word, colors);
    if (channelError(word, colors[best] as number) > MAX_MERGE_ERROR) wrong += countOf(word);
    if (wrong > mostWrong) return undefined;
    index.set(word, best);
  }
  return { colors, index };
}

/** A plain loop: it is the first thing that a kernel does a million times, before it is compiled. */
function nearestColor(word: number, colors: readonly number[]): number {
  let best = 0;
  let bestError = Infinity;
  for (let at = 0; at < colors.length; at++) {
    const error = channelError(word, colors[at] as number);
    if (error < bestError) {
      best = at;
      bestError = error;
    }
  }
  return best;
}

/** Colours that agree in all but the last bits of each channel as one: the most frequent of them. */
function coarsePalette(byFrequency: readonly number[]): Palette | undefined {
  const chosen = new Map<number, number>();
  for (const word of byFrequency) {
    if (!chosen.has(word & COARSE_BITS)) chosen.set(word & COARSE_BITS, word);
    if (chosen.size > PALETTE_SIZE) return undefined;
  }
  const colors = [...chosen.values()].sort(byValue);
  const at = new Map(colors.map((color, i) => [color & COARSE_BITS, i]));
  return { colors, index: new Map(byFrequency.map((word) => [word, at.get(word & COARSE_BITS) ?? 0])) };
}

function byValue(a: number, b: number): number {
  return (a >>> 0) - (b >>> 0);
}

function channelError(a: number, b: number): number {
  const red = Math.abs((a >>> 24) - (b >>> 24));
  const green = Math.abs(((a >>> 16) & 255) - ((b >>> 16) & 255));
  const blue = Math.abs(((a >>> 8) & 255) - ((b >>> 8) & 255));
  const alpha = Math.abs((a & 255) - (b & 255));
  return Math.max(red, green, blue, alpha);
}

function paletteChunks(colors: readonly number[]): Uint8Array[] {
  const rgb = Uint8Array.from(colors.flatMap((color) => [color >>> 24, (color >>> 16) & 255, (color >>> 8) & 255]));
  const alpha = Uint8Array.from(colors, (color) => color & 255);
  return alpha.every((a) => a === 255) ? [chunk('PLTE', rgb)] : [chunk('PLTE', rgb), chunk('tRNS', alpha)];
}

// Tries the row filters (PNG specification, section 9) on the picture and keeps the smallest: none suits flat areas and noise, sub
// and up suit repeated pixels, and the choice by row suits photographs.
function imageData(samples: Uint8Array, stride: number, pixelBytes: number): Uint8Array {
  const candidates = pixelBytes === 1 ? [none, sub, repeatOrSub] : [none, smallest];
  let best: Row = none;
  let fewest = Infinity;
  for (const filter of candidates) {
    // Which is best shows after little work on some bands of rows.
    const { length } = deflateSync(filterRows(samples, stride, pixelBytes, filter, isInBand), { level: 3 });
    if (length < fewest) [best, fewest] = [filter, length];
  }
  return chunk('IDAT', deflateSync(filterRows(samples, stride, pixelBytes, best), { level: 9, memLevel: 9 }));
}

/** A quarter of the rows, in bands that repeat themselves as the whole picture does. */
const isInBand = (row: number): boolean => row % 64 < 16;

type Row = (samples: Uint8Array, start: number, stride: number, bytes: number, out: Uint8Array) => number;

function filterRows(samples: Uint8Array, stride: number, bytes: number, filter: Row, isWanted = (_row: number) => true): Uint8Array {
  const rows = Array.from({ length: samples.length / stride }, (_, row) => row).filter(isWanted);
  const out = new Uint8Array(rows.length * (stride + 1));
  rows.forEach((row, i) => {
    const at = i * (stride + 1);
    out[at] = filter(samples, row * stride, stride, bytes, out.subarray(at + 1, at + 1 + stride));
  });
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
  const isRepeat = start > 0 && Buffer.compare(samples.subarray(start, start + stride), samples.subarray(start - stride, start)) === 0;
  return isRepeat ? up(samples, start, stride, bytes, out) : sub(samples, start, stride, bytes, out);
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
