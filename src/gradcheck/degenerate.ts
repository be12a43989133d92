// Points at which mistakes cannot be seen. Values that hide them are replaced by others drawn around them; of shapes that do, the report says
// what it cannot tell.

import { partsOf } from '../devices/dtype.js';
import { convAttributesOf } from '../nn/conv-operation.js';
import { tensor } from '../tensor/create.js';
import type { Tensor } from '../tensor/tensor.js';
import { mixed, rmsOf } from './directions.js';
import type { Captured, Values } from './replay.js';
import type { NamedInputs, Trace } from './trace.js';

/** Why values hide mistakes: a constant looks the same from everywhere, a symmetric kernel is its own flip. */
function weaknessOf(values: Values, shape: readonly number[], parts: 1 | 2): 'constant' | 'symmetric' | null {
  const count = values.length / parts;
  if (count < 2) return null;
  const same = (a: number, b: number): boolean => {
    for (let part = 0; part < parts; part++) if (values[a * parts + part] !== values[b * parts + part]) return false;
    return true;
  };
  const each = (test: (i: number) => boolean): boolean => {
    for (let i = 0; i < count; i++) if (!test(i)) return false;
    return true;
  };
  if (each((i) => same(i, 0))) return 'constant';
  const plane = (shape.at(-1) ?? 1) * (shape.length > 1 ? (shape.at(-2) ?? 1) : 1);
  return plane > 2 && each((i) => same(i, i - (i % plane) + plane - 1 - (i % plane))) ? 'symmetric' : null;
}

/** Values around the given ones: up to half as far away as they are large, so that signs and domains stay. */
function drawnAround(values: Values, seed: number): Values {
  const size = rmsOf(values) || 1;
  return values.map((value, i) => value + 0.5 * (Math.abs(value) || size) * ((2 * mixed(seed, 7, i)) / 2 ** 32 - 1));
}

/** Inputs at which mistakes can be seen, and what was done to get them, in words. */
export async function betterInputs(given: NamedInputs, seed: number): Promise<NamedInputs & { readonly note: string | null }> {
  const weak: string[] = [];
  const tensors: Tensor[] = [];
  for (const [i, input] of given.tensors.entries()) {
    const { shape, dtype, device } = input;
    const values = Float64Array.from(await input.data());
    const weakness = weaknessOf(values, shape, partsOf(dtype));
    tensors.push(weakness === null ? input : tensor(drawnAround(values, seed + i), { shape, dtype, device }));
    if (weakness !== null) weak.push(`${given.names[i]} is ${weakness}`);
  }
  const note =
    weak.length === 0 ? null : `${weak.join(' and ')}, which hides mistakes: the check ran at values drawn around it (seed ${seed}).`;
  return { ...given, tensors, note };
}

/** Says in words which inputs the result does not depend on; throws where it depends on none. */
export function unreadInputs(captured: Captured, { inputs, names, y }: Trace): string[] {
  const read = new Set(captured.flatMap((entry) => entry.inputs)).add(y.node);
  const unread = names.filter((_, i) => !read.has((inputs[i] as Tensor).node));
  if (unread.length === 0) return [];
  if (unread.length === names.length)
    throw new Error(
      `gradcheck: the result depends on no input (${names.join(', ')}), so there is nothing to check; let the function compute with its arguments, and not with tensors from outside`,
    );
  return [
    `The result does not depend on ${unread.join(', ')}: the gradient is zero there, and nothing of the backward was put to the test.`,
  ];
}

/** Says in words what a check of these operations cannot tell because of their shapes. */
export function blindSpots(captured: Captured): string[] {
  const found = new Set<string>();
  for (const { node } of captured) {
    const conv = convAttributesOf(node);
    if (conv === null) continue;
    const { x, w, stride, dilation } = conv;
    if (w[2] === 1 && w[3] === 1) found.add('a flip or a conjugate that is missing (the kernel has one element)');
    if (x[0] === 1) found.add('a sum over the batch that is missing (one sample)');
    if (w[0] === 1 && w[1] === 1) found.add('a sum over channels that is missing (one channel)');
    if (x[2] === x[3] && w[2] === w[3] && stride[0] === stride[1]) found.add('height and width swapped (all are equal)');
    if (dilation[0] === stride[0] && dilation[1] === stride[1] && stride[0] > 1) found.add('stride and dilation swapped (they are equal)');
  }
  return found.size === 0 ? [] : [`At these shapes the check cannot tell: ${[...found].join('; ')}.`];
}
