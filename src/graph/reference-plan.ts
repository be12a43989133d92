// A program as the reference device runs it: every operation by its own float64 reference, one after the other.

import type { ReferencePlan, ReferenceStep } from '../devices/device.js';
import { replaceable } from './interrupt.js';
import type { Program } from './program.js';
import type { Node } from './node.js';

let nextPlan = 1;

/** Lists a program's operations with the last use of each value, so that memory is given back as early as possible. */
export function referencePlan(program: Program): ReferencePlan {
  const index = new Map<Node, number>();
  for (const node of [...program.inputs, ...program.nodes]) index.set(node, index.size);
  const at = (node: Node): number => index.get(node) as number;
  const outputs = program.outputs.map(at);
  const lastUse = new Map<number, number>();
  program.nodes.forEach((node, step) => {
    lastUse.set(at(node), step);
    for (const input of node.inputs) lastUse.set(at(input), step);
  });
  for (const output of outputs) lastUse.delete(output);
  const last = program.nodes.map((): number[] => []);
  for (const [value, step] of lastUse) last[step]?.push(value);
  let scalar = 0;
  const steps = program.nodes.map((node, step): ReferenceStep => {
    const { operation, attributes, dtype, shape } = node;
    return {
      name: operation.name,
      inputs: node.inputs.map(at),
      last: last[step] ?? [],
      run: (inputs, scalars) => replaceable(() => operation.reference({ attributes, scalars, dtype, shape }, inputs)),
      scalarBegin: scalar,
      scalarEnd: (scalar += node.scalars.length),
      dtype,
      shape,
    };
  });
  return { id: nextPlan++, inputs: program.inputs.length, steps, outputs };
}
