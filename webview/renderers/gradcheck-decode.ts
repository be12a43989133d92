// A saved report back into numbers. No page in here.

import * as v from 'valibot';
import { indexAt, placeAt, relativeError, type Gradients } from '../../src/display/gradcheck-planes.js';
import type { ShownInput, ShownReport } from '../../src/display/gradcheck-words.js';
import { gradcheckSchema, type GradcheckInput } from '../../src/protocol/gradcheck.js';
import { floatsFromText, numberFrom } from '../../src/protocol/numbers.js';

/** The numbers of one element: 2 for complex types, which are interleaved. */
export function partsOf({ dtype }: Pick<ShownInput, 'dtype'>): 1 | 2 {
  return dtype.startsWith('complex') ? 2 : 1;
}

/** Reads a saved report. Throws with a plain sentence where it is broken or of a version that is not known here. */
export function decodeReport(json: unknown): ShownReport {
  const given = v.safeParse(gradcheckSchema, json);
  if (!given.success) throw new Error(`${given.issues[0].message} at ${v.getDotPath(given.issues[0]) ?? 'its beginning'}`);
  const { ok, verdict, device, forward, inputs, diagnosis, notes } = given.output;
  return {
    ok,
    verdict,
    device,
    forward: { ok: forward.ok, maxError: numberFrom(forward.maxError), detectable: numberFrom(forward.detectable) },
    inputs: inputs.map(decodeInput),
    diagnosis: diagnosis.map(({ input, hypothesis, residual, change, fix }) => ({
      input,
      hypothesis,
      residual: numberFrom(residual),
      change,
      ...(fix === undefined ? {} : { fix }),
    })),
    notes,
  };
}

function decodeInput(input: GradcheckInput): ShownInput {
  const { name, shape, curve, values } = input;
  const size = shape.reduce((product, extent) => product * extent, 1);
  const length = size * partsOf(input);
  const array = (text: string): Float32Array => {
    const array = floatsFromText(text);
    if (array.length !== length)
      throw new Error(`${array.length} numbers of ${name} where its shape [${shape.join(', ')}] needs ${length}`);
    return array;
  };
  return {
    ...input,
    maxError: numberFrom(input.maxError),
    rms: numberFrom(input.rms),
    sigma: numberFrom(input.sigma),
    z: numberFrom(input.z),
    detectable: numberFrom(input.detectable),
    adjointError: input.adjointError === null ? null : numberFrom(input.adjointError),
    worst: decodeElement(input.worst),
    worstElements: input.worstElements.map(decodeElement),
    curve: curve === null ? null : { ...curve, errors: curve.errors.map(numberFrom), floor: numberFrom(curve.floor) },
    values:
      values === null
        ? null
        : {
            analytic: array(values.analytic),
            numeric: values.numeric === null ? null : array(values.numeric),
            oracle: values.oracle === null ? null : array(values.oracle),
          },
  };
}

type Element = GradcheckInput['worst'];

function decodeElement({ index, analytic, numeric, oracle }: Element): ShownInput['worst'] {
  return { index, analytic: valueFrom(analytic), numeric: valueFrom(numeric), oracle: valueFrom(oracle) };
}

function valueFrom(value: Element['analytic']): number | readonly [number, number] {
  return Array.isArray(value) ? [numberFrom(value[0]), numberFrom(value[1])] : numberFrom(value);
}

/** What float32 can tell apart, relative to a value. */
const RESOLUTION = 2 ** -23;

/**
 * The relative error of every number as far as it can be told from what was saved: float32, so a smaller difference than that counts as 0.
 * The worst elements are saved in full. Null where the error is not known of every element.
 */
export function savedError(input: ShownInput): Float64Array | null {
  if (input.values === null) return null;
  const error = relativeError(input.values, input.rms);
  const truth = input.values.oracle ?? input.values.numeric;
  if (error === null || truth === null) return null;
  const { analytic } = input.values;
  const scale = input.rms > 0 ? input.rms : 1;
  const told = error.map((value, i) => {
    const size = Math.max(Math.abs(analytic[i] ?? NaN), Math.abs(truth[i] ?? NaN));
    return Math.abs(value) * scale <= RESOLUTION * size && size < Infinity ? 0 : value;
  });
  const parts = partsOf(input);
  for (const element of input.worstElements) {
    const exact = relativeError(gradientsOf(element), input.rms) ?? new Float64Array(parts);
    told.set(exact.subarray(0, parts), placeAt(element.index, input.shape) * parts);
  }
  return told;
}

/** One element of an input: those that were saved in full, in full. */
export function elementAt(input: ShownInput, place: number): ShownInput['worst'] {
  const index = indexAt(place, input.shape);
  const known = input.worstElements.find((element) => placeAt(element.index, input.shape) === place);
  if (known !== undefined) return known;
  const parts = partsOf(input);
  const value = (values: ArrayLike<number> | null | undefined): number | readonly [number, number] =>
    parts === 2 ? [values?.[2 * place] ?? NaN, values?.[2 * place + 1] ?? NaN] : (values?.[place] ?? NaN);
  return { index, analytic: value(input.values?.analytic), numeric: value(input.values?.numeric), oracle: value(input.values?.oracle) };
}

function gradientsOf({ analytic, numeric, oracle }: ShownInput['worst']): Gradients {
  const list = (value: number | readonly [number, number]): readonly number[] => (typeof value === 'number' ? [value] : value);
  return { analytic: list(analytic), numeric: list(numeric), oracle: list(oracle) };
}
