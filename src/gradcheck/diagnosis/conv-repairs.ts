// Faces of a convolution that were asked for with attributes that do not fit their shapes: another stride, dilation or padding than that of
// the convolution whose gradient they are. What fits the shapes is what may have been meant.

import type { Node } from '../../graph/node.js';
import { convExtent, type ConvAttributes, type Pair } from '../../nn/conv-operation.js';
import type { Mistake } from './mistakes.js';

type Steps = Pick<ConvAttributes, 'stride' | 'dilation' | 'padding'>;

const upTo = (least: number, most: number): number[] => Array.from({ length: most - least + 1 }, (_, i) => least + i);

function fits({ x, w, y }: ConvAttributes, { stride, dilation, padding }: Steps): boolean {
  return ([0, 1] as const).every(
    (axis) => convExtent(x[2 + axis] as number, w[2 + axis] as number, stride[axis], dilation[axis], padding[axis]) === y[2 + axis],
  );
}

const pairs = (values: readonly number[]): Pair[] => values.flatMap((a) => values.map((b) => [a, b] as const));
const text = (pair: Pair): string => `[${pair.join(', ')}]`;

/** Changes of one attribute after which a convolution fits its shapes; none where it does already. And its operands, swapped. */
export function convRepairs(node: Node, attributes: ConvAttributes): Mistake[] {
  const found = swapped(node);
  if (fits(attributes, attributes)) return found;
  const add = (what: string, wrong: Pair, right: Pair, steps: Partial<Steps>): void => {
    if (!fits(attributes, { ...attributes, ...steps })) return;
    const words = (a: Pair, b: Pair): Mistake['asRepair'] => ({
      name: `${what} ${text(a)} in place of ${text(b)}`,
      change: `Give ${what} ${text(b)}, as the convolution has it.`,
    });
    found.push({
      node,
      compute: (call, inputs) => node.operation.reference({ ...call, attributes: { ...attributes, ...steps } }, inputs),
      asMistake: words(right, wrong),
      asRepair: words(wrong, right),
    });
  };
  const { stride, dilation, padding } = attributes;
  for (const to of pairs(upTo(1, 4))) {
    add('stride', stride, to, { stride: to });
    add('dilation', dilation, to, { dilation: to });
  }
  for (const [h, w] of pairs(upTo(0, 4)))
    add('padding', [padding[0][0], padding[1][0]], [h, w], {
      padding: [
        [h, h],
        [w, w],
      ],
    });
  return found;
}

/** The operands the other way round, where both have one shape. */
function swapped(node: Node): Mistake[] {
  const [a, b] = node.inputs;
  if (a === undefined || b === undefined || a.shape.join() !== b.shape.join()) return [];
  const words = { name: 'operands swapped', change: 'Swap the operands.' };
  return [{ node, compute: (call, [p, q]) => node.operation.reference(call, [q!, p!]), asMistake: words, asRepair: words }];
}
