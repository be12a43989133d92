// Holds the gradient of one input against its independent values and says who is wrong.

import { partsOf, type DType } from '../devices/dtype.js';
import { sizeOf } from '../devices/shape.js';
import type { Node } from '../graph/node.js';
import { distance } from './error-model.js';
import { rmsOf } from './directions.js';
import type { Values } from './replay.js';
import type { CheckedElement, Guilty, InputReport, StepCurve, Value } from './report.js';

/** Everything that is known of one input's gradient. */
export interface Evidence {
  readonly name: string;
  readonly input: Node;
  /** Its type on the device. */
  readonly dtype: DType;
  /** The gradient under test. */
  readonly analytic: Values;
  /** The same backward in float64, and whether it was recorded (and not given as numbers). */
  readonly replayed: Values;
  readonly given: boolean;
  /** The gradient by the library's adjoints in float64, and whether forward mode confirms it along every direction. */
  readonly adjoint: Values;
  readonly certified: boolean;
  /** Forward mode and differences, where they were taken number by number: `taken` is 1 there. */
  readonly forwardMode: Values;
  readonly numeric: Values;
  /** What each difference may err by. */
  readonly numericErrors: Values;
  readonly taken: Uint8Array;
  /** Numbers with a kink within the step or the rounding. */
  readonly kinked: ReadonlySet<number>;
  /** Numbers where differences and forward mode are farther apart than differences err. */
  readonly differs: ReadonlySet<number>;
  /** Whether differences agree with forward mode along the directions. */
  readonly directionsAgree: boolean;
  readonly sigma: number;
  readonly scale: number;
  readonly tolerance: number;
  /** The error that is allowed `replayed`, which does not round, relative to the scale. */
  readonly replayTolerance: number;
  readonly adjointError: number | null;
  readonly curve: StepCurve | null;
}

/** Those that disagree most are listed, at most so many. */
export const listed = 10;

/** The oracle: forward mode, and where that was not taken a gradient that it confirms. */
export function oracleOf({ forwardMode, adjoint, taken }: Pick<Evidence, 'forwardMode' | 'adjoint' | 'taken'>): Values {
  return adjoint.map((value, i) => (taken[i] === 1 ? forwardMode[i]! : value));
}

/** The report of one input. */
export function compare(evidence: Evidence): InputReport {
  const { name, input, analytic, numeric, kinked, differs, sigma, scale, tolerance } = evidence;
  const { taken, certified } = evidence;
  const oracle = oracleOf(evidence);
  const parts = partsOf(input.dtype);
  const allowed = tolerance * scale;
  const ofDevice = new Float64Array(analytic.length).fill(-1);
  const ofReplay = new Float64Array(analytic.length).fill(-1);
  const blamed = new Set<Guilty>();
  let [checked, numericOk, exactFails] = [0, evidence.directionsAgree, false];
  analytic.forEach((value, i) => {
    if (kinked.has(i) || (taken[i] === 0 && !certified)) return;
    checked++;
    const byOracle = distance(value, oracle[i]!);
    const byNumeric = distance(value, numeric[i]!);
    const numericOff = differs.has(i);
    ofDevice[i] = numericOff ? Math.max(byOracle, byNumeric) : byOracle;
    ofReplay[i] = evidence.given ? 0 : distance(evidence.replayed[i]!, oracle[i]!);
    if (numericOff) numericOk = false;
    const replayIsOff = !(ofReplay[i] <= evidence.replayTolerance * scale);
    if (replayIsOff) exactFails = true;
    if (byOracle <= allowed && !replayIsOff) return;
    if (!numericOff) blamed.add(replayIsOff || evidence.given ? 'backward' : 'device');
    else blamed.add(byNumeric <= allowed + evidence.numericErrors[i]! ? 'forward rule' : 'unclear');
  });
  const ofDeviceFails = ofDevice.some((error) => !(error <= allowed));
  // What rounding would hide on a device shows where nothing rounds.
  const shown = exactFails && !ofDeviceFails ? { errors: ofReplay, tolerance: evidence.replayTolerance } : { errors: ofDevice, tolerance };
  const { errors } = shown;
  const worstError = errors.reduce((worst, error) => Math.max(worst, error), 0);
  const ok = blamed.size === 0 && numericOk && checked > 0;
  const order = Array.from(errors.keys())
    .filter((i) => errors[i]! >= 0)
    .sort((a, b) => errors[b]! - errors[a]!);
  const elements = [...new Set(order.slice(0, listed * parts).map((i) => Math.floor(i / parts)))].slice(0, listed);
  const element = (at: number): CheckedElement => ({
    index: indexOf(at, input.shape),
    analytic: valueAt(analytic, at, parts),
    numeric: valueAt(numeric, at, parts),
    oracle: valueAt(oracle, at, parts),
  });
  const worstElements = elements.map(element);
  return {
    name,
    shape: input.shape,
    dtype: evidence.dtype,
    ok,
    maxError: worstError / scale,
    rms: rmsOf(certified ? oracle : oracle.filter((_, i) => taken[i] === 1)),
    sigma: sigma / scale,
    z: sigma > 0 ? worstError / sigma : worstError > 0 ? Infinity : 0,
    detectable: shown.tolerance,
    checked: Math.ceil(checked / parts),
    size: sizeOf(input.shape),
    excluded: new Set([...kinked].map((i) => Math.floor(i / parts))).size,
    worst: worstElements[0] ?? element(0),
    worstElements,
    guilty: guiltyOf(blamed, numericOk, checked),
    adjointError: evidence.adjointError,
    curve: evidence.curve,
    values: {
      analytic,
      numeric: taken.every((value) => value === 1) ? numeric : null,
      oracle: certified || taken.every((value) => value === 1) ? oracle : null,
    },
  };
}

/** Those who are wrong in single numbers, one for all of them. */
function guiltyOf(blamed: ReadonlySet<Guilty>, numericOk: boolean, checked: number): Guilty {
  // A wrong backward or kernel stays one, whatever differences do elsewhere.
  const [found] = (['backward', 'device', 'unclear', 'forward rule'] as const).filter((party) => blamed.has(party));
  return found ?? (checked === 0 ? 'unclear' : numericOk ? 'none' : 'differences');
}

function valueAt(values: Values, element: number, parts: 1 | 2): Value {
  return parts === 1 ? values[element]! : [values[2 * element]!, values[2 * element + 1]!];
}

/** Index of an element in row-major order. */
export function indexOf(element: number, shape: readonly number[]): number[] {
  const index: number[] = [];
  let rest = element;
  for (const extent of [...shape].reverse()) {
    index.unshift(rest % extent);
    rest = Math.floor(rest / extent);
  }
  return index;
}
