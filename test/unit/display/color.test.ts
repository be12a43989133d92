import { expect } from 'chai';
import { colorTable } from '../../../src/display/color-maps.js';
import { colorize, NAN_COLORS } from '../../../src/display/color.js';

function colorsOf(values: readonly number[], scale: Parameters<typeof colorize>[1]): number[][] {
  const pixels = colorize(Float64Array.from(values), scale);
  return values.map((_, i) => Array.from(pixels.subarray(4 * i, 4 * i + 4)));
}

describe('colorize', () => {
  // The ends and the middle of viridis as published with matplotlib (Smith & van der Walt 2015).
  it('viridis goes from dark violet over teal to yellow', () => {
    const [low, middle, high] = colorsOf([0, 0.5, 1], { min: 0, max: 1, map: 'viridis' });
    expect(low).to.deep.equal([68, 1, 84, 255]);
    expect(high).to.deep.equal([253, 231, 37, 255]);
    [33, 145, 140].forEach((value, channel) => expect(middle?.[channel]).to.be.closeTo(value, 2));
  });

  it('grey keeps all 256 levels of a byte picture', () => {
    const levels = Array.from({ length: 256 }, (_, i) => i / 255);
    const pixels = colorsOf(levels, { min: 0, max: 1, map: 'grey' });
    pixels.forEach(([red], i) => expect(red).to.be.closeTo(i, 1));
    expect(new Set(pixels.map(([red]) => red)).size).to.be.greaterThan(253);
  });

  it('values beyond the range and infinities take the ends of the map', () => {
    const scale = { min: -1, max: 1, map: 'cividis' } as const;
    const [low, high] = colorsOf([-1, 1], scale);
    expect(colorsOf([-7, -Infinity], scale)).to.deep.equal([low, low]);
    expect(colorsOf([7, Infinity], scale)).to.deep.equal([high, high]);
  });

  it('NaN is magenta, hatched where the width is known, and no map contains that colour', () => {
    const [plain] = colorsOf([NaN], { min: 0, max: 1, map: 'grey' });
    expect(plain?.slice(0, 3)).to.deep.equal([...NAN_COLORS.stripe]);
    const values = Array.from({ length: 36 }, () => NaN);
    const hatched = colorsOf(values, { min: 0, max: 1, map: 'grey', width: 6 }).map((pixel) => pixel.slice(0, 3).join());
    expect(new Set(hatched)).to.deep.equal(new Set([NAN_COLORS.stripe.join(), NAN_COLORS.ground.join()]));
    expect(hatched.filter((color) => color === NAN_COLORS.stripe.join()).length).to.equal(18);
    for (const map of ['viridis', 'cividis', 'diverging', 'divergingDark', 'phase', 'grey'] as const) {
      const table = colorTable(map);
      for (let i = 0; i < table.length; i += 3) {
        const distance = NAN_COLORS.stripe.map((value, channel) => Math.abs(value - (table[i + channel] ?? 0)));
        expect(Math.max(...distance), map).to.be.greaterThan(40);
      }
    }
  });

  it('a range of ±1.7·10³⁰⁸ does not overflow, and a range of one value is mid-map', () => {
    const [zero] = colorsOf([0], { min: -1.7e308, max: 1.7e308, map: 'grey' });
    const [only] = colorsOf([5], { min: 5, max: 5, map: 'grey' });
    expect(zero).to.deep.equal([128, 128, 128, 255]);
    expect(only).to.deep.equal([128, 128, 128, 255]);
  });

  it('an unknown map is named, with those there are', () => {
    const map: string = 'jet';
    const call = (): unknown => Reflect.apply(colorTable, undefined, [map]);
    expect(call).to.throw("colour map 'jet' is not known; use one of viridis, cividis, diverging, divergingDark, phase, grey");
  });
});

// OKLab lightness of sRGB bytes (Ottosson 2020), forwards: the map is made with the inverse.
function oklab(bytes: readonly number[]): readonly [number, number, number] {
  const [r = 0, g = 0, b = 0] = bytes.map((byte) => (byte / 255 <= 0.04045 ? byte / 255 / 12.92 : ((byte / 255 + 0.055) / 1.055) ** 2.4));
  const l = Math.cbrt(0.4122214708 * r + 0.5363325363 * g + 0.0514459929 * b);
  const m = Math.cbrt(0.2119034982 * r + 0.6806995451 * g + 0.1073969566 * b);
  const s = Math.cbrt(0.0883024619 * r + 0.2817188376 * g + 0.6299787005 * b);
  return [
    0.2104542553 * l + 0.793617785 * m - 0.0040720468 * s,
    1.9779984951 * l - 2.428592205 * m + 0.4505937099 * s,
    0.0259040371 * l + 0.7827717662 * m - 0.808675766 * s,
  ];
}

describe('the cyclic map for phase', () => {
  const table = colorTable('phase');
  const size = table.length / 3;
  const lab = Array.from({ length: size }, (_, i) => oklab(Array.from(table.subarray(3 * i, 3 * i + 3))));

  it('closes: its last colour is as near to its first as neighbours are', () => {
    const step = (i: number): number => Math.hypot(...[0, 1, 2].map((c) => (lab[(i + 1) % size]?.[c] ?? 0) - (lab[i]?.[c] ?? 0)));
    const steps = lab.map((_, i) => step(i));
    const mean = steps.reduce((sum, value) => sum + value, 0) / size;
    expect(steps[size - 1]).to.be.lessThan(2 * mean);
    // Even steps: bytes round to about ±0.003 in lightness where it is dark.
    expect(Math.max(...steps)).to.be.lessThan(2 * mean);
  });

  it('falls in lightness from ±π to 0 and rises again, the same on both sides', () => {
    for (let i = 1; i < size / 2; i++) {
      expect(lab[i]?.[0]).to.be.at.most((lab[i - 1]?.[0] ?? 0) + 0.004);
      expect(lab[i]?.[0]).to.be.closeTo(lab[size - i]?.[0] ?? 0, 0.05);
    }
    expect((lab[0]?.[0] ?? 0) - (lab[size / 2]?.[0] ?? 0)).to.be.greaterThan(0.6);
  });
});

describe('the diverging map for dark pages', () => {
  const table = colorTable('divergingDark');
  const size = table.length / 3;
  const lab = Array.from({ length: size }, (_, i) => oklab(Array.from(table.subarray(3 * i, 3 * i + 3))));

  it('rises in lightness with |value|, the same on both sides, from a dark neutral middle', () => {
    for (let i = 0; i < size / 2; i++) {
      expect(lab[i]?.[0]).to.be.closeTo(lab[size - 1 - i]?.[0] ?? 0, 0.02);
      if (i > 0) expect(lab[i]?.[0]).to.be.below((lab[i - 1]?.[0] ?? 0) + 0.004);
    }
    const [lightness = 1, a = 1, b = 1] = lab[size / 2] ?? [];
    expect(lightness).to.be.within(0.2, 0.35);
    expect(Math.hypot(a, b)).to.be.below(0.02);
  });

  it('is blue below and red above, in a quarter of its length already', () => {
    expect(lab[Math.round(size / 4)]?.[2], 'b of blue').to.be.below(-0.08);
    expect(lab[Math.round((3 * size) / 4)]?.[1], 'a of red').to.be.above(0.08);
  });
});
