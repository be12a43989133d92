// Sums that leave terms out: all but one, or the first or last few, as loops and pieces do that begin or end too late.

import { partsOf } from '../../devices/dtype.js';
import { float64Values, fromFloat64, type NdArray } from '../../devices/ndarray.js';
import { stridesOf } from '../../devices/shape.js';
import type { Node } from '../../graph/node.js';
import type { Override } from '../evaluator.js';
import type { Mistake } from './mistakes.js';

/** Which terms a sum keeps, and what is then said of it. */
export interface Part {
  /** Such as "incomplete: the first sample is missing". */
  readonly name: string;
  readonly wanted: (k: number) => boolean;
}

/** Up to so many terms, every number of them may be missing at either end; of more, one or half of them. */
const fewTerms = 8;

/** The parts of a sum of `count` terms that a mistake may leave. */
export function partsOfSum(count: number, term: string): Part[] {
  if (count < 2) return [];
  const parts: Part[] = [
    { name: `missing: only the first ${term} counts`, wanted: (k) => k === 0 },
    { name: `incomplete: the last ${term} is missing`, wanted: (k) => k < count - 1 },
    { name: `incomplete: the first ${term} is missing`, wanted: (k) => k > 0 },
    { name: `missing: only the last ${term} counts`, wanted: (k) => k === count - 1 },
  ];
  const half = Math.floor(count / 2);
  const several = count <= fewTerms ? Array.from({ length: Math.max(0, count - 3) }, (_, i) => i + 2) : [half];
  for (const few of several) {
    parts.push({ name: `incomplete: the first ${few} ${term}s are missing`, wanted: (k) => k >= few });
    parts.push({ name: `incomplete: the last ${few} ${term}s are missing`, wanted: (k) => k < count - few });
  }
  return parts;
}

/** x with zeros where an index along an axis is not wanted. */
function only(x: NdArray, axis: number, wanted: (k: number) => boolean): NdArray {
  const out = float64Values(x).slice();
  const inner = (stridesOf(x.shape)[axis] as number) * partsOf(x.dtype);
  const extent = x.shape[axis] as number;
  for (let i = 0; i < out.length; i++) if (!wanted(Math.floor(i / inner) % extent)) out[i] = 0;
  return fromFloat64(x.dtype, x.shape, out);
}

const change = 'Sum over all of them.';

/** A matrix product, or a sum along axes, that leaves terms out. */
export function sumMistakes(node: Node): Mistake[] {
  const { lowering } = node.operation;
  const [first] = node.inputs;
  const axes =
    lowering.kind === 'matmul' ? [2] : lowering.kind === 'reduce' && lowering.combine === 'sum' ? lowering.axes(node.attributes) : [];
  if (first === undefined) return [];
  return axes.flatMap((axis) =>
    partsOfSum(first.shape[axis] as number, 'term').map(({ name, wanted }): Mistake => {
      const compute: Override = (call, [x, ...others]) => node.operation.reference(call, [only(x!, axis, wanted), ...others]);
      const words = { name: `sum ${name}`, change };
      return { node, compute, asMistake: words, asRepair: words };
    }),
  );
}
