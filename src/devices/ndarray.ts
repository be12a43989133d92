// Strided arrays on the host: what the reference device computes with. A view shares the data of its source.

import { hostArray, isDouble, partsOf, type DType, type TypedArray } from './dtype.js';
import { sizeOf, stridesOf, type Shape } from './shape.js';

/** An array of elements. Strides and offset count elements; a complex element is two neighbouring numbers. */
export interface NdArray {
  readonly dtype: DType;
  readonly shape: Shape;
  readonly data: TypedArray;
  readonly strides: readonly number[];
  readonly offset: number;
}

/** A dense row-major array over `data` (zeros when not given). */
export function ndarray(dtype: DType, shape: Shape, data: TypedArray = hostArray(dtype, sizeOf(shape))): NdArray {
  return { dtype, shape, data, strides: stridesOf(shape), offset: 0 };
}

/** Element offsets of every element in row-major order. */
export function offsetsOf(a: NdArray): Int32Array {
  const size = sizeOf(a.shape);
  const offsets = new Int32Array(size);
  const rank = a.shape.length;
  const index = new Array<number>(rank).fill(0);
  let at = a.offset;
  for (let i = 0; i < size; i++) {
    offsets[i] = at;
    for (let axis = rank - 1; axis >= 0; axis--) {
      const stride = a.strides[axis] ?? 0;
      const next = (index[axis] ?? 0) + 1;
      if (next < (a.shape[axis] ?? 1)) {
        index[axis] = next;
        at += stride;
        break;
      }
      at -= stride * (next - 1);
      index[axis] = 0;
    }
  }
  return offsets;
}

/** True when the elements lie one after the other, so that `data` can be read from `offset` on. */
export function isDense(a: NdArray): boolean {
  let stride = 1;
  for (let axis = a.shape.length - 1; axis >= 0; axis--) {
    const extent = a.shape[axis] ?? 1;
    if (extent !== 1 && a.strides[axis] !== stride) return false;
    stride *= extent;
  }
  return true;
}

/** The same elements in row-major order starting at offset 0; no copy when they already are. */
export function dense(a: NdArray): NdArray {
  const size = sizeOf(a.shape);
  const parts = partsOf(a.dtype);
  if (isDense(a)) {
    if (a.offset === 0 && a.data.length === size * parts) return a;
    return ndarray(a.dtype, a.shape, a.data.slice(a.offset * parts, (a.offset + size) * parts));
  }
  const out = hostArray(a.dtype, size);
  const offsets = offsetsOf(a);
  const { data } = a;
  if (parts === 1) {
    for (let i = 0; i < size; i++) out[i] = data[offsets[i] as number] as number;
  } else {
    for (let i = 0; i < size; i++) {
      const at = 2 * (offsets[i] as number);
      out[2 * i] = data[at] as number;
      out[2 * i + 1] = data[at + 1] as number;
    }
  }
  return ndarray(a.dtype, a.shape, out);
}

/**
 * The dense values of `a` in float64, whatever its dtype: what references compute with. Complex stays interleaved.
 * Treat the result as read only: it may share memory with `a`.
 */
export function float64Values(a: NdArray): Float64Array<ArrayBuffer> {
  const { data } = dense(a);
  return data instanceof Float64Array ? data : Float64Array.from(data);
}

/** Stores float64 results as `dtype`: the one rounding that float32 on cpu does. */
export function fromFloat64(dtype: DType, shape: Shape, values: Float64Array<ArrayBuffer>): NdArray {
  if (isDouble(dtype)) return ndarray(dtype, shape, values);
  const data = hostArray(dtype, sizeOf(shape));
  data.set(values);
  return ndarray(dtype, shape, data);
}
