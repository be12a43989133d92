// Reading the reference cases: PyTorch's and SciPy's results in float64, stored as safetensors by the generator beside them.

import { readFileSync } from 'node:fs';

/** One tensor of a case; complex ones keep their interleaved numbers, with a shape without the trailing 2. */
export interface CaseTensor {
  readonly shape: readonly number[];
  readonly values: Float64Array;
  readonly kind: 'real' | 'complex' | 'integer';
}

/** One case: an operation with arguments, its inputs (g is the upstream gradient) and its outputs (d… are gradients). */
export interface ReferenceCase {
  readonly name: string;
  readonly op: string;
  readonly args: Readonly<Record<string, unknown>>;
  readonly inputs: ReadonlyMap<string, CaseTensor>;
  readonly outputs: ReadonlyMap<string, CaseTensor>;
}

interface Header {
  readonly dtype: string;
  readonly shape: readonly number[];
  readonly data_offsets: readonly [number, number];
}

/** Transforms whose results are spectra, and those that are given them. */
const toSpectra = new Set(['fft', 'ifft', 'rfft', 'fft2', 'ifft2', 'rfft2', 'fftn', 'ifftn', 'rfftn', 'stft']);
const fromSpectra = new Set(['fft', 'ifft', 'irfft', 'fft2', 'ifft2', 'irfft2', 'fftn', 'ifftn', 'irfftn', 'istft']);

/** Reads every case of a suite: 'fft', 'conv', 'layers', 'signal' or 'spectral'. */
export function readCases(suite: string): ReferenceCase[] {
  const bytes = readFileSync(new URL(`../fixtures/${suite}.safetensors`, import.meta.url));
  const length = Number(bytes.readBigUInt64LE(0));
  const header = JSON.parse(bytes.subarray(8, 8 + length).toString('utf8')) as Record<string, Header> & { __metadata__: { cases: string } };
  const listed = JSON.parse(header.__metadata__.cases) as {
    name: string;
    op: string;
    args: Record<string, unknown>;
    inputs: string[];
    outputs: string[];
    /** The parts that are complex, where the file says it. */
    complex?: string[];
  }[];
  const load = (path: string, complex: boolean): CaseTensor => {
    const { dtype, shape, data_offsets } = header[path] as Header;
    const data = bytes.subarray(8 + length + data_offsets[0], 8 + length + data_offsets[1]);
    const aligned = new Uint8Array(data).buffer;
    if (dtype === 'I64') return { shape, values: Float64Array.from(new BigInt64Array(aligned), Number), kind: 'integer' };
    return complex
      ? { shape: shape.slice(0, -1), values: new Float64Array(aligned), kind: 'complex' }
      : { shape, values: new Float64Array(aligned), kind: 'real' };
  };
  return listed.map(({ name, op, args, inputs, outputs, complex }) => {
    const complexResult = toSpectra.has(op) || (name.endsWith('_complex') && !['abs', 'angle', 'real', 'imag'].includes(op));
    const complexInput = fromSpectra.has(op) || name.endsWith('_complex');
    const isComplex = (part: string): boolean =>
      complex === undefined ? (part === 'y' || part === 'g' ? complexResult : complexInput) : complex.includes(part);
    const read = (parts: string[]): Map<string, CaseTensor> =>
      new Map(parts.map((part) => [part, load(`${name}/${part}`, isComplex(part))]));
    return { name, op, args, inputs: read(inputs), outputs: read(outputs) };
  });
}

/** Relative L2 distance ‖a − b‖/‖b‖; the absolute one where b is zero. */
export function relativeError(a: ArrayLike<number>, b: ArrayLike<number>): number {
  if (a.length !== b.length) return Infinity;
  let difference = 0;
  let size = 0;
  for (let i = 0; i < b.length; i++) {
    difference += ((a[i] as number) - (b[i] as number)) ** 2;
    size += (b[i] as number) ** 2;
  }
  return Math.sqrt(difference / (size || 1));
}
