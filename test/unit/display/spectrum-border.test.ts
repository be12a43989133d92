// Borders of signals before their transforms, against the properties that define them.
import { expect } from 'chai';
import * as pv from '../../../src/index.js';
import type { Preparation } from '../../../src/protocol/spectrum.js';
import { findBorder, prepare } from '../../../src/display/spectrum-border.js';
import { naiveTransform } from './naive-dft.js';

describe('borders of a signal before its transform', () => {
  before(() => pv.setDevice('cpu'));
  const periodic: Preparation = { border: 'periodic', window: 'hann' };

  /** The picture that a prepared half spectrum is of. */
  async function pictureOf(x: pv.Tensor, prepared: Preparation): Promise<Float64Array> {
    const { spectrum } = prepare(x, prepared);
    const back = x.shape.length === 1 ? pv.fft.irfft(spectrum, { n: x.size }) : pv.fft.irfft2(spectrum, { s: x.shape });
    return Float64Array.from(await back.data());
  }

  for (const [rows, cols] of [
    [7, 10],
    [8, 5],
    [2, 6],
    [1, 9],
    [12, 1],
  ] as const) {
    it(`the periodic part of ${rows}×${cols} has the mean of the picture, and its Laplacian without the jumps over the border`, async () => {
      const x = pv.randn([rows, cols], { seed: rows + 10 * cols }).add(pv.arange(cols));
      const [u, p] = [Float64Array.from(await x.data()), await pictureOf(x, periodic)];
      const at = (values: Float64Array, row: number, col: number): number =>
        values[((row + rows) % rows) * cols + ((col + cols) % cols)] ?? NaN;
      expect(p.reduce((a, b) => a + b)).to.be.closeTo(
        u.reduce((a, b) => a + b),
        1e-10,
      );
      for (let row = 0; row < rows; row++)
        for (let col = 0; col < cols; col++) {
          let [around, inside] = [0, 0];
          for (const [dy, dx] of [
            [0, 1],
            [0, -1],
            [1, 0],
            [-1, 0],
          ] as const) {
            around += at(p, row + dy, col + dx) - at(p, row, col);
            // Differences within the picture only.
            const isInside = row + dy >= 0 && row + dy < rows && col + dx >= 0 && col + dx < cols;
            if (isInside) inside += at(u, row + dy, col + dx) - at(u, row, col);
          }
          expect(around, `[${row}, ${col}]`).to.be.closeTo(inside, 1e-10);
        }
    });
  }

  it('a window fades both axes out', async () => {
    const [rows, cols] = [5, 8];
    const x = pv.randn([rows, cols], { seed: 4 });
    const hann = (i: number, n: number): number => 0.5 - 0.5 * Math.cos((2 * Math.PI * i) / n);
    const faded = Float64Array.from(await x.data(), (value, i) => value * hann(Math.floor(i / cols), rows) * hann(i % cols, cols));
    const { re, im } = naiveTransform(faded, rows, cols);
    const found = await prepare(x, { border: 'window', window: 'hann' }).spectrum.data();
    for (let i = 0; i < found.length / 2; i++) {
      const from = Math.floor(i / 5) * cols + (i % 5);
      expect(found[2 * i]).to.be.closeTo(re[from] ?? NaN, 1e-12);
      expect(found[2 * i + 1]).to.be.closeTo(im[from] ?? NaN, 1e-12);
    }
  });

  it('the false cross is named where opposite borders differ, and not in noise nor in what is periodic', async () => {
    const found = (x: pv.Tensor): Promise<string> => findBorder(x, prepare(x, { border: 'none', window: 'hann' }).spectrum);
    const noise = pv.randn([128, 96], { seed: 2 });
    const down = pv.arange(128).reshape([128, 1]);
    const across = pv.arange(96).reshape([1, 96]);
    expect(await found(noise)).to.equal('');
    expect(
      await found(
        noise.add(
          down
            .mul((2 * Math.PI * 5) / 128)
            .cos()
            .mul(40),
        ),
      ),
    ).to.equal('');
    expect(await found(noise.add(down))).to.match(/^False vertical line: .* make the vertical axis \d+\.\d dB brighter/u);
    expect(await found(noise.add(across).add(down))).to.match(/^False cross: /u);
    expect(await found(await pv.image('notebooks/data/ascent.png'))).to.match(/^False .* 5\.5 dB brighter/u);
    expect(await found(pv.arange(100))).to.match(/^Leakage: /u);
    expect(await found(pv.randn([200], { seed: 1 }))).to.equal('');
  });
});
