// A gradient check's report as an output: between the library that checks, and whoever draws it, lists it or mends what it found.

import * as v from 'valibot';
import { jsonNumber } from './numbers.js';
import { count } from './schemas.js';

/** The MIME type of a report. */
export const GRADCHECK_MIME = 'application/vnd.parseval.gradcheck.v1+json';

// A gradient may hold NaN and infinity.
const number = jsonNumber;
const value = v.union([number, v.tuple([number, number])]);

const element = v.object({
  index: v.array(count),
  /** The gradient under test. */
  analytic: value,
  /** By central differences. */
  numeric: value,
  /** Float64, forward mode. */
  oracle: value,
});

/** Numbers of an input's elements in row-major order, complex ones interleaved: little-endian float32, as base64. */
const array = v.string();

/** What is put behind an expression, such as `.conj()`; or the method whose call is taken away there, such as `conj`. */
export const fixEdit = v.union([v.object({ append: v.string() }), v.object({ remove: v.string() })]);

const fix = v.object({
  /** Where the call stands that is to be changed: `cell 3:9:15`, as in stack traces; lines and columns from 1. */
  place: v.string(),
  /** Which tensor of that call: 0 is the first among its arguments (for a method the tensor before the dot); −1 is the call's result. */
  operand: v.pipe(v.number(), v.integer(), v.minValue(-1)),
  edit: fixEdit,
});

const input = v.object({
  name: v.string(),
  shape: v.array(count),
  dtype: v.string(),
  ok: v.boolean(),
  maxError: number,
  rms: number,
  sigma: number,
  z: number,
  detectable: number,
  checked: count,
  size: count,
  excluded: count,
  guilty: v.string(),
  adjointError: v.nullable(number),
  worst: element,
  /** The elements that disagree most, worst first; ten at most. */
  worstElements: v.array(element),
  /** Error of central differences by their step; null where there is none. */
  curve: v.nullable(
    v.object({
      steps: v.array(v.number()),
      /** Relative to the derivative's size; 0 is drawn at the axis' end. */
      errors: v.array(number),
      /** The step that was taken, and the error there. */
      step: v.number(),
      floor: number,
      /** True where larger steps bring no truncation: the function is linear or quadratic there. */
      exact: v.boolean(),
    }),
  ),
  /** Gradients for pictures; null where there are too many, numeric and oracle null where they are not known element by element. */
  values: v.nullable(v.object({ analytic: array, numeric: v.nullable(array), oracle: v.nullable(array) })),
});

const diagnosis = v.object({
  /** The input whose gradient it explains, or `forward`. */
  input: v.string(),
  /** "conjugate missing on Ĝ" */
  hypothesis: v.string(),
  /** What is left of the error when the hypothesis is taken away, relative to the gradient. */
  residual: number,
  /** What to do, as a sentence. */
  change: v.string(),
  /** The change as an edit of the cell's text; it was tried, and the changed version passes. */
  fix: v.optional(fix),
});

/** A report as JSON. */
export const gradcheckSchema = v.object({
  ok: v.boolean(),
  /** One line that a person can quote, without a mark. */
  verdict: v.string(),
  device: v.string(),
  forward: v.object({ ok: v.boolean(), maxError: number, detectable: number }),
  inputs: v.array(input),
  diagnosis: v.array(diagnosis),
  /** What a reader should know of this check: what was drawn anew, where differences ran, what it cannot tell. */
  notes: v.array(v.string()),
});

/** A report as JSON: errors are relative to the rms of the gradient. */
export type GradcheckData = v.InferOutput<typeof gradcheckSchema>;
/** The result for one input of the function. */
export type GradcheckInput = GradcheckData['inputs'][number];
/** An edit that mends a backward written by hand. */
export type GradcheckFix = v.InferOutput<typeof fix>;

/** Whose error a cause explains, in words: `dw`, or the forward values. */
export function subjectOf({ input }: Pick<GradcheckData['diagnosis'][number], 'input'>): string {
  return input === 'forward' ? 'the forward values' : `d${input}`;
}
