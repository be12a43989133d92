// WAV files to samples. The format: RIFF with the chunks `fmt ` and `data` ("Multimedia Programming Interface and Data Specifications 1.0",
// Microsoft and IBM 1991), and WAVE_FORMAT_EXTENSIBLE ("Multiple Channel Audio Data and WAVE Files", Microsoft 2007).

import { firstBytes } from './file.js';

/** A decoded sound: its channels one behind the other. */
export interface DecodedAudio {
  /** Samples a second, of each channel. */
  readonly sampleRate: number;
  readonly channels: number;
  /** [channels, samples], integers scaled by 2^(1 − bits). */
  readonly data: Float64Array<ArrayBuffer>;
}

interface Format {
  readonly isFloat: boolean;
  readonly channels: number;
  readonly sampleRate: number;
  /** Bytes of one sample of one channel. */
  readonly width: number;
}

/** Other files that people take for WAV, by how they begin. */
const SIGNATURES: readonly (readonly [name: string, at: number, bytes: string])[] = [
  ['an MP3', 0, 'ID3'],
  ['an MP3', 0, '\xff\xfb'],
  ['a FLAC', 0, 'fLaC'],
  ['an Ogg', 0, 'OggS'],
  ['an AIFF', 0, 'FORM'],
  ['an MP4', 4, 'ftyp'],
  ['a Matroska or WebM', 0, '\x1a\x45\xdf\xa3'],
  ['an AU', 0, '.snd'],
  ['an RF64', 0, 'RF64'],
  ['a big-endian WAV', 0, 'RIFX'],
];

const [PCM, FLOAT, EXTENSIBLE] = [1, 3, 0xfffe];

/** Format tags of samples that are not plain numbers (mmreg.h). */
const COMPRESSED: Readonly<Record<number, string>> = {
  2: 'Microsoft ADPCM',
  6: 'A-law',
  7: 'µ-law',
  0x11: 'IMA ADPCM',
  0x31: 'GSM 6.10',
  0x50: 'MPEG',
  0x55: 'MP3',
  0xff: 'AAC',
  0x161: 'Windows Media',
};

/** A size of data that was not known when the header was written: what is there counts. */
const UNKNOWN_SIZE = 0xffffffff;

class WrongFormat extends Error {}

/**
 * Decodes a WAV file with integers of 8 to 32 bits or floating-point numbers of 32 or 64, of any number of channels. Chunks with other things than samples are
 * passed over. Throws, naming `path`, if the bytes are not such a file, are damaged or cut short, or hold compressed samples.
 */
export function decodeWav(bytes: Uint8Array, path: string): DecodedAudio {
  if (bytes.length === 0) throw new Error(`audio: ${path} is empty (0 bytes); expected a WAV file. Copy or export it again.`);
  const convert = `Convert it: ffmpeg -i ${JSON.stringify(path)} -c:a pcm_s16le out.wav`;
  const head = Buffer.from(bytes.subarray(0, 12)).toString('latin1');
  if (!/^RIFF[^]{4}WAVE/u.test(head)) {
    const other = head.startsWith('RIFF') ? `a RIFF file of type ${JSON.stringify(head.slice(8))}` : nameOf(head);
    if (other === undefined)
      throw new Error(`audio: ${path} is not a sound (it starts with ${firstBytes(bytes)}); expected WAV. Check the path.`);
    throw new Error(`audio: ${path} is ${other}; expected WAV. ${convert}`);
  }
  try {
    return decodeChunks(bytes);
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    if (error instanceof WrongFormat) throw new Error(`audio: ${path} is a WAV file that holds ${reason}. ${convert}`, { cause: error });
    throw new Error(
      `audio: ${path} is a WAV file of ${bytes.length} bytes that cannot be read: ${reason}. It may be damaged or cut short; copy or export it again.`,
      { cause: error },
    );
  }
}

function nameOf(head: string): string | undefined {
  const name = SIGNATURES.find(([, at, signature]) => head.startsWith(signature, at))?.[0];
  return name === undefined ? undefined : `${name} file`;
}

function decodeChunks(bytes: Uint8Array): DecodedAudio {
  const file = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  let format: Format | null = null;
  // A chunk of odd size is followed by a byte that its size leaves out.
  for (let at = 12; at + 8 <= bytes.length;) {
    const type = Buffer.from(bytes.subarray(at, at + 4)).toString('latin1');
    const size = file.getUint32(at + 4, true);
    const there = bytes.length - at - 8;
    if (type === 'data') {
      if (format === null) throw new Error('its samples come before their format');
      if (size > there && size !== UNKNOWN_SIZE) throw new Error(`it should hold ${size} bytes of samples, but ${there} are there`);
      return samplesOf(new DataView(file.buffer, file.byteOffset + at + 8, Math.min(size, there)), format);
    }
    if (size > there) throw new Error(`its chunk ${JSON.stringify(type)} should hold ${size} bytes, but ${there} are there`);
    if (type === 'fmt ') format = formatOf(new DataView(file.buffer, file.byteOffset + at + 8, size));
    at += 8 + size + (size % 2);
  }
  throw new Error(`it has no ${format === null ? 'format' : 'samples'}`);
}

function formatOf(chunk: DataView): Format {
  if (chunk.byteLength < 16) throw new Error(`its format takes ${chunk.byteLength} bytes, but must take at least 16`);
  const given = chunk.getUint16(0, true);
  if (given === EXTENSIBLE && chunk.byteLength < 40)
    throw new Error(`its extensible format takes ${chunk.byteLength} bytes, but must take 40`);
  // The first two bytes of the sub-format are the tag that would otherwise stand in front.
  const tag = given === EXTENSIBLE ? chunk.getUint16(24, true) : given;
  const [channels, sampleRate] = [chunk.getUint16(2, true), chunk.getUint32(4, true)];
  const [blockBytes, bits] = [chunk.getUint16(12, true), chunk.getUint16(14, true)];
  if (tag !== PCM && tag !== FLOAT)
    throw new WrongFormat(`${COMPRESSED[tag] ?? `an unknown format (0x${tag.toString(16).padStart(4, '0')})`}, not plain samples`);
  const isFloat = tag === FLOAT;
  const width = Math.ceil(bits / 8);
  if (isFloat ? bits !== 32 && bits !== 64 : width < 1 || width > 4)
    throw new WrongFormat(`${isFloat ? 'floating-point numbers' : 'integers'} of ${bits} bits`);
  if (channels === 0 || sampleRate === 0) throw new Error(`it has ${channels} channels of ${sampleRate} samples a second`);
  if (blockBytes !== channels * width)
    throw new Error(`${channels} samples of ${bits} bits should take ${channels * width} bytes, but its format says ${blockBytes}`);
  return { isFloat, channels, sampleRate, width };
}

function samplesOf(bytes: DataView, { isFloat, channels, sampleRate, width }: Format): DecodedAudio {
  const samples = bytes.byteLength / (channels * width);
  if (samples === 0) throw new Error('it has no samples');
  if (!Number.isInteger(samples))
    throw new Error(`its samples end within one: ${bytes.byteLength} bytes, ${channels * width} for each moment`);
  const read = isFloat ? floatReader(bytes, width) : integerReader(bytes, width);
  const data = new Float64Array(channels * samples);
  for (let i = 0, at = 0; i < samples; i++) for (let c = 0; c < channels; c++, at += width) data[c * samples + i] = read(at);
  return { sampleRate, channels, data };
}

function floatReader(bytes: DataView, width: number): (at: number) => number {
  return width === 4 ? (at) => bytes.getFloat32(at, true) : (at) => bytes.getFloat64(at, true);
}

// Fewer bits than fill their bytes stand in the upper ones, so the scale is that of whole bytes. Eight bits alone are unsigned, 128 is silence.
function integerReader(bytes: DataView, width: number): (at: number) => number {
  if (width === 1) return (at) => (bytes.getUint8(at) - 128) / 2 ** 7;
  if (width === 2) return (at) => bytes.getInt16(at, true) / 2 ** 15;
  if (width === 3) return (at) => ((bytes.getInt8(at + 2) << 16) | bytes.getUint16(at, true)) / 2 ** 23;
  return (at) => bytes.getInt32(at, true) / 2 ** 31;
}
