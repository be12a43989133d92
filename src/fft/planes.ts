// Transforms of whole real planes, the two last axes at once, without any norm: what convolutions in the frequency domain are made of. Planes lie
// somewhere in a period of zeros, and only a part of the way back is wanted, so that rows of zeros and rows that nobody wants cost nothing.
// A period that fits in workgroup memory takes one dispatch, a larger one a transform of rows and one of columns.

import { complexOf, realOf } from '../devices/dtype.js';
import { float64Values, fromFloat64, type NdArray } from '../devices/ndarray.js';
import { sizeOf } from '../devices/shape.js';
import { record, type Node } from '../graph/node.js';
import type { Operation, PlaneTransform, ReferenceCall, Use } from '../graph/operation.js';
import { fitsPlane } from '../graph/wgsl/plane-fft.js';
import { mul } from '../tensor/operations/elementwise/index.js';
import { sliceAxis } from '../tensor/operations/views.js';
import { transform } from './reference.js';
import { fft1, hermitianWeights } from './transform.js';

/** Rows and columns. */
type Pair = readonly [number, number];

/** Where planes lie in a period. */
export interface Placement {
  /** Rows and columns of the period; the columns are even. */
  readonly n: Pair;
  readonly offsets: Pair;
  readonly use?: Use;
}

const planeOperation: Operation<PlaneTransform> = {
  name: 'plane-fft',
  heavy: true,
  infer: ([x], { mode, n, extents }) => ({
    dtype: mode === 'r2c' ? complexOf(x!.dtype) : realOf(x!.dtype),
    shape: [...x!.shape.slice(0, -2), ...(mode === 'r2c' ? [n[0], n[1] / 2 + 1] : extents)],
  }),
  // As for one axis (see fft1): of a half spectrum, bins that are not their own mirror image count twice.
  adjoint: ({ attributes: { mode, n, offsets, extents } }, g) => {
    if (mode === 'r2c') return [planesFrom(mul(g, hermitianWeights(g, g.shape.length - 1, n[1], 0.5)), { n, offsets }, extents)];
    const half = spectraOf(g, { n, offsets });
    return [mul(half, hermitianWeights(half, half.shape.length - 1, n[1], 2))];
  },
  jvp: ({ attributes }, [t]) => (t == null ? null : record(planeOperation, [t], attributes)),
  reference,
  lowering: { kind: 'plane-fft', transform: (attributes) => attributes },
  expand: ([x], { attributes }, limits) => (fitsPlane(attributes, limits) ? null : byAxes(x!, attributes)),
};

/** Half spectra [..., n₀, n₁/2 + 1] of real planes [..., height, width] placed in a period of zeros. */
export function spectraOf(planes: Node, { n, offsets, use = null }: Placement): Node {
  const extents = planes.shape.slice(-2) as unknown as Pair;
  return record(planeOperation, [planes], { mode: 'r2c', n, offsets, extents, use });
}

/** The way back, n₀·n₁ times too large: `extents` rows and columns from `offsets` on. */
export function planesFrom(half: Node, { n, offsets, use = null }: Placement, extents: Pair): Node {
  return record(planeOperation, [half], { mode: 'c2r', n, offsets, extents, use });
}

/** Rows, then columns, or the other way round. */
function byAxes(x: Node, { mode, n, offsets, extents, use = null }: PlaneTransform): Node {
  const [rows, columns] = [x.shape.length - 2, x.shape.length - 1];
  const kept = (planes: Node, axis: number, at: 0 | 1): Node => sliceAxis(planes, axis, offsets[at], offsets[at] + extents[at]);
  if (mode === 'r2c') {
    const half = fft1(x, { axis: columns, n: n[1], mode: 'r2c', sign: -1, offset: offsets[1], use });
    return fft1(half, { axis: rows, n: n[0], mode: 'c2c', sign: -1, offset: offsets[0], use });
  }
  const tall = fft1(x, { axis: rows, n: n[0], mode: 'c2c', sign: 1, use });
  return kept(fft1(kept(tall, rows, 0), { axis: columns, n: n[1], mode: 'c2r', sign: 1, use }), columns, 1);
}

function reference({ dtype, shape, attributes }: ReferenceCall<PlaneTransform>, [x]: readonly NdArray[]): NdArray {
  const { mode, n, offsets, extents } = attributes;
  const bins = n[1] / 2 + 1;
  const planes = sizeOf(shape.slice(0, -2));
  const values = float64Values(x!);
  const sign = mode === 'r2c' ? -1 : 1;
  const out = new Float64Array(planes * (mode === 'r2c' ? 2 * n[0] * bins : sizeOf(extents)));
  for (let plane = 0; plane < planes; plane++) {
    const full = new Float64Array(2 * n[0] * n[1]);
    const [given, first] = mode === 'r2c' ? [extents, plane * sizeOf(extents)] : [[n[0], bins] as const, plane * 2 * n[0] * bins];
    for (let row = 0; row < given[0]; row++) {
      for (let column = 0; column < given[1]; column++) {
        const from = first + (row * given[1] + column) * (mode === 'r2c' ? 1 : 2);
        if (mode === 'r2c') full[2 * ((row + offsets[0]) * n[1] + column + offsets[1])] = values[from]!;
        else full.set(values.subarray(from, from + 2), 2 * (row * n[1] + column));
      }
    }
    const alongRows = (): void => {
      for (let row = 0; row < n[0]; row++) {
        const line = full.subarray(2 * row * n[1], 2 * (row + 1) * n[1]);
        if (mode === 'c2r') mirror(line, n[1]);
        line.set(transform(line, n[1], sign));
      }
    };
    const alongColumns = (): void => {
      const line = new Float64Array(2 * n[0]);
      for (let column = 0; column < bins; column++) {
        for (let row = 0; row < n[0]; row++) line.set(full.subarray(2 * (row * n[1] + column), 2 * (row * n[1] + column) + 2), 2 * row);
        const result = transform(line, n[0], sign);
        for (let row = 0; row < n[0]; row++) full.set(result.subarray(2 * row, 2 * row + 2), 2 * (row * n[1] + column));
      }
    };
    if (mode === 'r2c') {
      alongRows();
      alongColumns();
      for (let row = 0; row < n[0]; row++) out.set(full.subarray(2 * row * n[1], 2 * (row * n[1] + bins)), 2 * (plane * n[0] + row) * bins);
    } else {
      alongColumns();
      alongRows();
      for (let row = 0; row < extents[0]; row++) {
        for (let column = 0; column < extents[1]; column++) {
          out[(plane * extents[0] + row) * extents[1] + column] = full[2 * ((row + offsets[0]) * n[1] + column + offsets[1])]!;
        }
      }
    }
  }
  return fromFloat64(dtype, shape, out);
}

/** Completes half a spectrum; the imaginary parts of DC and Nyquist are ignored. */
function mirror(line: Float64Array, n: number): void {
  line[1] = 0;
  line[n + 1] = 0;
  for (let k = 1; 2 * k < n; k++) {
    line[2 * (n - k)] = line[2 * k]!;
    line[2 * (n - k) + 1] = -line[2 * k + 1]!;
  }
}
