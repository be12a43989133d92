// Runs a reference plan: each operation's own float64 reference, in order.

import type { ReferencePlan } from '../device.js';
import type { NdArray } from '../ndarray.js';

/** Values of a plan's outputs, given its inputs and scalars. Throws what an operation throws, and what `before` throws before each. */
export function runReference(
  plan: ReferencePlan,
  inputs: readonly NdArray[],
  scalars: readonly number[],
  before: () => void = () => undefined,
): NdArray[] {
  const values: (NdArray | null)[] = [...inputs];
  for (const step of plan.steps) {
    before();
    const operands = step.inputs.map((index) => values[index] as NdArray);
    values.push(step.run(operands, scalars.slice(step.scalarBegin, step.scalarEnd)));
    for (const index of step.last) values[index] = null;
  }
  return plan.outputs.map((index) => values[index] as NdArray);
}
