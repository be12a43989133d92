// The element types of tensors, and what each means for memory and arithmetic.

/** Element type of a tensor. Complex numbers are interleaved (re, im); bool is 0 or 1. float64 and complex128 live on cpu only. */
export type DType = 'float32' | 'float64' | 'complex64' | 'complex128' | 'int32' | 'bool';

/** Host arrays that hold elements: complex ones interleaved, bool as bytes. */
export type TypedArray = Float32Array<ArrayBuffer> | Float64Array<ArrayBuffer> | Int32Array<ArrayBuffer> | Uint8Array<ArrayBuffer>;

/** Every dtype, in promotion order. */
export const dtypes: readonly DType[] = ['bool', 'int32', 'float32', 'float64', 'complex64', 'complex128'];

/** True for complex64 and complex128. */
export function isComplex(dtype: DType): boolean {
  return dtype === 'complex64' || dtype === 'complex128';
}

/** True for real floating-point types. */
export function isFloat(dtype: DType): boolean {
  return dtype === 'float32' || dtype === 'float64';
}

/** True for types that can carry a gradient: floating point and complex. */
export function isDifferentiable(dtype: DType): boolean {
  return isFloat(dtype) || isComplex(dtype);
}

/** True for types with 64-bit parts, which exist on cpu only. */
export function isDouble(dtype: DType): boolean {
  return dtype === 'float64' || dtype === 'complex128';
}

/** The real type with the precision of `dtype` (float32 for int32 and bool). */
export function realOf(dtype: DType): 'float32' | 'float64' {
  return isDouble(dtype) ? 'float64' : 'float32';
}

/** The complex type with the precision of `dtype`. */
export function complexOf(dtype: DType): 'complex64' | 'complex128' {
  return isDouble(dtype) ? 'complex128' : 'complex64';
}

/** Numbers stored per element: 2 for complex, else 1. */
export function partsOf(dtype: DType): 1 | 2 {
  return isComplex(dtype) ? 2 : 1;
}

/** Bytes per element on a WebGPU device, where bool takes a u32. */
export function deviceBytes(dtype: DType): number {
  return partsOf(dtype) * (isDouble(dtype) ? 8 : 4);
}

/** The type that holds values of both, by the array API's rules (int32 with float gives float). */
export function promote(a: DType, b: DType): DType {
  if (a === b) return a;
  if (isComplex(a) || isComplex(b)) return isDouble(a) || isDouble(b) ? 'complex128' : 'complex64';
  if (isFloat(a) || isFloat(b)) return isDouble(a) || isDouble(b) ? 'float64' : 'float32';
  return 'int32';
}

/** A zeroed host array for `count` elements of `dtype`. */
export function hostArray(dtype: DType, count: number): TypedArray {
  const length = count * partsOf(dtype);
  if (isDouble(dtype)) return new Float64Array(length);
  if (dtype === 'int32') return new Int32Array(length);
  if (dtype === 'bool') return new Uint8Array(length);
  return new Float32Array(length);
}
