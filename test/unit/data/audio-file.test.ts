import { expect } from 'chai';
import { decodeWav } from '../../../src/data/audio-file.js';

// WAV files put together by hand, by the definition of the format.
type Chunk = readonly [type: string, content: readonly number[]];

/** A number in `count` bytes, the lowest first; negative ones as their complement to two. */
function little(value: number, count: number): number[] {
  const whole = value < 0 ? value + 2 ** (8 * count) : value;
  return Array.from({ length: count }, (_, i) => Math.floor(whole / 2 ** (8 * i)) % 256);
}

function riff(chunks: readonly Chunk[], form = 'WAVE'): Uint8Array {
  const body = chunks.flatMap(([type, content]) => [
    ...Buffer.from(type, 'latin1'),
    ...little(content.length, 4),
    ...content,
    ...(content.length % 2 === 1 ? [0] : []),
  ]);
  return Uint8Array.from([...Buffer.from('RIFF'), ...little(body.length + 4, 4), ...Buffer.from(form), ...body]);
}

interface FormatParts {
  readonly tag: number;
  readonly bits: number;
  readonly channels?: number;
  readonly sampleRate?: number;
  readonly blockBytes?: number;
}

function format({ tag, bits, channels = 1, sampleRate = 8000, blockBytes = (channels * bits) / 8 }: FormatParts): Chunk {
  const fields = [tag, channels, sampleRate, sampleRate * blockBytes, blockBytes, bits];
  return ['fmt ', fields.flatMap((value, i) => little(value, i === 2 || i === 3 ? 4 : 2))];
}

/** WAVE_FORMAT_EXTENSIBLE: valid bits, speakers, and a GUID that begins with the tag. */
function extensible(parts: FormatParts & { readonly validBits: number }): Chunk {
  const [type, content] = format({ ...parts, tag: 0xfffe });
  const rest = [0x00, 0x00, 0x10, 0x00, 0x80, 0x00, 0x00, 0xaa, 0x00, 0x38, 0x9b, 0x71];
  return [type, [...content, ...little(22, 2), ...little(parts.validBits, 2), ...little(3, 4), ...little(parts.tag, 4), ...rest]];
}

const pcm = (values: readonly number[], bytes: number): Chunk => ['data', values.flatMap((value) => little(value, bytes))];

function floats(values: readonly number[], bits: 32 | 64): Chunk {
  const bytes = new DataView(new ArrayBuffer((values.length * bits) / 8));
  values.forEach((value, i) => (bits === 32 ? bytes.setFloat32(4 * i, value, true) : bytes.setFloat64(8 * i, value, true)));
  return ['data', [...new Uint8Array(bytes.buffer)]];
}

function decoded(...chunks: readonly Chunk[]): object {
  const { sampleRate, channels, data } = decodeWav(riff(chunks), 'test.wav');
  return { sampleRate, channels, data: Array.from(data) };
}

const failure = (bytes: Uint8Array): (() => unknown) => {
  return () => decodeWav(bytes, 'test.wav');
};

describe('decodeWav', () => {
  it('integers of 8 bits are unsigned, with silence at 128', () => {
    const sound = decoded(format({ tag: 1, bits: 8 }), ['data', [0, 64, 128, 255]]);
    expect(sound).to.deep.equal({ sampleRate: 8000, channels: 1, data: [-1, -0.5, 0, 127 / 128] });
  });

  it('integers of 16, 24 and 32 bits are signed, with −1 as their most negative value', () => {
    for (const bytes of [2, 3, 4]) {
      const full = 2 ** (8 * bytes - 1);
      const values = [-full, -full / 2, -1, 0, 1, full / 4 + 257, full - 1];
      const sound = decoded(format({ tag: 1, bits: 8 * bytes }), pcm(values, bytes));
      expect(sound, `${bytes} bytes`).to.deep.include({ data: values.map((value) => value / full) });
    }
  });

  it('integers of 20 bits stand in the upper bits of three bytes', () => {
    const sound = decoded(format({ tag: 1, bits: 20, blockBytes: 3 }), pcm([-(2 ** 19) * 16, 2 ** 18 * 16], 3));
    expect(sound).to.deep.include({ data: [-1, 0.5] });
  });

  it('floating-point samples stay as they are, also beyond full scale', () => {
    const values = [0.1, -2.5, 1e-9, 1];
    expect(decoded(format({ tag: 3, bits: 32 }), floats(values, 32))).to.deep.include({ data: values.map(Math.fround) });
    expect(decoded(format({ tag: 3, bits: 64 }), floats(values, 64))).to.deep.include({ data: values });
  });

  it('interleaved channels are put one behind the other', () => {
    const sound = decoded(format({ tag: 1, bits: 16, channels: 3, sampleRate: 96_000 }), pcm([1, 2, 3, 4, 5, 6], 2));
    expect(sound).to.deep.equal({ sampleRate: 96_000, channels: 3, data: [1, 4, 2, 5, 3, 6].map((value) => value / 2 ** 15) });
  });

  it('the extensible format holds integers or floating-point numbers, as its sub-format says', () => {
    const whole = decoded(extensible({ tag: 1, bits: 32, validBits: 24 }), pcm([-(2 ** 31), 2 ** 30], 4));
    expect(whole).to.deep.include({ data: [-1, 0.5] });
    const real = decoded(extensible({ tag: 3, bits: 32, channels: 2, validBits: 32 }), floats([0.25, -0.5], 32));
    expect(real).to.deep.include({ channels: 2, data: [0.25, -0.5] });
  });

  it('chunks of other kinds are passed over, with the byte that fills up an odd size', () => {
    const sound = decoded(
      ['LIST', [1, 2, 3]],
      format({ tag: 1, bits: 8 }),
      ['fact', [1, 0, 0, 0]],
      ['data', [128, 192, 64]],
      ['id3 ', [9]],
    );
    expect(sound).to.deep.include({ data: [0, 0.5, -0.5] });
  });

  it('data whose size was not known in advance reach to the end of the file', () => {
    const bytes = riff([format({ tag: 1, bits: 16 }), pcm([2 ** 14, -(2 ** 14)], 2)]);
    bytes.fill(0xff, 40, 44);
    expect(Array.from(decodeWav(bytes, 'test.wav').data)).to.deep.equal([0.5, -0.5]);
  });

  it('compressed samples are named, with the command that unpacks them', () => {
    for (const [tag, name] of [
      [2, 'Microsoft ADPCM'],
      [0x11, 'IMA ADPCM'],
      [7, 'µ-law'],
      [0x55, 'MP3'],
      [0x1234, 'an unknown format \\(0x1234\\)'],
    ] as const) {
      const bytes = riff([format({ tag, bits: 4, blockBytes: 256 }), ['data', [0, 0]]]);
      expect(failure(bytes)).to.throw(
        new RegExp(`test\\.wav is a WAV file that holds ${name}, not plain samples\\. Convert it: ffmpeg -i "test\\.wav" .*out\\.wav`),
      );
    }
    expect(failure(riff([format({ tag: 3, bits: 16 }), ['data', [0, 0]]]))).to.throw('floating-point numbers of 16 bits');
    expect(failure(riff([format({ tag: 1, bits: 64 }), ['data', [0, 0]]]))).to.throw('integers of 64 bits');
  });

  it('other files are named', () => {
    const of = (text: string): Uint8Array => Uint8Array.from(Buffer.from(text, 'latin1'));
    expect(failure(of('ID3\x04 and so on'))).to.throw(/test\.wav is an MP3 file; expected WAV\. Convert it: ffmpeg/);
    expect(failure(of('fLaC\0\0\0\x22'))).to.throw('is a FLAC file');
    expect(failure(riff([], 'AVI '))).to.throw('is a RIFF file of type "AVI "');
    expect(failure(of('hello sound'))).to.throw('is not a sound (it starts with "hello so"); expected WAV. Check the path.');
    expect(failure(of(''))).to.throw('test.wav is empty (0 bytes)');
  });

  it('damaged files say what does not fit', () => {
    const whole = riff([format({ tag: 1, bits: 16 }), pcm([1, 2, 3, 4], 2)]);
    expect(failure(whole.subarray(0, -3))).to.throw(
      /of 49 bytes that cannot be read: it should hold 8 bytes of samples, but 5 are there\. It may be damaged/,
    );
    expect(failure(whole.subarray(0, 30))).to.throw('its chunk "fmt " should hold 16 bytes, but 10 are there');
    expect(failure(whole.subarray(0, 36))).to.throw('it has no samples');
    expect(failure(riff([]))).to.throw('it has no format');
    expect(failure(riff([['data', [0, 0]]]))).to.throw('its samples come before their format');
    expect(failure(riff([['fmt ', [1, 0]]]))).to.throw('its format takes 2 bytes, but must take at least 16');
    expect(failure(riff([format({ tag: 0xfffe, bits: 16 })]))).to.throw('its extensible format takes 16 bytes, but must take 40');
    expect(failure(riff([format({ tag: 1, bits: 16 }), ['data', []]]))).to.throw('it has no samples');
    expect(failure(riff([format({ tag: 1, bits: 16 }), ['data', [0, 0, 0]]]))).to.throw(
      'its samples end within one: 3 bytes, 2 for each moment',
    );
    expect(failure(riff([format({ tag: 1, bits: 16, channels: 0 })]))).to.throw('it has 0 channels of 8000 samples a second');
    expect(failure(riff([format({ tag: 1, bits: 16, blockBytes: 4 })]))).to.throw(
      '1 samples of 16 bits should take 2 bytes, but its format says 4',
    );
  });
});
