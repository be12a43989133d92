// Views that take a gradient to the wrong place: crops and paddings off by one, flips and rolls the wrong way, windows moved.

import { hostArray, partsOf } from '../../devices/dtype.js';
import { dense, float64Values, fromFloat64, ndarray, type NdArray } from '../../devices/ndarray.js';
import { sizeOf, stridesOf } from '../../devices/shape.js';
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

/** One later, or one earlier. */
const begins = (by: number): string => (by > 0 ? 'one later' : 'one earlier');

/** The mistakes that a view may hold. */
export function viewMistakes(node: Node): Mistake[] {
  const [first] = node.inputs;
  if (first === undefined) return [];
  switch (node.operation.name) {
    case 'slice':
      return [...movedMistakes(node, first), ...lonely(node, first)];
    case 'pad':
      return movedMistakes(node, first);
    case 'flip':
      return [
        {
          node,
          compute: (_call, [x]) => x!,
          asMistake: { name: 'flip missing', change: 'Reverse the order along the last two axes.' },
          asRepair: { name: 'flip too many', change: 'Take the flip away.' },
          edit: { operand: 'self', remove: 'flip' },
        },
      ];
    case 'roll':
      return [turned(node)];
    case 'shear':
    case 'unshear':
      return [1, -1].map((by) => movedWindows(node, by));
    default:
      return [];
  }
}

/** A slice or padding that begins one too early or too late, along one or both of the last two axes. */
function movedMistakes(node: Node, { shape: from }: Node): Mistake[] {
  const { shape, operation } = node;
  const rank = shape.length;
  const last = [rank - 2, rank - 1].filter((axis) => axis >= 0 && from[axis] !== shape[axis]);
  const choices = [...last.map((axis) => [axis]), ...(last.length === 2 ? [last] : [])];
  const what = operation.name === 'slice' ? 'crop' : 'padding';
  return choices.flatMap((axes) =>
    [1, -1].map((by): Mistake => {
      const where = axes.length === 2 ? 'both axes' : axisName(axes[0] as number, rank);
      const move = (x: NdArray): NdArray => axes.reduce((moved, axis) => shifted(moved, axis, by), x);
      const compute: Override =
        operation.name === 'slice'
          ? (call, [x]) => operation.reference(call, [move(x!)])
          : (call, values) => move(operation.reference(call, values));
      const words = (sign: number): Words => ({
        name: `${what} off by one along ${where}`,
        change: `Begin ${begins(sign * by)} along ${where}.`,
      });
      return { node, compute, asMistake: words(-1), asRepair: words(1) };
    }),
  );
}

/** Of an axis one element is taken, where all should be added up. */
function lonely(node: Node, { shape: from }: Node): Mistake[] {
  const axes = from.flatMap((extent, axis) => (extent > 1 && node.shape[axis] === 1 ? [axis] : []));
  if (axes.length === 0) return [];
  const count = axes.reduce((product, axis) => product * (from[axis] as number), 1);
  const compute: Override = ({ dtype, shape }, [x]) => {
    const out = new Float64Array(sizeOf(shape) * partsOf(dtype));
    const whole = float64Values(x!);
    const parts = partsOf(dtype);
    const [strides, kept] = [stridesOf(from), stridesOf(shape)];
    for (let i = 0; i < whole.length; i++) {
      let to = 0;
      for (const [axis, stride] of strides.entries()) {
        const at = Math.floor(Math.floor(i / parts) / stride) % (from[axis] as number);
        if (shape[axis] !== 1) to += at * (kept[axis] as number);
      }
      out[to * parts + (i % parts)]! += whole[i]!;
    }
    return fromFloat64(dtype, shape, out);
  };
  const words = {
    name: `sum missing: only one of ${count} counts`,
    change: 'Sum over all of them: what was broadcast counts as often as it was used.',
  };
  return [{ node, compute, asMistake: { name: 'sum in place of one element', change: 'Take one element only.' }, asRepair: words }];
}

function turned(node: Node): Mistake {
  const shifts: unknown = Reflect.get(node.attributes, 'shifts');
  const back = Array.isArray(shifts) ? shifts.map((shift) => -Number(shift)) : [];
  const words = { name: 'roll in the wrong direction', change: 'The adjoint of a roll moves back: change the sign of its shifts.' };
  return {
    node,
    compute: (call, values) => node.operation.reference({ ...call, attributes: { ...node.attributes, shifts: back } }, values),
    asMistake: words,
    asRepair: words,
  };
}

/** Windows, or what is put back from them, that begin one too early or too late. */
function movedWindows(node: Node, by: number): Mistake {
  const before = Number(Reflect.get(node.attributes, 'before')) + by;
  const axis = Number(Reflect.get(node.attributes, 'axis'));
  // Windows have an axis of taps before each axis of the image: rows come first.
  const along = axis === node.shape.length - 1 ? 'the columns' : 'the rows';
  const words = (sign: number): Words => ({
    name: `padding of windows off by one along ${along}`,
    change: `Begin windows ${begins(sign * by)} along ${along}.`,
  });
  return {
    node,
    compute: (call, values) => node.operation.reference({ ...call, attributes: { ...node.attributes, before } }, values),
    asMistake: words(1),
    asRepair: words(-1),
  };
}
