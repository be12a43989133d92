// Image files to pixels: PNG and JPEG, told apart by their content.
import { decode as unpackJpeg } from 'jpeg-js';
import { PNG } from 'pngjs';
import { firstBytes } from './file.js';

/** A decoded picture: interleaved samples, rows from the top, `channels` for each pixel (grey; red, green, blue; and alpha). */
export interface DecodedImage {
  readonly width: number;
  readonly height: number;
  readonly channels: 1 | 3 | 4;
  /** Bits of a sample in `data`, whose full scale is 2^bitDepth − 1. Files of 1, 2 and 4 bits are widened to 8. */
  readonly bitDepth: 8 | 16;
  readonly data: Uint8Array | Uint16Array;
}

/** Larger pictures are refused before memory is taken for them. */
const MAX_MEGAPIXELS = 100;
const MAX_JPEG_MEMORY_MB = 1024;

/**
 * Decodes a PNG (all colour types, 1 to 16 bits, interlaced or not) or a JPEG (baseline or progressive, grey or colour). Grey files
 * give one channel; transparency gives four. A JPEG's orientation tag is not applied.
 * Throws, naming `path`, if the bytes are not such a file, are damaged or cut short, or hold more than 100 megapixels.
 */
export function decodeImage(bytes: Uint8Array, path: string): DecodedImage {
  if (bytes.length === 0) {
    throw new Error(`image: ${path} is empty (0 bytes); expected a PNG or JPEG file. Copy or export it again.`);
  }
  const format = formatOf(bytes);
  if (format !== 'PNG' && format !== 'JPEG') {
    const given =
      format === undefined ? `not a picture (it starts with ${firstBytes(bytes)})` : `${/^[AS]/u.test(format) ? 'an' : 'a'} ${format} file`;
    const advice = format === undefined ? 'Check the path.' : 'Convert it to PNG first.';
    throw new Error(`image: ${path} is ${given}; expected PNG or JPEG. ${advice}`);
  }
  try {
    return format === 'PNG' ? decodePng(bytes) : decodeJpeg(bytes);
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new Error(
      `image: ${path} is a ${format} file of ${String(bytes.length)} bytes that cannot be read: ${reason}. ` +
        (error instanceof TooLarge ? 'Scale it down first.' : 'It may be damaged or cut short; copy or export it again.'),
      { cause: error },
    );
  }
}

class TooLarge extends Error {}

const SIGNATURES: readonly (readonly [name: string, at: number, bytes: string])[] = [
  ['PNG', 0, '\x89PNG\r\n\x1a\n'],
  ['JPEG', 0, '\xff\xd8\xff'],
  ['GIF', 0, 'GIF8'],
  ['WebP', 8, 'WEBP'],
  ['BMP', 0, 'BM'],
  ['TIFF', 0, 'II*\0'],
  ['TIFF', 0, 'MM\0*'],
  ['AVIF', 4, 'ftypavi'],
  ['HEIC', 4, 'ftyphei'],
  ['HEIC', 4, 'ftypmif1'],
  ['JPEG XL', 0, '\xff\x0a'],
  ['JPEG XL', 4, 'JXL '],
  ['JPEG 2000', 4, 'jP  '],
  ['Photoshop', 0, '8BPS'],
  ['PDF', 0, '%PDF'],
];

function formatOf(bytes: Uint8Array): string | undefined {
  const head = Buffer.from(bytes.subarray(0, 64)).toString('latin1');
  const found = SIGNATURES.find(([, at, signature]) => head.startsWith(signature, at));
  if (found) return found[0];
  return /^(?:\xef\xbb\xbf)?\s*<(?:\?xml|svg|!doctype svg)/iu.test(head) ? 'SVG' : undefined;
}

function checkSize(width: number, height: number): void {
  if (width === 0 || height === 0) throw new Error(`its size is ${String(width)}×${String(height)}`);
  if (width * height > MAX_MEGAPIXELS * 1e6) {
    throw new TooLarge(`${String(width)}×${String(height)} is over the limit of ${String(MAX_MEGAPIXELS)} megapixels`);
  }
}

function decodePng(bytes: Uint8Array): DecodedImage {
  if (bytes.length < 33) throw new Error('it ends within its header');
  // The header (PNG specification, 11.2.1): pngjs reports neither depth nor colour type before it has unpacked all pixels.
  const header = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const [width, height, depth, colorType] = [header.getUint32(16), header.getUint32(20), header.getUint8(24), header.getUint8(25)];
  checkSize(width, height);
  const sixteen = depth === 16;
  const file = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const { data } = PNG.sync.read(file, { skipRescale: sixteen });
  if (data.length < 4 * width * height) throw new Error('it ends before its last row');
  const transparent = colorType === 4 || colorType === 6 || hasChunk(header, 'tRNS');
  const channels = transparent ? 4 : colorType === 0 ? 1 : 3;
  const samples = sixteen ? new Uint16Array(channels * width * height) : new Uint8Array(channels * width * height);
  keepChannels(data, 4, samples, channels);
  return { width, height, channels, bitDepth: sixteen ? 16 : 8, data: samples };
}

function hasChunk(file: DataView, type: string): boolean {
  for (let at = 8; at + 12 <= file.byteLength; at += 12 + file.getUint32(at)) {
    const name = String.fromCharCode(...[4, 5, 6, 7].map((i) => file.getUint8(at + i)));
    if (name === type) return true;
  }
  return false;
}

function decodeJpeg(bytes: Uint8Array): DecodedImage {
  const { width, height, components, precision } = jpegFrame(bytes);
  checkSize(width, height);
  if (precision !== 8) throw new Error(`its samples have ${String(precision)} bits; expected 8`);
  const decoded = unpackJpeg(bytes, {
    useTArray: true,
    formatAsRGBA: false,
    maxResolutionInMP: MAX_MEGAPIXELS,
    maxMemoryUsageInMB: MAX_JPEG_MEMORY_MB,
  });
  const channels = components === 1 ? 1 : 3;
  const samples = new Uint8Array(channels * width * height);
  keepChannels(decoded.data, 3, samples, channels);
  return { width, height, channels, bitDepth: 8, data: samples };
}

// Walks the segments (ITU T.81, annex B) to the frame header and looks for the scan's end, without which the file was cut short.
function jpegFrame(bytes: Uint8Array): { width: number; height: number; components: number; precision: number } {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  for (let at = 2; at + 4 <= bytes.length;) {
    const marker = view.getUint16(at);
    const isFrame = marker >= 0xffc0 && marker <= 0xffcf && marker !== 0xffc4 && marker !== 0xffc8 && marker !== 0xffcc;
    if (marker === 0xffff) {
      at++;
    } else if (isFrame && at + 10 <= bytes.length) {
      if (!hasEndMarker(bytes, at)) throw new Error('its end is missing');
      const [height, width] = [view.getUint16(at + 5), view.getUint16(at + 7)];
      return { precision: view.getUint8(at + 4), height, width, components: view.getUint8(at + 9) };
    } else {
      at += 2 + view.getUint16(at + 2);
    }
  }
  throw new Error('it has no frame header');
}

// Searched for from behind, because cameras append data after it, and only after the frame header, because a thumbnail before it
// has an end marker of its own.
function hasEndMarker(bytes: Uint8Array, frame: number): boolean {
  for (let at = bytes.length - 2; at > frame; at--) {
    if (bytes[at] === 0xff && bytes[at + 1] === 0xd9) return true;
  }
  return false;
}

function keepChannels(from: ArrayLike<number>, stride: number, to: Uint8Array | Uint16Array, channels: number): void {
  for (let pixel = 0, at = 0; at < to.length; pixel++) {
    for (let channel = 0; channel < channels; channel++) to[at++] = from[pixel * stride + channel] ?? 0;
  }
}
