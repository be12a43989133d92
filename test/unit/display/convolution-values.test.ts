// Convolutions over spectra against sums by definition, and what wraps around against the difference of both.
import { expect } from 'chai';
import {
  convolutionSteps,
  describeWrap,
  fullConvolution,
  periodOf,
  turned,
  validPart,
  wrapAround,
  zerosNeeded,
  type RealPlane,
} from '../../../src/display/convolution-values.js';

/** Positive numbers, so that nothing cancels. */
const positive = (rows: number, cols: number, seed = 1): RealPlane => ({
  rows,
  cols,
  values: Float64Array.from({ length: rows * cols }, (_, i) => 1 + ((i * 7 + seed * 13) % 11)),
});

/** The circular convolution by definition. */
function circular(x: RealPlane, h: RealPlane, rows: number, cols: number): Float64Array {
  const y = new Float64Array(rows * cols);
  for (let r = 0; r < rows; r++)
    for (let c = 0; c < cols; c++)
      for (let i = 0; i < h.rows; i++)
        for (let j = 0; j < h.cols; j++) {
          const [sr, sc] = [(r - i + rows) % rows, (c - j + cols) % cols];
          if (sr < x.rows && sc < x.cols)
            y[r * cols + c] = (y[r * cols + c] ?? 0) + (h.values[i * h.cols + j] ?? 0) * (x.values[sr * x.cols + sc] ?? 0);
        }
  return y;
}

/** The linear one by definition, at a pixel. */
function linear(x: RealPlane, h: RealPlane, r: number, c: number): number {
  let sum = 0;
  for (let i = 0; i < h.rows; i++)
    for (let j = 0; j < h.cols; j++) {
      const [sr, sc] = [r - i, c - j];
      if (sr >= 0 && sc >= 0 && sr < x.rows && sc < x.cols) sum += (h.values[i * h.cols + j] ?? 0) * (x.values[sr * x.cols + sc] ?? 0);
    }
  return sum;
}

const cases = [
  { x: positive(8, 8), h: positive(3, 3, 2) },
  { x: positive(5, 9), h: positive(4, 2, 2) },
  { x: positive(4, 4), h: positive(6, 3, 2) },
  { x: positive(1, 12), h: positive(1, 5, 2) },
];

describe('convolution over the spectra', () => {
  it('is the circular one, and with as many zeros as are needed the linear one', () => {
    for (const { x, h } of cases) {
      for (let zeros = 0; zeros < 6; zeros++) {
        const [rows, cols] = periodOf([x.rows, x.cols], [h.rows, h.cols], [zeros, zeros]);
        const { result } = convolutionSteps(x, h, rows, cols);
        // Sums of up to 24 products of up to 121, over transforms of float64.
        circular(x, h, rows, cols).forEach((value, i) => expect(result.values[i], `${rows}×${cols}`).to.be.closeTo(value, 1e-10));
      }
      const needed = [zerosNeeded(x.rows, h.rows), zerosNeeded(x.cols, h.cols)] as const;
      const [rows, cols] = periodOf([x.rows, x.cols], [h.rows, h.cols], needed);
      expect([rows, cols]).to.deep.equal([x.rows + h.rows - 1, x.cols + h.cols - 1]);
      convolutionSteps(x, h, rows, cols).result.values.forEach((value, i) =>
        expect(value).to.be.closeTo(linear(x, h, Math.floor(i / cols), i % cols), 1e-10),
      );
    }
  });

  it('has products of the spectra by definition in between', () => {
    const [x, h] = [positive(3, 4), positive(2, 2, 2)];
    const { imageSpectrum, kernelSpectrum, product } = convolutionSteps(x, h, 4, 5);
    const dft = ({ rows, cols, values }: RealPlane, k: number, l: number): [number, number] => {
      let [re, im] = [0, 0];
      for (let r = 0; r < rows; r++)
        for (let c = 0; c < cols; c++) {
          const angle = -2 * Math.PI * ((k * r) / 4 + (l * c) / 5);
          re += (values[r * cols + c] ?? 0) * Math.cos(angle);
          im += (values[r * cols + c] ?? 0) * Math.sin(angle);
        }
      return [re, im];
    };
    for (let bin = 0; bin < 20; bin++) {
      const [a, b] = [dft(x, Math.floor(bin / 5), bin % 5), dft(h, Math.floor(bin / 5), bin % 5)];
      expect(imageSpectrum.re[bin]).to.be.closeTo(a[0], 1e-12);
      expect(kernelSpectrum.im[bin]).to.be.closeTo(b[1], 1e-12);
      expect(product.re[bin]).to.be.closeTo(a[0] * b[0] - a[1] * b[1], 1e-10);
      expect(product.im[bin]).to.be.closeTo(a[0] * b[1] + a[1] * b[0], 1e-10);
    }
  });

  it('has all of the linear result by sums', () => {
    for (const { x, h } of cases) {
      const { rows, cols, values } = fullConvolution(x, h);
      expect([rows, cols]).to.deep.equal([x.rows + h.rows - 1, x.cols + h.cols - 1]);
      values.forEach((value, i) => expect(value).to.equal(linear(x, h, Math.floor(i / cols), i % cols)));
    }
  });
});

describe('what wraps around', () => {
  it('are the pixels where the circular result differs from the linear one, by as much', () => {
    for (const { x, h } of cases) {
      const full = fullConvolution(x, h);
      for (let zeros = 0; zeros < 6; zeros++) {
        const [rows, cols] = periodOf([x.rows, x.cols], [h.rows, h.cols], [zeros, zeros]);
        const { mask, period, same, valid, largest } = wrapAround(x, h, full, rows, cols);
        const y = circular(x, h, rows, cols);
        const differs = Array.from(y, (value, i) => Math.abs(value - linear(x, h, Math.floor(i / cols), i % cols)));
        expect([...mask], `${zeros} zeros`).to.deep.equal(differs.map((by) => (by > 1e-9 ? 1 : 0)));
        expect(period).to.equal(differs.filter((by) => by > 1e-9).length);
        expect(largest).to.be.closeTo(Math.max(...differs), 1e-9);
        // A pixel of the cropped result lies at its place modulo the period.
        const wrong = (top: number, left: number, height: number, width: number): number => {
          let count = 0;
          for (let r = top; r < top + height; r++)
            for (let c = left; c < left + width; c++)
              if (Math.abs((y[(r % rows) * cols + (c % cols)] ?? NaN) - linear(x, h, r, c)) > 1e-9) count++;
          return count;
        };
        expect(same, 'same').to.equal(wrong(Math.floor((h.rows - 1) / 2), Math.floor((h.cols - 1) / 2), x.rows, x.cols));
        const part = validPart(x, h);
        expect(valid, 'valid').to.equal(wrong(part.top, part.left, part.rows, part.cols));
      }
    }
  });

  it('leaves out what only meets zeros', () => {
    // The last two rows and columns of the image are 0: nothing of them reaches the other side.
    const x = positive(8, 8);
    x.values.forEach((_, i) => (Math.floor(i / 8) > 5 || i % 8 > 5 ? (x.values[i] = 0) : undefined));
    const h = positive(3, 3, 2);
    const { mask, period, largest } = wrapAround(x, h, fullConvolution(x, h), 8, 8);
    expect([period, largest, mask.reduce((sum, value) => sum + value, 0)]).to.deep.equal([0, 0, 0]);
    expect(describeWrap({ image: [8, 8], kernel: [3, 3], period: [8, 8] }, { period, same: 0, valid: 0, largest })[0]).to.match(
      /^Nothing wraps around, because edges are 0/u,
    );
  });

  it('finds a pixel that is reached though what reaches it cancels', () => {
    const x = { rows: 1, cols: 4, values: Float64Array.of(1, 1, 1, 1) };
    const h = { rows: 1, cols: 3, values: Float64Array.of(1, 1, -1) };
    const { mask, largest } = wrapAround(x, h, fullConvolution(x, h), 1, 4);
    // full: 1, 2, 1, 1, 0, −1. The 0 falls on the first pixel, which it does not change, the −1 on the second.
    expect([...mask]).to.deep.equal([1, 1, 0, 0]);
    expect(largest).to.equal(1);
  });

  it('is said in numbers', () => {
    const { x, h } = cases[0] as (typeof cases)[0];
    const wrap = wrapAround(x, h, fullConvolution(x, h), 8, 8);
    const [first, second] = describeWrap({ image: [8, 8], kernel: [3, 3], period: [8, 8] }, wrap);
    // Two rows and two columns: 2·8 + 2·6.
    expect(first).to.match(
      /^28 of 64 pixels hold what wrapped around, wrong by up to \d+: the period is 8×8 and the whole result 10×10\.$/u,
    );
    expect(second).to.equal("Of 'same', as large as the image: 28. Of 'valid', which no edge takes part in: none.");
  });
});

describe('a kernel turned by 180°', () => {
  it('makes of a convolution a correlation', () => {
    const [x, w] = [positive(6, 7), positive(3, 2, 4)];
    const y = fullConvolution(x, turned(w));
    const { top, left, rows, cols } = validPart(x, w);
    for (let r = 0; r < rows; r++)
      for (let c = 0; c < cols; c++) {
        let sum = 0;
        for (let i = 0; i < 3; i++) for (let j = 0; j < 2; j++) sum += (w.values[2 * i + j] ?? 0) * (x.values[(r + i) * 7 + c + j] ?? 0);
        expect(y.values[(r + top) * y.cols + c + left]).to.equal(sum);
      }
  });
});
