import { expect } from 'chai';
import { encode as packJpeg } from 'jpeg-js';
import { crc32, deflateSync } from 'node:zlib';
import { decodeImage } from '../../../src/data/image-file.js';

// A PNG put together by hand (PNG specification, section 5), so that decoding is not tested against the same library's encoder.
interface PngParts {
  readonly width: number;
  readonly height: number;
  readonly depth: number;
  readonly colorType: number;
  /** The rows, each with its filter byte. */
  readonly rows: readonly number[];
  readonly interlaced?: boolean;
  readonly extra?: readonly (readonly [type: string, content: readonly number[]])[];
}

function chunk(type: string, content: Uint8Array): Buffer {
  const body = Buffer.concat([Buffer.from(type, 'latin1'), content]);
  const bytes = Buffer.alloc(body.length + 8);
  bytes.writeUInt32BE(content.length);
  body.copy(bytes, 4);
  bytes.writeUInt32BE(crc32(body), body.length + 4);
  return bytes;
}

function png({ width, height, depth, colorType, rows, interlaced = false, extra = [] }: PngParts): Uint8Array {
  const header = Buffer.from([0, 0, 0, 0, 0, 0, 0, 0, depth, colorType, 0, 0, interlaced ? 1 : 0]);
  header.writeUInt32BE(width, 0);
  header.writeUInt32BE(height, 4);
  return Buffer.concat([
    Buffer.from('\x89PNG\r\n\x1a\n', 'latin1'),
    chunk('IHDR', header),
    ...extra.map(([type, content]) => chunk(type, Uint8Array.from(content))),
    chunk('IDAT', deflateSync(Uint8Array.from(rows))),
    chunk('IEND', new Uint8Array()),
  ]);
}

function decoded(bytes: Uint8Array): object {
  const { width, height, channels, bitDepth, data } = decodeImage(bytes, 'test.png');
  return { width, height, channels, bitDepth, data: Array.from(data) };
}

describe('decodeImage: PNG', () => {
  it('grey of 8 bits has one channel', () => {
    const bytes = png({ width: 2, height: 2, depth: 8, colorType: 0, rows: [0, 10, 20, 0, 30, 255] });
    expect(decoded(bytes)).to.deep.equal({ width: 2, height: 2, channels: 1, bitDepth: 8, data: [10, 20, 30, 255] });
  });

  it('grey of 16 bits keeps all of them', () => {
    const bytes = png({ width: 2, height: 1, depth: 16, colorType: 0, rows: [0, 0x12, 0x34, 0xff, 0xfe] });
    expect(decoded(bytes)).to.deep.equal({ width: 2, height: 1, channels: 1, bitDepth: 16, data: [0x1234, 0xfffe] });
  });

  it('grey of 1, 2 and 4 bits is widened to 8', () => {
    const one = png({ width: 3, height: 1, depth: 1, colorType: 0, rows: [0, 0b10100000] });
    const two = png({ width: 4, height: 1, depth: 2, colorType: 0, rows: [0, 0b00011011] });
    const four = png({ width: 2, height: 1, depth: 4, colorType: 0, rows: [0, 0x3f] });
    expect(decoded(one)).to.deep.include({ bitDepth: 8, data: [255, 0, 255] });
    expect(decoded(two)).to.deep.include({ bitDepth: 8, data: [0, 85, 170, 255] });
    expect(decoded(four)).to.deep.include({ bitDepth: 8, data: [51, 255] });
  });

  it('colour has three channels, of 8 and of 16 bits', () => {
    const eight = png({ width: 1, height: 1, depth: 8, colorType: 2, rows: [0, 1, 2, 3] });
    const sixteen = png({ width: 1, height: 1, depth: 16, colorType: 2, rows: [0, 1, 0, 2, 0, 3, 0] });
    expect(decoded(eight)).to.deep.include({ channels: 3, data: [1, 2, 3] });
    expect(decoded(sixteen)).to.deep.include({ channels: 3, bitDepth: 16, data: [256, 512, 768] });
  });

  it('alpha makes four channels, with grey repeated', () => {
    const rgba = png({ width: 1, height: 1, depth: 8, colorType: 6, rows: [0, 1, 2, 3, 4] });
    const greyAlpha = png({ width: 1, height: 1, depth: 8, colorType: 4, rows: [0, 9, 128] });
    expect(decoded(rgba)).to.deep.include({ channels: 4, data: [1, 2, 3, 4] });
    expect(decoded(greyAlpha)).to.deep.include({ channels: 4, data: [9, 9, 9, 128] });
  });

  it('a palette gives its colours, and four channels where it has transparency', () => {
    const parts = { width: 2, height: 1, depth: 2, colorType: 3, rows: [0, 0b01000000] };
    const palette = ['PLTE', [1, 2, 3, 200, 100, 50]] as const;
    const opaque = png({ ...parts, extra: [palette] });
    const transparent = png({ ...parts, extra: [palette, ['tRNS', [255, 7]]] });
    expect(decoded(opaque)).to.deep.include({ channels: 3, data: [200, 100, 50, 1, 2, 3] });
    expect(decoded(transparent)).to.deep.include({ channels: 4, data: [200, 100, 50, 7, 1, 2, 3, 255] });
  });

  it('interlaced rows come in order', () => {
    // Adam7 of 2×2: pass 1 holds (0, 0), pass 6 holds (1, 0), pass 7 the second row.
    const rows = [0, 11, 0, 22, 0, 33, 44];
    const bytes = png({ width: 2, height: 2, depth: 8, colorType: 0, rows, interlaced: true });
    expect(decoded(bytes)).to.deep.include({ data: [11, 22, 33, 44] });
  });

  it('is recognized by content, not by name, also inside a larger buffer', () => {
    const bytes = png({ width: 1, height: 1, depth: 8, colorType: 0, rows: [0, 77] });
    const larger = new Uint8Array(bytes.length + 20);
    larger.set(bytes, 13);
    expect(decodeImage(larger.subarray(13, 13 + bytes.length), 'photo.jpg').data[0]).to.equal(77);
  });
});

// One 8×8 block whose only coefficient is DC: with quantizer 8, code 72 stands for 128 + 72·8/8 = 200 (ITU T.81, annexes B and F).
const GREY_JPEG = Uint8Array.from([
  ...[0xff, 0xd8],
  ...[0xff, 0xdb, 0, 67, 0, ...Array.from({ length: 64 }, () => 8)],
  ...[0xff, 0xc0, 0, 11, 8, 0, 8, 0, 8, 1, 1, 0x11, 0],
  ...[0xff, 0xc4, 0, 20, 0x00, 1, ...Array.from({ length: 15 }, () => 0), 7],
  ...[0xff, 0xc4, 0, 20, 0x10, 1, ...Array.from({ length: 15 }, () => 0), 0],
  ...[0xff, 0xda, 0, 8, 1, 1, 0, 0, 63, 0],
  ...[0x48, 0x7f],
  ...[0xff, 0xd9],
]);

describe('decodeImage: JPEG', () => {
  it('grey has one channel', () => {
    const image = decodeImage(GREY_JPEG, 'grey.jpg');
    expect(image).to.include({ width: 8, height: 8, channels: 1, bitDepth: 8 });
    expect(Array.from(image.data)).to.deep.equal(Array.from({ length: 64 }, () => 200));
  });

  it('colour has three channels, near the colours that were packed', () => {
    const pixels = Array.from({ length: 16 * 8 }, () => [200, 60, 20, 255]).flat();
    const packed = packJpeg({ width: 16, height: 8, data: Uint8Array.from(pixels) }, 95).data;
    const image = decodeImage(packed, 'colour.jpg');
    expect(image).to.include({ width: 16, height: 8, channels: 3, bitDepth: 8 });
    expect(image.data.length).to.equal(16 * 8 * 3);
    [200, 60, 20].forEach((value, channel) => expect(image.data[3 * 37 + channel]).to.be.closeTo(value, 4));
  });
});

describe('decodeImage: errors say what was given, what was expected and what to do', () => {
  const grey = png({ width: 2, height: 2, depth: 8, colorType: 0, rows: [0, 1, 2, 0, 3, 4] });
  const ascii = (text: string): Uint8Array => Uint8Array.from(Buffer.from(text, 'latin1'));
  const headerOf = (width: number, height: number): Uint8Array => {
    const bytes = Buffer.from(grey);
    bytes.writeUInt32BE(width, 16);
    bytes.writeUInt32BE(height, 20);
    bytes.writeUInt32BE(crc32(bytes.subarray(12, 29)), 29);
    return bytes;
  };
  const cases: readonly (readonly [what: string, bytes: Uint8Array, expected: RegExp])[] = [
    ['an empty file', new Uint8Array(), /^image: x is empty \(0 bytes\); expected a PNG or JPEG file\. Copy/],
    ['text', ascii('hello world'), /is not a picture \(it starts with "hello wo"\); expected PNG or JPEG\. Check the path/],
    ['other bytes', Uint8Array.of(0, 1, 2), /starts with bytes 00 01 02/],
    ['a GIF', ascii('GIF89a......'), /is a GIF file; expected PNG or JPEG\. Convert it to PNG/],
    ['a WebP', ascii('RIFF\x10\0\0\0WEBPVP8 '), /is a WebP file/],
    ['a BMP', ascii('BM......'), /is a BMP file/],
    ['a TIFF', ascii('II*\0....'), /is a TIFF file/],
    ['an AVIF', ascii('\0\0\0\x20ftypavif'), /is an AVIF file/],
    ['an SVG', ascii('<?xml version="1.0"?><svg/>'), /is an SVG file/],
    ['a PNG cut in its header', grey.subarray(0, 20), /PNG file of 20 bytes that cannot be read: .*It may be damaged or cut short/],
    ['a PNG cut in its pixels', grey.subarray(0, 45), /PNG file .* cannot be read/],
    ['a PNG with a wrong checksum', Buffer.from(grey).fill(9, 43, 46), /PNG file .* cannot be read/],
    ['a PNG of no size', headerOf(0, 5), /its size is 0×5/],
    ['a PNG over the limit', headerOf(40000, 40000), /40000×40000 is over the limit of 100 megapixels\. Scale it down/],
    ['a JPEG without a frame', ascii('\xff\xd8\xff\xe0\0\x04aa'), /JPEG file .* it has no frame header/],
    ['a JPEG cut in its scan', GREY_JPEG.subarray(0, GREY_JPEG.length - 2), /JPEG file .* its end is missing/],
  ];
  for (const [what, bytes, expected] of cases) {
    it(what, () => {
      expect(() => decodeImage(bytes, 'x')).to.throw(expected);
    });
  }
});
