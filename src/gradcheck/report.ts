// What a gradient check found, as data for programs. Errors are relative to the rms of the gradient.

import type { DType } from '../devices/dtype.js';
import type { Shape } from '../devices/shape.js';

/** A real value, or a complex one as [re, im]. */
export type Value = number | readonly [number, number];

/** An element with its three values. */
export interface CheckedElement {
  readonly index: readonly number[];
  /** The device's gradient: what is checked. */
  readonly analytic: Value;
  /** Central differences. */
  readonly numeric: Value;
  /** Forward-mode derivative in float64. */
  readonly oracle: Value;
}

/** Who is wrong when the three values differ. */
export type Guilty = 'none' | 'backward' | 'forward rule' | 'differences' | 'device' | 'unclear';

/** How the error of central differences depends on the step: the V-curve. */
export interface StepCurve {
  readonly steps: readonly number[];
  /** Error of the directional derivative at each step, relative to its size. */
  readonly errors: readonly number[];
  /** The step that was taken, and the error there. */
  readonly step: number;
  readonly floor: number;
  /** True where larger steps bring no truncation: the function is linear or quadratic there, and a large step is exact. */
  readonly exact: boolean;
}

/** Gradients of all elements, row-major, complex ones interleaved; null where they were not computed element by element. */
export interface ElementValues {
  readonly analytic: Float64Array<ArrayBuffer>;
  readonly numeric: Float64Array<ArrayBuffer> | null;
  readonly oracle: Float64Array<ArrayBuffer> | null;
}

/** The result for one input. Errors are relative to the rms of the gradient. */
export interface InputReport {
  readonly name: string;
  readonly shape: Shape;
  readonly dtype: DType;
  readonly ok: boolean;
  /** Largest |analytic − oracle|, or |analytic − numeric| where that is larger beyond what differences can tell. */
  readonly maxError: number;
  /** Root mean square of the gradient, by the oracle. */
  readonly rms: number;
  /** Rounding error to be expected of one element on the device. */
  readonly sigma: number;
  /** maxError / sigma. */
  readonly z: number;
  /** Smallest error of one element that fails the check: the tolerance. */
  readonly detectable: number;
  /** Elements checked, of `size`. */
  readonly checked: number;
  readonly size: number;
  /** Elements left out because a kink lies within the step or the rounding. */
  readonly excluded: number;
  readonly worst: CheckedElement;
  /** Those that disagree most, worst first; ten at most. */
  readonly worstElements: readonly CheckedElement[];
  readonly guilty: Guilty;
  /** |⟨Jv, u⟩ − ⟨v, Jᵀu⟩| over ‖v‖·‖Jᵀu‖ in float64, or null where the gradient was given as values. */
  readonly adjointError: number | null;
  readonly curve: StepCurve | null;
  readonly values: ElementValues;
}

/** An edit of the code that mends a backward written by hand. Its JSON form is in src/protocol/gradcheck.ts. */
export interface Fix {
  /** Where the call stands that is to be changed: `cell 3:9:15`, as in stack traces. */
  readonly place: string;
  /** Which tensor of that call: 0 is the first; −1 is the call's result. */
  readonly operand: number;
  /** What is put behind that expression, or the method whose call is taken away there. */
  readonly edit: { readonly append: string } | { readonly remove: string };
}

/** A named cause that reproduces an error. */
export interface Diagnosis {
  /** The input whose gradient it explains, or `forward`. */
  readonly input: string;
  /** Such as "conjugate missing on G". */
  readonly hypothesis: string;
  /** What is left of the error when the cause is taken away, relative to the rms of the gradient; NaN for an operation found wrong by itself. */
  readonly residual: number;
  /** What to do, as a sentence. */
  readonly change: string;
  /** The change as an edit of the code; it was tried with all other edits that the report proposes, and every gradient then passes. */
  readonly fix?: Fix;
}

/** The result of a gradient check. */
export interface GradcheckReport {
  readonly ok: boolean;
  /** One line that a person can quote. */
  readonly verdict: string;
  /** The function's values on the device against float64, relative to their rms. */
  readonly forward: { readonly ok: boolean; readonly maxError: number; readonly detectable: number };
  readonly inputs: readonly InputReport[];
  readonly diagnosis: readonly Diagnosis[];
  /** What a reader should know of this check: what was drawn anew, where differences ran, what it cannot tell. */
  readonly notes: readonly string[];
  readonly device: string;
  /** The report in words, verdict first. */
  toString(): string;
}
