// Plans as they travel. The fixed values of uniforms go apart, as a Float64Array: JSON knows no infinities and no −0.

import type { WirePlan } from '../../protocol/device.js';
import type { WgslPlan } from '../device.js';

/** A plan as it is sent. Tables are copied: a port may move what it sends. */
export function toWire(plan: WgslPlan): WirePlan {
  const { id, kernels, steps, scratch, outputs, tables, uniforms, uniformBytes } = plan;
  return {
    id,
    kernels: kernels.map((kernel) => ({ ...kernel })),
    steps: steps.map(({ kernel, workgroups: [x, y, z], bindings, uniformOffset, bytes, flop }) => ({
      kernel,
      workgroups: [x, y, z],
      bindings: bindings.map((ref) => ({ ...ref })),
      uniformOffset,
      bytes,
      flop,
    })),
    scratch: [...scratch],
    outputs: [...outputs],
    tables: tables.map(({ key, data }) => ({ key, data: data.slice() })),
    uniforms: uniforms.map(({ byteOffset, type, scalar }) => ({ byteOffset, type, scalar })),
    uniformValues: Float64Array.from(uniforms, ({ value }) => value),
    uniformBytes,
  };
}

/** The plan that was sent. Throws when it names kernels or places that it does not have. */
export function fromWire({ uniforms, uniformValues, ...wire }: WirePlan): WgslPlan {
  const plan: WgslPlan = {
    ...wire,
    uniforms: uniforms.map((slot, i) => ({ ...slot, value: uniformValues[i] ?? NaN })),
  };
  if (uniformValues.length !== uniforms.length)
    throw new Error(`plan ${plan.id} has ${uniforms.length} uniforms and ${uniformValues.length} values for them`);
  for (const { byteOffset } of uniforms)
    if (byteOffset % 4 !== 0 || byteOffset + 4 > plan.uniformBytes)
      throw new Error(`plan ${plan.id} puts a uniform at ${byteOffset}, but has ${plan.uniformBytes} bytes of them`);
  const extents = { output: plan.outputs.length, scratch: plan.scratch.length, table: plan.tables.length, input: Infinity };
  plan.steps.forEach((step, i) => {
    const kernel = plan.kernels[step.kernel];
    if (kernel === undefined) throw new Error(`step ${i} of plan ${plan.id} names kernel ${step.kernel} of ${plan.kernels.length}`);
    if (step.bindings.length !== kernel.bindings)
      throw new Error(`step ${i} of plan ${plan.id} binds ${step.bindings.length} buffers, but its kernel ${kernel.bindings}`);
    for (const { space, index } of step.bindings)
      if (index >= extents[space]) throw new Error(`step ${i} of plan ${plan.id} binds ${space} ${index} of ${extents[space]}`);
  });
  return plan;
}
