// Operations that a device computes wrongly: each is run by itself on the device, at the values that it has in float64, and held against its
// reference. What a function's values or gradients have in common when a kernel is wrong is then told without any hypothesis.

import { hostArray, isComplex, isFloat } from '../../devices/dtype.js';
import { sizeOf } from '../../devices/shape.js';
import { record, type Node } from '../../graph/node.js';
import { upload } from '../../tensor/devices.js';
import { readNode } from '../../tensor/tensor.js';
import { convAttributesOf } from '../../nn/conv-operation.js';
import { rmsOf } from '../directions.js';
import { distance } from '../error-model.js';
import type { Evaluator } from '../evaluator.js';
import type { Replay, Values } from '../replay.js';
import type { Words } from './mistakes.js';

/** No kernel rounds so much; operations that cancel are left to hypotheses. */
const allowed = 1e-4;

/** The first operation of `nodes`, operands first, that its device computes wrongly by itself; null where each is right. */
export async function wrongKernel(nodes: Iterable<Node>, values: Evaluator, replay: Replay): Promise<Words | null> {
  for (const node of nodes) {
    const original = replay.original(node);
    if (original === undefined || original.device.kind !== 'wgsl' || node.inputs.length === 0) continue;
    if (!isFloat(node.dtype) && !isComplex(node.dtype)) continue;
    const operands = node.inputs.map((input) => replay.original(input));
    if (operands.some((operand) => operand === undefined)) continue;
    const { state, operation, attributes, scalars } = original;
    const [first, ...others] = node.inputs.map((input, i) => {
      const { dtype } = operands[i] as Node;
      const data = hostArray(dtype, sizeOf(input.shape));
      data.set(values.valueOf(input));
      return upload(state, dtype, input.shape, data);
    }) as [Node, ...Node[]];
    const alone = await readNode(record(operation, [first, ...others], attributes, scalars));
    const right = values.valueOf(node);
    if (gapOf(alone, right) <= allowed) continue;
    const [name, device] = [nameOf(original), original.device.name];
    return {
      name: `${name} is wrong on ${device}, by itself`,
      change: `Correct what ${device} computes for ${name}; its reference is right.`,
    };
  }
  return null;
}

/** The rms of what differs, relative to that of the finite numbers; infinities and NaN differ from all but themselves. */
function gapOf(values: ArrayLike<number>, right: Values): number {
  const gaps = right.map((value, i) => (Object.is(value, values[i]) ? 0 : distance(value, values[i]!)));
  return rmsOf(gaps) / (rmsOf(right.filter(Number.isFinite)) || 1);
}

function nameOf(node: Node): string {
  const conv = convAttributesOf(node);
  const face = conv === null ? '' : ` (${{ y: 'forward', x: 'dX', w: 'dW' }[conv.face]})`;
  return `${node.operation.name}${face}`;
}
