// The structure of a matrix: what makes it a transform, a convolution or a plain scaling, found in its entries.

import { counted, formatNumber } from './number-format.js';

/** A matrix: row-major, complex entries interleaved. */
export interface Matrix {
  readonly values: Float64Array;
  readonly rows: number;
  readonly cols: number;
  readonly parts: 1 | 2;
}

/** What a matrix is, in the field's words, the most telling first. */
export interface MatrixFacts {
  readonly names: readonly string[];
  /** Entries that are not zero to rounding. */
  readonly filled: number;
  /** Diagonals below and above the main one that hold something. */
  readonly below: number;
  readonly above: number;
}

/** Rounding of float32, relative to the largest entry. */
const rounding = 1e-5;
/** Larger matrices are not multiplied to see whether they are unitary; of still larger ones no blocks are looked for. */
const [largestProduct, largestBlocks] = [256, 1024];

/** Finds the structure of a matrix. Entries that differ by rounding count as equal. */
export function matrixFacts(matrix: Matrix): MatrixFacts {
  const { values, rows, cols, parts } = matrix;
  const re = (i: number, j: number): number => values[(i * cols + j) * parts]!;
  const im = (i: number, j: number): number => (parts === 1 ? 0 : values[(i * cols + j) * parts + 1]!);
  const largest = values.reduce((most, value) => Math.max(most, Math.abs(value)), 0);
  if (!Number.isFinite(largest)) return { names: [], filled: rows * cols, below: rows - 1, above: cols - 1 };
  const near = (a: number, b: number): boolean => Math.abs(a - b) <= rounding * largest;
  const same = (i: number, j: number, k: number, l: number): boolean => near(re(i, j), re(k, l)) && near(im(i, j), im(k, l));
  const every = (test: (i: number, j: number) => boolean): boolean => {
    for (let i = 0; i < rows; i++) for (let j = 0; j < cols; j++) if (!test(i, j)) return false;
    return true;
  };
  let [filled, below, above] = [0, 0, 0];
  every((i, j) => {
    if (largest === 0 || (near(re(i, j), 0) && near(im(i, j), 0))) return true;
    filled++;
    [below, above] = [Math.max(below, i - j), Math.max(above, j - i)];
    return true;
  });
  const sizes = { filled, below, above };
  if (largest === 0) return { names: ['zero'], ...sizes };
  const isSquare = rows === cols;
  const isReal = every((i, j) => near(im(i, j), 0));
  const isWide = rows > 1 && cols > 1;
  const isToeplitz = isWide && every((i, j) => i === 0 || j === 0 || same(i, j, i - 1, j - 1));
  const isDiagonal = below === 0 && above === 0;
  const isCirculant = isSquare && isToeplitz && every((i, j) => j > 0 || i === 0 || same(i, 0, i - 1, cols - 1));
  const names: string[] = [];
  if (isSquare && isDiagonal)
    names.push(isToeplitz || rows === 1 ? (near(re(0, 0), 1) && near(im(0, 0), 0) ? 'identity' : 'multiple of the identity') : 'diagonal');
  else {
    const fourier = isSquare && rows > 1 ? fourierOf(matrix, near) : null;
    if (fourier !== null) names.push(fourierName(fourier, rows));
    if (isCirculant) names.push('circulant (circular convolution)');
    else if (isToeplitz) names.push('Toeplitz (convolution)');
    else if (isSquare) {
      const block = toeplitzBlocks(rows, same);
      const isRound = block > 0 && every((i, j) => same(i, j, ...wrapped(i, j, block, rows)));
      if (isRound) names.push(`block circulant with circulant blocks of ${block} × ${block} (circular convolution of planes)`);
      else if (block > 0) names.push(`block Toeplitz with Toeplitz blocks of ${block} × ${block} (convolution of planes)`);
    }
    if (isWide && below === 0) names.push('upper triangular');
    if (isWide && above === 0) names.push('lower triangular');
  }
  if (isSquare && !isDiagonal) {
    if (every((i, j) => same(i, j, j, i))) names.push('symmetric');
    else if (every((i, j) => near(re(i, j), -re(j, i)) && near(im(i, j), -im(j, i)))) names.push('antisymmetric');
    if (!isReal && every((i, j) => near(re(i, j), re(j, i)) && near(im(i, j), -im(j, i)))) names.push('Hermitian');
  }
  if (isSquare && rows <= largestProduct) {
    const scale = unitaryScale(matrix);
    const word = isReal ? 'orthogonal' : 'unitary';
    if (scale !== null && !names.includes('identity'))
      names.push(Math.abs(scale - 1) < rounding ? word : `${formatNumber(scale)} times ${word}`);
  }
  return { names, ...sizes };
}

/** A transform of n = outer · inner numbers, of planes of outer by inner where outer > 1; the sign is that of its exponent. */
interface Fourier {
  readonly sign: -1 | 1;
  readonly outer: number;
}

function fourierName({ sign, outer }: Fourier, n: number): string {
  const planes = outer === 1 ? '' : ` of planes of ${outer} × ${n / outer}`;
  return `${sign < 0 ? '' : 'inverse '}discrete Fourier transform${planes}`;
}

/** The transform whose entries these are, to a factor; null where they are none. Of planes it is F ⊗ F: their rows stand one after the other. */
function fourierOf({ values, rows: n, cols, parts }: Matrix, near: (a: number, b: number) => boolean): Fourier | null {
  const [x, y] = [values[0]!, parts === 1 ? 0 : values[1]!];
  const has = (sign: -1 | 1, outer: number): boolean => {
    const inner = n / outer;
    for (let i = 0; i < n; i++)
      for (let j = 0; j < n; j++) {
        const [u, v] = [Math.floor(i / inner) * Math.floor(j / inner), (i % inner) * (j % inner)];
        const angle = sign * 2 * Math.PI * ((u % outer) / outer + (v % inner) / inner);
        const [c, s] = [Math.cos(angle), Math.sin(angle)];
        const at = (i * cols + j) * parts;
        if (!near(values[at]!, x * c - y * s) || !near(parts === 1 ? 0 : values[at + 1]!, x * s + y * c)) return false;
      }
    return true;
  };
  for (let outer = 1; outer <= n / 2; outer++) {
    if (n % outer !== 0) continue;
    for (const sign of [-1, 1] as const) if (has(sign, outer)) return { sign, outer };
  }
  return null;
}

/** The entry in the first column, and its block, that is as far from the diagonal when indices go round, in blocks and within them. */
function wrapped(i: number, j: number, block: number, n: number): [number, number] {
  const count = n / block;
  const outer = (Math.floor(i / block) - Math.floor(j / block) + count) % count;
  return [outer * block + (((i % block) - (j % block) + block) % block), 0];
}

/** The size of blocks such that an entry depends only on how far apart its blocks are, and its places in them; 0 where there is none. */
function toeplitzBlocks(n: number, same: (i: number, j: number, k: number, l: number) => boolean): number {
  if (n > largestBlocks) return 0;
  for (let block = 2; block <= n / 2; block++) {
    if (n % block !== 0) continue;
    let found = true;
    for (let i = 0; i < n && found; i++)
      for (let j = 0; j < n && found; j++) {
        if (i >= block && j >= block && !same(i, j, i - block, j - block)) found = false;
        if (i % block > 0 && j % block > 0 && !same(i, j, i - 1, j - 1)) found = false;
      }
    if (found) return block;
  }
  return 0;
}

/** c where A·Aᴴ = c²·1, or null. */
function unitaryScale({ values, rows: n, parts }: Matrix): number | null {
  let scale = 0;
  for (let i = 0; i < n; i++)
    for (let j = i; j < n; j++) {
      let [re, im] = [0, 0];
      for (let k = 0; k < n; k++) {
        const [a, b] = [(i * n + k) * parts, (j * n + k) * parts];
        const [x, y] = parts === 1 ? [0, 0] : [values[a + 1]!, values[b + 1]!];
        re += values[a]! * values[b]! + x * y;
        im += x * values[b]! - values[a]! * y;
      }
      if (i === 0 && j === 0) scale = re;
      if (!(Math.hypot(re - (i === j ? scale : 0), im) <= 10 * rounding * scale)) return null;
    }
  return scale > 0 ? Math.sqrt(scale) : null;
}

/** In sentences: what it is, and where it holds something. */
export function describeMatrix({ names, filled, below, above }: MatrixFacts, rows: number, cols: number): string[] {
  const what = names.length === 0 ? 'No structure that is known by name' : names.join(', ');
  const isBand = filled > 0 && (below < rows - 1 || above < cols - 1);
  const band = isBand && below + above > 0 ? `, in ${counted(below + above + 1, 'diagonal')}` : '';
  const total = rows * cols;
  const size = filled === total ? 'No entry is zero' : `${formatNumber((100 * filled) / total)}% of the entries are not zero${band}`;
  return [`${what[0]?.toUpperCase() ?? ''}${what.slice(1)}`, size];
}
