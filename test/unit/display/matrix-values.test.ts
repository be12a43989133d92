// The structure of matrices that are what they are by construction, with rounding as of float32, and of ones that nearly are.
import { expect } from 'chai';
import { describeMatrix, matrixFacts, type Matrix } from '../../../src/display/matrix-values.js';
import * as pv from '../../../src/index.js';
import { numbers } from '../../devices.js';
import { shown } from './shown.js';

type Entry = (i: number, j: number) => number | readonly [number, number];

/** A matrix by its entries, with an error of 10⁻⁷ of each. */
function made(rows: number, cols: number, entry: Entry): Matrix {
  const entries = Array.from({ length: rows * cols }, (_, at) => entry(Math.floor(at / cols), at % cols));
  const parts = entries.some((value) => typeof value !== 'number') ? 2 : 1;
  const errors = numbers(7, 2 * rows * cols);
  const values = entries.flatMap((value) => (parts === 1 ? [value as number] : typeof value === 'number' ? [value, 0] : [...value]));
  return { values: Float64Array.from(values, (value, i) => value * (1 + 1e-7 * errors[i]!)), rows, cols, parts };
}

const kernel = numbers(3, 64);
const turn =
  (n: number, sign: 1 | -1): Entry =>
  (i, j) => [Math.cos((2 * Math.PI * i * j) / n), sign * Math.sin((2 * Math.PI * i * j) / n)];
/** The transform of planes of h by w, their rows one after the other. */
const planeTurn =
  (h: number, w: number, sign: 1 | -1): Entry =>
  (i, j) => {
    const turns = (Math.floor(i / w) * Math.floor(j / w)) / h + ((i % w) * (j % w)) / w;
    return [Math.cos(2 * Math.PI * turns), sign * Math.sin(2 * Math.PI * turns)];
  };
const rotation = [1, 0, 0, 0, 0.6, -0.8, 0, 0.8, 0.6];

describe('the structure of a matrix', () => {
  const cases: readonly (readonly [names: readonly string[], matrix: Matrix])[] = [
    [['zero'], made(3, 4, () => 0)],
    [['identity'], made(4, 4, (i, j) => Number(i === j))],
    [['multiple of the identity', '3.00 times orthogonal'], made(4, 4, (i, j) => 3 * Number(i === j))],
    [['diagonal'], made(4, 4, (i, j) => (i === j ? i + 1 : 0))],
    [['discrete Fourier transform', 'symmetric', '3.46 times unitary'], made(12, 12, turn(12, -1))],
    [['inverse discrete Fourier transform', 'symmetric', '2.24 times unitary'], made(5, 5, turn(5, 1))],
    [['circulant (circular convolution)'], made(7, 7, (i, j) => kernel[(i - j + 7) % 7]!)],
    [['Toeplitz (convolution)'], made(6, 9, (i, j) => kernel[i - j + 20]!)],
    [['Toeplitz (convolution)', 'lower triangular'], made(6, 6, (i, j) => (i >= j ? kernel[i - j]! : 0))],
    [
      ['block Toeplitz with Toeplitz blocks of 4 × 4 (convolution of planes)'],
      made(12, 12, (i, j) => kernel[(Math.floor(i / 4) - Math.floor(j / 4) + 2) * 8 + (i % 4) - (j % 4) + 3]!),
    ],
    [
      ['block circulant with circulant blocks of 4 × 4 (circular convolution of planes)'],
      made(12, 12, (i, j) => kernel[((Math.floor(i / 4) - Math.floor(j / 4) + 3) % 3) * 8 + ((i - j + 12) % 4)]!),
    ],
    [['discrete Fourier transform of planes of 3 × 4', 'symmetric', '3.46 times unitary'], made(12, 12, planeTurn(3, 4, -1))],
    [['inverse discrete Fourier transform of planes of 4 × 2', 'symmetric', '2.83 times unitary'], made(8, 8, planeTurn(4, 2, 1))],
    [['upper triangular'], made(5, 5, (i, j) => (i <= j ? kernel[i * 5 + j]! : 0))],
    [['symmetric'], made(5, 5, (i, j) => kernel[Math.min(i, j) * 5 + Math.max(i, j)]!)],
    [['Hermitian'], made(4, 4, (i, j) => [kernel[i * j]!, i === j ? 0 : Math.sign(i - j) * kernel[20 + i + j]!])],
    [['Toeplitz (convolution)', 'antisymmetric'], made(4, 4, (i, j) => kernel[Math.abs(i - j)]! * Math.sign(i - j))],
    [['orthogonal'], made(3, 3, (i, j) => rotation[3 * i + j]!)],
    [[], made(5, 8, (i, j) => kernel[i * 8 + j]!)],
  ];
  for (const [names, matrix] of cases)
    it(`is found: ${names.join(', ') || 'none'}`, () => {
      expect(matrixFacts(matrix).names).to.deep.equal(names);
    });

  it('is not claimed where one entry is off', () => {
    for (const [names, matrix] of cases) {
      if (names.length === 0 || names[0] === 'zero' || matrix.rows < 4) continue;
      const at = (3 * matrix.cols + 2) * matrix.parts;
      const values = matrix.values.slice();
      values[at]! += 0.01;
      expect(matrixFacts({ ...matrix, values }).names, names.join()).to.not.include(names[0]);
    }
  });

  it('tells how much is filled, and in which diagonals', () => {
    const facts = matrixFacts(made(10, 10, (i, j) => (Math.abs(i - j) <= 1 ? 1 + i : 0)));
    expect(facts).to.include({ filled: 28, below: 1, above: 1 });
    expect(describeMatrix(facts, 10, 10)).to.deep.equal([
      'No structure that is known by name',
      '28% of the entries are not zero, in 3 diagonals',
    ]);
  });

  it('is not looked for where entries are NaN or infinite', () => {
    expect(matrixFacts({ values: Float64Array.of(1, NaN, 0, 1), rows: 2, cols: 2, parts: 1 }).names).to.deep.equal([]);
  });
});

describe('show.matrix', () => {
  before(() => pv.setDevice('cpu'));

  const matrix = pv.show.matrix as (...args: readonly unknown[]) => ReturnType<typeof pv.show.matrix>;

  it('finds the Fourier transform in what fft makes of the identity', async () => {
    const { result, text } = await shown(() => matrix(pv.fft.fft(pv.eye(16), { norm: 'ortho' }), { title: 'F' }));
    expect(result.names).to.deep.equal(['discrete Fourier transform', 'symmetric', 'unitary']);
    expect(text).to.match(/^F \(16 × 16 · complex128 · cpu\)\nDiscrete Fourier transform, symmetric, unitary\nNo entry is zero$/);
  });

  it('takes the first of several, and a single row', async () => {
    expect((await shown(() => matrix(pv.zeros([3, 2, 4])))).text).to.match(
      /2 × 4 · first of 3 · float64[^]*Zero\n0% of the entries are not zero/,
    );
    expect((await shown(() => matrix(pv.tensor([[1, 2, 3]])))).result.names).to.deep.equal([]);
  });

  it('draws complex entries that are NaN or infinite', async () => {
    const { text } = await shown(() =>
      matrix(
        pv.complex(
          pv.tensor([
            [1, NaN],
            [Infinity, 0],
          ]),
          1,
        ),
      ),
    );
    expect(text).to.match(/No structure that is known by name/);
  });

  for (const [args, message] of [
    [[[[1]]], /show.matrix: expects a tensor/],
    [[pv.zeros([3])], /expects \[rows, columns\], but the tensor has shape \[3\]/],
    [[pv.zeros([2, 2]), 'W'], /expects options like/],
  ] as const)
    it(`refuses what it cannot draw: ${message.source}`, async () => {
      expect(await shown(() => matrix(...args)).catch((problem: unknown) => String(problem))).to.match(message);
    });
});
