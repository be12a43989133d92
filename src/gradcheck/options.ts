// What people may ask of a gradient check, checked and completed.

import { checkInteger, checkNumber, checkOneOf, checkOptions, show } from '../tensor/checks.js';
import type { Tensor } from '../tensor/tensor.js';

/** Gradients of the user's own: tensors (of the sum of f's result), or a backward as in customOp. */
export type OwnGradients =
  readonly Tensor[] | Readonly<Record<string, Tensor>> | ((g: Tensor, inputs: readonly Tensor[], y: Tensor) => readonly (Tensor | null)[]);

/** Options of a gradient check. */
export interface GradcheckOptions {
  /** Where differences are taken: float64 on the host, float32 on the device, or where they are affordable (the default). */
  readonly differences?: 'auto' | 'cpu' | 'device' | undefined;
  /** Step of central differences relative to the rms of the input; found by a sweep when not given. */
  readonly step?: number | undefined;
  /** Allowed error of an element, relative to the rms of the gradient; follows from the error model when not given. */
  readonly tolerance?: number | undefined;
  /** Random directions along which the gradient is held against differences and forward mode, at least 4; 8 when not given, 4 for differences on the device. */
  readonly directions?: number | undefined;
  /** Elements of each input that are differenced one by one at most. */
  readonly maxElements?: number | undefined;
  /** Seed of the upstream gradient, of directions and samples. */
  readonly seed?: number | undefined;
  /** 1 checks the gradient, 2 the gradient of the gradient as well. */
  readonly order?: 1 | 2 | undefined;
  /** Names of the inputs, for the report. */
  readonly names?: readonly string[] | undefined;
  /** Gradients to hold against f instead of the recorded ones. */
  readonly gradients?: OwnGradients | undefined;
}

/** Options, complete. */
export interface Settings {
  readonly differences: 'auto' | 'cpu' | 'device';
  readonly step: number | null;
  readonly tolerance: number | null;
  readonly directions: number | null;
  readonly maxElements: number;
  readonly seed: number;
  readonly order: 1 | 2;
  readonly names: readonly string[] | null;
  readonly gradients: OwnGradients | null;
}

const known: readonly (keyof GradcheckOptions)[] = [
  'differences',
  'step',
  'tolerance',
  'directions',
  'maxElements',
  'seed',
  'order',
  'names',
  'gradients',
];

function positive(what: string, value: number | undefined): number | null {
  if (value === undefined) return null;
  if (!(checkNumber(what, value) > 0)) throw new RangeError(`${what} is ${value}, but must be greater than 0`);
  return value;
}

/** Checks options; throws what was given, what was expected and what to do. */
export function settingsOf(options: GradcheckOptions): Settings {
  checkOptions('gradcheck', options, "{maxElements: 1000, names: ['x', 'w']}");
  for (const key of Object.keys(options)) {
    if (!known.some((name) => name === key)) throw new TypeError(`gradcheck: has no option '${key}'; the options are ${known.join(', ')}`);
  }
  const { names, gradients } = options;
  if (names !== undefined && !(Array.isArray(names) && names.every((name) => typeof name === 'string' && name !== '')))
    throw new TypeError(`gradcheck: names is ${show(names)}, but must be a list of names, one for each input`);
  if (names !== undefined && new Set(names).size !== names.length)
    throw new Error(`gradcheck: names ${show(names)} name two inputs alike; give each its own`);
  if (gradients !== undefined && typeof gradients !== 'function' && (typeof gradients !== 'object' || gradients === null))
    throw new TypeError(
      `gradcheck: gradients is ${show(gradients)}, but must be tensors, one for each input, or a backward (g, inputs, y) => [...]`,
    );
  const order = checkInteger('gradcheck: order', options.order ?? 1, 1);
  if (order !== 1 && order !== 2)
    throw new RangeError(`gradcheck: order is ${order}, but must be 1 (the gradient) or 2 (its gradient as well)`);
  return {
    differences: checkOneOf('gradcheck: differences', options.differences ?? 'auto', ['auto', 'cpu', 'device'] as const),
    step: positive('gradcheck: step', options.step),
    tolerance: positive('gradcheck: tolerance', options.tolerance),
    directions: options.directions === undefined ? null : checkInteger('gradcheck: directions', options.directions, 4),
    maxElements: checkInteger('gradcheck: maxElements', options.maxElements ?? 4096, 1),
    seed: checkInteger('gradcheck: seed', options.seed ?? 0),
    order,
    names: names ?? null,
    gradients: gradients ?? null,
  };
}
