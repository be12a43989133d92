// A gradient check's report as JSON, small enough to be saved in the notebook beside its picture.
import type { CheckedElement, GradcheckReport, InputReport, Value } from '../gradcheck/report.js';
import type { GradcheckData, GradcheckInput } from '../protocol/gradcheck.js';
import { floatsToText, numberTo } from '../protocol/numbers.js';

/** Numbers kept over all inputs and all three gradients of each: in base64 90 KB. */
const MOST_NUMBERS = 16_384;

type Element = GradcheckInput['worst'];

/** The saved form of a report. Values are kept of the inputs with the largest error first, as far as there is room. */
export function gradcheckData(report: GradcheckReport): GradcheckData {
  const kept = inputsToKeep(report.inputs);
  return {
    ok: report.ok,
    verdict: report.verdict,
    device: report.device,
    forward: {
      ok: report.forward.ok,
      maxError: numberTo(report.forward.maxError),
      detectable: numberTo(report.forward.detectable),
    },
    inputs: report.inputs.map((input) => inputData(input, kept.has(input))),
    diagnosis: report.diagnosis.map(({ input, hypothesis, residual, change, fix }) => ({
      input,
      hypothesis,
      residual: numberTo(residual),
      change,
      ...(fix === undefined ? {} : { fix }),
    })),
    notes: [...report.notes],
  };
}

function inputsToKeep(inputs: readonly InputReport[]): Set<InputReport> {
  const kept = new Set<InputReport>();
  let room = MOST_NUMBERS;
  // NaN before all else: it is as wrong as can be.
  const badness = ({ maxError }: InputReport): number => (Number.isNaN(maxError) ? Infinity : maxError);
  for (const input of [...inputs].sort((a, b) => (badness(a) === badness(b) ? 0 : badness(b) - badness(a)))) {
    const { analytic, numeric, oracle } = input.values;
    const count = analytic.length + (numeric?.length ?? 0) + (oracle?.length ?? 0);
    if (count > room) continue;
    room -= count;
    kept.add(input);
  }
  return kept;
}

function inputData(input: InputReport, isKept: boolean): GradcheckInput {
  const { name, dtype, ok, checked, size, excluded, guilty, adjointError, curve, values } = input;
  return {
    name,
    shape: [...input.shape],
    dtype,
    ok,
    maxError: numberTo(input.maxError),
    rms: numberTo(input.rms),
    sigma: numberTo(input.sigma),
    z: numberTo(input.z),
    detectable: numberTo(input.detectable),
    checked,
    size,
    excluded,
    guilty,
    adjointError: adjointError === null ? null : numberTo(adjointError),
    worst: elementData(input.worst),
    worstElements: input.worstElements.map(elementData),
    curve:
      curve === null
        ? null
        : {
            steps: [...curve.steps],
            errors: curve.errors.map(numberTo),
            step: curve.step,
            floor: numberTo(curve.floor),
            exact: curve.exact,
          },
    values: isKept
      ? {
          analytic: floatsToText(values.analytic),
          numeric: values.numeric === null ? null : floatsToText(values.numeric),
          oracle: values.oracle === null ? null : floatsToText(values.oracle),
        }
      : null,
  };
}

function elementData({ index, analytic, numeric, oracle }: CheckedElement): Element {
  return { index: [...index], analytic: valueData(analytic), numeric: valueData(numeric), oracle: valueData(oracle) };
}

function valueData(value: Value): Element['analytic'] {
  return typeof value === 'number' ? numberTo(value) : [numberTo(value[0]), numberTo(value[1])];
}
