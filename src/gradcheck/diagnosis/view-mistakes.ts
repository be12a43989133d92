// Views that take a gradient to the wrong place: crops and paddings off by one, flips and rolls the wrong way, windows moved.

import { hostArray, partsOf } from '../../devices/dtype.js';
import { dense, ndarray, type NdArray } from '../../devices/ndarray.js';
import { sizeOf } from '../../devices/shape.js';
import type { Node } from '../../graph/node.js';
import type { Override } from '../evaluator.js';
import type { Mistake, Words } from './mistakes.js';

/** x moved by some elements along an axis: zeros come in, what leaves is lost. */
function shifted(x: NdArray, axis: number, by: number): NdArray {
  const given = dense(x);
  const parts = partsOf(x.dtype);
  const out = hostArray(
    x.dtype,
    x.shape.reduce((product, extent) => product * extent, 1),
  );
  const inner = x.shape.slice(axis + 1).reduce((product, extent) => product * extent, 1) * parts;
  const extent = x.shape[axis] as number;
  for (let i = 0; i < out.length; i++) {
    const at = Math.floor(i / inner) % extent;
    if (at + by >= 0 && at + by < extent) out[i] = given.data[i + by * inner] as number;
  }
  return ndarray(x.dtype, x.shape, out);
}

const axisName = (axis: number, rank: number): string =>
  axis === rank - 1 ? 'the columns' : axis === rank - 2 ? 'the rows' : `axis ${axis}`;


/** The mistakes that a view may hold. */
export function viewMistakes(node: Node): Mistake[] {
  const { operation, inputs: [first], shape } = node;
  if (first === undefined) return [];
  const found: Mistake[] = [];
  const add = (compute: Override, asMistake: Words, asRepair: Words = asMistake, edit?: Mistake['edit']): void =>
    void found.push({ node, compute, asMistake, asRepair, ...(edit === undefined ? {} : { edit }) });
  if (operation.name === 'slice' || operation.name === 'pad') {
    const rank = shape.length;
    for (let axis = Math.max(0, rank - 2); axis < rank; axis++) {
      const from = first?.shape[axis] ?? 1;
      if (from === shape[axis]) continue;
      for (const by of [1, -1]) {
        const what = operation.name === 'slice' ? 'crop' : 'padding';
        const words = {
          name: `${what} off by one along ${axisName(axis, rank)}`,
          change: `Begin ${by > 0 ? 'one later' : 'one earlier'} along ${axisName(axis, rank)}.`,
        };
        const compute: Override =
          operation.name === 'slice'
            ? (call, [x]) => node.operation.reference(call, [shifted(x!, axis, by)])
            : (call, values) => shifted(node.operation.reference(call, values), axis, by);
        const opposite = { name: words.name, change: `Begin ${by > 0 ? 'one later' : 'one earlier'} along ${axisName(axis, rank)}.` };
        add(
          compute,
          { name: words.name, change: `Begin ${by > 0 ? 'one earlier' : 'one later'} along ${axisName(axis, rank)}.` },
          opposite,
        );
      }
    }
  }
  if (operation.name === 'flip') {
    const words = { name: 'flip missing', change: 'Reverse the order along the last two axes.' };
    add((_call, [x]) => x!, words, { name: 'flip too many', change: 'Take the flip away.' }, { operand: 'self', remove: 'flip' });
  }
  return found;
}
