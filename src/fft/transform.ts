// One-dimensional transforms as operations, without any norm: complex to complex, real to half spectrum, half spectrum to
// real. A transform that does not fit one dispatch becomes a graph of ones that do (four-step, Bluestein, packing).

import type { DeviceLimits } from '../devices/device.js';
import { complexOf, partsOf, realOf, type DType } from '../devices/dtype.js';
import { float64Values, fromFloat64, type NdArray } from '../devices/ndarray.js';
import { factorize, roots } from '../devices/roots.js';
import { sizeOf, type Shape } from '../devices/shape.js';
import { record, type Node } from '../graph/node.js';
import type { FftTransform, Operation, ReferenceCall } from '../graph/operation.js';
import { fitsWorkgroup } from '../graph/wgsl/fft.js';
import { add, cast, complex, conj, eq, imag, like, mul, real, sub, where } from '../tensor/operations/elementwise/index.js';
import { concat } from '../tensor/operations/join.js';
import { iota, table } from '../tensor/operations/sources.js';
import { fitAxis, flip, pad, reshape, sliceAxis, transpose } from '../tensor/operations/views.js';
import { expand } from '../tensor/operations/broadcast.js';
import { chirp, chirpFilter, goodSize, transform as referenceTransform } from './reference.js';

/** Extent of the transformed axis in the result. */
function resultExtent({ n, mode }: FftTransform): number {
  return mode === 'r2c' ? Math.floor(n / 2) + 1 : n;
}

function resultType(dtype: DType, mode: FftTransform['mode']): DType {
  return mode === 'c2r' ? realOf(dtype) : complexOf(dtype);
}

const fftOperation: Operation<FftTransform> = {
  name: 'fft',
  heavy: true,
  infer: ([x], attributes) => ({
    dtype: resultType(x!.dtype, attributes.mode),
    shape: x!.shape.map((extent, axis) => (axis === attributes.axis ? resultExtent(attributes) : extent)),
  }),
  adjoint: ({ inputs: [x], attributes }, g) => {
    const { axis, offset = 0 } = attributes;
    const all = adjointTransform(attributes, g);
    return [fitAxis(sliceAxis(all, axis, offset, all.shape[axis] as number), axis, x!.shape[axis] as number)];
  },
  jvp: ({ attributes }, [t]) => (t == null ? null : fft1(t, attributes)),
  reference,
  lowering: { kind: 'fft', transform: (attributes) => attributes },
  expand: ([x], { attributes }, limits) => (fitsWorkgroup(attributes, limits) ? null : decompose(x!, attributes, limits)),
};

/** A transform along one axis; the input is padded with zeros, or cut, to the transform's length, or placed within zeros if there is an offset. */
export function fft1(x: Node, transform: FftTransform): Node {
  return record(fftOperation, [transform.mode === 'r2c' ? x : cast(x, complexOf(x.dtype))], transform);
}

/**
 * The adjoint without cropping. With weights w = 1 at DC and Nyquist, else ½ (r2c) or 2 (c2r):
 * r2c: Re Σ_k g_k·e^{+2πijk/n} over the half spectrum = c2r(w·g); c2r: w·r2c(g).
 */
function adjointTransform({ axis, n, mode, sign }: FftTransform, g: Node): Node {
  if (mode === 'c2c') return fft1(g, { axis, n, mode, sign: sign === 1 ? -1 : 1 });
  if (mode === 'r2c') return fft1(mul(g, hermitianWeights(g, axis, n, 0.5)), { axis, n, mode: 'c2r', sign: 1 });
  const half = fft1(g, { axis, n, mode: 'r2c', sign: -1 });
  return mul(half, hermitianWeights(half, axis, n, 2));
}

/** 1 at the bins of a half spectrum that are their own mirror image (DC, and Nyquist for even n), `interior` elsewhere. */
export function hermitianWeights(x: Node, axis: number, n: number, interior: number): Node {
  const shape = x.shape.map((extent, at) => (at === axis ? extent : 1));
  const k = iota(x.state, shape, axis);
  const one = like(x, 1);
  const inner = where(eq(k, like(k, 0)), one, like(x, interior));
  return n % 2 === 0 ? where(eq(k, like(k, n / 2)), one, inner) : inner;
}

/** Calls f with every line of x along an axis, as interleaved complex values, and gathers the lines that f returns. */
function alongAxis(
  x: NdArray,
  axis: number,
  f: (line: Float64Array<ArrayBuffer>) => Float64Array<ArrayBuffer>,
  resultShape: Shape,
  parts: 1 | 2,
): Float64Array<ArrayBuffer> {
  const inner = sizeOf(x.shape.slice(axis + 1));
  const extent = x.shape[axis] as number;
  const result = resultShape[axis] as number;
  const values = float64Values(x);
  const given = partsOf(x.dtype);
  const out = new Float64Array(sizeOf(resultShape) * parts);
  const outer = sizeOf(x.shape.slice(0, axis));
  const line = new Float64Array(2 * extent);
  for (let o = 0; o < outer; o++) {
    for (let i = 0; i < inner; i++) {
      for (let j = 0; j < extent; j++) {
        const at = ((o * extent + j) * inner + i) * given;
        line[2 * j] = values[at]!;
        line[2 * j + 1] = given === 2 ? values[at + 1]! : 0;
      }
      const y = f(line);
      for (let j = 0; j < result; j++) {
        const at = ((o * result + j) * inner + i) * parts;
        out[at] = y[2 * j]!;
        if (parts === 2) out[at + 1] = y[2 * j + 1]!;
      }
    }
  }
  return out;
}

function reference(
  { dtype, shape, attributes: { axis, n, mode, sign, offset = 0 } }: ReferenceCall<FftTransform>,
  [x]: readonly NdArray[],
): NdArray {
  const values = alongAxis(
    x!,
    axis,
    (line) => {
      const full = new Float64Array(2 * n);
      full.set(line.subarray(0, 2 * (n - offset)), 2 * offset);
      if (mode === 'c2r') {
        // The imaginary parts of DC and Nyquist are ignored; the rest is mirrored.
        full.fill(0, 2 * (Math.floor(n / 2) + 1));
        full[1] = 0;
        if (n % 2 === 0) full[n + 1] = 0;
        for (let k = 1; 2 * k < n; k++) {
          full[2 * (n - k)] = full[2 * k]!;
          full[2 * (n - k) + 1] = -full[2 * k + 1]!;
        }
      }
      return referenceTransform(full, n, sign);
    },
    shape,
    partsOf(dtype),
  );
  return fromFloat64(dtype, shape, values);
}

// ---- transforms that one dispatch cannot do ---------------------------------------------------------------------------------

/** A graph of transforms that fit. Works on the last axis; other axes are moved there by views. */
function decompose(x: Node, transform: FftTransform, limits: DeviceLimits): Node {
  const { axis, offset = 0 } = transform;
  const last = x.shape.length - 1;
  if (offset > 0) {
    const widths = x.shape.map((_, at) => [at === axis ? offset : 0, 0]);
    return fft1(pad(x, widths), { ...transform, offset: 0 });
  }
  if (axis !== last) {
    const order = x.shape.map((_, at) => at).filter((at) => at !== axis);
    const moved = decompose(transpose(x, [...order, axis]), { ...transform, axis: last }, limits);
    return transpose(
      moved,
      x.shape.map((_, at) => (at === axis ? last : order.indexOf(at))),
    );
  }
  const { mode, n } = transform;
  if (mode === 'c2c') return complexTransform(x, transform, limits);
  if (n % 2 === 0) return mode === 'r2c' ? realByHalves(x, transform) : halvesToReal(x, transform);
  if (mode === 'r2c') {
    const full = fft1(cast(fitAxis(x, last, n), complexOf(x.dtype)), { axis, n, mode: 'c2c', sign: -1 });
    return sliceAxis(full, last, 0, (n + 1) / 2);
  }
  const half = dropMirrorImaginary(fitAxis(x, last, (n + 1) / 2), n);
  const mirrored = conj(flip(sliceAxis(half, last, 1, (n + 1) / 2), [last]));
  return real(fft1(concat([half, mirrored], last), { axis, n, mode: 'c2c', sign: 1 }));
}

/** The half spectrum with the imaginary parts of DC and Nyquist set to zero. */
function dropMirrorImaginary(half: Node, n: number): Node {
  const axis = half.shape.length - 1;
  const own = hermitianWeights(real(half), axis, n, 0);
  return complex(real(half), mul(imag(half), sub(like(own, 1), own)));
}

/** Four-step where n splits into two lengths that fit, else Bluestein. */
function complexTransform(x: Node, { axis, n, sign }: FftTransform, limits: DeviceLimits): Node {
  const largest = Math.floor(limits.maxWorkgroupMemory / 8);
  const split = factorize(n) === null ? null : splitLength(n, largest);
  const fitted = fitAxis(x, axis, n);
  const outer = x.shape.slice(0, -1);
  if (split === null) return bluestein(fitted, n, sign);
  // Bailey's four steps: columns of length n₁, twiddles exp(sign·2πi·k₁j₂/n), rows of length n₂, transposed result.
  const [n1, n2] = split;
  const columns = fft1(reshape(fitted, [...outer, n1, n2]), { axis, n: n1, mode: 'c2c', sign });
  const twiddles = table(x.state, `four-step:${n1}x${n2}:${sign}`, [n1, n2], () => fourStepTwiddles(n1, n2, sign));
  const rows = fft1(mul(columns, expand(twiddles, [...outer, n1, n2])), { axis: axis + 1, n: n2, mode: 'c2c', sign });
  const order = [...outer.map((_, at) => at), axis + 1, axis];
  return reshape(transpose(rows, order), [...outer, n]);
}

/**
 * Two factors of n that are at most `largest`, or null. The first is the length of columns, of which eight should fit in workgroup memory, so that they
 * share lines of the cache; up to there they are as near to √n as possible.
 */
function splitLength(n: number, largest: number): [number, number] | null {
  const root = Math.floor(Math.sqrt(n));
  const narrow = Math.min(root, Math.floor(largest / 8));
  const divides = (n1: number): boolean => n % n1 === 0 && n / n1 <= largest;
  for (let n1 = narrow; n1 > 1; n1--) if (divides(n1)) return [n1, n / n1];
  for (let n1 = narrow + 1; n1 <= root; n1++) if (divides(n1)) return [n1, n / n1];
  return null;
}

function fourStepTwiddles(n1: number, n2: number, sign: 1 | -1): Float64Array<ArrayBuffer> {
  const n = n1 * n2;
  const all = roots(n);
  const out = new Float64Array(2 * n);
  for (let k = 0; k < n1; k++) {
    for (let j = 0; j < n2; j++) {
      const from = 2 * ((k * j) % n);
      out[2 * (k * n2 + j)] = all[from]!;
      out[2 * (k * n2 + j) + 1] = -sign * all[from + 1]!;
    }
  }
  return out;
}

/** Bluestein's algorithm as two transforms of a good length; chirp and filter come from float64. */
function bluestein(x: Node, n: number, sign: 1 | -1): Node {
  const axis = x.shape.length - 1;
  const m = bluesteinLength(n);
  const w = table(x.state, `chirp:${n}:${sign}`, [n], () => chirp(n, sign));
  const filter = table(x.state, `chirp filter:${n}:${m}:${sign}`, [m], () => chirpFilter(n, m, sign));
  const spectrum = fft1(mul(x, w), { axis, n: m, mode: 'c2c', sign: -1 });
  const y = fft1(mul(spectrum, filter), { axis, n: m, mode: 'c2c', sign: 1 });
  return mul(sliceAxis(y, axis, 0, n), w);
}

/** A length ≥ 2n − 1; a power of two when long, so that four-step finds two near-equal factors. */
function bluesteinLength(n: number): number {
  const least = 2 * n - 1;
  return least <= 2048 ? goodSize(least) : 2 ** Math.ceil(Math.log2(least));
}

/** A long even real transform from a complex one of half the length: Z = FFT(x_even + i·x_odd), then split. */
function realByHalves(x: Node, { axis, n }: FftTransform): Node {
  const m = n / 2;
  const outer = x.shape.slice(0, -1);
  const pairs = reshape(fitAxis(x, axis, n), [...outer, m, 2]);
  const part = (at: number): Node => reshape(sliceAxis(pairs, axis + 1, at, at + 1), [...outer, m]);
  const z = fft1(complex(part(0), part(1)), { axis, n: m, mode: 'c2c', sign: -1 });
  const wrapped = concat([z, sliceAxis(z, axis, 0, 1)], axis);
  const mirrored = conj(flip(wrapped, [axis]));
  const w = table(x.state, `half roots:${n}`, [m + 1], () => roots(n, m + 1));
  const half = like(wrapped, 0.5);
  const minusHalfI = complex(like(real(wrapped), 0), like(real(wrapped), -0.5));
  return add(mul(add(wrapped, mirrored), half), mul(mul(sub(wrapped, mirrored), minusHalfI), w));
}

/** The way back: Z_k = (X_k + X*_{m−k}) + i·e^{2πik/n}·(X_k − X*_{m−k}), then x_even + i·x_odd = IFFT(Z). */
function halvesToReal(x: Node, { axis, n }: FftTransform): Node {
  const m = n / 2;
  const outer = x.shape.slice(0, -1);
  const half = dropMirrorImaginary(fitAxis(x, axis, m + 1), n);
  const mirrored = conj(flip(half, [axis]));
  const w = conj(table(x.state, `half roots:${n}`, [m + 1], () => roots(n, m + 1)));
  const i = complex(like(real(half), 0), like(real(half), 1));
  const z = add(add(half, mirrored), mul(mul(sub(half, mirrored), i), w));
  const y = fft1(sliceAxis(z, axis, 0, m), { axis, n: m, mode: 'c2c', sign: 1 });
  const joined = concat([reshape(real(y), [...outer, m, 1]), reshape(imag(y), [...outer, m, 1])], axis + 1);
  return reshape(joined, [...outer, n]);
}
