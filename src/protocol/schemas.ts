// Schemas that several boundaries share.
import * as v from 'valibot';
import type { TypedArray } from '../devices/dtype.js';

/** A count, an index or an id. */
export const count = v.pipe(v.number(), v.safeInteger(), v.minValue(0));

/** Elements of a tensor; the types are those of `TypedArray` in src/devices/dtype.ts. */
export const typedArray = v.custom<TypedArray>(
  (value) => /^\[object (Float32|Float64|Int32|Uint8)Array\]$/.test(Object.prototype.toString.call(value)),
  'expected a typed array',
);

/** Float64Array: the way by which numbers travel that JSON does not know. */
export const float64Array = v.custom<Float64Array<ArrayBuffer>>(
  (value) => Object.prototype.toString.call(value) === '[object Float64Array]',
  'expected a Float64Array',
);

/** One value in several forms by MIME type, as in a notebook. */
export const mimeBundle = v.record(v.string(), v.unknown());

/** Why a cell failed, in the shape of nbformat 4; `traceback` as plain lines, without colours. */
export const errorOutput = v.strictObject({
  output_type: v.literal('error'),
  ename: v.string(),
  evalue: v.string(),
  traceback: v.array(v.string()),
});

/** A cell's output in the shape of nbformat 4; the types are those of src/kernel/outputs.ts. */
export const cellOutput = v.variant('output_type', [
  v.strictObject({ output_type: v.literal('stream'), name: v.picklist(['stdout', 'stderr']), text: v.string() }),
  v.strictObject({
    output_type: v.literal('display_data'),
    data: mimeBundle,
    metadata: v.record(v.string(), v.unknown()),
    /** Names a display that `update` events replace later. */
    displayId: v.optional(v.string()),
  }),
  v.strictObject({
    output_type: v.literal('execute_result'),
    execution_count: count,
    data: mimeBundle,
    metadata: v.record(v.string(), v.unknown()),
  }),
  errorOutput,
]);

/** Names of devices. */
export const deviceName = v.picklist(['cpu', 'node', 'webview']);
