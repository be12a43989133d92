import { expect } from 'chai';
import { expandHalf } from '../../../src/display/half-spectrum.js';
import { naiveMagnitude, naiveTransform } from './naive-dft.js';

const shapes: readonly (readonly [rows: number, cols: number])[] = [
  [1, 1],
  [1, 2],
  [1, 7],
  [1, 8],
  [4, 6],
  [5, 6],
  [4, 7],
  [5, 5],
  [3, 1],
];

describe('expandHalf', () => {
  for (const [rows, cols] of shapes) {
    it(`gives the magnitude of the full ${String(rows)}×${String(cols)} DFT from its half`, () => {
      const signal = Float64Array.from({ length: rows * cols }, (_, i) => Math.sin(3 * i * i + 1) + 0.2 * i);
      const { re, im } = naiveTransform(signal, rows, cols);
      const half = Math.floor(cols / 2) + 1;
      const keep = (full: Float64Array): number[] => Array.from(full).filter((_, i) => i % cols < half);
      const expanded = expandHalf(keep(re), keep(im), rows, half, cols);
      const full = naiveMagnitude(signal, rows, cols);
      full.forEach((value, i) => expect(expanded[i]).to.be.closeTo(value, 1e-11));
    });
  }

  it('says which widths a half spectrum fits', () => {
    expect(() => expandHalf([1, 2], [1, 2], 1, 2, 5)).to.throw(/width 5 has 3 columns, but 2 were given.* 2 or 3/);
    expect(() => expandHalf([1], [1, 2, 3], 1, 3, 5)).to.throw(/\[1, 3\] needs 3 real and imaginary parts, but 1 and 3/);
  });
});
