import { expect } from 'chai';
import { PNG } from 'pngjs';
import { colorTable } from '../../../src/display/color-maps.js';
import { encodePng } from '../../../src/display/png.js';

function roundTrip(width: number, height: number, color: (i: number) => readonly number[], merge = false): [PNG, Buffer, number[]] {
  const data = Uint8Array.from(Array.from({ length: width * height }, (_, i) => color(i)).flat());
  const bytes = Buffer.from(encodePng({ width, height, data }, { scale: 2, mergeRareColors: merge }));
  return [PNG.sync.read(bytes), bytes, Array.from(data)];
}

/** PNG's colour type byte: 2 is RGB, 3 is a palette, 6 is RGBA. */
const colorType = (bytes: Buffer): number | undefined => bytes[25];

describe('encodePng', () => {
  it('is exact with few colours, by a palette, with transparency too', () => {
    const [image, bytes, data] = roundTrip(37, 21, (i) => [(i * 7) % 10, i % 3, 200, i % 2 === 0 ? 255 : 60]);
    expect(colorType(bytes)).to.equal(3);
    expect(Array.from(image.data)).to.deep.equal(data);
  });

  it('is exact with many colours, in RGB or RGBA', () => {
    const [opaque, opaqueBytes, opaqueData] = roundTrip(64, 50, (i) => [i & 255, (i * 31) & 255, i >> 4, 255]);
    expect(colorType(opaqueBytes)).to.equal(2);
    expect(Array.from(opaque.data)).to.deep.equal(opaqueData);
    const [clear, clearBytes, clearData] = roundTrip(64, 50, (i) => [i & 255, (i * 31) & 255, i >> 4, i & 255]);
    expect(colorType(clearBytes)).to.equal(6);
    expect(Array.from(clear.data)).to.deep.equal(clearData);
  });

  it('repeated rows, as in enlarged pictures, survive the row filters', () => {
    const [image, , data] = roundTrip(40, 40, (i) => [Math.floor((i % 40) / 4) * 9, Math.floor(i / 160) * 11, 5, 255]);
    expect(Array.from(image.data)).to.deep.equal(data);
  });

  it('merges rare colours only where told to, and changes no channel by more than 16', () => {
    const color = (i: number): number[] => (i < 300 ? [(i % 200) + 3, 40 + (i % 9), 90, 255] : [(i % 200) + 3, 40, 90, 255]);
    expect(colorType(roundTrip(100, 100, color)[1])).to.equal(2);
    const [image, bytes, data] = roundTrip(100, 100, color, true);
    expect(colorType(bytes)).to.equal(3);
    expect(Math.max(...data.map((value, i) => Math.abs(value - (image.data[i] ?? 0))))).to.be.at.most(16);
  });

  it('takes two maps of many colours in one palette where told to, and changes no channel by more than 7', () => {
    const maps = [colorTable('viridis'), colorTable('diverging')];
    const color = (i: number): number[] => {
      const table = maps[Math.floor(i / 192) % 2] ?? new Uint8Array();
      const at = 3 * (i % (table.length / 3));
      return [...table.subarray(at, at + 3), 255];
    };
    expect(colorType(roundTrip(100, 100, color)[1])).to.equal(2);
    const [image, bytes, data] = roundTrip(100, 100, color, true);
    expect(colorType(bytes)).to.equal(3);
    expect(Math.max(...data.map((value, i) => Math.abs(value - (image.data[i] ?? 0))))).to.be.at.most(7);
  });

  it('does not pack what is decoded at once, and is exact', () => {
    const data = Uint8Array.from({ length: 4 * 30 * 20 }, (_, i) => (i * 37) & 255);
    const bytes = Buffer.from(encodePng({ width: 30, height: 20, data }, { isTransient: true }));
    expect(bytes.length).to.be.above(data.length);
    expect(PNG.sync.read(bytes).data).to.deep.equal(Buffer.from(data));
  });

  it('stores the resolution: 2 px for each CSS px is 192 dpi', () => {
    const [, bytes] = roundTrip(1, 1, () => [1, 2, 3, 255]);
    const at = bytes.indexOf('pHYs');
    expect(bytes.readUInt32BE(at + 4)).to.be.closeTo(192 / 0.0254, 1);
  });

  it('refuses data that does not fit the size', () => {
    expect(() => encodePng({ width: 2, height: 2, data: new Uint8Array(15) })).to.throw(
      'encodePng: 15 bytes were given for 2×2 pixels; expected 4 bytes for each pixel',
    );
  });
});
