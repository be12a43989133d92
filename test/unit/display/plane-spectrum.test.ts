// The transform of small planes against its definition: short lines by sums, long ones in parts.
import { expect } from 'chai';
import { hasQuickSpectrum, planeSpectrum, transformPlane, transformRealPlane } from '../../../src/display/plane-spectrum.js';
import { naiveTransform, sampled } from './naive-dft.js';

function expectSpectrum(x: Float64Array, rows: number, cols: number, re: Float64Array, im: Float64Array): void {
  const wanted = naiveTransform(x, rows, cols);
  // Rounding of sums of n numbers up to 1, with twiddles of half an ulp.
  const tolerance = 1e-15 * rows * cols + 1e-13;
  wanted.re.forEach((value, i) => expect(re[i], `${rows}×${cols}`).to.be.closeTo(value, tolerance));
  wanted.im.forEach((value, i) => expect(im[i], `${rows}×${cols}`).to.be.closeTo(value, tolerance));
}

describe('the transform of a plane', () => {
  const sizes = [
    [1, 1],
    [3, 5],
    [8, 12],
    // On both sides of the length from which lines are taken apart; 131 has no parts.
    [2, 128],
    [2, 130],
    [3, 131],
    [144, 2],
  ] as const;

  it('is the sum of its definition, for every length', () => {
    for (const [rows, cols] of sizes) {
      const x = sampled(rows * cols, (i) => Math.sin(1e3 * (i + 1) ** 1.5));
      const [re, im] = [Float64Array.from(x), new Float64Array(rows * cols)];
      transformPlane(re, im, rows, cols);
      expectSpectrum(x, rows, cols, re, im);
    }
  });

  it('is the same of real planes where half of the columns are taken from the others', () => {
    for (const [rows, cols] of sizes) {
      const x = sampled(rows * cols, (i) => Math.sin(1e3 * (i + 1) ** 1.5));
      const [re, im] = [Float64Array.from(x), new Float64Array(rows * cols)];
      transformRealPlane(re, im, rows, cols);
      expectSpectrum(x, rows, cols, re, im);
    }
    const [re, im] = [Float64Array.of(-1, 0, 0, 0), new Float64Array(4)];
    transformRealPlane(re, im, 1, 4);
    // The angle of a negative number is π, not −π.
    expect(Array.from(re, (value, i) => Math.atan2(im[i]!, value))).to.deep.equal([Math.PI, Math.PI, Math.PI, Math.PI]);
  });

  it('passes lines of zeros by, and no line of anything else', () => {
    const [re, im] = [new Float64Array(4 * 6), new Float64Array(4 * 6)];
    // Only an imaginary part, in the third line.
    im[2 * 6 + 1] = 1;
    transformPlane(re, im, 4, 6);
    for (let k = 0; k < 4; k++)
      for (let l = 0; l < 6; l++) {
        const angle = -2 * Math.PI * ((2 * k) / 4 + l / 6);
        expect(re[k * 6 + l]).to.be.closeTo(-Math.sin(angle), 1e-14);
        expect(im[k * 6 + l]).to.be.closeTo(Math.cos(angle), 1e-14);
      }
  });

  it('is not begun where it would take long', () => {
    expect(hasQuickSpectrum(1, 65537)).to.equal(false);
    expect(planeSpectrum(new Float64Array(65537), 1, 1, 65537)).to.equal(null);
  });
});
