// What the views of kernels and convolutions are made of, without a page.
import { expect } from 'chai';
import { shortNumber } from '../../../webview/renderers/kernels/code.js';
import { NumberEntry } from '../../../webview/renderers/kernels/number-entry.js';
import { sourcesOf, targetsOf, type Part } from '../../../webview/renderers/convolution/window.js';

describe('pixels that make another', () => {
  /** Each pixel of parts, and whether it lies on the other side. */
  const pixelsOf = (parts: readonly Part[]): string[] =>
    parts
      .flatMap(({ row, col, rows, cols, isWrapped }) =>
        Array.from({ length: rows * cols }, (_, i) => `${row + Math.floor(i / cols)},${col + (i % cols)},${isWrapped}`),
      )
      .sort();

  it('are those of the sum, each once, and those that a pixel takes part in are the same turned around', () => {
    for (const [kernel, period] of [
      [
        [3, 2],
        [7, 5],
      ],
      [
        [4, 4],
        [4, 6],
      ],
      [
        [1, 5],
        [1, 9],
      ],
    ] as const) {
      for (let row = 0; row < period[0]; row++) {
        for (let col = 0; col < period[1]; col++) {
          const [sources, targets]: [string[], string[]] = [[], []];
          for (let i = 0; i < kernel[0]; i++)
            for (let j = 0; j < kernel[1]; j++) {
              const [y, x] = [row - i, col - j];
              sources.push(`${(y + period[0]) % period[0]},${(x + period[1]) % period[1]},${y < 0 || x < 0}`);
              targets.push(`${(row + i) % period[0]},${(col + j) % period[1]},${row + i >= period[0] || col + j >= period[1]}`);
            }
          expect(pixelsOf(sourcesOf(row, col, kernel, period)), `to [${row}, ${col}]`).to.deep.equal(sources.sort());
          expect(pixelsOf(targetsOf(row, col, kernel, period)), `from [${row}, ${col}]`).to.deep.equal(targets.sort());
        }
      }
    }
  });
});

describe('a number that is typed', () => {
  /** What becomes of keys. */
  const typed = (
    ...keys: string[]
  ): { readonly taken: number[]; readonly nudged: number[]; readonly shown: string; readonly obeyed: boolean[] } => {
    const [taken, nudged]: [number[], number[]] = [[], []];
    let shown = '';
    const entry = new NumberEntry({ take: (value) => taken.push(value), nudge: (by) => nudged.push(by), show: (text) => (shown = text) });
    return { taken, nudged, obeyed: keys.map((key) => entry.obey(key)), shown };
  };

  it('is taken by Enter, with sign and exponent', () => {
    expect(typed('1', '.', '5', 'Enter').taken).to.deep.equal([1.5]);
    expect(typed('2', '-', 'Enter').taken).to.deep.equal([-2]);
    expect(typed('2', '-', '-', 'Enter').taken).to.deep.equal([2]);
    expect(typed('3', 'e', '-', '2', 'Enter').taken).to.deep.equal([0.03]);
    expect(typed('1', '2', 'Backspace', 'Enter').taken).to.deep.equal([1]);
  });

  it('is forgotten by Escape and by keys that lead elsewhere, and nothing is taken of what is none', () => {
    expect(typed('1', 'Escape', 'Enter').taken).to.deep.equal([]);
    expect(typed('1', 'ArrowUp')).to.deep.include({ shown: '', obeyed: [true, false] });
    expect(typed('1', '.', '.', 'Enter').taken).to.deep.equal([]);
    expect(typed('7')).to.include({ shown: '7' });
  });

  it('is a step up or down where only a sign is typed', () => {
    expect(typed('+', '-', '=').nudged).to.deep.equal([1, -1, 1]);
    expect(typed('Enter', 'x').obeyed).to.deep.equal([false, false]);
  });
});

describe('numbers in code', () => {
  it('are the shortest that a float32 tells from its neighbours', () => {
    for (const value of [0.1, 1 / 3, -2.5, 1e-30, 16777216, 0.333, Math.PI, 0]) {
      const text = shortNumber(Math.fround(value));
      expect(Math.fround(Number(text)), text).to.equal(Math.fround(value));
      expect(text.replace(/\D/gu, '').length, text).to.be.at.most(12);
    }
    expect([0.1, -2.5, 1 / 3, -0, NaN, -Infinity].map((value) => shortNumber(Math.fround(value)))).to.deep.equal([
      '0.1',
      '-2.5',
      '0.33333334',
      '0',
      'NaN',
      '-Infinity',
    ]);
  });
});
